"""The page of a reader's own signal: what the service thinks of them, why, and how each part of it is taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, File, Form, Query, Request, UploadFile
from fastapi.responses import Response
from pydantic import TypeAdapter

from service.answers import FeedWithout, Weight
from service.api.contract import ActionsOf, json_answer
from service.documents import FieldError, InvalidDocument, read_document, write_document
from service.pages.reading import FROM_HERE, ReaderOf
from service.pages.rendering import HEADERS, page, see_other
from service.pages.words import LEVELS
from service.requests import ReaderDocument, WishesRequest

_N_WEIGHTS = 20
_N_REASONS = 3  # contributions that are named behind a weight
_MAX_REASONS = 10  # those behind the weight that is asked about
_N_PLACES = 10
_N_PRESSES = 20
_N_HIDDEN = 10
_N_WISHES = 6  # of each kind; more would make the page heavy, and can be taken back by name
_ROOM = (
    81  # lines that a light page has for what grows: an adjustment takes two, a wish one, an explanation two and more
)
_DONE = {
    "muted": "Muted: its events have left your feed.",
    "unmuted": "No longer muted: its events may stand in your feed again.",
    "pinned": "Pinned: it adds these points whatever you adjust.",
    "unpinned": "No longer pinned: it counts for what your adjustments teach.",
    "cleared": "Cleared: nothing that you said up to now teaches anything of it.",
    "restored": "It counts again.",
    "undone": "Taken back, as if it had never been said.",
    "imported": "Imported: what the file tells of you has taken the place of all that was known.",
    "reset": "All your adjustments are taken back.",
    "deleted": "All that was known of you is deleted.",
}
_WISHES = TypeAdapter(WishesRequest)
_DOCUMENT = TypeAdapter(ReaderDocument)

Kind = Literal["word", "source", "category"]

_WISHED = {
    "mute": "muted",
    "unmute": "unmuted",
    "pin": "pinned",
    "up": "pinned",
    "down": "pinned",
    "unpin": "unpinned",
    "clear": "cleared",
    "restore": "restored",
}

you_page = APIRouter(prefix="/you", include_in_schema=False)


def _confirmed(sure: Annotated[Literal["yes"], Form()]) -> str:
    """The box on the page that says that a reader means it, without which nothing is taken away."""
    return sure


_CONFIRMED = Depends(_confirmed)


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the feed that is looked at: `higher` is by how many places its event stands higher than now, None
    where it is new among the places that were compared."""

    rank: int
    event_id: str
    title: str
    personal_signal: float
    higher: int | None


