"""The HTTP contract, route by route, on a real store: what each answers, what it refuses, and what OpenAPI says."""

import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio
from httpx2 import AsyncClient, Response
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from ranking.event import Detail, DetailKind, Source
from service.app import create_app
from service.documents import write_document
from service.embedded import EmbeddedStore
from service.settings import Settings
from tests.build import NOW, an_event, two_stories
from tests.service.test_app import assert_problem, put, ready

USER = "/v1/users/ada"
FEED = f"{USER}/feed"
C1 = f"{USER}/adjustments/c1"
MAX_BODY_BYTES = 1_000_000

# Everything an event can have.
FULL = an_event(
    "full",
    "Comet lander touches down",
    summary=("The comet has a visitor.",),
    details=(Detail(DetailKind.STAT, "Ten years", "It flew for ten years."),),
    sources=(Source("Gazette", "Touchdown", "https://example.org/comet"),),
)
SENT = json.loads(write_document(FULL))

EVENT = {
    "id", "title", "category", "published_at", "signal", "summary", "details", "meaning", "sources", "language",
    "source_count",
}  # fmt: skip
DETAIL = {"kind", "headline", "text"}
SOURCE = {"name", "title", "url"}
REASON = {"kind", "label", "value", "because"}
VERSIONS = {"profile_version", "corpus_version", "degraded"}
SEEN = {"event", "score", "personal_signal", "level", "reasons"}
RECEIPT = {"": {"event_id", "level", "profile_version", "changed"}, "changed": {"term", "label", "from", "to"}}
PROBLEM = {"type", "title", "status", "detail", "errors"}

# FastAPI leaves null out of the examples that OpenAPI shows.
NULLABLE = {"level", "next_cursor", "id", "title", "url", "n_events", "corpus_version"}

# What is sent where it is wrong has one of these in it, and neither may come back.
MARKS = ("m4rk", "31337")

# For each operation a call that has a good answer, and the fields of each object in it.
GOOD: dict[str, tuple[str, str, str | None, dict[str, set[str]]]] = {
    "read_feed": ("GET", FEED, None, {
        "": {"items", "next_cursor", "request_id"} | VERSIONS,
        "items": {"rank", "folded"} | SEEN,
        "items.event": EVENT,
        "items.reasons": REASON,
    }),
    "read_event": ("GET", f"{USER}/events/c2", None, {
        "": {"adjustments"} | SEEN | VERSIONS,
        "event": EVENT,
        "reasons": REASON,
        "adjustments": REASON,
    }),
    "adjust": ("PUT", f"{USER}/adjustments/c2", '{"level": 1}', RECEIPT),
    "undo": ("DELETE", C1, None, RECEIPT),
    "read_ledger": ("GET", f"{USER}/adjustments", None, {
        "": {"items", "profile_version"},
        "items": {"event_id", "title", "level", "at"},
    }),
    "reset": ("DELETE", f"{USER}/adjustments", None, {"": {"n_taken_back", "profile_version"}}),
    "read_profile": ("GET", f"{USER}/profile", None, {
        "": {"profile_version", "n_adjustments", "n_weights", "weights"},
        "weights": {"term", "label", "weight", "because"},
        "weights.because": {"event_id", "level", "value"},
    }),
    "list_events": ("GET", "/v1/events", None, {"": {"items", "next_cursor", "corpus_version"}, "items": EVENT}),
    "put_events": ("POST", "/v1/events", json.dumps([SENT, {"id": "bad"}]), {
        "": {"created", "replaced", "unchanged", "invalid", "rows"},
        "rows": {"row", "id", "status", "errors"},
        "rows.errors": {"field", "message"},
    }),
    "put_event": ("PUT", "/v1/events/full", json.dumps(SENT), {"": EVENT, "details": DETAIL, "sources": SOURCE}),
    "get_event": ("GET", "/v1/events/c1", None, {"": EVENT, "sources": SOURCE}),
    "read_similar": ("GET", "/v1/events/c1/similar", None, {
        "": {"event_id", "items"},
        "items": {"event", "similarity", "shared_terms"},
        "items.event": EVENT,
    }),
    "index": ("GET", "/", None, {"": {"service", "version", "links"}}),
    "health": ("GET", "/healthz", None, {"": {"status", "version", "n_events", "corpus_version"}}),
    "ready": ("GET", "/readyz", None, {"": {"status", "version", "n_events", "corpus_version"}}),
}  # fmt: skip

