"""Profiles in the store: what was fitted comes back exact to the bit, for those statistics and no others."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.crowd import NOBODY
from ranking.features import fit_statistics
from ranking.ledger import Open
from ranking.params import Params
from ranking.profile import fit
from ranking.reader import Reader
from ranking.text import terms_of
from ranking.wishes import Wishes
from service.formats.profile import pack_profile, unpack_profile
from service.formats.record import UnreadableRecord
from tests.build import NOW, PARAMS, a_ledger, an_event
from tests.service.formats.kinds import CORPUS, KINDS, LEDGER, PROFILE, STATISTICS, WISHES, bits

EVENT_IDS = st.sampled_from(["c1", "c2", "s1", "s2"])
NAMES = st.sampled_from(["word:comet", "word:strike", "source:Gazette", "word:unheard-of"])
PRESSES = st.lists(st.tuples(EVENT_IDS, st.integers(-2, 2)))
WISHED = st.builds(
    Wishes.of,
    st.lists(NAMES),
    st.dictionaries(NAMES, st.floats(-10, 10)),
    st.dictionaries(NAMES, st.sampled_from([NOW, NOW - timedelta(days=1)])),
)


@given(PRESSES, WISHED, st.sets(EVENT_IDS))
def test_a_profile_comes_back_to_the_bit(presses: list[tuple[str, int]], wishes: Wishes, opened: set[str]) -> None:
    """Whatever a reader said, laid down and opened, also nothing: what is read is what was fitted, in every field."""
    opens = tuple(Open(one, NOW, CORPUS.terms[CORPUS.row(one)]) for one in sorted(opened))
    reader = Reader(a_ledger(CORPUS, *presses), wishes, opens=opens)
    profile = fit(reader, STATISTICS, Params(learn_from_opens=True))
    read = unpack_profile(pack_profile(profile, STATISTICS), wishes, STATISTICS)
    assert bits(read) == bits(profile)


def test_a_profile_with_terms_newer_than_the_statistics_comes_back() -> None:
    """Terms that have no column in the statistics are written by name."""
    older = fit_statistics([terms_of(an_event("s1", "Dockworkers strike begins"))], PARAMS)
    profile = fit(Reader(LEDGER), older, PARAMS)
    assert set(profile.terms) - set(older.terms)
    assert bits(unpack_profile(pack_profile(profile, older), Wishes(), older)) == bits(profile)


def test_a_profile_says_what_alike_readers_make_of_it() -> None:
    """A number for each column of their rows, exact to the bit, and how hard each lesson pulls by them."""
    read = unpack_profile(pack_profile(PROFILE, STATISTICS), WISHES, STATISTICS)
    assert read is not None
    assert read.taste.tolist() == PROFILE.taste.tolist()
    assert read.beta.tolist() == PROFILE.beta.tolist()
    assert read.taste.shape == (2,)
    assert read.taste.all()
    assert (read.beta != read.alpha).any()


def test_a_profile_of_other_readers_is_none() -> None:
    """The words are the same, but its taste would be of other columns."""
    packed = pack_profile(PROFILE, STATISTICS)
    assert unpack_profile(packed, WISHES, STATISTICS.with_alike(NOBODY)) is None
    alone = fit(Reader(LEDGER), CORPUS.statistics, PARAMS)
    assert bits(unpack_profile(pack_profile(alone, CORPUS.statistics), Wishes(), CORPUS.statistics)) == bits(alone)


def test_a_profile_of_other_statistics_is_none() -> None:
    """Its columns would name other terms, so it is not read at all. It is not damaged either."""
    other = fit_statistics([terms_of(an_event("s1", "Dockworkers strike begins"))], PARAMS)
    assert unpack_profile(pack_profile(PROFILE, STATISTICS), WISHES, other) is None


@given(
    st.lists(st.floats(width=32), min_size=3, max_size=3),
    st.lists(st.floats(), max_size=3),
    st.floats(width=16),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(0, 5),
)
def test_no_number_is_rounded_again(
    alpha: list[float], taste: list[float], weight: float, lean: float, n_because: int
) -> None:
    """Subnormal numbers, negative zero, infinities and the bytes of a newline come back as they were."""
    n_terms = len(PROFILE.terms)
    profile = replace(
        PROFILE,
        alpha=np.array(alpha),
        beta=-np.array(alpha),
        taste=np.resize(taste or [0.0], len(PROFILE.taste)),
        weight=np.full(n_terms, weight),
        lean=lean,
        constant=-lean,
        because=np.full((n_terms, n_because), 0x0A0A, dtype=np.int16),
    )
    assert bits(unpack_profile(pack_profile(profile, STATISTICS), WISHES, STATISTICS)) == bits(profile)


def test_arrays_are_written_in_one_byte_order() -> None:
    """A machine that counts the other way round writes the same bytes."""
    swapped = replace(
        PROFILE,
        alpha=PROFILE.alpha.astype(">f8"),
        beta=PROFILE.beta.astype(">f8"),
        taste=PROFILE.taste.astype(">f8"),
        because=PROFILE.because.astype(">i2"),
    )
    assert pack_profile(swapped, STATISTICS) == pack_profile(PROFILE, STATISTICS)


@pytest.mark.parametrize(
    "members",
    [
        {"event_ids": 3},
        {"event_ids": [f"e{number}" for number in range(1000)]},
        {"n_terms": 1000},
        {"n_terms": "3"},
        {"n_because": 1000},
        {"n_because": None},
        {"levels": None},
    ],
    ids=str,
)
def test_a_member_that_cannot_be_used_is_refused(members: dict[str, object]) -> None:
    """What would fail later, far from the cause, fails here."""
    with pytest.raises(UnreadableRecord):
        KINDS["profile"].read(KINDS["profile"].changed(**members))


def test_a_damaged_checksum_is_told_apart_from_damaged_content() -> None:
    """The checksum is looked at before anything else is believed."""
    sound = KINDS["profile"].sound
    with pytest.raises(UnreadableRecord, match="is damaged"):
        KINDS["profile"].read(bytes([sound[0] ^ 1]) + sound[1:])