@you_page.get("")
async def read_your_signal(
    request: Request,
    actions: ActionsOf,
    reader: ReaderOf,
    without: str | None = None,
    why: str | None = None,
    first: Annotated[int, Query(alias="from", ge=0)] = 0,
    done: str = "",
) -> Response:
    """What the service thinks of a reader, twenty of their adjustments, and their feed, perhaps without one of them;
    `why` is a term whose weight is to be explained at length."""
    profile = await actions.readers.read_profile(reader, _N_WEIGHTS)
    ledger = (await actions.readers.read_ledger(reader)).items[::-1]
    chosen = next((one for one in ledger if one.event_id == without), None)
    feed = await actions.effects.feed_without(reader, None if chosen is None else chosen.event_id, _N_PLACES)
    first = min(first, max(0, len(ledger) - 1) // _N_PRESSES * _N_PRESSES)
    shown = ledger[first : first + _N_PRESSES]
    hidden = (await actions.histories.read_history(reader)).dismissed
    n_wishes = sum(min(len(kind), _N_WISHES) for kind in (profile.mutes, profile.pins, profile.cleared))
    weights = _explained(profile.weights, why, _ROOM - 2 * len(shown) - n_wishes - min(len(hidden), _N_HIDDEN))
    because = {one.event_id for weight, n in weights for one in weight.because[:n]}
    return page(
        request,
        "you",
        profile=profile,
        weights=weights,
        why=why,
        n_wishes=_N_WISHES,
        ledger=shown,
        n_presses=len(ledger),
        first=first,
        older=first + _N_PRESSES if first + _N_PRESSES < len(ledger) else None,
        newer=max(0, first - _N_PRESSES) if first else None,
        levels=LEVELS,
        titles=actions.events.titles(because),
        chosen=chosen,
        places=_places(feed),
        n_compared=feed.n_places,
        hidden=hidden,
        n_hidden=_N_HIDDEN,
        done=_DONE.get(done),
    )


@you_page.post("/wishes", dependencies=[FROM_HERE])
async def lay_down(
    actions: ActionsOf,
    reader: ReaderOf,
    do: Annotated[str, Form(max_length=600)],
    kind: Annotated[Kind, Form()] = "word",
    name: Annotated[str, Form()] = "",
    points: Annotated[float, Form()] = 1.0,
) -> Response:
    """Mutes, pins or clears a term, or takes that back. `do` says what and, on a button that is about one term, to
    which: `mute word:strike`; else the term is that of this kind and name."""
    what, _, term = do.partition(" ")
    if what not in _WISHED:
        raise InvalidDocument((FieldError("do", f"should be one of {', '.join(_WISHED)}"),))
    await actions.readers.change_wishes(reader, _wanted(what, term or f"{kind}:{name.strip()}", points))
    return see_other(f"/you?done={_WISHED[what]}#wishes")


@you_page.get("/export")
async def take_out(actions: ActionsOf, reader: ReaderOf) -> Response:
    """All that is known of a reader, as a file."""
    answer = json_answer(await actions.accounts.export(reader), actions)
    named = {"Content-Disposition": f'attachment; filename="signalfeed-{reader}.json"', "Cache-Control": "no-store"}
    answer.headers.update(HEADERS | named)
    return answer


@you_page.post("/import", dependencies=[FROM_HERE])
async def take_in(
    actions: ActionsOf, reader: ReaderOf, document: Annotated[UploadFile | None, File()] = None
) -> Response:
    """Puts what an exported file tells of in place of all that is known of a reader."""
    text = b"" if document is None else await document.read()
    if not text.strip():
        raise InvalidDocument((FieldError("document", "should be a file that was exported here; this one is empty"),))
    await actions.accounts.import_reader(reader, read_document(_DOCUMENT, text))
    return see_other("/you?done=imported")


@you_page.post("/reset", dependencies=[FROM_HERE, _CONFIRMED])
async def start_over(actions: ActionsOf, reader: ReaderOf) -> Response:
    """Takes back everything that a reader said."""
    await actions.readers.reset(reader)
    return see_other("/you?done=reset")


@you_page.post("/delete", dependencies=[FROM_HERE, _CONFIRMED])
async def forget(actions: ActionsOf, reader: ReaderOf) -> Response:
    """Deletes all that is known of a reader."""
    await actions.accounts.delete(reader)
    return see_other("/you?done=deleted")


def _explained(weights: Sequence[Weight], why: str | None, room: int) -> list[tuple[Weight, int]]:
    """Each weight, and how many of its contributions are named: 0 where there is no room to explain it until it is
    asked about."""
    if any(one.term == why for one in weights):
        room -= 2 + _MAX_REASONS
    explained = []
    for one in weights:
        n = _MAX_REASONS if one.term == why else _N_REASONS
        cost = 0 if one.term == why else 2 + min(n, len(one.because))
        explained.append((one, n if cost <= room else 0))
        room -= cost if cost <= room else 0
    return explained


def _wanted(what: str, term: str, points: float) -> WishesRequest:
    """The change that a form asks for; raises InvalidDocument."""
    said: dict[str, object] = {what: [term]}
    if what in {"pin", "up", "down"}:
        said = {"pin": {term: {"up": 1.0, "down": -1.0}.get(what, points)}}
    return read_document(_WISHES, write_document(said))


def _places(feed: FeedWithout) -> list[Place]:
    return [
        Place(
            one.rank,
            one.event_id,
            one.title,
            one.personal_signal,
            None if one.rank_now is None else one.rank_now - one.rank,
        )
        for one in feed.places
    ]
