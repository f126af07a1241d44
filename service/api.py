"""API: the routes of version 1. Each is one call of an action and one answer, in bytes."""

from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass
from http import HTTPStatus
from typing import Annotated, Any, ClassVar

import orjson
from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import Response
from pydantic import TypeAdapter

from ranking.event import Event, Id, Moment
from ranking.ledger import Level
from service import examples
from service.actions import Actions
from service.answers import (
    BatchResult,
    EventPage,
    FeedPage,
    LedgerView,
    ProfileView,
    ReaderEvent,
    Receipt,
    ResetReceipt,
    SimilarEvents,
)
from service.documents import FieldError, InvalidDocument, RowStatus, read_document, read_rows


@dataclass(frozen=True, slots=True)
class AdjustmentRequest:
    """How much more or less of this the reader wants, from -2 (far less) to 2 (far more)."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    level: Level


_EVENT = TypeAdapter(Event)
_ADJUSTMENT = TypeAdapter(AdjustmentRequest)

_SCHEMAS = "#/components/schemas/"


def _problem(status: int) -> dict[str, Any]:
    content = {"schema": {"$ref": f"{_SCHEMAS}Problem"}, "example": examples.problem(status)}
    return {"description": HTTPStatus(status).phrase, "content": {"application/problem+json": content}}


def _actions(request: Request) -> Actions:
    actions: Actions = request.app.state.actions
    return actions


ActionsOf = Annotated[Actions, Depends(_actions)]
Limit = Annotated[int, Query(ge=1, le=100, description="How many to give at most.")]
Cursor = Annotated[str | None, Query(max_length=500, description="`next_cursor` of the page before.")]
Category = Annotated[str | None, Query(max_length=100, description="Only events of this category.")]
RequestId = Annotated[Id | None, Header(description="Your name for this request; else one is made from its answer.")]
Since = Annotated[Moment | None, Query(description="Only events published then or later; with a time zone.")]


def answers(shape: Any, example: Any, *problems: int, good: tuple[int, ...] = (200,)) -> dict[str, Any]:
    """What OpenAPI tells of a route's answers: the good ones with an example, and the problems it may meet."""
    shown: dict[int | str, Any] = {
        status: {"model": shape, "content": {"application/json": {"example": example}}} for status in good
    }
    return {"response_model": shape, "responses": shown | {status: _problem(status) for status in problems}}


def _body(schema: Mapping[str, Any], example: Any, *more_types: str) -> dict[str, Any]:
    """What OpenAPI tells of a body that the route reads for itself."""
    content = {"schema": schema, "example": example}
    types = {"application/json": content} | {kind: {"schema": {"type": "string"}} for kind in more_types}
    return {"openapi_extra": {"requestBody": {"required": True, "content": types}}}


_ALWAYS: dict[int | str, Any] = {422: _problem(422), 503: _problem(503)}
readers = APIRouter(prefix="/v1/users/{user_id}", tags=["readers"], responses=_ALWAYS)
events = APIRouter(prefix="/v1/events", tags=["events"], responses=_ALWAYS)


@readers.get("/feed", operation_id="read_feed", **answers(FeedPage, examples.FEED_PAGE, 400))
async def read_feed(
    actions: ActionsOf,
    user_id: Id,
    limit: Limit = 20,
    cursor: Cursor = None,
    category: Category = None,
    explain: Annotated[bool, Query(description="Whether each event comes with the parts of its score.")] = True,
    x_request_id: RequestId = None,
) -> Response:
    """A reader's feed, best first. A reader nobody has heard of gets the global order."""
    page = await actions.read_feed(
        user_id, limit=limit, cursor=cursor, category=category, explained=explain, request_id=x_request_id
    )
    return _json(page, actions)


@readers.get("/events/{event_id}", operation_id="read_event", **answers(ReaderEvent, examples.READER_EVENT, 404))
async def read_event(actions: ActionsOf, user_id: Id, event_id: Id) -> Response:
    """One event as this reader sees it, explained by term and by past adjustment."""
    return _json(await actions.read_event(user_id, event_id), actions)


@readers.put(
    "/adjustments/{event_id}",
    operation_id="adjust",
    **answers(Receipt, examples.RECEIPT, 400, 404, 413),
    **_body(TypeAdapter(AdjustmentRequest).json_schema(), examples.ADJUSTMENT),
)
async def adjust(actions: ActionsOf, user_id: Id, event_id: Id, request: Request) -> Response:
    """Adjust signal: say that an event, and what is like it, matters more or less. A retry is harmless."""
    wanted = read_document(_ADJUSTMENT, await request.body())
    return _json(await actions.adjust(user_id, event_id, wanted.level), actions)


