"""Terminal: a report as tables on screens of several widths."""

import pytest
from rich.console import Console
from rich.table import Table

from ranking.evaluation.comparison import Report, Verdict
from ranking.evaluation.tuning import Tried, Tuning
from ranking.params import Params
from service.evaluation.run import Run
from service.evaluation.terminal import (
    curve_table,
    levels_table,
    print_reports,
    report_table,
    report_tables,
    shown_table,
    tuning_table,
)
from tests.service.evaluation.sample import BETTER, REFERENCE, a_difference, a_ranker, a_report, about


def shown(table: Table, width: int = 100) -> str:
    """The table as text."""
    console = Console(width=width, force_terminal=False)
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def cells(table: Table) -> list[list[str]]:
    """The rows of a table, as plain text."""
    return [[str(cell) for cell in row] for row in zip(*(column.cells for column in table.columns), strict=True)]


def a_wide_report() -> Report:
    """Eight rankers with all that is measured, at every point of the curve."""
    metrics = ("auc", "ndcg@10", "mrr", "hit@10", "recall@5", "recall@10", "recall@20", "diversity@10", "novelty@10",
               "calibration@10", "coverage")  # fmt: skip
    return a_report(
        *(
            a_ranker(
                f"a ranker with a name {number}",
                dict.fromkeys(metrics, about(0.5)),
                curve=dict.fromkeys((0, 1, 2, 3, 5, 10, 20, 50), about(0.5)),
                by_level=dict.fromkeys((2, 1, 0, -1, -2), about(0.5)),
            )
            for number in range(8)
        )
    )


def test_the_reference_comes_first_and_has_no_mark() -> None:
    """Below the value is its interval, beside it the verdict."""
    first, second = cells(report_table(a_report()))
    assert first == ["newest first\nreference", ".706\n.686–.726", ".800\n.780–.820", ".700\n.680–.720"]
    assert second == ["signalfeed", ".740 ▲\n.720–.760", ".795 ≈\n.775–.815", ".750 ≈\n.730–.770"]


def test_the_marks_are_explained() -> None:
    """Below the table."""
    assert "▲ better, ▼ worse, ≈ not distinguishable" in " ".join(shown(report_table(a_report())).split())


def test_what_is_shown_has_its_own_table() -> None:
    """Novelty is in bits."""
    assert cells(shown_table(a_report())) == [
        ["newest first\nreference", "6.48\n6.38–6.58"],
        ["signalfeed", "6.30 ▼\n6.20–6.40"],
    ]


def test_the_curve_is_by_presses() -> None:
    """What was measured of no ranker has no column."""
    table = curve_table(a_report())
    assert [str(column.header) for column in table.columns] == ["Ranker", "0", "1+"]
    assert cells(table)[1] == ["signalfeed", ".600\n.500–.700", ".800\n.700–.900"]


def test_a_ranker_that_was_not_asked_has_a_dash() -> None:
    """At a point of the curve or a level that only others have."""
    other = a_ranker("other", {"ndcg@10": about(0.5)})
    assert cells(curve_table(a_report(REFERENCE, other)))[1] == ["other", "–", "–"]
    assert cells(levels_table(a_report(REFERENCE, other)))[1] == ["other", "–", "–"]


def test_levels_run_from_high_to_low() -> None:
    """With the AUC of each."""
    table = levels_table(a_report())
    assert [str(column.header) for column in table.columns] == ["Ranker", "+2", "−2"]
    assert cells(table)[1] == ["signalfeed", ".850\n.830–.870", ".300\n.280–.320"]


def test_only_tables_with_something_to_tell_are_there() -> None:
    """No curve and one level leave two of four."""
    assert len(report_tables(a_report())) == 4
    alone = a_ranker("alone", {"ndcg@10": about(0.5)}, by_level={1: about(0.5)})
    assert len(report_tables(a_report(alone))) == 2


@pytest.mark.parametrize("width", [80, 100, 120])
def test_no_figure_is_cut_off(width: int) -> None:
    """On any usual screen every column that is there can be read."""
    for table in report_tables(a_wide_report(), width):
        text = shown(table, width)
        assert "…" not in text
        assert max(map(len, text.splitlines())) <= width
        assert text.count(".500") >= 8


def test_a_narrow_screen_shows_what_matters_first() -> None:
    """And says what it left out."""
    table = report_table(a_wide_report(), 80)
    headers = [str(column.header) for column in table.columns]
    assert headers[1:] == ["nDCG@10", "recall@5", "recall@10", "MRR"]
    assert "no room for recall@20, AUC, hit@10" in shown(table, 80).replace("\n", " ")
    assert len(report_table(a_wide_report(), 120).columns) == 8


def test_names_are_no_markup() -> None:
    """They come from a file's name."""
    hostile = a_ranker("[red]x[/red]", BETTER.figures)
    assert "[red]x[/red]" in shown(report_table(a_report(REFERENCE, hostile)))


def test_a_run_is_printed_with_its_verdicts_and_notes() -> None:
    """What it comes to stands before the tables, and a sentence is never broken."""
    console = Console(width=80, force_terminal=False)
    run = Run("Spring run", "exports", "2026-04-04 10:00 UTC", (), 7, ("No leak found.",))
    with console.capture() as captured:
        print_reports(console, [a_report(), a_report(REFERENCE, protocol="full")], run)
    lines = captured.get().splitlines()
    assert lines[0] == "Spring run, 2026-04-04 10:00 UTC, seed 7"
    assert lines[2].startswith("replay: signalfeed finds what readers want better than newest first")
    assert lines[3] == "replay: Of 1 ranker set against newest first: 1 better, 0 worse and 0 not distinguishable."
    assert "full: newest first has nDCG@10 .706 (.686–.726), and there is nothing to set it against." in lines
    assert lines[-1] == "No leak found."


def test_a_search_is_shown_value_by_value() -> None:
    """With what each gained, and which was kept."""
    tried = (
        Tried("gain", 5.0, a_difference("ndcg@10", -0.01, 0.02, Verdict.NOT_DISTINGUISHABLE), kept=False),
        Tried("gain", 40.0, a_difference("ndcg@10", 0.03, 0.01, Verdict.BETTER), kept=True),
    )
    found = Tuning(Params(), 20, 21, tried, a_difference("ndcg@10", 0.02, 0.01, Verdict.BETTER))
    assert cells(tuning_table(found)) == [
        ["gain", "5", "−.010", "−.030 to +.010", "≈"],
        ["gain", "40", "+.030", "+.020 to +.040", "▲ kept"],
    ]
    assert "Tried with 20 readers" in shown(tuning_table(found))
