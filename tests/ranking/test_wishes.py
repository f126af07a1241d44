"""What a reader lays down and takes back, and what names it."""

import re
from datetime import timedelta, timezone
from typing import Any

import pytest

from ranking.wishes import MAX_WISHES, TooManyWishes, Wishes
from tests.build import NOW

LATER = NOW + timedelta(hours=1)
SOME = Wishes.of(["word:strike", "source:Gazette"], {"word:comet": 2.0}, {"category:News": NOW})


def names(n: int, prefix: str = "word:w") -> list[str]:
    """The names of n terms."""
    return [f"{prefix}{number}" for number in range(n)]


def test_wishes_are_laid_down_beside_those_there_are_and_kept_in_order() -> None:
    """Each kind for itself; what was cleared remembers when."""
    changed = SOME.changed(at=LATER, mute=["word:moon"], pin={"source:Gazette": -1.5}, clear=["word:strike"])
    assert changed.mutes == ("source:Gazette", "word:moon", "word:strike")
    assert list(changed.pins.items()) == [("source:Gazette", -1.5), ("word:comet", 2.0)]
    assert list(changed.cleared.items()) == [("category:News", NOW), ("word:strike", LATER)]


def test_wishes_are_taken_back_each_by_its_kind() -> None:
    """What was never laid down is not missed."""
    changed = SOME.changed(
        at=LATER,
        unmute=["word:strike", "word:comet"],
        unpin=["word:comet", "word:strike"],
        restore=["category:News", "word:comet"],
    )
    assert changed == Wishes.of(["source:Gazette"], {}, {})


def test_what_is_taken_back_goes_before_what_is_laid_down() -> None:
    """Who asks for both at once is left with the wish."""
    both: dict[str, Any] = {"mute": ["word:x"], "unmute": ["word:x"], "pin": {"word:x": 1.0}, "unpin": ["word:x"]}
    changed = Wishes().changed(at=NOW, clear=["word:x"], restore=["word:x"], **both)
    assert changed == Wishes.of(["word:x"], {"word:x": 1.0}, {"word:x": NOW})


def test_a_wish_that_is_laid_down_again_replaces_the_former() -> None:
    """The new points count, and a term that is cleared again is cleared up to now."""
    changed = SOME.changed(at=LATER, mute=["word:strike"], pin={"word:comet": -3.0}, clear=["category:News"])
    assert changed == Wishes.of(SOME.mutes, {"word:comet": -3.0}, {"category:News": LATER})


def test_a_change_leaves_the_wishes_before_it_alone() -> None:
    """Wishes are values: the earlier ones can still be read."""
    before = Wishes.of([], {"word:comet": 2.0}, {"word:moon": NOW})
    before.changed(at=LATER, unpin=["word:comet"], restore=["word:moon"], mute=["word:x"])
    assert before == Wishes.of([], {"word:comet": 2.0}, {"word:moon": NOW})


@pytest.mark.parametrize("kind", ["mute", "pin", "clear"])
def test_there_is_room_for_so_many_wishes_of_a_kind_and_no_more(kind: str) -> None:
    """The last that fits is kept; one more is refused, but to change one that is there needs no room."""
    asked: Any = dict.fromkeys(names(MAX_WISHES), 1.0)
    full = Wishes().changed(at=NOW, **{kind: asked})
    assert full.changed(at=NOW, **{kind: {"word:w0": 1.0}}) == full
    with pytest.raises(TooManyWishes, match=f"should be {MAX_WISHES} of a kind at most"):
        full.changed(at=NOW, **{kind: {"word:more": 1.0}})


def test_kinds_do_not_take_room_from_one_another() -> None:
    """All three may be full at once."""
    full = names(MAX_WISHES)
    wishes = Wishes().changed(at=NOW, mute=full, pin=dict.fromkeys(full, 1.0), clear=full)
    assert len(wishes.mutes) == len(wishes.pins) == len(wishes.cleared) == MAX_WISHES


def test_two_readers_wishes_merge_and_over_a_pin_ones_own_counts() -> None:
    """Both are muted; what either cleared is cleared up to the later moment."""
    other = Wishes.of(
        ["word:strike", "word:moon"], {"word:comet": -5.0, "word:moon": 1.0}, {"category:News": LATER, "word:x": NOW}
    )
    cleared = {"category:News": LATER, "word:x": NOW}
    mutes = ["source:Gazette", "word:moon", "word:strike"]
    assert SOME.merged(other) == Wishes.of(mutes, {"word:comet": 2.0, "word:moon": 1.0}, cleared)
    assert other.merged(SOME) == Wishes.of(mutes, {"word:comet": -5.0, "word:moon": 1.0}, cleared)
    assert SOME.merged(Wishes()) == Wishes().merged(SOME) == SOME


def test_two_readers_may_have_too_many_wishes_together() -> None:
    """Then nothing is dropped in silence."""
    one, other = (Wishes.of(names(MAX_WISHES // 2 + 1, prefix), {}, {}) for prefix in ("word:a", "word:b"))
    with pytest.raises(TooManyWishes):
        one.merged(other)


def test_no_wishes_have_no_version() -> None:
    """A reader who laid nothing down is known by what they said alone; all others have twelve digits more."""
    assert Wishes().version == Wishes.of([], {}, {}).version == ""
    assert re.fullmatch(r"[0-9a-f]{12}", SOME.version)


def test_equal_wishes_have_equal_versions_whatever_led_to_them() -> None:
    """Neither the order, nor what was taken back, nor the zone of a clock leaves a trace."""
    there = NOW.astimezone(timezone(timedelta(hours=2)))
    straight = Wishes().changed(at=NOW, mute=["word:a", "word:b"], pin={"word:c": 1.0, "word:d": 2.0}, clear=["word:e"])
    roundabout = (
        Wishes()
        .changed(at=LATER, pin={"word:d": 2.0, "word:x": 9.0}, mute=["word:b"], clear=["word:e"])
        .changed(at=there, pin={"word:c": 1.0}, unpin=["word:x"], mute=["word:a"], clear=["word:e"])
    )
    assert straight == roundabout
    assert straight.version == roundabout.version


@pytest.mark.parametrize(("points", "the_same"), [(1, 1.0), (0.0, -0.0)])
def test_the_same_points_have_the_same_version_however_they_are_written(points: float, the_same: float) -> None:
    """A whole number with or without its point, nought with or without a sign."""
    one, other = (Wishes.of([], {"word:comet": value}, {}) for value in (points, the_same))
    assert one == other
    assert one.version == other.version


@pytest.mark.parametrize(
    "change",
    [
        {"mute": ["word:comet"]},
        {"unmute": ["word:strike"]},
        {"pin": {"word:comet": 2.5}},
        {"pin": {"word:strike": 2.0}},
        {"unpin": ["word:comet"]},
        {"clear": ["category:News"]},
        {"restore": ["category:News"]},
    ],
    ids=str,
)
def test_wishes_that_differ_have_different_versions(change: dict[str, Any]) -> None:
    """What is muted, pinned with how much, and cleared when, each make another version."""
    assert SOME.changed(at=LATER, **change).version != SOME.version


def test_the_version_tells_the_kinds_apart() -> None:
    """To mute a word is not to clear it."""
    assert len({Wishes.of(["word:a"], {}, {}).version, Wishes.of([], {}, {"word:a": NOW}).version}) == 2
