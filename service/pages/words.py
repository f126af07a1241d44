"""Words: how pages say numbers, levels and times."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

LEVELS = {-2: "Far less", -1: "Less", 0: "As it is", 1: "More", 2: "Far more"}
_VERBS = {
    -2: "you turned far down",
    -1: "you turned down",
    0: "you left as it is",
    1: "you turned up",
    2: "you turned far up",
}
_SENTENCES = {
    -2: "You turned this far down.",
    -1: "You turned this down.",
    0: "You left this as it is.",
    1: "You turned this up.",
    2: "You turned this far up.",
}
_KIBIBYTE = 1024


def signal(value: float) -> str:
    """A signal as it is shown: 7, 8.3."""
    return f"{value:.1f}".removesuffix(".0")


def points(value: float) -> str:
    """Points with their sign, a real minus, and never -0.0: +0.4."""
    shown = f"{value:+.1f}".replace("-", "−")
    return "0.0" if shown in {"+0.0", "−0.0"} else shown


def weight(value: float) -> str:
    """A weight with its sign: +0.31."""
    return f"{value:+.2f}".replace("-", "−")


def verb(level: int | None) -> str:
    """What a reader did to an event with a press of this level, or without one."""
    return "you opened" if level is None else _VERBS[level]


def sentence(level: int) -> str:
    """What a reader has done to an event with a press of this level, as a sentence."""
    return _SENTENCES[level]


def day(at: datetime) -> str:
    """A day: 3 Apr 2026."""
    return f"{at.day} {at:%b %Y}"


def count(n: int, one: str, many: str | None = None) -> str:
    """So many of a thing: 1 source, 3 sources."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def size(n_bytes: int) -> str:
    """The size of a file: 12 KiB."""
    return f"{n_bytes} bytes" if n_bytes < _KIBIBYTE else f"{n_bytes / _KIBIBYTE:,.0f} KiB"


FILTERS: Mapping[str, Callable[..., Any]] = {
    "signal": signal,
    "points": points,
    "weight": weight,
    "verb": verb,
    "sentence": sentence,
    "day": day,
    "count": count,
    "size": size,
}
