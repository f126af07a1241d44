"""Reading in a real browser: the feed, its categories, paging through it, what is new in it, and who reads it."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from httpx2 import AsyncClient
from playwright.async_api import Locator, Page, expect

from ranking.event import Event
from service.documents import write_document
from service.pages.words import signal
from service.seeding import seed_events
from tests.browser.conftest import OpenPage
from tests.browser.site import Site, running
from tests.build import NOW, an_event

pytestmark = pytest.mark.asyncio(loop_scope="session")

TOLD = "2025-09-anthropic-settles-authors-1-5-billion"
LOOK_FOR_NEWS = 'document.dispatchEvent(new Event("visibilitychange"))'


@pytest.fixture(scope="module")
def empty_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service without events."""
    with running(tmp_path_factory.mktemp("empty"), seeds=False) as opened:
        yield opened


@asynccontextmanager
async def published(site: Site, *events: Event) -> AsyncIterator[None]:
    """These events are in the catalogue as long as the context."""
    async with AsyncClient(base_url=site.url) as client:
        for event in events:
            (await client.put(f"/v1/events/{event.id}", content=write_document(event))).raise_for_status()
        try:
            yield
        finally:
            for event in events:
                await client.delete(f"/v1/events/{event.id}")


def titles_on(page: Page) -> Locator:
    """The links of the events of a feed."""
    return page.locator("#events > li h2 a")


async def addresses_on(page: Page) -> list[str]:
    """Where the events of a feed lead to, in their order."""
    found: list[str] = await titles_on(page).evaluate_all("links => links.map((one) => one.getAttribute('href'))")
    return found


async def test_a_card_says_what_happened_and_what_it_is_to_everybody(open_page: OpenPage, site: Site) -> None:
    """Signal, category, sources, day, title, and the first point of the summary; to who said nothing, what counts for
    all."""
    page = await open_page("/")
    async with AsyncClient(base_url=site.url) as client:
        event = (await client.get(f"/v1/events/{TOLD}")).json()
    card = page.get_by_role("article", name=event["title"])

    await expect(page).to_have_title("Signalfeed")
    await expect(page.locator("#events > li")).to_have_count(20)
    await expect(card.locator(".signal")).to_have_text(f"Signal {signal(event['signal'])}")
    n = len(event["sources"])
    await expect(card.locator(".about")).to_contain_text(f"{event['category']} · {n} source{'s' if n > 1 else ''} · ")
    await expect(card.get_by_role("time")).to_contain_text("Sep 2025")
    await expect(card).to_contain_text(event["summary"][0])
    await expect(card).not_to_contain_text(event["summary"][1])
    await expect(card.get_by_role("list", name="Why it stands here")).to_contain_text(f"signal {event['signal']}")


async def test_a_card_says_what_it_is_to_a_reader_and_why(open_page: OpenPage, site: Site, reader: str) -> None:
    """Their signal beside everybody's, and the press behind it, with a link to its event."""
    async with AsyncClient(base_url=site.url) as client:
        pressed = await client.put(f"/v1/users/{reader}/adjustments/{TOLD}", json={"level": 1})
        pressed.raise_for_status()
        moved = next(
            one for one in (await client.get(f"/v1/users/{reader}/feed")).json()["items"]
            if one["event"]["id"] != TOLD and one["personal_signal"] - one["event"]["signal"] > 0.5
        )  # fmt: skip

    page = await open_page("/")
    card = page.get_by_role("article", name=moved["event"]["title"])

    mine, everybodys = signal(moved["personal_signal"]), signal(moved["event"]["signal"])
    await expect(card.locator(".signal")).to_have_text(f"Your signal {mine} , global {everybodys}")
    why = card.get_by_role("list", name="Why it stands here")
    await expect(why).to_contain_text("because you turned up")
    await why.get_by_role("link").first.click()
    await expect(page).to_have_url(f"{site.url}/events/{TOLD}")


