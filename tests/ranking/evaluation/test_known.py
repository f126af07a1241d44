"""Known: what rankers may know, worked by hand.

Events are published and readers press on and around NOW, which is noon, so an hour and ten minutes begin there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranking.corpus import Corpus
from ranking.crowd import NOBODY, Liking, fit_alike
from ranking.evaluation.known import Known
from ranking.evaluation.log import Feedback, Log, Opened
from ranking.evaluation.trials import Slice, Trial
from ranking.event import Event
from ranking.features import fit_statistics, strongest
from ranking.params import Params
from ranking.text import terms_of
from tests.build import NOW, PARAMS, an_event, likings, two_stories

EVENTS = two_stories()  # c1, c2, s1 and s2, a day before NOW
OPENS_TEACH = replace(PARAMS, learn_from_opens=True)
LATER = an_event("x", "Roses bloom early in the garden", published_at=NOW + timedelta(minutes=30))


def minute(number: float) -> datetime:
    """So many minutes after NOW."""
    return NOW + timedelta(minutes=number)


def said(user_id: str, event_id: str, number: float, level: int = 2) -> Feedback:
    """A press so many minutes after NOW."""
    return Feedback(user_id, event_id, level, minute(number))


def opened(user_id: str, event_id: str, number: float) -> Opened:
    """An open so many minutes after NOW."""
    return Opened(user_id, event_id, minute(number))


def known_of(
    feedback: Iterable[Feedback] = (),
    *,
    opens: Iterable[Opened] = (),
    events: Sequence[Event] = (*EVENTS, LATER),
    known_at: float = 0,
    live_until: float = 60,
) -> Known:
    """What is known in a slice from one minute to another."""
    return Known(Log.of(events, feedback, opened=opens), Slice(minute(known_at), minute(live_until), ()))


def asked(number: float, n_said: int = 0, user_id: str = "ann", among: tuple[str, ...] | None = None) -> Trial:
    """A trial so many minutes after NOW."""
    return Trial(user_id, minute(number), n_said, ("c1",), 2, among)


def names_of(corpus: Corpus, rows: Iterable[int]) -> list[str]:
    """The ids of the events of some rows."""
    return [corpus.events[row].id for row in rows]


def heat_of(corpus: Corpus) -> dict[str, float]:
    """What is popular, by event id."""
    found = zip(corpus.events, corpus.heat.tolist(), strict=True)
    return {event.id: heat for event, heat in found if heat}


@pytest.mark.parametrize(
    ("known_at", "n_events"), [(-24 * 60, 0), (-24 * 60 + 1, 4), (30, 4), (31, 5)], ids=["none", "four", "at", "after"]
)
def test_statistics_are_of_the_events_from_before_the_slice(known_at: float, n_events: int) -> None:
    """Strictly: what is published at its very beginning has none of its words known."""
    known = known_of(known_at=known_at)
    before = [terms_of(event) for event in (*EVENTS, LATER)[:n_events]]
    statistics = known.corpus(PARAMS).statistics
    assert statistics.n_events == n_events
    assert statistics.version == fit_statistics(before, PARAMS).version
    assert (statistics.index.get("word:garden") is not None) is (n_events == 5)


@pytest.mark.parametrize(("live_until", "is_there"), [(29, False), (30, True), (60, True)])
def test_events_are_those_published_by_the_end_of_the_slice(live_until: float, is_there: bool) -> None:
    """Newest first, whatever statistics know."""
    corpus = known_of(live_until=live_until).corpus(PARAMS)
    assert [event.id for event in corpus.events] == ["x"] * is_there + ["c1", "c2", "s1", "s2"]


def test_the_crowd_is_what_was_said_strictly_before_the_slice() -> None:
    """By all readers."""
    feedback = [said("ann", "c1", -2), said("bob", "c2", -1, -1), said("ann", "s1", 0), said("bob", "s2", 1)]
    known = known_of(feedback)
    assert known.crowd == tuple(feedback[:2])
    assert known.known_at == NOW


def test_a_corpus_is_built_once_for_its_params() -> None:
    """Others have other features, of the same rows."""
    known, other = known_of(), replace(PARAMS, source_weight=0.7)
    assert known.corpus(PARAMS) is known.corpus(replace(PARAMS))
    assert known.corpus(other) is not known.corpus(PARAMS)
    assert known.corpus(other).rows == known.corpus(PARAMS).rows
    assert known.corpus(other).statistics.params_version == other.version


@pytest.mark.parametrize("n_said", [0, 1, 3])
def test_a_reader_has_said_what_the_trial_counts(n_said: int) -> None:
    """The oldest first, and nothing of others."""
    feedback = [said("ann", "c1", -3), said("bob", "c2", -2), said("ann", "s1", -1), said("ann", "c2", 1)]
    mine = [one for one in feedback if one.user_id == "ann"]
    assert list(known_of(feedback).said(asked(1, n_said))) == mine[:n_said]
    assert list(known_of(feedback).said(asked(1, 0, "nobody"))) == []


def test_the_ledger_of_a_reader_is_that_of_service() -> None:
    """Ann turns c1 up, s1 down and then c1 down, too: her last word counts, from when it was said. Each press keeps the
    strongest terms of its event, as the statistics of the slice see them."""
    feedback = [said("ann", "c1", -3, 2), said("ann", "s1", -2, -1), said("ann", "c1", 5, -2), said("ann", "c2", 6)]
    params = replace(PARAMS, terms_per_press=3)
    known = known_of(feedback)
    ledger = known.reader(asked(6, n_said=3), params).ledger
    assert [(one.event_id, one.level, one.at) for one in ledger.adjustments] == [
        ("s1", -1, minute(-2)),
        ("c1", -2, minute(5)),
    ]
    kept = [strongest(terms_of(EVENTS[place]), known.corpus(params).statistics, 3) for place in (2, 0)]
    assert [one.terms for one in ledger.adjustments] == kept
    assert known.reader(asked(6), params).ledger.adjustments == ()


def test_to_say_the_same_again_changes_no_ledger() -> None:
    """The press is as old as when it was first said, and stands where it stood; to say another thing between makes it
    new, and so does what follows."""
    feedback = [said("ann", "c1", 1), said("ann", "s1", 2), said("ann", "c1", 3)]
    more = [*feedback, said("ann", "s1", 4, -1), said("ann", "s1", 5)]
    found = [
        [(one.event_id, one.at) for one in known_of(ones).reader(asked(9, len(ones)), PARAMS).ledger.adjustments]
        for ones in (feedback, more)
    ]
    assert found == [[("c1", minute(1)), ("s1", minute(2))], [("c1", minute(1)), ("s1", minute(5))]]


def test_a_reader_has_opened_what_came_strictly_before_the_trial() -> None:
    """Each event once, as of the last time, oldest first and of one moment by their ids; with the strongest terms of
    each, as with a press. What Bob opened, and what Ann opens at the moment itself, is not there."""
    opens = [
        opened("ann", "c1", -9),
        opened("ann", "s2", -2),
        opened("ann", "s1", -2),
        opened("bob", "c2", -2),
        opened("ann", "c1", 3),
        opened("ann", "c2", 5),
    ]
    params = replace(OPENS_TEACH, terms_per_press=3)
    known = known_of([said("ann", "c2", 1)], opens=opens)
    reader = known.reader(asked(5, 1), params)
    assert [(one.event_id, one.at) for one in reader.opens] == [
        ("s1", minute(-2)),
        ("s2", minute(-2)),
        ("c1", minute(3)),
    ]
    statistics = known.corpus(params).statistics
    assert [one.terms for one in reader.opens] == [
        strongest(terms_of(EVENTS[place]), statistics, 3) for place in (2, 3, 0)
    ]
    assert [one.event_id for one in reader.ledger.adjustments] == ["c2"]
    assert known.reader(asked(5, user_id="nobody"), params).opens == ()


def test_opens_are_forgotten_beyond_their_cap_and_where_they_do_not_teach() -> None:
    """The oldest first, as in service."""
    known = known_of(opens=[opened("ann", event_id, number) for number, event_id in enumerate(["c1", "s1", "c2"])])
    readers = (known.reader(asked(9), params) for params in (replace(OPENS_TEACH, opens_cap=2), PARAMS))
    assert [[one.event_id for one in reader.opens] for reader in readers] == [["s1", "c2"], []]


def test_terms_are_kept_apart_for_other_params() -> None:
    """With one word for each press, or with all."""
    known = known_of([said("ann", "c1", -3)])
    readers = [known.reader(asked(1, 1), replace(PARAMS, terms_per_press=n)) for n in (1, 96, 1)]
    n_terms = [len(reader.ledger.adjustments[0].terms.counts) for reader in readers]
    assert n_terms[0] == n_terms[2] < n_terms[1]


def test_a_ledger_forgets_the_oldest() -> None:
    """Beyond its cap, as in service."""
    known = known_of([said("ann", event_id, number) for number, event_id in enumerate(["c1", "s1", "c2"])])
    ledger = known.reader(asked(9, 3), replace(PARAMS, ledger_cap=2)).ledger
    assert [one.event_id for one in ledger.adjustments] == ["s1", "c2"]


@pytest.mark.parametrize(
    ("trial", "candidates"),
    [
        (asked(10), ["c1", "c2", "s1", "s2"]),
        (asked(29.9), ["c1", "c2", "s1", "s2"]),
        (asked(30), ["x", "c1", "c2", "s1", "s2"]),
        (asked(30, n_said=2), ["x", "c2", "s2"]),
        (asked(30, n_said=9), ["x", "s2"]),
        (asked(30, n_said=9, user_id="bob"), ["x", "c1", "c2", "s1"]),
    ],
    ids=["before", "just before", "published", "two adjusted", "all adjusted", "another reader"],
)
def test_candidates_are_what_is_published_and_not_adjusted(trial: Trial, candidates: list[str]) -> None:
    """Ann adjusts c1, s1 and c2, whatever the level; Bob's press takes nothing away from her."""
    feedback = [said("ann", "c1", -3), said("ann", "s1", -2, 0), said("ann", "c2", -1, -2), said("bob", "s2", -1)]
    known = known_of(feedback)
    corpus = known.corpus(PARAMS)
    assert names_of(corpus, known.candidates(corpus, trial)) == candidates


