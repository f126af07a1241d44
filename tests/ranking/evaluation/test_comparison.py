"""Comparison: worked by hand. A reader's trials are told apart by the minute; one reader alone has intervals without
width, and two who contradict each other have intervals that leave everything open."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranking.evaluation.comparison import (
    CURVE,
    FEWEST_READERS,
    Example,
    Mean,
    RankerReport,
    Report,
    Verdict,
    compare,
    difference,
)
from ranking.evaluation.intervals import Estimate, mean_of_readers, mean_of_trials, share_covered
from ranking.evaluation.outcomes import Outcome
from tests.build import NOW

NOTHING = Estimate(None, None, None, 0)
FIVE = ("ann", "bob", "carl", "dan", "eve")  # as few readers as a verdict needs
TITLES = {"a": "Comet nears Jupiter", "b": "Dockworkers strike", "c": "Museum buys painting", "d": "Roses bloom early"}


def an_outcome(
    user_id: str = "ann",
    minute: int = 0,
    *,
    level: int | None = 2,
    n_said: int = 0,
    wanted: str = "a",
    place: int = 1,
    top: Sequence[str] = (),
    **figures: float,
) -> Outcome:
    """What came of one trial among four events; ndcg is short for ndcg@10."""
    named = {"ndcg@10" if name == "ndcg" else name: value for name, value in figures.items()}
    at = NOW + timedelta(minutes=minute)
    return Outcome(user_id, at, n_said, level, (wanted,), place, len(TITLES), tuple(top), named)


def of_readers(*values: float, metric: str = "auc") -> list[Outcome]:
    """One trial for each of as many readers."""
    return [replace(an_outcome(f"reader{number}"), figures={metric: value}) for number, value in enumerate(values)]


def sure(value: float, n: int = 1) -> Estimate:
    """An estimate without width."""
    return Estimate(value, value, value, n)


def the_report(*outcomes: Outcome) -> RankerReport:
    """The report on a single ranker."""
    return compare("replay", ["it"], [[list(outcomes)]], TITLES).rankers[0]


def against(ours: Sequence[Outcome], theirs: Sequence[Outcome]) -> RankerReport:
    """The report on a ranker beside the reference."""
    return compare("replay", ["theirs", "ours"], [[list(theirs), list(ours)]], TITLES).rankers[1]


def test_a_small_comparison_is_worked_out_by_hand() -> None:
    """One reader, two presses up and then one down, in two slices: the whole report at once. One reader is too few for
    a verdict."""
    theirs = [
        an_outcome(minute=0, level=2, n_said=0, wanted="a", place=2, top="b", auc=0.5, ndcg=0.5),
        an_outcome(minute=1, level=1, n_said=1, wanted="b", place=4, top="c", auc=0.0, ndcg=0.0),
        an_outcome(minute=2, level=-2, n_said=2, wanted="c", place=1, top="c", auc=1.0),
    ]
    ours = [
        an_outcome(minute=0, level=2, n_said=0, wanted="a", place=1, top="a", auc=1.0, ndcg=1.0),
        an_outcome(minute=1, level=1, n_said=1, wanted="b", place=4, top="a", auc=0.0, ndcg=0.0),
        an_outcome(minute=2, level=-2, n_said=2, wanted="c", place=4, top="d", auc=0.0),
    ]
    report = compare("replay", ["theirs", "ours"], [[theirs[:2], ours[:2]], [theirs[2:], ours[2:]]], TITLES)
    first, second = report.rankers
    curve = dict.fromkeys(CURVE, NOTHING)
    assert report == Report(
        "replay", n_events=4, n_readers=1, n_trials=3, main_metric="ndcg@10", rankers=(first, second)
    )
    assert first == RankerReport(
        "theirs",
        figures={"auc": sure(0.25, 2), "ndcg@10": sure(0.25, 2), "coverage": sure(0.5)},
        differences=(),
        curve=curve | {0: sure(0.5), 1: sure(0.0)},
        by_level={2: sure(0.5), 1: sure(0.0), -2: sure(1.0)},
        readers=(0.25,),
    )
    better = sure(0.25, 2)
    assert second == RankerReport(
        "ours",
        figures={"auc": sure(0.5, 2), "ndcg@10": sure(0.5, 2), "coverage": sure(0.25)},
        differences=(
            difference("auc", ours, theirs),
            difference("ndcg@10", ours, theirs),
        ),
        curve=curve | {0: sure(1.0), 1: sure(0.0)},
        by_level={2: sure(1.0), 1: sure(0.0), -2: sure(0.0)},
        readers=(0.5,),
        wins=second.wins,
        losses=second.losses,
    )
    assert [(one.metric, one.estimate, one.verdict) for one in second.differences] == [
        ("auc", better, Verdict.NOT_DISTINGUISHABLE),
        ("ndcg@10", better, Verdict.NOT_DISTINGUISHABLE),
    ]
    assert second.wins == (Example("ann", "a", "Comet nears Jupiter", 0, 1, 2, 4),)


@pytest.mark.parametrize(
    ("differences", "verdict"),
    [
        ([1, 1, 1, 1, 1], Verdict.BETTER),
        ([-1, -1, -1, -1, -1], Verdict.WORSE),
        ([1, -1, 1, -1, 1], Verdict.NOT_DISTINGUISHABLE),
        ([0, 0, 0, 0, 0], Verdict.NOT_DISTINGUISHABLE),
        ([1, 0, 0, 0, 0], Verdict.NOT_DISTINGUISHABLE),  # its interval ends at 0
        ([-1, 0, 0, 0, 0], Verdict.NOT_DISTINGUISHABLE),
        ([], Verdict.NOT_DISTINGUISHABLE),
    ],
)
def test_a_verdict_is_given_where_the_interval_has_no_0(differences: list[float], verdict: Verdict) -> None:
    """Five readers, of whom a third of the resamples, (4/5)^5, leaves any one out."""
    found = difference("auc", of_readers(*differences), of_readers(*(0 for _ in differences)))
    assert (found.metric, found.verdict, found.estimate.n) == ("auc", verdict, len(differences))


@pytest.mark.parametrize(("value", "verdict"), [(1, Verdict.BETTER), (-1, Verdict.WORSE)])
def test_a_verdict_needs_five_readers(value: float, verdict: Verdict) -> None:
    """However sure four seem to be: a resample has little to draw from."""
    few, enough = (
        difference("auc", of_readers(*[value] * n), of_readers(*[0] * n)) for n in (FEWEST_READERS - 1, FEWEST_READERS)
    )
    assert FEWEST_READERS == 5
    assert (few.estimate, few.verdict) == (sure(value, 4), Verdict.NOT_DISTINGUISHABLE)
    assert (enough.estimate, enough.verdict) == (sure(value, 5), verdict)


@pytest.mark.parametrize("mean", [mean_of_readers, mean_of_trials])
def test_readers_are_counted_for_a_verdict_and_not_their_trials(mean: Mean) -> None:
    """Four of ten trials each are four; nor does one count of whom the figure is not known."""
    ours = [an_outcome(user, minute, auc=1.0) for user in FIVE[:4] for minute in range(10)]
    theirs = [replace(one, figures={"auc": 0.0}) for one in ours]
    assert difference("auc", ours, theirs, mean).verdict is Verdict.NOT_DISTINGUISHABLE
    without, with_fifth = an_outcome("eve"), an_outcome("eve", auc=0.5)
    found = [
        difference("auc", [*ours, with_fifth], [*theirs, fifth], mean)
        for fifth in (without, replace(with_fifth, figures={"auc": 0.25}))
    ]
    assert [(one.estimate.n, one.verdict) for one in found] == [
        (40, Verdict.NOT_DISTINGUISHABLE),
        (41, Verdict.BETTER),
    ]


@pytest.mark.parametrize(
    ("value", "verdict"), [(0.5, Verdict.WORSE), (-0.5, Verdict.BETTER), (0.0, Verdict.NOT_DISTINGUISHABLE)]
)
def test_the_lower_calibration_is_the_better(value: float, verdict: Verdict) -> None:
    """It is a distance."""
    ours, theirs = (of_readers(*[one] * 5, metric="calibration@10") for one in (1 + value, 1.0))
    assert difference("calibration@10", ours, theirs).verdict is verdict


def test_differences_are_of_the_same_trials() -> None:
    """Readers are as unlike as can be, so that the intervals of both figures are wide and overlap; but on each trial
    one is better by 1/4, of which there is no doubt."""
    theirs, ours = of_readers(0, 0.25, 0.5, 0.5, 0.75), of_readers(0.25, 0.5, 0.75, 0.75, 1)
    figures = [report.figures["auc"] for report in compare("replay", ["a", "b"], [[theirs, ours]], TITLES).rankers]
    assert figures[1].low is not None
    assert figures[0].high is not None
    assert figures[1].low < figures[0].high
    found = difference("auc", ours, theirs)
    assert (found.estimate, found.verdict) == (sure(0.25, 5), Verdict.BETTER)


def test_a_difference_counts_readers_the_same() -> None:
    """Ann's three trials are better by 1, Bob's one is worse by 1: 0 in the mean."""
    users = ["ann", "ann", "ann", "bob"]
    ours = [an_outcome(user, minute, auc=float(user == "ann")) for minute, user in enumerate(users)]
    theirs = [an_outcome(user, minute, auc=float(user == "bob")) for minute, user in enumerate(users)]
    assert difference("auc", ours, theirs).estimate == Estimate(0.0, -1.0, 1.0, 4)


def test_a_figure_that_one_of_both_does_not_have_tells_no_difference() -> None:
    """The first trial has it for both, the next two for one each."""
    ours = [an_outcome(auc=1.0), an_outcome(minute=1, auc=1.0), an_outcome(minute=2)]
    theirs = [an_outcome(auc=0.5), an_outcome(minute=1), an_outcome(minute=2, auc=1.0)]
    assert difference("auc", ours, theirs).estimate == sure(0.5)


def test_what_was_turned_down_tells_no_difference() -> None:
    """To find it high up is nothing to be proud of: only the press up counts, as it does for the figure itself."""
    ours, theirs = (
        [
            an_outcome(user, minute, level=level, auc=auc)
            for user in FIVE
            for minute, (level, auc) in enumerate([(2, up), (-1, 1 - gone), (0, 1 - gone)])
        ]
        for up, gone in ((0.5, 0.0), (1.0, 1.0))
    )
    found = difference("auc", ours, theirs)
    assert (found.estimate, found.verdict) == (sure(-0.5, 5), Verdict.WORSE)
    assert against(ours, theirs).differences == (found,)
    assert against(ours, theirs).figures["auc"] == sure(0.5, 5)


def test_unlike_numbers_of_trials_cannot_be_compared() -> None:
    """Nor can other numbers of rankers than there are names."""
    with pytest.raises(ValueError, match="zip"):
        difference("auc", of_readers(1, 1), of_readers(1))
    with pytest.raises(ValueError, match="zip"):
        compare("replay", ["one", "two"], [[of_readers(1)]], TITLES)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=8))
def test_one_is_as_much_better_as_the_other_is_worse(pairs: list[tuple[int, int]]) -> None:
    """The interval is mirrored, and so is the verdict."""
    ours, theirs = of_readers(*(pair[0] for pair in pairs)), of_readers(*(pair[1] for pair in pairs))
    one, other = difference("auc", ours, theirs), difference("auc", theirs, ours)
    assert other.estimate.value is not None
    assert other.estimate.low is not None
    assert other.estimate.high is not None
    mirrored = (-other.estimate.value, -other.estimate.high, -other.estimate.low)
    assert (one.estimate.value, one.estimate.low, one.estimate.high) == pytest.approx(mirrored)
    verdicts = {Verdict.BETTER: Verdict.WORSE, Verdict.WORSE: Verdict.BETTER}
    assert one.verdict is verdicts.get(other.verdict, Verdict.NOT_DISTINGUISHABLE)


@pytest.mark.parametrize(
    ("n_said", "start"),
    [
        (0, 0),
        (1, 1),
        (2, 2),
        (3, 3),
        (4, 3),
        (5, 5),
        (9, 5),
        (10, 10),
        (19, 10),
        (20, 20),
        (49, 20),
        (50, 50),
        (999, 50),
    ],
)
def test_a_trial_belongs_to_the_last_point_of_the_curve_that_it_has_reached(n_said: int, start: int) -> None:
    """Of all points only that one has an observation."""
    curve = the_report(an_outcome(n_said=n_said, ndcg=0.5)).curve
    assert curve == dict.fromkeys(CURVE, NOTHING) | {start: sure(0.5)}
    assert list(curve) == list(CURVE)


def test_the_curve_is_of_the_first_metric_and_of_what_was_wanted() -> None:
    """The AUC plays no part, nor does what was turned down."""
    report = the_report(an_outcome(ndcg=0.5, auc=0.9), an_outcome(minute=1, level=-1, auc=0.1))
    assert report.curve[0] == sure(0.5)


def test_levels_are_told_apart_from_2_to_minus_2() -> None:
    """By AUC; a trial that asks about no press is of no level."""
    levels = [-1, 2, 0, None, -2, 1]
    report = the_report(*(an_outcome(minute=n, level=level, auc=n / 8) for n, level in enumerate(levels)))
    assert list(report.by_level.items()) == [
        (2, sure(1 / 8)),
        (1, sure(5 / 8)),
        (0, sure(2 / 8)),
        (-1, sure(0.0)),
        (-2, sure(4 / 8)),
    ]
    assert report.figures["auc"].n == 3  # 2, 1, and that of no level


def test_readers_are_told_from_the_worst_to_the_best() -> None:
    """Each by the mean of their trials; of who only turned down nothing is told."""
    report = the_report(
        an_outcome("ann", 0, ndcg=1.0),
        an_outcome("ann", 1, ndcg=0.5),
        an_outcome("bob", 2, ndcg=0.25),
        an_outcome("eve", 3, level=-2, auc=0.5),
        an_outcome("dan", 4, ndcg=0.5),
    )
    assert report.readers == (0.25, 0.5, 0.75)


def test_examples_are_those_of_the_largest_gains_and_losses() -> None:
    """Seven trials gain and seven lose, by eighths; of equals the older comes first among wins. Five of each are told,
    the largest first, with the places in both orders."""
    gains = [1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 5, 6, -6, -7]
    theirs = [an_outcome(minute=n, wanted="b", place=3, n_said=n, ndcg=0.0) for n, _ in enumerate(gains)]
    ours = [
        replace(one, place=2 if gain > 0 else 4, figures={"ndcg@10": gain / 8})
        for one, gain in zip(theirs, gains, strict=True)
    ]
    report = against(ours, theirs)
    assert [gains[one.n_said] for one in report.wins] == [6, 5, 5, 4, 3]
    assert [one.n_said for one in report.wins][1:3] == [8, 10]
    assert [gains[one.n_said] for one in report.losses] == [-7, -6, -5, -4, -3]
    assert report.wins[0] == Example("ann", "b", "Dockworkers strike", 11, 2, 3, 4)
    assert report.losses[0] == Example("ann", "b", "Dockworkers strike", 13, 4, 3, 4)


def test_what_stands_at_the_same_place_is_no_example() -> None:
    """Nor is what was turned down, which has no nDCG."""
    theirs = [an_outcome(place=2, ndcg=0.5), an_outcome(minute=1, level=-2, place=3, auc=0.5)]
    ours = [an_outcome(place=2, ndcg=0.5), an_outcome(minute=1, level=-2, place=1, auc=1.0)]
    report = against(ours, theirs)
    assert (report.wins, report.losses) == ((), ())


def test_a_win_is_a_trial_on_which_the_event_stands_higher() -> None:
    """Three trials, of which one falls; below the tenth place nDCG tells no difference, but places do. Of the two that
    gain the one with the larger gain is first, and neither is among the losses."""
    theirs = [an_outcome(minute=n, n_said=n, place=3, ndcg=0.5) for n in range(3)]
    ours = [
        replace(theirs[0], place=2, figures={"ndcg@10": 0.5}),
        replace(theirs[1], place=4, figures={"ndcg@10": 0.25}),
        replace(theirs[2], place=1, figures={"ndcg@10": 1.0}),
    ]
    report = against(ours, theirs)
    assert [one.n_said for one in report.wins] == [2, 0]
    assert [one.n_said for one in report.losses] == [1]


@pytest.mark.parametrize(("place", "n_wins", "n_losses"), [(2, 3, 0), (4, 0, 3)], ids=["only wins", "only losses"])
def test_what_only_rises_has_no_losses_and_what_only_falls_no_wins(place: int, n_wins: int, n_losses: int) -> None:
    """Though there are fewer than five of either to tell."""
    theirs = [an_outcome(minute=n, place=3, ndcg=0.5) for n in range(3)]
    ours = [replace(one, place=place, figures={"ndcg@10": 1.5 / place}) for one in theirs]
    report = against(ours, theirs)
    assert (len(report.wins), len(report.losses)) == (n_wins, n_losses)


def test_trials_of_several_wanted_events_are_no_examples() -> None:
    """There is no one event to name; where nothing was pressed but one event is wanted, there is."""
    theirs = [
        replace(an_outcome(place=3, level=None, ndcg=0.0), wanted=("a", "b")),
        an_outcome(minute=1, place=3, level=None, wanted="c", ndcg=0.0),
    ]
    ours = [replace(one, place=1, figures={"ndcg@10": 1.0}) for one in theirs]
    report = against(ours, theirs)
    assert (report.wins, report.losses) == ((Example("ann", "c", "Museum buys painting", 0, 1, 3, 4),), ())


def test_what_the_reference_is_compared_with_has_no_examples_of_itself() -> None:
    """Nor is it better than itself in anything."""
    told = of_readers(0.25, 0.75)
    reference = compare("replay", ["theirs", "ours"], [[told, list(told)]], TITLES).rankers[0]
    assert (reference.wins, reference.losses, reference.differences) == ((), (), ())


def test_trials_may_count_the_same_in_place_of_readers() -> None:
    """Ann's three trials are 1, Bob's one is 0; the reference is the other way round. Reader by reader both figures are
    1/2 and nothing differs; trial by trial they are 3/4 and 1/4, also in the curve and by level."""
    users = ["ann", "ann", "ann", "bob"]
    ours = [an_outcome(user, minute, ndcg=float(user == "ann"), auc=1.0) for minute, user in enumerate(users)]
    theirs = [an_outcome(user, minute, ndcg=float(user == "bob"), auc=0.0) for minute, user in enumerate(users)]
    by_reader, by_trial = (
        compare("replay", ["theirs", "ours"], [[theirs, ours]], TITLES, **mean).rankers[1]
        for mean in ({}, {"mean": mean_of_trials})
    )
    assert (by_reader.figures["ndcg@10"].value, by_trial.figures["ndcg@10"].value) == (0.5, 0.75)
    assert (by_reader.curve[0].value, by_trial.curve[0].value) == (0.5, 0.75)
    assert by_trial.differences[0] == difference("ndcg@10", ours, theirs, mean_of_trials)
    assert by_trial.differences[0].estimate == Estimate(0.5, -1.0, 1.0, 4)
    assert by_reader.differences[0].estimate == Estimate(0.0, -1.0, 1.0, 4)


def test_levels_are_counted_as_the_mean_says() -> None:
    """Ann turns two events down of AUC 1, Bob one of 0: 1/2 by reader, 2/3 by trial."""
    told = [an_outcome(user, n, level=-2, auc=float(user == "ann")) for n, user in enumerate(["ann", "ann", "bob"])]
    reports = [
        compare("replay", ["it"], [[told]], TITLES).rankers[0],
        compare("replay", ["it"], [[told]], TITLES, mean_of_trials).rankers[0],
    ]
    assert [one.by_level[-2].value for one in reports] == [0.5, pytest.approx(2 / 3)]


def test_coverage_is_of_all_that_each_reader_was_shown() -> None:
    """Ann is shown a and b in two trials, Bob b: of four events a half. What stood on top when she turned something
    down counts as little as that trial does for other figures."""
    report = the_report(
        an_outcome("ann", 0, top="a", ndcg=1.0),
        an_outcome("bob", 1, top="b", ndcg=1.0),
        an_outcome("ann", 2, top="b", ndcg=1.0),
        an_outcome("ann", 3, level=-1, top="cd", auc=1.0),
    )
    assert report.figures["coverage"] == share_covered([{"a", "b"}, {"b"}], 4)
    assert (report.figures["coverage"].value, report.figures["coverage"].n) == (0.5, 2)


@pytest.mark.parametrize("slices", [[], [[[], []]], [[[], []], [[], []]]], ids=["no slice", "empty", "two empty"])
def test_without_a_trial_nothing_is_known(slices: list[list[list[Outcome]]]) -> None:
    """The rankers are named all the same, and every figure is unknown."""
    curve: Mapping[int, Estimate] = dict.fromkeys(CURVE, NOTHING)
    nothing = [RankerReport(name, {"coverage": NOTHING}, (), curve, {}, ()) for name in ("one", "two")]
    assert compare("replay", ["one", "two"], slices, TITLES) == Report("replay", 4, 0, 0, "auc", tuple(nothing))


def test_where_nothing_was_wanted_only_levels_are_told() -> None:
    """A reader who only turns down: there is no nDCG, so the AUC is the first metric, but of no trial that counts."""
    report = compare("replay", ["it"], [[[an_outcome(level=-2, top="a", auc=0.25)]]], TITLES)
    assert (report.main_metric, report.n_readers, report.n_trials) == ("auc", 1, 1)
    assert report.rankers[0] == RankerReport(
        "it", {"coverage": NOTHING}, (), dict.fromkeys(CURVE, NOTHING), {-2: sure(0.25)}, ()
    )


def test_the_main_metric_is_the_ndcg_of_whatever_depth() -> None:
    """Even where the first trial, of a press down, does not have it."""
    told = [an_outcome(level=-1, auc=0.5), replace(an_outcome(minute=1), figures={"auc": 0.5, "ndcg@3": 0.75})]
    report = compare("impressions", ["it"], [[told]], TITLES)
    assert (report.protocol, report.main_metric, report.rankers[0].readers) == ("impressions", "ndcg@3", (0.75,))


def test_rankers_may_be_compared_that_are_alike() -> None:
    """The first alone is the reference: a second with the same outcomes is not distinguishable from it."""
    told = of_readers(0.25, 0.75)
    report = against(list(told), told)
    assert [(one.estimate, one.verdict) for one in report.differences] == [(sure(0.0, 2), Verdict.NOT_DISTINGUISHABLE)]
    assert (report.wins, report.losses) == ((), ())
