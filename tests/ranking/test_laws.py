"""The laws of the whole: whatever the events and whatever was said, these hold."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import timedelta
from itertools import pairwise
from math import fsum
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranking.corpus import Corpus, build_corpus
from ranking.crowd import Liking, fit_alike, popularity
from ranking.event import Event, Source
from ranking.explanation import ReasonKind, explain_by_adjustment
from ranking.exploration import explorer
from ranking.features import fit_statistics
from ranking.feed import Feed, rank, rank_as, visible
from ranking.interactions import Encounter, History
from ranking.ledger import Ledger
from ranking.params import Params
from ranking.profile import Profile, fit
from ranking.reader import Reader
from ranking.scoring import score
from ranking.text import terms_of
from ranking.wishes import Wishes
from tests.build import NOW, PARAMS, a_reader, an_event

WORDS = ("Comet", "Jupiter", "strike", "strikes", "wages", "robots", "election", "the")
CATEGORIES = ("News", "Space", "Work")
SOURCES = ("Gazette", "Observer", "Herald")
LEVELS = st.integers(-2, 2)

# Short enough for what must be seen to be in the way of draws.
EXPLORING = Params(first_page=2, explore_every=2, explore_draws=16, explore_spread=1.0)


class Case(NamedTuple):
    """A corpus, and a reader of it."""

    corpus: Corpus
    reader: Reader


@st.composite
def events(draw: st.DrawFn) -> list[Event]:
    """One to six events of few words, so that they often share some."""
    return [
        an_event(
            f"e{number}",
            " ".join(draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=5))),
            category=draw(st.sampled_from(CATEGORIES)),
            sources=tuple(map(Source, draw(st.lists(st.sampled_from(SOURCES), max_size=2, unique=True)))),
            signal=draw(st.integers(0, 20)) / 2,
            published_at=NOW - timedelta(hours=draw(st.integers(-5, 200))),
        )
        for number in range(draw(st.integers(1, 6)))
    ]


@st.composite
def crowds(draw: st.DrawFn, live: Sequence[Event]) -> list[Liking]:
    """What up to four others turned up within six hours, of these events and of one that is gone."""
    event_ids = st.sampled_from([*(event.id for event in live), "gone"])
    said = draw(st.lists(st.tuples(st.sampled_from("uvwx"), event_ids, st.integers(0, 6)), max_size=10))
    return [Liking(user_id, event_id, NOW - timedelta(hours=hours)) for user_id, event_id, hours in said]


def told(corpus: Corpus, crowd: Sequence[Liking]) -> Corpus:
    """The corpus when it has heard of what others turned up."""
    alike = fit_alike(crowd, [event.id for event in corpus.events], PARAMS)
    return corpus.with_alike(alike).with_heat(popularity(crowd, NOW, PARAMS), NOW)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A reader who said, wished and did this and that, of a corpus in which some events may be newer than the
    statistics, and some turned up by others."""
    live = draw(events())
    terms = {event.id: terms_of(event) for event in live}
    known = live[: draw(st.integers(0, len(live)))]
    statistics = fit_statistics([terms[event.id] for event in known], PARAMS)
    corpus = told(build_corpus(live, terms, statistics, PARAMS, "1"), draw(crowds(live)))
    event_ids = st.sampled_from([event.id for event in live])
    said = draw(st.lists(st.tuples(event_ids, LEVELS), max_size=8))
    names = st.sampled_from(corpus.names)
    few = st.lists(names, max_size=1)
    cleared_at = st.sampled_from([NOW - timedelta(hours=1), NOW])
    wishes = Wishes.of(
        draw(few),
        draw(st.dictionaries(names, st.floats(-10, 10), max_size=2)),
        draw(st.dictionaries(names, cleared_at, max_size=2)),
    )
    seen = dict.fromkeys(draw(st.lists(event_ids, max_size=2)), Encounter(NOW.timestamp()))
    dismissed = dict.fromkeys(draw(st.lists(event_ids, max_size=1)), NOW.timestamp())
    return Case(corpus, replace(a_reader(corpus, *said), wishes=wishes, history=History(seen, dismissed)))


