"""The operator's page: what it says of the service, loading a file by hand, and the reports of evaluations."""

import json
import os
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient, Response

from service.actions import Actions
from service.catalog import Catalog
from service.documents import write_document
from service.settings import Settings
from service.store import Store
from tests.build import NOW, PARAMS, an_event, two_stories

MAX_PAGE_BYTES = 40_000
HOSTILE = "<script>alert('Boo')</script>"
REPORT = "<!doctype html>\n<title>First</title>\n<style>\nbody { color: teal; }\n</style>\n<p>Fine</p>\n"


@pytest.fixture
def folder(app: FastAPI, tmp_path: Path) -> Iterator[Path]:
    """The folder of reports, which is empty."""
    reports, before = tmp_path / "reports", app.state.reports_dir
    reports.mkdir()
    app.state.reports_dir = reports
    yield reports
    app.state.reports_dir = before


def away(actions: Actions) -> Actions:
    """The same actions, on a store that is not there."""
    return replace(actions, store=Store.of("unix:///nowhere/store.sock", Settings()))


async def shown(client: AsyncClient, path: str = "/operator") -> str:
    """The page at an address."""
    answer = await client.get(path)
    assert answer.status_code == 200
    assert len(answer.content) < MAX_PAGE_BYTES
    return answer.text


async def load(client: AsyncClient, text: bytes, name: str = "events.jsonl", **headers: str) -> Response:
    """The answer to a file that is sent with the form."""
    return await client.post(
        "/operator/events", files={"file": (name, text)}, headers={"Accept": "text/html"} | headers
    )


def section(page: str, name: str) -> str:
    """The text of one section, without its markup, with every space a single one."""
    found = re.search(rf'<section id="{name}".*?</section>', page, re.DOTALL)
    assert found is not None, f"there is no section {name}"
    return " ".join(re.sub(r"<[^>]*>", " ", found[0]).split())


def rows_of(page: str, name: str) -> Iterator[list[str]]:
    """The cells of the rows of a section's table, without markup."""
    [found] = re.findall(rf'<section id="{name}".*?</section>', page, re.DOTALL)
    for row in re.findall(r"<tr>(.*?)</tr>", found, re.DOTALL)[1:]:
        cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        yield [" ".join(re.sub(r"<[^>]*>", " ", cell).split()) for cell in cells]


async def test_the_catalogue_is_summed_up(client: AsyncClient) -> None:
    """How many events there are, of which categories, and the newest of them, each with the way to its page."""
    await client.put("/v1/events/new", content=write_document(an_event("new", category="Space", published_at=NOW)))

    page = await shown(client)

    assert section(page, "catalogue").startswith("Catalogue 5 events of 2 categories")
    assert list(rows_of(page, "catalogue")) == [["News", "4", "80 %"], ["Space", "1", "20 %"]]
    assert '<rect width="100.0%"' in page
    assert '<rect width="25.0%"' in page
    newest = re.findall(r'<a href="/events/(\w+)">', page)
    assert newest == ["new", "c1", "c2", "s1", "s2"]


async def test_what_events_say_is_shown_as_text(client: AsyncClient) -> None:
    """A title or a category that is markup stays what it is: letters."""
    hostile = an_event("h", HOSTILE, category=HOSTILE)
    await client.put("/v1/events/h", content=write_document(hostile))

    page = await shown(client)

    assert HOSTILE not in page
    assert page.count("&lt;script&gt;alert(&#39;Boo&#39;)&lt;/script&gt;") == 2


async def test_an_empty_catalogue_says_what_to_do(app: FastAPI, actions: Actions, client: AsyncClient) -> None:
    """It asks for a file, here or on the command line."""
    for event in two_stories():
        await actions.events.delete_event(event.id)

    page = await shown(client)

    assert "There are no events yet." in section(page, "catalogue")
    assert "signalfeed load events.jsonl" in section(page, "catalogue")


async def test_many_events_with_long_names_make_no_long_page(client: AsyncClient) -> None:
    """Only the first categories are shown, and it is said how many more there are."""
    events = [an_event(f"{n:0128}", "&" * 300, category=f"{n:0100}") for n in range(40)]
    await client.post("/v1/events", content=write_document(events))

    page = await shown(client)

    assert len(list(rows_of(page, "catalogue"))) == 12
    assert "And 29 more categories." in section(page, "catalogue")


async def test_health_and_versions_are_shown(client: AsyncClient, actions: Actions) -> None:
    """What a fault report needs."""
    told = section(await shown(client), "health")

    summary = actions.events.summary(0)
    assert "Ready yes Store answers" in told
    for version in (summary.corpus_version, summary.statistics_version, PARAMS.version):
        assert version in told


async def test_the_page_is_there_when_the_store_is_away(app: FastAPI, client: AsyncClient, actions: Actions) -> None:
    """It says so, and shows what is known."""
    app.state.actions = away(actions)

    page = await shown(client)

    assert "Ready no Store away" in section(page, "health")
    assert "4 events" in section(page, "catalogue")


