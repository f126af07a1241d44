"""What the ledger keeps of a reader's presses, and what names its state."""

from datetime import datetime, timedelta, timezone

import pytest

from ranking.ledger import Adjustment, Ledger
from ranking.text import Terms
from tests.build import NOW

CAP = 3
TERMS = Terms({"word:comet": 1}, {"word:comet": "Comet"})


def pressed(*said: tuple[str, int], ledger: Ledger | None = None, at: datetime = NOW) -> Ledger:
    """A ledger after these presses, with room for three."""
    ledger = ledger or Ledger()
    for event_id, level in said:
        ledger = ledger.adjusted(event_id, level, at, TERMS, CAP)
    return ledger


def said_in(ledger: Ledger) -> list[tuple[str, int]]:
    """What the ledger holds, oldest first."""
    return [(one.event_id, one.level) for one in ledger.adjustments]


def test_presses_are_kept_oldest_first() -> None:
    """A ledger reads in the order in which things were said."""
    assert said_in(pressed(("a", 2), ("b", -1), ("c", 0))) == [("a", 2), ("b", -1), ("c", 0)]


def test_a_press_keeps_its_time_and_the_terms_of_the_event() -> None:
    """What was learned outlives the event, so its terms are written down with the press."""
    assert pressed(("a", 2)).adjustments == (Adjustment("a", 2, NOW, TERMS),)


@pytest.mark.parametrize(("level", "wish"), [(-2, -1.0), (-1, -0.5), (0, 0.0), (1, 0.5), (2, 1.0)])
def test_a_level_is_a_wish_between_minus_one_and_one(level: int, wish: float) -> None:
    """Two levels are one unit of what the learner aims at."""
    assert Adjustment("a", level, NOW, TERMS).wish == wish


def test_the_last_press_on_an_event_wins() -> None:
    """A change of mind replaces what was said before, and counts as the newest word."""
    assert said_in(pressed(("a", 2), ("b", 1), ("a", -1))) == [("b", 1), ("a", -1)]


def test_saying_the_same_again_changes_nothing() -> None:
    """A retry is harmless, even later and when the event has other words by then: place, time and terms stay."""
    before = pressed(("a", 2), ("b", 1))
    assert before.adjusted("a", 2, NOW + timedelta(days=1), Terms({}, {}), CAP) == before


def test_beyond_the_cap_the_oldest_press_is_forgotten() -> None:
    """The ledger holds the newest three."""
    assert said_in(pressed(("a", 2), ("b", 1), ("c", 1), ("d", -2))) == [("b", 1), ("c", 1), ("d", -2)]


def test_a_change_of_mind_in_a_full_ledger_forgets_nothing() -> None:
    """An event that is already there needs no new room."""
    assert said_in(pressed(("a", 2), ("b", 1), ("c", 1), ("a", 1))) == [("b", 1), ("c", 1), ("a", 1)]


def test_a_lower_cap_takes_hold_at_the_next_press() -> None:
    """A ledger from before the cap was lowered is cut to it."""
    assert said_in(pressed(("a", 2), ("b", 1), ("c", 1)).adjusted("d", 1, NOW, TERMS, 2)) == [("c", 1), ("d", 1)]


def test_without_takes_one_press_back() -> None:
    """The others stay as they were, in their order."""
    assert said_in(pressed(("a", 2), ("b", 1), ("c", 1)).without("b")) == [("a", 2), ("c", 1)]


def test_without_an_event_that_was_never_adjusted_is_the_same_ledger() -> None:
    """To undo what was never said changes nothing."""
    ledger = pressed(("a", 2))
    assert ledger.without("b") == ledger


def test_level_of_tells_zero_from_silence() -> None:
    """ "Just as it is" was said; of the other event nothing was."""
    ledger = pressed(("a", 0), ("b", -2))
    assert (ledger.level_of("a"), ledger.level_of("b"), ledger.level_of("c")) == (0, -2, None)


def test_a_press_leaves_the_ledger_before_it_alone() -> None:
    """Ledgers are values: the earlier one can still be read."""
    before = pressed(("a", 2))
    pressed(("b", 1), ledger=before)
    before.without("a")
    assert said_in(before) == [("a", 2)]


