"""Store: the only module that knows a Redis key or command. It speaks to one server of Redis >= 7 or Valkey >= 8.

All keys of a reader share the hash tag {id}, and all of the catalogue the tag {catalog}, so every write is one atomic
script on one slot. Scripts check before they write, and to run one twice is as good as once: they may be retried.
"""

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import uuid4

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff
from redis.exceptions import (
    AuthenticationError,
    ClusterDownError,
    InvalidResponse,
    MasterDownError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from ranking.errors import SignalfeedError
from ranking.features import Statistics
from ranking.ledger import Ledger
from ranking.profile import Profile
from service import formats, scripts
from service.documents import RowStatus
from service.formats import UnreadableRecord

_log = logging.getLogger("signalfeed.store")

_CONNECT_SECONDS = 0.3
_ANSWER_SECONDS = 0.4  # with the retries a silent store costs a caller 1.3 s
_POOL_SIZE = 32
_POOL_WAIT_SECONDS = 1.0
_N_RETRIES = 2
_RETRY_AFTER_SECONDS = 0.05
_BATCH = 500  # events written by one script; longer scripts would keep other callers waiting
_MAX_CHANGES = 10_000  # changes that a worker may lag behind before it reads the whole catalogue again
_STATISTICS_TTL_SECONDS = 30 * 86_400

_UNAVAILABLE_CODES = ("READONLY", "NOREPLICAS", "MISCONF", "LOADING", "MASTERDOWN", "BUSY")
# A connection that was lost. uvloop raises RuntimeError for one that was reset.
_LOST = (RedisConnectionError, RedisTimeoutError, OSError, RuntimeError)

_EVENTS = "{catalog}:events"
_CHANGES = "{catalog}:changes"
_REVISION = "{catalog}:revision"


class StoreError(SignalfeedError):
    """The store did not do what it was asked; nothing was half done."""


class StoreUnavailable(StoreError):
    """The store cannot be reached, or not in time, or does not take writes now."""


class StoreFull(StoreError):
    """The store has no room left."""


@dataclass(frozen=True, slots=True)
class Reader:
    """What the store holds of a reader. `revision` counts the changes, for compare-and-set. `profile` is None where
    none can be read: it follows from the ledger. `next_place` is where the next adjustment goes in the ledger."""

    revision: int = 0
    profile: Profile | None = None
    ledger: Ledger = field(default_factory=Ledger)
    next_place: int = 0


@dataclass(frozen=True, slots=True)
class CatalogHead:
    """Where the catalogue stands: the number of changes so far, the statistics in force, and the number of changes at
    which these were fitted."""

    revision: int
    statistics_version: str | None
    fitted_at: int = 0


class Store:
    """One server's readers and catalogue. Every method raises StoreUnavailable or StoreFull where it must."""

    def __init__(self, url: str, *, reader_ttl_days: int) -> None:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=_POOL_SIZE,
            timeout=_POOL_WAIT_SECONDS,
            socket_connect_timeout=_CONNECT_SECONDS,
            socket_timeout=_ANSWER_SECONDS,
            retry=Retry(ConstantBackoff(_RETRY_AFTER_SECONDS), _N_RETRIES, _LOST),  # type: ignore[arg-type]
        )
        # Answers are bytes here, always; the library's types allow for strings too.
        self._redis: Any = Redis.from_pool(pool)
        self._reader_ttl_seconds = reader_ttl_days * 86_400
        self._save_reader = self._redis.register_script(scripts.SAVE_READER)
        self._clear_reader = self._redis.register_script(scripts.CLEAR_READER)
        self._put_events = self._redis.register_script(scripts.PUT_EVENTS)
        self._delete_event = self._redis.register_script(scripts.DELETE_EVENT)
        self._save_statistics = self._redis.register_script(scripts.SAVE_STATISTICS)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._redis.aclose()

    async def ping(self) -> None:
        """Returns once the store has answered."""
        async with _errors():
            await self._redis.ping()

    # Readers

    async def profile(self, user_id: str) -> Profile | None:
        """A reader's profile as it was last saved, None for one who said nothing. Raises UnreadableRecord where there
        is a ledger and no profile that can be read."""
        async with _errors(), self._redis.pipeline(transaction=False) as pipeline:
            pipeline.hget(_profile_key(user_id), "packed")
            pipeline.exists(_ledger_key(user_id))
            packed, has_ledger = await pipeline.execute()
        if packed is None and has_ledger:
            raise UnreadableRecord("the profile is lost")
        return formats.unpack_profile(packed) if packed else None

    async def reader(self, user_id: str) -> Reader:
        """A reader's ledger, profile and revision, all of one moment. Raises UnreadableRecord for the ledger; a
        profile that cannot be read is left out, since it follows from the ledger."""
        async with _errors(), self._redis.pipeline(transaction=True) as pipeline:
            pipeline.hmget(_profile_key(user_id), ["revision", "packed"])
            pipeline.hgetall(_ledger_key(user_id))
            (revision, packed), entries = await pipeline.execute()
        placed = sorted(
            (formats.unpack_adjustment(event_id.decode(), entry) for event_id, entry in entries.items()),
            key=lambda one: one[0],
        )
        try:
            profile = formats.unpack_profile(packed) if packed else None
        except UnreadableRecord:
            _log.warning("a profile cannot be read and is made again from its ledger")
            profile = None
        return Reader(
            revision=_whole(revision),
            profile=profile,
            ledger=Ledger(tuple(adjustment for _, adjustment in placed)),
            next_place=placed[-1][0] + 1 if placed else 0,
        )

    async def save_reader(self, user_id: str, before: Reader, ledger: Ledger, profile: Profile) -> bool:
        """Replaces ledger and profile, both or neither; False where the reader has changed since `before`."""
        known = {one.event_id: one for one in before.ledger.adjustments}
        kept = {one.event_id for one in ledger.adjustments}
        gone = [event_id for event_id in known if event_id not in kept]
        new = (one for one in ledger.adjustments if known.get(one.event_id) != one)
        entries = [
            part
            for place, one in enumerate(new, start=before.next_place)
            for part in (one.event_id, formats.pack_adjustment(one, place))
        ]
        async with _errors():
            saved = await self._save_reader(
                keys=[_ledger_key(user_id), _profile_key(user_id)],
                args=[
                    before.revision,
                    self._reader_ttl_seconds,
                    formats.pack_profile(profile),
                    uuid4().hex,
                    len(gone),
                    *gone,
                    *entries,
                ],
            )
        return bool(saved)

    async def clear_reader(self, user_id: str) -> int:
        """Takes back everything that a reader said, also what cannot be read; gives the number of adjustments."""
        async with _errors():
            keys = [_ledger_key(user_id), _profile_key(user_id)]
            return int(await self._clear_reader(keys=keys, args=[self._reader_ttl_seconds]))

    async def reader_ids(self) -> AsyncIterator[str]:
        """Every reader who has said anything, in no order."""
        told: set[bytes] = set()  # a scan may meet a key twice
        async with _errors():
            async for key in self._redis.scan_iter(match=_ledger_key("*"), count=_BATCH):
                if key not in told:
                    told.add(key)
                    yield key.decode().removeprefix("u:{").removesuffix("}:ledger")

    # Catalogue

    async def put_events(self, events: Sequence[tuple[str, bytes]]) -> list[RowStatus]:
        """Stores events, given as (id, JSON); what is there already is left alone."""
        statuses: list[RowStatus] = []
        for start in range(0, len(events), _BATCH):
            parts = [part for event in events[start : start + _BATCH] for part in event]
            async with _errors():
                answer = await self._put_events(keys=[_EVENTS, _CHANGES, _REVISION], args=[_MAX_CHANGES, *parts])
            statuses += [RowStatus(status.decode()) for status in answer]
        return statuses

    async def delete_event(self, event_id: str) -> bool:
        """Deletes an event; False where there is none."""
        async with _errors():
            keys = [_EVENTS, _CHANGES, _REVISION]
            return bool(await self._delete_event(keys=keys, args=[_MAX_CHANGES, event_id]))

    async def catalog_head(self, params_version: str) -> CatalogHead:
        """Where the catalogue stands, and the version of the statistics fitted with these parameters."""
        async with _errors(), self._redis.pipeline(transaction=False) as pipeline:
            pipeline.get(_REVISION)
            pipeline.hmget(_statistics_key(params_version), ["version", "revision"])
            revision, (version, fitted_at) = await pipeline.execute()
        return CatalogHead(_whole(revision), version.decode() if version else None, _whole(fitted_at))

    async def all_events(self) -> AsyncIterator[tuple[str, bytes]]:
        """Every event, as (id, JSON), in no order."""
        async with _errors():
            async for event_id, packed in self._redis.hscan_iter(_EVENTS, count=_BATCH):
                yield event_id.decode(), packed

    async def changed_events(self, since: int) -> Mapping[str, bytes | None] | None:
        """The events changed after a revision, as JSON by id, None for a deleted one; None where the changes do not
        reach back so far and everything must be read."""
        async with _errors():
            entries = await self._redis.xrange(_CHANGES, min=f"({since}-0")
            if not entries or entries[0][0] != b"%d-0" % (since + 1):
                return None
            ids = list(dict.fromkeys(fields[b"id"] for _, fields in entries))
            changed = await self._redis.hmget(_EVENTS, ids)
        return {event_id.decode(): packed for event_id, packed in zip(ids, changed, strict=True)}

    async def statistics(self, params_version: str) -> tuple[Statistics, int] | None:
        """The statistics fitted with these parameters, and the revision of the catalogue that they are of."""
        async with _errors():
            packed, revision = await self._redis.hmget(_statistics_key(params_version), ["packed", "revision"])
        return (formats.unpack_statistics(packed), _whole(revision)) if packed else None

    async def save_statistics(self, statistics: Statistics, revision: int, *, replacing: str | None) -> bool:
        """Puts statistics in force for all workers; False where another worker has replaced the old ones first."""
        async with _errors():
            saved = await self._save_statistics(
                keys=[_statistics_key(statistics.params_version)],
                args=[
                    replacing or "",
                    statistics.version,
                    revision,
                    formats.pack_statistics(statistics),
                    _STATISTICS_TTL_SECONDS,
                ],
            )
        return bool(saved)


