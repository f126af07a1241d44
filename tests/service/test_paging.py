"""Paging: whatever happens between two pages, nothing comes twice and nothing is left out that can still be seen."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from ranking.event import Source
from ranking.feed import rank
from ranking.params import Params
from service.actions import Actions
from service.answers import FeedPage
from service.catalog import Catalog
from service.cursors import InvalidCursor
from service.documents import write_document
from service.embedded import EmbeddedStore
from service.errors import SnapshotForgotten
from service.requests import WishesRequest
from service.store import StoreFull, StoreUnavailable
from tests.build import NOW, PARAMS, an_event
from tests.service.actions.build import a_store, did, feed_ids, ids_of, put, put_some, worker

DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.fixture
async def redis(empty_server_url: str) -> AsyncIterator[Any]:
    """A client of its own, to take snapshots away and to spoil them."""
    async with Redis.from_url(empty_server_url) as client:
        yield client


async def pages_from(actions: Actions, page: FeedPage, limit: int, user_id: str = "ann") -> list[FeedPage]:
    """The page, and all that follow it."""
    pages = [page]
    while pages[-1].next_cursor is not None:
        pages.append(await actions.feeds.read_feed(user_id, limit=limit, cursor=pages[-1].next_cursor))
        assert len(pages) < 30, "the pages do not come to an end"
    return pages


async def the_rest(actions: Actions, page: FeedPage, limit: int = 100, user_id: str = "ann") -> list[str]:
    """The events of all pages after this one."""
    return [event_id for one in (await pages_from(actions, page, limit, user_id))[1:] for event_id in ids_of(one)]


async def put_twins(actions: Actions) -> None:
    """Stores two events of the same text, the second of a source of its own; the first leads, and the feed."""
    await put(
        actions,
        [
            an_event("lead", "Comet nears Jupiter", published_at=NOW, signal=6.0),
            an_event("twin", "Comet nears Jupiter", published_at=NOW, signal=5.5, sources=(Source("Herald"),)),
        ],
    )


def new_in(page: FeedPage) -> tuple[int, str]:
    """How many events are new since the order of the page, and the cursor to them."""
    assert page.new_since is not None
    return page.new_since.count, page.new_since.cursor


# While nothing happens


@pytest.mark.parametrize("limit", [1, 3, 4, 13, 50])
async def test_pages_of_a_feed_join_up(actions: Actions, limit: int) -> None:
    """Whatever their length, the pages are the whole feed cut in pieces, ranks, scores and reasons included; the last
    may be just full."""
    await put_some(actions, 12)
    await put_twins(actions)
    await actions.readers.adjust("ann", "e007", 2)
    await actions.readers.adjust("ann", "e002", -1)
    whole = await actions.feeds.read_feed("ann", limit=100)
    assert len(whole.items) == 13
    pages = await pages_from(actions, await actions.feeds.read_feed("ann", limit=limit), limit)
    assert all(page.items for page in pages)
    assert tuple(one for page in pages for one in page.items) == whole.items
    assert {new_in(page)[0] for page in pages} == {0}


@pytest.mark.parametrize("limit", [30, 50, 100])
async def test_pages_join_up_far_down(actions: Actions, limit: int) -> None:
    """Of 250 events a hundred are ordered at once, and more as the reader comes to them: together they are what one
    order of all would be, to the last reason."""
    await put_some(actions, 250)
    await actions.readers.adjust("ann", "e200", 2)
    await actions.readers.adjust("ann", "e003", -2)
    pages = await pages_from(actions, await actions.feeds.read_feed("ann", limit=limit), limit)
    corpus = actions.catalog.corpus
    profile = (await actions.store.readers.load("ann", corpus.statistics)).profile
    assert profile is not None
    whole = rank(corpus, profile, now=NOW, params=PARAMS, limit=250)
    assert len(whole.ranked) == 250
    assert tuple(one for page in pages for one in page.items) == whole.ranked


async def test_pages_may_differ_in_length_and_be_asked_for_again(actions: Actions) -> None:
    """A cursor stands for a place: read from twice it gives the same bytes, and any limit goes on from there."""
    await put_some(actions, 12)
    first = await actions.feeds.read_feed("ann", limit=2)
    second = [await actions.feeds.read_feed("ann", limit=3, cursor=first.next_cursor) for _ in range(2)]
    assert write_document(second[0]) == write_document(second[1])
    third = await actions.feeds.read_feed("ann", limit=100, cursor=second[0].next_cursor)
    whole = await feed_ids(actions, "ann", limit=100)
    assert [*ids_of(first), *ids_of(second[0]), *ids_of(third)] == whole


async def test_an_explored_order_keeps_its_draws_on_every_page(empty_server_url: str) -> None:
    """Pages of an order of which every third place was drawn have the events, scores and probabilities that one long
    page has for the same request."""
    async with worker(empty_server_url, Params(explore_every=3, explore_spread=1.0)) as exploring:
        await put_some(exploring, 30)
        await exploring.readers.adjust("ann", "e005", 1)
        whole = await exploring.feeds.read_feed("ann", limit=30, request_id="mine")
        assert any(one.propensity < 1 for one in whole.items[20:])
        pages = await pages_from(exploring, await exploring.feeds.read_feed("ann", limit=4, request_id="mine"), 4)
    assert tuple(one for page in pages for one in page.items) == whole.items


# While all sorts of things happen

N_EVENTS = 12
events = st.integers(0, N_EVENTS - 1)
happenings = st.one_of(
    st.tuples(st.just("insert"), st.integers(0, 10)),
    st.tuples(st.sampled_from(["delete", "replace", "press up", "press down", "mute", "dismiss", "restart"]), events),
)


@dataclass
class Expected:
    """What a reader who pages through an order may expect: its slots, how far they have come, and what has gone."""

    slots: list[tuple[str, ...]]
    word: dict[str, str]
    place: int = 0
    gone: set[str] = field(default_factory=set)
    muted: set[str] = field(default_factory=set)
    n_new: int = 0

    def shows(self, event_id: str) -> bool:
        """Whether the reader may see this event now."""
        return event_id not in self.gone and self.word[event_id] not in self.muted

    def rest(self) -> list[tuple[int, tuple[str, ...]]]:
        """What is still to come, with its ranks."""
        shown = [(rank, tuple(filter(self.shows, slot))) for rank, slot in enumerate(self.slots, start=1)]
        return [(rank, slot) for rank, slot in shown if slot and rank > self.place]


async def happen(actions: Actions, what: str, number: int, expected: Expected) -> None:
    """Lets something happen, and the expectation know of it."""
    event_id = f"e{number:03}"
    if what == "insert":
        expected.n_new += 1
        await put(actions, [an_event(f"new{expected.n_new}", f"Novelty{expected.n_new}", signal=float(number))])
    elif what == "delete" and event_id in actions.catalog.corpus.rows:
        expected.gone.add(event_id)
        await actions.events.delete_event(event_id)
    elif what == "replace" and event_id in actions.catalog.corpus.rows:
        expected.word[event_id] = f"Other{number}"
        await put(actions, [an_event(event_id, f"Other{number}", signal=9.0, category="Elsewhere")])
    elif what.startswith("press") and event_id in actions.catalog.corpus.rows:
        await actions.readers.adjust("ann", event_id, 2 if what == "press up" else -2)
    elif what == "mute":
        expected.muted.add(f"Topic{number:03}")
        await actions.readers.change_wishes("ann", WishesRequest(mute=(f"word:topic{number:03}",)))
    elif what == "dismiss" and event_id in actions.catalog.corpus.rows:
        expected.gone.add(event_id)
        await actions.histories.interact("ann", [did("dismiss", event_id)])


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(between=st.lists(st.lists(happenings, max_size=4), min_size=5, max_size=5), limit=st.integers(2, 5))
async def test_pages_are_the_first_order_whatever_happens_between_them(
    empty_server_url: str, between: list[list[tuple[str, int]]], limit: int
) -> None:
    """Events come, go, change their text and category, are turned up and down, muted and dismissed, and the service
    starts anew: each page is exactly what follows in the order of the first, without what has gone, every event at
    the rank that it had; and every event that came is counted."""
    async with Redis.from_url(empty_server_url) as client:
        await client.flushall()
    async with worker(empty_server_url) as actions:
        await put_some(actions, N_EVENTS)
        await put_twins(actions)
        whole = await actions.feeds.read_feed("ann", limit=100)
        page = await actions.feeds.read_feed("ann", limit=limit)
    slots = [(one.event.id, *one.folded) for one in whole.items]
    expected = Expected(slots, {one: f"Topic{one[1:]}" for slot in slots for one in slot})
    assert ("lead", "twin") in slots
    for number in range(N_EVENTS):
        if page.next_cursor is None:
            break
        expected.place = page.items[-1].rank if page.items else expected.place
        async with worker(empty_server_url) as actions:
            for what, event_number in between[number] if number < len(between) else []:
                await happen(actions, what, event_number, expected)
            page = await actions.feeds.read_feed("ann", limit=limit, cursor=page.next_cursor)
        rest = expected.rest()
        assert [(one.rank, (one.event.id, *one.folded)) for one in page.items] == rest[:limit]
        assert (page.next_cursor is not None) == (len(rest) > limit)
        assert new_in(page)[0] == expected.n_new


async def test_pages_go_on_far_down_whatever_happens_between_them(actions: Actions) -> None:
    """Of 250 events, read 40 at a time: what comes meanwhile is counted and not among them, however high it would
    stand; what is deleted, muted or dismissed before its page is not there; all others come once."""
    await put_some(actions, 250)
    page = await actions.feeds.read_feed("ann", limit=40)
    shown, gone, n_new = ids_of(page), set[str](), 0
    while page.next_cursor is not None:
        n_new += 1
        await put(actions, [an_event(f"new{n_new}", f"Novelty{n_new}", published_at=NOW, signal=5.0 + n_new % 2)])
        waiting = [f"e{number:03}" for number in range(250) if f"e{number:03}" not in {*shown, *gone}]
        deleted, muted, dismissed, pressed, replaced = waiting[:: len(waiting) // 5][:5]
        await actions.events.delete_event(deleted)
        await actions.readers.change_wishes("ann", WishesRequest(mute=(f"word:topic{muted[1:]}",)))
        await actions.histories.interact("ann", [did("dismiss", dismissed)])
        await actions.readers.adjust("ann", pressed, -2)
        await put(actions, [an_event(replaced, f"Other{replaced}", published_at=NOW, signal=1.0)])
        gone |= {deleted, muted, dismissed}
        page = await actions.feeds.read_feed("ann", limit=40, cursor=page.next_cursor)
        shown += ids_of(page)
        assert not gone & set(ids_of(page))
        assert new_in(page)[0] == n_new <= 5
    assert n_new == 5
    assert len(shown) == len(set(shown))
    assert set(shown) == {f"e{number:03}" for number in range(250)} - gone


async def test_a_muted_or_dismissed_event_that_comes_back_has_its_old_place(actions: Actions) -> None:
    """Below what was shown it is shown there; above it is not brought up again."""
    await put_some(actions, 8)
    first = await actions.feeds.read_feed("ann", limit=3)
    await actions.histories.interact("ann", [did("dismiss", event_id, hours_ago=2) for event_id in ("e001", "e005")])
    assert ids_of(await actions.feeds.read_feed("ann", limit=3, cursor=first.next_cursor)) == ["e003", "e004", "e006"]
    await actions.histories.interact("ann", [did("restore", event_id, hours_ago=1) for event_id in ("e001", "e005")])
    second = await actions.feeds.read_feed("ann", limit=3, cursor=first.next_cursor)
    assert [(one.rank, one.event.id) for one in second.items] == [(4, "e003"), (5, "e004"), (6, "e005")]


async def test_an_event_that_is_deleted_and_put_again_is_not_new(actions: Actions) -> None:
    """One that was shown does not come again, one that was not comes at its place, and neither is counted."""
    await put_some(actions, 6)
    first = await actions.feeds.read_feed("ann", limit=3)
    for event_id in ("e001", "e004"):
        await actions.events.delete_event(event_id)
    await put_some(actions, 6)
    second = await actions.feeds.read_feed("ann", limit=3, cursor=first.next_cursor)
    assert ids_of(second) == ["e003", "e004", "e005"]
    assert (new_in(second)[0], second.next_cursor) == (0, None)


async def test_after_the_last_page_nothing_is_left(actions: Actions) -> None:
    """Also where all that would have followed has been deleted meanwhile."""
    await put_some(actions, 5)
    first = await actions.feeds.read_feed("ann", limit=2)
    for number in (2, 3, 4):
        await actions.events.delete_event(f"e{number:03}")
    page = await actions.feeds.read_feed("ann", limit=2, cursor=first.next_cursor)
    assert (page.items, page.next_cursor) == ((), None)


async def test_where_the_leader_of_near_duplicates_vanishes_the_next_stands_in_its_place(actions: Actions) -> None:
    """Of two that were folded, the first is deleted, dismissed or muted by its source before its page: the other
    stands at its rank. Once the first has been shown, the other is not brought up."""
    await put_some(actions, 3)
    await put_twins(actions)
    await actions.readers.change_wishes("ann", WishesRequest(pin={"word:topic000": 5.0}))
    first = await actions.feeds.read_feed("ann", limit=1)
    second = await actions.feeds.read_feed("ann", limit=1, cursor=first.next_cursor)
    assert [ids_of(first), [(one.event.id, one.folded) for one in second.items]] == [["e000"], [("lead", ("twin",))]]

    async def stands_second() -> list[tuple[int, str, tuple[str, ...]]]:
        page = await actions.feeds.read_feed("ann", limit=1, cursor=first.next_cursor)
        return [(one.rank, one.event.id, one.folded) for one in page.items]

    await actions.histories.interact("ann", [did("dismiss", "lead", hours_ago=2)])
    assert await stands_second() == [(2, "twin", ())]
    await actions.histories.interact("ann", [did("restore", "lead", hours_ago=1)])
    assert await stands_second() == [(2, "lead", ("twin",))]
    await actions.events.delete_event("lead")
    assert await stands_second() == [(2, "twin", ())]
    assert await the_rest(actions, second) == ["e001", "e002"]


async def test_a_mute_that_hides_only_the_leader_leaves_its_near_duplicate(actions: Actions) -> None:
    """The twin has another source."""
    await put_some(actions, 2)
    await put_twins(actions)
    await put(actions, [an_event("top", "Glacier calves", signal=9.0, sources=(Source("Herald"),))])
    first = await actions.feeds.read_feed("ann", limit=1)
    await actions.readers.change_wishes("ann", WishesRequest(mute=("source:Gazette",)))
    assert [*ids_of(first), *await the_rest(actions, first)] == ["top", "twin"]


# What is new


async def test_what_is_new_is_counted_and_has_a_feed_of_its_own(actions: Actions) -> None:
    """Each page of the old order counts what came since it was made, and its cursor gets these alone, best first; it
    may be asked for again and then has what came meanwhile. A replaced event is not new, a muted one not counted."""
    await put_some(actions, 4)
    first = await actions.feeds.read_feed("ann", limit=1)
    assert new_in(first)[0] == 0
    await put(actions, [an_event("low", "Harvest", signal=1.0), an_event("high", "Glacier", signal=9.0)])
    await put(actions, [an_event("hidden", "Moonshine", signal=9.0), an_event("e001", "Topic001", signal=6.0)])
    await actions.readers.change_wishes("ann", WishesRequest(mute=("word:moonshine",)))
    second = await actions.feeds.read_feed("ann", limit=1, cursor=first.next_cursor)
    count, cursor = new_in(second)
    assert count == 2
    news = await actions.feeds.read_feed("ann", limit=20, cursor=cursor)
    assert [(one.rank, one.event.id) for one in news.items] == [(1, "high"), (2, "low")]
    assert (new_in(news)[0], news.next_cursor) == (0, None)
    await put(actions, [an_event("late", "Volcano", signal=5.0)])
    assert await feed_ids(actions, "ann", cursor=cursor) == ["high", "late", "low"]
    assert await feed_ids(actions, "ann", cursor=new_in(news)[1]) == ["late"]
    assert new_in(await actions.feeds.read_feed("ann", limit=1, cursor=first.next_cursor))[0] == 3
    assert len(await the_rest(actions, second)) == 2


async def test_what_is_new_is_of_the_category_of_the_feed(actions: Actions) -> None:
    """What comes in another category is neither counted nor shown."""
    await put_some(actions, 3)
    first = await actions.feeds.read_feed("ann", limit=1, category="News")
    await put(actions, [an_event("game", "Chess", category="Games"), an_event("news", "Glacier")])
    second = await actions.feeds.read_feed("ann", limit=1, cursor=first.next_cursor)
    count, cursor = new_in(second)
    assert (count, await feed_ids(actions, "ann", cursor=cursor)) == (1, ["news"])


async def test_a_long_feed_of_what_is_new_joins_up(actions: Actions) -> None:
    """Of 130 new events, read 40 at a time while more come: each comes once, and nothing of what was there before,
    not even an event that was shown, deleted and put again."""
    await put_some(actions, 5)
    first = await actions.feeds.read_feed("ann", limit=3)
    await actions.events.delete_event("e001")
    await put_some(actions, 5)
    await put(actions, (an_event(f"new{number}", f"Novelty{number}") for number in range(130)))
    count, cursor = new_in(await actions.feeds.read_feed("ann", limit=3, cursor=first.next_cursor))
    assert count == 130
    page = await actions.feeds.read_feed("ann", limit=40, cursor=cursor)
    shown = ids_of(page)
    await put(actions, [an_event("newest", "Latecomer", published_at=NOW)])
    shown += await the_rest(actions, page, 40)
    assert sorted(shown) == sorted(f"new{number}" for number in range(130))


async def test_two_readings_of_one_feed_do_not_mix(actions: Actions) -> None:
    """A reader begins at the top again, in another window, after an event has come that stands too low to change the
    first hundred places; then pages on in the first window. The second window has the event on one of its pages, and
    the first counts it as new."""
    await put_some(actions, 150)
    old = await actions.feeds.read_feed("ann", limit=40)
    await put(actions, [an_event("low", "Harvest", signal=0.0)])
    new = await actions.feeds.read_feed("ann", limit=40)
    older = await actions.feeds.read_feed("ann", limit=40, cursor=old.next_cursor)
    assert (new_in(older)[0], new_in(new)[0]) == (1, 0)
    rest = await the_rest(actions, new, 40)
    assert "low" in rest
    assert len({*ids_of(new), *rest}) == len(ids_of(new)) + len(rest) == 151


async def test_a_worker_that_has_not_heard_of_an_event_yet_does_not_skip_it(
    actions: Actions, empty_server_url: str
) -> None:
    """An event comes in through one worker and is in the order that it gives out; the next page is asked of another,
    which follows the catalogue a little later."""
    await put_some(actions, 6)
    async with worker(empty_server_url) as behind:
        await put(actions, [an_event("new", "Glacier calves", published_at=NOW - timedelta(hours=3, minutes=30))])
        first = await actions.feeds.read_feed("ann", limit=3)
        second = await behind.feeds.read_feed("ann", limit=2, cursor=first.next_cursor)
        shown = [*ids_of(first), *ids_of(second), *await the_rest(behind, second)]
    assert shown == ["e000", "e001", "e002", "e003", "new", "e004", "e005"]


# When a snapshot is forgotten


@pytest.mark.parametrize("category", [None, "News"])
@pytest.mark.parametrize("far", [1, 3])
async def test_a_forgotten_snapshot_is_gone_on_from_without_repeats(
    actions: Actions, redis: Any, category: str | None, far: int
) -> None:
    """After some pages, with near-duplicates among them: what was shown, folded or not, does not come again, all else
    comes once, ranks go on from where they were, and a feed of a category stays one. What came meanwhile is there."""
    await put_some(actions, 130)
    await put_twins(actions)
    await put(actions, [an_event("game", "Chess final", category="Games")])
    page = await actions.feeds.read_feed("ann", limit=35, category=category)
    shown = [(one.event.id, *one.folded) for one in page.items]
    for _ in range(far - 1):
        page = await actions.feeds.read_feed("ann", limit=35, cursor=page.next_cursor)
        shown += [(one.event.id, *one.folded) for one in page.items]
    assert ("lead", "twin") in shown
    await put(actions, [an_event("new", "Glacier calves", signal=5.5)])
    await actions.events.delete_event("e001")
    await actions.readers.adjust("ann", "e120", 2)
    await redis.delete("u:{ann}:snapshots", "u:{ann}:snapshot_order")
    pages = await pages_from(actions, page, 35)
    assert pages[1].items[0].rank == far * 35 + 1
    shown += [(one.event.id, *one.folded) for one in (item for later in pages[1:] for item in later.items)]
    expected = (
        {f"e{number:03}" for number in range(130)} | {"lead", "twin", "new"} | ({"game"} if not category else set())
    )
    listed = [event_id for slot in shown for event_id in slot]
    assert sorted(listed) == sorted(expected)


async def test_of_many_orders_the_oldest_is_forgotten_and_still_gone_on_from(actions: Actions) -> None:
    """The first of ten, of which eight are kept: its next page has what follows in the order of today."""
    await put_some(actions, 4)
    first = await actions.feeds.read_feed("ann", limit=2)
    for number in range(9):
        await put(actions, [an_event(f"low{number}", f"Harvest{number}", signal=float(number) / 10)])
        await actions.feeds.read_feed("ann", limit=2)
    rest = await the_rest(actions, first)
    assert rest == ["e002", "e003", *(f"low{number}" for number in reversed(range(9)))]


async def test_a_snapshot_that_cannot_be_read_is_as_good_as_forgotten(actions: Actions, redis: Any) -> None:
    """Whatever is damaged there, the reader goes on."""
    await put_some(actions, 6)
    first = await actions.feeds.read_feed("ann", limit=2)
    [name] = await redis.hkeys("u:{ann}:snapshots")
    await redis.hset("u:{ann}:snapshots", name, b"\x00\xff")
    assert await the_rest(actions, first) == ["e002", "e003", "e004", "e005"]


async def test_only_too_far_down_is_a_forgotten_snapshot_the_end(actions: Actions, redis: Any) -> None:
    """A cursor carries what was shown as long as that is 400 events or fewer: after four pages of a hundred the fifth
    is found again, and after 430 events there is no going on. The snapshot kept, there is."""
    await put_some(actions, 450)
    page = await actions.feeds.read_feed("ann", limit=100)
    shown = ids_of(page)
    for _ in range(3):
        page = await actions.feeds.read_feed("ann", limit=100, cursor=page.next_cursor)
        shown += ids_of(page)
    further = await actions.feeds.read_feed("ann", limit=30, cursor=page.next_cursor)
    kept = await the_rest(actions, further)
    assert len({*shown, *ids_of(further), *kept}) == 450
    await redis.delete("u:{ann}:snapshots")
    with pytest.raises(SnapshotForgotten):
        await actions.feeds.read_feed("ann", limit=30, cursor=further.next_cursor)
    assert ids_of(await actions.feeds.read_feed("ann", limit=30, cursor=page.next_cursor)) == ids_of(further)


async def test_what_is_new_since_a_forgotten_snapshot_cannot_be_told(actions: Actions, redis: Any) -> None:
    """When it was made is known only to itself."""
    await put_some(actions, 3)
    _, cursor = new_in(await actions.feeds.read_feed("ann", limit=2))
    await redis.delete("u:{ann}:snapshots")
    with pytest.raises(SnapshotForgotten):
        await actions.feeds.read_feed("ann", limit=2, cursor=cursor)


async def test_a_feed_of_what_is_new_never_goes_on_with_what_is_old(actions: Actions, redis: Any) -> None:
    """Its snapshot forgotten between two pages, the feed of four new events has the other two or cannot be gone on
    with; what the reader has read before the four came is not brought up again."""
    await put_some(actions, 3)
    first = await actions.feeds.read_feed("ann", limit=3)
    await put(actions, (an_event(f"new{number}", f"Novelty{number}") for number in range(4)))
    news = await actions.feeds.read_feed("ann", limit=2, cursor=new_in(first)[1])
    assert len(news.items) == 2
    await redis.delete("u:{ann}:snapshots")
    try:
        rest = set(await the_rest(actions, news))
    except SnapshotForgotten:
        rest = {f"new{number}" for number in range(4)} - set(ids_of(news))
    assert rest | set(ids_of(news)) == {f"new{number}" for number in range(4)}


# Without the store, or all of it


async def test_paging_goes_on_while_the_store_is_away_and_after_it_is_back(tmp_path: Path) -> None:
    """The second page is of the global order, says so and counts nothing as new; the third is the reader's again. No
    event comes twice, and none is left out, but for what is muted: that is hidden only while it can be known."""
    async with a_store(f"unix://{tmp_path}/store.sock") as store:
        with EmbeddedStore(tmp_path) as embedded:
            assert embedded.url == f"unix://{tmp_path}/store.sock"
            actions = Actions(store, Catalog(store, PARAMS), PARAMS, clock=lambda: NOW)
            await put_some(actions, 9)
            await actions.readers.adjust("ann", "e008", 2)
            first = await actions.feeds.read_feed("ann", limit=3)
        second = await actions.feeds.read_feed("ann", limit=3, cursor=first.next_cursor)
        assert (first.degraded, second.degraded, second.new_since) == (False, True, None)
        with EmbeddedStore(tmp_path):
            third = await actions.feeds.read_feed("ann", limit=3, cursor=second.next_cursor)
    assert not third.degraded
    assert third.profile_version == first.profile_version != second.profile_version
    assert ids_of(first) == ["e008", "e000", "e001"]
    assert [*ids_of(second), *ids_of(third)] == [f"e{number:03}" for number in range(2, 8)]
    assert third.next_cursor is None


async def test_while_the_store_is_away_nothing_is_said_to_be_forgotten(tmp_path: Path) -> None:
    """What is new cannot be told now; once the store is back it can, so the cursor is still good."""
    async with a_store(f"unix://{tmp_path}/store.sock") as store:
        with EmbeddedStore(tmp_path):
            actions = Actions(store, Catalog(store, PARAMS), PARAMS, clock=lambda: NOW)
            await put_some(actions, 3)
            _, cursor = new_in(await actions.feeds.read_feed("ann", limit=2))
        with pytest.raises(StoreUnavailable):
            await actions.feeds.read_feed("ann", limit=2, cursor=cursor)


async def test_where_no_snapshot_can_be_kept_the_pages_still_join_up(
    actions: Actions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the store has no room, each cursor goes on by what it carries itself. What is new is not counted."""

    async def refuse(*_: object, replacing: bool) -> None:
        raise StoreFull("the store is full")

    monkeypatch.setattr(actions.store.feeds, "save_snapshot", refuse)
    await put_some(actions, 9)
    await put_twins(actions)
    whole = await feed_ids(actions, "ann", limit=100)
    pages = await pages_from(actions, await actions.feeds.read_feed("ann", limit=4), 4)
    assert [event_id for page in pages for event_id in ids_of(page)] == whole
    assert [(page.degraded, page.new_since) for page in pages] == [(False, None)] * 3


