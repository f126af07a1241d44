"""Simulation: readers with known interests.

Six topics of six events each, in words that no two topics share; of each topic one (a fifth, rounded) is held out.
"""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranking.evaluation.baselines import BASELINES
from ranking.evaluation.comparison import Verdict, compare
from ranking.evaluation.outcomes import Outcome, outcomes
from ranking.evaluation.rankers import Ranker, Signalfeed
from ranking.evaluation.simulation import (
    Interests,
    Presser,
    Recovery,
    Simulation,
    drift,
    learning,
    recoveries,
    simulate,
)
from ranking.event import Event
from tests.build import NOW, PARAMS, an_event

TOPICS = {
    "comet": ("comet", "telescope", "orbit"),
    "strike": ("dockworkers", "wages", "harbour"),
    "roses": ("roses", "gardener", "petals"),
    "museum": ("museum", "painting", "curator"),
    "goal": ("goalkeeper", "penalty", "stadium"),
    "flood": ("flood", "river", "dam"),
}
N_EACH = 6
STORIES = {topic: [f"{topic}-{number}" for number in range(N_EACH)] for topic in TOPICS}
START = NOW - timedelta(days=1)
NO_PAUSE = settings(deadline=None, max_examples=15)


def a_catalogue() -> list[Event]:
    """The events, each with two of the three words of its topic and one of its own."""
    return [
        an_event(
            event_id,
            f"{words[number % 3]} {words[(number + 1) % 3]} {topic}word{'abcdef'[number]}",
            category=topic,
            published_at=START - timedelta(days=number),
        )
        for topic, words in TOPICS.items()
        for number, event_id in enumerate(STORIES[topic])
    ]


def simulated(
    *,
    n_readers: int = 4,
    n_presses: int = 8,
    drift_at: int | None = None,
    presser: Presser = Presser.BALANCED,
    n_liked: int = 2,
    noise: float = 0.0,
    seed: int = 1,
) -> Simulation:
    """Readers of two liked topics and two disliked, who never press by mistake, unless said otherwise."""
    return simulate(
        a_catalogue(),
        STORIES,
        n_readers=n_readers,
        n_presses=n_presses,
        drift_at=drift_at,
        presser=presser,
        n_liked=n_liked,
        noise=noise,
        seed=seed,
    )


def topic_of(event_id: str) -> str:
    """The topic of an event of the catalogue."""
    return event_id.rpartition("-")[0]


def test_half_of_the_interests_change() -> None:
    """The first half of either side, rounded down; nothing else."""
    assert Interests(("a", "b", "c", "d"), ("w", "x", "y", "z")).changed() == Interests(
        ("w", "x", "c", "d"), ("a", "b", "y", "z")
    )
    assert Interests(("a", "b", "c"), ("x", "y", "z")).changed() == Interests(("x", "b", "c"), ("a", "y", "z"))
    assert Interests(("a",), ("x",)).changed() == Interests(("a",), ("x",))


def test_interests_have_a_direction() -> None:
    """Up for the liked, down for the disliked, none for the rest."""
    interests = Interests(("a",), ("x",))
    assert [interests.direction(topic) for topic in "axq"] == [1, -1, 0]


@pytest.mark.parametrize(
    ("presser", "voiced"), [(Presser.BALANCED, [1, -1]), (Presser.UP, [1]), (Presser.DOWN, [-1])], ids=str
)
def test_pressers_voice_what_they_are_named_after(presser: Presser, voiced: list[int]) -> None:
    """Both directions, or one."""
    assert [direction for direction in (1, -1) if presser.voices(direction)] == voiced


@NO_PAUSE
@given(
    seed=st.integers(0, 2**32),
    presser=st.sampled_from(Presser),
    drift_at=st.none() | st.integers(0, 4),
    noise=st.sampled_from([0.0, 0.3]),
)
def test_readers_press_on_different_events_of_their_topics(
    seed: int, presser: Presser, drift_at: int | None, noise: float
) -> None:
    """As often as they should, a minute apart from the day of all events on, and never on what is held out."""
    simulation = simulated(n_presses=4, seed=seed, presser=presser, drift_at=drift_at, noise=noise)
    held_out = [event_id for event_ids in simulation.held_out.values() for event_id in event_ids]
    assert {event.published_at for event in simulation.log.events} == {START}
    for user_id, interests in simulation.before.items():
        said = simulation.log.by_reader[user_id]
        assert [one.at for one in said] == [START + timedelta(minutes=number) for number in (1, 2, 3, 4)]
        assert len({one.event_id for one in said} - set(held_out)) == 4
        assert {topic_of(one.event_id) for one in said} <= {*interests.liked, *interests.disliked}
        assert all(one.level != 0 and presser.voices(int(np.sign(one.level))) for one in said)


