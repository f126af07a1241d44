"""Measuring: rankers on a protocol, as figures for a table."""

from collections.abc import Mapping, Sequence

from benchmarks.quality.figures import Line
from ranking.evaluation.baselines import BASELINES, COLLABORATIVE
from ranking.evaluation.comparison import compare
from ranking.evaluation.intervals import mean_of_readers, mean_of_trials
from ranking.evaluation.outcomes import Outcome, Spread, by_ranker, outcomes
from ranking.evaluation.rankers import Ranker
from ranking.evaluation.trials import Protocol

Told = dict[str, list[Outcome]]


def told(protocol: Protocol, rankers: Sequence[Ranker], cutoffs: Sequence[int], spread: Spread) -> Told:
    """What came of a protocol's trials, by ranker."""
    gathered = by_ranker(len(rankers), outcomes(protocol, rankers, cutoffs, spread))
    return {ranker.name: ones for ranker, ones in zip(rankers, gathered, strict=True)}


def lines(protocol: Protocol, told: Mapping[str, list[Outcome]], *, by_reader: bool = False) -> tuple[Line, ...]:
    """The figures of each ranker: every trial counts the same, or every reader."""
    titles = {event.id: event.title for event in protocol.log.events}
    mean = mean_of_readers if by_reader else mean_of_trials
    report = compare(protocol.name, list(told), [list(told.values())], titles, mean)
    return tuple(Line(one.name, one.figures) for one in report.rankers)


def named(*names: str) -> list[Ranker]:
    """The baselines of these names."""
    known: dict[str, Ranker] = {one.name: one for one in (*BASELINES, *COLLABORATIVE)}
    return [known[name] for name in names]
