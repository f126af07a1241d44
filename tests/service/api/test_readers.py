"""The routes of readers: adjust and undo, wishes, interactions, and a reader as a whole."""

import json
from typing import Any

import pytest
from httpx2 import AsyncClient

from service.documents import write_document
from tests.build import an_event, two_stories
from tests.service.api.calls import (
    FEED,
    INTERACTIONS,
    LEDGER,
    PROFILE,
    USER,
    assert_refused,
    did,
    everything_in,
    feed_bytes,
    feed_ids,
    good,
    interact,
    keys_of,
    personal_signals,
    press,
    read,
    refused,
    wish,
)
from tests.service.test_app import put, ready

C1 = f"{LEDGER}/c1"
BOB = "/v1/users/bob"
UNMOVED = {"n_places": 100, "up": 0, "down": 0, "entered": 0, "left": 0, "largest": []}


# Adjust signal


@pytest.mark.parametrize(("level", "sign"), [(2, 1), (1, 1), (-1, -1), (-2, -1)])
async def test_a_press_moves_the_event_and_its_story(client: AsyncClient, level: int, sign: int) -> None:
    """Up lifts and down lowers both the pressed event and the other one of its story, in the very next feed."""
    before = await personal_signals(client)

    receipt = await press(client, "c1", level)

    after = await personal_signals(client)
    assert sign * (after["c1"] - before["c1"]) > 0
    assert sign * (after["c2"] - before["c2"]) > 0
    assert abs(after["c1"] - before["c1"]) > abs(after["c2"] - before["c2"])
    assert (receipt["event_id"], receipt["level"]) == ("c1", level)
    # Among equals, the story now stands together at the top or at the end.
    order = list(after)
    assert set(order[:2] if sign > 0 else order[2:]) == {"c1", "c2"}


async def test_a_receipt_tells_the_weights_that_moved(client: AsyncClient) -> None:
    """The most moved first; each from where it was to where the profile now has it."""
    first = (await press(client, "c1", 2))["changed"]
    second = (await press(client, "c1", -2))["changed"]

    weights = {one["term"]: one["weight"] for one in (await read(client, f"{PROFILE}?limit=100"))["weights"]}
    assert {one["from"] for one in first} == {0.0}
    assert {one["term"]: one["to"] for one in first} == {one["term"]: one["from"] for one in second}
    assert {one["term"]: one["to"] for one in second} == {term: weights[term] for term in (o["term"] for o in second)}
    moves = [abs(one["to"] - one["from"]) for one in second]
    assert moves == sorted(moves, reverse=True)
    assert ("word:jupit", "Jupiter") in {(one["term"], one["label"]) for one in first}


async def test_a_receipt_tells_how_the_feed_moved(client: AsyncClient) -> None:
    """From the feed as it was to the feed as it is: how many went up and down, and which the furthest."""
    before = await feed_ids(client)

    moved = (await press(client, "s2", 2))["moved"]

    after = await feed_ids(client)
    places = {event_id: (before.index(event_id) + 1, after.index(event_id) + 1) for event_id in before}
    assert after[0] == "s2"
    assert moved["n_places"] == 100
    assert (moved["up"], moved["down"], moved["entered"], moved["left"]) == (
        sum(then > now for then, now in places.values()),
        sum(then < now for then, now in places.values()),
        0,
        0,
    )
    told = {one["event_id"]: (one["from"], one["to"]) for one in moved["largest"]}
    assert told == {event_id: move for event_id, move in places.items() if move[0] != move[1]}
    assert {one["title"] for one in moved["largest"] if one["event_id"] == "s2"} == {"Dockworkers strike ends"}


async def test_a_retry_is_harmless(client: AsyncClient) -> None:
    """To say the same again changes nothing, and the receipt says so."""
    first = await press(client, "c1", 2)
    feed = await feed_bytes(client)

    again = await press(client, "c1", 2)

    assert again == first | {"changed": [], "moved": UNMOVED}
    assert await feed_bytes(client) == feed


async def test_a_level_is_absolute(client: AsyncClient) -> None:
    """The last press on an event counts, as if it were the only one."""
    await press(client, "c1", 2)
    await press(client, "c1", -1)
    await press(client, "c1", -1, user_id="bob")

    [entry] = (await read(client, LEDGER))["items"]
    assert (entry["event_id"], entry["level"]) == ("c1", -1)
    assert (await read(client, FEED))["items"] == (await read(client, f"{BOB}/feed"))["items"]


