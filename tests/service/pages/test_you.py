"""The page of a reader's own signal: what it says, and what its forms do."""

import json
import re
from html import unescape
from itertools import pairwise
from typing import Any

import pytest
from httpx2 import AsyncClient, Response

from service.documents import write_document
from service.pages.words import weight as shown_weight
from service.seeding import seed_events
from tests.build import an_event
from tests.service.api.calls import feed_bytes, good, press, read

MAX_PAGE_BYTES = 40_000
GUEST = "/v1/users/guest"
HOSTILE = "<script>alert(1)</script>"
HTML = {"Accept": "text/html"}


async def shown(client: AsyncClient, path: str = "/you") -> str:
    """The page at an address."""
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    assert len(answer.content) < MAX_PAGE_BYTES
    return answer.text


def part(page: str, name: str) -> str:
    """The markup of one section; empty where there is none."""
    found = re.search(rf'<(section|aside) id="{name}".*?</\1>', page, re.DOTALL)
    return found[0] if found else ""


def text_of(markup: str) -> str:
    """What is said, without its markup, with every space a single one."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", markup)).split())


def entries(markup: str) -> list[str]:
    """What each entry of a list says."""
    return [text_of(one) for one in re.findall(r"<li.*?</li>", markup, re.DOTALL)]


async def send(client: AsyncClient, path: str, **fields: str) -> Response:
    """The answer to a form."""
    return await client.post(path, data=fields, headers=HTML)


async def done(client: AsyncClient, path: str, **fields: str) -> str:
    """The page that a form leads to."""
    answer = await send(client, path, **fields)
    assert answer.status_code == 303, answer.text
    return await shown(client, answer.headers["location"].partition("#")[0])


async def profile(client: AsyncClient) -> Any:
    """What the service thinks of the guest."""
    return await read(client, f"{GUEST}/profile?limit=100")


async def order(client: AsyncClient) -> list[str]:
    """The ids of the events in the guest's feed."""
    return [one["event"]["id"] for one in (await read(client, f"{GUEST}/feed"))["items"]]


# Who has said nothing


async def test_who_has_said_nothing_is_told_what_to_do(client: AsyncClient) -> None:
    """They have no weights and no ledger; the feed as it is stands beside."""
    page = await shown(client)

    assert "<h1>Your signal</h1>" in page
    assert "follows from 0 adjustments alone" in text_of(page)
    assert "Open any event and press Adjust signal" in text_of(part(page, "weights"))
    assert '<a href="/">' in part(page, "weights")
    assert len(entries(part(page, "preview"))) == 4
    assert part(page, "hidden") == ""


async def test_a_press_on_0_teaches_nothing_and_is_in_the_ledger(client: AsyncClient) -> None:
    """The page says so."""
    await press(client, "c1", 0, "guest")

    page = await shown(client)

    assert "teaches nothing yet" in text_of(part(page, "weights"))
    assert "As it is" in text_of(part(page, "ledger"))


# Weights


async def test_weights_are_bars_from_the_middle(client: AsyncClient) -> None:
    """The largest takes a whole side; those against a term go to the left of the middle."""
    await press(client, "c1", 1, "guest")
    await press(client, "s1", -2, "guest")
    weights = (await profile(client))["weights"][:20]

    bars = re.findall(r'<rect class="(\w+)" x="([\d.]+)%" width="([\d.]+)%"', part(await shown(client), "weights"))

    largest = abs(weights[0]["weight"])
    assert len(bars) == len(weights)
    assert {sign for sign, _, _ in bars} == {"up", "down"}
    assert bars[0] == ("down", "0.0", "50.0")
    for (sign, x, width), one in zip(bars, weights, strict=True):
        assert float(width) == pytest.approx(50 * abs(one["weight"]) / largest, abs=0.06)
        assert float(x) == pytest.approx(50 if sign == "up" else 50 - float(width), abs=0.11)
        assert (sign == "up") == (one["weight"] > 0)


