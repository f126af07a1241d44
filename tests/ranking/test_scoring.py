"""The parts of a score: the prior, freshness, what a profile adds to every event, and what a history takes."""

from datetime import UTC, datetime, timedelta, timezone
from math import log2
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.corpus import Corpus, build_corpus
from ranking.crowd import fit_alike
from ranking.features import fit_statistics
from ranking.interactions import Encounter, History
from ranking.ledger import Open
from ranking.params import Params
from ranking.profile import Profile, fit
from ranking.reader import Reader
from ranking.scoring import freshness, on_step, own_part, popularity, score, step_of
from ranking.text import terms_of
from ranking.wishes import Wishes
from tests.build import NOW, PARAMS, a_corpus, a_reader, an_event, any_reader, kept_terms, likings, two_stories


def fresh(age: timedelta, now: datetime = NOW, params: Params = PARAMS) -> float:
    """The freshness of one event of this age before NOW."""
    return float(freshness(np.array([(NOW - age).timestamp()]), now, params)[0])


def with_a_newcomer() -> Corpus:
    """Two stories, and an event whose words and source the statistics do not know yet."""
    known = two_stories()
    newcomer = an_event("n1", "Volcano interrupts dockworkers", category="Earth", published_at=NOW)
    terms = {event.id: terms_of(event) for event in (*known, newcomer)}
    statistics = fit_statistics([terms[event.id] for event in known], PARAMS)
    return build_corpus((*known, newcomer), terms, statistics, PARAMS, "1")


def profile_of(corpus: Corpus, *said: tuple[str, int]) -> Profile:
    """The profile of a reader who gave these levels to events of the corpus."""
    return fit(a_reader(corpus, *said), corpus.statistics, PARAMS)


@pytest.mark.parametrize(
    ("age_hours", "points"),
    # -log2(1 + age/24 h): log2(2) = 1, log2(4) = 2, log2(1.5) = 0.585, log2(1024) = 10
    [(0, 0), (24, -1), (72, -2), (12, -0.5849625007211562), (24 * 1023, -10)],
)
def test_freshness_falls_by_a_point_with_each_doubling(age_hours: int, points: float) -> None:
    """A day costs one point, three days two, nearly three years ten."""
    assert fresh(timedelta(hours=age_hours)) == pytest.approx(points, abs=1e-12)


def test_half_life_and_points_of_freshness_can_be_set() -> None:
    """Six hours at a half-life of two cost log2(1 + 3) doublings of half a point."""
    params = Params(freshness_half_life_hours=2.0, freshness_points=0.5)
    assert fresh(timedelta(hours=6), params=params) == pytest.approx(-1)


def test_an_event_from_the_future_is_as_fresh_as_a_new_one() -> None:
    """A publisher's fast clock gains nothing."""
    assert fresh(timedelta(hours=-5)) == fresh(timedelta(0)) == 0


def test_what_a_new_event_loses_is_a_plain_zero() -> None:
    """No minus sign is shown before a zero."""
    assert str(fresh(timedelta(0))) == "0.0"


def test_time_moves_in_steps() -> None:
    """Within ten minutes the answer stays the same to the last bit, and then it moves."""
    age = timedelta(hours=7)
    assert fresh(age, NOW + timedelta(minutes=9, seconds=59)) == fresh(age, NOW)
    assert fresh(age, NOW + timedelta(minutes=10)) < fresh(age, NOW)


def test_an_event_of_the_running_step_has_no_age_yet() -> None:
    """The clock stands at the beginning of the step, and so before the event."""
    assert fresh(timedelta(minutes=-3), NOW + timedelta(minutes=9)) == 0


