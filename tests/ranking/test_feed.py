"""The one ranking function: what a reader gets, page by page."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from math import fsum
from typing import Any

import numpy as np
import pytest

from ranking.corpus import Corpus
from ranking.errors import UnknownEvent
from ranking.event import Event
from ranking.explanation import ReasonKind
from ranking.features import Floats
from ranking.feed import Feed, RankedEvent, Slot, rank, rank_as, rank_one, visible
from ranking.interactions import Encounter, History
from ranking.params import Params
from ranking.profile import Profile, fit
from ranking.wishes import Wishes
from tests.build import NOW, PARAMS, a_corpus, a_reader, an_event, two_stories

STORIES = a_corpus(*two_stories())
NO_WISHES = Wishes()
# Six events that share no word, so that nothing repeats another.
TITLES = ("Comet", "Strike", "Volcano", "Election", "Robots", "Harvest")


def profile_of(corpus: Corpus, *said: tuple[str, int], wishes: Wishes = NO_WISHES, params: Params = PARAMS) -> Profile:
    """The profile of a reader with these wishes who gave these levels to events of the corpus."""
    return fit(replace(a_reader(corpus, *said, params=params), wishes=wishes), corpus.statistics, params)


def feed_of(
    corpus: Corpus,
    *said: tuple[str, int],
    limit: int = 100,
    wishes: Wishes = NO_WISHES,
    params: Params = PARAMS,
    **asked: Any,
) -> Feed:
    """The feed of a reader with these wishes who gave these levels to events of the corpus."""
    profile = profile_of(corpus, *said, wishes=wishes, params=params)
    return rank(corpus, profile, now=NOW, params=params, limit=limit, **asked)


def feed_as(corpus: Corpus, order: Sequence[Slot], limit: int = 100, **asked: Any) -> Feed:
    """The feed of a reader who said nothing, in an order that was made before."""
    return rank_as(corpus, profile_of(corpus), order, now=NOW, params=PARAMS, limit=limit, **asked)


def history_of(*, seen: Sequence[str] = (), dismissed: Sequence[str] = ()) -> History:
    """A reader's history who has just seen some events and dismissed others."""
    at = NOW.timestamp()
    return History({event_id: Encounter(at) for event_id in seen}, dict.fromkeys(dismissed, at))


def ids(feed: Feed) -> list[str]:
    """The ids of the ranked events, in order."""
    return [one.event.id for one in feed.ranked]


def placed(feed: Feed, event_id: str) -> RankedEvent:
    """The place of one event."""
    return next(one for one in feed.ranked if one.event.id == event_id)


def six_events() -> list[Event]:
    """Six events of falling signal and two categories, that share no word."""
    return [
        an_event(title.lower(), title, signal=9.0 - number, category=("News", "Sport")[number % 2])
        for number, title in enumerate(TITLES)
    ]


def test_without_presses_the_order_is_signal_and_freshness() -> None:
    """It is the global order, and the sum is worked out by hand."""
    corpus = a_corpus(
        an_event("old", "Comet", signal=8, published_at=NOW - timedelta(days=7)),  # 8 - log2(8) = 5
        an_event("day", "Strike", signal=7, published_at=NOW - timedelta(days=1)),  # 7 - log2(2) = 6
        an_event("new", "Volcano", signal=5.5, published_at=NOW),  # 5.5 - log2(1) = 5.5
    )
    feed = feed_of(corpus)
    assert [(one.rank, one.event.id, one.score, one.personal_signal) for one in feed.ranked] == [
        (1, "day", 6.0, 7.0),
        (2, "new", 5.5, 5.5),
        (3, "old", 5.0, 8.0),
    ]
    assert {(one.level, one.folded, one.propensity) for one in feed.ranked} == {(None, (), 1)}


def test_a_press_moves_the_event_and_its_story() -> None:
    """After one +2 on a comet both comets lead, the pressed one first, and the other story stands behind."""
    order = ids(feed_of(STORIES, ("c2", 2)))
    assert order[0] == "c2"
    assert set(order[2:]) == {"s1", "s2"}


def test_a_press_down_hides_nothing() -> None:
    """The event is last, and still there."""
    assert ids(feed_of(STORIES, ("c1", -2)))[-1] == "c1"
    assert len(feed_of(STORIES, ("c1", -2)).ranked) == 4


def test_the_level_is_shown_where_the_reader_spoke() -> None:
    """Also "just as it is" is a word; silence is not."""
    feed = feed_of(STORIES, ("c1", 0), ("s1", -2))
    assert {one.event.id: one.level for one in feed.ranked} == {"c1": 0, "s1": -2, "c2": None, "s2": None}


