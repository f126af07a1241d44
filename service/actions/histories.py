"""What can be done with what readers did: record it, and look at it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ranking.interactions import Interaction
from ranking.params import Params
from ranking.reader import Reader
from service.answers import HistoryView, InteractionReceipt, SeenEvent
from service.catalog import Catalog
from service.readers import Readers
from service.store import Store
from service.views import title_of


@dataclass(frozen=True, slots=True)
class HistoryActions:
    """Everything that can be asked of readers' histories."""

    store: Store
    catalog: Catalog
    readers: Readers
    params: Params
    clock: Callable[[], datetime]

    async def interact(self, user_id: str, interactions: Sequence[Interaction]) -> InteractionReceipt:
        """Records what a reader did; what was recorded before, and what is about unknown events, is passed over."""
        await self.catalog.hear_of(one.event_id for one in interactions)
        corpus = self.catalog.corpus
        now = self.clock()  # a clock that runs ahead must not outdate what is told later
        known = [replace(one, at=min(one.at, now)) for one in interactions if one.event_id in corpus.rows]
        learning = known if self.params.learn_from_opens else ()
        terms = {one.event_id: corpus.press_terms(one.event_id, self.params) for one in learning}
        n_recorded = 0

        def told(reader: Reader) -> Reader:
            nonlocal n_recorded
            fresh = reader.unheard(known)
            n_recorded = len(fresh)
            return reader.after(fresh, terms, self.params) if fresh else reader

        change = await self.readers.change(user_id, told, corpus)
        return InteractionReceipt(
            recorded=n_recorded,
            duplicates=len(known) - n_recorded,
            unknown=len(interactions) - len(known),
            revision=change.after.revision,
        )

    async def read_history(self, user_id: str) -> HistoryView:
        """What a reader saw and dismissed, the latest first."""
        corpus = self.catalog.corpus
        history = (await self.store.readers.load(user_id, corpus.statistics)).reader.history
        seen = (
            SeenEvent(event_id, title_of(event_id, corpus), _moment(one.at), one.n_opens, one.seconds)
            for event_id, one in reversed(list(history.seen.items()))
        )
        dismissed = (
            SeenEvent(event_id, title_of(event_id, corpus), _moment(at))
            for event_id, at in reversed(list(history.dismissed.items()))
        )
        return HistoryView(tuple(seen), tuple(dismissed))


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
