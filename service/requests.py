"""Requests: the documents that callers send about a reader, and what they must say to be right."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from ranking.corpus import Corpus
from ranking.event import Id, Language, Limits, Moment
from ranking.interactions import History
from ranking.ledger import Adjustment, Ledger, Level, Open
from ranking.params import Params
from ranking.reader import Reader
from ranking.text import TermKind, TermName, Terms, UnclearTerm, kind_of, term_meant
from ranking.wishes import MAX_WISHES, Points, TooManyWishes, Wishes
from service.documents import FieldError, InvalidDocument

_STRICT: dict[str, str] = {"extra": "forbid"}
_NO_WORD = "|=*"  # signs that no word has, as little as spaces

Named = Annotated[tuple[TermName, ...], Limits(max_length=MAX_WISHES)]
Category = Annotated[str, Limits(max_length=100)]
Fingerprint = Annotated[str, Limits(pattern=r"^[0-9a-f]{16}$")]


@dataclass(frozen=True, slots=True)
class AdjustmentRequest:
    """How much more or less of this the reader wants, from -2 (far less) to 2 (far more)."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    level: Level


@dataclass(frozen=True, slots=True)
class WishesRequest:
    """What the reader lays down or takes back, by terms: `word:strikes`, `source:Reuters`, `category:Safety`.

    A word is taken by its stem, in the `language` given. `pin` says how many points the term adds to every event that
    has it. `restore` takes a `clear` back.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    mute: Named = ()
    unmute: Named = ()
    pin: Annotated[Mapping[TermName, Points], Limits(max_length=MAX_WISHES)] = field(default_factory=dict)
    unpin: Named = ()
    clear: Named = ()
    restore: Named = ()
    language: Language = "en"


@dataclass(frozen=True, slots=True)
class MergeRequest:
    """The reader who turns out to be this one, and is then gone."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    user_id: Id


@dataclass(frozen=True, slots=True)
class SuppliedAdjustment:
    """An adjustment that might be made: of a live event, or of any with its `terms`, as an export has them."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    event_id: Id
    level: Level
    at: Moment | None = None
    terms: Terms | None = None


@dataclass(frozen=True, slots=True)
class PreviewRequest:
    """What a reader might have said, oldest first, and laid down; for a feed that is only looked at."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    adjustments: Annotated[tuple[SuppliedAdjustment, ...], Limits(max_length=500)] = ()
    mute: Named = ()
    pin: Annotated[Mapping[TermName, Points], Limits(max_length=MAX_WISHES)] = field(default_factory=dict)
    language: Language = "en"
    limit: Annotated[int, Limits(ge=1, le=100, strict=True)] = 20
    category: Category | None = None
    explain: bool = True