def test_the_personal_signal_is_shown_within_the_scale_while_scores_still_order() -> None:
    """Two that were turned far up both show 10 and two far down both 0, and the stronger of each still leads."""
    corpus = a_corpus(*six_events())
    said = (("strike", 2), ("comet", 2), ("harvest", -2), ("robots", -2))
    feed = feed_of(corpus, *said)
    shown = {event_id: placed(feed, event_id).personal_signal for event_id, _ in said}
    assert shown == {"strike": 10, "comet": 10, "harvest": 0, "robots": 0}
    assert (ids(feed)[:2], ids(feed)[-2:]) == (["comet", "strike"], ["robots", "harvest"])
    assert placed(feed, "comet").score > placed(feed, "strike").score > 10
    assert 0 > placed(feed, "robots").score > placed(feed, "harvest").score


def test_near_duplicates_are_folded_by_id() -> None:
    """The event that stands for others names them, and they have no place."""
    corpus = a_corpus(
        an_event("a", "Comet nears Jupiter", signal=6),
        an_event("b", "Jupiter nears comet", signal=7),
        an_event("c", "Strike"),
    )
    assert [(one.event.id, one.folded) for one in feed_of(corpus).ranked] == [("b", ("a",)), ("c", ())]


def test_a_category_is_a_feed_of_its_own() -> None:
    """Ranks count within it, and a category that nobody has is empty."""
    corpus = a_corpus(*six_events())
    sport = feed_of(corpus, category="Sport")
    assert [(one.rank, one.event.id) for one in sport.ranked] == [(1, "strike"), (2, "election"), (3, "harvest")]
    assert feed_of(corpus, category="Weather") == Feed((), (), more=False)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 6, 7])
def test_pages_join_to_the_whole(size: int) -> None:
    """Whether each page is cut from the one long order or ranked below what stands above it; and each page but the last
    says that there is more."""
    corpus = a_corpus(*six_events(), *two_stories())
    said = (("c1", 2), ("harvest", 1))
    whole, profile = feed_of(corpus, *said), profile_of(corpus, *said)
    starts = range(0, len(whole.ranked), size)
    ranked_below = [feed_of(corpus, *said, limit=size, above=whole.order[:start]) for start in starts]
    cut = [rank_as(corpus, profile, whole.order, now=NOW, params=PARAMS, limit=size, start=start) for start in starts]
    for pages in (ranked_below, cut):
        assert tuple(one for page in pages for one in page.ranked) == whole.ranked
        assert [page.more for page in pages] == [True] * (len(pages) - 1) + [False]


@pytest.mark.parametrize(("limit", "more"), [(0, True), (3, True), (4, False), (5, False)])
def test_more_says_whether_events_follow(limit: int, more: bool) -> None:
    """Of four events; in an order that was made before likewise."""
    feed = feed_of(STORIES, limit=limit)
    assert (len(feed.ranked), feed.more) == (min(limit, 4), more)
    assert feed_as(STORIES, feed_of(STORIES).order, limit=limit).more is more


def test_beyond_the_end_there_is_nothing() -> None:
    """Below or after the last event comes an empty page, not an error."""
    order = feed_of(STORIES).order
    assert feed_of(STORIES, above=order) == Feed((), (), more=False)
    assert feed_as(STORIES, order, start=4) == Feed((), order, more=False)
    assert feed_as(STORIES, ()) == Feed((), (), more=False)


def test_the_order_goes_deeper_than_the_page() -> None:
    """Down to the depth that is asked for, or one past the page where that is more; it begins with the page."""
    corpus = a_corpus(*six_events())
    whole = feed_of(corpus)
    assert [slot.event_ids for slot in whole.order] == [(title.lower(),) for title in TITLES]
    for depth, n_ordered in ((0, 3), (3, 3), (5, 5), (100, 6)):
        feed = feed_of(corpus, limit=2, depth=depth)
        assert feed == Feed(whole.ranked[:2], whole.order[:n_ordered], more=True)


def test_only_events_among_those_asked_for_are_ranked_and_none_of_those_left_out() -> None:
    """Ids of events that are not there play no part, and where nothing is asked for nothing comes."""
    corpus = a_corpus(*six_events())
    assert ids(feed_of(corpus, among=["robots", "ghost", "strike"])) == ["strike", "robots"]
    assert ids(feed_of(corpus, among=["robots", "strike"], without=["strike", "ghost"])) == ["robots"]
    assert ids(feed_of(corpus, among=["robots", "strike"], category="News")) == ["robots"]
    assert feed_of(corpus, among=[]) == Feed((), (), more=False)


