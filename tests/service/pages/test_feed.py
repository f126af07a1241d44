"""The page of the feed: what it shows, what it says of itself to a browser, and who reads it."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from service.actions import Actions
from service.documents import write_document
from service.local import seed
from service.settings import Settings
from tests.build import NOW, an_event
from tests.service.actions.build import put_some, worker
from tests.service.api.calls import everything_in, feed_bytes, feed_ids, press, wish
from tests.service.pages.test_operator import HOSTILE, MAX_PAGE_BYTES, away
from tests.service.test_app import assert_problem

ADA = {"Cookie": "signalfeed-reader=ada"}
PAGE = {"Accept": "text/html"}


@pytest.fixture
async def seeded(app: FastAPI, client: AsyncClient, own_url: str) -> AsyncIterator[AsyncClient]:
    """The client's service has the seeds instead, and the parameters that an operator gets."""
    async with worker(own_url, Settings().params) as actions:
        await seed(actions)
        app.state.actions = actions
        yield client


async def shown(client: AsyncClient, path: str = "/", **headers: str) -> str:
    """A page as ada sees it."""
    answer = await client.get(path, headers=ADA | headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert len(answer.content) < MAX_PAGE_BYTES
    return answer.text


def events_on(page: str) -> list[str]:
    """The events of the cards, in their order."""
    return re.findall(r'<h2 id="t\d+"><a href="/events/([^"]+)">', page)


def text_of(page: str) -> str:
    """What a page says, without its markup, with every space a single one."""
    return " ".join(re.sub(r"<[^>]*>", " ", page[page.index("<main") :]).split())


def cursors_of(page: str) -> list[str]:
    """The cursors behind the links of a page."""
    return re.findall(r"cursor=([A-Za-z0-9_-]+)", page)


async def test_the_feed_is_that_of_the_reader(client: AsyncClient) -> None:
    """In the order that the API gives; the browser says whose it is, and else it is the guest's."""
    await press(client, "s1", 2)

    assert events_on(await shown(client)) == await feed_ids(client)
    assert "Reading as</span> ada" in await shown(client)
    assert "Reading as</span> guest" in (await client.get("/")).text
    assert events_on(await shown(client))[0] == "s1"
    assert events_on(await shown(client, Cookie="signalfeed-reader=a b")) != events_on(await shown(client))


async def test_a_page_says_what_a_browser_may_do_with_it(client: AsyncClient) -> None:
    """Run nothing that is not the service's own, keep it for this reader alone, and ask whether it still holds."""
    headers = (await client.get("/", headers=ADA)).headers

    policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "style-src": "'self'",
        "script-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "private, no-cache"
    assert headers["vary"] == "Cookie"


@pytest.mark.parametrize("path", ["/", "/?category=News", "/reader", "/events/c1"])
async def test_a_page_that_still_holds_is_not_sent_again(client: AsyncClient, path: str) -> None:
    """Until the reader says something, or is somebody else."""
    first = await client.get(path, headers=ADA)
    asked = ADA | {"If-None-Match": first.headers["etag"]}

    again = await client.get(path, headers=asked)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert "content-security-policy" in again.headers
    other = await client.get(path, headers=asked | {"Cookie": "signalfeed-reader=bo"})
    assert other.status_code == 200
    await press(client, "c1", 2)
    assert (await client.get(path, headers=asked)).status_code == 200


async def test_nothing_on_a_page_is_inline(client: AsyncClient) -> None:
    """The policy would not let it in."""
    await press(client, "c1", 2)
    for path in ("/", "/?said=c1", "/reader", "/events/c1"):
        page = await shown(client, path)
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page)
        assert re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL) == [""]


async def test_what_events_say_is_shown_as_text(client: AsyncClient) -> None:
    """Titles, summaries, categories and names of sources are letters, also where they are markup."""
    hostile = an_event("h", HOSTILE, summary=(HOSTILE,), category=HOSTILE, signal=9.0, published_at=NOW)
    beneath = replace(hostile, id="i", signal=8.0)
    for event in (hostile, beneath):
        await client.put(f"/v1/events/{event.id}", content=write_document(event))
    await press(client, "h", 2)

    for path in ("/", "/?said=h", "/?category=%3Cscript%3Ealert('Boo')%3C/script%3E", '/?category="><script>x'):
        page = await shown(client, path)
        assert page.count("<script") == 1
        assert "&lt;script&gt;" in page