async def test_a_weight_says_its_label_kind_value_and_why(client: AsyncClient) -> None:
    """What each adjustment gave to it is named with the event, its level and a button that takes it back."""
    await press(client, "c1", 2, "guest")
    strongest = (await profile(client))["weights"][0]

    first = re.search(r"<ol.*?</details>", part(await shown(client), "weights"), re.DOTALL)

    assert first is not None
    value = shown_weight(strongest["weight"])
    said = text_of(first[0])
    assert said.startswith(f"{strongest['label']} {strongest['term'].partition(':')[0]} {value} Why")
    assert f"{value} you turned far up Comet nears Jupiter Undo" in said
    assert '<a href="/events/c1">' in first[0]
    assert 'formaction="/events/c1/undo"' in first[0]


async def test_more_weights_than_are_shown_are_counted(client: AsyncClient) -> None:
    """Twenty are shown."""
    letters = " ".join(f"{one}{other}{one}" for one in "bdfgk" for other in "aeiou")
    await client.post("/v1/events", content=write_document(an_event("long", "Words", summary=(letters,))))
    for event_id in ("c1", "s1", "long"):
        await press(client, event_id, 2, "guest")
    n_weights = (await profile(client))["n_weights"]
    assert n_weights > 20

    page = part(await shown(client), "weights")

    assert page.count("<rect") == 20
    assert f"and {n_weights - 20} more weight" in text_of(page)


async def test_who_asks_why_is_shown_more(client: AsyncClient) -> None:
    """Three contributions are named, and of the weight that is asked about all four, unfolded."""
    for event_id, level in (("c1", 2), ("c2", 1), ("s1", -1), ("s2", 1)):
        await press(client, event_id, level, "guest")
    named = {one["term"]: one for one in (await profile(client))["weights"][:20]}
    term = next(name for name, one in named.items() if len(one["because"]) == 4)

    usual, asked = await shown(client), await shown(client, f"/you?why={term}")

    assert "and 1 smaller part" in text_of(part(usual, "weights"))
    assert usual.count("<details open>") == 0
    assert asked.count("<details open>") == 1
    unfolded = asked.partition("<details open>")[2].partition("</details>")[0]
    assert unfolded.count("Undo") == 4


# Undo


async def test_a_press_is_taken_back_from_here(client: AsyncClient) -> None:
    """As if it had never been made; and the reader is back here, and told so."""
    before = await feed_bytes(client, "guest")
    await press(client, "c1", 2, "guest")
    assert await feed_bytes(client, "guest") != before

    answer = await send(client, "/events/c1/undo", back="you")

    assert answer.headers["location"].startswith("/you?done=undone")
    assert 'id="done"' in await shown(client, answer.headers["location"])
    assert await feed_bytes(client, "guest") == before


# Wishes


@pytest.mark.parametrize("fields", [{"do": "mute word:comet"}, {"do": "mute", "kind": "word", "name": " Comets "}])
async def test_a_word_is_muted_and_unmuted(client: AsyncClient, fields: dict[str, str]) -> None:
    """By a button or by its name; the section says what it hides, and takes it back."""
    page = await done(client, "/you/wishes", **fields)

    assert "Muted: its events have left your feed." in page
    assert entries(part(page, "wishes")) == ["comet word hides 2 events Unmute comet"]
    assert await order(client) == ["s1", "s2"] or await order(client) == ["s2", "s1"]

    page = await done(client, "/you/wishes", do="unmute word:comet")

    assert "Nothing so far." in text_of(part(page, "wishes"))
    assert len(await order(client)) == 4


@pytest.mark.parametrize(
    ("fields", "points", "said"),
    [
        ({"do": "up source:Gazette"}, 1.0, "+1.0"),
        ({"do": "down source:Gazette"}, -1.0, "−1.0"),
        ({"do": "pin", "kind": "source", "name": "Gazette", "points": "2.5"}, 2.5, "+2.5"),
    ],
)
async def test_a_source_is_pinned_and_unpinned(
    client: AsyncClient, fields: dict[str, str], points: float, said: str
) -> None:
    """By a point up or down, or by as many as are said."""
    page = await done(client, "/you/wishes", **fields)

    assert [one["points"] for one in (await profile(client))["pins"]] == [points]
    assert entries(part(page, "wishes")) == [f"Gazette source {said} on 4 events Unpin Gazette"]

    page = await done(client, "/you/wishes", do="unpin source:Gazette")

    assert "No longer pinned" in page
    assert (await profile(client))["pins"] == []


