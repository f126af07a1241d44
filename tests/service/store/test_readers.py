"""What the store keeps of readers: the ledger in pages, compare-and-set, and nothing of one reader in another."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ranking.interactions import History
from ranking.ledger import Ledger
from ranking.reader import Reader
from ranking.wishes import Wishes
from service.formats.ledger import PAGE_SIZE, pack_page, unpack_page
from service.formats.profile import pack_profile
from service.formats.record import UnreadableRecord, pack
from service.store import Store
from tests.build import NOW, a_corpus, a_ledger, an_event
from tests.service.store.build import (
    CORPUS,
    KNOWN,
    LEDGER_KEY,
    NOTHING_KNOWN,
    READER_KEY,
    SNAPSHOT_ORDER_KEY,
    SNAPSHOTS_KEY,
    STATISTICS,
    TERMS,
    all_of,
    dump,
    ids,
    ledger_of,
    load,
    press,
    profile_of,
    said,
    save,
    say,
)

OTHER_STATISTICS = a_corpus(an_event("x", "Quite another thing")).statistics


FIRST, SECOND, THIRD = (range(page * PAGE_SIZE, (page + 1) * PAGE_SIZE) for page in range(3))


def a_ledger_of(n: int) -> Ledger:
    """The ledger of a reader who said the same of the events e0, e1 and so on."""
    return ledger_of(f"e{number}" for number in range(n))


async def pages(redis: Any, key: str = LEDGER_KEY) -> dict[int, list[int]]:
    """The places of the adjustments on each page of a ledger."""
    stored = await redis.hgetall(key)
    return {int(name): [place for place, _ in unpack_page(page, name.decode())] for name, page in stored.items()}


# There and back


async def test_a_reader_of_whom_nothing_is_known_is_empty(store: Store, redis: Any) -> None:
    """Nobody has to be signed up, and to look for somebody stores nothing."""
    assert await load(store, "nobody") == NOTHING_KNOWN
    found = await store.readers.for_feed("nobody", STATISTICS)
    assert (found.revision, found.profile, found.history, found.unheard) == (0, None, History(), True)
    assert await redis.keys() == []


async def test_a_reader_comes_back_as_saved(store: Store) -> None:
    """All that is known, with the profile to the last bit; and a feed gets its part of the same."""
    assert await save(store, NOTHING_KNOWN, KNOWN) == 1
    stored = await load(store)
    found = await store.readers.for_feed("ann", STATISTICS)
    assert (stored.revision, stored.reader, stored.places) == (1, KNOWN, (0, 1, 2))
    assert (found.revision, found.history, found.unheard) == (1, KNOWN.history, False)
    for profile in (stored.profile, found.profile):
        assert profile is not None
        assert profile.wishes == KNOWN.wishes
        assert pack_profile(profile, STATISTICS) == pack_profile(profile_of(KNOWN), STATISTICS)


async def test_a_profile_of_other_statistics_is_left_out(store: Store) -> None:
    """It cannot be used with them; all else is there, and the reader does not count as unheard."""
    await save(store, NOTHING_KNOWN, KNOWN)
    stored = await store.readers.load("ann", OTHER_STATISTICS)
    found = await store.readers.for_feed("ann", OTHER_STATISTICS)
    assert (stored.profile, stored.reader) == (None, KNOWN)
    assert (found.profile, found.unheard, found.history) == (None, False, KNOWN.history)


@pytest.mark.parametrize(
    "reader",
    [Reader(KNOWN.ledger), Reader(wishes=KNOWN.wishes), Reader(opens=KNOWN.opens)],
    ids=["said", "laid down", "opened"],
)
async def test_a_reader_without_a_profile_is_not_unheard(store: Store, reader: Reader) -> None:
    """Whatever teaches is asked again where the profile has gone; only who taught nothing has that of nobody."""
    await store.readers.save("ann", NOTHING_KNOWN, reader, None, STATISTICS)
    assert not (await store.readers.for_feed("ann", STATISTICS)).unheard


async def test_a_reader_who_only_looked_is_unheard(store: Store) -> None:
    """What was seen teaches nothing, and is there all the same."""
    await store.readers.save("ann", NOTHING_KNOWN, Reader(history=KNOWN.history), None, STATISTICS)
    found = await store.readers.for_feed("ann", STATISTICS)
    assert (found.unheard, found.history, found.revision) == (True, KNOWN.history, 1)


async def test_readers_are_kept_apart(store: Store) -> None:
    """What one reader says leaves every other as they were."""
    await press(store, "c1", 2, "ann")
    await press(store, "s1", -2, "anna")
    levels = [(await load(store, user_id)).reader.ledger.level_of("c1") for user_id in ("ann", "anna", "an")]
    assert levels == [2, None, None]


async def test_everyone_of_whom_something_is_known_is_listed_once(store: Store) -> None:
    """Who said something, who took it back, who only looked; nobody who was deleted, and no other key."""
    for number in range(30):
        await press(store, "c1", 1, f"reader-{number}")
    await say(store, Ledger(), "reader-0")
    await store.readers.save("looked", NOTHING_KNOWN, Reader(history=KNOWN.history), None, STATISTICS)
    await press(store, "c1", 1, "deleted")
    await store.readers.delete("deleted")
    await store.feeds.save_snapshot("paging", "one", b"order", replacing=True)
    await store.catalog.put([("c1", b"{}")])
    assert sorted(await all_of(store.readers.ids())) == sorted([*(f"reader-{n}" for n in range(30)), "looked"])


# Compare-and-set


async def test_a_stale_revision_is_refused_and_changes_nothing(store: Store, redis: Any) -> None:
    """Who read before somebody else's change is told so, and not a byte is written."""
    stale = await load(store)
    await press(store, "c1", 2)
    before = await dump(redis)
    assert await save(store, stale, KNOWN) is None
    assert await dump(redis) == before