def test_what_stands_above_does_not_come_again() -> None:
    """Nor do the near-duplicates folded there, nor what is gone meanwhile; its places still count."""
    corpus = a_corpus(
        an_event("a", "Comet nears Jupiter", signal=7),
        an_event("b", "Jupiter nears comet", signal=6),
        an_event("c", "Strike", signal=5),
    )
    feed = feed_of(corpus, above=(Slot(("a", "b")), Slot(("gone",)), Slot(())))
    assert [(one.rank, one.event.id) for one in feed.ranked] == [(4, "c")]


def test_muted_and_dismissed_events_are_not_there() -> None:
    """A mute works on all events that have the term, whatever was pressed or pinned, and casts no shadow on others."""
    corpus = a_corpus(*two_stories(), an_event("x", "Comets collide", signal=10))
    wishes = Wishes(mutes=("category:Weather", "word:comet"), pins={"word:comet": 10})
    feed = feed_of(corpus, ("c1", 2), wishes=wishes, history=history_of(dismissed=["s2", "ghost"]))
    assert ids(feed) == ["s1"]
    assert feed.order == (Slot(("s1",)),)


def test_what_is_visible_is_neither_hidden_nor_of_another_category() -> None:
    """In the corpus's order: newest first, then by id."""
    corpus = a_corpus(*six_events())
    profile = profile_of(corpus, wishes=Wishes(mutes=("word:volcano",)))
    shown = visible(corpus, profile, history_of(seen=["comet"], dismissed=["election"]))
    assert [event.id for event, seen in zip(corpus.events, shown, strict=True) if seen] == [
        "comet",
        "harvest",
        "robots",
        "strike",
    ]
    sport = visible(corpus, profile, history_of(dismissed=["election"]), "Sport")
    assert [event.id for event, seen in zip(corpus.events, sport, strict=True) if seen] == ["harvest", "strike"]


def test_a_seen_event_makes_room_for_others() -> None:
    """It loses two points, which puts it behind an event of a signal that is one less, and says so."""
    corpus = a_corpus(*six_events())
    feed = feed_of(corpus, history=history_of(seen=["comet", "ghost"]))
    assert ids(feed)[:3] == ["strike", "comet", "volcano"]  # 8, 9 - 2 = 7 and 7: of the same age, so by id
    assert placed(feed, "comet").score == 9 - 1 - 2
    assert [reason.value for reason in placed(feed, "comet").reasons if reason.kind is ReasonKind.SEEN] == [-2]


def great_news() -> Corpus:
    """Four of comets, one great event, and a lesser one of its kind."""
    comets = [an_event(f"c{n}", f"Comet {name}", signal=5 - n / 10) for n, name in enumerate(TITLES[2:])]
    elections = (an_event("great", "Election in Peru", signal=9), an_event("lost", "Election in Chile", signal=8))
    return a_corpus(*elections, *comets)


SHORT = Params(first_page=3, gain=40.0)


def test_learning_alone_does_not_take_great_news_off_the_first_page() -> None:
    """It gets the last place of the page, the points that are missing are said, and the reasons still add up."""
    said = (("c0", 2), ("lost", -2))
    loose = feed_of(great_news(), *said, params=replace(SHORT, must_see_signal=9.1))
    assert ids(loose).index("great") > 2
    feed = feed_of(great_news(), *said, params=SHORT)
    kept = placed(feed, "great")
    assert kept.rank == 3
    assert kept.score == pytest.approx(loose.ranked[2].score, rel=0, abs=1e-9)
    (reason,) = (reason for reason in kept.reasons if reason.kind is ReasonKind.KEPT)
    assert reason.value == pytest.approx(kept.score - placed(loose, "great").score, rel=0, abs=1e-9)
    assert fsum(reason.value for reason in kept.reasons) == pytest.approx(kept.score, rel=0, abs=1e-9)
    assert ids(loose)[:2] == ids(feed)[:2]


def test_great_news_keeps_the_first_page_when_that_is_gone_through_in_parts() -> None:
    """What learning put above takes nothing from what is owed; once the first page is over nothing is."""
    corpus = a_corpus(
        an_event("volcano", "Volcano", signal=8),  # 8 - 1 = 7
        an_event("robots", "Robots", signal=7.5),  # 6.5
        an_event("great", "Election in Peru", signal=9, published_at=NOW - timedelta(days=7)),  # 9 - 3 = 6: the third
        an_event("comet", "Comet", signal=5),
        an_event("lost", "Election in Chile", signal=1),
    )
    said = (("lost", -2),)
    assert ids(feed_of(corpus, *said, params=replace(SHORT, must_see_signal=9.1)))[3] == "great"
    whole = feed_of(corpus, *said, params=SHORT)
    assert ids(whole)[:3] == ["volcano", "robots", "great"]
    for n_above in range(len(whole.order)):
        rest = feed_of(corpus, *said, params=SHORT, above=whole.order[:n_above])
        assert rest.order == whole.order[n_above:]
    below = (Slot(("comet",)), Slot(("volcano",)), Slot(("lost",)))
    assert ids(feed_of(corpus, *said, params=SHORT, above=below)) == ["robots", "great"]