async def test_a_full_store_does_not_grow_by_being_read(tmp_path: Path) -> None:
    """It takes no snapshot, however often feeds are asked for."""
    with EmbeddedStore(tmp_path) as embedded:
        async with worker(embedded.url) as actions, Redis.from_url(embedded.url) as client:
            await put_some(actions, 9)
            await actions.feeds.read_feed("bob", limit=4)
            await client.config_set("maxmemory", 1)
            assert ids_of(await actions.feeds.read_feed("ann", limit=4)) == ["e000", "e001", "e002", "e003"]
            assert await client.keys("u:{ann}:*") == []


# Whose cursor it is


async def test_a_cursor_is_good_for_the_reader_it_was_given_to_on_every_worker(
    actions: Actions, empty_server_url: str
) -> None:
    """The key that it is signed with lies in the store."""
    await put_some(actions, 4)
    first = await actions.feeds.read_feed("ann", limit=2)
    async with worker(empty_server_url) as other:
        assert await the_rest(other, first) == ["e002", "e003"]
        for cursor in (first.next_cursor, new_in(first)[1]):
            with pytest.raises(InvalidCursor):
                await other.feeds.read_feed("bob", limit=2, cursor=cursor)


async def test_a_cursor_is_of_one_category(actions: Actions) -> None:
    """It knows its own; another than that is refused, one of all categories is of no category."""
    await put_some(actions, 4)
    of_news = await actions.feeds.read_feed("ann", limit=2, category="News")
    of_all = await actions.feeds.read_feed("ann", limit=2)
    for named in (None, "News"):
        assert await feed_ids(actions, "ann", cursor=of_news.next_cursor, category=named) == ["e002", "e003"]
    for page, named in ((of_news, "Games"), (of_all, "News")):
        with pytest.raises(InvalidCursor):
            await actions.feeds.read_feed("ann", limit=2, cursor=page.next_cursor, category=named)


