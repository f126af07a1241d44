"""The store: one contract, held against a real server and against fakeredis, and what it does when a server fails."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from socketserver import StreamRequestHandler
from threading import Thread
from typing import Any

import pytest
from fakeredis import TcpFakeServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from redis.crc import key_slot
from redis.exceptions import RedisError

from ranking.errors import SignalfeedError
from ranking.ledger import Ledger
from ranking.profile import Profile, fit
from service.documents import RowStatus
from service.embedded import EmbeddedStore
from service.formats import UnreadableRecord, pack_profile
from service.store import Reader, Store, StoreFull, StoreUnavailable
from tests.build import NOW, PARAMS, a_corpus, a_ledger, an_event, two_stories

CORPUS = a_corpus(*two_stories())
STATISTICS = CORPUS.statistics
OTHER_STATISTICS = a_corpus(an_event("x", "Quite another thing")).statistics
# Where it matters only that nothing was changed, whatever was raised.
ANY_ERROR = (SignalfeedError, RedisError)
NOTHING_SAID = Reader(0, None, Ledger())

LEDGER_KEY, PROFILE_KEY = "u:{ann}:ledger", "u:{ann}:profile"
EVENTS_KEY, CHANGES_KEY, REVISION_KEY = "{catalog}:events", "{catalog}:changes", "{catalog}:revision"


@pytest.fixture(scope="module", params=["valkey", "fakeredis"])
def server_url(request: pytest.FixtureRequest, server_url: str) -> Iterator[str]:
    """Both servers that the contract is held against: the real one, and fakeredis on loopback."""
    if request.param == "valkey":
        yield server_url
        return
    with TcpFakeServer(("127.0.0.1", 0)) as server, pytest.MonkeyPatch.context() as patch:
        patch.setattr(StreamRequestHandler, "disable_nagle_algorithm", True)  # or each answer is held back for 40 ms
        serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        yield f"redis://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        serving.join()


@pytest.fixture
async def redis(empty_server_url: str) -> AsyncIterator[Any]:
    """A client of its own, to look at what is stored and to spoil it."""
    async with Redis.from_url(empty_server_url) as client:
        yield client


@pytest.fixture
def own_url(tmp_path: Path) -> Iterator[str]:
    """A real server of this test's own, to be broken."""
    with EmbeddedStore(tmp_path) as embedded:
        yield embedded.url


@asynccontextmanager
async def own_store(url: str) -> AsyncIterator[tuple[Store, Any]]:
    """A store on a server of the test's own, holding a reader and an event, and a client to break that server with."""
    async with Store(url, reader_ttl_days=30) as store, Redis.from_url(url) as client:
        await press(store, "ann", "c1", 2)
        await store.put_events([("c1", b"{}")])
        yield store, client


def profile_of(ledger: Ledger) -> Profile:
    return fit(ledger, STATISTICS, PARAMS)


async def save(store: Store, user_id: str, before: Reader, ledger: Ledger) -> bool:
    return await store.save_reader(user_id, before, ledger, profile_of(ledger))


async def press(store: Store, user_id: str, event_id: str, level: int) -> None:
    """Reads, adjusts and saves a reader, until nobody else was quicker."""
    saved = False
    while not saved:
        before = await store.reader(user_id)
        terms = CORPUS.terms[CORPUS.rows.get(event_id, 0)]
        saved = await save(store, user_id, before, before.ledger.adjusted(event_id, level, NOW, terms, cap=500))


async def dump(redis: Any) -> Mapping[bytes, bytes]:
    """Everything that the server holds, but for how long it will."""
    return {key: await redis.dump(key) async for key in redis.scan_iter()}


# Readers


async def test_a_reader_who_said_nothing_is_empty(store: Store) -> None:
    """Nobody has to be signed up: an unknown reader has an empty ledger, no profile and revision 0."""
    assert await store.reader("nobody") == NOTHING_SAID
    assert await store.profile("nobody") is None


