"""Answers: the shapes that the service gives back where the core has none of its own."""

from dataclasses import dataclass
from datetime import datetime

from typing_extensions import TypedDict

from ranking.event import Event
from ranking.explanation import Reason
from ranking.feed import RankedEvent
from ranking.similarity import SimilarEvent
from service.documents import FieldError, RowStatus

WeightMove = TypedDict("WeightMove", {"term": str, "label": str, "from": float, "to": float})
# Ranks; None where the event is not among the places that were compared.
RankMove = TypedDict("RankMove", {"event_id": str, "title": str, "from": int | None, "to": int | None})


@dataclass(frozen=True, slots=True)
class Problem:
    """An error, as RFC 9457 has it."""

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class NewSince:
    """How many events are new since the order of a feed was made, and the cursor of a feed of these alone, which may be
    asked for again and again."""

    count: int
    cursor: str


@dataclass(frozen=True, slots=True)
class FeedPage:
    """A page of a reader's feed, and what it was made from. `degraded`: the reader's own wishes could not be read,
    and this is the global order."""

    items: tuple[RankedEvent, ...]
    next_cursor: str | None
    new_since: NewSince | None
    request_id: str
    profile_version: str
    corpus_version: str
    degraded: bool


@dataclass(frozen=True, slots=True)
class ReaderEvent:
    """One event as a reader sees it. The `reasons` add up to `score`; `adjustments` say what each of the reader's
    adjustments (opens, pins) adds to the personal signal, the strongest first. `muted_by` are the terms that keep it
    out of the feed."""

    event: Event
    score: float
    personal_signal: float
    level: int | None
    muted_by: tuple[str, ...]
    dismissed: bool
    reasons: tuple[Reason, ...]
    adjustments: tuple[Reason, ...]
    profile_version: str
    corpus_version: str
    degraded: bool


@dataclass(frozen=True, slots=True)
class FeedMovement:
    """How the reader's feed moved: how many of the events in its first `n_places` went up and down, how many came in
    and fell out, and the largest moves."""

    n_places: int
    up: int
    down: int
    entered: int
    left: int
    largest: tuple[RankMove, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an adjustment, or taking one back, has done: the 20 weights that moved most, and how the feed moved. Ask for
    a feed with `min_profile_version` at `revision` to be sure that it has heard of it."""

    event_id: str
    level: int | None
    profile_version: str
    revision: int
    changed: tuple[WeightMove, ...]
    moved: FeedMovement


@dataclass(frozen=True, slots=True)
class PlaceWithout:
    """A place of a feed as it would be without an adjustment; `rank_now` is where its event stands with it, None below
    the places that were compared."""

    rank: int
    rank_now: int | None
    event_id: str
    title: str
    personal_signal: float


@dataclass(frozen=True, slots=True)
class FeedWithout:
    """The top of a feed as it would be without the adjustment of one event, or as it is; `n_places` were compared."""

    without: str | None
    n_places: int
    places: tuple[PlaceWithout, ...]


@dataclass(frozen=True, slots=True)
class CatalogSummary:
    """What the catalogue holds: how many events, in all and of each category, the most first, and the newest."""

    n_events: int
    n_terms: int
    categories: dict[str, int]
    newest: tuple[Event, ...]
    corpus_version: str
    statistics_version: str


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One adjustment as the reader made it; `title` while the event is live."""

    event_id: str
    title: str | None
    level: int
    at: datetime


@dataclass(frozen=True, slots=True)
class LedgerView:
    """A reader's adjustments, oldest first."""

    items: tuple[LedgerEntry, ...]
    profile_version: str
    revision: int


@dataclass(frozen=True, slots=True)
class ResetReceipt:
    """What a reset has taken away; None where that could not be read."""

    n_taken_back: int | None
    profile_version: str | None
    revision: int


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one adjustment, or open (without a level), gave to a weight. To DELETE what is at `undo` takes it back."""

    event_id: str
    level: int | None
    value: float
    undo: str


@dataclass(frozen=True, slots=True)
class Weight:
    """One weight of a profile: points of signal for a full measure of the term, and where it comes from."""

    term: str
    label: str
    weight: float
    because: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True)
class Mute:
    """A term whose events leave the feed: how many live events that hides, and the newest 100 of them."""

    term: str
    label: str
    n_hidden: int
    hides: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pin:
    """A term whose weight is laid down: the points that it adds to each event that has it, and how many live ones
    do."""

    term: str
    label: str
    points: float
    n_events: int


@dataclass(frozen=True, slots=True)
class ClearedTerm:
    """A term of which nothing that was said up to then teaches anything."""

    term: str
    label: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ProfileView:
    """What the service thinks of a reader, the largest weights first, and what the reader has laid down."""

    profile_version: str
    revision: int
    n_adjustments: int
    n_weights: int
    weights: tuple[Weight, ...]
    mutes: tuple[Mute, ...]
    pins: tuple[Pin, ...]
    cleared: tuple[ClearedTerm, ...]


@dataclass(frozen=True, slots=True)
class WishesReceipt:
    """A reader's wishes after a change, the 20 weights that it moved most, and how the feed moved."""

    profile_version: str
    revision: int
    mutes: tuple[Mute, ...]
    pins: tuple[Pin, ...]
    cleared: tuple[ClearedTerm, ...]
    changed: tuple[WeightMove, ...]
    moved: FeedMovement


@dataclass(frozen=True, slots=True)
class InteractionReceipt:
    """What became of a batch of interactions: recorded now, recorded before, or about events that are not known."""

    recorded: int
    duplicates: int
    unknown: int
    revision: int


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """An event that the reader saw or dismissed: when last, how often it was opened, and for how many seconds."""

    event_id: str
    title: str | None
    at: datetime
    n_opens: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class HistoryView:
    """What a reader saw and dismissed, the latest first."""

    seen: tuple[SeenEvent, ...]
    dismissed: tuple[SeenEvent, ...]


@dataclass(frozen=True, slots=True)
class ReaderReceipt:
    """A reader after an import or a merge."""

    profile_version: str
    revision: int
    n_adjustments: int


@dataclass(frozen=True, slots=True)
class EventPage:
    """A page of the catalogue, newest first."""

    items: tuple[Event, ...]
    next_cursor: str | None
    corpus_version: str


@dataclass(frozen=True, slots=True)
class SimilarEvents:
    """The events nearest to one, nearest first; `folded` are near-duplicates of the event itself."""

    event_id: str
    folded: tuple[str, ...]
    items: tuple[SimilarEvent, ...]


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row of a batch; rows count from 1. `id` where the row has one."""

    row: int
    id: str | None
    status: RowStatus
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of a batch, in numbers and row by row."""

    created: int
    replaced: int
    unchanged: int
    invalid: int
    rows: tuple[RowResult, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """Where to go from here."""

    service: str
    version: str
    links: dict[str, str]


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the service is well, and what it holds."""

    status: str
    version: str
    n_events: int | None = None
    corpus_version: str | None = None
