"""Errors: a problem as a page, where a person is looking."""

from fastapi import Request
from fastapi.responses import Response

from service.pages.rendering import page
from service.problems import Trouble, problem

_FOR_PROGRAMS = ("/v1/", "/healthz", "/readyz", "/openapi.json")


def show_problem(request: Request, trouble: Trouble) -> Response:
    """A problem as a page for a browser that asked for one, else as a document; the API gives documents to all."""
    wants_page = "text/html" in request.headers.get("Accept", "") and not f"{request.url.path}/".startswith(
        _FOR_PROGRAMS
    )
    if not wants_page:
        return problem(trouble)
    told = trouble.problem
    return page(request, "error", told.status, kept=False, headers=trouble.headers, problem=told)
