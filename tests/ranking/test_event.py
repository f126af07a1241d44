"""What an event may say, as the service reads it (pydantic, from JSON, strict) and as the core builds it."""

import json
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from ranking.event import Detail, DetailKind, Event, Source
from tests.build import an_event

EVENT = TypeAdapter(Event)
SCHEMA = EVENT.json_schema()
REQUIRED = {
    "id": "c1",
    "title": "Comet nears Jupiter",
    "category": "Space",
    "published_at": "2026-04-03T09:00:00Z",
    "signal": 7.5,
}
FULL = REQUIRED | {
    "summary": ["Astronomers watch.", "It is bright."],
    "details": [{"kind": "stat", "headline": "Speed", "text": "40 km/s"}, {"kind": "context", "headline": "History"}],
    "meaning": "No danger.",
    "sources": [{"name": "Gazette", "title": "A comet!", "url": "https://gazette.example/1"}, {"name": "Herald"}],
    "language": "de",
}


def read(**fields: Any) -> Event:
    """The event with these fields, and the required ones, as the service reads it."""
    return EVENT.validate_json(json.dumps(REQUIRED | fields))


def refusals(document: dict[str, Any]) -> list[tuple[str, str]]:
    """Where a document is wrong, and why."""
    with pytest.raises(ValidationError) as refused:
        EVENT.validate_json(json.dumps(document))
    return [(".".join(map(str, one["loc"])), one["type"]) for one in refused.value.errors()]


class Nowhere(tzinfo):
    """A time zone that does not know how far it is from UTC."""

    def utcoffset(self, moment: datetime | None) -> None: ...
    def dst(self, moment: datetime | None) -> None: ...
    def tzname(self, moment: datetime | None) -> str:
        return "nowhere"


def test_the_five_required_fields_are_enough() -> None:
    """Everything else has a default: no text, no sources, English."""
    assert read() == Event(
        id="c1",
        title="Comet nears Jupiter",
        category="Space",
        published_at=datetime(2026, 4, 3, 9, tzinfo=UTC),
        signal=7.5,
        summary=(),
        details=(),
        meaning="",
        sources=(),
        language="en",
        source_count=0,
    )


def test_every_field_is_read_into_the_cores_own_types() -> None:
    """Details and sources become dataclasses, lists become tuples."""
    event = read(**FULL)
    assert event.summary == ("Astronomers watch.", "It is bright.")
    assert event.details == (Detail(DetailKind.STAT, "Speed", "40 km/s"), Detail(DetailKind.CONTEXT, "History", ""))
    assert event.meaning == "No danger."
    assert event.sources == (Source("Gazette", "A comet!", "https://gazette.example/1"), Source("Herald", None, None))
    assert event.language == "de"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "a"),
        ("id", "AZaz09._~-" * 12 + "12345678"),
        ("title", "x" * 500),
        ("category", "x" * 100),
        ("signal", 0),
        ("signal", 10),
        ("summary", ["x" * 500] * 50),
        ("details", [{"kind": "stat", "headline": "x" * 500, "text": "x" * 10_000}] * 100),
        ("details", [{"kind": kind, "headline": "x", "text": ""} for kind in DetailKind]),
        ("meaning", "x" * 10_000),
        ("sources", [{"name": "x" * 500, "title": "x" * 500, "url": "https://" + "x" * 1_992}] * 200),
        ("sources", [{"name": "Gazette", "title": "", "url": "http://a"}]),
        ("sources", [{"name": "Gazette", "title": None, "url": None}]),
        ("language", "en"),
        ("language", "gsw"),
    ],
)
def test_a_value_at_its_limit_is_taken(field: str, value: Any) -> None:
    """The limits themselves are allowed, and kept as they are."""
    assert EVENT.dump_python(read(**{field: value}), mode="json")[field] == value


