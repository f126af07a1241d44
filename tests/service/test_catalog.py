"""The catalogue: it follows the store, shares its statistics, and stands when the store does not."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from ranking.event import Event
from ranking.features import fit_statistics
from service.catalog import Catalog
from service.documents import write_document
from service.embedded import EmbeddedStore
from service.store import Store, StoreUnavailable
from tests.build import NOW, PARAMS, an_event, two_stories

WORDS = ("comet", "strike", "harbour", "election", "vaccine", "glacier", "museum", "railway", "orchestra", "volcano")
STATISTICS_KEY = f"{{catalog}}:statistics:{PARAMS.version}"


@pytest.fixture
async def catalog(store: Store) -> Catalog:
    """A catalogue that has read an empty store."""
    return await reading(store)


def a_store(url: str) -> Store:
    """A store on this server."""
    return Store(url, reader_ttl_days=30, snapshot_ttl_seconds=60, n_impressions=0, n_likings=1000)


async def reading(store: Store) -> Catalog:
    """A catalogue that has just read the store, as a worker does that has just been started."""
    catalog = Catalog(store, PARAMS, lambda: NOW)
    await catalog.refresh()
    return catalog


async def put(store: Store, *events: Event) -> None:
    await store.catalog.put([(event.id, write_document(event)) for event in events])


def some_events(n: int, start: int = 0) -> Sequence[Event]:
    return [an_event(f"e{i}", f"{WORDS[i % 10]} {WORDS[i // 10 % 10]} report") for i in range(start, start + n)]


def ids(catalog: Catalog) -> list[str]:
    return [event.id for event in catalog.corpus.events]


def published(catalog: Catalog) -> dict[str, bytes]:
    """Every live event as answers carry it."""
    return {event.id: catalog.written(event) for event in catalog.corpus.events}


def knows(catalog: Catalog, event_id: str) -> bool:
    """Whether the catalogue has been read and has the event."""
    try:
        return event_id in catalog.corpus.rows
    except StoreUnavailable:
        return False


def whole(catalog: Catalog) -> tuple[object, ...]:
    """Everything that a catalogue gives out, so that two can be compared to the last bit."""
    corpus = catalog.corpus
    arrays = (corpus.features.data, corpus.features.indices, corpus.features.indptr, corpus.mean, corpus.centre)
    return (corpus.version, corpus.events, corpus.terms, corpus.names, published(catalog)), [
        array.tobytes() for array in arrays
    ]


async def until(so: Callable[[], bool]) -> None:
    """Returns once it is so, within ten seconds."""
    for _ in range(1000):
        if so():
            return
        await asyncio.sleep(0.01)
    pytest.fail("waited in vain")


@asynccontextmanager
async def watching(catalog: Catalog) -> AsyncIterator[asyncio.Task[None]]:
    """Follows the store as long as the context."""
    watch = asyncio.create_task(catalog.watch(0.01))
    yield watch
    while not watch.done():  # the Redis client may swallow a cancellation while it connects
        watch.cancel()
        await asyncio.wait([watch], timeout=0.1)


# What it holds


async def test_nothing_read_is_no_corpus(store: Store) -> None:
    """Before the first look there is nothing to serve, and that is said as of a store that is away."""
    with pytest.raises(StoreUnavailable):
        _ = Catalog(store, PARAMS, lambda: NOW).corpus


async def test_an_empty_catalogue_is_a_corpus(catalog: Catalog) -> None:
    """A store that holds no event is not one that could not be read."""
    assert ids(catalog) == []
    assert published(catalog) == {}
    assert catalog.corpus.version.endswith(f".{fit_statistics([], PARAMS).version}")


async def test_changes_arrive_by_refresh(store: Store, catalog: Catalog) -> None:
    """New, changed and deleted events are there after the next look, and not before."""
    comet, comet_again, strike, _ = two_stories()
    await put(store, comet, strike)
    assert ids(catalog) == []
    await catalog.refresh()
    assert ids(catalog) == ["c1", "s1"]

    renamed = an_event("s1", "Dockworkers walk out")
    await put(store, renamed, comet_again)
    await store.catalog.delete("c1")
    await catalog.refresh()
    assert ids(catalog) == ["c2", "s1"]
    assert catalog.corpus.event("s1") == renamed
    assert published(catalog) == {event.id: write_document(event) for event in (comet_again, renamed)}


async def test_the_last_event_may_go(store: Store, catalog: Catalog) -> None:
    """From a full catalogue back to an empty one, and on."""
    await put(store, *two_stories())
    await catalog.refresh()
    for event in two_stories():
        await store.catalog.delete(event.id)
    await catalog.refresh()
    assert ids(catalog) == []
    await put(store, an_event("e1"))
    await catalog.refresh()
    assert ids(catalog) == ["e1"]


async def test_events_are_listed_newest_first(store: Store, catalog: Catalog) -> None:
    """In whatever order they were stored."""
    for event_id, days_ago in (("old", 30), ("new", 1), ("middle", 15)):
        await put(store, an_event(event_id, published_at=NOW - timedelta(days=days_ago)))
    await catalog.refresh()
    assert ids(catalog) == ["new", "middle", "old"]


async def test_nothing_changed_keeps_the_corpus(store: Store, catalog: Catalog) -> None:
    """A look that finds nothing new builds nothing, nor does a store with nothing in it any more."""
    for change in (lambda: put(store, an_event("e1")), lambda: store.catalog.delete("e1")):
        await change()
        await catalog.refresh()
        before = catalog.corpus
        await put(store)
        await catalog.refresh()
        assert catalog.corpus is before


async def test_a_corpus_in_use_stays_as_it_was(store: Store, catalog: Catalog) -> None:
    """The corpus is swapped as a whole: whoever ranks with the old one is not disturbed."""
    await put(store, *two_stories())
    await catalog.refresh()
    old, before = catalog.corpus, published(catalog)
    await store.catalog.delete("c1")
    await catalog.refresh()
    assert [event.id for event in old.events] == ["c1", "c2", "s1", "s2"]
    assert sorted(before) == ["c1", "c2", "s1", "s2"]
    assert ids(catalog) == ["c2", "s1", "s2"]


async def test_callers_who_come_together_share_one_rebuild(store: Store, catalog: Catalog) -> None:
    """Ten looks at once end with one and the same corpus."""
    await put(store, *two_stories())

    async def look() -> object:
        await catalog.refresh()
        return catalog.corpus

    assert len({id(corpus) for corpus in await asyncio.gather(*(look() for _ in range(10)))}) == 1


async def test_the_revision_is_that_of_the_corpus(store: Store, catalog: Catalog) -> None:
    """It counts the changes that the corpus has seen, not those that wait to be looked at: so what is new since is
    told from what is ranked."""
    assert catalog.revision == 0
    await put(store, *two_stories())
    assert catalog.revision == 0
    await catalog.refresh()
    await store.catalog.delete("c1")
    assert catalog.revision == 4
    await catalog.refresh()
    assert catalog.revision == 5
    assert (await reading(store)).revision == 5


async def test_an_event_that_is_asked_for_is_looked_for(store: Store, catalog: Catalog) -> None:
    """Another worker may just have stored it: then it is there, and nothing is read where it was there already."""
    await put(store, an_event("e1"))
    assert "e1" in (await catalog.corpus_with("e1")).rows
    await put(store, an_event("e2"))
    assert "e2" not in (await catalog.corpus_with("e1")).rows
    assert "e3" not in (await catalog.corpus_with("e3")).rows


async def test_an_event_is_written_as_it_came_in(store: Store, catalog: Catalog) -> None:
    """Byte for byte while it is live, also where we would write it otherwise; one that was replaced, as it was."""
    first, written = an_event("e1"), write_document(an_event("e1"))
    await store.catalog.put([("e1", b" " + written)])
    await catalog.refresh()
    [live] = catalog.corpus.events
    assert (live, catalog.written(live)) == (first, b" " + written)
    await put(store, an_event("e1", "Another title"))
    await catalog.refresh()
    assert catalog.written(live) == written


# Several workers


async def test_a_second_worker_sees_the_same_bytes(store: Store, catalog: Catalog) -> None:
    """Who followed every change and who has just been started serve the same corpus, by version and by bytes."""
    for event in some_events(30):
        await put(store, event)
        await catalog.refresh()
    await store.catalog.delete("e7")
    await catalog.refresh()
    assert whole(await reading(store)) == whole(catalog)


changes = st.lists(
    st.tuples(st.sampled_from(["put", "delete", "look"]), st.integers(0, 5), st.sampled_from(WORDS)), max_size=20
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=changes)
async def test_following_is_as_good_as_reading_anew(
    store: Store, redis: Any, changes: list[tuple[str, int, str]]
) -> None:
    """Whatever happens in between, and however seldom it looks, a follower ends where a newcomer begins."""
    await redis.flushall()
    follower = await reading(store)
    for action, number, word in changes:
        if action == "put":
            await put(store, an_event(f"e{number}", f"The {word} report"))
        elif action == "delete":
            await store.catalog.delete(f"e{number}")
        else:
            await follower.refresh()
    await follower.refresh()
    assert whole(await reading(store)) == whole(follower)


async def test_who_lags_behind_too_far_reads_everything(store: Store, catalog: Catalog, redis: Any) -> None:
    """Where changes are no longer told, the whole catalogue is read, and what is gone from it goes."""
    await put(store, *two_stories())
    await catalog.refresh()
    await store.catalog.delete("c1")
    await put(store, an_event("e1"), an_event("e2"))
    await redis.xtrim("{catalog}:changes", maxlen=1, approximate=False)
    await catalog.refresh()
    assert ids(catalog) == ["c2", "e1", "e2", "s1", "s2"]
    assert whole(await reading(store)) == whole(catalog)


async def test_a_store_put_back_is_read_anew(store: Store, catalog: Catalog, redis: Any) -> None:
    """A store that was put back from a backup between two looks knows less than the worker remembers."""
    await put(store, *two_stories())  # four changes
    await catalog.refresh()
    await redis.flushall()
    await put(store, *some_events(2))
    await catalog.refresh()
    assert ids(catalog) == ["e0", "e1"]


# Statistics


async def test_statistics_are_shared(store: Store, catalog: Catalog) -> None:
    """All workers calculate with the same, even one that comes when the catalogue has changed a little."""
    await put(store, *some_events(20))
    await catalog.refresh()
    await put(store, *some_events(2, start=20))
    newcomer = await reading(store)
    assert newcomer.corpus.statistics.version == catalog.corpus.statistics.version
    assert newcomer.corpus.statistics.n_events == 20


async def test_statistics_are_fitted_again_after_more_than_a_tenth_has_changed(store: Store, catalog: Catalog) -> None:
    """Of 20 events, the second change (10 %) leaves them in force and the third brings new ones, to all workers."""
    await put(store, *some_events(20))
    await catalog.refresh()
    other = await reading(store)
    first = catalog.corpus.statistics.version
    in_force = []
    for change in (
        put(store, an_event("new", "Glacier calves")),
        store.catalog.delete("e0"),
        store.catalog.delete("e1"),
    ):
        await change
        await catalog.refresh()
        in_force.append(catalog.corpus.statistics.version)
    assert in_force[:2] == [first, first]
    assert in_force[2] != first
    assert catalog.corpus.statistics.n_events == 19
    await other.refresh()
    assert whole(other) == whole(catalog)


async def test_statistics_are_fitted_once_for_all(store: Store) -> None:
    """Workers that are started together end with the same, whoever was first."""
    await put(store, *some_events(20))
    catalogs = [Catalog(store, PARAMS, lambda: NOW) for _ in range(8)]
    await asyncio.gather(*(catalog.refresh() for catalog in catalogs))
    assert len({catalog.corpus.version for catalog in catalogs}) == 1


async def test_a_change_that_counts_for_nothing_is_counted_once(store: Store, catalog: Catalog) -> None:
    """New signals are changes, too, though not to the statistics: fitted again the same, these are of now, and the
    next change alone does not bring another fit."""
    events = some_events(20)
    await put(store, *events)
    await catalog.refresh()
    first = catalog.corpus.statistics.version
    await put(store, *(an_event(event.id, event.title, signal=9.0) for event in events[:3]))
    await catalog.refresh()
    await put(store, an_event("new", "Glacier calves"))
    await catalog.refresh()
    assert catalog.corpus.statistics.version == first


async def test_statistics_that_were_lost_are_fitted_again(store: Store, catalog: Catalog, redis: Any) -> None:
    """They expire where a catalogue stands still; the next look brings them back, for every worker."""
    await put(store, *some_events(20))
    await catalog.refresh()
    await redis.delete(STATISTICS_KEY)
    await catalog.refresh()
    assert (await store.catalog.head(PARAMS.version)).statistics_version == catalog.corpus.statistics.version


# Damage


@pytest.mark.parametrize(
    "damaged",
    [b"{", b"\xff", b"{}", write_document(an_event("broken"))[:-1] + b',"of_a_later_version":1}'],
    ids=["not JSON", "not text", "not an event", "an event of a later version"],
)
async def test_a_damaged_event_is_left_out(
    store: Store, catalog: Catalog, caplog: pytest.LogCaptureFixture, damaged: bytes
) -> None:
    """It costs the feed one event, and says which."""
    await put(store, *two_stories())
    await store.catalog.put([("broken", damaged)])
    await catalog.refresh()
    assert ids(catalog) == ["c1", "c2", "s1", "s2"]
    assert "broken" in caplog.text


async def test_an_event_that_got_damaged_goes_for_every_worker(store: Store, catalog: Catalog) -> None:
    """Who knew it when it was whole does not go on serving it: one version of the corpus is one content."""
    await put(store, *two_stories())
    await catalog.refresh()
    await store.catalog.put([("c1", b"{")])
    await catalog.refresh()
    assert whole(await reading(store)) == whole(catalog)
    assert ids(catalog) == ["c2", "s1", "s2"]


async def test_a_damaged_event_that_was_mended_is_back(store: Store, catalog: Catalog) -> None:
    """As soon as it is stored again."""
    await store.catalog.put([("c1", b"{")])
    await catalog.refresh()
    await put(store, *two_stories())
    await catalog.refresh()
    assert ids(catalog) == ["c1", "c2", "s1", "s2"]


async def test_damaged_statistics_are_fitted_again(store: Store, catalog: Catalog, redis: Any) -> None:
    """They follow from the events, so there is no reason to stand still for them. Who knows them goes on, whoever comes
    new fits them, and then all calculate with those."""
    await put(store, *some_events(20))
    await catalog.refresh()
    await redis.hset(STATISTICS_KEY, "packed", b"\x00\xff")
    await put(store, an_event("new"))
    await catalog.refresh()
    assert "new" in ids(catalog)
    newcomer = await reading(store)
    await catalog.refresh()
    assert whole(newcomer) == whole(catalog)


# Stores that fail


async def test_a_store_that_is_away_leaves_the_corpus(tmp_path: Path) -> None:
    """Refresh says so; what was read before is served on."""
    with EmbeddedStore(tmp_path) as embedded:
        store = a_store(embedded.url)
        await put(store, *two_stories())
        catalog = await reading(store)
    async with store:
        before = catalog.corpus
        with pytest.raises(StoreUnavailable):
            await catalog.refresh()
        assert catalog.corpus is before
        with pytest.raises(StoreUnavailable):
            await reading(store)


async def test_an_event_that_is_asked_for_is_not_missed_while_the_store_is_away(tmp_path: Path) -> None:
    """The question is answered from what was read before."""
    with EmbeddedStore(tmp_path) as embedded:
        store = a_store(embedded.url)
        await put(store, *two_stories())
        catalog = await reading(store)
    async with store:
        assert await catalog.corpus_with("e1") is catalog.corpus
        assert await catalog.corpus_with("c1") is catalog.corpus


async def test_watching_survives_a_store_that_goes_and_comes(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It says once that the store is away and once that it is back, and goes on from there."""
    caplog.set_level(logging.INFO, "signalfeed.catalog")
    with EmbeddedStore(tmp_path) as embedded:
        store = a_store(embedded.url)
        await put(store, *two_stories())
    async with store:
        catalog = Catalog(store, PARAMS, lambda: NOW)
        async with watching(catalog):
            with EmbeddedStore(tmp_path):
                await until(lambda: knows(catalog, "c1"))
            caplog.clear()
            await until(lambda: bool(caplog.records))
            assert ids(catalog) == ["c1", "c2", "s1", "s2"]
            with EmbeddedStore(tmp_path):
                await put(store, an_event("new"))
                await until(lambda: "new" in catalog.corpus.rows)
    away, back = (record.message for record in caplog.records if record.name == "signalfeed.catalog")
    assert away.startswith("the catalogue cannot be followed: the store cannot be reached (")
    assert back == "the catalogue is followed again"