@NO_PAUSE
@given(seed=st.integers(0, 2**32), drift_at=st.integers(0, 8))
def test_readers_say_what_they_want_at_the_time(seed: int, drift_at: int) -> None:
    """Without mistakes a press goes in the direction of the interests, those after the change once it has come."""
    simulation = simulated(seed=seed, drift_at=drift_at)
    for user_id, said in simulation.log.by_reader.items():
        phases = [simulation.before[user_id]] * drift_at + [simulation.after[user_id]] * (8 - drift_at)
        wanted = [interests.direction(topic_of(one.event_id)) for interests, one in zip(phases, said, strict=True)]
        assert [int(np.sign(one.level)) for one in said] == wanted


def test_levels_are_as_often_strong_as_weak() -> None:
    """Of 400 presses, each of the four levels makes up a quarter, give or take three standard deviations (26)."""
    levels = Counter(one.level for one in simulated(n_readers=50).log.feedback)
    assert sorted(levels) == [-2, -1, 1, 2]
    assert all(74 <= n <= 126 for n in levels.values())


@pytest.mark.parametrize(("noise", "wrong"), [(0.0, (0, 0)), (0.25, (74, 126)), (1.0, (400, 400))])
def test_a_share_of_presses_is_the_wrong_way_round(noise: float, wrong: tuple[int, int]) -> None:
    """Of 400, a quarter is 100, give or take three standard deviations (26)."""
    simulation = simulated(n_readers=50, noise=noise)
    n_wrong = sum(
        one.level * simulation.before[one.user_id].direction(topic_of(one.event_id)) < 0
        for one in simulation.log.feedback
    )
    assert wrong[0] <= n_wrong <= wrong[1]


def test_one_seed_has_one_simulation() -> None:
    """To the last press; another seed has another."""
    assert simulated(seed=7).log.feedback == simulated(seed=7).log.feedback
    assert simulated(seed=7).log.feedback != simulated(seed=8).log.feedback


def test_categories_are_the_topics_where_none_are_given() -> None:
    """In whatever order the events come."""
    told = {
        tuple(simulate(events, n_readers=3, n_presses=5, n_liked=3, seed=1).log.feedback)
        for events in (a_catalogue(), a_catalogue()[::-1])
    }
    assert len(told) == 1
    simulation = simulate(a_catalogue(), n_readers=3, n_presses=5, n_liked=3, seed=1)
    assert {topic: len(event_ids) for topic, event_ids in simulation.held_out.items()} == dict.fromkeys(TOPICS, 1)


def test_an_event_belongs_to_the_first_topic_that_names_it() -> None:
    """Topics that are left with fewer than two events are no topics, and events that are not there do not count."""
    topics = {"comet": STORIES["comet"], "sky": [*STORIES["comet"], "roses-0"], "gone": ["x", "y"], "goal": ["goal-0"]}
    with pytest.raises(ValueError, match=r"^1 topics of two events or more are too few to like and dislike 1 each$"):
        simulate(a_catalogue(), topics, n_readers=1, n_presses=1, n_liked=1, seed=1)
    topics |= {"sky": [*STORIES["comet"], "roses-0", "roses-1"]}
    simulation = simulate(a_catalogue(), topics, n_readers=1, n_presses=1, n_liked=1, seed=1)
    assert list(simulation.held_out) == ["comet", "sky"]
    assert simulation.held_out["sky"][0] in {"roses-0", "roses-1"}


@pytest.mark.parametrize(("share", "n_held_out"), [(0.0, 1), (0.5, 3), (1.0, 5)])
def test_of_each_topic_something_is_held_out_and_something_is_not(share: float, n_held_out: int) -> None:
    """Of six events at least one, and never all."""
    simulation = simulate(a_catalogue(), STORIES, n_readers=1, n_presses=1, n_liked=1, seed=1, held_out_share=share)
    assert {len(event_ids) for event_ids in simulation.held_out.values()} == {n_held_out}


@pytest.mark.parametrize("n_liked", [0, 4])
def test_there_must_be_topics_enough(n_liked: int) -> None:
    """Four liked and four disliked are more than six; to like nothing is no reader."""
    with pytest.raises(ValueError, match=r"^6 topics of two events or more are too few"):
        simulated(n_liked=n_liked)


