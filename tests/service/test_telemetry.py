"""Telemetry: what is counted, how long answers took, and under which name."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.responses import StreamingResponse
from fastapi.staticfiles import StaticFiles
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from service import telemetry as module
from service.telemetry import EndpointFigures, Telemetry, TelemetryMiddleware

STARTED = datetime(2026, 4, 3, 12, 0, tzinfo=UTC)


class Watch:
    """A stop watch that is moved by hand; it shows seconds."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def perf_counter(self) -> float:
        """What the watch shows."""
        return self.seconds


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """The watch that the middleware looks at."""
    watch = Watch()
    monkeypatch.setattr(module, "time", watch)
    return watch


@pytest.fixture
def telemetry() -> Telemetry:
    """What a worker that started at STARTED has been asked: nothing yet."""
    return Telemetry(lambda: STARTED)


@pytest.fixture
def client(telemetry: Telemetry, watch: Watch, tmp_path: Path) -> httpx2.AsyncClient:
    """A client of an app whose answers take times that are known."""
    router = APIRouter()

    @router.get("/slow/{seconds}")
    async def slow(seconds: float) -> None:
        watch.seconds += seconds

    @router.get("/broken")
    async def broken() -> None:
        raise ZeroDivisionError

    @router.get("/away")
    async def away() -> None:
        raise HTTPException(503)

    @router.get("/streamed")
    async def streamed() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            for _ in range(3):
                watch.seconds += 1
                yield b"part"

        async def tidy() -> None:
            watch.seconds += 60

        return StreamingResponse(parts(), background=BackgroundTask(tidy))

    (tmp_path / "some.css").write_text("")
    app = FastAPI()
    app.add_middleware(TelemetryMiddleware, telemetry=telemetry)
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=tmp_path), name="static")
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app, raise_app_exceptions=False), base_url="http://signalfeed"
    )


def test_a_worker_that_was_asked_nothing_has_figures(telemetry: Telemetry) -> None:
    """All of them nought, and since when."""
    figures = telemetry.figures()

    assert figures.since == STARTED
    assert (figures.n_requests, figures.n_failed, figures.n_adjustments, figures.endpoints) == (0, 0, 0, ())


def test_a_worker_knows_when_it_started() -> None:
    """By the clock of the machine, in UTC, where it is given no other."""
    before = datetime.now(UTC)
    assert before <= Telemetry().figures().since <= datetime.now(UTC)


def test_the_endpoints_that_are_asked_most_come_first(telemetry: Telemetry) -> None:
    """And in the order of their names where they are asked as often."""
    for name in ("you", "read_feed", "adjust", "read_feed"):
        telemetry.tell(name, 200, 1.0)

    assert [(one.name, one.n) for one in telemetry.figures().endpoints] == [("read_feed", 2), ("adjust", 1), ("you", 1)]


def test_quantiles_are_of_the_times_that_answers_took(telemetry: Telemetry) -> None:
    """Of 0 to 100 ms, each once, the median is 50 ms, and 95 and 99 of 100 are quicker than 95 and 99 ms."""
    for took_ms in range(101):
        telemetry.tell("read_feed", 200, took_ms)

    assert telemetry.figures().endpoints == (EndpointFigures("read_feed", 101, 0, 50.0, 95.0, 99.0),)


def test_only_the_last_thousand_times_are_kept(telemetry: Telemetry) -> None:
    """All are counted, but a slow start is forgotten in the end."""
    for took_ms in [9_000.0] * 500 + [2.0] * 1_000:
        telemetry.tell("read_feed", 200, took_ms)

    assert telemetry.figures().endpoints == (EndpointFigures("read_feed", 1_500, 0, 2.0, 2.0, 2.0),)


@pytest.mark.parametrize("name", ["adjust", "undo", "press", "take_back"])
def test_adjustments_are_counted_where_they_were_made(telemetry: Telemetry, name: str) -> None:
    """At the API and on pages; one that was refused or failed was none."""
    for status in (200, 303, 404, 422, 503):
        telemetry.tell(name, status, 1.0)
    telemetry.tell("read_feed", 200, 1.0)

    assert telemetry.figures().n_adjustments == 2


async def test_a_request_is_noted_by_the_name_of_its_endpoint(telemetry: Telemetry, client: httpx2.AsyncClient) -> None:
    """Not by its address: 0.25 s and 0.75 s are one endpoint with a median of 500 ms."""
    await client.get("/slow/0.25")
    await client.get("/slow/0.75")

    [slow] = telemetry.figures().endpoints
    assert (slow.name, slow.n, slow.n_failed, slow.median_ms) == ("slow", 2, 0, 500.0)


@pytest.mark.parametrize("path", ["/broken", "/away"])
async def test_answers_of_500_and_more_have_failed(telemetry: Telemetry, client: httpx2.AsyncClient, path: str) -> None:
    """Whether the app said so or raised."""
    await client.get(path)

    figures = telemetry.figures()
    assert (figures.n_requests, figures.n_failed) == (1, 1)
    assert [(one.name, one.n_failed) for one in figures.endpoints] == [(path[1:], 1)]


async def test_a_request_is_measured_to_the_end_of_its_answer(telemetry: Telemetry, client: httpx2.AsyncClient) -> None:
    """Three parts of one second each; what is done afterwards keeps nobody waiting."""
    await client.get("/streamed")

    assert telemetry.figures().endpoints[0].median_ms == 3_000.0


async def test_what_no_endpoint_answers_is_counted_together(telemetry: Telemetry, client: httpx2.AsyncClient) -> None:
    """So that strange addresses do not fill the memory; static files have a name of their own."""
    for path in ("/nowhere", "/else/where", "/static/some.css", "/static/none.css"):
        await client.get(path)

    figures = telemetry.figures()
    assert figures.n_failed == 0
    assert [(one.name, one.n) for one in figures.endpoints] == [("other", 2), ("static", 2)]


async def test_an_answer_that_breaks_off_has_failed(telemetry: Telemetry, watch: Watch) -> None:
    """Though it began well, and for as long as it took to break."""

    async def breaking(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        watch.seconds += 2
        raise ZeroDivisionError

    async def sent(message: Message) -> None:
        assert message["status"] == 200

    async def received() -> Message:
        return {"type": "http.request"}

    with pytest.raises(ZeroDivisionError):
        await TelemetryMiddleware(breaking, telemetry)({"type": "http"}, received, sent)

    assert telemetry.figures().endpoints == (EndpointFigures("other", 1, 1, 2_000.0, 2_000.0, 2_000.0),)


async def test_only_requests_are_counted(telemetry: Telemetry) -> None:
    """The start and the end of the app pass through."""
    passed: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        passed.append(scope)

    async def nothing() -> Message:
        return {"type": "lifespan.startup"}

    async def nowhere(_: Message) -> None:
        return

    await TelemetryMiddleware(app, telemetry)({"type": "lifespan"}, nothing, nowhere)

    assert passed == [{"type": "lifespan"}]
    assert telemetry.figures().n_requests == 0
