"""The learner: worked by hand, against an oracle, and how it says where each weight came from."""

from dataclasses import fields, replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.corpus import Corpus
from ranking.crowd import Alike
from ranking.features import Floats, Statistics, fit_statistics
from ranking.interactions import Encounter, History
from ranking.ledger import Adjustment, Open
from ranking.params import Params
from ranking.profile import Profile, WeightChange, changes, fit, provenance
from ranking.reader import Reader
from ranking.scoring import score
from ranking.wishes import Wishes
from tests.build import NOW, PARAMS, a_corpus, a_reader, an_event, any_reader, kept_terms, two_stories

WORDS_ONLY = Params(source_weight=0, category_weight=0, language_weight=0)
OPENS_TEACH = replace(WORDS_ONLY, learn_from_opens=True)
NOTHING_KNOWN = fit_statistics([], WORDS_ONLY)  # idf 1 and mean 0 for every word
STORIES = a_corpus(*two_stories())
READERS = any_reader(STORIES)
# Three other readers: two of them like comets, and one of these a strike that the third likes as well.
LIKED_STORIES = a_corpus(*two_stories(), liked={"u": ("c1", "c2"), "v": ("c1", "c2", "s2"), "w": ("s2",)})
HALF = 2.0**-11  # the largest share of itself by which a number is moved when it is rounded to half precision
FOREVER = NOW + timedelta(days=1)
TITLES = ("Comet", "Strike", "Volcano", "Election", "Robot", "Harvest", "Museum", "Verdict")


def two_words() -> Corpus:
    """Two events of one word each, so that x_c = (1, 0), x_s = (0, 1), mu = (½, ½) and phi_c = (½, -½) = -phi_s."""
    return a_corpus(an_event("c", "Comet"), an_event("s", "Strike"), params=WORDS_ONLY)


def with_wishes(reader: Reader, pins: dict[str, float] | None = None, cleared: tuple[str, ...] = ()) -> Reader:
    """This reader after these terms were pinned and cleared."""
    return replace(reader, wishes=Wishes.of([], pins or {}, dict.fromkeys(cleared, NOW)))


def learned_by(corpus: Corpus, profile: Profile, params: Params) -> dict[str, float]:
    """What every event gets from the model."""
    learned = score(corpus, profile, History(), NOW, params).learned.tolist()
    return dict(zip((event.id for event in corpus.events), learned, strict=True))


def posterior(corpus: Corpus, reader: Reader, params: Params) -> tuple[Floats, Floats]:
    """What every event gets from the model, and every lesson's event for itself: Bayesian linear regression, written
    out in dense centred features with one more feature for each pressed event, of variance share·noise. A pinned term
    is left out of all lessons, and a cleared one out of those before. What the terms leave unexplained is fitted with
    the rows of alike readers."""
    presses = reader.ledger.adjustments
    opens = [one for one in reader.opens if reader.ledger.level_of(one.event_id) is None]
    opens = opens if params.learn_from_opens else []
    taught: list[Adjustment | Open] = [*presses, *opens]
    centred = corpus.features.toarray() - corpus.mean
    features = centred[[corpus.row(one.event_id) for one in taught]]
    for name in {*reader.wishes.pins, *reader.wishes.cleared} & {*corpus.names}:
        for row, one in enumerate(taught):
            if name in reader.wishes.pins or one.at <= reader.wishes.cleared[name]:
                features[row, corpus.columns[name]] = 0.0
    age = [*range(len(presses))[::-1]]
    age += [len(opens) - 1 - n + sum(press.at > one.at for press in presses) for n, one in enumerate(opens)]
    doubt, share = (
        np.array([press] * len(presses) + [opening] * len(opens))
        for press, opening in ((1.0, params.open_doubt), (params.own_event_share, 0.0))
    )
    noise = params.noise * doubt * 2.0 ** (np.array(age) / params.press_half_life)
    own = np.sqrt(share * noise)
    design = np.hstack([features, np.diag(own)])
    precise = design.T / ((1 - share) * noise)
    wish = np.array([one.level / 2 for one in presses] + [params.open_wish] * len(opens))
    weights = params.gain * np.linalg.solve(precise @ design + np.eye(design.shape[1]), precise @ wish)
    n_terms = features.shape[1]
    unexplained = params.gain * wish - features @ weights[:n_terms]
    alike = corpus.alike - corpus.statistics.alike.mean
    rows = alike[[corpus.row(one.event_id) for one in taught]]
    taste = np.linalg.solve(rows.T / noise @ rows + np.eye(alike.shape[1]), rows.T / noise @ unexplained)
    return centred @ weights[:n_terms] + alike @ taste, share * (unexplained - rows @ taste)


