"""Documents: what callers send is read row by row, and what is wrong with it is said by field and by line."""

import json
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, timedelta, timezone
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from ranking.event import Detail, DetailKind, Event, Source
from service.documents import (
    FieldError,
    InvalidDocument,
    Row,
    UnreadableDocument,
    field_errors,
    read_document,
    read_rows,
    write_document,
)
from tests.build import NOW, an_event

EVENT: TypeAdapter[Event] = TypeAdapter(Event)
REQUIRED = ("id", "title", "category", "published_at", "signal")
ALL_REQUIRED = [(name, "is required") for name in REQUIRED]

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)  # whatever UTF-8 can say
LINES = TEXT.map(str.strip).filter(bool)
ZONES = st.just(UTC) | st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
EVENTS = st.builds(
    Event,
    id=st.text("azAZ09._~-", min_size=1, max_size=128),
    title=LINES,
    category=LINES,
    published_at=st.datetimes(NOW.replace(year=2, tzinfo=None), NOW.replace(year=9998, tzinfo=None), timezones=ZONES),
    signal=st.floats(0, 10),
    summary=st.lists(LINES, max_size=2).map(tuple),
    details=st.lists(st.builds(Detail, st.sampled_from(DetailKind), LINES, TEXT), max_size=2).map(tuple),
    meaning=TEXT,
    sources=st.lists(
        st.builds(Source, LINES, st.none() | TEXT, st.sampled_from([None, "https://example.org/a"])), max_size=2
    ).map(tuple),
    language=st.sampled_from(["en", "deu"]),
)
SPACE = st.text(" \t\r\n", max_size=5)


def a_row(event_id: str = "a", **members: Any) -> bytes:
    """An event's JSON on one line, with other or more members; those given as `...` left out."""
    row = orjson.loads(write_document(an_event(event_id))) | members
    return orjson.dumps({name: value for name, value in row.items() if value is not ...})


def a_row_with(**literals: bytes) -> bytes:
    """An event's JSON on one line, in which these members are written exactly so."""
    row = a_row(**dict.fromkeys(literals, "@"))
    for literal in literals.values():
        row = row.replace(b'"@"', literal, 1)
    return row


def rows(text: bytes) -> list[Row]:
    """The rows of a text, as a list."""
    return list(read_rows(text))


def faults(text: bytes) -> list[tuple[str, str]]:
    """What is wrong with the only row of a text, as (field, message)."""
    [row] = rows(text)
    assert row.event is None
    return [(error.field, error.message) for error in row.errors]


def refusal(text: bytes) -> str:
    """The message with which a text is refused as a whole."""
    with pytest.raises(UnreadableDocument) as caught:
        rows(text)
    return str(caught.value)


# One document


@given(EVENTS)
def test_a_written_event_is_read_back_as_it_was(event: Event) -> None:
    """Whatever the words, the time and the signal, the event that is read is the one that was written."""
    read = read_document(EVENT, write_document(event))
    assert read == event
    assert all(type(getattr(read, one.name)) is type(getattr(event, one.name)) for one in fields(Event))


def test_times_are_written_in_z() -> None:
    """UTC is written as Z and not as +00:00."""
    assert write_document({"at": NOW}) == b'{"at":"2026-04-03T12:00:00Z"}'


@pytest.mark.parametrize("body", [b"", b" ", b"{", b'{"id":"a"', b"hello", b"\xff", b"\x00", a_row() + b"x", b"'a'"])
def test_a_body_that_is_not_json_is_unreadable(body: bytes) -> None:
    """Where it stops being JSON is said by line and column."""
    with pytest.raises(UnreadableDocument, match=r"^Invalid JSON: .* at line \d+ column \d+$"):
        read_document(EVENT, body)


@pytest.mark.parametrize("body", [b"null", b"1", b'"a"', b"true", b"[]", b"[{}]"])
def test_a_body_that_is_no_object_is_invalid(body: bytes) -> None:
    """There is no field to blame, so the body is."""
    with pytest.raises(InvalidDocument) as caught:
        read_document(EVENT, body)
    assert caught.value.errors == (FieldError("", "should be an object"),)


