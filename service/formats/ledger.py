"""Ledgers in the store: a few adjustments to a page, since together they take half of what they take one by one."""

import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ranking.ledger import Adjustment
from ranking.text import Terms
from service.formats.record import UnreadableRecord, pack, unpack
from service.formats.terms import long, short

PAGE_SIZE = 20  # adjustments; the window of the compression holds about so many


def pack_page(placed: Sequence[tuple[int, Adjustment]]) -> bytes:
    """Adjustments, each with its place in the ledger: a number that grows from one to the next."""
    records = [
        {"place": place, "event_id": one.event_id, "level": one.level, "at": one.at} | short(one.terms)
        for place, one in placed
    ]
    return pack({"adjustments": records})


def unpack_page(packed: bytes, name: str) -> list[tuple[int, Adjustment]]:
    """The places and adjustments that `pack_page` wrote; raises UnreadableRecord. Before there were pages, each
    adjustment was written by itself, under the name of its event."""
    try:
        record = unpack(packed)
        if "terms" in record:
            counts = {term: count for term, (count, _) in record["terms"].items()}
            labels = {term: label for term, (_, label) in record["terms"].items()}
            return [(record["place"], _adjustment(record | {"event_id": name}, Terms.of(counts, labels)))]
        return [(one["place"], _adjustment(one, long(one))) for one in record["adjustments"]]
    except (ValueError, TypeError, KeyError, AttributeError, zlib.error) as error:
        raise UnreadableRecord("a page of the ledger cannot be read") from error


def _adjustment(record: dict[str, Any], terms: Terms) -> Adjustment:
    return Adjustment(record["event_id"], record["level"], datetime.fromisoformat(record["at"]), terms)
