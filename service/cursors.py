"""Cursors: a place in a list, written so that it can stand in an address."""

import base64
import binascii
from typing import TypeVar

import orjson
from pydantic import TypeAdapter, ValidationError

from ranking.errors import SignalfeedError

T = TypeVar("T")


class InvalidCursor(SignalfeedError):
    """A cursor that was not given out by this service."""


def write_cursor(place: object) -> str:
    """The cursor of a place."""
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def read_cursor(cursor: str, shape: TypeAdapter[T]) -> T:
    """The place that `write_cursor` wrote; raises InvalidCursor."""
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return shape.validate_json(packed, strict=True)
    except (binascii.Error, ValueError, ValidationError) as error:
        raise InvalidCursor("this cursor was not given out here; leave it away to begin at the top") from error
