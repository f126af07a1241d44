"""Connection: one server, what is lost and refused there, and nothing of what is kept."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

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
from service.formats.record import UnreadableRecord

_CONNECT_SECONDS = 0.3
_ANSWER_SECONDS = 0.4  # with the retries a silent store costs a caller 1.3 s
_POOL_SIZE = 32
_POOL_WAIT_SECONDS = 1.0
_N_RETRIES = 2
_RETRY_AFTER_SECONDS = 0.05

_UNAVAILABLE_CODES = ("READONLY", "NOREPLICAS", "MISCONF", "LOADING", "MASTERDOWN", "BUSY")
# A connection that was lost. uvloop raises RuntimeError for one that was reset.
_LOST = (RedisConnectionError, RedisTimeoutError, OSError, RuntimeError)


class StoreError(SignalfeedError):
    """The store did not do what it was asked; nothing was half done."""


class StoreUnavailable(StoreError):
    """The store cannot be reached, or not in time, or does not take writes now."""


class StoreFull(StoreError):
    """The store has no room left."""


def connect(url: str) -> Any:
    """A client with a pool of connections. Answers are bytes, always; the library's types allow for strings too."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=_POOL_SIZE,
        timeout=_POOL_WAIT_SECONDS,
        socket_connect_timeout=_CONNECT_SECONDS,
        socket_timeout=_ANSWER_SECONDS,
        retry=Retry(ConstantBackoff(_RETRY_AFTER_SECONDS), _N_RETRIES, _LOST),  # type: ignore[arg-type]
    )
    return Redis.from_pool(pool)


def whole(stored: bytes | None) -> int:
    """A stored count, 0 where there is none yet."""
    try:
        return int(stored or 0)
    except ValueError as error:
        raise UnreadableRecord("a revision cannot be read") from error


@asynccontextmanager
async def store_errors() -> AsyncIterator[None]:
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
