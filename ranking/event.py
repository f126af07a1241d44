"""Event: the thing ranked, exactly as callers send it, the store keeps it and answers carry it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar


class Limits:
    """The values a field may take, in the words of a pydantic core schema (`ge`, `max_length`, `pattern`, …).

    Whoever validates outside the core (the service) merges them into the field's schema and so into OpenAPI;
    the core itself needs no validator to say what it accepts.
    """

    def __init__(self, **allowed: Any) -> None:
        self.allowed = allowed

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], Any]) -> Any:
        return {**handler(source), **self.allowed}


class Rfc3339(Limits):
    """The limits of a moment, which must be written as RFC 3339 has it; a number in quotes is not read as seconds."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], Any]) -> Any:
        written = {"type": "str", "pattern": r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}"}
        moment = {**handler(source), **self.allowed}
        shown = {"pydantic_js_updates": {"format": "date-time"}}
        return {"type": "chain", "steps": [written, moment], "metadata": shown}


Id = Annotated[str, Limits(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9._~-]+$")]
Line = Annotated[str, Limits(min_length=1, max_length=500, strip_whitespace=True)]
Paragraph = Annotated[str, Limits(max_length=10_000)]
Moment = Annotated[
    datetime,
    # A day from either end of the calendar, so that every moment has a name in every zone.
    Rfc3339(tz_constraint="aware", ge=datetime(1, 1, 2, tzinfo=UTC), lt=datetime(9999, 12, 31, tzinfo=UTC)),
]
Signal = Annotated[float, Limits(ge=0, le=10, allow_inf_nan=False, strict=True)]
Language = Annotated[str, Limits(pattern=r"^[a-z]{2,3}$")]
WebAddress = Annotated[str, Limits(max_length=2_000, pattern=r"^https?://[^\s]+$")]


class DetailKind(StrEnum):
    """What a detail is: a number, somebody's analysis, background, or a technical capability."""

    STAT = "stat"
    INSIGHT = "insight"
    CONTEXT = "context"
    RESEARCH = "research"


@dataclass(frozen=True, slots=True)
class Detail:
    """One numbered detail of an event."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    kind: DetailKind
    headline: Line
    text: Paragraph = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A publisher that reported the event; `title` and `url` of its article where they are known."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    name: Line
    title: Annotated[str, Limits(max_length=500)] | None = None
    url: WebAddress | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A news story. `signal` is its global importance, 0–10; `published_at` is kept in UTC.

    `source_count` follows from `sources`: a value given for it is replaced, so that an event that was read can be
    written back as it is.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    id: Id
    title: Line
    category: Annotated[str, Limits(min_length=1, max_length=100, strip_whitespace=True)]
    published_at: Moment
    signal: Signal
    summary: Annotated[tuple[Line, ...], Limits(max_length=50)] = ()
    details: Annotated[tuple[Detail, ...], Limits(max_length=100)] = ()
    meaning: Paragraph = ""
    sources: Annotated[tuple[Source, ...], Limits(max_length=200)] = ()
    language: Language = "en"
    source_count: int = field(default=0)

    def __post_init__(self) -> None:
        """Raises ValueError where `published_at` has no time zone, or no place in the years 1 to 9999 of UTC."""
        if self.published_at.utcoffset() is None:
            raise ValueError(f"published_at of event {self.id!r} has no time zone")
        try:
            object.__setattr__(self, "published_at", self.published_at.astimezone(UTC))
        except OverflowError as error:
            raise ValueError(f"published_at of event {self.id!r} is outside the years 1 to 9999 in UTC") from error
        object.__setattr__(self, "source_count", len(self.sources))

    @property
    def text(self) -> str:
        """Everything the event says in words: title, summary, details and meaning."""
        spoken = [self.title, *self.summary, *(f"{d.headline}\n{d.text}" for d in self.details), self.meaning]
        return "\n".join(spoken)
