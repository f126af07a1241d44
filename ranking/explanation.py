"""Explanation: the parts of a score. They are the arithmetic itself, and add up to the score."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from ranking.corpus import Corpus
from ranking.diversity import Place
from ranking.features import vectors
from ranking.ledger import Ledger
from ranking.params import Params
from ranking.profile import Profile, centred_kernel
from ranking.scoring import Scores, own_part
from ranking.text import kind_of

_N_LISTED = 3
_NOTHING = 1e-9  # points; the precision to which parts add up


class ReasonKind(StrEnum):
    """What a part of a score comes from. The four after `adjustment` are single terms, by kind; `terms` are many weak
    ones together."""

    SIGNAL = "signal"
    FRESHNESS = "freshness"
    ADJUSTMENT = "adjustment"
    WORD = "word"
    SOURCE = "source"
    CATEGORY = "category"
    LANGUAGE = "language"
    TERMS = "terms"
    OTHER = "other"
    DIVERSITY = "diversity"


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
    if profile.event_ids:
        reasons += _by_term(corpus, profile, scores, row, params)
    if (level := profile.level_of(event.id)) is not None and scores.own[row] != 0:
        reasons.append(Reason(ReasonKind.ADJUSTMENT, _said(level), float(scores.own[row]), (event.id,)))
    if place.repeats is not None:
        above = corpus.events[place.repeats]
        reasons.append(Reason(ReasonKind.DIVERSITY, f"similar to “{above.title}” above", place.diversity, (above.id,)))
    return tuple(reasons)


def explain_by_adjustment(
    corpus: Corpus, ledger: Ledger, profile: Profile, row: int, params: Params
) -> tuple[Reason, ...]:
    """What each adjustment of the ledger adds to an event's personal signal: alpha_i·k(x_i, x), and for the event's
    own adjustment the part that belongs to it alone. The values add up to personal signal minus signal."""
    # New terms are numbered as they come, so both sides must be made together.
    both = vectors([*(one.terms for one in ledger.adjustments), corpus.terms[row]], corpus.statistics, params)
    mean = np.concatenate([corpus.statistics.mean, np.zeros(len(both.new_terms))])
    n = len(ledger.adjustments)
    kernel = centred_kernel(both.blocks[:n], both.blocks[n:], mean)[:, 0]
    values = profile.alpha * kernel
    inferred = corpus.signal[row] + values.sum()
    its_own = np.array([one == corpus.events[row].id for one in profile.event_ids], dtype=np.bool_)
    wishes = np.array([one.wish for one in ledger.adjustments])
    values[its_own] += own_part(profile.own, wishes, inferred)[its_own]
    reasons = (
        Reason(ReasonKind.ADJUSTMENT, _said(one.level), float(value), (one.event_id,))
        for one, value in zip(ledger.adjustments, values, strict=True)
    )
    return tuple(sorted(reasons, key=lambda reason: (-abs(reason.value), reason.because)))


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
    rest = float(scores.learned[row]) - sum(reason.value for reason in reasons)
    pulling = np.argsort(-np.abs(profile.alpha), kind="stable")[: params.n_because]
    return [*reasons, Reason(ReasonKind.OTHER, "the rest of what you adjusted", rest, _ids(profile, pulling))]


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
