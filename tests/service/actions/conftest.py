"""Fixtures of the actions: two stories in the catalogue, a client to spoil what is stored, and a store that is gone."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from service.actions import Actions
from service.catalog import Catalog
from service.embedded import EmbeddedStore
from tests.build import NOW, PARAMS
from tests.service.actions.build import a_store, stocked


@pytest.fixture
async def actions(actions: Actions) -> Actions:
    """The actions on a catalogue of two stories of two events each, with the clock standing at NOW."""
    return await stocked(actions)


@pytest.fixture
async def redis(empty_server_url: str) -> AsyncIterator[Any]:
    """A client of its own, to spoil what is stored and to see what is."""
    async with Redis.from_url(empty_server_url) as client:
        yield client


@pytest.fixture
async def cut_off(tmp_path: Path) -> AsyncIterator[Actions]:
    """The actions on two stories, ann having turned c1 far down and read her feed, after the store has gone."""
    with EmbeddedStore(tmp_path) as embedded:
        store = a_store(embedded.url)
        actions = await stocked(Actions(store, Catalog(store, PARAMS, lambda: NOW), PARAMS, clock=lambda: NOW))
        await actions.readers.adjust("ann", "c1", -2)
        await actions.feeds.read_feed("ann", limit=1)
    async with store:
        yield actions
