"""Movement: worked by hand."""

import pytest

from ranking.feed import Slot
from ranking.movement import Move, Movement, movement


def order(*places: str) -> list[Slot]:
    """An order of events of one letter each; letters of one place are folded under its first."""
    return [Slot(tuple(place)) for place in places]


def test_nothing_has_moved_where_nothing_has() -> None:
    """Nor where there was nothing before and is nothing after."""
    assert movement(order("a", "b"), order("a", "b"), 2, 5) == Movement(2, 0, 0, 0, 0, ())
    assert movement([], [], 20, 5) == Movement(20, 0, 0, 0, 0, ())


def test_a_move_is_worked_out_by_hand() -> None:
    """Of four places: one went up, two down, one came and one went; the farthest come first, of equals by id."""
    moved = movement(order("a", "b", "c", "d"), order("d", "a", "e", "b"), n_places=4, n_largest=10)
    # d rose by 3; b fell by 2, c by 2 (from 3 to nowhere, which counts as the fifth), e rose by 2; a fell by 1.
    assert moved == Movement(
        4,
        up=1,
        down=2,
        entered=1,
        left=1,
        largest=(
            Move("d", 4, 1),
            Move("b", 2, 4),
            Move("c", 3, None),
            Move("e", None, 3),
            Move("a", 1, 2),
        ),
    )


@pytest.mark.parametrize(("n_largest", "named"), [(0, []), (1, ["d"]), (3, ["d", "b", "c"])])
def test_only_the_farthest_are_named(n_largest: int, named: list[str]) -> None:
    """All are counted."""
    moved = movement(order("a", "b", "c", "d"), order("d", "a", "e", "b"), n_places=4, n_largest=n_largest)
    assert [move.event_id for move in moved.largest] == named
    assert (moved.up, moved.down, moved.entered, moved.left) == (1, 2, 1, 1)


def test_what_has_stayed_is_not_named() -> None:
    """Two change places, the one between them stands where it stood."""
    moved = movement(order("a", "b", "c"), order("c", "b", "a"), n_places=3, n_largest=3)
    assert moved == Movement(3, 1, 1, 0, 0, (Move("a", 1, 3), Move("c", 3, 1)))


def test_a_folded_event_stands_where_that_stands_which_it_is_under() -> None:
    """To unfold moves it; to change places within a fold moves nothing."""
    assert movement(order("ab", "c"), order("ba", "c"), 3, 5) == Movement(3, 0, 0, 0, 0, ())
    unfolded = movement(order("ab", "c"), order("a", "b", "c"), n_places=3, n_largest=5)
    assert unfolded == Movement(3, 0, 2, 0, 0, (Move("b", 1, 2), Move("c", 2, 3)))


def test_a_feed_that_was_empty_is_entered() -> None:
    """The higher the place, the farther the way; and the same the other way round."""
    entered = movement([], order("a", "b"), n_places=2, n_largest=5)
    assert entered == Movement(2, 0, 0, 2, 0, (Move("a", None, 1), Move("b", None, 2)))
    left = movement(order("a", "b"), [], n_places=2, n_largest=5)
    assert left == Movement(2, 0, 0, 0, 2, (Move("a", 1, None), Move("b", 2, None)))
