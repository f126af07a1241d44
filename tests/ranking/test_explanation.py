"""Explanations are the arithmetic: they add up, they speak in people's words, and they name who made them so."""

from dataclasses import replace
from datetime import timedelta
from math import fsum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.corpus import Corpus, build_corpus
from ranking.crowd import NOBODY, Alike, fit_alike
from ranking.diversity import Lift, Place, diversify
from ranking.event import Event, Source
from ranking.explanation import Reason, ReasonKind, explain, explain_by_adjustment
from ranking.features import fit_statistics
from ranking.interactions import Encounter, History
from ranking.ledger import Open
from ranking.params import Params
from ranking.profile import fit, provenance
from ranking.reader import Reader
from ranking.scoring import score
from ranking.text import kind_of, terms_of
from ranking.wishes import Wishes
from tests.build import NOW, PARAMS, a_corpus, a_reader, an_event, any_reader, kept_terms, likings, two_stories

STORIES = a_corpus(*two_stories())
TERMS = {ReasonKind.WORD, ReasonKind.SOURCE, ReasonKind.CATEGORY, ReasonKind.LANGUAGE}
LEARNED = TERMS | {ReasonKind.TERMS, ReasonKind.ALIKE, ReasonKind.OTHER}
WORDS_ONLY = Params(source_weight=0, category_weight=0, language_weight=0)
WORDS = a_corpus(*two_stories(), params=WORDS_ONLY)
SAID = [(), (("c1", 2),), (("c1", 2), ("s1", -2)), (("c1", 1), ("c2", 0), ("s2", -1))]


def alone(row: int) -> Place:
    """A place with nothing above it."""
    return Place(row, 0.0, None, ())


def reasons_for(
    event_id: str, *said: tuple[str, int], corpus: Corpus = STORIES, params: Params = PARAMS
) -> tuple[Reason, ...]:
    """Why an event stands where it stands by itself, for a reader who gave these levels."""
    return reasons_of(a_reader(corpus, *said), event_id, corpus, params)


def reasons_of(
    reader: Reader, event_id: str, corpus: Corpus = STORIES, params: Params = PARAMS, place: Place | None = None
) -> tuple[Reason, ...]:
    """Why an event stands at its place, or by itself, for this reader."""
    profile = fit(reader, corpus.statistics, params)
    scores = score(corpus, profile, reader.history, NOW, params)
    return explain(corpus, profile, scores, place or alone(corpus.row(event_id)), params)


def before_statistics(*events: Event, params: Params = WORDS_ONLY, n_known: int = 0) -> Corpus:
    """A corpus of which only the first events were there when its statistics were fitted. Where none was, all words
    count alike and nothing is centred."""
    terms = {event.id: terms_of(event) for event in events}
    statistics = fit_statistics([terms[event.id] for event in events[:n_known]], params)
    return build_corpus(events, terms, statistics, params, "1")


NEWCOMERS = before_statistics(
    *two_stories(), an_event("v", "Volcano above the harbour", sources=(Source("Observer"),)), params=PARAMS, n_known=4
)
# The same events, with what four others turned up, some of it lately.
CROWD = likings({"u": ("c1", "s2"), "w": ("c1", "s2"), "x": ("s1", "v"), "y": ("s1", "v", "c2")})
CROWDED = NEWCOMERS.with_alike(fit_alike(CROWD, ["c1", "c2", "s1", "s2", "v"], PARAMS)).with_heat(
    {"s2": 3.0, "v": 0.5}, NOW - timedelta(minutes=30)
)
each_crowd = pytest.mark.parametrize("corpus", [NEWCOMERS, CROWDED], ids=["words alone", "alike readers"])


def of_kind(reasons: tuple[Reason, ...], *kinds: ReasonKind) -> list[Reason]:
    """The reasons of these kinds."""
    return [reason for reason in reasons if reason.kind in kinds]


def test_a_reader_without_adjustments_has_no_learned_part() -> None:
    """Only the editors and the clock speak."""
    assert reasons_for("c1") == (
        Reason(ReasonKind.SIGNAL, "global signal", 5.0),
        Reason(ReasonKind.FRESHNESS, "time since it was published", -1.0),
    )