def test_candidates_among_some_are_all_of_these_that_there_are() -> None:
    """Newest first and each once, adjusted or not; the event of half past is a candidate from then on, though the slice
    knows it before, and an event that nobody knows is none."""
    known = known_of([said("ann", "c1", -3)])
    corpus = known.corpus(PARAMS)
    among = ("s2", "x", "c1", "s2", "unheard")
    assert names_of(corpus, known.candidates(corpus, asked(29, 1, among=among))) == ["c1", "s2"]
    assert names_of(corpus, known.candidates(corpus, asked(30, 1, among=among))) == ["x", "c1", "s2"]
    nothing = known.candidates(corpus, asked(30, among=()))
    assert (nothing.tolist(), nothing.dtype) == ([], np.dtype(np.int64))


def test_what_was_adjusted_may_not_be_live_any_more() -> None:
    """A press on an event from after the slice's end, by a clock that went wrong, takes no candidate away."""
    known = known_of([said("ann", "x", -1)], live_until=10)
    corpus = known.corpus(PARAMS)
    assert names_of(corpus, known.candidates(corpus, asked(5, 1))) == ["c1", "c2", "s1", "s2"]


def test_popularity_is_that_of_the_beginning_of_the_step() -> None:
    """Asked at 12:15, the step began at 12:10. Bob turned c1 up an hour before it, which counts 1/2, and Carl ten
    minutes before, 2^(-1/6); s1 was turned up at 12:10 and 12:11, which is later; c2 was turned down."""
    feedback = [
        said("bob", "c1", -50),
        said("carl", "c1", 0, 1),
        said("bob", "c2", 5, -2),
        said("carl", "c2", 6, 0),
        said("bob", "s1", 10),
        said("carl", "s1", 11),
    ]
    corpus = known_of(feedback).corpus_at(minute(15), PARAMS)
    assert heat_of(corpus) == pytest.approx({"c1": 0.5 + 2 ** (-1 / 6)})
    assert corpus.heat_at == minute(10).timestamp()