CONTRACT = {
    ("get", "/v1/users/{user_id}/feed"),
    ("get", "/v1/users/{user_id}/events/{event_id}"),
    ("put", "/v1/users/{user_id}/adjustments/{event_id}"),
    ("delete", "/v1/users/{user_id}/adjustments/{event_id}"),
    ("get", "/v1/users/{user_id}/adjustments"),
    ("delete", "/v1/users/{user_id}/adjustments"),
    ("get", "/v1/users/{user_id}/profile"),
    ("get", "/v1/events"),
    ("post", "/v1/events"),
    ("get", "/v1/events/{event_id}"),
    ("put", "/v1/events/{event_id}"),
    ("delete", "/v1/events/{event_id}"),
    ("get", "/v1/events/{event_id}/similar"),
    ("get", "/"),
    ("get", "/healthz"),
    ("get", "/readyz"),
}


@pytest.fixture
async def client(empty_server_url: str) -> AsyncIterator[AsyncClient]:
    """A ready service with two stories in it: c1 and c2 of a comet, s1 and s2 of a strike."""
    async with ready(empty_server_url, MAX_BODY_BYTES) as opened:
        await opened.post("/v1/events", content=write_document(two_stories()))
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def refusing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AsyncClient]:
    """The same on a store of its own, for many calls that change nothing."""
    with EmbeddedStore(tmp_path_factory.mktemp("refusing")) as embedded:
        async with ready(embedded.url, MAX_BODY_BYTES) as opened:
            await opened.post("/v1/events", content=write_document(two_stories()))
            yield opened


refused = pytest.mark.asyncio(loop_scope="module")


def assert_refused(answer: Response, status: int, kind: str, *fields: str) -> dict[str, Any]:
    """It is such a problem, names these fields, and has nothing in it of what was sent; gives what it says."""
    said = assert_problem(answer, status, kind)
    assert [error["field"] for error in said["errors"]] == list(fields)
    assert not [mark for mark in MARKS if mark in answer.text]
    return said


async def press(client: AsyncClient, event_id: str, level: int, user_id: str = "ada") -> dict[str, Any]:
    """The receipt of an adjustment."""
    answer = await client.put(f"/v1/users/{user_id}/adjustments/{event_id}", json={"level": level})
    assert answer.status_code == 200
    receipt: dict[str, Any] = answer.json()
    return receipt


async def read(client: AsyncClient, path: str) -> Any:
    """What a good answer says."""
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    return answer.json()


async def feed_bytes(client: AsyncClient, user_id: str = "ada") -> bytes:
    """A reader's feed, byte for byte."""
    return (await client.get(f"/v1/users/{user_id}/feed")).content


async def personal_signals(client: AsyncClient) -> dict[str, float]:
    """Each event's signal as Ada sees it."""
    return {one["event"]["id"]: one["personal_signal"] for one in (await read(client, FEED))["items"]}


def objects_at(answer: Any, place: str) -> Iterator[dict[str, Any]]:
    """The objects at a dotted place in an answer, through all lists on the way."""
    if isinstance(answer, list):
        for one in answer:
            yield from objects_at(one, place)
    elif not place:
        yield answer
    else:
        first, _, rest = place.partition(".")
        yield from objects_at(answer[first], rest)


def assert_fields(answer: Any, shape: dict[str, set[str]]) -> None:
    """Each object named by the shape is there and has exactly its fields."""
    for place, fields in shape.items():
        found = list(objects_at(answer, place))
        assert found, f"nothing at {place}"
        for one in found:
            assert set(one) == fields, f"at {place}"


async def everything_in(url: str) -> dict[bytes, tuple[bytes | None, int]]:
    """Every key of a server with its content and when it ends."""
    async with Redis.from_url(url) as redis:
        keys: Any = await redis.keys()
        return {key: (await redis.dump(key), await redis.expiretime(key)) for key in keys}


# What each call answers


@pytest.mark.parametrize("operation", GOOD)
async def test_an_answer_has_the_contracts_fields(client: AsyncClient, operation: str) -> None:
    """Exactly these: a client may rely on each, and none comes by accident."""
    method, path, body, shape = GOOD[operation]
    await press(client, "c1", 2)

    answer = await client.request(method, path, content=body)

    assert answer.status_code in {200, 201}
    assert answer.headers["content-type"] == "application/json"
    assert_fields(answer.json(), shape)


async def test_the_process_tells_how_it_is(client: AsyncClient) -> None:
    """Up, ready, its version, and how many events it holds."""
    health, readiness = await read(client, "/healthz"), await read(client, "/readyz")

    assert (health["status"], readiness["status"], readiness["n_events"]) == ("up", "ready", 4)
    assert health["version"] == readiness["version"]


