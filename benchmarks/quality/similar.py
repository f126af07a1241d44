"""Similar Events: the share of the five nearest that belong to the same story or class."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.quality import bbc, uci
from benchmarks.quality.figures import BBC_PRECISION, UCI_PRECISION, Goal, Line, Table
from benchmarks.quality.settings import UNFOLDED, WORDS
from ranking.corpus import build_corpus
from ranking.evaluation.intervals import Estimate, mean_of_trials
from ranking.evaluation.outcomes import Spread
from ranking.event import Event
from ranking.features import fit_statistics
from ranking.params import Params
from ranking.similarity import similar_events
from ranking.text import terms_of

_K = 5
_PRECISION = f"precision@{_K}"
_OURS, _PLAIN = "Similar Events", "words alone (TF-IDF cosine)"
_N_TASKS = 8


def both(folder: Path, spread: Spread) -> tuple[Table, ...]:
    """BBC's classes and the stories of the UCI headlines. Raises Absent."""
    articles, class_of = bbc.articles(folder)
    headlines, story_of = uci.headlines(folder)
    by_article = {one: one for one in class_of}
    of_bbc = _table("BBC: articles of the same class", articles, class_of, by_article, BBC_PRECISION, spread)
    of_uci = _table("UCI headlines: those of the same story", headlines, story_of, story_of, UCI_PRECISION, spread)
    return of_bbc, of_uci


def precisions(
    events: Sequence[Event], label_of: Mapping[str, str], event_ids: Sequence[str], params: Params
) -> list[float]:
    """For each of some events, the share of its five most similar that have its label."""
    terms = {event.id: terms_of(event) for event in events}
    corpus = build_corpus(events, terms, fit_statistics(list(terms.values()), params), params, "similar")
    found = []
    for event_id in event_ids:
        near = similar_events(corpus, event_id, _K, params).similar
        found.append(sum(label_of[one.event.id] == label_of[event_id] for one in near) / _K)
    return found


def _table(
    title: str,
    events: Sequence[Event],
    label_of: Mapping[str, str],
    group_of: Mapping[str, str],
    target: float,
    spread: Spread,
) -> Table:
    event_ids = [event.id for event in events]
    n = -(-len(event_ids) // _N_TASKS)
    measured: dict[str, list[float]] = {}
    for name, params in ((_OURS, UNFOLDED), (_PLAIN, WORDS)):
        some = (event_ids[start : start + n] for start in range(0, len(event_ids), n))
        tasks = ((events, label_of, ones, params) for ones in some)
        measured[name] = [value for values in spread(precisions, tasks) for value in values]
    less = [ours - plain for ours, plain in zip(measured[_OURS], measured[_PLAIN], strict=True)]
    groups = [group_of[one] for one in event_ids]
    n_groups = len(set(groups))
    over = "articles" if n_groups == len(groups) else f"the {n_groups} stories"
    return Table(
        title,
        f"The five events most similar to each of {len(events):,}, nothing folded. Intervals are over {over}.",
        (_PRECISION,),
        tuple(Line(name, {_PRECISION: _mean(values, groups)}) for name, values in measured.items()),
        (Line(f"{_OURS} less words alone", {_PRECISION: _mean(less, groups)}),),
        (Goal("0.7 TF-IDF + 0.3 LSA", _OURS, _PRECISION, target),),
        settings=((_OURS, UNFOLDED), (_PLAIN, WORDS)),
    )


def _mean(values: Sequence[float], groups: Sequence[str]) -> Estimate:
    """The mean of all values, with its interval over groups."""
    by_group: defaultdict[str, list[float]] = defaultdict(list)
    for value, group in zip(values, groups, strict=True):
        by_group[group].append(value)
    return mean_of_trials(list(by_group.values()))
