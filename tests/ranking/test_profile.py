"""The learner: worked by hand, against an oracle, and how it says where each weight came from."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.corpus import Corpus
from ranking.features import Floats, fit_statistics
from ranking.ledger import Ledger
from ranking.params import Params
from ranking.profile import WeightChange, changes, fit, provenance
from ranking.scoring import score
from tests.build import NOW, PARAMS, a_corpus, a_ledger, an_event, two_stories

WORDS_ONLY = Params(source_weight=0, category_weight=0, language_weight=0)
NOTHING_KNOWN = fit_statistics([], WORDS_ONLY)  # idf 1 and mean 0 for every word
STORIES = a_corpus(*two_stories())
PRESSES = st.lists(st.tuples(st.sampled_from(["c1", "c2", "s1", "s2"]), st.integers(-2, 2)), max_size=6)


def two_words() -> Corpus:
    """Two events of one word each, so that x_c = (1, 0), x_s = (0, 1), mu = (½, ½) and phi_c = (½, -½) = -phi_s."""
    return a_corpus(an_event("c", "Comet"), an_event("s", "Strike"), params=WORDS_ONLY)


def posterior(corpus: Corpus, ledger: Ledger, params: Params) -> tuple[Floats, Floats]:
    """What every event gets from the model, and every pressed event for itself: Bayesian linear regression, written
    out in dense centred features with one more feature for each pressed event, of variance share·noise."""
    features = corpus.features.toarray() - corpus.mean
    pressed = [corpus.row(one.event_id) for one in ledger.adjustments]
    noise = params.noise * 2.0 ** (np.arange(len(pressed))[::-1] / params.press_half_life)
    own = np.sqrt(params.own_event_share * noise)
    design = np.hstack([features[pressed], np.diag(own)])
    precise = design.T / ((1 - params.own_event_share) * noise)
    wish = np.array([one.level / 2 for one in ledger.adjustments])
    weights = params.gain * np.linalg.solve(precise @ design + np.eye(design.shape[1]), precise @ wish)
    n_terms = features.shape[1]
    return features @ weights[:n_terms], own * weights[n_terms:]


def test_one_press_by_hand() -> None:
    """alpha = gain·y / (phi·phi + noise), and w = alpha·phi."""
    corpus = two_words()
    profile = fit(a_ledger(corpus, ("c", 2), params=WORDS_ONLY), corpus.statistics, WORDS_ONLY)
    # 20·1 / (½ + 3) = 40/7; the comet's weight is 40/7·½; the event itself keeps 0.9·3·40/7.
    assert profile.alpha == pytest.approx([40 / 7])
    assert profile.weights(corpus.statistics)["word:comet"] == pytest.approx(20 / 7)
    assert profile.own == pytest.approx([108 / 7])


def test_two_presses_by_hand() -> None:
    """alpha = gain·(K + N)^-1 y, with the noise of the earlier press doubled by one half-life of age."""
    corpus = two_words()
    params = replace(WORDS_ONLY, press_half_life=1.0)
    profile = fit(a_ledger(corpus, ("c", 2), ("s", -2)), corpus.statistics, params)
    # K + N = [[½ + 6, -½], [-½, ½ + 3]], determinant 22.5;
    # alpha = 20/22.5·(3.5 - 0.5, 0.5 - 6.5) = (8/3, -16/3); w = (½·8/3 + ½·16/3)·(1, -1).
    assert profile.alpha == pytest.approx([8 / 3, -16 / 3])
    weights = profile.weights(corpus.statistics)
    assert (weights["word:comet"], weights["word:strike"]) == pytest.approx((4, -4))
    # share·noise·alpha: 0.9·6·8/3 and 0.9·3·(-16/3).
    assert profile.own == pytest.approx([14.4, -14.4])


@given(said=PRESSES, half_life=st.sampled_from([1.0, 20.0, float("inf")]), share=st.sampled_from([0.3, 0.9]))
def test_the_fit_is_bayesian_linear_regression(said: list[tuple[str, int]], half_life: float, share: float) -> None:
    """The kernel's short cut gives what the dense formula gives, for every event and for the pressed ones' own part."""
    params = replace(PARAMS, press_half_life=half_life, own_event_share=share)
    ledger = a_ledger(STORIES, *said)
    profile = fit(ledger, STORIES.statistics, params)
    learned, own = posterior(STORIES, ledger, params)
    np.testing.assert_allclose(score(STORIES, profile, NOW, params).learned, learned, atol=1e-9)
    np.testing.assert_allclose(profile.own, own, atol=1e-9)


def test_later_presses_wear_an_earlier_one_out() -> None:
    """The noise of a press, own / (share·alpha), doubles with every half-life of later presses."""
    params = replace(PARAMS, press_half_life=2.0)
    profile = fit(a_ledger(STORIES, ("c1", 2), ("c2", 2), ("s1", -2), ("s2", -2)), STORIES.statistics, params)
    assert profile.own / (0.9 * profile.alpha) == pytest.approx([3 * 2**1.5, 6, 3 * 2**0.5, 3])


@pytest.mark.parametrize("share", [0.0, 0.4, 0.9, 1.0])
@pytest.mark.parametrize("level", [-2, -1, 0, 1, 2])
def test_the_pressed_event_moves_by_its_share_of_the_wish_and_the_model_for_the_rest(share: float, level: int) -> None:
    """It is to move by gain·(share·wish + (1 - share)·model); at share 1 that is the wish and nothing else."""
    params = replace(PARAMS, own_event_share=share)
    profile = fit(a_ledger(STORIES, ("c2", 2), ("s1", -1), ("c1", level)), STORIES.statistics, params)
    learned = score(STORIES, profile, NOW, params).learned[STORIES.row("c1")]
    assert learned + profile.own[-1] == pytest.approx(20 * share * level / 2 + (1 - share) * learned)


def test_an_empty_ledger_has_a_profile_that_does_nothing() -> None:
    """A reader who said nothing has no weights and moves no event, also before any event was ever seen."""
    for statistics in (STORIES.statistics, NOTHING_KNOWN):
        profile = fit(Ledger(), statistics, PARAMS)
        assert profile.weights(statistics) == {}
        assert (profile.lean, profile.constant, profile.event_ids) == (0, 0, ())
    assert not score(STORIES, profile, NOW, PARAMS).learned.any()


def test_level_zero_alone_moves_nothing() -> None:
    """To leave one event as it is asks for nothing new."""
    profile = fit(a_ledger(STORIES, ("c1", 0)), STORIES.statistics, PARAMS)
    assert set(profile.weights(STORIES.statistics).values()) == {0.0}
    assert profile.level_of("c1") == 0


def test_level_zero_holds_an_event_against_the_model() -> None:
    """Where its story was turned up, "just as it is" brings the event back most of the way, and the story a little."""
    up = a_ledger(STORIES, ("c2", 2))
    held = up.adjusted("c1", 0, NOW, STORIES.terms[STORIES.row("c1")], 500)
    before, after = (
        score(STORIES, fit(ledger, STORIES.statistics, PARAMS), NOW, PARAMS).personal_signal[STORIES.row("c1")]
        for ledger in (up, held)
    )
    assert 5 < after < 5 + 0.1 * (before - 5)


def test_a_profile_knows_what_it_was_made_from() -> None:
    """It carries the ledger's version and levels, and whether statistics and params are still those of its fit."""
    ledger = a_ledger(STORIES, ("c1", 2), ("s1", -1))
    profile = fit(ledger, STORIES.statistics, PARAMS)
    assert profile.version == ledger.version
    assert (profile.level_of("c1"), profile.level_of("s1"), profile.level_of("c2")) == (2, -1, None)
    assert profile.is_of(STORIES.statistics, PARAMS)
    assert not profile.is_of(two_words().statistics, PARAMS)
    assert not profile.is_of(STORIES.statistics, WORDS_ONLY)


