"""What can be asked of readers: receipts that tell what moved, undo, wishes, and where a profile comes from."""

import asyncio
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from ranking.errors import UnknownEvent
from ranking.params import Params
from ranking.profile import fit
from service.actions import Actions
from service.answers import FeedMovement, Receipt, WishesReceipt
from service.documents import FieldError, InvalidDocument, read_rows, write_document
from service.embedded import EmbeddedStore
from service.formats.profile import pack_profile
from service.requests import WishesRequest
from service.store import StoreFull, StoreUnavailable
from tests.build import NOW, PARAMS, an_event
from tests.service.actions.build import (
    EXACT,
    NOBODY_SAID,
    feed_bytes,
    feed_ids,
    moves,
    put,
    put_some,
    said,
    stocked,
    weights,
    worker,
)

UNMOVED = FeedMovement(100, 0, 0, 0, 0, ())


# Receipts


async def test_a_receipt_tells_what_moved(actions: Actions) -> None:
    """From and to are the reader's weights before and after, the most moved first, under the names that people know."""
    await actions.readers.adjust("ann", "s1", -1)
    before = await weights(actions, "ann")
    receipt = await actions.readers.adjust("ann", "c1", 2)
    after = await weights(actions, "ann")
    assert (receipt.event_id, receipt.level) == ("c1", 2)
    assert receipt.profile_version == (await actions.readers.read_ledger("ann")).profile_version
    expected = {term: (before.get(term, 0.0), after.get(term, 0.0)) for term in before.keys() | after.keys()}
    assert moves(receipt).items() <= expected.items()
    sizes = [abs(one["to"] - one["from"]) for one in receipt.changed]
    assert sizes == sorted(sizes, reverse=True)
    assert all(sizes)
    labels = {one["term"]: one["label"] for one in receipt.changed}
    assert labels["word:jupit"] == "Jupiter"
    assert labels["word:comet"] == "comet"


async def test_a_receipt_is_not_endless(actions: Actions) -> None:
    """Of an event of a hundred words it names the twenty weights that moved most."""
    text = " ".join(f"word{number}" for number in range(100))
    await actions.events.put_event(an_event("long", meaning=text))
    receipt = await actions.readers.adjust("ann", "long", 2)
    assert len(receipt.changed) == 20
    by_size = sorted((await weights(actions, "ann")).values(), key=abs, reverse=True)
    assert [abs(one["to"]) for one in receipt.changed] == [abs(weight) for weight in by_size[:20]]


async def test_the_receipt_of_an_undo_is_that_of_the_press_reversed(actions: Actions) -> None:
    """Each weight goes back from where it went to."""
    pressed = await actions.readers.adjust("ann", "c1", 2)
    undone = await actions.readers.undo("ann", "c1")
    assert moves(undone) == {term: (end, start) for term, (start, end) in moves(pressed).items()}
    assert (undone.event_id, undone.level, undone.profile_version) == ("c1", None, NOBODY_SAID)


async def test_saying_the_same_again_changes_nothing(actions: Actions) -> None:
    """A retry is harmless: no weight moves, and the first press keeps its time and its place."""
    first = await actions.readers.adjust("ann", "c1", 2, at=NOW - timedelta(days=1))
    await actions.readers.adjust("ann", "s1", 1)
    ledger = await actions.readers.read_ledger("ann")
    again = await actions.readers.adjust("ann", "c1", 2)
    assert (again.level, again.changed) == (first.level, ())
    assert again.profile_version == ledger.profile_version
    assert await actions.readers.read_ledger("ann") == ledger
    await actions.readers.undo("ann", "s1")
    assert (await actions.readers.undo("ann", "s1")).changed == ()


async def test_the_last_press_wins_and_is_the_latest(actions: Actions) -> None:
    """Another level replaces the old one and goes to the end of the ledger."""
    for event_id, level in (("c1", 2), ("s1", 1), ("c1", -1)):
        await actions.readers.adjust("ann", event_id, level)
    assert await said(actions, "ann") == [("s1", 1), ("c1", -1)]


