"""Who looks at a page, and which forms are taken."""

from collections.abc import Mapping

import pytest
from fastapi import Request
from starlette.exceptions import HTTPException

from service.pages.reading import reader_of, sent_from_here


def request(headers: Mapping[str, str]) -> Request:
    """A request with these headers."""
    written = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": written})


@pytest.mark.parametrize(
    ("cookie", "reader"),
    [
        ("signalfeed-reader=ada", "ada"),
        ("other=ada", "guest"),
        ("signalfeed-reader=", "guest"),
        ("signalfeed-reader=a/b", "guest"),
        ("signalfeed-reader=" + "a" * 129, "guest"),
    ],
    ids=["chosen", "not chosen", "empty", "no id", "too long"],
)
def test_the_reader_is_whom_the_browser_chose(cookie: str, reader: str) -> None:
    """What is no id is nobody."""
    assert reader_of(request({"Cookie": cookie})) == reader


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://here:8000"},
        {"Origin": "http://here:8000", "Sec-Fetch-Site": "same-origin"},
    ],
    ids=str,
)
def test_forms_of_our_own_pages_are_taken(headers: Mapping[str, str]) -> None:
    """And those of callers that are no browser."""
    sent_from_here(request({"Host": "here:8000"} | dict(headers)))


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://here:9000"},
        {"Origin": "https://elsewhere"},
        {"Origin": "null"},
        {"Origin": "http://here:8000.elsewhere"},
        {"Origin": "http://here:8000", "Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
def test_forms_of_other_sites_are_refused(headers: Mapping[str, str]) -> None:
    """Also those of another port of this machine."""
    with pytest.raises(HTTPException) as refusal:
        sent_from_here(request({"Host": "here:8000"} | dict(headers)))

    assert refusal.value.status_code == 403


def test_a_form_of_a_page_that_was_made_for_another_reader_is_refused() -> None:
    """Where one tab has chosen to be bo, what ada's page asks for would be done to bo."""
    bo = request({"Cookie": "signalfeed-reader=bo"})
    sent_from_here(bo, "bo")

    with pytest.raises(HTTPException) as refusal:
        sent_from_here(bo, "ada")

    assert refusal.value.status_code == 409
