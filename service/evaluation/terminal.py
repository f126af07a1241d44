"""Terminal: a report as tables. Names are shown as they are, never as markup."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ranking.evaluation.comparison import RankerReport, Report
from ranking.evaluation.counterfactual import CounterfactualReport
from ranking.evaluation.intervals import Estimate
from ranking.evaluation.simulation import Recovery
from ranking.evaluation.tuning import Tuning
from service.evaluation import words
from service.evaluation.run import Run
from service.terminal import say

_NARROWEST, _WIDEST_NAME = 80, 18
_FIGURE = 12  # columns of the screen that a figure with its interval takes, with the frame
_SHARE = "hit"  # written as a share is
_OTHER_READERS = "The readers of one column are not those of the next."
_UNSURE = "Against what was logged: ▲ better, ▼ worse, ≈ not distinguishable, or too little to tell."
_AT_FIRST = ("ndcg", "recall@5", "recall@10", "mrr", "auc")  # what is shown where not all fits


def print_reports(console: Console, reports: Sequence[Report], run: Run) -> None:
    """Prints what came of a run: of each report the verdict and the tables, and at the end what else is to be said."""
    say(console, f"{run.title}, {run.made_at}, seed {run.seed}", "bold")
    for report in reports:
        say(console, "")
        for sentence in filter(None, (words.verdict_sentence(report), words.tally(report), words.caution(report))):
            say(console, f"{report.protocol}: {sentence}")
        for table in report_tables(report, console.width):
            console.print(table)
    for note in run.notes:
        say(console, note)


def report_tables(report: Report, width: int = 100) -> list[Table]:
    """The tables of a report that have anything to tell, for a screen of so many columns."""
    tables = [report_table(report, width), shown_table(report)]
    if words.starts_of(report):
        tables.append(curve_table(report, width))
    if len(words.levels_of(report)) > 1:
        tables.append(levels_table(report))
    return tables


def report_table(report: Report, width: int = 100) -> Table:
    """How well each ranker finds what readers want: figure and verdict, below them the interval."""
    metrics = words.metrics_that_find(report)
    room = (max(width, _NARROWEST) - _name_width(report)) // _FIGURE
    by_use = sorted(metrics, key=_use)[:room]
    left_out = [words.metric_name(metric) for metric in metrics if metric not in by_use]
    also = f"\nThere is no room for {', '.join(left_out)}." if left_out else ""
    table = _table(f"{report.protocol}: {words.extent(report)}", words.LEGEND + also)
    return _filled(table, report, [metric for metric in metrics if metric in by_use])


def shown_table(report: Report) -> Table:
    """What stands on the first page of each ranker."""
    table = _table(
        f"{report.protocol}: what is shown",
        "Of calibration, lower is better. Coverage has no single trials to set side by side.",
    )
    return _filled(table, report, words.metrics_that_show(report))


def curve_table(report: Report, width: int = 100, caption: str = _OTHER_READERS) -> Table:
    """The main metric by the number of presses that a reader had made; intervals where there is room for them."""
    starts = words.starts_of(report)
    metric = report.main_metric
    bare = _name_width(report) + len(starts) * _FIGURE > max(width, _NARROWEST)
    title = f"{report.protocol}: {words.metric_name(metric)} by presses made before"
    table = _table(title, caption)
    for start in starts:
        table.add_column(words.presses(starts, start), justify="right", no_wrap=True)
    for ranker in report.rankers:
        row = [ranker.curve.get(start) for start in starts]
        table.add_row(_name(ranker, report), *(_cell(one, metric, interval=not bare) for one in row))
    return table


def levels_table(report: Report) -> Table:
    """The AUC by the level of the press that was asked about."""
    levels = words.levels_of(report)
    caption = "Higher is right for what was turned up, lower for what was turned down."
    table = _table(f"{report.protocol}: AUC by what was then pressed", caption)
    for level in levels:
        table.add_column(words.level_name(level), justify="right", no_wrap=True)
    for ranker in report.rankers:
        table.add_row(_name(ranker, report), *(_cell(ranker.by_level.get(level), "auc") for level in levels))
    return table


def tuning_table(found: Tuning) -> Table:
    """What was tried in a search for parameters: what each value gained, and which were kept."""
    metric = found.held_out.metric
    gained = f"{words.metric_name(metric)} gained"
    table = _table(
        f"Tried with {words.count(found.n_readers, 'reader')}", "A value is kept where its gain is sure.", "Parameter"
    )
    for header in ("Value", gained, "95 % interval"):
        table.add_column(header, justify="right", no_wrap=True)
    table.add_column("")
    for one in found.tried:
        gain = one.gained.estimate
        told = (f"{one.value:g}", words.signed(gain.value, metric), words.signed_interval(gain, metric))
        mark = words.MARKS[one.gained.verdict]
        table.add_row(one.name, *told, f"{mark} kept" if one.kept else mark, style="bold" if one.kept else "")
    return table


def drift_table(found: Sequence[Recovery], n_readers: int, metric: str) -> Table:
    """How each ranker's figure comes back after half of the interests have changed."""
    table = _table(
        f"{words.metric_name(metric)} of {words.count(n_readers, 'simulated reader')}, by presses after the change",
        "Back: from so many presses on, no more than .02 below the figure before the change. "
        "The last column has the difference to it, with its 95 % interval.",
    )
    later = sorted(found[0].after)
    for header in ("before", *(f"+{n}" for n in later), "back", "at last"):
        table.add_column(header, justify="right", no_wrap=True)
    for one in found:
        last = one.difference[later[-1]].estimate
        table.add_row(
            one.name,
            words.number(one.before.value, metric),
            *(words.number(one.after[n].value, metric) for n in later),
            "no" if one.back_after is None else f"+{one.back_after}",
            f"{words.signed(last.value, metric)}\n{words.signed_interval(last, metric)}",
        )
    return table


