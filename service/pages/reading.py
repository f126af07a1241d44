"""Reading: who it is that looks at a page, and where a form may come from."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Form, Request
from pydantic import TypeAdapter, ValidationError
from starlette.exceptions import HTTPException

from ranking.event import Id

GUEST = "guest"
COOKIE = "signalfeed-reader"
_ID = TypeAdapter(Id)


def reader_of(request: Request) -> str:
    """The reader that a browser has chosen to be, else the guest. There is no login: pages are for one person on the
    machine itself, as the API is."""
    try:
        return _ID.validate_python(request.cookies.get(COOKIE, GUEST))
    except ValidationError:
        return GUEST


def sent_from_here(request: Request, made_for: Annotated[str | None, Form(alias="as")] = None) -> None:
    """Refuses a form that a page of another site has sent, and one of a page that was made for another reader; raises
    HTTPException. A caller that is no browser says nothing of where it comes from, and is let in."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    strange = origin is not None and urlsplit(origin).netloc != request.headers.get("Host")
    if strange or site not in {None, "same-origin", "none"}:
        raise HTTPException(403, "This form was sent from another site.")
    if made_for not in {None, reader_of(request)}:
        raise HTTPException(409, "Nothing was changed: this browser has meanwhile chosen to read as somebody else.")


ReaderOf = Annotated[str, Depends(reader_of)]
FROM_HERE = Depends(sent_from_here)
