"""The page of an event: what it shows of it, and what a reader's forms do."""

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient, Response

from ranking.event import Detail, DetailKind
from service.actions import Actions
from service.documents import write_document
from tests.service.api.calls import FEED, FULL, LEDGER, everything_in, feed_bytes, press, read, wish
from tests.service.pages.test_feed import ADA, PAGE, seeded, shown, text_of  # noqa: F401 -- a fixture
from tests.service.pages.test_operator import HOSTILE, away
from tests.service.test_app import assert_problem

# What can be done with the forms of the page.
FORMS = ("adjust", "undo", "dismiss", "restore")


async def send(client: AsyncClient, path: str, fields: Mapping[str, object], **headers: str) -> Response:
    """The answer to a form of ada's."""
    return await client.post(path, data=fields, headers=ADA | PAGE | headers)


async def done(client: AsyncClient, path: str, **fields: object) -> str:
    """The page that a form of ada's leads to."""
    answer = await send(client, path, fields)
    assert answer.status_code == 303
    return await shown(client, answer.headers["location"].partition("#")[0])


def part(page: str, name: str) -> str:
    """What a section of a page says."""
    found = re.search(rf'<section[^>]* id="{name}".*?</section>', page, re.DOTALL)
    assert found is not None, f"there is no section {name}"
    return " ".join(re.sub(r"<[^>]*>", " ", found[0]).split())


async def levels(client: AsyncClient) -> list[tuple[str, int]]:
    """What ada's ledger has."""
    return [(one["event_id"], one["level"]) for one in (await read(client, LEDGER))["items"]]


async def test_all_of_an_event_is_shown(client: AsyncClient) -> None:
    """Summary, details, meaning and sources, with the way to each source."""
    await client.put("/v1/events/full", content=write_document(replace(FULL, meaning="Landers can land.")))

    page = await shown(client, "/events/full")

    assert "<title>Comet lander touches down · Signalfeed</title>" in page
    told = text_of(page)
    for said in (
        "Comet lander touches down News · 1 source · 2 Apr 2026",
        "Summary The comet has a visitor.",
        "Details Stat Ten years It flew for ten years.",
        "What This Means Landers can land.",
        "Sources Touchdown Gazette",
        "Similar Events",
    ):
        assert said in told
    assert '<a href="https://example.org/comet" rel="noopener noreferrer nofollow">Touchdown</a>' in page
    assert '<a href="/v1/users/ada/events/full">' in page


async def test_what_an_event_says_is_shown_as_text(client: AsyncClient) -> None:
    """Whatever of it is markup stays letters, and an address that could run something is none."""
    details = (Detail(DetailKind.STAT, HOSTILE, HOSTILE),)
    sources = tuple(replace(one, name=HOSTILE, title=HOSTILE, url='https://a.b/"onclick="x') for one in FULL.sources)
    hostile = replace(FULL, title=HOSTILE, category=HOSTILE, summary=(HOSTILE,), meaning=HOSTILE)
    for event_id in ("full", "again"):
        event = replace(hostile, id=event_id, details=details, sources=sources)
        assert (await client.put(f"/v1/events/{event_id}", content=write_document(event))).status_code < 300
    await press(client, "again", 2)

    page = await done(client, "/events/full/adjust", level=2)

    assert page.count("<script") == 1
    assert 'href="https://a.b/&#34;onclick=&#34;x"' in page
    assert not [one for one in re.findall(r"<[a-z][^>]*>", page) if "onclick=" in re.sub(r'"[^"]*"', "", one)]


async def test_an_event_with_all_presses_of_a_reader_is_no_long_page(seeded: AsyncClient) -> None:  # noqa: F811
    """Only the strongest presses behind it are named, and how many more there are."""
    for one in (await read(seeded, LEDGER))["items"]:
        page = await shown(seeded, f"/events/{one['event_id']}")
        assert page.count("<h1") == 1
        assert re.search(r"and \d+ more</p>", page)