def test_one_press_by_hand() -> None:
    """alpha = gain·y / (phi·phi + noise), and w = alpha·phi."""
    corpus = two_words()
    profile = fit(a_reader(corpus, ("c", 2), params=WORDS_ONLY), corpus.statistics, WORDS_ONLY)
    # 20·1 / (½ + 3) = 40/7; the comet's weight is 40/7·½; the event itself keeps 0.9·3·40/7.
    assert profile.alpha == pytest.approx([40 / 7])
    assert profile.weights == {"word:comet": pytest.approx(20 / 7, abs=40 / 7 * HALF)}
    assert profile.own == pytest.approx([108 / 7])


def test_two_presses_by_hand() -> None:
    """alpha = gain·(K + N)^-1 y, with the noise of the earlier press doubled by one half-life of age."""
    corpus = two_words()
    params = replace(WORDS_ONLY, press_half_life=1.0)
    profile = fit(a_reader(corpus, ("c", 2), ("s", -2)), corpus.statistics, params)
    # K + N = [[½ + 6, -½], [-½, ½ + 3]], determinant 22.5;
    # alpha = 20/22.5·(3.5 - 0.5, 0.5 - 6.5) = (8/3, -16/3); w = (½·8/3 + ½·16/3)·(1, -1).
    assert profile.alpha == pytest.approx([8 / 3, -16 / 3])
    weights = profile.weights
    assert (weights["word:comet"], weights["word:strike"]) == pytest.approx((4, -4), abs=16 / 3 * HALF)
    # share·noise·alpha: 0.9·6·8/3 and 0.9·3·(-16/3).
    assert profile.own == pytest.approx([14.4, -14.4])


@given(
    reader=READERS,
    half_life=st.sampled_from([1.0, 20.0, float("inf")]),
    share=st.sampled_from([0.3, 0.9]),
    floor=st.sampled_from([0.0, 0.3]),
    opens_teach=st.booleans(),
)
@pytest.mark.parametrize("corpus", [STORIES, LIKED_STORIES], ids=["words alone", "alike readers"])
def test_the_fit_is_bayesian_linear_regression(
    corpus: Corpus, reader: Reader, half_life: float, share: float, floor: float, opens_teach: bool
) -> None:
    """The kernel's short cut gives what the dense formula gives, for every event and for the pressed ones' own part:
    whatever was pinned, cleared and opened, and but for what was rounded or left out as too small."""
    params = replace(
        PARAMS, press_half_life=half_life, own_event_share=share, pull_floor=floor, learn_from_opens=opens_teach
    )
    profile = fit(reader, corpus.statistics, params)
    learned, own = posterior(corpus, reader, params)
    scores = score(corpus, profile, History(), NOW, params)
    weight = scores.pull - profile.lean * corpus.mean
    rounded_off = corpus.features @ (np.maximum(np.abs(weight) * HALF, floor)) + 1e-5
    assert (np.abs(scores.learned - learned) <= rounded_off).all()
    np.testing.assert_allclose(profile.own, own, atol=1e-5)


def one_liked() -> Alike:
    """A row of 1 for the comet and a mean of ½, so that centred it is ½ for the comet, and -½ for the strike, which
    nobody turned up."""
    return Alike(("c",), np.array([[1.0]]), np.array([0.5]))


def test_one_press_by_hand_where_alike_readers_count() -> None:
    """What the words leave of the wish is for the rows of alike readers to explain: beta is that over a·a + N, and
    taste is beta·a."""
    corpus = two_words().with_alike(one_liked())
    profile = fit(a_reader(corpus, ("c", 2)), corpus.statistics, WORDS_ONLY)
    # alpha = 20/(½ + 3) = 40/7 explains 20/7 of 20; beta = 120/7 / (¼ + 3).
    assert profile.alpha == pytest.approx([40 / 7])
    assert profile.beta == pytest.approx([480 / 91])
    assert profile.taste == pytest.approx([240 / 91])
    # alpha·½ + beta·¼, and as much less for the strike.
    learned = 20 / 7 + 120 / 91
    assert learned_by(corpus, profile, WORDS_ONLY) == pytest.approx({"c": learned, "s": -learned}, rel=HALF)


