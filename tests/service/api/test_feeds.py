"""The routes of feeds: order, reasons, paging, what is refused, what a preview supposes, and what is recorded."""

import json
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient
from redis.asyncio import Redis
from starlette.types import Message, Receive, Scope, Send

from service.app import create_app
from service.cursors import FeedCursor, sign_cursor
from service.settings import Settings
from tests.build import an_event, two_stories
from tests.service.api.calls import (
    FEED,
    PREVIEW,
    USER,
    assert_refused,
    did,
    feed_bytes,
    feed_ids,
    good,
    ids_of,
    interact,
    press,
    read,
    refused,
    wish,
)
from tests.service.test_app import assert_problem, put, reaches, ready

IMPRESSIONS = "{impressions}"


async def impressions(redis: "Redis") -> list[dict[str, Any]]:
    """What was recorded as shown, oldest first."""
    entries: Any = await redis.xrange(IMPRESSIONS)
    return [json.loads(fields[b"impression"]) for _, fields in entries]


async def rest_of(client: AsyncClient, cursor: str | None) -> list[str]:
    """The ids of the events of Ada's feed after a cursor, page by page."""
    found: list[str] = []
    while cursor is not None:
        page = await read(client, f"{FEED}?limit=1&cursor={cursor}")
        found += ids_of(page)
        cursor = page["next_cursor"]
    return found


# Order and reasons


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
        assert (one["personal_signal"], one["level"], one["folded"], one["propensity"]) == (signal, None, [], 1.0)
        assert one["score"] == pytest.approx(signal - 1, abs=1e-9)


async def test_the_same_question_has_the_same_bytes(client: AsyncClient) -> None:
    """As long as nothing has changed, down to the request id."""
    await press(client, "c1", 2)

    assert await feed_bytes(client) == await feed_bytes(client)


async def test_a_request_id_is_kept(client: AsyncClient) -> None:
    """The caller's own, so that what is shown can be joined with what was asked."""
    answer = await client.get(FEED, headers={"X-Request-ID": "page-load_7"})

    assert answer.json()["request_id"] == "page-load_7"


async def test_a_feed_can_be_of_one_category(client: AsyncClient) -> None:
    """And of one that nobody has heard of it is empty."""
    await put(client, an_event("m1", category="Music & Dance"))

    music = await client.get(FEED, params={"category": "Music & Dance"})

    assert ids_of(music.json()) == ["m1"]
    assert (await read(client, f"{FEED}?category=Chess"))["items"] == []


async def test_a_feed_can_do_without_reasons(client: AsyncClient) -> None:
    """`explain=false` saves bytes and changes nothing else."""
    await press(client, "c1", 2)

    explained = (await read(client, FEED))["items"]
    bare = (await read(client, f"{FEED}?explain=false"))["items"]

    assert bare == [{**one, "reasons": []} for one in explained]


@pytest.mark.parametrize("said", [[], [("c1", 2)], [("c1", -2), ("s1", 1), ("c2", 0)]], ids=len)
async def test_reasons_add_up_to_the_score(client: AsyncClient, said: list[tuple[str, int]]) -> None:
    """An explanation is the arithmetic, in the feed and for one event, by term and by adjustment and pin."""
    for event_id, level in said:
        await press(client, event_id, level)
    await wish(client, pin={"word:wages": 1.25}, clear=["word:Jupiter"])
    await interact(client, did(1, "s2", "seen"))

    for one in (await read(client, FEED))["items"]:
        assert sum(reason["value"] for reason in one["reasons"]) == pytest.approx(one["score"], abs=1e-9)
        alone = await read(client, f"{USER}/events/{one['event']['id']}")
        assert sum(reason["value"] for reason in alone["reasons"]) == pytest.approx(alone["score"], abs=1e-9)
        # What is not the event's own signal, its freshness or that it was seen is what the reader said.
        by_term = [r["value"] for r in alone["reasons"] if r["kind"] not in {"signal", "freshness", "seen"}]
        by_adjustment = [reason["value"] for reason in alone["adjustments"]]
        assert sum(by_adjustment) == pytest.approx(sum(by_term), abs=1e-9)


