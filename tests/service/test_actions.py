"""What can be asked of the service, on a real store: feeds that obey, receipts, and what happens when things fail."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from ranking.errors import UnknownEvent
from ranking.explanation import ReasonKind
from ranking.feed import rank
from ranking.ledger import Ledger
from ranking.params import Params
from ranking.profile import Profile, fit
from service.actions import Actions
from service.answers import ReaderEvent, Receipt
from service.catalog import Catalog
from service.cursors import InvalidCursor, write_cursor
from service.documents import RowStatus, read_rows, write_document
from service.embedded import EmbeddedStore
from service.formats import pack_profile
from service.seeding import Feedback
from service.store import Reader, Store, StoreFull, StoreUnavailable
from tests.build import NOW, PARAMS, an_event, two_stories

EXACT = 1e-9
NOBODY_SAID = Ledger().version


@pytest.fixture
async def actions(actions: Actions) -> Actions:
    """The actions on a catalogue of two stories of two events each, with the clock standing at NOW."""
    return await stocked(actions)


@pytest.fixture
async def redis(empty_server_url: str) -> AsyncIterator[Any]:
    """A client of its own, to spoil what is stored."""
    async with Redis.from_url(empty_server_url) as client:
        yield client


@asynccontextmanager
async def worker(url: str, params: Params = PARAMS) -> AsyncIterator[Actions]:
    """The actions as one worker has them: with a store and a catalogue of its own."""
    async with Store(url, reader_ttl_days=30) as store:
        catalog = Catalog(store, params)
        await catalog.refresh()
        yield Actions(store, catalog, params, clock=lambda: NOW)


async def stocked(actions: Actions) -> Actions:
    await actions.store.put_events([(event.id, write_document(event)) for event in two_stories()])
    await actions.catalog.refresh()
    return actions


async def put_some(actions: Actions, n: int) -> None:
    """Stores e00, e01, …, which have no word in common; each is an hour older than the one before."""
    events = (an_event(f"e{i:02}", f"Topic{i:02}", published_at=NOW - timedelta(hours=i)) for i in range(n))
    await actions.store.put_events([(event.id, write_document(event)) for event in events])
    await actions.catalog.refresh()


async def feed_ids(actions: Actions, user_id: str, **wanted: Any) -> list[str]:
    page = await actions.read_feed(user_id, **({"limit": 20} | wanted))
    return [one.event.id for one in page.items]


async def feed_bytes(actions: Actions, user_id: str) -> bytes:
    return write_document(await actions.read_feed(user_id, limit=20))


async def said(actions: Actions, user_id: str) -> list[tuple[str, int]]:
    return [(one.event_id, one.level) for one in (await actions.read_ledger(user_id)).items]


async def weights(actions: Actions, user_id: str) -> Mapping[str, float]:
    return {one.term: one.weight for one in (await actions.read_profile(user_id, limit=1000)).weights}


async def stored_profile(actions: Actions, user_id: str) -> bytes:
    profile = await actions.store.profile(user_id)
    assert profile is not None
    return pack_profile(profile)


async def profile_of_ledger(actions: Actions, user_id: str) -> bytes:
    ledger = (await actions.store.reader(user_id)).ledger
    return pack_profile(fit(ledger, actions.catalog.corpus.statistics, PARAMS))


def moves(receipt: Receipt) -> dict[str, tuple[float, float]]:
    return {one["term"]: (one["from"], one["to"]) for one in receipt.changed}


# A feed


async def test_a_new_reader_gets_the_global_order(actions: Actions) -> None:
    """Signal and freshness, and nothing else: a day old of half-life a day costs log2(1 + 1) = 1 point."""
    await actions.put_event(an_event("top", "Glacier calves", signal=9.0))
    page = await actions.read_feed("new", limit=20)
    first = page.items[0]
    assert (first.rank, first.event.id, first.personal_signal, first.level, first.folded) == (1, "top", 9.0, None, ())
    assert [(reason.kind, reason.value) for reason in first.reasons] == [("signal", 9.0), ("freshness", -1.0)]
    assert first.score == 8.0
    assert [one.rank for one in page.items] == [1, 2, 3, 4, 5]
    assert all(one.personal_signal == one.event.signal for one in page.items)
    assert (page.next_cursor, page.profile_version, page.degraded) == (None, NOBODY_SAID, False)
    assert page.corpus_version == actions.catalog.corpus.version


async def test_an_empty_catalogue_has_an_empty_feed(store: Store) -> None:
    """Nothing to show is no failure."""
    catalog = Catalog(store, PARAMS)
    await catalog.refresh()
    page = await Actions(store, catalog, PARAMS).read_feed("ann", limit=20)
    assert (page.items, page.next_cursor, page.degraded) == ((), None, False)


async def test_the_next_feed_obeys(actions: Actions) -> None:
    """An event turned up leads, one turned down comes last, and each takes its story with it."""
    await actions.adjust("ann", "s2", 2)
    await actions.adjust("ann", "c1", -2)
    page = await actions.read_feed("ann", limit=20)
    assert [one.event.id for one in page.items] == ["s2", "s1", "c2", "c1"]
    assert [one.level for one in page.items] == [2, None, None, -2]
    signals = [one.personal_signal for one in page.items]
    assert signals[1] > 5 > signals[2]
    assert page.profile_version == (await actions.read_ledger("ann")).profile_version != NOBODY_SAID


async def test_one_readers_word_is_no_others(actions: Actions) -> None:
    """Every other feed keeps its bytes."""
    before = await feed_bytes(actions, "bob")
    await actions.adjust("ann", "c1", -2)
    assert await feed_bytes(actions, "bob") == before


async def test_the_same_request_gets_the_same_bytes(actions: Actions) -> None:
    """Asked twice, the page is the same, its request id too; another reader's has another."""
    await actions.adjust("ann", "c1", 1)
    assert await feed_bytes(actions, "ann") == await feed_bytes(actions, "ann")
    pages = [await actions.read_feed(user_id, limit=20) for user_id in ("bob", "eve")]
    assert pages[0].items == pages[1].items
    assert pages[0].request_id != pages[1].request_id


