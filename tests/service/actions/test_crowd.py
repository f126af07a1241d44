"""What readers turn up moves the feeds of others: from the next step of time on, with its reason, and not before."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import log2
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from ranking.crowd import Alike, Liking, fit_alike
from ranking.explanation import ReasonKind
from ranking.params import Params
from ranking.profile import fit
from service.actions import Actions
from service.answers import ReaderEvent
from service.catalog import Catalog, utc_now
from service.embedded import EmbeddedStore
from service.formats.profile import pack_profile
from service.formats.statistics import pack_statistics
from service.local import local_actions
from service.settings import Settings
from service.store import Store
from tests.build import NOW, PARAMS, an_event
from tests.service.actions.build import EXACT, a_store, did, feed_bytes, feed_ids, put, put_some

STEP, HOUR = timedelta(minutes=10), timedelta(hours=1)
QUIET = Params(popularity_points=0, alike_fewest_readers=1)  # only alike readers count
PLAIN = Params(popularity_points=0, alike_weight=0)
LIKES = {"bob": ("e007", "e009"), "eve": ("e007", "e009"), "joe": ("e006", "e008"), "kim": ("e006", "e008")}


@dataclass
class Clock:
    """A clock that stands until it is put on."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@asynccontextmanager
async def at_work(url: str, clock: Clock, params: Params = PARAMS, n_likings: int = 1000) -> AsyncIterator[Actions]:
    """The actions as a worker has them that was just started, by this clock."""
    async with Store(url, reader_ttl_days=30, snapshot_ttl_seconds=60, n_impressions=0, n_likings=n_likings) as store:
        catalog = Catalog(store, params, clock)
        await look(catalog)
        yield Actions(store, catalog, params, clock)


async def look(*catalogs: Catalog) -> None:
    """Does once what watching does over and over."""
    for catalog in catalogs:
        await catalog.refresh()
        await catalog.hear_crowd()


async def like(actions: Actions) -> None:
    """Has two readers turn up e007 and e009, and two others e006 and e008."""
    for user_id, event_ids in LIKES.items():
        for event_id in event_ids:
            await actions.readers.adjust(user_id, event_id, 2)


def part(event: ReaderEvent, kind: ReasonKind) -> list[tuple[float, tuple[str, ...]]]:
    """The reasons of a kind that an event has its place for: points, and what is behind them."""
    return [(reason.value, reason.because) for reason in event.reasons if reason.kind is kind]


async def crowd(actions: Actions) -> list[tuple[str, str]]:
    """Who turned up what, by name."""
    return sorted((one.user_id, one.event_id) for one in await actions.store.crowd.likings())


def statistics_of(actions: Actions) -> bytes:
    """The statistics that a worker calculates with, to the last bit."""
    statistics = actions.catalog.corpus.statistics
    return statistics.version.encode() + pack_statistics(statistics)


# Popularity


async def test_what_one_turns_up_others_see_from_the_next_step_on(empty_server_url: str) -> None:
    """Ten minutes later one reader of a half-life of an hour counts 2^(-1/6), and so many points more have their
    reason. Until then nothing is changed, and to turn something down makes nothing popular."""
    clock = Clock()
    async with at_work(empty_server_url, clock) as actions:
        await put_some(actions, 10)
        before = await feed_bytes(actions, "ann")
        await actions.readers.adjust("bob", "e009", 2)
        await actions.readers.adjust("bob", "e008", -2)
        clock.now = NOW + STEP - timedelta.resolution
        await look(actions.catalog)
        assert await feed_bytes(actions, "ann") == before

        clock.now = NOW + STEP
        await look(actions.catalog)
        page = await actions.feeds.read_feed("ann", limit=20)
        [hot] = [one for one in page.items if one.event.id == "e009"]
        [reason] = [one for one in hot.reasons if one.kind is ReasonKind.POPULARITY]
        assert reason.value == pytest.approx(2 * log2(1 + 2 ** (-1 / 6)), abs=EXACT)
        assert reason.label == "readers turned this up lately"
        assert sum(one.value for one in hot.reasons) == pytest.approx(hot.score, abs=EXACT)
        assert hot.rank == 1
        assert not any(one.kind is ReasonKind.POPULARITY for it in page.items for one in it.reasons if it is not hot)


