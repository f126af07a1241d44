"""Actions: what a caller can do. The API, the pages and the command line all call these and nothing below them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from ranking.params import Params
from service.actions.accounts import AccountActions
from service.actions.effects import EffectActions
from service.actions.events import EventActions
from service.actions.feeds import FeedActions
from service.actions.histories import HistoryActions
from service.actions.readers import ReaderActions
from service.catalog import Catalog, utc_now
from service.readers import Readers
from service.store import Store

__all__ = ["Actions"]


@dataclass(frozen=True, slots=True)
class Actions:
    """Everything that can be asked of a store and its catalogue: of feeds, of readers and of events."""

    store: Store
    catalog: Catalog
    params: Params
    clock: Callable[[], datetime] = utc_now
    feeds: FeedActions = field(init=False)
    readers: ReaderActions = field(init=False)
    histories: HistoryActions = field(init=False)
    accounts: AccountActions = field(init=False)
    effects: EffectActions = field(init=False)
    events: EventActions = field(init=False)

    def __post_init__(self) -> None:
        readers = Readers(self.store, self.catalog, self.params)
        set_once = object.__setattr__  # frozen, and made of what it was given
        set_once(self, "feeds", FeedActions(self.store, self.catalog, readers, self.params, self.clock))
        set_once(self, "readers", ReaderActions(self.store, self.catalog, readers, self.params, self.clock))
        set_once(self, "histories", HistoryActions(self.store, self.catalog, readers, self.params, self.clock))
        set_once(self, "accounts", AccountActions(self.store, self.catalog, readers, self.params))
        set_once(self, "effects", EffectActions(self.store, self.catalog, readers, self.params, self.clock))
        set_once(self, "events", EventActions(self.store, self.catalog, self.params))