async def test_level_zero_is_something_said(actions: Actions) -> None:
    """To leave an event just as it is stands in the ledger, and holds against what other presses say."""
    await actions.readers.adjust("ann", "c1", -2)
    sunk = (await actions.feeds.read_event("ann", "c2")).personal_signal
    receipt = await actions.readers.adjust("ann", "c2", 0)
    assert receipt.level == 0
    assert await said(actions, "ann") == [("c1", -2), ("c2", 0)]
    assert sunk < (await actions.feeds.read_event("ann", "c2")).personal_signal


async def test_an_unknown_event_cannot_be_adjusted(actions: Actions) -> None:
    """Neither pressed nor taken back, and nothing of it is stored."""
    with pytest.raises(UnknownEvent):
        await actions.readers.adjust("ann", "nothing", 1)
    with pytest.raises(UnknownEvent):
        await actions.readers.undo("ann", "nothing")
    assert (await actions.readers.read_ledger("ann")).revision == 0


async def test_taking_back_what_was_never_said_changes_nothing(actions: Actions) -> None:
    """The event is known, so that is no error."""
    receipt = await actions.readers.undo("ann", "c1")
    assert (receipt.level, receipt.changed, receipt.profile_version) == (None, (), NOBODY_SAID)


async def test_a_reset_takes_everything_back(actions: Actions) -> None:
    """It says how much that was; a second one finds nothing."""
    before = await feed_bytes(actions, "ann")
    for event_id in ("c1", "s1", "s2"):
        await actions.readers.adjust("ann", event_id, -1)
    receipt = await actions.readers.reset("ann")
    assert (receipt.n_taken_back, receipt.profile_version) == (3, NOBODY_SAID)
    assert await said(actions, "ann") == []
    assert await feed_bytes(actions, "ann") == before
    assert (await actions.readers.reset("ann")).n_taken_back == 0


async def test_an_undo_gives_back_the_feed_to_the_byte(actions: Actions) -> None:
    """Adjusted and taken back is never adjusted, also amid other presses."""
    await actions.readers.adjust("ann", "s1", 1)
    before = await feed_bytes(actions, "ann")
    await actions.readers.adjust("ann", "c1", -2)
    assert await feed_bytes(actions, "ann") != before
    await actions.readers.undo("ann", "c1")
    assert await feed_bytes(actions, "ann") == before


EVENTS = ("c1", "c2", "s1", "s2")
standing = st.sets(st.sampled_from(EVENTS))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pressed=st.permutations(EVENTS),
    levels=st.lists(st.sampled_from([-2, -1, 0, 1, 2]), min_size=4, max_size=4),
    undone=st.permutations(EVENTS),
    kept=standing,
)
async def test_only_what_stands_counts(
    actions: Actions, pressed: list[str], levels: list[int], undone: list[str], kept: set[str]
) -> None:
    """Whichever presses are taken back, in whatever order: the ledger has what stands, in order of the presses, and
    the feed has the bytes that it has for a reader who said just that."""
    presses = list(zip(pressed, levels, strict=True))
    await actions.accounts.delete("ann")
    for event_id, level in presses:
        if event_id in kept:
            await actions.readers.adjust("ann", event_id, level)
    straight = await feed_bytes(actions, "ann")
    await actions.accounts.delete("ann")
    for event_id, level in presses:
        await actions.readers.adjust("ann", event_id, level)
    for event_id in undone:
        if event_id not in kept:
            await actions.readers.undo("ann", event_id)
    assert await said(actions, "ann") == [one for one in presses if one[0] in kept]
    assert await feed_bytes(actions, "ann") == straight


async def test_beyond_its_cap_the_ledger_forgets_the_oldest(empty_server_url: str) -> None:
    """With room for three, the fourth press drives out the first."""
    async with worker(empty_server_url, Params(ledger_cap=3)) as actions:
        await stocked(actions)
        for event_id in ("c1", "s1", "c2", "s2"):
            await actions.readers.adjust("ann", event_id, 1)
        assert await said(actions, "ann") == [("s1", 1), ("c2", 1), ("s2", 1)]
        assert (await actions.feeds.read_event("ann", "c1")).level is None


