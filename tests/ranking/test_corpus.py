"""The snapshot: who stands where, what a term is called, and what happens where statistics are older than events."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.corpus import Corpus, build_corpus
from ranking.crowd import NOBODY, Alike
from ranking.errors import UnknownEvent
from ranking.event import Event, Source
from ranking.features import fit_statistics
from ranking.params import Params
from ranking.text import terms_of
from tests.build import NOW, PARAMS, a_corpus, an_event, two_stories

HOUR = timedelta(hours=1)
# What readers turned up: two of the events there are, and one that is gone.
LIKED = Alike(("c2", "gone", "s1"), np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([0.5, 1.5]))
LATER = Alike(("c1",), np.array([[7.0]]), np.array([0.5]))


def a_later_corpus(known: Sequence[Event], live: Sequence[Event], params: Params = PARAMS) -> Corpus:
    """The corpus of the live events, with statistics that were fitted on the known ones."""
    statistics = fit_statistics([terms_of(event) for event in known], params)
    return build_corpus(live, {event.id: terms_of(event) for event in live}, statistics, params, "2")


def test_events_are_in_order_newest_first_then_by_id() -> None:
    """A microsecond makes a difference, the place of the clock does not."""
    corpus = a_corpus(
        an_event("b", published_at=NOW),
        an_event("old", published_at=NOW - HOUR),
        an_event("a", published_at=datetime.fromisoformat("2026-04-03T14:00:00+02:00")),
        an_event("new", published_at=NOW + timedelta(microseconds=1)),
        an_event("ancient", published_at=datetime(1850, 1, 1, tzinfo=UTC)),
    )
    assert [event.id for event in corpus.events] == ["new", "a", "b", "old", "ancient"]


def test_everything_about_an_event_is_in_its_row() -> None:
    """Events, terms, signals, times and categories run along the rows."""
    early = an_event("early", "Comet", signal=3.0, category="Space", published_at=datetime(1970, 1, 1, 1, tzinfo=UTC))
    late = an_event("late", "Strike", signal=8.5, category="Economy", published_at=datetime(1970, 1, 2, tzinfo=UTC))
    corpus = a_corpus(early, late)
    assert (corpus.row("late"), corpus.row("early")) == (0, 1)
    assert (corpus.event("late"), corpus.event("early")) == (late, early)
    assert [terms.counts for terms in corpus.terms] == [terms_of(late).counts, terms_of(early).counts]
    assert corpus.signal.tolist() == [8.5, 3.0]
    assert corpus.published.tolist() == [86_400.0, 3_600.0]
    assert corpus.category.tolist() == ["Economy", "Space"]
    assert corpus.features[0, corpus.columns["category:Economy"]] == PARAMS.category_weight
    assert corpus.features[1, corpus.columns["category:Economy"]] == 0


def test_an_unknown_event_is_refused_by_name() -> None:
    """There is no row and no event for it."""
    corpus = a_corpus(*two_stories())
    with pytest.raises(UnknownEvent, match="'nobody'"):
        corpus.row("nobody")
    with pytest.raises(UnknownEvent, match="'nobody'"):
        corpus.event("nobody")


def test_a_press_keeps_the_strongest_terms_of_its_event() -> None:
    """As many words as the parameters allow, and as many others; the comet, of which two events tell, weighs less than
    what one alone says, but it is said twice. An unknown event has none."""
    corpus = a_corpus(*two_stories())
    assert list(corpus.press_terms("c1", Params(terms_per_press=1)).counts) == ["category:News", "word:comet"]
    assert corpus.press_terms("c1", PARAMS).counts == corpus.terms[corpus.row("c1")].counts
    with pytest.raises(UnknownEvent, match="'nobody'"):
        corpus.press_terms("nobody", PARAMS)


@given(st.permutations([*two_stories(), an_event("u", "Unheard words arrive")]))
def test_the_order_in_which_events_come_in_makes_no_difference(events: Sequence[Event]) -> None:
    """The same events and statistics make the same corpus, to the last bit, new terms included."""
    one, other = (
        a_later_corpus(two_stories(), events),
        a_later_corpus(two_stories(), sorted(events, key=lambda e: e.id)),
    )
    assert one.events == other.events
    assert one.names == other.names
    assert (one.features.toarray() == other.features.toarray()).all()


def test_columns_are_named_and_agree_in_both_layouts() -> None:
    """`names` and `columns` are each other's inverse; what is kept by column is what is kept by row."""
    corpus = a_later_corpus(two_stories()[:2], two_stories())
    assert [corpus.columns[name] for name in corpus.names] == list(range(len(corpus.names)))
    assert corpus.features.shape == corpus.words.shape == corpus.word_columns.shape == (4, len(corpus.names))
    assert (corpus.word_columns.toarray() == corpus.words.toarray()).all()
    assert (corpus.term_columns.toarray() == corpus.features.toarray()).all()


