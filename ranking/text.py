"""An event's words -> terms: what the learner and Similar Events see of it."""

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar
from unicodedata import category, normalize

import Stemmer
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from ranking.errors import SignalfeedError
from ranking.event import Event, Limits

# A letter or digit, or a mark: many scripts write vowels as marks, which Python's \w leaves out.
_MARKS = "".join(sign for sign in map(chr, range(0x300, 0x10000)) if category(sign).startswith("M"))
_LETTER = rf"(?:[^\W_]|[{_MARKS}])"
_TOKEN = re.compile(
    r"\d+(?:[.,]\d+)+"  # 3.5, 3,000,000
    r"|(?:[^\W\d_]\.){2,}"  # U.S.
    rf"|{_LETTER}+(?:[-.']{_LETTER}+)*"  # GPT-3.5, open-source, don't
)
_INNER = re.compile(r"[-.,']")
_DIGIT = re.compile(r"\d")
_HYPHENS_AND_APOSTROPHES = str.maketrans("\u2010\u2011\u2019", "--'")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_CONTRACTED = re.compile(r"(?:\w*n't|'(?:s|re|ve|ll|d|m))$", re.IGNORECASE)  # can't says nothing, OpenAI's does

_MAX_WORD = 100  # what is longer is no word: an address, a key, a line without spaces

# Words that every text has, but for those that news is about.
_ABBREVIATIONS = {"US", "WHO"}  # names, as long as they stand in capitals
_ENGLISH_STOP_WORDS = ENGLISH_STOP_WORDS - {"bill", "cry", "fire", "interest", "mine", "system", "un"}

_STEMMERS = {
    "da": "danish", "de": "german", "en": "english", "es": "spanish", "fi": "finnish", "fr": "french",
    "hu": "hungarian", "it": "italian", "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip


class UnclearTerm(SignalfeedError):
    """A name that stands for no term; says what would be right."""


class TermKind(StrEnum):
    """The block a term belongs to; also the prefix of its name, as in `word:align` or `category:Safety`."""

    WORD = "word"
    SOURCE = "source"
    CATEGORY = "category"
    LANGUAGE = "language"


TermName = Annotated[str, Limits(pattern=r"^(word|source|category|language):[\s\S]", max_length=520)]


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one event: how often each occurs, and the form in which a person would recognise it."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    counts: Mapping[TermName, Annotated[int, Limits(ge=1, le=10_000_000, strict=True)]]
    labels: Mapping[TermName, Annotated[str, Limits(min_length=1, max_length=500)]]

    @classmethod
    def of(cls, counts: Mapping[str, int], labels: Mapping[str, str]) -> "Terms":
        """Terms in alphabetical order, in which they are kept: sums of floats depend on it."""
        return cls(dict(sorted(counts.items())), dict(sorted(labels.items())))


def term(kind: TermKind, name: str) -> str:
    """The name of a term, as used in ledgers, profiles and answers."""
    return f"{kind}:{name}"


def term_meant(name: str, known: Container[str], language: str) -> str:
    """The term that a person means by `word:Strikes`, `source:Reuters` or `category:Safety`: one of the `known` where
    the name is exactly that, else for a word its stem in this language. Raises UnclearTerm."""
    kind, _, rest = name.partition(":")
    if kind not in {TermKind.WORD, TermKind.SOURCE, TermKind.CATEGORY} or not rest.strip():
        raise UnclearTerm("should be word:…, source:… or category:…")
    if name in known or kind != TermKind.WORD:
        return name
    stems = {stem for stem, _ in _stems(rest, language)}
    if len(stems) > 1 and name.lower() in known:  # GPT-4 is one name, but has more than one stem
        return name.lower()
    if len(stems) != 1:
        raise UnclearTerm("should be a single word that says something: names of two words and words as “the” are none")
    return term(TermKind.WORD, stems.pop())


def kind_of(name: str) -> TermKind:
    """The block that the named term belongs to."""
    return TermKind(name.partition(":")[0])


def terms_of(event: Event) -> Terms:
    """The terms of an event: stems of its text, its publishers, its category and its language."""
    counts: Counter[str] = Counter()
    forms: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for stem, form in _stems(event.text, event.language):
        name = term(TermKind.WORD, stem)
        counts[name] += 1
        forms[name][form] += 1
    facts = {term(TermKind.SOURCE, source.name): source.name for source in event.sources}
    facts[term(TermKind.CATEGORY, event.category)] = event.category
    facts[term(TermKind.LANGUAGE, event.language)] = event.language
    counts.update(facts.keys())
    return Terms(dict(counts), {name: most_frequent(tally) for name, tally in forms.items()} | facts)


def most_frequent(tally: Mapping[str, int]) -> str:
    """The form that occurs most; of equals the one in lower case, then the first in the alphabet."""
    return min(tally, key=lambda form: (-tally[form], not form.islower(), form))


def _stems(text: str, language: str) -> Iterator[tuple[str, str]]:
    """Yields (stem, form as written) for every word that carries meaning."""
    algorithm = _STEMMERS.get(language)
    # A stemmer keeps state while it works, so each call has its own: threads then need no lock.
    stem = Stemmer.Stemmer(algorithm).stemWord if algorithm else str
    english = language == "en"
    for token in _TOKEN.findall(normalize("NFC", text).translate(_HYPHENS_AND_APOSTROPHES)):
        for form in _forms(_CONTRACTED.sub("", token) if english else token):
            word = form.lower()
            stopped = english and word in _ENGLISH_STOP_WORDS and form not in _ABBREVIATIONS
            if 1 < len(word) <= _MAX_WORD and not stopped:
                yield stem(word), form


def _forms(token: str) -> Iterable[str]:
    """The words in a token: a number and an abbreviation without its signs, a compound's parts; where these have a
    digit among them (GPT-4) also the whole, which then is a name of its own."""
    if token.endswith("."):
        return (token.replace(".", ""),)
    token = _THOUSANDS.sub("", token)
    parts = _INNER.split(token)
    if len(parts) == 1 or not _DIGIT.search(token):
        return parts
    return (token, *(part for part in parts if not part.isdigit()))
