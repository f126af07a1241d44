"""Readers: what is known of them, and the profile that follows from it, whatever became of the stored one."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from ranking.crowd import Liking
from ranking.interactions import Action, Interaction
from ranking.ledger import Ledger
from ranking.params import Params
from ranking.profile import Profile, fit
from ranking.reader import Reader
from ranking.wishes import Wishes
from service.catalog import Catalog
from service.formats.profile import pack_profile
from service.readers import Change, Readers
from service.store import Store, StoredReader, StoreError, StoreFull, StoreUnavailable
from tests.build import NOW, PARAMS, a_corpus, two_stories

CORPUS = a_corpus(*two_stories())


@pytest.fixture
def readers(store: Store) -> Readers:
    """The readers of an empty store."""
    return Readers(store, Catalog(store, PARAMS, lambda: NOW), PARAMS)


def pressed(event_id: str, level: int, at: datetime = NOW, cap: int = 500) -> Callable[[Reader], Reader]:
    """The change that a press is."""
    terms = CORPUS.terms[CORPUS.row(event_id)]
    return lambda reader: replace(reader, ledger=reader.ledger.adjusted(event_id, level, at, terms, cap))


async def press(readers: Readers, event_id: str, level: int) -> Change:
    """Has the reader ann press once."""
    return await readers.change("ann", pressed(event_id, level), CORPUS)


async def stored(readers: Readers) -> StoredReader:
    """What the store has of the reader ann."""
    return await readers.store.readers.load("ann", CORPUS.statistics)


def packed(profile: Profile | None) -> bytes:
    """A profile to the last bit."""
    assert profile is not None
    return pack_profile(profile, CORPUS.statistics)


async def test_a_reader_of_whom_nothing_is_known_has_the_empty_profile(readers: Readers) -> None:
    """It is that of nobody, and reading it stores nothing."""
    profile = (await readers.for_feed("ann", CORPUS)).profile
    assert profile.version == (await readers.known("ann", CORPUS)).profile.version == Reader().version
    assert [user_id async for user_id in readers.store.readers.ids()] == []


async def test_a_change_tells_what_was_before_and_after(readers: Readers) -> None:
    """The readers, the profile of each, and the revision that the store has from then on."""
    change = await press(readers, "c1", 2)
    assert (change.before.reader, change.before.revision) == (Reader(), 0)
    assert (change.after.reader.ledger.level_of("c1"), change.after.revision) == (2, 1)
    assert change.before.profile.version == Reader().version
    assert change.after.profile.version == change.after.reader.version
    assert await readers.known("ann", CORPUS) != change.before
    assert (await stored(readers)).reader == change.after.reader


async def test_no_change_writes_nothing(readers: Readers) -> None:
    """Before is after, and the reader's revision stays as it was."""
    await press(readers, "c1", 2)
    change = await readers.change("ann", lambda reader: reader, CORPUS)
    assert change.before is change.after
    assert (await stored(readers)).revision == 1


async def test_a_change_that_is_refused_writes_nothing(readers: Readers) -> None:
    """What the change raises goes to the caller."""
    await press(readers, "c1", 2)

    def refused(reader: Reader) -> Reader:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await readers.change("ann", refused, CORPUS)
    assert (await stored(readers)).revision == 1


async def test_what_teaches_nothing_leaves_the_profile(readers: Readers, redis: Any) -> None:
    """A history is another revision, and the stored profile is the same, byte for byte."""
    await press(readers, "c1", 2)
    before = await redis.hget("u:{ann}:reader", "profile")
    seen = Interaction("i1", "c1", Action.SEEN, NOW)
    change = await readers.change("ann", lambda reader: reader.after([seen], {}, PARAMS), CORPUS)
    assert (change.after.revision, change.after.profile) == (2, change.before.profile)
    assert await redis.hget("u:{ann}:reader", "profile") == before
    assert (await readers.for_feed("ann", CORPUS)).history == change.after.reader.history


async def test_wishes_are_in_the_profile_that_a_feed_gets(readers: Readers) -> None:
    """Without a word said: to mute is to be heard."""
    wishes = Wishes.of(["word:comet"], {"source:Gazette": 2.0}, {})
    await readers.change("ann", lambda reader: replace(reader, wishes=wishes), CORPUS)
    profile = (await readers.for_feed("ann", CORPUS)).profile
    assert (profile.wishes, profile.version) == (wishes, Reader(wishes=wishes).version)


