"""Charts: where the marks of a report's charts stand. Across, places are percent of a chart's width, so that a chart
fills its room and its letters keep their size; down, they are pixels."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import floor

from ranking.evaluation.comparison import RankerReport, Report
from ranking.evaluation.intervals import Estimate
from service.evaluation.scales import Scale, Tick, domain, marks, tick_label, ticks
from service.evaluation.words import (
    interval,
    level_name,
    levels_of,
    mark,
    metric_meaning,
    metric_name,
    number,
    presses,
    starts_of,
)

LEFT, RIGHT = 1.5, 98.5  # percent; a dot at the very end is not cut in half
_CURVE_LEFT, _CURVE_RIGHT = 13.0, 96.0
_HISTOGRAM_LEFT, _HISTOGRAM_RIGHT = 1.0, 99.0
_ROW, _HEAD, _FOOT = 40.0, 8.0, 24.0  # pixels: of a row of whiskers, above the marks, below them for the axis
_CURVE_HEIGHT, _HISTOGRAM_HEIGHT, _HISTOGRAM_HEAD = 150.0, 96.0, 18.0
_LETTERS_DOWN, _DOT_DOWN = 16.0, 26.0  # pixels from the upper edge of a row
_BETWEEN = 0.6  # percent of the width between two bars
_ONE_PERCENT = 0.01
_N_BINS = 10
_LONGEST_NAME = 26


@dataclass(frozen=True, slots=True)
class Whisker:
    """A ranker's figure as a dot with its interval, `y` pixels down, and its words at `letters_y`."""

    name: str
    colour: int
    letters_y: float
    y: float
    at: float | None
    start: float
    end: float
    value: str
    interval: str
    mark: str