async def test_concurrent_writers_lose_nothing(store: Store) -> None:
    """Sixteen writers with two events each: all thirty-two adjustments are there, each counted once."""

    async def write(writer: int) -> None:
        for k in range(2):
            await press(store, f"e{writer}-{k}", 1)

    await asyncio.gather(*(write(writer) for writer in range(16)))
    stored = await load(store)
    assert set(ids(stored.reader.ledger)) == {f"e{w}-{k}" for w in range(16) for k in range(2)}
    assert stored.revision == 32
    assert stored.profile is not None
    assert stored.profile.version == stored.reader.version


async def test_only_what_differs_is_written(store: Store, redis: Any) -> None:
    """Of two full pages and a third, a new adjustment is on the third: all else may be spoilt meanwhile and stays."""
    reader = replace(KNOWN, ledger=a_ledger_of(2 * PAGE_SIZE + 8))
    await save(store, NOTHING_KNOWN, reader)
    before = await load(store)
    fields = dict.fromkeys((b"wishes", b"history", b"opens", b"heard", b"profile"), b"spoilt")
    others = dict.fromkeys((b"0", b"1"), b"spoilt")
    await redis.hset(READER_KEY, mapping=fields)
    await redis.hset(LEDGER_KEY, mapping=others)

    after = replace(reader, ledger=Ledger((*reader.ledger.adjustments, said("new"))))
    assert await store.readers.save("ann", before, after, None, STATISTICS) == 2

    assert (await redis.hgetall(READER_KEY)).items() >= fields.items()
    stored = await redis.hgetall(LEDGER_KEY)
    assert stored.items() >= others.items()
    assert [place for place, _ in unpack_page(stored[b"2"], "2")] == [*range(2 * PAGE_SIZE, 2 * PAGE_SIZE + 9)]


@pytest.mark.parametrize("part", ["wishes", "history", "opens", "heard"])
async def test_a_part_that_was_emptied_is_taken_out(store: Store, redis: Any, part: str) -> None:
    """Nothing is kept that says nothing; the others stay as they were."""
    await save(store, NOTHING_KNOWN, KNOWN)
    fields = set(await redis.hkeys(READER_KEY))
    after = replace(KNOWN, **{part: getattr(Reader(), part)})
    assert await save(store, await load(store), after) == 2
    assert fields - set(await redis.hkeys(READER_KEY)) == {part.encode()}
    assert (await load(store)).reader == after


async def test_an_emptied_ledger_leaves_its_count_of_changes(store: Store, redis: Any) -> None:
    """After everything was taken back a writer who read before that is still refused."""
    await press(store, "c1", 2)
    stale = await load(store)
    assert await save(store, stale, Reader()) == 2
    emptied = await load(store)
    assert (emptied.revision, emptied.reader, emptied.places) == (2, Reader(), ())
    assert await redis.exists(LEDGER_KEY) == 0
    assert await save(store, stale, Reader(a_ledger(CORPUS, ("s1", 1)))) is None