async def test_the_ledger_lists_what_was_said(actions: Actions) -> None:
    """Oldest first, with when and of what; an event that is gone has no title any more."""
    moments = [NOW - timedelta(hours=hours) for hours in (3, 2)]
    await actions.readers.adjust("ann", "s1", -2, at=moments[0])
    await actions.readers.adjust("ann", "c1", 1, at=moments[1])
    await actions.readers.adjust("ann", "c2", 2)
    await actions.events.delete_event("c1")
    ledger = await actions.readers.read_ledger("ann")
    assert [(one.event_id, one.title, one.level, one.at) for one in ledger.items] == [
        ("s1", "Dockworkers strike begins", -2, moments[0]),
        ("c1", None, 1, moments[1]),
        ("c2", "Comet passes Jupiter", 2, NOW),
    ]
    assert ledger.profile_version == (await actions.feeds.read_feed("ann", limit=1)).profile_version


async def test_who_said_nothing_has_an_empty_ledger_and_profile(actions: Actions) -> None:
    """Nobody has to be known to be asked for."""
    assert (await actions.readers.read_ledger("new")).items == ()
    profile = await actions.readers.read_profile("new", limit=10)
    assert (profile.profile_version, profile.n_adjustments, profile.n_weights, profile.weights) == (
        NOBODY_SAID,
        0,
        0,
        (),
    )


async def test_each_weight_is_the_sum_of_what_made_it(actions: Actions) -> None:
    """The profile is strongest first, and every weight adds up from the adjustments behind it."""
    for event_id, level in (("c1", 2), ("s1", -1), ("c2", 1)):
        await actions.readers.adjust("ann", event_id, level)
    profile = await actions.readers.read_profile("ann", limit=1000)
    assert (profile.n_adjustments, profile.n_weights) == (3, len(profile.weights))
    sizes = [abs(one.weight) for one in profile.weights]
    assert sizes == sorted(sizes, reverse=True)
    levels = {("c1", 2), ("s1", -1), ("c2", 1)}
    for one in profile.weights:
        assert sum(part.value for part in one.because) == pytest.approx(one.weight, abs=EXACT)
        assert {(part.event_id, part.level) for part in one.because} <= levels
        assert all(part.value for part in one.because)
    by_term = {one.term: one for one in profile.weights}
    assert by_term["word:jupit"].label == "Jupiter"
    assert by_term["word:comet"].weight > 0 > by_term["word:wage"].weight


async def test_a_profile_may_be_cut_short(actions: Actions) -> None:
    """The strongest few, and how many there are in all."""
    await actions.readers.adjust("ann", "c1", 2)
    whole = await actions.readers.read_profile("ann", limit=1000)
    short = await actions.readers.read_profile("ann", limit=3)
    assert short.weights == whole.weights[:3]
    assert short.n_weights == whole.n_weights > 3


async def test_what_was_learned_outlives_its_event(actions: Actions) -> None:
    """After the event is gone the reader's weights and its story's events stay where they were, names included."""
    await actions.readers.adjust("ann", "c1", 2)
    await actions.events.delete_event("c1")
    profile = await actions.readers.read_profile("ann", limit=1000)
    assert {"Astronomers", "Jupiter"} <= {one.label for one in profile.weights}
    assert await feed_ids(actions, "ann") == ["c2", "s1", "s2"]
    assert (await actions.feeds.read_event("ann", "c2")).personal_signal > 5


async def test_a_word_on_an_event_that_is_gone_can_be_taken_back(actions: Actions) -> None:
    """And its receipt calls things by the names that the reader saw. Once taken back, nothing knows the event."""
    await actions.readers.adjust("ann", "c1", 2)
    await actions.events.delete_event("c1")
    receipt = await actions.readers.undo("ann", "c1")
    assert (receipt.level, receipt.profile_version) == (None, NOBODY_SAID)
    assert all(end == 0 for _, end in moves(receipt).values())
    assert "Astronomers" in {one["label"] for one in receipt.changed}
    with pytest.raises(UnknownEvent):
        await actions.readers.undo("ann", "c1")


