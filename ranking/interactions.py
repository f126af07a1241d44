"""Interactions: what readers did with events, and what is remembered of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, ClassVar

from ranking.event import Id, Limits, Moment

Seconds = Annotated[float, Limits(ge=0, le=86_400, allow_inf_nan=False)]

Seconds1970 = Annotated[float, Limits(ge=-62_135_510_400, le=253_402_214_400, allow_inf_nan=False)]  # as Moment
Count = Annotated[int, Limits(ge=0, le=1_000_000_000, strict=True)]


class Action(StrEnum):
    """What a reader did. A dismissed event leaves the feed until it is restored; all others only make it seen."""

    SEEN = "seen"
    OPEN = "open"
    DWELL = "dwell"
    DISMISS = "dismiss"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class Interaction:
    """A reader did something with an event. `id` is the sender's, so that what is sent twice counts once; `seconds`
    belongs to a dwell; `request_id` is that of the feed it happened in."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    id: Id
    event_id: Id
    action: Action
    at: Moment
    seconds: Seconds | None = None
    request_id: Id | None = None

    def __post_init__(self) -> None:
        if (self.action is Action.DWELL) != (self.seconds is not None):
            raise ValueError("seconds belong to a dwell, and a dwell needs them")


@dataclass(frozen=True, slots=True)
class Encounter:
    """What a reader did with one event: when last (seconds since 1970), how often it was opened, and for how long."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    at: Seconds1970
    n_opens: Count = 0
    seconds: Annotated[float, Limits(ge=0, le=1e12, allow_inf_nan=False)] = 0.0


@dataclass(frozen=True, slots=True)
class History:
    """What a reader saw, and what they dismissed (and when, in seconds since 1970), by event id, oldest first."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    seen: Mapping[Id, Encounter] = field(default_factory=dict)
    dismissed: Mapping[Id, Seconds1970] = field(default_factory=dict)

    def after(self, interactions: Iterable[Interaction], cap: int) -> "History":
        """This history with more in it; beyond `cap` events of a kind the oldest are forgotten. What is told together
        counts in the order of its times, and a dismissal is taken back by what came after it."""
        seen, dismissed = dict(self.seen), dict(self.dismissed)
        for one in sorted(interactions, key=lambda one: one.at):
            at = one.at.timestamp()
            if one.action is Action.DISMISS:
                dismissed[one.event_id] = max(at, dismissed.get(one.event_id, at))
            elif one.action is Action.RESTORE:
                if dismissed.get(one.event_id, at) <= at:
                    dismissed.pop(one.event_id, None)
            else:
                before = seen.get(one.event_id, Encounter(at))
                seen[one.event_id] = Encounter(
                    max(at, before.at),
                    before.n_opens + (one.action is Action.OPEN),
                    before.seconds + (one.seconds or 0.0),
                )
        return _capped(seen, dismissed, cap)

    def merged(self, other: "History", cap: int) -> "History":
        """The histories of two readers who turn out to be one. To merge again changes nothing, so opens and seconds are
        not added up."""
        seen = dict(self.seen)
        for event_id, one in other.seen.items():
            mine = seen.get(event_id, Encounter(one.at))
            seen[event_id] = Encounter(
                max(one.at, mine.at), max(one.n_opens, mine.n_opens), max(one.seconds, mine.seconds)
            )
        dismissed = dict(self.dismissed)
        for event_id, at in other.dismissed.items():
            dismissed[event_id] = max(at, dismissed.get(event_id, at))
        return _capped(seen, dismissed, cap)

    @property
    def version(self) -> str:
        """Names what of a history plays a part in feeds; empty where nothing does."""
        if not self.seen and not self.dismissed:
            return ""
        return sha256(repr((sorted(self.seen), sorted(self.dismissed))).encode()).hexdigest()[:12]


NO_HISTORY = History()


def _capped(seen: Mapping[str, Encounter], dismissed: Mapping[str, float], cap: int) -> History:
    return History(
        dict(sorted(seen.items(), key=lambda one: (one[1].at, one[0]))[-cap:]),
        dict(sorted(dismissed.items(), key=lambda one: (one[1], one[0]))[-cap:]),
    )