def test_equal_ledgers_have_equal_versions_whatever_led_to_them() -> None:
    """A change of mind and an undo on the way leave no trace."""
    straight = pressed(("b", 1), ("a", 2))
    roundabout = pressed(("a", -1), ("x", 2), ("b", 1), ("a", 2)).without("x")
    assert straight == roundabout
    assert straight.version == roundabout.version


@pytest.mark.parametrize(
    "other",
    [
        pressed(),
        pressed(("a", 2)),
        pressed(("b", 1), ("a", 2)),
        pressed(("a", 1), ("b", 1)),
        pressed(("a", 2), ("c", 1)),
        pressed(("a", 2), ("b", 1), at=NOW + timedelta(minutes=1)),
        pressed(("a", 2)).adjusted("b", 1, NOW, Terms({"word:comet": 2}, TERMS.labels), CAP),
        pressed(("a", 2)).adjusted("b", 1, NOW, Terms({"word:strike": 1}, {"word:strike": "Comet"}), CAP),
    ],
    ids=["nothing", "less", "other order", "other level", "other event", "other time", "other count", "other term"],
)
def test_ledgers_that_differ_have_different_versions(other: Ledger) -> None:
    """What was said, in which order, when and of which terms, each make another version."""
    assert other.version != pressed(("a", 2), ("b", 1)).version


def test_the_same_moment_in_another_zone_is_the_same_version() -> None:
    """Two ledgers that are equal have equal versions, also where one clock showed another zone."""
    there = pressed(("a", 2), at=NOW.astimezone(timezone(timedelta(hours=2))))
    assert there == pressed(("a", 2))
    assert there.version == pressed(("a", 2)).version


def test_the_order_of_an_events_terms_and_what_they_are_called_are_no_part_of_the_version() -> None:
    """They teach the same."""
    one = Terms({"word:comet": 1, "word:strike": 2}, {"word:comet": "Comet", "word:strike": "strike"})
    other = Terms({"word:strike": 2, "word:comet": 1}, {"word:comet": "comets", "word:strike": "strikes"})
    assert Ledger().adjusted("a", 1, NOW, one, CAP).version == Ledger().adjusted("a", 1, NOW, other, CAP).version


def test_the_version_tells_where_one_term_ends_and_the_next_begins() -> None:
    """The name of a publisher may have lines."""
    one, other = (
        Ledger().adjusted("a", 1, NOW, Terms(dict.fromkeys(names, 1), dict.fromkeys(names, "x")), CAP)
        for names in (["source:a\nsource:b", "source:c"], ["source:a", "source:b\nsource:c"])
    )
    assert one.version != other.version


def test_two_ledgers_merge_by_time_and_the_later_word_wins() -> None:
    """Whichever of the two comes first, what was said last of an event stands, at its time."""
    minute = timedelta(minutes=1)
    phone = pressed(("d", 1), ledger=pressed(("a", 2)), at=NOW + 3 * minute)
    laptop = pressed(("a", -1), ledger=pressed(("b", 1), at=NOW + minute), at=NOW + 2 * minute)
    assert said_in(phone.merged(laptop, CAP)) == [("b", 1), ("a", -1), ("d", 1)]
    assert phone.merged(laptop, CAP) == laptop.merged(phone, CAP)


def test_a_merged_ledger_keeps_the_newest_presses() -> None:
    """Beyond the cap the oldest are forgotten, whoever said them."""
    old, new = pressed(("a", 2), ("b", 1)), pressed(("c", 1), ("d", -2), at=NOW + timedelta(minutes=1))
    assert said_in(new.merged(old, CAP)) == said_in(old.merged(new, CAP)) == [("b", 1), ("c", 1), ("d", -2)]


def test_a_ledger_merged_with_an_empty_one_is_the_same() -> None:
    """Nothing is added to it."""
    ledger = pressed(("a", 2), ("b", 1))
    assert ledger.merged(Ledger(), CAP) == Ledger().merged(ledger, CAP) == ledger
