"""Baselines: worked by hand. What is known is as of NOW; scores are told by event id."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from math import log, sqrt

import numpy as np
import pytest

from ranking.evaluation import baselines
from ranking.evaluation.baselines import (
    BASELINES,
    COLLABORATIVE,
    Baseline,
    Scorer,
    at_random,
    ease,
    global_signal,
    item_knn,
    newest_first,
    popularity,
    rocchio,
    trending,
)
from ranking.evaluation.known import Known
from ranking.evaluation.log import Feedback, Log
from ranking.evaluation.trials import Slice, Trial
from ranking.event import Event
from tests.build import NOW, an_event

A, B, C = (an_event(event_id) for event_id in "abc")
# Three readers and three events in a checkerboard: each event was turned up by two, each pair of them by one.
CHECKERBOARD = (("bob", "a"), ("bob", "b"), ("carl", "a"), ("carl", "c"), ("dan", "b"), ("dan", "c"))


def said(user_id: str, event_id: str, level: int = 2, hours_ago: float = 1) -> Feedback:
    """A press before NOW."""
    return Feedback(user_id, event_id, level, NOW - timedelta(hours=hours_ago))


def liked(*pairs: tuple[str, str]) -> list[Feedback]:
    """Who turned up what an hour before NOW."""
    return [said(user_id, event_id) for user_id, event_id in pairs]


def known_of(feedback: Iterable[Feedback] = (), events: Sequence[Event] = (A, B, C)) -> Known:
    """What is known at NOW, of these."""
    return Known(Log.of(events, feedback), Slice(NOW, NOW, ()))


def scores(scorer: Callable[[Known], Scorer], known: Known, n_said: int = 0, user_id: str = "ann") -> dict[str, float]:
    """The score of each event for a reader of whom so much is known, at NOW."""
    found = scorer(known)(Trial(user_id, NOW, n_said, ("a",)))
    return dict(zip((event.id for event in known.corpus(baselines._PARAMS).events), found.tolist(), strict=True))


def near(values: Mapping[str, float]) -> object:
    """These values, to the last digits."""
    return pytest.approx(values, abs=1e-12)


def test_reports_have_the_baselines_by_name() -> None:
    """Those of one reader, and those of many."""
    assert [one.name for one in BASELINES] == [
        "newest first",
        "global signal",
        "popularity",
        "trending",
        "random",
        "Rocchio",
    ]
    assert [one.name for one in COLLABORATIVE] == ["item-kNN", "EASE"]


@pytest.mark.parametrize(("among", "order"), [(None, "ecabd"), (("a", "d", "e"), "ead")])
def test_a_baseline_orders_by_score_and_then_by_date(among: tuple[str, ...] | None, order: str) -> None:
    """From a, the newest, to e; of equal scores the newer is first, and only candidates are put in order."""
    events = [an_event(event_id, published_at=NOW - timedelta(hours=n)) for n, event_id in enumerate("abcde")]
    known = known_of(events=events)
    corpus = known.corpus(baselines._PARAMS)
    ranker = Baseline("it", lambda _: lambda _: np.array([1.0, 1.0, 2.0, 0.0, 3.0]))
    trial = Trial("ann", NOW, 0, ("a",), among=among)
    rows = ranker.order(known, 1)(trial, known.candidates(corpus, trial))
    assert "".join(corpus.events[row].id for row in rows) == order


def test_newest_first_is_by_date() -> None:
    """And knows nothing else."""
    events = [replace(A, published_at=NOW - timedelta(hours=2), signal=9.0), replace(B, published_at=NOW)]
    assert scores(newest_first, known_of([said("bob", "a")], events)) == {
        "a": (NOW - timedelta(hours=2)).timestamp(),
        "b": NOW.timestamp(),
    }


def test_global_signal_is_the_same_for_all() -> None:
    """It is that of the event."""
    assert scores(global_signal, known_of([said("ann", "a")], [replace(A, signal=7.5), B])) == {"a": 7.5, "b": 5.0}


def test_popularity_halves_with_every_week() -> None:
    """a was turned up a week ago (1/2) and two weeks ago (1/4), b half a week ago (1/sqrt 2); to turn down, or to leave
    it as it is, counts nothing, nor does what is said at NOW or of an event that is not there."""
    feedback = [
        said("bob", "a", 2, 24 * 7),
        said("carl", "a", 1, 24 * 14),
        said("dan", "b", 1, 24 * 3.5),
        said("bob", "b", -2),
        said("bob", "c", 0),
        said("dan", "c", 2, 0),
        said("dan", "x", 2),
    ]
    later = an_event("x", published_at=NOW + timedelta(hours=1))
    assert scores(popularity, known_of(feedback, [A, B, C, later])) == near({"a": 0.75, "b": 1 / sqrt(2), "c": 0.0})


def test_what_is_trending_halves_with_every_hour() -> None:
    """a was turned up an hour ago (1/2) and two hours ago (1/4), b half an hour ago (1/sqrt 2), c a day ago, which is
    more than twenty half-lives."""
    feedback = [said("bob", "a", 2, 1), said("carl", "a", 1, 2), said("dan", "b", 1, 0.5), said("eve", "c", 2, 24)]
    assert scores(trending, known_of(feedback)) == near({"a": 0.75, "b": 1 / sqrt(2), "c": 0.0})
    assert scores(popularity, known_of(feedback))["c"] == pytest.approx(2 ** (-1 / 7))


@pytest.mark.parametrize(("scorer", "half_life_hours"), [(popularity, 7 * 24), (trending, 1)])
@pytest.mark.parametrize(("minutes", "as_of"), [(5, None), (9.9, None), (10, 10), (19.9, 10), (20, 20)])
def test_what_is_popular_is_so_as_of_the_clocks_step(
    scorer: Callable[[Known], Scorer], half_life_hours: float, minutes: float, as_of: float | None
) -> None:
    """a is turned up four minutes after NOW, within a slice that knows its crowd as of NOW: from ten minutes after NOW
    it counts, and grows old step by step."""
    log = Log.of([A, B, C], [said("bob", "a", hours_ago=-4 / 60)])
    score = scorer(Known(log, Slice(NOW, NOW + timedelta(hours=1), ())))
    found = score(Trial("ann", NOW + timedelta(minutes=minutes), 0, ("a",)))
    counts = 0.0 if as_of is None else 2 ** (-(as_of - 4) / 60 / half_life_hours)
    assert sorted(found.tolist()) == pytest.approx([0.0, 0.0, counts])


def test_a_draw_follows_from_the_reader_and_the_moment() -> None:
    """It is the same for both, and another for another of either; no event is likelier than another."""
    draws = [
        at_random(known_of(feedback))(Trial(user_id, NOW + timedelta(minutes=minute), 0, ("a",))).tolist()
        for feedback, user_id, minute in (
            ([], "ann", 0),
            ([said("bob", "a")], "ann", 0),
            ([], "bob", 0),
            ([], "ann", 1),
        )
    ]
    assert draws[0] == draws[1]
    assert len({tuple(draw) for draw in draws}) == 3
    first = [np.argmax(at_random(known_of())(Trial(f"reader-{n}", NOW, 0, ("a",)))) for n in range(600)]
    assert np.bincount(first) == pytest.approx(200, abs=40)  # more than three standard deviations of 11.5


def test_events_that_come_later_do_not_change_a_draw() -> None:
    """The earlier keep theirs, so that a longer log has the same orders before."""
    later = [an_event(f"later{n}", published_at=NOW - timedelta(minutes=n)) for n in range(3)]
    before, after = scores(at_random, known_of()), scores(at_random, known_of(events=[A, B, C, *later]))
    assert {event_id: after[event_id] for event_id in "abc"} == before
    assert len(set(after.values())) == 6


TEXTS = {"a": "comet", "b": "comet orbit", "c": "roses"}


def test_rocchio_is_worked_out_by_hand() -> None:
    """Words in 2, 1 and 1 of three events, smoothed: comet weighs 1 + ln(4/3), orbit and roses 1 + ln 2. b is as near
    to a as its share of the comet. Ann turned a up to the end (wish 1) and c halfway down (-1/2)."""
    events = [an_event(event_id, text) for event_id, text in TEXTS.items()]
    comet, orbit = 1 + log(4 / 3), 1 + log(2)
    cosine = comet / sqrt(comet**2 + orbit**2)
    known = known_of([said("ann", "a", 2, 3), said("ann", "c", -1, 2), said("bob", "b", -2)], events)
    assert scores(rocchio, known, 0) == {"a": 0.0, "b": 0.0, "c": 0.0}
    assert scores(rocchio, known, 1) == near({"a": 1.0, "b": cosine, "c": 0.0})
    assert scores(rocchio, known, 2) == near({"a": 1.0, "b": cosine, "c": -0.5})


def test_rocchio_takes_the_last_word() -> None:
    """And passes over what is not there."""
    events = [an_event(event_id, text) for event_id, text in TEXTS.items()]
    later = an_event("x", "comet", published_at=NOW + timedelta(hours=1))
    presses = [said("ann", "c", 2, 4), said("ann", "x", 2, 3), said("ann", "c", -2, 2)]
    assert scores(rocchio, known_of(presses, [*events, later]), 3) == near({"a": 0.0, "b": 0.0, "c": -1.0})


def test_item_knn_is_worked_out_on_a_checkerboard() -> None:
    """Each two events share one reader of their two: their cosine is 1/2. Ann turns a up, and then b down."""
    crowd = liked(*CHECKERBOARD)
    ann = [said("ann", "a", 1, 0), said("ann", "b", -2, 0)]  # at NOW: no part of the crowd
    known = known_of([*crowd, *ann])
    assert scores(item_knn, known, 0) == {"a": 0.0, "b": 0.0, "c": 0.0}
    assert scores(item_knn, known, 1) == near({"a": 1.0, "b": 0.5, "c": 0.5})
    assert scores(item_knn, known, 2) == near({"a": 0.5, "b": -0.5, "c": 0.0})


def test_item_knn_divides_by_both_lengths() -> None:
    """a was turned up by four readers, b by one of them: the cosine is 1 / (2·1)."""
    known = known_of([*liked(*((user, "a") for user in "wxyz"), ("w", "b")), said("ann", "b", 2, 0)])
    assert scores(item_knn, known, 1) == near({"a": 0.5, "b": 1.0, "c": 0.0})


def test_what_is_said_twice_counts_once() -> None:
    """By either of the collaborative baselines; to turn down counts nothing there."""
    plain = [*liked(*CHECKERBOARD), said("ann", "a", 2, 0)]
    more = [*plain, said("bob", "a", 1, 5), said("eve", "a", -2), said("eve", "b", 0)]
    for scorer in (item_knn, ease):
        assert scores(scorer, known_of(more), 1) == scores(scorer, known_of(plain), 1)


def test_ease_is_its_closed_form() -> None:
    """On the checkerboard X'X has 2 on its diagonal and 1 beside it, and the ridge adds 200: (201 I + J)^-1 with J
    all 1 is (I - J / 204) / 201, so that P_ij / P_jj = -1 / 203, and each event says 1/203 of each other."""
    known = known_of([*liked(*CHECKERBOARD), said("ann", "a", 1, 0), said("ann", "b", -1, 0)])
    assert scores(ease, known, 0) == near({"a": 0.0, "b": 0.0, "c": 0.0})
    assert scores(ease, known, 1) == near({"a": 0.0, "b": 1 / 203, "c": 1 / 203})
    assert scores(ease, known, 2) == near({"a": -1 / 203, "b": 1 / 203, "c": 0.0})


def test_ease_regresses_each_event_on_the_others() -> None:
    """A column of B without its own row is the ridge regression of that event on the others: its normal equations,
    solved for c = 1 of three unlike events."""
    crowd = liked(("u", "a"), ("u", "b"), ("u", "c"), ("v", "a"), ("v", "c"), ("w", "a"), ("w", "b"), ("x", "c"))
    x = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 0], [0, 0, 1]], dtype=np.float64)
    weights = np.linalg.solve(x[:, :2].T @ x[:, :2] + 200 * np.eye(2), x[:, :2].T @ x[:, 2])
    for place, event_id in enumerate("ab"):
        known = known_of([*crowd, said("ann", event_id, 2, 0)])
        assert scores(ease, known, 1)["c"] == pytest.approx(weights[place])


def test_ease_knows_the_most_popular_events(monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for two, those are b of three readers and, of a and c of two, a by its id."""
    monkeypatch.setattr(baselines, "_MAX_EASE_EVENTS", 2)
    crowd = liked(*CHECKERBOARD, ("eve", "b"))
    ann = said("ann", "b", 2, 0)
    found = scores(ease, known_of([*crowd, ann]), 1)
    assert found["a"] > 0
    assert found["c"] == 0
    assert scores(ease, known_of([*crowd, replace(ann, event_id="c")]), 1) == {"a": 0.0, "b": 0.0, "c": 0.0}


@pytest.mark.parametrize("scorer", [item_knn, ease])
@pytest.mark.parametrize("feedback", [[], [said("ann", "a", -2)]], ids=["nothing", "turned down"])
def test_without_a_crowd_nothing_is_told_apart(scorer: Callable[[Known], Scorer], feedback: list[Feedback]) -> None:
    """Nor where nobody has turned anything up."""
    assert scores(scorer, known_of(feedback), 1) == {"a": 0.0, "b": 0.0, "c": 0.0}


@pytest.mark.parametrize("scorer", [item_knn, ease])
def test_an_event_that_is_not_there_has_no_score(scorer: Callable[[Known], Scorer]) -> None:
    """But what readers said of it counts, as of any other."""
    later = an_event("x", published_at=NOW + timedelta(hours=1))
    known = known_of([*liked(("bob", "a"), ("bob", "x")), said("ann", "x", 2, 0)], [A, B, later])
    found = scores(scorer, known, 1)
    assert set(found) == {"a", "b"}
    assert found["a"] > 0 == found["b"]
