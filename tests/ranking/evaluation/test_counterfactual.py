"""Counterfactual: estimates worked by hand, held against simulated logs whose truth is known, and against pages that
the engine itself made with draws."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache

import numpy as np
import pytest

from ranking.evaluation.comparison import Verdict
from ranking.evaluation.counterfactual import Caution, CounterfactualReport, Logged, counterfactual, logged_places
from ranking.evaluation.intervals import Estimate
from ranking.evaluation.log import Feedback, Impression, Log, Opened, ShownEvent
from ranking.event import Event, Source
from ranking.exploration import explorer
from ranking.features import Floats
from ranking.feed import Slot, rank
from ranking.interactions import Encounter, History
from ranking.params import Params
from ranking.profile import fit
from tests.build import NOW, a_corpus, a_reader, an_event

NOTHING = Estimate(None, None, None, 0)
HOUR = timedelta(hours=1)


def logged(
    user_ids: Sequence[str],
    rewards: Sequence[float],
    propensities: Sequence[float],
    agrees: Sequence[bool],
    q_logged: Sequence[float] | None = None,
    q_target: Sequence[float] | None = None,
) -> Logged:
    """Places; without a model where none is given."""
    n = len(user_ids)
    return Logged(
        np.array(user_ids, dtype=np.str_),
        np.array(rewards, dtype=np.float64),
        np.array(propensities, dtype=np.float64),
        np.array(agrees, dtype=np.bool_),
        np.array(q_logged or [0.0] * n),
        np.array(q_target or [0.0] * n),
    )


def test_a_small_log_is_estimated_as_by_hand() -> None:
    """Four places with a draw, of weights 2, 0 | 2, 4 and rewards 1, 0 | 0, 1, and two without, on one of which the
    target has something else. Two readers, so an interval goes from the one's own figure to the other's."""
    report = counterfactual(
        logged(
            ["a", "a", "b", "b", "b", "b"],
            [1, 0, 0, 1, 1, 1],
            [1 / 2, 1 / 4, 1 / 2, 1 / 4, 1, 1],
            [True, False, True, True, True, False],
            [0.5] * 6,
            [0.25] * 6,
        )
    )
    assert (report.n_readers, report.n_places, report.n_drawn) == (2, 6, 4)
    assert report.logged == Estimate(0.5, 0.5, 0.5, 4)
    assert report.ips == Estimate(1.5, 1.0, 2.0, 4)  # (2 + 4)/4; 2/2 and 4/2
    assert report.snips == Estimate(0.75, 4 / 6, 1.0, 4)  # 6/8; 4/6 and 2/2
    # 1/4 and the mean of 2·1/2, 0, 2·-1/2 and 4·1/2, which is 1/2; a alone has 1/2, and so has b.
    assert report.doubly_robust == Estimate(0.75, 0.75, 0.75, 4)
    assert report.mean_weight == Estimate(2.0, 1.0, 3.0, 4)
    assert report.n_effective == pytest.approx(64 / 24)
    assert (report.largest_share, report.unsupported_share) == (0.5, 1 / 6)
    assert [one.estimate.value for one in report.differences] == [1.0, 0.25, 0.25]
    assert report.cautions == (Caution.THIN, Caution.HEAVY, Caution.FEW_READERS, Caution.UNSUPPORTED)


@pytest.mark.parametrize(("agrees", "cautions"), [(True, ()), (False, (Caution.UNSUPPORTED,))])
def test_without_draws_nothing_is_claimed(agrees: bool, cautions: tuple[Caution, ...]) -> None:
    """A log of certain places alone knows nothing of another policy, however well it agrees."""
    report = counterfactual(logged(["a", "b"], [1, 0], [1, 1], [agrees, agrees]))
    assert [report.logged, report.ips, report.snips, report.doubly_robust, report.mean_weight] == [NOTHING] * 5
    assert [(one.estimate, one.verdict) for one in report.differences] == [(NOTHING, Verdict.NOT_DISTINGUISHABLE)] * 3
    assert (report.n_places, report.n_effective, report.largest_share) == (2, 0.0, None)
    assert report.cautions == (Caution.NO_DRAWS, *cautions)


def test_of_an_empty_log_nothing_is_known() -> None:
    """Not even a share of its places."""
    report = counterfactual(logged([], [], [], []))
    assert (report.ips, report.unsupported_share, report.cautions) == (NOTHING, None, (Caution.NO_DRAWS,))


def test_a_target_that_was_never_drawn_is_unbalanced_and_thin() -> None:
    """IPS takes it to earn nothing, and there is nothing that SNIPS could divide by."""
    report = counterfactual(logged(["a", "b"], [1, 0], [0.5, 0.5], [False, False]))
    assert (report.ips, report.snips) == (Estimate(0.0, 0.0, 0.0, 2), Estimate(None, None, None, 2))
    assert report.cautions == (Caution.UNBALANCED, Caution.THIN, Caution.FEW_READERS)


def test_where_a_resample_has_no_weight_snips_has_no_interval() -> None:
    """The one reader with whom the target agrees is in three of four resamples of two."""
    report = counterfactual(logged(["a", "b"], [1, 0], [0.5, 0.5], [True, False]))
    assert report.snips == Estimate(1.0, None, None, 2)
    assert report.differences[1].verdict is Verdict.NOT_DISTINGUISHABLE


@pytest.mark.parametrize("propensity", [0.0, -0.1, 1.1, float("nan")])
def test_a_propensity_is_a_probability_above_0(propensity: float) -> None:
    """Anything else would be divided by in vain."""
    with pytest.raises(ValueError, match="above 0 and up to 1"):
        logged(["a"], [1], [propensity], [True])


def test_each_place_needs_one_of_each() -> None:
    """Columns of other lengths are not taken."""
    with pytest.raises(ValueError, match="one of each"):
        logged(["a", "b"], [1], [0.5, 0.5], [True, True])


# Four contexts and four actions: what is chosen with which probability, and how readily the log's policy draws each.
CHOSEN = np.array([[0.6, 0.3, 0.1, 0.2], [0.2, 0.7, 0.3, 0.1], [0.1, 0.2, 0.5, 0.4], [0.3, 0.3, 0.2, 0.6]])
LIKING = np.array([[0.0, 1.0, 0.5, -0.5], [1.0, 0.0, 0.0, 0.5], [0.5, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, -0.5]])
SOFTMAX = np.exp(LIKING) / np.exp(LIKING).sum(axis=1, keepdims=True)
UNIFORM = np.full((4, 4), 0.25)
BEST, WORST = CHOSEN.argmax(axis=1), CHOSEN.argmin(axis=1)


def simulated(
    seed: int,
    *,
    n_readers: int = 60,
    n_places: int = 50,
    policy: Floats = SOFTMAX,
    told: Floats | None = None,
    target: Sequence[int] | np.ndarray = BEST,
    model: Floats | None = None,
) -> tuple[Logged, float]:
    """Places of readers each of whom likes everything somewhat more or less, drawn by a policy of which the log says
    `told`; and how often the target's choices would be chosen in these very contexts."""
    rng = np.random.Generator(np.random.PCG64(seed))
    told, model, target = (
        policy if told is None else told,
        np.zeros((4, 4)) if model is None else model,
        np.array(target),
    )
    reader = np.repeat(np.arange(n_readers), n_places)
    context = rng.integers(4, size=len(reader))
    action = (rng.uniform(size=(len(reader), 1)) > policy[context].cumsum(axis=1)).sum(axis=1).clip(max=3)
    chance = CHOSEN * rng.uniform(0.8, 1.2, size=(n_readers, 1, 1))
    places = Logged(
        reader.astype(np.str_),
        (rng.uniform(size=len(reader)) < chance[reader, context, action]).astype(np.float64),
        told[context, action],
        action == target[context],
        model[context, action],
        model[context, target[context]],
    )
    return places, float(chance[reader, context, target[context]].mean())


