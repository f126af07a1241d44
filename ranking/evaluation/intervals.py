"""Intervals: how sure a figure is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

T = TypeVar("T")

_N_RESAMPLES = 1_000
_SEED = 20_260_404
_TAILS = (2.5, 97.5)  # percent


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval, from `n` observations; all None where there was nothing to observe."""

    value: float | None
    low: float | None
    high: float | None
    n: int


def estimate(groups: Sequence[Sequence[T]], figure: Callable[[Sequence[T]], float]) -> Estimate:
    """A figure of observations that come in groups, and its percentile bootstrap interval over the groups (Efron &
    Tibshirani, An Introduction to the Bootstrap, 1993): what belongs together is drawn together."""
    groups = [group for group in groups if group]
    everything = [one for group in groups for one in group]
    if not everything:
        return Estimate(None, None, None, 0)
    rng = np.random.Generator(np.random.PCG64(_SEED))
    drawn = rng.integers(0, len(groups), size=(_N_RESAMPLES, len(groups)))
    figures = [figure([one for number in draw for one in groups[number]]) for draw in drawn]
    low, high = np.percentile(figures, _TAILS)
    return Estimate(figure(everything), float(low), float(high), len(everything))
