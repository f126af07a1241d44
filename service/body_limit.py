"""Body limit: how much a caller may send at once, decided before anything reads it."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.problems import Show, as_document, too_large


class BodyLimit:
    """Refuses a body that is larger than `max_bytes`, by the length that is told or, where none is, once that much
    has come, and says so in the way that `show` chooses. (FastAPI has such a limit too, but it answers in plain
    text.)"""

    def __init__(self, app: ASGIApp, max_bytes: int, show: Show = as_document) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._show = show

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told = dict(scope["headers"]).get(b"content-length", b"0")
        if told.isdigit() and int(told) > self._max_bytes:
            await self._show(Request(scope), too_large())(scope, receive, send)
            return
        n_bytes = 0

        async def receive_some() -> Message:
            nonlocal n_bytes
            message = await receive()
            n_bytes += len(message.get("body", b""))
            if n_bytes > self._max_bytes:
                raise HTTPException(413)
            return message

        await self._app(scope, receive_some, send)
