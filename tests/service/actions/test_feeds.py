"""What can be asked of feeds: they obey, explain themselves, can be tried out, and say when the store is away."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ranking.errors import UnknownEvent
from ranking.explanation import ReasonKind
from ranking.feed import rank
from ranking.params import Params
from ranking.profile import fit
from ranking.text import Terms
from service.actions import Actions
from service.answers import ReaderEvent
from service.catalog import Catalog
from service.documents import InvalidDocument, write_document
from service.errors import ProfileBehind
from service.formats.profile import pack_profile
from service.requests import PreviewRequest, SuppliedAdjustment, WishesRequest
from service.store import Store, StoreUnavailable
from tests.build import NOW, PARAMS, an_event
from tests.service.actions.build import (
    EXACT,
    NOBODY_SAID,
    did,
    feed_bytes,
    feed_ids,
    moves,
    put,
    put_some,
    weights,
    worker,
)


async def profile_as_stored(actions: Actions, user_id: str) -> bytes:
    """The stored profile, in the bytes of the store."""
    statistics = actions.catalog.corpus.statistics
    profile = (await actions.store.readers.load(user_id, statistics)).profile
    assert profile is not None
    return pack_profile(profile, statistics)


async def profile_as_it_should_be(actions: Actions, user_id: str) -> bytes:
    """The profile that follows from what is known of the reader, in the bytes of the store."""
    statistics = actions.catalog.corpus.statistics
    reader = (await actions.store.readers.load(user_id, statistics)).reader
    return pack_profile(fit(reader, statistics, PARAMS), statistics)


async def everything_in(redis: Any) -> dict[bytes, bytes]:
    """Every key of the store, with its value."""
    return {key: await redis.dump(key) for key in await redis.keys()}


# A feed


async def test_a_new_reader_gets_the_global_order(actions: Actions) -> None:
    """Signal and freshness, and nothing else: a day old of half-life a day costs log2(1 + 1) = 1 point."""
    await actions.events.put_event(an_event("top", "Glacier calves", signal=9.0))
    page = await actions.feeds.read_feed("new", limit=20)
    first = page.items[0]
    assert (first.rank, first.event.id, first.personal_signal, first.level, first.folded) == (1, "top", 9.0, None, ())
    assert [(reason.kind, reason.value) for reason in first.reasons] == [("signal", 9.0), ("freshness", -1.0)]
    assert first.score == 8.0
    assert [one.rank for one in page.items] == [1, 2, 3, 4, 5]
    assert all(one.personal_signal == one.event.signal for one in page.items)
    assert (page.next_cursor, page.profile_version, page.degraded) == (None, NOBODY_SAID, False)
    assert page.new_since is not None
    assert page.new_since.count == 0
    assert page.corpus_version == actions.catalog.corpus.version


async def test_an_empty_catalogue_has_an_empty_feed(store: Store) -> None:
    """Nothing to show is no failure."""
    catalog = Catalog(store, PARAMS, lambda: NOW)
    await catalog.refresh()
    page = await Actions(store, catalog, PARAMS).feeds.read_feed("ann", limit=20)
    assert (page.items, page.next_cursor, page.degraded) == ((), None, False)


async def test_the_next_feed_obeys(actions: Actions) -> None:
    """An event turned up leads, one turned down comes last, and each takes its story with it."""
    await actions.readers.adjust("ann", "s2", 2)
    await actions.readers.adjust("ann", "c1", -2)
    page = await actions.feeds.read_feed("ann", limit=20)
    assert [one.event.id for one in page.items] == ["s2", "s1", "c2", "c1"]
    assert [one.level for one in page.items] == [2, None, None, -2]
    signals = [one.personal_signal for one in page.items]
    assert signals[1] > 5 > signals[2]
    assert page.profile_version == (await actions.readers.read_ledger("ann")).profile_version != NOBODY_SAID


async def test_one_readers_word_is_no_others(actions: Actions) -> None:
    """Every other feed keeps its bytes."""
    before = await feed_bytes(actions, "bob")
    await actions.readers.adjust("ann", "c1", -2)
    assert await feed_bytes(actions, "bob") == before


async def test_the_same_request_gets_the_same_bytes(actions: Actions) -> None:
    """Asked twice, the page is the same, its request id too; another reader's has another."""
    await actions.readers.adjust("ann", "c1", 1)
    assert await feed_bytes(actions, "ann") == await feed_bytes(actions, "ann")
    pages = [await actions.feeds.read_feed(user_id, limit=20) for user_id in ("bob", "eve")]
    assert pages[0].items == pages[1].items
    assert pages[0].request_id != pages[1].request_id


