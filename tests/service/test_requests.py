"""Requests: what callers may say about a reader, and that each fault is told by the field that it stands in."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from ranking.interactions import Encounter, History
from ranking.ledger import Adjustment, Ledger, Open
from ranking.params import Params
from ranking.reader import Reader
from ranking.text import Terms
from ranking.wishes import Wishes
from service.documents import InvalidDocument, read_document, write_document
from service.requests import (
    AdjustmentRequest,
    MergeRequest,
    PreviewRequest,
    ReaderDocument,
    SuppliedAdjustment,
    WishesRequest,
    known_terms,
    pins_meant,
    terms_meant,
)
from tests.build import NOW, PARAMS, a_corpus, a_reader, two_stories

CORPUS = a_corpus(*two_stories())
DOCUMENT: TypeAdapter[ReaderDocument] = TypeAdapter(ReaderDocument)
SAID = {
    "event_id": "c1",
    "level": 2,
    "at": "2026-04-03T09:00:00Z",
    "terms": {
        "counts": {"word:comet": 2, "source:Gazette": 1},
        "labels": {"word:comet": "comets", "source:Gazette": "Gazette"},
    },
}


def fields_refused(shape: Any, document: object) -> list[str]:
    """The fields that are told to be wrong."""
    adapter: TypeAdapter[Any] = TypeAdapter(shape)
    with pytest.raises(InvalidDocument) as refusal:
        read_document(adapter, write_document(document))
    return [error.field for error in refusal.value.errors]


def faults_of(told: dict[str, Any], params: Params = PARAMS) -> list[tuple[str, str]]:
    """What is told to be wrong with a document that has these fields, beyond their shapes."""
    document = read_document(DOCUMENT, write_document({"user_id": "ann"} | told))
    with pytest.raises(InvalidDocument) as refusal:
        document.reader(params)
    return [(error.field, error.message) for error in refusal.value.errors]


def with_terms(counts: dict[str, int], labels: dict[str, str] | None = None) -> dict[str, Any]:
    """An adjustment of an event that had these terms."""
    by_name = {name: name.partition(":")[2] for name in counts}
    return SAID | {"terms": {"counts": counts, "labels": by_name if labels is None else labels}}


# Shapes


def test_what_is_left_out_of_a_request_is_as_if_nothing_were_wished() -> None:
    """Empty requests for wishes and for a preview are good."""
    wishes: TypeAdapter[WishesRequest] = TypeAdapter(WishesRequest)
    assert read_document(wishes, b"{}") == WishesRequest()
    preview: TypeAdapter[PreviewRequest] = TypeAdapter(PreviewRequest)
    assert read_document(preview, b"{}") == PreviewRequest()
    assert read_document(preview, b'{"adjustments":[{"event_id":"c1","level":-2}]}').adjustments == (
        SuppliedAdjustment("c1", -2),
    )


@pytest.mark.parametrize(
    ("shape", "document", "fields"),
    [
        (AdjustmentRequest, {"level": 3}, ["level"]),
        (AdjustmentRequest, {"level": 1, "why": "so"}, ["why"]),
        (MergeRequest, {"user_id": "a b"}, ["user_id"]),
        (WishesRequest, {"mute": ["comet"]}, ["mute.0"]),
        (WishesRequest, {"mute": ["word:a", "word:"]}, ["mute.1"]),
        (WishesRequest, {"unmute": ["title:a"]}, ["unmute.0"]),
        (WishesRequest, {"mute": [f"word:{number}" for number in range(201)]}, ["mute"]),
        (WishesRequest, {"clear": "word:a"}, ["clear"]),
        (WishesRequest, {"pin": {"word:a": 10.5}}, ["pin.word:a"]),
        (WishesRequest, {"pin": ["word:a"]}, ["pin"]),
        (WishesRequest, {"language": "EN"}, ["language"]),
        (WishesRequest, {"hide": []}, ["hide"]),
        (PreviewRequest, {"limit": 0}, ["limit"]),
        (PreviewRequest, {"limit": 101}, ["limit"]),
        (PreviewRequest, {"adjustments": [{"event_id": "c1", "level": 5}]}, ["adjustments.0.level"]),
        (PreviewRequest, {"adjustments": [{"event_id": "c1", "level": 1, "at": "now"}]}, ["adjustments.0.at"]),
        (PreviewRequest, {"category": "c" * 101}, ["category"]),
        (ReaderDocument, {"user_id": "ann", "format": "signalfeed-reader-2"}, ["format"]),
        (ReaderDocument, {"user_id": "ann", "heard": ["xyz"]}, ["heard.0"]),
        (ReaderDocument, {"user_id": "ann", "profile": {}}, ["profile"]),
        (ReaderDocument, {"user_id": "ann", "wishes": {"pins": {"word:a": 11}}}, ["wishes.pins.word:a"]),
        (ReaderDocument, {"user_id": "ann", "history": {"seen": {"c/1": {"at": 0}}}}, ["history.seen.c/1.[key]"]),
        (ReaderDocument, {"user_id": "ann", "history": {"seen": {"c1": {"at": 1e12}}}}, ["history.seen.c1.at"]),
        (ReaderDocument, {"user_id": "ann", "adjustments": [SAID] * 501}, ["adjustments"]),
        (
            ReaderDocument,
            {"user_id": "ann", "adjustments": [with_terms({"word:a": 0})]},
            ["adjustments.0.terms.counts.word:a"],
        ),
    ],
    ids=str,
)
def test_a_wrong_request_is_refused_by_field(shape: Any, document: object, fields: list[str]) -> None:
    """Nothing is guessed, cut or passed over."""
    assert fields_refused(shape, document) == fields


def test_a_count_that_no_store_could_keep_is_refused() -> None:
    """Of a number of opens beyond 64 bits no JSON can be written."""
    history = b'{"user_id":"ann","history":{"seen":{"c1":{"at":0,"n_opens":36893488147419103232}}}}'
    with pytest.raises(InvalidDocument) as refusal:
        read_document(DOCUMENT, history)
    assert [error.field for error in refusal.value.errors] == ["history.seen.c1.n_opens"]


# Terms that are meant


def test_a_word_is_meant_by_its_stem_and_anything_that_is_known_by_its_name() -> None:
    """In the language that is given, and in any case of letters."""
    known = known_terms(CORPUS, Reader())
    names = ("word:Comets", "word:jupit", "source:Gazette", "category:Unheard of")
    assert terms_meant("mute", names, known, "en") == (
        "word:comet",
        "word:jupit",
        "source:Gazette",
        "category:Unheard of",
    )
    assert terms_meant("mute", ("word:Streiks",), known, "de") == ("word:streik",)


def test_what_a_reader_has_laid_down_is_known_as_it_is_called_there() -> None:
    """Also where no event has it any more, and where its name would be stemmed further."""
    reader = Reader(wishes=Wishes.of(["word:moons"], {"word:suns": 1.0}, {"word:stars": NOW}))
    names = ("word:moons", "word:suns", "word:stars")
    assert terms_meant("unmute", names, known_terms(CORPUS, reader), "en") == names
    assert terms_meant("unmute", names, known_terms(CORPUS, Reader()), "en") == ("word:moon", "word:sun", "word:star")


def test_names_that_stand_for_no_term_are_told_each_by_its_place() -> None:
    """Two words, a word that says nothing, a kind that cannot be wished about, and no kind at all."""
    names = ("word:open source", "word:comet", "word:the", "language:en", "comet", "source: ")
    with pytest.raises(InvalidDocument) as refusal:
        terms_meant("mute", names, known_terms(CORPUS, Reader()), "en")
    assert [error.field for error in refusal.value.errors] == ["mute.0", "mute.2", "mute.3", "mute.4", "mute.5"]


def test_pins_are_meant_as_other_names_are() -> None:
    """With the points that were given to each; one that stands for no term is told by its name, and two names may not
    stand for one term."""
    pins = {"word:Comets": 2.0, "source:Gazette": -1.0}
    assert pins_meant(pins, known_terms(CORPUS, Reader()), "en") == {"word:comet": 2.0, "source:Gazette": -1.0}
    with pytest.raises(InvalidDocument) as refusal:
        pins_meant({"word:comet": 1.0, "word:the": 1.0}, (), "en")
    assert [error.field for error in refusal.value.errors] == ["pin.word:the"]
    with pytest.raises(InvalidDocument) as refusal:
        pins_meant({"word:comet": 1.0, "word:comets": 2.0}, (), "en")
    assert [error.field for error in refusal.value.errors] == ["pin"]


# A reader as a document

ids = st.text("abcXYZ019._~-", min_size=1, max_size=8)
moments = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(lambda at: at.replace(tzinfo=UTC))
words = st.text("abcdeéßı'-.", min_size=1, max_size=6)
bags = st.dictionaries(words, st.tuples(st.integers(1, 100_000), words), max_size=4).map(
    lambda seen: Terms.of(
        {f"word:{word}": number for word, (number, _) in seen.items()} | {"category:News": 1},
        {f"word:{word}": label for word, (_, label) in seen.items()} | {"category:News": "News"},
    )
)
names_of_terms = st.builds("{}:{}".format, st.sampled_from(["word", "source", "category"]), words)
seconds = st.floats(0, 4e9)
readers = st.builds(
    Reader,
    ledger=st.lists(st.builds(Adjustment, ids, st.integers(-2, 2), moments, bags), unique_by=lambda one: one.event_id)
    .map(tuple)
    .map(Ledger),
    wishes=st.builds(
        Wishes.of,
        st.sets(names_of_terms),
        st.dictionaries(names_of_terms, st.floats(-10, 10)),
        st.dictionaries(names_of_terms, moments),
    ),
    history=st.builds(
        History,
        st.dictionaries(ids, st.builds(Encounter, seconds, st.integers(0, 1000), seconds)),
        st.dictionaries(ids, seconds),
    ),
    opens=st.lists(st.builds(Open, ids, moments, bags), unique_by=lambda one: one.event_id).map(tuple),
    heard=st.lists(st.text("0123456789abcdef", min_size=16, max_size=16)).map(tuple),
)


@given(readers)
def test_every_reader_comes_back_from_their_document(reader: Reader) -> None:
    """Written as JSON and read again: the same presses in the same order, wishes, history, opens and what was heard.
    Written once more it has the same bytes."""
    in_time = tuple(sorted(reader.opens, key=lambda one: one.at))
    reader = replace(reader, history=reader.history.after((), PARAMS.history_cap), opens=in_time)
    written = write_document(ReaderDocument.of("ann", reader))
    document = read_document(DOCUMENT, written)
    assert document.user_id == "ann"
    back = document.reader(PARAMS)
    assert back == reader
    assert (list(back.history.seen), list(back.history.dismissed)) == (
        list(reader.history.seen),
        list(reader.history.dismissed),
    )
    assert write_document(ReaderDocument.of("ann", back)) == written


def test_a_reader_of_the_catalogue_comes_back_from_their_document() -> None:
    """With the terms that their events have there."""
    reader = a_reader(CORPUS, ("c1", 2), ("s1", -1))
    assert read_document(DOCUMENT, write_document(ReaderDocument.of("ann", reader))).reader(PARAMS) == reader


def test_terms_and_wishes_may_come_in_any_order() -> None:
    """Sums of floats depend on the order, so it is made the one in which they are kept."""
    terms = with_terms({"word:b": 1, "word:a": 2, "category:News": 1})
    wishes = {"mutes": ["word:b", "word:a", "word:b"], "pins": {"word:d": 1, "word:c": 2}}
    document = read_document(DOCUMENT, write_document({"user_id": "ann", "adjustments": [terms], "wishes": wishes}))
    reader = document.reader(PARAMS)
    [adjustment] = reader.ledger.adjustments
    assert list(adjustment.terms.counts) == list(adjustment.terms.labels) == ["category:News", "word:a", "word:b"]
    assert (reader.wishes.mutes, list(reader.wishes.pins)) == (("word:a", "word:b"), ["word:c", "word:d"])


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"counts": {"word:a": 1}, "labels": {}}, "should have a label for each count, and a count for each label"),
        (
            {"counts": {f"word:w{number}": 1 for number in range(97)}, "labels": None},
            "should be 96 words at most, and as many others",
        ),
        (
            {"counts": {f"source:s{number}": 1 for number in range(97)}, "labels": None},
            "should be 96 words at most, and as many others",
        ),
        ({"counts": {"word:a b": 1}, "labels": None}, "should be words without spaces and without any of |=*"),
        (
            {"counts": {"word:a": 1}, "labels": {"word:a": "a|b"}},
            "should be words without spaces and without any of |=*",
        ),
        (
            {"counts": {"source:A": 2}, "labels": None},
            "should count a source, category or language once, labelled with its own name",
        ),
        (
            {"counts": {"source:A": 1}, "labels": {"source:A": "B"}},
            "should count a source, category or language once, labelled with its own name",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("field", ["adjustments", "opens"])
def test_terms_that_no_event_has_are_refused(field: str, terms: dict[str, Any], message: str) -> None:
    """They could not be kept, or not be calculated with; and it is told of which press or open."""
    wrong = with_terms(terms["counts"], terms["labels"])
    both = [SAID | {"event_id": "fine"}, wrong]
    if field == "opens":
        both = [{name: one[name] for name in ("event_id", "at", "terms")} for one in both]
    assert faults_of({field: both}) == [(f"{field}.1.terms", message)]


def test_every_fault_of_a_document_is_told_at_once() -> None:
    """Too many presses, one event twice, too long a history, and too many wishes are all in one refusal."""
    told = {
        "adjustments": [SAID, SAID | {"event_id": "c2"}, SAID],
        "history": {"seen": {"c1": {"at": 0}, "c2": {"at": 1}}, "dismissed": {"c1": 0.0, "c2": 1.0}},
        "wishes": {"mutes": [f"word:w{number}" for number in range(201)]},
    }
    faults = faults_of(told, Params(ledger_cap=2, history_cap=1))
    assert faults == [
        ("adjustments", "should be 2 at most"),
        ("adjustments.2.event_id", "is there twice; an event has one adjustment"),
        ("history.seen", "should be 1 at most"),
        ("history.dismissed", "should be 1 at most"),
        ("wishes", "should be 200 of a kind at most"),
    ]


def test_more_opens_than_are_kept_are_refused() -> None:
    """As with presses."""
    opens = [{"event_id": f"c{number}", "at": SAID["at"], "terms": SAID["terms"]} for number in range(3)]
    assert faults_of({"opens": opens}, Params(opens_cap=2)) == [("opens", "should be 2 at most")]
