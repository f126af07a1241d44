"""Intervals: how sure a figure is."""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from ranking.features import Floats

T = TypeVar("T")

_N_RESAMPLES = 1_000
_N_COVERAGE_RESAMPLES = 200
_SEED = 20_260_404
_CHUNK = 100  # resamples that are summed at once
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


def mean_of_readers(values: Sequence[Sequence[float]]) -> Estimate:
    """The mean over readers of the mean of each one's values, with its percentile bootstrap interval over readers: a
    reader counts the same however much they said."""
    told = [one for one in values if len(one)]
    if not told:
        return Estimate(None, None, None, 0)
    means = np.array([np.mean(one) for one in told])
    figures = _drawn_sums(means) / len(told)
    low, high = np.percentile(figures, _TAILS)
    return Estimate(float(means.mean()), float(low), float(high), sum(map(len, told)))


def mean_of_trials(values: Sequence[Sequence[float]]) -> Estimate:
    """The mean of all values, given reader by reader, with its percentile bootstrap interval over readers: who said
    more counts for more, as in many published tables."""
    told = [one for one in values if len(one)]
    if not told:
        return Estimate(None, None, None, 0)
    sums, counts = np.array([[np.sum(one), len(one)] for one in told], dtype=np.float64).T
    low, high = np.percentile(_drawn_sums(sums) / _drawn_sums(counts), _TAILS)
    return Estimate(float(sums.sum() / counts.sum()), float(low), float(high), int(counts.sum()))


def share_covered(shown: Sequence[Set[str]], n_events: int) -> Estimate:
    """The share of a catalogue that is shown to any reader, given what each is shown.

    Readers drawn with repetition are shown less than all of them are, so a percentile interval would lie beside the
    figure; this is the normal interval, 1.96 standard deviations of the bootstrap to either side.
    """
    if not shown:
        return Estimate(None, None, None, 0)
    columns = {event_id: column for column, event_id in enumerate(sorted(set().union(*shown)))}
    rows = np.repeat(np.arange(len(shown)), [len(events) for events in shown])
    places = [columns[event_id] for events in shown for event_id in sorted(events)]
    seen = csr_array((np.ones(len(rows)), (rows, places)), shape=(len(shown), len(columns)))
    draws = _draws(len(shown))[:_N_COVERAGE_RESAMPLES]
    covered = np.array([np.count_nonzero(draw.astype(np.float64) @ seen) for draw in draws]) / n_events
    value, reach = len(columns) / n_events, 1.96 * float(covered.std(ddof=1))
    return Estimate(value, value - reach, min(value + reach, 1.0), len(shown))


def _drawn_sums(values: Floats) -> Floats:
    """The sum of the values that are drawn in each resample."""
    draws = _draws(len(values))
    return np.concatenate([draws[n : n + _CHUNK].astype(np.float64) @ values for n in range(0, len(draws), _CHUNK)])


@lru_cache(maxsize=2)  # a report asks for the same again and again
def _draws(n: int) -> npt.NDArray[np.uint8]:
    """How often each of n is drawn in each resample, (resamples × n)."""
    rng = np.random.Generator(np.random.PCG64(_SEED))
    draws = np.empty((_N_RESAMPLES, n), dtype=np.uint8)
    for draw in draws:
        draw[:] = np.bincount(rng.integers(0, n, size=n), minlength=n)
    return draws
