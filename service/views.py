"""Views: what is known of a reader, in the words of the answers."""

from collections.abc import Sequence
from itertools import chain

from ranking.corpus import Corpus
from ranking.profile import changes
from ranking.reader import Reader
from service.answers import ClearedTerm, Contribution, Mute, Pin, WeightMove
from service.readers import Change, KnownReader

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