async def test_the_page_is_there_before_the_catalogue_was_read(app: FastAPI, client: AsyncClient, store: Store) -> None:
    """It says that the service is not ready, though the store answers."""
    app.state.actions = Actions(store, Catalog(store, PARAMS), PARAMS)

    page = await shown(client)

    assert "The catalogue has not been read yet" in section(page, "catalogue")
    assert "Ready no Store answers" in section(page, "health")
    assert "Catalogue none yet Statistics none yet" in section(page, "health")


async def test_live_figures_count_requests(client: AsyncClient) -> None:
    """Each by the name of its endpoint; the page itself is counted once it has been sent."""

    async def counted(name: str) -> int:
        rows = {endpoint: n for endpoint, n, *_ in rows_of(await shown(client), "figures")}
        return int(rows.get(name, "0"))

    before = await counted("health")
    for _ in range(3):
        await client.get("/healthz")

    assert await counted("health") == before + 3


async def test_live_figures_are_to_be_fetched_again(client: AsyncClient) -> None:
    """The section says how often, and the page is not to be kept."""
    answer = await client.get("/operator")

    assert '<section id="figures" aria-labelledby="figures-title" data-refresh="5">' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


async def test_the_form_names_its_file_and_its_progress(client: AsyncClient) -> None:
    """A label, and a line that a script may show."""
    page = await shown(client)

    assert '<form id="load" method="post" action="/operator/events" enctype="multipart/form-data"' in page
    assert '<label for="file">' in page
    assert '<p class="progress" hidden>' in page


async def test_a_file_is_loaded_and_each_row_reported_on(client: AsyncClient) -> None:
    """The good rows are stored; of a bad one its number, its id and the fields that are wrong are shown."""
    [c1, c2, *_] = two_stories()
    rows = [
        write_document(an_event("new")),
        json.dumps({"id": "bad", "title": "T", "category": "News", "published_at": "soon", "signal": 11}).encode(),
        write_document(c1),
        write_document(replace(c2, signal=9.0)),
        b"no JSON",
    ]

    answer = await load(client, b"\n".join(rows))

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "5 rows: 1 created, 1 replaced, 1 unchanged, 2 not right." in section(answer.text, "loaded")
    [bad, no_json] = rows_of(answer.text, "bad")
    assert bad[:2] == ["2", "bad"]
    assert re.findall(r"<b>(\w+)</b>", answer.text) == ["published_at", "signal"]
    assert no_json[:2] == ["5", "no id"]
    assert "Invalid JSON" in no_json[2]
    assert list(rows_of(answer.text, "stored")) == [
        ["1", "new", "created"],
        ["3", "c1", "unchanged"],
        ["4", "c2", "replaced"],
    ]
    assert (await client.get("/v1/events/new")).status_code == 200


async def test_names_in_a_file_are_shown_as_text(client: AsyncClient) -> None:
    """Of its fields, and its own."""
    row = json.loads(write_document(an_event("x"))) | {HOSTILE: 1}

    answer = await load(client, json.dumps(row).encode(), "<b>.json")

    assert HOSTILE not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert "Loaded &lt;b&gt;.json" in answer.text


async def test_of_many_errors_of_a_row_the_first_are_shown(client: AsyncClient) -> None:
    """An empty object lacks id, title, category, published_at and signal."""
    answer = await load(client, b"[{}]")

    [[_, _, told]] = rows_of(answer.text, "bad")
    assert told.count("is required") == 3
    assert told.endswith("and 2 more")


async def test_of_many_rows_the_first_are_shown(client: AsyncClient) -> None:
    """Fifty that are not right and fifty that are, and how many more there are."""
    good = [write_document(an_event(f"e{n}")) for n in range(120)]

    answer = await load(client, b"\n".join([b"{}", b"7"] * 30 + good))

    assert len(answer.content) < MAX_PAGE_BYTES
    assert len(list(rows_of(answer.text, "bad"))) == 50
    assert "And 10 more rows that are not right." in section(answer.text, "bad")
    assert len(list(rows_of(answer.text, "stored"))) == 50
    assert "And 70 more rows that are stored." in section(answer.text, "stored")


async def test_one_more_row_is_one(client: AsyncClient) -> None:
    """Of 101 rows that are right one is not shown."""
    answer = await load(client, b"\n".join(write_document(an_event(f"e{n}")) for n in range(101)))

    assert "And 1 more row that is stored." in section(answer.text, "stored")
    assert '<section id="bad"' not in answer.text


@pytest.mark.parametrize("row", [{"id": "i" * 128} | {"\"'<&" * 25 + str(n): 1 for n in range(9)}, {"id": "ok"}])
async def test_rows_with_long_names_make_no_long_page(client: AsyncClient, row: dict[str, Any]) -> None:
    """There are fewer rows on it then."""
    good = [write_document(an_event(f"{n:0128}")) for n in range(60)]

    answer = await load(client, b"\n".join([json.dumps(row).encode()] * 60 + good))

    assert answer.status_code == 200
    assert len(answer.content) < MAX_PAGE_BYTES
    assert "120 rows: 60 created" in section(answer.text, "loaded")


