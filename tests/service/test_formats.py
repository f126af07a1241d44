"""Formats: what is written down comes back exact to the bit, and nothing else is taken for it."""

import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import UTC, timedelta, timezone
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.features import fit_statistics
from ranking.ledger import Adjustment, Ledger
from ranking.profile import fit
from ranking.text import Terms, terms_of
from service.formats import (
    UnreadableRecord,
    pack_adjustment,
    pack_profile,
    pack_statistics,
    unpack_adjustment,
    unpack_profile,
    unpack_statistics,
)
from tests.build import NOW, PARAMS, a_corpus, a_ledger, an_event, two_stories

CORPUS = a_corpus(*two_stories())
STATISTICS = CORPUS.statistics
LEDGER = a_ledger(CORPUS, ("c1", 2), ("s1", -1), ("c2", 0))
PROFILE = fit(LEDGER, STATISTICS, PARAMS)

TEXT = st.text(st.characters(exclude_categories=["Cs"]))  # whatever UTF-8 can say
ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
ADJUSTMENTS = st.builds(
    Adjustment,
    event_id=st.text("azAZ09._~-", min_size=1),
    level=st.integers(-2, 2),
    at=st.datetimes(timezones=st.just(UTC) | ZONES),
    terms=st.dictionaries(TEXT, st.tuples(st.integers(1, 10_000), TEXT)).map(
        lambda terms: Terms(
            {name: count for name, (count, _) in terms.items()}, {name: label for name, (_, label) in terms.items()}
        )
    ),
)
PRESSES = st.lists(st.tuples(st.sampled_from(["c1", "c2", "s1", "s2"]), st.integers(-2, 2)))


@dataclass(frozen=True)
class Kind:
    """One kind of record: a sound one, and how it is read into something that can be compared."""

    sound: bytes
    read: Callable[[bytes], object]

    def changed(self, **members: Any) -> bytes:
        """The sound record with other members in its JSON; those given as `...` taken out."""
        line, newline, body = self.raw.partition(b"\n")
        head = {name: value for name, value in (orjson.loads(line) | members).items() if value is not ...}
        return self.of(orjson.dumps(head) + newline + body)

    def of(self, raw: bytes) -> bytes:
        """These bytes as a record of this kind would hold them: compressed, or behind their checksum."""
        checked = zlib.crc32(raw).to_bytes(4, "little") + raw
        return checked if self.sound.endswith(self.raw) else zlib.compress(raw)

    @property
    def raw(self) -> bytes:
        """The sound record before it was compressed or given a checksum."""
        with suppress(zlib.error):
            return zlib.decompress(self.sound)
        return self.sound[4:]


def bits(record: Any) -> dict[str, object]:
    """A record field by field, its arrays as type, shape and bytes, so that equal means equal to the bit."""
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    return {
        name: (value.dtype, value.shape, value.tobytes()) if isinstance(value, np.ndarray) else value
        for name, value in values.items()
    }


KINDS = {
    "adjustment": Kind(pack_adjustment(LEDGER.adjustments[0], 3), lambda packed: unpack_adjustment("c1", packed)),
    "profile": Kind(pack_profile(PROFILE), lambda packed: bits(unpack_profile(packed))),
    "statistics": Kind(pack_statistics(STATISTICS), lambda packed: bits(unpack_statistics(packed))),
}
each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


# There and back


@given(ADJUSTMENTS, st.integers(0, 2**63 - 1))
def test_an_adjustment_comes_back(adjustment: Adjustment, place: int) -> None:
    """With its place, its terms in their order, and its time in the zone in which it was said."""
    read_place, read = unpack_adjustment(adjustment.event_id, pack_adjustment(adjustment, place))
    assert (read_place, read) == (place, adjustment)
    assert list(read.terms.counts) == list(adjustment.terms.counts)
    assert read.at.utcoffset() == adjustment.at.utcoffset()


def test_a_ledger_of_unpacked_adjustments_has_the_same_version() -> None:
    """Nothing that a version depends on is lost on the way."""
    packed = [(one.event_id, pack_adjustment(one, place)) for place, one in enumerate(LEDGER.adjustments)]
    read = Ledger(tuple(unpack_adjustment(event_id, entry)[1] for event_id, entry in packed))
    assert (read, read.version) == (LEDGER, LEDGER.version)


