"""Cursors: a place in a list, written so that it can stand in an address."""

import base64
import binascii
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeVar

import orjson
from pydantic import TypeAdapter, ValidationError

from ranking.errors import SignalfeedError

T = TypeVar("T")

_SIGNATURE_BYTES = 16
_FINGERPRINT_BYTES = (
    5  # of 400 events shown and 100,000 live ones, a pair is taken for one another once in 27,000 times
)
_MAX_SHOWN = 400  # fingerprints that fit into an address


class InvalidCursor(SignalfeedError):
    """A cursor that was not given out by this service, or not to this reader."""


@dataclass(frozen=True, slots=True)
class FeedCursor:
    """A place in a reader's feed: after the first `place` slots of a snapshot. For `arrivals` it is instead the
    beginning of what is new since that snapshot. `category` is that of the feed.

    `shown` are the fingerprints of the events that were shown so far, should the snapshot be forgotten; None where the
    cursor cannot go on without it: they were too many, or the feed is one of arrivals alone.
    """

    snapshot: str
    place: int
    category: str | None = None
    arrivals: bool = False
    shown: bytes | None = b""

    def has_shown(self, event_ids: Iterable[str]) -> list[str]:
        """Those of the events that were shown before this place."""
        shown = self.shown or b""
        known = {shown[at : at + _FINGERPRINT_BYTES] for at in range(0, len(shown), _FINGERPRINT_BYTES)}
        return [event_id for event_id in event_ids if _fingerprint(event_id) in known]


def fingerprints(event_ids: Iterable[str]) -> bytes | None:
    """What a cursor carries of the events shown; None where they are too many."""
    each = [_fingerprint(event_id) for event_id in event_ids]
    return b"".join(each) if len(each) <= _MAX_SHOWN else None


def sign_cursor(cursor: FeedCursor, user_id: str, key: bytes) -> str:
    """The cursor, written for one reader and signed."""
    head = orjson.dumps([cursor.snapshot, cursor.place, cursor.category, cursor.arrivals, cursor.shown is not None])
    body = head + b"\n" + (cursor.shown or b"")
    return _encoded(body + _signature(body, user_id, key))


def open_cursor(written: str, user_id: str, key: bytes) -> FeedCursor:
    """The cursor that `sign_cursor` wrote for this reader; raises InvalidCursor."""
    try:
        packed = _decoded(written)
    except ValueError as error:
        raise InvalidCursor("this cursor was not given out here; leave it away to begin at the top") from error
    body, signature = packed[:-_SIGNATURE_BYTES], packed[-_SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _signature(body, user_id, key)):
        raise InvalidCursor("this cursor was not given out here to this reader; leave it away to begin at the top")
    head, _, shown = body.partition(b"\n")
    snapshot, place, category, arrivals, has_shown = orjson.loads(head)
    return FeedCursor(snapshot, place, category, arrivals, shown if has_shown else None)


def write_cursor(place: object) -> str:
    """The cursor of a place in a list that is nobody's own."""
    return _encoded(orjson.dumps(place))


def read_cursor(cursor: str, shape: TypeAdapter[T]) -> T:
    """The place that `write_cursor` wrote; raises InvalidCursor."""
    try:
        return shape.validate_json(_decoded(cursor), strict=True)
    except (ValueError, ValidationError) as error:
        raise InvalidCursor("this cursor was not given out here; leave it away to begin at the top") from error


def _encoded(packed: bytes) -> str:
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _decoded(written: str) -> bytes:
    """The bytes of a cursor; raises ValueError where they were written in any other way than ours."""
    packed = base64.b64decode(written + "=" * (-len(written) % 4), altchars=b"-_", validate=True)
    if _encoded(packed) != written:
        raise binascii.Error("the last digit has bits to spare")
    return packed


def _signature(body: bytes, user_id: str, key: bytes) -> bytes:
    return blake2b(user_id.encode() + b"\n" + body, key=key, digest_size=_SIGNATURE_BYTES).digest()


def _fingerprint(event_id: str) -> bytes:
    return blake2b(event_id.encode(), digest_size=_FINGERPRINT_BYTES).digest()
