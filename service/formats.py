"""Formats: how adjustments, profiles and statistics are written down in the store. Each begins with its version."""

import zlib
from datetime import datetime
from typing import Any

import numpy as np
import orjson

from ranking.errors import SignalfeedError
from ranking.features import Statistics
from ranking.ledger import Adjustment
from ranking.profile import Profile
from ranking.text import Terms

_FORMAT = 1


class UnreadableRecord(SignalfeedError):
    """A stored value that is damaged, or of a format that this version does not know."""


def pack_adjustment(adjustment: Adjustment, place: int) -> bytes:
    """An adjustment with its place in the ledger: a number that grows from one to the next."""
    terms = {name: [count, adjustment.terms.labels[name]] for name, count in adjustment.terms.counts.items()}
    record = {"format": _FORMAT, "place": place, "level": adjustment.level, "at": adjustment.at, "terms": terms}
    return zlib.compress(orjson.dumps(record))


def unpack_adjustment(event_id: str, packed: bytes) -> tuple[int, Adjustment]:
    """The place and the adjustment that `pack_adjustment` wrote; raises UnreadableRecord."""
    try:
        record = _known(orjson.loads(zlib.decompress(packed)))
        terms = record["terms"]
        counts = {name: count for name, (count, _) in terms.items()}
        labels = {name: label for name, (_, label) in terms.items()}
        at = datetime.fromisoformat(record["at"])
        return record["place"], Adjustment(event_id, record["level"], at, Terms(counts, labels))
    except (ValueError, TypeError, KeyError, AttributeError, zlib.error) as error:
        raise UnreadableRecord(f"the adjustment of event {event_id!r} cannot be read") from error


def pack_profile(profile: Profile) -> bytes:
    """A profile: a checksum, a line of JSON, then its arrays byte for byte, so that nothing is rounded."""
    head = {
        "format": _FORMAT,
        "version": profile.version,
        "statistics_version": profile.statistics_version,
        "params_version": profile.params_version,
        "event_ids": profile.event_ids,
        "levels": profile.levels,
        "lean": profile.lean,
        "constant": profile.constant,
        "terms": profile.terms,
        "n_because": profile.because.shape[1],
    }
    arrays = (profile.alpha, profile.own, profile.pull, profile.because)
    record = b"\n".join([orjson.dumps(head), b"".join(_little(array).tobytes() for array in arrays)])
    return zlib.crc32(record).to_bytes(4, "little") + record


def unpack_profile(packed: bytes) -> Profile:
    """The profile that `pack_profile` wrote; raises UnreadableRecord."""
    try:
        line, _, body = packed[4:].partition(b"\n")
        if zlib.crc32(packed[4:]).to_bytes(4, "little") != packed[:4]:
            raise UnreadableRecord("the profile is damaged")
        head = _known(orjson.loads(line))
        n, m, k = len(head["event_ids"]), len(head["terms"]), head["n_because"]
        numbers = np.frombuffer(body, dtype="<f8", count=2 * n + m)
        because = np.frombuffer(body, dtype="<i2", offset=numbers.nbytes).reshape(m, k)
        return Profile(
            version=head["version"],
            statistics_version=head["statistics_version"],
            params_version=head["params_version"],
            event_ids=tuple(head["event_ids"]),
            levels=tuple(head["levels"]),
            alpha=numbers[:n],
            own=numbers[n : 2 * n],
            lean=head["lean"],
            constant=head["constant"],
            terms=tuple(head["terms"]),
            pull=numbers[2 * n :],
            because=because,
        )
    except (ValueError, TypeError, KeyError) as error:
        raise UnreadableRecord("the profile cannot be read") from error


def pack_statistics(statistics: Statistics) -> bytes:
    """The statistics, compressed: a line of JSON, then idf and mean byte for byte."""
    head = {
        "format": _FORMAT,
        "terms": statistics.terms,
        "labels": statistics.labels,
        "n_events": statistics.n_events,
        "params_version": statistics.params_version,
    }
    arrays = _little(statistics.idf).tobytes() + _little(statistics.mean).tobytes()
    return zlib.compress(b"\n".join([orjson.dumps(head), arrays]), level=1)


def unpack_statistics(packed: bytes) -> Statistics:
    """The statistics that `pack_statistics` wrote; raises UnreadableRecord."""
    try:
        line, _, body = zlib.decompress(packed).partition(b"\n")
        head = _known(orjson.loads(line))
        idf, mean = np.frombuffer(body, dtype="<f8").reshape(2, len(head["terms"]))
        return Statistics.of(head["terms"], head["labels"], idf, mean, head["n_events"], head["params_version"])
    except (ValueError, TypeError, KeyError, zlib.error) as error:
        raise UnreadableRecord("the statistics cannot be read") from error


def _known(record: Any) -> dict[str, Any]:
    if not isinstance(record, dict) or record.get("format") != _FORMAT:
        raise UnreadableRecord(f"this version of Signalfeed reads format {_FORMAT}")
    return record


def _little(array: np.ndarray) -> np.ndarray:
    """The array in the byte order in which it is stored, whatever the machine's."""
    return array.astype(array.dtype.newbyteorder("<"), copy=False)
