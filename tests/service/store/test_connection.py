"""The connection: what the store says when a server fails, and that nothing is half done then."""

import asyncio
from collections.abc import Awaitable
from pathlib import Path

import pytest

from service.embedded import EmbeddedStore
from service.formats.record import UnreadableRecord
from service.store import Store, StoreFull, StoreUnavailable
from service.store.connection import whole
from tests.build import PARAMS
from tests.service.store.build import (
    KNOWN,
    NOTHING_KNOWN,
    STATISTICS,
    a_store,
    all_of,
    dump,
    load,
    own_store,
    press,
    save,
)


def test_a_count_that_is_not_there_is_none_yet() -> None:
    """And what is no number is damaged, not 0."""
    assert [whole(None), whole(b""), whole(b"0"), whole(b"12")] == [0, 0, 0, 12]
    with pytest.raises(UnreadableRecord):
        whole(b"many")


async def every_read(store: Store) -> list[BaseException | None]:
    """What every method of the store that only reads raised."""
    return await _raised(
        store.ping(),
        load(store),
        store.readers.for_feed("ann", STATISTICS),
        all_of(store.readers.ids()),
        store.readers.n_bytes("ann"),
        store.catalog.head(PARAMS.version),
        all_of(store.catalog.all_events()),
        store.catalog.changed_events(0),
        store.catalog.arrivals(0),
        store.catalog.statistics(PARAMS.version),
        store.feeds.snapshot("ann", "one"),
        all_of(store.feeds.impressions()),
    )


async def every_write(store: Store) -> list[BaseException | None]:
    """What every method of the store that makes it larger raised."""
    return await _raised(
        save(store, NOTHING_KNOWN, KNOWN, "new"),
        store.catalog.put([("new", b"1")]),
        store.catalog.save_statistics(STATISTICS, 1, replacing=None),
        store.feeds.save_snapshot("ann", "new", b"1", replacing=True),
        store.feeds.record_impression("ann", b"1"),
    )


async def every_removal(store: Store) -> list[BaseException | None]:
    """What every method of the store that takes something away raised."""
    return await _raised(
        store.readers.clear_ledger("ann"),
        store.readers.delete("ann"),
        store.catalog.delete("c1"),
        store.feeds.delete_impressions("ann"),
    )


async def _raised(*calls: Awaitable[object]) -> list[BaseException | None]:
    answers = await asyncio.gather(*calls, return_exceptions=True)
    return [answer if isinstance(answer, BaseException) else None for answer in answers]


async def every_call(store: Store) -> list[BaseException | None]:
    """What every method of the store raised."""
    signing = await _raised(store.feeds.signing_key())
    return [*await every_read(store), *await every_write(store), *await every_removal(store), *signing]


def kinds(raised: list[BaseException | None]) -> set[type]:
    """The types of what was raised; NoneType where nothing was."""
    return {type(one) for one in raised}


async def test_a_full_store_says_so_and_goes_on_being_read(own_url: str) -> None:
    """At its memory limit the server refuses what would grow; nothing is half done, reads go on, and who wants to be
    forgotten is."""
    async with own_store(own_url) as (store, client):
        await store.feeds.record_impression("ann", b"1")
        before = await dump(client)
        await client.config_set("maxmemory", 1)
        assert kinds(await every_write(store)) == {StoreFull}
        assert kinds(await every_read(store)) == {type(None)}
        assert await dump(client) == before
        await store.readers.delete("ann")
        await store.feeds.delete_impressions("ann")
        assert await load(store) == NOTHING_KNOWN
        await client.config_set("maxmemory", 0)
        assert kinds(await every_write(store)) == {type(None)}


@pytest.mark.parametrize(
    "command",
    [("REPLICAOF", "127.0.0.1", "1"), ("CONFIG", "SET", "min-replicas-to-write", "1")],
    ids=["replica", "too few replicas"],
)
async def test_a_store_that_takes_no_writes_is_unavailable_to_them_alone(own_url: str, command: tuple[str]) -> None:
    """Each write raises StoreUnavailable and changes nothing, each read goes on."""
    async with own_store(own_url) as (store, client):
        await store.feeds.record_impression("ann", b"1")
        before = await dump(client)
        await client.execute_command(*command)
        assert kinds(await every_write(store)) == {StoreUnavailable}
        assert kinds(await every_removal(store)) == {StoreUnavailable}
        assert kinds(await every_read(store)) == {type(None)}
        assert await dump(client) == before