def test_popularity_goes_on_within_a_slice() -> None:
    """Though statistics stay: at 12:25 the two of s1 count, from twenty minutes before 12:20 and nine."""
    feedback = [said("bob", "s1", 0), said("carl", "s1", 11)]
    corpus = known_of(feedback).corpus_at(minute(25), PARAMS)
    assert heat_of(corpus) == pytest.approx({"s1": 2 ** (-20 / 60) + 2 ** (-9 / 60)})


def test_after_twenty_half_lives_nobody_counts() -> None:
    """Of two presses the one of just then is the oldest that does."""
    feedback = [said("bob", "c1", -20 * 60), said("bob", "c2", -20 * 60 - 1)]
    assert heat_of(known_of(feedback).corpus_at(NOW, PARAMS)) == {"c1": 2.0**-20}


def test_what_is_popular_is_so_just_before_a_moment() -> None:
    """Whichever moment that is: half of a reader an hour after, and none at the moment itself."""
    known = known_of([said("bob", "c1", 0), said("carl", "c1", 60, 1), said("carl", "s1", 61)])
    assert known.popular_at(minute(0), PARAMS) == {}
    assert known.popular_at(minute(60), PARAMS) == {"c1": 0.5}
    assert known.popular_at(minute(60.5), PARAMS) == pytest.approx({"c1": 2 ** (-60.5 / 60) + 2 ** (-0.5 / 60)})
    slower = replace(PARAMS, popularity_half_life_hours=0.5)
    assert known.popular_at(minute(60), slower) == {"c1": 0.25}


