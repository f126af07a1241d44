"""Scripts: all or nothing, also where a key is spoilt, and once, also where one is sent twice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from ranking.ledger import Ledger
from ranking.reader import Reader
from service.documents import RowStatus
from service.store import Store, scripts
from tests.build import PARAMS, a_ledger
from tests.service.store.build import (
    ANY_ERROR,
    ARRIVALS_KEY,
    CHANGES_KEY,
    CORPUS,
    EVENTS_KEY,
    KNOWN,
    LEDGER_KEY,
    NOTHING_KNOWN,
    READER_KEY,
    REVISION_KEY,
    SNAPSHOT_ORDER_KEY,
    SNAPSHOTS_KEY,
    STATISTICS,
    STATISTICS_KEY,
    a_store,
    dump,
    load,
    press,
    save,
)

# What is written by scripts, each with the keys that it writes to.
WRITES: dict[str, tuple[Callable[[Store], Awaitable[object]], tuple[str, ...]]] = {
    "save": (lambda store: save(store, NOTHING_KNOWN, KNOWN), (LEDGER_KEY, READER_KEY)),
    "delete a reader as read": (lambda store: store.readers.delete("ann", token=""), (READER_KEY,)),
    "save a snapshot": (
        lambda store: store.feeds.save_snapshot("ann", "one", b"1", replacing=True),
        (SNAPSHOTS_KEY, SNAPSHOT_ORDER_KEY),
    ),
    "create an event": (
        lambda store: store.catalog.put([("new", b"1")]),
        (EVENTS_KEY, CHANGES_KEY, REVISION_KEY, ARRIVALS_KEY),
    ),
    "replace an event": (
        lambda store: store.catalog.put([("old", b"2")]),
        (EVENTS_KEY, CHANGES_KEY, REVISION_KEY, ARRIVALS_KEY),
    ),
    "delete an event": (
        lambda store: store.catalog.delete("old"),
        (EVENTS_KEY, CHANGES_KEY, REVISION_KEY, ARRIVALS_KEY),
    ),
    "save statistics": (
        lambda store: store.catalog.save_statistics(STATISTICS, 1, replacing=None),
        (STATISTICS_KEY,),
    ),
}


@pytest.mark.parametrize(("what", "key"), [(what, key) for what, (_, keys) in WRITES.items() for key in keys], ids=str)
async def test_a_write_over_the_wrong_type_changes_nothing(store: Store, redis: Any, what: str, key: str) -> None:
    """A script is not rolled back, so it looks at every key before it writes the first: an event is neither stored nor
    deleted without the change that tells the workers of it."""
    await store.catalog.put([("old", b"1")])
    await redis.delete(key)
    await redis.sadd(key, "spoilt")
    before = await dump(redis)
    write, _ = WRITES[what]
    with pytest.raises(ANY_ERROR):
        await write(store)
    assert await dump(redis) == before


@pytest.mark.parametrize("what", ["create an event", "replace an event", "delete an event"])
async def test_a_write_over_a_count_that_is_no_number_changes_nothing(store: Store, redis: Any, what: str) -> None:
    """The same where the count of changes is of the right type and damaged."""
    await store.catalog.put([("old", b"1")])
    await redis.set(REVISION_KEY, "many")
    before = await dump(redis)
    write, _ = WRITES[what]
    with pytest.raises(ANY_ERROR):
        await write(store)
    assert await dump(redis) == before


async def test_scripts_that_the_server_forgot_are_sent_again(store: Store, redis: Any) -> None:
    """After SCRIPT FLUSH, as after a restart, every write works at once."""
    for event_id, replacing in (("c1", None), ("c2", STATISTICS.version)):
        await press(store, event_id, 1)
        await store.readers.clear_ledger("ann")
        await store.feeds.save_snapshot("ann", event_id, b"1", replacing=True)
        assert await store.readers.delete("ann")
        assert await store.catalog.put([(event_id, b"1")]) == [RowStatus.CREATED]
        assert await store.catalog.delete(event_id)
        assert await store.catalog.save_statistics(STATISTICS, 1, replacing=replacing)
        await redis.script_flush()


# Sent twice


async def save_sent(redis: Any, before: str, token: str, page: bytes) -> int:
    """What the server answers to a save of one page."""
    arguments = (before, token, 60, 0, 0, 0, "0", page)
    return int(await redis.eval(scripts.SAVE_READER, 2, LEDGER_KEY, READER_KEY, *arguments))


async def test_a_save_is_known_by_its_token(redis: Any) -> None:
    """Sent again it answers as the first time and writes nothing; one with another token is another save."""
    assert await save_sent(redis, "", "first", b"1") == 1
    before = await dump(redis)
    assert await save_sent(redis, "", "first", b"1") == 1
    assert await save_sent(redis, "", "second", b"2") == 0
    assert await dump(redis) == before
    assert await save_sent(redis, "first", "second", b"2") == 2


async def test_a_save_sent_again_after_another_change_is_refused(redis: Any) -> None:
    """It cannot be told from one that never was, and would undo what came after it: the caller reads again."""
    await save_sent(redis, "", "first", b"1")
    await save_sent(redis, "first", "second", b"2")
    assert await save_sent(redis, "", "first", b"1") == 0
    assert await redis.hget(LEDGER_KEY, "0") == b"2"


async def test_a_save_sent_again_after_everything_was_taken_back_is_refused(store: Store, redis: Any) -> None:
    """Neither clearing nor deleting is undone by an answer that was lost before."""
    await save_sent(redis, "", "first", b"1")
    await store.readers.clear_ledger("ann")
    assert await save_sent(redis, "", "first", b"1") == 0
    await store.readers.delete("ann")
    assert await save_sent(redis, "first", "first", b"1") == 0
    assert await redis.keys() == []


@asynccontextmanager
async def a_line_that_loses_an_answer(url: str, socket_path: Path) -> AsyncIterator[str]:
    """The URL of a line to the server that breaks once: after a script has run, before its answer is through."""
    lost = False

    async def serve(client: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        nonlocal lost
        server, request = await asyncio.open_unix_connection(url.removeprefix("unix://"))
        try:
            while sent := await client.read(1 << 20):
                request.write(sent)
                received = await server.read(1 << 20)
                if b"EVALSHA" in sent and not lost and not received.startswith(b"-"):
                    lost = True
                    return
                answer.write(received)
        finally:
            for writer in (request, answer):
                writer.close()

    async with await asyncio.start_unix_server(serve, socket_path):
        yield f"unix://{socket_path}"
    assert lost


@pytest.fixture
async def breaking_store(own_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Store]:
    """A store holding event a, on a line that breaks after the next script: the client library sends that again."""
    async with a_store(own_url) as store:
        await store.catalog.put([("a", b"1")])
    async with (
        a_line_that_loses_an_answer(own_url, tmp_path_factory.mktemp("line") / "sock") as url,
        a_store(url) as store,
    ):
        yield store


async def test_a_reader_sent_twice_is_saved_once_and_said_to_be(breaking_store: Store) -> None:
    """The caller whose own change is there already is not told that somebody else was quicker."""
    reader = Reader(a_ledger(CORPUS, ("c1", 2)))
    assert await save(breaking_store, NOTHING_KNOWN, reader) == 1
    stored = await load(breaking_store)
    assert (stored.revision, stored.reader) == (1, reader)


async def test_a_snapshot_sent_twice_is_one(breaking_store: Store, own_url: str) -> None:
    """It takes one of the places that a reader has."""
    await breaking_store.feeds.save_snapshot("ann", "one", b"1", replacing=True)
    async with Redis.from_url(own_url) as client:
        names: Any = client.lrange(SNAPSHOT_ORDER_KEY, 0, -1)
        assert await names == [b"one"]
    assert await breaking_store.feeds.snapshot("ann", "one") == b"1"


async def test_a_ledger_cleared_twice_is_empty(own_url: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The change may count twice; what was said is gone, and what was not said stays."""
    async with a_store(own_url) as store:
        await save(store, NOTHING_KNOWN, KNOWN)
    async with (
        a_line_that_loses_an_answer(own_url, tmp_path_factory.mktemp("line") / "sock") as url,
        a_store(url) as store,
    ):
        revision = await store.readers.clear_ledger("ann")
        stored = await load(store)
    assert (stored.revision, stored.reader) == (revision, replace(KNOWN, ledger=Ledger(), opens=()))


