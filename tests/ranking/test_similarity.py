"""Similar Events: by hand, by law, and against dense cosines."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity

from ranking.corpus import Corpus, build_corpus
from ranking.errors import UnknownEvent
from ranking.event import Source
from ranking.features import fit_statistics
from ranking.similarity import Neighbours, SimilarEvent, similar_events, similarities
from ranking.text import terms_of
from tests.build import NOW, PARAMS, a_corpus, an_event, two_stories

# Words that are their own stems, so that an oracle can read the titles as they stand.
WORDS = ("comet", "moon", "strike", "wage", "volcano", "storm", "court")
UNFOLDED = replace(PARAMS, near_duplicate=float("inf"))
TITLES = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join), min_size=1, max_size=7)


def titled(*titles: str) -> Corpus:
    """A corpus of events e0, e1, … with these titles, the first the newest."""
    return a_corpus(
        *(an_event(f"e{n}", title, published_at=NOW - timedelta(hours=n)) for n, title in enumerate(titles))
    )


def similar_to(corpus: Corpus, event_id: str, limit: int = 10) -> tuple[SimilarEvent, ...]:
    """The events similar to one, in order, none of them folded."""
    return similar_events(corpus, event_id, limit, UNFOLDED).similar


def similar_ids(corpus: Corpus, event_id: str, limit: int = 10) -> list[str]:
    """The ids of the events similar to one, in order, none of them folded."""
    return [similar.event.id for similar in similar_to(corpus, event_id, limit)]


def folded_ids(neighbours: Neighbours) -> Sequence[tuple[str, tuple[str, ...]]]:
    """The ids of the similar events, in order, each with those folded under it."""
    return [(similar.event.id, similar.folded) for similar in neighbours.similar]


def test_the_cosine_of_two_texts_is_worked_out_by_hand() -> None:
    """One of two words is shared, and being in both events it counts less than the other."""
    corpus = titled("comet moon", "comet storm")
    # n = 2: idf of comet ln(3/3) + 1 = 1, of moon and storm ln(3/2) + 1 = 1.405;
    # the product of the rows is 1·1, and both have length sqrt(1 + 1.405²): 1 / (1 + 1.405²) = 0.336
    (similar,) = similar_to(corpus, "e0")
    assert similar.event == corpus.event("e1")
    assert similar.similarity == pytest.approx(1 / (1 + (log(3 / 2) + 1) ** 2))
    assert similar.similarity == pytest.approx(0.336, abs=5e-4)
    assert similar.shared_terms == ("comet",)


def test_an_event_is_similar_to_others_of_its_story() -> None:
    """Those that share no word with it are left out, and so is the event itself."""
    corpus = a_corpus(*two_stories())
    assert similar_ids(corpus, "c1") == ["c2"]
    assert similar_ids(corpus, "s2") == ["s1"]


def test_the_nearest_come_first_up_to_the_limit() -> None:
    """The more of its words, the nearer."""
    corpus = titled("comet moon storm", "comet court wage", "comet moon storm volcano", "comet moon wage")
    assert similar_ids(corpus, "e0") == ["e2", "e3", "e1"]
    assert similar_ids(corpus, "e0", limit=2) == ["e2", "e3"]
    assert similar_ids(corpus, "e0", limit=0) == []


def test_of_equally_near_events_the_newer_comes_first() -> None:
    """And of those that are as old as each other, the first by id."""
    corpus = a_corpus(
        an_event("asked", "comet", published_at=NOW),
        an_event("old", "comet moon", published_at=NOW - timedelta(days=3)),
        an_event("b", "comet moon", published_at=NOW - timedelta(days=2)),
        an_event("a", "comet moon", published_at=NOW - timedelta(days=2)),
    )
    assert similar_ids(corpus, "asked") == ["a", "b", "old"]


def test_only_words_make_events_similar() -> None:
    """A common publisher, category and language do not."""
    corpus = a_corpus(
        an_event("a", "comet", category="Space", sources=(Source("Post"),)),
        an_event("b", "moon", category="Space", sources=(Source("Post"),)),
    )
    assert similar_events(corpus, "a", 5, PARAMS) == Neighbours((), ())


def test_the_same_text_has_a_similarity_of_one() -> None:
    """Never a hair more, whatever floating point makes of it."""
    corpus = titled(*["comet moon storm comet court volcano wage"] * 3, "strike")
    first, second = similar_to(corpus, "e0")
    assert first.similarity == pytest.approx(1.0)
    assert max(first.similarity, second.similarity) <= 1.0


@pytest.mark.parametrize("title", ["", "The and of", "!?"])
def test_an_event_without_words_is_similar_to_none(title: str) -> None:
    """Nor is any event similar to it, another without words included."""
    corpus = titled(title, title, "comet")
    assert similar_ids(corpus, "e0") == []
    assert similar_ids(corpus, "e2") == similar_ids(titled("comet"), "e0") == []


def test_an_unknown_event_is_refused() -> None:
    """It is not the same as an event that none is similar to."""
    with pytest.raises(UnknownEvent, match="'nobody'"):
        similar_events(titled("comet"), "nobody", 5, PARAMS)


def test_near_duplicates_fold_under_the_nearer() -> None:
    """Those of the event itself are named apart, those of a similar event under it; none has a place of its own."""
    corpus = titled("comet moon", "moon comet", "comet storm wage", "wage storm comet", "court", "comet moon")
    neighbours = similar_events(corpus, "e0", 5, PARAMS)
    assert neighbours.folded == ("e1", "e5")
    assert folded_ids(neighbours) == [("e2", ("e3",))]


def test_how_near_a_duplicate_must_be_can_be_set() -> None:
    """From the cosine that is set, exactly: there it folds, above it does not."""
    corpus = titled("comet moon", "comet storm")
    (cosine,) = (similar.similarity for similar in similar_to(corpus, "e0"))
    at, above = (replace(PARAMS, near_duplicate=limit) for limit in (cosine, np.nextafter(cosine, 2.0)))
    assert similar_events(corpus, "e0", 5, at) == Neighbours(("e1",), ())
    assert folded_ids(similar_events(corpus, "e0", 5, above)) == [("e1", ())]


def test_shared_terms_come_strongest_first() -> None:
    """Rare words and repeated ones make more of the cosine; words of equal strength are in alphabetical order."""
    # In all three: comet, wage. In the first two: moon (twice in the first) and storm. So moon > storm > comet = wage.
    corpus = titled("wage comet storm moon moon", "moon storm comet wage", "wage comet")
    nearest, _ = similar_to(corpus, "e0")
    assert nearest.shared_terms == ("moon", "storm", "comet", "wage")


def test_at_most_five_shared_terms_are_named() -> None:
    """The weaker ones are left out: here those that a third event has as well."""
    corpus = titled(" ".join(WORDS), " ".join(WORDS), "comet moon")
    nearest, *_ = similar_to(corpus, "e0")
    assert nearest.shared_terms == ("court", "storm", "strike", "volcano", "wage")


def test_shared_terms_are_written_as_people_know_them() -> None:
    """Not as stems, and not as either event alone happens to write them."""
    corpus = titled("modelling by OpenAI", "MODELS of openai", "models, says OpenAI", "The models")
    (nearest,) = similar_to(corpus, "e0", 1)
    assert nearest.event.id == "e1"
    assert set(nearest.shared_terms) == {"models", "OpenAI"}


def test_events_newer_than_the_statistics_are_similar_by_their_new_words() -> None:
    """A story that breaks between two refreshes is a story all the same, and its words have labels."""
    known = an_event("k", "comet")
    live = [known, an_event("n1", "Volcanoes erupting"), an_event("n2", "Volcanoes erupt over comet", published_at=NOW)]
    terms = {event.id: terms_of(event) for event in live}
    corpus = build_corpus(live, terms, fit_statistics([terms["k"]], PARAMS), PARAMS, "2")
    (similar,) = similar_to(corpus, "n1")
    assert similar.event.id == "n2"
    assert set(similar.shared_terms) == {"Volcanoes", "erupt"}


@given(TITLES)
def test_cosines_are_those_of_dense_rows(titles: list[str]) -> None:
    """scikit-learn's dense cosine over its own TF-IDF rows is the oracle."""
    corpus = titled(*titles)
    expected = cosine_similarity(TfidfVectorizer(sublinear_tf=True, analyzer=str.split).fit_transform(titles).toarray())
    got = np.array([similarities(corpus, row) for row in range(len(titles))])
    np.testing.assert_allclose(got, expected, atol=1e-12)


