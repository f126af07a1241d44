"""Statistics and rows, worked by hand, and against scikit-learn."""

from collections import Counter
from collections.abc import Sequence
from math import log, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from ranking.crowd import NOBODY, Alike
from ranking.features import Floats, Statistics, fit_statistics, strongest, vectors
from ranking.latent import NO_LATENT, Latent
from ranking.params import Params
from ranking.text import Terms
from tests.build import PARAMS

WORDS = ("apple", "berry", "cherry", "plum")
TEXTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join)
# Two events: "apple" is in both, "pear" in one.
FRUIT = ("apple apple pear", "apple")
# idf = ln((1 + n) / (1 + df)) + 1, n = 2
IDF_APPLE = 1.0  # ln(3/3) + 1
IDF_PEAR = log(3 / 2) + 1  # 1.405


def some_terms(text: str, *sources: str, category: str = "News", language: str = "en") -> Terms:
    """The terms of an event whose words are those of `text`."""
    counts = Counter(f"word:{word}" for word in text.split())
    counts.update([*(f"source:{name}" for name in sources), f"category:{category}", f"language:{language}"])
    return Terms(dict(counts), {name: name.partition(":")[2] for name in counts})


def fruit() -> list[Terms]:
    """The terms of the two events of FRUIT."""
    return [some_terms(FRUIT[0], "Gazette", "Herald"), some_terms(FRUIT[1], "Herald")]


def statistics_of(**fields: Any) -> Statistics:
    """Statistics of two terms, unless said otherwise."""
    defaults: dict[str, Any] = {
        "terms": ("category:News", "word:appl"),
        "labels": ("News", "apple"),
        "idf": np.array([1.0, 1.5]),
        "mean": np.array([0.1, 0.4]),
        "n_events": 7,
        "params_version": "p",
    }
    return Statistics.of(**(defaults | fields))


def some_latent(**fields: Any) -> Latent:
    """One direction along one word, unless said otherwise."""
    defaults: dict[str, Any] = {
        "columns": np.array([1]), "directions": np.array([[0.5]]), "mean": np.array([0.25]),
    }  # fmt: skip
    return Latent(**(defaults | fields))


# What readers turned up, twice over.
LIKED = Alike(("a", "b"), np.array([[1.0], [0.5]]), np.array([0.75]))
LATER = Alike(("a", "c"), np.array([[1.0], [0.5]]), np.array([0.75]))


def block_length(dense: Floats, statistics: Statistics, prefix: str) -> Floats:
    """The length of one block in every row."""
    columns = [column for name, column in statistics.index.items() if name.startswith(prefix)]
    return np.asarray(np.linalg.norm(dense[:, columns], axis=1), dtype=np.float64)


def test_statistics_run_along_the_terms_in_alphabetical_order() -> None:
    """Names, labels, idf, mean, kinds and index agree with one another."""
    statistics = fit_statistics(fruit(), PARAMS)
    assert statistics.terms == (
        "category:News", "language:en", "source:Gazette", "source:Herald", "word:apple", "word:pear",
    )  # fmt: skip
    assert statistics.labels == ("News", "en", "Gazette", "Herald", "apple", "pear")
    assert statistics.kinds.tolist() == [2, 3, 1, 1, 0, 0]  # word, source, category, language
    assert [statistics.index[name] for name in statistics.terms] == [0, 1, 2, 3, 4, 5]
    assert (statistics.n_events, statistics.params_version) == (2, PARAMS.version)


def test_idf_is_smoothed_for_words_and_one_for_all_else() -> None:
    """A rare word counts more; a rare publisher does not."""
    statistics = fit_statistics(fruit(), PARAMS)
    np.testing.assert_allclose(statistics.idf, [1, 1, 1, 1, IDF_APPLE, IDF_PEAR])


def test_the_idf_of_an_unseen_word_is_that_of_a_word_in_no_event() -> None:
    """ln((1 + 2) / (1 + 0)) + 1, more than that of any word that was seen."""
    statistics = fit_statistics(fruit(), PARAMS)
    assert statistics.unseen_idf == pytest.approx(log(3) + 1)
    assert statistics.unseen_idf > IDF_PEAR


def test_a_label_is_the_form_that_most_events_use() -> None:
    """One event counts once, however often it uses its form; equals are settled as within an event."""
    forms = ["Apples", "apple", "Apples", "pear", "Pear"]
    names = ["word:appl"] * 3 + ["word:pear"] * 2
    terms = [Terms({name: 9}, {name: form}) for name, form in zip(names, forms, strict=True)]
    assert fit_statistics(terms, PARAMS).labels == ("Apples", "pear")


