"""Drift: how good a feed is fifty presses after half of a reader's interests have changed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.quality import drift
from benchmarks.quality.figures import BACK_WITHIN, DRIFT_NDCG, Goal, Line, Table
from benchmarks.quality.measuring import named
from benchmarks.quality.settings import DEFAULTS, UNAGED
from ranking.evaluation.comparison import difference
from ranking.evaluation.intervals import Estimate, mean_of_readers
from ranking.evaluation.outcomes import Outcome, Spread, outcomes
from ranking.evaluation.rankers import Signalfeed
from ranking.evaluation.simulation import drift as asked_after

SEEDS = (1, 2, 3)
N_READERS = 300
_METRIC = "ndcg@10"
_OURS, _UNAGED = "Signalfeed", "Signalfeed, presses do not age"
_BEFORE, _LAST = "before", f"+{drift.N_LATER[-1]}"
_COLUMNS = (_BEFORE, *(f"+{n}" for n in drift.N_LATER), f"{_LAST} less before")
_OTHER_READERS = (
    "The target is of readers who were simulated in another way, which is not known in all parts; what compares are "
    "the rows above it, and how far a ranker is below where it was before."
)

_ByMoment = dict[str, list[Outcome]]  # by column


def changed(folder: Path, spread: Spread) -> tuple[Table, ...]:
    """Simulated readers of the UCI headlines. Raises Absent."""
    rankers = [Signalfeed(_OURS, DEFAULTS), Signalfeed(_UNAGED, UNAGED), *named("Rocchio")]
    told: dict[str, _ByMoment] = {one.name: {name: [] for name in _COLUMNS[:-1]} for one in rankers}
    for seed in SEEDS:
        simulation = drift.simulated(folder, seed, N_READERS)
        slices = outcomes(asked_after(simulation, drift.N_LATER), rankers, (10,), spread)
        for column, together in zip(_COLUMNS[:-1], slices, strict=True):
            for one, fresh in zip(rankers, together, strict=True):
                told[one.name][column] += [replace(of, user_id=f"{seed} {of.user_id}") for of in fresh]
    return (
        Table(
            f"Drift: {_METRIC} after half of a reader's interests have changed",
            f"{N_READERS} simulated readers for each of the seeds {', '.join(map(str, SEEDS))}, who like four stories "
            f"of the UCI headlines and dislike four, press on {drift.N_PRESSES} headlines, one of ten times the wrong "
            f"way round, and change half of either after {drift.DRIFT_AT}. Asked for are the headlines of liked "
            "stories that nobody presses on, among all of those, so many presses after the change. Intervals are over "
            "readers.",
            _COLUMNS,
            tuple(Line(one.name, _figures(told[one.name])) for one in rankers),
            tuple(Line(f"{_OURS} less {one.name}", _less(told[_OURS], told[one.name])) for one in rankers[1:]),
            (
                Goal("to be back where it was but for .02", _OURS, _COLUMNS[-1], BACK_WITHIN),
                Goal("half-life of 20 presses, measured before with other simulated readers", _OURS, _LAST, DRIFT_NDCG),
            ),
            notes=(_OTHER_READERS,),
            settings=((_OURS, DEFAULTS), (_UNAGED, UNAGED)),
        ),
    )


def _figures(told: _ByMoment) -> dict[str, Estimate]:
    means = {name: mean_of_readers([[one.figures[_METRIC]] for one in ones]) for name, ones in told.items()}
    return {**means, _COLUMNS[-1]: difference(_METRIC, told[_LAST], told[_BEFORE]).estimate}


def _less(ours: Mapping[str, Sequence[Outcome]], theirs: Mapping[str, Sequence[Outcome]]) -> dict[str, Estimate]:
    return {name: difference(_METRIC, ours[name], theirs[name]).estimate for name in ours}
