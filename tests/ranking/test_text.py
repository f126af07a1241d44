"""What is a word, what is one and the same word, and what people call it."""

import pytest

from ranking.event import Detail, DetailKind, Source
from ranking.text import TermKind, Terms, UnclearTerm, kind_of, most_frequent, term, term_meant, terms_of
from tests.build import an_event


def words(title: str, language: str = "en") -> dict[str, int]:
    """How often each stem occurs in a title."""
    counts = terms_of(an_event("e", title, language=language)).counts
    return {name.removeprefix("word:"): count for name, count in counts.items() if name.startswith("word:")}


def label(title: str, stem: str, language: str = "en") -> str:
    """The form in which a title makes a stem known."""
    return terms_of(an_event("e", title, language=language)).labels[f"word:{stem}"]


def test_words_that_differ_in_case_or_ending_are_one_term() -> None:
    """Words are counted by their stems."""
    assert words("Models model MODELLING; aligned, aligning!") == {"model": 3, "align": 2}


@pytest.mark.parametrize(
    ("written", "stems"),
    [
        ("open-source", {"open": 1, "sourc": 1}),
        ("state.run", {"state": 1, "run": 1}),
        ("snake_case", {"snake": 1, "case": 1}),
        ("GPT-4", {"gpt-4": 1, "gpt": 1}),
        ("GPT-3.5", {"gpt-3.5": 1, "gpt": 1}),
        ("COVID-19", {"covid-19": 1, "covid": 1}),
        ("GPT-4o", {"gpt-4o": 1, "gpt": 1, "4o": 1}),
        ("4-year-old", {"4-year-old": 1, "year": 1, "old": 1}),
        ("H2O", {"h2o": 1}),
        ("3.5", {"3.5": 1}),
        ("2026-04-03", {"2026-04-03": 1}),
        ("2026", {"2026": 1}),
        ("x y 7", {}),
        ("... -- '", {}),
    ],
)
def test_a_compound_is_its_parts_and_with_a_digit_also_a_name(written: str, stems: dict[str, int]) -> None:
    """GPT-4 is about GPT and is a name of its own; single characters and the digits of a name say nothing alone."""
    assert words(written) == stems


def test_two_versions_of_a_product_share_its_name_but_not_their_own() -> None:
    """GPT-4 and GPT-5 have "gpt" in common and nothing else."""
    assert words("GPT-4").keys() & words("GPT-5").keys() == {"gpt"}


@pytest.mark.parametrize(("dotted", "plain"), [("U.S.", "US"), ("e.g.", "eg"), ("A.I.", "AI"), ("U.K.", "UK")])
def test_an_abbreviation_is_the_same_with_and_without_dots(dotted: str, plain: str) -> None:
    """Newsrooms differ in how they write A.I.; readers mean the same by it."""
    assert words(f"{dotted} rules") == words(f"{plain} rules")


def test_a_non_breaking_hyphen_is_a_hyphen() -> None:
    """Typesetters write GPT‑4 so that it stays on one line; it is the same product."""
    assert words("GPT\N{NON-BREAKING HYPHEN}4") == words("GPT-4")


def test_a_large_number_is_not_taken_apart_at_its_commas() -> None:
    """Otherwise every event with thousands of something would share the word "000"."""
    assert words("10,000 apples, 3,000,000 euros") == words("10000 apples, 3000000 euros")


def test_a_decimal_comma_is_no_thousands_separator() -> None:
    """A German 3,5 is not 35."""
    assert "35" not in words("3,5 Prozent", "de")


def test_a_sign_beside_a_name_is_no_part_of_it() -> None:
    """A trademark is still the name."""
    assert words("OpenAI™ Android® 5€") == words("OpenAI Android 5 €")


@pytest.mark.parametrize("written", ["Anthropic's", "Anthropic’s", "ANTHROPIC'S", "anthropic", "Anthropics'"], ids=str)
def test_a_possessive_is_the_word_itself(written: str) -> None:
    """Whoever is owned by Anthropic is about Anthropic."""
    assert words(written) == {"anthrop": 1}


@pytest.mark.parametrize("written", ["GPT-4's", "GPT-4’s", "GPT-4'S"])
def test_a_possessive_name_is_the_name_itself(written: str) -> None:
    """So too for a name with a digit, in headline capitals as well."""
    assert words(written) == {"gpt-4": 1, "gpt": 1}


def test_stop_words_are_left_out() -> None:
    """Words that every text has say nothing about this one, however they are written."""
    assert words("The comet AND the Moon: what it is, and how") == {"comet": 1, "moon": 1}


