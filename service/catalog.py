"""Catalog: the holder of the current corpus. It follows the store's changes and swaps the corpus as a whole."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from pydantic import TypeAdapter, ValidationError

from ranking.corpus import Corpus, build_corpus
from ranking.crowd import HALF_LIVES, fit_alike, popularity
from ranking.errors import SignalfeedError
from ranking.event import Event
from ranking.features import Statistics, fit_statistics
from ranking.params import Params
from ranking.scoring import on_step, step_of
from ranking.text import Terms, terms_of
from service.documents import write_document
from service.formats.record import UnreadableRecord
from service.store import CatalogHead, Store, StoreError, StoreUnavailable

_log = logging.getLogger("signalfeed.catalog")
_EVENT = TypeAdapter(Event)


def utc_now() -> datetime:
    """The time of the machine."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Live:
    """A live event: as it was written, parsed and analysed, each once, when it came in."""

    written: bytes
    event: Event
    terms: Terms


class Catalog:
    """The live events of the store, as a corpus. `refresh` looks for changes; `watch` does so for ever."""

    def __init__(self, store: Store, params: Params, clock: Callable[[], datetime] = utc_now) -> None:
        self._store = store
        self._params = params
        self._clock = clock
        self._corpus: Corpus | None = None
        self._live: Mapping[str, _Live] = {}
        self._head = CatalogHead(0, None)
        self._popular: Mapping[str, float] = {}
        self._heard: tuple[datetime, int] | None = None
        self._alike_at: datetime | None = None
        self._turn = asyncio.Lock()

    @property
    def corpus(self) -> Corpus:
        """The current corpus; raises StoreUnavailable as long as none could be read."""
        if self._corpus is None:
            raise StoreUnavailable("the catalogue has not been read yet")
        return self._corpus

    @property
    def revision(self) -> int:
        """The number of changes that the corpus has seen."""
        return self._head.revision

    async def corpus_with(self, event_id: str) -> Corpus:
        """The corpus, as new as it must be to have the event, if there is such an event."""
        await self.hear_of((event_id,))
        return self.corpus

    async def hear_of(self, event_ids: Iterable[str]) -> None:
        """Looks for changes where the corpus lacks any of these events: another worker may just have stored it. Where
        the store is away the corpus stays as it is."""
        if any(event_id not in self.corpus.rows for event_id in event_ids):
            with contextlib.suppress(StoreUnavailable):
                await self.refresh()

    def written(self, event: Event) -> bytes:
        """An event as JSON: as it came in where it is live, written now where it has been replaced or deleted."""
        live = self._live.get(event.id)
        return live.written if live is not None and live.event is event else write_document(event)

    async def watch(self, poll_seconds: float) -> None:
        """Follows the store until cancelled. Whatever goes wrong, the corpus stays as it was and it looks again."""
        away = False
        while True:
            try:
                await self.refresh()
                await self.hear_crowd()
                if away:
                    _log.info("the catalogue is followed again")
                away = False
            except SignalfeedError as error:
                if not away:
                    _log.warning(
                        "the catalogue cannot be followed: %s (%s)", error, error.__cause__ or "no cause known"
                    )
                away = True
            await asyncio.sleep(poll_seconds)

    async def refresh(self) -> None:
        """Brings the corpus up to the store's present state. Callers who come together share one rebuild."""
        async with self._turn:
            head = await self._store.catalog.head(self._params.version)
            if self._corpus is not None and head == self._head:
                return
            changed, reached = await self._changes(head.revision)
            head = replace(head, revision=reached)
            live = await asyncio.to_thread(_updated, self._live, changed)
            terms = {event_id: one.terms for event_id, one in live.items()}
            statistics, head = await self._statistics(head, terms)
            corpus = await asyncio.to_thread(_corpus_of, live, terms, statistics, self._params)
            self._corpus = corpus if self._heard is None else corpus.with_heat(self._popular, self._heard[0])
            self._live, self._head = live, head

    async def hear_crowd(self) -> None:
        """Brings into the corpus what readers have turned up, where the clock has come to another step: what is popular
        at each, or as soon as anybody takes something back, and the rows of alike readers less often, since every
        profile is then to be fitted again."""
        if self._corpus is None or not self._store.crowd.kept:
            return
        alike_at = step_of(self._clock(), timedelta(hours=self._params.alike_refresh_hours))
        if self._alike_at != alike_at:
            async with self._turn:
                await self._let_go()
                if self._params.alike_weight:
                    await self._refresh_alike(self.corpus, alike_at)
                self._alike_at = alike_at
        await self.hear_what_is_popular()

    async def hear_what_is_popular(self) -> None:
        """Brings what is popular into the corpus, where the clock has come to another step or something was taken
        back."""
        if self._corpus is None or not self._store.crowd.kept or not self._params.popularity_points:
            return
        heat_at = on_step(self._clock(), self._params)
        heard = heat_at, await self._store.crowd.n_taken_back()
        if heard == self._heard:
            return
        since = heat_at - timedelta(hours=HALF_LIVES * self._params.popularity_half_life_hours)
        likings = await self._store.crowd.likings(since)
        self._popular = await asyncio.to_thread(popularity, likings, heat_at, self._params)
        self._heard = heard
        self._corpus = self.corpus.with_heat(self._popular, heat_at)

    async def _let_go(self) -> None:
        """Takes out of the crowd who is not known any more, and what is as old as readers are forgotten."""
        with contextlib.suppress(StoreError):
            await self._store.crowd.forget_old(self._clock())
            likings = await self._store.crowd.likings()
            for user_id in await self._store.readers.unknown({one.user_id: None for one in likings}):
                await self._store.crowd.forget(user_id)

    async def _refresh_alike(self, corpus: Corpus, alike_at: datetime) -> None:
        """Fits the rows of alike readers as of a moment, for all workers; where another was quicker, its rows are in
        force. Where the store takes no writes, those that there were stay."""
        head = await self._store.catalog.head(self._params.version)
        if head.statistics_version != corpus.statistics.version:
            return  # the next refresh brings what is in force now
        if corpus.statistics.alike.as_of == alike_at.timestamp():
            return  # made already in this step, by another worker or before a restart
        # What is later waits for the next step, or every worker and command that starts would bring other rows.
        likings = [one for one in await self._store.crowd.likings() if one.at < alike_at]
        live = [event.id for event in corpus.events if event.published_at < alike_at]
        alike = replace(await asyncio.to_thread(fit_alike, likings, live, self._params), as_of=alike_at.timestamp())
        statistics = corpus.statistics.with_alike(alike)
        if statistics.version == corpus.statistics.version:
            return
        try:
            saved = await self._store.catalog.save_statistics(
                statistics, head.fitted_at, replacing=head.statistics_version
            )
        except StoreError as error:
            _log.warning("new rows of alike readers are not shared with other workers: %s", error)
            return
        if saved:
            self._corpus = corpus.with_alike(alike)
            self._head = replace(self._head, statistics_version=statistics.version)

    async def _changes(self, revision: int) -> tuple[Mapping[str, bytes | None], int]:
        """What differs from what is known, None for an event that is gone, and the revision that this is of: the one
        given or a later one."""
        if self._corpus is not None:
            if revision == self._head.revision:
                return {}, revision
            changed = await self._store.catalog.changed_events(self._head.revision)
            if changed is not None:
                return changed
        stored = {event_id: written async for event_id, written in self._store.catalog.all_events()}
        everything: dict[str, bytes | None] = {**stored, **dict.fromkeys(self._live.keys() - stored.keys())}
        # A scan may miss what changes meanwhile, or have a part of it.
        later, reached = await self._store.catalog.changed_events(revision) or ({}, revision)
        return everything | dict(later), reached

    async def _statistics(self, head: CatalogHead, terms: Mapping[str, Terms]) -> tuple[Statistics, CatalogHead]:
        """The statistics to calculate with, and where the store stands then. They are those in force for all workers,
        fitted anew where too much has changed; where the store takes no writes, this worker's alone."""
        if not terms:
            return fit_statistics([], self._params), head
        statistics = await self._in_force(head)
        n_changed = head.revision - head.fitted_at
        if statistics is not None and n_changed <= self._params.statistics_refresh_share * statistics.n_events:
            return statistics, head
        fitted = await asyncio.to_thread(fit_statistics, list(terms.values()), self._params)
        if statistics is not None:
            fitted = fitted.with_alike(statistics.alike)
        try:
            if await self._store.catalog.save_statistics(fitted, head.revision, replacing=head.statistics_version):
                return fitted, CatalogHead(head.revision, fitted.version, head.revision)
        except StoreError as error:
            _log.warning("new statistics are not shared with other workers: %s", error)
            return fitted, head
        # Another worker was quicker. Its statistics count, and the events are still those of our revision.
        now = await self._store.catalog.head(self._params.version)
        return await self._statistics(replace(now, revision=head.revision), terms)

    async def _in_force(self, head: CatalogHead) -> Statistics | None:
        """The statistics that the store has in force, read only where they are not known already; None where there are
        none that can be read."""
        if self._corpus is not None and self._corpus.statistics.version == head.statistics_version:
            return self._corpus.statistics
        try:
            found = await self._store.catalog.statistics(self._params.version)
        except UnreadableRecord:
            _log.warning("the stored statistics cannot be read and are fitted anew")
            return None
        return found[0] if found is not None else None


def _corpus_of(live: Mapping[str, _Live], terms: Mapping[str, Terms], statistics: Statistics, params: Params) -> Corpus:
    """The corpus of these events, named after what they say: workers that hold the same give it the same name."""
    content = sha256(b"".join(live[event_id].written for event_id in sorted(live))).hexdigest()[:12]
    return build_corpus([one.event for one in live.values()], terms, statistics, params, content)


def _updated(live: Mapping[str, _Live], changed: Mapping[str, bytes | None]) -> Mapping[str, _Live]:
    """The live events after these changes; only what is new is parsed and analysed."""
    updated = dict(live)
    for event_id, written in changed.items():
        before = updated.pop(event_id, None)
        if written is None:
            continue
        if before is not None and before.written == written:
            updated[event_id] = before
            continue
        try:
            event = _EVENT.validate_json(written)
        except ValidationError:
            _log.exception("the stored event %s cannot be read and is left out", event_id)
            continue
        updated[event_id] = _Live(written, event, terms_of(event))
    return updated
