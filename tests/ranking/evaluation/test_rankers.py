"""Rankers: Signalfeed is the ranking that serves, and every order is one of all candidates."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranking.corpus import Corpus, build_corpus
from ranking.crowd import Liking, fit_alike, popularity
from ranking.evaluation.baselines import BASELINES, COLLABORATIVE
from ranking.evaluation.known import Known
from ranking.evaluation.log import Feedback, Log
from ranking.evaluation.rankers import Ranker, Signalfeed
from ranking.evaluation.trials import Slice, Trial
from ranking.event import Event
from ranking.features import fit_statistics, strongest
from ranking.feed import rank
from ranking.ledger import Ledger
from ranking.profile import Profile, fit
from ranking.reader import Reader
from ranking.scoring import score
from ranking.text import terms_of
from tests.build import NOW, PARAMS, an_event, two_stories

RANKERS: tuple[Ranker, ...] = (Signalfeed("Signalfeed", PARAMS), *BASELINES, *COLLABORATIVE)
TITLES = (
    "Comet nears Jupiter orbit",
    "Comet passes Jupiter orbit",
    "Roses bloom early",
    "Museum buys painting",
    "Goalkeeper saves penalty",
    "Dockworkers strike begins harbour",
    "Dockworkers strike ends harbour",
    "Comet nears Jupiter's orbit",
)
EVENTS = tuple(
    an_event(f"e{number}", title, signal=4.0 + number / 4, published_at=NOW - timedelta(hours=5 * number + 1))
    for number, title in enumerate(TITLES)
)
CROWD = tuple(
    Feedback(user_id, event_id, level, NOW - timedelta(minutes=90 + 7 * number))
    for number, (user_id, event_id, level) in enumerate(
        [("bob", "e0", 2), ("bob", "e2", 1), ("carl", "e0", 2), ("carl", "e3", 2), ("eve", "e2", 2), ("eve", "e4", -2)]
    )
)
MINE = (
    Feedback("ann", "e0", 2, NOW - timedelta(hours=2)),
    Feedback("ann", "e5", -2, NOW - timedelta(hours=1)),
)


def before_now(feedback: Iterable[Feedback], events: Sequence[Event] = EVENTS) -> Known:
    """What is known at NOW, of these."""
    return Known(Log.of(events, feedback), Slice(NOW, NOW, ()))


def asked(n_said: int = 0, user_id: str = "ann", among: tuple[str, ...] | None = None) -> Trial:
    """A trial at NOW."""
    return Trial(user_id, NOW, n_said, ("e1",), 2, among)


def order_of(ranker: Ranker, known: Known, trial: Trial, depth: int = 50) -> list[str]:
    """The order of a ranker, by event id."""
    corpus = known.corpus(PARAMS)
    rows = ranker.order(known, depth)(trial, known.candidates(corpus, trial))
    return [corpus.events[row].id for row in rows]


def served() -> tuple[Corpus, Profile]:
    """What the service would have at NOW for Ann, made from its parts."""
    terms = {event.id: terms_of(event) for event in EVENTS}
    plain = build_corpus(EVENTS, terms, fit_statistics(list(terms.values()), PARAMS), PARAMS, "it")
    likings = [Liking(one.user_id, one.event_id, one.at) for one in (*CROWD, *MINE) if one.level > 0]
    earlier = [one for one in likings if one.at < NOW]
    alike = fit_alike(earlier, [event.id for event in EVENTS], PARAMS)
    corpus = plain.with_alike(alike).with_heat(popularity(earlier, NOW, PARAMS), NOW)
    ledger = Ledger()
    for one in MINE:
        kept = strongest(terms[one.event_id], corpus.statistics, PARAMS.terms_per_press)
        ledger = ledger.adjusted(one.event_id, one.level, one.at, kept, PARAMS.ledger_cap)
    return corpus, fit(Reader(ledger), corpus.statistics, PARAMS)


def test_signalfeed_is_the_ranking_that_serves() -> None:
    """The same order as `rank` gives with corpus, profile, popularity and alike readers as they were in service; what
    is folded stands below what it is folded under."""
    corpus, profile = served()
    candidates = [event.id for event in EVENTS if event.id not in ("e0", "e5")]
    feed = rank(corpus, profile, now=NOW, params=PARAMS, limit=0, depth=50, among=candidates)
    expected = [event_id for slot in feed.order for event_id in slot.event_ids]
    found = order_of(Signalfeed("it", PARAMS), before_now((*CROWD, *MINE)), asked(2))
    assert found == expected
    assert sorted(found) == sorted(candidates)
    assert corpus.heat.any()
    assert corpus.alike.any()
    assert profile.taste.any()


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_beyond_the_depth_the_order_is_that_of_relevance(depth: int) -> None:
    """The first places are those of the feed, with what is folded there."""
    corpus, profile = served()
    known = before_now((*CROWD, *MINE))
    whole = order_of(Signalfeed("it", PARAMS), known, asked(2))
    found = order_of(Signalfeed("it", PARAMS), known, asked(2), depth)
    among = set(whole)
    feed = rank(corpus, profile, now=NOW, params=PARAMS, limit=0, depth=depth, among=among)
    first = [event_id for slot in feed.order for event_id in slot.event_ids]
    relevance = score(corpus, profile, Reader().history, NOW, PARAMS).relevance
    rest = sorted(among.difference(first), key=lambda event_id: -relevance[corpus.rows[event_id]])
    assert found == first + rest
    assert len(first) >= depth
    assert found[:depth] == whole[:depth]


def test_beyond_the_depth_equals_stand_in_the_order_of_the_catalogue() -> None:
    """Sixty events of one day and of three signals in turn: those of the highest first, and each by id."""
    events = [an_event(f"e{number:02}", f"word{number}", signal=float(number % 3)) for number in range(60)]
    ids = [f"e{number:02}" for signal in (2, 1, 0) for number in range(signal, 60, 3)]
    assert order_of(Signalfeed("it", PARAMS), before_now([], events), asked(), 1) == ids


def test_diversity_plays_no_part_beyond_the_depth() -> None:
    """c2 repeats c1, and sinks below s1 where places are exact; where only the first is, it stands second."""
    events = [replace(event, signal=signal) for event, signal in zip(two_stories(), (9, 8.5, 8, 2), strict=True)]
    params = replace(PARAMS, diversity=1.0)
    known = before_now([], events)
    assert order_of(Signalfeed("it", params), known, asked(), 4) == ["c1", "s1", "c2", "s2"]
    assert order_of(Signalfeed("it", params), known, asked(), 1) == ["c1", "c2", "s1", "s2"]


def test_params_are_those_of_the_ranker() -> None:
    """Where only age counts, the newest is first; where it does not, the strongest."""
    newest = Signalfeed("new", replace(PARAMS, freshness_points=1000.0, diversity=0.0))
    strongest_first = Signalfeed("strong", replace(PARAMS, freshness_points=0.0, diversity=0.0))
    known = before_now([])
    ids = [event.id for event in EVENTS]
    assert order_of(newest, known, asked(among=tuple(ids[:7]))) == ids[:7]
    assert order_of(strongest_first, known, asked(among=tuple(ids[:7]))) == ids[6::-1]


def test_popularity_lifts_what_many_turn_up() -> None:
    """Four events alike in all but their names, of which the last is turned up by three an hour ago."""
    events = [an_event(f"e{number}", title) for number, title in enumerate(TITLES[2:6])]
    crowd = [Feedback(user_id, "e3", 2, NOW - timedelta(hours=1)) for user_id in ("bob", "carl", "eve")]
    popular, not_popular = PARAMS, replace(PARAMS, popularity_points=0.0)
    assert order_of(Signalfeed("it", popular), before_now(crowd, events), asked()) == ["e3", "e0", "e1", "e2"]
    assert order_of(Signalfeed("it", not_popular), before_now(crowd, events), asked()) == ["e0", "e1", "e2", "e3"]


# Two circles of readers, each with four events; no two events have a word in common, and all else is alike.
CIRCLES = {"x": ("bob", "carl", "dan", "eve"), "y": ("fay", "gus", "hal", "ivy")}
NUMBERS = ("alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel")
TOLD = tuple(
    an_event(event_id, NUMBERS[n]) for n, event_id in enumerate(("x1", "x2", "x3", "x4", "y1", "y2", "y3", "y4"))
)


def circles(at: datetime) -> list[Feedback]:
    """Each reader turned up all of their circle's events, and nothing else."""
    return [
        Feedback(user_id, f"{circle}{number}", 2, at)
        for circle, user_ids in CIRCLES.items()
        for user_id in user_ids
        for number in (1, 2, 3, 4)
    ]


