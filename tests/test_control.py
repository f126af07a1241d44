"""The reader in control: whatever happens in whatever order, feeds obey, pages neither repeat nor skip, and the stored
state is the one that a simple model has."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from redis.asyncio import Redis

from ranking.event import Event, Source
from ranking.features import strongest
from ranking.feed import Feed, Slot, rank
from ranking.interactions import Action, Interaction
from ranking.ledger import Adjustment, Ledger
from ranking.profile import fit
from ranking.reader import Reader
from ranking.scoring import on_step
from ranking.wishes import Wishes
from service.actions import Actions
from service.answers import FeedPage
from service.catalog import Catalog
from service.requests import WishesRequest
from service.store import Store
from tests.build import NOW, PARAMS

T = TypeVar("T")

START = datetime(2026, 4, 3, 12, 0, tzinfo=UTC)
USER = "ann"
WORDS = ("comet", "strike", "chip", "court", "vaccine", "robot", "flood")
STEMS = {"word:vaccine": "word:vaccin"}  # the only one of the words that is not its own stem
IDS = st.integers(0, 29).map("e{}".format)
LEVELS = st.integers(-2, 2)
TERMS = st.sampled_from([*(f"word:{word}" for word in WORDS), "category:News", "category:Science", "source:Gazette"])
LIMITS = st.integers(1, 7)


@st.composite
def events(draw: st.DrawFn) -> Event:
    """A small event; a few hours apart, so that freshness does not decide everything, and often alike in words."""
    words = draw(st.lists(st.sampled_from(WORDS), min_size=2, max_size=5))
    return Event(
        id=draw(IDS),
        title=" ".join(words),
        category=draw(st.sampled_from(["News", "Science"])),
        published_at=START - timedelta(hours=draw(st.integers(1, 72))),
        signal=draw(st.sampled_from([1.0, 4.0, 5.5, 6.0, 9.0, 9.5])),
        sources=tuple(Source(name) for name in draw(st.sets(st.sampled_from(["Gazette", "Herald"]))) or ("Gazette",)),
    )


@dataclass
class Paging:
    """Somebody going through a feed: the order that the first page was cut from, what came and what is still to come.
    `certain` as long as the order is kept."""

    order: tuple[Slot, ...]
    category: str | None
    cursor: str | None
    shown: list[str]
    arrived: set[str]
    certain: bool = True


class ReaderInControl(RuleBasedStateMachine):
    """One reader, one catalogue, two workers, and a model of what there should be."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.url = url
        self.now = START
        self.events: dict[str, Event] = {}
        self.reader = Reader()
        self.paging: Paging | None = None
        self.stores: list[Store] = []
        self.run(self.flush())
        self.workers = [self.worker(), self.worker()]

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What comes of some work."""
        return self.runner.run(work)

    async def flush(self) -> None:
        """Empties the server."""
        async with Redis.from_url(self.url) as redis:
            await redis.flushall()

    def worker(self) -> Actions:
        """A worker that has just started."""
        store = Store(self.url, reader_ttl_days=30, snapshot_ttl_seconds=600, n_impressions=100, n_likings=1000)
        self.stores.append(store)
        catalog = Catalog(store, PARAMS, lambda: NOW)
        self.run(catalog.refresh())
        return Actions(store, catalog, PARAMS, clock=lambda: self.now)

    def teardown(self) -> None:
        """Lets go of every connection."""
        for store in self.stores:
            self.run(store.__aexit__())
        self.runner.close()

    def tick(self) -> datetime:
        """Time goes on a little, within one step of the clock."""
        self.now += timedelta(milliseconds=100)
        return self.now

    def follow(self) -> None:
        """The workers see what the other has done to the catalogue."""
        for worker in self.workers:
            self.run(worker.catalog.refresh())

    def page(self, limit: int, cursor: str | None = None, category: str | None = None) -> FeedPage:
        """A page, from one of the workers."""
        return self.run(self.workers[0].feeds.read_feed(USER, limit=limit, cursor=cursor, category=category))

    def expected(self, limit: int, category: str | None = None) -> Feed:
        """The feed that the model has."""
        corpus = self.workers[0].catalog.corpus
        return rank(
            corpus,
            fit(self.reader, corpus.statistics, PARAMS),
            now=on_step(self.now, PARAMS),
            params=PARAMS,
            limit=limit,
            depth=100,
            history=self.reader.history,
            category=category,
        )

    def hidden(self, event: Event) -> bool:
        """Whether the reader has muted or dismissed an event."""
        names = {f"word:{word}" for word in event.title.split()} | {f"category:{event.category}"}
        names |= {f"source:{source.name}" for source in event.sources}
        muted = set(self.reader.wishes.mutes)
        return bool({STEMS.get(name, name) for name in names} & muted) or event.id in self.reader.history.dismissed

    # What happens to the catalogue

    @rule(event=events())
    def publish(self, event: Event) -> None:
        """An event is new, or replaces one."""
        self.run(self.workers[1].events.put_event(event))
        if self.paging is not None and event.id not in self.events:
            self.paging.arrived.add(event.id)
        self.events[event.id] = event
        self.follow()

    @precondition(lambda self: self.events)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        """An event is taken off."""
        event_id = data.draw(st.sampled_from(sorted(self.events)))
        self.run(self.workers[1].events.delete_event(event_id))
        del self.events[event_id]
        if self.paging is not None:
            self.paging.arrived.discard(event_id)
        self.follow()

    # What the reader says, lays down and does

    def press(self, worker: int, event_id: str, level: int) -> None:
        """One press, in the service and in the model."""
        at, corpus = self.tick(), self.workers[worker].catalog.corpus
        receipt = self.run(self.workers[worker].readers.adjust(USER, event_id, level))
        if self.reader.ledger.level_of(event_id) != level:
            terms = strongest(corpus.terms[corpus.row(event_id)], corpus.statistics, PARAMS.terms_per_press)
            others = [one for one in self.reader.ledger.adjustments if one.event_id != event_id]
            ledger = Ledger((*others, Adjustment(event_id, level, at, terms)))
            self.reader = replace(self.reader, ledger=ledger)
        assert receipt.level == level

    @precondition(lambda self: self.events)
    @rule(data=st.data(), level=LEVELS, worker=st.integers(0, 1))
    def adjust(self, data: st.DataObject, level: int, worker: int) -> None:
        """The reader presses Adjust signal."""
        self.press(worker, data.draw(st.sampled_from(sorted(self.events))), level)

    @precondition(lambda self: self.reader.ledger.adjustments)
    @rule(data=st.data(), worker=st.integers(0, 1))
    def undo(self, data: st.DataObject, worker: int) -> None:
        """The reader takes any press back."""
        pressed = [one.event_id for one in self.reader.ledger.adjustments]
        event_id = data.draw(st.sampled_from(pressed))
        self.run(self.workers[worker].readers.undo(USER, event_id))
        others = [one for one in self.reader.ledger.adjustments if one.event_id != event_id]
        self.reader = replace(self.reader, ledger=Ledger(tuple(others)))

    @precondition(lambda self: self.events)
    @rule(data=st.data(), level=LEVELS)
    def adjust_and_undo(self, data: st.DataObject, level: int) -> None:
        """A press that is taken back leaves nothing behind: the feed has the same bytes."""
        fresh = sorted(self.events.keys() - {one.event_id for one in self.reader.ledger.adjustments})
        if fresh:
            event_id = data.draw(st.sampled_from(fresh))
            before = self.page(10)
            self.run(self.workers[0].readers.adjust(USER, event_id, level))
            self.run(self.workers[1].readers.undo(USER, event_id))
            assert self.page(10) == before

    def lay_down(self, **wanted: Any) -> Wishes:
        """Wishes, as the service has them after a change."""
        self.run(self.workers[1].readers.change_wishes(USER, WishesRequest(**wanted)))
        return self.run(self.workers[0].readers.readers.known(USER, self.workers[0].catalog.corpus)).reader.wishes

    @rule(term=TERMS)
    def mute(self, term: str) -> None:
        """The reader mutes a term."""
        at = self.tick()
        stem = STEMS.get(term, term)
        wishes = self.reader.wishes.changed(at=at, mute=(stem,))
        assert self.lay_down(mute=(term,)) == wishes
        self.reader = replace(self.reader, wishes=wishes)

    @precondition(lambda self: self.reader.wishes.mutes)
    @rule(data=st.data())
    def unmute(self, data: st.DataObject) -> None:
        """The reader takes a mute back; what was paged over may then have passed."""
        term = data.draw(st.sampled_from(self.reader.wishes.mutes))
        wishes = self.reader.wishes.changed(at=self.tick(), unmute=(term,))
        assert self.lay_down(unmute=(term,)) == wishes
        self.reader = replace(self.reader, wishes=wishes)
        self.paging = None

    @rule(term=TERMS, points=st.integers(-4, 4))
    def pin_or_clear(self, term: str, points: int) -> None:
        """The reader pins a term or, with no points, clears and unpins it."""
        at = self.tick()
        stem = STEMS.get(term, term)
        if points:
            wishes = self.reader.wishes.changed(at=at, pin={stem: points})
            assert self.lay_down(pin={term: points}) == wishes
        else:
            wishes = self.reader.wishes.changed(at=at, unpin=(stem,), clear=(stem,))
            assert self.lay_down(unpin=(term,), clear=(term,)) == wishes
        self.reader = replace(self.reader, wishes=wishes)

    @precondition(lambda self: self.events)
    @rule(data=st.data(), action=st.sampled_from([Action.SEEN, Action.OPEN, Action.DISMISS]), twice=st.booleans())
    def interact(self, data: st.DataObject, action: Action, twice: bool) -> None:
        """The reader sees, opens or dismisses an event; told twice, it counts once."""
        at = self.tick()
        event_id = data.draw(st.sampled_from(sorted(self.events)))
        done = Interaction(f"i{at.timestamp()}", event_id, action, at)
        for _ in range(1 + twice):
            self.run(self.workers[0].histories.interact(USER, (done,)))
        self.reader = self.reader.after([done], {}, PARAMS)

    # Pages

    @rule(limit=LIMITS, category=st.sampled_from([None, "Science"]))
    def begin_paging(self, limit: int, category: str | None) -> None:
        """The reader opens the feed, of one category or of all."""
        page = self.page(limit, category=category)
        order = self.expected(limit, category).order
        shown = [event_id for one in page.items for event_id in (one.event.id, *one.folded)]
        self.paging = Paging(order, category, page.next_cursor, shown, set())
        assert page.new_since is not None
        assert page.new_since.count == 0
        self.new_since = page.new_since.cursor

    @precondition(lambda self: self.paging is not None and self.paging.cursor)
    @rule(limit=LIMITS)
    def next_page(self, limit: int) -> None:
        """The reader pages on: nothing repeats, and of the order nothing is passed over but what has gone."""
        paging = self.paging
        assert paging is not None
        page = self.page(limit, paging.cursor)
        ids = [event_id for one in page.items for event_id in (one.event.id, *one.folded)]
        assert len(set(ids)) == len(ids)
        assert not set(ids) & set(paging.shown)
        assert all(event_id in self.events and not self.hidden(self.events[event_id]) for event_id in ids)
        if paging.certain:
            known = {event_id for slot in paging.order for event_id in slot.event_ids}
            waiting = [
                event_id
                for slot in paging.order
                for event_id in slot.event_ids
                if event_id in self.events and not self.hidden(self.events[event_id]) and event_id not in paging.shown
            ]
            assert ids == waiting[: len(ids)]
            assert page.next_cursor is not None or ids == waiting
            assert page.new_since is not None
            new = {
                event_id
                for event_id in paging.arrived - known
                if not self.hidden(self.events[event_id]) and paging.category in {None, self.events[event_id].category}
            }
            assert page.new_since.count == len(new)
            arrivals = self.page(100, page.new_since.cursor)
            assert {i for one in arrivals.items for i in (one.event.id, *one.folded)} == new
        elif page.next_cursor is None:
            wanted = {
                event.id
                for event in self.events.values()
                if not self.hidden(event) and paging.category in {None, event.category}
            }
            assert wanted <= {*paging.shown, *ids, *paging.arrived}
        paging.shown += ids
        paging.cursor = page.next_cursor

    @precondition(lambda self: self.paging is not None)
    @rule()
    def forget_snapshots(self) -> None:
        """The kept orders are lost, as when their time is over."""

        async def forget() -> None:
            async with Redis.from_url(self.url) as redis:
                await redis.delete(f"u:{{{USER}}}:snapshots", f"u:{{{USER}}}:snapshot_order")

        self.run(forget())
        assert self.paging is not None
        self.paging.certain = False

    # The service

    @rule(worker=st.integers(0, 1))
    def restart(self, worker: int) -> None:
        """A worker is started anew."""
        self.workers[worker] = self.worker()

    @rule()
    def move_out_and_in(self) -> None:
        """All that is known of the reader, put into another one, gives the same feed."""
        document = self.run(self.workers[0].accounts.export(USER))
        self.run(self.workers[1].accounts.import_reader("copy", document))
        copied = self.run(self.workers[0].feeds.read_feed("copy", limit=10))
        mine = self.page(10)
        assert (copied.items, copied.profile_version) == (mine.items, mine.profile_version)
        self.run(self.workers[1].accounts.delete("copy"))

    @invariant()
    def the_store_has_what_the_model_has(self) -> None:
        """What was said, laid down and done is stored, and the stored profile is the one that follows from it."""
        for worker in self.workers:
            corpus = worker.catalog.corpus
            assert {event.id: event for event in corpus.events} == self.events
            known = self.run(worker.readers.readers.known(USER, corpus))
            assert replace(known.reader, heard=()) == replace(self.reader, heard=())
            assert known.profile.version == fit(self.reader, corpus.statistics, PARAMS).version

    @invariant()
    def the_feed_is_the_models(self) -> None:
        """Both workers answer with the feed that follows from the model; it adds up and hides what it must."""
        expected = self.expected(10)
        pages = [self.run(worker.feeds.read_feed(USER, limit=10)) for worker in self.workers]
        assert pages[0] == pages[1]
        assert pages[0].items == expected.ranked
        for one in pages[0].items:
            assert abs(one.score - sum(reason.value for reason in one.reasons)) < 1e-9
            assert not self.hidden(one.event)
        scores = [one.score for one in pages[0].items]
        assert all(upper >= lower - 1e-9 for upper, lower in pairwise(scores))


def test_the_reader_is_in_control(server_url: str) -> None:
    """Model and service agree after every step of any story of publishing, pressing, muting, paging and restarting."""
    run_state_machine_as_test(
        lambda: ReaderInControl(server_url),  # type: ignore[arg-type]  # any maker of machines will do
        settings=settings(max_examples=25, stateful_step_count=30, deadline=None, derandomize=True),
    )
