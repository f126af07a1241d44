"""Readers: what they said and what follows from it, read from the store, fitted and changed."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from ranking.corpus import Corpus
from ranking.ledger import Ledger
from ranking.params import Params
from ranking.profile import Profile, fit
from service.formats import UnreadableRecord
from service.store import Reader, Store, StoreUnavailable

_MAX_TRIES = 100
_PAUSE_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class Change:
    """A reader before and after a change; where there was nothing to change, before is after."""

    ledger_before: Ledger
    ledger_after: Ledger
    before: Profile
    after: Profile


@dataclass(frozen=True, slots=True)
class Readers:
    """The readers of a store. Profiles are always fitted with the statistics of the corpus that they are asked for."""

    store: Store
    params: Params
    _turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary, repr=False)

    async def profile(self, user_id: str, corpus: Corpus) -> Profile:
        """A reader's profile, in one round trip where the stored one can be used."""
        try:
            profile = await self.store.profile(user_id) or self.unheard(corpus)
        except UnreadableRecord:
            profile = None  # it follows from the ledger
        if profile is None or not profile.is_of(corpus.statistics, self.params):
            profile = self._fitted(await self.store.reader(user_id), corpus)
        return profile

    async def ledger_and_profile(self, user_id: str, corpus: Corpus) -> tuple[Ledger, Profile]:
        """What a reader said, and the profile that follows from it."""
        reader = await self.store.reader(user_id)
        return reader.ledger, self._fitted(reader, corpus)

    def unheard(self, corpus: Corpus) -> Profile:
        """The profile of a reader who has said nothing."""
        return fit(Ledger(), corpus.statistics, self.params)

    async def change(self, user_id: str, change: Callable[[Ledger], Ledger], corpus: Corpus) -> Change:
        """Changes a reader's ledger, and the profile with it.

        Within a worker a reader's changes take turns, which is quicker than to collide and try again; other workers
        are told apart by compare-and-set.
        """
        async with self._turns.setdefault(user_id, asyncio.Lock()):
            for _ in range(_MAX_TRIES):
                reader = await self.store.reader(user_id)
                before = self._fitted(reader, corpus)
                ledger = change(reader.ledger)
                if ledger == reader.ledger:
                    return Change(ledger, ledger, before, before)
                after = fit(ledger, corpus.statistics, self.params)
                if await self.store.save_reader(user_id, reader, ledger, after):
                    return Change(reader.ledger, ledger, before, after)
                # An uneven pause keeps two workers from meeting again and again.
                await asyncio.sleep(random.uniform(0, _PAUSE_SECONDS))  # noqa: S311 -- nothing secret depends on it
        raise StoreUnavailable("too many changes to this reader at once")

    def _fitted(self, reader: Reader, corpus: Corpus) -> Profile:
        if reader.profile is not None and reader.profile.is_of(corpus.statistics, self.params):
            return reader.profile
        return fit(reader.ledger, corpus.statistics, self.params)
