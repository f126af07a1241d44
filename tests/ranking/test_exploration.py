"""Exploration: draws worked by hand, propensities that are what they say, and the same bytes for the same request."""

from collections import Counter
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest

from ranking.corpus import Corpus
from ranking.diversity import Lift
from ranking.exploration import explorer
from ranking.features import Floats
from ranking.feed import Feed, rank
from ranking.params import Params
from ranking.profile import fit
from ranking.reader import Reader
from tests.build import NOW, a_corpus, a_reader, an_event

PARAMS = Params(explore_every=2, explore_draws=16)
REQUESTS = [f"request-{number}" for number in range(200)]
# Five events that share no word, the first the newest by id, of nearly the same signal.
TITLES = ("Comet", "Election", "Harvest", "Strike", "Volcano")
EVENTS = a_corpus(*(an_event(title.lower(), title, signal=5 - n / 10) for n, title in enumerate(TITLES)))


def drawn(
    value: Floats,
    *,
    request_id: str = "request",
    number: int = 2,
    corpus: Corpus = EVENTS,
    reader: Reader = Reader(),  # noqa: B008 -- frozen
    params: Params = PARAMS,
) -> tuple[int, float] | None:
    """What a draw for a place gives, where the events are worth so much."""
    return explorer(corpus, reader, params, request_id).draw(number, value)


def won(value: Floats, *, corpus: Corpus, reader: Reader, params: Params) -> dict[int, float]:
    """The propensities of all that win the second place in any of many requests."""
    found = (drawn(value, request_id=one, corpus=corpus, reader=reader, params=params) for one in REQUESTS)
    return dict(one for one in found if one is not None)


def explored(request_id: str, reader: Reader, params: Params = PARAMS) -> Feed:
    """The feed of a reader that one request gets."""
    draw = explorer(EVENTS, reader, params, request_id).draw
    return rank(EVENTS, fit(reader, EVENTS.statistics, params), now=NOW, params=params, limit=100, draw=draw)


def test_only_marked_places_are_drawn_for() -> None:
    """Every so many; where that is 0, none, which is so unless it is asked for."""
    value = np.ones(5)
    assert [
        number for number in range(1, 8) if drawn(value, number=number, params=replace(PARAMS, explore_every=3))
    ] == [
        3,
        6,
    ]
    assert [drawn(value, number=number, params=Params()) for number in range(1, 100)] == [None] * 99


def test_unmarked_places_go_to_the_best() -> None:
    """In the feed a place says whether it was drawn for, and all others are certain."""
    for request_id in REQUESTS[:20]:
        order = explored(request_id, Reader()).order
        assert order[0].event_ids == ("comet",)
        assert [slot.lifted_by for slot in order] == [None, Lift.EXPLORATION, None, Lift.EXPLORATION, None]
        assert [slot.propensity for slot in order[::2]] == [1, 1, 1]


@pytest.mark.parametrize("said", [(), (("comet", 2), ("strike", -1))])
def test_propensities_are_the_share_of_draws_and_add_up_to_one(said: tuple[tuple[str, int], ...]) -> None:
    """Over request ids: of the events that win at all, each has a whole number of sixteenths, and comes as often."""
    reader = a_reader(EVENTS, *said)
    seconds = Counter(
        (order[1].event_ids, order[1].propensity) for one in REQUESTS if (order := explored(one, reader).order)
    )
    propensities = dict(seconds.keys())
    assert len(propensities) == len(seconds) > 1  # an event has one propensity, whatever the request
    assert sum(propensities.values()) == 1
    assert all((propensity * 16).is_integer() for propensity in propensities.values())
    for (_, propensity), n in seconds.items():
        assert n / len(REQUESTS) == pytest.approx(propensity, abs=0.1)  # 2.8 standard errors of a half


