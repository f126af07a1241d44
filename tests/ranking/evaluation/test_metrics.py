"""Metrics: worked by hand, held to their laws, and to the same figures as ir-measures and scikit-learn have."""

from collections.abc import Callable, Sequence
from itertools import combinations
from math import log

import ir_measures
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from ir_measures import RR, Qrel, R, ScoredDoc, Success, nDCG
from scipy.stats import entropy
from sklearn.metrics import roc_auc_score

from ranking.evaluation.metrics import auc, calibration, diversity, hit, ndcg, novelty, recall, reciprocal_rank

Metric = Callable[[Sequence[int], int], float]

# Each as a function of the places of the wanted, and of how many events there are. All lie from 0 to 1.
OF_PLACES: dict[str, Metric] = {
    "ndcg@1": lambda places, _: ndcg(places, 1),
    "ndcg@5": lambda places, _: ndcg(places, 5),
    "recall@5": lambda places, _: recall(places, 5),
    "hit@5": lambda places, _: hit(places, 5),
    "reciprocal rank": lambda places, _: reciprocal_rank(places),
    "auc": auc,
}


@st.composite
def an_order(draw: st.DrawFn) -> tuple[list[int], int]:
    """Where the wanted of up to 30 events stand, highest first, and how many events there are: some are not wanted."""
    n_candidates = draw(st.integers(2, 30))
    among = st.integers(1, n_candidates)
    return sorted(draw(st.sets(among, min_size=1, max_size=n_candidates - 1))), n_candidates


@pytest.mark.parametrize(
    ("places", "k", "expected"),
    [
        ([1], 10, 1.0),
        ([3], 10, 0.5),  # 1 / log2(4)
        ([10], 10, 0.289065),  # 1 / log2(11) = 1 / 3.459432
        ([11], 10, 0.0),
        ([2, 3], 10, 0.693426),  # (0.630930 + 0.5) / (1 + 0.630930)
        ([1, 3], 2, 0.613147),  # 1 / 1.630930: the third is not looked at
        ([1, 3, 4], 1, 1.0),  # of a single place no more can be had
    ],
)
def test_ndcg_is_worked_out_by_hand(places: list[int], k: int, expected: float) -> None:
    """A place is worth 1 / log2(1 + place): 1, 0.630930, 0.5, …"""
    assert ndcg(places, k) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("places", "k", "share", "any_of_them"),
    [([1], 1, 1, 1), ([2], 1, 0, 0), ([1, 4, 9], 4, 2 / 3, 1), ([5, 6], 4, 0, 0), ([1, 2, 3], 2, 2 / 3, 1)],
)
def test_recall_and_hit_count_what_is_on_top(places: list[int], k: int, share: float, any_of_them: float) -> None:
    """Recall all that is wanted there, hit whether there is any."""
    assert (recall(places, k), hit(places, k)) == (share, any_of_them)


@pytest.mark.parametrize(("places", "expected"), [([1], 1), ([4], 1 / 4), ([2, 3, 9], 1 / 2), ([9, 2], 1 / 2)])
def test_the_reciprocal_rank_is_that_of_the_first_wanted(places: list[int], expected: float) -> None:
    """The others play no part, and neither does the order in which places are given."""
    assert reciprocal_rank(places) == expected


@pytest.mark.parametrize(
    ("places", "n_candidates", "expected"),
    [
        ([1], 5, 1.0),
        ([5], 5, 0.0),
        ([2], 5, 0.75),  # of four unwanted events one stands above
        ([2, 4], 5, 0.5),  # unwanted at 1, 3 and 5: the second stands above two of them, the fourth above one
        ([1, 2], 3, 1.0),
        ([2, 3], 3, 0.0),
    ],
)
def test_auc_counts_pairs(places: list[int], n_candidates: int, expected: float) -> None:
    """Each wanted event with each that is not."""
    assert auc(places, n_candidates) == expected