# A reader's feed


async def test_a_new_readers_feed_is_the_global_order(client: AsyncClient) -> None:
    """By signal where all are equally old and unlike: a day costs log2(1 + 24 h / 24 h) = 1 point."""
    for event_id, title, signal in (
        ("a", "Volcano wakes", 9.5),
        ("b", "Orchestra tours", 7.25),
        ("z", "Whale sings", 6),
    ):
        await put(client, an_event(event_id, title, signal=signal))

    items = (await read(client, FEED))["items"]

    assert [one["event"]["id"] for one in items[:3]] == ["a", "b", "z"]
    assert [one["rank"] for one in items] == [1, 2, 3, 4, 5, 6, 7]
    for one, signal in zip(items[:3], (9.5, 7.25, 6.0), strict=True):
        assert (one["personal_signal"], one["level"], one["folded"]) == (signal, None, [])
        assert one["score"] == pytest.approx(signal - 1, abs=1e-9)


async def test_the_same_question_has_the_same_bytes(client: AsyncClient) -> None:
    """As long as nothing has changed, down to the request id."""
    await press(client, "c1", 2)

    assert await feed_bytes(client) == await feed_bytes(client)


async def test_a_request_id_is_kept(client: AsyncClient) -> None:
    """The caller's own, so that what is shown can be joined with what was asked."""
    answer = await client.get(FEED, headers={"X-Request-ID": "page-load_7"})

    assert answer.json()["request_id"] == "page-load_7"


async def test_pages_follow_each_other_without_a_gap(client: AsyncClient) -> None:
    """Page by page a reader sees what one long page would show."""
    whole = (await read(client, FEED))["items"]

    items, cursor = [], ""
    while cursor is not None:
        page = await read(client, f"{FEED}?limit=1&cursor={cursor}")
        items += page["items"]
        cursor = page["next_cursor"]

    assert items == whole
    assert len(items) == 4


async def test_a_feed_can_be_of_one_category(client: AsyncClient) -> None:
    """And of one that nobody has heard of it is empty."""
    await put(client, an_event("m1", category="Music & Dance"))

    music = await client.get(FEED, params={"category": "Music & Dance"})

    assert [one["event"]["id"] for one in music.json()["items"]] == ["m1"]
    assert (await read(client, f"{FEED}?category=Chess"))["items"] == []


async def test_a_feed_can_do_without_reasons(client: AsyncClient) -> None:
    """`explain=false` saves bytes and changes nothing else."""
    await press(client, "c1", 2)

    explained = (await read(client, FEED))["items"]
    bare = (await read(client, f"{FEED}?explain=false"))["items"]

    assert bare == [{**one, "reasons": []} for one in explained]


@pytest.mark.parametrize("said", [[], [("c1", 2)], [("c1", -2), ("s1", 1), ("c2", 0)]], ids=len)
async def test_reasons_add_up_to_the_score(client: AsyncClient, said: list[tuple[str, int]]) -> None:
    """An explanation is the arithmetic, in the feed and for one event, by term and by adjustment."""
    for event_id, level in said:
        await press(client, event_id, level)

    for one in (await read(client, FEED))["items"]:
        assert sum(reason["value"] for reason in one["reasons"]) == pytest.approx(one["score"], abs=1e-9)
        alone = await read(client, f"{USER}/events/{one['event']['id']}")
        values = [reason["value"] for reason in alone["reasons"]]
        assert sum(values) == pytest.approx(alone["score"], abs=1e-9)
        # The first two are the event's own signal and its freshness; the rest is what the reader said.
        learned = sum(reason["value"] for reason in alone["adjustments"])
        assert learned == pytest.approx(sum(values[2:]), abs=1e-9)


async def test_one_event_is_seen_as_the_feed_shows_it(client: AsyncClient) -> None:
    """The same personal signal and level, and what each adjustment adds to it."""
    await press(client, "c1", 1)

    in_feed = next(one for one in (await read(client, FEED))["items"] if one["event"]["id"] == "c2")
    alone = await read(client, f"{USER}/events/c2")

    assert {name: alone[name] for name in ("event", "personal_signal", "level")} == {
        name: in_feed[name] for name in ("event", "personal_signal", "level")
    }
    assert [reason["because"] for reason in alone["adjustments"]] == [["c1"]]


# Adjust signal