def profile_of(case: Case) -> Profile:
    """What follows from the reader, with the corpus's statistics."""
    return fit(case.reader, case.corpus.statistics, PARAMS)


def feed_of(case: Case, params: Params = PARAMS, limit: int = 100, **asked: Any) -> Feed:
    """The feed that follows from the reader; with draws where the parameters have some."""
    corpus, reader = case
    profile, draw = fit(reader, corpus.statistics, params), explorer(corpus, reader, params, "request").draw
    return rank(corpus, profile, now=NOW, params=params, limit=limit, history=reader.history, draw=draw, **asked)


def shown(feed: Feed) -> list[str]:
    """The ids of all events of a feed, those that are folded after the one that they are under."""
    return [event_id for one in feed.ranked for event_id in (one.event.id, *one.folded)]


def assert_the_same(one: Profile, other: Profile) -> None:
    """Every part of two profiles is equal, to the last bit."""
    for part in fields(Profile):
        np.testing.assert_array_equal(getattr(one, part.name), getattr(other, part.name), err_msg=part.name)


def pressed(case: Case, said: Sequence[tuple[str, int]]) -> Case:
    """The case after more presses."""
    corpus, reader = case
    ledger = reader.ledger
    for event_id, level in said:
        ledger = ledger.adjusted(event_id, level, NOW, corpus.terms[corpus.row(event_id)], PARAMS.ledger_cap)
    return Case(corpus, replace(reader, ledger=ledger))


@settings(max_examples=50)
@given(case=cases(), draws=st.data())
def test_adjust_and_undo_is_never_adjusted(case: Case, draws: st.DataObject) -> None:
    """Whatever was said of other events since, and in whatever order it is taken back."""
    corpus, before = case
    others = [event.id for event in corpus.events if before.ledger.level_of(event.id) is None]
    after = pressed(case, [(event_id, draws.draw(LEVELS)) for event_id in draws.draw(st.permutations(others))])
    ledger = after.reader.ledger
    for event_id in draws.draw(st.permutations(others)):
        ledger = ledger.without(event_id)
    undone = Case(corpus, replace(before, ledger=ledger))
    assert_the_same(profile_of(undone), profile_of(case))
    assert feed_of(undone, EXPLORING) == feed_of(case, EXPLORING)


@settings(max_examples=50)
@given(case=cases())
def test_replay_is_live(case: Case) -> None:
    """A ledger that is rebuilt from its adjustments gives the profile and the feed that the presses gave."""
    corpus, live = case
    ledger = Ledger()
    for one in live.ledger.adjustments:
        ledger = ledger.adjusted(one.event_id, one.level, one.at, one.terms, PARAMS.ledger_cap)
    replayed = Case(corpus, replace(live, ledger=ledger))
    assert replayed.reader == live
    assert_the_same(profile_of(replayed), profile_of(case))
    assert feed_of(replayed) == feed_of(case)


@given(case=cases(), draws=st.data())
def test_the_order_of_presses_changes_nothing_but_their_age(case: Case, draws: st.DataObject) -> None:
    """Where age plays no part, any order of the same words gives the same scores, but for the last digit of weights."""
    ageless = replace(PARAMS, press_half_life=float("inf"))
    corpus, reader = case
    shuffled = Ledger(tuple(draws.draw(st.permutations(reader.ledger.adjustments))))
    one, other = (
        score(corpus, fit(said, corpus.statistics, ageless), reader.history, NOW, ageless).relevance
        for said in (reader, replace(reader, ledger=shuffled))
    )
    # A sum that falls right between two numbers of half precision may go either way: at 8 points by 2^-7.
    np.testing.assert_allclose(one, other, rtol=0, atol=2**-7)


@settings(max_examples=50)
@given(case=cases())
def test_the_same_question_has_the_same_answer(case: Case) -> None:
    """Nothing but the arguments plays a part, draws included."""
    assert feed_of(case, EXPLORING) == feed_of(case, EXPLORING)