async def test_both_keys_of_a_reader_expire_together(store: Store, redis: Any) -> None:
    """Every change renews the time after which a silent reader is forgotten, on both keys: 30 days = 2,592,000 s."""
    await press(store, "c1", 2)
    for key in (LEDGER_KEY, READER_KEY):
        await redis.expire(key, 60)
    await store.readers.save("ann", await load(store), KNOWN, None, STATISTICS)
    assert [2_592_000 - await redis.ttl(key) in range(60) for key in (LEDGER_KEY, READER_KEY)] == [True, True]


# Pages of the ledger


async def test_a_ledger_is_kept_in_pages(store: Store, redis: Any) -> None:
    """Two full pages and a third; the places go on from one to the next."""
    stored = await say(store, a_ledger_of(2 * PAGE_SIZE + 8))
    assert await pages(redis) == {0: [*FIRST], 1: [*SECOND], 2: [*THIRD][:8]}
    assert stored.places == (*range(2 * PAGE_SIZE + 8),)
    assert stored.reader.ledger == a_ledger_of(2 * PAGE_SIZE + 8)


async def test_an_undo_in_the_middle_of_a_page_leaves_the_others_in_place(store: Store, redis: Any) -> None:
    """A gap is left where the adjustment was, and the order of the rest is what it was."""
    gone = SECOND[4]
    before = await say(store, a_ledger_of(2 * PAGE_SIZE + 8))
    wanted = before.reader.ledger.without(f"e{gone}")
    after = await say(store, wanted)
    assert await pages(redis) == {0: [*FIRST], 1: [place for place in SECOND if place != gone], 2: [*THIRD][:8]}
    assert after.reader.ledger == wanted


async def test_an_event_pressed_again_moves_to_the_end(store: Store, redis: Any) -> None:
    """Its old place stays empty, and the new one follows the last."""
    before = await say(store, a_ledger_of(2 * PAGE_SIZE + 8))
    after = await say(store, before.reader.ledger.adjusted("e3", -2, NOW, TERMS, cap=500))
    assert await pages(redis) == {0: [place for place in FIRST if place != 3], 1: [*SECOND], 2: [*THIRD][:9]}
    assert ids(after.reader.ledger)[-1] == "e3"


async def test_a_page_that_empties_is_gone(store: Store, redis: Any) -> None:
    """In the middle, and at the end, where the next adjustment takes the place that was freed."""
    before = await say(store, a_ledger_of(2 * PAGE_SIZE + 8))
    all_said = before.reader.ledger.adjustments
    first, third = all_said[:PAGE_SIZE], all_said[2 * PAGE_SIZE :]
    await say(store, Ledger(first + third))
    assert await pages(redis) == {0: [*FIRST], 2: [*THIRD][:8]}
    await say(store, Ledger(first))
    assert await pages(redis) == {0: [*FIRST]}
    after = await say(store, Ledger((*first, said("new"))))
    assert await pages(redis) == {0: [*FIRST], 1: [SECOND[0]]}
    assert ids(after.reader.ledger)[-1] == "new"


