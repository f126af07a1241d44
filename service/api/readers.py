"""The routes of readers: adjust and undo, wishes, interactions, and all that is known of a reader."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import TypeAdapter

from ranking.event import Id, Limits
from ranking.interactions import Interaction
from service import examples
from service.answers import (
    HistoryView,
    InteractionReceipt,
    LedgerView,
    ProfileView,
    ReaderReceipt,
    Receipt,
    ResetReceipt,
    WishesReceipt,
)
from service.api.contract import ALWAYS, ActionsOf, Limit, answers, body, json_answer
from service.documents import read_document
from service.requests import AdjustmentRequest, MergeRequest, ReaderDocument, WishesRequest

_ADJUSTMENT = TypeAdapter(AdjustmentRequest)
_WISHES = TypeAdapter(WishesRequest)
_INTERACTIONS: TypeAdapter[tuple[Interaction, ...]] = TypeAdapter(
    Annotated[tuple[Interaction, ...], Limits(max_length=500)]
)
_DOCUMENT = TypeAdapter(ReaderDocument)
_MERGE = TypeAdapter(MergeRequest)

readers = APIRouter(prefix="/v1/users/{user_id}", tags=["readers"], responses=ALWAYS)


@readers.put(
    "/adjustments/{event_id}",
    operation_id="adjust",
    **answers(Receipt, examples.RECEIPT, 400, 404, 413),
    **body(_ADJUSTMENT, examples.ADJUSTMENT),
)
async def adjust(actions: ActionsOf, user_id: Id, event_id: Id, request: Request) -> Response:
    """Adjust signal: say that an event, and what is like it, matters more or less. A retry is harmless."""
    wanted = read_document(_ADJUSTMENT, await request.body())
    return json_answer(await actions.readers.adjust(user_id, event_id, wanted.level), actions)


@readers.delete("/adjustments/{event_id}", operation_id="undo", **answers(Receipt, examples.RECEIPT, 404))
async def undo(actions: ActionsOf, user_id: Id, event_id: Id) -> Response:
    """Take an adjustment back, as if it had never been made."""
    return json_answer(await actions.readers.undo(user_id, event_id), actions)


@readers.get("/adjustments/{event_id}", operation_id="read_effect", **answers(Receipt, examples.RECEIPT, 404))
async def read_effect(actions: ActionsOf, user_id: Id, event_id: Id) -> Response:
    """What an adjustment does to the reader's weights and feed: as its receipt, had it been made just now."""
    return json_answer(await actions.effects.read_effect(user_id, event_id), actions)


@readers.get("/adjustments", operation_id="read_ledger", **answers(LedgerView, examples.LEDGER_VIEW))
async def read_ledger(actions: ActionsOf, user_id: Id) -> Response:
    """All adjustments of a reader, oldest first."""
    return json_answer(await actions.readers.read_ledger(user_id), actions)


@readers.delete("/adjustments", operation_id="reset", **answers(ResetReceipt, examples.RESET_RECEIPT))
async def reset(actions: ActionsOf, user_id: Id) -> Response:
    """Take all adjustments back, and what opens have taught. What the reader laid down, saw and dismissed stays."""
    return json_answer(await actions.readers.reset(user_id), actions)


@readers.get("/profile", operation_id="read_profile", **answers(ProfileView, examples.PROFILE_VIEW))
async def read_profile(actions: ActionsOf, user_id: Id, limit: Limit = 50) -> Response:
    """What follows from a reader's adjustments: the largest weights, and what each adjustment gave to them."""
    return json_answer(await actions.readers.read_profile(user_id, limit), actions)


@readers.patch(
    "/profile",
    operation_id="change_wishes",
    **answers(WishesReceipt, examples.WISHES_RECEIPT, 400, 413),
    **body(_WISHES, examples.WISHES),
)
async def change_wishes(actions: ActionsOf, user_id: Id, request: Request) -> Response:
    """Mute, pin or clear a term, a category or a source, or take that back. Mute goes before pin, pin before what is
    learned."""
    wanted = read_document(_WISHES, await request.body())
    return json_answer(await actions.readers.change_wishes(user_id, wanted), actions)


@readers.post(
    "/interactions",
    operation_id="interact",
    **answers(InteractionReceipt, examples.INTERACTION_RECEIPT, 400, 413),
    **body(_INTERACTIONS, examples.INTERACTIONS),
)
async def interact(actions: ActionsOf, user_id: Id, request: Request) -> Response:
    """Tell what a reader did, up to 500 things at once. What is sent again counts once."""
    told = read_document(_INTERACTIONS, await request.body())
    return json_answer(await actions.histories.interact(user_id, told), actions)


@readers.get("/interactions", operation_id="read_history", **answers(HistoryView, examples.HISTORY_VIEW))
async def read_history(actions: ActionsOf, user_id: Id) -> Response:
    """What a reader saw and dismissed, the latest first."""
    return json_answer(await actions.histories.read_history(user_id), actions)


@readers.get("/export", operation_id="export_reader", **answers(ReaderDocument, examples.READER_DOCUMENT))
async def export_reader(actions: ActionsOf, user_id: Id) -> Response:
    """All that is known of a reader, in a form that `import` takes."""
    return json_answer(await actions.accounts.export(user_id), actions)


@readers.post(
    "/import",
    operation_id="import_reader",
    **answers(ReaderReceipt, examples.READER_RECEIPT, 400, 413),
    **body(_DOCUMENT, examples.READER_DOCUMENT),
)
async def import_reader(actions: ActionsOf, user_id: Id, request: Request) -> Response:
    """Put what was exported in place of all that is known of a reader: the same state, the same feed."""
    document = read_document(_DOCUMENT, await request.body())
    return json_answer(await actions.accounts.import_reader(user_id, document), actions)


@readers.post(
    "/merge",
    operation_id="merge_reader",
    **answers(ReaderReceipt, examples.READER_RECEIPT, 400, 413),
    **body(_MERGE, examples.MERGE),
)
async def merge_reader(actions: ActionsOf, user_id: Id, request: Request) -> Response:
    """Add all that is known of another reader, who is then gone: of somebody who was anonymous until they logged in."""
    wanted = read_document(_MERGE, await request.body())
    return json_answer(await actions.accounts.merge(user_id, wanted.user_id), actions)


@readers.delete("", operation_id="delete_reader", status_code=204)
async def delete_reader(actions: ActionsOf, user_id: Id) -> Response:
    """Delete all that is known of a reader, and what was shown to them."""
    await actions.accounts.delete(user_id)
    return Response(status_code=204)
