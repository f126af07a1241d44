"""The crowd in the store: who turned up what and when, the newest of all readers, and nothing of who has gone."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from ranking.crowd import Liking
from service.embedded import EmbeddedStore
from service.formats.record import UnreadableRecord
from service.store import Store, StoreFull, StoreUnavailable
from service.store import crowd as records
from tests.build import NOW
from tests.service.store.build import a_store

KEY = "{crowd}:likings"


@pytest.fixture
async def three(empty_server_url: str) -> AsyncIterator[Store]:
    """A store that keeps three likings."""
    async with Store(
        empty_server_url, reader_ttl_days=30, snapshot_ttl_seconds=60, n_impressions=0, n_likings=3
    ) as store:
        yield store


def ago(hours: float) -> datetime:
    """The moment so many hours before NOW."""
    return NOW - timedelta(hours=hours)


async def told(store: Store, since: datetime | None = None) -> list[tuple[str, str]]:
    """Who turned up what, in the order in which it is told."""
    return [(one.user_id, one.event_id) for one in await store.crowd.likings(since)]


async def test_what_is_liked_is_told_oldest_first(store: Store) -> None:
    """With who it was, and the moment to the microsecond."""
    exact = NOW - timedelta(hours=2, microseconds=123_457)
    await store.crowd.change("bob", {"c1": NOW, "s1": ago(1)}, [])
    await store.crowd.change("ann", {"c1": exact}, [])
    assert await store.crowd.likings() == [
        Liking("ann", "c1", exact),
        Liking("bob", "s1", ago(1)),
        Liking("bob", "c1", NOW),
    ]


async def test_an_empty_crowd_likes_nothing(store: Store) -> None:
    """Neither at all nor lately; and to forget who was never there is no error."""
    assert await told(store) == await told(store, NOW) == []
    await store.crowd.forget("ann")
    assert await told(store) == []


async def test_what_is_liked_again_is_liked_once(store: Store) -> None:
    """At the last moment that was told."""
    await store.crowd.change("ann", {"c1": ago(5)}, [])
    await store.crowd.change("ann", {"c1": NOW}, [])
    assert await store.crowd.likings() == [Liking("ann", "c1", NOW)]


async def test_what_is_no_longer_liked_is_taken_out(store: Store) -> None:
    """Of this reader alone; in one go with what is liked instead, and harmless where it was never there."""
    await store.crowd.change("ann", {"c1": NOW, "c2": NOW}, [])
    await store.crowd.change("bob", {"c1": NOW}, [])
    await store.crowd.change("ann", {"s1": NOW}, ["c1", "s2"])
    assert sorted(await told(store)) == [("ann", "c2"), ("ann", "s1"), ("bob", "c1")]


async def test_a_change_of_nothing_asks_nothing_of_the_store(store: Store, redis: Any) -> None:
    """No key is made, and a key of another type is no hindrance."""
    await store.crowd.change("ann", {}, [])
    assert await redis.keys() == []
    await redis.set(KEY, "not a sorted set")
    await store.crowd.change("ann", {}, [])
    assert await redis.get(KEY) == b"not a sorted set"


async def test_the_newest_are_kept(three: Store) -> None:
    """Beyond the set number the oldest go, whoever's they are and in whatever order they are told."""
    await three.crowd.change("ann", {"c1": ago(4), "c2": ago(1)}, [])
    await three.crowd.change("bob", {"c1": ago(3), "s1": ago(2)}, [])
    assert await told(three) == [("bob", "c1"), ("bob", "s1"), ("ann", "c2")]
    await three.crowd.change("eve", {"s2": ago(9)}, [])
    assert await told(three) == [("bob", "c1"), ("bob", "s1"), ("ann", "c2")]


async def test_room_that_is_made_is_there_for_others(three: Store) -> None:
    """What is taken out in the same change does not count."""
    await three.crowd.change("ann", {"c1": ago(4), "c2": ago(3), "s1": ago(2)}, [])
    await three.crowd.change("ann", {"s2": NOW}, ["s1"])
    assert await told(three) == [("ann", "c1"), ("ann", "c2"), ("ann", "s2")]


async def test_what_is_liked_since_a_moment_includes_the_moment(store: Store) -> None:
    """And a microsecond later it no longer does."""
    await store.crowd.change("ann", {"c1": ago(2), "c2": ago(1), "s1": NOW}, [])
    assert await told(store, ago(1)) == [("ann", "c2"), ("ann", "s1")]
    assert await told(store, ago(1) + timedelta.resolution) == [("ann", "s1")]