async def test_one_event_is_seen_as_the_feed_shows_it(client: AsyncClient) -> None:
    """The same personal signal and level, and what each adjustment adds to it."""
    await press(client, "c1", 1)

    in_feed = next(one for one in (await read(client, FEED))["items"] if one["event"]["id"] == "c2")
    alone = await read(client, f"{USER}/events/c2")

    shared = ("event", "personal_signal", "level")
    assert {name: alone[name] for name in shared} == {name: in_feed[name] for name in shared}
    assert [reason["because"] for reason in alone["adjustments"]] == [["c1"]]
    assert (alone["muted_by"], alone["dismissed"]) == ([], False)


async def test_an_event_that_the_feed_hides_says_why(client: AsyncClient) -> None:
    """By the terms that are muted, or that it was dismissed; it can still be looked at."""
    await wish(client, mute=["word:comets", "source:Gazette", "word:unicorn"])
    await interact(client, did(1, "s1", "dismiss"))

    comet, strike = await read(client, f"{USER}/events/c1"), await read(client, f"{USER}/events/s1")

    assert (comet["muted_by"], comet["dismissed"]) == (["source:Gazette", "word:comet"], False)
    assert (strike["muted_by"], strike["dismissed"]) == (["source:Gazette"], True)


async def test_near_duplicates_fold_under_the_better_one(client: AsyncClient) -> None:
    """They take one place; the ids of the others stand beside the event that stands for them."""
    [c1, *_] = two_stories()
    await put(client, an_event("c1-again", c1.title, summary=c1.summary, signal=6.0))

    items = (await read(client, FEED))["items"]

    assert items[0]["event"]["id"] == "c1-again"
    assert {one["event"]["id"]: one["folded"] for one in items if one["folded"]} == {"c1-again": ["c1"]}
    assert len(items) == 4


# Paging


async def test_pages_follow_each_other_without_a_gap(client: AsyncClient) -> None:
    """Page by page a reader sees what one long page would show, with the same ranks and reasons."""
    whole = (await read(client, FEED))["items"]

    items, path = [], f"{FEED}?limit=1"
    while path:
        page = await read(client, path)
        items += page["items"]
        path = f"{FEED}?limit=1&cursor={page['next_cursor']}" if page["next_cursor"] else ""

    assert items == whole
    assert len(items) == 4


async def test_whatever_happens_between_pages_nothing_comes_twice_or_is_lost(client: AsyncClient) -> None:
    """What is deleted, muted or dismissed vanishes at once; what is replaced, adjusted or new moves nothing."""
    for number in range(4):
        await put(client, an_event(f"o{number}", f"Orchestra number{number}", signal=4.0 - number))
    before = await feed_ids(client)
    first = await read(client, f"{FEED}?limit=2")

    await put(client, an_event("new", "Volcano wakes", signal=9.5))
    await put(client, an_event("o0", "Orchestra number0 resigns", signal=0.0))
    await press(client, "o3", 2)
    await client.delete("/v1/events/o1")
    await wish(client, mute=["word:number2"])
    await interact(client, did(1, before[3], "dismiss"))

    gone = {"o1", "o2", before[3]}
    assert ids_of(first) + await rest_of(client, first["next_cursor"]) == [one for one in before if one not in gone]


async def test_what_is_new_is_counted_and_can_be_had(client: AsyncClient) -> None:
    """On every page, and in the reader's order; again and again the same. Muted news are no news."""
    first = await read(client, f"{FEED}?limit=1")
    assert first["new_since"]["count"] == 0
    for event_id, title, signal in (("n1", "Volcano wakes", 3), ("n2", "Orchestra tours", 8), ("n3", "Whale sings", 9)):
        await put(client, an_event(event_id, title, signal=signal))
    await wish(client, mute=["word:whales"])

    second = await read(client, f"{FEED}?limit=1&cursor={first['next_cursor']}")

    assert second["new_since"]["count"] == 2
    for since in (first["new_since"], second["new_since"], first["new_since"]):
        assert ids_of(await read(client, f"{FEED}?cursor={since['cursor']}")) == ["n2", "n1"]


