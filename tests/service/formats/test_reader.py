"""What else the store keeps of readers: wishes, history, opens and what was heard come back as they were."""

import zlib
from datetime import UTC, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.interactions import Encounter, History
from ranking.ledger import Open
from ranking.text import Terms
from ranking.wishes import Wishes
from service.formats.reader import (
    pack_heard,
    pack_history,
    pack_opens,
    pack_wishes,
    unpack_heard,
    unpack_history,
    unpack_opens,
    unpack_wishes,
)
from service.formats.record import UnreadableRecord
from tests.build import NOW
from tests.service.formats.kinds import KINDS

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8).map(lambda name: f"source:{name}")
IDS = st.text("aZ09._~-", min_size=1, max_size=6)
MOMENTS = st.datetimes(
    timezones=st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))) | st.just(UTC)
)
SECONDS = st.floats(-62_135_510_400, 253_402_214_400)
WISHED = st.builds(
    Wishes.of,
    st.lists(NAMES, max_size=5),
    st.dictionaries(NAMES, st.floats(-10, 10), max_size=5),
    st.dictionaries(NAMES, MOMENTS, max_size=5),
)
ENCOUNTERS = st.builds(Encounter, SECONDS, st.integers(0, 2**40), st.floats(0, 1e15))
HISTORIES = st.builds(History, st.dictionaries(IDS, ENCOUNTERS), st.dictionaries(IDS, SECONDS))
OPENED = st.builds(
    Open,
    IDS,
    MOMENTS,
    NAMES.map(lambda name: Terms.of({name: 1, "word:a": 2}, {name: name.partition(":")[2], "word:a": "A"})),
)
FINGERPRINTS = st.text("0123456789abcdef", min_size=16, max_size=16)


@given(WISHED)
def test_wishes_come_back(wishes: Wishes) -> None:
    """Mutes, pins to the last bit and the moments of clearing, in their order; with them the version."""
    read = unpack_wishes(pack_wishes(wishes))
    assert (read, read.version) == (wishes, wishes.version)
    assert [*read.pins, *read.cleared] == [*wishes.pins, *wishes.cleared]


@given(HISTORIES)
def test_a_history_comes_back_oldest_first(history: History) -> None:
    """What was forgotten first when it was written is forgotten first after it was read."""
    read = unpack_history(pack_history(history))
    assert read == history
    assert (list(read.seen), list(read.dismissed)) == (list(history.seen), list(history.dismissed))


@given(st.lists(OPENED, max_size=5).map(tuple))
def test_opens_come_back_with_their_terms(opens: tuple[Open, ...]) -> None:
    """In their order."""
    assert unpack_opens(pack_opens(opens)) == opens


@given(st.lists(FINGERPRINTS, max_size=20).map(tuple))
def test_what_was_heard_comes_back_in_eight_bytes_each(heard: tuple[str, ...]) -> None:
    """A fingerprint of sixteen digits is eight bytes, and nothing stands between two."""
    packed = pack_heard(heard)
    assert len(packed) == 8 * len(heard)
    assert unpack_heard(packed) == heard


def test_what_format_1_says_of_a_reader_is_read() -> None:
    """Nobody can say it again, so the next version must still read it: compressed JSON."""
    wishes = (
        b'{"format":1,"mutes":["word:strike"],"pins":{"word:comet":2.5},'
        b'"cleared":{"word:wage":"2026-04-03T12:00:00+00:00"}}'
    )
    history = b'{"format":1,"seen":{"c1":[1.5,2,31.5],"s1":[2.5,0,0.0]},"dismissed":{"s2":3.5}}'
    opens = b'{"format":1,"opens":[{"event_id":"c1","at":"2026-04-03T12:00:00+00:00","words":"Comet|s*3"}]}'
    assert unpack_wishes(zlib.compress(wishes)) == Wishes(("word:strike",), {"word:comet": 2.5}, {"word:wage": NOW})
    assert unpack_history(zlib.compress(history)) == History(
        {"c1": Encounter(1.5, 2, 31.5), "s1": Encounter(2.5)}, {"s2": 3.5}
    )
    assert unpack_opens(zlib.compress(opens)) == (
        Open("c1", NOW, Terms.of({"word:comet": 3}, {"word:comet": "Comets"})),
    )


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("wishes", {"mutes": 1}),
        ("wishes", {"cleared": []}),
        ("wishes", {"cleared": {"word:comet": 1_775_217_600}}),
        ("wishes", {"cleared": {"word:comet": "yesterday"}}),
        ("history", {"seen": ["c1"]}),
        ("history", {"seen": {"c1": []}}),
        ("history", {"seen": {"c1": 1.0}}),
        ("history", {"seen": {"c1": [1.0, 2, 3.0, 4]}}),
        ("history", {"dismissed": 1}),
        ("opens", {"opens": 1}),
        ("opens", {"opens": ["c1"]}),
        ("opens", {"opens": [{"event_id": "c1", "at": "yesterday", "words": ""}]}),
    ],
    ids=str,
)
def test_a_member_that_cannot_be_used_is_refused(name: str, members: dict[str, object]) -> None:
    """What would fail later, far from the cause, fails here; the message says what it was about."""
    with pytest.raises(UnreadableRecord, match=rf"^the {name} cannot be read$"):
        KINDS[name].read(KINDS[name].changed(**members))
