"""The service as a whole: becoming ready, doing without its store, and keeping step with other workers."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient, Response
from redis.asyncio import Redis

from ranking.event import Event
from service.app import create_app
from service.documents import write_document
from service.embedded import EmbeddedStore
from service.settings import Settings
from tests.build import NOW, PARAMS, an_event, two_stories

FEED = "/v1/users/ada/feed"
NOWHERE = "unix:///nowhere/store.sock"


@asynccontextmanager
async def serving(url: str, **settings: Any) -> AsyncIterator[AsyncClient]:
    """A client of a service on the store at `url`, with the clock standing at NOW; perhaps not ready yet."""
    app = create_app(Settings(redis_url=url, **settings))
    app.state.actions = replace(app.state.actions, clock=lambda: NOW)
    transport = ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=transport, base_url="http://signalfeed") as client,
    ):
        yield client


async def reaches(client: AsyncClient, path: str, status: int, *, within_seconds: float) -> bool:
    """Whether `path` comes to answer with this status in time."""
    deadline = time.monotonic() + within_seconds
    while (await client.get(path)).status_code != status:
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.01)
    return True


@asynccontextmanager
async def ready(url: str, **settings: Any) -> AsyncIterator[AsyncClient]:
    """A client of a service that is ready."""
    async with serving(url, **settings) as client:
        assert await reaches(client, "/readyz", 200, within_seconds=10)
        yield client


async def put(client: AsyncClient, event: Event) -> Response:
    """The answer to storing an event."""
    return await client.put(f"/v1/events/{event.id}", content=write_document(event))


def assert_problem(answer: Response, status: int, kind: str) -> dict[str, Any]:
    """It is a problem of this status and kind, and nothing but a problem; gives what it says."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    said: dict[str, Any] = answer.json()
    assert set(said) == {"type", "title", "status", "detail", "errors"}
    assert (said["type"], said["status"]) == (f"urn:signalfeed:problem:{kind}", status)
    assert said["title"]
    assert said["detail"]
    return said


def assert_unavailable(answer: Response) -> None:
    """It says that the store is away, and when to come again."""
    assert_problem(answer, 503, "store-unavailable")
    assert answer.headers["retry-after"] == "1"


