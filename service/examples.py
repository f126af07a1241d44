"""Examples: what the OpenAPI document shows of each call."""

from typing import Any

EVENT: dict[str, Any] = {
    "id": "2016-03-alphago-beats-lee-sedol",
    "title": "AlphaGo defeats Lee Sedol 4–1 in Seoul",
    "category": "Games",
    "published_at": "2016-03-15T12:00:00Z",
    "signal": 9.5,
    "summary": ["DeepMind's program won four of five games against one of the strongest players of Go."],
    "details": [
        {"kind": "stat", "headline": "Four games to one", "text": "Lee Sedol won the fourth game, and lost the fifth."}
    ],
    "meaning": "A game thought to be a decade away had fallen.",
    "sources": [{"name": "Nature", "title": None, "url": None}],
    "language": "en",
}
PUBLISHED_EVENT = EVENT | {"source_count": 1}

_VERSIONS = {"profile_version": "8d1c6f0a52b7", "corpus_version": "246.0f2e1d3c4b5a"}
_REASONS = [
    {"kind": "signal", "label": "global signal", "value": 9.5, "because": []},
    {"kind": "freshness", "label": "time since it was published", "value": -11.93, "because": []},
    {"kind": "word", "label": "AlphaGo", "value": 1.21, "because": ["2017-10-alphago-zero"]},
    {"kind": "other", "label": "the rest of what you adjusted", "value": 0.22, "because": ["2017-10-alphago-zero"]},
]
_SEEN = {"event": PUBLISHED_EVENT, "score": -1.0, "personal_signal": 10.0, "level": 0, "reasons": _REASONS}

FEED_PAGE = {
    "items": [{"rank": 1, **_SEEN, "folded": []}],
    "next_cursor": "MjA",
    "request_id": "3f1c0d9a7b2e4c55",
    **_VERSIONS,
    "degraded": False,
}
READER_EVENT = {
    **_SEEN,
    "adjustments": [
        {
            "kind": "adjustment",
            "label": "you turned this far up",
            "value": 1.43,
            "because": ["2017-10-alphago-zero"],
        }
    ],
    **_VERSIONS,
    "degraded": False,
}
ADJUSTMENT = {"level": 2}
RECEIPT = {
    "event_id": "2017-10-alphago-zero",
    "level": 2,
    "profile_version": "8d1c6f0a52b7",
    "changed": [{"term": "word:alphago", "label": "AlphaGo", "from": 0.0, "to": 1.08}],
}
LEDGER_VIEW = {
    "items": [
        {
            "event_id": "2017-10-alphago-zero",
            "title": "AlphaGo Zero teaches itself Go and beats its predecessor 100–0",
            "level": 2,
            "at": "2026-04-03T09:00:00Z",
        }
    ],
    "profile_version": "8d1c6f0a52b7",
}
RESET_RECEIPT = {"n_taken_back": 1, "profile_version": "e3b0c44298fc"}
PROFILE_VIEW = {
    "profile_version": "8d1c6f0a52b7",
    "n_adjustments": 1,
    "n_weights": 131,
    "weights": [
        {
            "term": "word:alphago",
            "label": "AlphaGo",
            "weight": 1.08,
            "because": [{"event_id": "2017-10-alphago-zero", "level": 2, "value": 1.08}],
        }
    ],
}
EVENT_PAGE = {
    "items": [PUBLISHED_EVENT],
    "next_cursor": "Wy0xNDU4MDQzMjAwLjAsIjIwMTYiXQ",
    "corpus_version": "246.0f2e1d3c4b5a",
}
SIMILAR_EVENTS = {
    "event_id": "2017-10-alphago-zero",
    "items": [{"event": PUBLISHED_EVENT, "similarity": 0.31, "shared_terms": ["AlphaGo", "Sedol", "Go"]}],
}
BATCH_RESULT = {
    "created": 1,
    "replaced": 0,
    "unchanged": 0,
    "invalid": 1,
    "rows": [
        {"row": 1, "id": "2016-03-alphago-beats-lee-sedol", "status": "created", "errors": []},
        {
            "row": 2,
            "id": "comet-2",
            "status": "invalid",
            "errors": [{"field": "signal", "message": "Input should be less than or equal to 10"}],
        },
    ],
}
INDEX: dict[str, Any] = {
    "service": "signalfeed",
    "version": "0.1.0",
    "links": {"a reader's feed": "/v1/users/ada/feed"},
}
UP = {"status": "up", "version": "0.1.0", "n_events": None, "corpus_version": None}
HEALTH = {"status": "ready", "version": "0.1.0", "n_events": 246, "corpus_version": "246.0f2e1d3c4b5a"}


def problem(status: int) -> dict[str, Any]:
    """A problem of this status."""
    kind, title, detail = _PROBLEMS[status]
    errors = [{"field": "level", "message": "Input should be less than or equal to 2"}] if status == 422 else []  # noqa: PLR2004
    return {
        "type": f"urn:signalfeed:problem:{kind}",
        "title": title,
        "status": status,
        "detail": detail,
        "errors": errors,
    }


_PROBLEMS = {
    400: ("invalid-cursor", "The cursor is not valid", "Pass `next_cursor` as it was given, or none to begin."),
    404: ("unknown-event", "There is no such event", "The catalogue has no event with this id."),
    413: ("too-large", "The body is too large", "Send less at once; a batch can be sent in parts."),
    422: ("invalid-document", "Some fields are not right", "level: Input should be less than or equal to 2"),
    503: ("store-unavailable", "The store cannot be reached", "The store cannot be reached."),
}
