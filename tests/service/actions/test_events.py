"""What can be asked of events: what is put is in feeds at once, lists join up, and a bad row fails alone."""

from datetime import timedelta
from typing import Any

import pytest

from ranking.errors import UnknownEvent
from service.actions import Actions
from service.cursors import InvalidCursor, write_cursor
from service.documents import RowStatus, read_rows, write_document
from tests.build import NOW, an_event, two_stories
from tests.service.actions.build import feed_ids, put_some, worker


async def test_an_event_is_in_feeds_when_its_put_returns(actions: Actions) -> None:
    """Created, left alone, replaced: each is visible at once."""
    event = an_event("new", "Glacier calves", signal=9.0)
    assert await actions.events.put_event(event) is RowStatus.CREATED
    assert (await feed_ids(actions, "ann"))[0] == "new"
    assert await actions.events.put_event(event) is RowStatus.UNCHANGED
    weaker = an_event("new", "Glacier calves", signal=1.0)
    assert await actions.events.put_event(weaker) is RowStatus.REPLACED
    assert await actions.events.get_event("new") == weaker
    assert (await feed_ids(actions, "ann"))[-1] == "new"


async def test_an_event_is_out_of_feeds_when_its_delete_returns(actions: Actions) -> None:
    """It is unknown from then on, and to delete it again is an error."""
    await actions.events.delete_event("c1")
    assert "c1" not in await feed_ids(actions, "ann")
    for asked in (actions.events.get_event("c1"), actions.events.read_similar("c1", 5)):
        with pytest.raises(UnknownEvent):
            await asked
    with pytest.raises(UnknownEvent):
        await actions.events.delete_event("c1")


async def test_a_bad_row_of_a_batch_fails_alone(actions: Actions) -> None:
    """The others are stored, and every row is reported on under its number."""
    fresh, known = an_event("new"), two_stories()[0]
    changed = an_event("s1", "Dockworkers walk out")
    rows = [write_document(fresh), b'{"id":"broken"}', write_document(known), write_document(changed), b"{"]
    result = await actions.events.put_events(list(read_rows(b"\n".join(rows))))
    assert (result.created, result.replaced, result.unchanged, result.invalid) == (1, 1, 1, 2)
    assert [(row.row, row.id, row.status) for row in result.rows] == [
        (1, "new", "created"),
        (2, "broken", "invalid"),
        (3, "c1", "unchanged"),
        (4, "s1", "replaced"),
        (5, None, "invalid"),
    ]
    assert [bool(row.errors) for row in result.rows] == [False, True, False, False, True]
    assert await actions.events.get_event("new") == fresh
    assert await actions.events.get_event("s1") == changed


async def test_the_catalogue_is_listed_newest_first(actions: Actions) -> None:
    """Of equals by id; of one category, or published since a moment, that moment included."""
    moments = {"a": 3, "b": 1, "c": 2, "d": 2}
    for event_id, hours in moments.items():
        category = "Games" if event_id in "bd" else "News"
        await actions.events.put_event(an_event(event_id, published_at=NOW - timedelta(hours=hours), category=category))

    def listed(**wanted: Any) -> list[str]:
        return [event.id for event in actions.events.list_events(**({"limit": 100} | wanted)).items]

    assert listed() == ["b", "c", "d", "a", "c1", "c2", "s1", "s2"]
    assert listed(category="Games") == ["b", "d"]
    assert listed(since=NOW - timedelta(hours=2)) == ["b", "c", "d"]
    assert listed(category="Games", since=NOW - timedelta(hours=1)) == ["b"]
    assert listed(category="Nowhere") == []
    assert actions.events.list_events(limit=2).corpus_version == actions.catalog.corpus.version


@pytest.mark.parametrize("category", [None, "News"])
@pytest.mark.parametrize("limit", [1, 3, 4, 16, 50])
async def test_pages_of_the_catalogue_join_up(actions: Actions, limit: int, category: str | None) -> None:
    """Also where several events are of one moment, and where the last page is just full."""
    await put_some(actions, 12)
    page = actions.events.list_events(limit=limit, category=category)
    items = list(page.items)
    while page.next_cursor is not None:
        page = actions.events.list_events(limit=limit, category=category, cursor=page.next_cursor)
        assert page.items
        items += page.items
    assert items == list(actions.catalog.corpus.events)


async def test_the_catalogue_may_change_between_two_pages(actions: Actions) -> None:
    """Events that come and go, even the one that the cursor names, make nothing repeated or skipped."""
    await put_some(actions, 6)
    first = actions.events.list_events(limit=3)
    assert [event.id for event in first.items] == ["e000", "e001", "e002"]
    await actions.events.delete_event("e002")
    await actions.events.delete_event("e000")
    await actions.events.put_event(an_event("newest", published_at=NOW))
    rest = actions.events.list_events(limit=3, cursor=first.next_cursor)
    assert [event.id for event in rest.items] == ["e003", "e004", "e005"]


@pytest.mark.parametrize("cursor", ["!", "AAAA", write_cursor(3), write_cursor(["now", "c1"]), write_cursor([1.0])])
async def test_a_place_in_the_catalogue_that_was_not_given_out_is_refused(actions: Actions, cursor: str) -> None:
    """The cursor of a feed, for one."""
    with pytest.raises(InvalidCursor):
        actions.events.list_events(limit=3, cursor=cursor)


async def test_similar_events_are_of_the_same_story(actions: Actions) -> None:
    """What shares no word is not similar."""
    similar = await actions.events.read_similar("c1", limit=5)
    assert (similar.event_id, [one.event.id for one in similar.items]) == ("c1", ["c2"])


async def test_without_its_store_the_catalogue_is_still_read(cut_off: Actions) -> None:
    """From memory."""
    assert (await cut_off.events.get_event("c1")).id == "c1"
    assert len(cut_off.events.list_events(limit=10).items) == 4
    assert len((await cut_off.events.read_similar("c1", 5)).items) == 1


async def test_similar_events_fold_what_is_nearly_the_same(actions: Actions) -> None:
    """Two more events have the text of c1 word for word: they are folded under it. One repeats c2: under that."""
    for copy, original in (("c1b", "c1"), ("c1c", "c1"), ("c2b", "c2")):
        event = await actions.events.get_event(original)
        await actions.events.put_event(an_event(copy, event.title, summary=event.summary))
    similar = await actions.events.read_similar("c1", limit=5)
    assert similar.folded == ("c1b", "c1c")
    assert [(one.event.id, one.folded) for one in similar.items] == [("c2", ("c2b",))]


async def test_an_event_that_another_worker_has_just_stored_is_found(actions: Actions, empty_server_url: str) -> None:
    """Whatever is asked of it, a worker that has not heard of an event looks again before it says so."""
    async with worker(empty_server_url) as other:
        await actions.events.put_event(an_event("new"))
        assert (await other.events.get_event("new")).id == "new"
        await actions.events.put_event(an_event("newer"))
        assert (await other.feeds.read_event("ann", "newer")).event.id == "newer"
        await actions.events.put_event(an_event("newest"))
        assert (await other.readers.adjust("ann", "newest", 1)).level == 1