async def test_a_feed_gets_the_profile_as_it_was_fitted(readers: Readers) -> None:
    """What is read from the store is what was fitted, to the last bit."""
    await press(readers, "c1", 2)
    change = await press(readers, "s1", -1)
    profile = (await readers.for_feed("ann", CORPUS)).profile
    assert packed(profile) == packed(change.after.profile)
    assert packed(profile) == packed(fit(change.after.reader, CORPUS.statistics, PARAMS))


async def test_a_profile_of_other_statistics_is_fitted_again(readers: Readers) -> None:
    """The stored one was right when it was stored; now the rest is asked."""
    await press(readers, "c1", 2)
    newer = a_corpus(*two_stories()[:3])
    known = await readers.known("ann", newer)
    profile = (await readers.for_feed("ann", newer)).profile
    expected = pack_profile(fit(known.reader, newer.statistics, PARAMS), newer.statistics)
    assert [pack_profile(one, newer.statistics) for one in (profile, known.profile)] == [expected, expected]


async def test_a_profile_of_other_parameters_is_fitted_again(readers: Readers) -> None:
    """As after a new release with another gain."""
    await press(readers, "c1", 2)
    changed = replace(PARAMS, gain=30.0)
    later = Readers(readers.store, Catalog(readers.store, changed, lambda: NOW), changed)
    profile = (await later.for_feed("ann", CORPUS)).profile
    assert profile.params_version == (await later.known("ann", CORPUS)).profile.params_version == changed.version


@pytest.mark.parametrize("spoilt", [None, b"\x00\xff"], ids=["gone", "damaged"])
async def test_a_profile_that_was_lost_is_fitted_again(readers: Readers, redis: Any, spoilt: bytes | None) -> None:
    """It follows from the rest, so a feed is the same without it."""
    change = await press(readers, "c1", 2)
    await redis.hdel("u:{ann}:reader", "profile")
    if spoilt is not None:
        await redis.hset("u:{ann}:reader", "profile", spoilt)
    profile = (await readers.for_feed("ann", CORPUS)).profile
    assert packed(profile) == packed(change.after.profile)


async def test_a_profile_that_was_fitted_again_is_kept(readers: Readers, redis: Any) -> None:
    """Feeds after the first have it from the store; the reader has not changed by it."""
    change = await press(readers, "c1", 2)
    await redis.hdel("u:{ann}:reader", "profile")
    await readers.for_feed("ann", CORPUS)
    assert packed((await stored(readers)).profile) == packed(change.after.profile)
    assert (await stored(readers)).revision == change.after.revision


async def test_opens_teach_until_all_is_taken_back(store: Store) -> None:
    """What a feed gets is what is known; a reset leaves nothing that was learned."""
    params = Params(learn_from_opens=True)
    readers = Readers(store, Catalog(store, params, lambda: NOW), params)
    opened = Interaction("i1", "c1", Action.OPEN, NOW)
    terms = {"c1": CORPUS.terms[CORPUS.row("c1")]}
    await readers.change("ann", lambda reader: reader.after([opened], terms, params), CORPUS)
    known = await readers.known("ann", CORPUS)
    assert known.profile.weights
    assert packed((await readers.for_feed("ann", CORPUS)).profile) == packed(known.profile)
    await store.readers.clear_ledger("ann")
    assert not (await readers.for_feed("ann", CORPUS)).profile.weights


async def test_many_changes_at_once_are_all_made(readers: Readers) -> None:
    """From two workers, more than could take turns by luck: every last word is in the ledger, and the profile follows
    from it."""
    other = Readers(readers.store, Catalog(readers.store, PARAMS, lambda: NOW), PARAMS)
    levels = {"c1": (1, 2), "c2": (-1, -2), "s1": (2, 1), "s2": (-2, -1)}
    await asyncio.gather(*(press(each, one, first) for one, (first, _) in levels.items() for each in (readers, other)))
    await asyncio.gather(*(press(each, one, last) for one, (_, last) in levels.items() for each in (readers, other)))
    kept = await stored(readers)
    assert {one.event_id: one.level for one in kept.reader.ledger.adjustments} == {
        one: last for one, (_, last) in levels.items()
    }
    assert packed(kept.profile) == packed(fit(kept.reader, CORPUS.statistics, PARAMS))


