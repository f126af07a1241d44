"""Statistics in the store: what all workers calculate with comes back exact to the bit."""

import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.crowd import NOBODY, Alike, fit_alike
from ranking.features import Statistics, fit_statistics
from ranking.latent import Latent
from ranking.profile import fit
from ranking.reader import Reader
from ranking.text import Terms, terms_of
from service.formats.record import UnreadableRecord
from service.formats.statistics import pack_statistics, unpack_statistics
from tests.build import PARAMS, an_event, likings, two_stories
from tests.service.formats.kinds import ALIKE, KINDS, LATENT, LEDGER, STATISTICS, bits

HALVES = st.floats(width=16, allow_nan=False)


@pytest.mark.parametrize("n_events", [0, 1, 4])
def test_statistics_come_back_to_the_bit(n_events: int) -> None:
    """Of an empty catalogue too; with the version, which is made of everything else."""
    statistics = fit_statistics([terms_of(event) for event in two_stories()[:n_events]], PARAMS)
    assert bits(unpack_statistics(pack_statistics(statistics))) == bits(statistics)


def test_what_readers_turned_up_comes_back_to_the_bit() -> None:
    """As it was fitted: rows, mean and the version that is made of them; and the same with none."""
    terms = [terms_of(event) for event in two_stories()]
    crowd = likings({"u": ("c1", "s2"), "v": ("c1", "c2"), "w": ("s2", "gone")})
    alike = fit_alike(crowd, ["c1", "c2", "s1", "s2"], PARAMS)
    statistics = fit_statistics(terms, PARAMS).with_alike(alike)
    read = unpack_statistics(pack_statistics(statistics))
    assert bits(read) == bits(statistics)
    assert read.alike.version == alike.version
    assert unpack_statistics(pack_statistics(statistics.with_alike(NOBODY))).alike.event_ids == ()


def test_directions_of_words_come_back_to_the_bit() -> None:
    """As they were fitted, on the sixteen events that it takes."""
    titles = ["Comet nears Jupiter"] * 12 + ["Strike over wages"] * 4
    statistics = fit_statistics([terms_of(an_event(f"e{n}", title)) for n, title in enumerate(titles)], PARAMS)
    assert statistics.latent.directions.shape == (5, 2)
    assert bits(unpack_statistics(pack_statistics(statistics))) == bits(statistics)


@given(
    rows=st.lists(st.lists(HALVES, min_size=2, max_size=2), min_size=1, max_size=3),
    mean=st.lists(st.floats(allow_nan=False), min_size=2, max_size=2),
)
def test_no_row_is_rounded_again(rows: list[list[float]], mean: list[float]) -> None:
    """Subnormal numbers, negative zero and infinities come back as they were."""
    alike = Alike(tuple(f"e{n}" for n in range(len(rows))), np.array(rows), np.array(mean))
    statistics = STATISTICS.with_alike(alike)
    assert bits(unpack_statistics(pack_statistics(statistics))) == bits(statistics)


def test_arrays_are_written_in_one_byte_order() -> None:
    """A machine that counts the other way round writes the same bytes."""
    swapped = Statistics.of(
        STATISTICS.terms,
        STATISTICS.labels,
        STATISTICS.idf.astype(">f8"),
        STATISTICS.mean.astype(">f8"),
        STATISTICS.n_events,
        STATISTICS.params_version,
        Alike(ALIKE.event_ids, ALIKE.rows.astype(">f8"), ALIKE.mean.astype(">f8")),
        Latent(LATENT.columns.astype(">i8"), LATENT.directions.astype(">f8"), LATENT.mean.astype(">f8")),
    )
    assert pack_statistics(swapped) == pack_statistics(STATISTICS)


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
    """Compressed: a line of JSON, then doubles, lowest byte first: idf, mean, the means of the rows of alike readers
    and of the directions of words; whole numbers, the columns of these; and in half precision such rows and
    directions."""
    head = (
        b'{"format":1,"terms":["word:a","word:b"],"labels":["A","b"],"n_events":9,"params_version":"p",'
        b'"liked":["e1","e2","e3"],"as_of":1775217600.0,"n_alike":1,"n_shared":1,"n_latent":2}\n'
    )
    body = struct.pack("<7dq5e", 1.0, 2.0, 0.1, 0.2, 0.3, 0.4, 0.6, 1, 1.5, -2.0, 0.25, 0.5, 0.75)
    read = unpack_statistics(zlib.compress(head + body))
    assert (read.terms, read.labels, read.n_events, read.params_version) == (("word:a", "word:b"), ("A", "b"), 9, "p")
    assert (read.idf.tolist(), read.mean.tolist()) == ([1.0, 2.0], [0.1, 0.2])
    assert read.index == {"word:a": 0, "word:b": 1}
    alike, latent = read.alike, read.latent
    assert alike.as_of == 1_775_217_600.0
    assert (alike.event_ids, alike.rows.tolist(), alike.mean.tolist()) == (
        ("e1", "e2", "e3"), [[1.5], [-2.0], [0.25]], [0.3],
    )  # fmt: skip
    assert (latent.columns.tolist(), latent.directions.tolist(), latent.mean.tolist()) == (
        [1],
        [[0.5, 0.75]],
        [0.4, 0.6],
    )


def test_statistics_that_say_nothing_of_readers_are_refused() -> None:
    """Those of an earlier version: they are fitted anew."""
    head = b'{"format":1,"terms":["word:a"],"labels":["A"],"n_events":9,"params_version":"p"}\n'
    with pytest.raises(UnreadableRecord, match=r"^the statistics cannot be read$"):
        unpack_statistics(zlib.compress(head + struct.pack("<2d", 1.0, 0.1)))


@pytest.mark.parametrize(
    "members",
    [
        {"terms": 4},
        {"terms": [f"colour:{n}" for n in range(len(STATISTICS.terms))]},
        {"labels": 5},
        {"liked": 3},
        {"liked": ["c1", "gone", "s2", "s1"]},
        {"n_alike": 1000},
        {"n_alike": "2"},
        {"n_shared": 1000},
        {"n_latent": None},
        {"n_latent": 1000},
    ],
    ids=str,
)
def test_a_member_that_cannot_be_used_is_refused(members: dict[str, object]) -> None:
    """What would fail later, far from the cause, fails here."""
    with pytest.raises(UnreadableRecord, match=r"^the statistics cannot be read$"):
        unpack_statistics(KINDS["statistics"].changed(**members))


@pytest.mark.parametrize("n_bytes", [1, 2, 8, 16])
def test_statistics_with_bytes_to_spare_are_refused(n_bytes: int) -> None:
    """There is one number for each that was named, and no more."""
    with pytest.raises(UnreadableRecord, match=r"^the statistics are longer than they should be$"):
        unpack_statistics(KINDS["statistics"].of(KINDS["statistics"].raw + bytes(n_bytes)))


@pytest.mark.parametrize("members", [{"terms": ["word:comet"]}, {"liked": ["c1"]}, {"n_alike": 1}], ids=str)
def test_statistics_that_name_less_than_there_is_are_refused(members: dict[str, object]) -> None:
    """Numbers would be taken for others."""
    with pytest.raises(UnreadableRecord, match=r"^the statistics are longer than they should be$"):
        unpack_statistics(KINDS["statistics"].changed(**members))