async def test_a_reader_deleted_twice_is_gone(own_url: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """With a token, the second time there is nobody of that token any more: who asks again is told that nobody is
    left."""
    async with a_store(own_url) as store:
        await save(store, NOTHING_KNOWN, KNOWN)
        token = (await load(store)).token
    async with (
        a_line_that_loses_an_answer(own_url, tmp_path_factory.mktemp("line") / "sock") as url,
        a_store(url) as store,
    ):
        await store.readers.delete("ann", token=token)
        stored = await load(store)
        assert stored == NOTHING_KNOWN
        assert await store.readers.delete("ann", token=stored.token)


async def test_events_sent_twice_are_stored_once(breaking_store: Store) -> None:
    """Two new events are two changes."""
    await breaking_store.catalog.put([("b", b"1"), ("c", b"1")])
    assert (await breaking_store.catalog.head(PARAMS.version)).revision == 3
    assert await breaking_store.catalog.changed_events(1) == ({"b": b"1", "c": b"1"}, 3)


async def test_a_deletion_sent_twice_is_one(breaking_store: Store) -> None:
    """One event gone is one change."""
    await breaking_store.catalog.delete("a")
    assert await breaking_store.catalog.changed_events(1) == ({"a": None}, 2)
    assert (await breaking_store.catalog.head(PARAMS.version)).revision == 2


async def test_statistics_sent_twice_are_in_force(breaking_store: Store) -> None:
    """Whatever the answer, they are there."""
    await breaking_store.catalog.save_statistics(STATISTICS, 1, replacing=None)
    assert (await breaking_store.catalog.head(PARAMS.version)).statistics_version == STATISTICS.version
