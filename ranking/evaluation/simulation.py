"""Simulation: readers whose interests are known, for what no log can show: how fast a feed learns them, and how fast it
comes back after they have changed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np

from ranking.evaluation.comparison import CURVE, Difference, difference
from ranking.evaluation.intervals import Estimate, mean_of_readers
from ranking.evaluation.log import Feedback, Log
from ranking.evaluation.outcomes import Outcome
from ranking.evaluation.trials import Protocol, Slice, Trial
from ranking.event import Event

AFTER_CHANGE = (0, 5, 10, 20, 30, 40, 50)  # presses after the change at which a feed is looked at
TOLERANCE = 0.02  # a feed is back when its figure is no more than this below the old one
_PRESS_EVERY = timedelta(minutes=1)
# A reader presses on the minute and changes their mind on the half minute, so there is a moment before and one after.
_ASKED_BEFORE, _ASKED_AFTER = timedelta(seconds=15), timedelta(seconds=45)


class Presser(StrEnum):
    """Which of their opinions a reader voices."""

    BALANCED = "balanced"
    UP = "only up"
    DOWN = "only down"

    def voices(self, direction: int) -> bool:
        """Whether such a reader presses on an event they would turn up (1) or down (-1)."""
        return self is Presser.BALANCED or direction == (1 if self is Presser.UP else -1)


@dataclass(frozen=True, slots=True)
class Interests:
    """The topics that a reader likes and dislikes; all others leave them cold."""

    liked: tuple[str, ...]
    disliked: tuple[str, ...]

    def changed(self) -> "Interests":
        """What is left after half of the liked, rounded down, become disliked and the other way round."""
        n_liked, n_disliked = len(self.liked) // 2, len(self.disliked) // 2
        return Interests(
            self.disliked[:n_disliked] + self.liked[n_liked:], self.liked[:n_liked] + self.disliked[n_disliked:]
        )

    def direction(self, topic: str) -> int:
        """1 for a liked topic, -1 for a disliked, 0 for any other."""
        return (topic in self.liked) - (topic in self.disliked)


@dataclass(frozen=True, eq=False)
class Simulation:
    """What simulated readers said, and what they want.

    `held_out` are the events by topic on which nobody ever presses; `before` and `after` the interests by reader, of
    whom each presses `n_presses` times and changes after `drift_at` of them, or never where that is None.
    """

    log: Log
    held_out: Mapping[str, tuple[str, ...]]
    before: Mapping[str, Interests]
    after: Mapping[str, Interests]
    n_presses: int
    drift_at: int | None


@dataclass(frozen=True, slots=True)
class Recovery:
    """How the feeds of one ranker came through a change of interests.

    `before` is the figure just before it; `after` by the presses since, and `difference` the same less `before`, reader
    by reader. `back_after` is the number of presses from which on the figure is at most TOLERANCE below the old one,
    None where it is lower still when last asked.
    """

    name: str
    before: Estimate
    after: Mapping[int, Estimate]
    difference: Mapping[int, Difference]
    back_after: int | None


def simulate(
    events: Sequence[Event],
    topics: Mapping[str, Sequence[str]] | None = None,
    *,
    n_readers: int,
    n_presses: int,
    seed: int,
    drift_at: int | None = None,
    presser: Presser = Presser.BALANCED,
    n_liked: int = 4,
    noise: float = 0.1,
    held_out_share: float = 0.2,
) -> Simulation:
    """Readers who each like `n_liked` topics and dislike as many, drawn for each, and press once a minute.

    `topics` are event ids by topic, the categories where none are given; an event belongs to the first that names it,
    and a topic needs two events. A reader comes across the events of their topics in an order drawn for each, turns
    what they like up by 1 or 2 and the rest down as far, each as likely, and passes by what such a `presser` does not
    voice. A share `noise` of opinions is the wrong way round. All events are dated alike, before the first press, so
    that age plays no part. Raises ValueError where there is no reader, and where topics or their events do not suffice.
    """
    if n_readers < 1:
        raise ValueError("there should be a reader")
    rng = np.random.Generator(np.random.PCG64(seed))
    told = _by_topic(events, topics)
    if n_liked < 1 or len(told) < 2 * n_liked:
        raise ValueError(f"{len(told)} topics of two events or more are too few to like and dislike {n_liked} each")
    held_out, pressable = _split(told, held_out_share, rng)
    start = max(event.published_at for event in events)
    before, after, feedback = {}, {}, []
    for number in range(n_readers):
        user_id = f"reader-{number + 1}"
        drawn = [list(told)[place] for place in rng.choice(len(told), size=2 * n_liked, replace=False)]
        before[user_id] = Interests(tuple(drawn[:n_liked]), tuple(drawn[n_liked:]))
        after[user_id] = before[user_id].changed()
        phases = [before[user_id] if drift_at is None or n < drift_at else after[user_id] for n in range(n_presses)]
        for n_said, (event_id, level) in enumerate(_presses(phases, pressable, presser, noise, rng), start=1):
            feedback.append(Feedback(user_id, event_id, level, start + n_said * _PRESS_EVERY))
    log = Log.of((replace(event, published_at=start) for event in events), feedback)
    return Simulation(log, held_out, before, after, n_presses, drift_at)


def learning(simulation: Simulation, n_said: Sequence[int] = CURVE) -> Protocol:
    """Asks for the held-out events of the topics that readers like, among all held out, each time that they have
    pressed so often; a report's `curve` has the figures. What would be asked after a change is left out."""
    last = simulation.n_presses if simulation.drift_at is None else simulation.drift_at
    slices = (_slice(simulation, n, simulation.before, _ASKED_BEFORE) for n in n_said if n <= last)
    return Protocol("learning", simulation.log, tuple(slices))