async def test_what_is_popular_cools_down(empty_server_url: str) -> None:
    """After one half-life more the reader counts half as much; and long after, nothing is said of it any more."""
    clock = Clock()
    async with at_work(empty_server_url, clock) as actions:
        await put_some(actions, 3)
        await actions.readers.adjust("bob", "e002", 1)
        for hours in (1, 2):
            clock.now = NOW + hours * HOUR
            await look(actions.catalog)
            [(points, _)] = part(await actions.feeds.read_event("ann", "e002"), ReasonKind.POPULARITY)
            assert points == pytest.approx(2 * log2(1 + 2.0**-hours), abs=EXACT)
        clock.now = NOW + 21 * HOUR
        await look(actions.catalog)
        assert part(await actions.feeds.read_event("ann", "e002"), ReasonKind.POPULARITY) == []


async def test_what_is_popular_cools_down_without_the_store(empty_server_url: str) -> None:
    """The clock goes on where the crowd cannot be heard: an hour later it is half of what it was."""
    clock = Clock()
    async with at_work(empty_server_url, clock) as actions:
        await put_some(actions, 3)
        await actions.readers.adjust("bob", "e002", 1)
        clock.now = NOW + HOUR
        await look(actions.catalog)
        clock.now = NOW + 2 * HOUR
        [(points, _)] = part(await actions.feeds.read_event("ann", "e002"), ReasonKind.POPULARITY)
        assert points == pytest.approx(2 * log2(1 + 2.0**-2), abs=EXACT)


async def test_an_undone_press_is_popular_no_longer_in_the_very_next_feed(empty_server_url: str) -> None:
    """Within the same step, and without another look: to the byte what it is where nobody ever pressed."""
    clock = Clock(NOW + STEP)
    async with at_work(empty_server_url, clock) as actions:
        await put_some(actions, 5)
        never = await feed_bytes(actions, "ann")
        await actions.readers.adjust("bob", "e004", 2, at=NOW)
        clock.now = NOW + 2 * STEP
        await look(actions.catalog)
        warm = await feed_bytes(actions, "ann")
        clock.now = NOW + STEP  # the freshness of the feed before
        await actions.readers.undo("bob", "e004")
        assert part(await actions.feeds.read_event("ann", "e004"), ReasonKind.POPULARITY) == []
        assert b"popularity" in warm
        assert await feed_bytes(actions, "ann") == never


@pytest.mark.parametrize("level", [0, -2])
async def test_who_turns_down_what_they_had_turned_up_takes_it_back(empty_server_url: str, level: int) -> None:
    """It counts no longer in the very next feed; what others turned up since the step began waits for the next one."""
    clock = Clock()
    async with at_work(empty_server_url, clock) as actions:
        await put_some(actions, 5)
        await actions.readers.adjust("bob", "e004", 2)
        clock.now = NOW + STEP
        await look(actions.catalog)
        await actions.readers.adjust("eve", "e003", 2)
        await actions.readers.adjust("bob", "e004", level)
        assert b"popularity" not in await feed_bytes(actions, "ann")


async def test_what_another_worker_took_back_is_gone_with_the_next_look(empty_server_url: str) -> None:
    """Within the same step, whether it was one press or a whole reader who went."""
    clock = Clock()
    async with at_work(empty_server_url, clock) as one, at_work(empty_server_url, clock) as two:
        await put_some(one, 5)
        for user_id, event_id in (("bob", "e002"), ("eve", "e003"), ("joe", "e004")):
            await one.readers.adjust(user_id, event_id, 2)
        clock.now = NOW + STEP
        await look(one.catalog, two.catalog)

        async def popular() -> list[str]:
            await look(two.catalog)
            corpus = two.catalog.corpus
            return sorted(event.id for event, heat in zip(corpus.events, corpus.heat, strict=True) if heat)

        assert await popular() == ["e002", "e003", "e004"]
        await one.readers.undo("bob", "e002")
        assert await popular() == ["e003", "e004"]
        await one.readers.reset("eve")
        assert await popular() == ["e004"]
        await one.accounts.delete("joe")
        assert await popular() == []


