"""Words: how figures and verdicts are written."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from ranking.evaluation.comparison import Verdict
from ranking.evaluation.intervals import Estimate
from service.evaluation import words
from tests.service.evaluation.sample import BETTER, NOTHING, REFERENCE, a_difference, a_ranker, a_report, about


@pytest.mark.parametrize(
    ("value", "metric", "expected"),
    [
        (0.74, "ndcg@10", ".740"),
        (1.0, "mrr", "1.000"),
        (0.9996, "mrr", "1.000"),
        (-0.25, "auc", "−.250"),
        (-1e-16, "auc", ".000"),
        (10.5, "made-up", "10.500"),
        (6.484, "novelty@10", "6.48"),
        (-1e-16, "calibration@10", "0.00"),
        (None, "auc", "–"),
    ],
)
def test_figures_are_written_by_their_unit(value: float | None, metric: str, expected: str) -> None:
    """Shares to three digits without a leading zero, bits and nats to two."""
    assert words.number(value, metric) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.034, "+.034"), (-0.034, "−.034"), (0.0, ".000"), (1e-16, ".000"), (-0.0004, "−.000"), (None, "–")],
)
def test_differences_have_a_sign(value: float | None, expected: str) -> None:
    """One that rounds to zero keeps it, for it is on the sign that the verdict hangs."""
    assert words.signed(value, "ndcg@10") == expected


def test_intervals_are_written_with_both_ends() -> None:
    """Empty where there is none."""
    one = Estimate(0.02, -0.01, 0.05, 9)
    assert words.interval(one, "auc") == "−.010–.050"
    assert words.signed_interval(one, "auc") == "−.010 to +.050"
    assert words.interval(NOTHING, "auc") == words.signed_interval(NOTHING, "auc") == ""


def test_metrics_stand_in_the_order_in_which_they_are_read() -> None:
    """The main one first, then by kind and cutoff, whatever order they were measured in."""
    figures = dict.fromkeys(("auc", "coverage", "mrr", "recall@20", "recall@5", "ndcg@10", "diversity@10"), NOTHING)
    report = a_report(a_ranker("newest first", figures))
    assert words.metrics_that_find(report) == ["ndcg@10", "recall@5", "recall@20", "mrr", "auc"]
    assert words.metrics_that_show(report) == ["diversity@10", "coverage"]


def test_metrics_are_named_and_explained() -> None:
    """One that is not known is written as it is."""
    assert [words.metric_name(one) for one in ("ndcg@10", "mrr", "made-up@3")] == ["nDCG@10", "MRR", "made-up@3"]
    assert words.metric_meaning("auc").endswith(".5 is chance.")
    assert words.metric_meaning("made-up@3") == ""


@pytest.mark.parametrize("protocol", ["replay", "impressions", "sampled", "full"])
def test_every_protocol_is_explained(protocol: str) -> None:
    """In whole sentences."""
    assert words.protocol_meaning(protocol).endswith(".")


@pytest.mark.parametrize(
    ("starts", "expected"), [([0, 1, 3, 5], ["0", "1–2", "3–4", "5+"]), ([0], ["0+"]), ([0, 1], ["0", "1+"])]
)
def test_points_of_the_curve_name_their_presses(starts: Sequence[int], expected: list[str]) -> None:
    """From each to the next."""
    assert [words.presses(starts, start) for start in starts] == expected


def test_the_verdict_is_one_sentence() -> None:
    """A ranker that beats the reference comes first."""
    assert words.verdict_sentence(a_report()) == (
        "signalfeed finds what readers want better than newest first, the reference: "
        "nDCG@10 .740 against .706, +.034 (+.022 to +.046)."
    )


def test_a_reference_that_wins_comes_first() -> None:
    """The difference is turned, and so are the ends of its interval."""
    worse = a_ranker("random", {"ndcg@10": about(0.1)}, a_difference("ndcg@10", -0.606, 0.03, Verdict.WORSE))
    worst = a_ranker("reversed", {"ndcg@10": about(0.05)}, a_difference("ndcg@10", -0.656, 0.03, Verdict.WORSE))
    end = "nDCG@10 .706 against .100, +.606 (+.576 to +.636)."
    start = "newest first finds what readers want better than random"
    assert words.verdict_sentence(a_report(REFERENCE, worse)) == f"{start}: {end}"
    assert words.verdict_sentence(a_report(REFERENCE, worst, worse)) == f"{start}, the best of the others: {end}"


def test_what_cannot_be_told_apart_is_said_to_be_so() -> None:
    """There is no winner of a difference that may be none."""
    like = a_ranker(
        "signalfeed", {"ndcg@10": about(0.71)}, a_difference("ndcg@10", 0.004, 0.01, Verdict.NOT_DISTINGUISHABLE)
    )
    assert words.verdict_sentence(a_report(REFERENCE, like)) == (
        "newest first and signalfeed are not distinguishable: nDCG@10 .706 against .710, −.004 (−.014 to +.006)."
    )


def test_without_another_there_is_no_verdict() -> None:
    """A ranker alone is only told, and of nothing there is nothing to tell."""
    assert words.verdict_sentence(a_report(REFERENCE)) == (
        "newest first has nDCG@10 .706 (.686–.726), and there is nothing to set it against."
    )
    assert words.verdict_sentence(a_report(a_ranker("signalfeed", {}))) == "There was nothing to measure."
    assert words.tally(a_report(REFERENCE)) == ""


def test_verdicts_are_counted() -> None:
    """Each kind, even where there is none."""
    assert words.tally(a_report()) == (
        "Of 1 ranker set against newest first: 1 better, 0 worse and 0 not distinguishable."
    )


def test_the_extent_is_told_in_words() -> None:
    """With a comma at thousands, and one is one."""
    assert words.extent(a_report(REFERENCE, BETTER)) == "2,345 trials of 40 readers, 1,200 events"
    assert words.count(1, "trial") == "1 trial"


def test_levels_have_their_sign() -> None:
    """And zero has none."""
    assert [words.level_name(level) for level in (2, 0, -1)] == ["+2", "0", "−1"]


def test_few_readers_are_a_caution() -> None:
    """Of forty there is nothing to be wary of, of nineteen there is."""
    assert words.caution(a_report()) == ""
    assert words.caution(replace(a_report(), n_readers=19)).startswith("There are only 19 readers: ")
