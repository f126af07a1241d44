"""Records: what all formats share, the version and the error."""

import zlib
from typing import Any

import numpy.typing as npt
import orjson

from ranking.errors import SignalfeedError

_FORMAT = 1


class UnreadableRecord(SignalfeedError):
    """A stored value that is damaged, or of a format that this version does not know."""


def pack(record: dict[str, Any]) -> bytes:
    """A record as compressed JSON, with its version."""
    return zlib.compress(orjson.dumps({"format": _FORMAT} | record), level=9)


def unpack(packed: bytes) -> dict[str, Any]:
    """The record that `pack` wrote. Raises UnreadableRecord or, where it is damaged, ValueError or zlib.error."""
    return known(orjson.loads(zlib.decompress(packed)))


def with_format(head: dict[str, Any]) -> bytes:
    """The head of a record that goes on in bytes, as a line of JSON with its version."""
    return orjson.dumps({"format": _FORMAT} | head)


def known(record: Any) -> dict[str, Any]:
    """The record, if it is of the format that this version reads; else raises UnreadableRecord."""
    if not isinstance(record, dict) or record.get("format") != _FORMAT:
        raise UnreadableRecord(f"this version of Signalfeed reads format {_FORMAT}")
    return record


def little(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The array in the byte order in which it is stored, whatever the machine's."""
    return array.astype(array.dtype.newbyteorder("<"), copy=False)
