"""What holds for every route: the fields of answers, what is refused, what a GET leaves alone, what OpenAPI says."""

import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from httpx2 import AsyncClient
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from tests.service.api.calls import (
    FEED,
    INTERACTIONS,
    LEDGER,
    MAX_BODY_BYTES,
    PREVIEW,
    PROFILE,
    SENT,
    USER,
    assert_refused,
    did,
    everything_in,
    interact,
    objects_at,
    operations_of,
    press,
    read,
    refused,
    wish,
)
from tests.service.test_app import assert_problem

EVENT = {
    "id", "title", "category", "published_at", "signal", "summary", "details", "meaning", "sources", "language",
    "source_count",
}  # fmt: skip
DETAIL = {"kind", "headline", "text"}
SOURCE = {"name", "title", "url"}
REASON = {"kind", "label", "value", "because"}
VERSIONS = {"profile_version", "corpus_version", "degraded"}
SEEN = {"event", "score", "personal_signal", "level", "reasons"}
FEED_PAGE = {
    "": {"items", "next_cursor", "new_since", "request_id"} | VERSIONS,
    "items": {"rank", "folded", "propensity"} | SEEN,
    "items.event": EVENT,
    "items.reasons": REASON,
}
MOVED = {
    "changed": {"term", "label", "from", "to"},
    "moved": {"n_places", "up", "down", "entered", "left", "largest"},
    "moved.largest": {"event_id", "title", "from", "to"},
}
RECEIPT = {"": {"event_id", "level", "profile_version", "revision", "changed", "moved"}} | MOVED
LAID_DOWN = {
    "mutes": {"term", "label", "n_hidden", "hides"},
    "pins": {"term", "label", "points", "n_events"},
    "cleared": {"term", "label", "at"},
}
READER_RECEIPT = {"": {"profile_version", "revision", "n_adjustments"}}
PROBLEM = {"type", "title", "status", "detail", "errors"}

DOCUMENT = {
    "user_id": "ada",
    "adjustments": [
        {
            "event_id": "c1",
            "level": 2,
            "at": "2026-04-03T09:00:00Z",
            "terms": {"counts": {"word:comet": 2}, "labels": {"word:comet": "Comet"}},
        }
    ],
    "format": "signalfeed-reader-1",
}
S2 = f"{LEDGER}/s2"

# For each operation a call that has a good answer, and the fields of each object in it. They are of Ada, who turned s2
# far up, muted Jupiter and so both events of the comet, pinned the source of all events, cleared a word, saw s2 and
# dismissed c2.
GOOD: dict[str, tuple[str, str, str | None, dict[str, set[str]]]] = {
    "read_feed": ("GET", FEED, None, FEED_PAGE | {"new_since": {"count", "cursor"}}),
    "read_event": ("GET", f"{USER}/events/s2", None, {
        "": {"muted_by", "dismissed", "adjustments"} | SEEN | VERSIONS,
        "event": EVENT,
        "reasons": REASON,
        "adjustments": REASON,
    }),
    "preview_feed": ("POST", PREVIEW, '{"adjustments": [{"event_id": "c1", "level": 2}]}', FEED_PAGE),
    "adjust": ("PUT", S2, '{"level": -2}', RECEIPT),
    "read_effect": ("GET", S2, None, RECEIPT),
    "undo": ("DELETE", S2, None, RECEIPT),
    "read_ledger": ("GET", LEDGER, None, {
        "": {"items", "profile_version", "revision"},
        "items": {"event_id", "title", "level", "at"},
    }),
    "reset": ("DELETE", LEDGER, None, {"": {"n_taken_back", "profile_version", "revision"}}),
    "read_profile": ("GET", PROFILE, None, {
        "": {"profile_version", "revision", "n_adjustments", "n_weights", "weights", "mutes", "pins", "cleared"},
        "weights": {"term", "label", "weight", "because"},
        "weights.because": {"event_id", "level", "value", "undo"},
        **LAID_DOWN,
    }),
    "change_wishes": ("PATCH", PROFILE, '{"unpin": ["source:Gazette"], "pin": {"word:begins": 9}}', {
        "": {"profile_version", "revision", "mutes", "pins", "cleared", "changed", "moved"},
        **LAID_DOWN,
        **MOVED,
    }),
    "interact": ("POST", INTERACTIONS, json.dumps([did(3, "s1", "open")]), {
        "": {"recorded", "duplicates", "unknown", "revision"},
    }),
    "read_history": ("GET", INTERACTIONS, None, {
        "": {"seen", "dismissed"},
        "seen": {"event_id", "title", "at", "n_opens", "seconds"},
        "dismissed": {"event_id", "title", "at", "n_opens", "seconds"},
    }),
    "export_reader": ("GET", f"{USER}/export", None, {
        "": {"user_id", "adjustments", "wishes", "history", "opens", "heard", "format"},
        "adjustments": {"event_id", "level", "at", "terms"},
        "adjustments.terms": {"counts", "labels"},
        "wishes": {"mutes", "pins", "cleared"},
        "history": {"seen", "dismissed"},
    }),
    "import_reader": ("POST", f"{USER}/import", json.dumps(DOCUMENT), READER_RECEIPT),
    "merge_reader": ("POST", f"{USER}/merge", '{"user_id": "anonymous"}', READER_RECEIPT),
    "list_events": ("GET", "/v1/events", None, {"": {"items", "next_cursor", "corpus_version"}, "items": EVENT}),
    "put_events": ("POST", "/v1/events", json.dumps([SENT, {"id": "bad"}]), {
        "": {"created", "replaced", "unchanged", "invalid", "rows"},
        "rows": {"row", "id", "status", "errors"},
        "rows.errors": {"field", "message"},
    }),
    "put_event": ("PUT", "/v1/events/full", json.dumps(SENT), {"": EVENT, "details": DETAIL, "sources": SOURCE}),
    "get_event": ("GET", "/v1/events/c1", None, {"": EVENT, "sources": SOURCE}),
    "read_similar": ("GET", "/v1/events/c1/similar", None, {
        "": {"event_id", "folded", "items"},
        "items": {"event", "similarity", "shared_terms", "folded"},
        "items.event": EVENT,
    }),
}  # fmt: skip

