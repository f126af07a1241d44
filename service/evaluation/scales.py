"""Scales: where figures stand on an axis, and the round figures that are written beside it."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, isclose, log10

from ranking.evaluation.intervals import Estimate

_AIR = 0.05  # share of a domain that is left free at its ends, and what is left where it is but one figure
_SEEN = 0.001  # figures nearer to each other are one
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_NEAR_END = 5.0  # percent of the width


@dataclass(frozen=True, slots=True)
class Scale:
    """Figures from `low` to `high`, laid out from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        """Where a figure stands, to a hundredth."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 2)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis."""

    at: float
    label: str
    anchor: str = "middle"  # the end of the label that is at its mark, as SVG calls it


def ticks(low: float, high: float, n: int = 4) -> list[float]:
    """About `n` round figures from `low` to `high`, evenly apart."""
    rough = (high - low) / n
    power = 10.0 ** floor(log10(rough))
    step = next(one * power for one in _STEPS if one * power >= rough or isclose(one * power, rough))
    first, last = ceil(round(low / step, 6)), floor(round(high / step, 6))
    return [round(place * step, 10) for place in range(first, last + 1)]


def domain(ones: Iterable[Estimate]) -> tuple[float, float]:
    """The range that holds these figures and their intervals, with some air."""
    values = [value for one in ones for value in (one.value, one.low, one.high) if value is not None]
    low, high = min(values, default=0.0), max(values, default=1.0)
    air = (high - low) * _AIR if high - low >= _SEEN else _AIR
    return low - air, high + air


def marks(scale: Scale, values: Iterable[float]) -> tuple[Tick, ...]:
    """The marks of an axis across; a label near an end does not stick out."""
    return tuple(Tick(at, tick_label(one), _anchor(at)) for one in values for at in (scale.place(one),))


def _anchor(at: float) -> str:
    return "start" if at < _NEAR_END else "end" if at > 100 - _NEAR_END else "middle"


def tick_label(value: float) -> str:
    """A figure at an axis, as short as it can be."""
    return f"{value:g}".replace("0.", ".", 1).replace("-", "−") if abs(value) < 1 else f"{value:g}".replace("-", "−")
