"""How every page looks and is read: to a screen reader, by keyboard, on a phone, in the dark, and on paper."""

from collections.abc import AsyncIterator, Callable
from importlib.resources import files
from itertools import pairwise
from typing import Any

import pytest
from playwright.async_api import Page, Response, expect

from tests.browser.conftest import OpenPage
from tests.browser.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
EVENT = "2026-04-alignment-researchers-automate-safety-research"
OTHER = "2016-06-concrete-problems-in-ai-safety"
CALM: dict[str, Any] = {"reduced_motion": "reduce", "viewport": {"width": 1280, "height": 900}}
MAX_BYTES = {"script": 10_000, "stylesheet": 12_000}

# Each page: whether its reader has pressed before, and where it is. The last is what comes of a file that is loaded.
PAGES = {
    "feed": (False, "/"),
    "feed after presses": (True, f"/?said={EVENT}"),
    "event": (False, f"/events/{EVENT}"),
    "event after a press": (True, f"/events/{EVENT}"),
    "you, unheard": (False, "/you"),
    "you after presses": (True, f"/you?without={EVENT}"),
    "operator": (False, "/operator"),
    "reader": (False, "/reader"),
    "error": (False, "/events/nowhere"),
    "loaded": (False, "/operator"),
}
BAD_ROWS: Any = {"name": "bad.jsonl", "mimeType": "application/x-ndjson", "buffer": b'{"id": "no title"}\n{}\n'}
EachPage = Callable[[], AsyncIterator[tuple[str, Page]]]

_GRAVE = """async (options) => {
  const found = await axe.run(document, { resultTypes: ["violations"], ...options });
  return found.violations.filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
}"""
_TOO_WIDE = """() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  return [...document.body.querySelectorAll("*")].filter((one) => one.getBoundingClientRect().right > clientWidth)
    .slice(0, 3).map((one) => one.outerHTML.slice(0, 160));
}"""
_WATCH_SHIFTS = """
window.shift = 0;
new PerformanceObserver((seen) => seen.getEntries().forEach((one) => { window.shift += one.value; }))
  .observe({ type: "layout-shift", buffered: true });
"""
# What has shifted by the time that two more frames are drawn.
_SHIFT = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(window.shift))))"""


@pytest.fixture
def each_page(open_page: OpenPage, site: Site, reader: str) -> EachPage:
    """Opens every page in turn, with the name that it has here; they share what it costs to open a window."""

    async def opened() -> AsyncIterator[tuple[str, Page]]:
        for event_id, level in ((OTHER, -1), (EVENT, 2)):
            await press(open_page, site, reader, event_id, level)
        for name, (pressed, path) in PAGES.items():
            page = await open_page(path, as_reader=reader if pressed else f"{reader}-unheard", **CALM)
            if name == "loaded":
                await page.get_by_label("A file of events").set_input_files(BAD_ROWS)
                await page.get_by_role("button", name="Load").click()
                await page.wait_for_url("**/operator/events")
            yield name, page
            await page.close()

    return opened


async def press(open_page: OpenPage, site: Site, reader: str, event_id: str, level: int) -> None:
    """Says beforehand what a reader has said."""
    page = await open_page("/static/icon.svg", as_reader=reader, **CALM)
    address = f"{site.url}/v1/users/{reader}/adjustments/{event_id}"
    assert (await page.request.put(address, data={"level": level})).ok
    await page.close()


async def test_nothing_keeps_anybody_out(each_page: EachPage) -> None:
    """axe-core finds no serious and no critical fault in the light and on the narrowest screen, with all that folds
    open, and none in the colours of the dark."""
    faults = {}
    async for name, page in each_page():
        await page.evaluate('document.querySelectorAll("details").forEach((one) => { one.open = true; })')
        await page.evaluate(AXE)
        faults[name, "light"] = await page.evaluate(_GRAVE)
        await page.emulate_media(color_scheme="dark")
        faults[name, "dark"] = await page.evaluate(_GRAVE, {"runOnly": ["color-contrast"]})
        await page.set_viewport_size({"width": 320, "height": 900})
        faults[name, "narrow"] = await page.evaluate(_GRAVE, {"rules": {"color-contrast": {"enabled": False}}})
    assert {at: found for at, found in faults.items() if found} == {}
    assert len(faults) == 3 * len(PAGES)


async def test_every_page_fits_its_window_and_paper(each_page: EachPage) -> None:
    """Nothing scrolls sideways on a small phone, a phone and a wide screen, with all that folds open; and what is
    printed has the content, but neither forms nor navigation."""
    too_wide, printed = {}, {}
    async for name, page in each_page():
        await page.evaluate('document.querySelectorAll("details").forEach((one) => { one.open = true; })')
        for width in (320, 390, 1600):
            await page.set_viewport_size({"width": width, "height": 900})
            too_wide[name, width] = await page.evaluate(_TOO_WIDE)
        await page.emulate_media(media="print")
        await expect(page.get_by_role("heading", level=1), name).to_have_count(1)
        for pressed in ("form", "nav", ".skip"):
            printed[name, pressed] = await page.locator(f"{pressed}:visible").count()
    assert {at: found for at, found in too_wide.items() if found} == {}
    assert {at: n for at, n in printed.items() if n} == {}
    assert len(too_wide) == len(printed) == 3 * len(PAGES)


async def test_every_page_is_found_through_by_ear_and_by_keyboard(each_page: EachPage) -> None:
    """One banner, one main part, one end and the navigation; one h1, and no heading skips a level below it; and the
    first Tab is to a link past the navigation."""
    async for name, page in each_page():
        for role in ("banner", "main", "contentinfo"):
            await expect(page.get_by_role(role), name).to_have_count(1)
        await expect(page.get_by_role("navigation", name="Pages"), name).to_have_count(1)
        levels = await page.get_by_role("heading").evaluate_all("(all) => all.map((one) => Number(one.tagName[1]))")
        assert (name, levels.count(1)) == (name, 1)
        assert (name, [two for one, two in pairwise(levels) if two > one + 1]) == (name, [])

        skip = page.get_by_role("link", name="Skip to the content")
        await page.locator("body").press("Tab")
        await expect(skip, name).to_be_focused()
        await expect(skip, name).to_be_in_viewport()
        await page.keyboard.press("Enter")
        await expect(page.locator("main"), name).to_be_focused()


async def test_in_the_dark_the_page_is_dark(open_page: OpenPage) -> None:
    """The background follows what the reader's machine asks for, and the words with it."""
    page = await open_page("/", **CALM)
    colours = "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    brightness: dict[str, list[int]] = {}
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        shown = await page.evaluate(colours)
        brightness[scheme] = [sum(int(one) for one in colour[4:-1].split(",")) for colour in shown]
    (light_paper, light_ink), (dark_paper, dark_ink) = brightness["light"], brightness["dark"]
    assert dark_paper < light_ink + 100 < dark_ink < light_paper