@given(case=cases(), params=st.sampled_from([PARAMS, EXPLORING]))
def test_reasons_add_up_to_the_score(case: Case, params: Params) -> None:
    """For every event of every feed, wherever it was lifted from."""
    for one in feed_of(case, params).ranked:
        assert fsum(reason.value for reason in one.reasons) == pytest.approx(one.score, rel=0, abs=1e-9)


@given(case=cases())
def test_what_each_adjustment_gave_adds_up_to_what_the_reader_changed(case: Case) -> None:
    """For every event: with the pins it is personal signal minus signal, alike readers and rounding included."""
    corpus, reader = case
    profile = profile_of(case)
    scores = score(corpus, profile, reader.history, NOW, PARAMS)
    for row in range(len(corpus.events)):
        given_by = explain_by_adjustment(corpus, reader, profile, row, PARAMS)
        changed = scores.personal_signal[row] - scores.signal[row]
        assert fsum(reason.value for reason in given_by) == pytest.approx(changed, rel=0, abs=1e-9)


@given(case=cases())
def test_of_a_new_reader_nothing_is_thought_by_way_of_others(case: Case) -> None:
    """Who never pressed has no taste, whatever others turned up: no event moves, and no reason speaks of them."""
    newcomer = Case(case.corpus, Reader(wishes=case.reader.wishes, history=case.reader.history))
    profile = profile_of(newcomer)
    assert profile.taste.tolist() == [0.0] * case.corpus.alike.shape[1]
    assert profile.constant == 0
    assert not score(case.corpus, profile, History(), NOW, PARAMS).learned.any()
    kinds = {reason.kind for one in feed_of(newcomer).ranked for reason in one.reasons}
    assert ReasonKind.ALIKE not in kinds


@given(draws=st.data(), live=events())
def test_an_event_that_nobody_turned_up_has_a_row_of_zeros_and_no_heat(draws: st.DataObject, live: list[Event]) -> None:
    """Whatever was said of the others. Heat comes of what was said before now; rows are of all that they are given."""
    terms = {event.id: terms_of(event) for event in live}
    plain = build_corpus(live, terms, fit_statistics(list(terms.values()), PARAMS), PARAMS, "1")
    crowd = draws.draw(crowds(live))
    corpus, turned_up = told(plain, crowd), {one.event_id for one in crowd}
    earlier = {one.event_id for one in crowd if one.at < NOW}
    for row, event in enumerate(corpus.events):
        assert (corpus.heat[row] > 0) == (event.id in earlier)
        assert event.id in turned_up or not corpus.alike[row].any()


@given(draws=st.data(), live=events())
def test_the_order_in_which_others_speak_plays_no_part(draws: st.DataObject, live: list[Event]) -> None:
    """The same likings in another order are the same rows and the same statistics, to the last bit."""
    crowd = draws.draw(crowds(live))
    shuffled = draws.draw(st.permutations(crowd))
    event_ids = [event.id for event in live]
    one, other = fit_alike(crowd, event_ids, PARAMS), fit_alike(shuffled, event_ids, PARAMS)
    assert one.version == other.version
    statistics = fit_statistics([terms_of(event) for event in live], PARAMS)
    assert statistics.with_alike(one).version == statistics.with_alike(other).version
    heat, shuffled_heat = (popularity(likings, NOW, PARAMS) for likings in (crowd, shuffled))
    assert heat == pytest.approx(shuffled_heat, rel=1e-12)


@settings(max_examples=20)
@given(draws=st.data())
def test_the_order_of_the_catalogue_plays_no_part(draws: st.DataObject) -> None:
    """Neither in the statistics nor in the directions of their words, of which eighteen events have some."""
    titles = st.lists(st.sampled_from(WORDS[:-1]), min_size=1, max_size=4).map(" ".join)
    live = [an_event(f"e{n}", title) for n, title in enumerate(draws.draw(st.lists(titles, min_size=18, max_size=18)))]
    terms = [terms_of(event) for event in live]
    one, other = fit_statistics(terms, PARAMS), fit_statistics(draws.draw(st.permutations(terms)), PARAMS)
    assert one.version == other.version
    assert one.latent.directions.tobytes() == other.latent.directions.tobytes()
    assert one.latent.mean.tobytes() == other.latent.mean.tobytes()