async def test_two_workers_lose_none_of_two_hundred_adjustments(empty_server_url: str) -> None:
    """Twenty events pressed ten times each, all events at once and by turns through two workers: the ledger holds
    exactly the last level of each, and the stored profile is the one that follows from it."""
    async with worker(empty_server_url) as writer:
        await put_some(writer, 20)

    async def press(workers: tuple[Actions, Actions], number: int) -> None:
        for turn in range(10):
            await workers[(number + turn) % 2].readers.adjust("ann", f"e{number:03}", (number + turn) % 5 - 2)

    async with worker(empty_server_url) as one, worker(empty_server_url) as other:
        await asyncio.gather(*(press((one, other), number) for number in range(20)))
        assert dict(await said(one, "ann")) == {f"e{number:03}": (number + 9) % 5 - 2 for number in range(20)}
        statistics = one.catalog.corpus.statistics
        stored = await one.store.readers.load("ann", statistics)
        assert stored.revision == 200
        assert stored.profile is not None
        assert pack_profile(stored.profile, statistics) == pack_profile(
            fit(stored.reader, statistics, PARAMS), statistics
        )
        assert await feed_bytes(one, "ann") == await feed_bytes(other, "ann")


async def test_without_its_store_nothing_is_written_or_made_up(cut_off: Actions) -> None:
    """Every write is refused, and so is telling a reader what they said."""
    raised = await asyncio.gather(
        cut_off.readers.adjust("ann", "c1", 2),
        cut_off.readers.undo("ann", "c1"),
        cut_off.readers.reset("ann"),
        cut_off.readers.change_wishes("ann", WishesRequest(mute=("word:comet",))),
        cut_off.readers.read_ledger("ann"),
        cut_off.readers.read_profile("ann", limit=5),
        cut_off.histories.read_history("ann"),
        cut_off.accounts.export("ann"),
        cut_off.accounts.delete("ann"),
        cut_off.accounts.merge("ann", "bob"),
        cut_off.events.put_event(an_event("new")),
        cut_off.events.put_events(list(read_rows(write_document(an_event("new"))))),
        cut_off.events.delete_event("c1"),
        return_exceptions=True,
    )
    assert [type(error) for error in raised] == [StoreUnavailable] * 13


async def test_a_full_store_refuses_a_press_and_still_obeys_the_earlier_ones(tmp_path: Path) -> None:
    """Reads go on undegraded, a press is refused whole, and what was said can be taken back."""
    with EmbeddedStore(tmp_path) as embedded:
        async with worker(embedded.url) as actions, Redis.from_url(embedded.url) as client:
            await stocked(actions)
            await actions.readers.adjust("ann", "c1", -2)
            await client.config_set("maxmemory", 1)
            before = await feed_bytes(actions, "ann")
            with pytest.raises(StoreFull):
                await actions.readers.adjust("ann", "s1", 2)
            assert await feed_bytes(actions, "ann") == before
            assert not (await actions.feeds.read_feed("ann", limit=1)).degraded
            await actions.readers.undo("ann", "c1")
            assert await said(actions, "ann") == []


async def test_a_reset_is_possible_whatever_is_damaged(actions: Actions, redis: Any) -> None:
    """A reader can always begin anew."""
    await actions.readers.adjust("ann", "c1", -2)
    await redis.hset("u:{ann}:ledger", "0", b"\x00\xff")
    await actions.readers.reset("ann")
    assert await said(actions, "ann") == []


# How the feed moved


async def feed_of(actions: Actions, n: int) -> Actions:
    """The actions on e000, e001, … alone, which stand in this order since they have no word in common."""
    for event_id in EVENTS:
        await actions.events.delete_event(event_id)
    await put_some(actions, n)
    return actions


def largest(receipt: Receipt | WishesReceipt) -> list[tuple[str, int | None, int | None]]:
    """The largest moves that a receipt names: event, rank before, rank after."""
    return [(one["event_id"], one["from"], one["to"]) for one in receipt.moved.largest]


def counts(receipt: Receipt | WishesReceipt) -> tuple[int, int, int, int]:
    """How many went up and down, came in and fell out."""
    return receipt.moved.up, receipt.moved.down, receipt.moved.entered, receipt.moved.left