@pytest.mark.parametrize(("level", "sign"), [(2, 1), (1, 1), (-1, -1), (-2, -1)])
async def test_a_press_moves_the_event_and_its_story(client: AsyncClient, level: int, sign: int) -> None:
    """Up lifts and down lowers both the pressed event and the other one of its story, in the very next feed."""
    before = await personal_signals(client)

    receipt = await press(client, "c1", level)

    after = await personal_signals(client)
    assert sign * (after["c1"] - before["c1"]) > 0
    assert sign * (after["c2"] - before["c2"]) > 0
    assert abs(after["c1"] - before["c1"]) > abs(after["c2"] - before["c2"])
    assert (receipt["event_id"], receipt["level"]) == ("c1", level)
    # Among equals, the story now stands together at the top or at the end.
    order = list(after)
    assert set(order[:2] if sign > 0 else order[2:]) == {"c1", "c2"}


async def test_a_receipt_tells_the_weights_that_moved(client: AsyncClient) -> None:
    """The most moved first; each from where it was to where the profile now has it."""
    first = (await press(client, "c1", 2))["changed"]
    second = (await press(client, "c1", -2))["changed"]

    weights = {one["term"]: one["weight"] for one in (await read(client, f"{USER}/profile?limit=100"))["weights"]}
    assert {one["from"] for one in first} == {0.0}
    assert {one["term"]: one["to"] for one in first} == {one["term"]: one["from"] for one in second}
    assert {one["term"]: one["to"] for one in second} == {term: weights[term] for term in (o["term"] for o in second)}
    moves = [abs(one["to"] - one["from"]) for one in second]
    assert moves == sorted(moves, reverse=True)
    assert ("word:jupit", "Jupiter") in {(one["term"], one["label"]) for one in first}


async def test_a_retry_is_harmless(client: AsyncClient) -> None:
    """To say the same again changes nothing, and the receipt says so."""
    first = await press(client, "c1", 2)
    feed = await feed_bytes(client)

    again = await press(client, "c1", 2)

    assert again == first | {"changed": []}
    assert await feed_bytes(client) == feed


async def test_a_level_is_absolute(client: AsyncClient) -> None:
    """The last press on an event counts, as if it were the only one."""
    await press(client, "c1", 2)
    await press(client, "c1", -1)
    await press(client, "c1", -1, user_id="bob")

    [entry] = (await read(client, f"{USER}/adjustments"))["items"]
    assert (entry["event_id"], entry["level"]) == ("c1", -1)
    assert (await read(client, FEED))["items"] == (await read(client, "/v1/users/bob/feed"))["items"]


async def test_undo_restores_the_feed_byte_for_byte(client: AsyncClient) -> None:
    """Adjust and undo is never adjusted, also for a reader who had said something else."""
    await press(client, "s1", -1)
    before = await feed_bytes(client)
    await press(client, "c1", 2)
    assert await feed_bytes(client) != before

    receipt = (await client.delete(C1)).json()

    assert await feed_bytes(client) == before
    assert (receipt["event_id"], receipt["level"]) == ("c1", None)
    assert receipt["changed"]


async def test_undo_of_what_was_never_said_changes_nothing(client: AsyncClient) -> None:
    """So that a retry is harmless too."""
    answer = await client.delete(C1)

    assert (answer.status_code, answer.json()["level"], answer.json()["changed"]) == (200, None, [])


async def test_what_was_said_of_a_deleted_event_stays_and_can_be_undone(client: AsyncClient) -> None:
    """It goes on counting for the rest of the story, and the ledger still shows it, without a title."""
    await press(client, "c1", -2)

    await client.delete("/v1/events/c1")

    [entry] = (await read(client, f"{USER}/adjustments"))["items"]
    assert (entry["event_id"], entry["title"], entry["level"]) == ("c1", None, -2)
    assert (await personal_signals(client))["c2"] < 5.0
    assert (await client.delete(C1)).status_code == 200
    assert (await personal_signals(client))["c2"] == 5.0


async def test_the_ledger_lists_what_was_said_oldest_first(client: AsyncClient) -> None:
    """With the event's title and the time; an event pressed again moves to the end."""
    for event_id, level in (("c1", 2), ("s1", -1), ("c1", 0)):
        await press(client, event_id, level)

    at = "2026-04-03T12:00:00Z"
    assert (await read(client, f"{USER}/adjustments"))["items"] == [
        {"event_id": "s1", "title": "Dockworkers strike begins", "level": -1, "at": at},
        {"event_id": "c1", "title": "Comet nears Jupiter", "level": 0, "at": at},
    ]