async def test_a_category_is_cleared_and_restored(client: AsyncClient) -> None:
    """What was said up to now teaches nothing of it, until it does again."""
    await client.post("/v1/events", content=write_document(an_event("m1", "Rover on Mars", category="Space")))
    await press(client, "m1", 2, "guest")
    assert "category:Space" in {one["term"] for one in (await profile(client))["weights"]}

    page = await done(client, "/you/wishes", do="clear", kind="category", name="Space")

    assert entries(part(page, "wishes")) == ["Space category on 3 Apr 2026 Restore Space"]
    assert "category:Space" not in {one["term"] for one in (await profile(client))["weights"]}

    await done(client, "/you/wishes", do="restore category:Space")

    assert "category:Space" in {one["term"] for one in (await profile(client))["weights"]}


@pytest.mark.parametrize(
    "fields",
    [
        {"do": "adore word:comet"},
        {"do": "mute", "name": "the"},
        {"do": "mute", "name": "north harbour"},
        {"do": "mute"},
        {"do": "mute", "kind": "colour", "name": "red"},
        {"do": "pin", "name": "comet", "points": "11"},
        {"do": "pin", "name": "comet", "points": "nan"},
        {},
    ],
)
async def test_a_wish_that_cannot_be_is_refused(client: AsyncClient, fields: dict[str, str]) -> None:
    """With a page that says why; nothing is changed."""
    answer = await send(client, "/you/wishes", **fields)

    assert answer.status_code == 422
    assert 'id="problem"' in answer.text
    assert await read(client, f"{GUEST}/export") | {"user_id": ""} == await read(client, "/v1/users/new/export") | {
        "user_id": ""
    }


async def test_a_long_list_of_wishes_is_cut_and_counted(client: AsyncClient) -> None:
    """Six of a kind are listed."""
    good(await client.patch(f"{GUEST}/profile", json={"mute": [f"source:Paper {n}" for n in range(9)]}))

    page = await shown(client)

    assert entries(part(page, "wishes"))[6:] == ["and 3 more, which can be taken back by name"]


# Ledger and preview


async def test_the_ledger_is_newest_first(client: AsyncClient) -> None:
    """Each adjustment with its event, level and date."""
    await press(client, "c1", 2, "guest")
    await press(client, "s1", -1, "guest")

    page = part(await shown(client), "ledger")

    assert entries(page) == [
        "Dockworkers strike begins Less 3 Apr 2026 Without it Undo",
        "Comet nears Jupiter Far more 3 Apr 2026 Without it Undo",
    ]
    assert '<a href="/events/s1">' in page
    assert "aria-current" not in page


async def test_an_adjustment_outlives_its_event(client: AsyncClient) -> None:
    """It is named by its id, without a link."""
    await press(client, "c1", 2, "guest")
    await client.delete("/v1/events/c1")

    page = part(await shown(client), "ledger")

    assert entries(page) == ["c1 no longer in the catalogue Far more 3 Apr 2026 Without it Undo"]
    assert '<a href="/events/c1">' not in page


async def test_the_ledger_has_pages(client: AsyncClient) -> None:
    """Twenty adjustments on each; an offset beyond the end leads to the last."""
    await client.post("/v1/events", content=write_document([an_event(f"e{n}", f"Event no{n}") for n in range(43)]))
    for n in range(43):
        await press(client, f"e{n}", 1, "guest")

    first, second, last, beyond = [part(await shown(client, f"/you?from={n}"), "ledger") for n in (0, 20, 40, 900)]

    assert [one.split()[1] for one in entries(first)] == [f"no{n}" for n in range(42, 22, -1)]
    assert [one.split()[1] for one in entries(second)] == [f"no{n}" for n in range(22, 2, -1)]
    assert [one.split()[1] for one in entries(last)] == ["no2", "no1", "no0"]
    assert beyond == last
    assert "41 to 43 of 43 adjustments" in text_of(last)
    assert "/you?without=e0&amp;from=40#preview" in last
    links = [re.findall(r'href="/you\?from=(\d+)#ledger">(\w+)', one) for one in (first, second, last)]
    assert links == [[("20", "Older")], [("0", "Newer"), ("40", "Older")], [("20", "Newer")]]