async def test_a_category_is_read_on_its_own(open_page: OpenPage) -> None:
    """All its events, to the end, and the way back to all categories."""
    page = await open_page("/")
    categories = page.get_by_role("navigation", name="Categories")
    await categories.get_by_role("link", name="Open source").click()

    await expect(page).to_have_title("Open source · Signalfeed")
    await expect(categories.get_by_role("link", name="Open source")).to_have_attribute("aria-current", "true")
    end = page.get_by_text("That is all in Open source.")
    while not await end.is_visible():
        n = await titles_on(page).count()
        await page.locator("#more").scroll_into_view_if_needed()
        await expect(titles_on(page).nth(n).or_(end).first).to_be_attached()
    categories_shown = await page.locator("#events .about").all_inner_texts()
    assert len(categories_shown) > 5
    assert all(one.startswith("Open source ·") for one in categories_shown)

    await categories.get_by_role("link", name="All").click()
    await expect(page).to_have_title("Signalfeed")


async def test_scrolling_goes_on_and_shows_no_event_twice(open_page: OpenPage) -> None:
    """Three pages and more, in the places that they have, with the number of what came said aloud."""
    page = await open_page("/")
    for n in (20, 40, 60):
        await expect(titles_on(page).nth(n - 1)).to_be_attached()
        await page.locator("#more").scroll_into_view_if_needed()
    await expect(titles_on(page).nth(60)).to_be_attached()

    shown = await addresses_on(page)
    assert len(set(shown)) == len(shown)
    places = await page.locator("#events h2").evaluate_all("all => all.map((one) => one.id)")
    assert places == [f"t{rank}" for rank in range(1, len(shown) + 1)]
    await expect(page.get_by_role("status")).to_have_text("20 more events")


async def test_links_page_on_without_a_script(open_page: OpenPage) -> None:
    """Each page has the events that none before had, and the way back to the top."""
    page = await open_page("/", java_script_enabled=False)
    top = shown = await addresses_on(page)
    for _ in range(2):
        await page.get_by_role("link", name="More events").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Your feed, further down")
        shown = [*shown, *await addresses_on(page)]

    assert len(set(shown)) == len(shown) == 60
    await page.get_by_role("link", name="Back to the top").click()
    assert await addresses_on(page) == top


async def test_the_same_told_again_lies_beneath_the_first_telling(open_page: OpenPage, site: Site) -> None:
    """One card for both, which opens to the way to the other."""
    points = ("A walrus has learned to play the trombone at the harbour of Tromsø.",)
    title = "Walrus learns to play the trombone"
    told, again = (an_event(f"walrus-{n}", title, summary=points, signal=9.5 - n, published_at=NOW) for n in range(2))
    async with published(site, told, again):
        page = await open_page("/")
        card = page.get_by_role("article", name=title)
        await expect(card).to_have_count(1)
        beneath = card.get_by_role("listitem").get_by_role("link", name=title)
        await expect(beneath).to_be_hidden()
        await card.get_by_text("1 telling of the same beneath").click()
        await beneath.click()
        await expect(page).to_have_url(f"{site.url}/events/walrus-1")
        await expect(page.get_by_role("heading", level=1)).to_have_text(title)


async def test_new_events_are_offered_and_followed(open_page: OpenPage, site: Site) -> None:
    """While somebody looks, a line says how many; what they read stays where it is until they follow it."""
    page = await open_page("/")
    await page.evaluate(LOOK_FOR_NEWS)
    before = await addresses_on(page)
    news = page.locator("#new a")
    await expect(news).to_have_count(0)

    fresh = an_event("fresh", "Otters elect a mayor", signal=6.0, published_at=NOW)
    async with published(site, fresh):
        await page.evaluate(LOOK_FOR_NEWS)
        await expect(news).to_have_text("1 new event")
        await expect(page.get_by_role("status")).to_have_text("1 new event")
        assert await addresses_on(page) == before
        await news.click()
        await expect(titles_on(page)).to_have_text([fresh.title])


