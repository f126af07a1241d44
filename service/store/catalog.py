"""What the store keeps of the catalogue: the events, their changes in order, and the statistics in force."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ranking.features import Statistics
from service.documents import RowStatus
from service.formats.statistics import pack_statistics, unpack_statistics
from service.store import scripts
from service.store.connection import store_errors, whole

_BATCH = 500  # events written by one script; longer scripts would keep other callers waiting
_MAX_CHANGES = 10_000  # changes that a worker may lag behind before it reads the whole catalogue again
_MAX_ARRIVALS = 1_000
_STATISTICS_TTL_SECONDS = 30 * 86_400

_EVENTS = "{catalog}:events"
_CHANGES = "{catalog}:changes"
_REVISION = "{catalog}:revision"
_ARRIVALS = "{catalog}:arrivals"
_KEYS = [_EVENTS, _CHANGES, _REVISION, _ARRIVALS]


@dataclass(frozen=True, slots=True)
class CatalogHead:
    """Where the catalogue stands: the number of changes so far, the statistics in force, and the number of changes at
    which these were fitted."""

    revision: int
    statistics_version: str | None
    fitted_at: int = 0


class CatalogRecords:
    """A server's catalogue."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis
        self._put_events = redis.register_script(scripts.PUT_EVENTS)
        self._delete_event = redis.register_script(scripts.DELETE_EVENT)
        self._save_statistics = redis.register_script(scripts.SAVE_STATISTICS)

    async def put(self, events: Sequence[tuple[str, bytes]]) -> list[RowStatus]:
        """Stores events, given as (id, JSON); what is there already is left alone."""
        statuses: list[RowStatus] = []
        for start in range(0, len(events), _BATCH):
            parts = [part for event in events[start : start + _BATCH] for part in event]
            async with store_errors():
                answer = await self._put_events(keys=_KEYS, args=[_MAX_CHANGES, *parts])
            statuses += [RowStatus(status.decode()) for status in answer]
        return statuses

    async def delete(self, event_id: str) -> bool:
        """Deletes an event; False where there is none."""
        async with store_errors():
            return bool(await self._delete_event(keys=_KEYS, args=[_MAX_CHANGES, event_id]))

    async def head(self, params_version: str) -> CatalogHead:
        """Where the catalogue stands, and the version of the statistics fitted with these parameters."""
        async with store_errors(), self._redis.pipeline(transaction=False) as pipeline:
            pipeline.get(_REVISION)
            pipeline.hmget(_statistics_key(params_version), ["version", "revision"])
            revision, (version, fitted_at) = await pipeline.execute()
        return CatalogHead(whole(revision), version.decode() if version else None, whole(fitted_at))

    async def all_events(self) -> AsyncIterator[tuple[str, bytes]]:
        """Every event, as (id, JSON), in no order."""
        async with store_errors():
            async for event_id, packed in self._redis.hscan_iter(_EVENTS, count=_BATCH):
                yield event_id.decode(), packed

    async def changed_events(self, since: int) -> tuple[Mapping[str, bytes | None], int] | None:
        """The events changed after a revision, as JSON by id, None for a deleted one, and the revision that they are
        of; None where the changes do not reach back so far and everything must be read."""
        async with store_errors():
            entries = await self._redis.xrange(_CHANGES, min=f"({since}-0")
            if not entries or entries[0][0] != b"%d-0" % (since + 1):
                return None
            ids = list(dict.fromkeys(fields[b"id"] for _, fields in entries))
            changed = await self._redis.hmget(_EVENTS, ids)
        reached = int(entries[-1][0].partition(b"-")[0])
        return {event_id.decode(): packed for event_id, packed in zip(ids, changed, strict=True)}, reached

    async def statistics(self, params_version: str) -> tuple[Statistics, int] | None:
        """The statistics fitted with these parameters, and the revision of the catalogue that they are of."""
        async with store_errors():
            packed, revision = await self._redis.hmget(_statistics_key(params_version), ["packed", "revision"])
        return (unpack_statistics(packed), whole(revision)) if packed else None

    async def save_statistics(self, statistics: Statistics, revision: int, *, replacing: str | None) -> bool:
        """Puts statistics in force for all workers; False where another worker has replaced the old ones first."""
        async with store_errors():
            saved = await self._save_statistics(
                keys=[_statistics_key(statistics.params_version)],
                args=[
                    replacing or "",
                    statistics.version,
                    revision,
                    pack_statistics(statistics),
                    _STATISTICS_TTL_SECONDS,
                ],
            )
        return bool(saved)

    async def arrivals(self, since: int) -> list[str]:
        """The events that were new after a revision and are still there, the first thousand, in order."""
        async with store_errors():
            ids = await self._redis.zrange(_ARRIVALS, f"({since}", "+inf", byscore=True, offset=0, num=_MAX_ARRIVALS)
        return [event_id.decode() for event_id in ids]


def _statistics_key(params_version: str) -> str:
    return f"{{catalog}}:statistics:{params_version}"