async def test_watching_survives_damage(store: Store, catalog: Catalog, redis: Any) -> None:
    """Whatever is wrong with what is stored, it looks again: once that is mended, it follows."""
    async with watching(catalog) as watch:
        await redis.set(STATISTICS_KEY, "not a hash")
        await put(store, *two_stories())
        await asyncio.wait([watch], timeout=0.2)
        assert not watch.done()
        await redis.delete(STATISTICS_KEY)
        await until(lambda: "s2" in catalog.corpus.rows)


@pytest.mark.parametrize(
    "command", [("CONFIG", "SET", "maxmemory", "1"), ("REPLICAOF", "127.0.0.1", "1")], ids=["full", "replica"]
)
async def test_a_store_that_takes_no_writes_can_be_read(own_url: str, command: tuple[str, ...]) -> None:
    """A worker that is started then cannot share the statistics that it fits, but can serve."""
    async with a_store(own_url) as store, Redis.from_url(own_url) as client:
        await put(store, *two_stories())
        breaking: Any = client
        await breaking.execute_command(*command)
        assert ids(await reading(store)) == ["c1", "c2", "s1", "s2"]


# The crowd

HOUR = timedelta(hours=1)


async def liked(store: Store, user_id: str, *event_ids: str) -> None:
    """Has a reader like these events, one half-life before NOW."""
    await likes(store, user_id, event_ids, NOW - HOUR)