@readers.delete("/adjustments/{event_id}", operation_id="undo", **answers(Receipt, examples.RECEIPT, 404))
async def undo(actions: ActionsOf, user_id: Id, event_id: Id) -> Response:
    """Take an adjustment back, as if it had never been made."""
    return _json(await actions.undo(user_id, event_id), actions)


@readers.get("/adjustments", operation_id="read_ledger", **answers(LedgerView, examples.LEDGER_VIEW))
async def read_ledger(actions: ActionsOf, user_id: Id) -> Response:
    """All adjustments of a reader, oldest first."""
    return _json(await actions.read_ledger(user_id), actions)


@readers.delete("/adjustments", operation_id="reset", **answers(ResetReceipt, examples.RESET_RECEIPT))
async def reset(actions: ActionsOf, user_id: Id) -> Response:
    """Take all adjustments back: the feed is the global order again."""
    return _json(await actions.reset(user_id), actions)


@readers.get("/profile", operation_id="read_profile", **answers(ProfileView, examples.PROFILE_VIEW))
async def read_profile(actions: ActionsOf, user_id: Id, limit: Limit = 50) -> Response:
    """What follows from a reader's adjustments: the strongest weights, and what each adjustment gave to them."""
    return _json(await actions.read_profile(user_id, limit), actions)


@events.get("", operation_id="list_events", **answers(EventPage, examples.EVENT_PAGE, 400))
async def list_events(
    actions: ActionsOf, limit: Limit = 20, cursor: Cursor = None, category: Category = None, since: Since = None
) -> Response:
    """The catalogue, newest first."""
    return _json(actions.list_events(limit=limit, cursor=cursor, category=category, since=since), actions)


@events.post(
    "",
    operation_id="put_events",
    **answers(BatchResult, examples.BATCH_RESULT, 400, 413),
    **_body({"type": "array", "items": {"$ref": f"{_SCHEMAS}Event"}}, [examples.EVENT], "application/x-ndjson"),
)
async def put_events(actions: ActionsOf, request: Request) -> Response:
    """Store many events, as a JSON array or as NDJSON. A bad row fails alone."""
    return _json(await actions.put_events(list(read_rows(await request.body()))), actions)


@events.put(
    "/{event_id}",
    operation_id="put_event",
    **answers(Event, examples.PUBLISHED_EVENT, 400, 413, good=(200, 201)),
    **_body({"$ref": f"{_SCHEMAS}Event"}, examples.EVENT),
)
async def put_event(actions: ActionsOf, event_id: Id, request: Request) -> Response:
    """Store one event, new (201) or in place of an older one (200)."""
    event = read_document(_EVENT, await request.body())
    if event.id != event_id:
        raise InvalidDocument((FieldError("id", "should be the id in the address"),))
    status = await actions.put_event(event)
    return _json(event, actions, 201 if status is RowStatus.CREATED else 200)


@events.get("/{event_id}", operation_id="get_event", **answers(Event, examples.PUBLISHED_EVENT, 404))
async def get_event(actions: ActionsOf, event_id: Id) -> Response:
    """One event."""
    return _json(await actions.get_event(event_id), actions)


@events.delete("/{event_id}", operation_id="delete_event", status_code=204, responses={404: _problem(404)})
async def delete_event(actions: ActionsOf, event_id: Id) -> Response:
    """Delete an event. What readers learned from it stays with them."""
    await actions.delete_event(event_id)
    return Response(status_code=204)


@events.get("/{event_id}/similar", operation_id="read_similar", **answers(SimilarEvents, examples.SIMILAR_EVENTS, 404))
async def read_similar(actions: ActionsOf, event_id: Id, limit: Limit = 5) -> Response:
    """Similar Events: the nearest by what they say, and the words they share."""
    return _json(await actions.read_similar(event_id, limit), actions)


def _json(answer: object, actions: Actions, status: int = 200) -> Response:
    """The answer as bytes. Events were written when they came in; they are laid into it as they are."""

    def write(value: Any) -> Any:
        if isinstance(value, Event):
            return orjson.Fragment(actions.catalog.written(value))
        if is_dataclass(value):
            return {name: getattr(value, name) for name in value.__dataclass_fields__}
        raise TypeError(f"{type(value).__name__} has no JSON")

    content = orjson.dumps(answer, default=write, option=orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_UTC_Z)
    return Response(content, status, media_type="application/json")
