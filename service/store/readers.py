"""What the store keeps of readers: the ledger in pages, and beside it everything that is read at once."""

import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from uuid import uuid4

from ranking.features import Statistics
from ranking.interactions import History
from ranking.ledger import Adjustment, Ledger
from ranking.profile import Profile
from ranking.reader import Reader
from ranking.wishes import Wishes
from service.formats.ledger import PAGE_SIZE, pack_page, unpack_page
from service.formats.profile import pack_profile, unpack_profile
from service.formats.reader import (
    pack_heard,
    pack_history,
    pack_opens,
    pack_wishes,
    unpack_heard,
    unpack_history,
    unpack_opens,
    unpack_wishes,
)
from service.formats.record import UnreadableRecord
from service.store import scripts
from service.store.connection import store_errors, whole

_log = logging.getLogger("signalfeed.store")
_FIELDS = ["revision", "token", "profile", "wishes", "history", "opens", "heard"]
_MAX_LOOSENESS = 1.25  # pages for each that would do; more would waste room
_SCANNED = 500  # keys looked at by one step of a scan


@dataclass(frozen=True, slots=True)
class StoredReader:
    """What the store holds of a reader. `revision` counts the changes, and `token` names the last one, for
    compare-and-set. `profile` is None where none can be used: it follows from the reader. `places` are those of the
    adjustments in the ledger, and `strange` the pages of it that are cut in another way than they would be now."""

    revision: int = 0
    token: str = ""
    reader: Reader = field(default_factory=Reader)
    profile: Profile | None = None
    places: tuple[int, ...] = ()
    strange: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredFeedReader:
    """As much of a reader as a feed needs. `profile` is None where it wants a refit; `unheard` says that the reader
    has neither said nor laid down anything."""

    revision: int
    profile: Profile | None
    history: History
    unheard: bool