def test_a_press_on_an_event_that_nobody_turned_up_speaks_against_those_that_somebody_did() -> None:
    """Its row is the mean's opposite, as is that of any other nobody turned up."""
    corpus = two_words().with_alike(one_liked())
    profile = fit(a_reader(corpus, ("s", 2)), corpus.statistics, WORDS_ONLY)
    assert profile.taste == pytest.approx([-240 / 91])


def test_the_constant_takes_the_means_back_out() -> None:
    """lean·mu·mu - pull·mu of the words, and taste times the mean of the rows of alike readers."""
    corpus, params = two_words(), replace(WORDS_ONLY, pull_floor=0.0)
    known = (corpus.statistics, corpus.statistics.with_alike(one_liked()))
    plain, liked = (fit(a_reader(corpus, ("c", 2)), one, params) for one in known)
    # With x_c = (1, 0) and mu = (½, ½): lean·½ - lean·½ = 0; less 240/91·½.
    assert plain.constant == pytest.approx(0)
    assert liked.constant == pytest.approx(-120 / 91)


@given(reader=READERS)
def test_no_weight_depends_on_other_readers(reader: Reader) -> None:
    """What a reader's own words say of terms is the same, whoever else likes what: a new event loses nothing by it."""
    alone, among = (fit(reader, one.statistics, PARAMS) for one in (STORIES, LIKED_STORIES))
    assert (alone.terms, alone.lean) == (among.terms, among.lean)
    for part in ("alpha", "weight", "because"):
        np.testing.assert_array_equal(getattr(alone, part), getattr(among, part), err_msg=part)


@given(reader=READERS)
def test_where_nobody_turned_anything_up_alike_readers_leave_all_unexplained(reader: Reader) -> None:
    """beta is what alpha is, and adds nothing to any event."""
    profile = fit(reader, STORIES.statistics, PARAMS)
    np.testing.assert_allclose(profile.beta, profile.alpha, rtol=1e-6)
    assert profile.taste.shape == (0,)


def test_alike_readers_link_events_that_share_no_word() -> None:
    """A comet that is turned up raises the strike that the same two readers turned up, and no other."""
    strangers = [an_event(title, title, category=title, sources=()) for title in TITLES]
    corpus = a_corpus(*strangers, liked={"u": ("Comet", "Strike"), "v": ("Comet", "Strike"), "w": ("Volcano",)})
    reader = a_reader(corpus, ("Comet", 2))
    learned = learned_by(corpus, fit(reader, corpus.statistics, PARAMS), PARAMS)
    alone = a_corpus(*strangers)
    without = learned_by(alone, fit(reader, alone.statistics, PARAMS), PARAMS)
    assert learned["Comet"] > learned["Strike"] > 0 > learned["Volcano"]
    assert without["Strike"] == pytest.approx(without["Volcano"])
    assert without["Strike"] < 0


@pytest.mark.parametrize("said", [(), (("c1", 0),)], ids=["nothing", "as it is"])
def test_who_asked_for_nothing_has_no_taste(said: tuple[tuple[str, int], ...]) -> None:
    """One number for each column of the rows, all of them 0; without such rows there is no number."""
    profile = fit(a_reader(LIKED_STORIES, *said), LIKED_STORIES.statistics, PARAMS)
    assert profile.taste.tolist() == [0.0] * len(LIKED_STORIES.statistics.alike.mean)
    assert len(profile.taste) > 0
    assert len(fit(a_reader(STORIES, *said), STORIES.statistics, PARAMS).taste) == 0


def test_a_profile_is_not_of_statistics_that_know_of_other_readers() -> None:
    """Its taste would have other columns to it."""
    profile = fit(a_reader(STORIES, ("c1", 2)), LIKED_STORIES.statistics, PARAMS)
    assert profile.is_of(LIKED_STORIES.statistics, PARAMS)
    assert not profile.is_of(STORIES.statistics, PARAMS)