@pytest.mark.parametrize(("mutes", "shown"), [((), True), (("word:peru",), False)])
def test_a_readers_own_word_does_take_great_news_off_the_first_page(mutes: tuple[str, ...], shown: bool) -> None:
    """Turned far down it is last, and muted it is gone."""
    found = ids(feed_of(great_news(), ("c0", 2), ("great", -2), wishes=Wishes(mutes=mutes), params=SHORT))
    assert ("great" in found[3:], "great" in found) == (shown, shown)


def test_great_news_that_would_not_stand_there_anyway_is_not_lifted() -> None:
    """A year of age takes more from it than learning does."""
    old = an_event("great", "Election", signal=9, published_at=NOW - timedelta(days=365))
    corpus = a_corpus(old, *(event for event in two_stories()))
    assert ids(feed_of(corpus, ("c1", 2), params=SHORT))[-1] == "great"


def test_a_draw_gives_places_and_stands_in_the_order() -> None:
    """The event, its propensity and the points that it was lifted by."""
    corpus = a_corpus(*six_events())

    def last_at_three(number: int, value: Floats) -> tuple[int, float] | None:
        return (corpus.row("harvest"), 0.5) if number == 3 else None

    feed = feed_of(corpus, draw=last_at_three)
    drawn = placed(feed, "harvest")
    assert (drawn.rank, drawn.propensity, drawn.score) == (3, 0.5, 6)  # volcano would have had 7 - 1
    assert (drawn.reasons[-1].kind, drawn.reasons[-1].value) == (ReasonKind.EXPLORATION, 3)
    assert {one.propensity for one in feed.ranked if one is not drawn} == {1}
    assert feed_as(corpus, feed.order).ranked == feed.ranked


def test_a_draw_is_told_the_rank_of_the_place() -> None:
    """Also below places of which nothing is left, so that the same ranks are marked on all pages."""
    corpus, numbers = a_corpus(*six_events()), []

    def none_drawn(number: int, value: Floats) -> None:
        numbers.append(number)

    feed = feed_of(corpus, draw=none_drawn, above=(Slot(("gone",)), Slot(("comet",)), Slot(())))
    assert numbers == [one.rank for one in feed.ranked] == [4, 5, 6, 7, 8]


def test_in_an_order_made_before_what_has_gone_is_passed_over() -> None:
    """Deleted, muted or dismissed since: the others keep their ranks, and pages still hold what was asked for."""
    events = six_events()
    order = feed_of(a_corpus(*events)).order
    corpus = a_corpus(*events[1:])
    profile = profile_of(corpus, wishes=Wishes(mutes=("word:volcano",)))
    feed = rank_as(corpus, profile, order, now=NOW, params=PARAMS, limit=2, history=history_of(dismissed=["election"]))
    assert [(one.rank, one.event.id) for one in feed.ranked] == [(2, "strike"), (5, "robots")]
    assert (feed.order, feed.more) == (order, True)


def test_in_an_order_made_before_nothing_more_comes_where_all_that_follows_has_gone() -> None:
    """The page says so at once; no empty one follows it."""
    corpus = a_corpus(*six_events())
    order = feed_of(corpus).order
    gone = history_of(dismissed=["robots", "harvest"])
    assert feed_as(corpus, order, limit=4, history=gone).more is False
    assert feed_as(corpus, order, limit=3, history=gone).more is True


def test_in_an_order_made_before_a_near_duplicate_takes_the_place_of_what_has_gone() -> None:
    """The next of them stands for the others; once none is left the place is empty."""
    events = [an_event(name, "Comet nears Jupiter", signal=8 - n) for n, name in enumerate("abc")]
    whole = a_corpus(*events, an_event("s", "Strike", signal=1))
    order = feed_of(whole).order
    assert order[0].event_ids == ("a", "b", "c")
    seen = [(one.rank, one.event.id, one.folded) for one in feed_as(a_corpus(*events[1:], an_event("s")), order).ranked]
    assert seen == [(1, "b", ("c",)), (2, "s", ())]
    assert ids(feed_as(whole, order, history=history_of(dismissed=["a", "b", "c"]))) == ["s"]