@pytest.mark.parametrize("params", [PARAMS, Params(word_weight=2, source_weight=0.5, category_weight=0.7)])
@given(texts=st.lists(st.tuples(TEXTS, st.sets(st.sampled_from("ABC"), min_size=1)), min_size=1, max_size=6))
def test_every_block_has_its_weight_for_length(params: Params, texts: list[tuple[str, set[str]]]) -> None:
    """However much an event says, its words count for as much as another's, and so do its publishers."""
    terms = [some_terms(text, *sorted(sources)) for text, sources in texts]
    statistics = fit_statistics(terms, params)
    rows = vectors(terms, statistics, params)
    blocks = rows.blocks.toarray()
    np.testing.assert_allclose(block_length(blocks, statistics, "word:"), params.word_weight)
    np.testing.assert_allclose(block_length(blocks, statistics, "source:"), params.source_weight)
    np.testing.assert_allclose(block_length(blocks, statistics, "category:"), params.category_weight)
    np.testing.assert_allclose(block_length(blocks, statistics, "language:"), params.language_weight)
    np.testing.assert_allclose(np.linalg.norm(rows.words.toarray(), axis=1), 1.0)


def test_rows_and_their_mean_are_worked_out_by_hand() -> None:
    """Sublinear tf times idf, each block of length 1, then weighted; the mean is that of the weighted rows."""
    statistics = fit_statistics(fruit(), PARAMS)
    rows = vectors(fruit(), statistics, PARAMS)
    # "apple apple pear": apple (1 + ln 2)·1 = 1.693, pear 1·1.405; length sqrt(1.693² + 1.405²) = 2.200
    length = sqrt(((1 + log(2)) * IDF_APPLE) ** 2 + IDF_PEAR**2)
    apple, pear = (1 + log(2)) * IDF_APPLE / length, IDF_PEAR / length  # 0.769, 0.639
    half = 0.3 / sqrt(2)  # the first event has two publishers
    first, second = [0.1, 0.1, half, half, apple, pear], [0.1, 0.1, 0.0, 0.3, 1.0, 0.0]
    np.testing.assert_allclose(rows.blocks.toarray(), [first, second])
    np.testing.assert_allclose(rows.words.toarray(), [[0.0] * 4 + first[4:], [0.0] * 4 + second[4:]])
    np.testing.assert_allclose(statistics.mean, [0.1, 0.1, half / 2, (half + 0.3) / 2, (apple + 1) / 2, pear / 2])
    assert rows.new_terms == ()


def test_an_event_without_words_or_publishers_has_no_such_block() -> None:
    """What is missing is zero and not a division by zero."""
    terms = [some_terms(""), some_terms("apple", "Gazette")]
    statistics = fit_statistics(terms, PARAMS)
    rows = vectors(terms, statistics, PARAMS)
    np.testing.assert_allclose(rows.blocks.toarray()[0], [0.1, 0.1, 0, 0])
    assert rows.words[[0]].nnz == 0


@given(st.lists(TEXTS, min_size=1, max_size=8))
def test_word_rows_are_those_of_scikit_learn(texts: list[str]) -> None:
    """TfidfVectorizer over the same stems is the oracle for idf and for rows."""
    terms = [some_terms(text, "Gazette") for text in texts]
    statistics = fit_statistics(terms, PARAMS)
    oracle = TfidfVectorizer(sublinear_tf=True, analyzer=str.split)
    expected = oracle.fit_transform(texts).toarray()
    columns = [statistics.index[f"word:{word}"] for word in oracle.get_feature_names_out()]
    np.testing.assert_allclose(vectors(terms, statistics, PARAMS).words.toarray()[:, columns], expected)
    np.testing.assert_allclose(statistics.idf[columns], oracle.idf_)


def test_terms_that_the_statistics_lack_get_columns_of_their_own() -> None:
    """They come behind the known ones in order of appearance; an unseen word has the idf of one, all else 1."""
    statistics = fit_statistics(fruit(), PARAMS)
    late = [some_terms("zebra apple", "Post"), some_terms("ant zebra", "Gazette")]
    rows = vectors(late, statistics, PARAMS)
    assert rows.new_terms == ("word:zebra", "source:Post", "word:ant")
    # zebra ln(3) + 1 = 2.099 and apple 1: length sqrt(2.099² + 1²) = 2.325; zebra and ant are equals: 1/sqrt(2)
    unseen = log(3) + 1
    length, half = sqrt(unseen**2 + 1), sqrt(1 / 2)
    np.testing.assert_allclose(
        rows.blocks.toarray(),
        [[0.1, 0.1, 0, 0, 1 / length, 0, unseen / length, 0.3, 0], [0.1, 0.1, 0.3, 0, 0, 0, half, 0, half]],
    )


