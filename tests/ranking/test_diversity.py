"""Diversity: places worked by hand, the greedy rule against brute force, and the laws of a list."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.corpus import Corpus, build_corpus
from ranking.diversity import Draw, Lift, Place, diversify
from ranking.features import Floats, fit_statistics
from ranking.params import Params
from ranking.text import terms_of
from tests.build import PARAMS, an_event

WORDS = ("comet", "jupiter", "saturn", "strike", "wages", "the")
TEXT = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
# A text, its relevance, and whether it is a candidate; in whole points, so that there are equals.
LISTS = st.lists(st.tuples(TEXT, st.integers(-4, 4), st.booleans()), max_size=8)
WHOLE = replace(PARAMS, repeat_from=0.0)  # repetition is the cosine itself
SHARES = st.sampled_from([0.0, 0.2, 1.0])


def titled(*titles: str) -> Corpus:
    """Events with these titles, in this order, all words counting alike: cosines can be worked out in the head."""
    events = [an_event(f"e{place}", title) for place, title in enumerate(titles)]
    terms = {event.id: terms_of(event) for event in events}
    return build_corpus(events, terms, fit_statistics([], PARAMS), PARAMS, "1")


def places(corpus: Corpus, *relevance: float, params: Params = WHOLE) -> list[Place]:
    """The places of all the events of the corpus, with these relevances."""
    return list(diversify(corpus, np.array(relevance, dtype=float), np.ones(len(relevance), dtype=bool), params))


def listed(
    rows: list[tuple[str, int, bool]],
    params: Params,
    above: Sequence[int] = (),
    must_see: Sequence[int] = (),
    draw: Draw | None = None,
) -> list[Place]:
    """The places of the candidates among random texts, without those `above`."""
    corpus = titled(*(text for text, _, _ in rows))
    candidates = np.array([candidate for _, _, candidate in rows], dtype=bool)
    candidates[list(above)] = False
    relevance = np.array([points for _, points, _ in rows], dtype=float)
    return list(diversify(corpus, relevance, candidates, params, above=above, must_see=must_see, draw=draw))


def least_at_every_second(number: int, value: Floats) -> tuple[int, float] | None:
    """A draw that gives every second place to the event that is worth least there, one time in four."""
    return None if number % 2 else (int(np.argmin(np.where(np.isinf(value), np.inf, value))), 0.25)


def test_an_event_that_repeats_one_above_sinks() -> None:
    """Worked by hand: the second most relevant shares one of two words with the first, and lands behind the third."""
    first, second, third = places(titled("comet jupiter", "comet saturn", "strike wages"), 5, 4.5, 4)
    # The comets' cosine is ½, which costs 0.2·10·½ = 1 point: 4.5 - 1 < 4.
    assert first == Place(row=0, diversity=0, repeats=None, folded=())
    assert second == Place(row=2, diversity=0, repeats=None, folded=())
    assert (third.row, third.repeats, third.folded) == (1, 0, ())
    assert third.diversity == pytest.approx(-1)


def test_a_likeness_below_the_floor_is_no_repetition() -> None:
    """Of a cosine of ½ and a floor of ¼ a third is left; a floor of ½ leaves nothing, and nobody is named."""
    corpus = titled("comet jupiter", "comet saturn")
    *_, third = places(corpus, 5, 4, params=replace(PARAMS, repeat_from=0.25))
    assert third.repeats == 0
    assert third.diversity == pytest.approx(-2 / 3)
    *_, none = places(corpus, 5, 4, params=replace(PARAMS, repeat_from=0.5 + 1e-9))
    assert (none.diversity, none.repeats) == (0, None)


def test_only_the_nearest_event_above_counts() -> None:
    """An event that shares a word with one above and two with another repeats the other, and pays once."""
    *_, last = places(titled("saturn strike", "comet wages", "comet jupiter saturn wages"), 9, 8, 1)
    # Cosines 1/√8 with the first and 2/√8 with the second.
    assert (last.row, last.repeats) == (2, 1)
    assert last.diversity == pytest.approx(-2 * 2 / 8**0.5)


def test_near_duplicates_fold_under_the_better_placed() -> None:
    """They take no place of their own, and are named the most relevant first."""
    first, second = places(titled("comet jupiter", "jupiter comet", "comet jupiter", "strike"), 3, 5, 4, 1)
    assert (first.row, first.folded) == (1, (2, 0))
    assert (second.row, second.folded) == (3, ())


def test_how_near_a_duplicate_must_be_can_be_set() -> None:
    """At a threshold of 0.4 one word of two is enough to fold."""
    (only,) = places(titled("comet jupiter", "comet saturn"), 5, 4, params=Params(near_duplicate=0.4))
    assert only.folded == (1,)


def test_of_equals_the_newer_comes_first() -> None:
    """Rows are newest first, and so are events of the same value and the folded of the same relevance."""
    assert [place.row for place in places(titled("comet", "strike", "saturn"), 1, 1, 1)] == [0, 1, 2]
    assert places(titled("comet", "comet", "comet"), 1, 1, 1)[0].folded == (1, 2)


def test_events_without_words_repeat_nothing() -> None:
    """Two events of stop words alone are neither alike nor duplicates."""
    assert [(place.repeats, place.folded) for place in places(titled("the", "the"), 2, 1)] == [(None, ()), (None, ())]


def test_what_is_no_candidate_neither_shows_nor_casts_a_shadow() -> None:
    """A better event of another category costs its sibling nothing and folds nothing."""
    corpus = titled("comet jupiter", "comet jupiter", "comet saturn")
    relevance, candidates = np.array([9.0, 5.0, 4.0]), np.array([False, True, False])
    assert list(diversify(corpus, relevance, candidates, PARAMS)) == [Place(1, 0, None, ())]


def test_without_candidates_there_are_no_places() -> None:
    """An empty category is an empty feed."""
    assert list(diversify(titled("comet"), np.array([1.0]), np.array([False]), PARAMS)) == []


def test_what_stands_above_takes_from_the_rest_and_has_no_place() -> None:
    """A list that goes on below others is the rest of the one long list, repetition included."""
    corpus, relevance = titled("comet jupiter", "comet saturn", "strike wages"), np.array([5.0, 4.5, 4.0])
    waiting = np.array([False, True, True])
    assert list(diversify(corpus, relevance, waiting, WHOLE, above=[0])) == places(corpus, *relevance)[1:]


def test_those_that_must_be_seen_get_the_last_places_of_the_first_page() -> None:
    """Worked by hand: of a first page of three, two places are owed; the points that are missing are said."""
    corpus, relevance = titled("comet", "strike", "volcano", "storm", "court"), np.array([9.0, 8.0, 7.0, 1.0, 2.0])
    params = replace(WHOLE, first_page=3)
    got = list(diversify(corpus, relevance, np.full(5, True), params, must_see=[3, 4]))
    # After the comet (9) the best is worth 8, which the court (2) and then the storm (1) are raised to.
    assert [(place.row, place.lift, place.lifted_by) for place in got] == [
        (0, 0, None),
        (4, 6, Lift.KEPT),
        (3, 7, Lift.KEPT),
        (1, 0, None),
        (2, 0, None),
    ]


def test_who_gets_there_by_itself_is_not_lifted() -> None:
    """An event that must be seen and is the best that is left has its place in its own right."""
    corpus, params = titled("comet", "strike", "volcano"), replace(WHOLE, first_page=2)
    got = list(diversify(corpus, np.array([3.0, 2.0, 1.0]), np.full(3, True), params, must_see=[1]))
    assert [(place.row, place.lift, place.lifted_by) for place in got] == [(0, 0, None), (1, 0, None), (2, 0, None)]


def test_an_event_that_is_folded_on_the_first_page_is_seen_there() -> None:
    """It needs no place of its own."""
    corpus, params = titled("comet", "comet", "strike", "volcano"), replace(WHOLE, first_page=2)
    got = list(diversify(corpus, np.array([9.0, 1.0, 8.0, 7.0]), np.full(4, True), params, must_see=[1]))
    assert [(place.row, place.folded, place.lift) for place in got] == [(0, (1,), 0), (2, (), 0), (3, (), 0)]


def test_a_drawn_place_says_so() -> None:
    """The drawn event gets the points that are missing, and its propensity stands with it; also where it was the best
    already."""
    corpus = titled("comet", "strike", "volcano", "storm")
    got = list(diversify(corpus, np.array([4.0, 3.0, 2.0, 1.0]), np.full(4, True), WHOLE, draw=least_at_every_second))
    assert [(place.row, place.lift, place.lifted_by, place.propensity) for place in got] == [
        (0, 0, None, 1),
        (3, 2, Lift.EXPLORATION, 0.25),
        (1, 0, None, 1),
        (2, 0, Lift.EXPLORATION, 0.25),
    ]


def test_what_must_be_seen_goes_before_a_draw() -> None:
    """A place that is owed is not drawn for."""
    corpus, params = titled("comet", "strike", "volcano"), replace(WHOLE, first_page=2)
    relevance, draw = np.array([3.0, 2.0, 1.0]), least_at_every_second
    got = list(diversify(corpus, relevance, np.full(3, True), params, must_see=[1], draw=draw))
    assert [(place.row, place.propensity) for place in got] == [(0, 1), (1, 1), (2, 1)]


@given(rows=LISTS, draws=st.data(), first_page=st.integers(1, 5))
def test_whatever_is_drawn_and_stands_above_what_must_be_seen_is_on_the_first_page(
    rows: list[tuple[str, int, bool]], draws: st.DataObject, first_page: int
) -> None:
    """As long as there are places for it; nothing is lost or doubled, and relevance, diversity and lift together never
    rise."""
    params, numbers = replace(WHOLE, first_page=first_page), range(len(rows))
    above = draws.draw(st.lists(st.sampled_from(numbers), unique=True, max_size=first_page)) if rows else []
    candidates = [row for row in numbers if rows[row][2] and row not in above]
    n_free = first_page - len(above)
    must_see = draws.draw(st.lists(st.sampled_from(candidates), unique=True, max_size=n_free)) if candidates else []
    got = listed(rows, params, above, must_see, least_at_every_second)
    shown = [(place.row, *place.folded) for place in got]
    assert sorted(row for slot in shown for row in slot) == candidates
    assert set(must_see) <= {row for slot in shown[:n_free] for row in slot}
    values = [rows[place.row][1] + place.diversity + place.lift for place in got]
    assert all(upper >= lower - 1e-9 for upper, lower in pairwise(values))
    assert all(place.lift >= 0 for place in got)


@given(rows=LISTS, share=SHARES)
def test_no_candidate_is_lost_or_doubled(rows: list[tuple[str, int, bool]], share: float) -> None:
    """Each has a place or is folded under one, once; nothing else is."""
    shown = [
        row for place in listed(rows, Params(diversity=share, repeat_from=0.0)) for row in (place.row, *place.folded)
    ]
    assert sorted(shown) == [row for row, (_, _, candidate) in enumerate(rows) if candidate]


@given(rows=LISTS, share=SHARES)
def test_values_never_rise_down_the_list(rows: list[tuple[str, int, bool]], share: float) -> None:
    """Relevance less what diversity took is the order, exactly."""
    values = [rows[place.row][1] + place.diversity for place in listed(rows, Params(diversity=share, repeat_from=0.0))]
    assert all(above >= below for above, below in pairwise(values))


@given(rows=LISTS, n=st.integers(0, 8))
def test_a_longer_list_begins_with_the_shorter_one(rows: list[tuple[str, int, bool]], n: int) -> None:
    """To stop early changes nothing of what came before."""
    corpus, candidates = titled(*(text for text, _, _ in rows)), np.ones(len(rows), dtype=bool)
    relevance = np.array([points for _, points, _ in rows], dtype=float)
    assert list(islice(diversify(corpus, relevance, candidates, WHOLE), n)) == places(corpus, *relevance)[:n]


@given(rows=LISTS)
def test_diversity_zero_is_the_order_of_relevance(rows: list[tuple[str, int, bool]]) -> None:
    """Nothing sinks; near-duplicates still fold."""
    order = [(-rows[place.row][1], place.row) for place in listed(rows, Params(diversity=0.0, repeat_from=0.0))]
    assert order == sorted(order)


@given(rows=LISTS, share=SHARES)
def test_every_place_goes_to_the_greatest_value(rows: list[tuple[str, int, bool]], share: float) -> None:
    """Brute force: at each place all that wait are valued anew from dense cosines, and none beats the chosen one."""
    words = titled(*(text for text, _, _ in rows)).words.toarray()
    cosine = words @ words.T
    waiting = [row for row, (_, _, candidate) in enumerate(rows) if candidate]
    above: list[int] = []
    for place in listed(rows, Params(diversity=share, repeat_from=0.0)):
        value = {row: rows[row][1] - share * 10 * max((cosine[row, up] for up in above), default=0) for row in waiting}
        assert value[place.row] == pytest.approx(max(value.values()), abs=1e-9)
        assert rows[place.row][1] + place.diversity == pytest.approx(value[place.row], abs=1e-9)
        nearest = max((cosine[place.row, up] for up in above), default=0)
        assert (0 if place.repeats is None else cosine[place.row, place.repeats]) == pytest.approx(nearest)
        waiting.remove(place.row)
        assert set(place.folded) == {row for row in waiting if cosine[place.row, row] >= PARAMS.near_duplicate}
        waiting = [row for row in waiting if row not in place.folded]
        above.append(place.row)
    assert waiting == []