@pytest.mark.parametrize("hours", [0.01, 100_000])
def test_the_shortest_half_life_and_the_longest_can_be_reckoned_with(hours: float) -> None:
    """A half-life after it was turned up, what one reader likes counts a half."""
    params = replace(PARAMS, popularity_half_life_hours=hours, alike_refresh_hours=hours)
    known = known_of([said("bob", "c1", -60 * hours)])
    assert known.popular_at(NOW, params) == {"c1": 0.5}
    assert known.corpus_at(NOW, params).heat_at == NOW.timestamp()


def test_to_say_the_same_again_does_not_move_a_liking() -> None:
    """Bob turns c1 up an hour before and again just before: it counts as of the first time. Carl turned it down
    between, so that his counts as of the second; another level is another thing to say."""
    feedback = [said("bob", "c1", -60), said("bob", "c1", -1)]
    assert known_of(feedback).popular_at(NOW, PARAMS) == {"c1": 0.5}
    feedback = [said("carl", "s1", -90), said("carl", "s1", -75, -2), said("carl", "s1", -60)]
    assert known_of(feedback).popular_at(NOW, PARAMS) == {"s1": 0.5}
    assert known_of([said("bob", "c1", -90, 1), said("bob", "c1", -60)]).popular_at(NOW, PARAMS) == {"c1": 0.5}


def test_what_was_said_long_ago_is_not_forgotten() -> None:
    """Said again after more half-lives than are looked at, it is as old as it was; and an open does not take back a
    press down."""
    feedback = [said("bob", "c1", -1400), said("bob", "c1", -1), said("bob", "s1", -1400, -1)]
    assert known_of(feedback, opens=[opened("bob", "s1", -1)]).popular_at(NOW, OPENS_TEACH) == {}