@each_crowd
@given(
    reader=any_reader(NEWCOMERS),
    seen=st.sets(st.sampled_from(["c1", "s1", "v"])),
    must_see=st.sets(st.integers(0, 4)),
    n_term_reasons=st.sampled_from([0, 2, 50]),
    floor=st.sampled_from([0.005, 1.0]),
    opens_teach=st.booleans(),
)
def test_the_parts_add_up_to_the_score(
    corpus: Corpus,
    reader: Reader,
    seen: set[str],
    must_see: set[int],
    n_term_reasons: int,
    floor: float,
    opens_teach: bool,
) -> None:
    """At every place of the feed, however many terms are named one by one: with pins and clears, opens that teach, what
    was seen and what is kept on the first page."""
    params = Params(n_term_reasons=n_term_reasons, pull_floor=floor, learn_from_opens=opens_teach, first_page=3)
    history = History({event_id: Encounter(0.0) for event_id in seen})
    profile = fit(reader, corpus.statistics, params)
    scores = score(corpus, profile, history, NOW, params)
    for place in diversify(corpus, scores.relevance, corpus.signal >= 0, params, must_see=must_see):
        total = fsum(one.value for one in explain(corpus, profile, scores, place, params))
        expected = scores.relevance[place.row] + place.diversity + place.lift
        assert total == pytest.approx(expected, rel=0, abs=1e-9)


@each_crowd
@given(reader=any_reader(NEWCOMERS), opens_teach=st.booleans())
def test_the_parts_by_adjustment_add_up_to_what_the_reader_changed(
    corpus: Corpus, reader: Reader, opens_teach: bool
) -> None:
    """For every event they make personal signal minus signal, rounding and all: with pins and clears, opens that teach,
    and words newer than the statistics."""
    params = Params(learn_from_opens=opens_teach)
    profile = fit(reader, corpus.statistics, params)
    scores = score(corpus, profile, History(), NOW, params)
    for row, terms in enumerate(corpus.terms):
        parts = explain_by_adjustment(corpus, reader, profile, row, params)
        changed = scores.personal_signal[row] - scores.signal[row]
        assert fsum(part.value for part in parts) == pytest.approx(changed, rel=0, abs=1e-9)
        assert sorted(part.because for part in parts if part.because) == sorted((one,) for one in profile.event_ids)
        pinned = [points for name, points in reader.wishes.pins.items() if name in terms.counts]
        assert sorted(part.value for part in of_kind(parts, ReasonKind.PIN)) == sorted(pinned)


@given(reader=any_reader(NEWCOMERS))
def test_what_is_named_term_by_term_and_the_rest_are_the_weights(reader: Reader) -> None:
    """Named one by one, each term has w·x; and of what is pinned or cleared for good no learned part speaks."""
    params = Params(n_term_reasons=50)
    profile = fit(reader, NEWCOMERS.statistics, params)
    weights = profile.weights
    for row, event in enumerate(NEWCOMERS.events):
        features = dict(zip(NEWCOMERS.names, NEWCOMERS.features[[row], :].toarray()[0], strict=True))
        names = {(kind_of(name).value, NEWCOMERS.label(name)): name for name in NEWCOMERS.terms[row].counts}
        for reason in of_kind(reasons_of(reader, event.id, NEWCOMERS, params), *TERMS):
            name = names[reason.kind.value, reason.label]
            assert name in weights
            assert reason.value == pytest.approx(weights[name] * features[name], rel=0, abs=1e-9)


def test_each_term_gives_its_weight_times_its_feature() -> None:
    """A term that is named has exactly w·x."""
    profile = fit(a_reader(STORIES, ("c1", 2)), STORIES.statistics, PARAMS)
    weights, row = profile.weights, STORIES.row("c2")
    named = {reason.label: reason.value for reason in of_kind(reasons_for("c2", ("c1", 2)), ReasonKind.WORD)}
    for label, name in {"comet": "word:comet", "Jupiter": "word:jupit"}.items():
        feature = STORIES.features[[row], :].toarray()[0, STORIES.columns[name]]
        assert named[label] == pytest.approx(weights[name] * feature, abs=1e-12)


def test_terms_are_named_the_strongest_first_and_no_more_than_asked() -> None:
    """Of six words, two are named by themselves."""
    named = of_kind(reasons_for("c1", ("c1", 2), params=Params(n_term_reasons=2)), *TERMS)
    assert [(reason.kind, reason.label) for reason in named] == [
        (ReasonKind.WORD, "comet"),
        (ReasonKind.WORD, "Jupiter"),
    ]