def test_an_invalid_document_says_everything_that_is_wrong() -> None:
    """All fields at once, in the errors and in the message."""
    with pytest.raises(InvalidDocument) as caught:
        read_document(EVENT, a_row(title=..., colour="red"))
    assert caught.value.errors == (
        FieldError("title", "is required"),
        FieldError("colour", "is not a field that is known here"),
    )
    assert str(caught.value) == "title: is required; colour: is not a field that is known here"


def test_field_errors_leave_out_the_parts_that_were_asked_for() -> None:
    """FastAPI says first in which part of a request a field stands."""
    errors = [{"type": "missing", "loc": ("query", "limit"), "msg": "Field required"}]
    assert field_errors(errors, skipped=1) == (FieldError("limit", "is required"),)
    assert field_errors(errors) == (FieldError("query.limit", "is required"),)


def test_an_error_without_a_place_is_of_the_body() -> None:
    """Nothing is left of its place, so the body stands for it."""
    assert field_errors([{"type": "odd", "loc": ("body",), "msg": "is odd"}], skipped=1) == (FieldError("", "is odd"),)


# What is wrong with a field


@pytest.mark.parametrize(
    ("members", "field", "message"),
    [
        ({"id": ""}, "id", "String should have at least 1 character"),
        ({"id": "hunter 2"}, "id", "should be 1 to 128 of A-Z a-z 0-9 . _ ~ -"),
        ({"id": "hunter2\n"}, "id", "should be 1 to 128 of A-Z a-z 0-9 . _ ~ -"),
        ({"id": "hunter2" * 20}, "id", "String should have at most 128 characters"),
        ({"id": None}, "id", "Input should be a valid string"),
        ({"title": ...}, "title", "is required"),
        ({"title": " \n"}, "title", "String should have at least 1 character"),
        ({"title": "hunter2" * 100}, "title", "String should have at most 500 characters"),
        ({"published_at": "2026-04-03T09:00:00"}, "published_at", "needs a time zone, as in 2026-04-03T09:00:00Z"),
        ({"signal": 10.5}, "signal", "Input should be less than or equal to 10"),
        ({"signal": -0.5}, "signal", "Input should be greater than or equal to 0"),
        ({"signal": "5"}, "signal", "Input should be a valid number"),
        ({"signal": True}, "signal", "Input should be a valid number"),
        ({"signal": None}, "signal", "Input should be a valid number"),
        ({"summary": "hunter2"}, "summary", "Input should be a valid array"),
        ({"summary": ["good", 1]}, "summary.1", "Input should be a valid string"),
        ({"details": ["hunter2"]}, "details.0", "should be an object"),
        ({"details": [{"kind": "stat"}]}, "details.0.headline", "is required"),
        (
            {"details": [{"kind": "hunter2", "headline": "h"}]},
            "details.0.kind",
            "Input should be 'stat', 'insight', 'context' or 'research'",
        ),
        ({"sources": [{"name": "n", "a": "hunter2"}]}, "sources.0.a", "is not a field that is known here"),
        (
            {"sources": [{"name": "n", "url": "javascript:hunter2"}]},
            "sources.0.url",
            "should be an address that begins with http:// or https://",
        ),
        ({"language": "hunter2"}, "language", "should be a language code, as en"),
        ({"colour": "hunter2"}, "colour", "is not a field that is known here"),
    ],
    ids=str,
)
def test_a_wrong_field_is_named_with_what_would_be_right(members: dict[str, Any], field: str, message: str) -> None:
    """By its place in the document, in the words of the caller; the same in a line and in an array."""
    row = a_row(**members)
    assert faults(row) == [(field, message)]
    assert faults(b"[" + row + b"]") == [(field, message)]


@pytest.mark.parametrize("field", [one.name for one in fields(Event)])
@pytest.mark.parametrize(
    "sent",
    ["hunter2 !" * 5_000, ["hunter2", 1], {"hunter2": "hunter2"}, [{"kind": "hunter2", "name": 1, "url": "hunter2"}]],
    ids=["text", "array", "object", "object in array"],
)
def test_a_message_does_not_echo_what_was_sent(field: str, sent: object) -> None:
    """Whatever field a secret ends up in, and in whichever shape, it does not come back."""
    members: dict[str, Any] = {field: sent}
    found = faults(a_row(**members))
    assert all(place.split(".")[0] == field for place, _ in found)
    assert not [message for _, message in found if "hunter2" in message]


