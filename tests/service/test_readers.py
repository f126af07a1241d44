"""Readers: what they said, and the profile that follows from it, whatever became of the stored one."""

import asyncio
from dataclasses import replace

import pytest

from ranking.ledger import Ledger
from ranking.profile import fit
from service.formats import pack_profile
from service.readers import Readers
from service.store import Store
from tests.build import NOW, PARAMS, a_corpus, two_stories

CORPUS = a_corpus(*two_stories())


@pytest.fixture
def readers(store: Store) -> Readers:
    """The readers of an empty store."""
    return Readers(store, PARAMS)


async def press(readers: Readers, event_id: str, level: int) -> None:
    """Has the reader ann press once."""
    terms = CORPUS.terms[CORPUS.row(event_id)]
    await readers.change("ann", lambda ledger: ledger.adjusted(event_id, level, NOW, terms, 500), CORPUS)


async def test_a_reader_who_said_nothing_has_the_empty_profile(readers: Readers) -> None:
    """It is that of the empty ledger, and reading it stores nothing."""
    assert (await readers.profile("ann", CORPUS)).version == Ledger().version
    assert [user_id async for user_id in readers.store.reader_ids()] == []


async def test_a_change_tells_what_was_before_and_after(readers: Readers) -> None:
    """The ledgers, and the profile of each."""
    terms = CORPUS.terms[CORPUS.row("c1")]
    change = await readers.change("ann", lambda ledger: ledger.adjusted("c1", 2, NOW, terms, 500), CORPUS)
    assert change.ledger_before == Ledger()
    assert change.ledger_after.level_of("c1") == 2
    assert change.before.version == Ledger().version
    assert change.after.version == change.ledger_after.version


async def test_no_change_writes_nothing(readers: Readers) -> None:
    """Before is after, and the reader's revision stays as it was."""
    await press(readers, "c1", 2)
    change = await readers.change("ann", lambda ledger: ledger, CORPUS)
    assert change.before is change.after
    assert (await readers.store.reader("ann")).revision == 1


async def test_a_profile_of_other_statistics_is_fitted_again(readers: Readers) -> None:
    """The stored one was right when it was stored; now the ledger is asked."""
    await press(readers, "c1", 2)
    newer = a_corpus(*two_stories()[:3])
    ledger, profile = await readers.ledger_and_profile("ann", newer)
    assert profile.statistics_version == newer.statistics.version
    assert pack_profile(await readers.profile("ann", newer)) == pack_profile(fit(ledger, newer.statistics, PARAMS))


async def test_a_profile_of_other_parameters_is_fitted_again(readers: Readers) -> None:
    """As after a new release with another gain."""
    await press(readers, "c1", 2)
    changed = replace(PARAMS, gain=30.0)
    profile = await Readers(readers.store, changed).profile("ann", CORPUS)
    assert profile.params_version == changed.version


async def test_many_changes_at_once_are_all_made(readers: Readers) -> None:
    """From two workers, more than could take turns by luck: every last word is in the ledger, and the profile follows
    from it."""
    other = Readers(readers.store, PARAMS)
    levels = {"c1": (1, 2), "c2": (-1, -2), "s1": (2, 1), "s2": (-2, -1)}
    await asyncio.gather(*(press(each, one, first) for one, (first, _) in levels.items() for each in (readers, other)))
    await asyncio.gather(*(press(each, one, last) for one, (_, last) in levels.items() for each in (readers, other)))
    stored = await readers.store.reader("ann")
    assert {one.event_id: one.level for one in stored.ledger.adjustments} == {
        one: last for one, (_, last) in levels.items()
    }
    assert stored.profile is not None
    assert pack_profile(stored.profile) == pack_profile(fit(stored.ledger, CORPUS.statistics, PARAMS))