@pytest.mark.parametrize("n", [5, 6, 7], ids=["less than three reads", "three full reads", "one more"])
async def test_more_than_is_read_at_once_is_told_once_each(
    store: Store, monkeypatch: pytest.MonkeyPatch, n: int
) -> None:
    """Read two by two, in order; lately as well as at all."""
    monkeypatch.setattr(records, "_BATCH", 2)
    await store.crowd.change("ann", {f"e{number}": NOW + timedelta(seconds=number) for number in range(n)}, [])
    assert await told(store) == await told(store, NOW) == [("ann", f"e{number}") for number in range(n)]


async def test_of_a_forgotten_reader_nothing_is_left(store: Store, redis: Any) -> None:
    """And of others everything, also of those whose names begin or end the same."""
    for user_id in ("ann", "annabel", "joann", "a.n", "Ann"):
        await store.crowd.change(user_id, {"c1": NOW, "ann": NOW}, [])
    await store.crowd.forget("ann")
    left = await redis.zrange(KEY, 0, -1)
    assert sorted(left) == sorted(f"{one} {event}".encode() for one in ("annabel", "joann", "a.n", "Ann")
                                  for event in ("c1", "ann"))  # fmt: skip


async def test_many_likings_of_a_reader_are_all_forgotten(store: Store) -> None:
    """Among those of others, more than the store looks at in one step."""
    for user_id in ("ann", "bob"):
        await store.crowd.change(user_id, {f"e{number}": NOW for number in range(500)}, [])
    await store.crowd.forget("ann")
    assert {user_id for user_id, _ in await told(store)} == {"bob"}
    assert len(await told(store)) == 500


async def test_it_is_counted_how_often_anything_was_taken_out(store: Store) -> None:
    """By a change or by who is forgotten, once each however much it was; what is only added does not count, nor does
    to forget who liked nothing."""
    assert await store.crowd.n_taken_back() == 0
    for user_id, liked, unliked, n_then in (
        ("ann", {"c1": NOW, "c2": NOW}, [], 0),
        ("bob", {"c1": NOW}, [], 0),
        ("ann", {}, ["c1", "c2"], 1),
        ("ann", {"s1": NOW}, ["c1"], 2),
    ):
        await store.crowd.change(user_id, liked, unliked)
        assert await store.crowd.n_taken_back() == n_then
    for user_id, n_then in (("bob", 3), ("bob", 3), ("nobody", 3)):
        await store.crowd.forget(user_id)
        assert await store.crowd.n_taken_back() == n_then


async def test_what_was_taken_out_is_known_to_every_worker(store: Store, empty_server_url: str) -> None:
    """The count is the store's, not that of a connection."""
    await store.crowd.change("ann", {"c1": NOW}, [])
    async with a_store(empty_server_url) as other:
        await other.crowd.change("ann", {}, ["c1"])
    assert await store.crowd.n_taken_back() == 1


async def test_what_is_as_old_as_a_reader_may_be_is_forgotten(store: Store) -> None:
    """After thirty days without a word a reader is, and so what they turned up; a microsecond less, and it stays."""
    month = timedelta(days=30)
    await store.crowd.change("ann", {"c1": NOW - 2 * month, "c2": NOW - month}, [])
    await store.crowd.change("bob", {"c1": NOW - month + timedelta.resolution, "c2": NOW}, [])
    await store.crowd.forget_old(NOW - 3 * month)
    assert len(await told(store)) == 4
    await store.crowd.forget_old(NOW)
    assert await told(store) == [("bob", "c1"), ("bob", "c2")]
    await store.crowd.forget_old(NOW + 2 * month)
    assert await told(store) == []
    await store.crowd.forget_old(NOW)
    assert await told(store) == []


async def test_the_crowd_is_kept_as_long_as_the_last_who_was_heard(store: Store, redis: Any) -> None:
    """Both the likings and the count go by themselves where nobody presses any more."""
    await store.crowd.change("ann", {"c1": NOW, "c2": NOW}, ["s1"])
    for key in (KEY, "{crowd}:taken_back"):
        assert 30 * 86_400 - 60 < await redis.ttl(key) <= 30 * 86_400


@pytest.mark.parametrize(("n_likings", "kept"), [(0, False), (1, True), (100_000, True)])
async def test_whether_a_crowd_is_kept_is_told(empty_server_url: str, n_likings: int, kept: bool) -> None:
    """It is where there is room for one liking."""
    async with Store(
        empty_server_url, reader_ttl_days=30, snapshot_ttl_seconds=60, n_impressions=0, n_likings=n_likings
    ) as store:
        assert store.crowd.kept is kept