async def test_a_request_id_that_is_given_is_kept(actions: Actions) -> None:
    """So that a caller can follow a request by a name of their own."""
    assert (await actions.feeds.read_feed("ann", limit=1, request_id="mine-17")).request_id == "mine-17"


async def test_a_feed_may_be_of_one_category(actions: Actions) -> None:
    """Ranked from 1; a category that nothing is in has an empty feed."""
    await actions.events.put_event(an_event("game", "Chess final", category="Games", signal=1.0))
    page = await actions.feeds.read_feed("ann", limit=20, category="Games")
    assert [(one.rank, one.event.id) for one in page.items] == [(1, "game")]
    assert await feed_ids(actions, "ann", category="Nowhere") == []


async def test_reasons_may_be_left_away(actions: Actions) -> None:
    """The order and the numbers stay."""
    await actions.readers.adjust("ann", "c1", 1)
    full = await actions.feeds.read_feed("ann", limit=20)
    bare = await actions.feeds.read_feed("ann", limit=20, explained=False)
    assert all(one.reasons == () for one in bare.items)
    assert [(one.event.id, one.score) for one in bare.items] == [(one.event.id, one.score) for one in full.items]


# Explanations


async def test_reasons_add_up_to_the_score(actions: Actions) -> None:
    """For every event of a feed, whatever was said."""
    for event_id, level in (("c1", 2), ("s1", -1), ("c2", 0)):
        await actions.readers.adjust("ann", event_id, level)
    for one in (await actions.feeds.read_feed("ann", limit=20)).items:
        assert sum(reason.value for reason in one.reasons) == pytest.approx(one.score, abs=EXACT)


def learned(seen: ReaderEvent) -> float:
    """What the reader's wishes add to an event, by its reasons."""
    others = {ReasonKind.SIGNAL, ReasonKind.FRESHNESS, ReasonKind.DIVERSITY, ReasonKind.SEEN}
    return sum(reason.value for reason in seen.reasons if reason.kind not in others)


@pytest.mark.parametrize("event_id", ["c1", "c2", "s1", "s2"])
async def test_an_event_is_explained_twice_and_both_add_up(actions: Actions, event_id: str) -> None:
    """By term the reasons make the score; by adjustment they make what the reader's wishes moved."""
    for pressed, level in (("c1", 1), ("s1", -1)):
        await actions.readers.adjust("ann", pressed, level)
    seen = await actions.feeds.read_event("ann", event_id)
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
    await actions.readers.adjust("ann", "s2", 2)
    page = await actions.feeds.read_feed("ann", limit=1)
    seen, leader = await actions.feeds.read_event("ann", "s2"), page.items[0]
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
        await actions.feeds.read_event("ann", "nothing")


async def test_an_event_that_is_kept_out_of_the_feed_says_why(actions: Actions) -> None:
    """By the terms that are muted and that it has, and by whether it was dismissed; alone it can still be seen."""
    await actions.readers.change_wishes("ann", WishesRequest(mute=("word:comets", "word:wage", "source:Gazette")))
    await actions.histories.interact("ann", [did("dismiss", "s1")])
    assert await feed_ids(actions, "ann") == []
    c1, s1 = [await actions.feeds.read_event("ann", event_id) for event_id in ("c1", "s1")]
    assert (c1.muted_by, c1.dismissed) == (("source:Gazette", "word:comet"), False)
    assert (s1.muted_by, s1.dismissed) == (("source:Gazette", "word:wage"), True)