async def test_a_change_that_another_was_always_quicker_than_is_given_up(
    readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a hundred times it is said as of a store that is away; nothing of it is written."""
    monkeypatch.setattr("service.readers._PAUSE_SECONDS", 0.0)
    n_tries = 0

    async def always_late(*_: object) -> None:
        nonlocal n_tries
        n_tries += 1

    monkeypatch.setattr(type(readers.store.readers), "save", always_late)
    with pytest.raises(StoreUnavailable, match="too many changes"):
        await press(readers, "c1", 2)
    assert n_tries == 100
    assert (await stored(readers)).reader.ledger == Ledger()


async def test_an_import_leaves_the_reader_that_was_meant(readers: Readers) -> None:
    """Whatever was there before, also in another order: what is read is what was put, with the profile that follows."""
    for event_id in ("c1", "c2", "s1"):
        await press(readers, event_id, 1)
    adjustments = (await stored(readers)).reader.ledger.adjustments
    wanted = Reader(Ledger((adjustments[2], adjustments[0])))
    change = await readers.change("ann", lambda _: wanted, CORPUS)
    known = await readers.known("ann", CORPUS)
    assert known.reader == wanted
    assert known.profile.version == change.after.profile.version == wanted.version


# The crowd


async def crowd(readers: Readers) -> list[Liking]:
    """What the store has of the crowd."""
    return await readers.store.crowd.likings()


async def test_a_press_is_in_the_crowd_until_it_is_undone(readers: Readers) -> None:
    """At once, both; others' likings of the event stay."""
    await press(readers, "c1", 2)
    await readers.change("bob", pressed("c1", 1), CORPUS)
    assert await crowd(readers) == [Liking("ann", "c1", NOW), Liking("bob", "c1", NOW)]
    await readers.change("ann", lambda reader: reader.without("c1"), CORPUS)
    assert await crowd(readers) == [Liking("bob", "c1", NOW)]


@pytest.mark.parametrize("level", [0, -1, -2])
async def test_only_what_is_turned_up_is_in_the_crowd(readers: Readers, level: int) -> None:
    """Said first, or in place of a press upwards; and turned up again, it is back."""
    await press(readers, "s1", level)
    await press(readers, "c1", 1)
    assert await crowd(readers) == [Liking("ann", "c1", NOW)]
    await press(readers, "c1", level)
    assert await crowd(readers) == []
    await press(readers, "c1", 2)
    assert await crowd(readers) == [Liking("ann", "c1", NOW)]


async def test_who_presses_again_likes_it_since_then(readers: Readers) -> None:
    """Once, and not twice. To say the same again is no press, and leaves it where it was."""
    later = NOW + timedelta(minutes=1)
    for level, at, since in ((1, NOW, NOW), (2, later, later), (2, later + timedelta(minutes=1), later)):
        await readers.change("ann", pressed("c1", level, at), CORPUS)
        assert await crowd(readers) == [Liking("ann", "c1", since)]


async def test_a_press_that_the_ledger_forgets_stays_in_the_crowd(readers: Readers) -> None:
    """With room for two, the first of three is liked still: it was pushed out, and nobody took it back."""
    readers = replace(readers, params=replace(PARAMS, ledger_cap=2))
    for number, event_id in enumerate(("c1", "c2", "s1")):
        await readers.change("ann", pressed(event_id, 1, NOW + timedelta(minutes=number), cap=2), CORPUS)
    assert [one.event_id for one in await crowd(readers)] == ["c1", "c2", "s1"]
    assert await readers.store.crowd.n_taken_back() == 0


async def test_a_reader_who_changes_on_and_on_is_told_of_thrice_at_most(
    readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the revision is another each time that it is read, the crowd is not told for ever."""
    await readers.catalog.refresh()
    change = type(readers.store.crowd).change
    told: list[tuple[Any, ...]] = []

    async def heard(self: Any, *given: Any) -> None:
        told.append(given)
        await change(self, *given)

    async def another(_: Any, __: str) -> int:
        return -1

    monkeypatch.setattr(type(readers.store.crowd), "change", heard)
    monkeypatch.setattr(type(readers.store.readers), "revision", another)
    await press(readers, "c1", 2)
    assert told == [("ann", {"c1": NOW}, [])] * 3


async def test_what_says_nothing_of_liking_tells_the_crowd_nothing(readers: Readers, redis: Any) -> None:
    """A wish, an interaction, and a change that changes nothing."""
    seen = Interaction("i1", "c1", Action.OPEN, NOW)
    await readers.change("ann", lambda reader: reader.after([seen], {}, PARAMS), CORPUS)
    await readers.change("ann", lambda reader: replace(reader, wishes=Wishes.of(["word:comet"], {}, {})), CORPUS)
    await readers.change("ann", lambda reader: reader, CORPUS)
    assert await redis.exists("{crowd}:likings") == 0


@pytest.mark.parametrize("error", [StoreUnavailable, StoreFull, StoreError])
async def test_a_press_stands_where_the_crowd_cannot_be_told(
    readers: Readers, monkeypatch: pytest.MonkeyPatch, error: type[StoreError]
) -> None:
    """It is no more than statistics: the reader, the revision and the profile are as they would be."""

    async def refused(*_: object) -> None:
        raise error("no")

    with monkeypatch.context() as patched:
        patched.setattr(type(readers.store.crowd), "change", refused)
        change = await press(readers, "c1", 2)
    assert change.after.revision == (await stored(readers)).revision == 1
    assert (await stored(readers)).reader.ledger.level_of("c1") == 2
    assert await crowd(readers) == []
    await press(readers, "s1", 1)
    assert [one.event_id for one in await crowd(readers)] == ["s1"]


async def test_the_crowd_is_heard_where_something_was_taken_back(
    readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the store has been told, and not where something was only turned up, or turned down at once."""
    heard: list[int] = []

    async def hear_what_is_popular(_: Catalog) -> None:
        heard.append(len(await crowd(readers)))

    monkeypatch.setattr(Catalog, "hear_what_is_popular", hear_what_is_popular)
    for event_id, level in (("c1", 2), ("c2", 1), ("c1", 1), ("s1", -1)):
        await press(readers, event_id, level)
    assert heard == []
    await readers.change("ann", lambda reader: reader.without("s1"), CORPUS)
    assert heard == []
    await readers.change("ann", lambda reader: reader.without("c1"), CORPUS)
    assert heard == [1]
    await press(readers, "c2", 0)
    assert heard == [1, 0]


@pytest.mark.parametrize("error", [StoreUnavailable, StoreFull, StoreError])
async def test_an_undo_stands_where_the_crowd_cannot_be_heard(
    readers: Readers, monkeypatch: pytest.MonkeyPatch, error: type[StoreError]
) -> None:
    """The reader is as they would be, and nothing of it is left in the store's crowd."""

    async def away(_: Catalog) -> None:
        raise error("no")

    await press(readers, "c1", 2)
    monkeypatch.setattr(Catalog, "hear_what_is_popular", away)
    change = await readers.change("ann", lambda reader: reader.without("c1"), CORPUS)
    assert change.after.revision == (await stored(readers)).revision == 2
    assert (await stored(readers)).reader.ledger == Ledger()
    assert await crowd(readers) == []


async def test_a_change_that_came_too_late_tells_the_crowd_once(
    readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where another worker was quicker, the crowd hears of what was written, and of nothing that was not."""
    save, change = type(readers.store.readers).save, type(readers.store.crowd).change
    told: list[str] = []

    async def late_once(self: Any, *given: Any) -> int | None:
        told.append("save")
        return await save(self, *given) if told.count("save") > 1 else None

    async def heard(self: Any, *given: Any) -> None:
        told.append("crowd")
        await change(self, *given)

    monkeypatch.setattr(type(readers.store.readers), "save", late_once)
    monkeypatch.setattr(type(readers.store.crowd), "change", heard)
    await press(readers, "c1", 2)
    assert told == ["save", "save", "crowd"]
    assert await crowd(readers) == [Liking("ann", "c1", NOW)]


async def test_a_profile_of_other_rows_of_alike_readers_is_fitted_again(readers: Readers) -> None:
    """The stored one was fitted before others were known; with the same rows it is used as it is."""
    await press(readers, "c1", 2)
    alike = a_corpus(*two_stories(), liked={"eve": ["c1", "s2"], "bob": ["c1", "s2"], "joe": ["s1"]})
    assert alike.statistics.alike.event_ids
    profile = (await readers.for_feed("ann", alike)).profile
    assert profile.statistics_version == alike.statistics.version != CORPUS.statistics.version
    kept = await readers.store.readers.load("ann", alike.statistics)
    assert kept.profile is not None
    assert pack_profile(kept.profile, alike.statistics) == pack_profile(profile, alike.statistics)
    assert pack_profile(fit(kept.reader, alike.statistics, PARAMS), alike.statistics) == pack_profile(
        profile, alike.statistics
    )


async def test_to_take_a_press_back_restores_the_profile_with_alike_readers_too(readers: Readers) -> None:
    """To the last bit, also after other presses."""
    corpus = a_corpus(*two_stories(), liked={"eve": ["c1", "s2"], "bob": ["c1", "s2"], "joe": ["s1", "c2"]})
    await readers.change("ann", pressed("c1", 2), corpus)
    before = (await readers.known("ann", corpus)).profile
    assert before.taste.any()
    await readers.change("ann", pressed("s2", -2), corpus)
    await readers.change("ann", lambda reader: reader.without("s2"), corpus)
    after = (await readers.known("ann", corpus)).profile
    assert pack_profile(after, corpus.statistics) == pack_profile(before, corpus.statistics)
    assert after.taste.tobytes() == before.taste.tobytes()