async def test_reset_takes_everything_back(client: AsyncClient) -> None:
    """The reader is as one whom nobody has heard of, and is told how much that was."""
    before = await feed_bytes(client)
    await press(client, "c1", 2)
    await press(client, "s1", -2)

    receipt = (await client.delete(f"{USER}/adjustments")).json()

    assert receipt["n_taken_back"] == 2
    assert await feed_bytes(client) == before
    assert (await read(client, f"{USER}/adjustments"))["items"] == []
    assert (await client.delete(f"{USER}/adjustments")).json()["n_taken_back"] == 0


async def test_one_readers_word_leaves_others_alone(client: AsyncClient) -> None:
    """Bob's feed does not move when Ada presses."""
    before = await feed_bytes(client, "bob")

    await press(client, "c1", 2)

    assert await feed_bytes(client, "bob") == before


async def test_a_profile_shows_the_strongest_weights_and_where_they_come_from(client: AsyncClient) -> None:
    """Each weight is the sum of what the adjustments gave to it."""
    await press(client, "c1", 2)
    await press(client, "s1", -1)

    profile = await read(client, f"{USER}/profile?limit=5")

    assert (profile["n_adjustments"], len(profile["weights"])) == (2, 5)
    assert profile["n_weights"] > 5
    sizes = [abs(one["weight"]) for one in profile["weights"]]
    assert sizes == sorted(sizes, reverse=True)
    for one in profile["weights"]:
        assert sum(given["value"] for given in one["because"]) == pytest.approx(one["weight"], abs=1e-9)


async def test_a_new_reader_has_a_blank_profile(client: AsyncClient) -> None:
    """Nobody has to be registered before being asked about."""
    profile = await read(client, f"{USER}/profile")

    assert (profile["n_adjustments"], profile["n_weights"], profile["weights"]) == (0, 0, [])
    assert (await read(client, f"{USER}/adjustments"))["items"] == []


# Events


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

    assert found["event_id"] == "c1"
    assert [one["event"]["id"] for one in found["items"]] == ["c2", "full"]
    assert {"comet", "Jupiter"} <= set(found["items"][0]["shared_terms"])
    assert 1 > found["items"][0]["similarity"] > found["items"][1]["similarity"] > 0
    [nearest] = (await read(client, "/v1/events/c1/similar?limit=1"))["items"]
    assert nearest["event"]["id"] == "c2"


async def test_no_get_writes(client: AsyncClient, empty_server_url: str) -> None:
    """Whatever is asked, of readers known and unknown, the store stays as it is."""
    await press(client, "c1", 2)
    before = await everything_in(empty_server_url)

    for method, path, _, _ in GOOD.values():
        if method == "GET":
            await read(client, path)
            await read(client, path.replace("/ada/", "/stranger/"))

    assert await everything_in(empty_server_url) == before


# What is refused. Each value that is sent has a mark in it that must not come back.

LEVELS = {
    "too high": "31337",
    "too low": "-31337",
    "too large for any integer": "31337e999",
    "no number": "NaN",
    "a boolean": "true",
    "a float": "1.31337",
    "a whole float": "1.0",
    "a word": '"m4rk"',
    "nothing": "null",
    "a list": "[31337]",
}
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
UNREADABLE = {
    "an empty body": b"",
    "blanks": b" \n ",
    "no JSON": b"m4rk",
    "half a document": b'{"level": 2, "m4rk',
    "two documents": b'{"level": 2} {"level": 2}',
    "100,000 levels deep": b"[" * 100_000,
    "100,000 levels deep in a field": b'{"level":' * 100_000,
    "an integer of 5,000 digits": b'{"level": ' + b"7" * 5_000 + b"}",
    "a lone surrogate": b'{"level": "m4rk\\ud800"}',
    "bad UTF-8": b'{"level": "m4rk\xff"}',
    "UTF-16": '{"level": 2}'.encode("utf-16"),
}
BAD_IDS = {
    "a space": "m4rk%20x",
    "braces": "%7Bm4rk%7D",
    "a colon": "m4rk:x",
    "a NUL": "m4rk%00",
    "a newline": "m4rk%0A",
    "other scripts' digits": "m4rk%D9%A3",
    "no UTF-8": "m4rk%FF",
    "129 characters": "m4rk7" * 25 + "m4rk",
}
QUERIES = {
    "limit=0": ("limit=0", "limit"),
    "limit=101": ("limit=101", "limit"),
    "limit of a word": ("limit=m4rk", "limit"),
    "since without zone": ("since=2026-04-03T09:17:31", "since"),
    "since a year": ("since=2026", "since"),
    "since a word": ("since=m4rk", "since"),
    "explain of a word": ("explain=m4rk", "explain"),
    "a long cursor": ("cursor=" + "m4rk" * 126, "cursor"),
    "a long category": ("category=" + "m4rk" * 26, "category"),
}
CURSORS = {
    "no base64": "%2F%2Fm4rk",
    "no UTF-8": "%FF",
    "of another list": "MA",  # 0
    "before the beginning": "LTE",  # -1
    "a float": "MS41",  # 1.5
    "far beyond any end": "OTk5OTk5OTk5OTk5OTk5OTk5OTk",  # 99999999999999999999
}