@pytest.mark.parametrize("text", [b"hunter2", b'{"id":"hunter2"', b'{"id":hunter2}', b'["hunter2",]', b'["hunter2"'])
def test_what_is_not_json_is_not_echoed_either(text: bytes) -> None:
    """The message says what the reader of JSON stumbled over, not in which words."""
    try:
        assert "hunter2" not in str(rows(text)[0].errors)
    except UnreadableDocument as error:
        assert "hunter2" not in str(error)  # noqa: PT017 -- either is right


@pytest.mark.parametrize("published_at", ["0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-10:00"])
def test_a_time_outside_the_calendar_is_blamed_on_its_field(published_at: str) -> None:
    """A moment before the year 1 or after 9999 in UTC is wrong with `published_at`; the event's id is not repeated."""
    [(field, message)] = faults(a_row("hunter2", published_at=published_at))
    assert field == "published_at"
    assert "hunter2" not in message


@pytest.mark.parametrize("published_at", [1_775_206_800, "1775206800", "20260403"])
def test_a_number_is_no_time(published_at: object) -> None:
    """Nor one in quotes: a date without hyphens taken for seconds would be a day of August 1970."""
    assert [field for field, _ in faults(a_row(published_at=published_at))] == ["published_at"]


@pytest.mark.parametrize(
    ("literal", "message"),
    [
        (b"NaN", "Input should be a finite number"),
        (b"Infinity", "Input should be a finite number"),
        (b"-Infinity", "Input should be a finite number"),
        (b"1e999", "Input should be a finite number"),
        (b"1e308", "Input should be less than or equal to 10"),
        (b"9" * 30, "Input should be less than or equal to 10"),
        (b"9" * 400, "Input should be a finite number"),
    ],
)
def test_a_number_too_large_for_a_signal_is_a_bad_field_of_its_line(literal: bytes, message: str) -> None:
    """Numbers that are none, or beyond all bounds, never become a signal; lines around them do not suffer."""
    read = rows(a_row("a") + b"\n" + a_row_with(signal=literal) + b"\n" + a_row("c"))
    assert [row.event and row.event.id for row in read] == ["a", None, "c"]
    assert read[1].errors == (FieldError("signal", message),)


def test_a_number_of_thousands_of_digits_makes_a_bad_row() -> None:
    """More digits than anybody reads as a number."""
    [(field, message)] = faults(a_row_with(signal=b"9" * 5_000))
    assert field == ""
    assert message.startswith("Invalid JSON: number out of range")


@pytest.mark.parametrize("literal", [b"0", b"10", b"5", b"5.0", b"5e0", b"0.0000000001"])
def test_any_way_to_write_a_number_in_bounds_is_right(literal: bytes) -> None:
    """Both ends of the scale belong to it; the value is kept as it is."""
    for text in (a_row_with(signal=literal), b"[" + a_row_with(signal=literal) + b"]"):
        [row] = rows(text)
        assert row.event is not None
        assert row.event.signal == float(literal)


def test_a_count_of_sources_is_replaced() -> None:
    """An event that was read can be sent back as it is, even with a wrong count."""
    [row] = rows(a_row(source_count=99))
    assert row.event == an_event("a")


