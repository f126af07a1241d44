"""Operator: how the service is, what its catalogue holds, a form to load more, and the reports of evaluations."""

import asyncio
import os
import platform
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from shlex import quote

from fastapi import APIRouter, Request, UploadFile
from fastapi.responses import Response
from markupsafe import escape
from starlette.exceptions import HTTPException

from service.actions import Actions
from service.answers import CatalogSummary, RowResult
from service.api.contract import ActionsOf
from service.documents import FieldError, InvalidDocument, RowStatus, read_rows
from service.pages.reading import FROM_HERE
from service.pages.rendering import page
from service.store import StoreError, StoreUnavailable

operator_page = APIRouter(include_in_schema=False)

_N_NEWEST = 10
_N_CATEGORIES = 12
_N_ENDPOINTS = 20
_N_REPORTS = 20
_N_BAD_ROWS = 50
_N_ROWS = 100
_N_ERRORS = 3  # of one row
_MAX_CHARACTERS = 24_000  # of rows on a page, however long the names in them
_ROW_CHARACTERS = 140  # of a row's markup
_MAX_NAME = 100  # characters of a file's name that are repeated

_REPORT_NAME = re.compile(r"[A-Za-z0-9._~-]+\.html")
_STYLE = re.compile(rb"<style>(.*?)</style>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A report that can be opened: its name, when it was written, and its size in bytes."""

    name: str
    at: datetime
    n_bytes: int


@operator_page.get("/operator")
async def operator(request: Request, actions: ActionsOf) -> Response:
    """How the service is and what it holds. It is shown with the store away too, and before anything was read."""
    folder: Path = request.app.state.reports_dir
    reports = await asyncio.to_thread(_reports_in, folder)
    catalogue, store_answers = _summary(actions), await _store_answers(actions)
    return page(
        request,
        "operator",
        kept=False,
        catalogue=catalogue,
        categories=list(catalogue.categories.items())[:_N_CATEGORIES] if catalogue else [],
        store_answers=store_answers,
        ready=store_answers and catalogue is not None,
        versions={
            "Signalfeed": request.app.version,
            "Python": platform.python_version(),
            "Catalogue": catalogue.corpus_version if catalogue else "none yet",
            "Statistics": catalogue.statistics_version if catalogue else "none yet",
            "Parameters": actions.params.version,
        },
        figures=request.app.state.telemetry.figures(),
        n_endpoints=_N_ENDPOINTS,
        worker=os.getpid(),
        reports=reports[:_N_REPORTS],
        n_more_reports=max(len(reports) - _N_REPORTS, 0),
        reports_dir=quote(str(folder)),
        first_report=quote(str(folder / "first.html")),
    )


@operator_page.post("/operator/events", dependencies=[FROM_HERE])
async def load_events(request: Request, actions: ActionsOf, file: UploadFile) -> Response:
    """Stores the good rows of a file of events, and tells what became of each; raises InvalidDocument where the file is
    empty and UnreadableDocument where no row of it can be trusted."""
    name, text = (file.filename or "")[:_MAX_NAME], await file.read()
    if not text.strip():
        raise InvalidDocument((FieldError("file", "is empty: it should have events, as JSON or as NDJSON"),))
    stored = await actions.events.put_events(list(read_rows(text)))
    invalid = [row for row in stored.rows if row.status is RowStatus.INVALID]
    good = [row for row in stored.rows if row.status is not RowStatus.INVALID]
    bad_rows = list(_within(invalid, _N_BAD_ROWS, _MAX_CHARACTERS))
    spent = sum(map(_length, bad_rows))
    good_rows = list(_within(good, _N_ROWS - len(bad_rows), _MAX_CHARACTERS - spent))
    return page(
        request,
        "operator_loaded",
        kept=False,
        file_name=name,
        stored=stored,
        bad_rows=bad_rows,
        n_more_bad=len(invalid) - len(bad_rows),
        good_rows=good_rows,
        n_more_good=len(good) - len(good_rows),
        n_errors=_N_ERRORS,
    )


@operator_page.get("/operator/reports/{name}")
async def report(request: Request, name: str) -> Response:
    """A report of an evaluation, as it was written; its own stylesheet is let in by its hash, and nothing else is."""
    content = await asyncio.to_thread(_report_called, request.app.state.reports_dir, name)
    if content is None:
        raise HTTPException(404, "There is no report of this name.")
    headers = {
        "Content-Security-Policy": f"default-src 'none'; style-src {_style_source(content)}; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "private, no-cache",
    }
    return Response(content, headers=headers, media_type="text/html")


def _summary(actions: Actions) -> CatalogSummary | None:
    """What the catalogue holds, None before it was read."""
    try:
        return actions.events.summary(_N_NEWEST)
    except StoreUnavailable:
        return None


async def _store_answers(actions: Actions) -> bool:
    try:
        await actions.store.ping()
    except StoreError:
        return False
    return True


def _within(rows: Iterable[RowResult], n_most: int, n_characters: int) -> Iterator[RowResult]:
    """The first rows, so many at most, and no more than there is room for."""
    for _, row in zip(range(n_most), rows, strict=False):
        n_characters -= _length(row)
        if n_characters < 0:
            return
        yield row


def _length(row: RowResult) -> int:
    """How many characters a row takes on the page, where its id may stand twice."""
    told = "".join(map(str, row.errors[:_N_ERRORS]))
    return _ROW_CHARACTERS + 2 * len(row.id or "") + len(escape(told))


def _reports_in(folder: Path) -> list[ReportFile]:
    """The reports in a folder, the newest first; none where there is no such folder or it cannot be read."""
    found: list[ReportFile] = []
    try:
        for path in folder.iterdir():
            if _is_report(path):
                about = path.stat()
                found.append(ReportFile(path.name, datetime.fromtimestamp(about.st_mtime, UTC), about.st_size))
    except OSError:
        return []
    return sorted(found, key=lambda one: (-one.at.timestamp(), one.name))


def _report_called(folder: Path, name: str) -> bytes | None:
    """What is in a report, None where the folder has no report of this name."""
    path = folder / name
    try:
        return path.read_bytes() if _is_report(path) else None
    except OSError:
        return None


def _is_report(path: Path) -> bool:
    """Whether this is a file by the name of a report, and no link that could lead elsewhere."""
    return _REPORT_NAME.fullmatch(path.name) is not None and path.is_file() and not path.is_symlink()


def _style_source(content: bytes) -> str:
    """The source that lets the stylesheet in a page in, as W3C, Content Security Policy Level 3, section 8.4 has it. A
    browser hashes what it has parsed, in which every line ends in one newline."""
    found = _STYLE.search(content)
    if found is None:
        return "'none'"
    sheet = found[1].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return f"'sha256-{b64encode(sha256(sheet).digest()).decode()}'"