async def test_undo_restores_the_feed_byte_for_byte(client: AsyncClient) -> None:
    """Adjust and undo is never adjusted, also for a reader who had said something else."""
    await press(client, "s1", -1)
    before = await feed_bytes(client)
    there = await press(client, "c2", 2)
    assert await feed_bytes(client) != before

    back = (await client.delete(f"{LEDGER}/c2")).json()

    assert await feed_bytes(client) == before
    assert (back["event_id"], back["level"], back["revision"]) == ("c2", None, 3)
    assert [(one["term"], one["to"], one["from"]) for one in back["changed"]] == [
        (one["term"], one["from"], one["to"]) for one in there["changed"]
    ]
    assert (back["moved"]["up"], back["moved"]["down"]) == (there["moved"]["down"], there["moved"]["up"])


async def test_undo_of_what_was_never_said_changes_nothing(client: AsyncClient) -> None:
    """So that a retry is harmless too."""
    answer = good(await client.delete(C1))

    assert (answer["level"], answer["revision"], answer["changed"], answer["moved"]) == (None, 0, [], UNMOVED)


async def test_what_was_said_of_a_deleted_event_stays_and_can_be_undone(client: AsyncClient) -> None:
    """It goes on counting for the rest of the story, and the ledger still shows it, without a title."""
    await press(client, "c1", -2)

    await client.delete("/v1/events/c1")

    [entry] = (await read(client, LEDGER))["items"]
    assert (entry["event_id"], entry["title"], entry["level"]) == ("c1", None, -2)
    assert (await personal_signals(client))["c2"] < 5.0
    assert (await client.delete(C1)).status_code == 200
    assert (await personal_signals(client))["c2"] == 5.0


async def test_the_ledger_lists_what_was_said_oldest_first(client: AsyncClient) -> None:
    """With the event's title and the time; an event pressed again moves to the end."""
    for event_id, level in (("c1", 2), ("s1", -1), ("c1", 0)):
        await press(client, event_id, level)

    at = "2026-04-03T12:00:00Z"
    assert (await read(client, LEDGER))["items"] == [
        {"event_id": "s1", "title": "Dockworkers strike begins", "level": -1, "at": at},
        {"event_id": "c1", "title": "Comet nears Jupiter", "level": 0, "at": at},
    ]


async def test_reset_takes_all_adjustments_back(client: AsyncClient) -> None:
    """And nothing else: what was laid down and done stays. The receipt says how much it was."""
    await wish(client, mute=["word:wages"])
    await interact(client, did(1, "c2", "seen"))
    before = await feed_bytes(client)
    await press(client, "c1", 2)
    await press(client, "s1", -2)

    receipt = good(await client.delete(LEDGER))

    assert receipt["n_taken_back"] == 2
    assert await feed_bytes(client) == before
    assert (await read(client, LEDGER))["items"] == []
    assert [one["term"] for one in (await read(client, PROFILE))["mutes"]] == ["word:wage"]
    assert good(await client.delete(LEDGER))["n_taken_back"] == 0


async def test_one_readers_word_leaves_others_alone(client: AsyncClient) -> None:
    """Bob's feed does not move when Ada presses, mutes and dismisses."""
    before = await feed_bytes(client, "bob")

    await press(client, "c1", 2)
    await wish(client, mute=["word:strike"])
    await interact(client, did(1, "c2", "dismiss"))

    assert await feed_bytes(client, "bob") == before


LEVELS = {
    "too high": "31337",
    "too low": "-31337",
    "too large for any integer": "31337e999",
    "no number": "NaN",
    "a boolean": "true",
    "a float": "1.31337",
    "a whole float": "1.0",
    "a word": '"m4rk"',
    "nothing": "null",
    "a list": "[31337]",
}


@refused
@pytest.mark.parametrize("level", LEVELS.values(), ids=LEVELS)
async def test_a_level_is_a_whole_number_from_minus_2_to_2(refusing: AsyncClient, level: str) -> None:
    """And is not made one of anything else."""
    answer = await refusing.put(C1, content=f'{{"level": {level}}}')

    said = assert_refused(answer, 422, "invalid-document", "level")
    assert said["detail"].startswith("level: ")