async def test_a_request_id_that_is_given_is_kept(actions: Actions) -> None:
    """So that a caller can follow a request by a name of their own."""
    assert (await actions.read_feed("ann", limit=1, request_id="mine-17")).request_id == "mine-17"


async def test_a_feed_may_be_of_one_category(actions: Actions) -> None:
    """Ranked from 1; a category that nothing is in has an empty feed."""
    await actions.put_event(an_event("game", "Chess final", category="Games", signal=1.0))
    page = await actions.read_feed("ann", limit=20, category="Games")
    assert [(one.rank, one.event.id) for one in page.items] == [(1, "game")]
    assert await feed_ids(actions, "ann", category="Nowhere") == []


async def test_reasons_may_be_left_away(actions: Actions) -> None:
    """The order and the numbers stay."""
    await actions.adjust("ann", "c1", 1)
    full = await actions.read_feed("ann", limit=20)
    bare = await actions.read_feed("ann", limit=20, explained=False)
    assert all(one.reasons == () for one in bare.items)
    assert [(one.event.id, one.score) for one in bare.items] == [(one.event.id, one.score) for one in full.items]


@pytest.mark.parametrize("limit", [1, 3, 4, 12, 50])
async def test_pages_of_a_feed_join_up(actions: Actions, limit: int) -> None:
    """Whatever their length, the pages are the whole feed cut in pieces, ranks and reasons included."""
    await put_some(actions, 12)
    await actions.adjust("ann", "e07", 2)
    await actions.adjust("ann", "c1", -1)
    whole = await actions.read_feed("ann", limit=100)
    page = await actions.read_feed("ann", limit=limit)
    items = list(page.items)
    while page.next_cursor is not None:
        page = await actions.read_feed("ann", limit=limit, cursor=page.next_cursor)
        items += page.items
    assert tuple(items) == whole.items
    assert len(items) == 16


async def test_a_cursor_past_the_end_finds_nothing(actions: Actions) -> None:
    """As when all events further down were deleted meanwhile."""
    first = await actions.read_feed("ann", limit=2)
    shown = {one.event.id for one in first.items}
    for event in set(actions.catalog.corpus.rows) - shown:
        await actions.delete_event(event)
    page = await actions.read_feed("ann", limit=2, cursor=first.next_cursor)
    assert (page.items, page.next_cursor) == ((), None)


@pytest.mark.parametrize(
    "cursor",
    [
        "!",
        "é",
        "AAAA",
        write_cursor("5"),
        write_cursor(-1),
        write_cursor(1.5),
        write_cursor([0.0, "e"]),
        write_cursor(2**63 - 1),
    ],
)
async def test_a_cursor_that_was_not_given_out_is_refused(actions: Actions, cursor: str) -> None:
    """Of whatever it is made."""
    with pytest.raises(InvalidCursor):
        await actions.read_feed("ann", limit=5, cursor=cursor)


# Explanations