def test_a_corpus_may_be_newer_than_its_statistics() -> None:
    """New terms get columns behind the known ones, with a mean of 0, and rows still have length 1."""
    known, new = two_stories()[:2], an_event("n", "Volcano erupts", published_at=NOW, sources=(Source("Post"),))
    corpus = a_later_corpus(known, [*known, new])
    n_known = len(corpus.statistics.terms)
    assert corpus.names[:n_known] == corpus.statistics.terms
    assert corpus.names[n_known:] == ("word:volcano", "word:erupt", "source:Post")
    assert corpus.mean.tolist() == [*corpus.statistics.mean.tolist(), 0, 0, 0]
    # Two words that no event had: 1 / sqrt(2) each.
    assert corpus.words[corpus.row("n"), corpus.columns["word:volcano"]] == pytest.approx(sqrt(1 / 2))
    np.testing.assert_allclose(corpus.centre, corpus.features.toarray() @ corpus.mean)


def test_a_new_event_leaves_the_rows_of_the_others_as_they_are() -> None:
    """Until statistics are refreshed, nothing learned has to be fitted again."""
    known = two_stories()
    before, after = a_corpus(*known), a_later_corpus(known, [*known, an_event("n", "Comet volcano", published_at=NOW)])
    width = len(before.names)
    for event in known:
        row = after.features[[after.row(event.id)]].toarray()[0]
        assert (row[:width] == before.features[[before.row(event.id)]].toarray()[0]).all()
        assert not row[width:].any()
        assert after.centre[after.row(event.id)] == before.centre[before.row(event.id)]


def test_a_corpus_may_have_no_events() -> None:
    """It has no rows, whether or not its statistics know of terms."""
    nothing, departed = a_corpus(), a_later_corpus(two_stories(), [])
    assert nothing.events == departed.events == ()
    assert nothing.features.shape == (0, 0)
    assert departed.features.shape == (0, len(departed.statistics.terms))
    assert len(departed.signal) == len(departed.published) == len(departed.category) == len(departed.centre) == 0


def test_the_first_events_may_meet_statistics_that_know_nothing() -> None:
    """All terms are new, so there is nothing to be centred."""
    corpus = a_later_corpus([], two_stories())
    assert corpus.statistics.terms == ()
    assert not corpus.mean.any()
    assert not corpus.centre.any()
    np.testing.assert_allclose(np.linalg.norm(corpus.words.toarray(), axis=1), 1.0)


def test_a_single_event_is_its_own_mean() -> None:
    """So mu·x is the square of its length: 1.0² + 0.3² + 0.1² + 0.1² = 1.11."""
    corpus = a_corpus(an_event("c1", "Comet nears Jupiter"))
    np.testing.assert_allclose(corpus.features.toarray()[0], corpus.mean)
    assert corpus.centre == pytest.approx([1.11])
    assert corpus.version == f"1.{corpus.statistics.version}"


