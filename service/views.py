"""Views: what is known of a reader, in the words of the answers."""

from collections.abc import Sequence
from datetime import datetime
from itertools import chain

from ranking.corpus import Corpus
from ranking.explanation import Reason, ReasonKind
from ranking.feed import Slot, rank
from ranking.movement import movement
from ranking.params import Params
from ranking.profile import changes
from ranking.reader import Reader
from ranking.scoring import on_step
from service.answers import ClearedTerm, Contribution, FeedMovement, Mute, Pin, RankMove, Receipt, WeightMove
from service.readers import Change, KnownReader

N_COMPARED = 100  # places of a feed that a receipt looks at
_N_MOVES_SHOWN = 5
_UNMOVED = FeedMovement(N_COMPARED, 0, 0, 0, 0, ())
_FOR_ALL = {ReasonKind.SIGNAL, ReasonKind.FRESHNESS, ReasonKind.DIVERSITY}  # parts that any reader would have
_SHOWN = 0.05  # points; less than this reads as 0.0
_MAX_CHANGES_SHOWN = 20
_MAX_HIDDEN_SHOWN = 100


def weight_moves(change: Change, corpus: Corpus) -> tuple[WeightMove, ...]:
    """The weights that a change moved, the most moved first."""
    moved = changes(change.before.profile, change.after.profile)[:_MAX_CHANGES_SHOWN]
    readers = (change.before.reader, change.after.reader)
    return tuple(
        WeightMove(
            {"term": one.term, "label": label_of(one.term, corpus, *readers), "from": one.before, "to": one.after}
        )
        for one in moved
    )


def receipt_of(event_id: str, change: Change, corpus: Corpus, at: datetime, params: Params) -> Receipt:
    """What a change did to a reader's weights and feed."""
    return Receipt(
        event_id=event_id,
        level=change.after.reader.ledger.level_of(event_id),
        profile_version=change.after.profile.version,
        revision=change.after.revision,
        changed=weight_moves(change, corpus),
        moved=feed_moved(change, corpus, at, params),
    )


def feed_moved(change: Change, corpus: Corpus, at: datetime, params: Params) -> FeedMovement:
    """How a change moved the reader's feed, as it is at a moment."""
    if change.before is change.after:
        return _UNMOVED
    before, after = (order_of(known, corpus, at, params) for known in (change.before, change.after))
    found = movement(before, after, N_COMPARED, _N_MOVES_SHOWN)
    largest = (
        RankMove(
            {
                "event_id": one.event_id,
                "title": corpus.event(one.event_id).title,
                "from": one.before,
                "to": one.after,
            }
        )
        for one in found.largest
    )
    return FeedMovement(found.n_places, found.up, found.down, found.entered, found.left, tuple(largest))


def order_of(known: KnownReader, corpus: Corpus, at: datetime, params: Params) -> tuple[Slot, ...]:
    """The first places of a reader's feed, as it is at a moment."""
    now, history = on_step(at, params), known.reader.history
    return rank(corpus, known.profile, now=now, params=params, limit=0, depth=N_COMPARED, history=history).order


def own_reasons(reasons: Sequence[Reason], n: int) -> list[Reason]:
    """The parts of a score that are this reader's own and worth a look, the strongest first."""
    told = [reason for reason in reasons if reason.kind not in _FOR_ALL and abs(reason.value) >= _SHOWN]
    return sorted(told, key=lambda reason: -abs(reason.value))[:n]


def contributions(user_id: str, known: KnownReader, shares: Sequence[float]) -> tuple[Contribution, ...]:
    """What each adjustment, or open, gave to a weight, the most first."""
    profile = known.profile
    given = zip(profile.event_ids, profile.levels, shares, strict=True)
    told = (
        Contribution(event_id, level, value, f"/v1/users/{user_id}/adjustments/{event_id}")
        for event_id, level, value in given
        if value != 0
    )
    return tuple(sorted(told, key=lambda one: (-abs(one.value), one.event_id)))


def mutes_of(corpus: Corpus, reader: Reader) -> tuple[Mute, ...]:
    """A reader's mutes, and what they hide."""
    hidden = {name: [corpus.events[row].id for row in corpus.rows_with(name)] for name in reader.wishes.mutes}
    return tuple(
        Mute(name, label_of(name, corpus, reader), len(hides), tuple(hides[:_MAX_HIDDEN_SHOWN]))
        for name, hides in hidden.items()
    )


def pins_of(corpus: Corpus, reader: Reader) -> tuple[Pin, ...]:
    """A reader's pins."""
    return tuple(
        Pin(name, label_of(name, corpus, reader), points, len(corpus.rows_with(name)))
        for name, points in reader.wishes.pins.items()
    )


def cleared_of(corpus: Corpus, reader: Reader) -> tuple[ClearedTerm, ...]:
    """The terms that a reader has cleared."""
    return tuple(ClearedTerm(name, label_of(name, corpus, reader), at) for name, at in reader.wishes.cleared.items())


def title_of(event_id: str, corpus: Corpus) -> str | None:
    """An event's title, while it is live."""
    return corpus.events[corpus.rows[event_id]].title if event_id in corpus.rows else None


def label_of(term: str, corpus: Corpus, *readers: Reader) -> str:
    """What people call a term: as the catalogue has it, else as the readers' events had it, else as it is."""
    if (label := corpus.label(term)) is not None:
        return label
    pressed = (one.terms.labels for reader in readers for one in reader.ledger.adjustments)
    opened = (one.terms.labels for reader in readers for one in reader.opens)
    return next((labels[term] for labels in chain(pressed, opened) if term in labels), term.partition(":")[2])