async def test_the_preview_shows_the_feed_as_it_is(client: AsyncClient) -> None:
    """In its order, with each event's personal signal; an event that was not adjusted changes nothing of it."""
    await press(client, "s2", 2, "guest")

    page = part(await shown(client), "preview")

    assert "Your feed now" in page
    assert re.findall(r"/events/(\w+)", page) == await order(client)
    assert entries(page)[0].startswith("1 Dockworkers strike ends signal ")
    assert part(await shown(client, "/you?without=c1"), "preview") == page


async def test_the_preview_shows_the_feed_without_an_adjustment(client: AsyncClient) -> None:
    """In the order that it had before, and how far each event stands from where it is now, also in words."""
    before = await order(client)
    await press(client, before[-1], 2, "guest")
    after = await order(client)
    assert after[0] == before[-1]

    page = await shown(client, f"/you?without={before[-1]}")

    preview = part(page, "preview")
    assert re.search(r"Your feed without “\w+", text_of(preview))
    assert re.findall(r"/events/(\w+)", preview) == before
    moves = [after.index(event_id) - before.index(event_id) for event_id in before]
    assert moves[-1] == -3
    for said, move in zip(entries(preview), moves, strict=True):
        arrow = "= as now" if move == 0 else f"{'▲' if move > 0 else '▼'} {abs(move)} {abs(move)} place"
        assert arrow in said
    assert "3 places lower than now" in entries(preview)[-1]
    assert 'href="/you#preview">Show the feed as it is' in preview
    assert part(page, "ledger").count('aria-current="true"') == 1
    assert await order(client) == after, "only looked at"


async def test_an_event_that_was_too_far_down_is_new_in_the_preview(client: AsyncClient) -> None:
    """It has no place among those that were compared."""
    low = [an_event(f"e{n}", f"Filler no{n}", signal=7.0) for n in range(120)]
    await client.post("/v1/events", content=write_document([*low, an_event("top", "Volcano erupts", signal=9.5)]))
    await press(client, "top", -2, "guest")
    assert "top" not in [one["event"]["id"] for one in (await read(client, f"{GUEST}/feed?limit=100"))["items"]]

    page = part(await shown(client, "/you?without=top"), "preview")

    assert entries(page)[0].startswith("1 new : not among the first 100 now Volcano erupts")


# Hidden events


async def test_a_hidden_event_is_shown_again(client: AsyncClient) -> None:
    """The section is there while something is hidden."""
    await send(client, "/events/c1/dismiss", back="event")
    assert "c1" not in await order(client)

    page = part(await shown(client), "hidden")

    assert entries(page) == ["Comet nears Jupiter Show again : Comet nears Jupiter"]
    assert 'formaction="/events/c1/restore"' in page

    page = await done(client, "/events/c1/restore", back="you")

    assert part(page, "hidden") == ""
    assert "c1" in await order(client)


async def test_many_hidden_events_are_counted(client: AsyncClient) -> None:
    """Ten are listed; one that has left the catalogue is named by its id, and cannot be shown again."""
    await client.post("/v1/events", content=write_document([an_event(f"e{n}", f"Event no{n}") for n in range(12)]))
    for n in range(12):
        await send(client, f"/events/e{n}/dismiss")
    await client.delete("/v1/events/e9")

    page = part(await shown(client), "hidden")

    assert len(entries(page)) == 10
    assert "and 2 more events" in text_of(page)
    assert entries(page)[0] == "e9 no longer in the catalogue"
    assert "/events/e9/restore" not in page


# Your data


