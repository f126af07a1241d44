"""The store is away: what can be read is read, what cannot is said, and all comes back by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.async_api import expect
from redis import Redis

from tests.browser.conftest import OpenPage
from tests.browser.site import Site, running

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVENT = "2026-04-alignment-researchers-automate-safety-research"
NOTICE = "Your wishes cannot be read right now."


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory, chromium_path: str) -> Iterator[Site]:
    """A service whose store these tests take away."""
    with running(tmp_path_factory.mktemp("fragile")) as opened:
        yield opened


@contextmanager
def away(site: Site) -> Iterator[None]:
    """Takes the store away: its socket is not where it was, and who was connected is cut off."""
    socket = Path(unquote(urlsplit(site.store.url).path))
    hidden = socket.with_suffix(".hidden")
    with Redis.from_url(site.store.url) as redis:
        redis.ping()
        socket.rename(hidden)
        redis.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    try:
        yield
    finally:
        hidden.rename(socket)


async def test_feeds_and_events_are_read_and_all_comes_back(open_page: OpenPage, fragile: Site, reader: str) -> None:
    """With the store away the order is that for everybody and nothing can be pressed; after it, all is as it was."""
    page = await open_page("/", url=fragile.url)
    address = f"{fragile.url}/v1/users/{reader}/adjustments/{EVENT}"
    assert (await page.request.put(address, data={"level": 2})).ok
    with away(fragile):
        await page.goto(fragile.url + "/")
        await expect(page.get_by_role("status").filter(has_text=NOTICE)).to_be_visible()
        await expect(page.locator("#events > li").first).to_be_visible()
        await expect(page.locator("#events button")).to_have_count(0)

        await page.goto(f"{fragile.url}/events/{EVENT}")
        await expect(page.get_by_role("status").filter(has_text=NOTICE)).to_be_visible()
        await expect(page.get_by_role("heading", name="Details")).to_be_visible()
        for name in ("Far less", "Less", "As it is", "More", "Far more"):
            await expect(page.get_by_role("button", name=name, exact=True)).to_be_disabled()
        await expect(page.get_by_role("button", name="Hide from my feed")).to_have_count(0)

    await page.reload()
    await expect(page.get_by_text(NOTICE)).to_have_count(0)
    await expect(page.get_by_role("button", name="Far more")).to_have_attribute("aria-pressed", "true")
    await page.goto(fragile.url + "/")
    await expect(page.get_by_text(NOTICE)).to_have_count(0)
    await expect(page.locator("#events details.press")).not_to_have_count(0)


async def test_a_readers_own_page_says_that_it_has_to_wait(open_page: OpenPage, fragile: Site) -> None:
    """There is nothing to show of a reader, and the page says that nothing is lost."""
    page = await open_page("/you", url=fragile.url)
    with away(fragile):
        answer = await page.goto(fragile.url + "/you")
        assert answer is not None
        assert answer.status == 503
        assert "retry-after" in answer.headers
        await expect(page.locator("#problem")).to_contain_text("Nothing was lost and nothing was changed.")
    await page.reload()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Your signal")


async def test_a_press_that_cannot_be_kept_is_said_to_be_none(open_page: OpenPage, fragile: Site) -> None:
    """On a page that was opened before, the press is refused aloud; pressed again afterwards, it counts."""
    page = await open_page(f"/events/{EVENT}", url=fragile.url)
    more = page.get_by_role("button", name="More", exact=True)
    with away(fragile):
        await more.click()
        await expect(page.locator("#status")).not_to_be_empty()
        await expect(more).not_to_have_attribute("aria-pressed", "true")
    await more.click()
    await expect(more).to_have_attribute("aria-pressed", "true")
    await expect(page.locator("#adjust")).to_contain_text("You turned this up.")


async def test_the_operator_is_told(open_page: OpenPage, fragile: Site) -> None:
    """The store is said to be away, and what the catalogue holds is still shown."""
    page = await open_page("/operator", url=fragile.url)
    with away(fragile):
        await page.reload()
        await expect(page.locator("#health")).to_contain_text("The store does not answer.")
        await expect(page.locator("#health dd").first).to_have_text("no")
        await expect(page.locator("#catalogue")).to_contain_text("events")
    await page.reload()
    await expect(page.locator("#health dd").first).to_have_text("yes")
