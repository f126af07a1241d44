"""Words from outside that would be more than words: on every page they are shown as they are, and nothing runs."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from playwright.async_api import Page, expect

from service.documents import write_document
from tests.browser.conftest import OpenPage
from tests.browser.site import Site, running
from tests.build import an_event

pytestmark = pytest.mark.asyncio(loop_scope="session")

CORPUS = (
    "<script>alert(1)</script>",
    "</title></h1></script><script>alert(2)</script>",
    "<img src=x onerror=alert(3)>",
    "<svg/onload=alert(4)><animate onbegin=alert(4) attributeName=x dur=1s>",
    '" autofocus onfocus=alert(5) x="',
    "' onmouseover='alert(6)' style='position:fixed;inset:0",
    "<a href=javascript:alert(7)>click</a>",
    "<iframe srcdoc='<script>parent.alert(8)</script>'></iframe>",
    "<base href=//evil.example/><meta http-equiv=refresh content=0;url=//evil.example>",
    "{{ 7 * 7 }} {% raw %}${alert(9)}{# {{ cycler.__init__.__globals__ }} #}",
    "&lt;script&gt;alert(10)&lt;/script&gt; &#60;b&#62; &quot; &amp;amp;",
    "\u202eecno ta devom eb tsum yenom\u202c \u2066after\u2069 \u200f\u200b",
    "<style>*{display:none}</style><link rel=stylesheet href=//evil.example>",
    "<form action=//evil.example><button>Undo</button></form><input name=level value=2>",
    '--><!--<noscript><p title="</noscript><img src=x onerror=alert(11)>">]]>',
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(12)>",
)
IDS = [f"h{number}" for number in range(len(CORPUS))]
REFUSED = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "//evil.example/",
    "file:///etc/passwd",
    "https://example.org/ onclick=alert(1)",
)
# What stands on a page that a page of our own would never have.
_STRANGE = """() => [...document.querySelectorAll("*")].flatMap((one) => [
  ...one.getAttributeNames().filter((name) => /^on|^style$|^srcdoc$/.test(name)),
  ...["href", "action", "formaction", "src", "xlink:href"].map((name) => one.getAttribute(name)).filter((value) =>
    value !== null && !["http:", "https:"].includes(new URL(value, location.href).protocol)),
  ...["action", "formaction", "src"].map((name) => one.getAttribute(name)).filter((value) =>
    value !== null && new URL(value, location.href).origin !== location.origin),
  ...(one.matches("iframe, object, embed, img, base, math, style, animate, noscript, meta[http-equiv]")
    || (one.matches("script") && one.getAttribute("type") !== "module") ? [one.outerHTML.slice(0, 120)] : []),
])"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, chromium_path: str) -> Iterator[Site]:
    """A service of events that mean harm, which they are to bring themselves."""
    with running(tmp_path_factory.mktemp("hostile"), seeds=False) as opened:
        yield opened


def an_attack(number: int) -> dict[str, Any]:
    """An event that has this attack wherever words may stand, as a program sends it."""
    words = CORPUS[number]
    url = f"https://example.org/{quote(words, safe='<>()=;:/*{}$&#%')}\"'>"
    event: dict[str, Any] = json.loads(write_document(an_event(IDS[number], words, category=words[:100])))
    return event | {
        "summary": [words, "The comet nears Jupiter."],
        "details": [{"kind": "stat", "headline": words, "text": words}],
        "meaning": words,
        "sources": [{"name": words}, {"name": words, "title": words, "url": url}],
    }


async def stored(page: Page, site: Site) -> None:
    """Sends all attacks; to do it again does no harm."""
    lines = "\n".join(json.dumps(an_attack(number)) for number in range(len(CORPUS))).encode()
    headers = {"Content-Type": "application/x-ndjson"}
    answer = await page.request.post(f"{site.url}/v1/events", data=lines, headers=headers)
    assert (answer.status, (await answer.json()).get("invalid")) == (200, 0)


def as_shown(words: str) -> str:
    """Words as a browser shows them, where spaces are one."""
    return " ".join(words.split())


async def harmless(page: Page, path: str) -> None:
    """Opens a page, passes over all that is on it, and sees that it is of our own making."""
    await page.goto(path)
    await page.evaluate('document.querySelectorAll("details").forEach((one) => { one.open = true; })')
    assert (path, await page.evaluate(_STRANGE)) == (path, [])


async def test_an_event_says_its_words_as_they_are(open_page: OpenPage, hostile: Site) -> None:
    """Title, summary, details, meaning and sources are read on its page as they were sent."""
    page = await open_page("/reader", url=hostile.url)
    await stored(page, hostile)
    for number, words in enumerate(CORPUS):
        await harmless(page, f"{hostile.url}/events/{IDS[number]}")
        assert as_shown(await page.locator("h1").text_content() or "") == as_shown(words)
        assert await page.title() == as_shown(f"{words} · Signalfeed")
        for part in (".event .summary li >> nth=0", ".details h3", ".details h3 + p", "#meaning + p"):
            assert as_shown(await page.locator(part).text_content() or "") == as_shown(words)
        link = page.locator("#sources + ul a")
        assert as_shown(await link.text_content() or "") == as_shown(words)
        assert (await link.get_attribute("href") or "").startswith("https://example.org/")