async def test_an_export_is_the_one_of_the_api(client: AsyncClient) -> None:
    """Byte for byte, as a file that is named after the reader and kept nowhere."""
    await press(client, "c1", 2, "guest")

    answer = await client.get("/you/export")

    assert answer.content == (await client.get(f"{GUEST}/export")).content
    assert answer.headers["content-disposition"] == 'attachment; filename="signalfeed-guest.json"'
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_an_export_is_put_in_again(client: AsyncClient) -> None:
    """The same feed, byte for byte, after everything was deleted."""
    await press(client, "c1", 2, "guest")
    await done(client, "/you/wishes", do="up word:strike")
    before, exported = await feed_bytes(client, "guest"), (await client.get("/you/export")).content
    await done(client, "/you/delete", sure="yes")
    assert await feed_bytes(client, "guest") != before

    answer = await client.post("/you/import", files={"document": ("signalfeed-guest.json", exported)})

    assert answer.headers["location"] == "/you?done=imported"
    assert 'id="done"' in await shown(client, "/you?done=imported")
    assert await feed_bytes(client, "guest") == before


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        (b"", 422, "this one is empty"),
        (b" \n", 422, "this one is empty"),
        (b"not JSON", 400, "This is not JSON"),
        (b"{}", 422, "is required"),
    ],
)
async def test_a_file_that_is_no_export_is_refused(client: AsyncClient, text: bytes, status: int, said: str) -> None:
    """With a page that says why; what is known of the reader stays."""
    await press(client, "c1", 2, "guest")
    before = await feed_bytes(client, "guest")

    answer = await client.post("/you/import", files={"document": ("some.json", text)}, headers=HTML)

    assert answer.status_code == status
    assert said in text_of(answer.text)
    assert await feed_bytes(client, "guest") == before


async def test_an_import_without_a_file_is_refused(client: AsyncClient) -> None:
    """As an empty one is."""
    answer = await send(client, "/you/import")

    assert answer.status_code == 422
    assert "this one is empty" in text_of(answer.text)


async def test_a_reset_takes_back_what_was_said(client: AsyncClient) -> None:
    """Wishes stay."""
    await press(client, "c1", 2, "guest")
    await done(client, "/you/wishes", do="mute word:strike")

    page = await done(client, "/you/reset", sure="yes")

    assert "All your adjustments are taken back." in page
    assert "follows from 0 adjustments alone" in text_of(page)
    assert [one["term"] for one in (await profile(client))["mutes"]] == ["word:strike"]


async def test_everything_is_deleted(client: AsyncClient) -> None:
    """Wishes too."""
    await press(client, "c1", 2, "guest")
    await done(client, "/you/wishes", do="mute word:strike")

    page = await done(client, "/you/delete", sure="yes")

    assert "All that was known of you is deleted." in page
    exported = await read(client, f"{GUEST}/export")
    assert (exported["adjustments"], exported["wishes"]["mutes"]) == ([], [])


@pytest.mark.parametrize("path", ["/you/reset", "/you/delete"])
@pytest.mark.parametrize("fields", [{}, {"sure": "no"}])
async def test_nothing_is_taken_away_from_who_is_not_sure(
    client: AsyncClient, path: str, fields: dict[str, str]
) -> None:
    """The box has to be ticked, also where no browser insists on it."""
    await press(client, "c1", 2, "guest")
    before = (await client.get(f"{GUEST}/export")).content

    answer = await send(client, path, **fields)

    assert answer.status_code == 422
    assert "sure" in text_of(answer.text)
    assert (await client.get(f"{GUEST}/export")).content == before


@pytest.mark.parametrize("path", ["/you/wishes", "/you/import", "/you/reset", "/you/delete"])
async def test_forms_of_other_sites_are_refused(client: AsyncClient, path: str) -> None:
    """Whatever is in them."""
    answer = await client.post(
        path, data={"do": "mute word:comet", "sure": "yes"}, headers={"Origin": "http://elsewhere.example"}
    )

    assert answer.status_code == 403
    assert len(await order(client)) == 4


# The page as a whole


async def test_the_page_is_of_the_reader_who_was_chosen(client: AsyncClient) -> None:
    """Of the guest, unless the browser says otherwise."""
    await press(client, "c1", 2, "ada")

    answer = await client.get("/you", headers={"Cookie": "signalfeed-reader=ada"})

    assert "follows from 1 adjustment alone" in text_of(answer.text)
    assert "/v1/users/ada/profile" in answer.text
    assert "follows from 0 adjustments alone" in text_of(await shown(client))


