"""What can be done with events: put, get, list and delete them, and find similar ones."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from pydantic import TypeAdapter

from ranking.errors import UnknownEvent
from ranking.event import Event
from ranking.params import Params
from ranking.similarity import similar_events
from service.answers import BatchResult, CatalogSummary, EventPage, RowResult, SimilarEvents
from service.catalog import Catalog
from service.cursors import read_cursor, write_cursor
from service.documents import Row, RowStatus, write_document
from service.store import Store

_EVENT_PLACE = TypeAdapter(tuple[float, str])


@dataclass(frozen=True, slots=True)
class EventActions:
    """Everything that can be asked of the events in a catalogue."""

    store: Store
    catalog: Catalog
    params: Params

    async def put_event(self, event: Event) -> RowStatus:
        """Stores an event; when this returns, feeds have it."""
        [status] = await self.store.catalog.put([(event.id, write_document(event))])
        await self.catalog.refresh()
        return status

    async def put_events(self, rows: Sequence[Row], *, more_to_come: bool = False) -> BatchResult:
        """Stores the good rows of a batch and reports on every row; when this returns, feeds have them, unless there
        are `more_to_come` to read them with."""
        events = [row.event for row in rows if row.event is not None]
        statuses = iter(await self.store.catalog.put([(event.id, write_document(event)) for event in events]))
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
        if not await self.store.catalog.delete(event_id):
            raise UnknownEvent(event_id)
        await self.catalog.refresh()

    async def get_event(self, event_id: str) -> Event:
        """An event. Raises UnknownEvent."""
        return (await self.catalog.corpus_with(event_id)).event(event_id)

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

    def summary(self, n_newest: int) -> CatalogSummary:
        """What the catalogue holds."""
        corpus = self.catalog.corpus
        tally = Counter(event.category for event in corpus.events)
        categories = dict(sorted(tally.items(), key=lambda one: (-one[1], one[0])))
        newest = corpus.events[:n_newest]
        version = corpus.statistics.version
        return CatalogSummary(len(corpus.events), len(corpus.names), categories, tuple(newest), corpus.version, version)

    def titles(self, event_ids: Iterable[str]) -> dict[str, str]:
        """The titles of those of the events that are live."""
        corpus = self.catalog.corpus
        return {event_id: corpus.event(event_id).title for event_id in event_ids if event_id in corpus.rows}

    async def read_similar(self, event_id: str, limit: int) -> SimilarEvents:
        """The events nearest to one. Raises UnknownEvent."""
        near = similar_events(await self.catalog.corpus_with(event_id), event_id, limit, self.params)
        return SimilarEvents(event_id, near.folded, near.similar)


def _place(event: Event) -> tuple[float, str]:
    """Where an event stands in the catalogue's order."""
    return (-event.published_at.timestamp(), event.id)