@given(PRESSES)
def test_a_profile_comes_back_to_the_bit(presses: list[tuple[str, int]]) -> None:
    """Whatever a reader said, also nothing: the profile that is read is the one that was fitted, in every field."""
    profile = fit(a_ledger(CORPUS, *presses), STATISTICS, PARAMS)
    assert bits(unpack_profile(pack_profile(profile))) == bits(profile)


def test_a_profile_with_terms_newer_than_the_statistics_comes_back() -> None:
    """Terms are stored by name, so those that the statistics do not have are no different."""
    older = fit_statistics([terms_of(an_event("s1", "Dockworkers strike begins"))], PARAMS)
    profile = fit(LEDGER, older, PARAMS)
    assert set(profile.terms) - set(older.terms)
    assert bits(unpack_profile(pack_profile(profile))) == bits(profile)


@given(
    st.lists(st.floats(), min_size=3, max_size=3), st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 5)
)
def test_numbers_of_a_profile_are_not_rounded(alpha: list[float], lean: float, n_because: int) -> None:
    """Subnormal numbers, negative zero, infinities and the bytes of a newline come back as they were."""
    because = np.full((len(PROFILE.terms), n_because), 0x0A0A, dtype=np.int16)
    profile = replace(PROFILE, alpha=np.array(alpha), lean=lean, constant=-lean, because=because)
    assert bits(unpack_profile(pack_profile(profile))) == bits(profile)


def test_arrays_are_written_in_one_byte_order() -> None:
    """A machine that counts the other way round writes the same bytes."""
    swapped = replace(PROFILE, alpha=PROFILE.alpha.astype(">f8"), because=PROFILE.because.astype(">i2"))
    assert pack_profile(swapped) == pack_profile(PROFILE)


@pytest.mark.parametrize("n_events", [0, 1, 4])
def test_statistics_come_back_to_the_bit(n_events: int) -> None:
    """Of an empty catalogue too; with the version, which is made of everything else."""
    statistics = fit_statistics([terms_of(event) for event in two_stories()[:n_events]], PARAMS)
    assert bits(unpack_statistics(pack_statistics(statistics))) == bits(statistics)


def test_statistics_with_a_newline_in_a_label_come_back() -> None:
    """The first newline of a record ends its JSON, whatever the words in it."""
    terms = [Terms({"source:A\nB": 1, "word:ü\u2028": 2}, {"source:A\nB": "A\nB", "word:ü\u2028": "Ü\u2028"})]
    statistics = fit_statistics(terms, PARAMS)
    assert bits(unpack_statistics(pack_statistics(statistics))) == bits(statistics)


def test_what_is_read_is_fitted_like_what_was_written() -> None:
    """A worker that has read ledger and statistics from the store comes to the very profile of the one that wrote."""
    statistics = unpack_statistics(pack_statistics(STATISTICS))
    adjustments = [unpack_adjustment(one.event_id, pack_adjustment(one, 0))[1] for one in LEDGER.adjustments]
    assert bits(fit(Ledger(tuple(adjustments)), statistics, PARAMS)) == bits(PROFILE)


# Format 1, byte for byte: what a store holds and nobody can fit again must still be read by the next version


def test_an_adjustment_of_format_1_is_read() -> None:
    """Compressed JSON; each term with its count and label."""
    packed = zlib.compress(
        b'{"format":1,"place":7,"level":-2,"at":"2026-04-03T12:00:00+00:00","terms":{"word:comet":[3,"Comets"]}}'
    )
    assert unpack_adjustment("c1", packed) == (
        7,
        Adjustment("c1", -2, NOW, Terms({"word:comet": 3}, {"word:comet": "Comets"})),
    )


def test_statistics_of_format_1_are_read() -> None:
    """Compressed: a line of JSON, then idf and mean as doubles, lowest byte first."""
    head = b'{"format":1,"terms":["word:a","word:b"],"labels":["A","b"],"n_events":9,"params_version":"p"}\n'
    read = unpack_statistics(zlib.compress(head + struct.pack("<4d", 1.0, 2.0, 0.1, 0.2)))
    assert (read.terms, read.labels, read.n_events, read.params_version) == (("word:a", "word:b"), ("A", "b"), 9, "p")
    assert (read.idf.tolist(), read.mean.tolist()) == ([1.0, 2.0], [0.1, 0.2])
    assert read.index == {"word:a": 0, "word:b": 1}


# What is refused


@each_kind
def test_a_record_cut_short_is_refused(kind: Kind) -> None:
    """At whichever byte it ends too early."""
    for length in range(len(kind.sound)):
        with pytest.raises(UnreadableRecord):
            kind.read(kind.sound[:length])