async def test_a_cursor_carries_its_category(client: AsyncClient) -> None:
    """It need not be said again, and another is refused."""
    for number in range(3):
        await put(client, an_event(f"m{number}", f"Concert number{number}", category="Music"))

    first = await read(client, f"{FEED}?limit=1&category=Music")

    assert {*ids_of(first), *await rest_of(client, first["next_cursor"])} == {"m0", "m1", "m2"}
    cursor = first["next_cursor"]
    assert len(ids_of(await read(client, f"{FEED}?cursor={cursor}&category=Music"))) == 2
    assert_refused(await client.get(f"{FEED}?cursor={cursor}&category=News"), 400, "invalid-cursor")


async def test_a_forgotten_order_is_gone_on_from_without_repeats(client: AsyncClient, empty_server_url: str) -> None:
    """A page can be told from what its cursor says was shown; what was new since then cannot."""
    whole = await feed_ids(client)
    first = await read(client, f"{FEED}?limit=2")
    async with Redis.from_url(empty_server_url) as redis:
        await redis.delete("u:{ada}:snapshots", "u:{ada}:snapshot_order")

    assert ids_of(first) + await rest_of(client, first["next_cursor"]) == whole
    async with Redis.from_url(empty_server_url) as redis:
        await redis.delete("u:{ada}:snapshots", "u:{ada}:snapshot_order")
    said = assert_refused(await client.get(f"{FEED}?cursor={first['new_since']['cursor']}"), 410, "snapshot-forgotten")
    assert "begin at the top" in said["detail"]


async def test_a_forgotten_order_far_down_is_gone(client: AsyncClient, empty_server_url: str) -> None:
    """Where a cursor could not carry all that was shown, nobody could promise that nothing comes twice."""
    await feed_bytes(client)  # which makes the key
    async with Redis.from_url(empty_server_url) as redis:
        key: Any = await redis.get("{service}:secret")
    cursor = sign_cursor(FeedCursor("0" * 12, 401, shown=None), "ada", key)

    assert_refused(await client.get(f"{FEED}?cursor={cursor}"), 410, "snapshot-forgotten")


async def test_a_cursor_is_its_readers_own(client: AsyncClient) -> None:
    """It is signed for them: another reader's, and one with any letter changed, is refused."""
    page = await read(client, f"{FEED}?limit=1")

    for cursor in (page["next_cursor"], page["new_since"]["cursor"]):
        assert_refused(await client.get(f"/v1/users/bob/feed?cursor={cursor}"), 400, "invalid-cursor")
        for place in range(0, len(cursor), 5):
            changed = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
            assert_refused(await client.get(f"{FEED}?cursor={changed}"), 400, "invalid-cursor")


CURSORS = {
    "no base64": "%2F%2Fm4rk",
    "no UTF-8": "%FF",
    "a number": "MA",
    "of the catalogue": "WzEuMCwiYSJd",  # [1.0,"a"]
    "shorter than a signature": "bTRyaw",
}


@refused
@pytest.mark.parametrize("cursor", CURSORS.values(), ids=CURSORS)
async def test_a_cursor_must_have_been_given_out(refusing: AsyncClient, cursor: str) -> None:
    """Another is refused, with what to do instead."""
    said = assert_refused(await refusing.get(f"{FEED}?cursor={cursor}"), 400, "invalid-cursor")

    assert "begin at the top" in said["detail"]


# A profile that is new enough


async def test_a_feed_is_never_of_an_older_profile_than_was_asked_for(client: AsyncClient) -> None:
    """With the revision of a receipt it has heard of that change; where it has not yet, it asks to come again."""
    revisions = [
        (await press(client, "c1", 2))["revision"],
        (await wish(client, mute=["word:strike"]))["revision"],
        (await interact(client, did(1, "c1", "seen")))["revision"],
        (await client.delete(f"{USER}/adjustments/c1")).json()["revision"],
    ]

    assert revisions == [1, 2, 3, 4]
    assert ids_of(await read(client, f"{FEED}?min_profile_version=4")) == ["c2", "c1"]
    answer = await client.get(f"{FEED}?min_profile_version=5")
    assert_refused(answer, 503, "profile-behind")
    assert answer.headers["retry-after"] == "1"
    assert_problem(await client.get("/v1/users/stranger/feed?min_profile_version=1"), 503, "profile-behind")


