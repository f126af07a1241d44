"""The crowd: which events are alike to those who turned them up, and which are popular now, worked by hand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.crowd import NOBODY, Alike, Liking, fit_alike, popularity
from ranking.features import Floats
from ranking.params import Params
from tests.build import NOW, PARAMS, likings

PLAIN = Params(alike_weight=1.0, alike_fewest_readers=1)  # rows as they come, with a shrink of 3 likings
HOUR = timedelta(hours=1)
HALF = 2.0**-11  # the largest share of itself by which a number is moved when it is rounded to half precision
# Two groups of readers, of whom all of one like the same two events.
CHECKERBOARD = {"u": "ab", "v": "ab", "x": "cd", "y": "cd"}
# The first group has one reader more.
UNEVEN = {"u": "ab", "v": "ab", "w": "ab", "x": "cd", "y": "cd"}
LIKINGS = st.lists(st.builds(Liking, st.sampled_from("uvwxy"), st.sampled_from("abcdef"), st.just(NOW)), max_size=15)


def products(liked: Mapping[str, Iterable[str]], params: Params = PLAIN) -> Floats:
    """The products of all rows, in the alphabetical order of their events: what the learner makes of them."""
    rows = fit_alike(likings(liked), [], params).rows
    return np.asarray(rows @ rows.T, dtype=np.float64)


def a_crowd(n_readers: int, n_events: int, n_likings: int) -> list[Liking]:
    """Likings at random, the same ones every time."""
    rng = np.random.Generator(np.random.PCG64(1))
    pairs = zip(rng.integers(n_readers, size=n_likings), rng.integers(n_events, size=n_likings), strict=True)
    return [Liking(f"u{reader}", f"e{event}", NOW) for reader, event in pairs]


def some_alike() -> Alike:
    """Rows of two events."""
    return Alike(("a", "c"), np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0.5, 1.5]))


def test_events_that_the_same_readers_turned_up_have_the_same_row_and_those_of_others_a_right_angle() -> None:
    """Worked by hand: all readers like two events and so count 1; a row of two likings is 1/sqrt(2 + 3) for each."""
    near = 2 / 5
    expected = [[near, near, 0, 0], [near, near, 0, 0], [0, 0, near, near], [0, 0, near, near]]
    np.testing.assert_allclose(products(CHECKERBOARD), expected, atol=4 * HALF)


def test_the_weight_is_a_factor_of_every_row() -> None:
    """Twice the weight is four times the product."""
    doubled = products(CHECKERBOARD, replace(PLAIN, alike_weight=2.0))
    np.testing.assert_allclose(doubled, 4 * products(CHECKERBOARD), atol=16 * HALF)


def test_a_reader_who_likes_much_says_less_of_each() -> None:
    """Readers of one and of two likings have squares of 4/3 and 2/3, the mean of which is 1."""
    # a: length² = 4/3 + 2/3 + 3 = 5; b: 2/3 + 3 = 11/3. a·a = 2/5, b·b = (2/3)/(11/3), a·b = (2/3)/sqrt(5·11/3).
    across = (2 / 3) / (5 * 11 / 3) ** 0.5
    np.testing.assert_allclose(products({"u": "a", "v": "ab"}), [[2 / 5, across], [across, 2 / 11]], atol=4 * HALF)


@pytest.mark.parametrize(("shrink", "square"), [(3.0, 3 / 6), (1.0, 3 / 4), (27.0, 3 / 30)])
def test_what_few_turned_up_is_near_to_nothing(shrink: float, square: float) -> None:
    """A row of as many likings as the shrink has half of its square: n / (n + shrink)."""
    found = products(UNEVEN, replace(PLAIN, alike_shrink=shrink))
    assert found[0, 0] == pytest.approx(square, abs=4 * HALF)


@pytest.mark.parametrize(("dims", "second"), [(1, 0.0), (2, 2 / 5), (48, 2 / 5)])
def test_the_directions_in_which_readers_differ_most_are_kept(dims: int, second: float) -> None:
    """Three readers of the first two events make a singular value of 1, two of the others one of sqrt(4/5): where there
    is one number for an event, the latter have none to tell them by."""
    found = products(UNEVEN, replace(PLAIN, alike_dims=dims))
    np.testing.assert_allclose(found[:2, :2], 1 / 2, atol=4 * HALF)
    np.testing.assert_allclose(found[2:, 2:], second, atol=4 * HALF)
    np.testing.assert_allclose(found[:2, 2:], 0, atol=4 * HALF)


@pytest.mark.parametrize(("n_readers", "n_events"), [(30, 50), (50, 30), (30, 6), (6, 30)])
def test_a_large_crowd_is_taken_apart_as_a_small_one(n_readers: int, n_events: int) -> None:
    """The five largest singular values are those of the dense decomposition, and the rows come the largest first."""
    crowd = a_crowd(n_readers, n_events, 200)
    params = replace(PLAIN, alike_dims=5)
    alike = fit_alike(crowd, [], params)
    rows, whole = alike.rows, fit_alike(crowd, [], replace(PLAIN, alike_dims=60)).rows
    assert rows.shape == (len(alike.event_ids), 5)
    np.testing.assert_allclose(rows @ rows.T, whole[:, :5] @ whole[:, :5].T, atol=4 * HALF)
    lengths = np.linalg.norm(rows, axis=0)
    assert (np.diff(lengths) <= HALF).all()


@pytest.mark.parametrize(
    "liked",
    [{}, {"u": "ab"}, {"u": "a", "v": "a"}],
    ids=["nothing", "one reader", "one event"],
)
def test_of_too_few_readers_or_events_nothing_can_be_said(liked: dict[str, str]) -> None:
    """It takes two of each until one is more like another than a third."""
    assert fit_alike(likings(liked), ["a"], PARAMS) is NOBODY


def test_where_alike_readers_count_for_nothing_there_are_no_rows() -> None:
    """An operator can do without."""
    assert fit_alike(likings(CHECKERBOARD), ["a"], Params(alike_weight=0.0)) is NOBODY


def test_the_mean_is_that_of_the_live_events_most_of_which_nobody_turned_up() -> None:
    """Those have zeros; what is no longer live, or was named by readers alone, plays no part."""
    alike = fit_alike(likings(CHECKERBOARD), ["a", "new", "c", "newer"], PARAMS)
    np.testing.assert_array_equal(alike.mean, (alike.rows[0] + alike.rows[2]) / 4)


@pytest.mark.parametrize("live", [[], ["new"]], ids=["no event", "none that was turned up"])
def test_where_no_live_event_was_turned_up_the_mean_is_zero(live: Sequence[str]) -> None:
    """There is nothing to be centred."""
    alike = fit_alike(likings(CHECKERBOARD), live, PARAMS)
    assert alike.mean.tolist() == [0.0] * 4


@given(LIKINGS)
def test_rows_have_no_more_digits_than_the_store_keeps_of_them(crowd: list[Liking]) -> None:
    """Whoever reads them from the store calculates with the same numbers as the one who fitted them."""
    rows = fit_alike(crowd, [], PARAMS).rows
    np.testing.assert_array_equal(rows, rows.astype(np.float16))


@given(LIKINGS)
def test_rows_are_shorter_than_their_weight_and_in_alphabetical_order(crowd: list[Liking]) -> None:
    """However many turned an event up: the length of a row is n / (n + shrink) before it is cut."""
    alike = fit_alike(crowd, [], PARAMS)
    assert sorted(alike.event_ids) == list(alike.event_ids)
    assert (np.linalg.norm(alike.rows, axis=1) < PARAMS.alike_weight).all()


@given(crowd=LIKINGS, draws=st.data())
def test_the_order_of_likings_plays_no_part_nor_does_saying_it_twice(crowd: list[Liking], draws: st.DataObject) -> None:
    """Two workers who hear of the same presses in different orders fit the same rows, to the last bit."""
    shuffled = draws.draw(st.permutations(crowd))
    again = [replace(one, at=one.at + timedelta(hours=1)) for one in shuffled[:3]]
    assert fit_alike([*shuffled, *again], ["a", "b"], PARAMS).version == fit_alike(crowd, ["a", "b"], PARAMS).version


def test_the_order_of_a_large_crowd_plays_no_part_either() -> None:
    """Where only the largest singular values are worked out."""
    crowd, params = a_crowd(40, 60, 400), Params(alike_dims=5, alike_fewest_readers=1)
    assert fit_alike(crowd[::-1], ["e1"], params).version == fit_alike(crowd, ["e1"], params).version


def test_the_same_crowd_has_the_same_rows_however_many_groups_are_alike() -> None:
    """Sixty groups of two readers have sixty equal singular values, of which only some are kept: the same ones every
    time."""
    crowd = likings({f"u{reader}": [f"e{reader // 2}", f"e{reader // 2}b"] for reader in range(120)})
    versions = [fit_alike(crowd, [], PARAMS).version for _ in range(5)]
    assert versions == versions[:1] * 5


def test_the_rows_of_events_are_found_by_their_ids() -> None:
    """In the order that was asked for; of an event that nobody turned up there is a row of zeros."""
    assert some_alike().of(["c", "nobody's", "a", "c"]).tolist() == [[3, 4], [0, 0], [1, 2], [3, 4]]
    assert some_alike().of(["nobody's"]).tolist() == [[0, 0]]
    assert some_alike().of([]).shape == (0, 2)


def test_where_nobody_turned_anything_up_rows_have_no_numbers() -> None:
    """And no version, so that nothing is named after them."""
    assert NOBODY.of(["a", "b"]).shape == (2, 0)
    assert NOBODY.version == ""


@pytest.mark.parametrize(
    "changed",
    [
        {"event_ids": ("a", "b")},
        {"rows": np.array([[1.0, 2.0], [3.0, 5.0]])},
        {"mean": np.array([0.5, 1.0])},
    ],
    ids=["event ids", "rows", "mean"],
)
def test_the_version_changes_with_what_the_rows_say(changed: dict[str, object]) -> None:
    """What was fitted with others is known to be out of date; the same ones have the same version."""
    assert some_alike().version == some_alike().version
    assert len(some_alike().version) == 12
    assert replace(some_alike(), **changed).version != some_alike().version  # type: ignore[arg-type]


def test_when_rows_were_made_is_no_part_of_their_version() -> None:
    """The same rows of an hour later ask for nothing to be fitted anew."""
    assert replace(some_alike(), as_of=3600.0).version == some_alike().version
    assert (some_alike().as_of, NOBODY.as_of) == (0.0, 0.0)


def test_a_liking_counts_half_as_much_with_every_half_life_that_has_passed() -> None:
    """1/2 an hour ago, 1/4 two and 1/8 three hours ago; with a half-life of two hours 1/sqrt(2), 1/2 and 1/sqrt(8)."""
    crowd = [Liking(f"u{hours}", "a", NOW - timedelta(hours=hours)) for hours in range(1, 4)]
    crowd.append(Liking("u", "b", NOW - timedelta(minutes=30)))
    assert popularity(crowd, NOW, PARAMS) == {"a": 0.875, "b": pytest.approx(0.5**0.5)}
    slower = popularity(crowd, NOW, Params(popularity_half_life_hours=2.0))
    assert slower == {"a": pytest.approx(0.5 + 0.5**0.5 + 0.5**1.5), "b": pytest.approx(0.5**0.25)}


def test_what_is_not_before_the_moment_does_not_count_yet() -> None:
    """What is said at the very moment is as little known as what is said later; what was said just before it counts
    nearly whole."""
    just_before = NOW - timedelta.resolution
    crowd = [Liking("u", "a", just_before), Liking("v", "a", NOW), Liking("v", "b", NOW), Liking("w", "c", NOW + HOUR)]
    assert popularity(crowd, NOW, PARAMS) == {"a": pytest.approx(1.0)}
    assert popularity([], NOW, PARAMS) == {}


def test_what_fewer_than_five_readers_turned_up_has_no_row() -> None:
    """Nobody is to see what one other reader pressed. Two readers turned d up."""
    crowd = likings({**{f"reader-{n}": ("a", "b", "c") for n in range(5)}, "one": ("d",), "two": ("d",)})
    assert fit_alike(crowd, ["a", "b", "c", "d"], Params()).event_ids == ("a", "b", "c")