def test_an_open_is_a_liking_where_opens_teach() -> None:
    """As of the last time, unless its reader said anything of the event: c1 is turned down, c2 left as it is, s1 turned
    up two hours before; only s2 was opened alone, an hour before. What is opened at the moment itself is not known."""
    feedback = [said("bob", "c1", -50, -2), said("bob", "c2", -50, 0), said("bob", "s1", -120)]
    opens = [opened("bob", event_id, number) for event_id in ("c1", "c2", "s1", "s2") for number in (-90, -60)]
    known = known_of(feedback, opens=[*opens, opened("eve", "s2", 0)])
    assert known.popular_at(NOW, PARAMS) == {"s1": 0.25}
    assert known.popular_at(NOW, OPENS_TEACH) == {"s1": 0.25, "s2": 0.5}


def test_rows_of_alike_readers_follow_from_opens_where_they_teach() -> None:
    """Bob and Carl open both of a story, and have pressed on nothing; the two kinds of parameters are kept apart."""
    pairs = {"bob": ["c1", "c2"], "carl": ["c1", "c2"]}
    known = known_of(opens=[opened(user, event_id, -1) for user, ones in pairs.items() for event_id in ones])
    alike = fit_alike(likings(pairs), ["c1", "c2", "s1", "s2"], PARAMS)
    for _ in range(2):
        assert known.corpus_at(NOW, PARAMS).statistics.alike is NOBODY
        assert known.corpus_at(NOW, OPENS_TEACH).statistics.alike.version == alike.version != ""


def test_rows_of_alike_readers_are_those_of_the_beginning_of_the_hour() -> None:
    """Asked at 13:05, with an hour's refresh: what was turned up by 13:00 and no later, and the mean of what was
    published by then."""
    before = [said("bob", "c1", 1), said("bob", "c2", 2), said("carl", "c1", 3), said("carl", "s1", 4, 1)]
    feedback = [*before, said("carl", "c2", 5, -1), said("eve", "s1", 60), said("eve", "s2", 62)]
    new = an_event("y", "Museum buys painting", published_at=minute(60))
    corpus = known_of(feedback, events=(*EVENTS, LATER, new), live_until=90).corpus_at(minute(65), PARAMS)
    likings = [Liking(one.user_id, one.event_id, one.at) for one in before]
    alike = fit_alike(likings, ["c1", "c2", "s1", "s2", "x"], PARAMS)
    assert alike.event_ids == ("c1", "c2", "s1")
    assert corpus.statistics.alike.version == alike.version
    np.testing.assert_array_equal(corpus.alike, alike.of(["y", "x", "c1", "c2", "s1", "s2"]))


def test_rows_of_alike_readers_and_popularity_have_steps_of_their_own() -> None:
    """From 12:05 to 12:15 only popularity is another, from 12:55 to 13:05 both; within a step it is the same corpus,
    and going back gives what was there before."""
    feedback = [said("bob", "c1", 0), said("bob", "c2", 1), said("carl", "c1", 2), said("carl", "s1", 3)]
    known = known_of(feedback)
    at = {number: known.corpus_at(minute(number), PARAMS) for number in (5, 6, 15, 55, 65)}
    assert at[5] is at[6]
    assert at[5].statistics is at[15].statistics
    assert (at[5].heat != at[15].heat).any()
    assert at[55].statistics.version != at[65].statistics.version
    assert (at[55].heat != at[65].heat).any()
    assert known.corpus_at(minute(5), PARAMS).version == at[5].version


def test_what_is_switched_off_is_not_there() -> None:
    """No rows of alike readers without their weight, nothing popular without its points: then it is the corpus."""
    feedback = [said("bob", "c1", -90), said("bob", "c2", -90), said("carl", "c1", -90), said("carl", "s1", -90)]
    known = known_of(feedback)
    both, no_alike, no_heat, neither = (
        (known.corpus_at(NOW, params), known.corpus(params))
        for params in (
            PARAMS,
            replace(PARAMS, alike_weight=0.0),
            replace(PARAMS, popularity_points=0.0),
            replace(PARAMS, alike_weight=0.0, popularity_points=0.0),
        )
    )
    assert both[0].statistics.alike.event_ids == ("c1", "c2", "s1")
    assert set(heat_of(both[0])) == {"c1", "c2", "s1"}
    assert no_alike[0].statistics.alike is NOBODY
    assert set(heat_of(no_alike[0])) == {"c1", "c2", "s1"}
    assert no_heat[0].statistics.alike.event_ids == ("c1", "c2", "s1")
    assert heat_of(no_heat[0]) == {}
    assert neither[0] is neither[1]


