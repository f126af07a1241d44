"""Actions: what a caller can do. The API, the pages and the command line all call these and nothing below them."""

import contextlib
from bisect import bisect_right
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from typing import Annotated

from pydantic import TypeAdapter

from ranking.corpus import Corpus
from ranking.errors import UnknownEvent
from ranking.event import Event, Limits
from ranking.explanation import explain_by_adjustment
from ranking.feed import rank, rank_one
from ranking.ledger import Ledger
from ranking.params import Params
from ranking.profile import changes, provenance
from ranking.scoring import on_step
from ranking.similarity import similar_events
from service.answers import (
    BatchResult,
    Contribution,
    EventPage,
    FeedPage,
    LedgerEntry,
    LedgerView,
    ProfileView,
    ReaderEvent,
    Receipt,
    ResetReceipt,
    RowResult,
    SimilarEvents,
    Weight,
    WeightMove,
)
from service.catalog import Catalog
from service.cursors import read_cursor, write_cursor
from service.documents import Row, RowStatus, write_document
from service.readers import Change, Readers
from service.seeding import Feedback
from service.store import Store, StoreUnavailable

_MAX_CHANGES_SHOWN = 20
_DEEPEST = 1_000  # places; the cost of a page grows with its depth
_OFFSET = TypeAdapter(Annotated[int, Limits(ge=0, le=_DEEPEST)])
_EVENT_PLACE = TypeAdapter(tuple[float, str])


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Actions:
    """Everything that can be asked of a store and its catalogue."""

    store: Store
    catalog: Catalog
    params: Params
    clock: Callable[[], datetime] = _utc_now
    readers: Readers = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "readers", Readers(self.store, self.params))

    # A reader's feed

    async def read_feed(
        self,
        user_id: str,
        *,
        limit: int,
        cursor: str | None = None,
        category: str | None = None,
        explained: bool = True,
        request_id: str | None = None,
    ) -> FeedPage:
        """A page of a reader's feed. Where the store is away it is the global order, marked as degraded.

        Without a `request_id` the page gets one that follows from its content, so that the same state has the same
        bytes. Raises InvalidCursor; StoreUnavailable as long as there is no corpus.
        """
        offset = read_cursor(cursor, _OFFSET) if cursor else 0
        corpus = self.catalog.corpus
        try:
            profile, degraded = await self.readers.profile(user_id, corpus), False
        except StoreUnavailable:
            profile, degraded = self.readers.unheard(corpus), True
        now = on_step(self.clock(), self.params)
        feed = rank(
            corpus,
            profile,
            now=now,
            params=self.params,
            limit=limit,
            offset=offset,
            category=category,
            explained=explained,
        )
        content = (user_id, limit, offset, category, explained, now, degraded, profile.version, corpus.version)
        return FeedPage(
            items=feed.ranked,
            next_cursor=write_cursor(offset + limit) if feed.more and offset + limit <= _DEEPEST else None,
            request_id=request_id or sha256(repr(content).encode()).hexdigest()[:16],
            profile_version=profile.version,
            corpus_version=corpus.version,
            degraded=degraded,
        )

    async def read_event(self, user_id: str, event_id: str) -> ReaderEvent:
        """One event as a reader sees it, explained by term and by adjustment. Raises UnknownEvent."""
        corpus = await self._corpus_with(event_id)
        row = corpus.row(event_id)
        try:
            (ledger, profile), degraded = await self.readers.ledger_and_profile(user_id, corpus), False
        except StoreUnavailable:
            ledger, profile, degraded = Ledger(), self.readers.unheard(corpus), True
        seen = rank_one(corpus, profile, event_id, now=self.clock(), params=self.params)
        return ReaderEvent(
            event=seen.event,
            score=seen.score,
            personal_signal=seen.personal_signal,
            level=seen.level,
            reasons=seen.reasons,
            adjustments=explain_by_adjustment(corpus, ledger, profile, row, self.params),
            profile_version=profile.version,
            corpus_version=corpus.version,
            degraded=degraded,
        )

    # What a reader says

    async def adjust(self, user_id: str, event_id: str, level: int, at: datetime | None = None) -> Receipt:
        """Records a reader's word on an event, said now or at `at`. Raises UnknownEvent."""
        corpus = await self._corpus_with(event_id)
        terms = corpus.terms[corpus.row(event_id)]
        said_at = at or self.clock()
        change = await self.readers.change(
            user_id, lambda ledger: ledger.adjusted(event_id, level, said_at, terms, self.params.ledger_cap), corpus
        )
        return _receipt(event_id, change, corpus)

    async def undo(self, user_id: str, event_id: str) -> Receipt:
        """Takes back what a reader said of an event, as if it had never been said. Raises UnknownEvent where there is
        no such event and nothing was said of it."""
        corpus = self.catalog.corpus
        change = await self.readers.change(user_id, lambda ledger: ledger.without(event_id), corpus)
        if change.before is change.after and event_id not in corpus.rows:
            raise UnknownEvent(event_id)
        return _receipt(event_id, change, corpus)

    async def reset(self, user_id: str) -> ResetReceipt:
        """Takes back everything that a reader said."""
        return ResetReceipt(await self.store.clear_reader(user_id), Ledger().version)

    async def read_ledger(self, user_id: str) -> LedgerView:
        """What a reader said, oldest first."""
        reader = await self.store.reader(user_id)
        rows, events = self.catalog.corpus.rows, self.catalog.corpus.events
        items = (
            LedgerEntry(
                one.event_id, events[rows[one.event_id]].title if one.event_id in rows else None, one.level, one.at
            )
            for one in reader.ledger.adjustments
        )
        return LedgerView(tuple(items), reader.ledger.version)

    async def read_profile(self, user_id: str, limit: int) -> ProfileView:
        """What follows from what a reader said: the strongest weights, and what each adjustment gave to them."""
        corpus = self.catalog.corpus
        ledger, profile = await self.readers.ledger_and_profile(user_id, corpus)
        statistics = corpus.statistics
        weights = profile.weights(statistics)
        strongest = sorted(weights, key=lambda name: (-abs(weights[name]), name))[:limit]
        shares = provenance(ledger, profile, statistics, self.params, strongest)
        return ProfileView(
            profile_version=profile.version,
            n_adjustments=len(profile.event_ids),
            n_weights=len(weights),
            weights=tuple(
                Weight(
                    term=name,
                    label=_label(name, corpus, ledger),
                    weight=weights[name],
                    because=tuple(
                        Contribution(one.event_id, one.level, value)
                        for one, value in zip(ledger.adjustments, shares[name], strict=True)
                        if value != 0
                    ),
                )
                for name in strongest
            ),
        )

    async def all_feedback(self) -> AsyncIterator[Feedback]:
        """What every reader said, reader by reader, each in order."""
        async for user_id in self.store.reader_ids():
            for one in (await self.store.reader(user_id)).ledger.adjustments:
                yield Feedback(user_id, one.event_id, one.level, one.at)

    # The catalogue

    async def put_event(self, event: Event) -> RowStatus:
        """Stores an event; when this returns, feeds have it."""
        [status] = await self.store.put_events([(event.id, write_document(event))])
        await self.catalog.refresh()
        return status

    async def put_events(self, rows: Sequence[Row], *, more_to_come: bool = False) -> BatchResult:
        """Stores the good rows of a batch and reports on every row; when this returns, feeds have them, unless there
        are `more_to_come` to read them with."""
        events = [row.event for row in rows if row.event is not None]
        statuses = iter(await self.store.put_events([(event.id, write_document(event)) for event in events]))
        if not more_to_come:
            await self.catalog.refresh()
        results = tuple(
            RowResult(row.number, row.event.id, next(statuses))
            if row.event is not None
            else RowResult(row.number, row.id, RowStatus.INVALID, row.errors)
            for row in rows
        )
        tally = Counter(result.status for result in results)
        return BatchResult(
            created=tally[RowStatus.CREATED],
            replaced=tally[RowStatus.REPLACED],
            unchanged=tally[RowStatus.UNCHANGED],
            invalid=tally[RowStatus.INVALID],
            rows=results,
        )

    async def delete_event(self, event_id: str) -> None:
        """Deletes an event; what readers learned from it stays. Raises UnknownEvent."""
        if not await self.store.delete_event(event_id):
            raise UnknownEvent(event_id)
        await self.catalog.refresh()

    async def get_event(self, event_id: str) -> Event:
        """An event. Raises UnknownEvent."""
        return (await self._corpus_with(event_id)).event(event_id)

    def list_events(
        self, *, limit: int, cursor: str | None = None, category: str | None = None, since: datetime | None = None
    ) -> EventPage:
        """The catalogue, newest first; of one category, or published at `since` or later. Raises InvalidCursor."""
        corpus = self.catalog.corpus
        start = bisect_right(corpus.events, read_cursor(cursor, _EVENT_PLACE), key=_place) if cursor else 0
        found = (
            event
            for event in islice(corpus.events, start, None)
            if (category is None or event.category == category) and (since is None or event.published_at >= since)
        )
        page = list(islice(found, limit + 1))
        more = len(page) > limit
        return EventPage(tuple(page[:limit]), write_cursor(_place(page[limit - 1])) if more else None, corpus.version)

    async def read_similar(self, event_id: str, limit: int) -> SimilarEvents:
        """The events nearest to one. Raises UnknownEvent."""
        return SimilarEvents(event_id, similar_events(await self._corpus_with(event_id), event_id, limit))

    async def _corpus_with(self, event_id: str) -> Corpus:
        """The corpus, read again where it lacks the event: another worker may just have stored it. Where the store is
        away it stays as it is."""
        if event_id not in self.catalog.corpus.rows:
            with contextlib.suppress(StoreUnavailable):
                await self.catalog.refresh()
        return self.catalog.corpus


def _receipt(event_id: str, change: Change, corpus: Corpus) -> Receipt:
    """What a change did to the reader's weights."""
    said = Ledger(change.ledger_before.adjustments + change.ledger_after.adjustments)
    moved = changes(change.before, change.after, corpus.statistics)[:_MAX_CHANGES_SHOWN]
    changed = (
        WeightMove({"term": one.term, "label": _label(one.term, corpus, said), "from": one.before, "to": one.after})
        for one in moved
    )
    return Receipt(event_id, change.after.level_of(event_id), change.after.version, tuple(changed))


def _label(term: str, corpus: Corpus, ledger: Ledger) -> str:
    """What people call a term: as the catalogue has it, else as the adjusted events had it."""
    if (label := corpus.label(term)) is not None:
        return label
    return next(one.terms.labels[term] for one in ledger.adjustments if term in one.terms.labels)


def _place(event: Event) -> tuple[float, str]:
    """Where an event stands in the catalogue's order."""
    return (-event.published_at.timestamp(), event.id)
