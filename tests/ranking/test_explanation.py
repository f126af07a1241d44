"""Explanations are the arithmetic: they add up, they speak in people's words, and they name who made them so."""

from dataclasses import replace
from math import fsum

import pytest

from ranking.corpus import Corpus, build_corpus
from ranking.diversity import Place, diversify
from ranking.event import Event, Source
from ranking.explanation import Reason, ReasonKind, explain, explain_by_adjustment
from ranking.features import fit_statistics
from ranking.ledger import Ledger
from ranking.params import Params
from ranking.profile import fit, provenance
from ranking.scoring import score
from ranking.text import kind_of, terms_of
from tests.build import NOW, PARAMS, a_corpus, a_ledger, an_event, two_stories

STORIES = a_corpus(*two_stories())
TERMS = {ReasonKind.WORD, ReasonKind.SOURCE, ReasonKind.CATEGORY, ReasonKind.LANGUAGE}
LEARNED = TERMS | {ReasonKind.TERMS, ReasonKind.OTHER}
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
    profile = fit(a_ledger(corpus, *said), corpus.statistics, params)
    scores = score(corpus, profile, NOW, params)
    return explain(corpus, profile, scores, alone(corpus.row(event_id)), params)


def before_statistics(*events: Event, params: Params = WORDS_ONLY, n_known: int = 0) -> Corpus:
    """A corpus of which only the first events were there when its statistics were fitted. Where none was, all words
    count alike and nothing is centred."""
    terms = {event.id: terms_of(event) for event in events}
    statistics = fit_statistics([terms[event.id] for event in events[:n_known]], params)
    return build_corpus(events, terms, statistics, params, "1")


def of_kind(reasons: tuple[Reason, ...], *kinds: ReasonKind) -> list[Reason]:
    """The reasons of these kinds."""
    return [reason for reason in reasons if reason.kind in kinds]


def test_a_reader_without_adjustments_has_no_learned_part() -> None:
    """Only the editors and the clock speak."""
    assert reasons_for("c1") == (
        Reason(ReasonKind.SIGNAL, "global signal", 5.0),
        Reason(ReasonKind.FRESHNESS, "time since it was published", -1.0),
    )


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("n_term_reasons", [0, 2, 50])
def test_the_parts_add_up_to_the_score(said: tuple[tuple[str, int], ...], n_term_reasons: int) -> None:
    """At every place of the feed, however many terms are named one by one."""
    params = Params(n_term_reasons=n_term_reasons)
    profile = fit(a_ledger(STORIES, *said), STORIES.statistics, params)
    scores = score(STORIES, profile, NOW, params)
    for place in diversify(STORIES, scores.relevance, STORIES.signal >= 0, params):
        reasons = explain(STORIES, profile, scores, place, params)
        assert fsum(one.value for one in reasons) == pytest.approx(
            scores.relevance[place.row] + place.diversity, rel=0, abs=1e-9
        )


def test_each_term_gives_its_weight_times_its_feature() -> None:
    """A term that is named has exactly w·x."""
    profile = fit(a_ledger(STORIES, ("c1", 2)), STORIES.statistics, PARAMS)
    weights, row = profile.weights(STORIES.statistics), STORIES.row("c2")
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
    profile = fit(a_ledger(corpus, ("a", 2)), corpus.statistics, params)
    (together,) = of_kind(reasons_for("a", ("a", 2), corpus=corpus, params=params), ReasonKind.TERMS)
    assert profile.weights(corpus.statistics)["word:comet"] < 0
    assert together.label == "Jupiter, Saturn"
    features = dict(zip(corpus.names, corpus.features[[corpus.row("a")], :].toarray()[0], strict=True))
    total = sum(weight * features[name] for name, weight in profile.weights(corpus.statistics).items())
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
    ledger = a_ledger(STORIES, *said)
    alpha = fit(ledger, STORIES.statistics, PARAMS).alpha
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
    ledger = a_ledger(corpus, *said)
    profile = fit(ledger, corpus.statistics, params)
    for reason in of_kind(reasons_for("comet", *said, corpus=corpus, params=params), *TERMS, ReasonKind.TERMS):
        (name,) = (name for name in profile.terms if corpus.label(name) == reason.label)
        shares = provenance(ledger, profile, corpus.statistics, params, [name])[name]
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
    profile = fit(Ledger(), STORIES.statistics, PARAMS)
    scores = score(STORIES, profile, NOW, PARAMS)
    place = Place(STORIES.row("c2"), -0.75, STORIES.row("c1"), ())
    assert explain(STORIES, profile, scores, place, PARAMS)[-1] == Reason(
        ReasonKind.DIVERSITY, "similar to “Comet nears Jupiter” above", -0.75, ("c1",)
    )


@pytest.mark.parametrize("said", [*SAID, (("v", 2), ("s1", -2), ("c1", 1))])
def test_the_parts_by_adjustment_add_up_to_what_the_reader_changed(said: tuple[tuple[str, int], ...]) -> None:
    """For every event they make personal signal minus signal, also with words newer than the statistics."""
    newcomer = an_event("v", "Volcano above the harbour", sources=(Source("Observer"),))
    corpus = before_statistics(*two_stories(), newcomer, params=PARAMS, n_known=4)
    ledger = a_ledger(corpus, *said)
    profile = fit(ledger, corpus.statistics, PARAMS)
    scores = score(corpus, profile, NOW, PARAMS)
    for row in range(len(corpus.events)):
        parts = explain_by_adjustment(corpus, ledger, profile, row, PARAMS)
        assert {part.because for part in parts} == {(event_id,) for event_id, _ in said}
        changed = scores.personal_signal[row] - scores.signal[row]
        assert fsum(part.value for part in parts) == pytest.approx(changed, rel=0, abs=1e-9)


def test_the_parts_by_adjustment_come_the_strongest_first() -> None:
    """Up or down: its own press counts most for an event, then that on its story, then that on the other."""
    corpus = before_statistics(*two_stories(), params=PARAMS)
    ledger = a_ledger(corpus, ("s1", -1), ("c2", 2), ("c1", -2))
    profile = fit(ledger, corpus.statistics, PARAMS)
    parts = explain_by_adjustment(corpus, ledger, profile, corpus.row("c1"), PARAMS)
    assert [(part.because, part.label) for part in parts] == [
        (("c1",), "you turned this far down"),
        (("c2",), "you turned this far up"),
        (("s1",), "you turned this down"),
    ]
    assert all(part.kind is ReasonKind.ADJUSTMENT for part in parts)


def test_kinds_of_reasons_and_of_terms_have_the_same_names() -> None:
    """A term's block is the kind of its reason."""
    assert {ReasonKind(kind_of(name)) for name in STORIES.names} == TERMS
