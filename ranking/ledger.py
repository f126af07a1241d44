"""Ledger: what the reader said. It is the truth from which everything learned is derived."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Annotated

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

    event_id: Id
    level: Level
    at: Moment
    terms: Terms

    @property
    def wish(self) -> float:
        """What the learner takes from the level."""
        return wish_of(self.level)


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
            counts = one.terms.counts
            said = (one.event_id, one.level, one.at.timestamp(), "\n".join(counts), tuple(counts.values()))
            digest.update(repr(said).encode())
        return digest.hexdigest()[:12]
