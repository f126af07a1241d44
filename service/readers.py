"""Readers: what is known of them and what follows from it, read from the store, fitted and changed."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from ranking.corpus import Corpus
from ranking.params import Params
from ranking.profile import Profile, fit
from ranking.reader import Reader
from service.store import FeedReader, Store, StoredReader, StoreUnavailable

_MAX_TRIES = 100
_PAUSE_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class KnownReader:
    """A reader at one time, and the profile that follows. `token` names the reader's last change."""

    reader: Reader
    profile: Profile
    revision: int
    token: str = ""


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

    async def for_feed(self, user_id: str, corpus: Corpus) -> tuple[FeedReader, Profile]:
        """What a feed needs of a reader, in one round trip where the stored profile can be used."""
        found = await self.store.readers.for_feed(user_id, corpus.statistics)
        if found.unheard:
            return found, self.unheard(corpus)
        if found.profile is None or not found.profile.is_of(corpus.statistics, self.params):
            return found, (await self.known(user_id, corpus)).profile
        return found, found.profile

    async def known(self, user_id: str, corpus: Corpus) -> KnownReader:
        """All that is known of a reader, and the profile that follows from it."""
        stored = await self.store.readers.load(user_id, corpus.statistics)
        return KnownReader(stored.reader, self._fitted(stored, corpus), stored.revision, stored.token)

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
                revision = await self.store.readers.save(
                    user_id, stored, reader, profile if taught else None, corpus.statistics
                )
                if revision is not None:
                    return Change(before, KnownReader(reader, profile, revision))
                # An uneven pause keeps two workers from meeting again and again.
                await asyncio.sleep(random.uniform(0, _PAUSE_SECONDS))  # noqa: S311 -- nothing secret depends on it
        raise StoreUnavailable("too many changes to this reader at once")

    def _fitted(self, stored: StoredReader, corpus: Corpus) -> Profile:
        if stored.profile is not None and stored.profile.is_of(corpus.statistics, self.params):
            return stored.profile
        return fit(stored.reader, corpus.statistics, self.params)
