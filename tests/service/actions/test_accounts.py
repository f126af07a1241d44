"""What can be asked of a reader as a whole: taken out, put in, merged and deleted, with nothing left behind."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from ranking.evaluation.log import Feedback, Opened
from ranking.params import Params
from service.actions import Actions
from service.answers import Receipt
from service.documents import FieldError, InvalidDocument, read_document, write_document
from service.requests import ReaderDocument, WishesRequest
from service.store import StoreUnavailable
from tests.build import NOW
from tests.service.actions.build import NOBODY_SAID, did, feed_bytes, feed_ids, said, stocked, worker

DOCUMENT: TypeAdapter[ReaderDocument] = TypeAdapter(ReaderDocument)


async def lived_in(actions: Actions, user_id: str) -> None:
    """Has a reader do one of everything: press, undo, mute, pin, clear, see, open, dwell, dismiss, and page."""
    for hours, (event_id, level) in enumerate((("c1", 2), ("s2", -1), ("c2", 1)), start=1):
        await actions.readers.adjust(user_id, event_id, level, at=NOW - timedelta(hours=9 - hours))
    await actions.readers.undo(user_id, "c2")
    wanted = WishesRequest(mute=("word:moon",), pin={"word:harbour": 1.5}, clear=("word:wages",))
    await actions.readers.change_wishes(user_id, wanted)
    await actions.histories.interact(
        user_id,
        [
            did("seen", "c2", hours_ago=3),
            did("open", "c2", hours_ago=2),
            did("dwell", "c2", 12.5, hours_ago=1),
            did("dismiss", "s1"),
        ],
    )
    page = await actions.feeds.read_feed(user_id, limit=1, request_id=f"of-{user_id}")
    await actions.feeds.record(user_id, page, whole=True)
    below = await actions.feeds.read_feed(user_id, limit=1, cursor=page.next_cursor)
    await actions.feeds.record(user_id, below, whole=False)


async def exported(actions: Actions, user_id: str) -> bytes:
    """All that is known of a reader, as an answer is written."""
    return write_document(await actions.accounts.export(user_id))


async def everything_in(redis: Any) -> list[bytes]:
    """Every key, field, value and stream entry of the store."""
    found: list[bytes] = []
    for key in await redis.keys():
        found.append(key)
        kind = await redis.type(key)
        if kind == b"hash":
            found += [part for one in (await redis.hgetall(key)).items() for part in one]
        elif kind == b"stream":
            found += [part for _, fields in await redis.xrange(key) for one in fields.items() for part in one]
        elif kind == b"list":
            found += await redis.lrange(key, 0, -1)
        elif kind == b"zset":
            found += await redis.zrange(key, 0, -1)
        else:
            assert kind == b"string"
            found.append(await redis.get(key))
    return found


async def test_everybodys_feedback_can_be_listed(actions: Actions) -> None:
    """Reader by reader, each in the order in which they spoke."""
    for user_id, event_id, level in (("ann", "s1", 2), ("bob", "c1", -2), ("ann", "c1", 1), ("eve", "c1", 1)):
        await actions.readers.adjust(user_id, event_id, level)
    await actions.readers.undo("eve", "c1")
    spoken = [one async for one in actions.accounts.all_feedback()]
    assert [one for one in spoken if one.user_id == "ann"] == [
        Feedback("ann", "s1", 2, NOW),
        Feedback("ann", "c1", 1, NOW),
    ]
    assert [one for one in spoken if one.user_id != "ann"] == [Feedback("bob", "c1", -2, NOW)]


async def test_everything_that_was_opened_can_be_listed(actions: Actions) -> None:
    """Reader by reader, each event once, at the last moment at which the reader did anything with it; what was only
    seen, dwelt on or dismissed is not opened."""
    did_by_ann = [
        did("open", "s1", hours_ago=1),
        did("open", "c1", hours_ago=5),
        did("open", "c1", hours_ago=4),
        did("dwell", "c1", 30.0, hours_ago=3),
        did("seen", "c2"),
        did("dwell", "s2", 9.0),
    ]
    await actions.histories.interact("ann", did_by_ann)
    await actions.histories.interact("bob", [did("open", "c1", hours_ago=2), did("dismiss", "s1")])
    await actions.readers.adjust("eve", "c1", 2)
    opened = [one async for one in actions.accounts.all_opens()]
    assert [one for one in opened if one.user_id == "ann"] == [
        Opened("ann", "c1", NOW - timedelta(hours=3)),
        Opened("ann", "s1", NOW - timedelta(hours=1)),
    ]
    assert [one for one in opened if one.user_id != "ann"] == [Opened("bob", "c1", NOW - timedelta(hours=2))]


async def test_what_was_exported_is_the_same_reader_once_imported(actions: Actions) -> None:
    """As JSON, out of one name and into another: the document but for the name, events, numbers and reasons of the
    feed, and the profile are the same."""
    await lived_in(actions, "ann")
    document = await exported(actions, "ann")
    receipt = await actions.accounts.import_reader("bob", read_document(DOCUMENT, document))
    assert await exported(actions, "bob") == document.replace(b'"user_id":"ann"', b'"user_id":"bob"')
    pages = [await actions.feeds.read_feed(user_id, limit=20) for user_id in ("ann", "bob")]
    assert write_document(pages[0].items) == write_document(pages[1].items)
    assert pages[0].profile_version == pages[1].profile_version == receipt.profile_version
    assert receipt.n_adjustments == 2


async def test_an_import_replaces_all_that_was_known_and_can_be_repeated(actions: Actions) -> None:
    """The feed has the bytes that it had when the document was taken out; the second time changes nothing."""
    await lived_in(actions, "ann")
    before, document = await feed_bytes(actions, "ann"), await actions.accounts.export("ann")
    await actions.readers.adjust("ann", "s1", 2)
    await actions.readers.change_wishes("ann", WishesRequest(mute=("word:comet",), unpin=("word:harbour",)))
    await actions.histories.interact("ann", [did("restore", "s1")])
    assert await feed_bytes(actions, "ann") != before
    first = await actions.accounts.import_reader("ann", document)
    assert await feed_bytes(actions, "ann") == before
    assert await actions.accounts.import_reader("ann", document) == first


async def test_an_import_may_have_another_order_of_the_same_presses(actions: Actions) -> None:
    """Later presses count more, so the order is a part of what is imported: it comes out as it was put in, and the
    profile that is given back is that of the ledger as it is stored."""
    for event_id in ("c1", "s1", "c2"):
        await actions.readers.adjust("ann", event_id, 1)
    document = await actions.accounts.export("ann")
    turned = replace(document, adjustments=document.adjustments[::-1])
    receipt = await actions.accounts.import_reader("ann", turned)
    assert await said(actions, "ann") == [("c2", 1), ("s1", 1), ("c1", 1)]
    stored = await actions.store.readers.load("ann", actions.catalog.corpus.statistics)
    assert stored.reader.version == receipt.profile_version


async def test_what_was_heard_travels_with_the_reader(actions: Actions) -> None:
    """An interaction that is sent again after an import counts no second time."""
    await lived_in(actions, "ann")
    await actions.accounts.import_reader("bob", await actions.accounts.export("ann"))
    receipt = await actions.histories.interact("bob", [did("dwell", "c2", 12.5, hours_ago=1)])
    assert (receipt.recorded, receipt.duplicates) == (0, 1)


async def test_a_document_that_is_not_right_changes_nothing(actions: Actions) -> None:
    """It is refused before anything is touched."""
    await lived_in(actions, "ann")
    before, document = await exported(actions, "ann"), await actions.accounts.export("ann")
    twice = replace(document, adjustments=(*document.adjustments, document.adjustments[0]))
    with pytest.raises(InvalidDocument) as refusal:
        await actions.accounts.import_reader("ann", twice)
    assert [error.field for error in refusal.value.errors] == ["adjustments.2.event_id"]
    assert await exported(actions, "ann") == before


async def test_nobody_has_an_empty_document(actions: Actions, redis: Any) -> None:
    """To ask for it stores nothing."""
    document = await actions.accounts.export("zoe")
    assert document == ReaderDocument("zoe")
    assert await redis.keys("u:*") == []


# Deleting


async def test_of_a_deleted_reader_nothing_is_left_anywhere(actions: Actions, redis: Any) -> None:
    """No key, field, value or entry of the store names them any more; every other reader has what they had."""
    await lived_in(actions, "deletee")
    await lived_in(actions, "other")
    assert sum(b"deletee" in one for one in await everything_in(redis)) > 5
    others = await exported(actions, "other")
    await actions.accounts.delete("deletee")
    left = await everything_in(redis)
    assert [one for one in left if b"deletee" in one] == []
    assert await exported(actions, "other") == others
    assert len([one async for one in actions.store.feeds.impressions()]) == 2
    assert (await actions.feeds.read_feed("deletee", limit=20)).profile_version == NOBODY_SAID


async def test_a_deleted_reader_can_be_deleted_again_and_begin_anew(actions: Actions) -> None:
    """What was said before has no part in it."""
    await actions.readers.adjust("ann", "c1", 2)
    fresh = await feed_bytes(actions, "bob")
    await actions.accounts.delete("ann")
    await actions.accounts.delete("ann")
    await actions.readers.adjust("ann", "s1", -1)
    assert await said(actions, "ann") == [("s1", -1)]
    await actions.accounts.delete("bob")
    assert await feed_bytes(actions, "bob") == fresh


async def test_a_reader_can_be_deleted_whatever_is_damaged(actions: Actions, redis: Any) -> None:
    """Neither a ledger nor wishes nor a history that cannot be read keep anything in the store."""
    await lived_in(actions, "ann")
    await redis.hset("u:{ann}:ledger", "0", b"\x00\xff")
    await redis.hset("u:{ann}:reader", mapping={"wishes": b"\x00", "history": b"\x00", "revision": b"x"})
    await actions.accounts.delete("ann")
    assert await redis.keys("u:*") == []


async def test_more_impressions_than_are_read_at_once_are_deleted(actions: Actions, redis: Any) -> None:
    """Of 1,100 impressions of two readers in turn, those of one go and those of the other stay."""
    shown = (actions.store.feeds.record_impression("ann" if number % 2 else "bob", b"{}") for number in range(1100))
    await asyncio.gather(*shown)
    kept = await redis.xlen("{impressions}")
    await actions.accounts.delete("ann")
    left = [fields[b"user_id"] for _, fields in await redis.xrange("{impressions}")]
    assert set(left) == {b"bob"}
    assert len(left) == kept // 2


# Merging


async def test_a_merged_reader_has_what_both_had(actions: Actions, redis: Any) -> None:
    """Presses in order of their times, the later word on an event winning; wishes of both; what either saw and
    dismissed. Of the other nothing is left."""
    await actions.readers.adjust("ann", "c1", 2, at=NOW - timedelta(hours=4))
    await actions.readers.adjust("guest", "s1", -2, at=NOW - timedelta(hours=3))
    await actions.readers.adjust("ann", "c2", 1, at=NOW - timedelta(hours=2))
    await actions.readers.adjust("guest", "c1", -1, at=NOW - timedelta(hours=1))
    await actions.readers.change_wishes("ann", WishesRequest(mute=("word:moon",), pin={"word:wages": 1.0}))
    await actions.readers.change_wishes("guest", WishesRequest(mute=("word:sun",), pin={"word:wages": 2.0}))
    await actions.histories.interact("ann", [did("open", "c1")])
    await actions.histories.interact("guest", [did("dismiss", "s2"), did("seen", "s1")])
    await actions.feeds.record("guest", await actions.feeds.read_feed("guest", limit=2), whole=True)
    receipt = await actions.accounts.merge("ann", "guest")
    assert await said(actions, "ann") == [("s1", -2), ("c2", 1), ("c1", -1)]
    assert receipt.n_adjustments == 3
    document = await actions.accounts.export("ann")
    assert (document.wishes.mutes, dict(document.wishes.pins)) == (("word:moon", "word:sun"), {"word:wage": 1.0})
    assert (set(document.history.seen), set(document.history.dismissed)) == ({"c1", "s1"}, {"s2"})
    assert "s2" not in await feed_ids(actions, "ann")
    assert [one for one in await everything_in(redis) if b"guest" in one] == []


async def test_to_merge_again_changes_nothing(actions: Actions) -> None:
    """The other has gone, and a merge with nobody is none."""
    await lived_in(actions, "ann")
    await actions.readers.adjust("ann", "s1", -1, at=NOW - timedelta(days=2))
    await lived_in(actions, "guest")
    first = await actions.accounts.merge("ann", "guest")
    before = await exported(actions, "ann")
    assert await actions.accounts.merge("ann", "guest") == first
    assert await exported(actions, "ann") == before


async def test_a_merge_that_broke_off_can_be_done_again(actions: Actions, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the store goes away after the one has what the other had, and before the other is deleted: done again, no
    press, no open and no second of reading counts twice."""
    await lived_in(actions, "guest")
    alone = await exported(actions, "guest")
    with monkeypatch.context() as patched:

        async def away(*_: object, **__: object) -> bool:
            raise StoreUnavailable("the store cannot be reached")

        patched.setattr(actions.store.readers, "delete", away)
        with pytest.raises(StoreUnavailable):
            await actions.accounts.merge("ann", "guest")
    await actions.accounts.merge("ann", "guest")
    assert await exported(actions, "ann") == alone.replace(b'"user_id":"guest"', b'"user_id":"ann"')