_USERS, _EVENT_IDS = ("ann", "bob", "carl"), ("c1", "c2", "s1", "s2")


@settings(max_examples=30)
@given(
    presses=st.lists(
        st.tuples(st.sampled_from(_USERS), st.sampled_from(_EVENT_IDS), st.integers(-200, 200), st.integers(-2, 2)),
        max_size=25,
    ),
    opens=st.lists(
        st.tuples(st.sampled_from(_USERS), st.sampled_from(_EVENT_IDS), st.integers(-200, 200)), max_size=10
    ),
    moments=st.lists(st.integers(0, 200), min_size=1, max_size=4),
    refresh_hours=st.sampled_from([0.25, 1.0, 3.0]),
    opens_teach=st.booleans(),
)
def test_nothing_that_comes_later_changes_what_is_known_at_a_moment(
    presses: list[tuple[str, str, int, int]],
    opens: list[tuple[str, str, int]],
    moments: list[int],
    refresh_hours: float,
    opens_teach: bool,
) -> None:
    """Nor does it matter at which moments it was asked before."""
    params = replace(PARAMS, alike_refresh_hours=refresh_hours, learn_from_opens=opens_teach)
    log = Log.of(
        (*EVENTS, LATER),
        [said(user, event, at, level) for user, event, at, level in presses],
        opened=[opened(user, event, at) for user, event, at in opens],
    )
    whole = Known(log, Slice(NOW, minute(200), ()))
    for moment in map(minute, moments):
        cut = Known(log.until(moment), Slice(NOW, moment, ()))
        _same(whole, cut, moment, params)


def _same(whole: Known, cut: Known, moment: datetime, params: Params) -> None:
    """The crowd and its rows are the same, and so is what is popular."""
    one, other = whole.corpus_at(moment, params), cut.corpus_at(moment, params)
    assert whole.crowd == cut.crowd
    assert one.statistics.version == other.statistics.version
    asked_then = Trial("ann", moment, 0, ("c1",))
    assert whole.reader(asked_then, params).opens == cut.reader(asked_then, params).opens
    assert heat_of(one) == heat_of(other)
    shared = [one.rows[event.id] for event in other.events]
    np.testing.assert_array_equal(one.alike[shared], other.alike)


def test_rows_of_alike_readers_are_the_same_when_they_were_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for those of two hours, a third lets them go; the first come back as they were, fitted anew."""
    monkeypatch.setattr("ranking.evaluation.known._MAX_REMEMBERED", 2)
    feedback = [said(user_id, event_id, -1) for user_id in ("ann", "bob") for event_id in ("c1", "s1")]
    known = known_of([*feedback, said("eve", "c2", 30), said("eve", "s2", 90)], live_until=180)
    first, *others = (known.corpus_at(minute(60 * hour), PARAMS).statistics.alike for hour in range(3))
    assert len({one.version for one in (first, *others)}) == 3
    again = known.corpus_at(minute(0), PARAMS).statistics.alike
    assert again is not first
    assert again.version == first.version


def test_what_was_popular_is_remembered_and_the_same_when_it_was_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for two moments, a third lets them go."""
    monkeypatch.setattr("ranking.evaluation.known._MAX_REMEMBERED", 2)
    known = known_of([said("ann", "c1", -1), said("eve", "c2", 30), said("eve", "s2", 90)], live_until=180)
    first, second = (known.popular_at(minute(60 * hour), PARAMS) for hour in range(2))
    assert known.popular_at(minute(0), PARAMS) is first
    assert known.popular_at(minute(60), PARAMS) is second
    assert set(known.popular_at(minute(120), PARAMS)) == {"c1", "c2", "s2"}
    again = known.popular_at(minute(0), PARAMS)
    assert again is not first
    assert again == first