async def test_events_that_come_in_leave_what_is_popular_as_it_is(empty_server_url: str) -> None:
    """Between two steps the catalogue may change: what was popular in it still is, and what is new is not yet."""
    clock = Clock()
    async with at_work(empty_server_url, clock) as actions:
        await put_some(actions, 5)
        await actions.readers.adjust("bob", "e004", 2)
        clock.now = NOW + STEP
        await look(actions.catalog)
        before = part(await actions.feeds.read_event("ann", "e004"), ReasonKind.POPULARITY)
        await actions.events.put_event(an_event("new", "Glacier calves"))
        await actions.readers.adjust("bob", "new", 2)
        await look(actions.catalog)
        assert part(await actions.feeds.read_event("ann", "e004"), ReasonKind.POPULARITY) == before != []
        assert part(await actions.feeds.read_event("ann", "new"), ReasonKind.POPULARITY) == []


async def test_within_a_step_a_feed_keeps_its_bytes(empty_server_url: str) -> None:
    """Whatever others press, however often a worker looks, and in a worker that was started just then."""
    clock = Clock()
    async with at_work(empty_server_url, clock) as actions:
        await put_some(actions, 12)
        await like(actions)
        await actions.readers.adjust("ann", "e007", 2)
        clock.now = NOW + HOUR
        await look(actions.catalog)
        before = await feed_bytes(actions, "ann")
        assert b'"alike"' in before
        assert b'"popularity"' in before
        clock.now += timedelta(minutes=9, seconds=59)
        for user_id, event_id in (("joe", "e001"), ("kim", "e001"), ("eve", "e002"), ("new", "e009")):
            await actions.readers.adjust(user_id, event_id, 2)
        await look(actions.catalog)
        assert await feed_bytes(actions, "ann") == before
        async with at_work(empty_server_url, clock) as other:
            assert await feed_bytes(other, "ann") == before
            await look(actions.catalog, other.catalog)
            assert statistics_of(other) == statistics_of(actions)
        assert await feed_bytes(actions, "ann") == before


# Alike readers


async def test_what_alike_readers_turn_up_rises_for_a_third(empty_server_url: str) -> None:
    """Who turned up e007 gets e009, which those turned up who turned up e007; it is older than e008, which is of
    others, and shares no word with anything. The reason is told, and what it rests on."""
    clock = Clock()
    async with at_work(empty_server_url, clock, QUIET) as actions:
        await put_some(actions, 12)
        await like(actions)
        await actions.readers.adjust("ann", "e007", 2)
        before = await feed_ids(actions, "ann")
        assert before.index("e008") < before.index("e009")
        clock.now = NOW + HOUR
        await look(actions.catalog)
        after = await feed_ids(actions, "ann")
        assert after.index("e009") < after.index("e008")
        seen = await actions.feeds.read_event("ann", "e009")
        [(points, because)] = part(seen, ReasonKind.ALIKE)
        assert points > 0
        assert because == ("e007",)
        assert sum(one.value for one in seen.reasons) == pytest.approx(seen.score, abs=EXACT)
        given = [one.value for one in seen.adjustments]
        assert sum(given) == pytest.approx(seen.personal_signal - seen.event.signal, abs=EXACT)
        [(others, _)] = part(await actions.feeds.read_event("ann", "e008"), ReasonKind.ALIKE)
        assert others < points
        assert part(await actions.feeds.read_event("zoe", "e009"), ReasonKind.ALIKE) == []


