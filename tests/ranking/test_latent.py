"""The directions in which words vary together: worked by hand, where topics share no word."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from ranking.features import Floats
from ranking.latent import NO_LATENT, Latent, fit_latent

HALF = 2.0**-11  # the largest share of itself by which a number is moved when it is rounded to half precision


def rows_of(*sizes: int) -> csr_array:
    """So many events of each topic, all of length 1; each topic has two words of its own, which all of its events
    have."""
    topics = np.repeat(np.eye(len(sizes)), 2, axis=1) / 2**0.5
    return csr_array(np.repeat(topics, sizes, axis=0))


def fitted(words: csr_array, dims: int = 64) -> Latent:
    """The directions of rows in the order in which they stand."""
    return fit_latent(words, range(words.shape[0]), dims)


def cosines(latent: Latent, words: csr_array) -> Floats:
    """How alike every two events are."""
    rows = latent.rows(words)
    return rows @ rows.T


def test_directions_count_by_their_singular_values() -> None:
    """Twelve events of one topic and four of another have singular values sqrt(12) and sqrt(4): the second direction
    counts sqrt(4/12) of the first, and each lies halfway between the words of its topic."""
    latent = fitted(rows_of(12, 4))
    half, less = 0.5**0.5, 0.5**0.5 * (4 / 12) ** 0.5
    expected = [[half, 0], [half, 0], [0, less], [0, less]]
    np.testing.assert_allclose(np.abs(latent.directions), expected, atol=2 * HALF)
    assert latent.columns.tolist() == [0, 1, 2, 3]
    # Twelve of sixteen events stand at 1 in the first direction, four at sqrt(1/3) in the second.
    np.testing.assert_allclose(np.abs(latent.mean), [12 / 16, 4 / 16 * (1 / 3) ** 0.5], atol=2 * HALF)


def test_two_topics_are_opposites_of_each_other() -> None:
    """Centred, (1, 0) and (0, sqrt(1/3)) lie on either side of their mean."""
    words = rows_of(12, 4)
    expected = np.where(np.equal.outer([0] * 12 + [1] * 4, [0] * 12 + [1] * 4), 1.0, -1.0)
    np.testing.assert_allclose(cosines(fitted(words), words), expected, atol=8 * HALF)


def test_three_topics_are_worked_out_by_hand() -> None:
    """Of 12, 8 and 4 events: they stand at 1, sqrt(8/12) and sqrt(4/12) in a direction of their own each."""
    words = rows_of(12, 8, 4)
    places = np.diag([1.0, (8 / 12) ** 0.5, (4 / 12) ** 0.5])
    centred = places - np.array([12, 8, 4]) / 24 @ places
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    one_of_each = [0, 12, 20]
    found = cosines(fitted(words), words)[np.ix_(one_of_each, one_of_each)]
    np.testing.assert_allclose(found, centred @ centred.T, atol=8 * HALF)


def test_events_that_share_no_word_are_near_where_others_link_their_words() -> None:
    """The comet and the probe never occur together, but both do with Jupiter; the strike does with neither."""
    # Columns: comet, Jupiter, probe, strike, wages.
    comet, probe, strike = [1, 1, 0, 0, 0], [0, 1, 1, 0, 0], [0, 0, 0, 1, 1]
    alone = [[1, 0, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 1, 0]]
    dense = np.array([*alone, *[comet] * 6, *[probe] * 6, *[strike] * 6], dtype=np.float64)
    words = csr_array(dense / np.linalg.norm(dense, axis=1, keepdims=True))
    near = cosines(fitted(words), words)
    assert near[0, 1] > 0.9
    assert near[0, 2] < 0
    assert near[1, 2] < 0


@pytest.mark.parametrize(
    ("sizes", "dims", "n_directions"),
    [
        ((12, 3), 64, 0),
        ((12, 4), 64, 2),
        ((12, 4), 1, 1),
        ((12, 8, 3), 64, 2),
        ((12, 8, 4), 64, 3),
        ((30,), 64, 1),
        ((12, 4), 0, 0),
    ],
)
def test_a_catalogue_has_a_direction_for_eight_events_up_to_a_limit(
    sizes: Sequence[int], dims: int, n_directions: int
) -> None:
    """One of fewer than sixteen has none, and there are always fewer directions than words that are shared."""
    latent = fitted(rows_of(*sizes), dims)
    assert len(latent.mean) == n_directions
    assert (latent is NO_LATENT) == (n_directions == 0)


def test_of_a_word_that_one_event_has_nothing_is_learned() -> None:
    """It has no place among the columns, and an event with no other word stands nowhere."""
    words = csr_array(np.vstack([rows_of(12, 4).toarray(), np.zeros((1, 4))]))
    alone = csr_array(([1.0], ([16], [2])), shape=(17, 5))
    spread = csr_array((words.data, words.indices + (words.indices >= 2), words.indptr), shape=(17, 5)) + alone
    latent = fitted(csr_array(spread))
    assert latent.columns.tolist() == [0, 1, 3, 4]
    rows = latent.rows(csr_array(spread))
    assert rows[16].tolist() == [0, 0]
    np.testing.assert_allclose(np.linalg.norm(rows[:16], axis=1), 1.0)


def test_where_no_two_events_share_a_word_there_is_nothing_to_learn() -> None:
    """However many events there are; one word that is shared does not vary together with another."""
    assert fitted(csr_array(np.eye(20))) is NO_LATENT
    one_shared = csr_array(np.hstack([np.eye(20), np.ones((20, 1))]) / 2**0.5)
    assert fitted(one_shared) is NO_LATENT


def test_places_are_centred_and_of_length_one() -> None:
    """Worked by hand, on the columns that are known: an event without any of their words has zeros, and so has one that
    stands right in the middle."""
    directions, mean = np.array([[1.0, 0.0], [0.0, 0.5]]), np.array([0.1, 0.1])
    latent = Latent(np.array([0, 2]), directions, mean)
    words = csr_array([[0.6, 0.8, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.1, 0.0, 0.2]])
    # (0.6, 0) and (0, 0.5) less the mean: (0.5, -0.1) of length sqrt(0.26) and (-0.1, 0.4) of length sqrt(0.17).
    first, third = np.array([0.5, -0.1]) / 0.26**0.5, np.array([-0.1, 0.4]) / 0.17**0.5
    np.testing.assert_allclose(latent.rows(words), [first, [0, 0], third, [0, 0]], atol=1e-15)


def test_without_directions_events_have_no_places() -> None:
    """Of a length of 0, whatever their words."""
    assert NO_LATENT.rows(rows_of(2, 1)).shape == (3, 0)


@given(size=st.lists(st.integers(1, 12), min_size=3, max_size=4))
def test_directions_have_no_more_digits_than_the_store_keeps_and_never_grow(size: list[int]) -> None:
    """Whoever reads them from the store calculates with the same numbers; the first direction is the strongest."""
    latent = fitted(rows_of(*size))
    np.testing.assert_array_equal(latent.directions, latent.directions.astype(np.float16))
    lengths = np.linalg.norm(latent.directions, axis=0)
    assert all(before >= after - 4 * HALF for before, after in pairwise(lengths))


@settings(max_examples=20)
@given(st.permutations(range(20)))
def test_the_same_rows_in_another_order_have_the_same_directions(order: Sequence[int]) -> None:
    """As long as it is said in which order they are to be taken: to the last bit."""
    rng = np.random.Generator(np.random.PCG64(2))
    words = csr_array(np.where(rng.random((20, 9)) < 0.4, rng.random((20, 9)), 0.0))
    places = np.argsort(order)
    one, other = fitted(words), fit_latent(words[list(order)], places.tolist(), 64)
    assert one.columns.tolist() == other.columns.tolist()
    assert one.directions.tobytes() == other.directions.tobytes()
    assert one.mean.tobytes() == other.mean.tobytes()
