"""Snapshots in the store: an order comes back with all that lifted its places."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.diversity import Lift
from ranking.feed import Slot
from service.formats.record import UnreadableRecord
from service.formats.snapshot import Snapshot, pack_snapshot, unpack_snapshot
from tests.service.formats.kinds import KINDS

EVENT_IDS = st.lists(st.text("aZ09._~-", min_size=1, max_size=6), max_size=4).map(tuple)
PLAIN = st.builds(Slot, EVENT_IDS)
LIFTED = st.builds(Slot, EVENT_IDS, st.floats(0, 100), st.sampled_from(Lift), st.floats(0, 1))
SNAPSHOTS = st.builds(
    Snapshot,
    order=st.lists(PLAIN | LIFTED, max_size=30).map(tuple),
    complete=st.booleans(),
    category=st.none() | st.text(st.characters(exclude_categories=["Cs"])),
    revision=st.integers(0, 2**53),
    among=st.none() | EVENT_IDS,
)


@given(SNAPSHOTS)
def test_a_snapshot_comes_back(snapshot: Snapshot) -> None:
    """Places, folded near-duplicates, what lifted whom by how much and with which propensity, to the last bit."""
    assert unpack_snapshot(pack_snapshot(snapshot)) == snapshot


def test_a_place_that_nothing_lifted_costs_only_its_events() -> None:
    """A thousand places of one event each, as in any feed, take few bytes more than the ids themselves: "e123", and
    for each four signs of JSON before it is compressed."""
    order = tuple(Slot((f"e{number}",)) for number in range(1000))
    assert len(pack_snapshot(Snapshot(order, True, None, 1))) < 4 * len(order)


@pytest.mark.parametrize(
    "members",
    [
        {"order": 1},
        {"order": [1]},
        {"special": {"99": [1.0, "kept", 1.0]}},
        {"special": {"first": [1.0, "kept", 1.0]}},
        {"special": {"0": [1.0, "kept"]}},
        {"special": {"0": [1.0, "thrown", 1.0]}},
        {"special": {"0": 1.0}},
    ],
    ids=str,
)
def test_a_member_that_cannot_be_used_is_refused(members: dict[str, object]) -> None:
    """A snapshot that cannot be read counts as forgotten, so it must say so here and not fail on the page."""
    with pytest.raises(UnreadableRecord, match=r"^a snapshot cannot be read$"):
        unpack_snapshot(KINDS["snapshot"].changed(**members))