async def likes(store: Store, user_id: str, event_ids: Iterable[str], at: datetime) -> None:
    """Has a reader, of whom something is known from then on, like these events at a moment."""
    await store.readers.clear_ledger(user_id)
    await store.crowd.change(user_id, dict.fromkeys(event_ids, at), [])


def heat_of(catalog: Catalog) -> dict[str, float]:
    """How popular each event is that anybody turned up."""
    corpus = catalog.corpus
    return {event.id: float(corpus.heat[row]) for row, event in enumerate(corpus.events) if corpus.heat[row]}


async def pressed(store: Store) -> None:
    """Has two readers like e1 and e2, two days before NOW."""
    for user_id in ("ann", "bob"):
        await likes(store, user_id, ("e1", "e2"), NOW - timedelta(days=2))


async def test_before_the_corpus_is_read_the_crowd_is_not(store: Store) -> None:
    """There is nothing that could be popular; the next time it is heard."""
    catalog = Catalog(store, PARAMS, lambda: NOW)
    await catalog.hear_crowd()
    await put(store, *some_events(3))
    await liked(store, "ann", "e1")
    await catalog.refresh()
    await catalog.hear_crowd()
    assert heat_of(catalog) == {"e1": 0.5}


async def test_what_is_popular_is_told_of_events_that_are_there(store: Store) -> None:
    """An event that nobody has stored yet is popular once it is, within the same step."""
    await put(store, *some_events(3))
    await liked(store, "ann", "e1", "e9")
    catalog = Catalog(store, PARAMS, lambda: NOW)
    await catalog.refresh()
    await catalog.hear_crowd()
    await put(store, an_event("e9"))
    await catalog.refresh()
    assert heat_of(catalog) == {"e1": 0.5, "e9": 0.5}


