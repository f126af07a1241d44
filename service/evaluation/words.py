"""Words: how figures, metrics and verdicts are written, wherever a person reads them."""

from collections.abc import Iterable, Sequence

from ranking.evaluation.comparison import Difference, RankerReport, Report, Verdict
from ranking.evaluation.intervals import Estimate

NOTHING = "–"
MARKS = {Verdict.BETTER: "▲", Verdict.WORSE: "▼", Verdict.NOT_DISTINGUISHABLE: "≈"}
LEGEND = "Against the reference, trial by trial: ▲ better, ▼ worse, ≈ not distinguishable (95 % interval over readers)."

# Of each metric, by what stands before the @: how it is written, and what it says.
_METRICS = {
    "ndcg": (
        "nDCG",
        "How far up the wanted event stands on the first page: 1 at the very top, 0 where it is not on it.",
    ),
    "recall": ("recall", "The share of wanted events that are among so many of the first."),
    "mrr": ("MRR", "One divided by the place of the first wanted event, on average."),
    "auc": ("AUC", "The share of other events that stand below the one asked about; .5 is chance."),
    "hit": ("hit", "The share of questions with a wanted event among so many of the first."),
    "diversity": ("diversity", "How unlike one another the events of the first page are in their words, 1 at most."),
    "novelty": ("novelty", "How few readers adjusted the events of the first page before, in bits."),
    "calibration": (
        "calibration",
        "How far the categories of the first page are from those that the reader turned up, in nats; 0 is best.",
    ),
    "coverage": ("coverage", "The share of the catalogue that stands on the first page of any reader."),
}
_FINDS = ("ndcg", "recall", "mrr", "auc", "hit")
_SHOWS = ("diversity", "novelty", "calibration", "coverage")
_IN_UNITS = ("novelty", "calibration")  # bits and nats, not shares
_ENOUGH_READERS = 20  # with fewer, percentile bootstrap intervals hold the truth clearly less often than they say
_NOTHING_AT_ALL = 1e-9  # what is left over when equal figures are subtracted
_PROTOCOLS = {
    "replay": "Replay in the order of time. Each adjustment is asked about just before it is learned: where would the "
    "event have stood that the reader is about to press? What a ranker knows is what was known at that time.",
    "impressions": "Pages that were shown are put in order anew. What the reader then chose of a page is what was "
    "wanted, and nothing that was not on it can win.",
    "sampled": "The last share of what each reader turned up is held out, and each of these events stands among events "
    "drawn by chance that the reader never adjusted. Figures come out higher than with all events.",
    "full": "The last share of what each reader turned up is held out, and is to be found again among all events that "
    "the reader had not adjusted.",
}


def stem(metric: str) -> str:
    """A metric's name without its cutoff."""
    return metric.partition("@")[0]


def metric_name(metric: str) -> str:
    """A metric as it is written: nDCG@10."""
    name, at, cutoff = metric.partition("@")
    return _METRICS.get(name, (name, ""))[0] + at + cutoff


def metric_meaning(metric: str) -> str:
    """What a metric says, in a sentence."""
    return _METRICS.get(stem(metric), ("", ""))[1]


def protocol_meaning(protocol: str) -> str:
    """How a protocol asks, in a few sentences."""
    return _PROTOCOLS.get(protocol, "")


def metrics_that_find(report: Report) -> list[str]:
    """The metrics of how well events are found, the main one first, then in the order in which they are read."""
    return _chosen(report, _FINDS)


def metrics_that_show(report: Report) -> list[str]:
    """The metrics of what is shown."""
    return _chosen(report, _SHOWS)


def _chosen(report: Report, stems: Sequence[str]) -> list[str]:
    measured = dict.fromkeys(metric for ranker in report.rankers for metric in ranker.figures)
    known = [metric for metric in measured if stem(metric) in stems]
    return sorted(known, key=lambda one: (one != report.main_metric, stems.index(stem(one)), _cutoff(one)))


def _cutoff(metric: str) -> int:
    cutoff = metric.partition("@")[2]
    return int(cutoff) if cutoff else 0


def number(value: float | None, metric: str) -> str:
    """A figure: shares to three digits without a leading zero (.740), bits and nats to two (6.48)."""
    if value is None:
        return NOTHING
    if stem(metric) in _IN_UNITS:
        return f"{value:z.2f}".replace("-", "−")
    written = f"{value:z.3f}".replace("-", "−")
    return written.removeprefix("0") if not written.startswith("−0") else "−" + written[2:]


def signed(value: float | None, metric: str) -> str:
    """A difference, with its sign, which even one that rounds to zero has: on it the verdict hangs. +.034, −.000."""
    if value is None:
        return NOTHING
    sign = "" if abs(value) < _NOTHING_AT_ALL else "+" if value > 0 else "−"
    return sign + number(abs(value), metric)


