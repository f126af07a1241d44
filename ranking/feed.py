"""Feed: candidates -> score -> diversify -> explain. `rank` is the one ranking function: whoever orders events for a
reader, live or in replay, calls it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import numpy as np
import numpy.typing as npt

from ranking.corpus import Corpus
from ranking.diversity import Place, diversify
from ranking.event import Event
from ranking.explanation import Reason, explain
from ranking.params import Params
from ranking.profile import Profile
from ranking.scoring import SIGNAL_SCALE, Scores, score


@dataclass(frozen=True, slots=True)
class RankedEvent:
    """An event at its place in a reader's feed.

    `rank` counts from 1. `score`, in points, is what orders and the sum of `reasons`; `personal_signal` is the part
    of it that is shown, 0–10. `level` is what the reader said of the event. `folded` are the ids of near-duplicates
    that this event stands for.
    """

    rank: int
    event: Event
    score: float
    personal_signal: float
    level: int | None
    reasons: tuple[Reason, ...]
    folded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Feed:
    """A page of a reader's feed; `more` says whether events follow it."""

    ranked: tuple[RankedEvent, ...]
    more: bool


def rank(
    corpus: Corpus,
    profile: Profile,
    *,
    now: datetime,
    params: Params,
    limit: int,
    offset: int = 0,
    category: str | None = None,
    explained: bool = True,
) -> Feed:
    """The events of the corpus in the order that suits the reader with this profile: places offset + 1 to
    offset + limit, of one category or of all."""
    scores = score(corpus, profile, now, params)
    places = diversify(corpus, scores.relevance, _candidates(corpus, category), params)
    page = list(islice(places, offset, offset + limit + 1))
    ranked = (
        _ranked(corpus, profile, scores, place, params, number, explained)
        for number, place in enumerate(page[:limit], start=offset + 1)
    )
    return Feed(tuple(ranked), more=len(page) > limit)


def rank_one(corpus: Corpus, profile: Profile, event_id: str, *, now: datetime, params: Params) -> RankedEvent:
    """One event as this reader sees it, by itself: nothing stands above it. Raises UnknownEvent."""
    row = corpus.row(event_id)
    scores = score(corpus, profile, now, params)
    return _ranked(corpus, profile, scores, Place(row, 0.0, None, ()), params, 1, explained=True)


def _candidates(corpus: Corpus, category: str | None) -> npt.NDArray[np.bool_]:
    if category is None:
        return np.ones(len(corpus.events), dtype=np.bool_)
    return np.asarray(corpus.category == category, dtype=np.bool_)


def _ranked(
    corpus: Corpus, profile: Profile, scores: Scores, place: Place, params: Params, number: int, explained: bool
) -> RankedEvent:
    event = corpus.events[place.row]
    return RankedEvent(
        rank=number,
        event=event,
        score=float(scores.relevance[place.row]) + place.diversity,
        personal_signal=float(np.clip(scores.personal_signal[place.row], 0.0, SIGNAL_SCALE)),
        level=profile.level_of(event.id),
        reasons=explain(corpus, profile, scores, place, params) if explained else (),
        folded=_ids(corpus, place.folded),
    )


def _ids(corpus: Corpus, rows: Iterable[int]) -> tuple[str, ...]:
    return tuple(corpus.events[row].id for row in rows)
