"""Tuning: on a small log whose readers want what is new, and nothing else.

An event comes every three hours, of any signal and in words of its own; each reader turns up two of them, an hour after
they came.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest

from ranking.evaluation.comparison import Verdict, difference
from ranking.evaluation.log import Feedback, Log
from ranking.evaluation.outcomes import one_by_one, outcomes
from ranking.evaluation.rankers import Signalfeed
from ranking.evaluation.trials import Protocol, replay
from ranking.evaluation.tuning import SPACE, Tuning, tune
from ranking.params import Params
from tests.build import NOW, PARAMS, an_event

N_EVENTS = 24
N_READERS = 20
# Nothing but signal and age: no crowd, and nothing that repeats.
PLAIN = replace(PARAMS, freshness_points=0.0, popularity_points=0.0, alike_weight=0.0)


@cache
def asked() -> Protocol:
    """The replay of the log."""
    rng = np.random.Generator(np.random.PCG64(7))
    start = NOW - timedelta(hours=3 * N_EVENTS)
    events = [
        an_event(
            f"e{number:02}",
            f"word{number:02}",
            signal=round(float(rng.uniform(0, 10)), 2),
            published_at=start + timedelta(hours=3 * number),
        )
        for number in range(N_EVENTS)
    ]
    feedback = [
        Feedback(f"reader-{reader}", events[place].id, 2, events[place].published_at + timedelta(hours=1))
        for reader in range(N_READERS)
        for place in (4 + reader // 2, 14 + reader // 2)
    ]
    return replay(Log.of(events, feedback), replace(PLAIN, statistics_refresh_share=1.0))


class Listening:
    """A spread that notes who is asked about, search by search."""

    def __init__(self) -> None:
        self.readers: list[set[str]] = []

    def __call__(self, function: Callable[..., Any], tasks: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
        """Calls the function with each of the arguments, one after the other."""
        heard = list(tasks)
        self.readers.append({trial.user_id for _, slices, *_ in heard for one in slices for trial in one.trials})
        return one_by_one(function, heard)


def tuned(start: Params = PLAIN, seed: int = 0, **space: Sequence[float]) -> Tuning:
    """What comes of a search among these values, by nDCG of the first three."""
    return tune(asked(), start, "ndcg@3", 3, space=space, seed=seed)


def test_what_is_truly_better_is_found() -> None:
    """Eight points for each doubling of age put the newest first, whatever its signal: that is kept, and is better for
    the readers who had no part in the search."""
    found = tuned(freshness_points=(0.0, 8.0))
    assert found.params == replace(PLAIN, freshness_points=8.0)
    assert found.held_out.metric == "ndcg@3"
    assert found.held_out.estimate.value is not None
    assert found.held_out.estimate.value > 0.3
    assert (found.held_out.verdict, found.sure) == (Verdict.BETTER, True)
    # In the second round 0 is tried in place of 8, and is worse; 8 itself is what stands, and needs no trial.
    assert [(one.name, one.value, one.gained.verdict, one.kept) for one in found.tried] == [
        ("freshness_points", 8.0, Verdict.BETTER, True),
        ("freshness_points", 0.0, Verdict.WORSE, False),
    ]


def test_of_several_that_are_better_the_best_is_kept() -> None:
    """A little of freshness is better than none, more of it is better still."""
    found = tuned(freshness_points=(1.0, 1000.0, 2.0))
    gained = {one.value: one.gained.estimate.value for one in found.tried[:3]}
    assert [one.gained.verdict for one in found.tried[:3]] == [Verdict.BETTER] * 3
    assert max(gained, key=lambda value: gained[value] or 0) == 1000.0
    assert [one.value for one in found.tried[:3] if one.kept] == [1000.0]
    assert found.params.freshness_points == 1000.0


def test_each_parameter_is_tried_against_the_best_so_far() -> None:
    """A half-life says nothing without points: one of an hour is kept in the second round, when there are some. After
    that the search ends, though it has changed something."""
    found = tuned(freshness_half_life_hours=(1.0,), freshness_points=(1.0,))
    assert [(one.name, one.gained.verdict, one.kept) for one in found.tried] == [
        ("freshness_half_life_hours", Verdict.NOT_DISTINGUISHABLE, False),
        ("freshness_points", Verdict.BETTER, True),
        ("freshness_half_life_hours", Verdict.BETTER, True),
    ]
    assert found.tried[0].gained.estimate.value == 0.0
    assert found.params == replace(PLAIN, freshness_half_life_hours=1.0, freshness_points=1.0)


def test_where_nothing_differs_nothing_is_kept() -> None:
    """What only explains changes no order: the search ends after one round where it began, sure of nothing."""
    found = tuned(n_term_reasons=(1, 5), n_because=(1, 2, 3))
    assert found.params == PLAIN
    assert [(one.name, one.value, one.kept) for one in found.tried] == [
        ("n_term_reasons", 1, False),
        ("n_term_reasons", 5, False),
        ("n_because", 1, False),
        ("n_because", 2, False),
    ]
    assert {one.gained.estimate.value for one in found.tried} == {0.0}
    assert (found.held_out.estimate.value, found.sure) == (0.0, False)


def test_what_is_worse_is_not_kept() -> None:
    """From eight points back to none, or to fewer."""
    found = tuned(replace(PLAIN, freshness_points=8.0), freshness_points=(0.0, 0.25))
    assert [one.gained.verdict for one in found.tried] == [Verdict.WORSE, Verdict.WORSE]
    assert found.params.freshness_points == 8.0


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_held_out_readers_are_none_of_those_who_were_sought_with(seed: int) -> None:
    """Each reader is in one of the halves, and in the same all through; only the last question goes to the held out."""
    listening = Listening()
    found = tune(asked(), PLAIN, "ndcg@3", 3, space={"freshness_points": (8.0,)}, spread=listening, seed=seed)
    *sought, held_out = listening.readers
    assert len(sought) == 2
    assert sought[0] == sought[1]
    assert not sought[0] & held_out
    assert sought[0] | held_out == {f"reader-{reader}" for reader in range(N_READERS)}
    assert (found.n_readers, found.n_held_out) == (len(sought[0]), len(held_out))
    assert min(found.n_readers, found.n_held_out) >= N_READERS // 5


def test_halves_follow_from_the_seed() -> None:
    """Another has others; the same has the same, and the same answer."""
    halves = []
    for seed in (1, 1, 2):
        listening = Listening()
        tune(asked(), PLAIN, "ndcg@3", 3, space={}, spread=listening, seed=seed)
        halves.append(sorted(listening.readers[-1]))
    assert halves[0] == halves[1] != halves[2]
    assert tuned(freshness_points=(8.0,), seed=1) == tuned(freshness_points=(8.0,), seed=1)


def test_a_gain_is_measured_on_the_trials_of_its_half() -> None:
    """With all that everyone said known: it is the difference that these readers' trials have among all outcomes."""
    listening = Listening()
    found = tune(asked(), PLAIN, "ndcg@3", 3, space={"freshness_points": (2.0,)}, spread=listening)
    rankers = [Signalfeed("old", PLAIN), Signalfeed("new", replace(PLAIN, freshness_points=2.0))]
    slices = list(outcomes(asked(), rankers, (3,)))
    for readers, gained in zip(listening.readers[::2], (found.tried[0].gained, found.held_out), strict=False):
        old, new = ([one for told in slices for one in told[number] if one.user_id in readers] for number in (0, 1))
        assert gained == difference("ndcg@3", new, old)