def covers(estimate: Estimate, truth: float) -> bool:
    """Whether the truth is within the interval."""
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low <= truth <= estimate.high


def width(estimate: Estimate) -> float:
    """How wide an interval is."""
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.high - estimate.low


@pytest.mark.parametrize("policy", [SOFTMAX, UNIFORM], ids=["softmax", "uniform"])
@pytest.mark.parametrize("target", [BEST, WORST, (0, 0, 0, 0)], ids=["best", "worst", "first"])
def test_estimates_cover_the_truth(policy: Floats, target: Sequence[int]) -> None:
    """Of logs of 3,000 places; and nothing is held against them."""
    places, truth = simulated(1, policy=policy, target=target, model=CHOSEN)
    report = counterfactual(places)
    assert all(covers(one, truth) for one in (report.ips, report.snips, report.doubly_robust))
    assert covers(report.mean_weight, 1.0)
    assert report.cautions == ()


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    """Of 30 logs 95 % are 28.5; fewer than 25 would come in 1 of 130 sets."""
    found = [(counterfactual(places), truth) for places, truth in map(simulated, range(30))]
    for name in ("ips", "snips", "doubly_robust"):
        assert sum(covers(getattr(report, name), truth) for report, truth in found) >= 25


def test_a_good_model_makes_doubly_robust_narrower_than_ips() -> None:
    """And without one it is IPS."""
    good, bare = (counterfactual(simulated(2, model=model)[0]) for model in (CHOSEN, None))
    assert width(good.doubly_robust) < 0.8 * width(good.ips)
    assert bare.doubly_robust == bare.ips == good.ips