async def test_reasons_add_up_to_the_score(actions: Actions) -> None:
    """For every event of a feed, whatever was said."""
    for event_id, level in (("c1", 2), ("s1", -1), ("c2", 0)):
        await actions.adjust("ann", event_id, level)
    for one in (await actions.read_feed("ann", limit=20)).items:
        assert sum(reason.value for reason in one.reasons) == pytest.approx(one.score, abs=EXACT)


def learned(seen: ReaderEvent) -> float:
    """What the reader's wishes add to an event, by its reasons."""
    others = {ReasonKind.SIGNAL, ReasonKind.FRESHNESS, ReasonKind.DIVERSITY}
    return sum(reason.value for reason in seen.reasons if reason.kind not in others)


@pytest.mark.parametrize("event_id", ["c1", "c2", "s1", "s2"])
async def test_an_event_is_explained_twice_and_both_add_up(actions: Actions, event_id: str) -> None:
    """By term the reasons make the score; by adjustment they make what the reader's wishes moved."""
    for pressed, level in (("c1", 1), ("s1", -1)):
        await actions.adjust("ann", pressed, level)
    seen = await actions.read_event("ann", event_id)
    moved = sum(reason.value for reason in seen.adjustments)
    assert sum(reason.value for reason in seen.reasons) == pytest.approx(seen.score, abs=EXACT)
    assert moved == pytest.approx(learned(seen), abs=EXACT)
    assert seen.personal_signal == pytest.approx(min(max(seen.event.signal + moved, 0.0), 10.0), abs=EXACT)
    assert {reason.because for reason in seen.adjustments} == {("c1",), ("s1",)}
    sizes = [abs(reason.value) for reason in seen.adjustments]
    assert sizes == sorted(sizes, reverse=True)
    assert seen.level == {"c1": 1, "s1": -1}.get(event_id)


async def test_an_event_seen_alone_is_as_in_the_feed(actions: Actions) -> None:
    """The leader of a feed has nothing above it either: same numbers, same reasons."""
    await actions.adjust("ann", "s2", 2)
    page = await actions.read_feed("ann", limit=1)
    seen, leader = await actions.read_event("ann", "s2"), page.items[0]
    assert leader.event.id == "s2"
    assert (seen.event, seen.score, seen.personal_signal, seen.reasons) == (
        leader.event,
        leader.score,
        leader.personal_signal,
        leader.reasons,
    )
    assert (seen.profile_version, seen.corpus_version) == (page.profile_version, page.corpus_version)
    assert not seen.degraded


async def test_an_unknown_event_cannot_be_seen(actions: Actions) -> None:
    """As everywhere."""
    with pytest.raises(UnknownEvent):
        await actions.read_event("ann", "nothing")


# Receipts


async def test_a_receipt_tells_what_moved(actions: Actions) -> None:
    """From and to are the reader's weights before and after, the most moved first, under the names that people know."""
    await actions.adjust("ann", "s1", -1)
    before = await weights(actions, "ann")
    receipt = await actions.adjust("ann", "c1", 2)
    after = await weights(actions, "ann")
    assert (receipt.event_id, receipt.level) == ("c1", 2)
    assert receipt.profile_version == (await actions.read_ledger("ann")).profile_version
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
    await actions.put_event(an_event("long", meaning=text))
    receipt = await actions.adjust("ann", "long", 2)
    assert len(receipt.changed) == 20
    by_size = sorted((await weights(actions, "ann")).values(), key=abs, reverse=True)
    assert [abs(one["to"]) for one in receipt.changed] == [abs(weight) for weight in by_size[:20]]


async def test_the_receipt_of_an_undo_is_that_of_the_press_reversed(actions: Actions) -> None:
    """Each weight goes back from where it went to."""
    pressed = await actions.adjust("ann", "c1", 2)
    undone = await actions.undo("ann", "c1")
    assert moves(undone) == {term: (end, start) for term, (start, end) in moves(pressed).items()}
    assert (undone.event_id, undone.level, undone.profile_version) == ("c1", None, NOBODY_SAID)


async def test_saying_the_same_again_changes_nothing(actions: Actions) -> None:
    """A retry is harmless: no weight moves, and the first press keeps its time and its place."""
    first = await actions.adjust("ann", "c1", 2, at=NOW - timedelta(days=1))
    await actions.adjust("ann", "s1", 1)
    ledger = await actions.read_ledger("ann")
    again = await actions.adjust("ann", "c1", 2)
    assert (again.level, again.changed) == (first.level, ())
    assert again.profile_version == ledger.profile_version
    assert await actions.read_ledger("ann") == ledger
    await actions.undo("ann", "s1")
    assert (await actions.undo("ann", "s1")).changed == ()