def test_there_must_be_a_reader() -> None:
    """Nothing can be learned from nobody."""
    with pytest.raises(ValueError, match=r"^there should be a reader$"):
        simulated(n_readers=0)


def test_there_must_be_events_enough() -> None:
    """Four topics have five events each to press on: a twenty-first press is one too many. Half of these are liked."""
    assert len(simulated(n_readers=1, n_presses=20).log.feedback) == 20
    with pytest.raises(ValueError, match=r"^after 20 of 21 presses a reader has met all events of their topics$"):
        simulated(n_presses=21)
    with pytest.raises(ValueError, match=r"^after 10 of 11 presses"):
        simulated(n_presses=11, presser=Presser.UP)


def test_readers_may_say_nothing() -> None:
    """They have interests all the same."""
    simulation = simulated(n_presses=0)
    assert (simulation.log.feedback, len(simulation.before)) == ((), 4)


def test_learning_asks_for_held_out_events_of_liked_topics() -> None:
    """After each number of presses, as far as readers press; all of a moment in one slice."""
    simulation = simulated(n_presses=8)
    asked = learning(simulation)
    assert (asked.name, asked.log) == ("learning", simulation.log)
    assert [{trial.n_said for trial in one.trials} for one in asked.slices] == [{0}, {1}, {2}, {3}, {5}]
    for one in asked.slices:
        for trial in one.trials:
            assert [topic_of(event_id) for event_id in trial.wanted] == [*simulation.before[trial.user_id].liked]
            assert sorted(map(topic_of, trial.among or ())) == sorted(TOPICS)
            assert simulation.log.n_said_before(trial.user_id, trial.at) == trial.n_said


def test_learning_ends_with_the_change() -> None:
    """What is wanted at the change itself is what was wanted before."""
    asked = learning(simulated(drift_at=3), [0, 3, 4])
    assert [one.trials[0].n_said for one in asked.slices] == [0, 3]


def test_drift_asks_before_and_after_the_change() -> None:
    """For what is liked at the time, and with the presses of the time."""
    simulation = simulated(drift_at=3)
    asked = drift(simulation, [0, 5])
    assert [one.trials[0].n_said for one in asked.slices] == [3, 3, 8]
    moments = [one.trials[0].at for one in asked.slices]
    assert [moment - START for moment in moments] == [
        timedelta(minutes=3, seconds=15),
        timedelta(minutes=3, seconds=45),
        timedelta(minutes=8, seconds=45),
    ]
    for interests, one in zip([simulation.before, simulation.after, simulation.after], asked.slices, strict=True):
        for trial in one.trials:
            assert [topic_of(event_id) for event_id in trial.wanted] == [*interests[trial.user_id].liked]
            assert simulation.log.n_said_before(trial.user_id, trial.at) == trial.n_said


@pytest.mark.parametrize("drift_at", [None, 4])
def test_drift_needs_a_change_and_the_presses_after_it(drift_at: int | None) -> None:
    """Of eight presses, only four come after the fourth."""
    with pytest.raises(ValueError, match=r"^readers should change and then press 5 times$"):
        drift(simulated(drift_at=drift_at), [0, 5])


def an_outcome(user_id: str, n_said: int, seconds: int, figure: float) -> Outcome:
    """What came of a trial so many seconds past the minute of a press."""
    at = datetime(2026, 4, 3, tzinfo=UTC) + timedelta(minutes=n_said, seconds=seconds)
    return Outcome(user_id, at, n_said, None, ("a",), 1, 2, ("a",), {"ndcg@10": figure})


def told(*figures: tuple[float, float], n_each: int = 1) -> Recovery:
    """The recovery of a ranker whose two readers, or so many of each, have these figures before the change, then 0, 10,
    20, … after it."""
    moments = [(60, 15), *((60 + 10 * number, 45) for number in range(len(figures) - 1))]
    slices = [
        [[an_outcome(f"{user}{n}", *moment, figure) for user, figure in (("a", a), ("b", b)) for n in range(n_each)]]
        for moment, (a, b) in zip(moments, figures, strict=True)
    ]
    (one,) = recoveries(["ours"], slices)
    return one


