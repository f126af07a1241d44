"""Every error leaves as RFC 9457 `application/problem+json` that names what is wrong and echoes nothing."""

import logging

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient, Response
from redis.asyncio import Redis
from starlette.exceptions import HTTPException

from ranking.errors import UnknownEvent
from service.answers import Problem
from service.cursors import InvalidCursor
from service.documents import FieldError, InvalidDocument, UnreadableDocument
from service.errors import ProfileBehind, SnapshotForgotten
from service.formats.record import UnreadableRecord
from service.problems import Trouble, add_problem_handlers, problem
from service.store import StoreFull, StoreUnavailable
from tests.build import an_event
from tests.service.test_app import assert_problem, put, ready

SENT = "s3nt-by-the-caller"


async def answer_to(error: Exception) -> Response:
    """What a service answers with whose route raises this error."""
    app = FastAPI()
    add_problem_handlers(app)

    @app.get("/")
    async def fails() -> None:
        raise error

    async with AsyncClient(transport=ASGITransport(app, raise_app_exceptions=False), base_url="http://a") as client:
        return await client.get("/")


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (UnknownEvent(SENT), 404, "unknown-event"),
        (InvalidCursor(SENT), 400, "invalid-cursor"),
        (SnapshotForgotten("this page is too far down"), 410, "snapshot-forgotten"),
        (UnreadableDocument("Invalid JSON: EOF at line 1 column 0"), 400, "unreadable-document"),
        (InvalidDocument((FieldError("level", "is required"),)), 422, "invalid-document"),
        (UnreadableRecord(f"the adjustment of event {SENT} cannot be read"), 500, "unreadable-record"),
        (HTTPException(404), 404, "not-found"),
        (HTTPException(405), 405, "method-not-allowed"),
        (HTTPException(413), 413, "too-large"),
        (HTTPException(415), 415, "unsupported-type"),
        (HTTPException(418), 418, "http"),
        (StoreUnavailable("the store cannot be reached"), 503, "store-unavailable"),
        (StoreFull("the store is full"), 503, "store-full"),
        (ProfileBehind("this profile is not as new"), 503, "profile-behind"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
async def test_each_error_has_its_status_and_kind(error: Exception, status: int, kind: str) -> None:
    """A caller can tell them apart by `type`, and a person by `title` and `detail`."""
    answer = await answer_to(error)

    assert_problem(answer, status, kind)
    assert SENT not in answer.text


async def test_what_nobody_foresaw_is_a_problem_too() -> None:
    """A caller need not be ready for any other shape, and learns nothing of the inside."""
    answer = await answer_to(ZeroDivisionError(SENT))

    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert answer.json()["status"] == 500
    assert SENT not in answer.text


@pytest.mark.parametrize("error", [StoreUnavailable("away"), StoreFull("full"), ProfileBehind("old")], ids=str)
async def test_what_may_pass_says_when_to_come_again(error: Exception) -> None:
    """A problem of the store is not the caller's, and a retry may do."""
    assert (await answer_to(error)).headers["retry-after"] == "1"


async def test_what_will_not_pass_does_not_ask_to_come_again() -> None:
    """A caller's own fault stays one."""
    assert "retry-after" not in (await answer_to(UnknownEvent("a"))).headers


async def test_a_detail_is_a_sentence_that_keeps_its_names() -> None:
    """Only its first letter is made large."""
    said = (await answer_to(StoreUnavailable("the store does not take the password in SIGNALFEED_REDIS_URL"))).json()

    assert said["detail"] == "The store does not take the password in SIGNALFEED_REDIS_URL."


async def test_an_invalid_document_is_told_of_field_by_field() -> None:
    """For programs as a list, for people as one sentence."""
    errors = (FieldError("level", "is required"), FieldError("mood", "is not a field that is known here"))

    said = (await answer_to(InvalidDocument(errors))).json()

    assert said["detail"] == "level: is required; mood: is not a field that is known here"
    assert said["errors"] == [
        {"field": "level", "message": "is required"},
        {"field": "mood", "message": "is not a field that is known here"},
    ]


async def test_headers_of_an_error_are_kept() -> None:
    """Such as the methods that an address does allow."""
    assert (await answer_to(HTTPException(405, headers={"Allow": "GET"}))).headers["allow"] == "GET"


async def test_a_damaged_record_is_told_to_the_operator(caplog: pytest.LogCaptureFixture) -> None:
    """The caller can do nothing about it; who runs the service should hear of it."""
    with caplog.at_level(logging.ERROR, logger="signalfeed"):
        await answer_to(UnreadableRecord("the profile cannot be read"))

    assert "the profile cannot be read" in caplog.text


def test_a_problem_is_written_as_a_document() -> None:
    """With the headers that go with it."""
    told = Problem("urn:signalfeed:problem:teapot", "A teapot", 418, "It is short and stout.")
    answer = problem(Trouble(told, {"X-Handle": "here"}))

    assert (answer.status_code, answer.headers["x-handle"]) == (418, "here")
    assert answer.body == (
        b'{"type":"urn:signalfeed:problem:teapot","title":"A teapot","status":418,'
        b'"detail":"It is short and stout.","errors":[]}'
    )


async def test_a_full_store_refuses_writes_and_serves_reads(empty_server_url: str) -> None:
    """With a real server at its limit nothing is half written. Readers see their feed and its next page as ever; only
    what comes to be new meanwhile is not told."""
    async with Redis.from_url(empty_server_url) as redis, ready(empty_server_url) as client:
        for event_id in ("c1", "c2"):
            await put(client, an_event(event_id, f"Comet {event_id}"))
        feed = (await client.get("/v1/users/ada/feed?limit=1")).json()
        await redis.config_set("maxmemory", 1)
        try:
            refused = [
                await put(client, an_event("c3")),
                await client.put("/v1/users/ada/adjustments/c1", json={"level": 2}),
                await client.patch("/v1/users/ada/profile", json={"mute": ["word:comet"]}),
                await client.post(
                    "/v1/users/ada/interactions",
                    json=[{"id": "i", "event_id": "c1", "action": "dismiss", "at": "2026-04-03T09:00:00Z"}],
                ),
            ]
            unkept = (await client.get("/v1/users/ada/feed?limit=1")).json()
            rest = (await client.get(f"/v1/users/ada/feed?cursor={unkept['next_cursor']}")).json()
        finally:
            await redis.config_set("maxmemory", 0)

        for answer in refused:
            assert_problem(answer, 503, "store-full")
            assert answer.headers["retry-after"] == "1"
        assert (unkept["items"], unkept["new_since"], unkept["degraded"]) == (feed["items"], None, False)
        assert [one["event"]["id"] for one in (*unkept["items"], *rest["items"])] == ["c1", "c2"]
        assert (await client.get("/v1/events/c3")).status_code == 404
        assert (await client.get("/v1/users/ada/profile")).json()["revision"] == 0


async def test_a_service_that_starts_on_a_full_store_takes_the_cursors_of_others(empty_server_url: str) -> None:
    """They are signed with a key that is there already: to read on needs no room."""
    async with Redis.from_url(empty_server_url) as redis:
        async with ready(empty_server_url) as client:
            for event_id in ("c1", "c2"):
                await put(client, an_event(event_id, f"Comet {event_id}"))
            page = (await client.get("/v1/users/ada/feed?limit=1")).json()
        await redis.config_set("maxmemory", 1)
        try:
            async with ready(empty_server_url) as client:
                rest = await client.get(f"/v1/users/ada/feed?cursor={page['next_cursor']}")
        finally:
            await redis.config_set("maxmemory", 0)

    assert (rest.status_code, [one["event"]["id"] for one in rest.json().get("items", [])]) == (200, ["c2"])


@pytest.mark.parametrize(
    ("key", "field", "reads"),
    [
        ("u:{ada}:ledger", "0", "adjustments"),
        ("u:{ada}:reader", "wishes", "feed"),
        ("u:{ada}:reader", "history", "feed"),
        ("u:{ada}:reader", "revision", "feed"),
        ("u:{ada}:reader", "opens", "export"),
    ],
)
async def test_a_damaged_reader_stops_for_themselves_and_nobody_else(
    empty_server_url: str, key: str, field: str, reads: str
) -> None:
    """What a reader said or laid down must not silently be lost, so all is refused until they are deleted; other
    readers go on."""
    async with Redis.from_url(empty_server_url) as redis, ready(empty_server_url) as client:
        await put(client, an_event("c1"))
        for user in ("ada", "bob"):
            await client.put(f"/v1/users/{user}/adjustments/c1", json={"level": 2})
        await redis.hset(key, field, "damaged")

        assert_problem(await client.get(f"/v1/users/ada/{reads}"), 500, "unreadable-record")
        assert_problem(await client.put("/v1/users/ada/adjustments/c1", json={"level": 1}), 500, "unreadable-record")
        assert (await client.get(f"/v1/users/bob/{reads}")).status_code == 200
        assert (await client.delete("/v1/users/ada")).status_code == 204
        assert (await client.get(f"/v1/users/ada/{reads}")).status_code == 200


async def test_a_damaged_profile_is_fitted_again(empty_server_url: str) -> None:
    """It follows from the ledger, so that damage to it costs the reader nothing."""
    async with Redis.from_url(empty_server_url) as redis, ready(empty_server_url) as client:
        await put(client, an_event("c1"))
        await client.put("/v1/users/ada/adjustments/c1", json={"level": 2})
        feed = (await client.get("/v1/users/ada/feed")).content
        assert await redis.hset("u:{ada}:reader", "profile", "damaged") == 0  # it was there

        assert (await client.get("/v1/users/ada/feed")).content == feed
        assert (await client.delete("/v1/users/ada/adjustments")).status_code == 200