def test_a_strong_word_against_an_event_comes_before_a_weak_one_for_it() -> None:
    """Strength counts up and down alike."""
    corpus = before_statistics(an_event("up", "Comet"), an_event("down", "Strike"), an_event("both", "Comet strike"))
    params = replace(WORDS_ONLY, n_term_reasons=1)
    (named,) = of_kind(reasons_for("both", ("up", 1), ("down", -2), corpus=corpus, params=params), *TERMS)
    assert (named.label, named.because) == ("strike", ("down",))


def test_weak_terms_come_together_by_the_adjustment_that_made_them() -> None:
    """Their values are one sum; three are listed, the strongest first, and the others counted."""
    params = replace(WORDS_ONLY, n_term_reasons=0)
    (together,) = of_kind(reasons_for("c1", ("c1", 2), corpus=WORDS, params=params), ReasonKind.TERMS)
    singly = reasons_for("c1", ("c1", 2), corpus=WORDS, params=replace(params, n_term_reasons=6))
    assert (together.label, together.because) == ("comet, Jupiter, approach and 3 more", ("c1",))
    assert together.value == pytest.approx(sum(reason.value for reason in of_kind(singly, ReasonKind.WORD)))


def test_only_terms_that_pull_the_way_of_their_sum_are_listed() -> None:
    """An event with less of a common word than most gives that word a weight against itself: summed, but not named."""
    corpus = a_corpus(
        an_event("a", "Comet Jupiter Saturn"), an_event("b", "Comet"), an_event("c", "Comet"), params=WORDS_ONLY
    )
    params = replace(WORDS_ONLY, n_term_reasons=0)
    profile = fit(a_reader(corpus, ("a", 2)), corpus.statistics, params)
    (together,) = of_kind(reasons_for("a", ("a", 2), corpus=corpus, params=params), ReasonKind.TERMS)
    assert profile.weights["word:comet"] < 0
    assert together.label == "Jupiter, Saturn"
    features = dict(zip(corpus.names, corpus.features[[corpus.row("a")], :].toarray()[0], strict=True))
    total = sum(weight * features[name] for name, weight in profile.weights.items())
    assert together.value == pytest.approx(total)


@pytest.mark.parametrize(("n_because", "makers"), [(3, [("up",), ("down",)]), (1, [("up",)]), (0, [])])
def test_weak_terms_are_told_apart_by_the_strongest_adjustments(n_because: int, makers: list[tuple[str, ...]]) -> None:
    """An event between two stories has the words of each in a sum of their own; those of the weaker may be left out."""
    corpus = before_statistics(
        an_event("up", "Comet nears"), an_event("down", "Strike begins"), an_event("both", "Strike delays comet")
    )
    params = replace(WORDS_ONLY, n_term_reasons=0, n_because=n_because)
    reasons = reasons_for("both", ("down", -1), ("up", 2), corpus=corpus, params=params)
    assert [reason.because for reason in of_kind(reasons, ReasonKind.TERMS)] == makers


def test_labels_are_the_forms_that_people_know() -> None:
    """Stems stay inside: "Astronomers", not "astronom"."""
    reasons = reasons_for("c1", ("c1", 2), corpus=WORDS, params=replace(WORDS_ONLY, n_term_reasons=6))
    labels = {reason.label for reason in of_kind(reasons, ReasonKind.WORD)}
    assert labels == {"comet", "Jupiter", "Astronomers", "nears", "watch", "approach"}


def test_every_kind_of_term_is_told_apart() -> None:
    """Words, publishers, the category and the language each are parts of their own kind."""
    corpus = a_corpus(
        an_event("a", "Comet", category="Space", sources=(Source("Observer"),), language="en"),
        an_event("b", "Streik", category="Work", sources=(Source("Zeitung"),), language="de"),
    )
    reasons = reasons_for("a", ("a", 2), corpus=corpus, params=Params(n_term_reasons=4))
    assert {(reason.kind, reason.label) for reason in of_kind(reasons, *TERMS)} == {
        (ReasonKind.WORD, "Comet"),
        (ReasonKind.SOURCE, "Observer"),
        (ReasonKind.CATEGORY, "Space"),
        (ReasonKind.LANGUAGE, "en"),
    }