@pytest.mark.parametrize(
    ("field", "value", "where", "why"),
    [
        ("id", "", "id", "string_too_short"),
        ("id", "a" * 129, "id", "string_too_long"),
        ("id", "a b", "id", "string_pattern_mismatch"),
        ("id", "a/b", "id", "string_pattern_mismatch"),
        ("id", "é", "id", "string_pattern_mismatch"),
        ("id", "a\n", "id", "string_pattern_mismatch"),
        ("id", 1, "id", "string_type"),
        ("title", "", "title", "string_too_short"),
        ("title", " \n", "title", "string_too_short"),
        ("title", "x" * 501, "title", "string_too_long"),
        ("title", None, "title", "string_type"),
        ("category", " ", "category", "string_too_short"),
        ("category", "x" * 101, "category", "string_too_long"),
        ("signal", -0.001, "signal", "greater_than_equal"),
        ("signal", 10.001, "signal", "less_than_equal"),
        ("signal", float("nan"), "signal", "finite_number"),
        ("signal", float("inf"), "signal", "finite_number"),
        ("signal", "5", "signal", "float_type"),
        ("signal", True, "signal", "float_type"),
        ("summary", "Comet", "summary", "tuple_type"),
        ("summary", ["x"] * 51, "summary", "too_long"),
        ("summary", ["x", " "], "summary.1", "string_too_short"),
        ("summary", ["x" * 501], "summary.0", "string_too_long"),
        ("details", [{"kind": "stat", "headline": "x"}] * 101, "details", "too_long"),
        ("details", [{"kind": "rumour", "headline": "x"}], "details.0.kind", "enum"),
        ("details", [{"kind": "stat", "headline": ""}], "details.0.headline", "string_too_short"),
        ("details", [{"kind": "stat", "headline": "x" * 501}], "details.0.headline", "string_too_long"),
        ("details", [{"kind": "stat", "headline": "x", "text": "x" * 10_001}], "details.0.text", "string_too_long"),
        (
            "details",
            [{"kind": "stat", "headline": "x", "number": 1}],
            "details.0.number",
            "unexpected_keyword_argument",
        ),
        ("meaning", "x" * 10_001, "meaning", "string_too_long"),
        ("sources", [{"name": "x"}] * 201, "sources", "too_long"),
        ("sources", [{"name": ""}], "sources.0.name", "string_too_short"),
        ("sources", [{"name": "x" * 501}], "sources.0.name", "string_too_long"),
        ("sources", [{"name": "x", "title": "x" * 501}], "sources.0.title", "string_too_long"),
        ("sources", [{"name": "x", "url": "ftp://a"}], "sources.0.url", "string_pattern_mismatch"),
        ("sources", [{"name": "x", "url": "javascript:alert()"}], "sources.0.url", "string_pattern_mismatch"),
        ("sources", [{"name": "x", "url": "https://"}], "sources.0.url", "string_pattern_mismatch"),
        ("sources", [{"name": "x", "url": "https://a b"}], "sources.0.url", "string_pattern_mismatch"),
        ("sources", [{"name": "x", "url": "https://a\n"}], "sources.0.url", "string_pattern_mismatch"),
        ("sources", [{"name": "x", "url": "https://" + "x" * 1_993}], "sources.0.url", "string_too_long"),
        ("sources", [{"name": "x", "feed": "y"}], "sources.0.feed", "unexpected_keyword_argument"),
        ("language", "e", "language", "string_pattern_mismatch"),
        ("language", "EN", "language", "string_pattern_mismatch"),
        ("language", "en-GB", "language", "string_pattern_mismatch"),
        ("language", "engl", "language", "string_pattern_mismatch"),
        ("source_count", "two", "source_count", "int_parsing"),
        ("rank", 1, "rank", "unexpected_keyword_argument"),
    ],
)
def test_a_value_beyond_its_limit_is_refused_where_it_stands(field: str, value: Any, where: str, why: str) -> None:
    """The refusal names the one place that is wrong; nothing is cut, rounded or passed over in silence."""
    assert refusals(REQUIRED | {field: value}) == [(where, why)]


@pytest.mark.parametrize("field", REQUIRED)
def test_a_required_field_cannot_be_left_out(field: str) -> None:
    """Without one of the five there is no event."""
    rest = {name: value for name, value in REQUIRED.items() if name != field}
    assert [where for where, _ in refusals(rest)] == [field]


def test_space_around_a_line_is_taken_off_before_it_is_measured() -> None:
    """Titles, summaries, headlines, names and categories are trimmed, and only then counted."""
    event = read(
        title="  " + "x" * 500 + "\n",
        category=" Space ",
        summary=[" It is bright. "],
        details=[{"kind": "stat", "headline": " Speed "}],
        sources=[{"name": " Gazette "}],
    )
    assert (event.title, event.category, event.summary) == ("x" * 500, "Space", ("It is bright.",))
    assert (event.details[0].headline, event.sources[0].name) == ("Speed", "Gazette")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2026-04-03T09:00:00Z", datetime(2026, 4, 3, 9, tzinfo=UTC)),
        ("2026-04-03T09:00:00+02:00", datetime(2026, 4, 3, 7, tzinfo=UTC)),
        ("2026-04-03T22:15:00-05:30", datetime(2026, 4, 4, 3, 45, tzinfo=UTC)),
        ("2026-04-03T09:00:00.25Z", datetime(2026, 4, 3, 9, 0, 0, 250_000, tzinfo=UTC)),
        ("0001-01-02T00:00:00Z", datetime(1, 1, 2, tzinfo=UTC)),
        ("9999-12-30T23:59:59Z", datetime(9999, 12, 30, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_moment_is_kept_in_utc(written: str, kept: datetime) -> None:
    """Wherever it was written down, it is the same moment and its zone is UTC."""
    published_at = read(published_at=written).published_at
    assert published_at == kept
    assert published_at.tzinfo is UTC


@given(
    st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31)),
    st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
def test_the_same_moment_makes_the_same_event_in_every_zone(naive: datetime, zone: timezone) -> None:
    """Two callers in two zones who mean the same event send the same event."""
    moment = naive.replace(tzinfo=UTC)
    here, there = an_event("c1", published_at=moment), an_event("c1", published_at=moment.astimezone(zone))
    assert there == here
    assert there.published_at.isoformat() == here.published_at.isoformat()


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("2026-04-03T09:00:00", "timezone_aware"),
        ("2026-04-03", "string_pattern_mismatch"),
        ("2026-02-30T09:00:00Z", "datetime_from_date_parsing"),
        ("2026-04-03T09:00:00+25:00", "datetime_from_date_parsing"),
        ("yesterday", "string_pattern_mismatch"),
        ("20260403", "string_pattern_mismatch"),
        (1_775_206_800, "string_type"),
        ("0001-01-01T00:00:00+14:00", "greater_than_equal"),
        ("9999-12-31T23:59:59-01:00", "less_than"),
    ],
)
def test_what_is_not_a_moment_is_refused(written: Any, why: str) -> None:
    """A date, a number and a time without a zone leave open when it was; the ends of the calendar have no UTC."""
    assert refusals(REQUIRED | {"published_at": written}) == [("published_at", why)]