async def test_the_last_press_wins_and_is_the_latest(actions: Actions) -> None:
    """Another level replaces the old one and goes to the end of the ledger."""
    for event_id, level in (("c1", 2), ("s1", 1), ("c1", -1)):
        await actions.adjust("ann", event_id, level)
    assert await said(actions, "ann") == [("s1", 1), ("c1", -1)]


async def test_level_zero_is_something_said(actions: Actions) -> None:
    """To leave an event just as it is stands in the ledger, and holds against what other presses say."""
    await actions.adjust("ann", "c1", -2)
    sunk = (await actions.read_event("ann", "c2")).personal_signal
    receipt = await actions.adjust("ann", "c2", 0)
    assert receipt.level == 0
    assert await said(actions, "ann") == [("c1", -2), ("c2", 0)]
    assert sunk < (await actions.read_event("ann", "c2")).personal_signal


async def test_an_unknown_event_cannot_be_adjusted(actions: Actions) -> None:
    """Neither pressed nor taken back, and nothing of it is stored."""
    with pytest.raises(UnknownEvent):
        await actions.adjust("ann", "nothing", 1)
    with pytest.raises(UnknownEvent):
        await actions.undo("ann", "nothing")
    assert (await actions.store.reader("ann")).revision == 0


async def test_taking_back_what_was_never_said_changes_nothing(actions: Actions) -> None:
    """The event is known, so that is no error."""
    receipt = await actions.undo("ann", "c1")
    assert (receipt.level, receipt.changed, receipt.profile_version) == (None, (), NOBODY_SAID)


async def test_a_reset_takes_everything_back(actions: Actions) -> None:
    """It says how much that was; a second one finds nothing."""
    before = await feed_bytes(actions, "ann")
    for event_id in ("c1", "s1", "s2"):
        await actions.adjust("ann", event_id, -1)
    receipt = await actions.reset("ann")
    assert (receipt.n_taken_back, receipt.profile_version) == (3, NOBODY_SAID)
    assert await said(actions, "ann") == []
    assert await feed_bytes(actions, "ann") == before
    assert (await actions.reset("ann")).n_taken_back == 0


async def test_an_undo_gives_back_the_feed_to_the_byte(actions: Actions) -> None:
    """Adjusted and taken back is never adjusted, also amid other presses."""
    await actions.adjust("ann", "s1", 1)
    before = await feed_bytes(actions, "ann")
    await actions.adjust("ann", "c1", -2)
    assert await feed_bytes(actions, "ann") != before
    await actions.undo("ann", "c1")
    assert await feed_bytes(actions, "ann") == before


presses = st.lists(st.tuples(st.sampled_from(["c1", "c2", "s1", "s2"]), st.sampled_from([-2, 0, 1, None])), max_size=10)
user_numbers = count()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(presses=presses)
async def test_only_what_stands_counts(actions: Actions, presses: list[tuple[str, int | None]]) -> None:
    """Whatever was pressed and taken back (None) on the way: the ledger has what stands, in order of the last press,
    and the feed is that of a reader who said just that."""
    winding, straight = (f"reader-{next(user_numbers)}" for _ in range(2))
    standing: dict[str, int] = {}
    for event_id, level in presses:
        if level is None:
            await actions.undo(winding, event_id)
            standing.pop(event_id, None)
        else:
            await actions.adjust(winding, event_id, level)
            if standing.get(event_id) != level:
                standing.pop(event_id, None)
                standing[event_id] = level
    for event_id, level in standing.items():
        await actions.adjust(straight, event_id, level)
    assert await said(actions, winding) == list(standing.items())
    pages = [await actions.read_feed(user_id, limit=20) for user_id in (winding, straight)]
    assert pages[0].items == pages[1].items
    assert pages[0].profile_version == pages[1].profile_version


async def test_beyond_its_cap_the_ledger_forgets_the_oldest(empty_server_url: str) -> None:
    """With room for three, the fourth press drives out the first."""
    async with worker(empty_server_url, Params(ledger_cap=3)) as actions:
        await stocked(actions)
        for event_id in ("c1", "s1", "c2", "s2"):
            await actions.adjust("ann", event_id, 1)
        assert await said(actions, "ann") == [("s1", 1), ("c2", 1), ("s2", 1)]
        assert (await actions.read_event("ann", "c1")).level is None


# Ledger and profile


