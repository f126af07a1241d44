"""The laws of the whole: whatever the events and whatever was said, these hold."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import timedelta
from itertools import pairwise
from math import fsum
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.corpus import Corpus, build_corpus
from ranking.event import Event, Source
from ranking.features import fit_statistics
from ranking.feed import Feed, rank
from ranking.ledger import Ledger
from ranking.profile import Profile, fit
from ranking.scoring import score
from ranking.text import terms_of
from tests.build import NOW, PARAMS, a_ledger, an_event

WORDS = ("Comet", "Jupiter", "strike", "strikes", "wages", "robots", "election", "the")
CATEGORIES = ("News", "Space", "Work")
SOURCES = ("Gazette", "Observer", "Herald")
LEVELS = st.integers(-2, 2)

Said = list[tuple[str, int]]


class Reader(NamedTuple):
    """A corpus, and what somebody says of its events, in order; an event may come up again."""

    corpus: Corpus
    said: Said

    @property
    def ledger(self) -> Ledger:
        """What the reader's ledger holds in the end."""
        return a_ledger(self.corpus, *self.said)


@st.composite
def events(draw: st.DrawFn) -> list[Event]:
    """One to six events of few words, so that they often share some."""
    return [
        an_event(
            f"e{number}",
            " ".join(draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=5))),
            category=draw(st.sampled_from(CATEGORIES)),
            sources=tuple(map(Source, draw(st.lists(st.sampled_from(SOURCES), max_size=2, unique=True)))),
            signal=draw(st.integers(0, 20)) / 2,
            published_at=NOW - timedelta(hours=draw(st.integers(-5, 200))),
        )
        for number in range(draw(st.integers(1, 6)))
    ]


@st.composite
def readers(draw: st.DrawFn) -> Reader:
    """A reader of a corpus in which some events may be newer than the statistics."""
    live = draw(events())
    terms = {event.id: terms_of(event) for event in live}
    known = live[: draw(st.integers(0, len(live)))]
    statistics = fit_statistics([terms[event.id] for event in known], PARAMS)
    corpus = build_corpus(live, terms, statistics, PARAMS, "1")
    event_ids = st.sampled_from([event.id for event in live])
    return Reader(corpus, draw(st.lists(st.tuples(event_ids, LEVELS), max_size=8)))


def profile_of(corpus: Corpus, ledger: Ledger) -> Profile:
    """What follows from the ledger, with the corpus's statistics."""
    return fit(ledger, corpus.statistics, PARAMS)


def feed_of(corpus: Corpus, ledger: Ledger, category: str | None = None) -> Feed:
    """The whole feed that follows from the ledger."""
    return rank(corpus, profile_of(corpus, ledger), now=NOW, params=PARAMS, limit=100, category=category)


def assert_the_same(one: Profile, other: Profile) -> None:
    """Every part of two profiles is equal, to the last bit."""
    for part in fields(Profile):
        np.testing.assert_array_equal(getattr(one, part.name), getattr(other, part.name), err_msg=part.name)


def pressed(corpus: Corpus, ledger: Ledger, said: Sequence[tuple[str, int]]) -> Ledger:
    """The ledger after more presses."""
    for event_id, level in said:
        ledger = ledger.adjusted(event_id, level, NOW, corpus.terms[corpus.row(event_id)], PARAMS.ledger_cap)
    return ledger


@given(reader=readers(), draws=st.data())
def test_adjust_and_undo_is_never_adjusted(reader: Reader, draws: st.DataObject) -> None:
    """Whatever was said of other events since, and in whatever order it is taken back."""
    corpus, before = reader.corpus, reader.ledger
    others = [event.id for event in corpus.events if before.level_of(event.id) is None]
    after = pressed(
        corpus, before, [(event_id, draws.draw(LEVELS)) for event_id in draws.draw(st.permutations(others))]
    )
    for event_id in draws.draw(st.permutations(others)):
        after = after.without(event_id)
    assert_the_same(profile_of(corpus, after), profile_of(corpus, before))
    assert feed_of(corpus, after) == feed_of(corpus, before)


@given(reader=readers())
def test_replay_is_live(reader: Reader) -> None:
    """A ledger that is rebuilt from its adjustments gives the profile and the feed that the presses gave."""
    live = reader.ledger
    replayed = Ledger()
    for one in live.adjustments:
        replayed = replayed.adjusted(one.event_id, one.level, one.at, one.terms, PARAMS.ledger_cap)
    assert replayed == live
    assert_the_same(profile_of(reader.corpus, replayed), profile_of(reader.corpus, live))
    assert feed_of(reader.corpus, replayed) == feed_of(reader.corpus, live)


@given(reader=readers(), draws=st.data())
def test_the_order_of_presses_changes_nothing_but_their_age(reader: Reader, draws: st.DataObject) -> None:
    """Where age plays no part, any order of the same words gives the same scores."""
    ageless = replace(PARAMS, press_half_life=float("inf"))
    ledger = reader.ledger
    shuffled = Ledger(tuple(draws.draw(st.permutations(ledger.adjustments))))
    one, other = (
        score(reader.corpus, fit(said, reader.corpus.statistics, ageless), NOW, ageless).relevance
        for said in (ledger, shuffled)
    )
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-9)


@given(reader=readers())
def test_the_same_question_has_the_same_answer(reader: Reader) -> None:
    """Nothing but the arguments plays a part."""
    assert feed_of(reader.corpus, reader.ledger) == feed_of(reader.corpus, reader.ledger)


@given(reader=readers())
def test_reasons_add_up_to_the_score(reader: Reader) -> None:
    """For every event of every feed."""
    for one in feed_of(reader.corpus, reader.ledger).ranked:
        assert fsum(reason.value for reason in one.reasons) == pytest.approx(one.score, rel=0, abs=1e-9)


@given(reader=readers(), draws=st.data())
def test_far_up_raises_and_far_down_lowers(reader: Reader, draws: st.DataObject) -> None:
    """A press that says something new moves its event's personal signal the way it says; upwards, an event that
    stands at the end of the scale already may stay."""
    corpus, ledger = reader.corpus, reader.ledger
    event_id = draws.draw(st.sampled_from([event.id for event in corpus.events]))
    before, up, down = (
        score(corpus, profile_of(corpus, said), NOW, PARAMS).personal_signal[corpus.row(event_id)]
        for said in (ledger, pressed(corpus, ledger, [(event_id, 2)]), pressed(corpus, ledger, [(event_id, -2)]))
    )
    assert up > before or ledger.level_of(event_id) == 2 or before == pytest.approx(10)
    assert down < before or ledger.level_of(event_id) == -2


@given(reader=readers())
def test_scores_never_rise_down_the_feed(reader: Reader) -> None:
    """The score is what orders, exactly."""
    ranked = feed_of(reader.corpus, reader.ledger).ranked
    assert all(above.score >= below.score for above, below in pairwise(ranked))
    assert [one.rank for one in ranked] == list(range(1, len(ranked) + 1))


@given(reader=readers(), category=st.sampled_from([None, *CATEGORIES]))
def test_every_candidate_appears_exactly_once(reader: Reader, category: str | None) -> None:
    """Ranked or folded, whatever was said of it; nothing of another category is."""
    ranked = feed_of(reader.corpus, reader.ledger, category).ranked
    shown = [event_id for one in ranked for event_id in (one.event.id, *one.folded)]
    candidates = [event.id for event in reader.corpus.events if category in {None, event.category}]
    assert sorted(shown) == sorted(candidates)