# The same of the service itself.
OPERATION: dict[str, tuple[str, str, str | None, dict[str, set[str]]]] = {
    "index": ("GET", "/v1", None, {"": {"service", "version", "links"}}),
    "health": ("GET", "/healthz", None, {"": {"status", "version", "n_events", "corpus_version"}}),
    "ready": ("GET", "/readyz", None, {"": {"status", "version", "n_events", "corpus_version"}}),
}  # fmt: skip

# Each has no body to answer with.
DELETES = {"delete_event", "delete_reader"}

# Each operation's method, address and statuses.
CONTRACT = {
    ("get", "/v1/users/{user_id}/feed"): {200, 400, 410, 422, 503},
    ("get", "/v1/users/{user_id}/events/{event_id}"): {200, 404, 422, 503},
    ("post", "/v1/feed/preview"): {200, 400, 413, 422, 503},
    ("put", "/v1/users/{user_id}/adjustments/{event_id}"): {200, 400, 404, 413, 422, 503},
    ("get", "/v1/users/{user_id}/adjustments/{event_id}"): {200, 404, 422, 503},
    ("delete", "/v1/users/{user_id}/adjustments/{event_id}"): {200, 404, 422, 503},
    ("get", "/v1/users/{user_id}/adjustments"): {200, 422, 503},
    ("delete", "/v1/users/{user_id}/adjustments"): {200, 422, 503},
    ("get", "/v1/users/{user_id}/profile"): {200, 422, 503},
    ("patch", "/v1/users/{user_id}/profile"): {200, 400, 413, 422, 503},
    ("get", "/v1/users/{user_id}/interactions"): {200, 422, 503},
    ("post", "/v1/users/{user_id}/interactions"): {200, 400, 413, 422, 503},
    ("get", "/v1/users/{user_id}/export"): {200, 422, 503},
    ("post", "/v1/users/{user_id}/import"): {200, 400, 413, 422, 503},
    ("post", "/v1/users/{user_id}/merge"): {200, 400, 413, 422, 503},
    ("delete", "/v1/users/{user_id}"): {204, 422, 503},
    ("get", "/v1/events"): {200, 400, 422, 503},
    ("post", "/v1/events"): {200, 400, 413, 422, 503},
    ("get", "/v1/events/{event_id}"): {200, 404, 422, 503},
    ("put", "/v1/events/{event_id}"): {200, 201, 400, 413, 422, 503},
    ("delete", "/v1/events/{event_id}"): {204, 404, 422, 503},
    ("get", "/v1/events/{event_id}/similar"): {200, 404, 422, 503},
    ("get", "/v1"): {200},
    ("get", "/healthz"): {200},
    ("get", "/readyz"): {200, 503},
}

