"""Intervals: how sure a figure is."""

from statistics import fmean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranking.evaluation import intervals
from ranking.evaluation.intervals import Estimate, estimate, mean_of_readers, mean_of_trials, share_covered


@pytest.mark.parametrize("groups", [[], [[]], [[], []]])
def test_where_nothing_was_observed_nothing_is_known(groups: list[list[int]]) -> None:
    """Neither the figure, which is not even asked for, nor its interval."""
    assert estimate(groups, fmean) == Estimate(None, None, None, 0)


def test_two_groups_that_contradict_each_other_leave_everything_open() -> None:
    """Two draws of two groups give 0, 0.5 and 1 with probabilities 1/4, 1/2 and 1/4: both tails are larger than 2.5 %,
    so the interval goes from 0 to 1."""
    assert estimate([[0], [1]], fmean) == Estimate(0.5, 0.0, 1.0, 2)


def test_what_belongs_together_is_drawn_together() -> None:
    """A 0 four times over and a 1: the figure is 1/5. Drawn by group, a quarter of the resamples has only the 1, so the
    interval ends at 1; drawn one by one, more than three 1s of five would come in 0.7 % and it would end at 0.6."""
    assert estimate([[0, 0, 0, 0], [1]], fmean) == Estimate(0.2, 0.0, 1.0, 5)


def test_one_group_alone_has_no_width() -> None:
    """Every resample is the group itself."""
    assert estimate([[1, 2, 6]], fmean) == Estimate(3.0, 3.0, 3.0, 3)


def test_an_interval_is_of_the_figure_that_was_asked_for() -> None:
    """The largest of two groups is 1 only where the group of the 1 is never drawn, and else 9."""
    assert estimate([[1], [9]], lambda values: float(max(values))) == Estimate(9.0, 1.0, 9.0, 2)


def test_many_like_groups_make_an_interval_narrow() -> None:
    """The standard error of a share of 1/2 in 100 groups is 0.05: 1.96 of it to either side is 0.40 to 0.60, which a
    thousand resamples hit to a hundredth."""
    found = estimate([[number % 2] for number in range(100)], fmean)
    assert (found.value, found.n) == (0.5, 100)
    assert found.low == pytest.approx(0.40, abs=0.01)
    assert found.high == pytest.approx(0.60, abs=0.01)


@settings(max_examples=40)
@given(st.lists(st.lists(st.integers(-9, 9), max_size=3), min_size=1, max_size=5))
def test_an_interval_is_always_the_same_and_empty_groups_play_no_part(groups: list[list[int]]) -> None:
    """It lies within what was observed."""
    found = estimate(groups, fmean)
    assert found == estimate(groups, fmean) == estimate([[], *groups, []], fmean)
    if found.low is not None and found.high is not None:
        everything = [one for group in groups for one in group]
        assert min(everything) <= found.low <= found.high <= max(everything)


@pytest.mark.parametrize("values", [[], [[]], [[], []]])
def test_readers_who_tell_nothing_have_no_mean(values: list[list[float]]) -> None:
    """Nor has it an interval."""
    assert mean_of_readers(values) == Estimate(None, None, None, 0)


def test_a_reader_counts_the_same_however_much_they_said() -> None:
    """A reader of four 0s and one of a single 1: the figure is 1/2, and each is drawn alone in a quarter of the
    resamples. The five values are counted all the same."""
    assert mean_of_readers([[0, 0, 0, 0], [1]]) == Estimate(0.5, 0.0, 1.0, 5)


def test_the_mean_of_one_reader_has_no_width() -> None:
    """Every resample is this reader; who tells nothing is not there."""
    assert mean_of_readers([[1, 2, 6], []]) == Estimate(3.0, 3.0, 3.0, 3)


@settings(max_examples=40)
@given(st.lists(st.lists(st.integers(-9, 9), max_size=3), min_size=1, max_size=5))
def test_the_mean_of_readers_is_the_estimate_of_their_means(values: list[list[int]]) -> None:
    """To the same draws, only quicker; n is that of the values."""
    found, of_means = mean_of_readers(values), estimate([[fmean(one)] for one in values if one], fmean)
    assert found.n == sum(map(len, values))
    assert (found.value, found.low, found.high) == pytest.approx((of_means.value, of_means.low, of_means.high))
    assert found == mean_of_readers(values) == mean_of_readers([[], *values])


@pytest.mark.parametrize("n", [1, 2, 255, 256, 700])
def test_drawn_sums_are_those_of_a_plain_bootstrap(n: int) -> None:
    """Each resample draws as many as there are, with repetition, and sums what it drew."""
    values = np.arange(n) ** 2 / 8
    rng = np.random.Generator(np.random.PCG64(intervals._SEED))
    plain = [values[rng.integers(0, n, size=n)].sum() for _ in range(intervals._N_RESAMPLES)]
    np.testing.assert_allclose(intervals._drawn_sums(values), plain, rtol=1e-12)


