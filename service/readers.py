"""Readers: what is known of them and what follows from it, read from the store, fitted and changed."""

import asyncio
import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from ranking.corpus import Corpus
from ranking.interactions import History
from ranking.params import Params
from ranking.profile import Profile, fit
from ranking.reader import Reader
from service.store import Store, StoredReader, StoreError, StoreUnavailable

_MAX_TRIES = 100
_PAUSE_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class KnownReader:
    """A reader at one time, and the profile that follows."""

    reader: Reader
    profile: Profile
    revision: int


@dataclass(frozen=True, slots=True)
class FeedReader:
    """As much of a reader as a feed needs, all of one moment; all that is known of them where places go to draws."""

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
    params: Params
    _turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary, repr=False)

    async def for_feed(self, user_id: str, corpus: Corpus) -> FeedReader:
        """What a feed needs of a reader, in one round trip where the stored profile can be used. One that had to be
        fitted again is kept for the next feed, as long as the reader is as they were."""
        if self.params.explore_every:
            known = await self.known(user_id, corpus)
            return FeedReader(known.revision, known.profile, known.reader.history, known.reader)
        found = await self.store.readers.for_feed(user_id, corpus.statistics)
        if found.unheard:
            return FeedReader(found.revision, self.unheard(corpus), found.history)
        if found.profile is not None and found.profile.is_of(corpus.statistics, self.params):
            return FeedReader(found.revision, found.profile, found.history)
        stored = await self.store.readers.load(user_id, corpus.statistics)
        profile = self._fitted(stored, corpus)
        if stored.profile is not profile:
            with contextlib.suppress(StoreError):
                await self.store.readers.save_profile(user_id, stored, profile, corpus.statistics)
        return FeedReader(stored.revision, profile, stored.reader.history)

    async def known(self, user_id: str, corpus: Corpus) -> KnownReader:
        """All that is known of a reader, and the profile that follows from it."""
        stored = await self.store.readers.load(user_id, corpus.statistics)
        return KnownReader(stored.reader, self._fitted(stored, corpus), stored.revision)

    def unheard(self, corpus: Corpus) -> Profile:
        """The profile of a reader who has said nothing."""
        return fit(Reader(), corpus.statistics, self.params)

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
                taught = reader.version != stored.reader.version
                profile = fit(reader, corpus.statistics, self.params) if taught else before.profile
                fitted_anew = profile is not stored.profile and (taught or stored.reader.version != Reader().version)
                kept = profile if fitted_anew else None
                revision = await self.store.readers.save(user_id, stored, reader, kept, corpus.statistics)
                if revision is not None:
                    return Change(before, KnownReader(reader, profile, revision))
                # An uneven pause keeps two workers from meeting again and again.
                await asyncio.sleep(random.uniform(0, _PAUSE_SECONDS))  # noqa: S311 -- nothing secret depends on it
        raise StoreUnavailable("too many changes to this reader at once")

    def _fitted(self, stored: StoredReader, corpus: Corpus) -> Profile:
        if stored.profile is not None and stored.profile.is_of(corpus.statistics, self.params):
            return stored.profile
        return fit(stored.reader, corpus.statistics, self.params)
