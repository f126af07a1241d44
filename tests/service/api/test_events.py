"""The routes of events: what is stored, listed, found and refused."""

import json

import pytest
from httpx2 import AsyncClient

from service.documents import write_document
from tests.build import NOW, an_event, two_stories
from tests.service.api.calls import FULL, SENT, assert_refused, personal_signals, read, refused
from tests.service.test_app import assert_problem, put


async def test_an_event_is_created_replaced_and_deleted(client: AsyncClient) -> None:
    """Each shows at once in the catalogue and in feeds."""
    created = await put(client, FULL)
    assert (created.status_code, created.json()) == (201, SENT)
    assert await read(client, "/v1/events/full") == SENT
    assert "full" in await personal_signals(client)

    replaced = await client.put("/v1/events/full", json=SENT | {"signal": 9.0})
    assert (replaced.status_code, replaced.json()["signal"]) == (200, 9.0)
    assert (await personal_signals(client))["full"] == 9.0

    deleted = await client.delete("/v1/events/full")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert_problem(await client.get("/v1/events/full"), 404, "unknown-event")
    assert "full" not in await personal_signals(client)


async def test_an_event_that_was_read_can_be_written_back(client: AsyncClient) -> None:
    """With its `source_count`, and nothing changes."""
    before = await read(client, "/v1/events")

    answer = await client.put("/v1/events/c1", json=await read(client, "/v1/events/c1"))

    assert answer.status_code == 200
    assert await read(client, "/v1/events") == before


async def test_times_are_kept_in_utc(client: AsyncClient) -> None:
    """Whatever the zone in which they were sent."""
    await client.put("/v1/events/full", json=SENT | {"published_at": "2026-04-03T01:30:00+02:00"})

    assert (await read(client, "/v1/events/full"))["published_at"] == "2026-04-02T23:30:00Z"


@pytest.mark.parametrize("separator", [b",\n", b"\n", b"\r\n\r\n"], ids=["array", "ndjson", "ndjson with empty lines"])
async def test_a_bad_row_fails_alone(client: AsyncClient, separator: bytes) -> None:
    """The good rows of a batch are stored, and each row is reported on."""
    [c1, *_] = two_stories()
    rows = [
        write_document(FULL),
        b'{"id": "bad", "signal": 31337}',
        write_document(c1),
        json.dumps(SENT | {"id": "c2"}).encode(),
        b"[7]",
    ]
    batch = separator.join(rows)

    answer = await client.post("/v1/events", content=b"[" + batch + b"]" if separator == b",\n" else batch)

    said = answer.json()
    assert answer.status_code == 200
    assert [said[name] for name in ("created", "replaced", "unchanged", "invalid")] == [1, 1, 1, 2]
    assert [(row["row"], row["id"], row["status"]) for row in said["rows"]] == [
        (1, "full", "created"),
        (2, "bad", "invalid"),
        (3, "c1", "unchanged"),
        (4, "c2", "replaced"),
        (5, None, "invalid"),
    ]
    assert {error["field"] for error in said["rows"][1]["errors"]} == {"title", "category", "published_at", "signal"}
    assert "31337" not in answer.text
    assert (await read(client, "/v1/events/full"))["title"] == FULL.title
    assert (await read(client, "/v1/events/c2"))["title"] == FULL.title
    assert (await client.get("/v1/events/bad")).status_code == 404


@pytest.mark.parametrize("depth", [100, 500, 1_000, 100_000])
async def test_a_deep_row_is_refused(client: AsyncClient, depth: int) -> None:
    """Alone, or with the whole array where it is too deep to be sure of the rest; it never breaks the service."""
    batch = b"[" + b"[" * depth + b"]" * depth + b"," + write_document(FULL) + b"]"

    answer = await client.post("/v1/events", content=batch)

    if depth > 100 and answer.status_code == 400:
        assert_problem(answer, 400, "unreadable-document")
    else:
        assert [row["status"] for row in answer.json()["rows"]] == ["invalid", "created"]