async def test_a_refused_call_changes_nothing(client: AsyncClient, empty_server_url: str) -> None:
    """Nothing is half applied."""
    await press(client, "c1", 2)
    before = await everything_in(empty_server_url)

    for body in (b'{"level": 7}', b"", b'{"level": 1, "mood": 2}'):
        assert (await client.put(C1, content=body)).status_code in {400, 422}
    for document in (SENT | {"id": "c1"}, SENT | {"signal": 11}, SENT | {"mood": 1}):
        assert (await client.put("/v1/events/full", json=document)).status_code == 422

    assert await everything_in(empty_server_url) == before


@refused
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"{USER}/events/m4rk"),
        ("PUT", f"{USER}/adjustments/m4rk"),
        ("DELETE", f"{USER}/adjustments/m4rk"),
        ("GET", "/v1/events/m4rk"),
        ("DELETE", "/v1/events/m4rk"),
        ("GET", "/v1/events/m4rk/similar"),
    ],
)
async def test_an_unknown_event_is_not_found(refusing: AsyncClient, method: str, path: str) -> None:
    """It is said that the event is missing, not the address."""
    answer = await refusing.request(method, path, content=b'{"level": 1}' if method == "PUT" else None)

    assert_refused(answer, 404, "unknown-event")


@refused
@pytest.mark.parametrize("level", LEVELS.values(), ids=LEVELS)
async def test_a_level_is_a_whole_number_from_minus_2_to_2(refusing: AsyncClient, level: str) -> None:
    """And is not made one of anything else."""
    answer = await refusing.put(C1, content=f'{{"level": {level}}}')

    said = assert_refused(answer, 422, "invalid-document", "level")
    assert said["detail"].startswith("level: ")


@refused
@pytest.mark.parametrize(
    ("body", "field"),
    [("{}", "level"), ('{"level": 1, "mood": "m4rk"}', "mood"), ('["m4rk"]', ""), ('"m4rk"', "")],
)
async def test_an_adjustment_is_an_object_with_a_level_and_no_more(
    refusing: AsyncClient, body: str, field: str
) -> None:
    """What is missing and what is too much is named."""
    answer = await refusing.put(C1, content=body)

    assert_refused(answer, 422, "invalid-document", field)


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
@pytest.mark.parametrize("path", [C1, "/v1/events/full"])
@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
async def test_what_is_no_json_is_refused(refusing: AsyncClient, path: str, body: bytes) -> None:
    """With the place where it stops being JSON."""
    answer = await refusing.put(path, content=body)

    assert "line" in assert_refused(answer, 400, "unreadable-document")["detail"]


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
@pytest.mark.parametrize(
    "path", ["/v1/users/{}/feed", "/v1/events/{}", "/v1/users/{}/profile", "/v1/events/{}/similar"]
)
@pytest.mark.parametrize("bad", BAD_IDS.values(), ids=BAD_IDS)
async def test_an_id_is_made_of_plain_characters(refusing: AsyncClient, path: str, bad: str) -> None:
    """Anything else could mean something to a store, a log or a page."""
    answer = await refusing.get(path.format(bad))

    assert_refused(answer, 422, "invalid-document", "user_id" if "users" in path else "event_id")


@refused
@pytest.mark.parametrize(
    "path", ["/v1/users/m4rk%2Fx/feed", "/v1/events/m4rk%2Fx", "/v1/users//feed", "/v1/m4rk", "/m4rk"]
)
async def test_an_unknown_address_is_not_found(refusing: AsyncClient, path: str) -> None:
    """As a problem like any other; an escaped slash is still a slash."""
    answer = await refusing.get(path)

    assert_refused(answer, 404, "not-found")