# The calls that read a body for themselves.
BODIES = [
    ("PUT", f"{LEDGER}/c1"),
    ("PATCH", PROFILE),
    ("POST", INTERACTIONS),
    ("POST", f"{USER}/import"),
    ("POST", f"{USER}/merge"),
    ("POST", PREVIEW),
    ("PUT", "/v1/events/full"),
    ("POST", "/v1/events"),
]


def assert_fields(answer: Any, shape: dict[str, set[str]]) -> None:
    """Each object named by the shape is there and has exactly its fields."""
    for place, fields in shape.items():
        found = list(objects_at(answer, place))
        assert found, f"nothing at {place}"
        for one in found:
            assert set(one) == fields, f"at {place}"


def assert_meets(told: dict[str, Any], answer: Any, contract: dict[str, Any]) -> None:
    """An answer, or a body, is what OpenAPI tells of its content."""
    schema = told["schema"] | {"components": contract["components"]}
    assert [f"{list(fault.path)}: {fault.message}" for fault in Draft202012Validator(schema).iter_errors(answer)] == []


async def assert_kept(client: AsyncClient, operation: str, contract: dict[str, Any]) -> None:
    """A good answer has exactly the fields of the contract, and is what OpenAPI tells of it."""
    method, path, body, shape = (GOOD | OPERATION)[operation]
    answer = await client.request(method, path, content=body)

    told = operations_of(contract)[operation]["responses"][str(answer.status_code)]["content"]
    assert answer.status_code in {200, 201}
    assert answer.headers["content-type"] == "application/json"
    assert_fields(answer.json(), shape)
    assert_meets(told["application/json"], answer.json(), contract)


async def furnish(client: AsyncClient) -> None:
    """Lets Ada say, lay down and do something of everything."""
    await press(client, "s2", 2)
    await wish(client, mute=["word:Jupiter"], pin={"source:Gazette": 1.5}, clear=["word:wages"])
    await interact(client, did(1, "s2", "seen"), did(2, "c2", "dismiss"))


# What each call answers


@pytest.mark.parametrize("operation", GOOD)
async def test_an_answer_has_the_contracts_fields(
    client: AsyncClient, contract: dict[str, Any], operation: str
) -> None:
    """Exactly these, of the types that OpenAPI tells: a client may rely on each, and none comes by accident."""
    await furnish(client)

    await assert_kept(client, operation, contract)


@refused
@pytest.mark.parametrize("operation", OPERATION)
async def test_the_service_speaks_of_itself_in_the_contracts_fields(
    refusing: AsyncClient, contract: dict[str, Any], operation: str
) -> None:
    """So that a machine can watch it."""
    await assert_kept(refusing, operation, contract)


async def test_no_get_changes_what_is_kept_of_a_reader(client: AsyncClient, empty_server_url: str) -> None:
    """Whatever is asked, of readers known and unknown: what comes to be kept are the orders that feeds page through,
    the key that signs their cursors, and what was shown."""
    await furnish(client)
    before = await everything_in(empty_server_url)

    for method, path, _, _ in GOOD.values():
        if method == "GET":
            await read(client, path)
            await client.get(path.replace("/ada/", "/stranger/"))

    after = await everything_in(empty_server_url)
    assert {key: after[key] for key in before} == before
    assert after.keys() - before.keys() == {
        *(f"u:{{{user}}}:{kind}".encode() for user in ("ada", "stranger") for kind in ("snapshots", "snapshot_order")),
        b"{service}:secret",
        b"{impressions}",
    }


async def test_a_preview_keeps_nothing(client: AsyncClient, empty_server_url: str) -> None:
    """It is a GET that needs a body: not even what was shown is recorded."""
    before = await everything_in(empty_server_url)

    await client.post(PREVIEW, json={"adjustments": [{"event_id": "c1", "level": 2}], "mute": ["word:strike"]})

    assert await everything_in(empty_server_url) == before


# What is refused. Each value that is sent has a mark in it that must not come back.