async def test_new_events_of_a_category_are_offered_there_alone(open_page: OpenPage, site: Site) -> None:
    """Whoever reads another category hears nothing of them."""
    games, law = await open_page("/?category=Games"), await open_page("/?category=Law")
    async with published(site, an_event("game", "Chess engine takes up knitting", category="Games", published_at=NOW)):
        async with law.expect_response("**/new?*") as answer:
            await law.evaluate(LOOK_FOR_NEWS)
        await (await answer.value).finished()
        await games.evaluate(LOOK_FOR_NEWS)
        await expect(games.locator("#new a")).to_have_text("1 new event")
        await expect(law.locator("#new a")).to_have_count(0)
        await games.locator("#new a").click()
        await expect(games).to_have_title("Games · Signalfeed")
        await expect(titles_on(games)).to_have_text(["Chess engine takes up knitting"])


async def test_somebody_else_reads_on(open_page: OpenPage, reader: str) -> None:
    """As a reader who comes with the seeds, or under a name of their own; the browser remembers which, and tells no
    script."""
    page = await open_page("/")
    mine = await addresses_on(page)
    await page.get_by_role("link", name=f"Reading as {reader}").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Who is reading?")
    await page.get_by_role("button", name="ada").click()
    await page.get_by_role("link", name="Reading as ada").click()
    await expect(page.get_by_role("button", name="ada")).to_have_attribute("aria-current", "true")
    await page.goto("/".join(page.url.split("/")[:3]))
    assert await addresses_on(page) != mine

    await page.get_by_role("link", name="Reading as ada").click()
    await page.get_by_label("Another name").fill(f"{reader}.b")
    await page.get_by_role("button", name="Read", exact=True).click()
    await expect(page.get_by_role("link", name=f"Reading as {reader}.b")).to_be_visible()
    assert await addresses_on(page) == mine
    [cookie] = await page.context.cookies()
    assert (cookie["name"], cookie["value"]) == ("signalfeed-reader", f"{reader}.b")
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")


async def test_a_reader_who_mutes_everything_is_told_where_it_went(
    open_page: OpenPage, site: Site, reader: str
) -> None:
    """With the way to what takes it back."""
    async with AsyncClient(base_url=site.url) as client:
        categories = sorted({json.loads(event)["category"] for event in seed_events().splitlines()})
        mutes = [f"category:{one}" for one in categories]
        (await client.patch(f"/v1/users/{reader}/profile", json={"mute": mutes})).raise_for_status()

    page = await open_page("/")

    await expect(page.get_by_role("heading", name="Nothing to show here")).to_be_visible()
    await page.get_by_role("link", name="your signal", exact=True).click()
    await expect(page).to_have_url(f"{site.url}/you")


async def test_a_category_without_events_says_so(open_page: OpenPage) -> None:
    """With the way to all of them."""
    page = await open_page("/?category=Gardening")

    await expect(page.get_by_role("heading", name="Nothing to show in Gardening")).to_be_visible()
    await page.get_by_role("link", name="all categories").click()
    await expect(titles_on(page)).to_have_count(20)


async def test_a_service_without_events_says_how_to_load_some(open_page: OpenPage, empty_site: Site) -> None:
    """There, or on the command line; and once there are any, they are offered."""
    page = await open_page("/", url=empty_site.url)

    await expect(page.get_by_role("heading", name="No events yet")).to_be_visible()
    await expect(page.locator("main")).to_contain_text("signalfeed load FILE")
    async with published(empty_site, an_event("first", "The first of all")):
        await page.evaluate(LOOK_FOR_NEWS)
        await expect(page.locator("#new a")).to_have_text("1 new event")
        await page.locator("#new a").click()
        await expect(titles_on(page)).to_have_text(["The first of all"])
    await page.goto(empty_site.url)
    await page.get_by_role("link", name="operator's page").click()
    await expect(page).to_have_url(f"{empty_site.url}/operator")


async def test_a_place_that_is_none_leads_back_to_the_feed(open_page: OpenPage) -> None:
    """An address that was cut short is an error with a way out of it."""
    page = await open_page("/?cursor=cut-sho")

    await expect(page.get_by_role("heading", level=1)).to_have_text("The cursor is not valid")
    await page.get_by_role("link", name="To the feed").click()
    await expect(titles_on(page)).to_have_count(20)