async def test_who_wants_no_motion_has_none(open_page: OpenPage) -> None:
    """Scrolling is smooth only where nobody minds."""
    page = await open_page("/", **CALM)
    behaviour = "getComputedStyle(document.documentElement).scrollBehavior"
    assert await page.evaluate(behaviour) == "auto"
    await page.emulate_media(reduced_motion="no-preference")
    assert await page.evaluate(behaviour) == "smooth"


async def test_nothing_moves_while_a_page_is_drawn(open_page: OpenPage, site: Site) -> None:
    """What has been drawn stays where it is."""
    page = await open_page("/reader", **CALM)
    await page.add_init_script(_WATCH_SHIFTS)
    for path in ("/", f"/events/{EVENT}", "/you", "/operator"):
        await page.goto(site.url + path)
        assert (path, await page.evaluate(_SHIFT)) == (path, 0)


async def test_a_page_needs_one_small_stylesheet_and_one_small_script(open_page: OpenPage, site: Site) -> None:
    """Nothing else is asked for, and what is asked for is named with its version, so that it may be kept."""
    page = await open_page("/reader", **CALM)
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 -- a bound method of a list cannot be marked
    await page.goto(site.url + "/", wait_until="networkidle")
    static = [one for one in answers if one.request.resource_type in {"stylesheet", "script"}]
    others = [one.url for one in answers if one not in static and "/static/icon.svg?v=" not in one.url]
    assert all(one.startswith((site.url + "/?", site.url + "/new?")) or one == site.url + "/" for one in others)
    assert sorted(one.request.resource_type for one in static) == ["script", "stylesheet"]
    for one in static:
        assert "?v=" in one.url
        assert len(await (await page.request.get(one.url)).body()) < MAX_BYTES[one.request.resource_type]