@given(case=cases(), draws=st.data())
def test_far_up_raises_and_far_down_lowers(case: Case, draws: st.DataObject) -> None:
    """A press that says something new moves its event's personal signal the way it says; upwards, an event that
    stands at the end of the scale already may stay."""
    corpus, reader = case
    event_id = draws.draw(st.sampled_from([event.id for event in corpus.events]))
    before, up, down = (
        score(corpus, profile_of(one), reader.history, NOW, PARAMS).personal_signal[corpus.row(event_id)]
        for one in (case, pressed(case, [(event_id, 2)]), pressed(case, [(event_id, -2)]))
    )
    assert up > before or reader.ledger.level_of(event_id) == 2 or before >= 10 - 1e-9
    assert down < before or reader.ledger.level_of(event_id) == -2


@settings(max_examples=50)
@given(case=cases(), category=st.sampled_from([None, *CATEGORIES]), params=st.sampled_from([PARAMS, EXPLORING]))
def test_every_candidate_appears_exactly_once(case: Case, category: str | None, params: Params) -> None:
    """Ranked or folded, whatever was said of it; nothing of another category is, nor what is muted or dismissed."""
    corpus, reader = case
    muted = [event.id for event in corpus.events if {*terms_of(event).counts} & {*reader.wishes.mutes}]
    hidden = {*muted, *reader.history.dismissed}
    candidates = [event.id for event in corpus.events if category in {None, event.category} and event.id not in hidden]
    assert sorted(shown(feed_of(case, params, category=category))) == sorted(candidates)


@st.composite
def many_events(draw: st.DrawFn) -> Corpus:
    """Up to twelve events of few words and of all signals, half of them of great ones, and some turned up by others."""
    signals = st.one_of(st.integers(18, 20), st.integers(0, 20))
    live = [
        an_event(
            f"e{number}",
            " ".join(draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=3))),
            category=draw(st.sampled_from(CATEGORIES)),
            signal=draw(signals) / 2,
            published_at=NOW - timedelta(hours=draw(st.integers(0, 100))),
        )
        for number in range(draw(st.integers(1, 12)))
    ]
    terms = {event.id: terms_of(event) for event in live}
    corpus = build_corpus(live, terms, fit_statistics(list(terms.values()), PARAMS), PARAMS, "1")
    return told(corpus, draw(crowds(live)))


@st.composite
def learned(draw: st.DrawFn, corpus: Corpus, params: Params) -> Profile:
    """Any profile at all: a weight for each term, and a taste for what others like, that no presses need ever have led
    to, and what the reader wishes."""
    names = st.sampled_from(corpus.names)
    wishes = Wishes.of(
        draw(st.lists(names, max_size=1)), draw(st.dictionaries(names, st.floats(-10, 10), max_size=1)), {}
    )
    n, n_alike = len(corpus.names), corpus.alike.shape[1]
    return replace(
        fit(Reader(wishes=wishes), corpus.statistics, params),
        terms=corpus.names,
        weight=np.array(draw(st.lists(st.floats(-100, 100, width=16), min_size=n, max_size=n))),
        because=np.full((n, 1), -1, dtype=np.int16),
        taste=np.array(draw(st.lists(st.floats(-100, 100), min_size=n_alike, max_size=n_alike))),
        lean=draw(st.floats(-10, 10)),
        constant=draw(st.floats(-100, 100)),
    )


@given(draws=st.data(), corpus=many_events(), first_page=st.integers(1, 5), category=st.sampled_from([None, "News"]))
def test_no_profile_takes_great_news_off_the_first_page(
    draws: st.DataObject, corpus: Corpus, first_page: int, category: str | None
) -> None:
    """Whatever was learned, seen, pinned and drawn: an event of a signal of 9 that would stand on the first page had
    nothing been learned stands there, unless it is folded under another there, or hidden."""
    params = replace(EXPLORING, first_page=first_page)
    profile = draws.draw(learned(corpus, params))
    event_ids = [event.id for event in corpus.events]
    seen = dict.fromkeys(draws.draw(st.lists(st.sampled_from(event_ids), max_size=3)), Encounter(0.0))
    unlearned = fit(Reader(wishes=profile.wishes), corpus.statistics, params)
    draw = explorer(corpus, Reader(), params, "request").draw

    def first(profile: Profile, **asked: Any) -> Feed:
        return rank(
            corpus,
            profile,
            now=NOW,
            params=params,
            limit=first_page,
            history=History(seen),
            category=category,
            explained=False,
            **asked,
        )

    great = {one.event.id for one in first(unlearned).ranked if one.event.signal >= 9}
    assert great <= {*shown(first(profile))}
    assert great <= {*shown(first(profile, draw=draw))}


