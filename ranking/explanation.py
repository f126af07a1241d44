"""Explanation: the parts of a score. They are the arithmetic itself, and add up to the score."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from ranking.corpus import Corpus
from ranking.diversity import Lift, Place
from ranking.lessons import centred_kernel, lessons
from ranking.params import Params
from ranking.profile import Profile, rounding
from ranking.reader import Reader
from ranking.scoring import Scores, own_part
from ranking.text import kind_of

_N_LISTED = 3
_LIFTED = {
    Lift.KEPT: "news of this signal stay on the first page, whatever was learned",
    Lift.EXPLORATION: "shown to learn what you think of it",
}
_NOTHING = 1e-9  # points; the precision to which parts add up


class ReasonKind(StrEnum):
    """What a part of a score comes from. `word` to `language` are single learned terms, by kind; `terms` are many weak
    ones together, and `alike` is what readers like this one turned up. `kept` and `exploration` are what lifted an
    event to its place."""

    SIGNAL = "signal"
    FRESHNESS = "freshness"
    POPULARITY = "popularity"
    SEEN = "seen"
    PIN = "pin"
    ADJUSTMENT = "adjustment"
    OPEN = "open"
    WORD = "word"
    SOURCE = "source"
    CATEGORY = "category"
    LANGUAGE = "language"
    TERMS = "terms"
    ALIKE = "alike"
    OTHER = "other"
    DIVERSITY = "diversity"
    KEPT = "kept"
    EXPLORATION = "exploration"


@dataclass(frozen=True, slots=True)
class Reason:
    """One part of a score, in points of signal. `because` are the ids of the events behind it: those that the reader
    adjusted, or for diversity the one above that this event repeats."""

    kind: ReasonKind
    label: str
    value: float
    because: tuple[str, ...] = ()


def explain(corpus: Corpus, profile: Profile, scores: Scores, place: Place, params: Params) -> tuple[Reason, ...]:
    """Why an event stands at its place; the values add up to its score."""
    row = place.row
    event = corpus.events[row]
    reasons = [
        Reason(ReasonKind.SIGNAL, "global signal", float(scores.signal[row])),
        Reason(ReasonKind.FRESHNESS, "time since it was published", float(scores.freshness[row])),
    ]
    if scores.popularity[row] != 0:
        reasons.append(Reason(ReasonKind.POPULARITY, "readers turned this up lately", float(scores.popularity[row])))
    if scores.seen[row] != 0:
        reasons.append(Reason(ReasonKind.SEEN, "you have seen this", float(scores.seen[row]), (event.id,)))
    reasons += _pins(corpus, profile, row)
    if profile.event_ids:
        reasons += _by_term(corpus, profile, scores, row, params)
    if (level := profile.level_of(event.id)) is not None and scores.own[row] != 0:
        reasons.append(Reason(ReasonKind.ADJUSTMENT, _said(level), float(scores.own[row]), (event.id,)))
    if place.repeats is not None:
        above = corpus.events[place.repeats]
        reasons.append(Reason(ReasonKind.DIVERSITY, f"similar to “{above.title}” above", place.diversity, (above.id,)))
    if place.lifted_by is not None:
        reasons.append(Reason(ReasonKind(place.lifted_by), _LIFTED[place.lifted_by], place.lift))
    return tuple(reasons)


def explain_by_adjustment(
    corpus: Corpus, reader: Reader, profile: Profile, row: int, params: Params
) -> tuple[Reason, ...]:
    """What each thing that the reader said, or opened, adds to an event's personal signal: alpha_i·k(x_i, x), the same
    by alike readers, its part of the rounding, and for the event's own adjustment the part that belongs to it alone.
    With the pins, the values add up to personal signal minus signal."""
    taught = lessons(reader, corpus.statistics, params, [corpus.terms[row]])
    x = taught.also.toarray()[0]
    alike = taught.alike @ (corpus.alike[row] - corpus.statistics.alike.mean)
    kernel = centred_kernel(taught.rows, taught.also, taught.mean)[:, 0]
    values = profile.alpha * kernel + profile.beta * alike + rounding(profile, taught) @ x
    pins = _pins(corpus, profile, row)
    inferred = corpus.signal[row] + values.sum() + sum(pin.value for pin in pins)
    its_own = np.array([one == corpus.events[row].id for one in taught.event_ids], dtype=np.bool_)
    pressed = np.array([level is not None for level in taught.levels], dtype=np.bool_)
    own = own_part(profile.own, taught.wish, inferred)
    values = np.where(its_own & pressed, values + own, values)
    reasons = [
        Reason(ReasonKind.OPEN, "you opened this", float(value), (event_id,))
        if level is None
        else Reason(ReasonKind.ADJUSTMENT, _said(level), float(value), (event_id,))
        for event_id, level, value in zip(taught.event_ids, taught.levels, values, strict=True)
    ]
    return tuple(sorted((*reasons, *pins), key=lambda reason: (-abs(reason.value), reason.because, reason.label)))


def _pins(corpus: Corpus, profile: Profile, row: int) -> list[Reason]:
    return [
        Reason(ReasonKind.PIN, f"you pinned {corpus.label(name)}", points)
        for name, points in profile.wishes.pins.items()
        if name in corpus.terms[row].counts
    ]


@dataclass(frozen=True, slots=True)
class _Part:
    """What one term adds to a score, w_j·x_j, and the adjustments that gave most to it, as places in the profile."""

    column: int
    value: float
    makers: tuple[int, ...]


def _by_term(corpus: Corpus, profile: Profile, scores: Scores, row: int, params: Params) -> list[Reason]:
    """The learned part by term: the strongest one by one, the many weak ones together by the adjustment that made
    most of them, and what is left in one sum."""
    parts = _parts(corpus, profile, scores, row)
    reasons = [
        Reason(
            ReasonKind(kind_of(corpus.names[part.column])),
            corpus.labels[part.column],
            part.value,
            _ids(profile, part.makers[: params.n_because]),
        )
        for part in parts[: params.n_term_reasons]
    ]
    reasons += _summed(corpus, profile, parts[params.n_term_reasons :], params)
    reasons += _by_alike_readers(corpus, profile, row, params)
    rest = float(scores.learned[row]) - sum(reason.value for reason in reasons)
    pulling = np.argsort(-np.abs(profile.alpha), kind="stable")[: params.n_because]
    return [*reasons, Reason(ReasonKind.OTHER, "the rest of what you adjusted", rest, _ids(profile, pulling))]


def _by_alike_readers(corpus: Corpus, profile: Profile, row: int, params: Params) -> list[Reason]:
    """What alike readers add, and the lessons that gave most to it, in its direction."""
    known = corpus.statistics.alike
    x = corpus.alike[row] - known.mean
    value = float(profile.taste @ x)
    if abs(value) <= _NOTHING:
        return []
    shares = np.sign(value) * profile.beta * ((known.of(profile.event_ids) - known.mean) @ x)
    makers = [place for place in np.argsort(-shares, kind="stable")[: params.n_because] if shares[place] > 0]
    return [Reason(ReasonKind.ALIKE, "what readers like you turned up", value, _ids(profile, makers))]


def _parts(corpus: Corpus, profile: Profile, scores: Scores, row: int) -> list[_Part]:
    """The terms of an event that speak, the strongest first. One that no adjustment had, or of a block that is switched
    off, says nothing by itself; nor does one that owes its weight to events without it."""
    span = slice(corpus.features.indptr[row], corpus.features.indptr[row + 1])
    columns, x = corpus.features.indices[span], corpus.features.data[span]
    values = (scores.pull[columns] - profile.lean * corpus.mean[columns]) * x
    places = scores.term_place[columns]
    speaks = (places >= 0) & (np.abs(values) > _NOTHING)
    makers = profile.because[places[speaks]].tolist()
    parts = [
        _Part(column, value, tuple(place for place in made if place >= 0))
        for column, value, made in zip(columns[speaks].tolist(), values[speaks].tolist(), makers, strict=True)
        if made[0] >= 0
    ]
    return sorted(parts, key=lambda part: (-abs(part.value), part.column))


def _summed(corpus: Corpus, profile: Profile, parts: Sequence[_Part], params: Params) -> list[Reason]:
    """The weak terms together, by the adjustment that gave most to each; a sum is named after the terms of its sign."""
    made: defaultdict[int, list[_Part]] = defaultdict(list)
    for part in parts:
        made[part.makers[0]].append(part)
    sums = {maker: sum(part.value for part in of_maker) for maker, of_maker in made.items()}
    return [
        Reason(
            ReasonKind.TERMS,
            _listed([corpus.labels[part.column] for part in made[maker] if part.value * sums[maker] > 0]),
            sums[maker],
            (profile.event_ids[maker],),
        )
        for maker in sorted(sums, key=lambda one: (-abs(sums[one]), one))[: params.n_because]
    ]


def _ids(profile: Profile, places: Iterable[int]) -> tuple[str, ...]:
    return tuple(profile.event_ids[place] for place in places)


def _listed(labels: Sequence[str]) -> str:
    shown = ", ".join(labels[:_N_LISTED])
    return shown if len(labels) <= _N_LISTED else f"{shown} and {len(labels) - _N_LISTED} more"


def _said(level: int) -> str:
    return ("you turned this far down", "you turned this down", "you left this as it is", "you turned this up",
            "you turned this far up")[level + 2]  # fmt: skip
