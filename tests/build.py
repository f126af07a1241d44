"""Small events, corpora and ledgers for tests to work with."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ranking.corpus import Corpus, build_corpus
from ranking.event import Event, Source
from ranking.features import fit_statistics
from ranking.ledger import Ledger
from ranking.params import Params
from ranking.text import terms_of

NOW = datetime(2026, 4, 3, 12, 0, tzinfo=UTC)
PARAMS = Params()


def an_event(event_id: str, title: str = "Something happened", **fields: Any) -> Event:
    """An event of signal 5 from a day before NOW, in category News and from one source, unless said otherwise."""
    defaults: dict[str, Any] = {
        "category": "News",
        "published_at": NOW - timedelta(days=1),
        "signal": 5.0,
        "sources": (Source("Gazette"),),
    }
    return Event(id=event_id, title=title, **(defaults | fields))


def a_corpus(*events: Event, params: Params = PARAMS) -> Corpus:
    """The corpus of these events, with statistics fitted on them."""
    terms = {event.id: terms_of(event) for event in events}
    return build_corpus(events, terms, fit_statistics(list(terms.values()), params), params, "1")


def a_ledger(corpus: Corpus, *said: tuple[str, int], params: Params = PARAMS) -> Ledger:
    """The ledger of a reader who gave these levels to these events, in this order."""
    ledger = Ledger()
    for event_id, level in said:
        ledger = ledger.adjusted(event_id, level, NOW, corpus.terms[corpus.row(event_id)], params.ledger_cap)
    return ledger


def two_stories() -> Sequence[Event]:
    """Four events of two stories that share no word: two of a comet (c1, c2) and two of a strike (s1, s2)."""
    return (
        an_event("c1", "Comet nears Jupiter", summary=("Astronomers watch the comet approach Jupiter.",)),
        an_event("c2", "Comet passes Jupiter", summary=("The comet swung around Jupiter unharmed.",)),
        an_event("s1", "Dockworkers strike begins", summary=("Dockworkers left the harbour over wages.",)),
        an_event("s2", "Dockworkers strike ends", summary=("Dockworkers return after a wages deal.",)),
    )