def test_a_ledger_can_be_fitted_again_with_other_statistics() -> None:
    """Terms are what is kept: a catalogue that never had the event's words gives them their weight all the same."""
    ledger = a_ledger(two_words(), ("c", 2))
    profile = fit(ledger, NOTHING_KNOWN, WORDS_ONLY)
    assert (profile.version, profile.statistics_version) == (ledger.version, NOTHING_KNOWN.version)
    # Without centring phi = (1), so w = alpha = 20 / (1 + 3).
    assert profile.weights(NOTHING_KNOWN)["word:comet"] == pytest.approx(5)


def test_because_names_the_adjustments_that_pull_most_in_the_terms_direction() -> None:
    """Strongest first, as many as asked for; who pulls the other way is not behind a term."""
    corpus = a_corpus(an_event("up", "Comet"), an_event("also", "Comet Jupiter Saturn"), an_event("down", "Comet war"))
    ledger = a_ledger(corpus, ("down", -1), ("also", 2), ("up", 2))

    def behind(name: str, n_because: int) -> list[str]:
        profile = fit(ledger, NOTHING_KNOWN, replace(WORDS_ONLY, n_because=n_because))
        places = profile.because[profile.terms.index(name)]
        return [profile.event_ids[place] for place in places if place >= 0]

    assert behind("word:comet", 3) == ["up", "also"]
    assert behind("word:comet", 1) == ["up"]
    assert behind("word:jupit", 3) == ["also"]
    assert behind("word:war", 3) == ["down"]