class ReaderRecords:
    """A server's readers."""

    def __init__(self, redis: Any, ttl_seconds: int) -> None:
        self._redis = redis
        self._ttl_seconds = ttl_seconds
        self._save = redis.register_script(scripts.SAVE_READER)
        self._save_profile = redis.register_script(scripts.SAVE_PROFILE)
        self._clear = redis.register_script(scripts.CLEAR_LEDGER)
        self._delete = redis.register_script(scripts.DELETE_READER)

    async def for_feed(self, user_id: str, statistics: Statistics) -> StoredFeedReader:
        """What a feed needs of a reader, in one round trip. A profile that cannot be read counts as none. Raises
        UnreadableRecord."""
        async with store_errors(), self._redis.pipeline(transaction=True) as pipeline:
            pipeline.hmget(_reader_key(user_id), ["revision", "profile", "wishes", "history"])
            pipeline.hexists(_reader_key(user_id), "opens")
            pipeline.exists(_ledger_key(user_id))
            (revision, profile, wishes, history), has_opens, has_ledger = await pipeline.execute()
        return StoredFeedReader(
            whole(revision),
            _profile(profile, unpack_wishes(wishes) if wishes else Wishes(), statistics),
            unpack_history(history) if history else History(),
            unheard=not (profile or wishes or has_opens or has_ledger),
        )

    async def load(self, user_id: str, statistics: Statistics) -> StoredReader:
        """All that is stored of a reader, of one moment. Raises UnreadableRecord; a profile that cannot be read is left
        out, since it follows from the rest."""
        async with store_errors(), self._redis.pipeline(transaction=True) as pipeline:
            pipeline.hmget(_reader_key(user_id), _FIELDS)
            pipeline.hgetall(_ledger_key(user_id))
            (revision, token, profile, wishes, history, opens, heard), pages = await pipeline.execute()
        read = {name.decode(): unpack_page(page, name.decode()) for name, page in pages.items()}
        placed = sorted((one for page in read.values() for one in page), key=lambda one: one[0])
        reader = Reader(
            Ledger(tuple(adjustment for _, adjustment in placed)),
            unpack_wishes(wishes) if wishes else Wishes(),
            unpack_history(history) if history else History(),
            unpack_opens(opens) if opens else (),
            unpack_heard(heard) if heard else (),
        )
        return StoredReader(
            whole(revision),
            (token or b"").decode(),
            reader,
            _profile(profile, reader.wishes, statistics),
            tuple(place for place, _ in placed),
            tuple(name for name, page in read.items() if {name} != {_page_of(place) for place, _ in page}),
        )

    async def save(
        self, user_id: str, before: StoredReader, reader: Reader, profile: Profile | None, statistics: Statistics
    ) -> int | None:
        """Replaces what is stored of a reader, all or nothing; gives the new revision, None where the reader has
        changed since `before`. Only what differs is sent; without a profile the stored one stays."""
        old, fields = before.reader, {}
        if profile is not None:
            fields["profile"] = pack_profile(profile, statistics)
        if reader.wishes != old.wishes:
            fields["wishes"] = pack_wishes(reader.wishes) if reader.wishes != Wishes() else b""
        if reader.history != old.history:
            fields["history"] = pack_history(reader.history) if reader.history != History() else b""
        if reader.opens != old.opens:
            fields["opens"] = pack_opens(reader.opens) if reader.opens else b""
        if reader.heard != old.heard:
            fields["heard"] = pack_heard(reader.heard)
        gone, changed = _pages_changed(before, reader.ledger)
        async with store_errors():
            revision = await self._save(
                keys=[_ledger_key(user_id), _reader_key(user_id)],
                args=[
                    before.token,
                    uuid4().hex,
                    self._ttl_seconds,
                    int(_takes_back(old, reader)),
                    len(fields),
                    *(part for one in fields.items() for part in one),
                    len(gone),
                    *gone,
                    *(part for one in changed.items() for part in one),
                ],
            )
        return int(revision) or None

    async def save_profile(self, user_id: str, of: StoredReader, profile: Profile, statistics: Statistics) -> None:
        """Keeps the profile of a reader as they were read; where they have changed since, nothing."""
        async with store_errors():
            await self._save_profile(keys=[_reader_key(user_id)], args=[of.token, pack_profile(profile, statistics)])

    async def clear_ledger(self, user_id: str) -> int:
        """Takes back everything that a reader said and what opens taught, also what cannot be read; gives the new
        revision."""
        keys, args = [_ledger_key(user_id), _reader_key(user_id)], [uuid4().hex, self._ttl_seconds]
        async with store_errors():
            return int(await self._clear(keys=keys, args=args))

    async def delete(self, user_id: str, *, token: str | None = None) -> bool:
        """Deletes all keys of a reader; with a token only where that is still theirs, and says so."""
        keys = [_ledger_key(user_id), _reader_key(user_id), *snapshot_keys(user_id), _old_profile_key(user_id)]
        async with store_errors():
            return int(await self._delete(keys=keys, args=[] if token is None else [token])) >= 0

    async def ids(self) -> AsyncIterator[str]:
        """Every reader of whom anything is known, in no order."""
        told: set[str] = set()  # a scan may meet a key twice, and a reader has two
        for key_of in (_reader_key, _ledger_key):
            before, after = key_of("*").split("*")
            async with store_errors():
                async for key in self._redis.scan_iter(match=key_of("*"), count=_SCANNED):
                    user_id = key.decode().removeprefix(before).removesuffix(after)
                    if user_id not in told:
                        told.add(user_id)
                        yield user_id

    async def revision(self, user_id: str) -> int:
        """How often a reader has changed, 0 for one of whom nothing is known."""
        async with store_errors():
            return whole(await self._redis.hget(_reader_key(user_id), "revision"))

    async def unknown(self, user_ids: Iterable[str]) -> list[str]:
        """Those of whom nothing is known."""
        asked = list(user_ids)
        found: list[int] = []
        for start in range(0, len(asked), _SCANNED):
            async with store_errors(), self._redis.pipeline(transaction=False) as pipeline:
                for user_id in asked[start : start + _SCANNED]:
                    pipeline.exists(_reader_key(user_id))
                found += await pipeline.execute()
        return [user_id for user_id, there in zip(asked, found, strict=True) if not there]

    async def n_bytes(self, user_id: str) -> dict[str, int]:
        """The bytes that a reader takes in the store's memory, by kind of record; `profile` is part of `reader`."""
        async with store_errors(), self._redis.pipeline(transaction=False) as pipeline:
            for key in (_ledger_key(user_id), _reader_key(user_id)):
                pipeline.memory_usage(key, samples=0)
            pipeline.hstrlen(_reader_key(user_id), "profile")
            ledger, reader, profile = await pipeline.execute()
        return {"ledger": ledger or 0, "reader": reader or 0, "profile": profile}