@pytest.mark.parametrize("name", OF_PLACES)
@settings(max_examples=50)
@given(order=an_order())
def test_a_figure_lies_from_0_to_1(name: str, order: tuple[list[int], int]) -> None:
    """And is 1 where all that is wanted is on top, but for recall of more than there are places."""
    places, n_candidates = order
    on_top = list(range(1, len(places) + 1))
    assert 0 <= OF_PLACES[name](places, n_candidates) <= OF_PLACES[name](on_top, n_candidates) <= 1
    if name != "recall@5" or len(places) <= 5:
        assert OF_PLACES[name](on_top, n_candidates) == 1


@pytest.mark.parametrize("name", OF_PLACES)
@settings(max_examples=50)
@given(order=an_order(), data=st.data())
def test_a_wanted_event_that_moves_up_never_makes_an_order_worse(
    name: str, order: tuple[list[int], int], data: st.DataObject
) -> None:
    """It changes places with the unwanted one above it; the AUC knows of every such change."""
    places, n_candidates = order
    below = [place for place in places if place > 1 and place - 1 not in places]
    assume(below)
    moved = data.draw(st.sampled_from(below))
    better = sorted({*places, moved - 1} - {moved})
    assert OF_PLACES[name](better, n_candidates) >= OF_PLACES[name](places, n_candidates) - 1e-12
    assert auc(better, n_candidates) > auc(places, n_candidates)


@given(an_order())
def test_an_order_read_from_below_has_the_rest_of_the_auc(order: tuple[list[int], int]) -> None:
    """What stands above stands below then."""
    places, n_candidates = order
    from_below = [n_candidates + 1 - place for place in places]
    assert auc(from_below, n_candidates) == pytest.approx(1 - auc(places, n_candidates))


@given(an_order())
def test_of_a_single_wanted_event_the_figures_are_tied_to_each_other(order: tuple[list[int], int]) -> None:
    """Recall is hit, nDCG is 1 / log2(1 + place), and the AUC the share of the others that stand below."""
    (place, *_), n_candidates = order
    assert recall([place], 5) == hit([place], 5) == float(place <= 5)
    assert ndcg([place], n_candidates) == pytest.approx(log(2) / log(1 + place))
    assert auc([place], n_candidates) == pytest.approx((n_candidates - place) / (n_candidates - 1))


@settings(max_examples=100)
@given(an_order())
def test_figures_are_those_of_ir_measures(order: tuple[list[int], int]) -> None:
    """Which asks trec_eval for nDCG, recall, success (our hit) and the reciprocal rank."""
    places, n_candidates = order
    wanted = [Qrel("trial", f"e{place}", int(place in places)) for place in range(1, n_candidates + 1)]
    ranked = [ScoredDoc("trial", f"e{place}", float(-place)) for place in range(1, n_candidates + 1)]
    ours: dict[ir_measures.Measure, float] = {RR: reciprocal_rank(places)}
    for k in (1, 5, 10, 20):
        ours |= {nDCG @ k: ndcg(places, k), R @ k: recall(places, k), Success @ k: hit(places, k)}
    assert ir_measures.calc_aggregate(list(ours), wanted, ranked) == pytest.approx(ours)


@given(an_order())
def test_the_auc_is_that_of_scikit_learn(order: tuple[list[int], int]) -> None:
    """The area under the ROC curve of scores that fall from place to place."""
    places, n_candidates = order
    all_places = range(1, n_candidates + 1)
    theirs = roc_auc_score([place in places for place in all_places], [-place for place in all_places])
    assert auc(places, n_candidates) == pytest.approx(theirs)


@pytest.mark.parametrize(
    ("cosines", "expected"),
    [
        ([[1, 0.5], [0.5, 1]], 0.5),
        ([[1, 1], [1, 1]], 0),
        ([[1, 0.6, 0], [0.6, 1, 0.3], [0, 0.3, 1]], 0.7),  # of three pairs the mean cosine is 0.9 / 3
        ([[1, 0], [0, 0]], 1),  # the second has no word
    ],
)
def test_diversity_is_worked_out_by_hand(cosines: list[list[float]], expected: float) -> None:
    """How alike an event is to itself plays no part."""
    assert diversity(np.array(cosines, dtype=np.float64)) == pytest.approx(expected)