async def test_the_feed_of_the_seeds_is_no_long_page(seeded: AsyncClient) -> None:
    """Also for a reader who said much, further down, and where a press is spoken of."""
    page = await shown(seeded)
    assert len(events_on(page)) == 20
    further = await shown(seeded, f"/?cursor={cursors_of(page)[-1]}")
    assert set(events_on(further)).isdisjoint(events_on(page))
    assert 'id="said"' in await shown(seeded, "/?said=2024-12-claude-alignment-faking")


async def test_reading_changes_nothing_that_is_kept_of_a_reader(client: AsyncClient, empty_server_url: str) -> None:
    """Whatever page is asked for: what comes to be kept are orders to page through, the key that signs their cursors,
    and what was shown."""
    await press(client, "c1", 2)
    await wish(client, mute=["word:wages"])
    before = await everything_in(empty_server_url)

    page = await shown(client)
    for path in (
        "/?said=c1", "/?category=News", f"/new?cursor={cursors_of(page)[0]}", "/reader", "/events/c1", "/events/s2",
    ):  # fmt: skip
        await shown(client, path)

    after = await everything_in(empty_server_url)
    assert {key: after[key] for key in before} == before
    assert after.keys() - before.keys() == {
        b"u:{ada}:snapshots",
        b"u:{ada}:snapshot_order",
        b"{service}:secret",
        b"{impressions}",
    }


async def test_what_was_shown_is_kept_and_what_was_counted_is_not(client: AsyncClient, actions: Actions) -> None:
    """A page of the feed is an impression, whole where all begins with it; to ask what is new is none."""
    page = await shown(client)
    await shown(client, f"/new?cursor={cursors_of(page)[0]}")
    await shown(client, "/?category=News")

    kept = [one async for one in actions.feeds.all_impressions()]
    assert [b'"whole":true' in one for one in kept] == [True, False]


async def test_new_events_are_counted(client: AsyncClient) -> None:
    """Since the page was made; the line leads to them, and to nothing else."""
    since = cursors_of(await shown(client))[0]
    assert 'class="new"' not in await shown(client, f"/new?cursor={since}")

    for n in range(3):
        await client.put(f"/v1/events/n{n}", content=write_document(an_event(f"n{n}", f"Topic{n}")))
        page = await shown(client, f"/new?cursor={since}")
        assert ("1 new event<" if n == 0 else f"{n + 1} new events<") in page

    [link] = re.findall(r'class="new" href="([^"]+)"', page)
    assert sorted(events_on(await shown(client, link.replace("&amp;", "&")))) == ["n0", "n1", "n2"]


async def test_all_new_events_are_counted(client: AsyncClient, actions: Actions) -> None:
    """However many, and however often it is asked: nothing is kept of that, least of all in place of the feed."""
    since = cursors_of(await shown(client))[0]
    await put_some(actions, 101)

    for n in range(101, 112):
        assert f"{n} new events" in await shown(client, f"/new?cursor={since}")
        await client.put(f"/v1/events/more-{n}", content=write_document(an_event(f"more-{n}", f"Number {n}")))


async def test_there_is_a_way_to_each_category(client: AsyncClient) -> None:
    """Whatever it is called."""
    await client.put("/v1/events/rd", content=write_document(an_event("rd", "Rust", category="R&D / C++?")))
    [link] = re.findall(r'href="(/\?category=R[^"]+)"', await shown(client))

    page = await shown(client, link.replace("&amp;", "&"))
    assert events_on(page) == ["rd"]
    assert "<title>R&amp;D / C++? · Signalfeed</title>" in page
    assert "That is all in R&amp;D / C++?." in page


async def test_a_press_that_is_spoken_of_is_told_above(client: AsyncClient) -> None:
    """What was pressed and what it did; of an event without a press nothing is said."""
    await press(client, "c1", -2)

    told = text_of(await shown(client, "/?said=c1"))
    assert "You turned far down: Comet nears Jupiter" in told
    assert "went down because of this" in told
    for path in ("/?said=s1", "/?said=nobody", "/"):
        assert 'id="said"' not in await shown(client, path)
    assert 'id="done"' not in await shown(client, "/?done=%3Cb%3E")
    assert "Taken back, as if it had never been said." in text_of(await shown(client, "/?done=undone"))


