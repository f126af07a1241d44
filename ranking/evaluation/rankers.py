"""Rankers: what is compared. Each is given what is known, and then puts candidates in order, trial by trial."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ranking.evaluation.known import Known
from ranking.evaluation.trials import Trial
from ranking.features import Integers
from ranking.feed import rank
from ranking.interactions import NO_HISTORY
from ranking.params import Params
from ranking.profile import Profile, fit
from ranking.scoring import score

# Puts the candidates of a trial, given by row, in order: the best first, all of them.
Order = Callable[[Trial, Integers], Integers]


class Ranker(Protocol):
    """Something that puts events in order for readers. It keeps no state: all that it may learn from is `known`."""

    @property
    def name(self) -> str:
        """What reports call it."""
        ...

    def order(self, known: Known, depth: int, /) -> Order:
        """How it would put events in order, knowing this. Only the first `depth` places need be exact."""
        ...


@dataclass(frozen=True, slots=True)
class Signalfeed:
    """The ranking that serves, with some parameters: the same `fit`, `rank` and `score`."""

    name: str
    params: Params

    def order(self, known: Known, depth: int, /) -> Order:
        """The order of the feed; beyond `depth`, that of relevance."""
        params = self.params
        last: dict[tuple[str, int, str], Profile] = {}  # the trials of one reader come together

        def ordered(trial: Trial, candidates: Integers) -> Integers:
            corpus = known.corpus_at(trial.at, params)
            asked = (trial.user_id, trial.n_said, corpus.statistics.version)
            if asked not in last:
                last.clear()
                last[asked] = fit(known.reader(trial, params), corpus.statistics, params)
            profile = last[asked]
            among = [corpus.events[row].id for row in candidates]
            feed = rank(
                corpus,
                profile,
                now=trial.at,
                params=params,
                limit=0,
                depth=min(depth, len(among)),
                among=among,
                explained=False,
            )
            first = [corpus.rows[event_id] for slot in feed.order for event_id in slot.event_ids]
            if len(first) == len(candidates):
                return np.array(first)
            relevance = score(corpus, profile, NO_HISTORY, trial.at, params).relevance
            rest = candidates[~np.isin(candidates, first)]
            return np.concatenate([np.array(first, dtype=np.int64), rest[np.argsort(-relevance[rest], kind="stable")]])

        return ordered