@given(reader=READERS, floor=st.sampled_from([0.0, 0.005, 1.0]))
def test_a_profile_is_what_the_store_keeps(reader: Reader, floor: float) -> None:
    """Nothing of it has more digits than are stored, and no pull is under the floor, but for terms that learning is not
    to speak of."""
    profile = fit(reader, LIKED_STORIES.statistics, replace(PARAMS, pull_floor=floor, learn_from_opens=True))
    singles = (profile.alpha, profile.beta, profile.own)
    for exact, kind in (*((one, np.float32) for one in singles), (profile.weight, np.float16)):
        assert (exact == exact.astype(kind)).all()
    mean = np.array([STORIES.mean[STORIES.columns[name]] if name in STORIES.columns else 0.0 for name in profile.terms])
    silent = np.array(
        [name in reader.wishes.pins or name in reader.wishes.cleared for name in profile.terms], dtype=bool
    )
    pull = profile.weight + profile.lean * mean
    assert (np.abs(pull) >= floor - HALF * np.abs(profile.weight) - 1e-6)[~silent].all()


@pytest.mark.parametrize(("floor", "kept"), [(2.5, 4), (2.501, 0)])
def test_a_pull_under_the_floor_is_left_out(floor: float, kept: int) -> None:
    """Four words with a pull of alpha·x = 20/(1 + 3)·½ each are kept at the floor, and not below it."""
    words = a_corpus(an_event("e", "Saturn orbits Jupiter comet"))
    profile = fit(a_reader(words, ("e", 2)), NOTHING_KNOWN, replace(WORDS_ONLY, pull_floor=floor))
    assert (len(profile.terms), profile.alpha.tolist()) == (kept, [5.0])


def test_a_cleared_word_by_hand() -> None:
    """What was said before teaches of the other words alone."""
    corpus = two_words()
    profile = fit(with_wishes(a_reader(corpus, ("c", 2)), cleared=("word:comet",)), corpus.statistics, WORDS_ONLY)
    # phi_c = (0, -½) now, so alpha = 20 / (¼ + 3) = 80/13, and the strike's weight is -½ of that.
    assert profile.alpha == pytest.approx([80 / 13])
    assert dict(zip(profile.terms, profile.weight, strict=True))["word:comet"] == 0
    # The strike, which no press had, has no pull of its own: its weight is what centring gives it.
    assert profile.weights == {}
    assert learned_by(corpus, profile, WORDS_ONLY) == pytest.approx({"c": 80 / 13 / 4, "s": -80 / 13 / 4})


def test_what_is_said_after_a_clear_teaches_again() -> None:
    """To turn the comet up after the word was cleared gives it a weight, as if nothing had been said before."""
    corpus, params = two_words(), replace(WORDS_ONLY, pull_floor=0.0)
    before = with_wishes(a_reader(corpus, ("s", 0)), cleared=("word:comet", "word:strike"))
    after = replace(before, ledger=before.ledger.adjusted("c", 2, FOREVER, kept_terms(corpus, "c"), 500))
    fresh = a_reader(corpus, ("c", 2))
    told, alone = (fit(one, corpus.statistics, params) for one in (after, fresh))
    assert told.weights["word:comet"] > 0
    assert told.alpha == pytest.approx([0, 40 / 7])
    assert learned_by(corpus, told, params) == pytest.approx(learned_by(corpus, alone, params), rel=2 * HALF)


def test_a_pin_keeps_its_term_out_of_the_model_for_good() -> None:
    """Also of what is said afterwards; taken off, all that was said counts again."""
    pinned = with_wishes(a_reader(STORIES, ("c1", 2)), pins={"word:comet": 1.0})
    later = replace(pinned, ledger=pinned.ledger.adjusted("c2", 2, FOREVER, kept_terms(STORIES, "c2"), 500))
    profile = fit(later, STORIES.statistics, PARAMS)
    assert "word:comet" not in profile.weights
    assert dict(zip(profile.terms, profile.weight, strict=True))["word:comet"] == 0
    assert profile.wishes == later.wishes
    taken_off = fit(Reader(later.ledger), STORIES.statistics, PARAMS)
    assert taken_off.weights["word:comet"] > 0


