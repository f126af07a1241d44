"""Ledgers in the store: adjustments come back exactly as they were said, a page at a time."""

import zlib
from datetime import UTC, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.ledger import Adjustment, Ledger
from ranking.profile import fit
from ranking.reader import Reader
from ranking.text import Terms
from service.formats.ledger import PAGE_SIZE, pack_page, unpack_page
from service.formats.record import UnreadableRecord, pack
from tests.build import NOW, PARAMS
from tests.service.formats.kinds import KINDS, LEDGER, STATISTICS, bits

ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
WORDS = st.dictionaries(st.text("abcé4-", min_size=1, max_size=6), st.integers(1, 9), max_size=5)
ADJUSTMENTS = st.builds(
    Adjustment,
    event_id=st.text("azAZ09._~-", min_size=1),
    level=st.integers(-2, 2),
    at=st.datetimes(timezones=st.just(UTC) | ZONES),
    terms=WORDS.map(
        lambda words: Terms.of(
            {f"word:{stem}": count for stem, count in words.items()}, {f"word:{stem}": f"{stem}s" for stem in words}
        )
    ),
)


@given(st.lists(st.tuples(st.integers(0, 2**63 - 1), ADJUSTMENTS), max_size=PAGE_SIZE))
def test_a_page_comes_back(placed: list[tuple[int, Adjustment]]) -> None:
    """Each adjustment with its place, its terms in their order, and its time in the zone in which it was said."""
    read = unpack_page(pack_page(placed), "0")
    assert read == placed
    for (_, now), (_, then) in zip(read, placed, strict=True):
        assert list(now.terms.counts) == list(then.terms.counts)
        assert now.at.utcoffset() == then.at.utcoffset()


def test_what_is_read_is_fitted_like_what_was_written() -> None:
    """A worker that has read a ledger from the store comes to the very profile of the one that wrote it."""
    read = Ledger(tuple(one for _, one in unpack_page(pack_page(list(enumerate(LEDGER.adjustments))), "0")))
    assert (read, read.version) == (LEDGER, LEDGER.version)
    assert bits(fit(Reader(read), STATISTICS, PARAMS)) == bits(fit(Reader(LEDGER), STATISTICS, PARAMS))


def test_a_page_of_format_1_is_read() -> None:
    """What a store holds and nobody can say again must still be read by the next version: compressed JSON."""
    packed = zlib.compress(
        b'{"format":1,"adjustments":[{"place":7,"event_id":"c1","level":-2,"at":"2026-04-03T12:00:00+00:00",'
        b'"words":"Comet|s*3 polici=policy","source":["Gazette"],"category":["News"],"language":["en"]}]}'
    )
    labels = {
        "word:comet": "Comets",
        "word:polici": "policy",
        "source:Gazette": "Gazette",
        "category:News": "News",
        "language:en": "en",
    }
    terms = Terms.of(dict.fromkeys(labels, 1) | {"word:comet": 3}, labels)
    assert unpack_page(packed, "0") == [(7, Adjustment("c1", -2, NOW, terms))]


def test_an_adjustment_written_before_there_were_pages_is_read() -> None:
    """By itself under the name of its event, each term with its count and label; its terms come in today's order."""
    packed = zlib.compress(
        b'{"format":1,"place":7,"level":-2,"at":"2026-04-03T12:00:00+00:00",'
        b'"terms":{"word:comet":[3,"Comets"],"category:Two words | and":[1,"Two words | and"]}}'
    )
    labels = {"word:comet": "Comets", "category:Two words | and": "Two words | and"}
    [(place, adjustment)] = unpack_page(packed, "c1")
    assert (place, adjustment) == (
        7,
        Adjustment("c1", -2, NOW, Terms.of({"word:comet": 3, "category:Two words | and": 1}, labels)),
    )
    assert list(adjustment.terms.counts) == ["category:Two words | and", "word:comet"]


@pytest.mark.parametrize(
    "terms", [["word:comet"], {"word:comet": 1}, {"word:comet": [1]}, {"word:comet": [1, "comet", "comets"]}], ids=str
)
def test_an_adjustment_of_that_time_that_cannot_be_used_is_refused(terms: object) -> None:
    """As one of today."""
    record = {"place": 0, "level": 1, "at": NOW, "terms": terms}
    with pytest.raises(UnreadableRecord):
        unpack_page(pack(record), "c1")


@pytest.mark.parametrize(
    "adjustment",
    [
        {},
        {"place": 0, "event_id": "c1", "level": 1, "at": 1_775_217_600, "words": ""},
        {"place": 0, "event_id": "c1", "level": 1, "at": "yesterday", "words": ""},
        {"place": 0, "event_id": "c1", "level": 1, "at": "2026-04-03T12:00:00+00:00", "words": ["comet"]},
        {"place": 0, "event_id": "c1", "level": 1, "at": "2026-04-03T12:00:00+00:00", "words": "comet*many"},
        {"place": 0, "event_id": "c1", "level": 1, "at": "2026-04-03T12:00:00+00:00", "words": "", "source": 1},
        "c1",
        None,
    ],
    ids=str,
)
def test_an_adjustment_that_cannot_be_used_is_refused(adjustment: object) -> None:
    """What would fail later, far from the cause, fails here; nothing of what is stored is repeated in the message."""
    with pytest.raises(UnreadableRecord, match=r"^a page of the ledger cannot be read$"):
        unpack_page(KINDS["page"].changed(adjustments=[adjustment]), "0")


def test_a_full_page_takes_half_of_what_its_adjustments_take_one_by_one() -> None:
    """Which is what pages are for: the words of a reader's events are much the same."""
    words = [f"{stem}{number}" for stem in ("comet", "strike", "harbour") for number in range(20)]
    terms = Terms.of({f"word:{one}": 1 for one in words}, {f"word:{one}": one.title() for one in words})
    placed = [(place, Adjustment(f"e{place}", 1, NOW, terms)) for place in range(PAGE_SIZE)]
    assert 2 * len(pack_page(placed)) < sum(len(pack_page([one])) for one in placed)
