"""The page of a feed, and who reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response
from starlette.background import BackgroundTask

from ranking.event import Event, Id
from ranking.explanation import Reason, ReasonKind
from ranking.feed import RankedEvent
from service.actions import Actions
from service.answers import LedgerEntry
from service.api.contract import ActionsOf, Category, FeedCursor
from service.pages.because import Told, effect_of, ledger_of, told
from service.pages.reading import COOKIE, FROM_HERE, GUEST, ReaderOf
from service.pages.rendering import page, see_other
from service.pages.words import LEVELS
from service.seeding import seed_readers
from service.views import own_reasons

_PAGE = 20
_N_REASONS = 2
_N_CATEGORIES = 16
_MAX_CATEGORIES = 80
_YEAR_SECONDS = 365 * 86_400
_DONE = {"undone": "Taken back, as if it had never been said.", "dismissed": "That event is hidden from your feed."}
_SHOWN = 0.05  # points; signals that differ by less read the same

feed_page = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Card:
    """An event of a feed as it is shown: `differs` from the global signal, and why it stands here."""

    rank: int
    event: Event
    personal_signal: float
    differs: bool
    level: int | None
    why: tuple[Told, ...]
    for_all: tuple[Reason, ...]
    folded: tuple[tuple[str, str], ...]


@feed_page.get("/")
async def read_feed_page(
    request: Request,
    actions: ActionsOf,
    reader: ReaderOf,
    cursor: FeedCursor = None,
    category: Category = None,
    said: Id | None = None,
    news: bool = False,
    done: str = "",
) -> Response:
    """A reader's feed, twenty events at a time; `news` where they are those that came since an earlier page, and `said`
    the event whose adjustment is to be told of."""
    found = await actions.feeds.read_feed(reader, limit=_PAGE, cursor=cursor, category=category)
    ledger = {} if found.degraded else await ledger_of(actions, reader)
    categories = list(actions.events.summary(0).categories)
    if category in categories[_N_CATEGORIES:]:  # the one that is looked at is always among those that can be seen
        categories.remove(category)
        categories.insert(_N_CATEGORIES - 1, category)
    effect = None if said is None else await effect_of(actions, reader, said)
    return page(
        request,
        "feed",
        feed=found,
        cards=_cards(found.items, ledger, actions),
        first=cursor is None,
        news=news,
        category=category,
        categories=categories[:_N_CATEGORIES],
        other_categories=categories[_N_CATEGORIES:_MAX_CATEGORIES],
        levels=LEVELS,
        effect=effect,
        effect_title=None if effect is None else actions.events.titles([effect.event_id]).get(effect.event_id),
        done=_DONE.get(done),
        after=BackgroundTask(actions.feeds.record, reader, found, whole=cursor is None and category is None),
    )


@feed_page.get("/new")
async def count_new(
    request: Request,
    actions: ActionsOf,
    reader: ReaderOf,
    cursor: Annotated[str, Query(max_length=4_000)],
    category: Category = None,
) -> Response:
    """How many events are new since a page was made, for the page to ask now and then. Nothing is kept of it."""
    n_new = await actions.feeds.count_new(reader, cursor)
    return page(request, "new", n_new=n_new, cursor=cursor, category=category)


@feed_page.get("/reader")
async def choose_reader(request: Request, actions: ActionsOf, reader: ReaderOf) -> Response:
    """Who can be chosen to read as: the guest, and those who come with the seeds, where they are known here."""
    names = dict.fromkeys((GUEST, *sorted({*seed_readers(), reader})))
    n_said = {name: len((await actions.readers.read_ledger(name)).items) for name in names}
    return page(request, "reader", readers={name: n for name, n in n_said.items() if n or name in {GUEST, reader}})


@feed_page.post("/reader", dependencies=[FROM_HERE])
async def be_reader(user_id: Annotated[Id, Form()]) -> Response:
    """Reads on as somebody else."""
    answer = see_other("/")
    answer.set_cookie(COOKIE, user_id, max_age=_YEAR_SECONDS, httponly=True, samesite="lax")
    return answer


def _cards(ranked: Sequence[RankedEvent], ledger: Mapping[str, LedgerEntry], actions: Actions) -> list[Card]:
    behind = (event_id for one in ranked for reason in one.reasons for event_id in reason.because)
    folded = (event_id for one in ranked for event_id in one.folded)
    titles = actions.events.titles({*behind, *folded})
    return [
        Card(
            one.rank,
            one.event,
            one.personal_signal,
            abs(one.personal_signal - one.event.signal) >= _SHOWN,
            one.level,
            told(own_reasons(one.reasons, _N_REASONS), ledger, titles),
            tuple(reason for reason in one.reasons if reason.kind in {ReasonKind.SIGNAL, ReasonKind.FRESHNESS}),
            tuple((event_id, titles[event_id]) for event_id in one.folded if event_id in titles),
        )
        for one in ranked
    ]
