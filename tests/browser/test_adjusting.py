"""Adjusting in a real browser: each press of Adjust signal, what follows from it, and how it is taken back."""

from collections.abc import Mapping

import pytest
from httpx2 import AsyncClient
from playwright.async_api import Locator, Page, Route, expect

from tests.browser.conftest import OpenPage
from tests.browser.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVENT = "2025-05-alphaevolve-coding-agent"  # near the end of the second page to who said nothing
PATH = f"/events/{EVENT}"
TAKEN_BACK = "Taken back, as if it had never been said."
SAID: Mapping[str, str] = {
    "Far less": "You turned this far down.",
    "Less": "You turned this down.",
    "As it is": "You left this as it is.",
    "More": "You turned this up.",
    "Far more": "You turned this far up.",
}


def level(page: Page | Locator, name: str) -> Locator:
    """A button of Adjust signal."""
    return page.get_by_role("button", name=name, exact=True)


async def pressed(page: Page | Locator) -> list[str]:
    """The levels that are shown as pressed."""
    return await page.locator(".scale button[aria-pressed=true]").all_inner_texts()


async def mark(page: Page) -> None:
    """Leaves a mark on a page, which is gone when it is loaded again."""
    await page.evaluate("window.mark = 'still here'")


async def is_marked(page: Page) -> bool:
    """Whether it is the page that was marked."""
    return bool(await page.evaluate("window.mark === 'still here'"))


async def feed_of(site: Site, reader: str) -> list[str]:
    """The events of the first places of a reader's feed."""
    async with AsyncClient(base_url=site.url) as client:
        answer = (await client.get(f"/v1/users/{reader}/feed?limit=100")).json()
    return [one["event"]["id"] for one in answer["items"]]


async def level_of(site: Site, reader: str) -> int | None:
    """What a reader is known to have said of the event."""
    async with AsyncClient(base_url=site.url) as client:
        answer = (await client.get(f"/v1/users/{reader}/events/{EVENT}")).json()
    said: int | None = answer["level"]
    return said


def place(feed: list[str]) -> int:
    """Where the event stands, behind all where it is not among the first."""
    return feed.index(EVENT) if EVENT in feed else len(feed)


async def test_each_press_is_answered_in_place(open_page: OpenPage, site: Site, reader: str) -> None:
    """At once it says what changed, with the way to take it back, and the feed has obeyed; a press takes the place of
    the one before."""
    feeds = [place(await feed_of(site, reader))]
    page = await open_page(PATH)
    await expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    await mark(page)
    for name, said in SAID.items():
        await level(page, name).click()

        await expect(page.locator("#done")).to_contain_text(said)
        await expect(page.get_by_role("status")).to_contain_text(said)
        await expect(page.locator("#adjust")).to_contain_text("Of the first 100 places of your feed")
        await expect(page.get_by_role("button", name="Undo")).to_be_visible()
        assert await pressed(page) == [name]
        feeds.append(place(await feed_of(site, reader)))
    before, far_less, less, as_it_is, more, far_more = feeds
    assert far_more <= more < before < less <= far_less
    assert abs(as_it_is - before) <= 1
    assert await is_marked(page)


async def test_what_moved_and_what_was_learned_can_be_opened(open_page: OpenPage) -> None:
    """The events that moved most, from where to where, and the weights behind that."""
    page = await open_page(PATH)
    await level(page, "Far more").click()
    moves = page.locator("#adjust .moves")
    await expect(moves).to_be_hidden()

    await page.get_by_text("What moved most, and what was learned").click()

    await expect(moves.get_by_role("listitem")).to_have_count(5)
    await expect(moves).to_contain_text("→")
    await expect(page.locator("#adjust .terms")).to_contain_text("+")


async def test_the_next_feed_obeys_and_says_why(open_page: OpenPage, reader: str, site: Site) -> None:
    """The link back asks for it anew; the event is on the first page now, by the reader's own word."""
    page = await open_page("/")
    await expect(page.locator(f'h2 a[href="{PATH}"]')).to_have_count(0)
    await page.goto(site.url + PATH)
    await level(page, "Far more").click()
    await expect(page.locator("#done")).to_be_visible()

    await page.get_by_role("link", name="Back to feed").click()

    card = page.locator("#events > li").filter(has=page.locator(f'h2 a[href="{PATH}"]'))
    await expect(card.get_by_role("list", name="Why it stands here")).to_contain_text("because you turned far up")
    await expect(card.locator("summary").last).to_have_text("Adjust signal: Far more")
    assert place(await feed_of(site, reader)) < 20


