"""Corpus: an immutable, fitted snapshot of the live events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array, csr_array

from ranking.crowd import Alike
from ranking.errors import UnknownEvent
from ranking.event import Event
from ranking.features import Floats, Statistics, strongest, vectors
from ranking.params import Params
from ranking.text import Terms


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """The live events, newest first (then by id), each with its row of features. Build one with `build_corpus`.

    n events, V terms:
    `features` (n × V) the weighted blocks, and `term_columns` the same by column; `words` (n × V) the TF-IDF rows of
    length 1, `word_columns` the same by column, and `latent` (n × k) what these words mean together; `mean` (V) the
    mu of the centring, 0 for terms newer than the statistics; `centre` (n) the products mu·x, carried so that rows stay
    sparse; `alike` (n × d) the rows of events that readers turned up; `published` (n) seconds since 1970; `signal` (n)
    points. `heat` (n) is how many readers turned an event up lately, each counting the less the longer before `heat_at`
    (seconds since 1970) that was.
    """

    version: str
    statistics: Statistics
    events: tuple[Event, ...]
    terms: tuple[Terms, ...]
    rows: Mapping[str, int]
    columns: Mapping[str, int]
    names: tuple[str, ...]
    labels: tuple[str, ...]
    features: csr_array
    words: csr_array
    word_columns: csc_array
    term_columns: csc_array
    latent: Floats
    mean: Floats
    centre: Floats
    alike: Floats
    signal: Floats
    published: Floats
    category: npt.NDArray[Any]
    heat: Floats
    heat_at: float

    def row(self, event_id: str) -> int:
        """The row of an event; raises UnknownEvent."""
        try:
            return self.rows[event_id]
        except KeyError:
            raise UnknownEvent(event_id) from None

    def event(self, event_id: str) -> Event:
        """The event with this id; raises UnknownEvent."""
        return self.events[self.row(event_id)]

    def press_terms(self, event_id: str, params: Params) -> Terms:
        """The terms that a press on an event keeps of it; raises UnknownEvent."""
        return strongest(self.terms[self.row(event_id)], self.statistics, params.terms_per_press)

    def with_alike(self, alike: Alike) -> "Corpus":
        """This corpus with other rows of events that readers turned up."""
        statistics = self.statistics.with_alike(alike)
        version = _version(self.version.partition(".")[0], statistics, self.heat, self.heat_at)
        rows = alike.of([event.id for event in self.events])
        return replace(self, statistics=statistics, alike=rows, version=version)

    def with_heat(self, popular: Mapping[str, float], at: datetime) -> "Corpus":
        """This corpus with what is popular at a moment: the decayed number of readers by event id."""
        heat = np.array([popular.get(event.id, 0.0) for event in self.events])
        version = _version(self.version.partition(".")[0], self.statistics, heat, at.timestamp())
        return replace(self, heat=heat, heat_at=at.timestamp(), version=version)

    def rows_with(self, term: str) -> npt.NDArray[np.int32]:
        """The rows of the events that have a term, newest first."""
        column = self.columns.get(term)
        if column is None:
            return np.empty(0, dtype=np.int32)
        span = slice(self.term_columns.indptr[column], self.term_columns.indptr[column + 1])
        return np.asarray(self.term_columns.indices[span])

    def label(self, term: str) -> str | None:
        """The form in which people know a term, where any live event has or had it."""
        column = self.columns.get(term)
        return None if column is None else self.labels[column]


def build_corpus(
    events: Sequence[Event], terms: Mapping[str, Terms], statistics: Statistics, params: Params, version: str
) -> Corpus:
    """The corpus of these events, whose terms are given by event id; `version` names the catalogue's state."""
    ordered = sorted(events, key=lambda event: (-event.published_at.timestamp(), event.id))
    ordered_terms = tuple(terms[event.id] for event in ordered)
    rows = vectors(ordered_terms, statistics, params)
    mean = np.concatenate([statistics.mean, np.zeros(len(rows.new_terms))])
    names = statistics.terms + rows.new_terms
    new = set(rows.new_terms)
    no_heat = np.zeros(len(ordered))
    newest = {name: one.labels[name] for one in reversed(ordered_terms) for name in one.labels.keys() & new}
    return Corpus(
        version=_version(version, statistics, no_heat, 0.0),
        statistics=statistics,
        events=tuple(ordered),
        terms=ordered_terms,
        rows={event.id: row for row, event in enumerate(ordered)},
        columns={name: column for column, name in enumerate(names)},
        names=names,
        labels=statistics.labels + tuple(newest[name] for name in rows.new_terms),
        features=rows.blocks,
        words=rows.words,
        word_columns=rows.words.tocsc(),
        term_columns=rows.blocks.tocsc(),
        latent=statistics.latent.rows(rows.words),
        mean=mean,
        centre=rows.blocks @ mean,
        alike=statistics.alike.of([event.id for event in ordered]),
        signal=np.array([event.signal for event in ordered], dtype=np.float64),
        published=np.array([event.published_at.timestamp() for event in ordered], dtype=np.float64),
        category=np.array([event.category for event in ordered], dtype=np.str_),
        heat=no_heat,
        heat_at=0.0,
    )


def _version(content: str, statistics: Statistics, heat: Floats, heat_at: float) -> str:
    """Names the state of the catalogue, its statistics and, where anything is popular, what that is."""
    popular = sha256(heat.tobytes() + repr(heat_at).encode()).hexdigest()[:12] if heat.any() else ""
    return ".".join(filter(None, [content, statistics.version, popular]))
