"""Body limit: a body that is too large is refused by what is told of it, or by what comes."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from service.body_limit import BodyLimit


async def count(request: Request) -> PlainTextResponse:
    """Answers with the number of bytes that came."""
    return PlainTextResponse(str(len(await request.body())))


@pytest.fixture
def client() -> httpx2.AsyncClient:
    """A client of an app that takes ten bytes."""
    app = Starlette(routes=[Route("/", count, methods=["POST"])])
    app.add_middleware(BodyLimit, max_bytes=10)
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test")


@pytest.mark.parametrize(("n_bytes", "status"), [(0, 200), (10, 200), (11, 413)])
async def test_the_limit_is_the_last_length_that_is_taken(
    client: httpx2.AsyncClient, n_bytes: int, status: int
) -> None:
    """To the byte, with the length told."""
    assert (await client.post("/", content=b"x" * n_bytes)).status_code == status


@pytest.mark.parametrize(("n_parts", "status"), [(2, 200), (3, 413)])
async def test_a_body_of_untold_length_is_counted_as_it_comes(
    client: httpx2.AsyncClient, n_parts: int, status: int
) -> None:
    """Parts of five bytes each."""

    async def parts() -> AsyncIterator[bytes]:
        for _ in range(n_parts):
            yield b"x" * 5

    assert (await client.post("/", content=parts())).status_code == status
