"""The routes of events: put, get, list and delete them, and find similar ones."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import TypeAdapter

from ranking.event import Event, Id
from service import examples
from service.answers import BatchResult, EventPage, SimilarEvents
from service.api.contract import (
    ALWAYS,
    ActionsOf,
    Category,
    Cursor,
    Limit,
    Since,
    answers,
    body,
    json_answer,
    problem_answer,
)
from service.documents import FieldError, InvalidDocument, RowStatus, read_document, read_rows

_EVENT = TypeAdapter(Event)
_EVENTS = TypeAdapter(tuple[Event, ...])  # described so; read row by row

events = APIRouter(prefix="/v1/events", tags=["events"], responses=ALWAYS)


@events.get("", operation_id="list_events", **answers(EventPage, examples.EVENT_PAGE, 400))
async def list_events(
    actions: ActionsOf, limit: Limit = 20, cursor: Cursor = None, category: Category = None, since: Since = None
) -> Response:
    """The catalogue, newest first."""
    return json_answer(actions.events.list_events(limit=limit, cursor=cursor, category=category, since=since), actions)


@events.post(
    "",
    operation_id="put_events",
    **answers(BatchResult, examples.BATCH_RESULT, 400, 413),
    **body(_EVENTS, [examples.EVENT], "application/x-ndjson"),
)
async def put_events(actions: ActionsOf, request: Request) -> Response:
    """Store many events, as a JSON array or as NDJSON. A bad row fails alone."""
    return json_answer(await actions.events.put_events(list(read_rows(await request.body()))), actions)


@events.put(
    "/{event_id}",
    operation_id="put_event",
    **answers(Event, examples.PUBLISHED_EVENT, 400, 413, good=(200, 201)),
    **body(_EVENT, examples.EVENT),
)
async def put_event(actions: ActionsOf, event_id: Id, request: Request) -> Response:
    """Store one event, new (201) or in place of an older one (200)."""
    event = read_document(_EVENT, await request.body())
    if event.id != event_id:
        raise InvalidDocument((FieldError("id", "should be the id in the address"),))
    status = await actions.events.put_event(event)
    return json_answer(event, actions, 201 if status is RowStatus.CREATED else 200)


@events.get("/{event_id}", operation_id="get_event", **answers(Event, examples.PUBLISHED_EVENT, 404))
async def get_event(actions: ActionsOf, event_id: Id) -> Response:
    """One event."""
    return json_answer(await actions.events.get_event(event_id), actions)


@events.delete("/{event_id}", operation_id="delete_event", status_code=204, responses={404: problem_answer(404)})
async def delete_event(actions: ActionsOf, event_id: Id) -> Response:
    """Delete an event. What readers learned from it stays with them."""
    await actions.events.delete_event(event_id)
    return Response(status_code=204)


@events.get("/{event_id}/similar", operation_id="read_similar", **answers(SimilarEvents, examples.SIMILAR_EVENTS, 404))
async def read_similar(actions: ActionsOf, event_id: Id, limit: Limit = 5) -> Response:
    """Similar Events: the nearest by what they say, and the words they share."""
    return json_answer(await actions.events.read_similar(event_id, limit), actions)