# Arrays and lines


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda events: b"\n".join(map(write_document, events)), id="NDJSON"),
        pytest.param(lambda events: b"".join(write_document(one) + b"\n" for one in events), id="NDJSON, ended line"),
        pytest.param(lambda events: b"\r\n".join(map(write_document, events)), id="NDJSON, CRLF"),
        pytest.param(lambda events: b"\n\n \t\r\n".join(map(write_document, events)), id="NDJSON, empty lines"),
        pytest.param(lambda events: b"\r\n\n" + b"\n".join(map(write_document, events)), id="NDJSON, empty at first"),
        pytest.param(write_document, id="array"),
        pytest.param(lambda events: b"\r\n\t " + write_document(events) + b" \r\n", id="array, space around"),
        pytest.param(lambda events: orjson.dumps(events, option=orjson.OPT_INDENT_2), id="array, pretty"),
        pytest.param(
            lambda events: orjson.dumps(events, option=orjson.OPT_INDENT_2).replace(b"\n", b"\r\n"),
            id="array, pretty, CRLF",
        ),
        pytest.param(lambda events: json.dumps(orjson.loads(write_document(events))).encode(), id="array, ASCII"),
    ],
)
def test_the_same_events_are_read_however_they_are_written(write: Callable[[list[Event]], bytes]) -> None:
    """An array or lines, dense or airy: the same events, numbered from 1."""
    events = [an_event("a", "Größe\u2028und 🛰"), an_event("b", '[{"},\\'), an_event("c", summary=("]", ",\n[{"))]
    read = rows(write(events))
    assert [row.event for row in read] == events
    assert [row.number for row in read] == [1, 2, 3]
    assert all(row.errors == () for row in read)


def test_lines_are_counted_with_the_empty_ones() -> None:
    """The line is that of the text, the number that of the row."""
    read = rows(b"\r\n" + a_row("a") + b"\r\n\r\n \t\n" + a_row("b") + b"\n{}\n\n")
    assert [(row.number, row.line) for row in read] == [(1, 2), (2, 5), (3, 6)]


def test_lines_of_a_pretty_array_are_those_on_which_its_elements_begin() -> None:
    """An event of five members over seven lines, so that they begin on lines 2, 9 and 16; a bad one says its own."""
    short = dict.fromkeys(("summary", "details", "meaning", "sources", "language", "source_count"), ...)
    events = [orjson.loads(a_row(one, **short)) for one in "abc"]
    events[1]["signal"] = 11
    read = rows(orjson.dumps(events, option=orjson.OPT_INDENT_2))
    assert [(row.number, row.line, row.event is not None) for row in read] == [
        (1, 2, True),
        (2, 9, False),
        (3, 16, True),
    ]


@given(
    st.lists(st.tuples(SPACE, st.sampled_from([b"{}", b'{"a":"]\\n,["}', b"[\n1,\n2]", b'"\xc3\xa4"', b"1"]), SPACE))
)
def test_an_element_of_an_array_is_on_the_line_where_it_begins(elements: list[tuple[str, bytes, str]]) -> None:
    """Wherever lines are broken: before, after and within elements of any shape."""
    text = b"\n["
    begins: list[int] = []
    for before, element, after in elements:
        text += (b"," if begins else b"") + before.encode()
        begins.append(1 + text.count(b"\n"))
        text += element + after.encode()
    assert [row.line for row in read_rows(text + b"]\n")] == begins


def test_a_bad_row_fails_alone() -> None:
    """The rows around it are read; the same in lines and in an array."""
    parts = [a_row("a"), a_row(signal=11), b"{}", a_row("d")]
    for text in (b"\n".join(parts), b"[" + b",".join(parts) + b"]"):
        read = rows(text)
        assert [row.number for row in read] == [1, 2, 3, 4]
        assert [row.event and row.event.id for row in read] == ["a", None, None, "d"]
        assert [(error.field, error.message) for error in read[2].errors] == ALL_REQUIRED


@pytest.mark.parametrize("value", [b"null", b"1", b'"a"', b"true", b"[]", b"[[{}]]"])
def test_a_row_that_is_no_object_is_a_bad_row(value: bytes) -> None:
    """A row of another type has no field to blame. (At the start of a text, `[` begins an array of rows.)"""
    for text in (a_row() + b"\n" + value, b"[" + a_row() + b"," + value + b"]"):
        assert rows(text)[1].errors == (FieldError("", "should be an object"),)


def test_of_a_repeated_member_the_last_counts() -> None:
    """In lines and arrays alike, so that it does not matter which way an event came in."""
    repeated = a_row("a")[:-1] + b',"id":"z"}'
    for text in (repeated, b"[" + repeated + b"]"):
        [row] = rows(text)
        assert row.event == an_event("z")


def test_an_empty_array_has_no_rows() -> None:
    """Nothing to store is no mistake where it is said so."""
    assert rows(b"\n[ \n ]\n") == []


