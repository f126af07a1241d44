"""Records: what all formats share. Whatever is no sound record of this version is refused, and never misread."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.formats.record import UnreadableRecord, known, little, pack, unpack, with_format
from tests.service.formats.kinds import KINDS, Kind, each_kind


def test_a_record_comes_back_with_its_format() -> None:
    """What is said of it is there, and which version wrote it."""
    assert unpack(pack({"name": "ü\u2028\n", "n": [1, None, 0.1]})) == {
        "format": 1,
        "name": "ü\u2028\n",
        "n": [1, None, 0.1],
    }
    assert with_format({"n": 1}) == b'{"format":1,"n":1}'


def test_numbers_are_stored_lowest_byte_first_whatever_the_machine() -> None:
    """A machine that counts the other way round writes the same bytes: 1 is 01 00."""
    assert little(np.array([1], dtype=">i2")).tobytes() == little(np.array([1], dtype="<i2")).tobytes() == b"\x01\x00"


@each_kind
def test_a_sound_record_is_read(kind: Kind) -> None:
    """Or all that is refused below proved nothing."""
    assert kind.read(kind.changed()) == kind.read(kind.sound)


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
@pytest.mark.parametrize("another", [2, 0, "1", None, [1], ...], ids=str)
def test_a_record_of_another_format_is_refused(kind: Kind, another: object) -> None:
    """A newer format is not guessed at, and the message says which one is read."""
    with pytest.raises(UnreadableRecord, match="reads format 1"):
        kind.read(kind.changed(format=another))


@pytest.mark.parametrize("record", [None, 1, "format", [], {}, {"format": 2}], ids=str)
def test_only_an_object_of_this_format_is_known(record: object) -> None:
    """All formats ask the same question."""
    with pytest.raises(UnreadableRecord, match="reads format 1"):
        known(record)


@pytest.mark.parametrize(
    ("name", "member"), [(name, member) for name, kind in KINDS.items() for member in kind.members]
)
def test_a_record_needs_every_member(name: str, member: str) -> None:
    """None has a default that could be wrong."""
    with pytest.raises(UnreadableRecord):
        KINDS[name].read(KINDS[name].changed(**{member: ...}))
