"""Scoring: the prior of an event, how fresh it is, and what a reader's profile adds. All in points of signal."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from ranking.corpus import Corpus
from ranking.features import Floats, Integers
from ranking.interactions import History
from ranking.ledger import wish_of
from ranking.params import Params
from ranking.profile import Profile

SIGNAL_SCALE = 10.0  # points: signal runs from 0 to this


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """The parts of every event's score, (n,) each, in points of signal.

    `personal_signal` is the signal as this reader sees it: signal, learned, pinned and own together. It may leave 0–10,
    so that strong wishes still order among themselves. `relevance`, with `freshness`, `popularity` and what an event
    loses for being `seen`, is what orders events as long as none repeats another; `unlearned` is what it would be with
    no learned part.

    `pull` (V) is the profile's pull laid out along the corpus's columns, and `term_place` (V) the place of each
    column's term in the profile, -1 for a term that no adjustment had.
    """

    signal: Floats
    learned: Floats
    pinned: Floats
    own: Floats
    freshness: Floats
    popularity: Floats
    seen: Floats
    personal_signal: Floats
    relevance: Floats
    unlearned: Floats
    pull: Floats
    term_place: Integers


def score(corpus: Corpus, profile: Profile, history: History, now: datetime, params: Params) -> Scores:
    """The scores of every event of the corpus for the reader with this profile and history."""
    pull = np.zeros(len(corpus.names))
    term_place = np.full(len(corpus.names), -1)
    columns = np.array([corpus.columns.get(name, -1) for name in profile.terms], dtype=np.int64)
    places = np.flatnonzero(columns >= 0)
    pull[columns[places]] = profile.weight[places] + profile.lean * corpus.mean[columns[places]]
    term_place[columns[places]] = places
    by_terms = corpus.features @ pull - profile.lean * corpus.centre
    learned = by_terms + corpus.alike @ profile.taste + profile.constant
    pinned = _pinned(corpus, profile)
    given = corpus.signal + pinned
    own = _own(corpus, profile, given + learned)
    fresh = freshness(corpus.published, now, params)
    popular = popularity(corpus, now, params)
    seen = np.zeros(len(corpus.events))
    seen[[corpus.rows[event_id] for event_id in history.seen if event_id in corpus.rows]] = -params.seen_points
    personal_signal = given + learned + own
    of_the_moment = fresh + popular + seen
    return Scores(
        signal=corpus.signal,
        learned=learned,
        pinned=pinned,
        own=own,
        freshness=fresh,
        popularity=popular,
        seen=seen,
        personal_signal=personal_signal,
        relevance=personal_signal + of_the_moment,
        unlearned=given + _own(corpus, profile, given) + of_the_moment,
        pull=pull,
        term_place=term_place,
    )


def _pinned(corpus: Corpus, profile: Profile) -> Floats:
    """What pins add: each its points to every event that has its term."""
    pinned = np.zeros(len(corpus.events))
    for name, points in profile.wishes.pins.items():
        pinned[corpus.rows_with(name)] += points
    return pinned


def _own(corpus: Corpus, profile: Profile, inferred: Floats) -> Floats:
    """What adjustments add to their own events, which stand at `inferred` without."""
    own, wish = np.zeros(len(corpus.events)), np.zeros(len(corpus.events))
    for event_id, value, level in zip(profile.event_ids, profile.own, profile.levels, strict=True):
        if level is not None and (row := corpus.rows.get(event_id)) is not None:
            own[row], wish[row] = value, wish_of(level)
    return own_part(own, wish, inferred)


def own_part(own: Floats, wish: Floats, inferred: Floats | np.float64) -> Floats:
    """What adjustments add to their own events, given the points at which these would stand without: `own`, kept to
    the side and the reach of what was said.

    A wish of 1 reaches to the end of the scale and one of a half halfway there: an event turned up is among the best
    of its day, but does not stand above all news for ever. Downwards a half reaches halfway to 0; -1 has no end, since
    an event turned far down is meant to be gone. A wish of 0 is not bounded: it takes back what others taught.
    """
    above = np.maximum(SIGNAL_SCALE - inferred, 0.0)
    below = np.maximum(inferred, 0.0)
    highest = np.select([wish > 0, wish < 0], [wish * above, 0.0], np.inf)
    lowest = np.select([wish > 0, wish <= -1, wish < 0], [0.0, -np.inf, wish * below], -np.inf)
    bounded: Floats = np.clip(own, lowest, highest)
    return bounded


def freshness(published: Floats, now: datetime, params: Params) -> Floats:
    """-log2(1 + age / half-life) times the points for each doubling; an event from the future has age 0.

    `published` in seconds since 1970. The curve has no scale of its own: minutes matter among new events and years
    among old ones.
    """
    age_hours = np.maximum(on_step(now, params).timestamp() - published, 0.0) / 3600
    points: Floats = 0.0 - params.freshness_points * np.log2(1 + age_hours / params.freshness_half_life_hours)
    return points


def popularity(corpus: Corpus, now: datetime, params: Params) -> Floats:
    """log2(1 + readers who turned an event up lately) times the points for each doubling, (n,); a reader counts half as
    much with every half-life that has passed since."""
    hours = max(on_step(now, params).timestamp() - corpus.heat_at, 0.0) / 3600
    readers = corpus.heat * 2.0 ** (-hours / params.popularity_half_life_hours)
    points: Floats = params.popularity_points * np.log2(1 + readers)
    return points


def on_step(now: datetime, params: Params) -> datetime:
    """The beginning of the clock's step that `now` is in."""
    return step_of(now, timedelta(minutes=params.clock_step_minutes))


def step_of(now: datetime, step: timedelta) -> datetime:
    """The beginning of the step of such a length that `now` is in."""
    seconds = step.total_seconds()
    return datetime.fromtimestamp(now.timestamp() // seconds * seconds, tz=now.tzinfo)
