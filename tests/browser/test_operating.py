"""The operator's page as an operator uses it: a file is loaded by hand, figures live, and reports are read."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.async_api import expect

from service.documents import write_document
from service.evaluation.page import report_page
from service.evaluation.run import Run
from tests.browser.conftest import OpenPage
from tests.browser.site import Site, running
from tests.build import an_event, two_stories
from tests.service.evaluation.sample import a_report

pytestmark = pytest.mark.asyncio(loop_scope="session")

RUN = Run("Spring run", "exports", "2026-04-04 10:00 UTC", ("bold.toml",), 7, ("No leak found.",))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory, chromium_path: str) -> Iterator[Site]:
    """A service without any event, for the tests of this file, each of which brings events of its own."""
    with running(tmp_path_factory.mktemp("empty"), seeds=False) as opened:
        yield opened


def a_file(*rows: object, name: str = "events.jsonl") -> Any:
    """A file of these rows, as a browser sends it."""
    lines = [row if isinstance(row, bytes) else write_document(row) for row in rows]
    return {"name": name, "mimeType": "application/x-ndjson", "buffer": b"\n".join(lines)}


async def test_a_file_is_loaded_by_hand(open_page: OpenPage, empty: Site) -> None:
    """Good rows are stored and bad ones are told of, each with what is wrong; the catalogue then has the good ones."""
    comet, *_ = two_stories()
    page = await open_page("/operator", url=empty.url)
    await expect(page.locator("#catalogue")).to_contain_text("There are no events yet")

    bad = json.dumps({"id": "bad", "title": "Too loud", "category": "News", "signal": 11}).encode()
    await page.get_by_label("A file of events").set_input_files(a_file(comet, bad, b"{broken"))
    await page.get_by_role("button", name="Load").click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("Loaded events.jsonl")
    await expect(page.locator("#done")).to_contain_text("3 rows: 1 created, 0 replaced, 0 unchanged, 2 not right.")
    wrong = page.locator("#bad tbody tr")
    await expect(wrong.locator("th")).to_have_text(["2", "3"])
    await expect(wrong.nth(0)).to_contain_text("bad")
    await expect(wrong.nth(0)).to_contain_text("signal")
    await expect(wrong.nth(1)).to_contain_text("no id")
    await expect(page.locator("#stored tbody tr")).to_have_text(["1c1created"])

    await page.get_by_role("link", name="c1").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Comet nears Jupiter")
    await page.goto(empty.url + "/operator")
    await expect(page.locator("main").get_by_role("link", name="Comet nears Jupiter")).to_be_visible()


async def test_a_mended_file_is_loaded_again(open_page: OpenPage, empty: Site) -> None:
    """What has not changed is left as it is, what has is replaced; without a script too."""
    one, two = an_event("again-1", "Ferry sinks"), an_event("again-2", "Bridge opens")
    page = await open_page("/operator", url=empty.url, java_script_enabled=False)
    for rows, became in (((one, two), "2 created"), ((one, replace(two, signal=7.0)), "1 replaced, 1 unchanged")):
        await page.goto(empty.url + "/operator")
        await page.get_by_label("A file of events").set_input_files(a_file(*rows))
        await page.get_by_role("button", name="Load").click()
        await expect(page.locator("#done")).to_contain_text(became)


async def test_a_file_that_cannot_be_read_is_refused_whole(open_page: OpenPage, empty: Site) -> None:
    """An operator is told so on a page, and the browser is where it can be tried again."""
    page = await open_page("/operator", url=empty.url)
    for text in (b"[{]", b" \n"):
        await page.goto(empty.url + "/operator")
        file = {"name": "broken.json", "mimeType": "application/json", "buffer": text}
        await page.get_by_label("A file of events").set_input_files(file)  # type: ignore[arg-type]
        async with page.expect_response("**/operator/events") as answered:
            await page.get_by_role("button", name="Load").click()
        assert (await answered.value).status in {400, 422}
        await expect(page.locator("#problem")).to_be_visible()


async def test_figures_follow_while_somebody_looks(open_page: OpenPage, empty: Site) -> None:
    """Every five seconds the page asks again, and only the figures change."""
    page = await open_page("/operator", url=empty.url)
    await page.clock.install()
    await page.reload()
    await page.evaluate("window.stayed = true")
    adjustments = page.locator("#figures dt", has_text="Adjustments").locator("+ dd")
    requests = page.locator("#figures dt", has_text="Requests").locator("+ dd")
    await expect(adjustments).to_have_text("0")
    before = int(await requests.inner_text())
    assert (await page.request.put(f"{empty.url}/v1/events/figures", data=as_sent(an_event("figures")))).ok
    assert (await page.request.put(f"{empty.url}/v1/users/eve/adjustments/figures", data={"level": 1})).ok

    await page.clock.fast_forward(5_000)
    await expect(adjustments).to_have_text("1")
    assert int(await requests.inner_text()) >= before + 2
    assert await page.evaluate("window.stayed")


async def test_a_report_is_opened_with_its_style(open_page: OpenPage, empty: Site) -> None:
    """It is listed, and looks as it was written, though nothing else on it may be loaded."""
    page = await open_page("/operator", url=empty.url)
    await expect(page.locator("#reports")).to_contain_text("There are none yet.")
    (empty.reports_dir / "spring.html").write_text(report_page([a_report()], RUN), encoding="utf-8")

    await page.reload()
    await page.locator("#reports").get_by_role("link", name="spring.html").click()

    await expect(page.get_by_role("heading", level=1)).to_contain_text("Spring run")
    assert await page.evaluate("document.styleSheets.length") == 1
    assert await page.evaluate("document.styleSheets[0].cssRules.length") > 5
    assert await page.evaluate("getComputedStyle(document.body).margin") != "8px"


def as_sent(event: object) -> Any:
    """An event as a program sends it."""
    return json.loads(write_document(event))