async def test_the_ledger_lists_what_was_said(actions: Actions) -> None:
    """Oldest first, with when and of what; an event that is gone has no title any more."""
    moments = [NOW - timedelta(hours=hours) for hours in (3, 2)]
    await actions.adjust("ann", "s1", -2, at=moments[0])
    await actions.adjust("ann", "c1", 1, at=moments[1])
    await actions.adjust("ann", "c2", 2)
    await actions.delete_event("c1")
    ledger = await actions.read_ledger("ann")
    assert [(one.event_id, one.title, one.level, one.at) for one in ledger.items] == [
        ("s1", "Dockworkers strike begins", -2, moments[0]),
        ("c1", None, 1, moments[1]),
        ("c2", "Comet passes Jupiter", 2, NOW),
    ]
    assert ledger.profile_version == (await actions.read_feed("ann", limit=1)).profile_version


async def test_who_said_nothing_has_an_empty_ledger_and_profile(actions: Actions) -> None:
    """Nobody has to be known to be asked for."""
    assert (await actions.read_ledger("new")).items == ()
    profile = await actions.read_profile("new", limit=10)
    assert (profile.profile_version, profile.n_adjustments, profile.n_weights, profile.weights) == (
        NOBODY_SAID,
        0,
        0,
        (),
    )


async def test_each_weight_is_the_sum_of_what_made_it(actions: Actions) -> None:
    """The profile is strongest first, and every weight adds up from the adjustments behind it."""
    for event_id, level in (("c1", 2), ("s1", -1), ("c2", 1)):
        await actions.adjust("ann", event_id, level)
    profile = await actions.read_profile("ann", limit=1000)
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
    await actions.adjust("ann", "c1", 2)
    whole = await actions.read_profile("ann", limit=1000)
    short = await actions.read_profile("ann", limit=3)
    assert short.weights == whole.weights[:3]
    assert short.n_weights == whole.n_weights > 3


async def test_everybodys_feedback_can_be_listed(actions: Actions) -> None:
    """Reader by reader, each in the order in which they spoke."""
    for user_id, event_id, level in (("ann", "s1", 2), ("bob", "c1", -2), ("ann", "c1", 1), ("eve", "c1", 1)):
        await actions.adjust(user_id, event_id, level)
    await actions.undo("eve", "c1")
    spoken = [one async for one in actions.all_feedback()]
    assert [one for one in spoken if one.user_id == "ann"] == [
        Feedback("ann", "s1", 2, NOW),
        Feedback("ann", "c1", 1, NOW),
    ]
    assert [one for one in spoken if one.user_id != "ann"] == [Feedback("bob", "c1", -2, NOW)]


# When the catalogue changes


async def test_an_event_is_in_feeds_when_its_put_returns(actions: Actions) -> None:
    """Created, left alone, replaced: each is visible at once."""
    event = an_event("new", "Glacier calves", signal=9.0)
    assert await actions.put_event(event) is RowStatus.CREATED
    assert (await feed_ids(actions, "ann"))[0] == "new"
    assert await actions.put_event(event) is RowStatus.UNCHANGED
    weaker = an_event("new", "Glacier calves", signal=1.0)
    assert await actions.put_event(weaker) is RowStatus.REPLACED
    assert await actions.get_event("new") == weaker
    assert (await feed_ids(actions, "ann"))[-1] == "new"


async def test_an_event_is_out_of_feeds_when_its_delete_returns(actions: Actions) -> None:
    """It is unknown from then on, and to delete it again is an error."""
    await actions.delete_event("c1")
    assert "c1" not in await feed_ids(actions, "ann")
    for asked in (actions.get_event("c1"), actions.read_similar("c1", 5)):
        with pytest.raises(UnknownEvent):
            await asked
    with pytest.raises(UnknownEvent):
        await actions.delete_event("c1")


async def test_a_bad_row_of_a_batch_fails_alone(actions: Actions) -> None:
    """The others are stored, and every row is reported on under its number."""
    fresh, known = an_event("new"), two_stories()[0]
    changed = an_event("s1", "Dockworkers walk out")
    rows = [write_document(fresh), b'{"id":"broken"}', write_document(known), write_document(changed), b"{"]
    result = await actions.put_events(list(read_rows(b"\n".join(rows))))
    assert (result.created, result.replaced, result.unchanged, result.invalid) == (1, 1, 1, 2)
    assert [(row.row, row.id, row.status) for row in result.rows] == [
        (1, "new", "created"),
        (2, "broken", "invalid"),
        (3, "c1", "unchanged"),
        (4, "s1", "replaced"),
        (5, None, "invalid"),
    ]
    assert [bool(row.errors) for row in result.rows] == [False, True, False, False, True]
    assert await actions.get_event("new") == fresh
    assert await actions.get_event("s1") == changed


