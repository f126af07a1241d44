"""Workers and catalogues for tests of what can be asked of the service, and short ways to ask."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from ranking.event import Event
from ranking.interactions import Action, Interaction
from ranking.ledger import Ledger
from ranking.params import Params
from service.actions import Actions
from service.answers import FeedPage, Receipt, WishesReceipt
from service.catalog import Catalog
from service.documents import write_document
from service.store import Store
from tests.build import NOW, PARAMS, an_event, two_stories

EXACT = 1e-9
NOBODY_SAID = Ledger().version


def a_store(url: str) -> Store:
    """A store on this server, with the limits that tests have."""
    return Store(url, reader_ttl_days=30, snapshot_ttl_seconds=60, n_impressions=1000, n_likings=1000)


@asynccontextmanager
async def worker(url: str, params: Params = PARAMS) -> AsyncIterator[Actions]:
    """The actions as one worker has them: with a store and a catalogue of its own."""
    async with a_store(url) as store:
        catalog = Catalog(store, params, lambda: NOW)
        await catalog.refresh()
        yield Actions(store, catalog, params, clock=lambda: NOW)


async def put(actions: Actions, events: Iterable[Event]) -> None:
    """Stores events, and has feeds have them."""
    await actions.store.catalog.put([(event.id, write_document(event)) for event in events])
    await actions.catalog.refresh()


async def stocked(actions: Actions) -> Actions:
    """The actions, with two stories of two events each in the catalogue."""
    await put(actions, two_stories())
    return actions


async def put_some(actions: Actions, n: int) -> None:
    """Stores e000, e001, …, which have no word in common; each is an hour older than the one before."""
    hours = [timedelta(hours=number) for number in range(n)]
    await put(actions, (an_event(f"e{i:03}", f"Topic{i:03}", published_at=NOW - age) for i, age in enumerate(hours)))


async def feed_ids(actions: Actions, user_id: str, **wanted: Any) -> list[str]:
    """The events of a page, in their order."""
    return ids_of(await actions.feeds.read_feed(user_id, **({"limit": 20} | wanted)))


def ids_of(page: FeedPage) -> list[str]:
    """The events of a page, in their order."""
    return [one.event.id for one in page.items]


async def feed_bytes(actions: Actions, user_id: str) -> bytes:
    """The first page, as an answer is written."""
    return write_document(await actions.feeds.read_feed(user_id, limit=20))


async def said(actions: Actions, user_id: str) -> list[tuple[str, int]]:
    """What the reader's ledger has."""
    return [(one.event_id, one.level) for one in (await actions.readers.read_ledger(user_id)).items]


def did(
    action: str, event_id: str, seconds: float | None = None, *, hours_ago: float = 0, named: str = ""
) -> Interaction:
    """An interaction at an hour before NOW, named after what it says unless it is `named` otherwise."""
    name = named or f"{action}-{event_id}-{hours_ago}"
    return Interaction(name, event_id, Action(action), NOW - timedelta(hours=hours_ago), seconds)


async def weights(actions: Actions, user_id: str) -> dict[str, float]:
    """The weights of the reader's profile, by term."""
    return {one.term: one.weight for one in (await actions.readers.read_profile(user_id, limit=1000)).weights}


def moves(receipt: Receipt | WishesReceipt) -> dict[str, tuple[float, float]]:
    """The weights that a receipt says were moved, from and to, by term."""
    return {one["term"]: (one["from"], one["to"]) for one in receipt.changed}
