"""What can be done with all that is known of a reader: take it out, put it in, merge it, delete it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ranking.evaluation.log import Feedback, Opened
from ranking.features import strongest
from ranking.ledger import Ledger
from ranking.params import Params
from ranking.reader import Reader
from ranking.wishes import TooManyWishes
from service.answers import ReaderReceipt
from service.catalog import Catalog
from service.documents import FieldError, InvalidDocument
from service.readers import KnownReader, Readers
from service.requests import ReaderDocument
from service.store import Store, StoreUnavailable

_MAX_MERGE_TRIES = 10


@dataclass(frozen=True, slots=True)
class AccountActions:
    """Everything that can be asked of a reader as a whole."""

    store: Store
    catalog: Catalog
    readers: Readers
    params: Params

    async def export(self, user_id: str) -> ReaderDocument:
        """All that is known of a reader. What was said before presses kept a part of their words is cut to that."""
        corpus = self.catalog.corpus
        reader = (await self.store.readers.load(user_id, corpus.statistics)).reader
        n = self.params.terms_per_press
        cut = (replace(one, terms=strongest(one.terms, corpus.statistics, n)) for one in reader.ledger.adjustments)
        return ReaderDocument.of(user_id, replace(reader, ledger=Ledger(tuple(cut))))

    async def import_reader(self, user_id: str, document: ReaderDocument) -> ReaderReceipt:
        """Puts what a document tells of in place of all that is known of a reader. Raises InvalidDocument."""
        wanted = document.reader(self.params)
        return _receipt((await self.readers.change(user_id, lambda _: wanted, self.catalog.corpus)).after)

    async def delete(self, user_id: str) -> None:
        """Deletes all that is known of a reader, and what was shown to them."""
        await self.store.readers.delete(user_id)
        await self.store.feeds.delete_impressions(user_id)
        await self.readers.forget_likings(user_id)

    async def merge(self, user_id: str, other_id: str) -> ReaderReceipt:
        """Adds all that is known of another reader, who is then gone. To do it again is harmless."""
        if other_id == user_id:
            raise InvalidDocument((FieldError("user_id", "should be another reader than the one in the address"),))
        corpus = self.catalog.corpus
        for _ in range(_MAX_MERGE_TRIES):
            other = await self.store.readers.load(other_id, corpus.statistics)

            def merged(reader: Reader, other: Reader = other.reader) -> Reader:
                try:
                    return reader.merged(other, self.params)
                except TooManyWishes as error:
                    raise InvalidDocument((FieldError("user_id", f"together, wishes {error}"),)) from error

            after = (await self.readers.change(user_id, merged, corpus)).after
            if await self.store.readers.delete(other_id, token=other.token):
                await self.readers.forget_likings(other_id)
                await self.store.feeds.delete_impressions(other_id)
                return _receipt(after)
        raise StoreUnavailable("the other reader changes too often to be merged")

    async def all_feedback(self) -> AsyncIterator[Feedback]:
        """What every reader said, reader by reader, each in order."""
        async for user_id in self.store.readers.ids():
            stored = await self.store.readers.load(user_id, self.catalog.corpus.statistics)
            for one in stored.reader.ledger.adjustments:
                yield Feedback(user_id, one.event_id, one.level, one.at)

    async def all_opens(self) -> AsyncIterator[Opened]:
        """What every reader opened, reader by reader, each in order: every event once, at the last moment at which the
        reader did anything with it, since that is the moment that histories keep."""
        async for user_id in self.store.readers.ids():
            stored = await self.store.readers.load(user_id, self.catalog.corpus.statistics)
            for event_id, one in stored.reader.history.seen.items():
                if one.n_opens:
                    yield Opened(user_id, event_id, datetime.fromtimestamp(one.at, UTC))


def _receipt(known: KnownReader) -> ReaderReceipt:
    return ReaderReceipt(known.profile.version, known.revision, len(known.reader.ledger.adjustments))