def test_a_wrong_model_leaves_doubly_robust_unbiased() -> None:
    """As long as propensities are right, it only makes the interval wider: here it expects nearly always what is
    chosen nearly never."""
    places, truth = simulated(3, target=WORST, model=1 - CHOSEN)
    report = counterfactual(places)
    assert covers(report.doubly_robust, truth)
    assert width(report.doubly_robust) > width(report.ips)


def test_wrong_propensities_are_noticed() -> None:
    """A log that says every action was as likely, where the target's were likelier: IPS is far too high, and verdicts
    are held back although the interval would allow one."""
    places, truth = simulated(4, target=LIKING.argmax(axis=1), told=UNIFORM, model=CHOSEN)
    report = counterfactual(places)
    assert report.ips.low is not None
    assert report.ips.low > truth
    assert report.cautions == (Caution.UNBALANCED,)
    assert {one.verdict for one in report.differences} == {Verdict.NOT_DISTINGUISHABLE}
    assert not covers(report.differences[0].estimate, 0.0)


def test_choices_that_could_not_be_drawn_are_noticed() -> None:
    """In one context of four the policy never draws what the target would show: the mean weight is 3/4."""
    narrow = SOFTMAX.copy()
    narrow[0] = [0.0, 0.5, 0.25, 0.25]
    report = counterfactual(simulated(5, policy=narrow)[0])
    assert report.mean_weight.value == pytest.approx(0.75, abs=0.1)
    assert report.cautions == (Caution.UNBALANCED,)


@pytest.mark.parametrize(("target", "verdict"), [(BEST, Verdict.BETTER), (WORST, Verdict.WORSE)], ids=["best", "worst"])
def test_a_clear_difference_has_a_verdict(target: Sequence[int], verdict: Verdict) -> None:
    """By all three estimators, of the same places."""
    places, truth = simulated(6, target=target, model=CHOSEN)
    report = counterfactual(places)
    assert [(one.metric, one.verdict) for one in report.differences] == [
        ("ips", verdict),
        ("snips", verdict),
        ("doubly_robust", verdict),
    ]
    assert report.logged.value is not None
    assert all(covers(one.estimate, truth - report.logged.value) for one in report.differences)


def test_unsupported_places_do_not_hold_a_verdict_back() -> None:
    """It is about the drawn places, and says so; that there are others is a caution of its own."""
    places, _ = simulated(6, model=CHOSEN)
    drawn, n_more = counterfactual(places), 300
    more = Logged(
        np.concatenate([places.user_ids, places.user_ids[:n_more]]),
        np.concatenate([places.rewards, np.ones(n_more)]),
        np.concatenate([places.propensities, np.ones(n_more)]),
        np.concatenate([places.agrees, np.zeros(n_more, dtype=np.bool_)]),
        np.concatenate([places.q_logged, np.zeros(n_more)]),
        np.concatenate([places.q_target, np.zeros(n_more)]),
    )
    report = counterfactual(more)
    assert report.unsupported_share == pytest.approx(300 / 3_300)
    assert report == replace(
        drawn, n_places=3_300, unsupported_share=report.unsupported_share, cautions=(Caution.UNSUPPORTED,)
    )


