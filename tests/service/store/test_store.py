"""The store as a whole: which keys it keeps, for how long, and on which slot."""

from typing import Any

import pytest
from redis.crc import key_slot

from service.settings import Settings
from service.store import Store
from tests.build import PARAMS
from tests.service.store.build import (
    ARRIVALS_KEY,
    CHANGES_KEY,
    EVENTS_KEY,
    IMPRESSIONS_KEY,
    KNOWN,
    LEDGER_KEY,
    NOTHING_KNOWN,
    READER_KEY,
    REVISION_KEY,
    SECRET_KEY,
    SNAPSHOT_ORDER_KEY,
    SNAPSHOTS_KEY,
    STATISTICS,
    STATISTICS_KEY,
    save,
)

READER_KEYS = {LEDGER_KEY, READER_KEY, SNAPSHOTS_KEY, SNAPSHOT_ORDER_KEY}
CATALOG_KEYS = {EVENTS_KEY, CHANGES_KEY, REVISION_KEY, ARRIVALS_KEY, STATISTICS_KEY}


async def write_everything(store: Store, user_id: str = "ann") -> None:
    """Has the store write to every key that it ever writes to."""
    await save(store, NOTHING_KNOWN, KNOWN, user_id)
    await store.feeds.save_snapshot(user_id, "one", b"order", replacing=True)
    await store.feeds.record_impression(user_id, b"shown")
    await store.feeds.signing_key()
    await store.catalog.put([("c1", b"{}"), ("c2", b"{}")])
    await store.catalog.delete("c2")
    await store.catalog.save_statistics(STATISTICS, 1, replacing=None)


async def test_every_key_goes_away_by_itself_or_cannot_grow(store: Store, redis: Any) -> None:
    """What follows from readers has an end in time. Of the rest the catalogue and the arrivals hold one entry for a
    live event, the changes and the impressions are capped, and the revision and the secret are single values."""
    await write_everything(store)
    keys = {key.decode() for key in await redis.keys()}
    assert keys == {*READER_KEYS, *CATALOG_KEYS, IMPRESSIONS_KEY, SECRET_KEY}
    lasting = {key for key in keys if await redis.ttl(key) == -1}
    assert lasting == {EVENTS_KEY, ARRIVALS_KEY, CHANGES_KEY, REVISION_KEY, IMPRESSIONS_KEY, SECRET_KEY}
    assert await redis.zrange(ARRIVALS_KEY, 0, -1) == await redis.hkeys(EVENTS_KEY) == [b"c1"]


async def test_limits_are_those_that_are_set(empty_server_url: str, redis: Any) -> None:
    """Days for a reader, seconds for a snapshot, impressions or none: 2 days are 172,800 seconds."""
    settings = Settings(reader_ttl_days=2, snapshot_ttl_seconds=300, impressions=0)
    async with Store.of(empty_server_url, settings) as store:
        await write_everything(store)
        assert not store.feeds.recording
    left = {key: await redis.ttl(key) for key in READER_KEYS}
    assert all(172_800 - left[key] in range(60) for key in (LEDGER_KEY, READER_KEY))
    assert all(300 - left[key] in range(60) for key in (SNAPSHOTS_KEY, SNAPSHOT_ORDER_KEY))


@pytest.mark.parametrize("user_id", ["ann", "catalog", "a.b_c~d-e", "u", "ledger", "x" * 128])
async def test_a_reader_and_the_catalogue_each_lie_on_one_slot(store: Store, redis: Any, user_id: str) -> None:
    """That of the reader's id and that of "catalog": so their scripts run on a cluster, too."""
    await write_everything(store, user_id)
    keys = {key.decode() for key in await redis.keys()}
    own = {key.replace("{ann}", f"{{{user_id}}}") for key in READER_KEYS}
    assert keys - {IMPRESSIONS_KEY, SECRET_KEY} == own | CATALOG_KEYS
    assert {key_slot(key.encode()) for key in own} == {key_slot(user_id.encode())}
    assert {key_slot(key.encode()) for key in CATALOG_KEYS} == {key_slot(b"catalog")}


async def test_a_deleted_reader_leaves_nothing_behind(store: Store, redis: Any) -> None:
    """Not a key and not an impression; other readers and the catalogue are as they were."""
    await write_everything(store, "bob")
    await store.feeds.record_impression("bob", b"shown")
    others = {key: await redis.dump(key) async for key in redis.scan_iter()}
    await save(store, NOTHING_KNOWN, KNOWN)
    await store.feeds.save_snapshot("ann", "one", b"order", replacing=True)
    await store.feeds.record_impression("ann", b"of ann")

    await store.readers.delete("ann")
    await store.feeds.delete_impressions("ann")

    left = {key: await redis.dump(key) async for key in redis.scan_iter() if key != IMPRESSIONS_KEY.encode()}
    assert left == {key: value for key, value in others.items() if key != IMPRESSIONS_KEY.encode()}
    assert [one async for one in store.feeds.impressions()] == [b"shown", b"shown"]


async def test_the_store_answers_when_it_is_there(store: Store) -> None:
    """And there is nothing to read in it."""
    await store.ping()
    assert (await store.catalog.head(PARAMS.version)).revision == 0
