"""What the store keeps of feeds: the signing key, the orders that are paged through, and what was shown."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import pytest

from service.formats.record import UnreadableRecord
from service.store import Store
from tests.service.store.build import (
    IMPRESSIONS_KEY,
    SECRET_KEY,
    SNAPSHOT_ORDER_KEY,
    SNAPSHOTS_KEY,
    a_store,
    all_of,
    dump,
)


async def test_the_signing_key_is_made_once_for_all(store: Store, empty_server_url: str) -> None:
    """Workers that ask at once have the same 32 bytes, and so has one that is started later."""
    async with a_store(empty_server_url) as other:
        keys = [*await asyncio.gather(store.feeds.signing_key(), other.feeds.signing_key())]
    async with a_store(empty_server_url) as later:
        keys.append(await later.feeds.signing_key())
    assert len(set(keys)) == 1
    assert len(keys[0]) == 32


async def test_another_server_has_another_signing_key(store: Store, redis: Any, empty_server_url: str) -> None:
    """Who was given a cursor by one service cannot use it at another."""
    first = await store.feeds.signing_key()
    await redis.flushall()
    async with a_store(empty_server_url) as other:
        assert await other.feeds.signing_key() != first


# Snapshots


async def test_a_snapshot_comes_back_under_its_name_to_its_reader(store: Store) -> None:
    """Nobody else has it, and under another name there is none."""
    await store.feeds.save_snapshot("ann", "one", b"\x00\xff", replacing=True)
    assert await store.feeds.snapshot("ann", "one") == b"\x00\xff"
    assert await store.feeds.snapshot("ann", "two") is None
    assert await store.feeds.snapshot("bob", "one") is None


async def test_of_nine_snapshots_the_oldest_is_forgotten(store: Store, redis: Any) -> None:
    """Eight of a reader are kept, and as many names."""
    for number in range(9):
        await store.feeds.save_snapshot("ann", f"s{number}", b"%d" % number, replacing=True)
    assert await store.feeds.snapshot("ann", "s0") is None
    assert [await store.feeds.snapshot("ann", f"s{number}") for number in range(1, 9)] == [
        b"%d" % number for number in range(1, 9)
    ]
    assert (await redis.hlen(SNAPSHOTS_KEY), await redis.llen(SNAPSHOT_ORDER_KEY)) == (8, 8)


async def test_a_snapshot_saved_again_is_the_youngest(store: Store, redis: Any) -> None:
    """It takes no second place: who goes on paging keeps the order they are in, with what was added to it."""
    for number in range(8):
        await store.feeds.save_snapshot("ann", f"s{number}", b"old", replacing=True)
    await store.feeds.save_snapshot("ann", "s0", b"longer", replacing=True)
    await store.feeds.save_snapshot("ann", "s8", b"new", replacing=True)
    assert await store.feeds.snapshot("ann", "s0") == b"longer"
    assert await store.feeds.snapshot("ann", "s1") is None
    assert (await redis.hlen(SNAPSHOTS_KEY), await redis.llen(SNAPSHOT_ORDER_KEY)) == (8, 8)


async def test_snapshots_are_kept_for_the_time_that_is_set(store: Store, redis: Any) -> None:
    """60 seconds from the last one saved, on both keys; then they are gone together."""
    await store.feeds.save_snapshot("ann", "one", b"1", replacing=True)
    keys = (SNAPSHOTS_KEY, SNAPSHOT_ORDER_KEY)
    for key in keys:
        await redis.expire(key, 1_000)
    await store.feeds.save_snapshot("ann", "two", b"2", replacing=True)
    assert [50 < await redis.ttl(key) <= 60 for key in keys] == [True, True]
    for key in keys:
        await redis.pexpire(key, 0)
    assert await store.feeds.snapshot("ann", "one") is None


# Impressions


async def show(redis: Any, n: int, *user_ids: str) -> None:
    """Has the server hold n impressions, numbered, of these readers in turns."""
    async with redis.pipeline(transaction=False) as pipeline:
        for number in range(n):
            entry = {"user_id": user_ids[number % len(user_ids)], "impression": b"%d" % number}
            pipeline.xadd(IMPRESSIONS_KEY, entry)
        await pipeline.execute()


async def test_impressions_come_back_oldest_first(store: Store) -> None:
    """Whoever was shown them."""
    for number in range(5):
        await store.feeds.record_impression(f"reader-{number % 2}", b"%d" % number)
    assert await all_of(store.feeds.impressions()) == [b"0", b"1", b"2", b"3", b"4"]


@pytest.mark.parametrize("n_shown", [0, 499, 500, 501, 1000, 1001])
async def test_impressions_are_read_and_deleted_by_the_batch(store: Store, redis: Any, n_shown: int) -> None:
    """At either side of the limits of a batch (500) none is left out and none comes twice; of two readers in turns
    only the one's are deleted."""
    await show(redis, n_shown, "ann", "bob")
    shown = [b"%d" % number for number in range(n_shown)]
    assert await all_of(store.feeds.impressions()) == shown
    await store.feeds.delete_impressions("ann")
    assert await all_of(store.feeds.impressions()) == shown[1::2]