def test_a_weight_of_zero_silences_a_block_and_no_other() -> None:
    """An operator can do without publishers; texts are as similar as before."""
    silent = Params(source_weight=0.0, word_weight=0.0)
    statistics = fit_statistics(fruit(), silent)
    rows = vectors(fruit(), statistics, silent)
    np.testing.assert_allclose(rows.blocks.toarray(), [[0.1, 0.1, 0, 0, 0, 0]] * 2)
    np.testing.assert_allclose(rows.words.toarray(), vectors(fruit(), statistics, PARAMS).words.toarray())


def test_an_empty_catalogue_has_statistics() -> None:
    """They know no term, and a word that none of no events had has the idf of any: ln(1) + 1."""
    statistics = fit_statistics([], PARAMS)
    assert (statistics.terms, statistics.n_events, statistics.unseen_idf) == ((), 0, 1.0)
    assert vectors([], statistics, PARAMS).blocks.shape == (0, 0)
    assert vectors([], fit_statistics(fruit(), PARAMS), PARAMS).blocks.shape == (0, 6)


@pytest.mark.parametrize(
    "changed",
    [
        {"terms": ("category:News", "word:apples")},
        {"labels": ("News", "apples")},
        {"idf": np.array([1.0, 1.6])},
        {"mean": np.array([0.1, 0.5])},
        {"idf": np.array([0.1, 0.4]), "mean": np.array([1.0, 1.5])},
        {"n_events": 8},
        {"params_version": "q"},
        {"alike": LIKED},
        {"latent": some_latent()},
    ],
    ids=["terms", "labels", "idf", "mean", "idf and mean swapped", "n_events", "params_version", "alike", "latent"],
)
def test_the_version_changes_with_what_the_statistics_say(changed: dict[str, Any]) -> None:
    """Whatever was fitted with other statistics is known to be out of date."""
    assert statistics_of(**changed).version != statistics_of().version


def test_the_version_tells_where_one_name_ends_and_the_next_begins() -> None:
    """Names may have lines: "a, b" and "c" are not "a" and "b, c"."""
    labels = ("x", "y")
    one = statistics_of(terms=("source:a\nsource:b", "source:c"), labels=labels)
    other = statistics_of(terms=("source:a", "source:b\nsource:c"), labels=labels)
    assert one.version != other.version


def test_the_version_depends_on_the_catalogue_and_the_params() -> None:
    """Another word, or other params, make other statistics; the same ones, fitted or read back again, do not."""
    version = fit_statistics(fruit(), PARAMS).version
    assert fit_statistics(fruit(), PARAMS).version == version
    assert (
        statistics_of(terms=["category:News", "word:appl"], labels=["News", "apple"]).version == statistics_of().version
    )
    assert fit_statistics([*fruit(), some_terms("plum")], PARAMS).version != version
    assert fit_statistics(fruit(), Params(gain=1.0)).version != version


@given(st.permutations([" ".join(f"word{a * b % 41} " * (1 + a * b % 3) for b in range(1, 15)) for a in range(1, 13)]))
def test_the_order_of_events_and_of_their_words_is_no_part_of_the_statistics(texts: Sequence[str]) -> None:
    """Two workers who read the same catalogue in different orders fit the same statistics, to the last bit."""
    in_order = fit_statistics([some_terms(text) for text in sorted(texts)], PARAMS)
    shuffled = fit_statistics([some_terms(" ".join(reversed(text.split()))) for text in texts], PARAMS)
    assert shuffled.version == in_order.version


@settings(max_examples=20)
@given(st.permutations([" ".join(f"word{a * b % 23} " * (1 + a * b % 3) for b in range(1, 9)) for a in range(1, 20)]))
def test_the_order_of_events_plays_no_part_in_the_directions_of_their_words(texts: Sequence[str]) -> None:
    """From sixteen events on there are some, two of nineteen, and they are the same to the last bit."""
    in_order, shuffled = (
        fit_statistics([some_terms(text) for text in each], PARAMS) for each in (sorted(texts), texts)
    )
    assert shuffled.latent.directions.shape == (len(shuffled.latent.columns), 2)
    assert shuffled.latent.directions.tobytes() == in_order.latent.directions.tobytes()
    assert shuffled.latent.mean.tobytes() == in_order.latent.mean.tobytes()
    assert shuffled.version == in_order.version


def test_a_small_catalogue_has_no_directions() -> None:
    """They would be noise; nor does any catalogue know of readers before it is told."""
    statistics = fit_statistics(fruit(), PARAMS)
    assert statistics.latent is NO_LATENT
    assert statistics.alike is NOBODY