async def test_a_receipt_tells_how_the_feed_moved(actions: Actions) -> None:
    """Of four events that are alike in nothing but category, source and language, which all have, the first is turned
    far down: it goes to the end, over three places, and the three others go up by one each. An undo moves them back,
    and to say the same again moves nothing."""
    await feed_of(actions, 4)
    pressed = await actions.readers.adjust("ann", "e000", -2)
    assert counts(pressed) == (3, 1, 0, 0)
    assert largest(pressed) == [("e000", 1, 4), ("e001", 2, 1), ("e002", 3, 2), ("e003", 4, 3)]
    assert (pressed.moved.n_places, pressed.moved.largest[0]["title"]) == (100, "Topic000")
    assert (await actions.readers.adjust("ann", "e000", -2)).moved == UNMOVED
    undone = await actions.readers.undo("ann", "e000")
    assert counts(undone) == (1, 3, 0, 0)
    assert largest(undone) == [("e000", 4, 1), ("e001", 1, 2), ("e002", 2, 3), ("e003", 3, 4)]


async def test_a_receipt_looks_at_a_hundred_places(actions: Actions) -> None:
    """Of 101 events the first is muted: it falls out, the other 99 go up by one, and the last comes in at the end. The
    farthest is the one that had the first of the places; it is the only one to lose more than one."""
    await feed_of(actions, 101)
    muted = await actions.readers.change_wishes("ann", WishesRequest(mute=("word:topic000",)))
    assert counts(muted) == (99, 0, 1, 1)
    assert largest(muted) == [
        ("e000", 1, None),
        ("e001", 2, 1),
        ("e002", 3, 2),
        ("e003", 4, 3),
        ("e004", 5, 4),
    ]
    unmuted = await actions.readers.change_wishes("ann", WishesRequest(unmute=("word:topic000",)))
    assert counts(unmuted) == (0, 99, 1, 1)
    assert largest(unmuted)[0] == ("e000", None, 1)


async def test_near_duplicates_move_together(actions: Actions) -> None:
    """Two events of one text share a place: where it is turned far down, both go from the first to the last of
    three."""
    await feed_of(actions, 2)
    await put(actions, [an_event(event_id, "Comet nears Jupiter", published_at=NOW, signal=6.0) for event_id in "ab"])
    assert await feed_ids(actions, "ann") == ["a", "e000", "e001"]
    receipt = await actions.readers.adjust("ann", "a", -2)
    assert await feed_ids(actions, "ann") == ["e000", "e001", "b"]
    assert set(largest(receipt)) == {("a", 1, 3), ("b", 1, 3), ("e000", 2, 1), ("e001", 3, 2)}


async def test_a_weight_is_worked_out_by_hand(actions: Actions) -> None:
    """Two events that differ in one word, the first of them turned far up. A row has 1 for its word, the mean of the
    two is a half, so phi is a half for its own word and minus a half for the other's: phi·phi = 1/2. alpha = gain·y /
    (phi·phi + noise) = 20·1 / 3.5, and the weight of the word alpha/2 = 20/7. What both have says nothing. Weights are
    kept in half precision, with steps of 1/512 from 2 to 4."""
    for event_id in EVENTS:
        await actions.events.delete_event(event_id)
    await put(actions, [an_event("a", "alpha"), an_event("b", "beta")])
    receipt = await actions.readers.adjust("ann", "a", 2)
    first = receipt.changed[0]
    assert (first["term"], first["from"]) == ("word:alpha", 0.0)
    assert first["to"] == round(20 / 7 * 512) / 512
    assert all(abs(one["to"]) < 1e-6 for one in receipt.changed[1:])


# Wishes


async def test_a_muted_word_hides_every_event_that_has_its_stem_and_shows_which(actions: Actions) -> None:
    """`Striking` is a form of strike, which both of the dockworkers' events have, whatever was learned of them or
    pinned. An event that comes later is hidden as well."""
    await actions.readers.adjust("ann", "s1", 2)
    await actions.readers.change_wishes("ann", WishesRequest(pin={"word:strike": 10.0}))
    receipt = await actions.readers.change_wishes("ann", WishesRequest(mute=("word:Striking",)))
    [mute] = receipt.mutes
    assert (mute.term, mute.label, mute.n_hidden, mute.hides) == ("word:strike", "strike", 2, ("s1", "s2"))
    assert sorted(await feed_ids(actions, "ann")) == ["c1", "c2"]
    await actions.events.put_event(an_event("s3", "Pilots strike", signal=10.0))
    assert sorted(await feed_ids(actions, "ann")) == ["c1", "c2"]
    assert (await actions.readers.read_profile("ann", 1)).mutes[0].n_hidden == 3
    undone = await actions.readers.change_wishes("ann", WishesRequest(unmute=("word:strikes",)))
    assert undone.mutes == ()
    assert sorted(await feed_ids(actions, "ann")) == ["c1", "c2", "s1", "s2", "s3"]


