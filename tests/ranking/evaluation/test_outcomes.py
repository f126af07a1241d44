"""Outcomes: worked by hand on four events, two of a comet (c1, c2; category Space) and two of a strike (s1, s2; Work),
which have no word in common with each other's story. All were published a day before NOW, when trials are."""

import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from ranking.corpus import build_corpus
from ranking.crowd import Liking, fit_alike, popularity
from ranking.evaluation.baselines import BASELINES, COLLABORATIVE
from ranking.evaluation.known import Known
from ranking.evaluation.log import Feedback, Log
from ranking.evaluation.metrics import auc, ndcg, reciprocal_rank
from ranking.evaluation.outcomes import Outcome, one_by_one, outcomes
from ranking.evaluation.rankers import Order, Ranker, Signalfeed
from ranking.evaluation.trials import Protocol, Slice, Trial, replay
from ranking.event import Event
from ranking.features import Integers, fit_statistics, strongest
from ranking.feed import rank
from ranking.ledger import Ledger
from ranking.profile import fit
from ranking.reader import Reader
from ranking.scoring import step_of
from tests.build import NOW, PARAMS, an_event, two_stories

CATEGORIES = {"c": "Space", "s": "Work"}
EVENTS = tuple(replace(event, category=CATEGORIES[event.id[0]]) for event in two_stories())
FIRST = Trial("ann", NOW, 0, ("s1",), 2)


@dataclass(frozen=True)
class Fixed:
    """Always the same order, whoever asks."""

    event_ids: tuple[str, ...]
    name: str = "fixed"

    def order(self, known: Known, depth: int, /) -> Order:
        """The candidates as they stand in that order."""
        rows = [known.corpus(PARAMS).rows[event_id] for event_id in self.event_ids]

        def ordered(trial: Trial, candidates: Integers) -> Integers:
            return np.array([row for row in rows if row in candidates], dtype=np.int64)

        return ordered


COMET_FIRST = Fixed(("c1", "s1", "c2", "s2"))
STRIKE_FIRST = Fixed(("s1", "s2", "c1", "c2"))


def said(user_id: str, event_id: str, level: int, minutes_ago: int = 60) -> Feedback:
    """A press before NOW."""
    return Feedback(user_id, event_id, level, NOW - timedelta(minutes=minutes_ago))


def a_protocol(*trials: Trial, feedback: Iterable[Feedback] = (), events: Sequence[Event] = EVENTS) -> Protocol:
    """These trials, in one slice that knows all that was there before NOW."""
    return Protocol("test", Log.of(events, feedback), (Slice(NOW, NOW, trials),))


def what_comes(protocol: Protocol, ranker: Ranker = COMET_FIRST, cutoffs: Sequence[int] = (2, 3)) -> list[Outcome]:
    """The outcomes of a protocol's only slice for a ranker."""
    ((told,),) = outcomes(protocol, [ranker], cutoffs)
    return told


def test_an_outcome_is_worked_out_by_hand() -> None:
    """Ann is shown c1 and s1 (wanted), then c2 and s2. Bob and Carl both adjusted c1, Bob s2, too.

    Of a single wanted event at place 2 the nDCG is 1/log2(3); two of three others stand below it. The two on top share
    no word. c1 was adjusted by all (0 bits), s1 by none: log2(3) bits, in the mean half of it.
    """
    crowd = [said("bob", "c1", 2), said("carl", "c1", -1), said("bob", "s2", 0)]
    (told,) = what_comes(a_protocol(FIRST, feedback=crowd))
    assert replace(told, figures={}) == Outcome(
        user_id="ann",
        at=NOW,
        n_said=0,
        level=2,
        wanted=("s1",),
        place=2,
        n_candidates=4,
        top=("c1", "s1"),
        figures={},
    )
    expected = {
        "auc": 2 / 3,
        "ndcg@2": 0.630930,
        "mrr": 0.5,
        "hit@2": 1.0,
        "recall@2": 1.0,
        "recall@3": 1.0,
        "diversity@2": 1.0,
        "novelty@2": 0.792481,
    }
    assert dict(told.figures) == pytest.approx(expected, abs=1e-6)