async def test_an_empty_batch_stores_nothing(client: AsyncClient) -> None:
    """And that is no error."""
    answer = await client.post("/v1/events", content=b"[]")

    assert (answer.status_code, answer.json()["rows"]) == (200, [])


async def test_the_catalogue_is_listed_newest_first(client: AsyncClient) -> None:
    """Page by page, of one category or of all, from any time on; of equals by id."""
    for day in (1, 2, 3):
        at = NOW.replace(year=2025, day=day)
        await put(client, an_event(f"d{day}", category="Diary", published_at=at))

    async def ids(query: str) -> list[str]:
        return [one["id"] for one in (await read(client, f"/v1/events?{query}"))["items"]]

    assert await ids("") == ["c1", "c2", "s1", "s2", "d3", "d2", "d1"]
    assert await ids("category=Diary") == ["d3", "d2", "d1"]
    assert await ids("category=Diary&since=2025-04-02T12:00:00Z") == ["d3", "d2"]
    assert await ids("category=Diary&since=2025-04-02T14:00:01%2B02:00") == ["d3"]
    first = await read(client, "/v1/events?limit=6")
    assert [one["id"] for one in first["items"]] == ["c1", "c2", "s1", "s2", "d3", "d2"]
    assert await ids(f"limit=6&cursor={first['next_cursor']}") == ["d1"]


async def test_similar_events_share_words(client: AsyncClient) -> None:
    """The nearest first, with the words that make them so; what shares none is left out."""
    await put(client, FULL)

    found = await read(client, "/v1/events/c1/similar")

    assert (found["event_id"], found["folded"]) == ("c1", [])
    assert [one["event"]["id"] for one in found["items"]] == ["c2", "full"]
    assert {"comet", "Jupiter"} <= set(found["items"][0]["shared_terms"])
    assert 1 > found["items"][0]["similarity"] > found["items"][1]["similarity"] > 0
    [nearest] = (await read(client, "/v1/events/c1/similar?limit=1"))["items"]
    assert nearest["event"]["id"] == "c2"


async def test_near_duplicates_fold_in_similar_events(client: AsyncClient) -> None:
    """Those of the event itself are named beside it, and of others only one stands for all."""
    [c1, c2, *_] = two_stories()
    await put(client, an_event("c1-again", c1.title, summary=c1.summary))
    await put(client, an_event("c2-again", c2.title, summary=c2.summary))

    found = await read(client, "/v1/events/c1/similar")

    assert found["folded"] == ["c1-again"]
    assert [(one["event"]["id"], one["folded"]) for one in found["items"]] == [("c2", ["c2-again"])]


# What is refused. Each value that is sent has a mark in it that must not come back.

