"""Rendering: an answer as a page, with what every page has in common."""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.background import BackgroundTask
from starlette.types import Scope

from service.pages import words
from service.pages.reading import reader_of

STATIC = Path(__file__).parent.parent / "static"

# Nothing inline, nothing from elsewhere; no other site may frame a page. Referrers stay here, but a form that a page
# sends must say where it comes from.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
_TEMPLATES = Environment(
    loader=PackageLoader("service"),
    autoescape=True,  # titles and names are from outside
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,  # a process shows the pages that it was started with, as it runs the code
)
_TEMPLATES.filters |= words.FILTERS


def page(
    request: Request,
    template: str,
    status: int = HTTPStatus.OK,
    *,
    kept: bool = True,
    headers: Mapping[str, str] | None = None,
    after: BackgroundTask | None = None,
    **shown: Any,
) -> Response:
    """The page that a template makes of what is shown, and what is to be done `after` it is sent. A browser may keep it
    and ask whether it still holds, unless it is not to be `kept`."""
    text = _TEMPLATES.get_template(f"{template}.html.j2").render(reader=reader_of(request), static=static, **shown)
    content = text.encode()
    keeping = {"Cache-Control": "private, no-cache" if kept else "no-store", "Vary": "Cookie"}
    sent = {**HEADERS, **keeping, **(headers or {})}
    if kept and status == HTTPStatus.OK:
        sent["ETag"] = f'"{blake2b(content, digest_size=8).hexdigest()}"'
        if sent["ETag"] in request.headers.get("If-None-Match", ""):
            return Response(status_code=304, headers=sent, background=after)
    return Response(content, status, sent, media_type="text/html", background=after)


class Static(StaticFiles):
    """The files that pages need. What is asked for with its version may be kept for good."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["X-Content-Type-Options"] = "nosniff"
        if b"v=" in scope["query_string"]:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def see_other(path: str) -> Response:
    """The answer to a form: where to look now."""
    return RedirectResponse(path, 303, HEADERS)


@lru_cache
def static(name: str) -> str:
    """The address of a file that pages need, which changes with what is in it."""
    return f"/static/{name}?v={blake2b((STATIC / name).read_bytes(), digest_size=5).hexdigest()}"
