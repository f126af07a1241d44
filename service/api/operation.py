"""The routes that are about the service and not about news."""

from importlib.metadata import version

from fastapi import APIRouter
from fastapi.responses import Response

from service import examples
from service.answers import Health, Index
from service.api.contract import ActionsOf, answers, json_answer
from service.problems import not_ready
from service.store import StoreError

_VERSION = version("signalfeed")
_LINKS = {
    "a page to read": "/",
    "a reader's feed": "/v1/users/ada/feed",
    "the catalogue": "/v1/events",
    "the API, to try": "/docs",
    "the API, for programs": "/openapi.json",
    "ready": "/readyz",
}

operation = APIRouter(tags=["operation"])


@operation.get("/v1", operation_id="index", **answers(Index, examples.INDEX))
async def index(actions: ActionsOf) -> Response:
    """Where to go from here."""
    return json_answer(Index("signalfeed", _VERSION, _LINKS), actions)


@operation.head("/healthz", include_in_schema=False)
@operation.get("/healthz", operation_id="health", **answers(Health, examples.UP))
async def health(actions: ActionsOf) -> Response:
    """Whether the process is up."""
    return json_answer(Health("up", _VERSION), actions)


@operation.head("/readyz", include_in_schema=False)
@operation.get("/readyz", operation_id="ready", **answers(Health, examples.HEALTH, 503))
async def ready(actions: ActionsOf) -> Response:
    """Whether the store answers and the catalogue has been read; else 503."""
    try:
        await actions.store.ping()
        corpus = actions.catalog.corpus
    except StoreError as error:
        return not_ready(error)
    return json_answer(Health("ready", _VERSION, len(corpus.events), corpus.version), actions)