def test_a_recovery_is_worked_out_by_hand() -> None:
    """Means of .9 before, .4 at the change and .89 after ten presses; less the old figure, reader by reader, that is
    -.6 and -.4, then +.02 and -.04. An interval over two readers has their figures for its ends."""
    one = told((1.0, 0.8), (0.4, 0.4), (1.02, 0.76))
    assert (one.name, one.back_after) == ("ours", 10)
    assert one.before.value == pytest.approx(0.9)
    assert {n: after.value for n, after in one.after.items()} == pytest.approx({0: 0.4, 10: 0.89})
    lost = {n: (each.estimate.low, each.estimate.value, each.estimate.high) for n, each in one.difference.items()}
    assert lost[0] == pytest.approx((-0.6, -0.5, -0.4))
    assert lost[10] == pytest.approx((-0.04, -0.01, 0.02))
    assert {each.verdict for each in one.difference.values()} == {Verdict.NOT_DISTINGUISHABLE}


def test_what_is_lost_has_a_verdict_where_there_are_readers_enough() -> None:
    """The same figures of three readers each: less at the change, and after ten presses nothing that could be told."""
    one = told((1.0, 0.8), (0.4, 0.4), (1.02, 0.76), n_each=3)
    assert one.difference[0].estimate.value == pytest.approx(-0.5)
    assert [each.verdict for each in one.difference.values()] == [Verdict.WORSE, Verdict.NOT_DISTINGUISHABLE]


@pytest.mark.parametrize(
    ("later", "back_after"),
    [
        ([0.5, 0.7, 0.87], None),
        ([0.5, 0.89, 0.95], 10),
        ([0.5, 0.95, 0.7, 0.89], 30),
        ([0.95, 0.95], 0),
    ],
    ids=["never", "for good", "only to be lost again", "never away"],
)
def test_a_feed_is_back_when_it_stays_within_two_hundredths(later: list[float], back_after: int | None) -> None:
    """Of a figure of .9 before, at 0, 10, 20 and 30 presses after."""
    assert told((0.9, 0.9), *((figure, figure) for figure in later)).back_after == back_after


def test_a_metric_must_have_been_measured() -> None:
    """There is no recovery of what is not there."""
    slices = [[[an_outcome("a", 60, second, 0.9)]] for second in (15, 45)]
    with pytest.raises(KeyError, match="ndcg@5"):
        recoveries(["ours"], slices, "ndcg@5")


@cache
def came_through() -> dict[str, Recovery]:
    """How feeds come through a change after eight presses; of them, one knows no age of presses."""
    rankers: list[Ranker] = [
        Signalfeed("ageing", replace(PARAMS, press_half_life=4.0)),
        Signalfeed("ageless", replace(PARAMS, press_half_life=1e9)),
        *BASELINES,
    ]
    asked = drift(simulated(n_readers=15, n_presses=18, drift_at=8), [0, 5, 10])
    came = recoveries([ranker.name for ranker in rankers], outcomes(asked, rankers, (2,)), "ndcg@2")
    return {one.name: one for one in came}


def test_a_change_of_interests_is_felt_and_overcome() -> None:
    """A feed knows what is liked from eight presses, loses half of it with half of the interests, and learns anew."""
    one = came_through()["ageing"]
    before, at_once, later = (each.value or 0.0 for each in (one.before, one.after[0], one.after[10]))
    assert before > 0.85
    assert at_once < 0.7
    assert later > at_once + 0.15
    assert one.difference[0].verdict is Verdict.WORSE


def test_ageing_brings_a_feed_back_sooner() -> None:
    """Ten presses after the change, old presses weigh on the feed that knows no age."""
    ageing, ageless = (came_through()[name].after[10].value or 0.0 for name in ("ageing", "ageless"))
    assert ageing > ageless + 0.05


def test_what_learns_nothing_loses_nothing() -> None:
    """A feed by date has no way to be right before the change or wrong after it: it is not better than at random."""
    assert (came_through()["newest first"].before.value or 0.0) < 0.6


@pytest.mark.parametrize("presser", Presser)
def test_all_pressers_teach(presser: Presser) -> None:
    """With three liked topics and three disliked, the more presses, the better the feed."""
    simulation = simulated(n_readers=15, presser=presser, n_liked=3)
    ours = Signalfeed("ours", PARAMS)
    titles = {event.id: event.title for event in simulation.log.events}
    report = compare("learning", [ours.name], outcomes(learning(simulation), [ours], (3,)), titles)
    curve = {n: one.value for n, one in report.rankers[0].curve.items() if one.value is not None}
    assert list(curve) == [0, 1, 2, 3, 5]
    assert curve[0] < 0.65
    assert curve[5] > curve[2] > curve[0]
