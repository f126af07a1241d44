"""Metrics: how good one order is. Each takes the places (from 1) at which the wanted events stand, or the events at the
top; the formulas are those of trec_eval where it has them."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from ranking.features import Floats

_CALIBRATION_MIX = 0.01


def ndcg(places: Sequence[int], k: int) -> float:
    """Normalised discounted cumulative gain of the first k, every wanted event being worth the same: the sum of
    1/log2(1 + place), as a share of what it is with the wanted on top (Järvelin & Kekäläinen, TOIS 2002)."""
    gained = sum(1 / np.log2(1 + place) for place in places if place <= k)
    best = sum(1 / np.log2(1 + place) for place in range(1, min(len(places), k) + 1))
    return float(gained / best)


def recall(places: Sequence[int], k: int) -> float:
    """The share of the wanted events that are among the first k."""
    return sum(place <= k for place in places) / len(places)


def hit(places: Sequence[int], k: int) -> float:
    """1 where any wanted event is among the first k, else 0."""
    return float(min(places) <= k)


def reciprocal_rank(places: Sequence[int]) -> float:
    """1 / the place of the first wanted event; its mean over trials is the MRR."""
    return 1 / min(places)


def auc(places: Sequence[int], n_candidates: int) -> float:
    """The share of pairs of a wanted and an unwanted event of which the wanted stands higher: the area under the ROC
    curve (Hanley & McNeil, Radiology 1982). There must be an unwanted one."""
    n_wanted = len(places)
    higher_wanted = sum(range(n_wanted))  # pairs of two wanted
    above = sum(places) - n_wanted - higher_wanted  # unwanted events above wanted ones, each pair once
    return 1 - above / (n_wanted * (n_candidates - n_wanted))


def diversity(cosines: Floats) -> float | None:
    """Intra-list diversity: 1 less the mean cosine of all pairs of a list (Ziegler et al., WWW 2005); None for fewer
    than two events. `cosines` (k × k) has 1 on its diagonal, or 0 for an event without a word."""
    k = len(cosines)
    return float(1 - (cosines.sum() - np.trace(cosines)) / (k * (k - 1))) if k > 1 else None


def novelty(readers_of: Sequence[int], n_readers: int) -> float:
    """The mean self-information of the events of a list in bits: -log2 of the share of readers who adjusted each, one
    more of both being taken to have done so (Zhou et al., PNAS 2010)."""
    return float(np.mean([-np.log2((n + 1) / (n_readers + 1)) for n in readers_of]))


def calibration(wanted: Mapping[str, int], shown: Sequence[str]) -> float:
    """How far the categories of a list are from those that the reader turned up before, 0 where they agree: the
    Kullback-Leibler divergence, the list being mixed with 1 % of what is wanted (Steck, RecSys 2018). In nats.

    `wanted` counts the events by category, `shown` has the category of each event of the list.
    """
    counts, n_wanted = Counter(shown), sum(wanted.values())
    divergence = 0.0
    for category, n in wanted.items():
        p = n / n_wanted
        q = (1 - _CALIBRATION_MIX) * counts[category] / len(shown) + _CALIBRATION_MIX * p
        divergence += p * float(np.log(p / q))
    return divergence
