"""Telemetry: what this worker has been asked since it started, and how quickly it answered. It is kept in memory, is
bounded, and knows nothing of who asked."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_N_KEPT = 1_000  # times of each endpoint that quantiles are taken of
_ADJUSTING = {"adjust", "undo", "press", "take_back"}  # endpoints at which adjustments are made and taken back
_FAILED = 500


@dataclass(frozen=True, slots=True)
class EndpointFigures:
    """How an endpoint did: requests, those of them that failed, and quantiles of the time that its last 1,000 answers
    took, in milliseconds."""

    name: str
    n: int
    n_failed: int
    median_ms: float
    p95_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Figures:
    """How a worker did since it started; the endpoints that were asked most come first. Requests that failed are those
    that were answered with 500 or more; `n_adjustments` are those made and taken back."""

    since: datetime
    n_requests: int
    n_failed: int
    n_adjustments: int
    endpoints: tuple[EndpointFigures, ...]


@dataclass(slots=True)
class _Tally:
    n: int = 0
    n_failed: int = 0
    n_done: int = 0  # neither refused nor failed
    last_ms: deque[float] = field(default_factory=lambda: deque(maxlen=_N_KEPT))


class Telemetry:
    """What a worker has been asked. There are as many tallies as endpoints, whatever addresses are asked for."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._since = clock()
        self._tallies: dict[str, _Tally] = {}

    def tell(self, endpoint: str, status: int, took_ms: float) -> None:
        """Takes note of a request: which endpoint answered it, with which status, after so many milliseconds."""
        tally = self._tallies.setdefault(endpoint, _Tally())
        tally.n += 1
        tally.n_failed += status >= _FAILED
        tally.n_done += status < 400  # noqa: PLR2004 -- where refusals begin
        tally.last_ms.append(took_ms)

    def figures(self) -> Figures:
        """All that was noted, in figures."""
        tallies = sorted(self._tallies.items(), key=lambda one: (-one[1].n, one[0]))
        return Figures(
            self._since,
            sum(tally.n for _, tally in tallies),
            sum(tally.n_failed for _, tally in tallies),
            sum(tally.n_done for name, tally in tallies if name in _ADJUSTING),
            tuple(
                EndpointFigures(name, tally.n, tally.n_failed, *map(float, np.percentile(tally.last_ms, (50, 95, 99))))
                for name, tally in tallies
            ),
        )


class TelemetryMiddleware:
    """Notes each request, from its coming to the end of its answer; what is done after that is not measured."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self._app = app
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, ended = time.perf_counter(), None
        status = _FAILED  # where there is no answer, there was a fault

        async def send_on(message: Message) -> None:
            nonlocal status, ended
            await send(message)
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body" and not message.get("more_body", False):
                ended = time.perf_counter()

        answered = False
        try:
            await self._app(scope, receive, send_on)
            answered = True
        finally:
            took = (ended or time.perf_counter()) - started
            self._telemetry.tell(_endpoint_of(scope), status if answered else _FAILED, took * 1_000)


def _endpoint_of(scope: Scope) -> str:
    """The name of the function that answered: routers leave it in the scope."""
    endpoint = scope.get("endpoint")
    return "static" if isinstance(endpoint, StaticFiles) else getattr(endpoint, "__name__", "other")