def snapshot_keys(user_id: str) -> list[str]:
    """The keys of the orders that a reader is paging through, and of which came when."""
    return [f"u:{{{user_id}}}:snapshots", f"u:{{{user_id}}}:snapshot_order"]


def _ledger_key(user_id: str) -> str:
    return f"u:{{{user_id}}}:ledger"


def _reader_key(user_id: str) -> str:
    return f"u:{{{user_id}}}:reader"


def _old_profile_key(user_id: str) -> str:
    """Where the profile was kept before it stood beside the wishes."""
    return f"u:{{{user_id}}}:profile"


def _profile(packed: bytes | None, wishes: Wishes, statistics: Statistics) -> Profile | None:
    try:
        return unpack_profile(packed, wishes, statistics) if packed else None
    except UnreadableRecord:
        _log.warning("a profile cannot be read and is made again from what the reader said")
        return None


def _takes_back(old: Reader, new: Reader) -> bool:
    """Whether a change takes back anything that was said, laid down or dismissed."""
    return any(after < before for before, after in zip(_sizes(old), _sizes(new), strict=True))


def _sizes(reader: Reader) -> tuple[int, ...]:
    wishes = reader.wishes
    kinds = (reader.ledger.adjustments, wishes.mutes, wishes.pins, wishes.cleared, reader.history.dismissed)
    return tuple(len(kind) for kind in kinds)


def _pages_changed(before: StoredReader, ledger: Ledger) -> tuple[list[str], dict[str, bytes]]:
    """The pages of a ledger that are gone, and those that changed with what they now hold."""
    was = _pages(zip(before.places, before.reader.ledger.adjustments, strict=True)) if not before.strange else {}
    now = _pages(zip(_places(before, ledger), ledger.adjustments, strict=True))
    changed = {page: pack_page(placed) for page, placed in now.items() if was.get(page) != placed}
    return [*before.strange, *(was.keys() - now.keys())], changed


def _places(before: StoredReader, ledger: Ledger) -> list[int]:
    """The places of a ledger's adjustments: each keeps its own and a new one gets the next, as long as they then stand
    in order and fill their pages; else all are numbered anew."""
    known = {
        one.event_id: (place, one) for place, one in zip(before.places, before.reader.ledger.adjustments, strict=True)
    }
    places: list[int] = []
    next_place = before.places[-1] + 1 if before.places else 0
    for one in ledger.adjustments:
        place, said = known.get(one.event_id, (next_place, None))
        if said != one:
            place, next_place = next_place, next_place + 1
        places.append(place)
    in_order = all(one < other for one, other in pairwise(places))
    dense = len({_page_of(place) for place in places}) <= 1 + _MAX_LOOSENESS * len(places) / PAGE_SIZE
    return places if in_order and dense else list(range(len(places)))


def _pages(placed: Iterable[tuple[int, Adjustment]]) -> dict[str, list[tuple[int, Adjustment]]]:
    """Adjustments with their places, by page."""
    pages: defaultdict[str, list[tuple[int, Adjustment]]] = defaultdict(list)
    for place, one in placed:
        pages[_page_of(place)].append((place, one))
    return pages


def _page_of(place: int) -> str:
    """The name of the page that a place is on."""
    return str(place // PAGE_SIZE)