async def test_feeds_and_what_is_said_of_a_reader_stay_words(open_page: OpenPage, hostile: Site, reader: str) -> None:
    """Pressed, muted and pinned, the same words are reasons, terms, categories and titles on all other pages."""
    page = await open_page("/reader", url=hostile.url)
    await stored(page, hostile)
    for event_id in IDS[::2]:
        address = f"{hostile.url}/v1/users/{reader}/adjustments/{event_id}"
        assert (await page.request.put(address, data={"level": 2})).ok
    wishes = {"mute": [f"source:{CORPUS[1]}"], "pin": {f"category:{CORPUS[3]}": 2}, "clear": [f"category:{CORPUS[4]}"]}
    assert (await page.request.patch(f"{hostile.url}/v1/users/{reader}/profile", data=wishes)).ok

    for path in ("/", f"/?said={IDS[0]}", "/you", f"/you?without={IDS[4]}", "/operator", "/reader"):
        await harmless(page, hostile.url + path)
    for words in CORPUS:
        await harmless(page, f"{hostile.url}/?category={quote(words[:100], safe='')}")
    await harmless(page, f"{hostile.url}/you")
    await expect(page.locator("#ledger li")).to_have_count(len(IDS[::2]))
    await expect(page.locator("#wishes")).to_contain_text(CORPUS[3][:40])


async def test_what_is_typed_and_sent_by_a_browser_stays_words(open_page: OpenPage, hostile: Site) -> None:
    """The names of files, rows and readers, the addresses of pages and what is laid down by hand."""
    page = await open_page("/reader", url=hostile.url)
    places = ("/?done={}", "/?cursor={}", "/new?cursor={}", "/you?without={0}&done={0}")
    for number, words in enumerate(CORPUS):
        named = quote(words, safe="")
        await harmless(page, f"{hostile.url}/{named}")
        await harmless(page, hostile.url + places[number % len(places)].format(named))
    rows = "\n".join(json.dumps(an_attack(number) | {words: words}) for number, words in enumerate(CORPUS)).encode()
    file: Any = {"name": f"{CORPUS[2]}.jsonl", "mimeType": "application/x-ndjson", "buffer": rows}
    await page.goto(hostile.url + "/operator")
    await page.get_by_label("A file of events").set_input_files(file)
    await page.get_by_role("button", name="Load").click()
    await expect(page.locator("#bad tbody tr")).to_have_count(len(CORPUS))
    assert await page.evaluate(_STRANGE) == []
    assert await page.locator("h1").text_content() == f"Loaded {CORPUS[2]}.jsonl"
    assert CORPUS[0] in await page.locator("#bad").inner_text()


async def test_an_imported_reader_stays_words(open_page: OpenPage, hostile: Site, reader: str) -> None:
    """A file that means harm is refused, or what it says is shown as it is."""
    page = await open_page("/you", url=hostile.url)
    counts = {f"source:{words}": 1 for words in CORPUS[:10]}
    told = {
        "user_id": reader,
        "adjustments": [
            {
                "event_id": "gone",
                "level": 2,
                "at": "2026-04-02T10:00:00Z",
                "terms": {"counts": counts, "labels": {name: name.partition(":")[2] for name in counts}},
            }
        ],
        "wishes": {"mutes": [f"source:{CORPUS[11]}"], "pins": {f"category:{CORPUS[4]}": 1.5}, "cleared": {}},
    }
    file: Any = {"name": "reader.json", "mimeType": "application/json", "buffer": json.dumps(told).encode()}
    await page.get_by_label("An exported file").set_input_files(file)
    await page.get_by_role("button", name="Import").click()
    await expect(page.locator("#done")).to_contain_text("Imported")
    await harmless(page, f"{hostile.url}/you")
    await expect(page.locator("#ledger")).to_contain_text("gone")
    await expect(page.locator("#wishes")).to_contain_text(CORPUS[4].strip()[:20])


async def test_an_address_that_is_no_web_address_is_refused(open_page: OpenPage, hostile: Site) -> None:
    """A source's url is http or https, or the event is not taken."""
    page = await open_page("/reader", url=hostile.url)
    for url in REFUSED:
        event = json.loads(write_document(an_event("refused"))) | {"sources": [{"name": "Gazette", "url": url}]}
        answer = await page.request.put(f"{hostile.url}/v1/events/refused", data=event)
        assert (url, answer.status) == (url, 422)
    assert (await page.request.get(f"{hostile.url}/v1/events/refused")).status == 404
