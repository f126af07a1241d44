"""Store: the only package that knows a Redis key or command. It speaks to one server of Redis >= 7 or Valkey >= 8.

All keys of a reader share the hash tag {id}, and all of the catalogue the tag {catalog}, so every write is one atomic
script on one slot. Scripts check before they write, and to run one twice is as good as once: they may be retried.
"""

from typing import Self

from service.settings import Settings
from service.store.catalog import CatalogHead, CatalogRecords
from service.store.connection import StoreError, StoreFull, StoreUnavailable, connect, store_errors
from service.store.crowd import CrowdRecords
from service.store.feeds import FeedRecords
from service.store.readers import ReaderRecords, StoredFeedReader, StoredReader

__all__ = [
    "CatalogHead",
    "Store",
    "StoreError",
    "StoreFull",
    "StoreUnavailable",
    "StoredFeedReader",
    "StoredReader",
]


class Store:
    """One server's records. Every method raises StoreUnavailable or StoreFull where it must."""

    def __init__(
        self, url: str, *, reader_ttl_days: int, snapshot_ttl_seconds: int, n_impressions: int, n_likings: int
    ) -> None:
        self._redis = connect(url)
        self.readers = ReaderRecords(self._redis, reader_ttl_days * 86_400)
        self.catalog = CatalogRecords(self._redis)
        self.feeds = FeedRecords(self._redis, snapshot_ttl_seconds, n_impressions)
        self.crowd = CrowdRecords(self._redis, n_likings, reader_ttl_days * 86_400)

    @classmethod
    def of(cls, url: str, settings: Settings) -> Self:
        """The store at this URL, with the limits that are set."""
        return cls(
            url,
            reader_ttl_days=settings.reader_ttl_days,
            snapshot_ttl_seconds=settings.snapshot_ttl_seconds,
            n_impressions=settings.impressions,
            n_likings=settings.crowd,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._redis.aclose()

    async def ping(self) -> None:
        """Returns once the store has answered."""
        async with store_errors():
            await self._redis.ping()
