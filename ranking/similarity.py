"""Similar Events: which events tell of the same thing, and in which words."""

from dataclasses import dataclass

import numpy as np

from ranking.corpus import Corpus
from ranking.event import Event
from ranking.features import Floats

_N_SHARED = 5


@dataclass(frozen=True, slots=True)
class SimilarEvent:
    """An event near another: the cosine of their texts (0–1), and the words that make it, the strongest first."""

    event: Event
    similarity: float
    shared_terms: tuple[str, ...]


def similarities(corpus: Corpus, row: int) -> Floats:
    """The cosine of every event's text with that of `row`, (n,). Only the columns of the row's words are walked."""
    columns, values = _words(corpus, row)
    return np.asarray(corpus.word_columns[:, columns] @ values, dtype=np.float64)


def similar_events(corpus: Corpus, event_id: str, limit: int) -> tuple[SimilarEvent, ...]:
    """The `limit` events nearest to one, nearest first, the newer of equals first; events that share no word with it
    are left out. Raises UnknownEvent."""
    row = corpus.row(event_id)
    cosine = similarities(corpus, row)
    cosine[row] = 0.0
    nearest = np.argsort(-cosine, kind="stable")[:limit]
    return tuple(
        SimilarEvent(corpus.events[other], min(float(cosine[other]), 1.0), _shared_terms(corpus, row, int(other)))
        for other in nearest
        if cosine[other] > 0
    )


def _shared_terms(corpus: Corpus, row: int, other: int) -> tuple[str, ...]:
    columns, values = _words(corpus, row)
    other_columns, other_values = _words(corpus, other)
    shared, here, there = np.intersect1d(columns, other_columns, assume_unique=True, return_indices=True)
    strongest = np.argsort(-values[here] * other_values[there], kind="stable")[:_N_SHARED]
    return tuple(corpus.labels[column] for column in shared[strongest])


def _words(corpus: Corpus, row: int) -> tuple[np.ndarray, Floats]:
    span = slice(corpus.words.indptr[row], corpus.words.indptr[row + 1])
    return corpus.words.indices[span], corpus.words.data[span]
