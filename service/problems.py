"""Problems: what each error is called, and its answer as RFC 9457 `application/problem+json`, which names what is wrong
and echoes nothing."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class Trouble:
    """A problem, and the headers that its answer has besides."""

    problem: Problem
    headers: Mapping[str, str] = field(default_factory=dict)


Show = Callable[[Request, Trouble], Response]


def problem(trouble: Trouble) -> Response:
    """The answer that tells a program of a problem."""
    content = write_document(trouble.problem)
    return Response(content, trouble.problem.status, trouble.headers, media_type="application/problem+json")


def as_document(_request: Request, trouble: Trouble) -> Response:
    """The way to tell of a problem where it is always a program that asks."""
    return problem(trouble)


def add_problem_handlers(app: FastAPI, show: Show = as_document) -> None:
    """Makes the app answer every error as a problem, in the way that `show` chooses for a request."""
    for kind, told in _TROUBLES.items():
        app.add_exception_handler(kind, _handler(told, show))


def not_ready(error: Exception) -> Response:
    """The answer of a service that cannot do its work yet, or any more."""
    return problem(_trouble(503, "store-unavailable", f"Not ready: {error}.", headers=_RETRY))


def too_large() -> Trouble:
    """What is wrong with a body over the limit."""
    return _trouble(413, "too-large", "Send less at once; a batch can be sent in parts.")


def _handler(told: Callable[[Request, Any], Trouble], show: Show) -> Callable[[Request, Any], Awaitable[Response]]:
    async def handle(request: Request, error: Exception) -> Response:
        return show(request, told(request, error))

    return handle


def _trouble(
    status: int,
    kind: str,
    detail: str,
    *,
    title: str | None = None,
    errors: tuple[FieldError, ...] = (),
    headers: Mapping[str, str] | None = None,
) -> Trouble:
    return Trouble(
        Problem(f"urn:signalfeed:problem:{kind}", title or _TITLES[kind], status, detail, errors), headers or {}
    )


def _unknown_event(_request: Request, _error: Exception) -> Trouble:
    return _trouble(404, "unknown-event", "The catalogue has no event with this id.")


def _invalid_cursor(_request: Request, error: Exception) -> Trouble:
    return _trouble(400, "invalid-cursor", _sentence(error))


def _snapshot_forgotten(_request: Request, error: Exception) -> Trouble:
    return _trouble(410, "snapshot-forgotten", _sentence(error))


def _profile_behind(_request: Request, error: Exception) -> Trouble:
    return _trouble(503, "profile-behind", _sentence(error), headers=_RETRY)


def _unreadable_document(_request: Request, error: Exception) -> Trouble:
    return _trouble(400, "unreadable-document", str(error))


def _invalid_document(_request: Request, error: InvalidDocument) -> Trouble:
    return _invalid(error.errors)


def _invalid_request(_request: Request, error: RequestValidationError) -> Trouble:
    return _invalid(field_errors(error.errors(), skipped=1))  # the first part says path, query, header or body


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."


def _invalid(errors: tuple[FieldError, ...]) -> Trouble:
    return _trouble(422, "invalid-document", "; ".join(map(str, errors)), errors=errors)


def _store_unavailable(_request: Request, error: Exception) -> Trouble:
    return _trouble(503, "store-unavailable", _sentence(error), headers=_RETRY)


def _store_full(_request: Request, _error: Exception) -> Trouble:
    return _trouble(503, "store-full", "Nothing was changed.", headers=_RETRY)


def _unreadable_record(_request: Request, error: Exception) -> Trouble:
    _log.error("%s", error)
    return _trouble(500, "unreadable-record", "What is stored of this reader cannot be read.")


def _http_error(request: Request, error: HTTPException) -> Trouble:
    status, detail, headers = error.status_code, error.detail, dict(error.headers or {})
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return too_large()
    if status == HTTPStatus.METHOD_NOT_ALLOWED and (methods := _methods_at(request)):
        headers["Allow"] = ", ".join(sorted(methods))
    return _trouble(status, _STATUS_KINDS.get(status, "http"), detail, title=detail, headers=headers)


def _unforeseen(_request: Request, _error: Exception) -> Trouble:
    # Starlette raises it again once this is sent, so that it is logged with its traceback.
    return _trouble(500, "unforeseen", "This is a fault of the service. It has been logged.")


def _methods_at(request: Request) -> set[str]:
    """The methods of all routes of the API at the address of a request; the router itself looks only at the first."""
    paths = request.app.openapi()["paths"].items()
    found = (methods for path, methods in paths if compile_path(path)[0].match(request.url.path))
    return {method.upper() for methods in found for method in methods}


_TROUBLES: Mapping[type[Exception], Callable[[Request, Any], Trouble]] = {
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