async def test_a_reader_comes_back_as_saved(store: Store) -> None:
    """Ledger and profile come back equal, to the last bit."""
    ledger = a_ledger(CORPUS, ("c1", 2), ("s1", -1), ("c2", 0))
    assert await save(store, "ann", NOTHING_SAID, ledger)
    reader = await store.reader("ann")
    assert (reader.revision, reader.ledger) == (1, ledger)
    for profile in (reader.profile, await store.profile("ann")):
        assert profile is not None
        assert pack_profile(profile) == pack_profile(profile_of(ledger))


async def test_readers_are_kept_apart(store: Store) -> None:
    """What one reader says leaves every other as they were."""
    await press(store, "ann", "c1", 2)
    await press(store, "anna", "s1", -2)
    assert [(await store.reader(user_id)).ledger.level_of("c1") for user_id in ("ann", "anna", "an")] == [2, None, None]


async def test_a_stale_revision_is_refused_and_changes_nothing(store: Store, redis: Any) -> None:
    """Compare-and-set: who read before somebody else's change is told so, and not a byte is written."""
    stale = await store.reader("ann")
    await press(store, "ann", "c1", 2)
    before = await dump(redis)
    assert not await save(store, "ann", stale, a_ledger(CORPUS, ("s1", -2)))
    assert await dump(redis) == before


async def test_concurrent_writers_lose_nothing(store: Store) -> None:
    """Sixteen writers with two events each: all thirty-two adjustments are there, each counted once."""

    async def write(writer: int) -> None:
        for k in range(2):
            await press(store, "ann", f"e{writer}-{k}", 1)

    await asyncio.gather(*(write(writer) for writer in range(16)))
    reader = await store.reader("ann")
    assert {one.event_id for one in reader.ledger.adjustments} == {f"e{w}-{k}" for w in range(16) for k in range(2)}
    assert reader.revision == 32
    assert reader.profile is not None
    assert reader.profile.version == reader.ledger.version


presses = st.lists(st.tuples(st.sampled_from(["c1", "c2", "s1", "s2"]), st.sampled_from([-2, 0, 1, None])), max_size=12)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=presses)
async def test_the_ledger_keeps_its_order(store: Store, redis: Any, said: list[tuple[str, int | None]]) -> None:
    """Whatever is pressed, pressed again and taken back (None), what is read is what was written, in its order."""
    await redis.flushall()
    for event_id, level in said:
        before = await store.reader("ann")
        terms = CORPUS.terms[CORPUS.row(event_id)]
        after = before.ledger.without(event_id)
        if level is not None:
            after = before.ledger.adjusted(event_id, level, NOW, terms, cap=3)
        assert await save(store, "ann", before, after)
        assert (await store.reader("ann")).ledger == after


async def test_several_adjustments_saved_at_once_keep_their_order(store: Store) -> None:
    """One change may bring several adjustments; the next comes after all of them."""
    await save(store, "ann", NOTHING_SAID, a_ledger(CORPUS, ("s2", 1), ("c1", 2), ("s1", -1)))
    await press(store, "ann", "c2", 1)
    assert [one.event_id for one in (await store.reader("ann")).ledger.adjustments] == ["s2", "c1", "s1", "c2"]


async def test_the_order_outlives_the_profile(store: Store, redis: Any) -> None:
    """The ledger is the truth and the profile follows from it: when that is lost, presses still go on in order."""
    for event_id in ("c1", "c2", "s1"):
        await press(store, "ann", event_id, 1)
    await redis.delete(PROFILE_KEY)
    await press(store, "ann", "s2", 1)
    assert [one.event_id for one in (await store.reader("ann")).ledger.adjustments] == ["c1", "c2", "s1", "s2"]


