"""One sound record of every format, and what the tests of the formats share."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import orjson
import pytest

from ranking.crowd import Alike
from ranking.diversity import Lift
from ranking.features import Statistics
from ranking.feed import Slot
from ranking.interactions import Encounter, History
from ranking.latent import Latent
from ranking.ledger import Open
from ranking.profile import fit
from ranking.reader import Reader
from ranking.text import Terms
from ranking.wishes import Wishes
from service.formats.ledger import pack_page, unpack_page
from service.formats.profile import pack_profile, unpack_profile
from service.formats.reader import (
    pack_history,
    pack_opens,
    pack_wishes,
    unpack_history,
    unpack_opens,
    unpack_wishes,
)
from service.formats.snapshot import Snapshot, pack_snapshot, unpack_snapshot
from service.formats.statistics import pack_statistics, unpack_statistics
from tests.build import NOW, PARAMS, a_corpus, a_ledger, two_stories

CORPUS = a_corpus(*two_stories())
ALIKE = Alike(("c1", "gone", "s2"), np.array([[1.5, -0.25], [0.0, 2.0], [-1.0, 0.125]]), np.array([0.1, -0.3]))
LATENT = Latent(np.array([4, 7]), np.array([[0.5], [-0.75]]), np.array([0.2]))
STATISTICS = Statistics.of(
    CORPUS.statistics.terms,
    CORPUS.statistics.labels,
    CORPUS.statistics.idf,
    CORPUS.statistics.mean,
    CORPUS.statistics.n_events,
    CORPUS.statistics.params_version,
    ALIKE,
    LATENT,
)
LEDGER = a_ledger(CORPUS, ("c1", 2), ("s1", -1), ("c2", 0))
WISHES = Wishes.of(["source:Gazette", "word:strike"], {"word:comet": 2.5}, {"word:jupit": NOW, "word:wage": NOW})
HISTORY = History(
    {"c1": Encounter(1_775_217_600.25, 2, 31.5), "s1": Encounter(1_775_217_601.0)}, {"s2": 1_775_217_602.0}
)
OPENS = (Open("c1", NOW - timedelta(hours=1), CORPUS.terms[0]), Open("s2", NOW, Terms.of({}, {})))
SNAPSHOT = Snapshot(
    (
        Slot(("c1", "c2")),
        Slot(("s1",), 1.5, Lift.KEPT),
        Slot(()),
        Slot(("s2",), 0.0, Lift.EXPLORATION, 0.25),
    ),
    complete=False,
    category="News",
    revision=7,
    among=("c1", "c2"),
)
PROFILE = fit(Reader(LEDGER, WISHES), STATISTICS, PARAMS)


@dataclass(frozen=True)
class Kind:
    """One kind of record: a sound one, and how it is read into something that can be compared."""

    sound: bytes
    read: Callable[[bytes], object]
    checked: bool = False  # whether it stands behind a checksum

    @property
    def raw(self) -> bytes:
        """The sound record before it was compressed."""
        return zlib.decompress(self.sound[4:] if self.checked else self.sound)

    def of(self, raw: bytes) -> bytes:
        """These bytes as a record of this kind would hold them."""
        packed = zlib.compress(raw)
        return zlib.crc32(packed).to_bytes(4, "little") + packed if self.checked else packed

    def changed(self, **members: Any) -> bytes:
        """The sound record with other members in its JSON; those given as `...` taken out."""
        line, newline, body = self.raw.partition(b"\n")
        head = {name: value for name, value in (orjson.loads(line) | members).items() if value is not ...}
        return self.of(orjson.dumps(head) + newline + body)

    @property
    def members(self) -> list[str]:
        """What the JSON of the sound record says."""
        return list(orjson.loads(self.raw.partition(b"\n")[0]))


def bits(record: Any) -> dict[str, object]:
    """A record field by field, its arrays as type, shape and bytes, so that equal means equal to the bit; so is each
    record within it."""
    return {field.name: _bits(getattr(record, field.name)) for field in fields(record)}


def _bits(value: Any) -> object:
    if isinstance(value, np.ndarray):
        return (value.dtype, value.shape, value.tobytes())
    return bits(value) if is_dataclass(value) else value


KINDS = {
    "page": Kind(pack_page(list(enumerate(LEDGER.adjustments))), lambda packed: unpack_page(packed, "0")),
    "profile": Kind(
        pack_profile(PROFILE, STATISTICS), lambda packed: bits(unpack_profile(packed, WISHES, STATISTICS)), checked=True
    ),
    "wishes": Kind(pack_wishes(WISHES), unpack_wishes),
    "history": Kind(pack_history(HISTORY), unpack_history),
    "opens": Kind(pack_opens(OPENS), unpack_opens),
    "snapshot": Kind(pack_snapshot(SNAPSHOT), unpack_snapshot),
    "statistics": Kind(pack_statistics(STATISTICS), lambda packed: bits(unpack_statistics(packed))),
}
each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