@refused
@pytest.mark.parametrize(
    ("body", "field"),
    [("{}", "level"), ('{"level": 1, "mood": "m4rk"}', "mood"), ('["m4rk"]', ""), ('"m4rk"', "")],
)
async def test_an_adjustment_is_an_object_with_a_level_and_no_more(
    refusing: AsyncClient, body: str, field: str
) -> None:
    """What is missing and what is too much is named."""
    answer = await refusing.put(C1, content=body)

    assert_refused(answer, 422, "invalid-document", field)


# Profile and wishes


async def test_a_profile_shows_the_strongest_weights_and_where_they_come_from(client: AsyncClient) -> None:
    """Each weight is the sum of what the adjustments gave to it, and each of these can be taken back where it says."""
    await press(client, "c1", 2)
    await press(client, "s1", -1)

    profile = await read(client, f"{PROFILE}?limit=5")

    assert (profile["n_adjustments"], len(profile["weights"])) == (2, 5)
    assert profile["n_weights"] > 5
    sizes = [abs(one["weight"]) for one in profile["weights"]]
    assert sizes == sorted(sizes, reverse=True)
    for one in profile["weights"]:
        assert sum(given["value"] for given in one["because"]) == pytest.approx(one["weight"], abs=1e-9)
    for undo in {given["undo"] for one in profile["weights"] for given in one["because"]}:
        assert good(await client.delete(undo))["changed"]
    assert (await read(client, PROFILE))["weights"] == []


async def test_a_new_reader_has_a_blank_profile(client: AsyncClient) -> None:
    """Nobody has to be registered before being asked about."""
    profile = await read(client, PROFILE)

    assert {name: value for name, value in profile.items() if name != "profile_version"} == {
        "revision": 0,
        "n_adjustments": 0,
        "n_weights": 0,
        "weights": [],
        "mutes": [],
        "pins": [],
        "cleared": [],
    }
    assert (await read(client, LEDGER))["items"] == []
    assert await read(client, INTERACTIONS) == {"seen": [], "dismissed": []}


async def test_a_mute_hides_a_story_until_it_is_taken_back(client: AsyncClient) -> None:
    """By the stem of its word; the receipt says which live events that hides, and how the feed moved."""
    before = await feed_bytes(client)

    muted = await wish(client, mute=["word:Strikes"])

    assert muted["mutes"] == [{"term": "word:strike", "label": "strike", "n_hidden": 2, "hides": ["s1", "s2"]}]
    assert (muted["changed"], muted["moved"]["left"]) == ([], 2)
    assert sorted(await feed_ids(client)) == ["c1", "c2"]
    assert (await read(client, PROFILE))["mutes"] == muted["mutes"]
    assert (await wish(client, unmute=["word:striking"]))["mutes"] == []
    assert await feed_bytes(client) == before


async def test_a_pin_adds_its_points_whatever_is_learned(client: AsyncClient) -> None:
    """3 points to both events of the comet, which stand at 5; learning speaks of the word no more. Unpinned, the feed
    is as it was."""
    before = await feed_bytes(client)

    pinned = await wish(client, pin={"word:Comets": 3})

    assert pinned["pins"] == [{"term": "word:comet", "label": "comet", "points": 3.0, "n_events": 2}]
    assert await personal_signals(client) == {"c1": 8.0, "c2": 8.0, "s1": 5.0, "s2": 5.0}
    await press(client, "c1", -2)
    terms = {one["term"] for one in (await read(client, f"{PROFILE}?limit=100"))["weights"]}
    assert "word:jupit" in terms
    assert "word:comet" not in terms
    await client.delete(C1)
    assert (await wish(client, unpin=["word:comet"]))["pins"] == []
    assert await feed_bytes(client) == before


async def test_a_term_that_is_cleared_forgets_what_it_was_taught(client: AsyncClient) -> None:
    """Until it is restored; what else was learned stays."""
    await press(client, "c1", 2)
    before = await feed_bytes(client)

    cleared = await wish(client, clear=["word:comet"])

    assert cleared["cleared"] == [{"term": "word:comet", "label": "comet", "at": "2026-04-03T12:00:00Z"}]
    assert {"word:comet": 0.0}.items() <= {one["term"]: one["to"] for one in cleared["changed"]}.items()
    terms = {one["term"] for one in (await read(client, f"{PROFILE}?limit=100"))["weights"]}
    assert "word:jupit" in terms
    assert "word:comet" not in terms
    assert (await wish(client, restore=["word:comet"]))["cleared"] == []
    assert await feed_bytes(client) == before