async def test_rows_of_alike_readers_are_made_by_the_hour(empty_server_url: str) -> None:
    """Of what was turned up before it: until the next nothing else is, and a new worker finds the same."""
    clock = Clock()
    async with at_work(empty_server_url, clock, QUIET) as actions:
        await put_some(actions, 12)
        bare = actions.catalog.corpus.statistics.version
        await like(actions)
        clock.now = NOW + HOUR - timedelta.resolution
        await look(actions.catalog)
        assert actions.catalog.corpus.statistics.version == bare
        clock.now = NOW + HOUR
        await look(actions.catalog)
        first = actions.catalog.corpus.statistics
        assert first.version.startswith(f"{bare}-")
        assert first.alike.event_ids == ("e006", "e007", "e008", "e009")
        await actions.readers.adjust("new", "e001", 2)
        clock.now = NOW + HOUR + timedelta(minutes=59)
        await look(actions.catalog)
        assert actions.catalog.corpus.statistics is first
        async with at_work(empty_server_url, clock, QUIET) as other:
            assert statistics_of(other) == statistics_of(actions)
        clock.now = NOW + 2 * HOUR
        await look(actions.catalog)
        assert actions.catalog.corpus.statistics.alike.event_ids == ("e001", "e006", "e007", "e008", "e009")


async def test_all_workers_have_the_same_rows(empty_server_url: str) -> None:
    """Whoever was first to the hour, one after the other or all at once: the same statistics, the same corpus and the
    same feed, to the byte."""
    clock = Clock()
    async with (
        at_work(empty_server_url, clock) as one,
        at_work(empty_server_url, clock) as two,
        at_work(empty_server_url, clock) as three,
    ):
        workers = (one, two, three)
        await put_some(one, 12)
        await like(one)
        await one.readers.adjust("ann", "e007", 2)
        await look(two.catalog, three.catalog)
        clock.now = NOW + HOUR
        await asyncio.gather(*(look(worker.catalog) for worker in workers))
        await look(*(worker.catalog for worker in workers))
        assert one.catalog.corpus.statistics.alike.event_ids
        assert len({statistics_of(worker) for worker in workers}) == 1
        assert len({worker.catalog.corpus.version for worker in workers}) == 1
        assert len({await feed_bytes(worker, "ann") for worker in workers}) == 1
        head = await one.store.catalog.head(PARAMS.version)
        assert head.statistics_version == one.catalog.corpus.statistics.version


async def test_new_statistics_keep_the_rows(empty_server_url: str) -> None:
    """Beyond a tenth of new events words are counted anew; what readers turned up is as it was."""
    clock = Clock()
    async with at_work(empty_server_url, clock, QUIET) as actions:
        await put_some(actions, 12)
        await like(actions)
        clock.now = NOW + HOUR
        await look(actions.catalog)
        before = actions.catalog.corpus.statistics
        await put(actions, (an_event(f"new{n}", f"Glacier{n}", published_at=clock.now) for n in range(3)))
        await look(actions.catalog)
        after = actions.catalog.corpus.statistics
        assert after.n_events == 15
        assert after.version.partition("-")[0] != before.version.partition("-")[0]
        assert after.alike.version == before.alike.version != ""
        assert after.version.endswith(f"-{before.alike.version}")
        assert actions.catalog.corpus.alike[actions.catalog.corpus.row("e009")].any()
        async with at_work(empty_server_url, clock, QUIET) as other:
            assert statistics_of(other) == statistics_of(actions)


async def test_a_profile_from_before_the_hour_is_fitted_again(empty_server_url: str) -> None:
    """And kept: what is stored after a feed is what follows from the ledger with the rows in force."""
    clock = Clock()
    async with at_work(empty_server_url, clock, QUIET) as actions:
        await put_some(actions, 12)
        await like(actions)
        await actions.readers.adjust("ann", "e007", 2)
        clock.now = NOW + HOUR
        await look(actions.catalog)
        statistics = actions.catalog.corpus.statistics
        stale = await actions.store.readers.load("ann", statistics)
        assert stale.profile is None or not stale.profile.is_of(statistics, QUIET)
        await feed_ids(actions, "ann")
        stored = await actions.store.readers.load("ann", statistics)
        assert stored.profile is not None
        assert stored.profile.taste.any()
        assert pack_profile(stored.profile, statistics) == pack_profile(
            fit(stored.reader, statistics, QUIET), statistics
        )


