"""What else the store keeps of a reader: wishes, history, opens and which interactions were heard."""

import zlib
from collections.abc import Sequence
from datetime import datetime

from ranking.interactions import Encounter, History
from ranking.ledger import Open
from ranking.wishes import Wishes
from service.formats.record import UnreadableRecord, pack, unpack
from service.formats.terms import long, short

_DAMAGED = (ValueError, TypeError, KeyError, AttributeError, zlib.error)


def pack_wishes(wishes: Wishes) -> bytes:
    """A reader's wishes."""
    return pack({"mutes": wishes.mutes, "pins": wishes.pins, "cleared": wishes.cleared})


def unpack_wishes(packed: bytes) -> Wishes:
    """The wishes that `pack_wishes` wrote; raises UnreadableRecord."""
    try:
        record = unpack(packed)
        cleared = {name: datetime.fromisoformat(at) for name, at in record["cleared"].items()}
        return Wishes(tuple(record["mutes"]), dict(record["pins"]), cleared)
    except _DAMAGED as error:
        raise UnreadableRecord("the wishes cannot be read") from error


def pack_history(history: History) -> bytes:
    """A reader's history."""
    seen = {event_id: [one.at, one.n_opens, one.seconds] for event_id, one in history.seen.items()}
    return pack({"seen": seen, "dismissed": history.dismissed})


def unpack_history(packed: bytes) -> History:
    """The history that `pack_history` wrote; raises UnreadableRecord."""
    try:
        record = unpack(packed)
        seen = {event_id: Encounter(*encounter) for event_id, encounter in record["seen"].items()}
        return History(seen, dict(record["dismissed"]))
    except _DAMAGED as error:
        raise UnreadableRecord("the history cannot be read") from error


def pack_opens(opens: Sequence[Open]) -> bytes:
    """What a reader opened, with the terms of each."""
    return pack({"opens": [{"event_id": one.event_id, "at": one.at} | short(one.terms) for one in opens]})


def unpack_opens(packed: bytes) -> tuple[Open, ...]:
    """The opens that `pack_opens` wrote; raises UnreadableRecord."""
    try:
        records = unpack(packed)["opens"]
        return tuple(Open(one["event_id"], datetime.fromisoformat(one["at"]), long(one)) for one in records)
    except _DAMAGED as error:
        raise UnreadableRecord("the opens cannot be read") from error


def pack_heard(heard: Sequence[str]) -> bytes:
    """The fingerprints of the interactions that were heard, in hexadecimal digits."""
    return b"".join(bytes.fromhex(one) for one in heard)


def unpack_heard(packed: bytes) -> tuple[str, ...]:
    """The fingerprints that `pack_heard` wrote."""
    return tuple(packed[start : start + 8].hex() for start in range(0, len(packed), 8))
