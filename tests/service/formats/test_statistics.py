"""Statistics in the store: what all workers calculate with comes back exact to the bit."""

import struct
import zlib

import pytest

from ranking.features import fit_statistics
from ranking.profile import fit
from ranking.reader import Reader
from ranking.text import Terms, terms_of
from service.formats.record import UnreadableRecord
from service.formats.statistics import pack_statistics, unpack_statistics
from tests.build import PARAMS, two_stories
from tests.service.formats.kinds import KINDS, LEDGER, STATISTICS, bits


@pytest.mark.parametrize("n_events", [0, 1, 4])
def test_statistics_come_back_to_the_bit(n_events: int) -> None:
    """Of an empty catalogue too; with the version, which is made of everything else."""
    statistics = fit_statistics([terms_of(event) for event in two_stories()[:n_events]], PARAMS)
    assert bits(unpack_statistics(pack_statistics(statistics))) == bits(statistics)


def test_statistics_with_a_newline_in_a_label_come_back() -> None:
    """The first newline of a record ends its JSON, whatever the words in it."""
    terms = [Terms({"source:A\nB": 1, "word:ü\u2028": 2}, {"source:A\nB": "A\nB", "word:ü\u2028": "Ü\u2028"})]
    statistics = fit_statistics(terms, PARAMS)
    assert bits(unpack_statistics(pack_statistics(statistics))) == bits(statistics)


def test_a_profile_fitted_with_what_was_read_is_the_same() -> None:
    """A worker that has read the statistics from the store comes to the very profile of the one that wrote them."""
    read = unpack_statistics(pack_statistics(STATISTICS))
    assert bits(fit(Reader(LEDGER), read, PARAMS)) == bits(fit(Reader(LEDGER), STATISTICS, PARAMS))


def test_statistics_of_format_1_are_read() -> None:
    """Compressed: a line of JSON, then idf and mean as doubles, lowest byte first."""
    head = b'{"format":1,"terms":["word:a","word:b"],"labels":["A","b"],"n_events":9,"params_version":"p"}\n'
    read = unpack_statistics(zlib.compress(head + struct.pack("<4d", 1.0, 2.0, 0.1, 0.2)))
    assert (read.terms, read.labels, read.n_events, read.params_version) == (("word:a", "word:b"), ("A", "b"), 9, "p")
    assert (read.idf.tolist(), read.mean.tolist()) == ([1.0, 2.0], [0.1, 0.2])
    assert read.index == {"word:a": 0, "word:b": 1}


@pytest.mark.parametrize(
    "members",
    [
        {"terms": ["word:comet"]},
        {"terms": 4},
        {"terms": [f"colour:{n}" for n in range(len(STATISTICS.terms))]},
        {"labels": 5},
    ],
    ids=str,
)
def test_a_member_that_cannot_be_used_is_refused(members: dict[str, object]) -> None:
    """What would fail later, far from the cause, fails here."""
    with pytest.raises(UnreadableRecord, match=r"^the statistics cannot be read$"):
        unpack_statistics(KINDS["statistics"].changed(**members))


def test_statistics_with_bytes_to_spare_are_refused() -> None:
    """One number for each term, no more."""
    for n_bytes in (1, 8, 16):
        with pytest.raises(UnreadableRecord):
            unpack_statistics(KINDS["statistics"].of(KINDS["statistics"].raw + bytes(n_bytes)))