UNREADABLE = {
    "an empty body": b"",
    "blanks": b" \n ",
    "no JSON": b"m4rk",
    "half a document": b'{"level": 2, "m4rk',
    "two documents": b'{"level": 2} {"level": 2}',
    "100,000 levels deep": b"[" * 100_000,
    "100,000 levels deep in a field": b'{"level":' * 100_000,
    "an integer of 5,000 digits": b'{"level": ' + b"7" * 5_000 + b"}",
    "a lone surrogate": b'{"level": "m4rk\\ud800"}',
    "bad UTF-8": b'{"level": "m4rk\xff"}',
    "UTF-16": '{"level": 2}'.encode("utf-16"),
}
BAD_IDS = {
    "a space": "m4rk%20x",
    "braces": "%7Bm4rk%7D",
    "a colon": "m4rk:x",
    "a NUL": "m4rk%00",
    "a newline": "m4rk%0A",
    "other scripts' digits": "m4rk%D9%A3",
    "no UTF-8": "m4rk%FF",
    "129 characters": "m4rk7" * 25 + "m4rk",
}


async def test_a_refused_call_changes_nothing(client: AsyncClient, empty_server_url: str) -> None:
    """Nothing is half applied: the good part of a bad document no more than the bad one."""
    await furnish(client)
    before = await everything_in(empty_server_url)
    wrong: list[tuple[str, str, Any]] = [
        ("PUT", f"{LEDGER}/c1", {"level": 7}),
        ("PUT", f"{LEDGER}/c1", {"level": 1, "mood": 2}),
        ("PATCH", PROFILE, {"pin": {"word:comet": 3}, "unpin": ["source:Gazette"], "mute": ["word:strike", "the"]}),
        ("POST", INTERACTIONS, [did(5, "c1", "dismiss"), did(6, "c1", "loved")]),
        ("POST", f"{USER}/import", DOCUMENT | {"wishes": {"mutes": ["comet"]}}),
        ("POST", f"{USER}/merge", {"user_id": "ada"}),
        ("PUT", "/v1/events/full", SENT | {"id": "c1"}),
        ("PUT", "/v1/events/full", SENT | {"signal": 11}),
        ("PUT", "/v1/events/full", SENT | {"mood": 1}),
    ]

    for method, path, body in wrong:
        assert (await client.request(method, path, json=body)).status_code == 422, path

    assert await everything_in(empty_server_url) == before


@refused
@pytest.mark.parametrize(("method", "path"), BODIES[:-1])
@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
async def test_what_is_no_json_is_refused(refusing: AsyncClient, method: str, path: str, body: bytes) -> None:
    """With the place where it stops being JSON. (Of a batch of events, a line that is none is a bad row.)"""
    answer = await refusing.request(method, path, content=body)

    assert "line" in assert_refused(answer, 400, "unreadable-document")["detail"]


@refused
@pytest.mark.parametrize(
    ("method", "path", "bad"),
    [
        ("GET", f"{USER}/events/m4rk", None),
        ("PUT", f"{LEDGER}/m4rk", '{"level": 1}'),
        ("DELETE", f"{LEDGER}/m4rk", None),
        ("GET", "/v1/events/m4rk", None),
        ("DELETE", "/v1/events/m4rk", None),
        ("GET", "/v1/events/m4rk/similar", None),
    ],
)
async def test_an_unknown_event_is_not_found(refusing: AsyncClient, method: str, path: str, bad: str | None) -> None:
    """It is said that the event is missing, not the address."""
    assert_refused(await refusing.request(method, path, content=bad), 404, "unknown-event")


@refused
@pytest.mark.parametrize("bad", BAD_IDS.values(), ids=BAD_IDS)
async def test_an_id_is_made_of_plain_characters(refusing: AsyncClient, bad: str) -> None:
    """Anything else could mean something to a store, a log or a page."""
    for path, field in (
        ("/v1/users/{}/feed", "user_id"),
        ("/v1/users/{}/profile", "user_id"),
        ("/v1/users/{}/export", "user_id"),
        ("/v1/events/{}", "event_id"),
        ("/v1/events/{}/similar", "event_id"),
    ):
        assert_refused(await refusing.get(path.format(bad)), 422, "invalid-document", field)
    assert_refused(await refusing.delete(f"/v1/users/{bad}"), 422, "invalid-document", "user_id")


@refused
@pytest.mark.parametrize(
    "path", ["/v1/users/m4rk%2Fx/feed", "/v1/events/m4rk%2Fx", "/v1/users//feed", "/v1/m4rk", "/m4rk"]
)
async def test_an_unknown_address_is_not_found(refusing: AsyncClient, path: str) -> None:
    """As a problem like any other; an escaped slash is still a slash."""
    assert_refused(await refusing.get(path), 404, "not-found")


