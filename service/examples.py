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
    "items": [{"rank": 1, **_SEEN, "folded": [], "propensity": 1.0}],
    "next_cursor": "WyI4ZDFjNmYwYTUyYjciLDIwLG51bGwsZmFsc2UsdHJ1ZV0K",
    "new_since": {"count": 0, "cursor": "WyI4ZDFjNmYwYTUyYjciLDAsbnVsbCx0cnVlLHRydWVdCg"},
    "request_id": "3f1c0d9a7b2e4c55",
    **_VERSIONS,
    "degraded": False,
}
PREVIEW_REQUEST = {"adjustments": [{"event_id": "2017-10-alphago-zero", "level": 2}], "limit": 20}
PREVIEW = FEED_PAGE | {"next_cursor": None, "new_since": None}
READER_EVENT = {
    **_SEEN,
    "muted_by": [],
    "dismissed": False,
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
_CHANGED = [{"term": "word:alphago", "label": "AlphaGo", "from": 0.0, "to": 1.08}]
_MOVED = {
    "n_places": 100,
    "up": 14,
    "down": 31,
    "entered": 2,
    "left": 2,
    "largest": [
        {
            "event_id": "2016-03-alphago-beats-lee-sedol",
            "title": "AlphaGo defeats Lee Sedol 4–1 in Seoul",
            "from": None,
            "to": 12,
        }
    ],
}
RECEIPT = {
    "event_id": "2017-10-alphago-zero",
    "level": 2,
    "profile_version": "8d1c6f0a52b7",
    "revision": 3,
    "changed": _CHANGED,
    "moved": _MOVED,
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
    "revision": 3,
}
RESET_RECEIPT = {"n_taken_back": 1, "profile_version": "e3b0c44298fc", "revision": 4}
_LAID_DOWN = {
    "mutes": [{"term": "word:strike", "label": "strike", "n_hidden": 1, "hides": ["2023-05-hollywood-writers-strike"]}],
    "pins": [{"term": "category:Games", "label": "Games", "points": 2.0, "n_events": 21}],
    "cleared": [{"term": "source:Reuters", "label": "Reuters", "at": "2026-04-03T09:00:00Z"}],
}
PROFILE_VIEW = {
    "profile_version": "8d1c6f0a52b7",
    "revision": 3,
    "n_adjustments": 1,
    "n_weights": 131,
    "weights": [
        {
            "term": "word:alphago",
            "label": "AlphaGo",
            "weight": 1.08,
            "because": [
                {
                    "event_id": "2017-10-alphago-zero",
                    "level": 2,
                    "value": 1.08,
                    "undo": "/v1/users/ada/adjustments/2017-10-alphago-zero",
                }
            ],
        }
    ],
    **_LAID_DOWN,
}
WISHES = {"mute": ["word:strikes"], "pin": {"category:Games": 2.0}, "clear": ["source:Reuters"]}
WISHES_RECEIPT = {
    "profile_version": "5e0d1b7c9a42",
    "revision": 4,
    **_LAID_DOWN,
    "changed": _CHANGED,
    "moved": _MOVED,
}
INTERACTIONS = [
    {
        "id": "f3b1-1",
        "event_id": "2017-10-alphago-zero",
        "action": "seen",
        "at": "2026-04-03T09:00:00Z",
        "request_id": "3f1c0d9a7b2e4c55",
    },
    {
        "id": "f3b1-2",
        "event_id": "2017-10-alphago-zero",
        "action": "dwell",
        "at": "2026-04-03T09:00:20Z",
        "seconds": 18.5,
    },
]
INTERACTION_RECEIPT = {"recorded": 2, "duplicates": 0, "unknown": 0, "revision": 5}
HISTORY_VIEW = {
    "seen": [
        {
            "event_id": "2017-10-alphago-zero",
            "title": "AlphaGo Zero teaches itself Go and beats its predecessor 100–0",
            "at": "2026-04-03T09:00:20Z",
            "n_opens": 0,
            "seconds": 18.5,
        }
    ],
    "dismissed": [],
}
READER_DOCUMENT = {
    "user_id": "ada",
    "adjustments": [
        {
            "event_id": "2017-10-alphago-zero",
            "level": 2,
            "at": "2026-04-03T09:00:00Z",
            "terms": {
                "counts": {"category:Games": 1, "word:alphago": 4},
                "labels": {"category:Games": "Games", "word:alphago": "AlphaGo"},
            },
        }
    ],
    "wishes": {"mutes": ["word:strike"], "pins": {"category:Games": 2.0}, "cleared": {}},
    "history": {
        "seen": {"2017-10-alphago-zero": {"at": 1775206820.0, "n_opens": 0, "seconds": 18.5}},
        "dismissed": {},
    },
    "opens": [],
    "heard": ["0f2e1d3c4b5a6978"],
    "format": "signalfeed-reader-1",
}
READER_RECEIPT = {"profile_version": "5e0d1b7c9a42", "revision": 6, "n_adjustments": 1}
MERGE = {"user_id": "anonymous-7c1f"}
EVENT_PAGE = {
    "items": [PUBLISHED_EVENT],
    "next_cursor": "Wy0xNDU4MDQzMjAwLjAsIjIwMTYiXQ",
    "corpus_version": "246.0f2e1d3c4b5a",
}
SIMILAR_EVENTS = {
    "event_id": "2017-10-alphago-zero",
    "folded": [],
    "items": [{"event": PUBLISHED_EVENT, "similarity": 0.31, "shared_terms": ["AlphaGo", "Sedol", "Go"], "folded": []}],
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
    410: ("snapshot-forgotten", "The cursor is too old", "This page is too far down to go on from; begin at the top."),
    413: ("too-large", "The body is too large", "Send less at once; a batch can be sent in parts."),
    422: ("invalid-document", "Some fields are not right", "level: Input should be less than or equal to 2"),
    503: ("store-unavailable", "The store cannot be reached", "The store cannot be reached."),
}