async def test_a_word_is_taken_by_the_stem_of_its_own_language(actions: Actions) -> None:
    """Of the German word for strikes the stem is `streik`; taken for English the same word keeps its ending. A source
    and a category are taken as they are written, and one that nothing has yet is kept for later."""
    german = WishesRequest(mute=("word:Streiks",), language="de")
    assert [one.term for one in (await actions.readers.change_wishes("ann", german)).mutes] == ["word:streik"]
    names = ("source:Gazette", "category:Nowhere", "source:gazette")
    receipt = await actions.readers.change_wishes("bob", WishesRequest(mute=names))
    assert [(one.term, one.n_hidden) for one in receipt.mutes] == [
        ("category:Nowhere", 0),
        ("source:Gazette", 4),
        ("source:gazette", 0),
    ]


async def test_a_pin_stays_where_it_is_whatever_is_learned(actions: Actions) -> None:
    """Three points for Jupiter: signal 5 becomes 8 on both events that have it. A press on one of them teaches of its
    other words but not of Jupiter, and the pin is what it was. Unpinned, the word has learned what was said."""
    receipt = await actions.readers.change_wishes("ann", WishesRequest(pin={"word:Jupiter": 3.0}))
    [pin] = receipt.pins
    assert (pin.term, pin.label, pin.points, pin.n_events) == ("word:jupit", "Jupiter", 3.0, 2)
    page = await actions.feeds.read_feed("ann", limit=20)
    assert {one.event.id: one.personal_signal for one in page.items} == {"c1": 8.0, "c2": 8.0, "s1": 5.0, "s2": 5.0}
    pressed = await actions.readers.adjust("ann", "c1", -2)
    assert "word:jupit" not in moves(pressed)
    assert "word:jupit" not in await weights(actions, "ann")
    assert moves(pressed)["word:comet"][1] < 0
    reasons = (await actions.feeds.read_event("ann", "c2")).reasons
    assert [reason.value for reason in reasons if reason.kind == "pin"] == [3.0]
    await actions.readers.change_wishes("ann", WishesRequest(unpin=("word:jupiter",)))
    assert (await weights(actions, "ann"))["word:jupit"] < 0


async def test_what_is_cleared_is_forgotten_until_it_is_restored_and_can_be_learned_anew(actions: Actions) -> None:
    """Nothing that was said before teaches of the word any more; another press after that does. Restored, the feed has
    the bytes that it had."""
    await actions.readers.adjust("ann", "c1", 2, at=NOW - timedelta(hours=1))
    before, weight = await feed_bytes(actions, "ann"), (await weights(actions, "ann"))["word:comet"]
    cleared = await actions.readers.change_wishes("ann", WishesRequest(clear=("word:comets",)))
    assert [(one.term, one.label, one.at) for one in cleared.cleared] == [("word:comet", "comet", NOW)]
    assert moves(cleared)["word:comet"] == (weight, 0.0)
    assert "word:jupit" in await weights(actions, "ann")
    restored = await actions.readers.change_wishes("ann", WishesRequest(restore=("word:comet",)))
    assert restored.cleared == ()
    assert await feed_bytes(actions, "ann") == before
    await actions.readers.change_wishes("ann", WishesRequest(clear=("word:comet",)))
    await actions.readers.adjust("ann", "c2", 2, at=NOW + timedelta(hours=1))
    assert (await weights(actions, "ann"))["word:comet"] > 0


