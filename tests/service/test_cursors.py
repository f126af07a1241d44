"""Cursors: what was written is read back, and everything else is refused."""

import base64
from contextlib import suppress
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from ranking.event import Limits
from service.cursors import FeedCursor, InvalidCursor, fingerprints, open_cursor, read_cursor, sign_cursor, write_cursor

OFFSET: TypeAdapter[int] = TypeAdapter(Annotated[int, Limits(ge=0)])
EVENT_PLACE: TypeAdapter[tuple[float, str]] = TypeAdapter(tuple[float, str])
KEY = bytes(range(32))
LETTERS = st.text(st.characters(exclude_categories=["Cs"]), max_size=100)
FEED_CURSORS = st.builds(
    FeedCursor,
    snapshot=st.text("0123456789abcdef", min_size=12, max_size=12),
    place=st.integers(0, 1000),
    category=st.none() | LETTERS,
    arrivals=st.booleans(),
    shown=st.none() | st.binary(max_size=2000),
)


def encoded(json: bytes) -> str:
    """A cursor made by somebody who has guessed how it is done."""
    return base64.urlsafe_b64encode(json).decode().rstrip("=")


# A place in a list that is nobody's own


@given(st.integers(0, 2**64 - 1))
def test_an_offset_comes_back(offset: int) -> None:
    """The offset that is read is the one that was written."""
    assert read_cursor(write_cursor(offset), OFFSET) == offset


