"""The one ranking function: what a reader gets, page by page."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ranking.corpus import Corpus
from ranking.errors import UnknownEvent
from ranking.event import Event
from ranking.explanation import ReasonKind
from ranking.feed import Feed, RankedEvent, rank, rank_one
from ranking.profile import Profile, fit
from tests.build import NOW, PARAMS, a_corpus, a_ledger, an_event, two_stories

STORIES = a_corpus(*two_stories())
# Six events that share no word, so that nothing repeats another.
TITLES = ("Comet", "Strike", "Volcano", "Election", "Robots", "Harvest")


def profile_of(corpus: Corpus, *said: tuple[str, int]) -> Profile:
    """The profile of a reader who gave these levels to events of the corpus."""
    return fit(a_ledger(corpus, *said), corpus.statistics, PARAMS)


def feed_of(
    corpus: Corpus,
    *said: tuple[str, int],
    limit: int = 100,
    offset: int = 0,
    category: str | None = None,
    explained: bool = True,
) -> Feed:
    """The feed of a reader who gave these levels to events of the corpus."""
    return rank(
        corpus,
        profile_of(corpus, *said),
        now=NOW,
        params=PARAMS,
        limit=limit,
        offset=offset,
        category=category,
        explained=explained,
    )


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
    assert {(one.level, one.folded) for one in feed.ranked} == {(None, ())}


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
    assert feed_of(corpus, category="Weather") == Feed((), more=False)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 6, 7])
def test_pages_join_to_the_whole(size: int) -> None:
    """Page after page gives every event in its place once, and each page but the last says that there is more."""
    corpus = a_corpus(*six_events(), *two_stories())
    whole = feed_of(corpus, ("c1", 2), ("harvest", 1))
    starts = range(0, len(whole.ranked), size)
    pages = [feed_of(corpus, ("c1", 2), ("harvest", 1), limit=size, offset=start) for start in starts]
    assert tuple(one for page in pages for one in page.ranked) == whole.ranked
    assert [page.more for page in pages] == [True] * (len(pages) - 1) + [False]


@pytest.mark.parametrize(("limit", "offset", "more"), [(4, 0, False), (3, 0, True), (5, 0, False), (3, 1, False)])
def test_more_says_whether_events_follow(limit: int, offset: int, more: bool) -> None:
    """Of four events."""
    assert feed_of(STORIES, limit=limit, offset=offset).more is more


def test_beyond_the_end_there_is_nothing() -> None:
    """An offset past the last event is an empty page, not an error."""
    assert feed_of(STORIES, offset=4) == Feed((), more=False)


def test_without_explanations_all_else_is_the_same() -> None:
    """Who asks for no reasons gets none, and otherwise the same feed."""
    told, untold = (feed_of(STORIES, ("c1", 2), explained=explained) for explained in (True, False))
    assert untold.ranked == tuple(replace(one, reasons=()) for one in told.ranked)
    assert all(one.reasons for one in told.ranked)


def test_an_empty_corpus_is_an_empty_feed() -> None:
    """Before the first event arrives there is nothing to rank, of any category."""
    assert feed_of(a_corpus()) == Feed((), more=False)
    assert feed_of(a_corpus(), category="News") == Feed((), more=False)


def test_what_was_said_of_an_event_that_is_gone_still_counts() -> None:
    """The pressed comet left the catalogue; the one that stayed leads because of it."""
    kept = a_corpus(*(event for event in two_stories() if event.id != "c1"))
    profile = fit(a_ledger(STORIES, ("c1", 2)), kept.statistics, PARAMS)
    first = rank(kept, profile, now=NOW, params=PARAMS, limit=1).ranked[0]
    assert first.event.id == "c2"
    assert ("c1",) in {reason.because for reason in first.reasons}


def test_one_event_by_itself_is_as_in_the_feed_but_for_its_place() -> None:
    """Nothing stands above it, so diversity takes nothing and nothing is folded."""
    profile = profile_of(STORIES, ("c1", 2), ("s1", -1))
    feed = rank(STORIES, profile, now=NOW, params=PARAMS, limit=100)
    for one in feed.ranked:
        alone = rank_one(STORIES, profile, one.event.id, now=NOW, params=PARAMS)
        kept = tuple(reason for reason in one.reasons if reason.kind is not ReasonKind.DIVERSITY)
        assert alone == replace(one, rank=1, score=alone.score, reasons=kept, folded=())
        assert alone.score == pytest.approx(sum(reason.value for reason in kept), rel=0, abs=1e-9)


def test_an_event_that_is_not_there_cannot_be_ranked() -> None:
    """The error names the id that was asked for."""
    with pytest.raises(UnknownEvent, match="there is no event 'ghost'") as caught:
        rank_one(STORIES, profile_of(STORIES), "ghost", now=NOW, params=PARAMS)
    assert caught.value.event_id == "ghost"
