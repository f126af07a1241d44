"""What the store keeps of the crowd: who turned up what, and when; the newest likings of all readers together."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from ranking.crowd import Liking
from service.store.connection import StoreFull, store_errors, whole

_BATCH = 5_000  # likings read at once
_LIKINGS = "{crowd}:likings"
_TAKEN_BACK = "{crowd}:taken_back"


class CrowdRecords:
    """A server's likings, at most so many. They follow from the readers' ledgers, and are no more than statistics."""

    def __init__(self, redis: Any, n_likings: int, ttl_seconds: int) -> None:
        self._redis = redis
        self._ttl_seconds = ttl_seconds
        self._n_likings = n_likings

    @property
    def kept(self) -> bool:
        """Whether likings are kept at all."""
        return self._n_likings > 0

    async def change(self, user_id: str, liked: Mapping[str, datetime], unliked: list[str]) -> None:
        """Adds what a reader turned up, by event id, and takes out what they no longer do; beyond the set number the
        oldest likings go."""
        if not self._n_likings or not (liked or unliked):
            return
        if unliked:
            await self._take_out([_member(user_id, one) for one in unliked])
        if liked:
            async with store_errors(), self._redis.pipeline(transaction=True) as pipeline:
                pipeline.zadd(_LIKINGS, {_member(user_id, one): at.timestamp() for one, at in liked.items()})
                pipeline.zremrangebyrank(_LIKINGS, 0, -self._n_likings - 1)
                pipeline.expire(_LIKINGS, self._ttl_seconds)
                await pipeline.execute()

    async def forget_old(self, now: datetime) -> None:
        """Takes out what was turned up so long ago that its reader may be forgotten by now."""
        async with store_errors():
            await self._redis.zremrangebyscore(_LIKINGS, "-inf", now.timestamp() - self._ttl_seconds)

    async def likings(self, since: datetime | None = None) -> list[Liking]:
        """All likings, or those from a moment on, oldest first; none where none are kept."""
        if not self._n_likings:
            return []
        first: float | str = since.timestamp() if since is not None else "-inf"
        found: list[Liking] = []
        while True:
            async with store_errors():
                some = await self._redis.zrange(
                    _LIKINGS, first, "+inf", byscore=True, offset=len(found), num=_BATCH, withscores=True
                )
            found += [_liking(member, seconds) for member, seconds in some]
            if len(some) < _BATCH:
                return found

    async def n_taken_back(self) -> int:
        """How often anything has been taken out."""
        async with store_errors():
            return whole(await self._redis.get(_TAKEN_BACK))

    async def forget(self, user_id: str) -> None:
        """Takes out everything that a reader turned up."""
        async with store_errors():
            # An id has none of the signs that mean something in a pattern.
            mine = [member async for member, _ in self._redis.zscan_iter(_LIKINGS, match=f"{user_id} *", count=_BATCH)]
        if mine:
            await self._take_out(mine)

    async def _take_out(self, members: list[Any]) -> None:
        """Takes likings out, and says so. A full store lets go but does not count: others then hear of it a step
        later."""
        async with store_errors():
            await self._redis.zrem(_LIKINGS, *members)
        with suppress(StoreFull):
            async with store_errors(), self._redis.pipeline(transaction=True) as pipeline:
                pipeline.incr(_TAKEN_BACK)
                pipeline.expire(_TAKEN_BACK, self._ttl_seconds)
                await pipeline.execute()


def _member(user_id: str, event_id: str) -> str:
    return f"{user_id} {event_id}"


def _liking(member: bytes, seconds: float) -> Liking:
    user_id, _, event_id = member.decode().partition(" ")
    return Liking(user_id, event_id, datetime.fromtimestamp(seconds, UTC))
