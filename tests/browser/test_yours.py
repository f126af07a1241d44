"""The page of a reader's own signal, as its reader uses it: what was said is seen there, and taken back."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVENT = "2026-04-alignment-researchers-automate-safety-research"
TITLE = "Alignment researchers want AI to take over AI safety research"
OTHER = "2016-06-concrete-problems-in-ai-safety"
FAR_MORE, LESS = 2, -1


async def pressed(open_page: OpenPage, site: Site, reader: str, **options: Any) -> Page:
    """The page of a reader who pressed on two events, the second far up."""
    page = await open_page("/static/icon.svg", **options)
    page.set_default_timeout(5_000)
    for event_id, level in ((OTHER, LESS), (EVENT, FAR_MORE)):
        address = f"{site.url}/v1/users/{reader}/adjustments/{event_id}"
        assert (await page.request.put(address, data={"level": level})).ok
    await page.goto(site.url + "/you")
    return page


def look_without(page: Page) -> Locator:
    """What shows the feed without the press on EVENT."""
    return page.locator("#ledger li").filter(has_text=TITLE).get_by_role("link", name="Without it")


def undo_of(page: Page) -> Locator:
    """What takes back the press on EVENT, in the ledger."""
    return page.locator("#ledger li").filter(has_text=TITLE).get_by_role("button", name="Undo")


async def places(page: Page) -> list[tuple[str, str]]:
    """What stands in the feed that is looked at, in order, each with its signal."""
    rows = page.locator("#preview .places li")
    titles = await rows.locator("a").all_inner_texts()
    return list(zip(titles, await rows.locator(".num:last-child").all_inner_texts(), strict=True))


async def test_a_press_is_in_the_ledger_and_among_the_weights(open_page: OpenPage) -> None:
    """Who has said nothing is told so; what is said on an event's page is here at once, with what follows from it."""
    page = await open_page("/you")
    await expect(page.locator("#ledger")).to_contain_text("Nothing so far")
    await expect(page.locator("#weights")).to_contain_text("You have said nothing yet")

    await page.goto(page.url.replace("/you", f"/events/{EVENT}"))
    await page.get_by_role("button", name="Far more").click()
    await expect(page.locator("#adjust")).to_contain_text("You turned this far up.")
    await page.get_by_role("link", name="Your signal").click()

    await expect(page.locator("#gist")).to_contain_text("follows from 1 adjustment alone")
    await expect(page.locator("#ledger li")).to_have_count(1)
    await expect(page.locator("#ledger li")).to_contain_text("Far more")
    await expect(page.locator("#ledger").get_by_role("link", name=TITLE, exact=True)).to_be_visible()
    first = page.locator("#weights .weights > li").first
    await expect(first.locator(".row .up")).to_contain_text("+")
    await first.locator("summary").click()
    await expect(first).to_contain_text(f"you turned far up {TITLE[:40]}")


async def test_a_press_is_taken_back_in_place(open_page: OpenPage, site: Site, reader: str) -> None:
    """Undo changes the ledger, the weights and the preview, is told aloud, and leaves the page where it is."""
    page = await pressed(open_page, site, reader)
    await page.evaluate("window.stayed = true")
    weights, feed = await page.locator("#weights").inner_text(), await places(page)

    await undo_of(page).click()

    await expect(page.locator("#ledger li")).to_have_count(1)
    await expect(page.locator("#gist")).to_contain_text("follows from 1 adjustment alone")
    await expect(page.locator("#status")).to_have_text("Taken back, as if it had never been said.")
    assert await page.locator("#weights").inner_text() != weights
    assert await places(page) != feed
    assert await page.evaluate("window.stayed")
    assert page.url == site.url + "/you"


async def test_without_it_shows_the_feed_that_undo_then_makes(open_page: OpenPage, site: Site, reader: str) -> None:
    """To look at the feed without a press changes nothing; to take the press back gives the feed that was shown."""
    page = await pressed(open_page, site, reader)
    now = await places(page)

    await look_without(page).click()
    await expect(page.locator("#preview h2")).to_have_text(f"Your feed without “{TITLE}”")
    await expect(page.locator("#preview")).to_be_focused()
    without = await places(page)
    assert without != now
    await expect(look_without(page)).to_have_attribute("aria-current", "true")
    await expect(page.locator("#ledger li")).to_have_count(2)

    await page.get_by_role("link", name="Show the feed as it is").click()
    await expect(page.locator("#preview h2")).to_have_text("Your feed now")
    assert await places(page) == now

    await undo_of(page).click()
    await expect(page.locator("#ledger li")).to_have_count(1)
    assert await places(page) == without


async def test_a_muted_word_leaves_the_feed_until_it_is_not_muted(open_page: OpenPage) -> None:
    """Its events are gone from the feed and its preview, and the rest stays; they return with the word."""
    page = await open_page("/you")
    preview = page.locator("#preview")
    await expect(preview).to_contain_text(TITLE)
    await page.get_by_label("Name").fill("alignment")
    await page.get_by_role("button", name="Lay down").click()
    await expect(page.locator("#wishes h3").first).to_have_text("Muted")
    await expect(page.locator("#wishes")).to_contain_text("alignment word")
    await expect(preview).not_to_contain_text(TITLE)
    await expect(page.locator("#status")).to_have_text("Muted: its events have left your feed.")

    feed = await open_page("/")
    await expect(feed.locator("#events > li").first).to_be_visible()
    await expect(feed.get_by_role("link", name=TITLE)).to_have_count(0)

    await page.bring_to_front()
    await page.get_by_role("button", name="Unmute alignment").click()
    await expect(preview).to_contain_text(TITLE)
    await feed.goto(page.url.replace("/you", "/"))
    await expect(feed.get_by_role("link", name=TITLE).first).to_be_visible()


