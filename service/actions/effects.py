"""What can be asked of presses after they were made: what one does to a feed, and how the feed would be without it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ranking.corpus import Corpus
from ranking.errors import UnknownEvent
from ranking.feed import rank
from ranking.params import Params
from ranking.profile import fit
from ranking.scoring import on_step
from service.answers import FeedWithout, PlaceWithout, Receipt
from service.catalog import Catalog
from service.readers import Change, KnownReader, Readers
from service.store import Store
from service.views import N_COMPARED, order_of, receipt_of


@dataclass(frozen=True, slots=True)
class EffectActions:
    """Everything that can be asked of the effect of single presses. Nothing is stored."""

    store: Store
    catalog: Catalog
    readers: Readers
    params: Params
    clock: Callable[[], datetime]

    async def read_effect(self, user_id: str, event_id: str) -> Receipt:
        """What an adjustment does to the reader's weights and feed as they are now: the way to them from where they
        would be had it never been made. Raises UnknownEvent where nothing was said of the event."""
        corpus = self.catalog.corpus
        known = await self.readers.known(user_id, corpus)
        if known.reader.ledger.level_of(event_id) is None:
            raise UnknownEvent(event_id)
        change = Change(self._without(known, event_id, corpus), known)
        return receipt_of(event_id, change, corpus, self.clock(), self.params)

    async def feed_without(self, user_id: str, event_id: str | None, limit: int) -> FeedWithout:
        """The top of a reader's feed as if an adjustment had never been made, and where each event stands with it; for
        None the feed as it is."""
        corpus, now = self.catalog.corpus, on_step(self.clock(), self.params)
        known = await self.readers.known(user_id, corpus)
        supposed = known if event_id is None else self._without(known, event_id, corpus)
        feed = rank(
            corpus,
            supposed.profile,
            now=now,
            params=self.params,
            limit=limit,
            depth=N_COMPARED,
            history=known.reader.history,
            explained=False,
        )
        order = feed.order if supposed is known else order_of(known, corpus, now, self.params)
        rank_now = {slot.event_ids[0]: place for place, slot in enumerate(order[:N_COMPARED], start=1)}
        places = (
            PlaceWithout(one.rank, rank_now.get(one.event.id), one.event.id, one.event.title, one.personal_signal)
            for one in feed.ranked
        )
        return FeedWithout(event_id, N_COMPARED, tuple(places))

    def _without(self, known: KnownReader, event_id: str, corpus: Corpus) -> KnownReader:
        reader = known.reader.without(event_id)
        return KnownReader(reader, fit(reader, corpus.statistics, self.params), known.revision)