async def test_a_pin_and_what_was_seen_are_reasons_of_their_own(actions: Actions) -> None:
    """Signal 5, a day old (-1), seen (-2), pinned by 3 points: 5. A pin is the reader's wish, and so part of the
    personal signal, 8; what was seen is not."""
    await actions.readers.change_wishes("ann", WishesRequest(pin={"word:Jupiter": 3.0}))
    await actions.histories.interact("ann", [did("seen", "c1")])
    seen = await actions.feeds.read_event("ann", "c1")
    assert [(reason.kind, reason.value) for reason in seen.reasons] == [
        ("signal", 5.0),
        ("freshness", -1.0),
        ("seen", -2.0),
        ("pin", 3.0),
    ]
    assert (seen.score, seen.personal_signal) == (5.0, 8.0)
    assert [(reason.kind, reason.value) for reason in seen.adjustments] == [("pin", 3.0)]


# How new a profile must be


async def test_a_feed_is_never_of_an_older_profile_than_was_asked_for(actions: Actions, empty_server_url: str) -> None:
    """The revision of a receipt is enough on any worker at once; one that is still to come is refused."""
    receipt = await actions.readers.adjust("ann", "c1", -2)
    async with worker(empty_server_url) as other:
        page = await other.feeds.read_feed("ann", limit=20, min_profile_version=receipt.revision)
        assert page.profile_version == receipt.profile_version
        with pytest.raises(ProfileBehind):
            await other.feeds.read_feed("ann", limit=20, min_profile_version=receipt.revision + 1)
        with pytest.raises(ProfileBehind):
            await other.feeds.read_feed("bob", limit=20, min_profile_version=1)


async def test_without_its_store_no_profile_is_new_enough(cut_off: Actions) -> None:
    """Whoever asks for a profile is not given the global order instead."""
    with pytest.raises(StoreUnavailable):
        await cut_off.feeds.read_feed("ann", limit=20, min_profile_version=1)


# Previews


async def test_a_preview_is_the_feed_of_a_reader_who_did_the_same(actions: Actions, redis: Any) -> None:
    """Whatever is pressed twice, muted and pinned: events, numbers, reasons and version are those of a reader who
    really did it. The store stays as it is, to the byte, and no cursor is given out."""
    wanted = PreviewRequest(
        adjustments=(
            SuppliedAdjustment("c1", 2),
            SuppliedAdjustment("s1", -1),
            SuppliedAdjustment("c1", -2),
            SuppliedAdjustment("c2", 0),
        ),
        mute=("word:Astronomer",),
        pin={"word:dockworker": 1.5, "source:Gazette": -1.0},
    )
    before = await everything_in(redis)
    preview = actions.feeds.preview(wanted)
    assert await everything_in(redis) == before
    for one in wanted.adjustments:
        await actions.readers.adjust("ann", one.event_id, one.level)
    await actions.readers.change_wishes("ann", WishesRequest(mute=wanted.mute, pin=wanted.pin))
    page = await actions.feeds.read_feed("ann", limit=20)
    assert sorted(one.event.id for one in page.items) == ["c2", "s1", "s2"]
    assert preview.items == page.items
    assert (preview.profile_version, preview.corpus_version) == (page.profile_version, page.corpus_version)
    assert (preview.next_cursor, preview.new_since, preview.degraded) == (None, None, False)


async def test_a_preview_may_be_short_of_one_category_and_bare(actions: Actions) -> None:
    """As a feed may."""
    await actions.events.put_event(an_event("game", "Chess final", category="Games", signal=1.0))
    games = actions.feeds.preview(PreviewRequest(category="Games", explain=False))
    assert [(one.rank, one.event.id, one.reasons) for one in games.items] == [(1, "game", ())]
    assert len(actions.feeds.preview(PreviewRequest(limit=2)).items) == 2