def test_one_open_by_hand() -> None:
    """Where opens teach, alpha = gain·open_wish / (phi·phi + noise·open_doubt), and nothing is the event's own."""
    corpus = two_words()
    reader = Reader(opens=(Open("c", NOW, kept_terms(corpus, "c")),))
    profile = fit(reader, corpus.statistics, OPENS_TEACH)
    assert (profile.event_ids, profile.levels, profile.level_of("c")) == (("c",), (None,), None)
    # 20·¼ / (½ + 3·4) = 0.4; the comet's weight is 0.4·½.
    assert profile.alpha == pytest.approx([0.4])
    assert profile.own.tolist() == [0.0]
    assert profile.weights == {"word:comet": pytest.approx(0.2, abs=0.4 * HALF)}


@given(reader=READERS)
def test_nothing_is_learned_from_opens_or_from_a_history_unless_opens_teach(reader: Reader) -> None:
    """Seen, dismissed and opened events leave every part of the profile as it is, but for the name of it."""
    silent = Reader(reader.ledger, reader.wishes)
    busy = replace(reader, history=History({"s1": Encounter(0.0, 9, 900.0)}, {"c1": 0.0}), heard=("0" * 16,))
    one, other = (fit(each, STORIES.statistics, PARAMS) for each in (silent, busy))
    for part in fields(Profile):
        if part.name != "version":
            np.testing.assert_array_equal(getattr(one, part.name), getattr(other, part.name), err_msg=part.name)


def test_later_presses_wear_an_earlier_one_out() -> None:
    """The noise of a press, own / (share·alpha), doubles with every half-life of later presses."""
    params = replace(PARAMS, press_half_life=2.0)
    profile = fit(a_reader(STORIES, ("c1", 2), ("c2", 2), ("s1", -2), ("s2", -2)), STORIES.statistics, params)
    assert profile.own / (0.9 * profile.alpha) == pytest.approx([3 * 2**1.5, 6, 3 * 2**0.5, 3])


@pytest.mark.parametrize("share", [0.0, 0.4, 0.9, 1.0])
@pytest.mark.parametrize("level", [-2, -1, 0, 1, 2])
def test_the_pressed_event_moves_by_its_share_of_the_wish_and_the_model_for_the_rest(share: float, level: int) -> None:
    """It is to move by gain·(share·wish + (1 - share)·model); at share 1 that is the wish and nothing else. What is
    rounded off is less than a hundredth of a point."""
    params = replace(PARAMS, own_event_share=share)
    profile = fit(a_reader(STORIES, ("c2", 2), ("s1", -1), ("c1", level)), STORIES.statistics, params)
    learned = score(STORIES, profile, History(), NOW, params).learned[STORIES.row("c1")]
    assert learned + profile.own[-1] == pytest.approx(20 * share * level / 2 + (1 - share) * learned, abs=0.01)


@pytest.mark.parametrize("statistics", [STORIES.statistics, NOTHING_KNOWN], ids=["some events", "no events"])
@pytest.mark.parametrize(
    "reader", [Reader(), with_wishes(Reader(), {"word:x": 2.0}, ("word:comet",))], ids=["", "wishes"]
)
def test_a_reader_who_said_nothing_has_a_profile_that_teaches_nothing(reader: Reader, statistics: Statistics) -> None:
    """There are no weights and no event is moved by learning, whatever was laid down, and also before any event was
    ever seen."""
    profile = fit(reader, statistics, PARAMS)
    assert profile.weights == {}
    assert provenance(reader, profile, statistics, PARAMS, []) == {}
    assert (profile.lean, profile.constant, profile.event_ids) == (0, 0, ())
    assert not score(STORIES, profile, History(), NOW, PARAMS).learned.any()


def test_level_zero_alone_moves_nothing() -> None:
    """To leave one event as it is asks for nothing new."""
    profile = fit(a_reader(STORIES, ("c1", 0)), STORIES.statistics, PARAMS)
    assert profile.weights == {}
    assert not any(learned_by(STORIES, profile, PARAMS).values())
    assert profile.level_of("c1") == 0


