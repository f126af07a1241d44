"""Trials: the questions that an evaluation puts to a ranker, and the protocols that make them from a log.

A slice is what can be asked with one state of knowledge: the statistics of the catalogue are those of its
beginning. What a reader said up to the very moment of a trial counts always, and what the crowd turned up as soon as it
does in service; only rankers that are slow to fit know the crowd as of the beginning of the slice.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter

import numpy as np

from ranking.evaluation.log import Feedback, Log
from ranking.params import Params

_N_PER_SLICE = 500  # trials; more are split, so that there is work for all cores
_CHOSEN_WITHIN = timedelta(days=1)
_ASKED_LATER = timedelta(hours=1)  # by when all that was said is known to the crowd, too


@dataclass(frozen=True, slots=True)
class Trial:
    """One question: in which order would this reader, of whom `n_said` adjustments are known, get the candidates?

    `wanted` are the events that the reader is known to have wanted, or the one that was adjusted (`level`) next.
    Candidates are `among`, or all that is published by then and that the reader has not adjusted.
    """

    user_id: str
    at: datetime
    n_said: int
    wanted: tuple[str, ...]
    level: int | None = None
    among: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """Trials with the same knowledge: statistics know what was there before `known_at`, and events are those published
    up to `live_until`."""

    known_at: datetime
    live_until: datetime
    trials: tuple[Trial, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Protocol:
    """A way to ask: the log that may be learned from, and the slices."""

    name: str
    log: Log
    slices: tuple[Slice, ...]

    @property
    def n_trials(self) -> int:
        """How many questions there are."""
        return sum(len(one.trials) for one in self.slices)


def replay(log: Log, params: Params) -> Protocol:
    """Time-ordered replay: each adjustment is asked about just before it is learned. Of those that turn an event up,
    the event is wanted; of the others it is asked how far down it stands."""
    trials = [
        Trial(user_id, said.at, log.n_said_before(user_id, said.at), (said.event_id,), said.level)
        for user_id, ones in log.by_reader.items()
        for said in ones
    ]
    return Protocol("replay", _learned_from(log), in_time(log, trials, params))


def per_impression(log: Log, params: Params) -> Protocol:
    """Per-impression re-ranking: what was shown together is ordered anew, and what the reader then chose is wanted.
    Pages of which nothing or everything was chosen tell nothing of an order."""
    trials = []
    for page, chosen in zip(log.impressions, log.chosen(_CHOSEN_WITHIN), strict=True):
        shown = tuple(dict.fromkeys(one.event_id for one in page.events if one.event_id in log.terms))
        wanted = tuple(one for one in shown if one in chosen)
        if wanted and len(wanted) < len(shown):
            trials.append(Trial(page.user_id, page.at, log.n_said_before(page.user_id, page.at), wanted, among=shown))
    return Protocol("impressions", _learned_from(log), in_time(log, trials, params))


def sampled_negatives(log: Log, n_negatives: int, seed: int, share: float = 0.2) -> Protocol:
    """Recall against sampled negatives (Cremonesi et al., RecSys 2010): the last share of what each reader turned up is
    held out; each of these events stands among `n_negatives` that the reader never adjusted."""
    rng = np.random.Generator(np.random.PCG64(seed))
    known, held_out = _held_out(log, share)
    at = log.end + _ASKED_LATER
    everything = np.array([event.id for event in log.events])
    trials = []
    for user_id, ones in held_out.items():
        adjusted = {said.event_id for said in log.by_reader[user_id]}
        never = everything[[event_id not in adjusted for event_id in everything]]
        for said in ones:
            drawn = rng.choice(never, size=min(n_negatives, len(never)), replace=False)
            among = (said.event_id, *sorted(drawn.tolist()))
            n_said = len(known.by_reader.get(user_id, ()))
            trials.append(Trial(user_id, at, n_said, (said.event_id,), said.level, among))
    return Protocol("sampled", known, _at_the_end(trials, at))


def full_catalogue(log: Log, share: float = 0.2) -> Protocol:
    """Full-catalogue ranking: the last share of what each reader turned up is held out, and wanted among all events
    that the reader had not adjusted before."""
    known, held_out = _held_out(log, share)
    at = log.end + _ASKED_LATER
    trials = [
        Trial(user_id, at, len(known.by_reader.get(user_id, ())), tuple(said.event_id for said in ones))
        for user_id, ones in held_out.items()
    ]
    return Protocol("full", known, _at_the_end(trials, at))


def _held_out(log: Log, share: float) -> tuple[Log, dict[str, list[Feedback]]]:
    """The log without the last share of what each reader turned up, and has not turned down since, and that share by
    reader. A reader who turned up only one event keeps it."""
    held_out: dict[str, list[Feedback]] = {}
    for user_id, ones in sorted(log.by_reader.items()):
        last = {said.event_id: said for said in ones}
        liked = sorted((said for said in last.values() if said.level > 0), key=lambda said: (said.at, said.event_id))
        if len(liked) > 1:
            held_out[user_id] = liked[-max(round(share * len(liked)), 1) :]
    gone = {(said.user_id, said.event_id) for ones in held_out.values() for said in ones}
    kept = (said for said in log.feedback if (said.user_id, said.event_id) not in gone)
    return Log.of(log.events, kept, terms=log.terms), held_out


def _learned_from(log: Log) -> Log:
    """The log without its impressions: nothing is learned from them, and they are many."""
    return Log.of(log.events, log.feedback, opened=log.opened, terms=log.terms)


def _at_the_end(trials: Sequence[Trial], at: datetime) -> tuple[Slice, ...]:
    return tuple(Slice(at, at, some) for some in _batches(trials))


def in_time(log: Log, trials: Sequence[Trial], params: Params) -> tuple[Slice, ...]:
    """The trials in order of time, cut where the service would fit statistics anew. Where there is but one event, there
    is nothing to ask."""
    published = [event.published_at for event in log.events]
    ordered = sorted(trials, key=lambda one: (one.at, one.user_id, one.wanted))
    askable = [one for one in ordered if bisect_right(published, one.at) > 1]
    slices: list[Slice] = []
    for known_at, together in groupby(zip(_known_at(log, askable, params), askable, strict=True), itemgetter(0)):
        slices += [Slice(known_at, some[-1].at, some) for some in _batches([trial for _, trial in together])]
    return tuple(slices)


def _known_at(log: Log, trials: Sequence[Trial], params: Params) -> Iterator[datetime]:
    """For each trial, the moment that statistics are of: the last at which more than a share of the catalogue, or of
    what had been said, was newer than they were."""
    published = [event.published_at for event in log.events]
    said_at = [said.at for said in log.feedback]
    known_at, n_events, n_said = None, 0, 0
    for trial in trials:
        now_events, now_said = bisect_right(published, trial.at), bisect_left(said_at, trial.at)
        share = params.statistics_refresh_share
        if known_at is None or now_events - n_events > share * n_events or now_said - n_said > share * n_said:
            known_at, n_events, n_said = trial.at, now_events, now_said
        yield known_at


def _batches(trials: Sequence[Trial]) -> Iterator[tuple[Trial, ...]]:
    for start in range(0, len(trials), _N_PER_SLICE):
        yield tuple(trials[start : start + _N_PER_SLICE])
