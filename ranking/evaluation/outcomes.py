"""Outcomes: what came of the trials, ranker by ranker."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import numpy as np

from ranking.corpus import Corpus
from ranking.evaluation import metrics
from ranking.evaluation.known import Known
from ranking.evaluation.log import Log
from ranking.evaluation.rankers import Ranker
from ranking.evaluation.trials import Protocol, Slice, Trial
from ranking.features import Integers
from ranking.params import Params

_PARAMS = Params()
_N_TASKS = 64  # into which the work is cut: enough for all cores, and few enough to send the log with each

# Calls a function with each of some arguments, in this process or in many, and gives the results in order.
Spread = Callable[[Callable[..., Any], Iterable[tuple[Any, ...]]], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one trial: the figures by metric, the place of the first wanted event, and what stood on top."""

    user_id: str
    at: datetime
    n_said: int
    level: int | None
    wanted: tuple[str, ...]
    place: int
    n_candidates: int
    top: tuple[str, ...]
    figures: Mapping[str, float]


def one_by_one(function: Callable[..., Any], tasks: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
    """Calls a function with each of some arguments, one after the other."""
    return (function(*arguments) for arguments in tasks)


def outcomes(
    protocol: Protocol, rankers: Sequence[Ranker], cutoffs: Sequence[int], spread: Spread = one_by_one
) -> Iterator[list[list[Outcome]]]:
    """What comes of a protocol's trials, slice by slice: for each of the rankers a list, all in the same order. What is
    spread over processes is the same to the last digit."""
    n = -(-len(protocol.slices) // _N_TASKS) or 1
    some = (protocol.slices[start : start + n] for start in range(0, len(protocol.slices), n))
    for together in spread(outcomes_of, ((protocol.log, slices, rankers, tuple(cutoffs)) for slices in some)):
        yield from together


def by_ranker(n_rankers: int, slices: Iterable[list[list[Outcome]]]) -> list[list[Outcome]]:
    """What came of all slices, one list for each ranker; pairs of lists go trial by trial."""
    told: list[list[Outcome]] = [[] for _ in range(n_rankers)]
    for one in slices:
        for all_so_far, fresh in zip(told, one, strict=True):
            all_so_far.extend(fresh)
    return told


def outcomes_of(
    log: Log, slices: Sequence[Slice], rankers: Sequence[Ranker], cutoffs: Sequence[int]
) -> list[list[list[Outcome]]]:
    """What comes of the trials of some slices, for each of the rankers. Slices of the same knowledge share it."""
    told = []
    for _, alike in groupby(slices, lambda one: (one.known_at, one.live_until)):
        together = list(alike)
        known = Known(log, together[0])
        judge = _Judge(known, cutoffs)
        orders = [ranker.order(known, max(cutoffs)) for ranker in rankers]
        for one in together:
            questions = [(trial, known.candidates(judge.corpus, trial)) for trial in one.trials]
            asked = [(trial, rows) for trial, rows in questions if _can_be_asked(judge.corpus, trial, rows)]
            told.append([[judge.outcome(trial, order(trial, rows)) for trial, rows in asked] for order in orders])
    return told


def _can_be_asked(corpus: Corpus, trial: Trial, candidates: Integers) -> bool:
    """Whether all that is wanted is there, and something that is not."""
    wanted = [corpus.rows.get(event_id, -1) for event_id in trial.wanted]
    return bool(np.isin(wanted, candidates).all()) and len(candidates) > len(wanted)


class _Judge:
    """Judges orders by what is known of events: their texts, their categories, and how many readers they have."""

    def __init__(self, known: Known, cutoffs: Sequence[int]) -> None:
        self.corpus = known.corpus(_PARAMS)
        self._known = known
        self._cutoffs = cutoffs
        self._readers_of = Counter(event_id for event_id, _ in {(said.event_id, said.user_id) for said in known.crowd})
        self._n_readers = len({said.user_id for said in known.crowd})

    def outcome(self, trial: Trial, order: Integers) -> Outcome:
        wanted_rows = [self.corpus.row(event_id) for event_id in trial.wanted]
        places = sorted((np.flatnonzero(np.isin(order, wanted_rows)) + 1).tolist())
        top = order[: self._cutoffs[0]]
        return Outcome(
            trial.user_id,
            trial.at,
            trial.n_said,
            trial.level,
            trial.wanted,
            places[0],
            len(order),
            tuple(self.corpus.events[row].id for row in top),
            {name: value for name, value in self._figures(trial, order, places, top) if value is not None},
        )

    def _figures(
        self, trial: Trial, order: Integers, places: Sequence[int], top: Integers
    ) -> Iterator[tuple[str, float | None]]:
        yield "auc", metrics.auc(places, len(order))
        if trial.level is not None and trial.level <= 0:
            return  # to find it again is not what the reader wants
        k = self._cutoffs[0]
        yield f"ndcg@{k}", metrics.ndcg(places, k)
        yield "mrr", metrics.reciprocal_rank(places)
        yield f"hit@{k}", metrics.hit(places, k)
        for cutoff in self._cutoffs:
            yield f"recall@{cutoff}", metrics.recall(places, cutoff)
        words = self.corpus.words[top]
        yield f"diversity@{k}", metrics.diversity((words @ words.T).toarray())
        events = [self.corpus.events[row] for row in top]
        yield f"novelty@{k}", metrics.novelty([self._readers_of[event.id] for event in events], self._n_readers)
        turned_up = [said.event_id for said in self._known.said(trial) if said.level > 0]
        liked = Counter(self.corpus.event(one).category for one in turned_up if one in self.corpus.rows)
        if liked:
            yield f"calibration@{k}", metrics.calibration(liked, [event.category for event in events])