@pytest.mark.parametrize(
    ("space", "told"),
    [
        ({"freshness_points": (8.0,), "n_because": (1,)}, ["freshness_points", "n_because"] * 2),
        (
            {"freshness_half_life_hours": (1.0,), "freshness_points": (1.0,)},
            ["freshness_half_life_hours", "freshness_points"] * 2,
        ),
        ({"n_because": (1,), "n_term_reasons": (1,)}, ["n_because", "n_term_reasons"]),
        ({}, []),
    ],
    ids=["found", "found in both rounds", "nothing found", "nothing tried"],
)
def test_progress_is_told(space: Mapping[str, Sequence[float]], told: list[str]) -> None:
    """What is tried next, in each of two rounds and no more, or in one where that changed nothing."""
    heard: list[str] = []
    tune(asked(), PLAIN, "ndcg@3", 3, space=space, progress=heard.append)
    assert heard == told


def test_a_value_that_stands_already_is_not_tried() -> None:
    """Then there is nothing to try at all."""
    assert tuned(noise=(PLAIN.noise,)).tried == ()


def test_without_readers_nothing_is_known() -> None:
    """A log in which nobody said anything is sure of nothing."""
    found = tune(replace(asked(), slices=()), PLAIN, "ndcg@3", 3, space={"freshness_points": (8.0,)})
    assert (found.params, found.n_readers, found.n_held_out, found.sure) == (PLAIN, 0, 0, False)
    assert [(one.gained.estimate.n, one.kept) for one in found.tried] == [(0, False)]


def test_the_space_is_of_parameters_as_they_may_be() -> None:
    """Of each the default is among the values, which ascend; and each of them makes parameters."""
    for name, values in SPACE.items():
        assert getattr(PARAMS, name) in values
        assert [getattr(replace(PARAMS, **{name: value}), name) for value in values] == sorted(values)  # type: ignore[arg-type]
