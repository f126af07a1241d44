"""What the tests of the API call, and what they say of its answers."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from httpx2 import AsyncClient, Response
from redis.asyncio import Redis

from ranking.event import Detail, DetailKind, Source
from service.documents import write_document
from tests.build import an_event
from tests.service.test_app import assert_problem

USER = "/v1/users/ada"
FEED = f"{USER}/feed"
LEDGER = f"{USER}/adjustments"
PROFILE = f"{USER}/profile"
INTERACTIONS = f"{USER}/interactions"
PREVIEW = "/v1/feed/preview"
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

# What is sent where it is wrong has one of these in it, and neither may come back.
MARKS = ("m4rk", "31337")

# For tests on `refusing`, which lives as long as a file of tests.
refused = pytest.mark.asyncio(loop_scope="module")


def assert_refused(answer: Response, status: int, kind: str, *fields: str) -> dict[str, Any]:
    """It is such a problem, names these fields, and has nothing in it of what was sent; gives what it says."""
    said = assert_problem(answer, status, kind)
    assert [error["field"] for error in said["errors"]] == list(fields)
    assert not [mark for mark in MARKS if mark in answer.text]
    return said


def good(answer: Response) -> Any:
    """What a good answer says."""
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json"), answer.text
    return answer.json()


async def read(client: AsyncClient, path: str) -> Any:
    """What is at an address."""
    return good(await client.get(path))


async def press(client: AsyncClient, event_id: str, level: int, user_id: str = "ada") -> dict[str, Any]:
    """The receipt of an adjustment."""
    receipt: dict[str, Any] = good(
        await client.put(f"/v1/users/{user_id}/adjustments/{event_id}", json={"level": level})
    )
    return receipt


async def wish(client: AsyncClient, **wishes: Any) -> dict[str, Any]:
    """The receipt of a change of Ada's wishes."""
    receipt: dict[str, Any] = good(await client.patch(PROFILE, json=wishes))
    return receipt


def did(number: int, event_id: str, action: str, **more: Any) -> dict[str, Any]:
    """An interaction, `number` minutes after nine."""
    at = f"2026-04-03T09:{number:02}:00Z"
    return {"id": f"i-{number}", "event_id": event_id, "action": action, "at": at} | more


async def interact(client: AsyncClient, *interactions: dict[str, Any]) -> dict[str, Any]:
    """The receipt of what Ada did."""
    receipt: dict[str, Any] = good(await client.post(INTERACTIONS, json=list(interactions)))
    return receipt


async def feed_bytes(client: AsyncClient, user_id: str = "ada") -> bytes:
    """A reader's feed, byte for byte."""
    return (await client.get(f"/v1/users/{user_id}/feed")).content


def ids_of(page: dict[str, Any]) -> list[str]:
    """The ids of the events on a page of a feed, in their order."""
    return [one["event"]["id"] for one in page["items"]]


async def feed_ids(client: AsyncClient) -> list[str]:
    """The ids of the events in Ada's feed, in their order."""
    return ids_of(await read(client, FEED))


async def personal_signals(client: AsyncClient) -> dict[str, float]:
    """Each event's signal as Ada sees it, in the order of her feed."""
    return {one["event"]["id"]: one["personal_signal"] for one in (await read(client, FEED))["items"]}


async def everything_in(url: str) -> dict[bytes, tuple[bytes | None, int]]:
    """Every key of a server with its content and when it ends."""
    async with Redis.from_url(url) as redis:
        keys: Any = await redis.keys()
        return {key: (await redis.dump(key), await redis.expiretime(key)) for key in keys}


async def keys_of(url: str, user_id: str) -> set[bytes]:
    """The keys of a server that are a reader's own."""
    return {key for key in await everything_in(url) if b"{%b}" % user_id.encode() in key}


def operations_of(contract: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every operation of an OpenAPI document by its id."""
    found = [operation for path in contract["paths"].values() for operation in path.values()]
    by_id = {operation["operationId"]: operation for operation in found}
    assert len(by_id) == len(found), "two operations have the same id"
    return by_id


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