async def test_a_crowd_that_is_switched_off_is_neither_kept_nor_read(empty_server_url: str, redis: Any) -> None:
    """What was kept before is not told any more; a reader who goes is forgotten all the same."""
    async with a_store(empty_server_url) as before:
        await before.crowd.change("ann", {"c1": NOW}, [])
        await before.crowd.change("bob", {"c1": NOW}, [])
    async with Store(
        empty_server_url, reader_ttl_days=30, snapshot_ttl_seconds=60, n_impressions=0, n_likings=0
    ) as store:
        await store.crowd.change("eve", {"c1": NOW}, ["s1"])
        assert await told(store) == await told(store, ago(1)) == []
        assert await redis.zrange(KEY, 0, -1) == [b"ann c1", b"bob c1"]
        await store.crowd.forget("ann")
        assert await redis.zrange(KEY, 0, -1) == [b"bob c1"]


@pytest.mark.parametrize("at", [datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, 23, 59, 59, 999_999, tzinfo=UTC)])
async def test_every_moment_that_a_press_may_have_can_be_kept(store: Store, at: datetime) -> None:
    """From the first day of the calendar to the last; so far off, to the nearest ten-thousandth of a second."""
    await store.crowd.change("ann", {"c1": at}, [])
    [liking] = await store.crowd.likings()
    assert abs(liking.at - at) < timedelta(milliseconds=0.1)


async def test_what_is_of_another_type_is_told_as_unreadable(store: Store, redis: Any) -> None:
    """Whatever is done with it, and it stays as it was."""
    await redis.set(KEY, "not a sorted set")
    with pytest.raises(UnreadableRecord):
        await store.crowd.change("ann", {"c1": NOW}, [])
    with pytest.raises(UnreadableRecord):
        await store.crowd.likings()
    with pytest.raises(UnreadableRecord):
        await store.crowd.forget("ann")
    with pytest.raises(UnreadableRecord):
        await store.crowd.forget_old(NOW)
    for spoilt in (redis.set("{crowd}:taken_back", "often"), redis.lpush("{crowd}:taken_back", "1")):
        await redis.delete("{crowd}:taken_back")
        await spoilt
        with pytest.raises(UnreadableRecord):
            await store.crowd.n_taken_back()
    assert await redis.get(KEY) == b"not a sorted set"


async def test_a_full_store_lets_go_of_what_is_taken_back(tmp_path: Path) -> None:
    """Only the count has no room: what was taken out is heard of a step later. Nothing can be added."""
    with EmbeddedStore(tmp_path) as embedded:
        async with a_store(embedded.url) as store, Redis.from_url(embedded.url) as client:
            await store.crowd.change("ann", {"c1": NOW, "c2": NOW}, [])
            await store.crowd.change("bob", {"c1": NOW, "s1": NOW}, [])
            await client.config_set("maxmemory", 1)
            await store.crowd.change("ann", {}, ["c1"])
            assert sorted(await told(store)) == [("ann", "c2"), ("bob", "c1"), ("bob", "s1")]
            await store.crowd.forget("bob")
            assert await told(store) == [("ann", "c2")]
            with pytest.raises(StoreFull):
                await store.crowd.change("ann", {"s2": NOW}, ["c2"])
            assert await told(store) == []
            assert await store.crowd.n_taken_back() == 0


async def test_who_only_goes_leaves_a_count_that_goes_too(store: Store, redis: Any) -> None:
    """Also where it is the first thing that is ever counted."""
    await store.crowd.change("ann", {"c1": NOW}, [])
    await store.crowd.forget("ann")
    assert 30 * 86_400 - 60 < await redis.ttl("{crowd}:taken_back") <= 30 * 86_400


async def test_a_store_that_is_away_says_so(tmp_path: Path) -> None:
    """For every question and every change."""
    with EmbeddedStore(tmp_path) as embedded:
        store = a_store(embedded.url)
        await store.ping()
    async with store:
        with pytest.raises(StoreUnavailable):
            await store.crowd.change("ann", {"c1": NOW}, [])
        with pytest.raises(StoreUnavailable):
            await store.crowd.likings()
        with pytest.raises(StoreUnavailable):
            await store.crowd.forget("ann")
        with pytest.raises(StoreUnavailable):
            await store.crowd.forget_old(NOW)
        with pytest.raises(StoreUnavailable):
            await store.crowd.n_taken_back()
