"""What the store keeps of feeds: the orders that readers are paging through, and what was shown to whom."""

from collections.abc import AsyncIterator
from secrets import token_bytes
from typing import Any

from service.store import scripts
from service.store.connection import store_errors
from service.store.readers import snapshot_keys

_MAX_SNAPSHOTS = 8  # of one reader; the oldest goes first
_BATCH = 500  # impressions read at once
_SECRET = "{service}:secret"  # noqa: S105 -- the name of the key
_IMPRESSIONS = "{impressions}"


class FeedRecords:
    """A server's snapshots and impressions."""

    def __init__(self, redis: Any, snapshot_ttl_seconds: int, n_impressions: int) -> None:
        self._redis = redis
        self._snapshot_ttl_seconds = snapshot_ttl_seconds
        self._n_impressions = n_impressions
        self._save_snapshot = redis.register_script(scripts.SAVE_SNAPSHOT)
        self._signing_key: bytes | None = None

    async def signing_key(self) -> bytes:
        """The key that cursors are signed with: made once, and the same for all workers."""
        if self._signing_key is None:
            async with store_errors():
                key = await self._redis.get(_SECRET)
                if key is None:
                    await self._redis.set(_SECRET, token_bytes(32), nx=True)
                    key = await self._redis.get(_SECRET)  # another worker may have been quicker
                self._signing_key = bytes(key)
        return self._signing_key

    async def save_snapshot(self, user_id: str, name: str, packed: bytes, *, replacing: bool) -> None:
        """Keeps an order for a while, `replacing` one with the same name or leaving that as it is; beyond a few the one
        that was asked for least lately is forgotten."""
        args = [name, packed, _MAX_SNAPSHOTS, self._snapshot_ttl_seconds, int(replacing)]
        async with store_errors():
            await self._save_snapshot(keys=snapshot_keys(user_id), args=args)

    async def snapshot(self, user_id: str, name: str) -> bytes | None:
        """An order, None where it has been forgotten."""
        async with store_errors():
            packed: bytes | None = await self._redis.hget(snapshot_keys(user_id)[0], name)
        return packed

    @property
    def recording(self) -> bool:
        """Whether impressions are kept at all."""
        return self._n_impressions > 0

    async def record_impression(self, user_id: str, packed: bytes) -> None:
        """Keeps what was shown to a reader; beyond the set number the oldest are forgotten."""
        async with store_errors():
            fields = {"user_id": user_id, "impression": packed}
            await self._redis.xadd(_IMPRESSIONS, fields, maxlen=self._n_impressions, approximate=True)

    async def impressions(self) -> AsyncIterator[bytes]:
        """All impressions that are kept, oldest first."""
        async for _, fields in self._entries():
            yield fields[b"impression"]

    async def delete_impressions(self, user_id: str) -> None:
        """Deletes what was shown to a reader."""
        shown = [entry async for entry, fields in self._entries() if fields[b"user_id"] == user_id.encode()]
        for start in range(0, len(shown), _BATCH):
            async with store_errors():
                await self._redis.xdel(_IMPRESSIONS, *shown[start : start + _BATCH])

    async def _entries(self) -> AsyncIterator[tuple[bytes, dict[bytes, bytes]]]:
        after = "-"
        while True:
            async with store_errors():
                entries = await self._redis.xrange(_IMPRESSIONS, min=after, count=_BATCH)
            for entry in entries:
                yield entry
            if len(entries) < _BATCH:
                return
            after = f"({entries[-1][0].decode()}"
