"""Diversity: an event that repeats one placed above it sinks, and a near-duplicate folds under it."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from ranking.corpus import Corpus
from ranking.features import Floats
from ranking.params import Params
from ranking.scoring import SIGNAL_SCALE
from ranking.similarity import similarities

Mask = npt.NDArray[np.bool_]


class Lift(StrEnum):
    """Why an event stands higher than it would by itself: it must not leave the first page, or the place goes to a
    draw."""

    KEPT = "kept"
    EXPLORATION = "exploration"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the feed: the event's row, the points it lost to diversity and to which row above, and the rows of
    its near-duplicates, which it stands for.

    Where something lifted it here: the points that took, and what it was. `propensity` is the probability that a draw
    gives the place to this event, 1 where nothing was drawn.
    """

    row: int
    diversity: float
    repeats: int | None
    folded: tuple[int, ...]
    lift: float = 0.0
    lifted_by: Lift | None = None
    propensity: float = 1.0


# Given the number of a place (from 1) and what each event is worth there (-inf for those that cannot have it): the row
# that gets the place by a draw and with what propensity, or None where the place is not for drawing.
Draw = Callable[[int, Floats], tuple[int, float] | None]


class Spread:
    """What the events placed so far take from the others: the points lost for repeating one, and which."""

    def __init__(self, corpus: Corpus, params: Params) -> None:
        self._corpus = corpus
        self._params = params
        self._nearest = np.zeros(len(corpus.events))
        self._repeats = np.full(len(corpus.events), -1)

    @property
    def points(self) -> Floats:
        """The points of every event, 0 or less."""
        points: Floats = -self._params.diversity * SIGNAL_SCALE * self._nearest
        return points

    def points_of(self, row: int) -> tuple[float, int | None]:
        """The points of one event, and the row that it repeats."""
        repeats = int(self._repeats[row])
        return -self._params.diversity * SIGNAL_SCALE * float(self._nearest[row]), repeats if repeats >= 0 else None

    def place(self, row: int) -> Mask:
        """Takes account of an event's being placed; gives the events that are its near-duplicates."""
        cosine = similarities(self._corpus, row)
        repeated = np.maximum(cosine - self._params.repeat_from, 0.0) / (1 - self._params.repeat_from)
        closer = repeated > self._nearest
        self._nearest[closer] = repeated[closer]
        self._repeats[closer] = row
        return np.asarray(cosine >= self._params.near_duplicate, dtype=np.bool_)


def diversify(
    corpus: Corpus,
    relevance: Floats,
    candidates: Mask,
    params: Params,
    *,
    above: Sequence[int | None] = (),
    must_see: Collection[int] = (),
    draw: Draw | None = None,
) -> Iterator[Place]:
    """Yields the candidates' places, best first: greedy maximal marginal relevance (Carbonell & Goldstein, SIGIR 1998).

    Each place goes to the event with the largest relevance - diversity·10·(how far it repeats the nearest above), of
    equals the newer. How far one repeats another is 0 up to a cosine of `repeat_from` and grows to 1 at 1. A longer
    feed begins with the shorter one; the rows placed `above` count as its beginning, None where an event is gone.

    On the first page the last places are for those of `must_see` that have none yet. Who is lifted there, or by a
    `draw`, gets the points that are missing to the best, so that the sums never rise down the feed.
    """
    waiting = candidates.copy()
    spread = Spread(corpus, params)
    for placed in above:
        if placed is not None:
            spread.place(placed)
    number = len(above)
    owed = [row for row in must_see if waiting[row]]
    while waiting.any():
        number += 1
        value = np.where(waiting, relevance + spread.points, -np.inf)
        row, best = int(np.argmax(value)), float(value.max())
        lifted_by, propensity = None, 1.0
        owed = [one for one in owed if waiting[one]]
        if owed and params.first_page - len(owed) < number <= params.first_page:
            row, lifted_by = max(owed, key=lambda one: (value[one], -one)), Lift.KEPT
        elif draw is not None and (drawn := draw(number, value)) is not None:
            (row, propensity), lifted_by = drawn, Lift.EXPLORATION
        lift = best - float(value[row])
        points, repeats = spread.points_of(row)
        waiting[row] = False
        folded = np.flatnonzero(waiting & spread.place(row))
        waiting[folded] = False
        nearest_first = folded[np.argsort(-relevance[folded], kind="stable")].tolist()
        kept_its_place = lifted_by is Lift.KEPT and lift == 0
        yield Place(row, points, repeats, tuple(nearest_first), lift, None if kept_its_place else lifted_by, propensity)