def test_a_known_term_is_called_as_most_events_called_it() -> None:
    """The statistics' label stays while they do, whatever newer events write."""
    known = [an_event("a", "Comets"), an_event("b", "comets"), an_event("c", "Comets")]
    corpus = a_later_corpus(known, [*known, an_event("d", "COMET", published_at=NOW)])
    assert corpus.label("word:comet") == "Comets"


def test_a_term_is_known_by_its_label_after_its_events_are_gone() -> None:
    """A reader's profile may still speak of it."""
    corpus = a_later_corpus([an_event("a", "Comets", category="Space")], [an_event("b", "Strike")])
    assert corpus.label("word:comet") == "Comets"
    assert corpus.label("category:Space") == "Space"


@pytest.mark.parametrize("params", [PARAMS, Params(word_weight=0.0, category_weight=0.0)], ids=["default", "silenced"])
def test_a_new_term_is_called_as_its_newest_event_calls_it(params: Params) -> None:
    """Also where its block is tuned to count for nothing."""
    corpus = a_later_corpus(
        [an_event("a")],
        [
            an_event("b", "Comets", category="Space", published_at=NOW - HOUR),
            an_event("c", "COMET", category="Space", published_at=NOW),
            an_event("d", "Strike", published_at=NOW + HOUR),
        ],
        params,
    )
    assert corpus.label("word:comet") == "COMET"
    assert corpus.label("category:Space") == "Space"


def test_a_term_that_nobody_has_heard_of_has_no_label() -> None:
    """There is no form to show."""
    assert a_corpus(*two_stories()).label("word:volcano") is None


@pytest.mark.parametrize(
    "params", [PARAMS, Params(word_weight=0, source_weight=0, category_weight=0)], ids=["default", "silenced"]
)
def test_the_rows_with_a_term_are_those_of_the_events_that_have_it_newest_first(params: Params) -> None:
    """Whatever kind of term it is, whether the statistics know it, and also where its block counts for nothing."""
    newcomer = an_event("n", "Comet volcano", category="Earth", published_at=NOW, sources=(Source("Post"),))
    corpus = a_later_corpus(two_stories(), [*two_stories(), newcomer], params)

    def ids_with(term: str) -> list[str]:
        return [corpus.events[row].id for row in corpus.rows_with(term)]

    assert ids_with("word:comet") == ["n", "c1", "c2"]
    assert ids_with("word:volcano") == ids_with("source:Post") == ids_with("category:Earth") == ["n"]
    assert ids_with("category:News") == ["c1", "c2", "s1", "s2"]
    assert ids_with("language:en") == [event.id for event in corpus.events]


def test_no_row_has_a_term_that_no_live_event_has() -> None:
    """Neither one that nobody has heard of, nor one that only the statistics remember."""
    corpus = a_later_corpus([an_event("a", "Comets")], [an_event("b", "Strike")])
    assert corpus.rows_with("word:volcano").tolist() == corpus.rows_with("word:comet").tolist() == []


def test_events_have_the_rows_of_the_readers_who_turned_them_up() -> None:
    """Those that nobody turned up have zeros; the mean that they are centred by is that of the statistics."""
    corpus = a_corpus(*two_stories()).with_alike(LIKED)
    rows = {event.id: corpus.alike[row].tolist() for row, event in enumerate(corpus.events)}
    assert rows == {"c1": [0, 0], "c2": [1, 2], "s1": [5, 6], "s2": [0, 0]}
    assert corpus.statistics.alike is LIKED


def test_statistics_that_know_of_readers_give_a_new_corpus_their_rows() -> None:
    """It is the same as if they had been told of later."""
    told = a_corpus(*two_stories()).with_alike(LIKED)
    terms = {event.id: terms_of(event) for event in two_stories()}
    built = build_corpus(two_stories(), terms, told.statistics, PARAMS, "1")
    np.testing.assert_array_equal(built.alike, told.alike)
    assert built.version == told.version


