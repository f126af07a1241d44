"""Wishes: what a reader has laid down. A reader's word beats the model: mute > pin > learned > global."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Annotated, ClassVar, TypeVar

from ranking.errors import SignalfeedError
from ranking.event import Limits, Moment
from ranking.text import TermName

T = TypeVar("T")

MAX_WISHES = 200  # of each kind

Points = Annotated[float, Limits(ge=-10, le=10, allow_inf_nan=False, strict=True)]


class TooManyWishes(SignalfeedError):
    """More wishes of one kind than a reader can have."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """A reader's wishes about terms, by the terms' names, in alphabetical order.

    `mutes`: events that have the term leave the feed. `pins`: what the term adds to every event that has it, in points;
    learning neither speaks of it nor moves it. `cleared`: what was said up to that moment teaches nothing of the term.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    mutes: tuple[TermName, ...] = ()
    pins: Mapping[TermName, Points] = field(default_factory=dict)
    cleared: Mapping[TermName, Moment] = field(default_factory=dict)

    def changed(
        self,
        *,
        at: datetime,
        mute: Iterable[str] = (),
        unmute: Iterable[str] = (),
        pin: Mapping[str, float] | None = None,
        unpin: Iterable[str] = (),
        clear: Iterable[str] = (),
        restore: Iterable[str] = (),
    ) -> "Wishes":
        """These wishes after a change, made `at` a moment; what is taken back goes before what is laid down. Raises
        TooManyWishes."""
        return Wishes.of(
            (set(self.mutes) - set(unmute)) | set(mute),
            _without(self.pins, unpin) | dict(pin or {}),
            _without(self.cleared, restore) | dict.fromkeys(clear, at),
        )

    def merged(self, other: "Wishes") -> "Wishes":
        """The wishes of two readers who turn out to be one; where they differ over a pin, this one's count. Raises
        TooManyWishes."""
        cleared = {
            name: max(one[name] for one in (self.cleared, other.cleared) if name in one)
            for name in self.cleared.keys() | other.cleared.keys()
        }
        return Wishes.of({*self.mutes, *other.mutes}, {**other.pins, **self.pins}, cleared)

    @classmethod
    def of(cls, mutes: Iterable[str], pins: Mapping[str, float], cleared: Mapping[str, datetime]) -> "Wishes":
        """Wishes in their order. Raises TooManyWishes."""
        points = {name: value + 0.0 for name, value in sorted(pins.items())}  # 1 is 1.0, and -0.0 is 0.0
        ordered = cls(tuple(sorted(set(mutes))), points, dict(sorted(cleared.items())))
        if max(len(ordered.mutes), len(ordered.pins), len(ordered.cleared)) > MAX_WISHES:
            raise TooManyWishes(f"should be {MAX_WISHES} of a kind at most")
        return ordered

    @property
    def version(self) -> str:
        """Names the wishes; empty where there are none."""
        if self == Wishes():
            return ""
        laid_down = (
            self.mutes,
            tuple(self.pins.items()),
            [(name, at.timestamp()) for name, at in self.cleared.items()],
        )
        return sha256(repr(laid_down).encode()).hexdigest()[:12]


def _without(kept: Mapping[str, T], names: Iterable[str]) -> dict[str, T]:
    gone = set(names)
    return {name: value for name, value in kept.items() if name not in gone}