async def test_a_preview_of_what_nobody_knows_is_refused_field_by_field(actions: Actions) -> None:
    """Events first, then terms; each fault is told where it stands."""
    adjustments = (SuppliedAdjustment("c1", 1), SuppliedAdjustment("nothing", 1))
    with pytest.raises(InvalidDocument) as refusal:
        actions.feeds.preview(PreviewRequest(adjustments=adjustments))
    assert [error.field for error in refusal.value.errors] == ["adjustments.1.event_id"]
    for wanted, field in ((PreviewRequest(mute=("word:the",)), "mute.0"), (PreviewRequest(pin={"x": 1.0}), "pin.x")):
        with pytest.raises(InvalidDocument) as refusal:
            actions.feeds.preview(wanted)
        assert [error.field for error in refusal.value.errors] == [field]


# Impressions


async def test_what_was_shown_is_kept_once_it_is_recorded(actions: Actions) -> None:
    """The page by its request id: who, when, from what, and each event with rank and probability. An empty page shows
    nothing."""
    page = await actions.feeds.read_feed("ann", limit=2, request_id="first")
    assert [one async for one in actions.store.feeds.impressions()] == []
    await actions.feeds.record("ann", page, whole=True)
    nothing = await actions.feeds.read_feed("ann", limit=2, category="Nowhere")
    await actions.feeds.record("ann", nothing, whole=False)
    [kept] = [json.loads(one) async for one in actions.store.feeds.impressions()]
    assert kept == {
        "request_id": "first",
        "user_id": "ann",
        "at": "2026-04-03T12:00:00Z",
        "profile_version": NOBODY_SAID,
        "corpus_version": page.corpus_version,
        "degraded": False,
        "events": [{"event_id": one.event.id, "rank": one.rank, "propensity": 1.0} for one in page.items],
        "whole": True,
    }


async def test_where_impressions_are_switched_off_none_is_kept(actions: Actions, empty_server_url: str) -> None:
    """Nothing of a page is written down."""
    async with Store(
        empty_server_url, reader_ttl_days=30, snapshot_ttl_seconds=60, n_impressions=0, n_likings=1000
    ) as store:
        quiet = Actions(store, actions.catalog, PARAMS, clock=lambda: NOW)
        await quiet.feeds.record("ann", await quiet.feeds.read_feed("ann", limit=2), whole=True)
        assert [one async for one in store.feeds.impressions()] == []


async def test_without_its_store_what_was_shown_is_not_kept_and_nobody_minds(cut_off: Actions) -> None:
    """The answer has been given by then; that something was lost is logged."""
    page = await cut_off.feeds.read_feed("ann", limit=2)
    await cut_off.feeds.record("ann", page, whole=True)
    with pytest.raises(StoreUnavailable):
        assert [one async for one in cut_off.store.feeds.impressions()] == []


# Exploration


async def test_exploration_keeps_to_its_places_and_to_its_request(empty_server_url: str) -> None:
    """Of twelve places every third goes to a draw, is marked as such and has the probability of a draw, a multiple of
    1/200; the others are certain. The same request id gets the same bytes, and not every id the same order."""
    async with worker(empty_server_url, Params(explore_every=3, explore_spread=1.0)) as actions:
        await put_some(actions, 30)
        await actions.readers.adjust("ann", "e005", 1)
        orders = set()
        for request_id in ("a", "b", "c", "d"):
            page = await actions.feeds.read_feed("ann", limit=12, request_id=request_id)
            again = await actions.feeds.read_feed("ann", limit=12, request_id=request_id)
            assert write_document(again) == write_document(page)
            drawn = {one.rank for one in page.items if any(r.kind is ReasonKind.EXPLORATION for r in one.reasons)}
            assert drawn == {3, 6, 9, 12}
            for one in page.items:
                assert (one.propensity == 1.0) or one.rank in drawn
                assert one.propensity * 200 == pytest.approx(round(one.propensity * 200))
                assert sum(reason.value for reason in one.reasons) == pytest.approx(one.score, abs=EXACT)
            orders.add(tuple(one.event.id for one in page.items))
        assert len(orders) > 1


