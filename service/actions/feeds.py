"""What can be done with feeds: read one page after another, look at one event, and try a feed out."""

import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from ranking.corpus import Corpus
from ranking.explanation import explain_by_adjustment
from ranking.feed import rank, rank_one
from ranking.interactions import NO_HISTORY
from ranking.ledger import Ledger
from ranking.params import Params
from ranking.profile import fit
from ranking.reader import Reader
from ranking.scoring import on_step
from ranking.text import Terms
from ranking.wishes import Wishes
from service.answers import FeedPage, ReaderEvent
from service.catalog import Catalog
from service.cursors import InvalidCursor, open_cursor
from service.documents import FieldError, InvalidDocument
from service.errors import ProfileBehind, SnapshotForgotten
from service.formats.record import UnreadableRecord
from service.impressions import impression_of, pack_impression
from service.paging import Asked, Page, Pager
from service.readers import FeedReader, Readers
from service.requests import PreviewRequest, fault_of_terms, known_terms, pins_meant, terms_meant
from service.store import Store, StoreError, StoreUnavailable

_log = logging.getLogger("signalfeed.feeds")


@dataclass(frozen=True, slots=True)
class FeedActions:
    """Everything that can be asked of readers' feeds."""

    store: Store
    catalog: Catalog
    readers: Readers
    params: Params
    clock: Callable[[], datetime]

    async def read_feed(
        self,
        user_id: str,
        *,
        limit: int,
        cursor: str | None = None,
        category: str | None = None,
        explained: bool = True,
        request_id: str | None = None,
        min_profile_version: int = 0,
    ) -> FeedPage:
        """A page of a reader's feed. Where the store is away it is the global order, marked as degraded.

        Without a `request_id` the page gets one that follows from its content, so that the same state has the same
        bytes. Raises InvalidCursor; SnapshotForgotten where a cursor is too old to go on from; ProfileBehind where the
        reader's revision is below `min_profile_version`; StoreUnavailable as long as there is no corpus.
        """
        given = open_cursor(cursor, user_id, await self.store.feeds.signing_key()) if cursor else None
        if given is not None and category not in {None, given.category}:
            raise InvalidCursor("this cursor is of a feed of another category; leave `category` away, or the cursor")
        pager = Pager(self.store, self.params)
        snapshot = await pager.snapshot(user_id, given) if given is not None else None
        if snapshot is not None:
            await self.catalog.hear_of(event_id for slot in snapshot.order for event_id in slot.event_ids)
        content = (limit, cursor, category, explained)
        asked = await self._asked(user_id, limit, explained, request_id, content, min_profile_version)
        page = await (pager.page_at(asked, given, snapshot) if given else pager.first_page(asked, category))
        return _answer(asked, page)

    async def count_new(self, user_id: str, cursor: str) -> int:
        """How many events are new to a reader since the order behind a cursor was made; nothing is kept of it. Raises
        InvalidCursor, and SnapshotForgotten where that order is not there any more."""
        given = open_cursor(cursor, user_id, await self.store.feeds.signing_key())
        pager = Pager(self.store, self.params)
        snapshot = await pager.snapshot(user_id, given)
        if snapshot is None:
            raise SnapshotForgotten("what is new since then cannot be told any more; begin at the top")
        return len(await pager.new_since(await self._asked(user_id, 0, False, None, (), 0), snapshot))

    async def read_event(self, user_id: str, event_id: str) -> ReaderEvent:
        """One event as a reader sees it, explained by term and by adjustment. Raises UnknownEvent."""
        corpus = await self.catalog.corpus_with(event_id)
        row = corpus.row(event_id)
        try:
            known, degraded = await self.readers.known(user_id, corpus), False
            reader, profile = known.reader, known.profile
        except StoreUnavailable:
            reader, profile, degraded = Reader(), self.readers.unheard(corpus), True
        seen = rank_one(corpus, profile, event_id, now=self.clock(), params=self.params, history=reader.history)
        return ReaderEvent(
            event=seen.event,
            score=seen.score,
            personal_signal=seen.personal_signal,
            level=seen.level,
            muted_by=tuple(name for name in reader.wishes.mutes if name in corpus.terms[row].counts),
            dismissed=event_id in reader.history.dismissed,
            reasons=seen.reasons,
            adjustments=explain_by_adjustment(corpus, reader, profile, row, self.params),
            profile_version=profile.version,
            corpus_version=corpus.version,
            degraded=degraded,
        )

    def preview(self, wanted: PreviewRequest) -> FeedPage:
        """The feed that a reader would have who had said and laid down what is supplied; nothing is stored. Raises
        InvalidDocument where an event or a term is not known."""
        corpus = self.catalog.corpus
        reader = self._supplied(wanted, corpus)
        profile = fit(reader, corpus.statistics, self.params)
        now = self._now()
        feed = rank(
            corpus,
            profile,
            now=now,
            params=self.params,
            limit=wanted.limit,
            category=wanted.category,
            explained=wanted.explain,
        )
        return FeedPage(
            items=feed.ranked,
            next_cursor=None,
            new_since=None,
            request_id=_name((wanted.limit, wanted.category, wanted.explain, profile.version, corpus.version, now)),
            profile_version=profile.version,
            corpus_version=corpus.version,
            degraded=False,
        )

    def _supplied(self, wanted: PreviewRequest, corpus: Corpus) -> Reader:
        """The reader that a preview supposes."""
        ledger, faults = Ledger(), []
        for number, one in enumerate(wanted.adjustments):
            if one.terms is not None:
                terms = Terms.of(one.terms.counts, one.terms.labels)
                if (fault := fault_of_terms(terms, self.params)) is not None:
                    faults.append(FieldError(f"adjustments.{number}.terms", fault))
            elif one.event_id in corpus.rows:
                terms = corpus.press_terms(one.event_id, self.params)
            else:
                fault = "is no event of the catalogue; with the `terms` that it had it will do"
                faults.append(FieldError(f"adjustments.{number}.event_id", fault))
                continue
            ledger = ledger.adjusted(one.event_id, one.level, one.at or self.clock(), terms, self.params.ledger_cap)
        if faults:
            raise InvalidDocument(tuple(faults))
        known = known_terms(corpus, Reader())
        mutes = terms_meant("mute", wanted.mute, known, wanted.language)
        return Reader(ledger, Wishes.of(mutes, pins_meant(wanted.pin, known, wanted.language), {}))

    async def record(self, user_id: str, page: FeedPage, *, whole: bool) -> None:
        """Keeps what was shown, if that is wanted, and whether it was the first page of the whole feed. It is done
        after the answer, and where it fails nobody is kept from reading."""
        if not self.store.feeds.recording or not page.items:
            return
        try:
            impression = impression_of(user_id, self.clock(), page, whole=whole)
            await self.store.feeds.record_impression(user_id, pack_impression(impression))
        except (StoreError, UnreadableRecord) as error:
            _log.warning("an impression was not kept: %s", error)

    async def all_impressions(self) -> AsyncIterator[bytes]:
        """What was shown to whom, as JSON, oldest first, as far as it is kept."""
        async for impression in self.store.feeds.impressions():
            yield impression

    async def _asked(
        self,
        user_id: str,
        limit: int,
        explained: bool,
        request_id: str | None,
        content: tuple[object, ...],
        min_profile_version: int,
    ) -> Asked:
        corpus, revision = self.catalog.corpus, self.catalog.revision
        try:
            found, degraded = await self.readers.for_feed(user_id, corpus), False
        except StoreUnavailable:
            if min_profile_version:
                raise
            found, degraded = FeedReader(0, self.readers.unheard(corpus), NO_HISTORY), True
        if found.revision < min_profile_version:
            raise ProfileBehind(f"this reader's revision is {found.revision} here, and less than `min_profile_version`")
        now = self._now()
        state = (found.profile.version, found.history.version, corpus.version, degraded, now)
        return Asked(
            user_id=user_id,
            limit=limit,
            explained=explained,
            corpus=corpus,
            revision=revision,
            found=found,
            degraded=degraded,
            now=now,
            request_id=request_id or _name((user_id, *content, *state)),
        )

    def _now(self) -> datetime:
        return on_step(self.clock(), self.params)


def _name(content: tuple[object, ...]) -> str:
    """The name of a request that was given none: it follows from all that its answer follows from."""
    return sha256(repr(content).encode()).hexdigest()[:16]


def _answer(asked: Asked, page: Page) -> FeedPage:
    return FeedPage(
        items=page.ranked,
        next_cursor=page.next_cursor,
        new_since=page.new_since,
        request_id=asked.request_id,
        profile_version=asked.found.profile.version,
        corpus_version=asked.corpus.version,
        degraded=asked.degraded,
    )