def _ledger_key(user_id: str) -> str:
    return f"u:{{{user_id}}}:ledger"


def _profile_key(user_id: str) -> str:
    return f"u:{{{user_id}}}:profile"


def _statistics_key(params_version: str) -> str:
    return f"{{catalog}}:statistics:{params_version}"


def _whole(stored: bytes | None) -> int:
    """A stored count, 0 where there is none yet."""
    try:
        return int(stored or 0)
    except ValueError as error:
        raise UnreadableRecord("a revision cannot be read") from error


@asynccontextmanager
async def _errors() -> AsyncIterator[None]:
    """Turns what the client library raises into the store's own errors."""
    try:
        yield
    except OutOfMemoryError as error:
        raise StoreFull("the store is full") from error
    except AuthenticationError as error:
        raise StoreUnavailable("the store does not take the password in SIGNALFEED_REDIS_URL, or wants one") from error
    except InvalidResponse as error:
        raise StoreUnavailable("what answers at SIGNALFEED_REDIS_URL does not speak the Redis protocol") from error
    except _LOST as error:
        raise StoreUnavailable("the store cannot be reached") from error
    except (ReadOnlyError, MasterDownError, ClusterDownError) as error:
        raise StoreUnavailable("the store does not do this now") from error
    except RedisError as error:
        # The library has no class for these; the code may stand behind the name of a command in a pipeline.
        if any(code in str(error) for code in _UNAVAILABLE_CODES):
            raise StoreUnavailable("the store does not do this now") from error
        if "WRONGTYPE" in str(error):
            raise UnreadableRecord("a stored value is of the wrong type") from error
        raise StoreError("the store refused what it was asked") from error