# When the catalogue changes


async def test_new_statistics_are_taken_up_with_the_next_request(actions: Actions) -> None:
    """Once they are fitted again, what a reader gets follows from their ledger and the new ones, stored or not."""
    await actions.readers.adjust("ann", "c1", 1)
    await actions.readers.adjust("ann", "s1", -1)
    old = actions.catalog.corpus.statistics.version
    await put_some(actions, 12)
    corpus = actions.catalog.corpus
    assert corpus.statistics.version != old
    reader = (await actions.store.readers.load("ann", corpus.statistics)).reader
    profile = fit(reader, corpus.statistics, PARAMS)
    page = await actions.feeds.read_feed("ann", limit=5)
    assert page.items == rank(corpus, profile, now=NOW, params=PARAMS, limit=5).ranked
    assert page.profile_version == profile.version
    assert await weights(actions, "ann") == profile.weights
    seen = await actions.feeds.read_event("ann", "c2")
    assert sum(reason.value for reason in seen.adjustments) == pytest.approx(learned(seen), abs=EXACT)
    receipt = await actions.readers.adjust("ann", "c2", 1)
    assert {term: start for term, (start, _) in moves(receipt).items()}.items() <= (
        dict.fromkeys(moves(receipt), 0.0) | profile.weights
    ).items()
    assert await profile_as_stored(actions, "ann") == await profile_as_it_should_be(actions, "ann")


ASKED: dict[str, Callable[[Actions], Awaitable[object]]] = {
    "feed": lambda actions: actions.feeds.read_feed("ann", limit=5),
    "event": lambda actions: actions.feeds.read_event("ann", "c2"),
    "profile": lambda actions: actions.readers.read_profile("ann", limit=1000),
}