FIELDS = {
    "an empty title": ("title", '""', "title"),
    "a blank title": ("title", '"   "', "title"),
    "a title of a number": ("title", "31337", "title"),
    "a long title": ("title", json.dumps("m4rk" * 126), "title"),
    "no category": ("category", '""', "category"),
    "a time without zone": ("published_at", '"2026-04-03T09:00:00.31337"', "published_at"),
    "a day": ("published_at", '"2026-04-03"', "published_at"),
    "a year": ("published_at", '"2026"', "published_at"),
    "seconds in quotes": ("published_at", '"1775231337"', "published_at"),
    "seconds": ("published_at", "1775231337", "published_at"),
    "no time": ("published_at", '"m4rk"', "published_at"),
    "a time before time": ("published_at", '"0001-01-01T00:00:00.31337+14:00"', "published_at"),
    "a signal too low": ("signal", "-0.31337", "signal"),
    "a signal too high": ("signal", "10.31337", "signal"),
    "an endless signal": ("signal", "31337e999", "signal"),
    "a signal that is no number": ("signal", "NaN", "signal"),
    "a boolean signal": ("signal", "true", "signal"),
    "a signal in quotes": ("signal", '"7.31337"', "signal"),
    "no list of summary": ("summary", '"m4rk"', "summary"),
    "an empty summary point": ("summary", '["m4rk", ""]', "summary.1"),
    "an unknown kind": ("details", '[{"kind": "m4rk", "headline": "m4rk"}]', "details.0.kind"),
    "an unknown field of a detail": (
        "details",
        '[{"kind": "stat", "headline": "a", "body": "m4rk"}]',
        "details.0.body",
    ),
    "a source without a name": ("sources", '[{"url": "https://m4rk.example"}]', "sources.0.name"),
    "a script for an address": ("sources", '[{"name": "a", "url": "javascript:m4rk"}]', "sources.0.url"),
    "a language in capitals": ("language", '"M4RK-m4rk"', "language"),
    "an unknown field": ("mood", '"m4rk"', "mood"),
    "an id with a space": ("id", '"m4rk 1"', "id"),
    "another id than in the address": ("id", '"m4rk-2"', "id"),
}
QUERIES = {
    "since without zone": ("since=2026-04-03T09:17:31", "since"),
    "since a year": ("since=2026", "since"),
    "since a word": ("since=m4rk", "since"),
    "a long cursor": ("cursor=" + "m4rk" * 126, "cursor"),
    "a long category": ("category=" + "m4rk" * 26, "category"),
}
CURSORS = {"no base64": "%2F%2Fm4rk", "no UTF-8": "%FF", "a number": "MA", "no JSON": "bTRyaw", "half a place": "WzBd"}


@refused
@pytest.mark.parametrize(("name", "value", "field"), FIELDS.values(), ids=FIELDS)
async def test_a_bad_field_of_an_event_is_named(refusing: AsyncClient, name: str, value: str, field: str) -> None:
    """By its place, with what would be right, and without what was sent."""
    fields = {key: json.dumps(one) for key, one in (SENT | {"id": "m4rk-1"}).items()} | {name: value}

    answer = await refusing.put(
        "/v1/events/m4rk-1", content="{" + ", ".join(f'"{key}": {one}' for key, one in fields.items()) + "}"
    )

    assert_refused(answer, 422, "invalid-document", field)


@refused
@pytest.mark.parametrize("body", [b"", b"  \n ", b"[", b'[{"id": "m4rk"}', b"[" * 100_000, b'["m4rk\xff"]'], ids=repr)
async def test_a_broken_batch_is_refused_as_a_whole(refusing: AsyncClient, body: bytes) -> None:
    """Of a broken array no row can be trusted to be whole."""
    answer = await refusing.post("/v1/events", content=body)

    assert "line" in assert_refused(answer, 400, "unreadable-document")["detail"]


@refused
@pytest.mark.parametrize("unknown", [{"m4rk" * 5_000: 1}, {f"m4rk{n}": n for n in range(5_000)}], ids=["long", "many"])
async def test_a_refusal_is_short(refusing: AsyncClient, unknown: dict[str, int]) -> None:
    """However long or many the unknown fields: an answer must not be a copy of what was sent."""
    answer = await refusing.put("/v1/events/full", json=SENT | unknown)

    assert_problem(answer, 422, "invalid-document")
    assert len(answer.content) < 5_000


@refused
@pytest.mark.parametrize(("query", "field"), QUERIES.values(), ids=QUERIES)
async def test_a_bad_query_of_the_catalogue_is_named(refusing: AsyncClient, query: str, field: str) -> None:
    """The part that is wrong, without what was sent."""
    assert_refused(await refusing.get(f"/v1/events?{query}"), 422, "invalid-document", field)


@refused
@pytest.mark.parametrize("cursor", CURSORS.values(), ids=CURSORS)
async def test_a_cursor_of_the_catalogue_is_one_that_was_given_out(refusing: AsyncClient, cursor: str) -> None:
    """Another is refused, with what to do instead."""
    said = assert_refused(await refusing.get(f"/v1/events?cursor={cursor}"), 400, "invalid-cursor")

    assert "was not given out here" in said["detail"]