def test_all_that_is_wanted_counts_and_the_first_of_it_has_the_place() -> None:
    """c2 and s2 stand at 3 and 4, where the first cutoff does not reach and the second reaches one of them."""
    (told,) = what_comes(a_protocol(replace(FIRST, wanted=("s2", "c2"), level=None)))
    assert (told.wanted, told.place) == (("s2", "c2"), 3)
    figures = {name: told.figures[name] for name in ("auc", "ndcg@2", "mrr", "hit@2", "recall@2", "recall@3")}
    expected = {"auc": 0.0, "ndcg@2": 0.0, "mrr": 1 / 3, "hit@2": 0.0, "recall@2": 0.0, "recall@3": 0.5}
    assert figures == pytest.approx(expected)


@pytest.mark.parametrize("level", [0, -1, -2])
def test_of_what_was_not_turned_up_only_the_auc_is_told(level: int) -> None:
    """To find it again is not what the reader wants."""
    (told,) = what_comes(a_protocol(replace(FIRST, level=level)))
    assert told.level == level
    assert dict(told.figures) == pytest.approx({"auc": 2 / 3})


def test_a_list_of_one_has_no_diversity() -> None:
    """It is left out rather than told as 0."""
    (told,) = what_comes(a_protocol(FIRST), cutoffs=(1,))
    assert list(told.figures) == ["auc", "ndcg@1", "mrr", "hit@1", "recall@1", "novelty@1"]
    assert told.top == ("c1",)


@pytest.mark.parametrize(("order", "low"), [(COMET_FIRST, False), (STRIKE_FIRST, True)])
def test_a_list_of_one_story_is_less_diverse(order: Fixed, low: bool) -> None:
    """s1 and s2 share words, c1 and s1 none."""
    (told,) = what_comes(a_protocol(FIRST), order)
    assert (told.figures["diversity@2"] < 0.9) is low


def test_calibration_is_to_what_was_turned_up_before() -> None:
    """Ann had turned c2 up, and s2 down: only Space is wanted. One of the two on top is of it: ln(1/0.505). That she
    will turn s1 up later is not known yet, nor what had been published only after the trial."""
    before = [said("ann", "later", 1, 40), said("ann", "c2", 1, 30), said("ann", "s2", -2, 20)]
    events = [*EVENTS, an_event("later", category="Art", published_at=NOW + timedelta(days=1))]
    feedback = [*before, said("ann", "s1", 2, 0)]
    (told,) = what_comes(a_protocol(replace(FIRST, n_said=3), feedback=feedback, events=events))
    assert told.top == ("c1", "s1")
    assert told.n_candidates == 2  # what she had adjusted is not asked about again
    assert told.figures["calibration@2"] == pytest.approx(0.683197, abs=1e-6)


@pytest.mark.parametrize("n_said", [1, 2], ids=["down", "down and unknown"])
def test_who_turned_up_nothing_that_is_known_has_no_calibration(n_said: int) -> None:
    """There is nothing for a list to agree with."""
    feedback = [said("ann", "s2", -1, 40), said("ann", "later", 2, 30)]
    events = [*EVENTS, an_event("later", published_at=NOW + timedelta(days=1))]
    (told,) = what_comes(a_protocol(replace(FIRST, n_said=n_said), feedback=feedback, events=events))
    assert "calibration@2" not in told.figures
    assert "novelty@2" in told.figures


def test_who_adjusts_twice_is_one_reader() -> None:
    """Of Bob and Carl only Bob adjusted c1, three times: (log2(3/2) + log2(3)) / 2 bits for c1 and s1."""
    crowd = [said("bob", "c1", level, minutes) for level, minutes in ((1, 30), (2, 20), (-1, 10))]
    (told,) = what_comes(a_protocol(FIRST, feedback=[*crowd, said("carl", "s2", 1)]))
    assert told.figures["novelty@2"] == pytest.approx(1.084963, abs=1e-6)


def test_novelty_is_to_the_crowd_of_before() -> None:
    """What is said from NOW on is not known."""
    (told,) = what_comes(a_protocol(FIRST, feedback=[said("bob", "c1", 2, 0)]))
    assert told.figures["novelty@2"] == 0