def test_other_rows_of_alike_readers_make_another_version_and_leave_all_else_as_it_was() -> None:
    """Also where rows have another number of columns; taken off, they leave no trace."""
    plain = a_corpus(*two_stories())
    liked, later = plain.with_alike(LIKED), plain.with_alike(LIKED).with_alike(LATER)
    assert liked.version == f"1.{plain.statistics.version}-{LIKED.version}"
    assert later.version == plain.with_alike(LATER).version == f"1.{plain.statistics.version}-{LATER.version}"
    assert later.alike.shape == (4, 1)
    assert later.features is plain.features
    assert later.with_alike(NOBODY).version == plain.version
    assert later.with_alike(NOBODY).alike.shape == plain.alike.shape == (4, 0)


def test_what_is_popular_runs_along_the_rows() -> None:
    """What nobody turned up lately has no heat, and what is gone is passed over."""
    corpus = a_corpus(*two_stories()).with_heat({"c2": 1.75, "gone": 9.0}, NOW)
    heat = dict(zip((event.id for event in corpus.events), corpus.heat.tolist(), strict=True))
    assert heat == {"c1": 0, "c2": 1.75, "s1": 0, "s2": 0}
    assert corpus.heat_at == NOW.timestamp()


def test_what_is_popular_is_the_last_part_of_the_version() -> None:
    """Another number, another event and another moment make another version; what was before is no part of it."""
    plain = a_corpus(*two_stories()).with_alike(LIKED)
    first = plain.with_heat({"c2": 1.75}, NOW)
    content, statistics, popular = first.version.split(".")
    assert f"{content}.{statistics}" == plain.version
    assert len(popular) == 12
    others = [({"c2": 1.5}, NOW), ({"c1": 1.75}, NOW), ({"c2": 1.75}, NOW + HOUR)]
    versions = [plain.with_heat(heat, at).version for heat, at in others]
    assert len({first.version, *versions}) == 4
    assert first.with_heat({"c2": 1.5}, NOW).version == versions[0]


def test_where_nothing_live_is_popular_the_version_says_nothing_of_it() -> None:
    """No answer follows from when that was found out."""
    plain = a_corpus(*two_stories())
    assert plain.with_heat({}, NOW).version == plain.with_heat({"gone": 3.0}, NOW).version == plain.version
    assert plain.with_heat({"c1": 1.0}, NOW).with_heat({}, NOW + HOUR).version == plain.version


def test_what_is_popular_outlives_other_rows_of_alike_readers() -> None:
    """In whichever order a corpus is told, it comes to the same."""
    plain = a_corpus(*two_stories())
    one = plain.with_heat({"c1": 2.0}, NOW).with_alike(LIKED)
    other = plain.with_alike(LIKED).with_heat({"c1": 2.0}, NOW)
    assert one.version == other.version
    np.testing.assert_array_equal(one.heat, other.heat)
    np.testing.assert_array_equal(one.alike, other.alike)
    assert one.heat_at == other.heat_at


def test_events_have_a_place_along_the_directions_of_their_words() -> None:
    """That of their words: of length 1, and none for an event all of whose words are newer than the statistics."""
    known = [an_event(f"c{n}", "Comet nears Jupiter") for n in range(12)]
    known += [an_event(f"s{n}", "Strike over wages") for n in range(4)]
    corpus = a_later_corpus(known, [*known, an_event("n", "Volcano erupts", published_at=NOW)])
    assert corpus.latent.shape == (17, 2)
    np.testing.assert_array_equal(corpus.latent, corpus.statistics.latent.rows(corpus.words))
    assert corpus.latent[corpus.row("n")].tolist() == [0, 0]
    np.testing.assert_allclose(np.linalg.norm(corpus.latent, axis=1), [0] + [1] * 16)


def test_a_small_corpus_has_no_such_places() -> None:
    """Fewer than sixteen events have no directions."""
    assert a_corpus(*two_stories()).latent.shape == (4, 0)