async def test_to_wish_for_the_same_again_changes_nothing(client: AsyncClient) -> None:
    """So that a retry is harmless; nor does an empty change."""
    wishes: dict[str, Any] = {"mute": ["category:Chess"], "pin": {"source:Gazette": -1}}
    first = await wish(client, **wishes)

    for again in (wishes, {}):
        assert await wish(client, **again) == first | {"changed": [], "moved": UNMOVED}


WISHES: dict[str, tuple[object, list[str]]] = {
    "a word without its kind": ({"mute": ["comet", "word:m4rk"]}, ["mute.0"]),
    "an unknown kind": ({"unmute": ["word:m4rk", "tone:m4rk"]}, ["unmute.1"]),
    "a language": ({"clear": ["language:en"]}, ["clear.0"]),
    "two words": ({"restore": ["word:m4rk 31337"]}, ["restore.0"]),
    "words that say nothing": ({"mute": ["word:the", "word:m4rk", "word:and"]}, ["mute.0", "mute.2"]),
    "no name": ({"unpin": ["word:"]}, ["unpin.0"]),
    "a blank name": ({"mute": ["source:  "]}, ["mute.0"]),
    "a pin on no word": ({"pin": {"word:comet": 1, "word:the": 1}}, ["pin.word:the"]),
    "a number": ({"mute": [31337]}, ["mute.0"]),
    "no list": ({"mute": "word:m4rk"}, ["mute"]),
    "no object": ({"pin": ["word:m4rk"]}, ["pin"]),
    "points too high": ({"pin": {"word:comet": 31337}}, ["pin.word:comet"]),
    "points in quotes": ({"pin": {"word:comet": "3"}}, ["pin.word:comet"]),
    "a switch for points": ({"pin": {"word:comet": True}}, ["pin.word:comet"]),
    "points in words": ({"pin": {"word:comet": "m4rk"}}, ["pin.word:comet"]),
    "a long name": ({"mute": ["source:" + "m4rk" * 130]}, ["mute.0"]),
    "an unknown language": ({"mute": ["word:comet"], "language": "M4RK-m4rk"}, ["language"]),
    "an unknown field": ({"mood": ["word:m4rk"]}, ["mood"]),
    "more than 200": ({"mute": [f"source:m4rk{number}" for number in range(201)]}, ["mute"]),
}


@refused
@pytest.mark.parametrize(("wishes", "fields"), WISHES.values(), ids=WISHES)
async def test_a_bad_wish_is_named(refusing: AsyncClient, wishes: object, fields: list[str]) -> None:
    """By its place, with what would be right, and without what was sent."""
    assert_refused(await refusing.patch(PROFILE, json=wishes), 422, "invalid-document", *fields)


@refused
async def test_points_are_finite(refusing: AsyncClient) -> None:
    """JSON has no such numbers, but some writers send them."""
    for points in ("NaN", "Infinity", "-Infinity", "1e999"):
        answer = await refusing.patch(PROFILE, content=f'{{"pin": {{"word:comet": {points}}}}}')
        assert_refused(answer, 422, "invalid-document", "pin.word:comet")


async def test_a_reader_has_200_wishes_of_a_kind_at_most(client: AsyncClient) -> None:
    """One more is refused, and the 200 stay."""
    await wish(client, mute=[f"source:s{number}" for number in range(200)])

    answer = await client.patch(PROFILE, json={"mute": ["source:m4rk"]})

    assert "200" in assert_refused(answer, 422, "invalid-document", "")["detail"]
    assert len((await wish(client, mute=["source:s7"]))["mutes"]) == 200


# Interactions


async def test_what_a_reader_did_is_remembered_once(client: AsyncClient) -> None:
    """What is sent again, in the same batch or later, counts once; what is about an unknown event is passed over."""
    batch = [did(1, "c1", "seen"), did(2, "c1", "open"), did(3, "c1", "dwell", seconds=12.5), did(4, "gone", "open")]

    first, again = await interact(client, *batch, batch[1]), await interact(client, *batch)

    assert first == {"recorded": 3, "duplicates": 1, "unknown": 1, "revision": 1}
    assert again == {"recorded": 0, "duplicates": 3, "unknown": 1, "revision": 1}
    c1 = {"event_id": "c1", "title": "Comet nears Jupiter", "at": "2026-04-03T09:03:00Z", "n_opens": 1, "seconds": 12.5}
    assert await read(client, INTERACTIONS) == {"seen": [c1], "dismissed": []}


