"""What a press does can be asked for after it was made, and how the feed would be without it; nothing is stored."""

import pytest

from ranking.errors import UnknownEvent
from service.actions import Actions


async def places(actions: Actions, without: str | None = None) -> list[tuple[str, int, int | None]]:
    """Ann's feed, perhaps without a press: each event, its place there, and its place now."""
    feed = await actions.effects.feed_without("ann", without, 10)
    return [(one.event_id, one.rank, one.rank_now) for one in feed.places]


async def test_the_effect_of_the_last_press_is_its_receipt(actions: Actions) -> None:
    """Made just now, it does what its receipt said."""
    await actions.readers.adjust("ann", "s1", -1)
    receipt = await actions.readers.adjust("ann", "c1", 2)

    assert await actions.effects.read_effect("ann", "c1") == receipt


async def test_the_effect_of_an_earlier_press_is_what_its_undo_takes_away(actions: Actions) -> None:
    """Each weight moves the other way."""
    await actions.readers.adjust("ann", "c1", 2)
    await actions.readers.adjust("ann", "s1", -1)

    effect = await actions.effects.read_effect("ann", "c1")
    undone = await actions.readers.undo("ann", "c1")

    assert {(one["term"], one["from"], one["to"]) for one in effect.changed} == {
        (one["term"], one["to"], one["from"]) for one in undone.changed
    }
    assert (effect.moved.up, effect.moved.down) == (undone.moved.down, undone.moved.up)


async def test_what_was_not_said_has_no_effect(actions: Actions) -> None:
    """Neither of an event that is live nor of one that is not."""
    for event_id in ("c1", "unheard"):
        with pytest.raises(UnknownEvent):
            await actions.effects.read_effect("ann", event_id)


async def test_a_feed_without_a_press_is_the_feed_after_its_undo(actions: Actions) -> None:
    """And nothing has been undone by looking."""
    await actions.readers.adjust("ann", "c1", 2)
    now = [event_id for event_id, _, _ in await places(actions)]
    ranks = {event_id: place for place, event_id in enumerate(now, start=1)}

    supposed = await places(actions, "c1")
    assert [event_id for event_id, _, _ in await places(actions)] == now
    await actions.readers.undo("ann", "c1")

    assert [event_id for event_id, _, _ in supposed] == [event_id for event_id, _, _ in await places(actions)]
    assert all(rank_now == ranks[event_id] for event_id, _, rank_now in supposed)


async def test_a_feed_without_anything_said_is_the_feed_as_it_is(actions: Actions) -> None:
    """Every event stands where it stands."""
    await actions.readers.adjust("ann", "s2", 1)

    assert all(rank == rank_now for _, rank, rank_now in await places(actions))