@pytest.mark.parametrize("written", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-01:00"])
def test_a_moment_that_utc_has_no_year_for_is_refused(written: str) -> None:
    """It is refused like any other wrong value instead of breaking whoever reads it."""
    with pytest.raises(ValueError, match="published_at of event 'c1' is outside the years 1 to 9999 in UTC"):
        an_event("c1", published_at=datetime.fromisoformat(written))


@pytest.mark.parametrize("zone", [None, Nowhere()], ids=["no zone", "a zone without an offset"])
def test_the_core_takes_no_moment_without_a_zone(zone: tzinfo | None) -> None:
    """Otherwise the event's time would depend on where the machine stands."""
    with pytest.raises(ValueError, match="published_at of event 'c1' has no time zone"):
        an_event("c1", published_at=datetime(2026, 4, 3, 9, tzinfo=zone))


def test_source_count_is_the_number_of_sources() -> None:
    """It follows from the sources."""
    assert read(sources=[{"name": "Gazette"}, {"name": "Herald"}]).source_count == 2


@pytest.mark.parametrize("claimed", [-1, 0, 99])
def test_a_given_source_count_is_replaced(claimed: int) -> None:
    """What is claimed does not count."""
    assert read(sources=[{"name": "Gazette"}], source_count=claimed).source_count == 1


def test_an_event_that_was_read_can_be_written_back_as_it_is() -> None:
    """Reading and writing change nothing more, source_count included."""
    written = EVENT.dump_json(read(**FULL))
    assert json.loads(written)["source_count"] == 2
    assert EVENT.dump_json(EVENT.validate_json(written)) == written


def test_an_event_says_everything_in_words() -> None:
    """Title, summary, details and meaning, each on lines of its own; what is not said aloud stays out."""
    assert read(**FULL).text.split("\n") == [
        "Comet nears Jupiter",
        "Astronomers watch.",
        "It is bright.",
        "Speed",
        "40 km/s",
        "History",
        "",
        "No danger.",
    ]


def test_an_event_cannot_be_changed() -> None:
    """A corpus may share it with everybody."""
    with pytest.raises(FrozenInstanceError):
        an_event("c1").signal = 10.0  # type: ignore[misc]


@pytest.mark.parametrize(
    ("field", "limits"),
    [
        ("id", {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[A-Za-z0-9._~-]+$"}),
        ("title", {"type": "string", "minLength": 1, "maxLength": 500}),
        ("category", {"type": "string", "minLength": 1, "maxLength": 100}),
        ("published_at", {"type": "string", "format": "date-time"}),
        ("signal", {"type": "number", "minimum": 0, "maximum": 10}),
        ("summary", {"maxItems": 50, "items": {"type": "string", "minLength": 1, "maxLength": 500}}),
        ("details", {"maxItems": 100, "items": {"$ref": "#/$defs/Detail"}}),
        ("meaning", {"type": "string", "maxLength": 10_000}),
        ("sources", {"maxItems": 200, "items": {"$ref": "#/$defs/Source"}}),
        ("language", {"type": "string", "pattern": "^[a-z]{2,3}$", "default": "en"}),
    ],
)
def test_the_json_schema_states_the_limits_of_every_field(field: str, limits: dict[str, Any]) -> None:
    """A generated client knows what is accepted before it asks."""
    assert limits.items() <= SCHEMA["properties"][field].items()


def test_the_json_schema_describes_the_parts_of_an_event_and_allows_nothing_unknown() -> None:
    """Details and sources are described as closely as the event; five fields are required."""
    detail, source = SCHEMA["$defs"]["Detail"], SCHEMA["$defs"]["Source"]
    assert SCHEMA["$defs"]["DetailKind"]["enum"] == ["stat", "insight", "context", "research"]
    assert (detail["properties"]["headline"]["maxLength"], detail["properties"]["text"]["maxLength"]) == (500, 10_000)
    assert source["properties"]["url"]["anyOf"] == [
        {"type": "string", "maxLength": 2_000, "pattern": r"^https?://[^\s]+$"},
        {"type": "null"},
    ]
    assert [SCHEMA["required"], detail["required"], source["required"]] == [[*REQUIRED], ["kind", "headline"], ["name"]]
    assert not any(part["additionalProperties"] for part in (SCHEMA, detail, source))
