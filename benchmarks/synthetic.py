"""Synthetic events: a seeded corpus of any size, with words as unevenly used as in real text."""

from datetime import UTC, datetime, timedelta

import numpy as np

from ranking.corpus import Corpus, build_corpus
from ranking.event import Event, Source
from ranking.features import fit_statistics
from ranking.params import Params
from ranking.text import terms_of

NOW = datetime(2026, 4, 3, 12, 0, tzinfo=UTC)

_N_WORDS = 200_000
_ZIPF = 1.3
_EVENT_WORDS = 160  # about 110 different terms, as in a news event with summary and details
_STORY_WORDS = 25
_STORY_EVENTS = 12
_CATEGORIES = ("Business", "Hardware", "Models", "Policy", "Research", "Safety")


def synthetic_events(n: int, seed: int) -> list[Event]:
    """n events of one month; about twelve tell the same story and share its words."""
    rng = np.random.default_rng(seed)
    n_stories = max(n // _STORY_EVENTS, 1)
    story_words = rng.integers(1_000, _N_WORDS, size=(n_stories, _STORY_WORDS))
    story = rng.integers(0, n_stories, size=n)
    common = rng.zipf(_ZIPF, size=(n, _EVENT_WORDS - _STORY_WORDS)) % _N_WORDS
    told = rng.permuted(np.concatenate([common, story_words[story]], axis=1), axis=1)
    age_hours = rng.uniform(0, 24 * 30, size=n)
    signal = rng.beta(2, 3, size=n) * 10
    return [
        Event(
            id=f"event-{i}",
            title=" ".join(f"w{word}" for word in told[i, :10]),
            category=_CATEGORIES[story[i] % len(_CATEGORIES)],
            published_at=NOW - timedelta(hours=float(age_hours[i])),
            signal=round(float(signal[i]), 1),
            meaning=" ".join(f"w{word}" for word in told[i, 10:]),
            sources=(Source(f"Publisher {story[i] % 40}"),),
        )
        for i in range(n)
    ]


def corpus_of(events: list[Event], params: Params) -> Corpus:
    """The corpus of these events, with statistics fitted on them."""
    terms = {event.id: terms_of(event) for event in events}
    return build_corpus(events, terms, fit_statistics(list(terms.values()), params), params, "benchmark")