@pytest.mark.parametrize("params", [PARAMS, WORDS_ONLY], ids=["all blocks", "words only"])
def test_a_word_newer_than_the_statistics_has_its_label_too(params: Params) -> None:
    """The newest event that has it lends the form, also where publishers are new and count nothing."""
    corpus = before_statistics(an_event("v", "Volcanoes erupt"), params=params)
    reasons = reasons_for("v", ("v", 2), corpus=corpus, params=params)
    assert {reason.label for reason in of_kind(reasons, ReasonKind.WORD)} == {"Volcanoes", "erupt"}


def test_a_learned_part_names_the_adjusted_events_behind_it() -> None:
    """The comet's words come from the comet that was turned up, the strike's from the strike that was turned down."""
    said = (("c1", 2), ("s1", -2))
    comet = of_kind(reasons_for("c2", *said), ReasonKind.WORD)
    strike = of_kind(reasons_for("s2", *said), ReasonKind.WORD)
    assert {reason.because for reason in comet} == {("c1",)}
    assert {reason.because for reason in strike} == {("s1",)}


def test_nobody_is_named_where_none_are_asked_for() -> None:
    """The parts are told all the same."""
    learned = of_kind(reasons_for("c2", ("c1", 2), params=Params(n_because=0)), *LEARNED)
    assert [(reason.label, reason.because) for reason in learned] == [
        ("comet", ()),
        ("Jupiter", ()),
        ("the rest of what you adjusted", ()),
    ]


@pytest.mark.parametrize("said", SAID[1:])
def test_everything_else_names_the_strongest_adjustments(said: tuple[tuple[str, int], ...]) -> None:
    """The rest of the learned part, too, comes from somewhere."""
    reader = a_reader(STORIES, *said)
    alpha = fit(reader, STORIES.statistics, PARAMS).alpha
    strongest = sorted(zip(-abs(alpha), (event_id for event_id, _ in said), strict=True))
    (rest,) = of_kind(reasons_for("c2", *said), ReasonKind.OTHER)
    assert list(rest.because) == [event_id for _, event_id in strongest]


@pytest.mark.parametrize("n_term_reasons", [3, 0])
def test_an_adjustment_behind_a_part_has_pushed_it_that_way(n_term_reasons: int) -> None:
    """Who turned the comet down is never the reason that a comet rises: what rises because other events were turned
    down is a part without a term's name, or names them."""
    corpus = a_corpus(
        an_event("probe", "Comet probe"), an_event("strike", "Strike"), an_event("comet", "Comet"), params=WORDS_ONLY
    )
    said = (("strike", -2), ("probe", -2))
    params = replace(WORDS_ONLY, n_term_reasons=n_term_reasons)
    reader = a_reader(corpus, *said)
    profile = fit(reader, corpus.statistics, params)
    for reason in of_kind(reasons_for("comet", *said, corpus=corpus, params=params), *TERMS, ReasonKind.TERMS):
        (name,) = (name for name in profile.terms if corpus.label(name) == reason.label)
        shares = provenance(reader, profile, corpus.statistics, params, [name])[name]
        pushed = {
            event_id for event_id, share in zip(profile.event_ids, shares, strict=True) if share * reason.value > 0
        }
        assert reason.because
        assert set(reason.because) <= pushed


@pytest.mark.parametrize("level", [0, 2])
def test_a_term_that_says_nothing_is_not_named(level: int) -> None:
    """A level of 0 gives no term a weight, and a category that all events have tells none from another: a list of
    noughts explains nothing."""
    for event in STORIES.events:
        for reason in of_kind(reasons_for(event.id, ("c1", level)), *TERMS, ReasonKind.TERMS):
            assert reason.kind in {ReasonKind.WORD, ReasonKind.TERMS}
            assert abs(reason.value) > 1e-9
            assert reason.label
            assert reason.because


@pytest.mark.parametrize(
    ("level", "label"),
    [
        (-2, "you turned this far down"),
        (-1, "you turned this down"),
        (0, "you left this as it is"),
        (1, "you turned this up"),
        (2, "you turned this far up"),
    ],
)
def test_the_pressed_event_says_so(level: int, label: str) -> None:
    """What an adjustment does to its own event alone is a part of its own, and points to itself."""
    said = (("s1", 1), ("c1", level))
    (own,) = of_kind(reasons_for("c1", *said), ReasonKind.ADJUSTMENT)
    assert (own.label, own.because) == (label, ("c1",))
    assert not of_kind(reasons_for("c2", *said), ReasonKind.ADJUSTMENT)