def test_in_an_order_made_before_scores_are_of_today() -> None:
    """An event that was replaced meanwhile has its new signal, at its old place; a new event has none."""
    events = six_events()
    order = feed_of(a_corpus(*events)).order
    corpus = a_corpus(replace(events[0], signal=1.0), *events[1:], an_event("new", "Penguins", signal=10))
    feed = feed_as(corpus, order)
    assert ids(feed) == [title.lower() for title in TITLES]
    assert feed.ranked[0].score == 0


def test_without_explanations_all_else_is_the_same() -> None:
    """Who asks for no reasons gets none, and otherwise the same feed."""
    told, untold = (feed_of(STORIES, ("c1", 2), explained=explained) for explained in (True, False))
    assert untold.ranked == tuple(replace(one, reasons=()) for one in told.ranked)
    assert all(one.reasons for one in told.ranked)


def test_an_empty_corpus_is_an_empty_feed() -> None:
    """Before the first event arrives there is nothing to rank, of any category."""
    assert feed_of(a_corpus()) == Feed((), (), more=False)
    assert feed_of(a_corpus(), category="News") == Feed((), (), more=False)


def test_what_was_said_of_an_event_that_is_gone_still_counts() -> None:
    """The pressed comet left the catalogue; the one that stayed leads because of it."""
    kept = a_corpus(*(event for event in two_stories() if event.id != "c1"))
    profile = fit(a_reader(STORIES, ("c1", 2)), kept.statistics, PARAMS)
    first = rank(kept, profile, now=NOW, params=PARAMS, limit=1).ranked[0]
    assert first.event.id == "c2"
    assert ("c1",) in {reason.because for reason in first.reasons}


def test_one_event_by_itself_is_as_in_the_feed_but_for_its_place() -> None:
    """Nothing stands above it, so diversity takes nothing and nothing is folded; what it loses for being seen stays."""
    profile, history = profile_of(STORIES, ("c1", 2), ("s1", -1)), history_of(seen=["c2"])
    feed = rank(STORIES, profile, now=NOW, params=PARAMS, limit=100, history=history)
    for one in feed.ranked:
        alone = rank_one(STORIES, profile, one.event.id, now=NOW, params=PARAMS, history=history)
        kept = tuple(reason for reason in one.reasons if reason.kind is not ReasonKind.DIVERSITY)
        assert alone == replace(one, rank=1, score=alone.score, reasons=kept, folded=())
        assert alone.score == pytest.approx(sum(reason.value for reason in kept), rel=0, abs=1e-9)


def test_a_muted_or_dismissed_event_can_still_be_looked_at() -> None:
    """It is hidden from the feed, not from who asks for it."""
    profile = profile_of(STORIES, wishes=Wishes(mutes=("word:comet",)))
    alone = rank_one(STORIES, profile, "c1", now=NOW, params=PARAMS, history=history_of(dismissed=["c1"]))
    assert (alone.event.id, alone.rank, alone.score) == ("c1", 1, 4)


def test_an_event_that_is_not_there_cannot_be_ranked() -> None:
    """The error names the id that was asked for."""
    with pytest.raises(UnknownEvent, match="there is no event 'ghost'") as caught:
        rank_one(STORIES, profile_of(STORIES), "ghost", now=NOW, params=PARAMS)
    assert caught.value.event_id == "ghost"


def test_draws_do_not_take_great_news_off_the_first_page_either() -> None:
    """A reader who has said nothing, and a draw that would give every place to the least: what is owed comes first."""
    feed = feed_of(
        great_news(), params=SHORT, draw=lambda _, value: (int(np.argmin(np.where(np.isinf(value), 99, value))), 0.5)
    )
    assert "great" in ids(feed)[:3]


def test_great_news_that_is_folded_under_a_lesser_event_is_kept_with_it() -> None:
    """The older of two near-duplicates is the great one: whatever is learned, one of the two stays with the other."""
    twins = (
        an_event("new", "Election in Peru", signal=8.9),
        an_event("great", "Election in Peru", signal=9.2, published_at=NOW - timedelta(days=3)),
    )
    comets = [an_event(f"c{n}", f"Comet {name}", signal=6 - n / 10) for n, name in enumerate(TITLES[2:])]
    corpus = a_corpus(*twins, an_event("lost", "Election in Chile", signal=1), *comets)
    assert feed_of(corpus, params=SHORT).order[0].event_ids == ("new", "great")
    after = feed_of(corpus, ("lost", -2), ("c0", 2), params=SHORT)
    assert any("great" in slot.event_ids for slot in after.order[:3])