async def test_an_emptied_ledger_leaves_its_count_of_changes(store: Store) -> None:
    """After everything was taken back a writer who read before that is still refused."""
    await press(store, "ann", "c1", 2)
    stale = await store.reader("ann")
    assert await save(store, "ann", stale, Ledger())
    emptied = await store.reader("ann")
    assert (emptied.revision, emptied.ledger) == (2, Ledger())
    assert not await save(store, "ann", stale, a_ledger(CORPUS, ("s1", 1)))


async def test_both_keys_of_a_reader_expire_together(store: Store, redis: Any) -> None:
    """Every change renews the time after which a silent reader is forgotten, on both keys: 30 days = 2,592,000 s."""
    await press(store, "ann", "c1", 2)
    for key in (LEDGER_KEY, PROFILE_KEY):
        await redis.expire(key, 60)
    await press(store, "ann", "c1", -2)
    assert [2_592_000 - await redis.ttl(key) in range(60) for key in (LEDGER_KEY, PROFILE_KEY)] == [True, True]


@pytest.mark.parametrize("user_id", ["ann", "catalog", "a.b_c~d-e", "u", "ledger", "x" * 128])
async def test_a_reader_stays_inside_their_hash_tag(store: Store, redis: Any, user_id: str) -> None:
    """All keys of a reader lie on the slot of the id alone, so one script may write them all on a cluster, too."""
    await press(store, user_id, "c1", 1)
    keys = await redis.keys()
    assert set(keys) == {f"u:{{{user_id}}}:{part}".encode() for part in ("ledger", "profile")}
    assert {key_slot(key) for key in keys} == {key_slot(user_id.encode())}


async def test_readers_who_spoke_are_listed(store: Store) -> None:
    """Every reader with a ledger, and no other key of theirs or the catalogue's."""
    for number in range(30):
        await press(store, f"reader-{number}", "c1", 1)
    await press(store, "silent-again", "c1", 1)
    await save(store, "silent-again", await store.reader("silent-again"), Ledger())
    await store.put_events([("c1", b"{}")])
    assert sorted([user_id async for user_id in store.reader_ids()]) == sorted(f"reader-{n}" for n in range(30))


# Values that are damaged


@pytest.mark.parametrize(
    ("key", "field", "value"),
    [(LEDGER_KEY, "c1", b"\x00\xff"), (LEDGER_KEY, "c1", b""), (PROFILE_KEY, "revision", b"many")],
    ids=["adjustment", "empty adjustment", "revision"],
)
async def test_a_damaged_value_is_an_unreadable_record(
    store: Store, redis: Any, key: str, field: str, value: bytes
) -> None:
    """Damage is told from a store that is away, and costs only the reader whose it is."""
    await press(store, "ann", "c1", 2)
    await press(store, "bob", "c1", 2)
    await redis.hset(key, field, value)
    with pytest.raises(UnreadableRecord):
        await store.reader("ann")
    assert (await store.reader("bob")).revision == 1


@pytest.mark.parametrize("packed", [b"\x00\xff", b'{"format":99}\n'], ids=["no profile", "of a later format"])
async def test_a_damaged_profile_leaves_the_ledger_readable(store: Store, redis: Any, packed: bytes) -> None:
    """The profile follows from the ledger, so it can be made again: it is not there, and all else is."""
    await press(store, "ann", "c1", 2)
    await redis.hset(PROFILE_KEY, "packed", packed)
    with pytest.raises(UnreadableRecord):
        await store.profile("ann")
    reader = await store.reader("ann")
    assert (reader.revision, reader.profile, reader.ledger.level_of("c1")) == (1, None, 2)


@pytest.mark.parametrize("key", [LEDGER_KEY, PROFILE_KEY])
async def test_a_reader_of_the_wrong_type_is_an_unreadable_record(store: Store, redis: Any, key: str) -> None:
    """The client library's own errors do not leave the store, neither on reading nor on writing."""
    await redis.set(key, "not a hash")
    with pytest.raises(UnreadableRecord):
        await store.reader("ann")
    with pytest.raises(UnreadableRecord):
        await save(store, "ann", NOTHING_SAID, a_ledger(CORPUS, ("c1", 2)))


