"""What can be done with readers: adjust and undo, lay down wishes, and see what follows."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from ranking.errors import UnknownEvent
from ranking.params import Params
from ranking.profile import provenance
from ranking.reader import Reader
from ranking.wishes import TooManyWishes
from service.answers import (
    LedgerEntry,
    LedgerView,
    ProfileView,
    Receipt,
    ResetReceipt,
    Weight,
    WishesReceipt,
)
from service.catalog import Catalog
from service.documents import FieldError, InvalidDocument
from service.formats.record import UnreadableRecord
from service.readers import Readers
from service.requests import WishesRequest, known_terms, pins_meant, terms_meant
from service.store import Store
from service.views import (
    cleared_of,
    contributions,
    feed_moved,
    label_of,
    mutes_of,
    pins_of,
    receipt_of,
    title_of,
    weight_moves,
)


@dataclass(frozen=True, slots=True)
class ReaderActions:
    """Everything that can be asked of readers."""

    store: Store
    catalog: Catalog
    readers: Readers
    params: Params
    clock: Callable[[], datetime]

    async def adjust(self, user_id: str, event_id: str, level: int, at: datetime | None = None) -> Receipt:
        """Records a reader's word on an event, said now or at `at`. Raises UnknownEvent."""
        corpus = await self.catalog.corpus_with(event_id)
        terms = corpus.press_terms(event_id, self.params)
        said_at, cap = at or self.clock(), self.params.ledger_cap

        def adjusted(reader: Reader) -> Reader:
            return replace(reader, ledger=reader.ledger.adjusted(event_id, level, said_at, terms, cap))

        change = await self.readers.change(user_id, adjusted, corpus)
        return receipt_of(event_id, change, corpus, self.clock(), self.params)

    async def undo(self, user_id: str, event_id: str) -> Receipt:
        """Takes back what a reader said of an event, as if it had never been said, and what opening it has taught.
        Raises UnknownEvent where there is no such event and nothing was said of it."""
        corpus = await self.catalog.corpus_with(event_id)
        change = await self.readers.change(user_id, lambda reader: reader.without(event_id), corpus)
        if change.before is change.after and event_id not in corpus.rows:
            raise UnknownEvent(event_id)
        return receipt_of(event_id, change, corpus, self.clock(), self.params)

    async def reset(self, user_id: str) -> ResetReceipt:
        """Takes back everything that a reader said, also what cannot be read, and what opens have taught; wishes and
        history stay."""
        corpus = self.catalog.corpus
        try:
            stored = await self.store.readers.load(user_id, corpus.statistics)
            n_taken_back: int | None = len(stored.reader.ledger.adjustments)
        except UnreadableRecord:
            n_taken_back = None
        revision = await self.store.readers.clear_ledger(user_id)
        await self.readers.forget_likings(user_id)
        try:
            version = (await self.store.readers.load(user_id, corpus.statistics)).reader.version
        except UnreadableRecord:
            version = None
        return ResetReceipt(n_taken_back, version, revision)

    async def read_ledger(self, user_id: str) -> LedgerView:
        """What a reader said, oldest first."""
        corpus = self.catalog.corpus
        stored = await self.store.readers.load(user_id, corpus.statistics)
        entries = (
            LedgerEntry(one.event_id, title_of(one.event_id, corpus), one.level, one.at)
            for one in stored.reader.ledger.adjustments
        )
        return LedgerView(tuple(entries), stored.reader.version, stored.revision)

    async def read_profile(self, user_id: str, limit: int) -> ProfileView:
        """What follows from what a reader said: the strongest weights, and what each adjustment gave to them."""
        corpus = self.catalog.corpus
        known = await self.readers.known(user_id, corpus)
        reader, profile = known.reader, known.profile
        weights = profile.weights
        largest = sorted(weights, key=lambda name: (-abs(weights[name]), name))[:limit]
        shares = provenance(reader, profile, corpus.statistics, self.params, largest)
        return ProfileView(
            profile_version=profile.version,
            revision=known.revision,
            n_adjustments=len(reader.ledger.adjustments),
            n_weights=len(weights),
            weights=tuple(
                Weight(name, label_of(name, corpus, reader), weights[name], contributions(user_id, known, shares[name]))
                for name in largest
            ),
            mutes=mutes_of(corpus, reader),
            pins=pins_of(corpus, reader),
            cleared=cleared_of(corpus, reader),
        )

    async def change_wishes(self, user_id: str, wanted: WishesRequest) -> WishesReceipt:
        """Mutes, pins or clears terms, or takes that back. Raises InvalidDocument where a name stands for no term."""
        corpus, at = self.catalog.corpus, self.clock()

        def changed(reader: Reader) -> Reader:
            known = known_terms(corpus, reader)
            named = {
                what: terms_meant(what, getattr(wanted, what), known, wanted.language)
                for what in ("mute", "unmute", "unpin", "clear", "restore")
            }
            pin = pins_meant(wanted.pin, known, wanted.language)
            try:
                return replace(reader, wishes=reader.wishes.changed(at=at, pin=pin, **named))
            except TooManyWishes as error:
                raise InvalidDocument((FieldError("", str(error)),)) from error

        change = await self.readers.change(user_id, changed, corpus)
        reader = change.after.reader
        return WishesReceipt(
            profile_version=change.after.profile.version,
            revision=change.after.revision,
            mutes=mutes_of(corpus, reader),
            pins=pins_of(corpus, reader),
            cleared=cleared_of(corpus, reader),
            changed=weight_moves(change, corpus),
            moved=feed_moved(change, corpus, self.clock(), self.params),
        )