def test_draws_are_made_once_for_readers_of_a_number() -> None:
    """And whoever asks gets the same, of which each resample has as many as there are readers."""
    draws = intervals._draws(12)
    assert intervals._draws(12) is draws
    assert draws.shape == (intervals._N_RESAMPLES, 12)
    assert (draws.sum(axis=1) == 12).all()


@pytest.mark.parametrize("values", [[], [[]], [[], []]])
def test_trials_that_are_not_there_have_no_mean(values: list[list[float]]) -> None:
    """Nor has it an interval."""
    assert mean_of_trials(values) == Estimate(None, None, None, 0)


def test_who_said_more_counts_for_more() -> None:
    """A reader of four 0s and one of a single 1: the figure is 1/5, where readers counted the same it would be 1/2.
    Readers are drawn, not trials: a quarter of the resamples has only the 1, so the interval ends there."""
    assert mean_of_trials([[0, 0, 0, 0], [1]]) == Estimate(0.2, 0.0, 1.0, 5)


def test_the_mean_of_trials_of_one_reader_has_no_width() -> None:
    """Every resample is this reader; who tells nothing is not there."""
    assert mean_of_trials([[1, 2, 6], []]) == Estimate(3.0, 3.0, 3.0, 3)


@settings(max_examples=40)
@given(st.lists(st.lists(st.integers(-9, 9), max_size=3), min_size=1, max_size=5))
def test_the_mean_of_trials_is_the_estimate_over_readers_of_the_mean_of_all(values: list[list[int]]) -> None:
    """To the same draws, only quicker; who tells nothing plays no part."""
    found, of_all = mean_of_trials(values), estimate(values, fmean)
    assert found.n == of_all.n
    assert (found.value, found.low, found.high) == pytest.approx((of_all.value, of_all.low, of_all.high))
    assert found == mean_of_trials([[], *values])


@settings(max_examples=40)
@given(st.integers(1, 3).flatmap(lambda n: st.lists(st.lists(st.integers(-9, 9), min_size=n, max_size=n), min_size=1)))
def test_readers_who_said_as_much_as_each_other_count_the_same_either_way(values: list[list[int]]) -> None:
    """The mean of trials is then that of readers, and so is its interval."""
    one, other = mean_of_trials(values), mean_of_readers(values)
    assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high))
    assert one.n == other.n


def test_where_nobody_is_shown_anything_coverage_is_unknown_or_0() -> None:
    """It is unknown without a reader, and 0 where a reader was shown an empty page."""
    assert share_covered([], 8) == Estimate(None, None, None, 0)
    assert share_covered([set()], 8) == Estimate(0.0, 0.0, 0.0, 1)


@pytest.mark.parametrize("n_readers", [1, 5])
def test_readers_who_are_shown_the_same_leave_coverage_no_width(n_readers: int) -> None:
    """Two of eight events, whoever is drawn."""
    assert share_covered([{"a", "b"}] * n_readers, 8) == Estimate(0.25, 0.25, 0.25, n_readers)


def test_coverage_lies_in_the_middle_of_its_interval() -> None:
    """Two readers with one event each, of four: 1/2. Half of the resamples have both (1/2) and half have only one
    (1/4), so their standard deviation is 1/8, of which 1.96 go to either side; 200 draws hit it to a hundredth."""
    found = share_covered([{"a"}, {"b"}], 4)
    assert (found.value, found.n) == (0.5, 2)
    assert found.low == pytest.approx(0.5 - 1.96 / 8, abs=0.01)
    assert found.high == pytest.approx(0.5 + 1.96 / 8, abs=0.01)


def test_no_more_than_everything_is_covered() -> None:
    """The same of two events: the standard deviation is 1/4, and the upper side is cut off."""
    found = share_covered([{"a"}, {"b"}], 2)
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(1 - 1.96 / 4, abs=0.01)


def test_the_width_of_coverage_is_that_of_a_plain_bootstrap() -> None:
    """Of thirty readers, each shown three of forty events: whatever any drawn reader is shown is covered."""
    shown = [{str(number), str(number + 1), str(2 * number % 40)} for number in range(30)]
    rng = np.random.Generator(np.random.PCG64(intervals._SEED))
    drawn = [rng.integers(0, 30, size=30) for _ in range(intervals._N_COVERAGE_RESAMPLES)]
    covered = [len(set().union(*(shown[reader] for reader in draw))) / 60 for draw in drawn]
    found = share_covered(shown, 60)
    value = len(set().union(*shown)) / 60
    assert found.value == value
    assert found.low == pytest.approx(value - 1.96 * np.std(covered, ddof=1))


@settings(max_examples=40)
@given(st.lists(st.frozensets(st.sampled_from("abcdef"), max_size=4), min_size=1, max_size=5))
def test_coverage_is_the_share_of_all_that_is_shown(shown: list[frozenset[str]]) -> None:
    """It lies within its interval, that within 0 and 1, and both are always the same."""
    found = share_covered(shown, 6)
    assert found.value == len(frozenset().union(*shown)) / 6
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found == share_covered([set(one) for one in shown], 6)