async def test_what_was_learned_outlives_its_event(actions: Actions) -> None:
    """After the event is gone the reader's weights and its story's events stay where they were, names included."""
    await actions.adjust("ann", "c1", 2)
    await actions.delete_event("c1")
    profile = await actions.read_profile("ann", limit=1000)
    assert {"Astronomers", "Jupiter"} <= {one.label for one in profile.weights}
    assert await feed_ids(actions, "ann") == ["c2", "s1", "s2"]
    assert (await actions.read_event("ann", "c2")).personal_signal > 5


async def test_a_word_on_an_event_that_is_gone_can_be_taken_back(actions: Actions) -> None:
    """And its receipt calls things by the names that the reader saw. Once taken back, nothing knows the event."""
    await actions.adjust("ann", "c1", 2)
    await actions.delete_event("c1")
    receipt = await actions.undo("ann", "c1")
    assert (receipt.level, receipt.profile_version) == (None, NOBODY_SAID)
    assert all(end == 0 for _, end in moves(receipt).values())
    assert "Astronomers" in {one["label"] for one in receipt.changed}
    with pytest.raises(UnknownEvent):
        await actions.undo("ann", "c1")


async def test_new_statistics_are_taken_up_with_the_next_request(actions: Actions) -> None:
    """Once they are fitted again, what a reader gets follows from their ledger and the new ones, stored or not."""
    await actions.adjust("ann", "c1", 1)
    await actions.adjust("ann", "s1", -1)
    old = actions.catalog.corpus.statistics.version
    await put_some(actions, 12)
    corpus = actions.catalog.corpus
    assert corpus.statistics.version != old
    reader = await actions.store.reader("ann")
    profile = fit(reader.ledger, corpus.statistics, PARAMS)
    page = await actions.read_feed("ann", limit=5)
    assert page.items == rank(corpus, profile, now=NOW, params=PARAMS, limit=5).ranked
    assert page.profile_version == profile.version
    assert await weights(actions, "ann") == profile.weights(corpus.statistics)
    seen = await actions.read_event("ann", "c2")
    assert sum(reason.value for reason in seen.adjustments) == pytest.approx(learned(seen), abs=EXACT)
    receipt = await actions.adjust("ann", "c2", 1)
    assert {term: start for term, (start, _) in moves(receipt).items()}.items() <= (
        dict.fromkeys(moves(receipt), 0.0) | profile.weights(corpus.statistics)
    ).items()
    assert await stored_profile(actions, "ann") == await profile_of_ledger(actions, "ann")


class DawdlingStore(Store):
    """A store that gives its answer about a reader only after something else has happened."""

    meanwhile: Callable[[], Awaitable[None]]

    async def profile(self, user_id: str) -> Profile | None:
        """As it was before."""
        profile = await super().profile(user_id)
        await self.meanwhile()
        return profile

    async def reader(self, user_id: str) -> Reader:
        """As they were before."""
        reader = await super().reader(user_id)
        await self.meanwhile()
        return reader


ASKED: dict[str, Callable[[Actions], Awaitable[object]]] = {
    "feed": lambda actions: actions.read_feed("ann", limit=5),
    "event": lambda actions: actions.read_event("ann", "c2"),
    "profile": lambda actions: actions.read_profile("ann", limit=1000),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED.keys())
async def test_an_answer_is_of_one_corpus(
    actions: Actions, empty_server_url: str, ask: Callable[[Actions], Awaitable[object]]
) -> None:
    """Where the corpus is swapped while the reader is being read, the answer is that of before or that of after, and
    no mixture of the two."""
    await actions.adjust("ann", "c1", 1)
    await actions.adjust("ann", "s1", -1)
    async with DawdlingStore(empty_server_url, reader_ttl_days=30) as store:
        dawdling = Actions(store, actions.catalog, PARAMS, clock=lambda: NOW)
        before = write_document(await ask(actions))
        store.meanwhile = lambda: put_some(actions, 12)
        answer = write_document(await ask(dawdling))
    assert answer in (before, write_document(await ask(actions)))


# The catalogue


async def test_the_catalogue_is_listed_newest_first(actions: Actions) -> None:
    """Of equals by id; of one category, or published since a moment, that moment included."""
    moments = {"a": 3, "b": 1, "c": 2, "d": 2}
    for event_id, hours in moments.items():
        category = "Games" if event_id in "bd" else "News"
        await actions.put_event(an_event(event_id, published_at=NOW - timedelta(hours=hours), category=category))

    def listed(**wanted: Any) -> list[str]:
        return [event.id for event in actions.list_events(**({"limit": 100} | wanted)).items]

    assert listed() == ["b", "c", "d", "a", "c1", "c2", "s1", "s2"]
    assert listed(category="Games") == ["b", "d"]
    assert listed(since=NOW - timedelta(hours=2)) == ["b", "c", "d"]
    assert listed(category="Games", since=NOW - timedelta(hours=1)) == ["b"]
    assert listed(category="Nowhere") == []
    assert actions.list_events(limit=2).corpus_version == actions.catalog.corpus.version