async def test_an_undo_restores_profile_and_feed_with_rows_in_force(empty_server_url: str, redis: Any) -> None:
    """To the byte: the stored profile and the page, whether the press was of an event that others liked or not."""
    clock = Clock()
    async with at_work(empty_server_url, clock) as actions:
        await put_some(actions, 12)
        await like(actions)
        clock.now = NOW + HOUR
        await look(actions.catalog)
        await actions.readers.adjust("ann", "e007", 2)
        before = (await redis.hget("u:{ann}:reader", "profile"), await feed_bytes(actions, "ann"))
        for event_id, level in (("e008", -2), ("e001", 1)):
            await actions.readers.adjust("ann", event_id, level)
            assert await feed_bytes(actions, "ann") != before[1]
            await actions.readers.undo("ann", event_id)
            assert (await redis.hget("u:{ann}:reader", "profile"), await feed_bytes(actions, "ann")) == before


async def test_where_all_was_taken_back_no_rows_are_left(empty_server_url: str) -> None:
    """With the next hour the statistics are those of before anybody pressed."""
    clock = Clock()
    async with at_work(empty_server_url, clock, QUIET) as actions:
        await put_some(actions, 12)
        bare = actions.catalog.corpus.statistics.version
        await like(actions)
        clock.now = NOW + HOUR
        await look(actions.catalog)
        assert actions.catalog.corpus.statistics.version != bare
        for user_id in LIKES:
            await actions.readers.reset(user_id)
        assert await crowd(actions) == []
        clock.now = NOW + 2 * HOUR
        await look(actions.catalog)
        assert actions.catalog.corpus.statistics.version == bare
        assert not actions.catalog.corpus.alike.any()


# Who is forgotten


async def test_a_reset_takes_a_reader_out_of_the_crowd(empty_server_url: str, redis: Any) -> None:
    """Presses, opens that taught, and also where the ledger cannot be read."""
    clock = Clock()
    async with at_work(empty_server_url, clock, replace(PARAMS, learn_from_opens=True)) as actions:
        await put_some(actions, 12)
        await like(actions)
        await actions.histories.interact("bob", [did("open", "e001")])
        assert ("bob", "e001") in await crowd(actions)
        await actions.readers.reset("bob")
        await redis.hset("u:{joe}:ledger", "0", b"\x00\xff")
        await actions.readers.reset("joe")
        assert await crowd(actions) == [(one, event) for one in ("eve", "kim") for event in LIKES[one]]


async def test_an_open_counts_where_opens_teach_and_until_it_is_undone(empty_server_url: str) -> None:
    """Where they do not, it is nothing that the crowd hears of."""
    clock = Clock()
    async with at_work(empty_server_url, clock) as actions:
        await put_some(actions, 3)
        await actions.histories.interact("ann", [did("open", "e001")])
        assert await crowd(actions) == []
    async with at_work(empty_server_url, clock, replace(PARAMS, learn_from_opens=True)) as actions:
        await actions.histories.interact("ann", [did("open", "e002", named="another")])
        assert await crowd(actions) == [("ann", "e002")]
        await actions.readers.undo("ann", "e002")
        assert await crowd(actions) == []