def test_level_zero_holds_an_event_against_the_model() -> None:
    """Where its story was turned up, "just as it is" brings the event back most of the way, and the story a little."""
    before, after = (
        score(STORIES, fit(reader, STORIES.statistics, PARAMS), History(), NOW, PARAMS).personal_signal[
            STORIES.row("c1")
        ]
        for reader in (a_reader(STORIES, ("c2", 2)), a_reader(STORIES, ("c2", 2), ("c1", 0)))
    )
    assert 5 < after < 5 + 0.1 * (before - 5)


def test_a_term_that_all_events_have_has_no_weight() -> None:
    """It tells none from another: what is rounded off does not make a weight of it, nor a line of a receipt."""
    reader = a_reader(STORIES, ("c1", 2))
    profile = fit(reader, STORIES.statistics, PARAMS)
    moved = {one.term for one in changes(fit(Reader(), STORIES.statistics, PARAMS), profile)}
    for name in ("category:News", "language:en", "source:Gazette"):
        assert profile.weights.get(name, 0.0) == pytest.approx(0, abs=1e-9)
        assert name not in moved


def test_a_profile_knows_what_it_was_made_from() -> None:
    """It carries the reader's version and levels, and whether statistics and params are still those of its fit."""
    reader = a_reader(STORIES, ("c1", 2), ("s1", -1))
    profile = fit(reader, STORIES.statistics, PARAMS)
    assert profile.version == reader.version
    assert (profile.level_of("c1"), profile.level_of("s1"), profile.level_of("c2")) == (2, -1, None)
    assert profile.is_of(STORIES.statistics, PARAMS)
    assert not profile.is_of(two_words().statistics, PARAMS)
    assert not profile.is_of(STORIES.statistics, WORDS_ONLY)


def test_a_reader_can_be_fitted_again_with_other_statistics() -> None:
    """Terms are what is kept: a catalogue that never had the event's words gives them their weight all the same."""
    reader = a_reader(two_words(), ("c", 2))
    profile = fit(reader, NOTHING_KNOWN, WORDS_ONLY)
    assert (profile.version, profile.statistics_version) == (reader.version, NOTHING_KNOWN.version)
    # Without centring phi = (1), so w = alpha = 20 / (1 + 3).
    assert profile.weights["word:comet"] == pytest.approx(5)


def test_because_names_the_adjustments_that_pull_most_in_the_terms_direction() -> None:
    """Strongest first, as many as asked for; who pulls the other way is not behind a term."""
    corpus = a_corpus(an_event("up", "Comet"), an_event("also", "Comet Jupiter Saturn"), an_event("down", "Comet war"))
    reader = a_reader(corpus, ("down", -1), ("also", 2), ("up", 2))

    def behind(name: str, n_because: int) -> list[str]:
        profile = fit(reader, NOTHING_KNOWN, replace(WORDS_ONLY, n_because=n_because))
        places = profile.because[profile.terms.index(name)]
        return [profile.event_ids[place] for place in places if place >= 0]

    assert behind("word:comet", 3) == ["up", "also"]
    assert behind("word:comet", 1) == ["up"]
    assert behind("word:jupit", 3) == ["also"]
    assert behind("word:war", 3) == ["down"]


@given(reader=READERS, floor=st.sampled_from([0.005, 1.0]), opens_teach=st.booleans())
@pytest.mark.parametrize("corpus", [STORIES, LIKED_STORIES], ids=["words alone", "alike readers"])
def test_provenance_adds_up_to_the_weights(corpus: Corpus, reader: Reader, floor: float, opens_teach: bool) -> None:
    """Each weight is the sum of what the lessons gave to it, rounding and all; where learning is silent, nobody gave
    anything."""
    params = replace(PARAMS, pull_floor=floor, learn_from_opens=opens_teach)
    profile = fit(reader, corpus.statistics, params)
    weights = dict(zip(profile.terms, profile.weight.tolist(), strict=True))
    given_by = provenance(reader, profile, corpus.statistics, params, profile.terms)
    assert {name: sum(shares) for name, shares in given_by.items()} == pytest.approx(weights, rel=0, abs=1e-9)
    nothing = pytest.approx([0.0] * len(profile.event_ids), rel=0, abs=1e-9)
    assert all(given_by[name] == nothing for name in reader.wishes.pins if name in given_by)


