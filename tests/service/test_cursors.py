"""Cursors: what was written is read back, and everything else is refused."""

import base64
from contextlib import suppress
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from ranking.event import Limits
from service.cursors import InvalidCursor, read_cursor, write_cursor

OFFSET: TypeAdapter[int] = TypeAdapter(Annotated[int, Limits(ge=0)])
EVENT_PLACE: TypeAdapter[tuple[float, str]] = TypeAdapter(tuple[float, str])


def encoded(json: bytes) -> str:
    """A cursor made by somebody who has guessed how it is done."""
    return base64.urlsafe_b64encode(json).decode().rstrip("=")


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
