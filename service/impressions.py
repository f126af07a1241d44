"""Impressions: what was shown to whom, as it is kept of the pages that are given out."""

from datetime import datetime

from ranking.evaluation.log import Impression, ShownEvent
from service.answers import FeedPage
from service.documents import write_document


def impression_of(user_id: str, at: datetime, page: FeedPage, *, whole: bool) -> Impression:
    """The impression of a page that was given out at a moment; `whole` as there."""
    events = tuple(ShownEvent(one.event.id, one.rank, one.propensity) for one in page.items)
    return Impression(
        page.request_id, user_id, at, page.profile_version, page.corpus_version, page.degraded, events, whole
    )


def pack_impression(impression: Impression) -> bytes:
    """An impression as JSON, as it is exported."""
    return write_document(impression)