@pytest.mark.parametrize("key", [LEDGER_KEY, PROFILE_KEY])
async def test_a_save_over_the_wrong_type_changes_nothing(store: Store, redis: Any, key: str) -> None:
    """A script is not rolled back, so it looks at both keys before it writes the first."""
    await redis.set(key, "not a hash")
    before = await dump(redis)
    with pytest.raises(ANY_ERROR):
        await save(store, "ann", NOTHING_SAID, a_ledger(CORPUS, ("c1", 2)))
    assert await dump(redis) == before


@pytest.mark.parametrize("key", [EVENTS_KEY, CHANGES_KEY, REVISION_KEY])
async def test_events_over_the_wrong_type_change_nothing(store: Store, redis: Any, key: str) -> None:
    """An event is neither stored nor deleted without the change that tells the workers of it."""
    await store.put_events([("c1", b"1")])
    await redis.delete(key)
    await (redis.set if key == EVENTS_KEY else redis.sadd)(key, "spoilt")
    before = await dump(redis)
    with pytest.raises(ANY_ERROR):
        await store.put_events([("c2", b"2")])
    assert await dump(redis) == before
    with pytest.raises(ANY_ERROR):
        await store.delete_event("c1")
    assert await dump(redis) == before


async def test_a_lost_count_of_changes_does_not_stop_events(store: Store, redis: Any) -> None:
    """Where the revision is gone but the changes are not, the next event is stored and told of all the same."""
    await store.put_events([("c1", b"1"), ("c2", b"1")])
    await redis.delete(REVISION_KEY)
    assert await store.put_events([("c3", b"1")]) == [RowStatus.CREATED]


async def test_damaged_statistics_are_an_unreadable_record(store: Store, redis: Any) -> None:
    """As with a reader's values."""
    await store.save_statistics(STATISTICS, 1, replacing=None)
    await redis.hset(f"{{catalog}}:statistics:{PARAMS.version}", "packed", b"\x00\xff")
    with pytest.raises(UnreadableRecord):
        await store.statistics(PARAMS.version)


# Catalogue


async def test_events_are_created_replaced_or_left_alone(store: Store) -> None:
    """Each event of a batch has its own status, also where the batch has an id twice."""
    created, replaced, unchanged = RowStatus.CREATED, RowStatus.REPLACED, RowStatus.UNCHANGED
    assert await store.put_events([("a", b"1"), ("b", b"1")]) == [created, created]
    assert await store.put_events([("a", b"1"), ("b", b"2"), ("c", b"1")]) == [unchanged, replaced, created]
    assert await store.put_events([("d", b"1"), ("d", b"1"), ("d", b"2")]) == [created, unchanged, replaced]
    assert await store.put_events([]) == []


async def test_a_batch_longer_than_one_script_is_stored_whole(store: Store) -> None:
    """1,201 events take several scripts; statuses, events and changes are of all of them."""
    events = [(f"e{number}", b"%d" % number) for number in range(1201)]
    assert await store.put_events(events) == [RowStatus.CREATED] * 1201
    assert sorted([event async for event in store.all_events()]) == sorted(events)
    assert await store.changed_events(0) == dict(events)


async def test_an_empty_catalogue_stands_at_the_beginning(store: Store) -> None:
    """No event, no change, no statistics."""
    head = await store.catalog_head(PARAMS.version)
    assert (head.revision, head.statistics_version) == (0, None)
    assert [event async for event in store.all_events()] == []
    assert await store.statistics(PARAMS.version) is None


async def test_the_revision_counts_changes_only(store: Store) -> None:
    """Two new events, one replaced and one deleted make four; what changes nothing does not count."""
    await store.put_events([("a", b"1"), ("b", b"1")])
    await store.put_events([("a", b"1"), ("b", b"2")])
    assert await store.delete_event("a")
    assert not await store.delete_event("a")
    assert (await store.catalog_head(PARAMS.version)).revision == 4


