"""Small events, corpora and readers for tests to work with."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from ranking.corpus import Corpus, build_corpus
from ranking.crowd import Liking, fit_alike
from ranking.event import Event, Source
from ranking.features import fit_statistics, strongest
from ranking.ledger import Ledger, Open
from ranking.params import Params
from ranking.reader import Reader
from ranking.text import Terms, terms_of
from ranking.wishes import Wishes

NOW = datetime(2026, 4, 3, 12, 0, tzinfo=UTC)
DEFAULTS = Params()
PARAMS = Params(alike_fewest_readers=1)  # here a few readers are a crowd


def an_event(event_id: str, title: str = "Something happened", **fields: Any) -> Event:
    """An event of signal 5 from a day before NOW, in category News and from one source, unless said otherwise."""
    defaults: dict[str, Any] = {
        "category": "News",
        "published_at": NOW - timedelta(days=1),
        "signal": 5.0,
        "sources": (Source("Gazette"),),
    }
    return Event(id=event_id, title=title, **(defaults | fields))


def likings(liked: Mapping[str, Iterable[str]], at: datetime = NOW) -> list[Liking]:
    """Each of these readers turned these events up, all at one moment."""
    return [Liking(user_id, event_id, at) for user_id, event_ids in liked.items() for event_id in event_ids]


def a_corpus(*events: Event, params: Params = PARAMS, liked: Mapping[str, Iterable[str]] | None = None) -> Corpus:
    """The corpus of these events, with statistics fitted on them, and on what other readers turned up."""
    terms = {event.id: terms_of(event) for event in events}
    corpus = build_corpus(events, terms, fit_statistics(list(terms.values()), params), params, "1")
    return corpus.with_alike(fit_alike(likings(liked or {}), list(terms), params))


def kept_terms(corpus: Corpus, event_id: str, params: Params = PARAMS) -> Terms:
    """The terms of an event that are kept with a press on it, or an open."""
    return strongest(corpus.terms[corpus.row(event_id)], corpus.statistics, params.terms_per_press)


def a_ledger(corpus: Corpus, *said: tuple[str, int], params: Params = PARAMS) -> Ledger:
    """The ledger of a reader who gave these levels to these events, in this order; each press keeps what it may."""
    ledger = Ledger()
    for event_id, level in said:
        ledger = ledger.adjusted(event_id, level, NOW, kept_terms(corpus, event_id, params), params.ledger_cap)
    return ledger


def a_reader(corpus: Corpus, *said: tuple[str, int], params: Params = PARAMS) -> Reader:
    """A reader who gave these levels to these events, in this order, and said and did nothing else."""
    return Reader(a_ledger(corpus, *said, params=params))


@st.composite
def any_reader(draw: st.DrawFn, corpus: Corpus) -> Reader:
    """A reader who within ten minutes from NOW adjusted and opened, pinned and cleared what they liked."""
    event_ids = st.sampled_from([event.id for event in corpus.events])
    names = st.sampled_from([*corpus.names, "word:unheard"])
    moments = st.integers(0, 10).map(lambda minutes: NOW + timedelta(minutes=minutes))
    ledger = Ledger()
    for event_id, level, at in draw(st.lists(st.tuples(event_ids, st.integers(-2, 2), moments), max_size=5)):
        ledger = ledger.adjusted(event_id, level, at, kept_terms(corpus, event_id), PARAMS.ledger_cap)
    opened = draw(st.dictionaries(event_ids, moments, max_size=3))
    opens = [Open(event_id, at, kept_terms(corpus, event_id)) for event_id, at in opened.items()]
    pins = draw(st.dictionaries(names, st.sampled_from([-10.0, -0.7, 0.0, 1.3, 10.0]), max_size=3))
    cleared = draw(st.dictionaries(names, moments, max_size=4))
    return Reader(ledger, Wishes.of([], pins, cleared), opens=tuple(sorted(opens, key=lambda one: one.at)))


def two_stories() -> Sequence[Event]:
    """Four events of two stories that share no word: two of a comet (c1, c2) and two of a strike (s1, s2)."""
    return (
        an_event("c1", "Comet nears Jupiter", summary=("Astronomers watch the comet approach Jupiter.",)),
        an_event("c2", "Comet passes Jupiter", summary=("The comet swung around Jupiter unharmed.",)),
        an_event("s1", "Dockworkers strike begins", summary=("Dockworkers left the harbour over wages.",)),
        an_event("s2", "Dockworkers strike ends", summary=("Dockworkers return after a wages deal.",)),
    )