@given(st.floats(allow_nan=False, allow_infinity=False), st.text(st.characters(exclude_categories=["Cs"])))
def test_a_place_among_events_comes_back(published: float, event_id: str) -> None:
    """A place of several parts comes back exactly, whatever the text in it."""
    assert read_cursor(write_cursor((published, event_id)), EVENT_PLACE) == (published, event_id)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_cursor_can_stand_in_an_address(text: str) -> None:
    """A cursor is made of unreserved characters only."""
    assert set(write_cursor(text)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_a_cursor_has_the_bytes_that_callers_may_have_kept() -> None:
    """The offset 20 is the two bytes "20", in base64 "MjA": a new version still reads what an old one gave out."""
    assert write_cursor(20) == "MjA"
    assert read_cursor("MjA", OFFSET) == 20


@pytest.mark.parametrize(
    "cursor",
    [
        pytest.param("", id="empty"),
        pytest.param("M", id="one character, which no bytes have"),
        pytest.param("MjA==", id="one padding character too many"),
        pytest.param("MjA===", id="two padding characters too many"),
        pytest.param("M=jA", id="padding in the middle"),
        pytest.param("Mj A", id="a space"),
        pytest.param("MjA\n", id="a newline"),
        pytest.param("Mj+A", id="tampered into other bytes"),
        pytest.param("MjAé", id="non-ASCII"),
        pytest.param("²⁰", id="digits that are not ASCII"),
        pytest.param("\ud800", id="a lone surrogate"),
        pytest.param("____", id="bytes that are not UTF-8"),
        pytest.param("M" * 10_000, id="very long"),
    ],
)
@pytest.mark.parametrize("shape", [OFFSET, EVENT_PLACE], ids=["offset", "place"])
def test_what_is_no_cursor_is_refused(cursor: str, shape: TypeAdapter[Any]) -> None:
    """A damaged cursor is refused, and the message does not repeat it."""
    with pytest.raises(InvalidCursor) as refusal:
        read_cursor(cursor, shape)
    assert str(refusal.value) == "this cursor was not given out here; leave it away to begin at the top"


@pytest.mark.parametrize(
    "json", [b"-1", b"1.5", b"1.0", b'"20"', b"true", b"null", b"[]", b"[20]", b"{}", b"NaN", b"20 20", b"1e2", b"["]
)
def test_a_cursor_of_another_shape_is_refused_as_an_offset(json: bytes) -> None:
    """An offset is a whole number from 0 and nothing that could be turned into one."""
    with pytest.raises(InvalidCursor):
        read_cursor(encoded(json), OFFSET)


@pytest.mark.parametrize("json", [b"20", b"[1.5]", b'["a",1.5]', b'["1.5","a"]', b'[1.5,"a",1]', b"[1.5,null]", b"{}"])
def test_a_cursor_of_another_shape_is_refused_as_a_place(json: bytes) -> None:
    """A place among events is a number and a text, in this order."""
    with pytest.raises(InvalidCursor):
        read_cursor(encoded(json), EVENT_PLACE)


@given(st.text())
def test_no_text_brings_anything_but_a_place_or_a_refusal(cursor: str) -> None:
    """Whatever a caller sends as a cursor, it is read or refused."""
    with suppress(InvalidCursor):
        assert read_cursor(cursor, OFFSET) >= 0


@given(st.binary())
def test_no_bytes_bring_anything_but_a_place_or_a_refusal(packed: bytes) -> None:
    """The same for well-formed base64 of whatever."""
    with suppress(InvalidCursor):
        assert read_cursor(encoded(packed), OFFSET) >= 0


# A place in a reader's feed


@given(FEED_CURSORS)
def test_a_place_in_a_feed_comes_back_to_its_reader(cursor: FeedCursor) -> None:
    """Whatever the category is called and whatever was shown; and it can stand in an address."""
    written = sign_cursor(cursor, "ann", KEY)
    assert open_cursor(written, "ann", KEY) == cursor
    assert set(written) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_the_longest_place_in_a_feed_fits_into_the_parameter() -> None:
    """400 events shown, of 5 bytes each, in a category of 100 signs of 4 bytes: well under 4,000 characters."""
    shown = fingerprints(f"event-{number}" for number in range(400))
    assert len(sign_cursor(FeedCursor("0" * 12, 999, "🛰" * 100, shown=shown), "u" * 128, KEY)) < 4000


@given(FEED_CURSORS)
def test_a_place_in_a_feed_is_of_one_reader_and_one_key(cursor: FeedCursor) -> None:
    """Nobody else's cursor opens, be it signed for another reader or by another service; nor does one that is not
    signed at all."""
    written = sign_cursor(cursor, "ann", KEY)
    for user_id, key in (("ann2", KEY), ("an", KEY), ("ann", KEY[::-1])):
        with pytest.raises(InvalidCursor):
            open_cursor(written, user_id, key)
    with pytest.raises(InvalidCursor):
        open_cursor(write_cursor([cursor.snapshot, cursor.place, cursor.category, False, False]), "ann", KEY)


def test_no_bit_of_a_place_in_a_feed_can_be_changed() -> None:
    """Every single bit of the place, of what was shown and of the signature; nor can anything be cut off or added."""
    written = sign_cursor(FeedCursor("0123456789ab", 20, "News", shown=fingerprints(["c1", "c2"])), "ann", KEY)
    packed = base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))
    changed = [
        packed[:place] + bytes([byte ^ 1 << bit]) + packed[place + 1 :]
        for place, byte in enumerate(packed)
        for bit in range(8)
    ]
    shortened = [packed[:length] for length in range(len(packed))]
    for one in (*changed, *shortened, packed[1:], packed + b"\x00"):
        with pytest.raises(InvalidCursor):
            open_cursor(encoded(one), "ann", KEY)


@given(st.text() | st.binary().map(encoded))
def test_nothing_that_is_made_up_opens(cursor: str) -> None:
    """Whatever a caller sends in its place, it is refused, and not repeated in the message."""
    with pytest.raises(InvalidCursor) as refusal:
        open_cursor(cursor, "ann", KEY)
    assert str(refusal.value) in {
        "this cursor was not given out here; leave it away to begin at the top",
        "this cursor was not given out here to this reader; leave it away to begin at the top",
    }


@given(st.sets(st.integers(0, 999), max_size=400))
def test_a_cursor_knows_what_was_shown(numbers: set[int]) -> None:
    """Of a thousand events exactly those that it carries, in the order in which they are asked about."""
    event_ids = [f"event-{number}" for number in range(1000)]
    cursor = FeedCursor("0" * 12, 1, shown=fingerprints(f"event-{number}" for number in numbers))
    assert cursor.has_shown(event_ids) == [f"event-{number}" for number in sorted(numbers)]


def test_a_cursor_carries_four_hundred_events_and_no_more() -> None:
    """Beyond that it carries none, and knows of none."""
    event_ids = [f"event-{number}" for number in range(401)]
    assert len(fingerprints(event_ids[:400]) or b"") == 2000
    assert fingerprints(event_ids) is None
    assert FeedCursor("0" * 12, 401, shown=None).has_shown(event_ids) == []
