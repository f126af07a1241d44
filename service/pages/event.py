"""The page of an event, and what a reader can do to it."""

from enum import StrEnum
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from ranking.errors import UnknownEvent
from ranking.event import Id
from ranking.interactions import Action, Interaction
from service.actions import Actions
from service.answers import ReaderEvent
from service.api.contract import ActionsOf
from service.catalog import utc_now
from service.pages.because import effect_of, ledger_of, told
from service.pages.reading import FROM_HERE, ReaderOf
from service.pages.rendering import page, see_other
from service.pages.words import LEVELS

_N_SIMILAR = 5
_N_PRESSES = 5  # presses that are named behind a personal signal
_DONE = {
    "undone": "Taken back, as if it had never been said.",
    "dismissed": "Hidden from your feed.",
    "restored": "It may stand in your feed again.",
}

event_page = APIRouter(prefix="/events/{event_id}", include_in_schema=False)


class Back(StrEnum):
    """The page that a form was on."""

    EVENT = "event"
    FEED = "feed"
    YOU = "you"


BackTo = Annotated[Back, Form(description="The page to go back to.")]


@event_page.get("")
async def read_event_page(
    request: Request, actions: ActionsOf, reader: ReaderOf, event_id: Id, done: str = ""
) -> Response:
    """An event as a reader sees it."""
    seen = await actions.feeds.read_event(reader, event_id)
    similar = await actions.events.read_similar(event_id, _N_SIMILAR)
    ledger = {} if seen.degraded else await ledger_of(actions, reader)
    because = (one for reason in (*seen.reasons, *seen.adjustments) for one in reason.because)
    folded = [one for near in similar.items for one in near.folded]
    titles = actions.events.titles({*because, *similar.folded, *folded})
    presses = [one for one in seen.adjustments if one.because and one.because[0] != event_id]
    return page(
        request,
        "event",
        seen=seen,
        similar=similar,
        titles=titles,
        levels=LEVELS,
        effect=await effect_of(actions, reader, event_id) if seen.level is not None else None,
        reasons=told(seen.reasons, ledger, titles),
        presses=[(one, titles.get(one.because[0]), ledger.get(one.because[0])) for one in presses[:_N_PRESSES]],
        n_more_presses=max(0, len(presses) - _N_PRESSES),
        done=_DONE.get(done) if _holds(done, seen) else None,
    )


@event_page.post("/adjust", dependencies=[FROM_HERE])
async def press(
    actions: ActionsOf,
    reader: ReaderOf,
    event_id: Id,
    level: Annotated[int, Form(ge=-2, le=2)],
    back: BackTo = Back.EVENT,
) -> Response:
    """Adjust signal."""
    await actions.readers.adjust(reader, event_id, level)
    return see_other(f"/?said={event_id}#said" if back is Back.FEED else f"/events/{event_id}#adjust")


@event_page.post("/undo", dependencies=[FROM_HERE])
async def take_back(actions: ActionsOf, reader: ReaderOf, event_id: Id, back: BackTo = Back.EVENT) -> Response:
    """Takes an adjustment back."""
    await actions.readers.undo(reader, event_id)
    return see_other(_place(back, event_id, "undone"))


@event_page.post("/dismiss", dependencies=[FROM_HERE])
async def dismiss(actions: ActionsOf, reader: ReaderOf, event_id: Id, back: BackTo = Back.EVENT) -> Response:
    """Hides an event from the reader's feed."""
    await _tell(actions, reader, event_id, Action.DISMISS)
    return see_other(_place(back, event_id, "dismissed"))


@event_page.post("/restore", dependencies=[FROM_HERE])
async def restore(actions: ActionsOf, reader: ReaderOf, event_id: Id, back: BackTo = Back.EVENT) -> Response:
    """Lets an event that was hidden into the feed again."""
    await _tell(actions, reader, event_id, Action.RESTORE)
    return see_other(_place(back, event_id, "restored"))


async def _tell(actions: Actions, reader: str, event_id: str, action: Action) -> None:
    told = await actions.histories.interact(reader, [Interaction(uuid4().hex, event_id, action, utc_now())])
    if told.unknown:
        raise UnknownEvent(event_id)


def _holds(done: str, seen: ReaderEvent) -> bool:
    """Whether what the address says was done is still so: it stays there when a page is loaded again."""
    match done:
        case "undone":
            return seen.level is None
        case "dismissed":
            return seen.dismissed
        case _:
            return not seen.dismissed


def _place(back: Back, event_id: str, done: str) -> str:
    """Where a reader sees what a form has done."""
    match back:
        case Back.EVENT:
            return f"/events/{event_id}?done={done}#adjust"
        case Back.FEED:
            return f"/?done={done}"
        case Back.YOU:
            return f"/you?done={done}"