@dataclass
class Held:
    """A crowd that a worker tells late: `meanwhile` comes first, once."""

    actions: Actions
    meanwhile: Callable[[], Awaitable[object]]

    def hold(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """From now on, what the worker tells next waits for what comes meanwhile."""
        tell = self.actions.store.crowd.change

        async def late(*told: Any) -> None:
            monkeypatch.setattr(self.actions.store.crowd, "change", tell)
            await self.meanwhile()
            await tell(*told)

        monkeypatch.setattr(self.actions.store.crowd, "change", late)


@pytest.mark.parametrize("how", ["undone", "turned down", "reset", "deleted", "merged"])
async def test_a_press_that_is_told_late_leaves_nothing(
    empty_server_url: str, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Another worker took it back before the first had told the crowd of it: then what holds now is told."""
    clock = Clock()
    async with at_work(empty_server_url, clock) as one, at_work(empty_server_url, clock) as two:
        await put_some(one, 5)
        await look(two.catalog)
        taking_back: dict[str, Callable[[], Awaitable[object]]] = {
            "undone": lambda: two.readers.undo("bob", "e004"),
            "turned down": lambda: two.readers.adjust("bob", "e004", -1),
            "reset": lambda: two.readers.reset("bob"),
            "deleted": lambda: two.accounts.delete("bob"),
            "merged": lambda: two.accounts.merge("eve", "bob"),
        }
        Held(one, taking_back[how]).hold(monkeypatch)
        await one.readers.adjust("bob", "e004", 2)
        assert await crowd(one) == ([("eve", "e004")] if how == "merged" else [])
        clock.now = NOW + STEP
        await look(one.catalog)
        assert (b"popularity" in await feed_bytes(one, "ann")) == (how == "merged")


async def test_what_is_taken_back_late_leaves_what_was_said_since(
    empty_server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An undo that is told after another worker has heard the press again takes nothing out."""
    clock = Clock()
    async with at_work(empty_server_url, clock) as one, at_work(empty_server_url, clock) as two:
        await put_some(one, 5)
        await look(two.catalog)
        await one.readers.adjust("bob", "e004", 2)
        Held(one, lambda: two.readers.adjust("bob", "e004", 1)).hold(monkeypatch)
        await one.readers.undo("bob", "e004")
        assert await crowd(one) == [("bob", "e004")]


async def test_what_a_full_ledger_pushes_out_is_liked_still(empty_server_url: str) -> None:
    """It was not taken back, and nothing counts as taken back; what is undone is."""
    async with at_work(empty_server_url, Clock(), replace(PARAMS, ledger_cap=2)) as actions:
        await put_some(actions, 4)
        for event_id in ("e000", "e001", "e002"):
            await actions.readers.adjust("bob", event_id, 2)
        kept = [one.event_id for one in (await actions.readers.read_ledger("bob")).items]
        assert kept == ["e001", "e002"]
        assert await crowd(actions) == [("bob", "e000"), ("bob", "e001"), ("bob", "e002")]
        assert await actions.store.crowd.n_taken_back() == 0
        await actions.readers.adjust("bob", "e001", -1)
        await actions.readers.undo("bob", "e002")
        assert await crowd(actions) == [("bob", "e000")]
        assert await actions.store.crowd.n_taken_back() == 2


async def test_what_opens_push_out_is_liked_still(empty_server_url: str) -> None:
    """Nothing counts as taken back; what was pressed and is undone is, however many opens there are."""
    async with at_work(empty_server_url, Clock(), replace(PARAMS, learn_from_opens=True, opens_cap=2)) as actions:
        await put_some(actions, 5)
        for hours, event_id in ((3, "e000"), (2, "e001"), (1, "e002")):
            await actions.histories.interact("bob", [did("open", event_id, hours_ago=hours)])
        assert await crowd(actions) == [("bob", "e000"), ("bob", "e001"), ("bob", "e002")]
        assert await actions.store.crowd.n_taken_back() == 0
        await actions.readers.adjust("bob", "e004", 2)
        await actions.readers.undo("bob", "e004")
        assert ("bob", "e004") not in await crowd(actions)


@pytest.mark.parametrize("how", ["reset", "delete"])
async def test_a_full_store_lets_a_reader_go(tmp_path: Path, how: str) -> None:
    """From the ledger and from the crowd, and of others nothing is lost."""
    clock = Clock()
    with EmbeddedStore(tmp_path) as embedded:
        async with at_work(embedded.url, clock) as actions, Redis.from_url(embedded.url) as client:
            await put_some(actions, 5)
            await actions.readers.adjust("bob", "e003", 2)
            await actions.readers.adjust("eve", "e004", 2)
            await client.config_set("maxmemory", 1)
            await (actions.readers.reset("bob") if how == "reset" else actions.accounts.delete("bob"))
            assert await crowd(actions) == [("eve", "e004")]
            assert (await actions.readers.read_ledger("bob")).items == ()
            clock.now = NOW + STEP
            await look(actions.catalog)
            assert part(await actions.feeds.read_event("ann", "e003"), ReasonKind.POPULARITY) == []
            assert part(await actions.feeds.read_event("ann", "e004"), ReasonKind.POPULARITY) != []


@pytest.mark.parametrize("how", ["reset", "delete", "merge"])
async def test_who_goes_is_popular_no_longer_in_the_very_next_feed(empty_server_url: str, how: str) -> None:
    """Within the same step and without another look. Who is merged counts once with the one that they are."""
    clock = Clock()
    async with at_work(empty_server_url, clock) as actions:
        await put_some(actions, 5)
        await actions.readers.adjust("bob", "e004", 2)
        await actions.readers.adjust("eve", "e004", 2)
        clock.now = NOW + STEP
        await look(actions.catalog)

        async def points() -> float:
            [(value, _)] = part(await actions.feeds.read_event("ann", "e004"), ReasonKind.POPULARITY)
            return value

        assert await points() == pytest.approx(2 * log2(1 + 2 * 2 ** (-1 / 6)), abs=EXACT)
        if how == "reset":
            await actions.readers.reset("bob")
        elif how == "delete":
            await actions.accounts.delete("bob")
        else:
            await actions.accounts.merge("eve", "bob")
        assert await points() == pytest.approx(2 * log2(1 + 2 ** (-1 / 6)), abs=EXACT)


@pytest.mark.parametrize("params", [PARAMS, PLAIN], ids=["as usual", "nothing has weight"])
async def test_readers_who_are_gone_are_forgotten_by_the_hour(
    empty_server_url: str, redis: Any, params: Params
) -> None:
    """Whose records ran out in the store, and who was told of too late; not before the hour."""
    clock = Clock()
    async with at_work(empty_server_url, clock, params) as actions:
        await put_some(actions, 5)
        for user_id in ("bob", "eve"):
            await actions.readers.adjust(user_id, "e004", 2)
        await redis.delete("u:{bob}:reader", "u:{bob}:ledger")
        await actions.store.crowd.change("ghost", {"e003": NOW}, [])
        clock.now = NOW + HOUR - timedelta.resolution
        await look(actions.catalog)
        assert await crowd(actions) == [("bob", "e004"), ("eve", "e004"), ("ghost", "e003")]
        clock.now = NOW + HOUR
        await look(actions.catalog)
        assert await crowd(actions) == [("eve", "e004")]


# Made once


async def test_rows_are_not_made_twice_in_a_step(
    empty_server_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither by another worker nor by one that is started anew, also where somebody has gone meanwhile; nor by a
    command, which never makes them."""
    made: list[int] = []

    def counted(likings: Sequence[Liking], live: Sequence[str], params: Params) -> Alike:
        made.append(len(likings))
        return fit_alike(likings, live, params)

    monkeypatch.setattr("service.catalog.fit_alike", counted)
    clock = Clock()
    async with at_work(empty_server_url, clock) as one, at_work(empty_server_url, clock) as two:
        await put_some(one, 12)
        await like(one)
        await look(two.catalog)
        made.clear()
        clock.now = NOW + HOUR
        await look(one.catalog)
        rows = one.catalog.corpus.statistics.alike
        assert (made, rows.as_of) == ([8], clock.now.timestamp())
        await one.accounts.delete("bob")
        await look(two.catalog, one.catalog)
        async with at_work(empty_server_url, clock) as three:
            assert three.catalog.corpus.statistics.alike.version == rows.version
        (tmp_path / "few.toml").write_text("alike_fewest_readers = 1\n")
        async with local_actions(empty_server_url, Settings(params_file=tmp_path / "few.toml")) as command:
            assert command.catalog.corpus.statistics.alike.version == rows.version
        assert made == [8]
        clock.now = NOW + 2 * HOUR
        await look(one.catalog, two.catalog)
        assert made == [8, 6]


# Switches


@pytest.mark.parametrize(
    ("params", "n_likings"), [(PLAIN, 1000), (PARAMS, 0)], ids=["both without weight", "no crowd kept"]
)
async def test_what_is_switched_off_moves_nothing_and_costs_next_to_nothing(
    empty_server_url: str, redis: Any, params: Params, n_likings: int
) -> None:
    """Also where a crowd was kept before. Over hours it is looked through once in each, for who has gone; where none is
    kept, not even that."""
    clock = Clock()
    async with at_work(empty_server_url, clock) as before:
        await put_some(before, 12)
        await like(before)
    async with at_work(empty_server_url, clock, params, n_likings) as actions:
        await actions.readers.adjust("ann", "e007", 2)
        await redis.config_resetstat()
        for hours in range(1, 4):
            clock.now = NOW + hours * HOUR
            await look(actions.catalog)
        reads = (await redis.info("commandstats")).get("cmdstat_zrange", {"calls": 0})["calls"]
        assert reads == (3 if n_likings else 0)
        assert not actions.catalog.corpus.heat.any()
        assert not actions.catalog.corpus.alike.any()
        shown = await feed_bytes(actions, "ann")
        assert b'"popularity"' not in shown
        assert b'"alike"' not in shown


@pytest.mark.parametrize(
    ("params", "kinds"),
    [
        (QUIET, {ReasonKind.ALIKE}),
        (replace(PARAMS, alike_weight=0), {ReasonKind.POPULARITY}),
        (PARAMS, {ReasonKind.ALIKE, ReasonKind.POPULARITY}),
    ],
    ids=["alike", "popularity", "both"],
)
async def test_each_is_switched_by_itself(empty_server_url: str, params: Params, kinds: set[ReasonKind]) -> None:
    """An event that alike readers turned up has a reason of each kind that is on."""
    clock = Clock()
    async with at_work(empty_server_url, clock, params) as actions:
        await put_some(actions, 12)
        await like(actions)
        await actions.readers.adjust("ann", "e007", 2)
        clock.now = NOW + HOUR
        await look(actions.catalog)
        shown = {reason.kind for reason in (await actions.feeds.read_event("ann", "e009")).reasons}
        assert shown & {ReasonKind.ALIKE, ReasonKind.POPULARITY} == kinds


async def test_the_command_line_hears_the_crowd_too(empty_server_url: str) -> None:
    """A feed that is asked for by hand shows what is popular, and asking changes no statistics for anybody."""
    async with a_store(empty_server_url) as store:
        catalog = Catalog(store, PARAMS)
        await catalog.refresh()
        actions = Actions(store, catalog, PARAMS)
        await put(actions, (an_event(f"e{number}", f"Topic{number}") for number in range(4)))
        now = utc_now()
        for user_id in ("ann", "bob", "eve"):
            await actions.readers.adjust(user_id, "e1", 2, at=now - 3 * HOUR)
            await actions.readers.adjust(user_id, f"e{len(user_id) - 1}", 2, at=now - 3 * HOUR)
    versions = []
    for _ in range(2):
        async with local_actions(empty_server_url, Settings()) as local:
            seen = await local.feeds.read_event("zoe", "e1")
            assert len(part(seen, ReasonKind.POPULARITY)) == 1
            versions.append(local.catalog.corpus.statistics.version)
            await local.readers.adjust("new", "e3", 2)
    assert versions[0] == versions[1]
