"""Statistics in the store: a line of JSON, then numbers byte for byte."""

import zlib

import numpy as np
import orjson

from ranking.features import Statistics
from service.formats.record import UnreadableRecord, known, little, with_format


def pack_statistics(statistics: Statistics) -> bytes:
    """The statistics, compressed: a line of JSON, then idf and mean byte for byte."""
    head = {
        "terms": statistics.terms,
        "labels": statistics.labels,
        "n_events": statistics.n_events,
        "params_version": statistics.params_version,
    }
    arrays = little(statistics.idf).tobytes() + little(statistics.mean).tobytes()
    return zlib.compress(b"\n".join([with_format(head), arrays]), level=1)


def unpack_statistics(packed: bytes) -> Statistics:
    """The statistics that `pack_statistics` wrote; raises UnreadableRecord."""
    try:
        line, _, body = zlib.decompress(packed).partition(b"\n")
        head = known(orjson.loads(line))
        idf, mean = np.frombuffer(body, dtype="<f8").reshape(2, len(head["terms"]))
        return Statistics.of(head["terms"], head["labels"], idf, mean, head["n_events"], head["params_version"])
    except (ValueError, TypeError, KeyError, zlib.error) as error:
        raise UnreadableRecord("the statistics cannot be read") from error