def interval(one: Estimate, metric: str) -> str:
    """A figure's interval: .718–.760; empty where there is none."""
    if one.low is None or one.high is None:
        return ""
    return f"{number(one.low, metric)}–{number(one.high, metric)}"


def signed_interval(one: Estimate, metric: str) -> str:
    """A difference's interval: +.021 to +.046; empty where there is none."""
    if one.low is None or one.high is None:
        return ""
    return f"{signed(one.low, metric)} to {signed(one.high, metric)}"


def count(n: int, noun: str) -> str:
    """So many of something, with a comma at thousands: 1,069 trials."""
    return f"{n:,} {noun}" + ("" if n == 1 else "s")


def extent(report: Report) -> str:
    """How much a report rests on."""
    trials, readers = count(report.n_trials, "trial"), count(report.n_readers, "reader")
    return f"{trials} of {readers}, {count(report.n_events, 'event')}"


def caution(report: Report) -> str:
    """What to be wary of; empty where there are readers enough."""
    if report.n_readers >= _ENOUGH_READERS:
        return ""
    return f"There are only {count(report.n_readers, 'reader')}: intervals are too narrow, and verdicts too sure."


def difference_of(ranker: RankerReport, metric: str) -> Difference | None:
    """A ranker's difference to the reference by a metric; None for the reference and for what has no pairs."""
    return next((one for one in ranker.differences if one.metric == metric), None)


def mark(ranker: RankerReport, metric: str) -> str:
    """The sign of a ranker's verdict by a metric, empty where there is none."""
    found = difference_of(ranker, metric)
    return MARKS[found.verdict] if found else ""


def starts_of(report: Report) -> list[int]:
    """The points of the learning curve at which anything was measured."""
    return sorted({start for one in report.rankers for start, at in one.curve.items() if at.value is not None})


def levels_of(report: Report) -> list[int]:
    """The levels of the presses that were asked about, the highest first."""
    return sorted({level for one in report.rankers for level in one.by_level}, reverse=True)


def level_name(level: int) -> str:
    """A level as it is written: +2, 0, −1."""
    return "0" if level == 0 else f"{level:+d}".replace("-", "−")


def presses(starts: Sequence[int], start: int) -> str:
    """What a point of the learning curve stands for: 5–9 presses."""
    place = starts.index(start)
    if place + 1 == len(starts):
        return f"{start}+"
    end = starts[place + 1] - 1
    return str(start) if end == start else f"{start}–{end}"


def verdict_sentence(report: Report) -> str:
    """What a report comes to: the reference against the best of the others, by the main metric."""
    reference, *others = report.rankers
    metric, name = report.main_metric, metric_name(report.main_metric)
    ours = reference.figures[metric] if metric in reference.figures else Estimate(None, None, None, 0)
    if ours.value is None:
        return "There was nothing to measure."
    best = max(others, key=lambda one: _value(one, metric), default=None)
    found = difference_of(best, metric) if best else None
    if best is None or found is None or found.estimate.value is None:
        alone = f"{name} {number(ours.value, metric)} ({interval(ours, metric)})"
        return f"{reference.name} has {alone}, and there is nothing to set it against."
    theirs = number(best.figures[metric].value, metric)
    if found.verdict is Verdict.BETTER:
        return (
            f"{best.name} finds what readers want better than {reference.name}, the reference: {name} {theirs} against "
            f"{number(ours.value, metric)}, {_told(found.estimate, metric)}."
        )
    gain = _turned(found.estimate)
    figures = f"{name} {number(ours.value, metric)} against {theirs}, {_told(gain, metric)}"
    if found.verdict is Verdict.WORSE:
        rank = ", the best of the others" if len(others) > 1 else ""
        return f"{reference.name} finds what readers want better than {best.name}{rank}: {figures}."
    return f"{reference.name} and {best.name} are not distinguishable: {figures}."


def tally(report: Report) -> str:
    """How many rankers do better than the reference, how many worse, and of how many it cannot be said."""
    found = [difference_of(ranker, report.main_metric) for ranker in report.rankers[1:]]
    verdicts = [one.verdict for one in found if one]
    if not verdicts:
        return ""
    told = _listed(f"{verdicts.count(verdict)} {verdict}" for verdict in Verdict)
    return f"Of {count(len(verdicts), 'ranker')} set against {report.rankers[0].name}: {told}."


def _listed(parts: Iterable[str]) -> str:
    *first, last = parts
    return f"{', '.join(first)} and {last}"


def _told(one: Estimate, metric: str) -> str:
    return f"{signed(one.value, metric)} ({signed_interval(one, metric)})"


def _turned(one: Estimate) -> Estimate:
    """The same difference seen from the other side."""
    value, low, high = (None if edge is None else -edge for edge in (one.value, one.high, one.low))
    return Estimate(value, low, high, one.n)


def _value(ranker: RankerReport, metric: str) -> float:
    found = ranker.figures.get(metric)
    return found.value if found and found.value is not None else float("-inf")