# A single object


def test_one_object_is_one_row() -> None:
    """It is NDJSON of one line."""
    [row] = rows(a_row())
    assert (row.number, row.line, row.event) == (1, 1, an_event("a"))


def test_one_object_over_several_lines_is_one_row() -> None:
    """A pretty-printed event is that event, not a bad row for each of its lines."""
    [row] = rows(b"\n" + orjson.dumps(an_event("a"), option=orjson.OPT_INDENT_2))
    assert (row.number, row.line, row.event) == (1, 2, an_event("a"))


def test_an_array_within_an_object_is_not_looked_for() -> None:
    """`{"events": […]}` is one row, and a bad one; the member that is not known is named."""
    assert faults(b'{"events":[' + a_row() + b"]}") == [*ALL_REQUIRED, ("events", "is not a field that is known here")]


# Damage


@pytest.mark.parametrize("text", [b"", b" ", b"\n", b"\r\n\r\n", b" \t\n"])
def test_an_empty_text_is_refused(text: bytes) -> None:
    """Nothing at all is a mistake: of an export that failed, or of a pipe."""
    assert refusal(text) == "Nothing at line 1: a JSON array or NDJSON of events is expected"


def test_a_text_that_is_not_json_is_a_bad_row_a_line() -> None:
    """Every line says so for itself; nothing is taken for an event."""
    read = rows(b"<html>\n<body>\n")
    assert [(row.line, row.event, row.errors[0].field) for row in read] == [(1, None, ""), (2, None, "")]
    assert all(row.errors[0].message.startswith("Invalid JSON: ") for row in read)


@pytest.mark.parametrize("kept", [1, 20, -2, -1])
def test_a_half_written_last_line_is_a_bad_row(kept: int) -> None:
    """The lines before it are whole and are read."""
    read = rows(a_row("a") + b"\n" + a_row("b")[:kept])
    assert [(row.line, row.event and row.event.id) for row in read] == [(1, "a"), (2, None)]
    assert [error.field for error in read[1].errors] == [""]


def test_two_objects_on_a_line_are_a_bad_row() -> None:
    """Neither is taken, since one of them would be lost."""
    [(field, message)] = faults(a_row("a") + a_row("b"))
    assert (field, message.partition(" at ")[0]) == ("", "Invalid JSON: trailing characters")


def test_the_message_of_a_broken_line_does_not_contradict_its_number() -> None:
    """A row on line 3 does not say that the fault is on line 1."""
    *_, row = rows(a_row("a") + b"\n\n{")
    assert row.line == 3
    assert "line 1" not in row.errors[0].message


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param(b"[", 1, id="only begun"),
        pytest.param(b"[\n" + a_row(), 2, id="not ended"),
        pytest.param(b"[\n" + a_row() + b",\n" + a_row()[:30], 3, id="half-written"),
        pytest.param(b"[\n" + a_row() + b",\n]", 3, id="comma at the end"),
        pytest.param(b"[\n" + a_row() + b"\n" + a_row() + b"]", 3, id="comma forgotten"),
        pytest.param(b"[\n" + a_row() + b"]\n[]", 3, id="something after the end"),
        pytest.param(b"[\n\n" + a_row_with(title=b'"\xff"') + b"]", 3, id="bad UTF-8"),
        pytest.param(b"[\n\n" + a_row_with(title=b'"\xed\xa0\x80"') + b"]", 3, id="surrogate in UTF-8"),
        pytest.param(b"[\n\n" + a_row_with(title=b'"a\tb"') + b"]", 3, id="control character"),
    ],
)
def test_a_broken_array_is_refused_whole_with_its_line(text: bytes, line: int) -> None:
    """None of its rows can be trusted to be whole; the line is that where it breaks."""
    message = refusal(text)
    assert message.startswith("Invalid JSON: ")
    assert f" at line {line} column " in message