async def test_a_weight_is_pinned_and_cleared(open_page: OpenPage, site: Site, reader: str) -> None:
    """A pin goes before what was learned and is taken back; what is cleared is forgotten, until it is restored."""
    page = await pressed(open_page, site, reader)
    first, wishes = page.locator("#weights .weights > li").first, page.locator("#wishes")
    word = await first.locator("b").inner_text()
    await first.locator("summary").click()
    await first.get_by_role("button", name="Pin down").click()
    await expect(wishes).to_contain_text("Pinned")
    await expect(wishes.locator("form li").first).to_contain_text("−1.0 on")

    await wishes.get_by_role("button", name=f"Unpin {word}").click()
    await expect(wishes).to_contain_text("Nothing so far.")
    same = page.locator("#weights .weights > li").filter(has=page.locator("b", has_text=word)).first
    await same.locator("summary").click()
    await same.get_by_role("button", name="Clear").click()
    await expect(wishes).to_contain_text("Cleared")
    await expect(page.locator("#weights b").get_by_text(word, exact=True)).to_have_count(0)

    await wishes.get_by_role("button", name=f"Restore {word}").click()
    await expect(wishes).to_contain_text("Nothing so far.")
    await expect(page.locator("#weights b").get_by_text(word, exact=True)).to_have_count(1)


async def test_what_cannot_be_laid_down_is_said_and_nothing_changes(open_page: OpenPage) -> None:
    """A name of which no word can be made is refused aloud, and the form stays as it was filled in."""
    page = await open_page("/you")
    await page.get_by_label("Name").fill("***")
    await page.get_by_role("button", name="Lay down").click()
    await expect(page.locator("#status")).not_to_be_empty()
    await expect(page.get_by_label("Name")).to_have_value("***")
    await expect(page.locator("#wishes")).to_contain_text("Nothing so far.")


async def test_a_reset_wants_its_box_ticked(open_page: OpenPage, site: Site, reader: str) -> None:
    """Without the box the form stays; with it every press is taken back."""
    page = await pressed(open_page, site, reader)
    await page.locator("summary", has_text="Reset").click()
    await page.get_by_role("button", name="Reset").click()
    await expect(page.locator("#ledger li")).to_have_count(2)
    assert page.url == site.url + "/you"

    await page.get_by_label("Take back everything I said").check()
    await page.get_by_role("button", name="Reset").click()
    await expect(page.locator("#done")).to_have_text("All your adjustments are taken back.")
    await expect(page.locator("#ledger")).to_contain_text("Nothing so far")


async def test_what_was_exported_and_deleted_comes_back(
    open_page: OpenPage, site: Site, reader: str, tmp_path: Path
) -> None:
    """The file that a reader takes away is all that is known of them: from it the same feed is made again."""
    page = await pressed(open_page, site, reader)
    feed, weights = await places(page), await page.locator("#weights").inner_text()
    async with page.expect_download() as started:
        await page.get_by_role("link", name="Export").click()
    download = await started.value
    taken = tmp_path / download.suggested_filename
    await download.save_as(taken)
    assert taken.name == f"signalfeed-{reader}.json"
    assert [one["event_id"] for one in json.loads(taken.read_bytes())["adjustments"]] == [OTHER, EVENT]

    await page.locator("summary", has_text="Delete everything").click()
    await page.get_by_label("Delete all that is known of me").check()
    await page.get_by_role("button", name="Delete everything").click()
    await expect(page.locator("#done")).to_have_text("All that was known of you is deleted.")
    await expect(page.locator("#ledger")).to_contain_text("Nothing so far")
    assert await places(page) != feed

    await page.get_by_label("An exported file").set_input_files(taken)
    await page.get_by_role("button", name="Import").click()
    await expect(page.locator("#done")).to_contain_text("Imported")
    assert await places(page) == feed
    assert await page.locator("#weights").inner_text() == weights


async def test_the_page_is_used_with_the_keyboard_alone(open_page: OpenPage, site: Site, reader: str) -> None:
    """From the link to the preview and from there to Undo; who took back stays in the part that was answered."""
    page = await pressed(open_page, site, reader)
    look = look_without(page)
    await page.locator("#ledger").focus()
    for _ in range(2):
        await page.keyboard.press("Tab")
    await expect(look).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#preview")).to_be_focused()

    await look.focus()
    await page.keyboard.press("Tab")
    await expect(undo_of(page)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#ledger li")).to_have_count(1)
    await expect(page.locator("#ledger:focus, #ledger :focus")).to_have_count(1)


async def test_the_page_does_all_of_it_without_a_script(open_page: OpenPage, site: Site, reader: str) -> None:
    """Every form and link leads to a page that says what was done."""
    page = await pressed(open_page, site, reader, java_script_enabled=False)
    await look_without(page).click()
    await expect(page.locator("#preview h2")).to_have_text(f"Your feed without “{TITLE}”")
    await undo_of(page).click()
    await expect(page.locator("#done")).to_have_text("Taken back, as if it had never been said.")
    await expect(page.locator("#ledger li")).to_have_count(1)

    await page.get_by_label("Name").fill("alignment")
    await page.get_by_role("button", name="Lay down").click()
    await expect(page.locator("#done")).to_have_text("Muted: its events have left your feed.")
    await expect(page.locator("#preview")).not_to_contain_text(TITLE)
    await page.get_by_role("button", name="Unmute alignment").click()
    await expect(page.locator("#preview")).to_contain_text(TITLE)
