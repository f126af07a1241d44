"""Baselines: the plain rankers that stand beside ours in every report, and have to be beaten."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np
from scipy.sparse import csr_array

from ranking.corpus import Corpus
from ranking.evaluation.known import Known
from ranking.evaluation.log import Feedback
from ranking.evaluation.rankers import Order
from ranking.evaluation.trials import Trial
from ranking.features import Floats, Integers
from ranking.ledger import wish_of
from ranking.params import Params
from ranking.scoring import on_step

_PARAMS = Params()  # the baselines know no parameters; the corpus's rows are the same for all
_POPULARITY_HALF_LIFE_HOURS = 24.0 * 7
_TRENDING_HALF_LIFE_HOURS = 1.0
_EASE_RIDGE = 200.0
_MAX_EASE_EVENTS = 5_000  # a dense matrix of the square of it is inverted

Scorer = Callable[[Trial], Floats]  # a score for every row of the corpus


@dataclass(frozen=True, slots=True)
class Baseline:
    """A ranker that orders by a score. Equals stand in the order of their date, newest first."""

    name: str
    scorer: Callable[[Known], Scorer]

    def order(self, known: Known, _depth: int, /) -> Order:
        """The candidates by score."""
        score = self.scorer(known)

        def ordered(trial: Trial, candidates: Integers) -> Integers:
            ranked: Integers = candidates[np.argsort(-score(trial)[candidates], kind="stable")]
            return ranked

        return ordered


def newest_first(known: Known) -> Scorer:
    """By date alone."""
    corpus = known.corpus(_PARAMS)
    return lambda _: corpus.published


def global_signal(known: Known) -> Scorer:
    """By the signal that is the same for all."""
    corpus = known.corpus(_PARAMS)
    return lambda _: corpus.signal


def popularity(known: Known) -> Scorer:
    """By the number of readers who turned an event up, each counting half as much with every week that has passed."""
    return _popular(known, _POPULARITY_HALF_LIFE_HOURS)


def trending(known: Known) -> Scorer:
    """By the same with a half-life of an hour: what readers turn up now."""
    return _popular(known, _TRENDING_HALF_LIFE_HOURS)


def at_random(known: Known) -> Scorer:
    """By a draw that follows from the reader and the moment."""
    corpus = known.corpus(_PARAMS)

    def score(trial: Trial) -> Floats:
        seed = sha256(f"{trial.user_id} {trial.at.isoformat()}".encode()).digest()[:8]
        rng = np.random.Generator(np.random.PCG64(int.from_bytes(seed)))
        return rng.uniform(size=len(corpus.events))[::-1]  # oldest first, so that later events change no earlier draw

    return score


def rocchio(known: Known) -> Scorer:
    """By the cosine with the sum of what was turned up less what was turned down, each TF-IDF row by its level
    (Rocchio, in: The SMART Retrieval System, 1971)."""
    corpus = known.corpus(_PARAMS)

    def score(trial: Trial) -> Floats:
        wish = np.zeros(len(corpus.events))
        for said in known.said(trial):
            if said.event_id in corpus.rows:
                wish[corpus.rows[said.event_id]] = wish_of(said.level)
        similarity: Floats = corpus.words @ (corpus.words.T @ wish)
        return similarity

    return score


def item_knn(known: Known) -> Scorer:
    """By how alike the readers of an event are to those of what the reader turned up: the sum of cosines of the events'
    columns (Sarwar et al., WWW 2001), where there are other readers."""
    corpus = known.corpus(_PARAMS)
    crowd = _Crowd(known)
    gram = (crowd.matrix.T @ crowd.matrix).tocsr()
    length = np.sqrt(np.maximum(gram.diagonal(), 1.0))

    def score(trial: Trial) -> Floats:
        said = crowd.row_of(known.said(trial))
        return crowd.along(corpus, (gram.T @ (said / length)) / length)

    return score


def ease(known: Known) -> Scorer:
    """By EASE, the closed-form item-item regression (Steck, WWW 2019): B = I - P·diag(1/P_jj), P = (X'X + ridge·I)^-1;
    for up to 5,000 events, the most popular."""
    corpus = known.corpus(_PARAMS)
    crowd = _Crowd(known, _MAX_EASE_EVENTS)
    gram = (crowd.matrix.T @ crowd.matrix).toarray() + _EASE_RIDGE * np.eye(len(crowd.event_ids))
    inverse = np.linalg.inv(gram)
    weights = -inverse / np.diag(inverse)[None, :]
    np.fill_diagonal(weights, 0.0)

    def score(trial: Trial) -> Floats:
        return crowd.along(corpus, crowd.row_of(known.said(trial)) @ weights)

    return score


BASELINES = (
    Baseline("newest first", newest_first),
    Baseline("global signal", global_signal),
    Baseline("popularity", popularity),
    Baseline("trending", trending),
    Baseline("random", at_random),
    Baseline("Rocchio", rocchio),
)
COLLABORATIVE = (Baseline("item-kNN", item_knn), Baseline("EASE", ease))


def _popular(known: Known, half_life_hours: float) -> Scorer:
    """By the decayed number of readers, as far as it is known at the beginning of the clock's step: no later than ours
    has it, and no earlier."""
    corpus = known.corpus(_PARAMS)
    params = replace(_PARAMS, popularity_half_life_hours=half_life_hours)

    def score(trial: Trial) -> Floats:
        popular = known.popular_at(on_step(trial.at, params), params)
        return np.array([popular.get(event.id, 0.0) for event in corpus.events])

    return score


class _Crowd:
    """Who turned up what, as a matrix of readers and events, 1 for each."""

    def __init__(self, known: Known, max_events: int | None = None) -> None:
        liked = {(said.user_id, said.event_id) for said in known.crowd if said.level > 0}
        counts: dict[str, int] = {}
        for _, event_id in liked:
            counts[event_id] = counts.get(event_id, 0) + 1
        self.event_ids = sorted(counts, key=lambda one: (-counts[one], one))[:max_events]
        self.columns = {event_id: column for column, event_id in enumerate(self.event_ids)}
        user_ids = {user_id: row for row, user_id in enumerate(sorted({user_id for user_id, _ in liked}))}
        pairs = sorted((user_ids[user], self.columns[event]) for user, event in liked if event in self.columns)
        rows, columns = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
        shape = (len(user_ids), len(self.event_ids))
        self.matrix = csr_array((np.ones(len(pairs)), (rows, columns)), shape=shape)

    def row_of(self, said: Iterable[Feedback]) -> Floats:
        """What a reader said, along the events: 1 up, -1 down."""
        row = np.zeros(len(self.event_ids))
        for one in said:
            if one.event_id in self.columns:
                row[self.columns[one.event_id]] = np.sign(one.level)
        return row

    def along(self, corpus: Corpus, values: Floats) -> Floats:
        """Values of the crowd's events, laid out along the rows of the corpus."""
        laid_out = np.zeros(len(corpus.events))
        for event_id, value in zip(self.event_ids, values.tolist(), strict=True):
            if event_id in corpus.rows:
                laid_out[corpus.rows[event_id]] = value
        return laid_out