@pytest.mark.parametrize(
    "trial",
    [
        replace(FIRST, wanted=("nowhere",)),
        replace(FIRST, wanted=("s1", "nowhere")),
        replace(FIRST, wanted=("s2",), n_said=1),  # adjusted before
        replace(FIRST, among=("c1", "c2")),
        replace(FIRST, among=("s1",)),
        replace(FIRST, wanted=("c1", "c2", "s1", "s2"), level=None),
        replace(FIRST, at=NOW - timedelta(days=2)),  # not yet published
    ],
    ids=["unknown", "partly unknown", "adjusted", "not among", "alone among", "everything", "unpublished"],
)
def test_what_has_no_answer_is_not_asked(trial: Trial) -> None:
    """Something wanted that is not there, or nothing unwanted. The other trials are asked all the same."""
    feedback = [said("ann", "s2", 1)]
    assert what_comes(a_protocol(trial, feedback=feedback)) == []
    both = a_protocol(trial, replace(FIRST, user_id="eve"), feedback=feedback)
    assert [told.user_id for told in what_comes(both)] == ["eve"]


def test_only_some_may_be_candidates() -> None:
    """Of s1, s2 and c2 the fixed order puts s1 first."""
    (told,) = what_comes(a_protocol(replace(FIRST, among=("s2", "s1", "c2"))))
    assert (told.place, told.n_candidates, told.top) == (1, 3, ("s1", "c2"))


def test_each_ranker_is_asked_the_same_in_the_same_order() -> None:
    """Ann wants s1, Bob c2: the first ranker has them at 2 and 3, the second at 1 and 4."""
    trials = (FIRST, replace(FIRST, user_id="bob", wanted=("c2",)))
    (told,) = outcomes(a_protocol(*trials), [COMET_FIRST, STRIKE_FIRST], (2,))
    assert [[(one.user_id, one.place) for one in ones] for ones in told] == [
        [("ann", 2), ("bob", 3)],
        [("ann", 1), ("bob", 4)],
    ]


def slices_of(n_slices: int, *, together: bool) -> Protocol:
    """One trial in each slice, of readers with numbers for names; with the same knowledge or each a minute later."""
    apart = timedelta(minutes=0 if together else 1)
    slices = (
        Slice(NOW + number * apart, NOW, (replace(FIRST, user_id=f"reader{number}"),)) for number in range(n_slices)
    )
    return Protocol("test", Log.of(EVENTS), tuple(slices))


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("n_slices", [0, 1, 3, 64, 65, 130])
def test_slices_come_in_their_order(n_slices: int, together: bool) -> None:
    """However many go into one task, and whether or not they share what is known."""
    told = list(outcomes(slices_of(n_slices, together=together), [COMET_FIRST, STRIKE_FIRST], (2,)))
    expected = [[f"reader{number}"] for number in range(n_slices)]
    assert [[[one.user_id for one in ones] for ones in each] for each in told] == [[one, one] for one in expected]


class Counting:
    """A fixed order that notes how often, and to which depth, it was asked to learn."""

    name = "counting"

    def __init__(self) -> None:
        self.depths: list[int] = []

    def order(self, known: Known, depth: int, /) -> Order:
        """The order of COMET_FIRST."""
        self.depths.append(depth)
        return COMET_FIRST.order(known, depth)


@pytest.mark.parametrize(("together", "n_times"), [(True, 1), (False, 3)])
def test_a_ranker_learns_once_of_the_same_knowledge(together: bool, n_times: int) -> None:
    """Of 130 slices three go into a task; these three share what they know, or do not. Places need be exact as far as
    the last cutoff."""
    ranker = Counting()
    protocol = slices_of(130, together=together)
    cut = Protocol("test", protocol.log, protocol.slices[:129])
    assert len(list(outcomes(cut, [ranker], (2, 4, 3)))) == 129
    assert ranker.depths == [4] * (43 * n_times)


def test_one_by_one_calls_in_order_and_only_when_asked() -> None:
    """Each result is there before the next task is looked at."""
    seen = []

    def tasks() -> Iterator[tuple[int, int]]:
        for number in range(3):
            seen.append(number)
            yield number, 10

    results = one_by_one(lambda a, b: a + b, tasks())
    assert seen == []
    assert next(iter(results)) == 10
    assert seen == [0]
    assert (list(results), seen) == ([11, 12], [0, 1, 2])