async def test_many_presses_leave_no_pages_behind(store: Store, redis: Any) -> None:
    """After 1,200 presses, of which the last 100 count, these stand at the places 1100 to 1199: there are as many
    pages as have one of them, and those before are gone."""
    ledger = Ledger()
    for start in range(0, 1200, 48):
        for number in range(start, start + 48):
            ledger = ledger.adjusted(f"e{number}", 1, NOW, TERMS, cap=100)
        stored = await say(store, ledger)
    assert ids(stored.reader.ledger) == [f"e{number}" for number in range(1100, 1200)]
    assert stored.places == (*range(1100, 1200),)
    assert set(await pages(redis)) == {place // PAGE_SIZE for place in range(1100, 1200)}


async def test_a_merged_ledger_keeps_its_order(store: Store) -> None:
    """What another reader said earlier comes before what this one said, also when it was stored after it: the profile
    follows from the order."""
    await say(store, Ledger((said("mine", days_ago=2), said("mine-too", days_ago=0))))
    before = await load(store)
    merged = before.reader.ledger.merged(Ledger((said("theirs", days_ago=1), said("oldest", days_ago=3))), cap=500)
    after = await say(store, merged)
    assert ids(after.reader.ledger) == ["oldest", "mine", "theirs", "mine-too"]
    assert after.reader.version == Reader(merged).version


EVENT_IDS = st.sampled_from([f"e{number}" for number in range(40)])
PRESSES = st.lists(st.tuples(EVENT_IDS, st.sampled_from([-2, 0, 1, None])), max_size=12)
ANY_SETTINGS = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@ANY_SETTINGS
@given(presses=PRESSES)
async def test_the_ledger_keeps_its_order(store: Store, redis: Any, presses: list[tuple[str, int | None]]) -> None:
    """Whatever is pressed, pressed again and taken back (None) over three pages, what is read is what was written."""
    await redis.flushall()
    stored = await say(store, a_ledger_of(2 * PAGE_SIZE + 8))
    for event_id, level in presses:
        after = stored.reader.ledger.without(event_id)
        if level is not None:
            after = stored.reader.ledger.adjusted(event_id, level, NOW, TERMS, cap=2 * PAGE_SIZE + 6)
        stored = await say(store, after)
        assert stored.reader.ledger == after
        assert sorted(stored.places) == list(stored.places)


@ANY_SETTINGS
@given(
    ledgers=st.lists(
        st.lists(st.tuples(EVENT_IDS, st.integers(0, 1)), unique_by=lambda one: one[0], max_size=25), max_size=4
    )
)
async def test_any_ledger_can_take_the_place_of_any(
    store: Store, redis: Any, ledgers: list[list[tuple[str, int]]]
) -> None:
    """As an import does, which may bring what is there already, in whatever order."""
    await redis.flushall()
    for one in ledgers:
        wanted = Ledger(tuple(said(event_id, level) for event_id, level in one))
        assert (await say(store, wanted)).reader.ledger == wanted


async def test_adjustments_from_before_there_were_pages_are_put_on_pages(store: Store, redis: Any) -> None:
    """Each stood by itself under the name of its event, also where that looks like the number of a page. They are read
    in their order, and with the next change nothing of the old is left."""
    for place, event_id in enumerate(("1", "c1", "0", "100")):
        old = {"place": 7 * place, "level": 1, "at": NOW, "terms": {"word:comet": [2, "Comets"]}}
        await redis.hset(LEDGER_KEY, event_id, pack(old))
    before = await load(store)
    assert before.reader.ledger == ledger_of(["1", "c1", "0", "100"])
    after = await say(store, Ledger((*before.reader.ledger.adjustments, said("new"))))
    assert ids(after.reader.ledger) == ["1", "c1", "0", "100", "new"]
    stored = await pages(redis)
    assert sorted(place for page in stored.values() for place in page) == list(after.places)
    assert all(place // PAGE_SIZE == page for page, places in stored.items() for place in places)


async def test_a_reader_from_before_there_were_pages_is_listed_and_deleted_whole(store: Store, redis: Any) -> None:
    """Of them there is a ledger, and beside it the profile under the key that it had then."""
    await redis.hset(LEDGER_KEY, "c1", pack({"place": 0, "level": 1, "at": NOW, "terms": {}}))
    await redis.hset("u:{ann}:profile", "revision", 1)
    assert await all_of(store.readers.ids()) == ["ann"]
    await store.readers.delete("ann")
    assert await redis.keys() == []


async def test_pages_of_another_size_are_cut_anew(store: Store, redis: Any) -> None:
    """As after a release with larger pages: the order stays, and each adjustment is on the page of its place."""
    told = list(enumerate(a_ledger_of(2 * PAGE_SIZE).adjustments))
    half = PAGE_SIZE // 2
    for page, start in enumerate(range(0, len(told), half)):
        await redis.hset(LEDGER_KEY, str(page), pack_page(told[start : start + half]))
    before = await load(store)
    assert before.reader.ledger == a_ledger_of(2 * PAGE_SIZE)
    after = await say(store, before.reader.ledger.without("e3"))
    assert await pages(redis) == {0: [place for place in FIRST if place != 3], 1: [*SECOND]}
    assert after.reader.ledger == before.reader.ledger.without("e3")


async def test_the_order_outlives_the_profile(store: Store, redis: Any) -> None:
    """The ledger is the truth and the rest follows from it: when that is lost, presses still go on in order."""
    for event_id in ("c1", "c2", "s1"):
        await press(store, event_id, 1)
    await redis.delete(READER_KEY)
    await press(store, "s2", 1)
    assert ids((await load(store)).reader.ledger) == ["c1", "c2", "s1", "s2"]


# Clearing and deleting


async def test_a_cleared_ledger_is_gone_and_the_rest_stays(store: Store, redis: Any) -> None:
    """With it go the profile and what opens taught; the change is counted, so older writers are refused."""
    await save(store, NOTHING_KNOWN, KNOWN)
    stale = await load(store)
    assert await store.readers.clear_ledger("ann") == 2
    cleared = await load(store)
    assert (cleared.revision, cleared.profile) == (2, None)
    assert cleared.reader == replace(KNOWN, ledger=Ledger(), opens=())
    assert 2_592_000 - await redis.ttl(READER_KEY) in range(60)
    assert await save(store, stale, KNOWN) is None


@pytest.mark.parametrize("key", [LEDGER_KEY, READER_KEY])
async def test_a_ledger_can_be_cleared_whatever_state_it_is_in(store: Store, redis: Any, key: str) -> None:
    """Also where what is there cannot be read: afterwards the reader can be."""
    await save(store, NOTHING_KNOWN, Reader(KNOWN.ledger))
    await redis.set(key, "not a hash")
    revision = await store.readers.clear_ledger("ann")
    cleared = await load(store)
    assert (cleared.revision, cleared.reader) == (revision, Reader())


async def test_a_reader_is_deleted_whole(store: Store, redis: Any) -> None:
    """The ledger, all else, and the orders they were paging through; also where nothing is there, and where what is
    there cannot be read."""
    await press(store, "c1", 1, "bob")
    others = await dump(redis)
    assert await store.readers.delete("ann")
    await save(store, NOTHING_KNOWN, KNOWN)
    await store.feeds.save_snapshot("ann", "one", b"order", replacing=True)
    assert await store.readers.delete("ann")
    assert await dump(redis) == others
    for key in (LEDGER_KEY, READER_KEY, SNAPSHOTS_KEY, SNAPSHOT_ORDER_KEY):
        await redis.set(key, "spoilt")
    assert await store.readers.delete("ann")
    assert await dump(redis) == others


async def test_a_reader_who_has_changed_since_is_not_deleted(store: Store, redis: Any) -> None:
    """With a token only the reader who was read goes: what was said meanwhile must not be lost unseen."""
    await save(store, NOTHING_KNOWN, KNOWN)
    read = await load(store)
    await press(store, "c1", -2)
    before = await dump(redis)
    assert not await store.readers.delete("ann", token=read.token)
    assert await dump(redis) == before
    assert await store.readers.delete("ann", token=(await load(store)).token)
    assert await redis.keys() == []
    assert await store.readers.delete("nobody", token="")
    assert not await store.readers.delete("nobody", token="else")


async def test_what_was_read_before_a_deletion_is_not_saved_over_what_was_said_since(store: Store) -> None:
    """A reader who begins anew counts from 1 again: it is the token that tells the two apart."""
    await press(store, "c1", 2)
    before_the_deletion = await load(store)
    await store.readers.delete("ann")
    await press(store, "c2", 1)
    assert (await load(store)).revision == before_the_deletion.revision
    assert await save(store, before_the_deletion, KNOWN) is None
    assert (await load(store)).reader.ledger.level_of("c2") == 1


async def test_a_deleted_reader_is_not_brought_back_by_who_read_before(store: Store, redis: Any) -> None:
    """A change that was on its way when the reader was deleted is refused."""
    await press(store, "c1", 2)
    stale = await load(store)
    await store.readers.delete("ann")
    assert await save(store, stale, KNOWN) is None
    assert await redis.keys() == []


# Values that are damaged


@pytest.mark.parametrize(
    ("key", "field", "value"),
    [
        (LEDGER_KEY, "0", b"\x00\xff"),
        (LEDGER_KEY, "0", b""),
        (READER_KEY, "revision", b"many"),
        (READER_KEY, "wishes", b"\x00\xff"),
        (READER_KEY, "history", b"\x00\xff"),
        (READER_KEY, "opens", b"\x00\xff"),
    ],
    ids=["page", "empty page", "revision", "wishes", "history", "opens"],
)
async def test_a_damaged_value_is_an_unreadable_record(
    store: Store, redis: Any, key: str, field: str, value: bytes
) -> None:
    """Damage is told from a store that is away, and costs only the reader whose it is."""
    await press(store, "c1", 2, "ann")
    await press(store, "c1", 2, "bob")
    await redis.hset(key, field, value)
    with pytest.raises(UnreadableRecord):
        await load(store, "ann")
    assert (await load(store, "bob")).revision == 1


@pytest.mark.parametrize("packed", [b"\x00\xff", b'{"format":99}\n'], ids=["no profile", "of a later format"])
async def test_a_damaged_profile_leaves_the_rest_readable(store: Store, redis: Any, packed: bytes) -> None:
    """The profile follows from the rest, so it can be made again: it is not there, and all else is."""
    await save(store, NOTHING_KNOWN, KNOWN)
    await redis.hset(READER_KEY, "profile", packed)
    stored = await load(store)
    assert (stored.revision, stored.profile, stored.reader) == (1, None, KNOWN)
    found = await store.readers.for_feed("ann", STATISTICS)
    assert (found.profile, found.unheard) == (None, False)


@pytest.mark.parametrize("key", [LEDGER_KEY, READER_KEY])
async def test_a_reader_of_the_wrong_type_is_an_unreadable_record(store: Store, redis: Any, key: str) -> None:
    """The client library's own errors do not leave the store, neither on reading nor on writing."""
    await redis.set(key, "not a hash")
    with pytest.raises(UnreadableRecord):
        await load(store)
    with pytest.raises(UnreadableRecord):
        await save(store, NOTHING_KNOWN, KNOWN)


# Who is known


async def test_how_often_a_reader_has_changed_is_told_by_itself(store: Store) -> None:
    """None is 0; each change counts, also one that takes back, and who is deleted begins anew."""
    assert await store.readers.revision("ann") == 0
    await press(store, "c1", 2)
    await press(store, "c2", 1)
    assert await store.readers.revision("ann") == (await load(store)).revision == 2
    assert await store.readers.clear_ledger("ann") == await store.readers.revision("ann") == 3
    assert await store.readers.revision("bob") == 0
    await store.readers.delete("ann")
    assert await store.readers.revision("ann") == 0


async def test_a_revision_that_is_no_number_is_told_as_unreadable(store: Store, redis: Any) -> None:
    """As it is where the whole reader is read."""
    await redis.hset(READER_KEY, "revision", "often")
    with pytest.raises(UnreadableRecord):
        await store.readers.revision("ann")


async def test_readers_of_whom_nothing_is_known_are_told(store: Store) -> None:
    """In the order in which they were asked about; who took back all is known still, who was deleted is not."""
    for user_id in ("ann", "bob", "eve"):
        await press(store, "c1", 2, user_id)
    await store.readers.clear_ledger("bob")
    await store.readers.delete("eve")
    assert await store.readers.unknown(["zoe", "ann", "eve", "bob", "amy"]) == ["zoe", "eve", "amy"]
    assert await store.readers.unknown([]) == []


@pytest.mark.parametrize("n", [1, 2, 3, 4])
async def test_more_readers_than_are_asked_about_at_once_are_all_told(
    store: Store, monkeypatch: pytest.MonkeyPatch, n: int
) -> None:
    """Asked two by two; also those that come from an iterator."""
    monkeypatch.setattr("service.store.readers._SCANNED", 2)
    await press(store, "c1", 2)
    names = [f"r{number}" for number in range(n)]
    assert await store.readers.unknown(iter(["ann", *names])) == names


# What it takes


async def test_a_reader_is_weighed_by_kind_of_record(own_url: str) -> None:
    """Pages and the rest by the server's own scales; a reader of whom nothing is known weighs nothing."""
    async with Store(own_url, reader_ttl_days=30, snapshot_ttl_seconds=60, n_impressions=0, n_likings=1000) as store:
        assert await store.readers.n_bytes("ann") == {"ledger": 0, "reader": 0, "profile": 0}
        reader = replace(KNOWN, ledger=a_ledger_of(100))
        await save(store, NOTHING_KNOWN, reader)
        weighed = await store.readers.n_bytes("ann")
    assert weighed["profile"] == len(pack_profile(profile_of(reader), STATISTICS))
    assert weighed["profile"] < weighed["reader"]
    assert weighed["ledger"] > 0


async def test_wishes_without_a_word_said_are_kept(store: Store, redis: Any) -> None:
    """A reader may mute before anything else: there is no ledger then, and the wishes come back."""
    wished = Reader(wishes=Wishes.of(["word:wage"], {}, {}))
    await save(store, NOTHING_KNOWN, wished)
    assert await redis.exists(LEDGER_KEY) == 0
    assert (await load(store)).reader == wished