@pytest.mark.parametrize("text", [b"", b" \r\n\n"])
async def test_an_empty_file_is_refused(client: AsyncClient, text: bytes) -> None:
    """By the field that it was chosen in, and with what should be in it."""
    answer = await load(client, text, "empty.json")

    assert answer.status_code == 422
    assert "<b>file</b> is empty: it should have events" in answer.text


async def test_a_form_without_a_file_is_refused(client: AsyncClient) -> None:
    """A browser without a file sends an empty name."""
    answer = await client.post("/operator/events", data={"file": ""}, headers={"Accept": "text/html"})

    assert answer.status_code == 422
    assert "<b>file</b> is required" in answer.text


async def test_a_broken_array_is_refused_as_a_whole(client: AsyncClient) -> None:
    """With the place where it breaks, and nothing is stored."""
    answer = await load(client, b"[" + write_document(an_event("new")) + b",\nno JSON]")

    assert answer.status_code == 400
    assert "at line 2 column 1" in answer.text
    assert (await client.get("/v1/events/new")).status_code == 404


@pytest.mark.parametrize(("header", "value"), [("Origin", "http://evil"), ("Sec-Fetch-Site", "cross-site")])
async def test_a_form_of_another_site_loads_nothing(client: AsyncClient, header: str, value: str) -> None:
    """It is refused before anything is stored."""
    answer = await load(client, write_document(an_event("new")), **{header: value})

    assert answer.status_code == 403
    assert (await client.get("/v1/events/new")).status_code == 404


@pytest.mark.parametrize("name", ["", "none"], ids=["an empty folder", "no folder"])
async def test_without_reports_the_command_that_makes_one_is_shown(
    app: FastAPI, client: AsyncClient, folder: Path, name: str
) -> None:
    """With the folder in which the page looks, whether that is there or not."""
    app.state.reports_dir = looked_in = folder / name

    told = section(await shown(client), "reports")

    assert told.endswith(f"mkdir -p {looked_in} signalfeed evaluate --html {looked_in}/first.html")


async def test_reports_are_listed_the_newest_first(client: AsyncClient, folder: Path) -> None:
    """With their time and size; what is no report is not."""
    for name, hours in (("old.html", 0), ("new.html", 1), ("notes.txt", 2), ("two words.html", 3)):
        (folder / name).write_text(REPORT)
        os.utime(folder / name, (NOW.timestamp() + 3_600 * hours,) * 2)
    (folder / "folder.html").mkdir()
    (folder / "link.html").symlink_to(folder / "old.html")

    page = await shown(client)

    assert list(rows_of(page, "reports")) == [
        ["new.html", "3 Apr 2026, 13:00 UTC", f"{len(REPORT)} bytes"],
        ["old.html", "3 Apr 2026, 12:00 UTC", f"{len(REPORT)} bytes"],
    ]
    assert '<a href="/operator/reports/new.html">' in page


async def test_of_many_reports_the_newest_are_listed(client: AsyncClient, folder: Path) -> None:
    """And it is said how many more there are."""
    for n in range(23):
        (folder / f"{n:0200}.html").write_text(REPORT)

    page = await shown(client)

    assert len(list(rows_of(page, "reports"))) == 20
    assert f"And 3 more reports in {folder}" in section(page, "reports")


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
async def test_a_report_is_opened_as_it_was_written(client: AsyncClient, folder: Path, newline: bytes) -> None:
    """Its own stylesheet is let in by the hash of what a browser parses, and nothing else is."""
    written = REPORT.encode().replace(b"\n", newline)
    (folder / "first.html").write_bytes(written)

    answer = await client.get("/operator/reports/first.html")

    hashed = b64encode(sha256(b"\nbody { color: teal; }\n").digest()).decode()
    assert (answer.status_code, answer.content) == (200, written)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Security-Policy"] == (
        f"default-src 'none'; style-src 'sha256-{hashed}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"


async def test_a_report_without_a_stylesheet_has_no_style(client: AsyncClient, folder: Path) -> None:
    """There is nothing to let in."""
    (folder / "plain.html").write_text("<p>Plain")

    answer = await client.get("/operator/reports/plain.html")

    assert "style-src 'none';" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "name",
    [
        "none.html",
        "notes.txt",
        "two%20words.html",
        "first.html%0A",
        "..%2Fsecret.html",
        "..%5Csecret.html",
        "%2Fetc%2Fpasswd",
        "%2E%2E",
        "link.html",
        "folder.html",
        "x" * 300 + ".html",
    ],
)
async def test_nothing_but_a_report_is_opened(client: AsyncClient, folder: Path, name: str) -> None:
    """No other file, none outside the folder, and no link that could lead there."""
    (folder.parent / "secret.html").write_text("secret")
    for other in ("notes.txt", "two words.html", "first.html\n"):
        (folder / other).write_text("secret")
    (folder / "link.html").symlink_to(folder.parent / "secret.html")
    (folder / "folder.html").mkdir()

    answer = await client.get(f"/operator/reports/{name}")

    assert answer.status_code == 404
    assert "secret" not in answer.text
