"""Services that the tests of the API call, and the contract that these must keep."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient

from service.actions import Actions
from service.app import create_app
from service.documents import write_document
from service.embedded import EmbeddedStore
from service.settings import Settings
from tests.build import two_stories
from tests.service.api.calls import MAX_BODY_BYTES
from tests.service.test_app import ready


@pytest.fixture(scope="session")
def app() -> FastAPI:
    """The service without a store. To build its routes takes longer than most tests."""
    return create_app(Settings(redis_url="unix:///nowhere/store.sock", max_body_bytes=MAX_BODY_BYTES))


@pytest.fixture(scope="session")
def contract(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document."""
    return app.openapi()


@pytest.fixture
async def client(app: FastAPI, actions: Actions) -> AsyncIterator[AsyncClient]:
    """A client of a service with a real store of two stories: c1 and c2 of a comet, s1 and s2 of a strike. Its clock
    stands at NOW, and it does not watch its store."""
    app.state.actions = actions
    transport = ASGITransport(app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://signalfeed") as opened:
        await opened.post("/v1/events", content=write_document(two_stories()))
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def refusing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AsyncClient]:
    """A client of a whole service on a store of its own, with the same stories, for calls that change nothing."""
    with EmbeddedStore(tmp_path_factory.mktemp("refusing")) as embedded:
        async with ready(embedded.url, max_body_bytes=MAX_BODY_BYTES) as opened:
            await opened.post("/v1/events", content=write_document(two_stories()))
            yield opened