@pytest.mark.parametrize("category", [None, "News"])
@pytest.mark.parametrize("limit", [1, 3, 4, 16, 50])
async def test_pages_of_the_catalogue_join_up(actions: Actions, limit: int, category: str | None) -> None:
    """Also where several events are of one moment, and where the last page is just full."""
    await put_some(actions, 12)
    page = actions.list_events(limit=limit, category=category)
    items = list(page.items)
    while page.next_cursor is not None:
        page = actions.list_events(limit=limit, category=category, cursor=page.next_cursor)
        assert page.items
        items += page.items
    assert items == list(actions.catalog.corpus.events)


async def test_the_catalogue_may_change_between_two_pages(actions: Actions) -> None:
    """Events that come and go, even the one that the cursor names, make nothing repeated or skipped."""
    await put_some(actions, 6)
    first = actions.list_events(limit=3)
    assert [event.id for event in first.items] == ["e00", "e01", "e02"]
    await actions.delete_event("e02")
    await actions.delete_event("e00")
    await actions.put_event(an_event("newest", published_at=NOW))
    rest = actions.list_events(limit=3, cursor=first.next_cursor)
    assert [event.id for event in rest.items] == ["e03", "e04", "e05"]


@pytest.mark.parametrize("cursor", ["!", "AAAA", write_cursor(3), write_cursor(["now", "c1"]), write_cursor([1.0])])
async def test_a_place_in_the_catalogue_that_was_not_given_out_is_refused(actions: Actions, cursor: str) -> None:
    """The cursor of a feed, for one."""
    with pytest.raises(InvalidCursor):
        actions.list_events(limit=3, cursor=cursor)


async def test_similar_events_are_of_the_same_story(actions: Actions) -> None:
    """What shares no word is not similar."""
    similar = await actions.read_similar("c1", limit=5)
    assert (similar.event_id, [one.event.id for one in similar.items]) == ("c1", ["c2"])


# Several workers


async def test_two_workers_lose_none_of_two_hundred_adjustments(empty_server_url: str) -> None:
    """Twenty events pressed ten times each, all events at once and by turns through two workers: the ledger holds
    exactly the last level of each, and the stored profile is the one that follows from it."""
    async with worker(empty_server_url) as writer:
        await put_some(writer, 20)

    async def press(workers: tuple[Actions, Actions], number: int) -> None:
        for turn in range(10):
            await workers[(number + turn) % 2].adjust("ann", f"e{number:02}", (number + turn) % 5 - 2)

    async with worker(empty_server_url) as one, worker(empty_server_url) as other:
        await asyncio.gather(*(press((one, other), number) for number in range(20)))
        assert dict(await said(one, "ann")) == {f"e{number:02}": (number + 9) % 5 - 2 for number in range(20)}
        assert (await one.store.reader("ann")).revision == 200
        assert await stored_profile(one, "ann") == await profile_of_ledger(one, "ann")
        assert await feed_bytes(one, "ann") == await feed_bytes(other, "ann")


async def test_what_one_worker_stores_reaches_the_other(actions: Actions, empty_server_url: str) -> None:
    """A reader's word at once, an event with the other's next look."""
    async with worker(empty_server_url) as other:
        await actions.adjust("ann", "s2", 2)
        assert await feed_bytes(other, "ann") == await feed_bytes(actions, "ann")
        await actions.put_event(an_event("new"))
        await other.catalog.refresh()
        assert await feed_bytes(other, "ann") == await feed_bytes(actions, "ann")


# When the store fails


@pytest.fixture
async def cut_off(tmp_path: Path) -> AsyncIterator[Actions]:
    """The actions on two stories, ann having turned c1 far down, after the store has gone."""
    with EmbeddedStore(tmp_path) as embedded:
        store = Store(embedded.url, reader_ttl_days=30)
        actions = await stocked(Actions(store, Catalog(store, PARAMS), PARAMS, clock=lambda: NOW))
        await actions.adjust("ann", "c1", -2)
    async with store:
        yield actions


async def test_without_its_store_the_feed_is_the_global_order_and_says_so(cut_off: Actions) -> None:
    """Nothing of the reader is in it, it has no reasons of theirs, and its pages still join up."""
    page = await cut_off.read_feed("ann", limit=2)
    assert page.degraded
    assert page.profile_version == NOBODY_SAID
    assert {(one.level, one.personal_signal) for one in page.items} == {(None, 5.0)}
    rest = await feed_ids(cut_off, "ann", cursor=page.next_cursor)
    assert sorted([one.event.id for one in page.items] + rest) == ["c1", "c2", "s1", "s2"]