@pytest.mark.parametrize("n_events", [0, 1])
def test_a_list_without_a_pair_has_no_diversity(n_events: int) -> None:
    """Neither 0 nor 1 would be true of it."""
    assert diversity(np.eye(n_events)) is None


@given(st.permutations(range(5)), st.integers(0, 2**32))
def test_diversity_is_that_of_all_pairs_in_any_order(order: list[int], seed: int) -> None:
    """Five rows of length 1 that have nothing below 0: it lies from 0 to 1."""
    rows = np.random.Generator(np.random.PCG64(seed)).uniform(size=(5, 9))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    found = diversity(rows[order] @ rows[order].T)
    assert found == pytest.approx(1 - np.mean([a @ b for a, b in combinations(rows, 2)]))
    assert found is not None
    assert 0 <= found <= 1


@pytest.mark.parametrize(
    ("readers_of", "n_readers", "expected"),
    [
        ([0], 3, 2.0),  # -log2(1/4)
        ([3], 3, 0.0),
        ([0, 1, 3], 3, 1.0),  # the mean of 2, 1 and 0
        ([0, 0], 0, 0.0),  # where there is no reader nothing surprises
    ],
)
def test_novelty_is_worked_out_by_hand(readers_of: list[int], n_readers: int, expected: float) -> None:
    """In bits."""
    assert novelty(readers_of, n_readers) == expected


@given(st.lists(st.integers(0, 50), min_size=1, max_size=9), st.integers(0, 8))
def test_the_more_readers_an_event_has_the_less_new_it_is(readers_of: list[int], number: int) -> None:
    """Of 51 readers, who at the most are worth log2(52) bits."""
    one = number % len(readers_of)
    more = [n + (place == one) for place, n in enumerate(readers_of)]
    assert 0 <= novelty(more, 51) < novelty(readers_of, 51) <= np.log2(52) + 1e-12


@pytest.mark.parametrize(
    ("wanted", "shown", "expected"),
    [
        ({"Art": 1, "Work": 1}, ["Work", "Art"], 0.0),
        ({"Art": 1, "Work": 1}, ["Art", "Art"], 1.958518),  # (ln(0.5/0.995) + ln(0.5/0.005)) / 2
        ({"Art": 3}, ["Art", "Space"], 0.683197),  # ln(1/0.505)
        ({"Art": 7}, ["Space"], 4.605170),  # ln(100)
    ],
)
def test_calibration_is_worked_out_by_hand(wanted: dict[str, int], shown: list[str], expected: float) -> None:
    """In nats; 1 % of what is shown is taken to be as wanted, so that nothing is infinitely far."""
    assert calibration(wanted, shown) == pytest.approx(expected, abs=1e-6)


CATEGORIES = ("Art", "Space", "Sport", "Work")


@given(
    st.dictionaries(st.sampled_from(CATEGORIES), st.integers(1, 9), min_size=1),
    st.lists(st.sampled_from(CATEGORIES), min_size=1, max_size=20),
)
def test_calibration_is_the_relative_entropy_that_scipy_has(wanted: dict[str, int], shown: list[str]) -> None:
    """It lies from 0 to ln(100), and the order of a list is nothing to it."""
    p = np.array([wanted.get(category, 0) for category in CATEGORIES]) / sum(wanted.values())
    q = np.array([shown.count(category) for category in CATEGORIES]) / len(shown)
    found = calibration(wanted, shown)
    assert found == pytest.approx(entropy(p, 0.99 * q + 0.01 * p), abs=1e-12)
    assert -1e-12 <= found <= log(100) + 1e-12
    assert calibration(wanted, sorted(shown)) == found


@given(st.dictionaries(st.sampled_from(CATEGORIES), st.integers(1, 5), min_size=1), st.integers(1, 3))
def test_a_list_in_the_proportions_that_are_wanted_is_calibrated(wanted: dict[str, int], times: int) -> None:
    """However long it is."""
    shown = [category for category, n in wanted.items() for _ in range(n * times)]
    assert calibration(wanted, shown) == pytest.approx(0, abs=1e-12)
