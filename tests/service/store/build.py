"""Readers for the tests of the store to save, and ways to look at what is stored."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from ranking.errors import SignalfeedError
from ranking.interactions import Encounter, History
from ranking.ledger import Adjustment, Ledger, Open
from ranking.profile import Profile, fit
from ranking.reader import Reader
from ranking.text import Terms
from ranking.wishes import Wishes
from service.store import Store, StoredReader
from tests.build import NOW, PARAMS, a_corpus, a_ledger, two_stories

CORPUS = a_corpus(*two_stories())
STATISTICS = CORPUS.statistics
# Where it matters only that nothing was changed, whatever was raised.
ANY_ERROR = (SignalfeedError, RedisError)
NOTHING_KNOWN = StoredReader()

LEDGER_KEY, READER_KEY = "u:{ann}:ledger", "u:{ann}:reader"
SNAPSHOTS_KEY, SNAPSHOT_ORDER_KEY = "u:{ann}:snapshots", "u:{ann}:snapshot_order"
EVENTS_KEY, CHANGES_KEY = "{catalog}:events", "{catalog}:changes"
REVISION_KEY, ARRIVALS_KEY = "{catalog}:revision", "{catalog}:arrivals"
STATISTICS_KEY = f"{{catalog}}:statistics:{PARAMS.version}"
IMPRESSIONS_KEY, SECRET_KEY = "{impressions}", "{service}:secret"

TERMS = Terms.of({"word:comet": 2}, {"word:comet": "Comets"})
# A reader of whom everything is known.
KNOWN = Reader(
    a_ledger(CORPUS, ("c1", 2), ("s1", -1), ("c2", 0)),
    Wishes.of(["word:wage"], {"source:Gazette": 1.5}, {"word:strike": NOW}),
    History({"c1": Encounter(1_775_217_600.0, 1, 2.5)}, {"s2": 1_775_217_601.0}),
    (Open("c1", NOW, TERMS),),
    ("0123456789abcdef",),
)


def a_store(url: str) -> Store:
    """A store on this server."""
    return Store(url, reader_ttl_days=30, snapshot_ttl_seconds=60, n_impressions=1000, n_likings=1000)


def said(event_id: str, level: int = 1, days_ago: int = 0) -> Adjustment:
    """One word of a reader."""
    return Adjustment(event_id, level, NOW - timedelta(days=days_ago), TERMS)


def ledger_of(event_ids: Iterable[str]) -> Ledger:
    """The ledger of a reader who said the same of each of these, in this order."""
    return Ledger(tuple(said(event_id) for event_id in event_ids))


def ids(ledger: Ledger) -> list[str]:
    """Of which events something was said, in order."""
    return [one.event_id for one in ledger.adjustments]


def profile_of(reader: Reader) -> Profile:
    """The profile that follows from a reader."""
    return fit(reader, STATISTICS, PARAMS)


async def load(store: Store, user_id: str = "ann") -> StoredReader:
    """What is stored of a reader."""
    return await store.readers.load(user_id, STATISTICS)


async def save(store: Store, before: StoredReader, reader: Reader, user_id: str = "ann") -> int | None:
    """Saves a reader with the profile that follows."""
    return await store.readers.save(user_id, before, reader, profile_of(reader), STATISTICS)


async def say(store: Store, ledger: Ledger, user_id: str = "ann") -> StoredReader:
    """Reads a reader and gives them another ledger, without a profile; and reads them again."""
    before = await load(store, user_id)
    assert await store.readers.save(user_id, before, Reader(ledger), None, STATISTICS) == before.revision + 1
    return await load(store, user_id)


async def press(store: Store, event_id: str, level: int, user_id: str = "ann") -> None:
    """Reads, adjusts and saves a reader, until nobody else was quicker."""
    saved = None
    while saved is None:
        before = await load(store, user_id)
        terms = CORPUS.terms[CORPUS.rows.get(event_id, 0)]
        ledger = before.reader.ledger.adjusted(event_id, level, NOW, terms, cap=500)
        saved = await save(store, before, Reader(ledger), user_id)


async def dump(redis: Any) -> Mapping[bytes, bytes]:
    """Everything that the server holds, but for how long it will."""
    return {key: await redis.dump(key) async for key in redis.scan_iter()}


async def all_of(answers: AsyncIterator[Any]) -> list[Any]:
    """What an iterator gives, as a list."""
    return [answer async for answer in answers]


@asynccontextmanager
async def own_store(url: str) -> AsyncIterator[tuple[Store, Any]]:
    """A store on a server of the test's own, holding a reader and an event, and a client to break that server with."""
    async with a_store(url) as store, Redis.from_url(url) as client:
        await press(store, "c1", 2)
        await store.catalog.put([("c1", b"{}")])
        yield store, client
