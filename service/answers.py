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


@dataclass(frozen=True, slots=True)
class Problem:
    """An error, as RFC 9457 has it."""

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedPage:
    """A page of a reader's feed, and what it was made from. `degraded`: the reader's own wishes could not be read,
    and this is the global order."""

    items: tuple[RankedEvent, ...]
    next_cursor: str | None
    request_id: str
    profile_version: str
    corpus_version: str
    degraded: bool


@dataclass(frozen=True, slots=True)
class ReaderEvent:
    """One event as a reader sees it. The `reasons` add up to `score`; `adjustments` say what each of the reader's
    adjustments adds to the personal signal, the strongest first."""

    event: Event
    score: float
    personal_signal: float
    level: int | None
    reasons: tuple[Reason, ...]
    adjustments: tuple[Reason, ...]
    profile_version: str
    corpus_version: str
    degraded: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an adjustment, or taking one back, has done: the weights it moved, the 20 that moved most, the most moved
    first."""

    event_id: str
    level: int | None
    profile_version: str
    changed: tuple[WeightMove, ...]


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


@dataclass(frozen=True, slots=True)
class ResetReceipt:
    """What a reset has taken away."""

    n_taken_back: int
    profile_version: str


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one adjustment gave to a weight."""

    event_id: str
    level: int
    value: float


@dataclass(frozen=True, slots=True)
class Weight:
    """One weight of a profile: points of signal for a full measure of the term, and the adjustments it comes from."""

    term: str
    label: str
    weight: float
    because: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True)
class ProfileView:
    """What the service thinks of a reader, the strongest weights first."""

    profile_version: str
    n_adjustments: int
    n_weights: int
    weights: tuple[Weight, ...]


@dataclass(frozen=True, slots=True)
class EventPage:
    """A page of the catalogue, newest first."""

    items: tuple[Event, ...]
    next_cursor: str | None
    corpus_version: str


@dataclass(frozen=True, slots=True)
class SimilarEvents:
    """The events nearest to one, nearest first."""

    event_id: str
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
