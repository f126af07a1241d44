"""Interactions: what is remembered of them, what is forgotten, and what becomes of two histories."""

from collections.abc import Sequence
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.interactions import Action, Encounter, History, Interaction
from tests.build import NOW

CAP = 100


def moment(seconds: float) -> datetime:
    """So many seconds after 1970."""
    return datetime.fromtimestamp(seconds, tz=NOW.tzinfo)


def did(action: str, event_id: str = "a", at: float = 10, seconds: float | None = None) -> Interaction:
    """An interaction with an event, so many seconds after 1970."""
    return Interaction(f"{action}-{event_id}-{at:g}-{seconds}", event_id, Action(action), moment(at), seconds)


def history(*interactions: Interaction, cap: int = CAP) -> History:
    """What is left of these interactions."""
    return History().after(interactions, cap)


@st.composite
def interactions(draw: st.DrawFn) -> Sequence[Interaction]:
    """A few interactions with few events, no two at the same time; those who dwell do so for whole seconds."""
    times = draw(st.lists(st.integers(0, 50), unique=True, max_size=8))
    actions = [(draw(st.sampled_from(Action)), draw(st.sampled_from("abc"))) for _ in times]
    return [
        did(action, event_id, at, draw(st.integers(0, 9)) if action is Action.DWELL else None)
        for at, (action, event_id) in zip(times, actions, strict=True)
    ]


@pytest.mark.parametrize("action", [action for action in Action if action is not Action.DWELL])
def test_seconds_belong_to_a_dwell_alone(action: Action) -> None:
    """A dwell needs them, even if there are none of them, and nothing else may have any."""
    assert did("dwell", seconds=0).seconds == 0
    with pytest.raises(ValueError, match="a dwell needs them"):
        did("dwell")
    with pytest.raises(ValueError, match="seconds belong to a dwell"):
        did(action, seconds=1)


def test_what_was_done_with_an_event_adds_up() -> None:
    """Opens and seconds are counted, and the last time stays, in whatever order it is told."""
    got = history(
        did("seen"),
        did("open", at=30),
        did("dwell", at=31, seconds=2.5),
        did("open", at=20),
        did("dwell", at=5, seconds=1),
    )
    assert got == History({"a": Encounter(31, n_opens=2, seconds=3.5)})


def test_to_see_is_not_to_dismiss() -> None:
    """The one does not show in the other."""
    got = history(did("seen", "a"), did("dismiss", "b"))
    assert (got.seen, got.dismissed) == ({"a": Encounter(10)}, {"b": 10})


def test_a_dismissed_event_comes_back_when_it_is_restored() -> None:
    """And may be dismissed again; to restore what was never dismissed is nothing."""
    there = history(
        did("dismiss", at=10), did("dismiss", "b", at=11), did("restore", at=12), did("restore", "c", at=13)
    )
    assert there == History(dismissed={"b": 11})
    assert there.after([did("dismiss", at=14)], CAP) == History(dismissed={"b": 11, "a": 14})


def test_a_restoring_from_before_the_dismissal_takes_nothing_back() -> None:
    """However late it is told, the order of times counts; at the same time the restoring does."""
    dismissed = history(did("dismiss", at=10), did("dismiss", at=5))
    assert dismissed == History(dismissed={"a": 10})
    assert dismissed.after([did("restore", at=9)], CAP) == dismissed
    assert dismissed.after([did("restore", at=10)], CAP) == History()


@given(told=interactions(), draws=st.data())
def test_what_is_told_together_may_be_told_in_any_order(told: Sequence[Interaction], draws: st.DataObject) -> None:
    """Times alone say what came after what: a dismissal and its restoring included."""
    assert history(*draws.draw(st.permutations(told))) == history(*sorted(told, key=lambda one: one.at))


@given(told=interactions(), cut=st.integers(0, 8))
def test_what_is_told_in_parts_is_the_same_as_at_once(told: Sequence[Interaction], cut: int) -> None:
    """As long as it comes in the order of times, and nothing has to be forgotten."""
    in_time = sorted(told, key=lambda one: one.at)
    assert history(*in_time[:cut]).after(in_time[cut:], CAP) == history(*in_time)


def test_the_oldest_are_forgotten() -> None:
    """Beyond the cap, of each kind for itself; of the same time the first by id. What is kept is the oldest first."""
    got = history(
        *(did("seen", event_id, at) for event_id, at in (("d", 3), ("c", 1), ("b", 1), ("a", 2))),
        *(did("dismiss", event_id, at) for event_id, at in (("z", 7), ("y", 9), ("x", 8), ("w", 7))),
        cap=3,
    )
    assert list(got.seen) == ["c", "a", "d"]
    assert list(got.dismissed) == ["z", "x", "y"]


def test_what_is_seen_again_is_new_again() -> None:
    """It is no longer the oldest."""
    before = history(did("seen", "a", 1), did("seen", "b", 2), cap=2)
    assert list(before.after([did("open", "a", 3), did("seen", "c", 4)], 2).seen) == ["a", "c"]


def test_two_histories_become_one() -> None:
    """The later time stays, and the larger count; what either dismissed is dismissed, since the later time."""
    one = history(
        did("open", "a", 10),
        did("dwell", "a", 11, 4),
        did("seen", "b", 1),
        did("dismiss", "x", 5),
        did("dismiss", "y", 6),
    )
    other = history(did("open", "a", 20), did("seen", "c", 2), did("dismiss", "y", 9), did("dismiss", "z", 4))
    both = History(
        {"b": Encounter(1), "c": Encounter(2), "a": Encounter(20, n_opens=1, seconds=4)}, {"z": 4, "x": 5, "y": 9}
    )
    assert one.merged(other, CAP) == both
    assert list(one.merged(other, CAP).seen) == ["b", "c", "a"]
    assert list(one.merged(other, CAP).dismissed) == ["z", "x", "y"]
    capped = one.merged(other, 1)
    assert (list(capped.seen), list(capped.dismissed)) == (["a"], ["y"])


@given(one=interactions(), other=interactions())
def test_it_does_not_matter_which_history_is_merged_into_which(
    one: Sequence[Interaction], other: Sequence[Interaction]
) -> None:
    """Nor how often; and one that is empty adds nothing."""
    here, there = history(*one), history(*other)
    both = here.merged(there, CAP)
    assert both.merged(there, CAP) == both.merged(here, CAP) == both
    assert here.merged(there, CAP) == there.merged(here, CAP)
    assert here.merged(there, 2) == there.merged(here, 2)
    assert here.merged(History(), CAP) == History().merged(here, CAP) == here


def test_the_version_names_what_plays_a_part_in_feeds() -> None:
    """Which events were seen and which dismissed; not when or how often, and nothing has no name."""
    assert History().version == ""
    seen, dismissed = history(did("seen")), history(did("dismiss"))
    versions = {
        seen.version,
        dismissed.version,
        history(did("seen", "b")).version,
        history(did("seen"), did("dismiss")).version,
    }
    assert len(versions) == 4
    assert all(len(version) == 12 for version in versions)
    assert history(did("open", at=99), did("open", at=98)).version == seen.version
    ordered = (history(did("seen", "a", 1), did("seen", "b", 2)), history(did("seen", "a", 2), did("seen", "b", 1)))
    assert ordered[0].version == ordered[1].version