async def test_changes_are_told_from_any_revision_on(store: Store) -> None:
    """Each event once, as it is now: None for one that was deleted."""
    await store.put_events([("a", b"1"), ("b", b"1"), ("c", b"1")])  # revisions 1, 2, 3
    await store.put_events([("a", b"2")])  # 4
    await store.delete_event("b")  # 5
    assert await store.changed_events(0) == {"a": b"2", "b": None, "c": b"1"}
    assert await store.changed_events(2) == {"c": b"1", "a": b"2", "b": None}
    assert await store.changed_events(4) == {"b": None}


async def test_a_gap_in_the_changes_is_owned_up_to(store: Store, redis: Any) -> None:
    """Who lags behind further than changes are kept is told to read everything; others are not."""
    await store.put_events([(f"e{number}", b"1") for number in range(6)])
    await redis.xtrim(CHANGES_KEY, maxlen=3, approximate=False)  # of 1…6, 4, 5 and 6 stay
    assert await store.changed_events(2) is None
    assert await store.changed_events(3) == {"e3": b"1", "e4": b"1", "e5": b"1"}


async def test_changes_to_a_store_that_was_emptied_are_a_gap(store: Store, redis: Any) -> None:
    """A revision that the store has not reached (again) cannot be continued from."""
    await store.put_events([("a", b"1"), ("b", b"1")])
    await redis.flushall()
    await store.put_events([("z", b"1")])
    assert await store.changed_events(2) is None


async def test_the_list_of_changes_is_capped(own_url: str) -> None:
    """It does not grow with every change for ever: 10,000 are kept, and at most a node of the stream (100) more."""
    events = [(f"e{number % 1000}", b"%d" % number) for number in range(10_500)]
    async with own_store(own_url) as (store, client):
        await store.put_events(events)
        assert 10_000 <= await client.xlen(CHANGES_KEY) <= 10_100


async def test_statistics_come_back_as_saved(store: Store) -> None:
    """With the revision that they are of, and for these parameters alone."""
    assert await store.save_statistics(STATISTICS, 7, replacing=None)
    found = await store.statistics(PARAMS.version)
    assert found is not None
    assert (found[0].version, found[1]) == (STATISTICS.version, 7)
    assert found[0].mean.tobytes() == STATISTICS.mean.tobytes()
    assert (await store.catalog_head(PARAMS.version)).statistics_version == STATISTICS.version
    assert (await store.catalog_head("others")).statistics_version is None
    assert await store.statistics("others") is None


async def test_only_one_worker_replaces_statistics(store: Store) -> None:
    """Compare-and-set: who replaces what is no longer in force is refused."""
    first, second = STATISTICS, OTHER_STATISTICS
    assert await store.save_statistics(first, 1, replacing=None)
    assert not await store.save_statistics(second, 2, replacing=None)
    assert not await store.save_statistics(second, 2, replacing="neither")
    assert (await store.catalog_head(PARAMS.version)).statistics_version == first.version
    assert await store.save_statistics(second, 2, replacing=first.version)
    assert (await store.catalog_head(PARAMS.version)).statistics_version == second.version


async def test_statistics_of_old_parameters_go_away_by_themselves(store: Store, redis: Any) -> None:
    """Every upgrade that changes a parameter leaves statistics behind; after 30 days they are gone."""
    await store.save_statistics(STATISTICS, 1, replacing=None)
    assert 2_592_000 - await redis.ttl(f"{{catalog}}:statistics:{PARAMS.version}") in range(60)


async def test_the_catalogue_lies_on_one_slot(store: Store, redis: Any) -> None:
    """So that its scripts run on a cluster, too."""
    await store.put_events([("a", b"1")])
    await store.save_statistics(STATISTICS, 1, replacing=None)
    assert {key_slot(key) for key in await redis.keys()} == {key_slot(b"catalog")}


