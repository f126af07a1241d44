"""Paging: a feed page by page, from an order that is kept while the reader goes through it.

Nothing that happens between two pages makes an event come twice or not at all. A snapshot that has been forgotten is
made again from what its cursor says was shown.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from ranking.corpus import Corpus
from ranking.exploration import explorer
from ranking.feed import Feed, RankedEvent, Slot, rank, rank_as, visible
from ranking.params import Params
from service.answers import NewSince
from service.cursors import FeedCursor, fingerprints, sign_cursor
from service.errors import SnapshotForgotten
from service.formats.record import UnreadableRecord
from service.formats.snapshot import Snapshot, pack_snapshot, unpack_snapshot
from service.readers import FeedReader
from service.store import Store, StoreError, StoreUnavailable

_log = logging.getLogger("signalfeed.paging")
_DEPTH = 100  # places that are ordered at once; the cost of an order grows with it
_DEEPEST = 1_000  # places; the cost of a page grows with its depth


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for a feed, and all that its answer follows from. `revision` is how far the corpus has come."""

    user_id: str
    limit: int
    explained: bool
    corpus: Corpus
    revision: int
    found: FeedReader
    degraded: bool
    now: datetime
    request_id: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page and the cursors to what follows and to what is new."""

    ranked: tuple[RankedEvent, ...]
    next_cursor: str | None
    new_since: NewSince | None


@dataclass(frozen=True, slots=True)
class Pager:
    """Makes pages, and keeps the orders that they are cut from."""

    store: Store
    params: Params

    async def page_at(self, asked: Asked, cursor: FeedCursor, snapshot: Snapshot | None) -> Page:
        """The page that a cursor stands before, in its snapshot. Raises SnapshotForgotten where that is needed and not
        there any more."""
        if not cursor.arrivals:
            return await self._next_page(asked, cursor, snapshot)
        if snapshot is None:
            raise SnapshotForgotten("what is new since then cannot be told any more; begin at the top")
        new = tuple(await self.new_since(asked, snapshot))
        return await self.first_page(asked, snapshot.category, among=new)

    async def snapshot(self, user_id: str, cursor: FeedCursor) -> Snapshot | None:
        """The snapshot that a cursor names, None where it is forgotten. Raises StoreUnavailable where the cursor cannot
        go on without it."""
        try:
            packed = await self.store.feeds.snapshot(user_id, cursor.snapshot)
            return unpack_snapshot(packed) if packed else None
        except UnreadableRecord as error:
            _log.warning("a snapshot cannot be read: %s", error)
        except StoreUnavailable:
            if cursor.arrivals or cursor.shown is None:
                raise
        return None

    async def first_page(self, asked: Asked, category: str | None, among: tuple[str, ...] | None = None) -> Page:
        """The first page of an order that is made now: of a category or of all, where `among` is given only these."""
        feed = self.ranked(asked, category=category, depth=_DEPTH, among=among)
        complete = len(feed.order) < max(_DEPTH, asked.limit + 1)
        snapshot = Snapshot(feed.order, complete, category, asked.revision, among)
        named = (feed.order, category, among, asked.corpus.version)
        return await self._page(asked, snapshot, sha256(repr(named).encode()).hexdigest()[:12], feed)

    async def _next_page(self, asked: Asked, cursor: FeedCursor, snapshot: Snapshot | None) -> Page:
        """What comes next in a snapshot, which goes on with today's events where it ends."""
        name = cursor.snapshot
        if snapshot is None or len(snapshot.order) < cursor.place:
            if cursor.shown is None:
                raise SnapshotForgotten("this page is too far down to go on from after so long; begin at the top")
            shown = cursor.has_shown(asked.corpus.rows)
            snapshot = Snapshot(_remembered(shown, cursor.place), False, cursor.category, asked.revision)
            name = sha256(repr((name, cursor.place, asked.corpus.version)).encode()).hexdigest()[:12]
        kept, new = snapshot, await self.new_since(asked, snapshot)
        while True:
            feed = rank_as(
                asked.corpus,
                asked.found.profile,
                snapshot.order,
                now=asked.now,
                params=self.params,
                limit=asked.limit,
                history=asked.found.history,
                start=cursor.place,
                explained=asked.explained,
            )
            if feed.more or snapshot.complete or len(snapshot.order) >= _DEEPEST:
                return await self._page(asked, snapshot, name, feed, len(new), grown=snapshot is not kept)
            snapshot = self._extended(asked, snapshot, new)

    def _extended(self, asked: Asked, snapshot: Snapshot, new: Collection[str]) -> Snapshot:
        """The snapshot with more places, from the events of today that are neither in it nor new since."""
        depth = max(_DEPTH, asked.limit + 1)
        more = self.ranked(
            replace(asked, limit=0),
            category=snapshot.category,
            depth=depth,
            among=snapshot.among,
            without=new,
            above=snapshot.order,
        )
        return replace(snapshot, order=snapshot.order + more.order, complete=len(more.order) < depth)

    def ranked(
        self,
        asked: Asked,
        *,
        category: str | None,
        depth: int = 0,
        among: Collection[str] | None = None,
        without: Collection[str] = (),
        above: tuple[Slot, ...] = (),
    ) -> Feed:
        """The events in today's order; with draws where places go to them."""
        draw = None
        if self.params.explore_every and asked.found.reader is not None:
            draw = explorer(asked.corpus, asked.found.reader, self.params, asked.request_id).draw
        return rank(
            asked.corpus,
            asked.found.profile,
            now=asked.now,
            params=self.params,
            limit=asked.limit,
            history=asked.found.history,
            depth=depth,
            category=category,
            among=among,
            without=without,
            above=above,
            draw=draw,
            explained=asked.explained,
        )

    async def _page(
        self, asked: Asked, snapshot: Snapshot, name: str, feed: Feed, n_new: int = 0, *, grown: bool = False
    ) -> Page:
        """The page, with its cursors. The snapshot that they name is kept before they are given out; one that has grown
        keeps its name, since it begins as it did. Where it cannot be kept, a cursor goes on by what it carries itself.
        """
        place = feed.ranked[-1].rank if feed.ranked else len(snapshot.order)
        try:
            key = await self.store.feeds.signing_key()
        except (StoreError, UnreadableRecord) as error:
            _log.warning("a feed cannot be paged through: %s", error)
            return Page(feed.ranked, None, None)
        next_cursor = None
        if feed.more and place < _DEEPEST:
            passed = (event_id for slot in snapshot.order[:place] for event_id in slot.event_ids)
            shown = fingerprints(passed) if snapshot.among is None else None
            cursor = FeedCursor(name, place, snapshot.category, shown=shown)
            next_cursor = sign_cursor(cursor, asked.user_id, key)
        if asked.degraded or not await self._kept(asked.user_id, name, snapshot, grown=grown):
            return Page(feed.ranked, next_cursor, None)
        arrivals = FeedCursor(name, 0, snapshot.category, arrivals=True)
        return Page(feed.ranked, next_cursor, NewSince(n_new, sign_cursor(arrivals, asked.user_id, key)))

    async def _kept(self, user_id: str, name: str, snapshot: Snapshot, *, grown: bool) -> bool:
        try:
            await self.store.feeds.save_snapshot(user_id, name, pack_snapshot(snapshot), replacing=grown)
        except (StoreError, UnreadableRecord) as error:
            _log.warning("a snapshot was not kept: %s", error)
            return False
        return True

    async def new_since(self, asked: Asked, snapshot: Snapshot) -> list[str]:
        """The events that came after a snapshot, as far as the reader's feed of its category may have them."""
        known = {event_id for slot in snapshot.order for event_id in slot.event_ids}
        shown = visible(asked.corpus, asked.found.profile, asked.found.history, snapshot.category)
        rows = asked.corpus.rows
        return [
            event_id
            for event_id in await self._arrived(snapshot.revision)
            if event_id in rows and shown[rows[event_id]] and event_id not in known
        ]

    async def _arrived(self, since: int) -> list[str]:
        try:
            return await self.store.catalog.arrivals(since)
        except (StoreUnavailable, UnreadableRecord):
            return []


def _remembered(shown: list[str], n_places: int) -> tuple[Slot, ...]:
    """An order of so many places that has the events that were shown, when it is no longer known which stood where."""
    in_places = [Slot((event_id,)) for event_id in shown[:n_places]]
    empty = [Slot(())] * (n_places - len(in_places))
    rest = [Slot(tuple(shown[n_places - 1 :]))] if len(shown) > n_places > 0 else []
    return (*in_places[: n_places - len(rest)], *rest, *empty)