@pytest.mark.parametrize(
    "spoilt",
    [
        pytest.param(a_row_with(signal=b"NaN"), id="NaN"),
        pytest.param(a_row_with(signal=b"1e999"), id="1e999"),
        pytest.param(a_row_with(signal=b"9" * 400), id="400 digits"),
        pytest.param(a_row_with(signal=b"9" * 5_000), id="5,000 digits"),
        pytest.param(a_row_with(title=b'"\\ud800"'), id="lone surrogate"),
    ],
)
def test_a_value_that_no_event_can_have_spoils_its_element_alone(spoilt: bytes) -> None:
    """The array is whole and so are its other rows."""
    read = rows(b"[\n" + a_row("a") + b",\n" + spoilt + b"]")
    assert [(row.line, row.event is None) for row in read] == [(2, False), (3, True)]


@pytest.mark.parametrize(
    "literal",
    [b'"\xff"', b'"\xed\xa0\x80"', b'"\xc3"', b'"\\ud800"', b'"\\udc00x"', b'"\\ud800\\ud800"', b'"a\tb"', b'"\\x"'],
)
def test_text_that_is_no_unicode_makes_a_bad_row(literal: bytes) -> None:
    """Bytes that are not UTF-8, half a surrogate pair and control characters spoil their line and no other."""
    read = rows(a_row("a") + b"\n" + a_row_with(title=literal) + b"\n" + a_row("c"))
    assert [row.event and row.event.id for row in read] == ["a", None, "c"]
    assert [error.field for error in read[1].errors] == [""]


def test_a_surrogate_pair_is_one_character() -> None:
    """Both ways to write a satellite come to the same title."""
    for text in (a_row_with(title=b'"\\ud83d\\udef0"'), b"[" + a_row_with(title=b'"\\ud83d\\udef0"') + b"]"):
        [row] = rows(text)
        assert row.event == an_event("a", "🛰")


@pytest.mark.parametrize("write", [lambda row: row, lambda row: b"[\n" + row + b"\n]"], ids=["NDJSON", "array"])
def test_a_byte_order_mark_is_passed_over(write: Callable[[bytes], bytes]) -> None:
    """Windows tools write one; it is invisible, so no message could explain the refusal."""
    [row] = rows(b"\xef\xbb\xbf" + write(a_row()))
    assert row.event == an_event("a")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_another_encoding_is_not_taken_for_events(encoding: str) -> None:
    """What is not UTF-8 gives no event and no crash."""
    assert all(row.event is None for row in rows(a_row().decode().encode(encoding)))


@pytest.mark.parametrize("depth", [300, 1_000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [(b'{"a":', b"}"), (b"[", b"]")], ids=["objects", "arrays"])
def test_deep_nesting_makes_a_bad_row(depth: int, opening: bytes, closing: bytes) -> None:
    """However deep, it costs its line and no other."""
    deep = a_row_with(meaning=opening * depth + b"1" + closing * depth)
    read = rows(deep + b"\n" + a_row("b"))
    assert [row.event and row.event.id for row in read] == [None, "b"]


@pytest.mark.parametrize("depth", [100, 250, 300, 900, 1_000, 1_020, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [(b'{"a":', b"}"), (b"[", b"]")], ids=["objects", "arrays"])
def test_deep_nesting_in_an_array_is_a_bad_row_or_refused(depth: int, opening: bytes, closing: bytes) -> None:
    """A deep element fails alone, or the array with it where it is too deep to read; there is no other error."""
    deep = a_row_with(meaning=opening * depth + b"1" + closing * depth)
    try:
        assert [row.event and row.event.id for row in read_rows(b"[" + deep + b"," + a_row("b") + b"]")] == [None, "b"]
    except UnreadableDocument as error:
        assert "Invalid JSON" in str(error)  # noqa: PT017 -- either is right


@given(st.binary() | st.text(st.sampled_from('[]{},:"\\ \n\r1-ae.tu')).map(str.encode))
def test_no_text_brings_anything_but_rows_or_a_refusal(text: bytes) -> None:
    """Whatever is sent, it is read, reported by row or refused, and every row says what is wrong with it."""
    try:
        for number, row in enumerate(read_rows(text), start=1):
            assert row.number == number
            assert 1 <= row.line <= 1 + text.count(b"\n")
            assert (row.event is None) == bool(row.errors)
    except UnreadableDocument as error:
        assert " line " in str(error)  # noqa: PT017 -- either is right