@given(TITLES)
def test_similarity_is_symmetric_and_from_zero_to_one(titles: list[str]) -> None:
    """Both events say the same of each other, and what is answered is a share."""
    corpus = titled(*titles)
    said = {
        (event.id, similar.event.id): similar for event in corpus.events for similar in similar_to(corpus, event.id)
    }
    for (here, there), similar in said.items():
        back = said[there, here]
        assert 0 < similar.similarity <= 1
        assert similar.similarity == pytest.approx(back.similarity)
        assert similar.shared_terms == back.shared_terms


@given(TITLES)
def test_similar_events_are_all_that_share_a_word_nearest_first(titles: list[str]) -> None:
    """None is missing, none is there twice, the event itself never, and what is shared is in both."""
    corpus = titled(*titles)
    for n, title in enumerate(titles):
        similar = similar_to(corpus, f"e{n}")
        sharing = {f"e{m}" for m, other in enumerate(titles) if m != n and set(title.split()) & set(other.split())}
        assert len(similar) == len(sharing)
        assert similar_to(corpus, f"e{n}", 2) == similar[:2]
        assert {one.event.id for one in similar} == sharing
        assert all(one.similarity >= other.similarity for one, other in pairwise(similar))
        assert all(set(one.shared_terms) <= set(title.split()) & set(one.event.title.split()) for one in similar)


