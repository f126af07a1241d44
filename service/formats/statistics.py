"""Statistics in the store: a line of JSON, then numbers byte for byte."""

import zlib
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from ranking.crowd import Alike
from ranking.features import Statistics
from ranking.latent import Latent
from service.formats.record import UnreadableRecord, known, little, with_format


def pack_statistics(statistics: Statistics) -> bytes:
    """The statistics, compressed: a line of JSON, then byte for byte idf, mean, alike readers and latent directions."""
    head = {
        "terms": statistics.terms,
        "labels": statistics.labels,
        "n_events": statistics.n_events,
        "params_version": statistics.params_version,
        "liked": statistics.alike.event_ids,
        "as_of": statistics.alike.as_of,
        "n_alike": len(statistics.alike.mean),
        "n_shared": len(statistics.latent.columns),
        "n_latent": len(statistics.latent.mean),
    }
    alike, latent = statistics.alike, statistics.latent
    exact = (statistics.idf, statistics.mean, alike.mean, latent.mean, latent.columns)
    rounded = (alike.rows.astype(np.float16), latent.directions.astype(np.float16))
    parts = (*exact, *rounded)
    arrays = b"".join(little(part).tobytes() for part in parts)
    return zlib.compress(b"\n".join([with_format(head), arrays]), level=1)


def unpack_statistics(packed: bytes) -> Statistics:
    """The statistics that `pack_statistics` wrote; raises UnreadableRecord."""
    try:
        line, _, body = zlib.decompress(packed).partition(b"\n")
        head = known(orjson.loads(line))
        arrays = _Arrays(body)
        idf, mean = (arrays.next("<f8", len(head["terms"])) for _ in range(2))
        alike_mean, latent_mean = (arrays.next("<f8", head[name]) for name in ("n_alike", "n_latent"))
        columns = arrays.next("<i8", head["n_shared"])
        rows = arrays.next("<f2", len(head["liked"]), head["n_alike"]).astype(np.float64)
        directions = arrays.next("<f2", head["n_shared"], head["n_latent"]).astype(np.float64)
        alike, latent = (
            Alike(tuple(head["liked"]), rows, alike_mean, head["as_of"]),
            Latent(columns, directions, latent_mean),
        )
        if arrays.rest:
            raise UnreadableRecord("the statistics are longer than they should be")
        named = (head["terms"], head["labels"], idf, mean, head["n_events"], head["params_version"])
        return Statistics.of(*named, alike, latent)
    except (ValueError, TypeError, KeyError, zlib.error) as error:
        raise UnreadableRecord("the statistics cannot be read") from error


class _Arrays:
    """The arrays in some bytes, one after another."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._offset = 0

    @property
    def rest(self) -> int:
        """The bytes that are left."""
        return len(self._body) - self._offset

    def next(self, kind: str, *shape: int) -> npt.NDArray[Any]:
        array = np.frombuffer(self._body, dtype=kind, count=prod(shape), offset=self._offset).reshape(shape)
        self._offset += array.nbytes
        return array
