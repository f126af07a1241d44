"""What the store keeps of the catalogue: events, their changes in order, arrivals, and the statistics in force."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from service.documents import RowStatus
from service.formats.record import UnreadableRecord
from service.store import Store
from tests.build import PARAMS, a_corpus, an_event
from tests.service.store.build import (
    ARRIVALS_KEY,
    CHANGES_KEY,
    EVENTS_KEY,
    REVISION_KEY,
    STATISTICS,
    STATISTICS_KEY,
    all_of,
    own_store,
)

OTHER_STATISTICS = a_corpus(an_event("x", "Quite another thing")).statistics


# Events


async def test_events_are_created_replaced_or_left_alone(store: Store) -> None:
    """Each event of a batch has its own status, also where the batch has an id twice."""
    created, replaced, unchanged = RowStatus.CREATED, RowStatus.REPLACED, RowStatus.UNCHANGED
    assert await store.catalog.put([("a", b"1"), ("b", b"1")]) == [created, created]
    assert await store.catalog.put([("a", b"1"), ("b", b"2"), ("c", b"1")]) == [unchanged, replaced, created]
    assert await store.catalog.put([("d", b"1"), ("d", b"1"), ("d", b"2")]) == [created, unchanged, replaced]
    assert await store.catalog.put([]) == []


async def test_a_batch_longer_than_one_script_is_stored_whole(store: Store) -> None:
    """1,201 events take several scripts; statuses, events and changes are of all of them."""
    events = [(f"e{number}", b"%d" % number) for number in range(1201)]
    assert await store.catalog.put(events) == [RowStatus.CREATED] * 1201
    assert sorted(await all_of(store.catalog.all_events())) == sorted(events)
    assert await store.catalog.changed_events(0) == (dict(events), 1201)


async def test_an_empty_catalogue_stands_at_the_beginning(store: Store) -> None:
    """No event, no change, no statistics."""
    head = await store.catalog.head(PARAMS.version)
    assert (head.revision, head.statistics_version) == (0, None)
    assert await all_of(store.catalog.all_events()) == []
    assert await store.catalog.statistics(PARAMS.version) is None


async def test_the_revision_counts_changes_only(store: Store) -> None:
    """Two new events, one replaced and one deleted make four; what changes nothing does not count."""
    await store.catalog.put([("a", b"1"), ("b", b"1")])
    await store.catalog.put([("a", b"1"), ("b", b"2")])
    assert await store.catalog.delete("a")
    assert not await store.catalog.delete("a")
    assert (await store.catalog.head(PARAMS.version)).revision == 4


async def test_changes_are_told_from_any_revision_on(store: Store) -> None:
    """Each event once, as it is now: None for one that was deleted; and how far that is."""
    await store.catalog.put([("a", b"1"), ("b", b"1"), ("c", b"1")])  # revisions 1, 2, 3
    await store.catalog.put([("a", b"2")])  # 4
    await store.catalog.delete("b")  # 5
    assert await store.catalog.changed_events(0) == ({"a": b"2", "b": None, "c": b"1"}, 5)
    assert await store.catalog.changed_events(2) == ({"c": b"1", "a": b"2", "b": None}, 5)
    assert await store.catalog.changed_events(4) == ({"b": None}, 5)


async def test_a_gap_in_the_changes_is_owned_up_to(store: Store, redis: Any) -> None:
    """Who lags behind further than changes are kept is told to read everything; others are not."""
    await store.catalog.put([(f"e{number}", b"1") for number in range(6)])
    await redis.xtrim(CHANGES_KEY, maxlen=3, approximate=False)  # of 1…6, 4, 5 and 6 stay
    assert await store.catalog.changed_events(2) is None
    assert await store.catalog.changed_events(3) == ({"e3": b"1", "e4": b"1", "e5": b"1"}, 6)


async def test_changes_to_a_store_that_was_emptied_are_a_gap(store: Store, redis: Any) -> None:
    """A revision that the store has not reached (again) cannot be continued from."""
    await store.catalog.put([("a", b"1"), ("b", b"1")])
    await redis.flushall()
    await store.catalog.put([("z", b"1")])
    assert await store.catalog.changed_events(2) is None


async def test_the_list_of_changes_is_capped(own_url: str) -> None:
    """It does not grow with every change for ever: 10,000 are kept, and at most a node of the stream (100) more."""
    events = [(f"e{number % 1000}", b"%d" % number) for number in range(10_500)]
    async with own_store(own_url) as (store, client):
        await store.catalog.put(events)
        assert 10_000 <= await client.xlen(CHANGES_KEY) <= 10_100


# Arrivals


async def test_arrivals_are_told_from_any_revision_on(store: Store) -> None:
    """Events that are new after it, in the order in which they came."""
    await store.catalog.put([("b", b"1"), ("a", b"1"), ("c", b"1")])  # revisions 1, 2, 3
    assert await store.catalog.arrivals(0) == ["b", "a", "c"]
    assert await store.catalog.arrivals(1) == ["a", "c"]
    assert await store.catalog.arrivals(3) == []


async def test_an_event_that_was_replaced_is_no_arrival(store: Store) -> None:
    """It keeps the moment at which it came, so it is not told of as new."""
    await store.catalog.put([("a", b"1"), ("b", b"1")])
    assert await store.catalog.put([("a", b"2"), ("b", b"1")]) == [RowStatus.REPLACED, RowStatus.UNCHANGED]
    assert await store.catalog.arrivals(2) == []
    assert await store.catalog.arrivals(0) == ["a", "b"]


async def test_an_event_that_was_deleted_has_not_arrived(store: Store) -> None:
    """And one that is created again has arrived again, after all that were there meanwhile."""
    await store.catalog.put([("a", b"1"), ("b", b"1")])  # 1, 2
    await store.catalog.delete("a")  # 3
    assert await store.catalog.arrivals(0) == ["b"]
    assert await store.catalog.put([("a", b"1")]) == [RowStatus.CREATED]  # 4
    assert await store.catalog.arrivals(0) == ["b", "a"]
    assert await store.catalog.arrivals(3) == ["a"]


async def test_of_arrivals_the_first_thousand_are_told(store: Store) -> None:
    """However many there are, an answer has an end; what comes after is told from there on."""
    await store.catalog.put([(f"e{number}", b"1") for number in range(1001)])
    assert await store.catalog.arrivals(0) == [f"e{number}" for number in range(1000)]
    assert await store.catalog.arrivals(1000) == ["e1000"]


# Statistics


async def test_statistics_come_back_as_saved(store: Store) -> None:
    """With the revision that they are of, and for these parameters alone."""
    assert await store.catalog.save_statistics(STATISTICS, 7, replacing=None)
    found = await store.catalog.statistics(PARAMS.version)
    assert found is not None
    assert (found[0].version, found[1]) == (STATISTICS.version, 7)
    assert found[0].mean.tobytes() == STATISTICS.mean.tobytes()
    assert (await store.catalog.head(PARAMS.version)).statistics_version == STATISTICS.version
    assert (await store.catalog.head("others")).statistics_version is None
    assert await store.catalog.statistics("others") is None


async def test_only_one_worker_replaces_statistics(store: Store) -> None:
    """Compare-and-set: who replaces what is no longer in force is refused."""
    first, second = STATISTICS, OTHER_STATISTICS
    assert await store.catalog.save_statistics(first, 1, replacing=None)
    assert not await store.catalog.save_statistics(second, 2, replacing=None)
    assert not await store.catalog.save_statistics(second, 2, replacing="neither")
    assert (await store.catalog.head(PARAMS.version)).statistics_version == first.version
    assert await store.catalog.save_statistics(second, 2, replacing=first.version)
    assert (await store.catalog.head(PARAMS.version)).statistics_version == second.version


async def test_statistics_of_old_parameters_go_away_by_themselves(store: Store, redis: Any) -> None:
    """Every upgrade that changes a parameter leaves statistics behind; after 30 days they are gone."""
    await store.catalog.save_statistics(STATISTICS, 1, replacing=None)
    assert 2_592_000 - await redis.ttl(STATISTICS_KEY) in range(60)


# Values that are damaged


async def test_a_lost_count_of_changes_does_not_stop_events(store: Store, redis: Any) -> None:
    """Where the revision is gone but the changes are not, the next event is stored and told of all the same."""
    await store.catalog.put([("c1", b"1"), ("c2", b"1")])
    await redis.delete(REVISION_KEY)
    assert await store.catalog.put([("c3", b"1")]) == [RowStatus.CREATED]


async def test_damaged_statistics_are_an_unreadable_record(store: Store, redis: Any) -> None:
    """As with a reader's values."""
    await store.catalog.save_statistics(STATISTICS, 1, replacing=None)
    await redis.hset(STATISTICS_KEY, "packed", b"\x00\xff")
    with pytest.raises(UnreadableRecord):
        await store.catalog.statistics(PARAMS.version)


async def test_a_value_of_the_wrong_type_is_an_unreadable_record(own_url: str) -> None:
    """The client library's own errors do not leave the store, whichever key is spoilt."""
    async with own_store(own_url) as (store, client):
        reading: dict[str, Callable[[], Awaitable[object]]] = {
            EVENTS_KEY: lambda: all_of(store.catalog.all_events()),
            CHANGES_KEY: lambda: store.catalog.changed_events(0),
            REVISION_KEY: lambda: store.catalog.head(PARAMS.version),
            ARRIVALS_KEY: lambda: store.catalog.arrivals(0),
            STATISTICS_KEY: lambda: store.catalog.statistics(PARAMS.version),
        }
        for key, read in reading.items():
            await client.delete(key)
            await client.sadd(key, "spoilt")
            with pytest.raises(UnreadableRecord):
                await read()