def test_an_adjustment_that_adds_nothing_of_its_own_is_no_reason() -> None:
    """A first word of 0 leaves the event where it is."""
    assert not of_kind(reasons_for("c1", ("c1", 0)), ReasonKind.ADJUSTMENT)


def test_diversity_names_the_event_above() -> None:
    """What was lost for repeating another points to that other."""
    profile = fit(Reader(), STORIES.statistics, PARAMS)
    scores = score(STORIES, profile, History(), NOW, PARAMS)
    place = Place(STORIES.row("c2"), -0.75, STORIES.row("c1"), ())
    assert explain(STORIES, profile, scores, place, PARAMS)[-1] == Reason(
        ReasonKind.DIVERSITY, "similar to “Comet nears Jupiter” above", -0.75, ("c1",)
    )


def test_what_an_adjustment_gave_to_another_event_is_worked_out_by_hand() -> None:
    """alpha·k(x_i, x), and for the event's own adjustment the part that is its own besides, within its reach."""
    corpus = before_statistics(an_event("c", "Comet"), an_event("s", "Comet strike"))
    reader = a_reader(corpus, ("c", 2))
    profile = fit(reader, corpus.statistics, WORDS_ONLY)
    ((of_c,), (of_s,)) = (
        explain_by_adjustment(corpus, reader, profile, corpus.row(event_id), WORDS_ONLY) for event_id in ("c", "s")
    )
    # alpha = 20/(1 + 3) = 5; k(c, c) = 1 and of its own it would add 0.9·3·5, but 10 is the end of the scale.
    assert (of_c.label, of_c.because) == (of_s.label, of_s.because) == ("you turned this far up", ("c",))
    assert of_c.value == pytest.approx(5)
    # Both words of s count alike: k(c, s) = sqrt(1/2).
    assert of_s.value == pytest.approx(5 / 2**0.5)


def test_opens_that_teach_are_told_as_opens() -> None:
    """They are part of what the reader changed, and never a word of the reader's on the event."""
    params = Params(learn_from_opens=True)
    reader = Reader(opens=(Open("c1", NOW, kept_terms(STORIES, "c1")),))
    profile = fit(reader, STORIES.statistics, params)
    (opened,) = explain_by_adjustment(STORIES, reader, profile, STORIES.row("c1"), params)
    assert (opened.kind, opened.label, opened.because) == (ReasonKind.OPEN, "you opened this", ("c1",))
    assert opened.value > 0
    reasons = reasons_of(reader, "c1", params=params)
    assert not of_kind(reasons, ReasonKind.ADJUSTMENT)
    assert {reason.because for reason in of_kind(reasons, *LEARNED)} == {("c1",)}


def test_a_pin_is_a_reason_of_its_own_and_takes_the_terms_place() -> None:
    """It says its points, and learning speaks of the other words; events without the term have no such reason."""
    pinned = replace(a_reader(STORIES, ("c1", 2)), wishes=Wishes.of([], {"word:comet": -4.0, "word:x": 1.0}, {}))
    params = Params(n_term_reasons=50)
    reasons = reasons_of(pinned, "c2", params=params)
    assert of_kind(reasons, ReasonKind.PIN) == [Reason(ReasonKind.PIN, "you pinned comet", -4.0)]
    words = {reason.label for reason in of_kind(reasons, ReasonKind.WORD)}
    assert "Jupiter" in words
    assert "comet" not in words
    assert not of_kind(reasons_of(pinned, "s1", params=params), ReasonKind.PIN)


def test_of_a_cleared_term_no_reason_speaks_until_something_is_said_again() -> None:
    """Then it is the later adjustment that is named behind it, and not the one from before."""
    params = replace(WORDS_ONLY, n_term_reasons=50)
    cleared = replace(a_reader(WORDS, ("c1", 2)), wishes=Wishes.of([], {}, {"word:comet": NOW}))
    before = of_kind(reasons_of(cleared, "c2", WORDS, params), ReasonKind.WORD)
    assert "comet" not in {reason.label for reason in before}
    later = cleared.ledger.adjusted("c2", 2, NOW + timedelta(minutes=1), kept_terms(WORDS, "c2"), 500)
    after = of_kind(reasons_of(replace(cleared, ledger=later), "c2", WORDS, params), ReasonKind.WORD)
    because = {reason.label: reason.because for reason in after}
    assert because["comet"] == ("c2",)
    assert because["Jupiter"] == ("c2", "c1")