def print_estimates(console: Console, found: Mapping[str, CounterfactualReport]) -> None:
    """Prints what a log tells of each of some variants, and every caution in words."""
    for name, one in found.items():
        title = (
            f"{name}: {one.n_drawn:,} of {words.count(one.n_places, 'place')} were drawn for, "
            f"{words.count(one.n_readers, 'reader')}"
        )
        table = _table(title, f"Effective sample: {one.n_effective:,.0f} places.\n{_UNSURE}", "")
        table.columns[0].no_wrap = True
        for header in ("Chosen", "95 % interval", "Against the log", "95 % interval"):
            table.add_column(header, justify="right", no_wrap=True)
        table.add_row("as logged", *_figure(one.logged), "", "")
        against = {change.metric: change for change in one.differences}
        for label, metric, figure in (
            ("IPS", "ips", one.ips),
            ("SNIPS", "snips", one.snips),
            ("doubly robust", "doubly_robust", one.doubly_robust),
        ):
            change = against.get(metric)
            gained, surely = _signed(change.estimate) if change else ("", "")
            mark = f"{gained} {words.MARKS[change.verdict]}" if change else ""
            table.add_row(label, *_figure(figure), mark, surely)
        table.add_row("mean weight", *_figure(one.mean_weight), "", "")
        console.print(table)
        for caution in one.cautions:
            say(console, f"{name}: careful: {caution}.", "yellow")
        if one.n_pages_left_out:
            say(console, f"{name}: {words.count(one.n_pages_left_out, 'page')} left out: they cannot be replayed.")


def _figure(one: Estimate) -> tuple[str, str]:
    return words.number(one.value, _SHARE), words.interval(one, _SHARE)


def _signed(one: Estimate) -> tuple[str, str]:
    return words.signed(one.value, _SHARE), words.signed_interval(one, _SHARE)


def _table(title: str, caption: str, first: str = "Ranker") -> Table:
    table = Table(title=Text(title), caption=Text(caption), caption_justify="left")
    table.add_column(first, max_width=_WIDEST_NAME if first == "Ranker" else None, overflow="fold")
    return table


def _filled(table: Table, report: Report, metrics: Sequence[str]) -> Table:
    for metric in metrics:
        table.add_column(words.metric_name(metric), justify="right", no_wrap=True)
    for ranker in report.rankers:
        cells = (_cell(ranker.figures.get(metric), metric, words.mark(ranker, metric)) for metric in metrics)
        table.add_row(_name(ranker, report), *cells)
    return table


def _cell(one: Estimate | None, metric: str, mark: str = "", *, interval: bool = True) -> Text:
    if one is None:
        return Text(words.NOTHING)
    sign = f" {mark}" if mark else ""
    below = words.interval(one, metric) if interval else ""
    return Text.assemble(words.number(one.value, metric), sign, *(("\n", (below, "dim")) if below else ()))


def _name(ranker: RankerReport, report: Report) -> Text:
    reference = ranker is report.rankers[0] and len(report.rankers) > 1
    return Text.assemble(ranker.name, *(("\n", ("reference", "dim")) if reference else ()))


def _name_width(report: Report) -> int:
    """How many columns of the screen the names take, with the frame."""
    return min(max(len("reference"), *(len(ranker.name) for ranker in report.rankers)), _WIDEST_NAME) + 4


def _use(metric: str) -> int:
    """The place of a metric among those to be shown first."""
    return next((place for place, one in enumerate(_AT_FIRST) if metric.startswith(one)), len(_AT_FIRST))