def test_directions_run_along_words_and_no_other_terms() -> None:
    """Twelve events of apples and pears, four of plums and cherries, all of one publisher."""
    terms = [some_terms(text, "Gazette") for text in ["apple pear"] * 12 + ["plum cherry"] * 4]
    statistics = fit_statistics(terms, PARAMS)
    names = [statistics.terms[column] for column in statistics.latent.columns]
    assert names == ["word:apple", "word:cherry", "word:pear", "word:plum"]
    rows = statistics.latent.rows(vectors(terms, statistics, PARAMS).words)
    np.testing.assert_allclose(rows[:12] @ rows[12:].T, -1.0, atol=0.01)


def test_there_are_no_more_directions_than_asked_for() -> None:
    """An operator may want fewer."""
    terms = [some_terms(text) for text in ["apple pear"] * 12 + ["plum cherry"] * 4]
    assert len(fit_statistics(terms, Params(latent_dims=1)).latent.mean) == 1


@pytest.mark.parametrize(
    "changed",
    [{"columns": np.array([0])}, {"directions": np.array([[0.25]])}, {"mean": np.array([0.5])}],
    ids=["columns", "directions", "mean"],
)
def test_the_version_changes_with_what_the_directions_say(changed: dict[str, Any]) -> None:
    """Whichever part of them it is."""
    assert statistics_of(latent=some_latent(**changed)).version != statistics_of(latent=some_latent()).version


def test_the_version_names_the_catalogue_and_then_what_readers_turned_up() -> None:
    """Other readers leave the first half as it is; without any there is no second."""
    plain = statistics_of()
    liked = plain.with_alike(LIKED)
    assert liked.version == f"{plain.version}-{LIKED.version}"
    assert statistics_of(alike=LIKED).version == liked.version
    assert "-" not in plain.version


def test_rows_of_alike_readers_take_the_place_of_those_before() -> None:
    """Of what else is known nothing changes, and taken off they leave no trace."""
    plain = statistics_of(latent=some_latent())
    liked = plain.with_alike(LIKED)
    assert liked.alike is LIKED
    assert (liked.terms, liked.index, liked.latent) == (plain.terms, plain.index, plain.latent)
    later = liked.with_alike(LATER)
    assert later.alike is LATER
    assert later.version == plain.with_alike(LATER).version != liked.version
    assert later.with_alike(NOBODY).version == plain.version


def test_the_idf_of_a_word_is_known_whether_any_event_had_it_or_not() -> None:
    """That of a word which was seen, or else that of one which was not."""
    statistics = fit_statistics(fruit(), PARAMS)
    assert statistics.idf_of("word:pear") == pytest.approx(IDF_PEAR)
    assert statistics.idf_of("word:zebra") == statistics.unseen_idf


@pytest.mark.parametrize(
    ("n", "kept"),
    [
        (0, []),
        (1, ["category:News", "word:plum"]),
        (2, ["category:News", "language:en", "word:pear", "word:plum"]),
        (3, ["category:News", "language:en", "source:Gazette", "word:apple", "word:pear", "word:plum"]),
        (
            9,
            ["category:News", "language:en", "source:Gazette", "source:Herald", "word:apple", "word:pear", "word:plum"],
        ),
    ],
)
def test_the_strongest_terms_are_the_words_that_weigh_most_and_as_many_others(n: int, kept: list[str]) -> None:
    """A rare word comes before a common one, category and language before publishers; counts and labels stay."""
    # plum, which no event had, ln(3) + 1 = 2.099; pear 1.405; apple 1
    terms = some_terms("apple pear plum", "Herald", "Gazette")
    cut = strongest(terms, fit_statistics(fruit(), PARAMS), n)
    assert list(cut.counts) == list(cut.labels) == kept
    assert all(terms.counts[name] == count for name, count in cut.counts.items())
    assert all(terms.labels[name] == label for name, label in cut.labels.items())


def test_how_often_a_word_occurs_counts_towards_its_strength() -> None:
    """(1 + ln 2)·1 = 1.693 for two apples is more than 1.405 for a pear; equals go by the alphabet."""
    statistics = fit_statistics(fruit(), PARAMS)
    assert "word:apple" in strongest(some_terms("pear apple apple"), statistics, 1).counts
    assert "word:pear" in strongest(some_terms("pear apple"), statistics, 1).counts
    assert "word:ant" in strongest(some_terms("zebra ant"), statistics, 1).counts


@given(text=TEXTS, sources=st.sets(st.sampled_from("ABC")))
def test_where_all_terms_may_be_kept_the_row_stays_as_it_is(text: str, sources: set[str]) -> None:
    """To the last bit."""
    terms, statistics = some_terms(text, *sorted(sources)), fit_statistics(fruit(), PARAMS)
    kept = strongest(terms, statistics, len(terms.counts))
    assert kept.counts == terms.counts
    whole, cut = (vectors([one], statistics, PARAMS) for one in (Terms.of(terms.counts, terms.labels), kept))
    assert cut.new_terms == whole.new_terms
    assert (cut.blocks.toarray() == whole.blocks.toarray()).all()
