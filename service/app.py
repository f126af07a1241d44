"""App: puts the service together, and takes it apart in reverse."""

import asyncio
import contextlib
import multiprocessing
import signal
from collections.abc import AsyncIterator
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from threadpoolctl import threadpool_limits

from service.actions import Actions
from service.answers import Problem
from service.api.contract import BODY_SCHEMAS, SCHEMAS
from service.api.events import events
from service.api.feeds import feeds
from service.api.operation import operation
from service.api.readers import readers
from service.body_limit import BodyLimit
from service.catalog import Catalog
from service.pages.errors import show_problem
from service.pages.event import event_page
from service.pages.feed import feed_page
from service.pages.operator import operator_page
from service.pages.rendering import STATIC, Static
from service.pages.you import you_page
from service.problems import add_problem_handlers
from service.settings import Settings
from service.store import Store
from service.telemetry import Telemetry, TelemetryMiddleware

_ROUTERS = (feeds, readers, events, operation, feed_page, event_page, you_page, operator_page)
_CANCEL_SECONDS = 0.1
_ABOUT = """
Feeds that obey. A reader presses **Adjust signal** on an event; the very next feed follows, says exactly why, and the
press can be taken back.
"""


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service, ready to be run by any ASGI server. It needs a store: `SIGNALFEED_REDIS_URL`."""
    # The matrices are small: more threads for them would only fight, with each other and with other workers.
    threadpool_limits(1, user_api="blas")
    settings = settings or Settings()
    if settings.redis_url is None:
        raise ValueError("SIGNALFEED_REDIS_URL is not set; `signalfeed serve` starts a private store by itself")
    store = Store.of(settings.redis_url, settings)
    params = settings.params
    catalog = Catalog(store, params)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with store:
            _end_with_parent()
            watch = asyncio.create_task(catalog.watch(settings.catalog_poll_seconds))
            yield
            await _end(watch)

    app = FastAPI(
        title="Signalfeed",
        version=version("signalfeed"),
        description=_ABOUT,
        lifespan=lifespan,
        separate_input_output_schemas=False,
    )
    app.state.actions = Actions(store, catalog, params)
    app.state.telemetry = Telemetry()
    app.state.reports_dir = settings.reports.absolute()
    add_problem_handlers(app, show_problem)
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes, show=show_problem)
    app.add_middleware(TelemetryMiddleware, telemetry=app.state.telemetry)
    for router in _ROUTERS:
        app.include_router(router)
    app.mount("/static", Static(directory=STATIC), name="static")
    _complete_openapi(app)
    return app


def _end_with_parent() -> None:
    """Has a worker end when the process that started it has, however that ended, so that it does not hold the port."""
    parent, loop = multiprocessing.parent_process(), asyncio.get_running_loop()
    if parent is None:
        return

    def end() -> None:
        loop.remove_reader(parent.sentinel)  # it stays readable, and one signal is enough
        signal.raise_signal(signal.SIGTERM)

    loop.add_reader(parent.sentinel, end)


async def _end(task: "asyncio.Task[None]") -> None:
    """Cancels a task and waits until it is over. The Redis client may swallow a cancellation while it connects."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=_CANCEL_SECONDS)


def _complete_openapi(app: FastAPI) -> None:
    """Adds to the OpenAPI document what FastAPI does not see or leaves out: the shapes of problems and of what bodies
    refer to, and what is null in an example."""
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        document = describe()
        problem = TypeAdapter(Problem).json_schema(ref_template=SCHEMAS + "{model}")
        schemas = document["components"]["schemas"]
        document["components"]["schemas"] = BODY_SCHEMAS | problem.pop("$defs") | schemas | {"Problem": problem}
        for route in (*app.routes, *(route for router in _ROUTERS for route in router.routes)):
            if isinstance(route, APIRoute) and route.include_in_schema:
                for method in route.methods or ():
                    _complete(document["paths"][route.path_format][method.lower()], route)
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # the way that FastAPI documents


def _complete(operation: dict[str, Any], route: APIRoute) -> None:
    """Puts a route's examples in again as they were given."""
    for status, given in route.responses.items():
        for kind, content in given.get("content", {}).items():
            operation["responses"][str(status)]["content"][kind]["example"] = content["example"]
    if route.openapi_extra:
        operation["requestBody"] = route.openapi_extra["requestBody"]