async def test_without_its_store_an_event_is_seen_as_by_anybody_and_says_so(cut_off: Actions) -> None:
    """The event is known, the reader's wishes are not."""
    seen = await cut_off.read_event("ann", "c1")
    assert seen.degraded
    assert (seen.personal_signal, seen.level, seen.adjustments) == (5.0, None, ())
    with pytest.raises(UnknownEvent):
        await cut_off.read_event("ann", "nothing")


async def test_without_its_store_the_catalogue_is_still_read(cut_off: Actions) -> None:
    """From memory."""
    assert (await cut_off.get_event("c1")).id == "c1"
    assert len(cut_off.list_events(limit=10).items) == 4
    assert len((await cut_off.read_similar("c1", 5)).items) == 1


async def test_without_its_store_nothing_is_written_or_made_up(cut_off: Actions) -> None:
    """Every write is refused, and so is telling a reader what they said."""
    raised = await asyncio.gather(
        cut_off.adjust("ann", "c1", 2),
        cut_off.undo("ann", "c1"),
        cut_off.reset("ann"),
        cut_off.put_event(an_event("new")),
        cut_off.put_events(list(read_rows(write_document(an_event("new"))))),
        cut_off.delete_event("c1"),
        cut_off.read_ledger("ann"),
        cut_off.read_profile("ann", limit=5),
        return_exceptions=True,
    )
    assert [type(error) for error in raised] == [StoreUnavailable] * 8


async def test_without_a_corpus_there_is_no_feed(store: Store) -> None:
    """A worker that has read no catalogue yet does not pretend that it is empty."""
    unread = Actions(store, Catalog(store, PARAMS), PARAMS)
    with pytest.raises(StoreUnavailable):
        await unread.read_feed("ann", limit=5)
    with pytest.raises(StoreUnavailable):
        unread.list_events(limit=5)


async def test_a_full_store_refuses_a_press_and_still_obeys_the_earlier_ones(tmp_path: Path) -> None:
    """Reads go on undegraded, a press is refused whole, and what was said can be taken back."""
    with EmbeddedStore(tmp_path) as embedded:
        async with worker(embedded.url) as actions, Redis.from_url(embedded.url) as client:
            await stocked(actions)
            await actions.adjust("ann", "c1", -2)
            await client.config_set("maxmemory", 1)
            before = await feed_bytes(actions, "ann")
            with pytest.raises(StoreFull):
                await actions.adjust("ann", "s1", 2)
            assert await feed_bytes(actions, "ann") == before
            assert not (await actions.read_feed("ann", limit=1)).degraded
            await actions.undo("ann", "c1")
            assert await said(actions, "ann") == []


# Damage


async def test_a_damaged_profile_is_made_again_from_the_ledger(actions: Actions, redis: Any) -> None:
    """The ledger is the truth: the feed is the same, and the next press mends what is stored."""
    await actions.adjust("ann", "c1", -2)
    before = await feed_bytes(actions, "ann")
    await redis.hset("u:{ann}:profile", "packed", b"\x00\xff")
    assert await feed_bytes(actions, "ann") == before
    await actions.adjust("ann", "s1", 1)
    assert await stored_profile(actions, "ann") == await profile_of_ledger(actions, "ann")


async def test_a_lost_profile_is_made_again_from_the_ledger(actions: Actions, redis: Any) -> None:
    """As with a damaged one."""
    await actions.adjust("ann", "c1", -2)
    before = await feed_bytes(actions, "ann")
    await redis.delete("u:{ann}:profile")
    assert await feed_bytes(actions, "ann") == before


async def test_a_reader_who_is_damaged_costs_no_other(actions: Actions, redis: Any) -> None:
    """Everybody else is served as before."""
    await actions.adjust("bob", "c1", 1)
    before = await feed_bytes(actions, "bob")
    await actions.adjust("ann", "c1", 1)
    await redis.hset("u:{ann}:ledger", "c1", b"\x00\xff")
    assert await feed_bytes(actions, "bob") == before


async def test_a_reset_is_possible_whatever_is_damaged(actions: Actions, redis: Any) -> None:
    """A reader can always begin anew."""
    await actions.adjust("ann", "c1", -2)
    await redis.hset("u:{ann}:ledger", "c1", b"\x00\xff")
    await actions.reset("ann")
    assert await said(actions, "ann") == []