def test_an_app_without_a_store_refuses_to_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says which variable is missing and what would start a store by itself."""
    monkeypatch.delenv("SIGNALFEED_REDIS_URL", raising=False)

    with pytest.raises(ValueError, match=r"SIGNALFEED_REDIS_URL.*signalfeed serve"):
        create_app()


async def test_an_app_takes_its_store_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, empty_server_url: str
) -> None:
    """Any ASGI server can run it, told by nothing but the environment."""
    monkeypatch.setenv("SIGNALFEED_REDIS_URL", empty_server_url)
    app = create_app()

    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=ASGITransport(app), base_url="http://a") as client,
    ):
        assert await reaches(client, "/readyz", 200, within_seconds=10)


async def test_a_service_without_its_store_is_up_but_not_ready() -> None:
    """Restarting it would not help, so it is healthy; it should get no readers, so it is not ready."""
    async with serving(NOWHERE) as client:
        health = await client.get("/healthz")
        assert (health.status_code, health.json()["status"]) == (200, "up")
        assert_unavailable(await client.get("/readyz"))


async def test_a_service_tells_how_it_is(empty_server_url: str) -> None:
    """Up, ready, its version, and how many events it holds."""
    async with ready(empty_server_url) as client:
        await client.post("/v1/events", content=write_document(two_stories()))
        health, readiness = (await client.get("/healthz")).json(), (await client.get("/readyz")).json()
        assert (await client.head("/healthz")).status_code == (await client.head("/readyz")).status_code == 200

    assert (health["status"], readiness["status"], readiness["n_events"]) == ("up", "ready", 4)
    assert health["version"] == readiness["version"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", FEED),
        ("GET", "/v1/users/ada/events/c1"),
        ("GET", "/v1/users/ada/adjustments"),
        ("GET", "/v1/users/ada/profile"),
        ("GET", "/v1/users/ada/interactions"),
        ("GET", "/v1/users/ada/export"),
        ("GET", "/v1/events"),
        ("GET", "/v1/events/c1"),
        ("GET", "/v1/events/c1/similar"),
        ("DELETE", "/v1/users/ada/adjustments/c1"),
        ("DELETE", "/v1/users/ada/adjustments"),
        ("DELETE", "/v1/users/ada"),
        ("DELETE", "/v1/events/c1"),
    ],
)
async def test_a_service_that_never_saw_its_store_asks_to_come_again(method: str, path: str) -> None:
    """Without a catalogue there is not even a global order to show."""
    async with serving(NOWHERE) as client:
        assert_unavailable(await client.request(method, path))


async def test_a_service_that_lost_its_store_serves_the_global_order_until_it_is_back(tmp_path: Path) -> None:
    """The feed says that it is degraded, what would be written is refused, and nothing said before is lost. Who will
    not have an older profile gets no feed, and who was paging through one goes on."""
    embedded = EmbeddedStore(tmp_path)
    async with serving(embedded.url) as client:
        with embedded:
            assert await reaches(client, "/readyz", 200, within_seconds=10)
            await client.post("/v1/events", content=write_document(two_stories()))
            stranger = (await client.get("/v1/users/stranger/feed")).json()
            start = (await client.get("/v1/users/stranger/feed?limit=1")).json()
            await client.put("/v1/users/ada/adjustments/c1", json={"level": -2})
            personal = (await client.get(FEED)).content

        degraded = (await client.get(FEED)).json()
        assert (degraded["degraded"], degraded["items"], degraded["new_since"]) == (True, stranger["items"], None)
        event = (await client.get("/v1/users/ada/events/c1")).json()
        assert (event["degraded"], event["level"], event["personal_signal"]) == (True, None, 5.0)
        rest = (await client.get(f"/v1/users/stranger/feed?cursor={start['next_cursor']}")).json()
        assert start["items"][0]["event"] not in [one["event"] for one in rest["items"]]
        assert (rest["degraded"], len(rest["items"])) == (True, 3)
        preview = await client.post("/v1/feed/preview", json={"adjustments": [{"event_id": "c1", "level": -2}]})
        assert preview.json()["items"] == json.loads(personal)["items"]
        assert_unavailable(await client.get("/readyz"))
        assert_unavailable(await client.get(f"{FEED}?min_profile_version=1"))
        assert_unavailable(await client.put("/v1/users/ada/adjustments/c2", json={"level": 1}))
        assert_unavailable(await client.patch("/v1/users/ada/profile", json={"mute": ["word:comet"]}))
        assert_unavailable(await put(client, an_event("new")))

        with EmbeddedStore(tmp_path):
            assert await reaches(client, "/readyz", 200, within_seconds=10)
            assert (await client.get(FEED)).content == personal


async def test_two_services_on_one_store_agree_within_a_second(empty_server_url: str) -> None:
    """An event put or deleted through one is seen by the other, and both give the same bytes for a feed."""
    async with ready(empty_server_url) as one, ready(empty_server_url) as other:
        for event in two_stories():
            await put(one, event)
        assert await reaches(other, "/v1/events/s2", 200, within_seconds=1)
        await one.put("/v1/users/ada/adjustments/c1", json={"level": 2})
        assert (await other.get(FEED)).content == (await one.get(FEED)).content

        await one.delete("/v1/events/s2")
        assert await reaches(other, "/v1/events/s2", 404, within_seconds=1)
        assert (await other.get(FEED)).content == (await one.get(FEED)).content


async def test_a_reader_who_moves_between_services_finds_what_was_said_at_once(empty_server_url: str) -> None:
    """What readers say is not cached by a worker: the very next request obeys, wherever it lands."""
    async with ready(empty_server_url) as one, ready(empty_server_url) as other:
        await put(one, an_event("c1"))
        assert await reaches(other, "/v1/events/c1", 200, within_seconds=1)
        for level in (2, -1, 0):
            await one.put("/v1/users/ada/adjustments/c1", json={"level": level})
            assert (await other.get("/v1/users/ada/events/c1")).json()["level"] == level


async def test_a_reader_pages_on_through_another_service(empty_server_url: str) -> None:
    """All services sign and keep alike, also one that was started later: no event comes twice or is left out."""
    async with ready(empty_server_url) as one:
        await one.post("/v1/events", content=write_document(two_stories()))
        whole = (await one.get(FEED)).json()["items"]
        first = (await one.get(f"{FEED}?limit=1")).json()

    async with ready(empty_server_url) as other:
        second = (await other.get(f"{FEED}?limit=1&cursor={first['next_cursor']}")).json()
        rest = (await other.get(f"{FEED}?cursor={second['next_cursor']}")).json()

    assert [*first["items"], *second["items"], *rest["items"]] == whole


async def test_a_service_outlives_damaged_statistics(empty_server_url: str) -> None:
    """They follow from the events, so that damage to them must not stop the catalogue from being followed."""
    async with Redis.from_url(empty_server_url) as redis:
        async with ready(empty_server_url) as client:
            await put(client, an_event("before"))
        statistics = f"{{catalog}}:statistics:{PARAMS.version}"
        await redis.hset(statistics, "packed", "damaged")

        async with serving(empty_server_url) as client:
            await reaches(client, "/readyz", 200, within_seconds=0.5)
            await redis.delete(statistics)
            assert await reaches(client, "/readyz", 200, within_seconds=2)
            assert (await client.get("/v1/events/before")).status_code == 200


async def test_a_service_ends_at_whatever_moment_it_is_told_to(empty_server_url: str) -> None:
    """Also while it is still connecting to its store, or reading the catalogue for the first time."""
    for n_steps in range(0, 50, 2):
        async with asyncio.timeout(2) as limit, serving(empty_server_url):
            for _ in range(n_steps):
                await asyncio.sleep(0)
        assert not limit.expired(), f"told to end after {n_steps} steps of its loop, it did not"


async def test_a_service_takes_everything_down_with_it(empty_server_url: str) -> None:
    """After it has ended nothing of it goes on in the background."""
    before = asyncio.all_tasks()
    async with ready(empty_server_url):
        assert asyncio.all_tasks() > before

    assert asyncio.all_tasks() == before