async def test_a_press_is_answered_with_what_it_did(client: AsyncClient) -> None:
    """The level, what is heard of it, and a way to take it back; whoever comes later is told the same."""
    before = await shown(client, "/events/c1")
    assert 'aria-pressed="true"' not in before
    assert "/events/c1/undo" not in before

    answer = await send(client, "/events/c1/adjust", {"level": 2})
    assert (answer.status_code, answer.headers["location"]) == (303, "/events/c1#adjust")
    assert "content-security-policy" in answer.headers

    page = await shown(client, "/events/c1")
    assert re.findall(r'value="(-?\d)" aria-pressed="true"', page) == ["2"]
    assert "You turned this far up." in part(page, "adjust")
    assert "Of the first 100 places of your feed" in part(page, "adjust")
    assert "/events/c1/undo" in page
    assert await levels(client) == [("c1", 2)]


async def test_undo_gives_the_page_as_it_was(client: AsyncClient) -> None:
    """To the byte, and the feed with it."""
    page, feed = await shown(client, "/events/c1"), await feed_bytes(client)
    await send(client, "/events/c1/adjust", {"level": -1})

    told = await done(client, "/events/c1/undo")

    assert "Taken back, as if it had never been said." in part(told, "adjust")
    assert await shown(client, "/events/c1") == page
    assert await feed_bytes(client) == feed


async def test_what_is_behind_a_place_is_told_by_part_and_by_press(client: AsyncClient) -> None:
    """The parts of the score with the press behind each, and the presses on other events."""
    await press(client, "c2", 2)
    await press(client, "s1", -2)

    page = await shown(client, "/events/c1")

    told = part(page, "why")
    assert "global signal" in told
    assert "because you turned far up Comet passes Jupiter" in told
    assert "The same by what you pressed" in told
    assert "you turned far up Comet passes Jupiter" in told.partition("The same by what you pressed")[2]


async def test_an_event_is_hidden_and_shown_again(client: AsyncClient) -> None:
    """From the feed; its page stays, with the way back."""
    feed = (await read(client, FEED))["items"]

    page = await done(client, "/events/c1/dismiss")
    assert "Hidden from your feed." in part(page, "adjust")
    assert "/events/c1/restore" in page
    assert "c1" not in [one["event"]["id"] for one in (await read(client, FEED))["items"]]

    page = await done(client, "/events/c1/restore")
    assert "It may stand in your feed again." in part(page, "adjust")
    assert (await read(client, FEED))["items"] == feed


async def test_to_hide_what_was_pressed_is_answered_too(client: AsyncClient) -> None:
    """Beside what the press did."""
    await press(client, "c1", 1)

    told = part(await done(client, "/events/c1/dismiss"), "adjust")

    assert "Hidden from your feed." in told
    assert "You turned this up." in told


async def test_a_muted_event_says_what_keeps_it_away(client: AsyncClient) -> None:
    """With the way to the mutes."""
    await wish(client, mute=["word:comet"])

    page = await shown(client, "/events/c1")

    assert "What you muted keeps this out of your feed." in page
    assert '<a href="/you#wishes">' in page


@pytest.mark.parametrize(
    ("back", "leads_to"), [("event", "/events/c1?done=undone#adjust"), ("feed", "/?done=undone"), ("you", "/you?done=")]
)
async def test_undo_leads_back_to_where_it_was_pressed(client: AsyncClient, back: str, leads_to: str) -> None:
    """Each page that has the form says which it is."""
    await press(client, "c1", 1)

    answer = await send(client, "/events/c1/undo", {"back": back})

    assert answer.headers["location"].startswith(leads_to)
    assert await levels(client) == []


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"level": "3"}, "level"),
        ({"level": "-3"}, "level"),
        ({"level": "a lot"}, "level"),
        ({}, "level"),
        ({"level": "1", "back": "https://example.org"}, "back"),
    ],
)
async def test_a_form_that_is_not_right_names_the_field(
    client: AsyncClient, fields: dict[str, str], named: str
) -> None:
    """On a page for a person; nothing is changed."""
    answer = await send(client, "/events/c1/adjust", fields)

    assert (answer.status_code, answer.headers["content-type"]) == (422, "text/html; charset=utf-8")
    assert f"<b>{named}</b>" in answer.text
    assert "example.org" not in answer.text
    assert '<a href="/">To the feed</a>' in answer.text
    assert await levels(client) == []