@each_kind
def test_a_record_with_a_damaged_byte_is_never_read_as_another(kind: Kind) -> None:
    """One wrong byte, wherever, is noticed (or was without meaning, as a few bits of compression are)."""
    sound = kind.read(kind.sound)
    misread = []
    for place in range(len(kind.sound)):
        damaged = bytearray(kind.sound)
        damaged[place] ^= 0x10
        with suppress(UnreadableRecord):
            if kind.read(bytes(damaged)) != sound:
                misread.append(place)
    assert misread == []


def test_a_profile_with_bytes_to_spare_is_refused() -> None:
    """Also where they would make up another whole row."""
    for n_bytes in (1, 2, 8, 2 * PROFILE.because.size):
        with pytest.raises(UnreadableRecord):
            KINDS["profile"].read(KINDS["profile"].of(KINDS["profile"].raw + bytes(n_bytes)))


@each_kind
@given(raw=st.binary() | st.just(b"\n") | st.just(b"{}\n"))
def test_arbitrary_bytes_are_refused(kind: Kind, raw: bytes) -> None:
    """Whatever lies under the key, there is no other error; neither if it is well compressed."""
    for packed in (raw, kind.of(raw)):
        with pytest.raises(UnreadableRecord):
            kind.read(packed)


@each_kind
@pytest.mark.parametrize("json", [b"", b"null", b"1", b'"format"', b"[]", b'["format", 1]', b"{}", b"{", b"\xff"])
def test_json_that_is_no_record_is_refused(kind: Kind, json: bytes) -> None:
    """A record is an object that says its format."""
    with pytest.raises(UnreadableRecord):
        kind.read(kind.of(json))


@each_kind
@pytest.mark.parametrize("known_format", [2, 0, "1", None, [1], ...], ids=str)
def test_a_record_of_another_format_is_refused(kind: Kind, known_format: object) -> None:
    """A newer format is not guessed at, and the message says which one is read."""
    with pytest.raises(UnreadableRecord, match="reads format 1"):
        kind.read(kind.changed(format=known_format))


@each_kind
def test_a_record_that_is_only_of_its_format_is_refused(kind: Kind) -> None:
    """The right format does not stand for the rest."""
    with pytest.raises(UnreadableRecord):
        kind.read(kind.of(b'{"format":1}\n'))


@pytest.mark.parametrize(
    ("name", "member"),
    [
        *(("adjustment", member) for member in ("format", "place", "level", "at", "terms")),
        *(("statistics", member) for member in ("format", "terms", "labels", "n_events", "params_version")),
        *(("profile", member) for member in ("format", "version", "statistics_version", "params_version", "event_ids")),
        *(("profile", member) for member in ("levels", "lean", "constant", "terms", "n_because")),
    ],
)
def test_a_record_needs_every_member(name: str, member: str) -> None:
    """None has a default that could be wrong."""
    with pytest.raises(UnreadableRecord):
        KINDS[name].read(KINDS[name].changed(**{member: ...}))


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("adjustment", {"at": 1_775_217_600}),
        ("adjustment", {"at": "yesterday"}),
        ("adjustment", {"terms": ["word:comet"]}),
        ("adjustment", {"terms": {"word:comet": 1}}),
        ("adjustment", {"terms": {"word:comet": [1]}}),
        ("adjustment", {"terms": {"word:comet": [1, "comet", "comets"]}}),
        ("profile", {"event_ids": ["c1", "s1"]}),
        ("profile", {"terms": ["word:comet"]}),
        ("profile", {"terms": None}),
        ("profile", {"n_because": 2}),
        ("profile", {"n_because": 2**62}),
        ("profile", {"n_because": "3"}),
        ("statistics", {"terms": ["word:comet"]}),
        ("statistics", {"terms": 4}),
        ("statistics", {"terms": [f"colour:{n}" for n in range(len(STATISTICS.terms))]}),
        ("statistics", {"labels": 5}),
    ],
    ids=str,
)
def test_a_member_that_cannot_be_used_is_refused(name: str, members: dict[str, object]) -> None:
    """What would fail later, far from the cause, fails here."""
    with pytest.raises(UnreadableRecord):
        KINDS[name].read(KINDS[name].changed(**members))


def test_the_message_names_the_event_of_an_adjustment() -> None:
    """So that an operator finds it; nothing of what is stored is repeated."""
    with pytest.raises(UnreadableRecord, match=r"^the adjustment of event 'c1' cannot be read$"):
        unpack_adjustment("c1", b"rubbish")