async def test_another_workers_rows_are_read_by_the_next_look(store: Store) -> None:
    """The one who was later does not fit them again, and has every bit the same."""
    await put(store, *some_events(20))
    await pressed(store)
    one, two = (Catalog(store, PARAMS, lambda: NOW) for _ in range(2))
    await one.refresh()
    await two.refresh()
    await one.hear_crowd()
    await two.refresh()
    await two.hear_crowd()
    assert whole(one) == whole(two)
    assert one.corpus.alike.tobytes() == two.corpus.alike.tobytes() != bytes(one.corpus.alike.nbytes)
    assert one.corpus.statistics.version.partition("-")[2]
    head = await store.catalog.head(PARAMS.version)
    before = one.corpus
    await one.refresh()
    assert one.corpus is before
    assert (head.statistics_version, head.fitted_at) == (one.corpus.statistics.version, 20)


async def test_rows_that_were_made_meanwhile_count(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another worker saves others while these are made: its own are in force, with the next look here as well."""
    await put(store, *some_events(20))
    await pressed(store)
    one, two = (Catalog(store, PARAMS, lambda: NOW) for _ in range(2))
    await one.refresh()
    await two.refresh()
    likings = store.crowd.likings

    async def slowly(*given: Any) -> Any:
        found = await likings(*given)
        monkeypatch.setattr(store.crowd, "likings", likings)
        await likes(store, "eve", ("e3",), NOW - timedelta(days=2))
        await two.hear_crowd()
        return found

    monkeypatch.setattr(store.crowd, "likings", slowly)
    await one.hear_crowd()
    assert not one.corpus.statistics.alike.event_ids
    await one.refresh()
    assert one.corpus.statistics.alike.event_ids == ("e1", "e2", "e3")
    assert whole(one) == whole(two)


async def test_statistics_that_were_fitted_anew_meanwhile_keep_their_place(store: Store) -> None:
    """Who does not know of them yet makes no rows beside them, and has those in force with the next look."""
    await put(store, *some_events(20))
    await pressed(store)
    one, two = (Catalog(store, PARAMS, lambda: NOW) for _ in range(2))
    await one.refresh()
    await two.refresh()
    await put(store, *some_events(5, start=20))
    await two.refresh()
    await one.hear_crowd()
    assert not one.corpus.statistics.alike.event_ids
    await two.hear_crowd()
    await one.refresh()
    assert one.corpus.statistics.alike.event_ids == ("e1", "e2")
    assert whole(one) == whole(two)


@pytest.mark.parametrize(
    "command", [("CONFIG", "SET", "maxmemory", "1"), ("REPLICAOF", "127.0.0.1", "1")], ids=["full", "replica"]
)
async def test_a_store_that_takes_no_writes_keeps_nobody_from_what_is_popular(
    own_url: str, caplog: pytest.LogCaptureFixture, command: tuple[str, ...]
) -> None:
    """New rows of alike readers cannot be shared, so there are none; that is said once an hour."""
    async with a_store(own_url) as store, Redis.from_url(own_url) as client:
        await put(store, *some_events(20))
        catalog = Catalog(store, PARAMS, lambda: NOW)
        await catalog.refresh()
        await pressed(store)
        await liked(store, "eve", "e3")
        breaking: Any = client
        await breaking.execute_command(*command)
        for _ in range(3):
            await catalog.refresh()
            await catalog.hear_crowd()
        assert heat_of(catalog)["e3"] == 0.5
        assert not catalog.corpus.statistics.alike.event_ids
    assert caplog.text.count("not shared with other workers") == 1


async def test_what_is_taken_back_on_one_worker_is_seen_by_anothers_next_look(store: Store) -> None:
    """Within the same step; and as long as nobody takes anything back, what is popular is read once in a step."""
    await put(store, *some_events(3))
    await liked(store, "ann", "e1")
    await liked(store, "bob", "e1", "e2")
    one, two = (Catalog(store, PARAMS, lambda: NOW) for _ in range(2))
    for catalog in (one, two):
        await catalog.refresh()
        await catalog.hear_crowd()
    before = two.corpus
    await liked(store, "eve", "e0")
    await two.hear_crowd()
    assert two.corpus is before
    assert heat_of(two) == {"e1": 1.0, "e2": 0.5}

    await store.crowd.change("bob", {}, ["e2"])
    await two.hear_crowd()
    assert heat_of(two) == {"e0": 0.5, "e1": 1.0}
    assert heat_of(one) == {"e1": 1.0, "e2": 0.5}
    await one.hear_crowd()
    assert whole(one) == whole(two)
    assert one.corpus.heat.tobytes() == two.corpus.heat.tobytes()


async def test_likings_of_readers_who_may_be_forgotten_go_with_the_rows_of_alike_readers(store: Store) -> None:
    """Those that are older than what is known of readers is kept; of the others rows are made."""
    await put(store, *some_events(3))
    days_ago = {"ann": 31, "bob": 29, "eve": 1}
    for user_id, days in days_ago.items():
        await likes(store, user_id, ("e1", f"of-{user_id}"), NOW - timedelta(days=days))
    catalog = Catalog(store, PARAMS, lambda: NOW)
    await catalog.refresh()
    assert len(await store.crowd.likings()) == 6
    await catalog.hear_crowd()
    assert [one.user_id for one in await store.crowd.likings()] == ["bob", "bob", "eve", "eve"]
    assert catalog.corpus.statistics.alike.event_ids == ("e1", "of-bob", "of-eve")


async def test_where_no_crowd_is_kept_the_store_is_not_asked(own_url: str, redis: Any) -> None:
    """Not for what is popular, nor for what was taken back or is old: what was kept before stays as it was."""
    async with a_store(own_url) as before:
        await put(before, *some_events(3))
        await pressed(before)
        await liked(before, "eve", "e1")
    async with (
        Store(own_url, reader_ttl_days=1, snapshot_ttl_seconds=60, n_impressions=0, n_likings=0) as store,
        Redis.from_url(own_url) as client,
    ):
        catalog = Catalog(store, PARAMS, lambda: NOW)
        await catalog.refresh()
        corpus = catalog.corpus
        asking: Any = client
        before_it = (await asking.info("stats"))["total_commands_processed"]
        await catalog.hear_crowd()
        assert (await asking.info("stats"))["total_commands_processed"] == before_it + 1  # the question itself
        assert catalog.corpus is corpus
        assert await asking.zcard("{crowd}:likings") == 5


async def test_watching_hears_the_crowd(store: Store) -> None:
    """At once, and at every step of the clock from then on."""
    await put(store, *some_events(3))
    await liked(store, "ann", "e1")
    now = NOW
    catalog = Catalog(store, PARAMS, lambda: now)
    async with watching(catalog):
        await until(lambda: knows(catalog, "e1") and heat_of(catalog) == {"e1": 0.5})
        now += HOUR
        await until(lambda: heat_of(catalog) == {"e1": 0.25})


async def test_watching_survives_a_crowd_that_cannot_be_read(
    store: Store, redis: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Events are followed all the same, and once it is mended, the crowd is heard."""
    await redis.set("{crowd}:likings", "not a sorted set")
    catalog = Catalog(store, PARAMS, lambda: NOW)
    async with watching(catalog):
        await put(store, *some_events(3))
        await until(lambda: knows(catalog, "e1") and bool(caplog.records))
        await redis.delete("{crowd}:likings")
        await liked(store, "ann", "e1")
        await until(lambda: heat_of(catalog) == {"e1": 0.5})