@pytest.mark.parametrize(("circle", "other"), ["xy", "yx"])
def test_alike_readers_find_what_words_cannot(circle: str, other: str) -> None:
    """Ann turned up two events of a circle: its other two are first, and those of the other circle last. They are as
    popular as each other, and without alike readers the order is that of the ids."""
    crowd = circles(NOW - timedelta(hours=2))
    ann = [Feedback("ann", f"{circle}{number}", 2, NOW - timedelta(hours=30, minutes=number)) for number in (1, 2)]
    known = before_now([*crowd, *ann], TOLD)
    liked, rest = [f"{circle}3", f"{circle}4"], [f"{other}{number}" for number in (1, 2, 3, 4)]
    assert order_of(Signalfeed("it", PARAMS), known, asked(2)) == liked + rest
    without = order_of(Signalfeed("it", replace(PARAMS, alike_weight=0.0)), known, asked(2))
    assert without == sorted(liked + rest)


def test_alike_readers_are_known_within_the_hour_that_follows() -> None:
    """What the circles said a minute ago, in the hour that has not ended, says nothing yet; asked about an hour later,
    it does."""
    crowd = circles(NOW + timedelta(minutes=1))
    ann = [Feedback("ann", f"y{number}", 2, NOW - timedelta(hours=30, minutes=number)) for number in (1, 2)]
    log = Log.of(TOLD, [*crowd, *ann])
    params = replace(PARAMS, popularity_points=0.0)
    first = []
    for minutes in (2, 62):
        at = NOW + timedelta(minutes=minutes)
        trial = replace(asked(2), at=at)
        first.append(order_of(Signalfeed("it", params), Known(log, Slice(NOW, at, ())), trial)[:2])
    assert first == [["x1", "x2"], ["y3", "y4"]]


