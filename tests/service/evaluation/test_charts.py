"""Charts: where marks stand, worked by hand."""

import pytest

from service.evaluation.charts import curves, histograms, short, whiskers, whiskers_by_level
from tests.service.evaluation.sample import BETTER, NOTHING, REFERENCE, a_ranker, a_report, about

COLOURS = {"newest first": 0, "signalfeed": 1}


def test_whiskers_stand_where_the_figures_are() -> None:
    """From .686 to .76 there is .0037 of air to either side; .706 is at .2911 of that, .74 at .7088."""
    chart = whiskers(a_report(), "ndcg@10", COLOURS)
    first, second = chart.rows
    assert (first.start, first.at, first.end) == (5.91, 29.74, 53.57)
    assert (second.start, second.at, second.end) == (46.43, 70.26, 94.09)
    assert [first.y, second.y] == [26, 66]
    assert chart.axis == 80
    assert chart.band == (5.91, 47.66)


def test_whiskers_carry_the_words_of_the_report() -> None:
    """Value, interval and the mark of the verdict, beside the ranker's colour."""
    first, second = whiskers(a_report(), "ndcg@10", COLOURS).rows
    assert (first.name, first.colour, first.value, first.interval, first.mark) == (
        "newest first", 0, ".706", ".686–.726", "",
    )  # fmt: skip
    assert (second.colour, second.value, second.mark) == (1, ".740", "▲")


def test_whiskers_say_in_words_what_they_show() -> None:
    """The description names each ranker with its figure."""
    told = whiskers(a_report(), "ndcg@10", COLOURS).description
    assert told.endswith("newest first .706 (.686–.726); signalfeed .740 (.720–.760).")


def test_a_ranker_with_nothing_measured_has_no_dot() -> None:
    """It has its row all the same; there is no band if it is the reference."""
    report = a_report(a_ranker("newest first", {"auc": NOTHING}), a_ranker("signalfeed", {"auc": about(0.7)}))
    chart = whiskers(report, "auc", COLOURS)
    assert chart.rows[0].at is None
    assert chart.rows[0].value == "–"
    assert chart.band is None


def test_a_ranker_without_the_metric_has_no_row() -> None:
    """Nothing at all was measured here."""
    assert whiskers(a_report(a_ranker("newest first", {})), "auc", COLOURS).rows == ()


def test_levels_have_one_domain_and_say_which_way_is_right() -> None:
    """From .28 to .87 with air: .5 stands at the same place of any chart, and what was turned down should be low."""
    up, down = whiskers_by_level(a_report(), COLOURS)
    assert [up.title, down.title] == ["Pressed +2: higher is right", "Pressed −2: lower is right"]
    assert up.ticks == down.ticks
    assert [one.value for one in down.rows] == [".500", ".300"]


def test_a_level_of_zero_has_no_right_way() -> None:
    """Neither up nor down was meant."""
    (chart,) = whiskers_by_level(a_report(a_ranker("newest first", {}, by_level={0: about(0.5)})), COLOURS)
    assert chart.title == "Pressed 0: neither is right"


def test_curves_step_evenly_and_leave_out_what_was_not_measured() -> None:
    """From .5 to .9 with .02 of air: 150 pixels for .44, so .6 is 40.91 and .8 109.09 pixels above the lower end."""
    chart = curves(a_report(), COLOURS)[1]
    assert [(tick.at, tick.label) for tick in chart.across] == [(13, "0"), (96, "1")]
    assert chart.dots == ((13, 117.09), (96, 48.91))
    assert chart.line == "M13 117.09L96 48.91"
    assert chart.band == "M13 83L96 14.82L96 83L13 151.18Z"


def test_curves_are_drawn_before_those_of_the_others() -> None:
    """The reference's is one of its own, a third ranker's is grey."""
    third = a_ranker("random", {}, curve={0: about(0.5), 1: about(0.5)})
    charts = curves(a_report(REFERENCE, BETTER, third), {**COLOURS, "random": 2})
    assert charts[1].reference == charts[0].line
    assert charts[1].others == (charts[2].line,)
    assert charts[0].others == (charts[1].line, charts[2].line)


def test_a_curve_is_parted_at_a_gap() -> None:
    """What was not measured is not bridged."""
    one = a_ranker("newest first", {}, curve={0: about(0.5), 1: NOTHING, 2: about(0.5), 3: about(0.5)})
    other = a_ranker("signalfeed", {}, curve={1: about(0.5)})
    line = curves(a_report(one, other), COLOURS)[0].line
    assert [piece.count("L") for piece in line.split("M")[1:]] == [0, 1]


def test_without_a_learning_curve_there_is_no_chart() -> None:
    """Nothing is drawn of nothing."""
    assert curves(a_report(a_ranker("newest first", {})), COLOURS) == ()


def test_histograms_share_a_scale() -> None:
    """A third of readers is two thirds as tall as the three quarters' half is: 96 pixels for .75."""
    first, second = histograms(a_report(), COLOURS)
    assert [bar.label for bar in first.bars] == ["33", "", "", "", "", "33", "", "", "", "33"]
    assert [bar.label for bar in second.bars] == ["", "", "25", "", "", "", "", "", "", "75"]
    assert second.bars[9].height == 96
    assert first.bars[0].height == pytest.approx(96 / 0.75 / 3, abs=0.01)
    assert [bar.x for bar in first.bars[:2]] == [1, 10.8]


def test_the_reader_in_the_middle_is_marked() -> None:
    """Of an even number it is halfway between two."""
    first, second = histograms(a_report(), COLOURS)
    assert (first.middle, first.middle_label) == (50, "median .500")
    assert second.middle_label == "median .950"


def test_a_few_of_many_readers_are_not_written_as_none() -> None:
    """One of 300 is less than a percent, and not zero."""
    one = a_ranker("newest first", {}, readers=(0.1, *[0.9] * 299))
    (chart,) = histograms(a_report(one), COLOURS)
    assert chart.bars[1].label == "<1"


def test_long_names_are_cut() -> None:
    """26 letters fit."""
    assert short("a" * 26) == "a" * 26
    assert short("a" * 27) == "a" * 25 + "…"