@refused
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", FEED, {"GET"}),
        ("POST", C1, {"PUT", "DELETE"}),
        ("PATCH", "/v1/events/c1", {"PUT", "GET", "DELETE"}),
        ("PUT", "/v1/events", {"GET", "POST"}),
        ("DELETE", "/healthz", {"GET"}),
    ],
)
async def test_a_wrong_method_is_not_allowed(refusing: AsyncClient, method: str, path: str, allowed: set[str]) -> None:
    """And it is said which ones are."""
    answer = await refusing.request(method, path)

    assert_problem(answer, 405, "method-not-allowed")
    assert {one.strip() for one in answer.headers["allow"].split(",")} == allowed


@refused
@pytest.mark.parametrize(("query", "field"), QUERIES.values(), ids=QUERIES)
async def test_a_bad_query_is_named(refusing: AsyncClient, query: str, field: str) -> None:
    """The part that is wrong, without what was sent."""
    answer = await refusing.get(f"{FEED if field == 'explain' else '/v1/events'}?{query}")

    assert_refused(answer, 422, "invalid-document", field)


@refused
@pytest.mark.parametrize("path", [FEED, f"{USER}/profile", "/v1/events", "/v1/events/c1/similar"])
@pytest.mark.parametrize("limit", [0, 101])
async def test_a_limit_is_from_1_to_100(refusing: AsyncClient, path: str, limit: int) -> None:
    """Wherever there is one."""
    assert_refused(await refusing.get(f"{path}?limit={limit}"), 422, "invalid-document", "limit")
    assert (await refusing.get(f"{path}?limit={min(max(limit, 1), 100)}")).status_code == 200


@refused
@pytest.mark.parametrize("cursor", CURSORS.values(), ids=CURSORS)
async def test_a_cursor_must_have_been_given_out(refusing: AsyncClient, cursor: str) -> None:
    """Another is refused, with what to do instead."""
    path = "/v1/events" if cursor == "MA" else FEED

    answer = await refusing.get(f"{path}?cursor={cursor}")

    assert "next_cursor" in assert_refused(answer, 400, "invalid-cursor")["detail"]


@refused
async def test_a_request_id_is_an_id(refusing: AsyncClient) -> None:
    """It goes into answers and logs, so that it is held to what ids are made of."""
    answer = await refusing.get(FEED, headers={"X-Request-ID": "m4rk <script>"})

    assert_refused(answer, 422, "invalid-document", "x-request-id")


async def in_pieces(body: bytes) -> AsyncIterator[bytes]:
    """The body, piece by piece, so that nobody knows its length beforehand."""
    for start in range(0, len(body), 65_536):
        yield body[start : start + 65_536]


@refused
@pytest.mark.parametrize("told", [True, False], ids=["length told", "length untold"])
@pytest.mark.parametrize(("method", "path"), [("PUT", C1), ("PUT", "/v1/events/full"), ("POST", "/v1/events")])
async def test_a_body_can_be_too_large(refusing: AsyncClient, method: str, path: str, told: bool) -> None:
    """Whether or not its length is told beforehand; just so large it is still read."""
    largest = b" " * MAX_BODY_BYTES
    assert (await refusing.request(method, path, content=largest)).status_code == 400

    body = largest + b" "
    answer = await refusing.request(method, path, content=body if told else in_pieces(body))

    assert_problem(answer, 413, "too-large")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["level", "id", "signal"]), inner),
    max_leaves=8,
).map(lambda value: json.dumps(value).encode())


@refused
@given(body=JSON | st.binary(max_size=40))
async def test_no_body_is_too_odd_to_be_answered(refusing: AsyncClient, body: bytes) -> None:
    """Whatever is sent, the caller hears what is wrong with it."""
    for method, path in (("PUT", f"{USER}/adjustments/c1"), ("PUT", "/v1/events/c1"), ("POST", "/v1/events")):
        assert (await refusing.request(method, path, content=body)).status_code in {200, 400, 422}


@refused
@given(place=JSON | st.binary(max_size=40), path=st.sampled_from([FEED, "/v1/events"]))
async def test_no_cursor_is_too_odd_to_be_answered(refusing: AsyncClient, place: bytes, path: str) -> None:
    """Whatever place it is made to name."""
    answer = await refusing.get(path, params={"cursor": urlsafe_b64encode(place).decode().rstrip("=")})

    assert answer.status_code in {200, 400, 422}


