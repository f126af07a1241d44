"""What the routes share: parameters, what OpenAPI tells of an answer, and answers in bytes."""

from dataclasses import fields, is_dataclass
from http import HTTPStatus
from typing import Annotated, Any

import orjson
from fastapi import Depends, Header, Query, Request
from fastapi.responses import Response
from pydantic import TypeAdapter
from starlette.background import BackgroundTask

from ranking.event import Event, Id, Moment
from service import examples
from service.actions import Actions

SCHEMAS = "#/components/schemas/"
BODY_SCHEMAS: dict[str, Any] = {}  # of what bodies refer to, by name; no route has them as its model


def problem_answer(status: int) -> dict[str, Any]:
    content = {"schema": {"$ref": f"{SCHEMAS}Problem"}, "example": examples.problem(status)}
    return {"description": HTTPStatus(status).phrase, "content": {"application/problem+json": content}}


def _actions(request: Request) -> Actions:
    actions: Actions = request.app.state.actions
    return actions


ActionsOf = Annotated[Actions, Depends(_actions)]
Limit = Annotated[int, Query(ge=1, le=100, description="How many to give at most.")]
FeedCursor = Annotated[
    str | None, Query(max_length=4_000, description="`next_cursor` of the page before, or the cursor in `new_since`.")
]
Cursor = Annotated[str | None, Query(max_length=500, description="`next_cursor` of the page before.")]
Category = Annotated[str | None, Query(max_length=100, description="Only events of this category.")]
RequestId = Annotated[Id | None, Header(description="Your name for this request; else one is made from its answer.")]
Since = Annotated[Moment | None, Query(description="Only events published then or later; with a time zone.")]


def answers(shape: Any, example: Any, *problems: int, good: tuple[int, ...] = (200,)) -> dict[str, Any]:
    """What OpenAPI tells of a route's answers: the good ones with an example, and the problems it may meet."""
    shown: dict[int | str, Any] = {
        status: {"model": shape, "content": {"application/json": {"example": example}}} for status in good
    }
    return {"response_model": shape, "responses": shown | {status: problem_answer(status) for status in problems}}


def body(adapter: TypeAdapter[Any], example: Any, *more_types: str) -> dict[str, Any]:
    """What OpenAPI tells of a body that the route reads for itself."""
    schema = adapter.json_schema(ref_template=SCHEMAS + "{model}")
    BODY_SCHEMAS.update(schema.pop("$defs", {}))
    content = {"schema": schema, "example": example}
    types = {"application/json": content} | {kind: {"schema": {"type": "string"}} for kind in more_types}
    return {"openapi_extra": {"requestBody": {"required": True, "content": types}}}


ALWAYS: dict[int | str, Any] = {422: problem_answer(422), 503: problem_answer(503)}


def json_answer(answer: object, actions: Actions, status: int = 200, after: BackgroundTask | None = None) -> Response:
    """The answer as bytes, and what is to be done `after` it is sent. Events were written when they came in; they are
    laid into it as they are."""

    def write(value: Any) -> Any:
        if isinstance(value, Event):
            return orjson.Fragment(actions.catalog.written(value))
        if is_dataclass(value) and not isinstance(value, type):
            return {field.name: getattr(value, field.name) for field in fields(value)}
        raise TypeError(f"{type(value).__name__} has no JSON")

    content = orjson.dumps(answer, default=write, option=orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_UTC_Z)
    return Response(content, status, media_type="application/json", background=after)
