"""Diversity: an event that repeats one placed above it sinks, and a near-duplicate folds under it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ranking.corpus import Corpus
from ranking.features import Floats
from ranking.params import Params
from ranking.scoring import SIGNAL_SCALE
from ranking.similarity import similarities


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the feed: the event's row, the points it lost to diversity and to which row above, and the rows of
    its near-duplicates, which it stands for."""

    row: int
    diversity: float
    repeats: int | None
    folded: tuple[int, ...]


def diversify(corpus: Corpus, relevance: Floats, candidates: npt.NDArray[np.bool_], params: Params) -> Iterator[Place]:
    """Yields the candidates' places, best first: greedy maximal marginal relevance (Carbonell & Goldstein, SIGIR 1998).

    Each place goes to the event with the largest relevance - diversity·10·(how far it repeats the nearest above), of
    equals the newer. How far one repeats another is 0 up to a cosine of `repeat_from` and grows to 1 at 1. The sums
    never rise down the feed, and a longer feed begins with the shorter one.
    """
    waiting = candidates.copy()
    nearest = np.zeros(len(relevance))
    repeats = np.full(len(relevance), -1)
    while waiting.any():
        value = np.where(waiting, relevance - params.diversity * SIGNAL_SCALE * nearest, -np.inf)
        row = int(np.argmax(value))
        waiting[row] = False
        cosine = similarities(corpus, row)
        repeated = np.maximum(cosine - params.repeat_from, 0.0) / (1 - params.repeat_from)
        folded = np.flatnonzero(waiting & (cosine >= params.near_duplicate))
        waiting[folded] = False
        yield Place(
            row,
            -params.diversity * SIGNAL_SCALE * float(nearest[row]),
            int(repeats[row]) if repeats[row] >= 0 else None,
            tuple(folded[np.argsort(-relevance[folded], kind="stable")].tolist()),
        )
        closer = repeated > nearest
        nearest[closer] = repeated[closer]
        repeats[closer] = row
