"""Similar Events: which events tell of the same thing, and in which words."""

from dataclasses import dataclass

import numpy as np

from ranking.corpus import Corpus
from ranking.event import Event
from ranking.features import Floats
from ranking.params import Params

_N_SHARED = 5


@dataclass(frozen=True, slots=True)
class SimilarEvent:
    """An event near another: how near (0–1), the words that make it, the strongest first, and the ids
    of the near-duplicates that it stands for."""

    event: Event
    similarity: float
    shared_terms: tuple[str, ...]
    folded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The events nearest to one, and the ids of those that are near-duplicates of it."""

    folded: tuple[str, ...]
    similar: tuple[SimilarEvent, ...]


def similarities(corpus: Corpus, row: int) -> Floats:
    """The cosine of every event's text with that of `row`, (n,). Only the columns of the row's words are walked; scipy
    would copy them first, which takes twice as long."""
    columns, values = _words(corpus, row)
    postings = corpus.word_columns
    starts = postings.indptr[columns]
    counts = postings.indptr[columns + 1] - starts
    ends = np.cumsum(counts)
    walked = np.repeat(starts - ends + counts, counts) + np.arange(counts.sum())
    parts = postings.data[walked] * np.repeat(values, counts)
    cosine = np.bincount(postings.indices[walked], weights=parts, minlength=len(corpus.events))
    return cosine.astype(np.float64, copy=False)


def similar_events(corpus: Corpus, event_id: str, limit: int, params: Params) -> Neighbours:
    """The `limit` events nearest to one, nearest first, the newer of equals first; events that share no word with it
    are left out. Near-duplicates fold: of the event itself, and of what stands nearer to it. Raises UnknownEvent.

    How near is a mean of two cosines: that of the words and, for `latent_share` of it, that of what they mean together.
    """
    row = corpus.row(event_id)
    cosine = similarities(corpus, row)
    share = params.latent_share if corpus.latent.shape[1] else 0.0
    nearness = np.clip((1 - share) * cosine + share * (corpus.latent @ corpus.latent[row]), 0.0, 1.0)
    waiting = cosine > 0
    waiting[row] = False

    def fold(near: Floats) -> tuple[str, ...]:
        folded = np.flatnonzero(waiting & (near >= params.near_duplicate))
        waiting[folded] = False
        return tuple(corpus.events[one].id for one in folded[np.argsort(-nearness[folded], kind="stable")])

    own = fold(cosine)
    similar: list[SimilarEvent] = []
    for other in np.argsort(-nearness, kind="stable").tolist():
        if len(similar) == limit:
            break
        if waiting[other]:
            waiting[other] = False
            shared = _shared_terms(corpus, row, other)
            folded = fold(similarities(corpus, other))
            similar.append(SimilarEvent(corpus.events[other], float(nearness[other]), shared, folded))
    return Neighbours(own, tuple(similar))


def _shared_terms(corpus: Corpus, row: int, other: int) -> tuple[str, ...]:
    columns, values = _words(corpus, row)
    other_columns, other_values = _words(corpus, other)
    shared, here, there = np.intersect1d(columns, other_columns, assume_unique=True, return_indices=True)
    strongest = np.argsort(-values[here] * other_values[there], kind="stable")[:_N_SHARED]
    return tuple(corpus.labels[column] for column in shared[strongest])


def _words(corpus: Corpus, row: int) -> tuple[np.ndarray, Floats]:
    span = slice(corpus.words.indptr[row], corpus.words.indptr[row + 1])
    return corpus.words.indices[span], corpus.words.data[span]