@given(TITLES, st.sampled_from([0.55, 0.9]))
def test_folding_hides_no_event_and_leaves_no_two_alike(titles: list[str], threshold: float) -> None:
    """All that share a word are there once: near-duplicates of the event apart, others under the nearest to it of their
    kind; and a shorter answer begins like the longer one."""
    corpus, params = titled(*titles), replace(PARAMS, near_duplicate=threshold)
    cosine = {event.id: similarities(corpus, row) for row, event in enumerate(corpus.events)}
    for event in corpus.events:
        neighbours = similar_events(corpus, event.id, len(titles), params)
        heads = [similar.event.id for similar in neighbours.similar]
        folded = [one for similar in neighbours.similar for one in similar.folded]
        assert sorted([*neighbours.folded, *heads, *folded]) == sorted(similar_ids(corpus, event.id))
        assert all(cosine[event.id][corpus.row(one)] >= threshold for one in neighbours.folded)
        for similar in neighbours.similar:
            near = cosine[similar.event.id]
            assert all(near[corpus.row(one)] >= threshold for one in similar.folded)
            assert all(near[corpus.row(one)] < threshold for one in (event.id, *heads) if one != similar.event.id)
        assert similar_events(corpus, event.id, 1, params) == replace(neighbours, similar=neighbours.similar[:1])


def two_topics() -> Corpus:
    """Eight events of a comet and a moon, seven of a strike and wages, and one of a moon and wages: enough of them for
    directions."""
    return titled(*["comet moon"] * 8, *["strike wage"] * 7, "moon wage")