# Scripts


async def test_scripts_that_the_server_forgot_are_sent_again(store: Store, redis: Any) -> None:
    """After SCRIPT FLUSH, as after a restart, every write works at once."""
    for event_id, replacing in (("c1", None), ("c2", STATISTICS.version)):
        await press(store, "ann", event_id, 1)
        assert await store.put_events([(event_id, b"1")]) == [RowStatus.CREATED]
        assert await store.delete_event(event_id)
        assert await store.save_statistics(STATISTICS, 1, replacing=replacing)
        await redis.script_flush()


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
    async with Store(own_url, reader_ttl_days=30) as store:
        await store.put_events([("a", b"1")])
    async with (
        a_line_that_loses_an_answer(own_url, tmp_path_factory.mktemp("line") / "sock") as url,
        Store(url, reader_ttl_days=30) as store,
    ):
        yield store


async def test_a_reader_sent_twice_is_saved_once_and_said_to_be(breaking_store: Store) -> None:
    """The caller whose own change is there already is not told that somebody else was quicker."""
    ledger = a_ledger(CORPUS, ("c1", 2))
    saved = await save(breaking_store, "ann", NOTHING_SAID, ledger)
    reader = await breaking_store.reader("ann")
    assert (reader.revision, reader.ledger) == (1, ledger)
    assert saved


async def test_events_sent_twice_are_stored_once(breaking_store: Store) -> None:
    """Two new events are two changes."""
    await breaking_store.put_events([("b", b"1"), ("c", b"1")])
    assert (await breaking_store.catalog_head(PARAMS.version)).revision == 3
    assert await breaking_store.changed_events(1) == {"b": b"1", "c": b"1"}


async def test_a_deletion_sent_twice_is_one(breaking_store: Store) -> None:
    """One event gone is one change."""
    await breaking_store.delete_event("a")
    assert await breaking_store.changed_events(1) == {"a": None}
    assert (await breaking_store.catalog_head(PARAMS.version)).revision == 2


async def test_statistics_sent_twice_are_in_force(breaking_store: Store) -> None:
    """Whatever the answer, they are there."""
    await breaking_store.save_statistics(STATISTICS, 1, replacing=None)
    assert (await breaking_store.catalog_head(PARAMS.version)).statistics_version == STATISTICS.version


# Servers that fail


async def test_a_full_store_says_so_and_goes_on_being_read(own_url: str) -> None:
    """At its memory limit the server refuses what would grow; nothing is half done and reads go on."""
    async with own_store(own_url) as (store, client):
        before = await dump(client)
        await client.config_set("maxmemory", 1)
        reader = await store.reader("ann")
        with pytest.raises(StoreFull):
            await save(store, "ann", reader, a_ledger(CORPUS, ("c1", 2), ("s1", -2)))
        with pytest.raises(StoreFull):
            await store.put_events([("c2", b"{}")])
        with pytest.raises(StoreFull):
            await store.save_statistics(STATISTICS, 1, replacing=None)
        assert await dump(client) == before
        assert reader.ledger.level_of("c1") == 2
        assert await store.changed_events(0) == {"c1": b"{}"}
        await client.config_set("maxmemory", 0)
        await press(store, "ann", "s1", -2)


@pytest.mark.parametrize(
    "command",
    [("REPLICAOF", "127.0.0.1", "1"), ("CONFIG", "SET", "min-replicas-to-write", "1")],
    ids=["replica", "too few replicas"],
)
async def test_a_store_that_takes_no_writes_is_unavailable_to_them_alone(own_url: str, command: tuple[str]) -> None:
    """Each write raises StoreUnavailable and changes nothing, each read goes on."""
    async with own_store(own_url) as (store, client):
        before = await dump(client)
        await client.execute_command(*command)
        reader = await store.reader("ann")
        with pytest.raises(StoreUnavailable):
            await save(store, "ann", reader, a_ledger(CORPUS, ("s1", 1)))
        with pytest.raises(StoreUnavailable):
            await store.put_events([("c2", b"{}")])
        with pytest.raises(StoreUnavailable):
            await store.delete_event("c1")
        with pytest.raises(StoreUnavailable):
            await store.save_statistics(STATISTICS, 1, replacing=None)
        assert await dump(client) == before
        assert reader.ledger.level_of("c1") == 2
        assert [event async for event in store.all_events()] == [("c1", b"{}")]


