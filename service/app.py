"""App: puts the service together, and takes it apart in reverse."""

import asyncio
import contextlib
import multiprocessing
import signal
from collections.abc import AsyncIterator
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.responses import Response
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from threadpoolctl import threadpool_limits

from service import examples
from service.actions import Actions
from service.answers import Health, Index, Problem
from service.api.contract import BODY_SCHEMAS, SCHEMAS, answers
from service.api.events import events
from service.api.feeds import feeds
from service.api.readers import readers
from service.body_limit import BodyLimit
from service.catalog import Catalog
from service.documents import write_document
from service.problems import add_problem_handlers, problem
from service.settings import Settings
from service.store import Store, StoreError

_ROUTERS = (feeds, readers, events)
_CANCEL_SECONDS = 0.1
_LINKS = {
    "a reader's feed": "/v1/users/ada/feed",
    "the catalogue": "/v1/events",
    "the API, to try": "/docs",
    "the API, for programs": "/openapi.json",
    "ready": "/readyz",
}
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
    add_problem_handlers(app)
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)
    for router in _ROUTERS:
        app.include_router(router)
    _add_operation(app, store, catalog)
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


def _add_operation(app: FastAPI, store: Store, catalog: Catalog) -> None:
    """The routes that are about the service and not about news."""

    @app.get("/", operation_id="index", tags=["operation"], **answers(Index, examples.INDEX))
    async def index() -> Response:
        """Where to go from here."""
        return _json(Index("signalfeed", app.version, _LINKS))

    @app.head("/healthz", include_in_schema=False)
    @app.get("/healthz", operation_id="health", tags=["operation"], **answers(Health, examples.UP))
    async def health() -> Response:
        """Whether the process is up."""
        return _json(Health("up", app.version))

    @app.head("/readyz", include_in_schema=False)
    @app.get("/readyz", operation_id="ready", tags=["operation"], **answers(Health, examples.HEALTH, 503))
    async def ready() -> Response:
        """Whether the store answers and the catalogue has been read; else 503."""
        try:
            await store.ping()
            corpus = catalog.corpus
        except StoreError as error:
            return problem(503, "store-unavailable", f"Not ready: {error}.", headers={"Retry-After": "1"})
        return _json(Health("ready", app.version, len(corpus.events), corpus.version))


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


def _json(answer: Health | Index) -> Response:
    return Response(write_document(answer), media_type="application/json")