def by_hand(corpus: Corpus, here: str, there: str, share: float) -> float:
    """The mean of two cosines, of which one has the share: that of dense words and that of their places, kept from 0 to
    1."""
    row, other = corpus.row(here), corpus.row(there)
    words = corpus.words.toarray()
    mean = (1 - share) * (words[row] @ words[other]) + share * (corpus.latent[row] @ corpus.latent[other])
    return float(np.clip(mean, 0.0, 1.0))


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_how_near_is_a_mean_of_the_words_and_of_what_they_mean(share: float) -> None:
    """The first of sixteen shares one of two words with the last, and all with seven others: their cosine is 1 either
    way."""
    corpus, params = two_topics(), replace(UNFOLDED, latent_share=share)
    found = {one.event.id: one.similarity for one in similar_events(corpus, "e0", 20, params).similar}
    assert found == pytest.approx({**{f"e{n}": 1.0 for n in range(1, 8)}, "e15": by_hand(corpus, "e0", "e15", share)})
    cosine = similarities(corpus, corpus.row("e0"))[corpus.row("e15")]
    assert corpus.latent.shape == (16, 2)
    assert bool(abs(found["e15"] - cosine) < 1e-9) is (share == 0)


def test_words_count_for_seven_tenths() -> None:
    """Worked by hand on rows that were put in place: 0.7·cosine + 0.3·(0.6·1 + 0.8·0)."""
    corpus = titled("comet moon", "comet storm")
    corpus = replace(corpus, latent=np.array([[1.0, 0.0], [0.6, 0.8]]))
    # The cosine of the words is 1 / (1 + 1.405²) = 0.336, as above.
    (similar,) = similar_to(corpus, "e0")
    assert similar.similarity == pytest.approx(0.7 / (1 + (log(3 / 2) + 1) ** 2) + 0.18)


def test_a_common_word_in_another_sense_makes_events_less_similar() -> None:
    """What stands on the other side of the mean may be as far as 0, and is there all the same: it shares a word."""
    corpus = replace(titled("comet moon", "comet storm"), latent=np.array([[1.0], [-1.0]]))
    (similar,) = similar_to(corpus, "e0")
    # 0.7·0.336 - 0.3 is less than 0.
    assert similar.similarity == 0


def test_what_words_mean_together_changes_the_order() -> None:
    """Of two events that share one word each, that of the same topic comes first, though the other is newer."""
    corpus = titled("comet moon", "comet storm", "comet court")
    assert similar_ids(corpus, "e0") == ["e1", "e2"]
    latent = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    assert similar_ids(replace(corpus, latent=latent), "e0") == ["e2", "e1"]


def test_events_that_share_no_word_are_left_out_however_near_they_mean() -> None:
    """There would be no word to name."""
    corpus = replace(titled("comet moon", "storm court"), latent=np.array([[1.0], [1.0]]))
    assert similar_events(corpus, "e0", 5, PARAMS) == Neighbours((), ())


def test_near_duplicates_are_told_by_their_words_alone() -> None:
    """Neither does a common meaning fold what is written otherwise, nor another one unfold what is written alike."""
    corpus = titled("comet moon", "moon comet", "comet storm")
    params = replace(PARAMS, latent_share=1.0)
    apart = replace(corpus, latent=np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]))
    neighbours = similar_events(apart, "e0", 5, params)
    assert neighbours.folded == ("e1",)
    assert {one.event.id: one.similarity for one in neighbours.similar} == pytest.approx({"e2": 1.0})


def test_a_small_catalogue_goes_by_words_alone() -> None:
    """It has no directions, so that words count whole."""
    corpus = titled("comet moon", "comet storm")
    (similar,) = similar_to(corpus, "e0")
    assert similar.similarity == pytest.approx(similarities(corpus, 0)[1])


@settings(max_examples=30)
@given(st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join), min_size=2, max_size=6))
def test_nearness_with_meanings_is_symmetric_and_a_share(titles: list[str]) -> None:
    """In a catalogue that is large enough for directions: the mean of the cosines, kept from 0 to 1."""
    corpus = titled(*titles, *["comet moon", "strike wage"] * 8)
    for number in range(len(titles)):
        here = f"e{number}"
        for one in similar_to(corpus, here, 30):
            assert 0 <= one.similarity <= 1
            assert one.similarity == pytest.approx(by_hand(corpus, here, one.event.id, 0.3), abs=1e-12)
            assert one.similarity == pytest.approx(by_hand(corpus, one.event.id, here, 0.3), abs=1e-12)