@given(draws=st.data(), corpus=many_events(), params=st.sampled_from([PARAMS, EXPLORING]))
def test_scores_never_rise_down_the_feed(draws: st.DataObject, corpus: Corpus, params: Params) -> None:
    """The score is what orders, exactly, whatever was learned and whatever was lifted."""
    profile, draw = draws.draw(learned(corpus, params)), explorer(corpus, Reader(), params, "request").draw
    ranked = rank(corpus, profile, now=NOW, params=params, limit=100, draw=draw, explained=False).ranked
    assert all(above.score >= below.score - 1e-9 for above, below in pairwise(ranked))
    assert [one.rank for one in ranked] == list(range(1, len(ranked) + 1))


@given(draws=st.data(), corpus=many_events(), first_page=st.integers(1, 5))
def test_a_feed_that_goes_on_below_what_stands_above_is_the_rest_of_the_one_long_feed(
    draws: st.DataObject, corpus: Corpus, first_page: int
) -> None:
    """Wherever it is cut, and with what is owed to great news."""
    params = replace(PARAMS, first_page=first_page)
    profile = draws.draw(learned(corpus, params))
    whole = rank(corpus, profile, now=NOW, params=params, limit=100, explained=False)
    cut = draws.draw(st.integers(0, len(whole.order)))
    rest = rank(corpus, profile, now=NOW, params=params, limit=100, above=whole.order[:cut], explained=False)
    assert (rest.ranked, rest.order) == (whole.ranked[cut:], whole.order[cut:])


@settings(max_examples=50)
@given(case=cases(), size=st.integers(1, 7), params=st.sampled_from([PARAMS, EXPLORING]))
def test_pages_of_an_order_are_those_of_the_one_long_feed(case: Case, size: int, params: Params) -> None:
    """With nothing changed since it was made: events, scores, reasons, propensities, to the last bit."""
    corpus, reader = case
    whole = feed_of(case, params)
    profile = fit(reader, corpus.statistics, params)
    pages = [
        rank_as(corpus, profile, whole.order, now=NOW, params=params, limit=size, history=reader.history, start=start)
        for start in range(0, len(whole.order), size)
    ]
    assert tuple(one for page in pages for one in page.ranked) == whole.ranked
    assert [page.more for page in pages] == [True] * (len(pages) - 1) + [False] * bool(pages)


@settings(max_examples=50)
@given(case=cases(), other=cases(), size=st.integers(1, 3))
def test_nothing_of_an_order_is_repeated_or_skipped_whatever_happens_between_two_pages(
    case: Case, other: Case, size: int
) -> None:
    """On each page the catalogue is another one and the reader another: what still is, and is visible, comes once, in
    the order, and what has gone does not; both cases have events of the same ids."""
    order = feed_of(case).order
    place, turns, more = 0, [other, case], bool(order)
    got: list[str] = []
    while more:
        corpus, reader = turn = turns[len(got) % 2]
        profile = profile_of(turn)
        page = rank_as(corpus, profile, order, now=NOW, params=PARAMS, limit=size, history=reader.history, start=place)
        more = page.more
        end = page.ranked[-1].rank if page.ranked else len(order)
        there = [
            event.id
            for event, seen in zip(corpus.events, visible(corpus, profile, reader.history), strict=True)
            if seen
        ]
        assert shown(page) == [one for slot in order[place:end] for one in slot.event_ids if one in there]
        assert len(page.ranked) <= size
        got += shown(page)
        place = end
    assert len(got) == len(set(got))