@pytest.mark.parametrize(
    "command", [("CONFIG", "SET", "maxmemory", "1"), ("REPLICAOF", "127.0.0.1", "1")], ids=["full", "replica"]
)
async def test_a_worker_started_beside_a_store_that_takes_no_writes_reads_cursors(
    own_url: str, command: tuple[str, ...]
) -> None:
    """The key that cursors are signed with is there already, and to read it is no write."""
    async with own_store(own_url) as (store, client):
        known = await store.feeds.signing_key()
        await client.execute_command(*command)
        async with a_store(own_url) as newcomer:
            assert await newcomer.feeds.signing_key() == known


async def test_a_replica_cut_off_from_its_master_is_unavailable(own_url: str) -> None:
    """Where it is set to answer nothing stale, reads are refused, too."""
    async with own_store(own_url) as (store, client):
        await client.config_set("replica-serve-stale-data", "no")
        await client.execute_command("REPLICAOF", "127.0.0.1", "1")
        with pytest.raises(StoreUnavailable):
            await store.readers.for_feed("ann", STATISTICS)
        with pytest.raises(StoreUnavailable):
            await load(store)
        await client.execute_command("REPLICAOF", "NO", "ONE")
        assert (await load(store)).revision == 1


async def test_a_server_that_is_gone_is_unavailable_and_may_come_back(tmp_path: Path) -> None:
    """Every call raises StoreUnavailable while it is away; the same store works once it is back, with what it held."""
    with EmbeddedStore(tmp_path) as embedded:
        store = a_store(embedded.url)
        await press(store, "c1", 2)
    async with store:
        assert kinds(await every_call(store)) == {StoreUnavailable}
        with EmbeddedStore(tmp_path):
            assert (await load(store)).reader.ledger.level_of("c1") == 2
            await press(store, "c1", -2)


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1", "unix:///nowhere/store.sock"])
async def test_a_server_that_never_was_is_unavailable(url: str) -> None:
    """Every call says so, and none waits for long."""
    async with a_store(url) as store:
        assert kinds(await every_call(store)) == {StoreUnavailable}


async def test_a_server_that_does_not_answer_is_unavailable(tmp_path_factory: pytest.TempPathFactory) -> None:
    """One that takes the call and stays silent counts as away. (The URL may shorten the wait for an answer.)"""

    async def stay_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    socket_path = tmp_path_factory.mktemp("silent") / "sock"
    async with (
        await asyncio.start_unix_server(stay_silent, socket_path),
        a_store(f"unix://{socket_path}?socket_timeout=0.02") as store,
    ):
        assert kinds(await every_call(store)) == {StoreUnavailable}


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "SIGNALFEED_REDIS_URL does not speak the Redis protocol"),
        (b"-NOAUTH Authentication required.\r\n", "SIGNALFEED_REDIS_URL, or wants one"),
        (b"-WRONGPASS invalid username-password pair or user is disabled.\r\n", "does not take the password"),
    ],
    ids=["a web server", "no password", "a wrong password"],
)
async def test_what_the_operator_set_wrong_is_named(answer: bytes, message: str) -> None:
    """The mistake is in the settings, so the message names the setting; what it is set to is nobody's business."""

    async def always_say_so(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1 << 16):
            writer.write(answer)
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(always_say_so, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with a_store(f"redis://:secret@127.0.0.1:{port}") as store:
            with pytest.raises(StoreUnavailable, match=message) as raised:
                await store.ping()
    assert "secret" not in str(raised.value)


async def test_more_callers_than_connections_wait_their_turn(store: Store) -> None:
    """Two hundred at once share the pool; none is turned away."""
    await press(store, "c1", 2)
    readers = await asyncio.gather(*(load(store) for _ in range(200)))
    assert {reader.revision for reader in readers} == {1}