async def test_a_merge_loses_nothing_that_happens_meanwhile(actions: Actions, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other reader presses once more, after they were read: that press is merged too, and what they had opened is
    still opened once."""
    await lived_in(actions, "guest")
    delete = actions.store.readers.delete
    pressed: list[Receipt] = []

    async def late(user_id: str, **only: Any) -> bool:
        if not pressed:
            pressed.append(await actions.readers.adjust("guest", "c2", -2))
        return await delete(user_id, **only)

    monkeypatch.setattr(actions.store.readers, "delete", late)
    await actions.accounts.merge("ann", "guest")
    assert await said(actions, "ann") == [("c1", 2), ("s2", -1), ("c2", -2)]
    [seen] = (await actions.histories.read_history("ann")).seen
    assert (seen.event_id, seen.n_opens, seen.seconds) == ("c2", 1, 12.5)


async def test_readers_who_cannot_be_merged_stay_as_they_are(actions: Actions) -> None:
    """A reader with themselves, and two who have too many wishes together."""
    with pytest.raises(InvalidDocument) as refusal:
        await actions.accounts.merge("ann", "ann")
    assert [error.field for error in refusal.value.errors] == ["user_id"]
    for user_id in ("ann", "bob"):
        names = tuple(f"source:{user_id}{number}" for number in range(120))
        await actions.readers.change_wishes(user_id, WishesRequest(mute=names))
    before = [await exported(actions, user_id) for user_id in ("ann", "bob")]
    with pytest.raises(InvalidDocument) as refusal:
        await actions.accounts.merge("ann", "bob")
    assert refusal.value.errors == (FieldError("user_id", "together, wishes should be 200 of a kind at most"),)
    assert [await exported(actions, user_id) for user_id in ("ann", "bob")] == before


async def test_beyond_its_cap_a_merged_ledger_forgets_the_oldest(empty_server_url: str) -> None:
    """With room for three, of two readers' two presses each the first goes."""
    async with worker(empty_server_url, Params(ledger_cap=3)) as actions:
        await stocked(actions)
        for hours, (user_id, event_id) in enumerate((("ann", "c1"), ("bob", "s1"), ("ann", "c2"), ("bob", "s2"))):
            await actions.readers.adjust(user_id, event_id, 1, at=NOW + timedelta(hours=hours))
        await actions.accounts.merge("ann", "bob")
        assert await said(actions, "ann") == [("s1", 1), ("c2", 1), ("s2", 1)]


# The crowd


async def crowd(actions: Actions) -> list[tuple[str, str, datetime]]:
    """Who turned up what, and when, in the order of their names."""
    return sorted((one.user_id, one.event_id, one.at) for one in await actions.store.crowd.likings())


async def test_of_a_deleted_reader_nothing_is_left_in_the_crowd(actions: Actions) -> None:
    """Of every other reader everything is."""
    for user_id in ("ann", "bob"):
        await actions.readers.adjust(user_id, "c1", 2)
        await actions.readers.adjust(user_id, "s1", 1)
    await actions.accounts.delete("ann")
    assert await crowd(actions) == [("bob", "c1", NOW), ("bob", "s1", NOW)]


async def test_a_delete_that_broke_off_can_be_done_again(actions: Actions, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the store goes away after the reader has gone and before the crowd has heard of it."""
    await actions.readers.adjust("ann", "c1", 2)
    with monkeypatch.context() as patched:

        async def away(*_: object) -> None:
            raise StoreUnavailable("the store cannot be reached")

        patched.setattr(actions.store.crowd, "forget", away)
        with pytest.raises(StoreUnavailable):
            await actions.accounts.delete("ann")
    await actions.accounts.delete("ann")
    assert await crowd(actions) == []


async def test_a_merged_reader_likes_what_both_liked(actions: Actions) -> None:
    """Under the one name that is left: the later word on an event counts, upwards or not."""
    await actions.readers.adjust("ann", "c1", 2, at=NOW - timedelta(hours=4))
    await actions.readers.adjust("ann", "c2", 1, at=NOW - timedelta(hours=4))
    await actions.readers.adjust("guest", "c1", -1, at=NOW - timedelta(hours=3))
    await actions.readers.adjust("guest", "c2", 2, at=NOW - timedelta(hours=2))
    await actions.readers.adjust("guest", "s1", 1, at=NOW - timedelta(hours=1))
    await actions.accounts.merge("ann", "guest")
    likes = [("ann", "c2", NOW - timedelta(hours=2)), ("ann", "s1", NOW - timedelta(hours=1))]
    assert await crowd(actions) == likes
    await actions.accounts.merge("ann", "guest")
    assert await crowd(actions) == likes


async def test_an_import_leaves_no_other_liking_than_its_own(actions: Actions) -> None:
    """What was liked before and is not in the document is gone, and what is in it is as old as it says."""
    await actions.readers.adjust("ann", "c1", 2, at=NOW - timedelta(hours=4))
    await actions.readers.adjust("ann", "s1", -1, at=NOW - timedelta(hours=3))
    document = await actions.accounts.export("ann")
    await actions.accounts.delete("ann")
    await actions.readers.adjust("ann", "s1", 2)
    await actions.readers.adjust("ann", "c1", 1)
    await actions.accounts.import_reader("ann", document)
    assert await crowd(actions) == [("ann", "c1", NOW - timedelta(hours=4))]
    await actions.accounts.import_reader("ann", ReaderDocument("ann"))
    assert await crowd(actions) == []
