"""Documents: reading what callers send (one event, a JSON array, NDJSON), saying what is wrong with it, and writing."""

import codecs
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

import orjson
from pydantic import TypeAdapter, ValidationError

from ranking.errors import SignalfeedError
from ranking.event import Event, Id

_EVENT = TypeAdapter(Event)
T = TypeVar("T")

_MAX_ERRORS = 20  # told of one document; whoever sends thousands needs no list of them
_MAX_NAME = 100  # characters of a field's name, which may be the sender's own

# pydantic's own words speak of arguments and input; a caller thinks in fields.
_MESSAGES = {
    "missing": "is required",
    "missing_argument": "is required",
    "unexpected_keyword_argument": "is not a field that is known here",
    "extra_forbidden": "is not a field that is known here",
    "timezone_aware": "needs a time zone, as in 2026-04-03T09:00:00Z",
    "dataclass_type": "should be an object",
}
# A pattern says what is right to a program; these say it to a person.
_PATTERN_MESSAGES = {
    r"^[A-Za-z0-9._~-]+$": "should be 1 to 128 of A-Z a-z 0-9 . _ ~ -",
    r"^[a-z]{2,3}$": "should be a language code, as en",
    r"^(word|source|category|language):[\s\S]": "should be word:…, source:… or category:…",
    r"^https?://[^\s]+$": "should be an address that begins with http:// or https://",
    r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}": "should be a time with a zone, as 2026-04-03T09:00:00Z",
    r"^(redis|rediss|unix)://": "should begin with redis://, rediss:// or unix://",
}
# Where people send what looks right: the name of the field, and what the sort of error would not tell them.
_FIELD_MESSAGES = {
    "min_profile_version": "should be a whole number, the `revision` of a receipt",
    "since": "should be a time with a zone, as 2026-04-03T09:00:00Z; in an address + is written %2B",
}
_PLACE = re.compile(r" at line \d+ column \d+$")
_SPACE = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class _Named:
    """Anything with an id."""

    id: Id


_NAMED = TypeAdapter(_Named)


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field, and what would be right. An empty field is the document as a whole."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


class InvalidDocument(SignalfeedError):
    """A document that was read but whose fields are not right."""

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        super().__init__("; ".join(map(str, errors)))
        self.errors = errors


class UnreadableDocument(SignalfeedError):
    """Something that is not JSON at all."""


class RowStatus(StrEnum):
    """What became of a row that was sent."""

    CREATED = "created"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a batch: an event or what is wrong with it. `number` counts rows from 1, `line` lines of the text;
    `id` is the event's, where the row has one that can be read."""

    number: int
    line: int
    event: Event | None
    errors: tuple[FieldError, ...] = ()
    id: str | None = None


def write_document(document: object) -> bytes:
    """A document as JSON; times end in Z."""
    return orjson.dumps(document, option=orjson.OPT_UTC_Z)


def read_document(adapter: TypeAdapter[T], body: bytes) -> T:
    """The one document in `body`; raises UnreadableDocument or InvalidDocument."""
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
        if errors[0]["type"] == "json_invalid":
            raise UnreadableDocument(errors[0]["msg"]) from error
        raise InvalidDocument(field_errors([{**one} for one in errors])) from error


def read_rows(text: bytes) -> Iterator[Row]:
    """The rows of a JSON array or of NDJSON, good and bad; empty lines of NDJSON are passed over, and a single object
    may stand over several lines.

    Raises UnreadableDocument where there is nothing to read, or where an array is broken: none of its rows can then
    be trusted to be whole. A broken line of NDJSON is a bad row.
    """
    text = text.removeprefix(codecs.BOM_UTF8)
    if not text.strip():
        raise UnreadableDocument("Nothing at line 1: a JSON array or NDJSON of events is expected")
    for number, (line, document) in enumerate(_documents(text), start=1):
        yield _row(number, line, document)


def field_errors(errors: Sequence[Mapping[str, Any]], skipped: int = 0) -> tuple[FieldError, ...]:
    """What is wrong, field by field, without repeating what was sent. `errors` are pydantic's; the first `skipped`
    parts of each one's place are left out."""
    return tuple(
        FieldError(
            ".".join(str(part) for part in error["loc"][skipped:])[:_MAX_NAME],
            _message(error),
        )
        for error in errors[:_MAX_ERRORS]
    )


def _message(error: Mapping[str, Any]) -> str:
    if error["type"] == "value_error":  # said by our own code, of several fields together
        return str(error["ctx"]["error"])
    place = error["loc"]
    if place[:1] == ("query",) and place[-1] in _FIELD_MESSAGES:
        return _FIELD_MESSAGES[place[-1]]
    pattern = error.get("ctx", {}).get("pattern")
    known: str | None = _PATTERN_MESSAGES.get(pattern) or _MESSAGES.get(error["type"])
    return known or str(error["msg"])


def _documents(text: bytes) -> Iterator[tuple[int, bytes]]:
    """Each row's line and JSON."""
    if text.lstrip()[:1] == b"[":
        yield from list(_elements(_decoded(text)))  # as a list: a broken array has no rows
    elif _is_one_object(text):
        yield 1 + text[: len(text) - len(text.lstrip())].count(b"\n"), text
    else:
        yield from ((line, one) for line, one in enumerate(text.split(b"\n"), start=1) if one.strip())


def _row(number: int, line: int, document: bytes) -> Row:
    try:
        event = read_document(_EVENT, document)
    except UnreadableDocument as error:
        # The place within the row would contradict the row's own.
        return Row(number, line, None, (FieldError("", _PLACE.sub("", str(error))),))
    except InvalidDocument as error:
        return Row(number, line, None, error.errors, _id_in(document))
    return Row(number, line, event, id=event.id)


def _id_in(document: bytes) -> str | None:
    """The id of an event whose other fields are wrong, so that its sender knows which it is."""
    try:
        return _NAMED.validate_json(document).id
    except ValidationError:
        return None


def _is_one_object(text: bytes) -> bool:
    """Whether the text is one JSON object and nothing else."""
    try:
        return isinstance(orjson.loads(text), dict)
    except orjson.JSONDecodeError:
        return False


def _elements(text: str) -> Iterator[tuple[int, bytes]]:
    """The line and the JSON of each element of an array; raises UnreadableDocument where it breaks."""
    # Numbers are kept as they are written: whether they are good is for the row to say.
    decoder = json.JSONDecoder(parse_int=str, parse_float=str)
    line, counted = 1, 0
    position = _after_space(text, text.index("[") + 1)
    while not text.startswith("]", position):
        try:
            _, end = decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            raise _broken(text, error.pos, error.msg) from error
        except RecursionError as error:
            raise _broken(text, position, "nested too deeply") from error
        line, counted = line + text.count("\n", counted, position), position
        yield line, text[position:end].encode("utf-8", "surrogatepass")
        position = _after_space(text, end)
        if text.startswith(",", position):
            position = _after_space(text, position + 1)
            if text.startswith("]", position):
                raise _broken(text, position, "Expecting value")
        elif not text.startswith("]", position):
            raise _broken(text, position, "Expecting ',' or ']'")
    if (end := _after_space(text, position + 1)) < len(text):
        raise _broken(text, end, "Extra data")


def _broken(text: str, position: int, message: str) -> UnreadableDocument:
    line, column = 1 + text.count("\n", 0, position), position - text.rfind("\n", 0, position)
    return UnreadableDocument(f"Invalid JSON: {message} at line {line} column {column}")


def _after_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _decoded(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        raise _broken(text[: error.start].decode(), error.start, "not UTF-8") from error
