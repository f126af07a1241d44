"""Ledger: what the reader said. It is the truth from which everything learned is derived."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Annotated, ClassVar

from ranking.event import Id, Limits, Moment
from ranking.text import Terms

Level = Annotated[int, Limits(ge=-2, le=2, strict=True)]


def wish_of(level: int) -> float:
    """A level as the learner's target y, from -1 to 1."""
    return level / 2


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A reader's word on one event: `level` from -2 (far less) to 2 (far more), 0 being "just as it is".

    `terms` are those that the event had when the reader spoke, so that what was learned outlives the event.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    event_id: Id
    level: Level
    at: Moment
    terms: Terms

    @property
    def wish(self) -> float:
        """What the learner takes from the level."""
        return wish_of(self.level)


@dataclass(frozen=True, slots=True)
class Open:
    """A reader opened an event that then had these terms."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    event_id: Id
    at: Moment
    terms: Terms


@dataclass(frozen=True, slots=True)
class Ledger:
    """A reader's adjustments, oldest first, at most one for an event: the last press wins."""

    adjustments: tuple[Adjustment, ...] = ()

    def adjusted(self, event_id: str, level: int, at: datetime, terms: Terms, cap: int) -> "Ledger":
        """This ledger after a press. To say the same again changes nothing, so a retry is harmless. Beyond `cap`
        adjustments the oldest are forgotten."""
        if self.level_of(event_id) == level:
            return self
        others = self.without(event_id).adjustments
        return Ledger((*others, Adjustment(event_id, level, at, terms))[-cap:])

    def without(self, event_id: str) -> "Ledger":
        """This ledger as if the event had never been adjusted."""
        return Ledger(tuple(one for one in self.adjustments if one.event_id != event_id))

    def level_of(self, event_id: str) -> int | None:
        """What the reader said of an event, None where nothing."""
        return next((one.level for one in self.adjustments if one.event_id == event_id), None)

    @property
    def version(self) -> str:
        """Names what was said of which terms, in which order and when: equal ledgers have equal versions, whatever led
        to them."""
        digest = sha256()
        for one in self.adjustments:
            digest.update(repr((one.event_id, one.level, one.at.timestamp(), told(one.terms))).encode())
        return digest.hexdigest()[:12]

    def merged(self, other: "Ledger", cap: int) -> "Ledger":
        """What two readers said who turn out to be one, by time; the later word on an event wins."""
        if not other.adjustments:
            return self
        in_time = sorted((*self.adjustments, *other.adjustments), key=lambda one: one.at)
        last = {one.event_id: one for one in in_time}
        return Ledger(tuple(sorted(last.values(), key=lambda one: one.at))[-cap:])


def told(terms: Terms) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Terms as far as they teach, in a form to be hashed: the order in which they stand plays no part."""
    names = tuple(sorted(terms.counts))
    return names, tuple(terms.counts[name] for name in names)
