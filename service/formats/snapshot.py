"""Snapshots in the store: an order of events that a reader is paging through."""

import zlib
from dataclasses import dataclass

from ranking.diversity import Lift
from ranking.feed import Slot
from service.formats.record import UnreadableRecord, pack, unpack


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The order of a feed at one time; `complete` where nothing comes after it.

    `category` is that of the feed, and `revision` how far the catalogue had come, to tell what is new since; a feed of
    arrivals alone is `among` these.
    """

    order: tuple[Slot, ...]
    complete: bool
    category: str | None
    revision: int
    among: tuple[str, ...] | None = None


def pack_snapshot(snapshot: Snapshot) -> bytes:
    """A snapshot. Only what a slot has beyond its events is written with it."""
    special = {
        place: [slot.lift, slot.lifted_by, slot.propensity]
        for place, slot in enumerate(snapshot.order)
        if slot.lifted_by is not None
    }
    return pack(
        {
            "order": [slot.event_ids for slot in snapshot.order],
            "special": {str(place): one for place, one in special.items()},
            "complete": snapshot.complete,
            "category": snapshot.category,
            "revision": snapshot.revision,
            "among": snapshot.among,
        }
    )


def unpack_snapshot(packed: bytes) -> Snapshot:
    """The snapshot that `pack_snapshot` wrote; raises UnreadableRecord."""
    try:
        record = unpack(packed)
        order = [Slot(tuple(event_ids)) for event_ids in record["order"]]
        for place, (lift, lifted_by, propensity) in record["special"].items():
            order[int(place)] = Slot(order[int(place)].event_ids, lift, Lift(lifted_by), propensity)
        return Snapshot(
            tuple(order),
            record["complete"],
            record["category"],
            record["revision"],
            None if record["among"] is None else tuple(record["among"]),
        )
    except (ValueError, TypeError, KeyError, IndexError, zlib.error) as error:
        raise UnreadableRecord("a snapshot cannot be read") from error
