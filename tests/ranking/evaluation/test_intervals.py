"""Intervals: how sure a figure is."""

from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranking.evaluation.intervals import Estimate, estimate


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