async def test_a_seen_event_sinks(client: AsyncClient) -> None:
    """By two points, however often it was seen; its signal stays, and nothing is learned from it."""
    await interact(client, did(1, "c1", "seen"), did(2, "c1", "open"))

    items = {one["event"]["id"]: one for one in (await read(client, FEED))["items"]}

    assert list(items)[-1] == "c1"
    seen = [reason for reason in items["c1"]["reasons"] if reason["kind"] == "seen"]
    assert [(reason["value"], reason["because"]) for reason in seen] == [(-2.0, ["c1"])]
    assert {one["personal_signal"] for one in items.values()} == {5.0}
    assert (await read(client, PROFILE))["weights"] == []


async def test_a_dismissed_event_leaves_until_it_is_restored(client: AsyncClient) -> None:
    """By their times: a restoring that comes late does not undo a later dismissal."""
    before = await feed_ids(client)
    dismissed = did(5, "c1", "dismiss")

    await interact(client, dismissed, did(4, "c1", "restore"))
    assert sorted(await feed_ids(client)) == ["c2", "s1", "s2"]
    assert [one["event_id"] for one in (await read(client, INTERACTIONS))["dismissed"]] == ["c1"]

    await interact(client, did(6, "c1", "restore"))
    assert await feed_ids(client) == before
    assert await read(client, INTERACTIONS) == {"seen": [], "dismissed": []}


@pytest.mark.parametrize("learns", [False, True])
async def test_opens_teach_only_where_they_are_meant_to(empty_server_url: str, learns: bool) -> None:
    """With the setting an open lifts its story a little, without it nothing moves."""
    async with ready(empty_server_url, learn_from_opens=learns) as client:
        await client.post("/v1/events", content=write_document(two_stories()))
        await interact(client, did(1, "c1", "open"))
        signals, weights = await personal_signals(client), (await read(client, PROFILE))["weights"]

    told = {(given["event_id"], given["level"], given["undo"]) for one in weights for given in one["because"]}
    assert told == ({("c1", None, f"{LEDGER}/c1")} if learns else set())
    assert (signals["c1"] > signals["c2"] > 5.0) if learns else (set(signals.values()) == {5.0})


DID: dict[str, tuple[dict[str, Any], str]] = {
    "an id with a space": ({"id": "m4rk 1"}, "1.id"),
    "an event's id with a space": ({"event_id": "m4rk 1"}, "1.event_id"),
    "an unknown action": ({"action": "m4rk"}, "1.action"),
    "a time without zone": ({"at": "2026-04-03T09:00:00.31337"}, "1.at"),
    "negative seconds": ({"action": "dwell", "seconds": -0.31337}, "1.seconds"),
    "more than a day": ({"action": "dwell", "seconds": 86_401}, "1.seconds"),
    "a dwell without seconds": ({"action": "dwell"}, "1"),
    "seconds without a dwell": ({"action": "open", "seconds": 3}, "1"),
    "a request id with a space": ({"request_id": "m4rk 1"}, "1.request_id"),
    "an unknown field": ({"mood": "m4rk"}, "1.mood"),
}


@refused
@pytest.mark.parametrize(("more", "field"), DID.values(), ids=DID)
async def test_a_bad_interaction_is_named(refusing: AsyncClient, more: dict[str, Any], field: str) -> None:
    """By its number in the batch and its field, without what was sent; none of the batch is recorded."""
    batch = [did(1, "c1", "dismiss"), did(2, "c1", "seen") | more]

    assert_refused(await refusing.post(INTERACTIONS, json=batch), 422, "invalid-document", field)
    assert (await read(refusing, INTERACTIONS))["dismissed"] == []


@refused
@pytest.mark.parametrize(
    ("batch", "field"),
    [(did(1, "c1", "seen"), ""), ([did(1, "c1", "seen")] * 501, ""), ([{}], "0.id"), (["m4rk"], "0")],
    ids=["one alone", "501", "an empty one", "a word"],
)
async def test_interactions_are_a_list_of_500_at_most(refusing: AsyncClient, batch: object, field: str) -> None:
    """Anything else is refused as a whole, with the first place where it is wrong."""
    said = (await refusing.post(INTERACTIONS, json=batch)).json()

    assert (said["status"], said["errors"][0]["field"]) == (422, field)


# A reader as a whole