def two_worlds() -> Corpus:
    """Two events that two others turned up, and six of which nobody said anything; none shares a term but its
    language."""
    titles = ("Comet", "Wages", "Volcano", "Election", "Robot", "Harvest", "Museum", "Verdict")
    events = [an_event(title, title, category=title, sources=()) for title in titles]
    return a_corpus(*events, liked={"u": ("Comet", "Wages"), "v": ("Comet", "Wages")})


def test_what_alike_readers_turned_up_is_a_reason_that_names_what_this_one_did() -> None:
    """Its value is taste·(a - mean), for the event that shares its readers and no word with the one that was turned
    up."""
    corpus = two_worlds()
    profile = fit(a_reader(corpus, ("Comet", 2)), corpus.statistics, PARAMS)
    (alike,) = of_kind(reasons_for("Wages", ("Comet", 2), corpus=corpus), ReasonKind.ALIKE)
    assert (alike.label, alike.because) == ("what readers like you turned up", ("Comet",))
    centred = corpus.alike[corpus.row("Wages")] - corpus.statistics.alike.mean
    assert alike.value == pytest.approx(float(profile.taste @ centred))
    assert alike.value > 0


def test_the_value_of_alike_readers_is_worked_out_by_hand() -> None:
    """beta·a·a', with rows of 2 and -1 and a mean of 0: turned up, the one speaks against the other."""
    rows = Alike(("c", "s"), np.array([[2.0], [-1.0]]), np.array([0.0]))
    corpus = before_statistics(an_event("c", "Comet"), an_event("s", "Strike"), an_event("n", "Wages")).with_alike(rows)
    # The words explain 20/(1 + 3) = 5 of 20: beta = 15/(4 + 3); for c 15/7·2·2, for s 15/7·2·(-1), and for n, which
    # nobody turned up, nothing.
    of_c, of_s, of_n = (
        of_kind(reasons_for(one, ("c", 2), corpus=corpus, params=WORDS_ONLY), ReasonKind.ALIKE) for one in "csn"
    )
    assert [one.value for one in of_c] == [pytest.approx(60 / 7)]
    assert of_c[0].because == of_s[0].because == ("c",)
    assert [one.value for one in of_s] == [pytest.approx(-30 / 7)]
    assert of_n == []


@pytest.mark.parametrize(
    ("n_because", "for_comet", "against_wages"),
    [(3, ("c", "d"), ("w",)), (1, ("c",), ("w",)), (0, (), ())],
)
def test_behind_alike_readers_are_the_adjustments_that_pull_its_way(
    n_because: int, for_comet: tuple[str, ...], against_wages: tuple[str, ...]
) -> None:
    """The strongest first and no more than asked for; who pulls the other way is not behind it."""
    rows = np.array([[2.0, 0.0], [0.5, 0.0], [-0.1, 0.1], [0.0, 2.0]])
    corpus = before_statistics(*(an_event(one, one) for one in ("c", "d", "e", "w")))
    corpus = corpus.with_alike(Alike(("c", "d", "e", "w"), rows, np.zeros(2)))
    said = (("d", 2), ("e", 1), ("w", -2), ("c", 2))
    params = replace(WORDS_ONLY, n_because=n_because)
    (comet,), (wages,) = (
        of_kind(reasons_for(one, *said, corpus=corpus, params=params), ReasonKind.ALIKE) for one in ("c", "w")
    )
    assert comet.value > 0 > wages.value
    assert (comet.because, wages.because) == (for_comet, against_wages)


def test_without_readers_or_adjustments_no_reason_speaks_of_alike_readers() -> None:
    """Neither where nobody else turned anything up, nor for a reader who said nothing yet."""
    corpus = two_worlds()
    for reasons in (
        reasons_for("Wages", ("Comet", 2), corpus=corpus.with_alike(NOBODY)),
        reasons_for("Wages", ("Comet", 0), corpus=corpus),
        reasons_for("Wages", corpus=corpus),
    ):
        assert not of_kind(reasons, ReasonKind.ALIKE)