@pytest.mark.parametrize("path", ["/?cursor=cut-sho", "/new?cursor=cut-sho"])
async def test_a_place_that_is_none_is_an_error_with_a_way_out(client: AsyncClient, path: str) -> None:
    """For a person a page, for a program a document."""
    answer = await client.get(path, headers=PAGE)

    assert (answer.status_code, answer.headers["content-type"]) == (400, "text/html; charset=utf-8")
    assert answer.headers["cache-control"] == "no-store"
    assert "content-security-policy" in answer.headers
    assert "etag" not in answer.headers
    assert "The cursor is not valid" in answer.text
    assert '<a href="/">To the feed</a>' in answer.text
    assert_problem(await client.get(path), 400, "invalid-cursor")


async def test_the_cursor_of_somebody_else_leads_nowhere(client: AsyncClient, actions: Actions) -> None:
    """It was given to another reader."""
    await put_some(actions, 20)
    theirs = cursors_of(await shown(client))[-1]

    assert (await client.get(f"/?cursor={theirs}", headers=PAGE)).status_code == 400


async def test_without_the_store_the_feed_is_that_of_everybody(
    app: FastAPI, client: AsyncClient, actions: Actions
) -> None:
    """It says so, and offers nothing that cannot be done now."""
    everybodys = events_on(await shown(client))
    await press(client, everybodys[0], -2)
    assert events_on(await shown(client)) != everybodys
    app.state.actions = away(actions)

    page = await shown(client, "/?said=c1")

    assert events_on(page) == everybodys
    assert "Your wishes cannot be read right now." in page
    assert "<form" not in page
    assert "data-poll" not in page


async def test_without_the_store_nobody_can_be_chosen(app: FastAPI, client: AsyncClient, actions: Actions) -> None:
    """What is known of whom is not known; the page says to come again."""
    app.state.actions = away(actions)

    answer = await client.get("/reader", headers=PAGE)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert "Nothing was lost and nothing was changed." in answer.text


async def test_somebody_else_reads_on(client: AsyncClient) -> None:
    """The browser keeps who it is for a year, and gives it to no script and to no form of another site."""
    answer = await client.post("/reader", data={"user_id": "bo.2"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")}
    assert cookie == {"signalfeed-reader=bo.2", "httponly", "max-age=31536000", "path=/", "samesite=lax"}
    assert "Reading as</span> bo.2" in (await client.get("/")).text


@pytest.mark.parametrize("user_id", ["", "a b", "a;b", "x" * 129, "<b>"])
async def test_nobody_has_a_name_that_is_none(client: AsyncClient, user_id: str) -> None:
    """The field is named, and the browser keeps whom it had."""
    answer = await client.post("/reader", data={"user_id": user_id}, headers=PAGE)

    assert answer.status_code == 422
    assert "<b>user_id</b>" in answer.text
    assert "set-cookie" not in answer.headers


async def test_a_form_of_another_site_chooses_nobody(client: AsyncClient) -> None:
    """It is refused with a page."""
    for sent in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://example.org"}):
        answer = await client.post("/reader", data={"user_id": "bo"}, headers=PAGE | sent)
        assert answer.status_code == 403
        assert "This form was sent from another site." in answer.text
        assert "set-cookie" not in answer.headers


async def test_known_readers_can_be_chosen(client: AsyncClient) -> None:
    """The guest first, then those who come with the seeds and have said something, and whoever reads now."""
    for user_id in ("cleo", "bo", "somebody"):
        await press(client, "c1", 2, user_id)

    page = await shown(client, "/reader", Cookie="signalfeed-reader=zoe")

    assert re.findall(r'name="user_id" value="(\w+)"', page) == ["guest", "bo", "cleo", "zoe"]
    assert "guest 0 adjustments" in text_of(page)
    assert "bo 1 adjustment " in text_of(page)


async def test_who_has_said_nothing_here_is_not_offered(client: AsyncClient) -> None:
    """Readers of seeds that are not loaded would be nobody's."""
    assert re.findall(r'name="user_id" value="(\w+)"', await shown(client, "/reader")) == ["guest", "ada"]


async def test_to_press_on_a_card_leads_back_to_the_feed(client: AsyncClient) -> None:
    """Where what it did is told, and where it is taken back."""
    before = await feed_bytes(client)
    answer = await client.post("/events/c1/adjust", data={"level": "-2", "back": "feed"}, headers=ADA)
    assert (answer.status_code, answer.headers["location"]) == (303, "/?said=c1#said")
    assert 'Adjust signal<span class="soft">: Far less' in await shown(client)

    answer = await client.post("/events/c1/undo", data={"back": "feed"}, headers=ADA)
    assert (answer.status_code, answer.headers["location"]) == (303, "/?done=undone")
    assert await feed_bytes(client) == before
