"""Scales: places and round figures, worked by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.evaluation.scales import Scale, Tick, domain, marks, tick_label, ticks
from tests.service.evaluation.sample import NOTHING, about


def test_a_scale_lays_out_evenly_in_either_direction() -> None:
    """A quarter of the way along the figures is a quarter of the way along the axis."""
    assert Scale(0, 2, 10, 90).place(0.5) == 30
    assert Scale(0, 2, 90, 10).place(0.5) == 70


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 1.0, [0.0, 0.25, 0.5, 0.75, 1.0]),
        (0.68, 0.76, [0.68, 0.7, 0.72, 0.74, 0.76]),
        (4.2, 6.7, [5.0, 6.0]),
        (-0.05, 0.05, [-0.05, -0.025, 0.0, 0.025, 0.05]),
    ],
)
def test_ticks_are_round_and_within(low: float, high: float, expected: list[float]) -> None:
    """About four steps of 1, 2, 2.5 or 5 times a power of ten."""
    assert ticks(low, high) == expected


@given(st.floats(-10, 10), st.floats(0.01, 10))
def test_there_are_always_a_few_ticks(low: float, width: float) -> None:
    """However the domain lies, one to six ticks are inside it."""
    found = ticks(low, low + width)
    assert 1 <= len(found) <= 6
    assert all(low - 1e-5 * width <= one <= low + 1.00001 * width for one in found)


def test_a_domain_holds_all_intervals_with_air() -> None:
    """From .6 to .8, and a twentieth of that to either side."""
    assert domain([about(0.7, 0.1), about(0.75), NOTHING]) == pytest.approx((0.59, 0.81))


def test_a_domain_of_one_figure_has_width() -> None:
    """What is equal but for rounding stands in the middle."""
    assert domain([about(0.5, 0.0), about(0.5, 1e-15)]) == pytest.approx((0.45, 0.55))


def test_a_domain_of_nothing_is_all_shares() -> None:
    """From 0 to 1, with air."""
    assert domain([NOTHING]) == pytest.approx((-0.05, 1.05))


def test_labels_near_an_end_do_not_stick_out() -> None:
    """They begin or end at their mark."""
    expected = (Tick(0, "0", "start"), Tick(50, ".5"), Tick(100, "1", "end"))
    assert marks(Scale(0, 1, 0, 100), (0.0, 0.5, 1.0)) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(0.25, ".25"), (-0.05, "−.05"), (6.0, "6"), (10.5, "10.5"), (-2.0, "−2"), (0.0, "0")]
)
def test_tick_labels_are_short(value: float, expected: str) -> None:
    """No leading and no trailing zeros, and a true minus."""
    assert tick_label(value) == expected
