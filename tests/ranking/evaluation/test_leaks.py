"""Leaks: no order may follow from what came after it.

The logs here are drawn: over three days events are published, readers press on what is there, and are shown pages of
it. Each law is asked of every ranker that reports name.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranking.evaluation.baselines import BASELINES, COLLABORATIVE
from ranking.evaluation.known import Known
from ranking.evaluation.leaks import LeakCheck, check_for_leaks
from ranking.evaluation.log import Feedback, Impression, Log, Opened, ShownEvent
from ranking.evaluation.outcomes import outcomes
from ranking.evaluation.rankers import Order, Ranker, Signalfeed
from ranking.evaluation.trials import Protocol, Trial, per_impression, replay
from ranking.features import Integers
from tests.build import NOW, PARAMS, an_event

WORDS = ("comet", "orbit", "telescope", "strike", "wages", "harbour", "roses", "petals", "garden", "museum", "curator")
START = NOW - timedelta(days=3)
N_MINUTES = 3 * 24 * 60
DEPTH = 5
# A coarse share makes slices long, so that much is published and said between their beginning and their end.
COARSE = replace(PARAMS, statistics_refresh_share=0.6)
HONEST: tuple[Ranker, ...] = (Signalfeed("Signalfeed", COARSE), *BASELINES, *COLLABORATIVE)
ASKED: dict[str, Callable[[Log], Protocol]] = {
    "replay": partial(replay, params=COARSE),
    "impressions": partial(per_impression, params=COARSE),
}


def a_log(seed: int, n_events: int = 16, n_said: int = 40, n_pages: int = 12) -> Log:
    """A log in which five readers press, are shown pages of four events, and open some of them."""
    rng = np.random.Generator(np.random.PCG64(seed))
    events = [
        an_event(
            f"e{number:02}",
            " ".join(rng.choice(WORDS, size=rng.integers(2, 6), replace=False)),
            signal=round(float(rng.uniform(0, 10)), 3),
            published_at=START + timedelta(minutes=int(minute)),
        )
        for number, minute in enumerate([0, 0, 0, 0, *rng.integers(1, N_MINUTES, size=n_events - 4)])
    ]

    def drawn(n: int) -> tuple[str, datetime, list[str]]:
        at = START + timedelta(minutes=int(rng.integers(1, N_MINUTES)))
        there = [event.id for event in events if event.published_at <= at]
        return f"reader-{rng.integers(5)}", at, rng.choice(there, size=n, replace=False).tolist()

    feedback = []
    for user_id, at, (event_id,) in (drawn(1) for _ in range(n_said)):
        feedback.append(Feedback(user_id, event_id, int(rng.choice([-2, -1, 0, 1, 2, 2])), at))
    pages, opens = [], []
    for number in range(n_pages):
        user_id, at, shown = drawn(4)
        on_page = tuple(ShownEvent(event_id, rank, 1.0) for rank, event_id in enumerate(shown, start=1))
        pages.append(Impression(str(number), user_id, at, "p", "c", degraded=False, events=on_page))
        opens.append(Opened(user_id, shown[int(rng.integers(4))], at + timedelta(minutes=int(rng.integers(90)))))
    return Log.of(events, feedback, pages, opens)


def orders(protocol: Protocol, ranker: Ranker) -> dict[tuple[object, ...], tuple[str, ...]]:
    """The whole order of each trial, by reader, moment and what was asked among."""
    found: dict[tuple[object, ...], tuple[str, ...]] = {}
    for one in protocol.slices:
        known = Known(protocol.log, one)
        order, corpus = ranker.order(known, DEPTH), known.corpus(PARAMS)
        for trial in one.trials:
            rows = order(trial, known.candidates(corpus, trial))
            found[trial.user_id, trial.at, trial.among, trial.n_said] = tuple(corpus.events[row].id for row in rows)
    return found


@pytest.mark.parametrize("ask", list(ASKED))
@pytest.mark.parametrize("ranker", HONEST, ids=lambda ranker: ranker.name)
@settings(max_examples=4)
@given(seed=st.integers(0, 2**32), minute=st.integers(N_MINUTES // 3, N_MINUTES))
def test_to_cut_a_log_changes_no_order_before_the_cut(ranker: Ranker, ask: str, seed: int, minute: int) -> None:
    """From the first place to the last, in every slice."""
    log = a_log(seed)
    whole = orders(ASKED[ask](log), ranker)
    cut = orders(ASKED[ask](log.until(START + timedelta(minutes=minute))), ranker)
    assert cut == {question: whole[question] for question in cut}


def test_the_law_is_of_logs_in_which_the_crowd_counts() -> None:
    """Else it would say little: without popularity, and without alike readers, Signalfeed has other orders there."""
    protocol = replay(a_log(1), COARSE)
    told = [
        orders(protocol, Signalfeed("it", params))
        for params in (COARSE, replace(COARSE, popularity_points=0.0), replace(COARSE, alike_weight=0.0))
    ]
    assert told[0] != told[1]
    assert told[0] != told[2]


def test_the_law_is_of_slices_in_which_something_is_published() -> None:
    """There are fewer of them than trials, and events come out between their beginning and their end."""
    protocol = replay(a_log(1), COARSE)
    later = [
        sum(one.known_at < event.published_at <= one.live_until for event in protocol.log.events)
        for one in protocol.slices
    ]
    assert len(later) * 4 < protocol.n_trials
    assert sum(later) > len(later)


@settings(max_examples=8)
@given(seed=st.integers(0, 2**32))
@pytest.mark.parametrize("ask", list(ASKED))
def test_no_event_from_the_future_is_ever_a_candidate(ask: str, seed: int) -> None:
    """Nor does anything count that was said later, for the reader or for the crowd."""
    protocol = ASKED[ask](a_log(seed))
    for one in protocol.slices:
        known = Known(protocol.log, one)
        corpus = known.corpus(PARAMS)
        assert all(said.at < one.known_at for said in known.crowd)
        for trial in one.trials:
            assert one.known_at <= trial.at <= one.live_until
            candidates = [corpus.events[row] for row in known.candidates(corpus, trial)]
            assert all(event.published_at <= trial.at for event in candidates)
            assert all(said.at < trial.at and said.user_id == trial.user_id for said in known.said(trial))


@dataclass(frozen=True)
class Leaking:
    """Puts candidates in the order of a figure of their ids, the largest first."""

    name: str
    figure: Callable[[Known, Trial, str], float]

    def order(self, known: Known, depth: int, /) -> Order:
        """The candidates by the figure."""
        corpus = known.corpus(PARAMS)

        def ordered(trial: Trial, candidates: Integers) -> Integers:
            figures = [-self.figure(known, trial, corpus.events[row].id) for row in candidates]
            ranked: Integers = candidates[np.argsort(figures, kind="stable")]
            return ranked

        return ordered


def _turned_up_later(known: Known, trial: Trial, event_id: str) -> float:
    """How often anyone turns the event up after the trial."""
    later = (said for said in known._log.feedback if said.at > trial.at and said.level > 0)
    return sum(said.event_id == event_id for said in later)


def _mine_later(known: Known, trial: Trial, event_id: str) -> float:
    """What the reader will say of the event at last."""
    mine = (said.level for said in known._log.by_reader.get(trial.user_id, ())[trial.n_said :])
    return sum(mine) * (int(event_id[1:]) - 7.5)


def _common_words(known: Known, trial: Trial, event_id: str) -> float:
    """How common the words of the event are in the whole log, later events among it."""
    return sum(
        len(known._log.terms[other.id].counts.keys() & known._log.terms[event_id].counts.keys())
        for other in known._log.events
    )


def _crowded(known: Known, trial: Trial, event_id: str) -> float:
    """Another order for every number of events that are published until the end of the slice."""
    return (int(event_id[1:]) + 1) * len(known.corpus(PARAMS).events) % 17


def _below_the_top(known: Known, trial: Trial, event_id: str) -> float:
    """By number, but for what is turned up later, which falls from the sixth place on."""
    number = int(event_id[1:])
    return -number if number <= DEPTH else -number - 100 * _turned_up_later(known, trial, event_id)


PLANTED = (
    Leaking("later presses of all", _turned_up_later),
    Leaking("later presses of the reader", _mine_later),
    Leaking("statistics of later events", _common_words),
    Leaking("events of the slice's end", _crowded),
    Leaking("below the top", _below_the_top),
)


def checked(log: Log, ask: Callable[[Log], Protocol], *rankers: Ranker) -> LeakCheck:
    """The check of these rankers, whose outcomes on the whole log are told."""
    return check_for_leaks(log, ask, list(outcomes(ask(log), rankers, (DEPTH,))), rankers, (DEPTH,))


@pytest.mark.parametrize("planted", PLANTED, ids=lambda ranker: ranker.name)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_planted_leak_is_caught_and_named(planted: Ranker, seed: int) -> None:
    """It alone, among those that know nothing of the future."""
    found = checked(a_log(seed), ASKED["replay"], HONEST[0], planted, *HONEST[1:])
    assert found.leaking == (planted.name,)


def test_all_leaks_are_named_once() -> None:
    """However often they show."""
    found = checked(a_log(1), ASKED["replay"], *PLANTED)
    assert sorted(found.leaking) == sorted(one.name for one in PLANTED)


@pytest.mark.parametrize("ask", list(ASKED))
@pytest.mark.parametrize("seed", [4, 5])
def test_honest_rankers_are_not_accused(ask: str, seed: int) -> None:
    """And something has been compared, as often for each of them."""
    found = checked(a_log(seed), ASKED[ask], *HONEST)
    assert found.leaking == ()
    assert found.n_compared > 0
    assert found.n_compared % len(HONEST) == 0


def test_the_orders_of_the_last_slices_are_compared() -> None:
    """Four readers press once an hour on a fifth event; of four trials the moments are those of the second, third and
    fourth. The first is a slice of its own, since nothing had been said then; what was said doubles with the second,
    and so does each later one: three slices of one trial, compared with one ranker."""
    events = [an_event(event_id, published_at=START) for event_id in "abcde"]
    feedback = [Feedback(f"reader-{hour}", "e", 2, START + timedelta(hours=hour)) for hour in (1, 2, 3, 4)]
    log = Log.of(events, feedback)
    assert [len(one.trials) for one in replay(log, PARAMS).slices] == [1, 1, 1, 1]
    assert checked(log, partial(replay, params=PARAMS), BASELINES[0]) == LeakCheck(3, ())


def test_questions_that_the_shorter_log_does_not_ask_are_passed_over() -> None:
    """Ann is shown two pages of three events; she opens a of the first and, after the second, b of the first. Asked
    when the second was shown, the first is a question about a alone, to which nothing can be compared."""
    events = [an_event(event_id, published_at=START) for event_id in "abcdef"]

    def shown(number: int, event_ids: str) -> Impression:
        at = START + timedelta(hours=number)
        on_page = tuple(ShownEvent(event_id, rank, 1.0) for rank, event_id in enumerate(event_ids, start=1))
        return Impression(str(number), "ann", at, "p", "c", degraded=False, events=on_page)

    opens = [Opened("ann", one, START + timedelta(hours=hour)) for one, hour in (("a", 1.5), ("b", 2.5), ("d", 2.5))]
    log = Log.of(events, (), [shown(1, "abc"), shown(2, "def")], opens)
    assert [one.wanted for one in per_impression(log, PARAMS).slices[0].trials] == [("a", "b"), ("d",)]
    assert checked(log, partial(per_impression, params=PARAMS), BASELINES[0]) == LeakCheck(0, ())


def test_where_nothing_was_asked_nothing_leaks() -> None:
    """There is no moment at which to ask again."""
    log = Log.of([an_event("a"), an_event("b")])
    assert checked(log, partial(replay, params=PARAMS), *HONEST) == LeakCheck(0, ())
