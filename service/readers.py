"""Readers: what is known of them and what follows from it, read from the store, fitted and changed."""

import asyncio
import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from weakref import WeakValueDictionary

from ranking.corpus import Corpus
from ranking.features import Statistics
from ranking.interactions import History
from ranking.params import Params
from ranking.profile import Profile, fit
from ranking.reader import Reader
from service.catalog import Catalog
from service.formats.record import UnreadableRecord
from service.store import Store, StoredReader, StoreError, StoreUnavailable

_MAX_TRIES = 100
_PAUSE_SECONDS = 0.005
_MAX_TELLINGS = 3


@dataclass(frozen=True, slots=True)
class KnownReader:
    """A reader at one time, and the profile that follows."""

    reader: Reader
    profile: Profile
    revision: int


@dataclass(frozen=True, slots=True)
class FeedReader:
    """As much of a reader as a feed needs, all of one moment; all that is known of them where that had to be read."""

    revision: int
    profile: Profile
    history: History
    reader: Reader | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A reader before and after a change; where there was nothing to change, before is after."""

    before: KnownReader
    after: KnownReader


@dataclass(frozen=True, slots=True)
class Readers:
    """The readers of a store. Profiles are always fitted with the statistics of the corpus that they are asked for."""

    store: Store
    catalog: Catalog
    params: Params
    _turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary, repr=False)

    async def for_feed(self, user_id: str, corpus: Corpus) -> FeedReader:
        """What a feed needs of a reader; in one round trip where the stored profile will do and nothing is drawn."""
        if not self.params.explore_every:
            found = await self.store.readers.for_feed(user_id, corpus.statistics)
            if found.unheard:
                return FeedReader(found.revision, self.unheard(corpus), found.history)
            if found.profile is not None and found.profile.is_of(corpus.statistics, self.params):
                return FeedReader(found.revision, found.profile, found.history)
        known = await self.known(user_id, corpus)
        return FeedReader(known.revision, known.profile, known.reader.history, known.reader)

    async def known(self, user_id: str, corpus: Corpus) -> KnownReader:
        """All that is known of a reader, and the profile that follows from it. One that had to be fitted again is kept
        for the next time, as long as the reader is as they were."""
        stored = await self.store.readers.load(user_id, corpus.statistics)
        profile = self._fitted(stored, corpus)
        if profile is not stored.profile and stored.reader.teaching != Reader().teaching:
            with contextlib.suppress(StoreError):
                await self.store.readers.save_profile(user_id, stored, profile, corpus.statistics)
        return KnownReader(stored.reader, profile, stored.revision)

    def unheard(self, corpus: Corpus) -> Profile:
        """The profile of a reader who has said nothing."""
        return _unheard(corpus.statistics, self.params)

    async def change(self, user_id: str, change: Callable[[Reader], Reader], corpus: Corpus) -> Change:
        """Changes what is known of a reader, and the profile with it.

        Within a worker a reader's changes take turns, which is quicker than to collide and try again; other workers
        are told apart by compare-and-set.
        """
        async with self._turns.setdefault(user_id, asyncio.Lock()):
            for _ in range(_MAX_TRIES):
                stored = await self.store.readers.load(user_id, corpus.statistics)
                before = KnownReader(stored.reader, self._fitted(stored, corpus), stored.revision)
                reader = change(stored.reader)
                if reader == stored.reader:
                    return Change(before, before)
                taught = reader.teaching != stored.reader.teaching
                profile = fit(reader, corpus.statistics, self.params) if taught else before.profile
                fitted_anew = profile is not stored.profile and (taught or stored.reader.teaching != Reader().teaching)
                kept = profile if fitted_anew else None
                revision = await self.store.readers.save(user_id, stored, reader, kept, corpus.statistics)
                if revision is not None:
                    await self._tell_crowd(user_id, stored.reader, reader, revision)
                    return Change(before, KnownReader(reader, profile, revision))
                # An uneven pause keeps two workers from meeting again and again.
                await asyncio.sleep(random.uniform(0, _PAUSE_SECONDS))  # noqa: S311 -- nothing secret depends on it
        raise StoreUnavailable("too many changes to this reader at once")

    async def forget_likings(self, user_id: str) -> None:
        """Takes out of the crowd all that a reader turned up; the very next feed has nothing of it."""
        await self.store.crowd.forget(user_id)
        with contextlib.suppress(StoreError, UnreadableRecord):
            await self.catalog.hear_what_is_popular()

    async def _tell_crowd(self, user_id: str, before: Reader, after: Reader, revision: int) -> None:
        """Adds to the crowd what a reader turned up, and takes out what no longer holds. It is no more than statistics:
        where the store is away, the reader's change stands all the same.

        Another worker may have changed the reader meanwhile and told the crowd first; then what holds now is told.
        """
        was = before.likings
        touched = {one for one, at in after.likings.items() if was.get(one) != at}
        touched |= {one for one in was.keys() - after.likings.keys() if not self._is_pushed_out(one, before, after)}
        if not touched:
            return
        with contextlib.suppress(StoreError, UnreadableRecord):
            for _ in range(_MAX_TELLINGS):
                now = after.likings
                liked = {event_id: now[event_id] for event_id in touched if event_id in now}
                unliked = sorted(touched - now.keys())
                await self.store.crowd.change(user_id, liked, unliked)
                if unliked:  # what is taken back is gone with the very next feed
                    await self.catalog.hear_what_is_popular()
                if await self.store.readers.revision(user_id) == revision:
                    return
                stored = await self.store.readers.load(user_id, self.catalog.corpus.statistics)
                after, revision = stored.reader, stored.revision

    def _is_pushed_out(self, event_id: str, before: Reader, after: Reader) -> bool:
        """Whether an event is not known of a reader any more because there is no room, and not because they took it
        back: then they like it still."""
        was_said = before.ledger.level_of(event_id) is not None
        n, cap = (
            (len(after.ledger.adjustments), self.params.ledger_cap)
            if was_said
            else (len(after.opens), self.params.opens_cap)
        )
        opened = any(one.event_id == event_id for one in after.opens)
        return n >= cap and not opened and after.ledger.level_of(event_id) is None

    def _fitted(self, stored: StoredReader, corpus: Corpus) -> Profile:
        if stored.profile is not None and stored.profile.is_of(corpus.statistics, self.params):
            return stored.profile
        return fit(stored.reader, corpus.statistics, self.params)


@lru_cache(maxsize=2)  # the statistics of now, and those of before while some still calculate with them
def _unheard(statistics: Statistics, params: Params) -> Profile:
    return fit(Reader(), statistics, params)