def test_the_rest_does_not_speak_of_alike_readers_again() -> None:
    """What they add is told once: with terms, sums and the rest it makes the learned part."""
    profile = fit(a_reader(CROWDED, ("c1", 2)), CROWDED.statistics, PARAMS)
    learned = score(CROWDED, profile, History(), NOW, PARAMS).learned[CROWDED.row("s2")]
    parts = of_kind(reasons_for("s2", ("c1", 2), corpus=CROWDED), *LEARNED)
    assert fsum(one.value for one in parts) == pytest.approx(learned, rel=0, abs=1e-9)
    assert [one.kind for one in parts[-2:]] == [ReasonKind.ALIKE, ReasonKind.OTHER]


def test_what_is_popular_is_a_reason_for_every_reader() -> None:
    """Half an hour after three readers had turned it up, 2·log2(1 + 3/sqrt(2)); elsewhere there is no such reason."""
    for said in SAID:
        (popular,) = of_kind(reasons_for("s2", *said, corpus=CROWDED), ReasonKind.POPULARITY)
        assert (popular.label, popular.because) == ("readers turned this up lately", ())
        assert popular.value == pytest.approx(2 * np.log2(1 + 3 / 2**0.5))
        assert not of_kind(reasons_for("c1", *said, corpus=CROWDED), ReasonKind.POPULARITY)


def test_what_an_adjustment_gave_by_way_of_alike_readers_is_worked_out_by_hand() -> None:
    """alpha·k + beta·a·a': the events share no word, and their rows are 2 and 1."""
    rows = Alike(("c", "s"), np.array([[2.0], [1.0]]), np.array([0.0]))
    corpus = before_statistics(an_event("c", "Comet"), an_event("s", "Strike")).with_alike(rows)
    reader = a_reader(corpus, ("c", 2))
    profile = fit(reader, corpus.statistics, WORDS_ONLY)
    (of_s,) = explain_by_adjustment(corpus, reader, profile, corpus.row("s"), WORDS_ONLY)
    # (20 - 5) / (4 + 3), times 2·1.
    assert of_s.value == pytest.approx(30 / 7)
    assert of_s.because == ("c",)


def test_what_was_seen_is_a_reason_that_points_to_the_event_itself() -> None:
    """Only where it was."""
    reader = Reader(history=History({"c1": Encounter(NOW.timestamp())}))
    seen = Reason(ReasonKind.SEEN, "you have seen this", -PARAMS.seen_points, ("c1",))
    assert of_kind(reasons_of(reader, "c1"), ReasonKind.SEEN) == [seen]
    assert not of_kind(reasons_of(reader, "c2"), ReasonKind.SEEN)


@pytest.mark.parametrize(
    ("lift", "label"),
    [
        (Lift.KEPT, "news of this signal stay on the first page, whatever was learned"),
        (Lift.EXPLORATION, "shown to learn what you think of it"),
    ],
)
def test_what_lifted_an_event_to_its_place_is_the_last_reason(lift: Lift, label: str) -> None:
    """With the points that it took."""
    place = Place(STORIES.row("c1"), 0.0, None, (), 2.25, lift)
    assert reasons_of(Reader(), "c1", place=place)[-1] == Reason(ReasonKind(lift), label, 2.25)


def test_the_parts_by_adjustment_come_the_strongest_first() -> None:
    """Up or down: its own press counts most for an event, then that on its story, then that on the other."""
    corpus = before_statistics(*two_stories(), params=PARAMS)
    reader = a_reader(corpus, ("s1", -1), ("c2", 2), ("c1", -2))
    profile = fit(reader, corpus.statistics, PARAMS)
    parts = explain_by_adjustment(corpus, reader, profile, corpus.row("c1"), PARAMS)
    assert [(part.because, part.label) for part in parts] == [
        (("c1",), "you turned this far down"),
        (("c2",), "you turned this far up"),
        (("s1",), "you turned this down"),
    ]
    assert all(part.kind is ReasonKind.ADJUSTMENT for part in parts)


def test_kinds_of_reasons_and_of_terms_have_the_same_names() -> None:
    """A term's block is the kind of its reason."""
    assert {ReasonKind(kind_of(name)) for name in STORIES.names} == TERMS