def test_draws_differ_by_request_and_the_same_request_has_the_same_order() -> None:
    """Nothing but the id of the request makes the difference."""
    reader = a_reader(EVENTS, ("comet", 1))
    first, again = ([explored(one, reader) for one in REQUESTS[:20]] for _ in range(2))
    assert first == again
    assert len({feed.order for feed in first}) > 2


def test_draws_depend_on_reader_and_catalogue() -> None:
    """So that no request id is lucky for every reader and every day."""
    value, fine = np.zeros(5), replace(PARAMS, explore_draws=1000)
    readers = (a_reader(EVENTS, ("comet", 0)), a_reader(EVENTS, ("election", 0)), Reader())
    corpora = (EVENTS, replace(EVENTS, version="2"))
    won_by = [
        [drawn(value, request_id=one, corpus=corpus, reader=reader, params=fine) for one in REQUESTS[:20]]
        for reader in readers
        for corpus in corpora
    ]
    assert all(one != other for n, one in enumerate(won_by) for other in won_by[:n])


def test_only_the_best_are_drawn_among() -> None:
    """As many as the shortlist has places, and never what cannot have the place."""
    value = np.array([1.0, -np.inf, 3.0, 2.0, 2.5])
    short = replace(PARAMS, explore_shortlist=3, explore_spread=10.0)
    assert won(value, corpus=EVENTS, reader=Reader(), params=short).keys() == {2, 3, 4}
    wide = replace(PARAMS, explore_spread=10.0, explore_draws=100)
    assert won(value, corpus=EVENTS, reader=Reader(), params=wide).keys() == {0, 2, 3, 4}


def test_a_single_event_is_certain() -> None:
    """Where only one is left, the draw gives it the place with a propensity of 1."""
    assert drawn(np.array([-np.inf, -np.inf, 0.5, -np.inf, -np.inf])) == (2, 1.0)


def test_without_width_the_best_is_certain() -> None:
    """No doubt, no exploration."""
    assert drawn(np.array([1.0, 2.0, 3.0, 2.0, 1.0]), params=replace(PARAMS, explore_spread=0.0)) == (2, 1.0)


@pytest.mark.parametrize(("said", "variance"), [((), 2), ((("a", 0),), 2 - 1 / 0.6)])
def test_a_draw_is_from_the_posterior(said: tuple[tuple[str, int], ...], variance: float) -> None:
    """Worked by hand, for two events of a word each; and a press makes it narrower."""
    # The rows differ in their words alone, each of length 1, so the prior variance of what they differ by is 1 + 1; mu
    # is halfway between them. A press on the one, with a noise of .1, says something of half of that difference (which
    # has a variance of 1/2, and 1 together with the whole): 2 - 1²/(1/2 + 0.1). Points: gain 20 times spread .1.
    corpus = a_corpus(an_event("a", "Comet"), an_event("b", "Strike"))
    params = replace(PARAMS, noise=0.1, explore_draws=20_000)
    reader, behind = a_reader(corpus, *said), 2.5
    wins = 1 - NormalDist(sigma=20 * 0.1 * variance**0.5).cdf(behind)
    found = won(np.array([behind, 0.0]), corpus=corpus, reader=reader, params=params)
    assert found[0] + found[1] == 1
    assert found[1] == pytest.approx(wins, abs=0.02)  # 7 standard errors


def test_presses_on_a_story_leave_less_to_explore() -> None:
    """What the reader has spoken of is drawn for less often than what nothing is known of."""
    corpus = a_corpus(*(an_event(f"c{n}", f"Comet {name}") for n, name in enumerate(TITLES)), an_event("s", "Strike"))
    params = replace(PARAMS, noise=0.1, explore_draws=2_000)
    value = np.where(np.arange(6) == corpus.row("c0"), 2.0, -np.inf)
    value[corpus.row("c1")] = 0.0
    known = a_reader(corpus, ("c1", 0), ("c0", 0))
    chances = [
        won(value, corpus=corpus, reader=one, params=params).get(corpus.row("c1"), 0.0) for one in (Reader(), known)
    ]
    assert chances[0] > 2 * chances[1]