async def test_to_go_back_without_a_press_keeps_the_place_in_the_feed(open_page: OpenPage) -> None:
    """The feed is where it was left, also where it was scrolled through for more."""
    page = await open_page("/")
    await page.locator("#more").scroll_into_view_if_needed()
    link = page.locator("#events > li h2 a").nth(30)
    await link.click()
    await page.get_by_role("link", name="Back to feed").click()

    await expect(page).to_have_title("Signalfeed")
    assert await page.evaluate("history.length") == 3  # the empty page, the feed, the event


async def test_undo_gives_everything_as_it_was(open_page: OpenPage, site: Site, reader: str) -> None:
    """The page has the text that it had, and the feed its order."""
    feed = await feed_of(site, reader)
    page = await open_page(PATH)
    before = await page.locator("main").inner_text()
    parts = [await page.locator(one).inner_text() for one in ("#signal", "#why")]
    await mark(page)
    await level(page, "Far more").click()
    await expect(page.locator("#why")).not_to_have_text(parts[1], use_inner_text=True)

    await page.get_by_role("button", name="Undo").click()

    await expect(page.locator("#done")).to_have_text(TAKEN_BACK)
    await expect(page.get_by_role("status")).to_have_text(TAKEN_BACK)
    assert [await page.locator(one).inner_text() for one in ("#signal", "#why")] == parts
    assert await is_marked(page)
    assert await pressed(page) == []
    await page.goto(site.url + PATH)
    assert await page.locator("main").inner_text() == before
    assert await feed_of(site, reader) == feed


async def test_the_keyboard_alone_will_do(open_page: OpenPage, site: Site, reader: str) -> None:
    """Tab leads to the levels, arrows along them and around, Enter presses; who pressed stays where they were, and Tab
    goes on to Undo."""
    page = await open_page(PATH)
    await mark(page)
    first, last = level(page, "Far less"), level(page, "Far more")
    for _ in range(20):
        await page.keyboard.press("Tab")
        if await first.evaluate("one => one === document.activeElement"):
            break
    await expect(first).to_be_focused()
    for _ in range(4):
        await page.keyboard.press("ArrowRight")
    await expect(last).to_be_focused()
    await page.keyboard.press("ArrowRight")
    await expect(first).to_be_focused()
    await page.keyboard.press("ArrowLeft")
    await expect(last).to_be_focused()
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("status")).to_contain_text(SAID["More"])
    await expect(level(page, "More")).to_be_focused()
    assert await level_of(site, reader) == 1
    for _ in range(5):
        await page.keyboard.press("Tab")
        if await page.get_by_role("button", name="Undo").evaluate("one => one === document.activeElement"):
            break
    await page.keyboard.press("Space")
    await expect(page.get_by_role("status")).to_have_text(TAKEN_BACK)
    await expect(page.locator("#adjust")).to_be_focused()
    assert await is_marked(page)


async def test_without_a_script_the_answer_is_a_page(open_page: OpenPage, site: Site, reader: str) -> None:
    """It says the same, and takes it back the same way."""
    page = await open_page(PATH, java_script_enabled=False)
    await level(page, "Far more").click()

    await expect(page).to_have_url(f"{site.url}{PATH}#adjust")
    await expect(page.locator("#done")).to_contain_text(SAID["Far more"])
    assert await pressed(page) == ["Far more"]
    assert await level_of(site, reader) == 2

    await page.get_by_role("button", name="Undo").click()

    await expect(page.locator("#done")).to_have_text(TAKEN_BACK)
    assert await pressed(page) == []
    assert await level_of(site, reader) is None


@pytest.mark.parametrize("java_script_enabled", [True, False])
async def test_a_press_on_a_card_is_answered_above_the_feed(open_page: OpenPage, java_script_enabled: bool) -> None:
    """The new feed, what was done and what followed from it, and the way to take it back."""
    page = await open_page("/", java_script_enabled=java_script_enabled)
    order = await page.locator("#events h2").all_inner_texts()
    card = page.locator("#events > li").nth(4)
    await expect(level(card, "Far less")).to_be_hidden()
    await card.get_by_text("Adjust signal").first.click()
    await level(card, "Far less").click()

    said = page.locator("#said")
    await expect(said.get_by_role("heading")).to_have_text(f"You turned far down: {order[4]}")
    await expect(said).to_contain_text("went down because of this")
    assert order[4] not in (await page.locator("#events h2").all_inner_texts())[:5]

    await said.get_by_role("button", name="Undo").click()
    await expect(page.locator("#done")).to_have_text(TAKEN_BACK)
    assert await page.locator("#events h2").all_inner_texts() == order


