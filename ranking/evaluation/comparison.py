"""Comparison: outcomes as figures with intervals, and which ranker is better than which."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from ranking.evaluation.intervals import Estimate, mean_of_readers, share_covered
from ranking.evaluation.outcomes import Outcome, by_ranker

CURVE = (0, 1, 2, 3, 5, 10, 20, 50)  # presses from which a point of a learning curve begins
_LOWER_IS_BETTER = ("calibration",)
_N_EXAMPLES = 5
FEWEST_READERS = 5  # of whom a verdict is given

Mean = Callable[[Sequence[Sequence[float]]], Estimate]  # of values, reader by reader


class Verdict(StrEnum):
    """What a difference says, as far as its interval lets it."""

    BETTER = "better"
    WORSE = "worse"
    NOT_DISTINGUISHABLE = "not distinguishable"


@dataclass(frozen=True, slots=True)
class Difference:
    """A ranker's figure less that of the reference on the very same trials, and what follows from its interval."""

    metric: str
    estimate: Estimate
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Example:
    """A trial on which a ranker and the reference differ much: where each placed the event that was wanted."""

    user_id: str
    event_id: str
    title: str
    n_said: int
    place: int
    place_of_reference: int
    n_candidates: int


@dataclass(frozen=True, slots=True)
class RankerReport:
    """How well one ranker did.

    `figures` by metric; `differences` to the reference; `curve` the first metric by the presses that a reader had made
    before; `by_level` the AUC by the level of the press that was asked about; `readers` the first metric of each
    reader, ascending; `wins` and `losses` against the reference.
    """

    name: str
    figures: Mapping[str, Estimate]
    differences: tuple[Difference, ...]
    curve: Mapping[int, Estimate]
    by_level: Mapping[int, Estimate]
    readers: tuple[float, ...]
    wins: tuple[Example, ...] = ()
    losses: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """How well rankers did by one protocol, the first of them being the reference of all differences."""

    protocol: str
    n_events: int
    n_readers: int
    n_trials: int
    main_metric: str
    rankers: tuple[RankerReport, ...]


def compare(
    protocol: str,
    names: Sequence[str],
    slices: Iterable[list[list[Outcome]]],
    titles: Mapping[str, str],
    mean: Mean = mean_of_readers,
) -> Report:
    """The report on rankers of these names, from what came of a protocol's slices. `titles` are those of all events,
    and `mean` says how trials are counted: every reader the same, or every trial."""
    told = by_ranker(len(names), slices)
    metric = next((name for one in told[0] for name in one.figures if name.startswith("ndcg")), "auc")
    judged = zip(names, told, strict=True)
    reports = tuple(_ranker_report(name, ones, told[0], metric, titles, mean) for name, ones in judged)
    n_readers = len({one.user_id for one in told[0]})
    return Report(protocol, len(titles), n_readers, len(told[0]), metric, reports)


def difference(
    metric: str, ours: Sequence[Outcome], theirs: Sequence[Outcome], mean: Mean = mean_of_readers
) -> Difference:
    """How much better one ranker's figure is than another's, trial by trial, with an interval over readers."""
    paired = [
        replace(one, figures={metric: one.figures[metric] - other.figures[metric]})
        for one, other in zip(ours, theirs, strict=True)
        if metric in one.figures and metric in other.figures and (one.level is None or one.level > 0)
    ]
    values = _values(metric, paired)
    estimate = mean(values)
    return Difference(metric, estimate, _verdict(metric, estimate, len(values)))


def _verdict(metric: str, estimate: Estimate, n_readers: int) -> Verdict:
    """With fewer than some readers an interval over readers is too narrow to go by."""
    if estimate.low is None or estimate.high is None or n_readers < FEWEST_READERS:
        return Verdict.NOT_DISTINGUISHABLE
    if estimate.low <= 0 <= estimate.high:
        return Verdict.NOT_DISTINGUISHABLE
    return Verdict.BETTER if (estimate.low > 0) is not metric.startswith(_LOWER_IS_BETTER) else Verdict.WORSE


def _ranker_report(
    name: str,
    ours: Sequence[Outcome],
    reference: Sequence[Outcome],
    metric: str,
    titles: Mapping[str, str],
    mean: Mean,
) -> RankerReport:
    wanted = [one for one in ours if one.level is None or one.level > 0]
    measured = list(dict.fromkeys(name for one in wanted for name in one.figures))
    coverage = share_covered(_shown(wanted), len(titles))
    differences = () if ours is reference else tuple(difference(one, ours, reference, mean) for one in measured)
    examples = [] if ours is reference else _examples(ours, reference, metric, titles)
    wins = [one for one in examples if one.place < one.place_of_reference]
    losses = [one for one in reversed(examples) if one.place > one.place_of_reference]
    return RankerReport(
        name,
        {**{one: mean(_values(one, wanted)) for one in measured}, "coverage": coverage},
        differences,
        {start: mean(_values(metric, [one for one in wanted if _point(one.n_said) == start])) for start in CURVE},
        {level: mean(_values("auc", [one for one in ours if one.level == level])) for level in _levels(ours)},
        tuple(sorted(float(np.mean(values)) for values in _values(metric, wanted) if values)),
        tuple(wins[:_N_EXAMPLES]),
        tuple(losses[:_N_EXAMPLES]),
    )


def _examples(
    ours: Sequence[Outcome], reference: Sequence[Outcome], metric: str, titles: Mapping[str, str]
) -> list[Example]:
    """Trials of one wanted event, first those on which we gain most by the metric, last where we lose most."""
    both = [
        (a, b)
        for a, b in zip(ours, reference, strict=True)
        if len(a.wanted) == 1 and (a.level is None or a.level > 0) and a.place != b.place
    ]
    gain = sorted(both, key=lambda pair: (pair[1].figures[metric] - pair[0].figures[metric], pair[0].at))
    return [
        Example(a.user_id, a.wanted[0], titles[a.wanted[0]], a.n_said, a.place, b.place, a.n_candidates)
        for a, b in gain
    ]


def _values(metric: str, ones: Iterable[Outcome]) -> list[list[float]]:
    """The values of a metric, reader by reader."""
    values: defaultdict[str, list[float]] = defaultdict(list)
    for one in ones:
        if metric in one.figures:
            values[one.user_id].append(one.figures[metric])
    return [values[user_id] for user_id in sorted(values)]


def _shown(ones: Iterable[Outcome]) -> list[set[str]]:
    """What stood on top for each reader, all trials together."""
    shown: defaultdict[str, set[str]] = defaultdict(set)
    for one in ones:
        shown[one.user_id].update(one.top)
    return [shown[user_id] for user_id in sorted(shown)]


def _levels(ones: Iterable[Outcome]) -> list[int]:
    return sorted({one.level for one in ones if one.level is not None}, reverse=True)


def _point(n_said: int) -> int:
    """The point of the learning curve that belongs to so many presses."""
    return max(start for start in CURVE if start <= n_said)