def dawdle(store: Store, meanwhile: Callable[[], Awaitable[None]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the store give its answers about readers only after something else has happened."""

    def slowly(read: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
        async def answered(*asked: object) -> object:
            answer = await read(*asked)
            await meanwhile()
            return answer

        return answered

    for name in ("for_feed", "load"):
        monkeypatch.setattr(store.readers, name, slowly(getattr(store.readers, name)))


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED.keys())
async def test_an_answer_is_of_one_corpus(
    actions: Actions, ask: Callable[[Actions], Awaitable[object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the corpus is swapped while the reader is being read, the answer is that of before or that of after, and
    no mixture of the two."""
    await actions.readers.adjust("ann", "c1", 1)
    await actions.readers.adjust("ann", "s1", -1)
    before = write_document(await ask(actions))
    with monkeypatch.context() as patched:
        dawdle(actions.store, lambda: put_some(actions, 12), patched)
        answer = write_document(await ask(actions))
    after = write_document(await ask(actions))
    assert before != after
    assert answer in (before, after)


async def test_what_one_worker_stores_reaches_the_other(actions: Actions, empty_server_url: str) -> None:
    """A reader's word at once, an event with the other's next look."""
    async with worker(empty_server_url) as other:
        await actions.readers.adjust("ann", "s2", 2)
        assert await feed_bytes(other, "ann") == await feed_bytes(actions, "ann")
        await actions.events.put_event(an_event("new"))
        await other.catalog.refresh()
        assert await feed_bytes(other, "ann") == await feed_bytes(actions, "ann")


# When the store fails


async def test_without_its_store_the_feed_is_the_global_order_and_says_so(cut_off: Actions) -> None:
    """Nothing of the reader is in it, it has no reasons of theirs, and its pages still join up."""
    page = await cut_off.feeds.read_feed("ann", limit=2)
    assert page.degraded
    assert page.profile_version == NOBODY_SAID
    assert {(one.level, one.personal_signal) for one in page.items} == {(None, 5.0)}
    assert page.new_since is None
    rest = await feed_ids(cut_off, "ann", cursor=page.next_cursor)
    assert sorted([one.event.id for one in page.items] + rest) == ["c1", "c2", "s1", "s2"]


async def test_without_its_store_an_event_is_seen_as_by_anybody_and_says_so(cut_off: Actions) -> None:
    """The event is known, the reader's wishes are not."""
    seen = await cut_off.feeds.read_event("ann", "c1")
    assert seen.degraded
    assert (seen.personal_signal, seen.level, seen.adjustments) == (5.0, None, ())
    with pytest.raises(UnknownEvent):
        await cut_off.feeds.read_event("ann", "nothing")


async def test_without_a_corpus_there_is_no_feed(store: Store) -> None:
    """A worker that has read no catalogue yet does not pretend that it is empty."""
    unread = Actions(store, Catalog(store, PARAMS), PARAMS)
    with pytest.raises(StoreUnavailable):
        await unread.feeds.read_feed("ann", limit=5)
    with pytest.raises(StoreUnavailable):
        unread.events.list_events(limit=5)


async def test_a_damaged_profile_is_made_again_from_the_ledger(actions: Actions, redis: Any) -> None:
    """The ledger is the truth: the feed is the same, and the next press mends what is stored."""
    await actions.readers.adjust("ann", "c1", -2)
    before = await feed_bytes(actions, "ann")
    await redis.hset("u:{ann}:reader", "profile", b"\x00\xff")
    assert await feed_bytes(actions, "ann") == before
    await actions.readers.adjust("ann", "s1", 1)
    assert await profile_as_stored(actions, "ann") == await profile_as_it_should_be(actions, "ann")


async def test_a_lost_profile_is_made_again_from_the_ledger(actions: Actions, redis: Any) -> None:
    """As with a damaged one."""
    await actions.readers.adjust("ann", "c1", -2)
    before = await feed_bytes(actions, "ann")
    await redis.hdel("u:{ann}:reader", "profile")
    assert await feed_bytes(actions, "ann") == before


async def test_a_reader_who_is_damaged_costs_no_other(actions: Actions, redis: Any) -> None:
    """Everybody else is served as before."""
    await actions.readers.adjust("bob", "c1", 1)
    before = await feed_bytes(actions, "bob")
    await actions.readers.adjust("ann", "c1", 1)
    await redis.hset("u:{ann}:ledger", "0", b"\x00\xff")
    assert await feed_bytes(actions, "bob") == before


async def test_a_preview_takes_a_ledger_as_it_was_exported(actions: Actions) -> None:
    """With the terms of each press, so that one on an event that is gone counts, too: the feed is the reader's own."""
    await actions.readers.adjust("ann", "c1", 2)
    await actions.readers.adjust("ann", "s1", -1)
    await actions.events.delete_event("c1")
    exported = (await actions.accounts.export("ann")).adjustments
    supplied = tuple(SuppliedAdjustment(one.event_id, one.level, one.at, one.terms) for one in exported)
    shown = actions.feeds.preview(PreviewRequest(adjustments=supplied))
    assert shown.items == (await actions.feeds.read_feed("ann", limit=20)).items
    bare = Terms({"word:comet": 1}, {})
    with pytest.raises(InvalidDocument) as refusal:
        actions.feeds.preview(PreviewRequest(adjustments=(SuppliedAdjustment("gone", 1, None, bare),)))
    assert [error.field for error in refusal.value.errors] == ["adjustments.0.terms"]


async def test_what_is_new_is_counted_without_keeping_anything(actions: Actions, redis: Any) -> None:
    """The order that is paged through stays the only one that is kept."""
    page = await actions.feeds.read_feed("ann", limit=1)
    assert page.new_since is not None
    kept = await redis.keys()
    assert await actions.feeds.count_new("ann", page.new_since.cursor) == 0
    await put(actions, [an_event("n1", "Volcano wakes"), an_event("n2", "Volcano sleeps")])

    assert await actions.feeds.count_new("ann", page.new_since.cursor) == 2
    assert not [key for key in await redis.keys() if key not in kept and b"snapshot" in key]