async def test_other_tabs_follow(open_page: OpenPage) -> None:
    """The same event says what was pressed; a feed stays as it is, and offers what has changed."""
    feed, other, page = await open_page("/"), await open_page(PATH), await open_page(PATH)
    order = await feed.locator("#events h2").all_inner_texts()
    await mark(other)
    await level(page, "Far more").click()

    await expect(other.locator("#done")).to_contain_text(SAID["Far more"])
    assert await pressed(other) == ["Far more"]
    assert await is_marked(other)
    news = feed.locator("#new a")
    await expect(news).to_have_text("Your signal has changed. Show the feed as it is now")
    assert await feed.locator("#events h2").all_inner_texts() == order

    await news.click()
    await expect(feed.locator(f'h2 a[href="{PATH}"]')).to_be_visible()
    await expect(news).to_have_count(0)

    await other.get_by_role("button", name="Undo").click()
    await expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    assert await pressed(page) == []


@pytest.mark.parametrize("java_script_enabled", [True, False])
async def test_an_event_is_hidden_and_shown_again(
    open_page: OpenPage, site: Site, reader: str, java_script_enabled: bool
) -> None:
    """It leaves the feed, and comes back to where it was."""
    feed = await feed_of(site, reader)
    page = await open_page(PATH, java_script_enabled=java_script_enabled)

    await page.get_by_role("button", name="Hide from my feed").click()

    await expect(page.locator("#done")).to_have_text("Hidden from your feed.")
    assert EVENT not in await feed_of(site, reader)
    await page.get_by_role("button", name="Show in my feed again").click()
    await expect(page.locator("#done")).to_have_text("It may stand in your feed again.")
    await expect(page.get_by_role("button", name="Hide from my feed")).to_be_visible()
    assert await feed_of(site, reader) == feed


async def test_to_hide_what_was_pressed_is_answered_too(open_page: OpenPage) -> None:
    """That it is hidden is said, also where there is an adjustment to tell of."""
    page = await open_page(PATH)
    await level(page, "Less").click()
    await expect(page.get_by_role("status")).to_contain_text(SAID["Less"])

    await page.get_by_role("button", name="Hide from my feed").click()

    await expect(page.get_by_role("button", name="Show in my feed again")).to_be_visible()
    await expect(page.get_by_role("status")).to_have_text("Hidden from your feed.")


async def test_of_two_quick_presses_the_last_counts(open_page: OpenPage, site: Site, reader: str) -> None:
    """Also where the first is still on its way: the page shows what is kept."""
    page = await open_page(PATH)
    sent: list[Route] = []

    async def slow(route: Route) -> None:
        sent.append(route)
        if len(sent) > 1:
            await route.continue_()

    await page.route("**/adjust", slow)
    async with page.expect_request("**/adjust"):
        await level(page, "Far less").click()
    await level(page, "More").click()
    await expect(page.locator("#adjust")).to_have_attribute("aria-busy", "true")
    await sent[0].continue_()

    await expect(page.locator("#done")).to_contain_text(SAID["More"])
    await expect(page.locator("#adjust")).not_to_have_attribute("aria-busy", "true")
    assert await pressed(page) == ["More"]
    assert await level_of(site, reader) == 1


async def test_a_service_that_is_away_is_said_and_changes_nothing(open_page: OpenPage, site: Site, reader: str) -> None:
    """Once it is back the same page works on."""
    page = await open_page(PATH)
    before = await page.locator("main").inner_text()
    await page.route("**/adjust", lambda route: route.abort())

    await level(page, "Far more").click()

    await expect(page.get_by_role("status")).to_have_text(
        "The service cannot be reached. Load the page again to see what holds."
    )
    await expect(page.locator("#adjust")).not_to_have_attribute("aria-busy", "true")
    assert await page.locator("main").inner_text() == before
    assert await pressed(page) == []
    assert await level_of(site, reader) is None

    await page.unroute("**/adjust")
    await level(page, "Far more").click()
    await expect(page.locator("#done")).to_contain_text(SAID["Far more"])


async def test_a_press_that_is_refused_says_why(open_page: OpenPage) -> None:
    """The event is gone meanwhile, or the store: the answer's own words are said."""
    page = await open_page(PATH)
    refused = '<!doctype html><section id="problem"><h1>The store cannot be reached</h1></section>'
    await page.route("**/adjust", lambda route: route.fulfill(status=503, content_type="text/html", body=refused))

    await level(page, "Far more").click()

    await expect(page.get_by_role("status")).to_have_text("The store cannot be reached")
    assert await pressed(page) == []
