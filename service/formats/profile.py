"""Profiles in the store: a checksum, then compressed a line of JSON and numbers byte for byte.

Terms are told by their column in the statistics that the profile was fitted with, which takes a byte instead of seven:
without these statistics a profile is of no use anyway.
"""

import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from ranking.features import Statistics
from ranking.profile import Profile
from ranking.wishes import Wishes
from service.formats.record import UnreadableRecord, known, little, with_format


def pack_profile(profile: Profile, statistics: Statistics) -> bytes:
    """A profile; nothing of it is rounded but what `fit` has rounded already."""
    columns = np.array([statistics.index.get(name, -1) for name in profile.terms], dtype=np.int32)
    head = {
        "version": profile.version,
        "statistics_version": profile.statistics_version,
        "params_version": profile.params_version,
        "event_ids": profile.event_ids,
        "levels": profile.levels,
        "lean": profile.lean,
        "constant": profile.constant,
        "new_terms": [name for name in profile.terms if name not in statistics.index],
        "n_terms": len(profile.terms),
        "n_because": profile.because.shape[1],
    }
    arrays = (
        np.diff(columns, prepend=np.int32(0)),
        profile.weight.astype(np.float16),
        profile.because.T,
        profile.alpha.astype(np.float32),
        profile.beta.astype(np.float32),
        profile.own.astype(np.float32),
        profile.taste,
    )
    body = b"".join(_planes(array) for array in arrays)
    packed = zlib.compress(b"\n".join([with_format(head), body]), level=6)
    return zlib.crc32(packed).to_bytes(4, "little") + packed


def unpack_profile(packed: bytes, wishes: Wishes, statistics: Statistics) -> Profile | None:
    """The profile that `pack_profile` wrote, of a reader with these wishes; None where it was fitted with other
    statistics. Raises UnreadableRecord."""
    try:
        if zlib.crc32(packed[4:]).to_bytes(4, "little") != packed[:4]:
            raise UnreadableRecord("the profile is damaged")
        line, _, body = zlib.decompress(packed[4:]).partition(b"\n")
        head = known(orjson.loads(line))
        if head["statistics_version"] != statistics.version:
            return None
        n, m, k = len(head["event_ids"]), head["n_terms"], head["n_because"]
        arrays = _Arrays(body)
        columns = np.cumsum(arrays.next("<i4", m))
        new_terms = iter(head["new_terms"])
        weight = arrays.next("<f2", m).astype(np.float64)
        because = arrays.next("<i2", m * k).reshape(k, m).T
        alpha, beta, own = (arrays.next("<f4", n).astype(np.float64) for _ in range(3))
        return Profile(
            version=head["version"],
            statistics_version=head["statistics_version"],
            params_version=head["params_version"],
            wishes=wishes,
            event_ids=tuple(head["event_ids"]),
            levels=tuple(head["levels"]),
            alpha=alpha,
            beta=beta,
            own=own,
            lean=head["lean"],
            constant=head["constant"],
            taste=arrays.next("<f8", len(statistics.alike.mean)),
            terms=tuple(statistics.terms[column] if column >= 0 else next(new_terms) for column in columns.tolist()),
            weight=weight,
            because=because,
        )
    except (ValueError, TypeError, KeyError, IndexError, zlib.error) as error:
        raise UnreadableRecord("the profile cannot be read") from error


def _planes(array: npt.NDArray[Any]) -> bytes:
    """The bytes of an array, first the lowest of each number and the highest last: like stands by like, which
    compresses better."""
    numbers = little(np.ascontiguousarray(array).ravel())
    return numbers.view(np.uint8).reshape(-1, numbers.itemsize).T.tobytes()


class _Arrays:
    """The arrays in some bytes, one after another, each by planes."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._offset = 0

    def next(self, kind: str, n: int) -> npt.NDArray[Any]:
        size = np.dtype(kind).itemsize
        planes = np.frombuffer(self._body, dtype=np.uint8, count=n * size, offset=self._offset)
        self._offset += planes.nbytes
        return np.ascontiguousarray(planes.reshape(size, n).T).view(kind).ravel()