@dataclass(frozen=True, slots=True)
class Whiskers:
    """Rankers below one another by one metric. `band` is where the interval of the first begins and how wide it is."""

    title: str
    description: str
    height: float
    axis: float
    rows: tuple[Whisker, ...]
    ticks: tuple[Tick, ...]
    band: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Curve:
    """A ranker's learning curve: a line with a band (both as SVG paths) and dots, before the lines of the others."""

    name: str
    colour: int
    description: str
    height: float
    line: str
    band: str
    dots: tuple[tuple[float, float], ...]
    reference: str
    others: tuple[str, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """The readers who have a figure from here to there; `label` is their percent."""

    x: float
    y: float
    width: float
    height: float
    label: str


@dataclass(frozen=True, slots=True)
class Histogram:
    """How the readers spread: bars, and where the reader in the middle stands."""

    name: str
    colour: int
    description: str
    height: float
    axis: float
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    middle: float
    middle_label: str


def whiskers(report: Report, metric: str, colours: Mapping[str, int]) -> Whiskers:
    """The rankers of a report by a metric."""
    rows = [(ranker, ranker.figures[metric], mark(ranker, metric)) for ranker in _having(report, metric)]
    return _whiskers(metric_name(metric), metric_meaning(metric), metric, rows, colours)


def whiskers_by_level(report: Report, colours: Mapping[str, int]) -> tuple[Whiskers, ...]:
    """The AUC of the rankers by the level of the press that was asked about, a chart for each; all have one domain."""
    told = [one for ranker in report.rankers for one in ranker.by_level.values()]
    charts = []
    for level in levels_of(report):
        rows = [(ranker, ranker.by_level[level], "") for ranker in report.rankers if level in ranker.by_level]
        wanted = "higher is right" if level > 0 else "lower is right" if level < 0 else "neither is right"
        title = f"Pressed {level_name(level)}: {wanted}"
        meaning = f"AUC of events that were then pressed {level_name(level)}."
        charts.append(_whiskers(title, meaning, "auc", rows, colours, domain(told)))
    return tuple(charts)


def _whiskers(
    title: str,
    meaning: str,
    metric: str,
    rows: Sequence[tuple[RankerReport, Estimate, str]],
    colours: Mapping[str, int],
    fixed: tuple[float, float] | None = None,
) -> Whiskers:
    low, high = fixed or domain(figure for _, figure, _ in rows)
    scale = Scale(low, high, LEFT, RIGHT)
    shown = tuple(
        _whisker(ranker.name, figure, sign, metric, scale, colours[ranker.name], number_of * _ROW)
        for number_of, (ranker, figure, sign) in enumerate(rows)
    )
    told = "; ".join(f"{one.name} {one.value} ({one.interval})" if one.interval else one.name for one in shown)
    first = shown[0] if shown else None
    band = (first.start, round(first.end - first.start, 2)) if first and first.at is not None else None
    axis = len(rows) * _ROW
    return Whiskers(
        title, f"{meaning} {told}.".strip(), axis + _FOOT, axis, shown, marks(scale, ticks(low, high)), band
    )


def _whisker(name: str, one: Estimate, sign: str, metric: str, scale: Scale, colour: int, y: float) -> Whisker:
    at = None if one.value is None else scale.place(one.value)
    start, end = (0.0 if edge is None else scale.place(edge) for edge in (one.low, one.high))
    return Whisker(
        short(name),
        colour,
        y + _LETTERS_DOWN,
        y + _DOT_DOWN,
        at,
        start,
        end,
        number(one.value, metric),
        interval(one, metric),
        sign,
    )


def curves(report: Report, colours: Mapping[str, int]) -> tuple[Curve, ...]:
    """The learning curves of a report's rankers, a chart for each; all have one scale. The steps across are even,
    however many presses there are from one to the next."""
    starts = starts_of(report)
    if not starts:
        return ()
    low, high = domain(one for ranker in report.rankers for one in ranker.curve.values())
    up = Scale(low, high, _HEAD + _CURVE_HEIGHT, _HEAD)
    across = Scale(0, max(len(starts) - 1, 1), _CURVE_LEFT, _CURVE_RIGHT)
    steps = {start: across.place(step) for step, start in enumerate(starts)}
    lines = {ranker.name: _path(_runs(ranker.curve, steps, up)) for ranker in report.rankers}
    below = tuple(Tick(steps[start], str(start)) for start in starts)
    beside = tuple(Tick(up.place(one), tick_label(one)) for one in ticks(low, high))
    height = _HEAD + _CURVE_HEIGHT + _FOOT
    return tuple(
        Curve(
            ranker.name,
            colours[ranker.name],
            _told(ranker, starts, report.main_metric),
            height,
            lines[ranker.name],
            "".join(_band(run) for run in _runs(ranker.curve, steps, up)),
            tuple((x, y) for run in _runs(ranker.curve, steps, up) for x, y, _, _ in run),
            lines[report.rankers[0].name],
            tuple(line for name, line in lines.items() if name not in {ranker.name, report.rankers[0].name}),
            below,
            beside,
        )
        for ranker in report.rankers
    )


Point = tuple[float, float, float, float]  # across; figure, upper and lower end of its interval, down


def _runs(curve: Mapping[int, Estimate], steps: Mapping[int, float], up: Scale) -> list[list[Point]]:
    """The points of a curve, parted where a figure is missing."""
    runs: list[list[Point]] = [[]]
    for start, x in steps.items():
        one = curve.get(start)
        if one is None or one.value is None or one.low is None or one.high is None:
            runs.append([])
        else:
            runs[-1].append((x, up.place(one.value), up.place(one.high), up.place(one.low)))
    return [run for run in runs if run]


def _path(runs: Iterable[Sequence[Point]]) -> str:
    return "".join("M" + "L".join(f"{x:g} {y:g}" for x, y, _, _ in run) for run in runs)


def _band(run: Sequence[Point]) -> str:
    """Along the upper ends and back along the lower ones."""
    above = [f"{x:g} {upper:g}" for x, _, upper, _ in run]
    below = [f"{x:g} {lower:g}" for x, _, _, lower in reversed(run)]
    return f"M{'L'.join(above + below)}Z"


def _told(ranker: RankerReport, starts: Sequence[int], metric: str) -> str:
    """A learning curve in words."""
    seen = [(presses(starts, start), ranker.curve[start]) for start in starts if start in ranker.curve]
    return "; ".join(
        f"{said} presses: {number(one.value, metric)} {interval(one, metric)}".strip() for said, one in seen
    )


def histograms(report: Report, colours: Mapping[str, int]) -> tuple[Histogram, ...]:
    """How the readers of each ranker spread by the main metric, in tenths; all have one scale."""
    having = [ranker for ranker in report.rankers if ranker.readers]
    shares = {ranker.name: _shares(ranker.readers) for ranker in having}
    most = max((share for ones in shares.values() for share in ones), default=1.0)
    return tuple(
        _histogram(ranker, shares[ranker.name], most, colours[ranker.name], report.main_metric) for ranker in having
    )


def _shares(values: Sequence[float]) -> list[float]:
    counts = [0] * _N_BINS
    for value in values:
        counts[min(max(floor(round(value * _N_BINS, 9)), 0), _N_BINS - 1)] += 1
    return [n / len(values) for n in counts]


def _histogram(ranker: RankerReport, shares: Sequence[float], most: float, colour: int, metric: str) -> Histogram:
    across = Scale(0, 1, _HISTOGRAM_LEFT, _HISTOGRAM_RIGHT)
    up = Scale(0, most, _HISTOGRAM_HEAD + _HISTOGRAM_HEIGHT, _HISTOGRAM_HEAD)
    width = round((_HISTOGRAM_RIGHT - _HISTOGRAM_LEFT) / _N_BINS - _BETWEEN, 2)
    bars = tuple(
        Bar(
            across.place(place / _N_BINS), up.place(share), width, round(up.start - up.place(share), 2), _percent(share)
        )
        for place, share in enumerate(shares)
    )
    middle = _median(ranker.readers)
    label = f"median {number(middle, metric)}"
    told = "; ".join(
        f"{tick_label(place / _N_BINS)} to {tick_label((place + 1) / _N_BINS)}: {bar.label or '0'} %"
        for place, bar in enumerate(bars)
    )
    return Histogram(
        ranker.name,
        colour,
        f"{told}; {label}.",
        up.start + _FOOT,
        up.start,
        bars,
        marks(across, (0.0, 0.5, 1.0)),
        across.place(middle),
        label,
    )


def _percent(share: float) -> str:
    """A share in percent, empty where there is none."""
    if not share:
        return ""
    return f"{share:.0%}".removesuffix("%") if share >= _ONE_PERCENT else "<1"


def _median(ascending: Sequence[float]) -> float:
    half, odd = divmod(len(ascending), 2)
    return ascending[half] if odd else (ascending[half - 1] + ascending[half]) / 2


def _having(report: Report, metric: str) -> list[RankerReport]:
    return [ranker for ranker in report.rankers if metric in ranker.figures]


def short(name: str) -> str:
    """A name that fits beside a figure."""
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
