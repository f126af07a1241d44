"""Because: why an event stands where it does, in words that name what the reader said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ranking.errors import UnknownEvent
from ranking.explanation import Reason, ReasonKind
from service.actions import Actions
from service.answers import LedgerEntry, Receipt
from service.pages.words import verb
from service.store import StoreUnavailable

# Reasons whose label says all: what was pressed is in it, or too many presses are behind it.
_COMPLETE = {
    ReasonKind.ADJUSTMENT,
    ReasonKind.OPEN,
    ReasonKind.SEEN,
    ReasonKind.PIN,
    ReasonKind.DIVERSITY,
    ReasonKind.OTHER,
}


@dataclass(frozen=True, slots=True)
class Cause:
    """An event behind a reason: what the reader did to it."""

    event_id: str
    title: str
    verb: str


@dataclass(frozen=True, slots=True)
class Told:
    """A reason in words, and the event that gave most to it."""

    value: float
    label: str
    cause: Cause | None


async def ledger_of(actions: Actions, user_id: str) -> Mapping[str, LedgerEntry]:
    """What a reader said, by event; nothing where the store is away."""
    try:
        ledger = await actions.readers.read_ledger(user_id)
    except StoreUnavailable:
        return {}
    return {one.event_id: one for one in ledger.items}


async def effect_of(actions: Actions, user_id: str, event_id: str) -> Receipt | None:
    """What the reader's press on an event does; None where there is no press, or the store is away."""
    try:
        return await actions.effects.read_effect(user_id, event_id)
    except (UnknownEvent, StoreUnavailable):
        return None


def told(reasons: Sequence[Reason], said: Mapping[str, LedgerEntry], titles: Mapping[str, str]) -> tuple[Told, ...]:
    """The reasons in words. `titles` are those of live events, by id."""
    return tuple(Told(one.value, one.label, _cause(one, said, titles)) for one in reasons)


def _cause(reason: Reason, said: Mapping[str, LedgerEntry], titles: Mapping[str, str]) -> Cause | None:
    if reason.kind in _COMPLETE or not reason.because:
        return None
    event_id = reason.because[0]
    level = said[event_id].level if event_id in said else None
    return Cause(event_id, titles.get(event_id, event_id), verb(level))