def test_the_zone_of_the_clock_plays_no_part() -> None:
    """The same moment has the same freshness, wherever it was read."""
    now = datetime(2026, 4, 3, 17, 34, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert fresh(timedelta(days=1), now) == fresh(timedelta(days=1), now.astimezone(UTC))


NEWCOMERS = with_a_newcomer()
COLUMNS = NEWCOMERS.columns.items()
# The same events, with what three others turned up, and two of these lately.
CROWD = likings({"u": ("c1", "s2"), "v": ("c1", "s2", "n1"), "w": ("n1",)})
CROWDED = NEWCOMERS.with_alike(fit_alike(CROWD, ["c1", "c2", "s1", "s2", "n1"], PARAMS)).with_heat(
    {"s2": 3.0, "n1": 1.0}, NOW
)


def with_wishes(*said: tuple[str, int], pins: dict[str, float] | None = None, cleared: tuple[str, ...] = ()) -> Profile:
    """The profile of a reader who gave these levels, and then pinned and cleared these terms."""
    wishes = Wishes.of([], pins or {}, dict.fromkeys(cleared, NOW))
    return fit(Reader(a_reader(NEWCOMERS, *said).ledger, wishes), NEWCOMERS.statistics, PARAMS)


@pytest.mark.parametrize("corpus", [NEWCOMERS, CROWDED], ids=["words alone", "alike readers"])
@given(reader=any_reader(NEWCOMERS), opens_teach=st.booleans())
def test_the_learned_part_is_the_dense_formula(corpus: Corpus, reader: Reader, opens_teach: bool) -> None:
    """For every event w·x, taste·a and the constant, with w written out for every term there is: -lean·mu where the
    profile has none."""
    params = Params(learn_from_opens=opens_teach)
    profile = fit(reader, corpus.statistics, params)
    known = dict(zip(profile.terms, profile.weight.tolist(), strict=True))
    weights = np.array([known.get(name, -profile.lean * corpus.mean[column]) for name, column in COLUMNS])
    scores = score(corpus, profile, History(), NOW, params)
    dense = corpus.features.toarray() @ weights + corpus.alike @ profile.taste + profile.constant
    np.testing.assert_allclose(scores.learned, dense, rtol=0, atol=1e-9)
    np.testing.assert_allclose(scores.pull - profile.lean * corpus.mean, weights, rtol=0, atol=1e-12)
    assert {corpus.names[column] for column in np.flatnonzero(scores.term_place >= 0)} == {*profile.terms} & {
        *corpus.names
    }


@pytest.mark.parametrize(
    "wishes",
    [{"pins": {"word:comet": 0.0, "word:nobody": 1.0}}, {"cleared": ("word:comet",)}],
    ids=["pinned", "cleared"],
)
def test_a_term_that_is_pinned_or_cleared_has_a_weight_of_exactly_nothing(wishes: dict[str, Any]) -> None:
    """The others still speak."""
    scores = score(NEWCOMERS, profile := with_wishes(("c1", 2), ("s1", -2), **wishes), History(), NOW, PARAMS)
    weights = scores.pull - profile.lean * NEWCOMERS.mean
    assert weights[NEWCOMERS.columns["word:comet"]] == 0
    assert weights[NEWCOMERS.columns["word:jupit"]] > 0


def test_a_pin_adds_its_points_to_every_event_that_has_the_term_and_to_no_other() -> None:
    """Pins add up; one of a term that no event has does nothing. Nothing needs to be said or learned for it."""
    pins = {"word:dockwork": -3.0, "source:Gazette": 0.5, "word:nobody": 9.0, "category:Earth": 1.0}
    scores = score(NEWCOMERS, with_wishes(pins=pins), History(), NOW, PARAMS)
    given = dict(zip((event.id for event in NEWCOMERS.events), scores.pinned.tolist(), strict=True))
    assert given == {"c1": 0.5, "c2": 0.5, "s1": -2.5, "s2": -2.5, "n1": -1.5}
    assert not scores.learned.any()
    np.testing.assert_array_equal(scores.personal_signal, scores.signal + scores.pinned)


def test_learning_does_not_move_what_a_pin_adds() -> None:
    """Whatever is said of events that have the term."""
    quiet, said = (
        score(NEWCOMERS, with_wishes(*presses, pins={"word:comet": 2.0}), History(), NOW, PARAMS)
        for presses in ((), (("c1", -2), ("c2", -2)))
    )
    assert quiet.pinned.tolist() == said.pinned.tolist()
    assert said.pinned.max() == 2


def test_a_pin_holds_where_the_terms_block_counts_for_nothing() -> None:
    """What an operator has switched off for learning, a reader may still ask for."""
    params = Params(source_weight=0)
    corpus = a_corpus(*two_stories(), params=params)
    profile = fit(Reader(wishes=Wishes.of([], {"source:Gazette": 1.5}, {})), corpus.statistics, params)
    assert score(corpus, profile, History(), NOW, params).pinned.tolist() == [1.5] * 4


def test_the_reach_of_an_adjustment_is_measured_from_where_pins_have_put_the_event() -> None:
    """Turned up, it goes halfway from there to the end of the scale, as far as it asks to."""
    params = Params(gain=100.0)
    corpus = a_corpus(*two_stories(), params=params)
    reader = Reader(a_reader(corpus, ("c1", 1)).ledger, Wishes.of([], dict.fromkeys(corpus.names, 0.0), {}))
    pinned = Reader(reader.ledger, Wishes.of([], {**reader.wishes.pins, "word:comet": 3.0}, {}))
    own = [
        score(corpus, fit(one, corpus.statistics, params), History(), NOW, params).own[corpus.row("c1")]
        for one in (reader, pinned)
    ]
    # All its terms are pinned, so nothing is learned: (10 - 5) / 2, and (10 - 8) / 2.
    assert own == pytest.approx([2.5, 1.0])


def test_an_event_that_was_seen_makes_room_for_others() -> None:
    """It loses the same points however often it was seen; one that is gone is passed over, and dismissals play no part
    here."""
    history = History({"c1": Encounter(NOW.timestamp(), 7, 90.0), "gone": Encounter(0.0)}, {"s1": 0.0})
    params = Params(seen_points=1.5)
    scores = score(NEWCOMERS, with_wishes(("c1", 2)), history, NOW, params)
    lost = dict(zip((event.id for event in NEWCOMERS.events), scores.seen.tolist(), strict=True))
    assert lost == {"n1": 0, "c1": -1.5, "c2": 0, "s1": 0, "s2": 0}
    unseen = score(NEWCOMERS, with_wishes(("c1", 2)), History(), NOW, params)
    np.testing.assert_array_equal(scores.personal_signal, unseen.personal_signal)
    np.testing.assert_array_equal(scores.relevance, unseen.relevance + scores.seen)


def test_an_open_adds_nothing_to_its_own_event_alone() -> None:
    """It teaches of the event's terms, where opens teach, as if it were somebody else's."""
    params = Params(learn_from_opens=True)
    opened = Open("c1", NOW, kept_terms(NEWCOMERS, "c1"))
    profile = fit(Reader(opens=(opened,)), NEWCOMERS.statistics, params)
    scores = score(NEWCOMERS, profile, History(), NOW, params)
    assert not scores.own.any()
    assert scores.learned[NEWCOMERS.row("c1")] > scores.learned[NEWCOMERS.row("c2")] > 0


def test_the_own_part_belongs_to_the_pressed_events_alone() -> None:
    """Each has what the profile gives it, within its reach, and events that were not pressed have none."""
    corpus = with_a_newcomer()
    profile = profile_of(corpus, ("c1", -1), ("s1", -2))
    scores = score(corpus, profile, History(), NOW, PARAMS)
    own = dict(zip((event.id for event in corpus.events), scores.own, strict=True))
    inferred = (scores.signal + scores.learned)[corpus.row("c1")]
    assert own == {"c1": pytest.approx(-inferred / 2), "s1": profile.own[1], "c2": 0, "s2": 0, "n1": 0}


@pytest.mark.parametrize(
    ("own", "wish", "inferred", "given"),
    [
        pytest.param(3, 1, 5, 3, id="far up, with room"),
        pytest.param(13, 1, 6, 4, id="far up, to the end"),
        pytest.param(13, 1, 12, 0, id="far up, beyond the end"),
        pytest.param(13, 1, -8, 13, id="far up, from far below"),
        pytest.param(9, 0.5, 6, 2, id="up, halfway to the end"),
        pytest.param(-2, 0.5, 6, 0, id="up is never down"),
        pytest.param(-9, -0.5, 6, -3, id="down, halfway to 0"),
        pytest.param(2, -0.5, 6, 0, id="down is never up"),
        pytest.param(-9, -0.5, -2, 0, id="down, from below 0"),
        pytest.param(-13, -1, 5, -13, id="far down has no end"),
        pytest.param(-4, 0, 12, -4, id="as it is, back down"),
        pytest.param(4, 0, 3, 4, id="as it is, back up"),
    ],
)
def test_the_own_part_keeps_to_what_was_said(own: float, wish: float, inferred: float, given: float) -> None:
    """One level reaches halfway to an end of the scale and two to the end; far down goes on beyond it."""
    one = np.array([own], dtype=float), np.array([wish], dtype=float), np.array([inferred], dtype=float)
    assert own_part(*one) == pytest.approx([given])


def test_an_event_turned_far_up_is_among_the_best_of_its_day_and_ages_like_any() -> None:
    """Its personal signal is 10, not far above all news for ever."""
    corpus = a_corpus(an_event("a", "Comet", published_at=NOW - timedelta(days=1023)), an_event("b", "Strike"))
    scores = score(corpus, profile_of(corpus, ("a", 2)), History(), NOW, PARAMS)
    assert scores.personal_signal[corpus.row("a")] == pytest.approx(10)
    assert scores.relevance[corpus.row("a")] == pytest.approx(0)  # 10 - log2(1 + 1023)


def test_without_presses_the_personal_signal_is_the_global_one() -> None:
    """A reader who said nothing sees what the editors said."""
    corpus = a_corpus(an_event("a", "Comet", signal=2.5), an_event("b", "Strike", signal=9))
    scores = score(corpus, fit(Reader(), corpus.statistics, PARAMS), History(), NOW, PARAMS)
    assert scores.personal_signal.tolist() == [2.5, 9]
    assert scores.relevance.tolist() == [1.5, 8]  # both are a day old


def test_the_parts_add_up() -> None:
    """Personal signal is signal, learned, pinned and own part; relevance has freshness, popularity and what was seen
    besides; and all of it but what was learned is what would be without."""
    history = History({"c2": Encounter(NOW.timestamp())})
    reader = Reader(a_reader(CROWDED, ("s1", 2)).ledger, Wishes.of([], {"word:comet": 1.0}, {}))
    scores = score(CROWDED, fit(reader, CROWDED.statistics, PARAMS), history, NOW, PARAMS)
    parts = scores.signal + scores.learned + scores.pinned + scores.own
    of_the_moment = scores.freshness + scores.popularity + scores.seen
    np.testing.assert_allclose(scores.personal_signal, parts, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(scores.relevance, scores.personal_signal + of_the_moment)
    # On s1 nobody has pinned anything: it stands at its signal of 5, and its own part reaches to 10.
    own = dict.fromkeys(("c1", "c2", "s2", "n1"), 0.0) | {"s1": 5.0}
    unlearned = scores.signal + scores.pinned + [own[event.id] for event in CROWDED.events] + of_the_moment
    np.testing.assert_allclose(scores.unlearned, unlearned, rtol=0, atol=1e-12)
    every = (scores.learned, scores.pinned, scores.own, scores.freshness, scores.popularity, scores.seen)
    assert all(part.any() for part in every)


def test_what_was_learned_outlives_the_event() -> None:
    """When the pressed event and a word of it are gone, the rest of its story is still turned up."""
    corpus = with_a_newcomer()
    profile = profile_of(corpus, ("c1", 2))
    rest = [event for event in corpus.events if event.id != "c1"]
    terms = {event.id: terms_of(event) for event in rest}
    later = build_corpus(rest, terms, corpus.statistics, PARAMS, "2")
    np.testing.assert_array_equal(
        score(later, profile, History(), NOW, PARAMS).learned,
        np.delete(score(corpus, profile, History(), NOW, PARAMS).learned, corpus.row("c1")),
    )


def test_a_term_that_the_corpus_never_had_is_passed_over() -> None:
    """A ledger may speak of words that no live event and no statistics know."""
    elsewhere = a_corpus(an_event("x", "Volcano", category="Earth", sources=(), language="is"))
    corpus = a_corpus(*two_stories())
    profile = fit(a_reader(elsewhere, ("x", 2)), corpus.statistics, PARAMS)
    scores = score(corpus, profile, History(), NOW, PARAMS)
    assert not scores.pull.any()
    assert not scores.own.any()


def heated(heat: float, now: datetime = NOW, params: Params = PARAMS) -> float:
    """The popularity of one event that so many readers had turned up by NOW."""
    return float(popularity(a_corpus(an_event("a")).with_heat({"a": heat}, NOW), now, params)[0])


@pytest.mark.parametrize(
    ("heat", "points"),
    # 2·log2(1 + readers): 2·log2(2), 2·log2(4), 2·log2(1.5).
    [(0.0, 0.0), (1.0, 2.0), (3.0, 4.0), (0.5, 1.1699250014423124), (1023.0, 20.0)],
)
def test_popularity_rises_by_its_points_with_each_doubling(heat: float, points: float) -> None:
    """The first reader counts as much as two more do."""
    assert heated(heat) == pytest.approx(points, abs=1e-12)


def test_what_is_popular_cools_down_with_the_clock() -> None:
    """Two half-lives after three readers turned it up an event stands as if ¾ of one had; within a step of the clock it
    stays the same to the last bit."""
    assert heated(3.0, NOW + timedelta(hours=2)) == pytest.approx(2 * log2(1.75))
    assert heated(3.0, NOW + timedelta(minutes=9, seconds=59)) == heated(3.0)
    assert heated(3.0, NOW + timedelta(minutes=10)) < heated(3.0)


def test_a_clock_that_is_behind_makes_nothing_more_popular() -> None:
    """It stands no higher than at the moment when that was found out."""
    assert heated(3.0, NOW - timedelta(hours=5)) == heated(3.0) == pytest.approx(4)


def test_half_life_and_points_of_popularity_can_be_set() -> None:
    """Four hours are half a half-life of eight: 3·log2(1 + 8/sqrt(2))."""
    params = Params(popularity_half_life_hours=8.0, popularity_points=3.0)
    assert heated(8.0, NOW + timedelta(hours=4), params) == pytest.approx(3 * log2(1 + 8 / 2**0.5))
    assert heated(8.0, params=Params(popularity_points=0.0)) == 0


def test_what_is_popular_is_so_for_every_reader_and_no_part_of_their_signal() -> None:
    """It moves an event in the order, and by the same points whoever asks."""
    plain = NEWCOMERS.with_alike(CROWDED.statistics.alike)
    for said in ((), (("s2", -2),)):
        profile = fit(a_reader(CROWDED, *said), CROWDED.statistics, PARAMS)
        with_heat, without = (score(one, profile, History(), NOW, PARAMS) for one in (CROWDED, plain))
        gained = dict(zip((event.id for event in CROWDED.events), with_heat.popularity.tolist(), strict=True))
        assert gained == pytest.approx({"n1": 2, "c1": 0, "c2": 0, "s1": 0, "s2": 4})
        assert not without.popularity.any()
        np.testing.assert_array_equal(with_heat.personal_signal, without.personal_signal)
        np.testing.assert_allclose(with_heat.relevance - without.relevance, with_heat.popularity, rtol=0, atol=1e-12)


def test_a_press_raises_an_event_that_shares_its_readers_and_no_word() -> None:
    """Turned up, the comet takes the wages with it, which the same readers like, and leaves the volcano behind."""
    titles = ("Comet", "Wages", "Volcano", "Election", "Robot", "Harvest", "Museum", "Verdict")
    events = [an_event(title, title, category=title, sources=()) for title in titles]
    corpus = a_corpus(*events, liked={"u": ("Comet", "Wages"), "v": ("Comet", "Wages"), "w": ("Volcano",)})
    before, after = (
        score(corpus, profile_of(corpus, *said), History(), NOW, PARAMS).personal_signal
        for said in ((), (("Comet", 2),))
    )
    gained = dict(zip((event.id for event in corpus.events), (after - before).tolist(), strict=True))
    assert gained["Comet"] > gained["Wages"] > 0 > gained["Volcano"]


@pytest.mark.parametrize(
    ("step", "began"),
    [
        (timedelta(minutes=10), datetime(2026, 4, 3, 14, 50, tzinfo=UTC)),
        (timedelta(hours=1), datetime(2026, 4, 3, 14, 0, tzinfo=UTC)),
        (timedelta(days=1), datetime(2026, 4, 3, tzinfo=UTC)),
    ],
)
def test_a_step_of_time_begins_at_a_multiple_of_its_length(step: timedelta, began: datetime) -> None:
    """Counted from 1970, in the zone that was asked in; a step begins with itself."""
    now = datetime(2026, 4, 3, 14, 59, 59, tzinfo=UTC)
    assert step_of(now, step) == step_of(began, step) == began
    assert step_of(now, step).tzinfo is UTC
    assert step_of(began - timedelta(microseconds=1), step) == began - step


def test_the_clocks_step_is_that_of_the_parameters() -> None:
    """Ten minutes unless set otherwise."""
    now = datetime(2026, 4, 3, 14, 59, 59, tzinfo=UTC)
    assert on_step(now, PARAMS) == datetime(2026, 4, 3, 14, 50, tzinfo=UTC)
    assert on_step(now, Params(clock_step_minutes=7)) == step_of(now, timedelta(minutes=7))
