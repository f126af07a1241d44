"""Problems: every error leaves as RFC 9457 `application/problem+json` that names what is wrong and echoes nothing."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from ranking.errors import UnknownEvent
from service.answers import Problem
from service.cursors import InvalidCursor
from service.documents import FieldError, InvalidDocument, UnreadableDocument, field_errors, write_document
from service.errors import ProfileBehind, SnapshotForgotten
from service.formats.record import UnreadableRecord
from service.store import StoreFull, StoreUnavailable

_log = logging.getLogger("signalfeed.problems")
_RETRY = {"Retry-After": "1"}  # seconds
_STATUS_KINDS = {404: "not-found", 405: "method-not-allowed", 415: "unsupported-type"}

# The titles that HTTP has no good word for; `type` is made of the key.
_TITLES = {
    "unknown-event": "There is no such event",
    "invalid-cursor": "The cursor is not valid",
    "snapshot-forgotten": "The cursor is too old",
    "profile-behind": "The profile is not as new as that",
    "invalid-document": "Some fields are not right",
    "unreadable-document": "This is not JSON",
    "store-unavailable": "The store cannot be reached",
    "store-full": "The store is full",
    "unreadable-record": "A stored record is damaged",
    "too-large": "The body is too large",
    "unforeseen": "Something went wrong",
}


def problem(
    status: int,
    kind: str,
    detail: str,
    *,
    title: str | None = None,
    errors: tuple[FieldError, ...] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer that tells of a problem."""
    body = Problem(f"urn:signalfeed:problem:{kind}", title or _TITLES[kind], status, detail, errors)
    return Response(write_document(body), status, headers, media_type="application/problem+json")


def add_problem_handlers(app: FastAPI) -> None:
    """Makes the app answer every error as a problem."""
    for kind, handler in _HANDLERS.items():
        app.add_exception_handler(kind, handler)


def too_large() -> Response:
    """The answer to a body over the limit."""
    return problem(413, "too-large", "Send less at once; a batch can be sent in parts.")


async def _unknown_event(_request: Request, _error: Exception) -> Response:
    return problem(404, "unknown-event", "The catalogue has no event with this id.")


async def _invalid_cursor(_request: Request, error: Exception) -> Response:
    return problem(400, "invalid-cursor", _sentence(error))


async def _snapshot_forgotten(_request: Request, error: Exception) -> Response:
    return problem(410, "snapshot-forgotten", _sentence(error))


async def _profile_behind(_request: Request, error: Exception) -> Response:
    return problem(503, "profile-behind", _sentence(error), headers=_RETRY)


async def _unreadable_document(_request: Request, error: Exception) -> Response:
    return problem(400, "unreadable-document", str(error))


async def _invalid_document(_request: Request, error: InvalidDocument) -> Response:
    return _invalid(error.errors)


async def _invalid_request(_request: Request, error: RequestValidationError) -> Response:
    return _invalid(field_errors(error.errors(), skipped=1))  # the first part says path, query or header


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."


def _invalid(errors: tuple[FieldError, ...]) -> Response:
    return problem(422, "invalid-document", "; ".join(map(str, errors)), errors=errors)


async def _store_unavailable(_request: Request, error: Exception) -> Response:
    return problem(503, "store-unavailable", _sentence(error), headers=_RETRY)


async def _store_full(_request: Request, _error: Exception) -> Response:
    return problem(503, "store-full", "Nothing was changed.", headers=_RETRY)


async def _unreadable_record(_request: Request, error: Exception) -> Response:
    _log.error("%s", error)
    return problem(500, "unreadable-record", "What is stored of this reader cannot be read.")


async def _http_error(request: Request, error: HTTPException) -> Response:
    status, detail, headers = error.status_code, error.detail, dict(error.headers or {})
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return too_large()
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(sorted(_methods_at(request)))
    return problem(status, _STATUS_KINDS.get(status, "http"), detail, title=detail, headers=headers)


async def _unforeseen(_request: Request, _error: Exception) -> Response:
    # Starlette raises it again once this is sent, so that it is logged with its traceback.
    return problem(500, "unforeseen", "This is a fault of the service. It has been logged.")


def _methods_at(request: Request) -> set[str]:
    """The methods of all routes at the address of a request; the router itself looks only at the first."""
    paths = request.app.openapi()["paths"].items()
    found = (methods for path, methods in paths if compile_path(path)[0].match(request.url.path))
    return {method.upper() for methods in found for method in methods}


_HANDLERS: Mapping[type[Exception], Callable[[Request, Any], Awaitable[Response]]] = {
    UnknownEvent: _unknown_event,
    InvalidCursor: _invalid_cursor,
    SnapshotForgotten: _snapshot_forgotten,
    ProfileBehind: _profile_behind,
    UnreadableDocument: _unreadable_document,
    InvalidDocument: _invalid_document,
    RequestValidationError: _invalid_request,
    StoreUnavailable: _store_unavailable,
    StoreFull: _store_full,
    UnreadableRecord: _unreadable_record,
    HTTPException: _http_error,
    Exception: _unforeseen,
}
