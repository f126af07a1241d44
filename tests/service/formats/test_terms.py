"""Terms in the store: whatever an event can say comes back, word for word and in order."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.event import Source
from ranking.text import TermKind, Terms, term, terms_of
from service.formats.terms import long, short
from tests.build import an_event

# What no word has: the signs of the format, and whatever `str.split` takes for a space.
WORD = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="*|=").filter(lambda sign: not sign.isspace()),
    min_size=1,
    max_size=12,
)
NAME = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
OTHERS = st.sampled_from([TermKind.SOURCE, TermKind.CATEGORY, TermKind.LANGUAGE])


@st.composite
def any_terms(draw: st.DrawFn) -> Terms:
    """Any words, whether or not a stemmer would come to them, and any sources, categories and languages."""
    words = draw(st.dictionaries(WORD, st.tuples(st.integers(1, 100_000), WORD), max_size=6))
    others = draw(st.dictionaries(NAME, OTHERS, max_size=4))
    counts = {term(TermKind.WORD, stem): count for stem, (count, _) in words.items()}
    labels = {term(TermKind.WORD, stem): label for stem, (_, label) in words.items()}
    named = {term(kind, name): name for name, kind in others.items()}
    return Terms.of(counts | dict.fromkeys(named, 1), labels | named)


def there_and_back(terms: Terms) -> Terms:
    """The terms as the store gives them back: through JSON."""
    return long(orjson.loads(orjson.dumps(short(terms))))


@given(any_terms())
def test_any_terms_come_back_in_their_order(terms: Terms) -> None:
    """Equal, and in the order on which sums of floats depend."""
    read = there_and_back(terms)
    assert read == terms
    assert (list(read.counts), list(read.labels)) == (list(terms.counts), list(terms.labels))


@given(
    text=st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("İıſßΣςAEe4'’.-,"), max_size=40),
    language=st.sampled_from(["en", "de", "tr", "el", "zz"]),
    source=NAME,
)
def test_the_terms_of_any_event_come_back(text: str, language: str, source: str) -> None:
    """Whatever the words, whatever the stemmer makes of them."""
    found = terms_of(an_event("e", "Title", meaning=text, language=language, sources=(Source(source),)))
    assert there_and_back(found) == Terms.of(found.counts, found.labels)


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        # The stem is the word itself, or the beginning of it, as written.
        ("Comet", "en", "Comet"),
        ("alignment", "en", "align|ment"),
        ("Strikes strikes STRIKES", "en", "strike|s*3"),
        # The stem is no beginning of the word.
        ("policy", "en", "polici=policy"),
        # İ becomes two signs in lower case, so the stem is longer than the word; ſ has no other lower case.
        ("İstanbul", "zz", "İstanbul|"),
        ("Congreſs", "zz", "Congreſs"),
        # Σ at the end of a word becomes ς: the beginning of a word must not be taken for a whole one.
        ("ΟΔΟΣ", "zz", "ΟΔΟΣ"),
        ("don't OpenAI's", "en", "OpenAI"),
        ("GPT-4", "en", "GPT GPT-4"),
    ],
)
def test_words_are_written_short(text: str, language: str, words: str) -> None:
    """In one string: the stem within the word as it was seen, and how often. And they are read again."""
    found = terms_of(an_event("e", text, language=language))
    assert short(found)["words"] == words
    assert there_and_back(found) == Terms.of(found.counts, found.labels)


def test_a_final_sigma_is_kept_apart_from_one_within_a_word() -> None:
    """The stem οδοσ is what ΟΔΟΣ begins with, but in lower case by itself that ends in ς."""
    terms = Terms.of({"word:οδοσ": 1}, {"word:οδοσ": "ΟΔΟΣΑ"})
    assert short(terms)["words"] == "οδοσ=ΟΔΟΣΑ"
    assert there_and_back(terms) == terms


def test_what_is_no_word_is_written_by_kind() -> None:
    """By its name, which may have spaces and signs of any sort."""
    found = terms_of(an_event("e", "Comet", category="A=B | C*2", sources=(Source("Süd Zeitung"), Source("A\u2028b"))))
    assert short(found) == {
        "words": "Comet",
        "category": ["A=B | C*2"],
        "language": ["en"],
        "source": ["Süd Zeitung", "A\u2028b"],
    }
    assert there_and_back(found) == Terms.of(found.counts, found.labels)


def test_no_terms_are_no_words() -> None:
    """An event may have said nothing that teaches."""
    assert short(Terms.of({}, {})) == {"words": ""}
    assert there_and_back(Terms.of({}, {})) == Terms.of({}, {})