@dataclass(frozen=True, slots=True)
class ReaderDocument:
    """All that is known of a reader: what they said (`adjustments`, oldest first, each with the terms that its event
    had), what they laid down (`wishes`) and what they did (`history`, with times in seconds since 1970).

    `opens` are there where opens teach; `heard` are fingerprints of the interactions that have been counted.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    user_id: Id
    adjustments: Annotated[tuple[Adjustment, ...], Limits(max_length=500)] = ()
    wishes: Wishes = field(default_factory=Wishes)
    history: History = field(default_factory=History)
    opens: Annotated[tuple[Open, ...], Limits(max_length=100)] = ()
    heard: Annotated[tuple[Fingerprint, ...], Limits(max_length=1_000)] = ()
    format: Literal["signalfeed-reader-1"] = "signalfeed-reader-1"

    @classmethod
    def of(cls, user_id: str, reader: Reader) -> "ReaderDocument":
        """The document of a reader."""
        return cls(user_id, reader.ledger.adjustments, reader.wishes, reader.history, reader.opens, reader.heard)

    def reader(self, params: Params) -> Reader:
        """The reader that the document tells of; raises InvalidDocument."""
        faults = [
            *_faults("adjustments", self.adjustments, params.ledger_cap, params),
            *_faults("opens", self.opens, params.opens_cap, params),
            *(
                FieldError(f"history.{name}", f"should be {params.history_cap} at most")
                for name in ("seen", "dismissed")
                if len(getattr(self.history, name)) > params.history_cap
            ),
        ]
        wishes = Wishes()
        try:
            wishes = Wishes.of(self.wishes.mutes, self.wishes.pins, self.wishes.cleared)
        except TooManyWishes as error:
            faults.append(FieldError("wishes", str(error)))
        if faults:
            raise InvalidDocument(tuple(faults))
        ledger = Ledger(
            tuple(Adjustment(one.event_id, one.level, one.at, _ordered(one.terms)) for one in self.adjustments)
        )
        opens = tuple(Open(one.event_id, one.at, _ordered(one.terms)) for one in self.opens)
        opens = tuple(sorted(opens, key=lambda one: one.at))
        return Reader(ledger, wishes, self.history.after((), params.history_cap), opens, self.heard)


def known_terms(corpus: Corpus, reader: Reader) -> Container[str]:
    """The terms that a reader may name as they are: those of live events and of their own wishes."""
    return {*corpus.columns, *reader.wishes.mutes, *reader.wishes.pins, *reader.wishes.cleared}


def terms_meant(field: str, names: Sequence[str], known: Container[str], language: str) -> tuple[str, ...]:
    """The terms that the names in a field stand for; raises InvalidDocument."""
    return _meant([(f"{field}.{number}", name) for number, name in enumerate(names)], known, language)


def pins_meant(pins: Mapping[str, float], known: Container[str], language: str) -> dict[str, float]:
    """The pins, by the terms that their names stand for; raises InvalidDocument."""
    meant = _meant([(f"pin.{name}", name) for name in pins], known, language)
    if len(set(meant)) < len(meant):
        raise InvalidDocument((FieldError("pin", "should name each term once; two of these have the same stem"),))
    return dict(zip(meant, pins.values(), strict=True))


def _meant(named: Sequence[tuple[str, str]], known: Container[str], language: str) -> tuple[str, ...]:
    """The terms that names stand for, each given with its field."""
    meant, faults = [], []
    for field_name, name in named:
        try:
            meant.append(term_meant(name, known, language))
        except UnclearTerm as error:
            faults.append(FieldError(field_name, str(error)))
    if faults:
        raise InvalidDocument(tuple(faults))
    return tuple(meant)


def _ordered(terms: Terms) -> Terms:
    return Terms.of(terms.counts, terms.labels)


def _faults(name: str, told: Sequence[Adjustment | Open], cap: int, params: Params) -> list[FieldError]:
    """What is wrong with adjustments or opens beyond their single fields."""
    faults = [FieldError(name, f"should be {cap} at most")] if len(told) > cap else []
    known: set[str] = set()
    for number, one in enumerate(told):
        if one.event_id in known:
            faults.append(FieldError(f"{name}.{number}.event_id", "is there twice; an event has one adjustment"))
        known.add(one.event_id)
        if (fault := fault_of_terms(one.terms, params)) is not None:
            faults.append(FieldError(f"{name}.{number}.terms", fault))
    return faults


def fault_of_terms(terms: Terms, params: Params) -> str | None:
    """What is wrong with the terms of an adjustment, if anything is."""
    if terms.counts.keys() != terms.labels.keys():
        return "should have a label for each count, and a count for each label"
    words = [name for name in terms.counts if kind_of(name) is TermKind.WORD]
    others = terms.counts.keys() - set(words)
    if len(words) > params.terms_per_press or len(others) > params.terms_per_press:
        return f"should be {params.terms_per_press} words at most, and as many others"
    for name in words:
        if any(sign in _NO_WORD or sign.isspace() for sign in name.partition(":")[2] + terms.labels[name]):
            return "should be words without spaces and without any of |=*"
    if any(terms.labels[name] != name.partition(":")[2] or terms.counts[name] != 1 for name in others):
        return "should count a source, category or language once, labelled with its own name"
    return None