@pytest.mark.parametrize("cursor", ["!", "é", "A", "AAAA", "MjA", "\ud800", "A" * 4000])
async def test_a_cursor_that_was_not_given_out_is_refused(actions: Actions, cursor: str) -> None:
    """Of whatever it is made; that of a list of the catalogue, for one, is not signed."""
    await put_some(actions, 4)
    with pytest.raises(InvalidCursor):
        await actions.feeds.read_feed("ann", limit=5, cursor=cursor)
    listed = actions.events.list_events(limit=2).next_cursor
    with pytest.raises(InvalidCursor):
        await actions.feeds.read_feed("ann", limit=5, cursor=listed)


async def test_a_cursor_of_which_one_digit_was_changed_is_refused(actions: Actions) -> None:
    """Every digit, of the place, of what was shown and of the signature, by the next of the alphabet; and one left
    away or added at the end."""
    await put_some(actions, 4)
    cursor = (await actions.feeds.read_feed("ann", limit=2)).next_cursor
    assert cursor is not None
    tampered = [
        cursor[:place] + DIGITS[(DIGITS.index(digit) + 1) % 64] + cursor[place + 1 :]
        for place, digit in enumerate(cursor)
    ]
    for one in (*tampered, cursor[:-1], cursor + "A", cursor + "="):
        with pytest.raises(InvalidCursor):
            await actions.feeds.read_feed("ann", limit=2, cursor=one)


async def test_a_deep_scroll_leaves_other_orders_where_they_are(actions: Actions) -> None:
    """However far a reader goes in one feed, it is one order; what is new since another can still be told."""
    await put_some(actions, 230)
    other = await actions.feeds.read_feed("ann", limit=1, category="News")
    page = await actions.feeds.read_feed("ann", limit=10)
    assert len(await the_rest(actions, page, 10)) == 220
    assert new_in(other)[0] == 0
    _, cursor = new_in(other)
    assert await feed_ids(actions, "ann", cursor=cursor) == []