@pytest.mark.parametrize("written", ["don't", "doesn’t", "CAN'T", "won't", "ain't", "they've", "we'll", "I'd"])
def test_a_contraction_of_stop_words_is_one(written: str) -> None:
    """No reader should learn that they like "don" or "ve", or AI where a text said "ain't"."""
    assert words(written) == {}


@pytest.mark.parametrize("written", ["fire", "bill", "interest", "mine", "system"])
def test_what_news_is_about_is_no_stop_word(written: str) -> None:
    """Fires, bills, interest rates and mines are stories, in the singular as in the plural."""
    assert words(written) == words(f"{written}s") != {}


@pytest.mark.parametrize(
    ("language", "one", "many", "stem"),
    [
        ("da", "hus", "huset", "hus"),
        ("de", "Haus", "Häuser", "haus"),
        ("es", "gato", "gatos", "gat"),
        ("fi", "talo", "talossa", "talo"),
        ("fr", "cheval", "chevaux", "cheval"),
        ("hu", "ház", "házban", "ház"),
        ("it", "gatto", "gatti", "gatt"),
        ("nl", "boek", "boeken", "boek"),
        ("no", "hund", "hunder", "hund"),
        ("pt", "gato", "gatos", "gat"),
        ("ro", "pisica", "pisicile", "pisic"),
        ("ru", "книга", "книги", "книг"),
        ("sv", "hund", "hundar", "hund"),
        ("tr", "kitap", "kitaplar", "kitap"),
    ],
)
def test_words_are_stemmed_in_the_events_own_language(language: str, one: str, many: str, stem: str) -> None:
    """Every language that has a stemmer uses it."""
    assert words(f"{one} {many}", language) == {stem: 2}


def test_english_stop_words_are_words_in_other_languages() -> None:
    """French "six" and "move" are English fillers, but words here."""
    assert words("move six", "fr") == {"mov": 1, "six": 1}


@pytest.mark.parametrize("language", ["xx", "sw", "eng"])
def test_an_unknown_language_is_taken_word_by_word(language: str) -> None:
    """Without a stemmer a word is its lower case, and nothing is left out."""
    assert words("The Houses the house", language) == {"the": 2, "houses": 1, "house": 1}


@pytest.mark.parametrize(
    ("language", "written", "stems"),
    [
        ("el", "Τα νέα της Αθήνας", ["τα", "νέα", "της", "αθήνας"]),
        ("ko", "뉴스 속보", ["뉴스", "속보"]),
        ("he", "שלום עולם", ["שלום", "עולם"]),
        ("hi", "हिन्दी समाचार", ["हिन्दी", "समाचार"]),
        ("ar", "خبر مهم جدًا", ["خبر", "مهم", "جدًا"]),
        ("yo", "ọjọ́ kan", ["ọjọ́", "kan"]),
    ],
    ids=["Greek", "Korean", "Hebrew", "Hindi", "Arabic", "Yoruba"],
)
def test_every_script_has_words(language: str, written: str, stems: list[str]) -> None:
    """A word ends at a space or a sign, not at a vowel or a tone that is written as a mark."""
    assert list(words(written, language)) == stems


def test_a_letter_is_the_same_however_its_accent_is_encoded() -> None:
    """Composed and decomposed, é is one letter, and café one word."""
    assert words("caf\N{LATIN SMALL LETTER E WITH ACUTE}", "fr") == words("cafe\N{COMBINING ACUTE ACCENT}", "fr")


def test_words_come_from_all_of_an_events_text() -> None:
    """Title, summary, details and meaning count alike."""
    event = an_event(
        "e",
        "Comet",
        summary=("Comet seen",),
        details=(Detail(DetailKind.STAT, "Speed", "Comet speed"),),
        meaning="Comet harmless",
    )
    counts = terms_of(event).counts
    assert (counts["word:comet"], counts["word:speed"], counts["word:harmless"]) == (4, 2, 1)


def test_publishers_category_and_language_are_terms_as_they_are() -> None:
    """They are names: neither stemmed nor taken apart, and their label is what they are called."""
    event = an_event("e", "", category="AI: Safety", language="de", sources=(Source("The Times"), Source("Herald")))
    named = {
        "source:The Times": "The Times",
        "source:Herald": "Herald",
        "category:AI: Safety": "AI: Safety",
        "language:de": "de",
    }
    assert terms_of(event).counts == dict.fromkeys(named, 1)
    assert terms_of(event).labels == named


def test_a_publisher_with_two_articles_counts_once() -> None:
    """A source is who reported, not how often."""
    event = an_event("e", sources=(Source("Gazette", "One"), Source("Gazette", "Two")))
    assert terms_of(event).counts["source:Gazette"] == 1


def test_every_term_has_a_label_and_a_count() -> None:
    """What is counted can be shown, and the other way round."""
    terms = terms_of(an_event("e", "GPT-4 beats the open-source models' best"))
    assert terms.labels.keys() == terms.counts.keys()
    assert min(terms.counts.values()) > 0