@refused
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("min_profile_version=-1", "min_profile_version"),
        ("min_profile_version=m4rk", "min_profile_version"),
        ("min_profile_version=1.31337", "min_profile_version"),
        ("explain=m4rk", "explain"),
        ("cursor=" + "m4rk" * 1001, "cursor"),
        ("category=" + "m4rk" * 26, "category"),
    ],
    ids=lambda value: value[:30],
)
async def test_a_bad_query_of_a_feed_is_named(refusing: AsyncClient, query: str, field: str) -> None:
    """The part that is wrong, without what was sent."""
    assert_refused(await refusing.get(f"{FEED}?{query}"), 422, "invalid-document", field)


@refused
async def test_a_request_id_is_an_id(refusing: AsyncClient) -> None:
    """It goes into answers and logs, so that it is held to what ids are made of."""
    answer = await refusing.get(FEED, headers={"X-Request-ID": "m4rk <script>"})

    assert_refused(answer, 422, "invalid-document", "x-request-id")


# Preview


async def test_a_preview_is_the_feed_of_a_reader_who_said_so(client: AsyncClient) -> None:
    """To the last digit, with the same profile; mutes, pins, category and limit as in a feed."""
    await put(client, an_event("m1", "Comet opera", category="Music"))
    said = {"c1": 2, "s1": -1, "c2": 0}
    for event_id, level in said.items():
        await press(client, event_id, level)
    await wish(client, mute=["word:ended"], pin={"word:operas": 2.5})
    supposed = {
        "adjustments": [{"event_id": event_id, "level": level} for event_id, level in said.items()],
        "mute": ["word:ending"],
        "pin": {"word:opera": 2.5},
    }

    preview = good(await client.post(PREVIEW, json=supposed))

    feed = await read(client, FEED)
    assert "s2" not in ids_of(feed)
    for name in ("items", "profile_version", "corpus_version", "degraded"):
        assert preview[name] == feed[name]
    assert (preview["next_cursor"], preview["new_since"]) == (None, None)
    short = good(await client.post(PREVIEW, json=supposed | {"limit": 1, "category": "News", "explain": False}))
    assert short["items"] == (await read(client, f"{FEED}?limit=1&category=News&explain=false"))["items"]


async def test_a_preview_of_nothing_is_the_global_order(client: AsyncClient) -> None:
    """As a stranger has it."""
    preview = good(await client.post(PREVIEW, json={}))

    assert preview["items"] == (await read(client, "/v1/users/stranger/feed"))["items"]


@refused
@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (
            {"adjustments": [{"event_id": event_id, "level": 1} for event_id in ("m4rk", "c1", "m4rk-2")]},
            ["adjustments.0.event_id", "adjustments.2.event_id"],
        ),
        ({"adjustments": [{"event_id": "c1", "level": 31337}]}, ["adjustments.0.level"]),
        ({"adjustments": [{"event_id": "c1", "level": 1, "at": "m4rk"}]}, ["adjustments.0.at"]),
        ({"adjustments": [{"event_id": "c1", "level": 1, "mood": "m4rk"}]}, ["adjustments.0.mood"]),
        ({"mute": ["word:comet", "m4rk", "word:strike"]}, ["mute.1"]),
        ({"mute": ["word:comet", "word:m4rk 31337"]}, ["mute.1"]),
        ({"mute": ["word:the"]}, ["mute.0"]),
        ({"mute": ["language:en"]}, ["mute.0"]),
        ({"pin": {"word:comet": 31337}}, ["pin.word:comet"]),
        ({"pin": {"word:comet": 1, "word:the": 2}}, ["pin.word:the"]),
        ({"pin": []}, ["pin"]),
        ({"language": "m4rk"}, ["language"]),
        ({"limit": 101}, ["limit"]),
        ({"limit": "31337"}, ["limit"]),
        ({"category": "m4rk" * 26}, ["category"]),
        ({"explain": "m4rk"}, ["explain"]),
        ({"mood": "m4rk"}, ["mood"]),
        (["m4rk"], [""]),
    ],
    ids=repr,
)
async def test_a_bad_field_of_a_preview_is_named(refusing: AsyncClient, body: object, fields: list[str]) -> None:
    """By its place, without what was sent."""
    assert_refused(await refusing.post(PREVIEW, json=body), 422, "invalid-document", *fields)