@refused
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", FEED, {"GET"}),
        ("POST", f"{LEDGER}/c1", {"GET", "PUT", "DELETE"}),
        ("PUT", PROFILE, {"GET", "PATCH"}),
        ("DELETE", INTERACTIONS, {"GET", "POST"}),
        ("GET", PREVIEW, {"POST"}),
        ("GET", USER, {"DELETE"}),
        ("PATCH", "/v1/events/c1", {"PUT", "GET", "DELETE"}),
        ("PUT", "/v1/events", {"GET", "POST"}),
        ("DELETE", "/healthz", {"GET"}),
    ],
)
async def test_a_wrong_method_is_not_allowed(refusing: AsyncClient, method: str, path: str, allowed: set[str]) -> None:
    """And it is said which ones are."""
    answer = await refusing.request(method, path)

    assert_problem(answer, 405, "method-not-allowed")
    assert {one.strip() for one in answer.headers["allow"].split(",")} == allowed


@refused
@pytest.mark.parametrize("path", [FEED, PROFILE, "/v1/events", "/v1/events/c1/similar"])
@pytest.mark.parametrize("limit", ["0", "101", "m4rk"])
async def test_a_limit_is_from_1_to_100(refusing: AsyncClient, path: str, limit: str) -> None:
    """Wherever there is one."""
    assert_refused(await refusing.get(f"{path}?limit={limit}"), 422, "invalid-document", "limit")
    assert [(await refusing.get(f"{path}?limit={taken}")).status_code for taken in (1, 100)] == [200, 200]


async def in_pieces(body: bytes) -> AsyncIterator[bytes]:
    """The body, piece by piece, so that nobody knows its length beforehand."""
    for start in range(0, len(body), 65_536):
        yield body[start : start + 65_536]


@refused
@pytest.mark.parametrize("told", [True, False], ids=["length told", "length untold"])
@pytest.mark.parametrize(("method", "path"), BODIES)
async def test_a_body_can_be_too_large(refusing: AsyncClient, method: str, path: str, told: bool) -> None:
    """Whether or not its length is told beforehand; just so large it is still read."""
    largest = b" " * MAX_BODY_BYTES
    assert (await refusing.request(method, path, content=largest)).status_code == 400

    body = largest + b" "
    answer = await refusing.request(method, path, content=body if told else in_pieces(body))

    assert_problem(answer, 413, "too-large")


NAMES = ["level", "id", "event_id", "user_id", "adjustments", "mute", "pin", "word:comet", "history", "wishes"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(NAMES),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=8,
).map(lambda value: json.dumps(value).encode())


@refused
@given(body=JSON | st.binary(max_size=40), to=st.sampled_from(BODIES))
async def test_no_body_is_too_odd_to_be_answered(refusing: AsyncClient, body: bytes, to: tuple[str, str]) -> None:
    """Whatever is sent, the caller hears what is wrong with it."""
    assert (await refusing.request(*to, content=body)).status_code in {200, 400, 422}


@refused
@given(place=JSON | st.binary(max_size=40), path=st.sampled_from([FEED, "/v1/events"]))
async def test_no_cursor_is_too_odd_to_be_answered(refusing: AsyncClient, place: bytes, path: str) -> None:
    """Whatever place it is made to name."""
    answer = await refusing.get(path, params={"cursor": urlsafe_b64encode(place).decode().rstrip("=")})

    assert answer.status_code in {200, 400, 422}


@refused
@given(text=st.text(max_size=20), path=st.sampled_from(["/v1/users/{}/feed", "/v1/events/{}", "/v1/events?since={}"]))
async def test_no_address_is_too_odd_to_be_answered(refusing: AsyncClient, text: str, path: str) -> None:
    """Whatever characters are in it."""
    answer = await refusing.get(path.format(quote(text, safe="")), follow_redirects=True)

    assert answer.status_code in {200, 404, 422}


# OpenAPI


def test_openapi_has_the_contracts_routes(contract: dict[str, Any]) -> None:
    """Each with an id of its own, for the names in a generated client, a summary and a description, and every status
    that it may answer with."""
    operations = operations_of(contract)

    told = {
        (method, path): {int(status) for status in operation["responses"]}
        for path, methods in contract["paths"].items()
        for method, operation in methods.items()
    }
    assert told == CONTRACT
    assert set(operations) == {*GOOD, *OPERATION, *DELETES}
    for operation in operations.values():
        assert operation["summary"]
        assert operation["description"]