def test_what_was_said_before_a_clear_gives_nothing_to_the_term() -> None:
    """The word owes its weight to what was said of it since, and to nobody else."""
    words = a_corpus(an_event("a", "Comet"), an_event("b", "Comet nears"), an_event("c", "Jupiter"))
    reader = with_wishes(a_reader(words, ("a", -2), ("c", 1)), cleared=("word:comet",))
    reader = replace(reader, ledger=reader.ledger.adjusted("b", 2, FOREVER, kept_terms(words, "b"), 500))
    profile = fit(reader, words.statistics, PARAMS)
    weight = profile.weights["word:comet"]
    (shares,) = provenance(reader, profile, words.statistics, PARAMS, ["word:comet"]).values()
    assert shares[2] == pytest.approx(weight, abs=1e-9)
    assert shares[:2] == [0, 0]


def test_provenance_tells_the_adjustments_apart() -> None:
    """An event with the term and one without it give to the weight from two sides, in the ledger's order."""
    corpus = two_words()
    reader = a_reader(corpus, ("c", 2), ("s", -2))
    params = replace(WORDS_ONLY, press_half_life=1.0)
    profile = fit(reader, corpus.statistics, params)
    # alpha·(x - mu): 8/3·½ and -16/3·(-½).
    shares = provenance(reader, profile, corpus.statistics, params, ["word:comet"])
    assert shares["word:comet"] == pytest.approx([4 / 3, 8 / 3], abs=8 / 3 * HALF)
    # Who has no such word has no part in what was rounded off.
    assert shares["word:comet"][1] == pytest.approx(8 / 3)


def test_changes_tell_from_and_to_the_largest_first() -> None:
    """A comet with Jupiter was wanted, one with a strike is not: the strike is out, the comet says little now, and
    Jupiter takes the credit."""
    words = a_corpus(an_event("e", "Comet Jupiter"), an_event("f", "Comet strike"))
    before = fit(a_reader(words, ("e", 2)), NOTHING_KNOWN, WORDS_ONLY)
    after = fit(a_reader(words, ("e", 2), ("f", -2)), NOTHING_KNOWN, WORDS_ONLY)
    moved = changes(before, after)
    assert [one.term for one in moved] == ["word:strike", "word:comet", "word:jupit"]
    strike, comet, jupiter = moved
    assert strike.before == 0 > strike.after
    assert comet.before == jupiter.before == pytest.approx(5 / 2**0.5, rel=HALF)
    assert jupiter.after > jupiter.before
    sizes = [abs(one.after - one.before) for one in moved]
    assert sizes == sorted(sizes, reverse=True)


def test_equal_moves_come_in_alphabetical_order() -> None:
    """A press on an event of four words moves all alike; taking it back moves them back."""
    words = a_corpus(an_event("e", "Saturn orbits Jupiter comet"))
    nothing = fit(Reader(), NOTHING_KNOWN, WORDS_ONLY)
    pressed = fit(a_reader(words, ("e", 2)), NOTHING_KNOWN, WORDS_ONLY)
    names = ("word:comet", "word:jupit", "word:orbit", "word:saturn")
    size = pressed.weights["word:comet"]
    assert size == pytest.approx(2.5)  # alpha·x = 20/(1 + 3)·½
    assert changes(nothing, pressed) == tuple(WeightChange(name, 0.0, size) for name in names)
    assert changes(pressed, nothing) == tuple(WeightChange(name, size, 0.0) for name in names)


def test_a_pin_and_a_clear_take_a_weight_to_nothing_and_the_receipt_says_so() -> None:
    """The largest change is that of the term itself."""
    reader = a_reader(STORIES, ("c1", 2))
    before = fit(reader, STORIES.statistics, PARAMS)
    weight = before.weights["word:comet"]
    for wished in (with_wishes(reader, {"word:comet": 1.0}), with_wishes(reader, cleared=("word:comet",))):
        first, *_ = changes(before, fit(wished, STORIES.statistics, PARAMS))
        assert first == WeightChange("word:comet", weight, 0.0)


def test_between_equal_profiles_nothing_changed() -> None:
    """A press that says the same again has an empty receipt."""
    profile = fit(a_reader(STORIES, ("c1", 2)), STORIES.statistics, PARAMS)
    assert changes(profile, profile) == ()
