"""Feed: candidates -> score -> diversify -> explain. `rank` is the one ranking function: whoever orders events for a
reader, live or in replay, calls it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import numpy as np

from ranking.corpus import Corpus
from ranking.diversity import Draw, Lift, Mask, Place, Spread, diversify
from ranking.event import Event
from ranking.explanation import Reason, explain
from ranking.interactions import NO_HISTORY, History
from ranking.params import Params
from ranking.profile import Profile
from ranking.scoring import SIGNAL_SCALE, Scores, score


@dataclass(frozen=True, slots=True)
class RankedEvent:
    """An event at its place in a reader's feed.

    `rank` counts from 1. `score`, in points, is what orders and the sum of `reasons`; `personal_signal` is the part
    of it that is shown, 0–10. `level` is what the reader said of the event. `folded` are the ids of near-duplicates
    that this event stands for. `propensity` is below 1 where a draw gave the event its place.
    """

    rank: int
    event: Event
    score: float
    personal_signal: float
    level: int | None
    reasons: tuple[Reason, ...]
    folded: tuple[str, ...]
    propensity: float


@dataclass(frozen=True, slots=True)
class Slot:
    """A place of an order, in a form that outlives the corpus: the event, then the near-duplicates folded under it, and
    what lifted it there."""

    event_ids: tuple[str, ...]
    lift: float = 0.0
    lifted_by: Lift | None = None
    propensity: float = 1.0


@dataclass(frozen=True, slots=True)
class Feed:
    """A page of a reader's feed, and the order that it is a part of; `more` says whether anything visible follows in
    that order."""

    ranked: tuple[RankedEvent, ...]
    order: tuple[Slot, ...]
    more: bool


def rank(
    corpus: Corpus,
    profile: Profile,
    *,
    now: datetime,
    params: Params,
    limit: int,
    history: History = NO_HISTORY,
    depth: int = 0,
    category: str | None = None,
    among: Collection[str] | None = None,
    without: Collection[str] = (),
    above: Sequence[Slot] = (),
    draw: Draw | None = None,
    explained: bool = True,
) -> Feed:
    """The events of the corpus in the order that suits the reader with this profile and history: the first `limit` of
    them explained, and the order down to `depth` where that is more.

    Candidates are the events of a category or of all, where `among` is given only those, and `without` some; never what
    is muted or dismissed. Of events that stand `above` already none comes again, and the first place is the next after
    them.
    """
    scores = score(corpus, profile, history, now, params)
    eligible = visible(corpus, profile, history, category) & ~_mask(corpus, without)
    if among is not None:
        eligible &= _mask(corpus, among)
    candidates = eligible & ~_mask(corpus, (event_id for slot in above for event_id in slot.event_ids))
    rows_above = [next(iter(_rows(corpus, slot)), None) for slot in above]
    goes_by_itself = draw is None and not scores.learned.any()
    must_see = () if goes_by_itself or len(above) >= params.first_page else _must_see(corpus, scores, eligible, params)
    places = diversify(corpus, scores.relevance, candidates, params, above=rows_above, must_see=must_see, draw=draw)
    ordered = list(islice(places, max(limit + 1, depth)))
    ranked = (
        _ranked(corpus, profile, scores, place, params, number, explained)
        for number, place in enumerate(ordered[:limit], start=len(above) + 1)
    )
    return Feed(tuple(ranked), tuple(_slot(corpus, place) for place in ordered), more=len(ordered) > limit)


def rank_as(
    corpus: Corpus,
    profile: Profile,
    order: Sequence[Slot],
    *,
    now: datetime,
    params: Params,
    limit: int,
    history: History = NO_HISTORY,
    start: int = 0,
    explained: bool = True,
) -> Feed:
    """The events in an order that was made before: up to `limit` of them, after the first `start` places.

    Scores and reasons are of today. What has been deleted, muted or dismissed since is passed over; where only the
    first of a slot has gone, the next of its near-duplicates stands there. Ranks are those of the order.
    """
    scores = score(corpus, profile, history, now, params)
    shown = visible(corpus, profile, history)
    spread = Spread(corpus, params)
    ranked: list[RankedEvent] = []
    for number, slot in enumerate(order, start=1):
        rows = [row for row in _rows(corpus, slot) if shown[row]]
        if not rows:
            continue
        if len(ranked) == limit:
            return Feed(tuple(ranked), tuple(order), more=True)
        points, repeats = spread.points_of(rows[0])
        spread.place(rows[0])
        if number > start:
            place = Place(rows[0], points, repeats, tuple(rows[1:]), slot.lift, slot.lifted_by, slot.propensity)
            ranked.append(_ranked(corpus, profile, scores, place, params, number, explained))
    return Feed(tuple(ranked), tuple(order), more=False)


def rank_one(
    corpus: Corpus,
    profile: Profile,
    event_id: str,
    *,
    now: datetime,
    params: Params,
    history: History = NO_HISTORY,
) -> RankedEvent:
    """One event as this reader sees it, by itself: nothing stands above it. Raises UnknownEvent."""
    row = corpus.row(event_id)
    scores = score(corpus, profile, history, now, params)
    return _ranked(corpus, profile, scores, Place(row, 0.0, None, ()), params, 1, explained=True)


def visible(corpus: Corpus, profile: Profile, history: History, category: str | None = None) -> Mask:
    """Which events a reader's feed may have, (n,): those of the category, or all, but for what the reader has muted or
    dismissed."""
    hidden = _mask(corpus, history.dismissed)
    for name in profile.wishes.mutes:
        hidden[corpus.rows_with(name)] = True
    if category is not None:
        hidden |= np.asarray(corpus.category != category, dtype=np.bool_)
    return ~hidden


def _must_see(corpus: Corpus, scores: Scores, eligible: Mask, params: Params) -> tuple[int, ...]:
    """The events of high signal that stand on the first page, or are folded there, as long as nothing has been learned
    and nothing is drawn."""
    important = eligible & (corpus.signal >= params.must_see_signal)
    if not important.any():
        return ()
    unlearned = islice(diversify(corpus, scores.unlearned, eligible, params), params.first_page)
    return tuple(row for place in unlearned for row in (place.row, *place.folded) if important[row])


def _rows(corpus: Corpus, slot: Slot) -> list[int]:
    """The rows of a slot's events that are still live."""
    return [corpus.rows[event_id] for event_id in slot.event_ids if event_id in corpus.rows]


def _mask(corpus: Corpus, event_ids: Iterable[str]) -> Mask:
    mask = np.zeros(len(corpus.events), dtype=np.bool_)
    mask[[corpus.rows[event_id] for event_id in event_ids if event_id in corpus.rows]] = True
    return mask


def _ranked(
    corpus: Corpus, profile: Profile, scores: Scores, place: Place, params: Params, number: int, explained: bool
) -> RankedEvent:
    event = corpus.events[place.row]
    return RankedEvent(
        rank=number,
        event=event,
        score=float(scores.relevance[place.row]) + place.diversity + place.lift,
        personal_signal=float(np.clip(scores.personal_signal[place.row], 0.0, SIGNAL_SCALE)),
        level=profile.level_of(event.id),
        reasons=explain(corpus, profile, scores, place, params) if explained else (),
        folded=_ids(corpus, place.folded),
        propensity=place.propensity,
    )


def _slot(corpus: Corpus, place: Place) -> Slot:
    return Slot(_ids(corpus, (place.row, *place.folded)), place.lift, place.lifted_by, place.propensity)


def _ids(corpus: Corpus, rows: Iterable[int]) -> tuple[str, ...]:
    return tuple(corpus.events[row].id for row in rows)