@pytest.mark.parametrize(
    ("title", "stem", "known_as"),
    [
        ("Model models models", "model", "models"),
        ("Apple Apple apples", "appl", "Apple"),
        ("Models models", "model", "models"),
        ("models model", "model", "model"),
        ("Modelling Models", "model", "Modelling"),
        ("OpenAI's OpenAI", "openai", "OpenAI"),
        ("GPT-4 gpt-4 GPT-4", "gpt-4", "GPT-4"),
        ("GPT-4 and GPT-5", "gpt", "GPT"),
        ("A.I. rules", "ai", "AI"),
    ],
)
def test_a_stem_is_known_by_its_most_frequent_form(title: str, stem: str, known_as: str) -> None:
    """Of equals the one in lower case, then the first in the alphabet."""
    assert label(title, stem) == known_as


@pytest.mark.parametrize(
    ("tally", "form"),
    [
        ({"Apple": 3, "apple": 2}, "Apple"),
        ({"Apple": 2, "apple": 2}, "apple"),
        ({"models": 1, "model": 1}, "model"),
        ({"MODEL": 1, "Model": 1}, "MODEL"),
        ({"3.5": 1}, "3.5"),
    ],
)
def test_the_most_frequent_form_does_not_depend_on_the_order(tally: dict[str, int], form: str) -> None:
    """Whichever form was met first, the choice is the same."""
    assert most_frequent(tally) == form
    assert most_frequent(dict(reversed(tally.items()))) == form


@pytest.mark.parametrize("kind", TermKind)
def test_a_terms_name_tells_its_kind(kind: TermKind) -> None:
    """Also where what is named has a colon of its own."""
    assert term(kind, "a:b") == f"{kind.value}:a:b"
    assert kind_of(term(kind, "a:b")) is kind


def test_a_name_without_a_known_kind_is_refused() -> None:
    """A term that somebody made up is an error and not a word."""
    with pytest.raises(ValueError, match="planet"):
        kind_of("planet:Mars")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("word:Strikes", "word:strike"),
        ("word:striking", "word:strike"),
        ("word:  Strike! ", "word:strike"),
        ("word:Reuters’s", "word:reuter"),
        ("word:U.S.", "word:us"),
        ("word:3,000", "word:3000"),
        ("source:Reuters", "source:Reuters"),
        ("source:the: times", "source:the: times"),
        ("category:Safety", "category:Safety"),
    ],
)
def test_a_person_means_a_word_by_its_stem_and_a_name_as_it_is(written: str, meant: str) -> None:
    """However they write the word."""
    assert term_meant(written, frozenset(), "en") == meant


def test_a_term_that_is_known_by_that_very_name_is_meant() -> None:
    """A stem need not be the stem of itself, and a name with a digit is two words otherwise."""
    known = {"word:gpt-4", "word:strikes"}
    assert term_meant("word:gpt-4", known, "en") == "word:gpt-4"
    assert term_meant("word:strikes", known, "en") == "word:strikes"
    assert term_meant("word:GPT-4", known, "en") == "word:gpt-4"
    assert term_meant("word:Strikes", known, "en") == "word:strike"


def test_the_language_says_how_a_word_is_stemmed() -> None:
    """Häuser are houses in German; where no stemmer is known a word is its lower case."""
    assert term_meant("word:Häuser", frozenset(), "de") == "word:haus"
    assert term_meant("word:Houses", frozenset(), "xx") == "word:houses"


@pytest.mark.parametrize(
    "written", ["", "Strikes", "planet:Mars", "language:en", "word:", "source: ", ":x", "Word:strike"]
)
def test_a_name_of_no_kind_that_people_choose_is_unclear(written: str) -> None:
    """It says what would be right; a language is no wish about news."""
    with pytest.raises(UnclearTerm, match=r"should be word:…, source:… or category:…"):
        term_meant(written, {written}, "en")


@pytest.mark.parametrize("written", ["word:the", "word:x", "word:!?", "word:New York", "word:open-source"])
def test_a_name_of_no_single_word_is_unclear(written: str) -> None:
    """Words that say nothing are no terms, and two words are two."""
    with pytest.raises(UnclearTerm, match="should be a single word that says something"):
        term_meant(written, frozenset(), "en")


def test_terms_are_kept_in_alphabetical_order() -> None:
    """Whatever order they came in."""
    terms = Terms.of({"word:b": 2, "category:A": 1}, {"word:b": "B", "category:A": "A"})
    assert list(terms.counts.items()) == [("category:A", 1), ("word:b", 2)]
    assert list(terms.labels.items()) == [("category:A", "A"), ("word:b", "B")]