def test_thin_is_also_a_small_share_of_many_places() -> None:
    """With weights of 100 an effective sample of about 1 % is too thin, were it 400 places."""
    n = 40_000
    agrees = np.arange(n) % 100 == 0
    users = np.array([f"{number % 50}" for number in range(n // 100)]).repeat(100)
    places = Logged(users, np.ones(n), np.full(n, 0.01), agrees, np.zeros(n), np.zeros(n))
    report = counterfactual(places)
    assert report.n_effective == pytest.approx(400)
    assert report.cautions == (Caution.THIN,)


# A small site. What is new stands above what is important in the log's feed, and the target minds importance alone. The
# two on roses are near-duplicates; the one on a volcano must not leave the first page, though old.
SITE = (
    an_event("comet", "Comet nears Jupiter", published_at=NOW - 2 * HOUR, signal=4.0),
    an_event("election", "Election called early", published_at=NOW - 5 * HOUR, signal=5.0),
    an_event("harvest", "Harvest fails again", published_at=NOW - 20 * HOUR, signal=5.5),
    an_event("museum", "Museum buys painting", published_at=NOW - 40 * HOUR, signal=6.2),
    an_event("roses", "Roses bloom in winter", published_at=NOW - 30 * HOUR, signal=6.0),
    an_event("roses-too", "Roses bloom in winter", published_at=NOW - 31 * HOUR, signal=5.9),
    an_event("strike", "Dockworkers strike begins", published_at=NOW - 60 * HOUR, signal=6.6),
    an_event("volcano", "Volcano erupts", published_at=NOW - 800 * HOUR, signal=9.2),
)
MADE_WITH = Params(
    explore_every=2,
    explore_draws=200,
    explore_spread=0.3,
    first_page=6,
    gain=6.0,
    popularity_points=0.0,
    alike_weight=0.0,
)  # the small site knows its readers one by one
TARGET = replace(MADE_WITH, freshness_points=0.0, gain=10.0)
CHANCE = {
    "comet": 0.1, "election": 0.2, "harvest": 0.3, "museum": 0.5, "roses": 0.4, "roses-too": 0.4, "strike": 0.6,
    "volcano": 0.7,
}  # fmt: skip


@dataclass(frozen=True)
class Visit:
    """A page that was given out and all that it was made from."""

    page: Impression
    said: tuple[tuple[str, int], ...]
    history: History


@cache
def a_site_log(n_readers: int = 60, n_visits: int = 4, params: Params = MADE_WITH) -> tuple[Log, tuple[Visit, ...]]:
    """Readers who come every second day, choose each event with its chance, and now and then press on it, too."""
    rng = np.random.Generator(np.random.PCG64(7))
    corpus = a_corpus(*SITE, params=params)
    visits, feedback, opened = [], [], []
    for number in range(n_readers):
        user_id = f"reader-{number}"
        said: dict[str, int] = {}
        seen: dict[str, Encounter] = {}
        for visit in range(n_visits):
            at = NOW + timedelta(days=2 * visit, minutes=number)
            reader, history = a_reader(corpus, *said.items(), params=params), History(dict(seen))
            request_id = f"{user_id} {visit}"
            feed = rank(
                corpus,
                fit(reader, corpus.statistics, params),
                now=at,
                params=params,
                limit=6,
                history=history,
                draw=explorer(corpus, reader, params, request_id).draw,
            )
            shown = tuple(ShownEvent(one.event.id, one.rank, one.propensity) for one in feed.ranked)
            page = Impression(request_id, user_id, at, reader.version, corpus.version, degraded=False, events=shown)
            visits.append(Visit(page, tuple(said.items()), history))
            for place, one in enumerate(shown, start=1):
                if rng.uniform() < CHANCE[one.event_id]:
                    then = at + timedelta(minutes=place)
                    opened.append(Opened(user_id, one.event_id, then))
                    seen[one.event_id] = Encounter(then.timestamp())
                    if one.event_id not in said and rng.uniform() < 0.2:
                        said[one.event_id] = 1
                        feedback.append(Feedback(user_id, one.event_id, 1, then + timedelta(seconds=1)))
    in_time = tuple(sorted(visits, key=lambda one: one.page.at))
    return Log.of(SITE, feedback, [one.page for one in visits], opened), in_time


@cache
def site_places(params: Params) -> Logged:
    """The places of the small site's log, for a target with these parameters."""
    return logged_places(a_site_log()[0], params)


def targets_of(visits: Sequence[Visit], params: Params) -> list[str]:
    """What the feed with these parameters would have at each place of each page, asked one place at a time."""
    corpus = a_corpus(*SITE, params=params)
    choices = []
    for visit in visits:
        profile = fit(a_reader(corpus, *visit.said, params=params), corpus.statistics, params)
        shown = [one.event_id for one in visit.page.events]
        folded = {"roses": ("roses", "roses-too"), "roses-too": ("roses-too", "roses")}
        for place in range(len(shown)):
            feed = rank(
                corpus,
                profile,
                now=visit.page.at,
                params=params,
                limit=1,
                history=visit.history,
                above=[Slot(folded.get(one, (one,))) for one in shown[:place]],
                draw=lambda _number, _value: None,
            )
            choices.append(feed.ranked[0].event.id)
    return choices


def test_the_engines_own_propensities_make_the_estimate_cover_the_truth() -> None:
    """What the target would have had in each drawn place, and how often that would have been chosen."""
    _, visits = a_site_log()
    choices = targets_of(visits, TARGET)
    places = site_places(TARGET)
    shown = [one for visit in visits for one in visit.page.events]
    assert places.agrees.tolist() == [one.event_id == choice for one, choice in zip(shown, choices, strict=True)]
    truth = np.mean([CHANCE[choice] for one, choice in zip(shown, choices, strict=True) if one.propensity < 1])
    report = counterfactual(places)
    assert report.n_drawn > 500
    assert all(covers(one, float(truth)) for one in (report.ips, report.snips, report.doubly_robust))
    assert covers(report.mean_weight, 1.0)
    assert Caution.UNBALANCED not in report.cautions
    assert width(report.doubly_robust) < width(report.ips)
    assert [one.verdict for one in report.differences][2] is Verdict.BETTER


def test_the_parameters_that_made_a_log_agree_with_every_certain_place() -> None:
    """Near-duplicates, opened events and news that is kept on the first page included."""
    _, visits = a_site_log()
    places = site_places(MADE_WITH)
    assert places.agrees[places.propensities == 1].all()
    assert counterfactual(places).unsupported_share == 0
    shown = [one for visit in visits for one in visit.page.events]
    assert {one.event_id for one in shown} >= {"roses", "roses-too"}
    assert sum(one.rank == 6 and one.event_id == "volcano" and one.propensity == 1 for one in shown) > 20


def test_what_comes_later_plays_no_part_in_what_the_target_shows() -> None:
    """A log that ends earlier gives the same places, but for what was chosen after its end."""
    log, visits = a_site_log(12)
    half = len(visits) // 2
    end = visits[half].page.at - timedelta(seconds=1)
    whole, cut = logged_places(log, TARGET), logged_places(log.until(end), TARGET)
    assert cut.agrees.tolist() == whole.agrees[: 6 * half].tolist()
    assert cut.propensities.tolist() == whole.propensities[: 6 * half].tolist()


def a_page(
    *event_ids: str, request_id: str = "1", first: int = 1, days: float = 0, degraded: bool = False
) -> Impression:
    """A page of a reader without draws."""
    shown = tuple(ShownEvent(event_id, rank, 1.0) for rank, event_id in enumerate(event_ids, start=first))
    return Impression(request_id, "a", NOW + timedelta(days=days), "", "", degraded, shown)


def test_pages_that_cannot_be_made_again_are_left_out() -> None:
    """Later pages, degraded ones, those with events that are not known or not yet published, and repetitions."""
    good = a_page("comet", "election")
    pages = [
        good,
        replace(good, at=NOW + HOUR),
        a_page("comet", "election", request_id="2"),
        a_page("harvest", first=3),
        a_page("comet", request_id="3", degraded=True),
        a_page("comet", "gone", request_id="4"),
        a_page("comet", request_id="5", days=-1),
    ]
    places = logged_places(Log.of(SITE, impressions=pages), Params())
    assert (len(places.rewards), places.n_pages_left_out) == (4, 5)


@pytest.mark.parametrize("pages", [(), (a_page("volcano", days=-10),)], ids=["none", "before there is a choice"])
def test_a_log_without_pages_has_no_places(pages: Sequence[Impression]) -> None:
    """Nor has one with a page from when there was but one event."""
    places = logged_places(Log.of(SITE, impressions=pages), Params())
    assert (len(places.rewards), places.n_pages_left_out) == (0, len(pages))
    assert counterfactual(places).cautions == (Caution.NO_DRAWS,)


def test_a_choice_counts_within_its_time() -> None:
    """An open three hours later is a choice within a day, and none within an hour."""
    log = Log.of(SITE, impressions=[a_page("comet", "election")], opened=[Opened("a", "election", NOW + 3 * HOUR)])
    assert logged_places(log, Params()).rewards.tolist() == [0, 1]
    assert logged_places(log, Params(), within=HOUR).rewards.tolist() == [0, 0]


def test_events_that_are_not_published_yet_are_no_choice() -> None:
    """The best of all is none on a page of noon, and the first choice on one of an hour later."""
    news = an_event("news", "Parliament dissolved", published_at=NOW + HOUR / 2, signal=9.6, sources=(Source("Post"),))
    pages = [a_page("volcano", "strike"), replace(a_page("news", "comet", request_id="2"), at=NOW + HOUR)]
    by_signal = Params(freshness_points=0.0, statistics_refresh_share=1.0)
    places = logged_places(Log.of((*SITE, news), impressions=pages), by_signal)
    assert places.agrees.tolist() == [True, True, True, False]


def twins() -> tuple[Event, Event]:
    """Two events of which the target may take the one for the other."""
    return an_event("a", "Comet nears Jupiter today"), an_event("b", "Comet nears Jupiter orbit")


def test_a_target_may_have_nothing_to_show() -> None:
    """Where it folds the second event under the first; that earns nothing, whatever the model says of other places."""
    pages = [replace(a_page("a", "b"), user_id=f"reader-{number}") for number in range(8)]
    opened = [Opened(page.user_id, "b", NOW + HOUR) for page in pages]
    log = Log.of(twins(), impressions=pages, opened=opened)
    places = logged_places(log, Params(near_duplicate=0.2))
    assert places.agrees.tolist() == [True, False] * 8
    assert places.q_logged[1::2].min() > 0.5
    assert places.q_target[1::2].tolist() == [0.0] * 8


def test_the_model_speaks_of_a_reader_by_what_others_did() -> None:
    """Where there is one reader it says 0; and what a reader chose does not change what it says of them."""
    log, _ = a_site_log(12, 2)
    alone = logged_places(log.of_readers(["reader-0"]), TARGET)
    assert (alone.q_logged.tolist(), alone.q_target.tolist()) == ([0.0] * 12, [0.0] * 12)
    silent = Log.of(log.events, log.feedback, log.impressions, [one for one in log.opened if one.user_id != "reader-0"])
    told, less = logged_places(log, MADE_WITH), logged_places(silent, MADE_WITH)
    first = (told.user_ids == "reader-0").nonzero()[0][:6]  # of a first visit, before which nothing was opened
    assert told.q_logged[first].tolist() == less.q_logged[first].tolist()
    assert told.q_logged.tolist() != less.q_logged.tolist()


def test_the_model_tells_likely_choices_from_unlikely_ones() -> None:
    """Important events are chosen more often on the small site, and it expects so: within 0–1."""
    _, visits = a_site_log()
    places = site_places(TARGET)
    shown = [one.event_id for visit in visits for one in visit.page.events]
    means = {
        event_id: float(np.mean([q for q, one in zip(places.q_logged, shown, strict=True) if one == event_id]))
        for event_id in ("comet", "strike")
    }
    assert means["strike"] > means["comet"] + 0.1
    assert ((places.q_logged >= 0) & (places.q_logged <= 1)).all()


def test_the_same_log_has_the_same_report() -> None:
    """To the last digit."""
    log, _ = a_site_log(12, 2)
    reports: list[CounterfactualReport] = [counterfactual(logged_places(log, TARGET)) for _ in range(2)]
    assert reports[0] == reports[1]