async def test_what_was_exported_is_the_same_reader_elsewhere(client: AsyncClient, empty_server_url: str) -> None:
    """Import it, under another name or into a store that has lost it, and the feed has the same events for the same
    reasons; export it again and it is the same document."""
    for event_id, level in (("c1", 2), ("s1", -1), ("c2", 0)):
        await press(client, event_id, level)
    await wish(client, mute=["word:ended"], pin={"word:wages": 1.5}, clear=["word:comet"])
    await interact(client, did(1, "c1", "seen"), did(2, "s2", "dismiss"), did(3, "c2", "dwell", seconds=3.25))
    exported, page, view = [await read(client, path) for path in (f"{USER}/export", FEED, PROFILE)]

    imported = good(await client.post(f"{BOB}/import", json=exported))

    assert imported == {"profile_version": view["profile_version"], "revision": 1, "n_adjustments": 3}
    assert (await read(client, f"{BOB}/feed"))["items"] == page["items"]
    assert await read(client, f"{BOB}/export") == exported | {"user_id": "bob"}
    await client.delete(USER)
    await client.post(f"{USER}/import", json=exported)
    assert (await read(client, FEED))["items"] == page["items"]
    assert (await interact(client, did(1, "c1", "seen")))["duplicates"] == 1


async def test_an_import_takes_the_place_of_what_was_there(client: AsyncClient) -> None:
    """Nothing of it is left: to import a blank reader is to begin anew."""
    blank = await read(client, f"{USER}/export")
    before = await feed_bytes(client)
    await press(client, "c1", 2)
    await wish(client, mute=["word:strike"])
    await interact(client, did(1, "c2", "dismiss"))

    good(await client.post(f"{USER}/import", json=blank))

    assert await feed_bytes(client) == before
    assert await read(client, f"{USER}/export") == blank


async def test_long_words_survive_an_export_and_an_import(client: AsyncClient) -> None:
    """Whatever an event may say can be pressed, and what was pressed can be taken along."""
    await put(client, an_event("long", "Comet names", meaning="Ha" + "h" * 2_000 + " was the longest of all."))
    await press(client, "long", 2)
    page = await read(client, FEED)

    imported = good(await client.post(f"{BOB}/import", json=await read(client, f"{USER}/export")))

    assert imported["n_adjustments"] == 1
    assert (await read(client, f"{BOB}/feed"))["items"] == page["items"]


TERMS = {"counts": {"word:comet": 2}, "labels": {"word:comet": "Comet"}}
SAID = {"event_id": "c1", "level": 2, "at": "2026-04-03T09:00:00Z", "terms": TERMS}
DOCUMENTS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "an adjustment without terms": (
        {"adjustments": [SAID, {name: SAID[name] for name in ("event_id", "level", "at")}]},
        ["adjustments.1.terms"],
    ),
    "a level too high": ({"adjustments": [SAID | {"level": 31337}]}, ["adjustments.0.level"]),
    "an event twice": ({"adjustments": [SAID, SAID | {"level": 1}]}, ["adjustments.1.event_id"]),
    "terms without labels": ({"adjustments": [SAID | {"terms": TERMS | {"labels": {}}}]}, ["adjustments.0.terms"]),
    "a term of no kind": (
        {"adjustments": [SAID | {"terms": {"counts": {"m4rk": 1}, "labels": {"m4rk": "a"}}}]},
        ["adjustments.0.terms.counts.m4rk.[key]", "adjustments.0.terms.labels.m4rk.[key]"],
    ),
    "too many words": (
        {
            "adjustments": [
                SAID
                | {
                    "terms": {
                        "counts": {f"word:a{n}": 1 for n in range(97)},
                        "labels": {f"word:a{n}": "a" for n in range(97)},
                    }
                }
            ]
        },
        ["adjustments.0.terms"],
    ),
    "a word of two": (
        {"adjustments": [SAID | {"terms": {"counts": {"word:a m4rk": 1}, "labels": {"word:a m4rk": "a"}}}]},
        ["adjustments.0.terms"],
    ),
    "a source by another name": (
        {"adjustments": [SAID | {"terms": {"counts": {"source:A": 1}, "labels": {"source:A": "m4rk"}}}]},
        ["adjustments.0.terms"],
    ),
    "an open twice": (
        {"opens": [{"event_id": "c1", "at": SAID["at"], "terms": TERMS}] * 2},
        ["opens.1.event_id"],
    ),
    "a mute of no kind": ({"wishes": {"mutes": ["word:a", "m4rk"]}}, ["wishes.mutes.1"]),
    "points too low": ({"wishes": {"pins": {"word:a": -31337}}}, ["wishes.pins.word:a"]),
    "too many wishes": ({"wishes": {"mutes": [f"source:m4rk{n}" for n in range(201)]}}, ["wishes"]),
    "a broken time": ({"history": {"dismissed": {"c1": "m4rk"}}}, ["history.dismissed.c1"]),
    "a negative count": ({"history": {"seen": {"c1": {"at": 0, "n_opens": -31337}}}}, ["history.seen.c1.n_opens"]),
    "a long history": ({"history": {"dismissed": {f"e{n}": n for n in range(1001)}}}, ["history.dismissed"]),
    "a broken fingerprint": ({"heard": ["0f2e1d3c4b5a6978", "m4rk"]}, ["heard.1"]),
    "another format": ({"format": "m4rk"}, ["format"]),
    "no reader": ({"user_id": "m4rk 1"}, ["user_id"]),
    "an unknown field": ({"mood": "m4rk"}, ["mood"]),
}