def drift(simulation: Simulation, n_later: Sequence[int] = AFTER_CHANGE) -> Protocol:
    """Asks for the held-out events of the topics that readers like, among all held out: first just before the change,
    then for what they like now, so many presses after it. Raises ValueError where nothing changes, or where readers do
    not press as often."""
    at = simulation.drift_at
    if at is None or at + max(n_later) > simulation.n_presses:
        raise ValueError(f"readers should change and then press {max(n_later)} times")
    old = _slice(simulation, at, simulation.before, _ASKED_BEFORE)
    new = (_slice(simulation, at + n, simulation.after, _ASKED_AFTER) for n in n_later)
    return Protocol("drift", simulation.log, (old, *new))


def recoveries(
    names: Sequence[str], slices: Iterable[list[list[Outcome]]], metric: str = "ndcg@10"
) -> tuple[Recovery, ...]:
    """How rankers of these names came through a change, from what came of the slices of `drift`. Raises KeyError where
    the metric was not measured."""
    told: list[defaultdict[datetime, list[Outcome]]] = [defaultdict(list) for _ in names]
    for one in slices:
        for by_moment, outcomes in zip(told, one, strict=True):
            for outcome in outcomes:
                by_moment[outcome.at].append(outcome)
    return tuple(_recovery(name, one, metric) for name, one in zip(names, told, strict=True))


def _by_topic(events: Sequence[Event], topics: Mapping[str, Sequence[str]] | None) -> dict[str, list[str]]:
    """The events of each topic that has two or more; none belongs to two."""
    if topics is None:
        named = [(event.category, event.id) for event in sorted(events, key=lambda event: (event.category, event.id))]
    else:
        named = [(topic, event_id) for topic, event_ids in topics.items() for event_id in event_ids]
    topic_of: dict[str, str] = {}
    for topic, event_id in named:
        topic_of.setdefault(event_id, topic)
    known = {event.id for event in events}
    told: dict[str, list[str]] = {}
    for event_id, topic in topic_of.items():
        if event_id in known:
            told.setdefault(topic, []).append(event_id)
    return {topic: event_ids for topic, event_ids in told.items() if len(event_ids) > 1}


def _split(
    told: Mapping[str, Sequence[str]], share: float, rng: np.random.Generator
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """A drawn share of each topic's events, and the others; at least one of either."""
    held_out, others = {}, {}
    for topic, event_ids in told.items():
        shuffled = [event_ids[place] for place in rng.permutation(len(event_ids))]
        n = min(max(round(share * len(shuffled)), 1), len(shuffled) - 1)
        held_out[topic], others[topic] = tuple(shuffled[:n]), tuple(shuffled[n:])
    return held_out, others


def _presses(
    phases: Sequence[Interests],
    pressable: Mapping[str, Sequence[str]],
    presser: Presser,
    noise: float,
    rng: np.random.Generator,
) -> Iterator[tuple[str, int]]:
    """The event and the level of each press of one reader, who has these interests at it."""
    if not phases:
        return
    topics = (*phases[0].liked, *phases[0].disliked)
    met = [(topic, event_id) for topic in topics for event_id in pressable[topic]]
    n_said = 0
    for place in rng.permutation(len(met)):
        topic, event_id = met[place]
        direction = phases[n_said].direction(topic) * (-1 if rng.uniform() < noise else 1)
        level = direction * int(rng.integers(1, 3))
        if presser.voices(direction):
            yield event_id, level
            n_said += 1
        if n_said == len(phases):
            return
    raise ValueError(f"after {n_said} of {len(phases)} presses a reader has met all events of their topics")


def _slice(simulation: Simulation, n_said: int, interests: Mapping[str, Interests], later: timedelta) -> Slice:
    """What is asked after so many presses, when readers have these interests."""
    at = simulation.log.events[0].published_at + n_said * _PRESS_EVERY + later
    among = tuple(event_id for event_ids in simulation.held_out.values() for event_id in event_ids)
    trials = []
    for user_id, one in interests.items():
        wanted = tuple(event_id for topic in one.liked for event_id in simulation.held_out[topic])
        trials.append(Trial(user_id, at, n_said, wanted, among=among))
    return Slice(at, at, tuple(trials))


def _recovery(name: str, by_moment: Mapping[datetime, Sequence[Outcome]], metric: str) -> Recovery:
    """From the outcomes by moment, of which the first is that before the change."""
    old, *later = (by_moment[at] for at in sorted(by_moment))
    after = {ones[0].n_said - old[0].n_said: ones for ones in later}
    differences = {n: difference(metric, ones, old) for n, ones in after.items()}
    return Recovery(
        name,
        _mean(metric, old),
        {n: _mean(metric, ones) for n, ones in after.items()},
        differences,
        _back_after(differences),
    )


def _back_after(differences: Mapping[int, Difference]) -> int | None:
    """The number of presses from which on no figure is lower than it may be."""
    back_after = None
    for n in sorted(differences, reverse=True):
        if (differences[n].estimate.value or 0.0) < -TOLERANCE:
            break
        back_after = n
    return back_after


def _mean(metric: str, ones: Iterable[Outcome]) -> Estimate:
    return mean_of_readers([[one.figures[metric]] for one in ones])