async def test_openapi_is_served(client: AsyncClient, contract: dict[str, Any]) -> None:
    """At the usual place."""
    assert await read(client, "/openapi.json") == contract


def test_every_reference_in_openapi_resolves(contract: dict[str, Any]) -> None:
    """A generator finds every schema that is spoken of."""

    def references(part: Any) -> Iterator[str]:
        if isinstance(part, dict):
            if isinstance(reference := part.get("$ref"), str):
                yield reference
            part = list(part.values())
        if isinstance(part, list):
            for one in part:
                yield from references(one)

    schemas = {f"#/components/schemas/{name}" for name in contract["components"]["schemas"]}
    assert set(references(contract)) <= schemas


@pytest.mark.parametrize("operation", [*GOOD, *OPERATION])
def test_an_example_looks_like_an_answer(contract: dict[str, Any], operation: str) -> None:
    """The good answer of each operation is shown as it would be, with no field that it has not."""
    for status in {"200", "201"} & operations_of(contract)[operation]["responses"].keys():
        told = operations_of(contract)[operation]["responses"][status]["content"]["application/json"]

        assert_meets(told, told["example"], contract)
        for place, fields in (GOOD | OPERATION)[operation][3].items():
            try:
                shown = list(objects_at(told["example"], place))
            except KeyError:  # FastAPI leaves null out of examples
                continue
            for one in shown:
                assert set(one) <= fields


@pytest.mark.parametrize("operation", [*GOOD, *OPERATION, *sorted(DELETES)])
def test_what_may_go_wrong_is_told_as_problems(contract: dict[str, Any], operation: str) -> None:
    """Every other answer of an operation is a problem, in its own media type and with an example of that status."""
    for status, answer in operations_of(contract)[operation]["responses"].items():
        if status >= "400":
            assert list(answer["content"]) == ["application/problem+json"], status
            told = answer["content"]["application/problem+json"]
            assert told["schema"] == {"$ref": "#/components/schemas/Problem"}
            assert set(told["example"]) == PROBLEM
            assert told["example"]["status"] == int(status)
            assert_meets(told, told["example"], contract)


async def test_an_example_of_a_body_is_accepted(client: AsyncClient, contract: dict[str, Any]) -> None:
    """What OpenAPI shows can be sent as it stands, one after the other."""
    told = {
        name: operation["requestBody"]["content"]["application/json"]
        for name, operation in operations_of(contract).items()
        if "requestBody" in operation
    }
    bodies = {name: one["example"] for name, one in told.items()}
    [about] = {one["event_id"] for one in (*bodies["interact"], *bodies["preview_feed"]["adjustments"])}

    stored = await client.put(f"/v1/events/{bodies['put_event']['id']}", json=bodies["put_event"])
    batch = await client.post("/v1/events", json=[*bodies["put_events"], SENT | {"id": about}])
    others = {
        "adjust": await client.put(f"{LEDGER}/c1", json=bodies["adjust"]),
        "change_wishes": await client.patch(PROFILE, json=bodies["change_wishes"]),
        "interact": await client.post(INTERACTIONS, json=bodies["interact"]),
        "import_reader": await client.post(f"{USER}/import", json=bodies["import_reader"]),
        "merge_reader": await client.post(f"{USER}/merge", json=bodies["merge_reader"]),
        "preview_feed": await client.post(PREVIEW, json=bodies["preview_feed"]),
    }

    assert (stored.status_code, batch.json()["invalid"]) == (201, 0)
    assert {name: answer.status_code for name, answer in others.items()} == dict.fromkeys(others, 200)
    assert others["interact"].json()["recorded"] == len(bodies["interact"])
    assert set(bodies) == {*others, "put_event", "put_events"}


@pytest.mark.parametrize(("method", "path"), BODIES)
def test_a_body_is_told_of_in_openapi(contract: dict[str, Any], method: str, path: str) -> None:
    """With a schema that its own example meets."""
    known = {"/ada": "/{user_id}", "/c1": "/{event_id}", "/full": "/{event_id}"}
    for value, name in known.items():
        path = path.replace(value, name)
    told = contract["paths"][path][method.lower()]["requestBody"]
    assert told["required"]
    assert_meets(told["content"]["application/json"], told["content"]["application/json"]["example"], contract)
