"""Fixtures that several test files share: a real server, a store on it, and the actions on that."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from redis.asyncio import Redis

from service.actions import Actions
from service.catalog import Catalog
from service.embedded import EmbeddedStore
from service.store import Store
from tests.build import NOW, PARAMS

# The same examples on every run, however slow the machine.
settings.register_profile("house", derandomize=True, deadline=None)
settings.load_profile("house")


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real server, the same as an operator gets by default, for the whole run."""
    with EmbeddedStore(tmp_path_factory.mktemp("store")) as embedded:
        yield embedded.url


@pytest.fixture
async def empty_server_url(server_url: str) -> str:
    """The URL of the real server, with nothing in it."""
    async with Redis.from_url(server_url) as redis:
        await redis.flushall()
    return server_url


@pytest.fixture
async def redis(empty_server_url: str) -> AsyncIterator[Any]:
    """A client of its own, to look at what is stored and to spoil it."""
    async with Redis.from_url(empty_server_url) as client:
        yield client


@pytest.fixture
def own_url(tmp_path: Path) -> Iterator[str]:
    """A real server of this test's own, to be broken."""
    with EmbeddedStore(tmp_path) as embedded:
        yield embedded.url


@pytest.fixture
async def store(empty_server_url: str) -> AsyncIterator[Store]:
    """An empty store on the real server."""
    async with Store(
        empty_server_url, reader_ttl_days=30, snapshot_ttl_seconds=60, n_impressions=1000, n_likings=1000
    ) as opened:
        yield opened


@pytest.fixture
async def actions(store: Store) -> Actions:
    """The actions on an empty store, with the clock standing at NOW."""
    catalog = Catalog(store, PARAMS, lambda: NOW)
    await catalog.refresh()
    return Actions(store, catalog, PARAMS, clock=lambda: NOW)
