"""Figures: what a table says, and the published figures that it stands beside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ranking.evaluation.comparison import difference
from ranking.evaluation.intervals import Estimate, mean_of_trials
from ranking.evaluation.outcomes import Outcome
from ranking.params import Params

# Deskdrop, 100 sampled negatives, recall@5 and @10: G. Moreira, "Recommender Systems in Python 101", Kaggle notebook.
NOTEBOOK_CONTENT = (0.162, 0.261)
NOTEBOOK_POPULARITY = (0.242, 0.373)
NOTEBOOK_SVD = (0.334, 0.468)
NOTEBOOK_HYBRID = (0.340, 0.479)
# The same protocol: EASE (Steck, WWW 2019) with ridge 200 on the same split, measured before.
EASE = (0.431, 0.570)
# CiteULike-t, P3, recall@50, @100 and @300: Collaborative Deep Learning (Wang et al., KDD 2015), re-implemented; and
# TF-IDF ridge with popularity and item-kNN on the same split, measured before.
CDL = (0.152, 0.193, 0.261)
RIDGE_AND_KNN = (0.208, 0.281, 0.414)
# Deskdrop in time order: nDCG@10 among the 20 nearest in time, and MRR among all, of TF-IDF ridge with blocks for
# publisher, author and language, and a learned prior; measured before.
MATCHED_NDCG = 0.326
IN_TIME_MRR = 0.718
# Similar events, precision@5: 0.7 TF-IDF + 0.3 LSA of 200 directions (Deerwester et al., JASIS 1990), measured before:
# .943 and .859; the bar of the stories is .863.
BBC_PRECISION = 0.943
UCI_PRECISION = 0.863
# Drift: nDCG@10 fifty presses after half of the interests have changed, presses having a half-life of 20 presses;
# measured before, with other simulated readers.
DRIFT_NDCG = 0.94
BACK_WITHIN = -0.02  # of the figure before the change


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure to be reached: that of a row of the table in one of its columns, and whose it is."""

    whose: str
    row: str
    column: str
    target: float


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table: what was measured, and a figure for some of the columns."""

    name: str
    figures: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: what was asked, the figures, the paired differences of pairs of rows, what had to be reached, and the
    parameters of the rows that are ours."""

    title: str
    asked: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    differences: tuple[Line, ...] = ()
    goals: tuple[Goal, ...] = ()
    notes: tuple[str, ...] = ()
    settings: tuple[tuple[str, Params], ...] = ()

    def reached(self, goal: Goal) -> tuple[bool, Estimate]:
        """Whether the figure is as high as the goal, and the figure."""
        figure = next(line for line in self.lines if line.name == goal.row).figures[goal.column]
        return figure.value is not None and figure.value >= goal.target, figure


def goals(whose: str, row: str, columns: Sequence[str], targets: Sequence[float]) -> tuple[Goal, ...]:
    """A goal for each of these columns."""
    return tuple(Goal(whose, row, column, target) for column, target in zip(columns, targets, strict=True))


def differences(
    columns: Sequence[str], told: Mapping[str, Sequence[Outcome]], pairs: Sequence[tuple[str, str]]
) -> tuple[Line, ...]:
    """How much better the first ranker of each pair is than the second on the same trials, from the outcomes by
    ranker; every trial counts the same, and intervals are over readers."""
    return tuple(
        Line(
            f"{ours} less {theirs}",
            {one: difference(one, told[ours], told[theirs], mean_of_trials).estimate for one in columns},
        )
        for ours, theirs in pairs
    )