async def test_more_impressions_of_one_reader_than_a_batch_are_deleted(store: Store, redis: Any) -> None:
    """All 1,201, in several steps."""
    await show(redis, 1201, "ann")
    await store.feeds.delete_impressions("ann")
    assert await all_of(store.feeds.impressions()) == []


async def test_a_reader_whose_name_begins_another_is_not_the_other(store: Store) -> None:
    """Only the whole name counts."""
    for user_id in ("an", "ann", "anna"):
        await store.feeds.record_impression(user_id, user_id.encode())
    await store.feeds.delete_impressions("ann")
    assert await all_of(store.feeds.impressions()) == [b"an", b"anna"]


async def test_impressions_are_capped(own_url: str) -> None:
    """The oldest go first: 200 are kept, and at most a node of the stream (100) more."""
    async with Store(own_url, reader_ttl_days=30, snapshot_ttl_seconds=60, n_impressions=200, n_likings=1000) as store:
        for number in range(500):
            await store.feeds.record_impression("ann", b"%d" % number)
        kept = [int(one) for one in await all_of(store.feeds.impressions())]
    assert 200 <= len(kept) <= 300
    assert kept == [*range(500 - len(kept), 500)]


@pytest.mark.parametrize(("n_impressions", "recording"), [(0, False), (1, True)])
async def test_impressions_can_be_switched_off(empty_server_url: str, n_impressions: int, recording: bool) -> None:
    """With 0 nothing is to be recorded."""
    url = empty_server_url
    async with Store(
        url, reader_ttl_days=30, snapshot_ttl_seconds=60, n_impressions=n_impressions, n_likings=1000
    ) as store:
        assert store.feeds.recording is recording


# Values that are damaged


def reading_and_writing(store: Store) -> Mapping[str, Sequence[Callable[[], Awaitable[object]]]]:
    """What is done with each key."""
    feeds = store.feeds
    return {
        SNAPSHOTS_KEY: (
            lambda: feeds.snapshot("ann", "one"),
            lambda: feeds.save_snapshot("ann", "one", b"1", replacing=True),
        ),
        SNAPSHOT_ORDER_KEY: (lambda: feeds.save_snapshot("ann", "one", b"1", replacing=True),),
        IMPRESSIONS_KEY: (
            lambda: feeds.record_impression("ann", b"1"),
            lambda: all_of(feeds.impressions()),
            lambda: feeds.delete_impressions("ann"),
        ),
        SECRET_KEY: (feeds.signing_key,),
    }


@pytest.mark.parametrize("key", [SNAPSHOTS_KEY, SNAPSHOT_ORDER_KEY, IMPRESSIONS_KEY, SECRET_KEY])
async def test_a_value_of_the_wrong_type_is_an_unreadable_record(store: Store, redis: Any, key: str) -> None:
    """The client library's own errors do not leave the store, and nothing of what is there is changed."""
    await redis.sadd(key, "spoilt")
    before = await dump(redis)
    for call in reading_and_writing(store)[key]:
        with pytest.raises(UnreadableRecord):
            await call()
    assert await dump(redis) == before
