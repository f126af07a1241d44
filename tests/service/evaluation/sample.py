"""A report worked by hand, for the tests of what shows it."""

from collections.abc import Mapping, Sequence

from ranking.evaluation.comparison import Difference, Example, RankerReport, Report, Verdict
from ranking.evaluation.intervals import Estimate

NOTHING = Estimate(None, None, None, 0)


def about(value: float, reach: float = 0.02, n: int = 40) -> Estimate:
    """A figure whose interval reaches as far to either side."""
    return Estimate(value, value - reach, value + reach, n)


def a_ranker(
    name: str,
    figures: Mapping[str, Estimate],
    *differences: Difference,
    curve: Mapping[int, Estimate] | None = None,
    by_level: Mapping[int, Estimate] | None = None,
    readers: Sequence[float] = (),
    wins: Sequence[Example] = (),
    losses: Sequence[Example] = (),
) -> RankerReport:
    """What is told of a ranker."""
    return RankerReport(
        name, figures, differences, curve or {}, by_level or {}, tuple(readers), tuple(wins), tuple(losses)
    )


def a_difference(metric: str, value: float, reach: float, verdict: Verdict) -> Difference:
    """A difference whose interval reaches as far to either side."""
    return Difference(metric, about(value, reach), verdict)


def an_example(title: str, *, place: int, place_of_reference: int) -> Example:
    """A trial of 90 candidates after three presses."""
    return Example("reader-7", "e1", title, 3, place, place_of_reference, 90)


def a_report(*rankers: RankerReport, metric: str = "ndcg@10", protocol: str = "replay") -> Report:
    """A report on these rankers, or on two of which the second is better."""
    return Report(protocol, 1_200, 40, 2_345, metric, rankers or (REFERENCE, BETTER))


REFERENCE = a_ranker(
    "newest first",
    {"auc": about(0.7), "ndcg@10": about(0.706), "recall@10": about(0.8), "novelty@10": about(6.48, 0.1)},
    curve={0: about(0.6, 0.1), 1: about(0.7, 0.1), 2: NOTHING},
    by_level={2: about(0.8), -2: about(0.5)},
    readers=(0.0, 0.5, 1.0),
)
BETTER = a_ranker(
    "signalfeed",
    {"auc": about(0.75), "ndcg@10": about(0.740), "recall@10": about(0.795), "novelty@10": about(6.3, 0.1)},
    a_difference("auc", 0.05, 0.06, Verdict.NOT_DISTINGUISHABLE),
    a_difference("ndcg@10", 0.034, 0.012, Verdict.BETTER),
    a_difference("recall@10", -0.005, 0.007, Verdict.NOT_DISTINGUISHABLE),
    a_difference("novelty@10", -0.18, 0.04, Verdict.WORSE),
    curve={0: about(0.6, 0.1), 1: about(0.8, 0.1), 2: NOTHING},
    by_level={2: about(0.85), -2: about(0.3)},
    readers=(0.2, 0.9, 1.0, 1.0),
    wins=(an_example("Comet nears Jupiter", place=1, place_of_reference=9),),
    losses=(an_example("Ferry sinks", place=14, place_of_reference=2),),
)