async def test_a_replica_cut_off_from_its_master_is_unavailable(own_url: str) -> None:
    """Where it is set to answer nothing stale, reads are refused, too."""
    async with own_store(own_url) as (store, client):
        await client.config_set("replica-serve-stale-data", "no")
        await client.execute_command("REPLICAOF", "127.0.0.1", "1")
        with pytest.raises(StoreUnavailable):
            await store.profile("ann")
        with pytest.raises(StoreUnavailable):
            await store.reader("ann")
        await client.execute_command("REPLICAOF", "NO", "ONE")
        assert (await store.reader("ann")).revision == 1


async def every_call(store: Store) -> list[BaseException | None]:
    """What every method of the store raised."""

    async def whole(answers: AsyncIterator[object]) -> None:
        _ = [answer async for answer in answers]

    calls = (
        store.ping(),
        store.profile("ann"),
        store.reader("ann"),
        save(store, "ann", NOTHING_SAID, a_ledger(CORPUS, ("c1", 2))),
        whole(store.reader_ids()),
        store.put_events([("c1", b"1")]),
        store.delete_event("c1"),
        store.catalog_head(PARAMS.version),
        whole(store.all_events()),
        store.changed_events(0),
        store.statistics(PARAMS.version),
        store.save_statistics(STATISTICS, 1, replacing=None),
    )
    answers = await asyncio.gather(*calls, return_exceptions=True)
    return [answer if isinstance(answer, BaseException) else None for answer in answers]


async def test_a_server_that_is_gone_is_unavailable_and_may_come_back(tmp_path: Path) -> None:
    """Every call raises StoreUnavailable while it is away; the same store works once it is back, with what it held."""
    with EmbeddedStore(tmp_path) as embedded:
        store = Store(embedded.url, reader_ttl_days=30)
        await press(store, "ann", "c1", 2)
    async with store:
        assert {type(raised) for raised in await every_call(store)} == {StoreUnavailable}
        with EmbeddedStore(tmp_path):
            assert (await store.reader("ann")).ledger.level_of("c1") == 2
            await press(store, "ann", "c1", -2)


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1", "unix:///nowhere/store.sock"])
async def test_a_server_that_never_was_is_unavailable(url: str) -> None:
    """Every call says so, and none waits for long."""
    async with Store(url, reader_ttl_days=30) as store:
        assert {type(raised) for raised in await every_call(store)} == {StoreUnavailable}


async def test_a_server_that_does_not_answer_is_unavailable(tmp_path_factory: pytest.TempPathFactory) -> None:
    """One that takes the call and stays silent counts as away. (The URL may shorten the wait for an answer.)"""

    async def stay_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    socket_path = tmp_path_factory.mktemp("silent") / "sock"
    async with (
        await asyncio.start_unix_server(stay_silent, socket_path),
        Store(f"unix://{socket_path}?socket_timeout=0.02", reader_ttl_days=30) as store,
    ):
        assert {type(raised) for raised in await every_call(store)} == {StoreUnavailable}


async def test_more_callers_than_connections_wait_their_turn(store: Store) -> None:
    """Two hundred at once share the pool; none is turned away."""
    await press(store, "ann", "c1", 2)
    readers = await asyncio.gather(*(store.reader("ann") for _ in range(200)))
    assert {reader.revision for reader in readers} == {1}