@pytest.mark.parametrize("ranker", RANKERS, ids=lambda ranker: ranker.name)
@settings(max_examples=12)
@given(
    presses=st.lists(
        st.tuples(
            st.sampled_from(["ann", "bob", "carl"]),
            st.sampled_from([event.id for event in EVENTS]),
            st.integers(-2, 2),
            st.integers(1, 50),
        ),
        max_size=15,
    ),
    among=st.none() | st.lists(st.sampled_from([event.id for event in EVENTS]), min_size=1).map(tuple),
    depth=st.integers(1, 10),
)
def test_an_order_is_one_of_all_candidates(
    ranker: Ranker, presses: list[tuple[str, str, int, int]], among: tuple[str, ...] | None, depth: int
) -> None:
    """Each once, however deep it is exact, and always the same."""
    feedback = [Feedback(user, event_id, level, NOW - timedelta(hours=age)) for user, event_id, level, age in presses]
    known = before_now(feedback)
    trial = asked(sum(one.user_id == "ann" for one in feedback), among=among)
    candidates = known.candidates(known.corpus(PARAMS), trial)
    order = ranker.order(known, depth)
    np.testing.assert_array_equal(np.sort(order(trial, candidates)), candidates)
    np.testing.assert_array_equal(
        order(trial, candidates), ranker.order(before_now(feedback), depth)(trial, candidates)
    )