# Impressions


async def test_what_was_shown_is_recorded(client: AsyncClient, empty_server_url: str) -> None:
    """Each page once, with whom and what it was made from; an empty page shows nothing."""
    page = await read(client, f"{FEED}?limit=2")
    rest = await read(client, f"{FEED}?limit=2&cursor={page['next_cursor']}")
    await read(client, f"{FEED}?category=Chess")
    await read(client, f"{USER}/events/c1")

    async with Redis.from_url(empty_server_url) as redis:
        recorded = await impressions(redis)
    assert recorded == [
        {
            "request_id": one["request_id"],
            "user_id": "ada",
            "at": "2026-04-03T12:00:00Z",
            "profile_version": one["profile_version"],
            "corpus_version": one["corpus_version"],
            "degraded": False,
            "events": [
                {"event_id": seen["event"]["id"], "rank": seen["rank"], "propensity": 1.0} for seen in one["items"]
            ],
            "whole": whole,
        }
        for one, whole in ((page, True), (rest, False))
    ]
    assert [[seen["rank"] for seen in one["events"]] for one in recorded] == [[1, 2], [3, 4]]


async def test_an_impression_is_recorded_after_the_answer(empty_server_url: str) -> None:
    """Nobody waits for it: when the last of a page is on its way nothing is recorded, a moment later it is."""
    app = create_app(Settings(redis_url=empty_server_url))
    async with Redis.from_url(empty_server_url) as redis:
        recorded: list[tuple[str, int]] = []

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            async def send_and_look(message: Message) -> None:
                await send(message)
                recorded.append((message["type"], await redis.xlen(IMPRESSIONS)))

            await app(scope, receive, send_and_look)

        async with (
            app.router.lifespan_context(app),
            AsyncClient(transport=ASGITransport(watched), base_url="http://signalfeed") as client,
        ):
            assert await reaches(client, "/readyz", 200, within_seconds=10)
            await put(client, an_event("c1"))
            recorded.clear()
            await client.get(FEED)

        assert recorded == [("http.response.start", 0), ("http.response.body", 0)]
        assert len(await impressions(redis)) == 1


async def test_nothing_is_recorded_where_that_is_switched_off(empty_server_url: str) -> None:
    """By the setting; the feed is the same."""
    async with ready(empty_server_url) as client:
        await put(client, an_event("c1"))
        page = await feed_bytes(client)
    async with Redis.from_url(empty_server_url) as redis, ready(empty_server_url, impressions=0) as client:
        await redis.delete(IMPRESSIONS)

        assert await feed_bytes(client) == page
        assert not await redis.exists(IMPRESSIONS)


# Exploration


async def test_exploration_marks_its_places_and_follows_from_the_request_id(empty_server_url: str) -> None:
    """Every second place goes to a draw, with the chance that it had; the others are sure. The same request has the
    same bytes, another may have another order."""
    async with ready(empty_server_url, explore_every=2) as client:
        for number in range(12):
            await put(client, an_event(f"e{number}", f"Affair number{number}", signal=5.0))
        pages = [await client.get(FEED, headers={"X-Request-ID": f"r{number % 6}"}) for number in range(12)]

    assert [one.content for one in pages[:6]] == [one.content for one in pages[6:]]
    assert len({tuple(ids_of(one.json())) for one in pages}) > 1
    for page in pages[:6]:
        chances = {one["rank"]: one["propensity"] for one in page.json()["items"]}
        assert {rank for rank, chance in chances.items() if chance < 1} <= {2, 4, 6, 8, 10, 12}
        assert min(chances.values()) > 0
        assert chances[2] < 1
