"""Numbers, levels and times in the words of pages."""

from datetime import UTC, datetime

import pytest

from service.pages import words


@pytest.mark.parametrize(("value", "shown"), [(7.0, "7"), (8.26, "8.3"), (10.0, "10"), (0.0, "0")])
def test_a_signal_has_one_digit_where_it_needs_one(value: float, shown: str) -> None:
    """As an editor would write it."""
    assert words.signal(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(0.44, "+0.4"), (-0.44, "−0.4"), (0.04, "0.0"), (-0.04, "0.0"), (0.0, "0.0"), (12.0, "+12.0")]
)
def test_points_have_a_sign_unless_they_are_none(value: float, shown: str) -> None:
    """With a real minus, and never a minus nought."""
    assert words.points(value) == shown


@pytest.mark.parametrize(("value", "shown"), [(0.314, "+0.31"), (-1.0, "−1.00")])
def test_a_weight_has_two_digits(value: float, shown: str) -> None:
    """And a sign."""
    assert words.weight(value) == shown


@pytest.mark.parametrize(("n", "shown"), [(0, "0 sources"), (1, "1 source"), (2, "2 sources"), (1200, "1,200 sources")])
def test_a_count_knows_one_from_many(n: int, shown: str) -> None:
    """With its thousands apart."""
    assert words.count(n, "source") == shown


def test_a_count_may_have_a_plural_of_its_own() -> None:
    """Where an s will not do."""
    assert words.count(2, "category", "categories") == "2 categories"


def test_a_day_is_written_without_a_leading_nought() -> None:
    """Day, month, year."""
    assert words.day(datetime(2026, 4, 3, 9, tzinfo=UTC)) == "3 Apr 2026"


@pytest.mark.parametrize(("n_bytes", "shown"), [(900, "900 bytes"), (2048, "2 KiB"), (3 * 1024 * 1024, "3,072 KiB")])
def test_a_size_is_told_in_kibibytes(n_bytes: int, shown: str) -> None:
    """From one of them on."""
    assert words.size(n_bytes) == shown


def test_every_level_has_a_name_and_a_verb() -> None:
    """And to open an event has a verb, too."""
    assert [words.verb(level) for level in words.LEVELS] == [
        "you turned far down", "you turned down", "you left as it is", "you turned up", "you turned far up",
    ]  # fmt: skip
    assert words.verb(None) == "you opened"