@pytest.mark.parametrize(
    "sent", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://example.org"}, {"Origin": "null"}]
)
@pytest.mark.parametrize("form", FORMS)
async def test_a_form_of_another_site_does_nothing(
    client: AsyncClient, empty_server_url: str, form: str, sent: dict[str, str]
) -> None:
    """It is refused with a page that says why."""
    await press(client, "c1", 1)
    before = await everything_in(empty_server_url)

    answer = await send(client, f"/events/c1/{form}", {"level": 2}, **sent)

    assert (answer.status_code, answer.headers["content-type"]) == (403, "text/html; charset=utf-8")
    assert "This form was sent from another site." in answer.text
    assert await everything_in(empty_server_url) == before


@pytest.mark.parametrize("sent", [{}, {"Sec-Fetch-Site": "same-origin", "Origin": "http://signalfeed"}])
async def test_a_form_of_our_own_is_taken(client: AsyncClient, sent: dict[str, str]) -> None:
    """A browser says where it comes from; a program need not."""
    assert (await send(client, "/events/c1/adjust", {"level": 1}, **sent)).status_code == 303
    assert await levels(client) == [("c1", 1)]


@pytest.mark.parametrize("form", [None, "adjust", "undo"])
async def test_an_event_that_is_none_is_a_page_for_people_and_a_document_for_programs(
    client: AsyncClient, form: str | None
) -> None:
    """As it was asked for."""

    async def asked(accept: str) -> Response:
        headers = {"Accept": accept}
        if form is None:
            return await client.get("/events/nobody", headers=headers)
        return await client.post(f"/events/nobody/{form}", data={"level": "1"}, headers=headers)

    page = await asked("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "There is no such event" in page.text
    for accept in ("*/*", "application/json"):
        assert_problem(await asked(accept), 404, "unknown-event")


@pytest.mark.parametrize("event_id", ["a b", "x" * 129, "%3Cb%3E"])
async def test_what_cannot_be_an_id_is_refused(client: AsyncClient, event_id: str) -> None:
    """And not told back."""
    answer = await client.get(f"/events/{event_id}", headers=PAGE)

    assert answer.status_code == 422
    assert event_id not in answer.text
    assert "<b>event_id</b>" in answer.text


async def test_to_look_at_the_address_of_a_form_is_an_error_with_a_way_out(client: AsyncClient) -> None:
    """Somebody may go back to it, or follow it from elsewhere; nothing is done."""
    answer = await client.get("/events/c1/adjust?level=2", headers=ADA | PAGE)

    assert (answer.status_code, answer.headers["content-type"]) == (405, "text/html; charset=utf-8")
    assert '<a href="/">To the feed</a>' in answer.text
    assert await levels(client) == []


async def test_without_the_store_an_event_is_as_everybody_sees_it(
    app: FastAPI, client: AsyncClient, actions: Actions
) -> None:
    """It says so, and no form works: what cannot be kept is not taken."""
    await press(client, "c1", -2)
    app.state.actions = away(actions)

    page = await shown(client, "/events/c1")

    assert "Your wishes cannot be read right now." in page
    assert len(re.findall(r"<button[^>]* disabled>", page)) == 5
    assert 'aria-pressed="true"' not in page
    assert '<b class="num">5</b>' in page
    assert "/events/c1/dismiss" not in page
    for form in FORMS:
        answer = await send(client, f"/events/c1/{form}", {"level": 1})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert "Nothing was lost and nothing was changed." in answer.text


async def test_no_sentence_comes_from_an_address(client: AsyncClient) -> None:
    """A word that is none says nothing."""
    assert 'id="done"' not in await shown(client, "/events/c1?done=You+have+won")