async def test_a_mute_goes_before_a_pin_and_both_stay_when_what_was_said_is_reset(actions: Actions) -> None:
    """A reset takes presses back, and nothing that was laid down."""
    wanted = WishesRequest(mute=("word:comet",), pin={"word:comet": 10.0, "word:harbour": 2.0})
    await actions.readers.change_wishes("ann", wanted)
    await actions.readers.adjust("ann", "c1", 2)
    assert await feed_ids(actions, "ann") == ["s1", "s2"]
    assert (await actions.readers.reset("ann")).n_taken_back == 1
    profile = await actions.readers.read_profile("ann", 50)
    assert ([one.term for one in profile.mutes], profile.weights) == (["word:comet"], ())
    assert {one.term: one.points for one in profile.pins} == {"word:comet": 10.0, "word:harbour": 2.0}
    assert (await actions.feeds.read_event("ann", "s1")).personal_signal == 7.0


async def test_wishes_that_are_there_already_change_nothing(actions: Actions) -> None:
    """Neither the revision nor the feed; and what is not there can be taken back."""
    wanted = WishesRequest(mute=("word:comet",), pin={"word:wages": -1.0})
    first = await actions.readers.change_wishes("ann", wanted)
    again = await actions.readers.change_wishes("ann", wanted)
    assert (again.revision, again.changed, again.moved) == (first.revision, (), UNMOVED)
    taken_back = WishesRequest(unmute=("word:moon",), unpin=("word:moon",), restore=("word:moon",))
    assert (await actions.readers.change_wishes("ann", taken_back)).revision == first.revision


async def test_wishes_that_cannot_be_are_refused_whole(actions: Actions) -> None:
    """A name that stands for no term is told by its place, and more than 200 wishes of a kind as a whole; in both
    cases nothing is kept."""
    with pytest.raises(InvalidDocument) as refusal:
        await actions.readers.change_wishes("ann", WishesRequest(mute=("word:comet", "word:the", "Comet")))
    assert [error.field for error in refusal.value.errors] == ["mute.1", "mute.2"]
    for start in (0, 150):
        many = WishesRequest(mute=tuple(f"source:{number}" for number in range(start, start + 150)))
        if start == 0:
            await actions.readers.change_wishes("bob", many)
            continue
        with pytest.raises(InvalidDocument) as refusal:
            await actions.readers.change_wishes("bob", many)
        assert refusal.value.errors == (FieldError("", "should be 200 of a kind at most"),)
    assert (await actions.readers.read_ledger("ann")).revision == 0
    assert len((await actions.readers.read_profile("bob", 1)).mutes) == 150


async def test_each_weight_adds_up_amid_pins_and_cleared_terms(actions: Actions) -> None:
    """However many presses, with one term pinned and another cleared between them: what each press gave to a weight
    adds up to the weight, and what they add to an event to what it has beyond its signal."""
    for (first, second), hours in zip(combinations(EVENTS, 2), (6, 5, 4, 3, 2, 1), strict=True):
        await actions.readers.adjust("ann", first, 2, at=NOW - timedelta(hours=hours))
        await actions.readers.adjust("ann", second, -1, at=NOW - timedelta(hours=hours))
    await actions.readers.change_wishes("ann", WishesRequest(pin={"word:wages": -0.5}, clear=("word:comet",)))
    await actions.readers.adjust("ann", "c2", 1, at=NOW + timedelta(hours=1))
    profile = await actions.readers.read_profile("ann", limit=1000)
    assert profile.n_adjustments == 4
    for one in profile.weights:
        assert sum(part.value for part in one.because) == pytest.approx(one.weight, abs=EXACT)
        assert {part.undo for part in one.because} <= {f"/v1/users/ann/adjustments/{event}" for event in EVENTS}
    by_term = {one.term: one for one in profile.weights}
    assert {part.event_id for part in by_term["word:comet"].because} == {"c2"}
    assert "word:wage" not in by_term
    for event_id in EVENTS:
        seen = await actions.feeds.read_event("ann", event_id)
        given = sum(reason.value for reason in seen.adjustments)
        assert sum(reason.value for reason in seen.reasons) == pytest.approx(seen.score, abs=EXACT)
        assert seen.personal_signal == pytest.approx(min(max(seen.event.signal + given, 0.0), 10.0), abs=EXACT)