def by_post(function: Callable[..., Any], tasks: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
    """Sends everything as it would be sent to another process, there and back."""
    for task in tasks:
        called, arguments = pickle.loads(pickle.dumps((function, task)))
        yield pickle.loads(pickle.dumps(called(*arguments)))


def a_small_replay() -> Protocol:
    """Ann likes the comet and Bob the strike; each says so of both events, and Ann changes her mind in the end."""
    presses = [("ann", "c1", 2), ("bob", "s1", 1), ("ann", "s2", -2), ("bob", "c2", -1), ("ann", "c2", 1)]
    feedback = [said(user, event, level, 50 - 10 * n) for n, (user, event, level) in enumerate(presses)]
    return replay(Log.of(EVENTS, [*feedback, said("ann", "c1", -1, 0)]), PARAMS)


def test_what_is_spread_over_processes_is_the_same() -> None:
    """To the last digit, for all rankers that there are."""
    rankers: list[Ranker] = [Signalfeed("Signalfeed", PARAMS), *BASELINES, *COLLABORATIVE]
    here = list(outcomes(a_small_replay(), rankers, (2, 3)))
    assert len(here) > 1
    assert list(outcomes(a_small_replay(), rankers, (2, 3), by_post)) == here


@pytest.mark.parametrize("cutoffs", [(2, 10), (2,)], ids=["to the end", "to the first page"])
def test_signalfeed_is_the_ranking_that_serves(cutoffs: tuple[int, ...]) -> None:
    """Statistics, ledger, profile and order made by hand for each trial have the same figures. Of what was adjusted
    twice only the first time is asked about."""
    protocol = a_small_replay()
    told = [one for (ones,) in outcomes(protocol, [Signalfeed("it", PARAMS)], cutoffs) for one in ones]
    by_hand = [asked for one in protocol.slices for trial in one.trials for asked in ranked(protocol.log, one, trial)]
    assert [(one.user_id, one.level) for one in told] == [("ann", 2), ("bob", 1), ("ann", -2), ("bob", -1), ("ann", 1)]
    assert [one.top for one in told] == [tuple(order[:2]) for order, _ in by_hand]
    for one, (order, wanted) in zip(told, by_hand, strict=True):
        place = order.index(wanted) + 1
        assert one.figures["auc"] == auc([place], len(order))
        assert one.level is not None
        if one.level > 0:
            assert (one.figures["ndcg@2"], one.figures["mrr"]) == (ndcg([place], 2), reciprocal_rank([place]))
        assert one.place == place


def ranked(log: Log, of: Slice, trial: Trial) -> Iterator[tuple[list[str], str]]:
    """The whole order of a trial and what was wanted of it, as the service would have it; nothing where it had been
    adjusted."""
    before = [event for event in log.events if event.published_at < of.known_at]
    statistics = fit_statistics([log.terms[event.id] for event in before], PARAMS)
    hour, step = (step_of(trial.at, timedelta(minutes=minutes)) for minutes in (60, PARAMS.clock_step_minutes))
    liked = [Liking(one.user_id, one.event_id, one.at) for one in log.feedback if one.level > 0]
    live = [event.id for event in log.events if event.published_at < hour]
    alike = fit_alike([one for one in liked if one.at < hour], live, PARAMS)
    popular = popularity([one for one in liked if one.at < step], step, PARAMS)
    corpus = build_corpus(log.events, log.terms, statistics.with_alike(alike), PARAMS, "1").with_heat(popular, step)
    statistics = corpus.statistics
    ledger = Ledger()
    for one in log.by_reader[trial.user_id]:
        if one.at < trial.at:
            kept = strongest(log.terms[one.event_id], statistics, PARAMS.terms_per_press)
            ledger = ledger.adjusted(one.event_id, one.level, one.at, kept, PARAMS.ledger_cap)
    profile = fit(Reader(ledger), statistics, PARAMS)
    without = [one.event_id for one in ledger.adjustments]
    feed = rank(corpus, profile, now=trial.at, params=PARAMS, limit=len(EVENTS), without=without)
    if trial.wanted[0] not in without:
        yield [event_id for one in feed.ranked for event_id in (one.event.id, *one.folded)], trial.wanted[0]