async def test_what_is_hostile_is_only_shown(client: AsyncClient) -> None:
    """Titles, publishers and addresses are text, wherever they stand."""
    source = {"name": f'"{HOSTILE}'}
    event = json.loads(write_document(an_event("h", HOSTILE))) | {"category": HOSTILE, "sources": [source]}
    await client.post("/v1/events", json=event)
    await press(client, "h", 2, "guest")
    await done(client, "/you/wishes", do="mute", kind="source", name=HOSTILE)

    page = await shown(client, f"/you?without=h&done={HOSTILE}&why={HOSTILE}")

    assert "<script>" not in page
    assert '"&#' not in page.replace('"&#34;', "")
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 5
    assert 'id="done"' not in page
    assert "style=" not in page
    answer = await client.get("/you")
    assert "script-src 'self'" in answer.headers["content-security-policy"]


async def test_every_input_has_a_label_and_every_id_is_there_once(client: AsyncClient) -> None:
    """With something in every section; what labels and describes is there."""
    for event_id in ("c1", "s1"):
        await press(client, event_id, 1, "guest")
    for wish in ("mute word:jupit", "up word:strike", "clear category:News"):
        await done(client, "/you/wishes", do=wish)
    await send(client, "/events/c2/dismiss")

    page = await shown(client, "/you?without=s1")

    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert {"gist", "weights", "wishes", "ledger", "preview", "hidden", "yours"} <= set(ids)
    referred = re.findall(r'(?:aria-labelledby|aria-describedby|for)="([^"]+)"', page)
    assert set(referred) <= set(ids)
    named = set(re.findall(r'<(?:input|select) id="([^"]+)"', page))
    assert named == {"do", "kind", "name", "points", "document"}
    assert named <= set(re.findall(r'<label for="([^"]+)"', page))
    levels = [int(one) for one in re.findall(r"<h(\d)", page)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("query", ["?from=-1", "?from=x"])
async def test_an_offset_that_is_none_is_refused(client: AsyncClient, query: str) -> None:
    """With a page that says so."""
    answer = await client.get(f"/you{query}", headers=HTML)

    assert answer.status_code == 422
    assert "from" in text_of(answer.text)


async def test_a_page_that_still_holds_is_not_sent_again(client: AsyncClient) -> None:
    """Until something is said."""
    tag = (await client.get("/you")).headers["etag"]

    same = await client.get("/you", headers={"If-None-Match": tag})
    await press(client, "c1", 1, "guest")
    changed = await client.get("/you", headers={"If-None-Match": tag})

    assert (same.status_code, same.content) == (304, b"")
    assert changed.status_code == 200


async def test_the_page_stays_light(client: AsyncClient) -> None:
    """With sixty adjustments of long titles, wishes of every kind and hidden events, on the heaviest of its views."""
    await client.post("/v1/events", content=seed_events(), headers={"Content-Type": "application/x-ndjson"})
    ids = [json.loads(line)["id"] for line in seed_events().splitlines()]
    for n, event_id in enumerate(ids[:60]):
        await press(client, event_id, (2, -2, 1, -1)[n % 4], "guest")
    await shown(client)
    for event_id in ids[60:75]:
        await send(client, f"/events/{event_id}/dismiss")
    names = [one["term"] for one in (await profile(client))["weights"] if not one["term"].startswith("language")]
    wishes = {"mute": names[20:30], "pin": dict.fromkeys(names[30:40], 1.0), "clear": names[40:50]}
    good(await client.patch(f"{GUEST}/profile", json=wishes))

    for query in ("", f"?from=20&without={ids[30]}", f"?from=20&without={ids[30]}&why={names[0]}"):
        page = await shown(client, f"/you{query}")
        assert part(page, "weights").count("<rect") == 20
        assert len(entries(part(page, "ledger"))) == 20
        unexplained = re.findall(r'href="/you\?why=[^"]+#weights">Why', page)
        assert part(page, "weights").count("<details") + len(unexplained) == 20
        assert unexplained
