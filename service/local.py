"""Local: the same actions without HTTP, for the command line and for filling a fresh store."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

from service.actions import Actions
from service.catalog import Catalog
from service.documents import read_rows
from service.embedded import EmbeddedStore
from service.formats.record import UnreadableRecord
from service.seeding import seed_events, seed_feedback
from service.settings import Settings
from service.store import Store, StoreError


@contextmanager
def store_url(settings: Settings) -> Iterator[str]:
    """The store's URL: the one that is set, or that of the embedded store, which runs as long as the context."""
    if settings.redis_url is not None:
        yield settings.redis_url
        return
    with EmbeddedStore(settings.data_dir) as embedded:
        yield embedded.url


@asynccontextmanager
async def local_actions(url: str, settings: Settings) -> AsyncIterator[Actions]:
    """The actions on the store at this URL, its catalogue read."""
    params = settings.params
    async with Store.of(url, settings) as store:
        catalog = Catalog(store, params)
        await catalog.refresh()
        with suppress(StoreError, UnreadableRecord):  # a feed does without
            await catalog.hear_what_is_popular()
        yield Actions(store, catalog, params)


async def seed(actions: Actions) -> int:
    """Fills a store that has never held an event with the seeds; gives the number of events stored."""
    head = await actions.store.catalog.head(actions.params.version)
    if head.revision > 0:
        return 0
    result = await actions.events.put_events(list(read_rows(seed_events())))
    for said in seed_feedback():
        await actions.readers.adjust(said.user_id, said.event_id, said.level, at=said.at)
    return result.created
