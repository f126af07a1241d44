"""Movement: how a feed moved from one order to another."""

from collections.abc import Sequence
from dataclasses import dataclass

from ranking.feed import Slot


@dataclass(frozen=True, slots=True)
class Move:
    """An event's rank before and after, None where it was not among the places that were compared."""

    event_id: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Movement:
    """How many events went up, down, in and out among the first `n_places`, and those that moved farthest."""

    n_places: int
    up: int
    down: int
    entered: int
    left: int
    largest: tuple[Move, ...]


def movement(before: Sequence[Slot], after: Sequence[Slot], n_places: int, n_largest: int) -> Movement:
    """How the feed moved between two orders of `n_places` at most. A folded event has the rank of that it is under; one
    that is in neither order has not moved."""
    old, new = _ranks(before), _ranks(after)
    moves = [Move(event_id, old.get(event_id), new.get(event_id)) for event_id in old.keys() | new.keys()]

    def rise(move: Move) -> int:
        return (move.before or n_places + 1) - (move.after or n_places + 1)

    moved = sorted((one for one in moves if rise(one)), key=lambda one: (-abs(rise(one)), one.event_id))
    stayed_in = [one for one in moved if one.before and one.after]
    return Movement(
        n_places,
        up=sum(rise(one) > 0 for one in stayed_in),
        down=sum(rise(one) < 0 for one in stayed_in),
        entered=sum(one.before is None for one in moved),
        left=sum(one.after is None for one in moved),
        largest=tuple(moved[:n_largest]),
    )


def _ranks(order: Sequence[Slot]) -> dict[str, int]:
    return {event_id: rank for rank, slot in enumerate(order, start=1) for event_id in slot.event_ids}
