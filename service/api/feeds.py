"""The routes of feeds: a reader's feed page by page, one event as the reader sees it, and a feed to try out."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import TypeAdapter
from starlette.background import BackgroundTask

from ranking.event import Id
from service import examples
from service.answers import FeedPage, ReaderEvent
from service.api.contract import (
    ALWAYS,
    ActionsOf,
    Category,
    FeedCursor,
    Limit,
    RequestId,
    answers,
    body,
    json_answer,
)
from service.documents import read_document
from service.requests import PreviewRequest

_PREVIEW = TypeAdapter(PreviewRequest)

feeds = APIRouter(prefix="/v1", tags=["feeds"], responses=ALWAYS)


@feeds.get("/users/{user_id}/feed", operation_id="read_feed", **answers(FeedPage, examples.FEED_PAGE, 400, 410))
async def read_feed(
    actions: ActionsOf,
    user_id: Id,
    limit: Limit = 20,
    cursor: FeedCursor = None,
    category: Category = None,
    explain: Annotated[bool, Query(description="Whether each event comes with the parts of its score.")] = True,
    min_profile_version: Annotated[
        int, Query(ge=0, description="The `revision` of a receipt: no answer from before it, rather 503.")
    ] = 0,
    x_request_id: RequestId = None,
) -> Response:
    """A reader's feed, best first. A reader nobody has heard of gets the global order.

    A cursor goes through the order that the first page was cut from: nothing comes twice, whatever happens meanwhile.
    What is new since then is counted in `new_since`, whose cursor gets it.
    """
    page = await actions.feeds.read_feed(
        user_id,
        limit=limit,
        cursor=cursor,
        category=category,
        explained=explain,
        request_id=x_request_id,
        min_profile_version=min_profile_version,
    )
    whole = cursor is None and category is None
    return json_answer(page, actions, after=BackgroundTask(actions.feeds.record, user_id, page, whole=whole))


@feeds.get(
    "/users/{user_id}/events/{event_id}", operation_id="read_event", **answers(ReaderEvent, examples.READER_EVENT, 404)
)
async def read_event(actions: ActionsOf, user_id: Id, event_id: Id) -> Response:
    """One event as this reader sees it, explained by term and by past adjustment."""
    return json_answer(await actions.feeds.read_event(user_id, event_id), actions)


@feeds.post(
    "/feed/preview",
    operation_id="preview_feed",
    **answers(FeedPage, examples.PREVIEW, 400, 413),
    **body(_PREVIEW, examples.PREVIEW_REQUEST),
)
async def preview_feed(actions: ActionsOf, request: Request) -> Response:
    """The feed of a reader who had said this; nothing is stored."""
    return json_answer(actions.feeds.preview(read_document(_PREVIEW, await request.body())), actions)