@refused
@given(text=st.text(max_size=20), path=st.sampled_from(["/v1/users/{}/feed", "/v1/events/{}", "/v1/events?since={}"]))
async def test_no_address_is_too_odd_to_be_answered(refusing: AsyncClient, text: str, path: str) -> None:
    """Whatever characters are in it."""
    answer = await refusing.get(path.format(quote(text, safe="")), follow_redirects=True)

    assert answer.status_code in {200, 404, 422}


# OpenAPI


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    """The OpenAPI document."""
    return create_app(Settings(redis_url="unix:///nowhere/store.sock")).openapi()


def operations_of(contract: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every operation by its id."""
    found = [operation for path in contract["paths"].values() for operation in path.values()]
    by_id = {operation["operationId"]: operation for operation in found}
    assert len(by_id) == len(found), "two operations have the same id"
    return by_id


def test_openapi_has_the_contracts_routes(contract: dict[str, Any]) -> None:
    """Each with an id of its own, for the names in a generated client, a summary and a description."""
    operations = operations_of(contract)

    assert {(method, path) for path, methods in contract["paths"].items() for method in methods} == CONTRACT
    assert set(operations) == {*GOOD, "delete_event"}
    for operation in operations.values():
        assert operation["summary"]
        assert operation["description"]


async def test_openapi_is_served(client: AsyncClient, contract: dict[str, Any]) -> None:
    """At the usual place."""
    assert await read(client, "/openapi.json") == contract


def test_every_reference_in_openapi_resolves(contract: dict[str, Any]) -> None:
    """A generator finds every schema that is spoken of."""

    def references(part: Any) -> Iterator[str]:
        if isinstance(part, dict):
            if isinstance(reference := part.get("$ref"), str):
                yield reference
            part = list(part.values())
        if isinstance(part, list):
            for one in part:
                yield from references(one)

    schemas = {f"#/components/schemas/{name}" for name in contract["components"]["schemas"]}
    assert set(references(contract)) <= schemas


@pytest.mark.parametrize("operation_id", GOOD)
def test_an_example_looks_like_an_answer(contract: dict[str, Any], operation_id: str) -> None:
    """The good answer of each operation is shown, with the fields it really has."""
    operation = operations_of(contract)[operation_id]

    example = operation["responses"]["200"]["content"]["application/json"]["example"]
    for place, fields in GOOD[operation_id][3].items():
        for one in objects_at(example, place):
            assert fields - NULLABLE <= set(one) <= fields


@pytest.mark.parametrize("operation_id", [*GOOD, "delete_event"])
def test_what_may_go_wrong_is_told_as_problems(contract: dict[str, Any], operation_id: str) -> None:
    """Every other answer of an operation is a problem, in its own media type and with an example."""
    answers = operations_of(contract)[operation_id]["responses"]

    for status, answer in answers.items():
        if status >= "400":
            assert list(answer["content"]) == ["application/problem+json"], status
            told = answer["content"]["application/problem+json"]
            assert told["schema"] == {"$ref": "#/components/schemas/Problem"}
            assert set(told["example"]) == PROBLEM


@pytest.mark.parametrize(
    ("operation_id", "statuses"),
    [
        ("adjust", {"200", "400", "404", "413", "422", "503"}),
        ("undo", {"200", "404", "422", "503"}),
        ("put_event", {"200", "201", "400", "413", "422", "503"}),
        ("put_events", {"200", "400", "413", "503"}),
        ("delete_event", {"204", "404", "422", "503"}),
        ("read_feed", {"200", "400", "422", "503"}),
        ("list_events", {"200", "400", "422", "503"}),
        ("ready", {"200", "503"}),
    ],
)
def test_every_status_that_is_answered_is_told_of(
    contract: dict[str, Any], operation_id: str, statuses: set[str]
) -> None:
    """Nothing that a caller can meet comes as a surprise."""
    assert statuses <= set(operations_of(contract)[operation_id]["responses"])


async def test_an_example_of_a_body_is_accepted(client: AsyncClient, contract: dict[str, Any]) -> None:
    """What OpenAPI shows can be sent as it stands."""
    bodies = {
        name: operation["requestBody"]["content"]["application/json"]["example"]
        for name, operation in operations_of(contract).items()
        if "requestBody" in operation
    }

    adjusted = await client.put(C1, json=bodies["adjust"])
    stored = await client.put(f"/v1/events/{bodies['put_event']['id']}", json=bodies["put_event"])
    batch = await client.post("/v1/events", json=bodies["put_events"])

    assert (adjusted.status_code, stored.status_code, batch.json()["invalid"]) == (200, 201, 0)
    assert set(bodies) == {"adjust", "put_event", "put_events"}