@given(said=PRESSES)
def test_provenance_adds_up_to_the_weights(said: list[tuple[str, int]]) -> None:
    """Each weight is the sum of what the adjustments gave to it, and is pull - lean·mean."""
    ledger = a_ledger(STORIES, *said)
    profile = fit(ledger, STORIES.statistics, PARAMS)
    weights = profile.weights(STORIES.statistics)
    given_by = provenance(ledger, profile, STORIES.statistics, PARAMS, profile.terms)
    assert {name: sum(shares) for name, shares in given_by.items()} == pytest.approx(weights, abs=1e-9)
    mean = STORIES.statistics.mean[[STORIES.columns[name] for name in profile.terms]]
    assert list(weights.values()) == pytest.approx(list(profile.pull - profile.lean * mean), abs=1e-9)


def test_provenance_tells_the_adjustments_apart() -> None:
    """An event with the term and one without it give to the weight from two sides, in the ledger's order."""
    corpus = two_words()
    ledger = a_ledger(corpus, ("c", 2), ("s", -2))
    params = replace(WORDS_ONLY, press_half_life=1.0)
    profile = fit(ledger, corpus.statistics, params)
    # alpha·(x - mu): 8/3·½ and -16/3·(-½).
    shares = provenance(ledger, profile, corpus.statistics, params, ["word:comet"])
    assert shares["word:comet"] == pytest.approx([4 / 3, 8 / 3])


def test_changes_tell_from_and_to_the_largest_first() -> None:
    """A comet with Jupiter was wanted, one with a strike is not: the strike is out, the comet says little now, and
    Jupiter takes the credit."""
    words = a_corpus(an_event("e", "Comet Jupiter"), an_event("f", "Comet strike"))
    before = fit(a_ledger(words, ("e", 2)), NOTHING_KNOWN, WORDS_ONLY)
    after = fit(a_ledger(words, ("e", 2), ("f", -2)), NOTHING_KNOWN, WORDS_ONLY)
    moved = [one for one in changes(before, after, NOTHING_KNOWN) if one.term.startswith("word:")]
    assert [one.term for one in moved] == ["word:strike", "word:comet", "word:jupit"]
    strike, comet, jupiter = moved
    assert strike.before == 0 > strike.after
    assert comet.before == jupiter.before == pytest.approx(5 / 2**0.5)
    assert jupiter.after > jupiter.before
    sizes = [abs(one.after - one.before) for one in moved]
    assert sizes == sorted(sizes, reverse=True)


def test_equal_moves_come_in_alphabetical_order() -> None:
    """A press on an event of four words moves all alike; taking it back moves them back."""
    words = a_corpus(an_event("e", "Saturn orbits Jupiter comet"))
    nothing = fit(Ledger(), NOTHING_KNOWN, WORDS_ONLY)
    pressed = fit(a_ledger(words, ("e", 2)), NOTHING_KNOWN, WORDS_ONLY)
    names = ("word:comet", "word:jupit", "word:orbit", "word:saturn")
    size = pressed.weights(NOTHING_KNOWN)["word:comet"]
    assert size == pytest.approx(2.5)  # alpha·x = 20/(1 + 3)·½
    assert changes(nothing, pressed, NOTHING_KNOWN) == tuple(WeightChange(name, 0.0, size) for name in names)
    assert changes(pressed, nothing, NOTHING_KNOWN) == tuple(WeightChange(name, size, 0.0) for name in names)


def test_between_equal_profiles_nothing_changed() -> None:
    """A press that says the same again has an empty receipt."""
    profile = fit(a_ledger(STORIES, ("c1", 2)), STORIES.statistics, PARAMS)
    assert changes(profile, profile, STORIES.statistics) == ()
