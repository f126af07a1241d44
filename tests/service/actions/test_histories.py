"""What can be asked of histories: what readers did counts once, sinks or hides events, and teaches nothing."""

from datetime import timedelta
from typing import Any

import pytest

from ranking.params import Params
from service.actions import Actions
from service.answers import SeenEvent
from tests.build import NOW, an_event
from tests.service.actions.build import NOBODY_SAID, did, feed_bytes, feed_ids, stocked, weights, worker


async def test_what_was_seen_sinks_by_two_points(actions: Actions) -> None:
    """Seen, opened or dwelt on is all the same to the feed, and to see it again sinks it no further. A signal of 6.5
    leads by 1.5 points; less 2 it comes behind the best of the others, and before nobody it would not pass unseen."""
    await actions.events.put_event(an_event("top", "Glacier calves", signal=6.5))
    assert (await feed_ids(actions, "ann"))[0] == "top"
    before = (await actions.feeds.read_event("ann", "top")).score
    for one in (did("seen", "top"), did("open", "top"), did("dwell", "top", 5.0), did("seen", "top", hours_ago=1)):
        await actions.histories.interact("ann", [one])
        assert (await actions.feeds.read_event("ann", "top")).score == before - 2
    assert (await feed_ids(actions, "ann"))[0] != "top"
    assert (await feed_ids(actions, "bob"))[0] == "top"


async def test_what_was_dismissed_is_gone_until_it_is_restored(actions: Actions) -> None:
    """And then the feed has the bytes that it had."""
    before = await feed_bytes(actions, "ann")
    await actions.histories.interact("ann", [did("dismiss", "c1", hours_ago=2)])
    assert "c1" not in await feed_ids(actions, "ann")
    await actions.histories.interact("ann", [did("restore", "c1", hours_ago=3)])
    assert "c1" not in await feed_ids(actions, "ann")
    await actions.histories.interact("ann", [did("restore", "c1", hours_ago=1)])
    assert await feed_bytes(actions, "ann") == before


async def test_what_is_sent_again_counts_once(actions: Actions) -> None:
    """Within a batch, in another, or under the same id with another content; and the receipt says so. Nothing new
    leaves the revision as it is."""
    batch = [did("open", "c1"), did("dwell", "c1", 7.5), did("open", "c1")]
    first = await actions.histories.interact("ann", batch)
    assert (first.recorded, first.duplicates, first.unknown, first.revision) == (2, 1, 0, 1)
    again = await actions.histories.interact("ann", [*batch, did("open", "s1", named="open-c1-0")])
    assert (again.recorded, again.duplicates, again.unknown, again.revision) == (0, 4, 0, 1)
    [seen] = (await actions.histories.read_history("ann")).seen
    assert (seen.event_id, seen.n_opens, seen.seconds) == ("c1", 1, 7.5)


async def test_what_is_about_unknown_events_is_passed_over(actions: Actions, empty_server_url: str) -> None:
    """The rest of the batch counts. An event that another worker has just stored is known."""
    async with worker(empty_server_url) as other:
        await actions.events.put_event(an_event("new"))
        batch = [did("seen", "nothing"), did("seen", "new"), did("seen", "c1")]
        receipt = await other.histories.interact("ann", batch)
    assert (receipt.recorded, receipt.duplicates, receipt.unknown) == (2, 0, 1)
    assert {one.event_id for one in (await actions.histories.read_history("ann")).seen} == {"new", "c1"}


async def test_a_history_is_told_from_the_latest_on(actions: Actions) -> None:
    """With how often and how long; an event that is gone has no title any more."""
    batch = [
        did("seen", "c1", hours_ago=4),
        did("open", "c2", hours_ago=2),
        did("dwell", "c2", 30.0, hours_ago=3),
        did("dismiss", "s1", hours_ago=5),
        did("dismiss", "s2", hours_ago=1),
    ]
    await actions.histories.interact("ann", batch)
    await actions.events.delete_event("c1")
    history = await actions.histories.read_history("ann")
    at = {hours: NOW - timedelta(hours=hours) for hours in range(1, 6)}
    assert history.seen == (
        SeenEvent("c2", "Comet passes Jupiter", at[2], 1, 30.0),
        SeenEvent("c1", None, at[4]),
    )
    assert history.dismissed == (
        SeenEvent("s2", "Dockworkers strike ends", at[1]),
        SeenEvent("s1", "Dockworkers strike begins", at[5]),
    )


async def test_what_readers_do_teaches_nothing(actions: Actions) -> None:
    """After any number of opens the profile is that of a reader who has said nothing, and an event of the same story
    stands where it stood."""
    unmoved = (await actions.feeds.read_event("ann", "c2")).reasons
    for number in range(5):
        await actions.histories.interact("ann", [did("open", "c1", named=f"open-{number}")])
    profile = await actions.readers.read_profile("ann", 50)
    assert (profile.profile_version, profile.n_weights) == (NOBODY_SAID, 0)
    assert (await actions.feeds.read_event("ann", "c2")).reasons == unmoved
    assert (await actions.accounts.export("ann")).opens == ()


async def test_opens_teach_where_that_is_switched_on(empty_server_url: str) -> None:
    """An open is a small wish: it raises what is like the event, less than a press does, is named as the reason, and
    can be undone as one."""
    async with worker(empty_server_url, Params(learn_from_opens=True)) as actions:
        await stocked(actions)
        await actions.histories.interact("ann", [did("seen", "s1"), did("open", "c1")])
        await actions.readers.adjust("bob", "c1", 1)
        opened, pressed = await weights(actions, "ann"), await weights(actions, "bob")
        assert 0 < opened["word:jupit"] < pressed["word:jupit"]
        profile = await actions.readers.read_profile("ann", 1)
        [because] = profile.weights[0].because
        assert (because.event_id, because.level, because.undo) == ("c1", None, "/v1/users/ann/adjustments/c1")
        seen = await actions.feeds.read_event("ann", "c2")
        assert [reason.kind for reason in seen.adjustments] == ["open"]
        assert seen.personal_signal == pytest.approx(5 + seen.adjustments[0].value)
        await actions.readers.undo("ann", "c1")
        assert await weights(actions, "ann") == {}


async def test_a_clock_that_runs_ahead_outdates_nothing(actions: Actions) -> None:
    """What is told to have happened tomorrow happened now at the latest, so that it can be taken back now."""
    await actions.histories.interact("ann", [did("dismiss", "c1", hours_ago=-24)])
    [dismissed] = (await actions.histories.read_history("ann")).dismissed
    assert dismissed.at == NOW
    await actions.histories.interact("ann", [did("restore", "c1", hours_ago=0)])
    assert (await actions.histories.read_history("ann")).dismissed == ()


async def test_beyond_its_cap_a_history_forgets_the_oldest(empty_server_url: str, redis: Any) -> None:
    """With room for two events of a kind, the third drives out the one that was seen longest ago."""
    async with worker(empty_server_url, Params(history_cap=2)) as actions:
        await stocked(actions)
        for hours, event_id in ((3, "c1"), (1, "c2"), (2, "s1")):
            await actions.histories.interact("ann", [did("seen", event_id, hours_ago=hours)])
        history = await actions.histories.read_history("ann")
        assert [one.event_id for one in history.seen] == ["c2", "s1"]
