"""Impressions: a page as it is remembered, one line of JSON."""

import json

from ranking.evaluation.log import Impression, ShownEvent
from ranking.feed import RankedEvent
from service.answers import FeedPage
from service.impressions import impression_of, pack_impression
from tests.build import NOW, an_event


def shown(rank: int, event_id: str, propensity: float) -> RankedEvent:
    """An event at a place of a feed."""
    return RankedEvent(rank, an_event(event_id), 4.0, 5.0, None, (), ("folded",), propensity)


PAGE = FeedPage(
    items=(shown(21, "c1", 1.0), shown(23, "s1", 0.125)),
    next_cursor="there",
    new_since=None,
    request_id="mine-17",
    profile_version="p1",
    corpus_version="1.s1",
    degraded=True,
)


def test_an_impression_tells_who_was_shown_what_where_and_how_likely() -> None:
    """Each event with the rank that it had on its page and the probability of that, and from what the page was made."""
    assert impression_of("ann", NOW, PAGE, whole=True) == Impression(
        request_id="mine-17",
        user_id="ann",
        at=NOW,
        profile_version="p1",
        corpus_version="1.s1",
        degraded=True,
        events=(ShownEvent("c1", 21, 1.0), ShownEvent("s1", 23, 0.125)),
    )


def test_a_packed_impression_is_one_line_that_anybody_can_read() -> None:
    """JSON, with a time in UTC, and neither the events' texts nor the cursor in it."""
    packed = pack_impression(impression_of("ann", NOW, PAGE, whole=True))
    assert b"\n" not in packed
    assert json.loads(packed) == {
        "request_id": "mine-17",
        "user_id": "ann",
        "at": "2026-04-03T12:00:00Z",
        "profile_version": "p1",
        "corpus_version": "1.s1",
        "degraded": True,
        "events": [
            {"event_id": "c1", "rank": 21, "propensity": 1.0},
            {"event_id": "s1", "rank": 23, "propensity": 0.125},
        ],
        "whole": True,
    }
