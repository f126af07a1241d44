"""Impressions: what was shown to whom, at which rank and with which probability."""

from dataclasses import dataclass
from datetime import datetime

from service.answers import FeedPage
from service.documents import write_document


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """An event on a page. `propensity` is the probability with which it got its rank, given what stood above."""

    event_id: str
    rank: int
    propensity: float


@dataclass(frozen=True, slots=True)
class Impression:
    """A page that was shown to a reader, and what it was made from."""

    request_id: str
    user_id: str
    at: datetime
    profile_version: str
    corpus_version: str
    degraded: bool
    events: tuple[ShownEvent, ...]

    @classmethod
    def of(cls, user_id: str, at: datetime, page: FeedPage) -> "Impression":
        """The impression of a page that was given out at a moment."""
        events = tuple(ShownEvent(one.event.id, one.rank, one.propensity) for one in page.items)
        return cls(page.request_id, user_id, at, page.profile_version, page.corpus_version, page.degraded, events)


def pack_impression(impression: Impression) -> bytes:
    """An impression as JSON, as it is exported."""
    return write_document(impression)
