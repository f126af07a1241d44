"""Catalog: the holder of the current corpus. It follows the store's changes and swaps the corpus as a whole."""

import asyncio
import logging
from collections.abc import Mapping

from pydantic import TypeAdapter, ValidationError

from ranking.corpus import Corpus, build_corpus
from ranking.errors import SignalfeedError
from ranking.event import Event
from ranking.features import Statistics, fit_statistics
from ranking.params import Params
from ranking.text import Terms, terms_of
from service.formats import UnreadableRecord
from service.store import CatalogHead, Store, StoreError, StoreUnavailable

_log = logging.getLogger("signalfeed.catalog")
_EVENT = TypeAdapter(Event)


class Catalog:
    """The live events of the store, as a corpus. `refresh` looks for changes; `watch` does so for ever."""

    def __init__(self, store: Store, params: Params) -> None:
        self._store = store
        self._params = params
        self._corpus: Corpus | None = None
        self._published: dict[str, bytes] = {}
        self._events: dict[str, Event] = {}
        self._terms: dict[str, Terms] = {}
        self._head = CatalogHead(0, None)
        self._turn = asyncio.Lock()

    @property
    def corpus(self) -> Corpus:
        """The current corpus; raises StoreUnavailable as long as none could be read."""
        if self._corpus is None:
            raise StoreUnavailable("the catalogue has not been read yet")
        return self._corpus

    @property
    def published(self) -> Mapping[str, bytes]:
        """Every live event as JSON, made once when it came in."""
        return self._published

    async def watch(self, poll_seconds: float) -> None:
        """Follows the store until cancelled. While the store is away the corpus stays as it was."""
        away = False
        while True:
            try:
                await self.refresh()
                if away:
                    _log.info("the catalogue is followed again")
                away = False
            except SignalfeedError as error:
                if not away:
                    _log.warning("the catalogue cannot be followed: %s", error)
                away = True
            await asyncio.sleep(poll_seconds)

    async def refresh(self) -> None:
        """Brings the corpus up to the store's present state. Callers who come together share one rebuild."""
        async with self._turn:
            head = await self._store.catalog_head(self._params.version)
            if self._corpus is not None and head == self._head:
                return
            published, events, terms = await self._read_events(head.revision)
            statistics = await self._read_statistics(head, terms)
            self._corpus = await asyncio.to_thread(
                build_corpus, list(events.values()), terms, statistics, self._params, str(head.revision)
            )
            self._published, self._events, self._terms = published, events, terms
            self._head = CatalogHead(head.revision, statistics.version if events else head.statistics_version)

    async def _read_events(self, revision: int) -> tuple[dict[str, bytes], dict[str, Event], dict[str, Terms]]:
        """The events at `revision` or a little later, as JSON, parsed and analysed; only what is new is analysed."""
        changed: Mapping[str, bytes | None] | None = None
        if self._corpus is not None:
            known = self._head.revision
            changed = {} if revision == known else await self._store.changed_events(known)
        if changed is None:
            stored = {event_id: packed async for event_id, packed in self._store.all_events()}
            changed = stored | dict.fromkeys(self._published.keys() - stored.keys())
        published, events, terms = dict(self._published), dict(self._events), dict(self._terms)
        for event_id, packed in changed.items():
            if packed is None:
                for part in (published, events, terms):
                    part.pop(event_id, None)
            elif packed != published.get(event_id):
                try:
                    event = _EVENT.validate_json(packed)
                except ValidationError:
                    _log.exception("the stored event %s cannot be read and is left out", event_id)
                    for part in (published, events, terms):
                        part.pop(event_id, None)
                    continue
                published[event_id], events[event_id], terms[event_id] = packed, event, terms_of(event)
        return published, events, terms

    async def _read_statistics(self, head: CatalogHead, terms: Mapping[str, Terms]) -> Statistics:
        """The statistics in force for all workers; fitted anew where too much has changed since they were fitted."""
        if not terms:
            return fit_statistics([], self._params)
        try:
            in_force = await self._store.statistics(self._params.version)
        except UnreadableRecord:
            _log.warning("the stored statistics cannot be read and are fitted anew")
            in_force = None
        if in_force is not None:
            statistics, fitted_at = in_force
            if head.revision - fitted_at <= self._params.statistics_refresh_share * statistics.n_events:
                return statistics
        fitted = await asyncio.to_thread(fit_statistics, list(terms.values()), self._params)
        try:
            if await self._store.save_statistics(fitted, head.revision, replacing=head.statistics_version):
                return fitted
        except StoreError as error:
            _log.warning("new statistics are not shared with other workers: %s", error)
            return fitted
        return await self._read_statistics(await self._store.catalog_head(self._params.version), terms)
