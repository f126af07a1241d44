"""Page: a report as one HTML file that needs nothing else, neither a network nor scripts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from ranking.evaluation.comparison import Example, RankerReport, Report
from service.evaluation import charts, words
from service.evaluation.charts import Curve, Histogram, Whiskers
from service.evaluation.run import Run

N_COLOURS = 8  # of the stylesheet, that can be told apart with any eyes; with more rankers they come again
_CHARTED = ("recall", "mrr", "auc")  # with one wanted event a hit is a recall

_TEMPLATES = Environment(
    loader=PackageLoader("service.evaluation"),
    autoescape=True,  # titles and names are from outside
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Row:
    """A metric of a ranker beside that of the reference. `verdict` is empty where nothing was paired."""

    metric: str
    value: str
    interval: str
    difference: str = ""
    difference_interval: str = ""
    mark: str = ""
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """A ranker in full."""

    name: str
    colour: int
    rows: tuple[Row, ...]
    main: Row
    wins: tuple[Example, ...]
    losses: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """What the page shows of one report."""

    protocol: str
    meaning: str
    extent: str
    verdict: str
    tally: str
    caution: str
    metric: str
    main: Whiskers
    finds: tuple[Whiskers, ...]
    shows: tuple[Whiskers, ...]
    curves: tuple[Curve, ...]
    by_level: tuple[Whiskers, ...]
    histograms: tuple[Histogram, ...]
    reference: str
    standings: tuple[Standing, ...]


def report_page(reports: Sequence[Report], run: Run) -> str:
    """The page on the reports of a run, a section for each. Readers' ids are not on it: it is there to be passed on."""
    names = dict.fromkeys(ranker.name for report in reports for ranker in report.rankers)
    colours = {name: place % N_COLOURS for place, name in enumerate(names)}
    metrics = dict.fromkeys(metric for report in reports for metric in _metrics(report))
    meanings = {words.metric_name(metric).partition("@")[0]: words.metric_meaning(metric) for metric in metrics}
    return _TEMPLATES.get_template("report.html.j2").render(
        run=run,
        sections=[_section(report, colours) for report in reports],
        legend=words.LEGEND,
        n_colours=N_COLOURS,
        meanings={name: meaning for name, meaning in meanings.items() if meaning},
    )


def _section(report: Report, colours: Mapping[str, int]) -> Section:
    finds = [one for one in words.metrics_that_find(report) if words.stem(one) in _CHARTED]
    others = [one for one in finds if one != report.main_metric]
    return Section(
        report.protocol,
        words.protocol_meaning(report.protocol),
        words.extent(report),
        words.verdict_sentence(report),
        words.tally(report),
        words.caution(report),
        words.metric_name(report.main_metric),
        charts.whiskers(report, report.main_metric, colours),
        tuple(charts.whiskers(report, metric, colours) for metric in others),
        tuple(charts.whiskers(report, metric, colours) for metric in words.metrics_that_show(report)),
        charts.curves(report, colours),
        charts.whiskers_by_level(report, colours),
        charts.histograms(report, colours),
        report.rankers[0].name,
        tuple(_standing(report, ranker, colours[ranker.name]) for ranker in report.rankers),
    )


def _metrics(report: Report) -> list[str]:
    return [*words.metrics_that_find(report), *words.metrics_that_show(report)]


def _standing(report: Report, ranker: RankerReport, colour: int) -> Standing:
    rows = {metric: _row(ranker, metric) for metric in _metrics(report) if metric in ranker.figures}
    return Standing(
        ranker.name,
        colour,
        tuple(rows.values()),
        rows.get(report.main_metric, Row(words.metric_name(report.main_metric), words.NOTHING, "")),
        tuple(one for one in ranker.wins if one.place < one.place_of_reference),
        tuple(one for one in ranker.losses if one.place > one.place_of_reference),
    )


def _row(ranker: RankerReport, metric: str) -> Row:
    figure, found = ranker.figures[metric], words.difference_of(ranker, metric)
    own = (words.metric_name(metric), words.number(figure.value, metric), words.interval(figure, metric))
    if found is None:
        return Row(*own)
    return Row(
        *own,
        words.signed(found.estimate.value, metric),
        words.signed_interval(found.estimate, metric),
        words.MARKS[found.verdict],
        found.verdict,
    )