@refused
@pytest.mark.parametrize(("more", "fields"), DOCUMENTS.values(), ids=DOCUMENTS)
async def test_a_bad_field_of_an_import_is_named(
    refusing: AsyncClient, more: dict[str, Any], fields: list[str]
) -> None:
    """By its place; nothing is taken over."""
    answer = await refusing.post("/v1/users/blank/import", json={"user_id": "ada"} | more)

    said = answer.json()
    assert (said["status"], [error["field"] for error in said["errors"]]) == (422, fields)
    assert (await read(refusing, "/v1/users/blank/profile"))["revision"] == 0


async def test_a_deleted_reader_leaves_nothing_behind(client: AsyncClient, empty_server_url: str) -> None:
    """No key, no impression, not even a name; they are then as one whom nobody has heard of."""
    before = await feed_bytes(client)
    await press(client, "c1", 2)
    await wish(client, mute=["word:strike"])
    await interact(client, did(1, "c2", "dismiss"))
    await read(client, f"{FEED}?limit=1")
    assert await keys_of(empty_server_url, "ada")

    answer = await client.delete(USER)

    assert (answer.status_code, answer.content) == (204, b"")
    kept = await everything_in(empty_server_url)
    assert [key for key, (content, _) in kept.items() if b"ada" in key or b"ada" in (content or b"")] == []
    assert (await client.delete(USER)).status_code == 204
    assert await feed_bytes(client) == before


async def test_a_merged_reader_has_what_both_had(client: AsyncClient, empty_server_url: str) -> None:
    """As if Ada had said, laid down and done it all herself; of the other nothing is left, and to merge again is
    harmless."""
    await press(client, "c1", 2, user_id="bob")
    await client.patch(f"{BOB}/profile", json={"mute": ["word:ends"], "pin": {"word:wages": 2}})
    await client.post(f"{BOB}/interactions", json=[did(1, "c2", "seen")])
    await press(client, "s1", -1)
    await wish(client, pin={"word:wages": 1})

    merged = good(await client.post(f"{USER}/merge", json={"user_id": "bob"}))

    assert merged["n_adjustments"] == 2
    assert {one["event_id"]: one["level"] for one in (await read(client, LEDGER))["items"]} == {"c1": 2, "s1": -1}
    profile = await read(client, PROFILE)
    assert [one["term"] for one in profile["mutes"]] == ["word:end"]
    assert [(one["term"], one["points"]) for one in profile["pins"]] == [("word:wage", 1.0)]
    assert [one["event_id"] for one in (await read(client, INTERACTIONS))["seen"]] == ["c2"]
    assert await keys_of(empty_server_url, "bob") == set()
    assert good(await client.post(f"{USER}/merge", json={"user_id": "bob"})) == merged


@refused
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "user_id"),
        ({"user_id": "m4rk 1"}, "user_id"),
        ({"user_id": "ada"}, "user_id"),
        ({"user_id": "bob", "mood": "m4rk"}, "mood"),
        (["m4rk"], ""),
    ],
    ids=json.dumps,
)
async def test_a_merge_names_another_reader_and_no_more(refusing: AsyncClient, body: object, field: str) -> None:
    """What is missing, wrong or too much is named; nobody is merged with themselves."""
    assert_refused(await refusing.post(f"{USER}/merge", json=body), 422, "invalid-document", field)
