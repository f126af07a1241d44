"""Known: the state of knowledge that rankers start from, and nothing that came after it."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import numpy as np

from ranking.corpus import Corpus, build_corpus
from ranking.crowd import HALF_LIVES, Alike, Liking, fit_alike, popularity
from ranking.evaluation.log import Feedback, Log, Opened
from ranking.evaluation.trials import Slice, Trial
from ranking.features import Integers, Statistics, fit_statistics, strongest
from ranking.ledger import Adjustment, Ledger, Open
from ranking.params import Params
from ranking.reader import Reader
from ranking.scoring import on_step, step_of
from ranking.text import Terms

T = TypeVar("T", Feedback, Opened)

_MAX_REMEMBERED = 500  # rows of alike readers, some 50 kB each where there are few events, and what was popular


class Known:
    """What is known in a slice: the events published by its end, with statistics and `crowd` as of its beginning.

    Rankers get this and no log, so that nothing of the future is within their reach. Rows are those of the corpus,
    newest first, and the same for all parameters.
    """

    def __init__(self, log: Log, of: Slice) -> None:
        self._log = log
        self._opened: defaultdict[str, list[Opened]] = defaultdict(list)
        for opened in log.opened:
            self._opened[opened.user_id].append(opened)
        self._events = tuple(event for event in log.events if event.published_at <= of.live_until)
        self._before = [event for event in self._events if event.published_at < of.known_at]
        self.crowd = _between(log.feedback, None, of.known_at)
        self.known_at = of.known_at
        self._corpora: dict[Params, Corpus] = {}
        self._refreshed: dict[Params, tuple[datetime, datetime, Corpus]] = {}
        self._alike_rows: dict[tuple[datetime, float, int, float, int, bool], Alike] = {}
        self._popular: dict[tuple[datetime, float, bool], Mapping[str, float]] = {}
        self._kept: dict[tuple[str, str, int], Terms] = {}

    def corpus(self, params: Params) -> Corpus:
        """The live events, with the features that these parameters ask for."""
        if params not in self._corpora:
            statistics = fit_statistics([self._log.terms[event.id] for event in self._before], params)
            self._corpora[params] = build_corpus(self._events, self._log.terms, statistics, params, "replay")
        return self._corpora[params]

    def corpus_at(self, moment: datetime, params: Params) -> Corpus:
        """The corpus with what the crowd has turned up by then. As in service, rows of alike readers and popularity are
        those of the beginning of their step of time."""
        alike_at = step_of(moment, timedelta(hours=params.alike_refresh_hours))
        heat_at = on_step(moment, params)
        of_alike, of_heat, corpus = self._refreshed.get(params, (None, None, self.corpus(params)))
        if params.alike_weight and of_alike != alike_at:
            corpus = corpus.with_alike(self._alike(alike_at, params))
        if params.popularity_points and of_heat != heat_at:
            corpus = corpus.with_heat(self.popular_at(heat_at, params), heat_at)
        self._refreshed[params] = (alike_at, heat_at, corpus)
        return corpus

    def popular_at(self, moment: datetime, params: Params) -> Mapping[str, float]:
        """What was popular just before a moment: the decayed number of readers by event id."""
        asked = (moment, params.popularity_half_life_hours, params.learn_from_opens)
        if asked not in self._popular:
            if len(self._popular) >= _MAX_REMEMBERED:
                self._popular.clear()
            since = moment - timedelta(hours=HALF_LIVES * params.popularity_half_life_hours)
            self._popular[asked] = popularity(self._likings(since, moment, params), moment, params)
        return self._popular[asked]

    def _alike(self, moment: datetime, params: Params) -> Alike:
        """The rows of alike readers as of a moment. Parameters that differ in other things share them."""
        asked = (
            moment,
            params.alike_weight,
            params.alike_dims,
            params.alike_shrink,
            params.alike_fewest_readers,
            params.learn_from_opens,
        )
        if asked not in self._alike_rows:
            if len(self._alike_rows) >= _MAX_REMEMBERED:
                self._alike_rows.clear()
            live = [event.id for event in self._events if event.published_at < moment]
            self._alike_rows[asked] = fit_alike(self._likings(None, moment, params), live, params)
        return self._alike_rows[asked]

    def _likings(self, since: datetime | None, until: datetime, params: Params) -> list[Liking]:
        """What readers turned up between two moments, the latter not included, and have not turned down by then; and
        what they opened, where opens teach."""
        last = {(one.user_id, one.event_id): one for one in _between(self._log.spoken, since, until)}
        kept = {key: Liking(*key, one.at) for key, one in last.items() if one.level > 0}
        if params.learn_from_opens:
            for opened in _between(self._log.opened, since, until):
                key = (opened.user_id, opened.event_id)
                if self._log.first_said.get(key, until) >= until:
                    kept[key] = Liking(*key, opened.at)
        return list(kept.values())

    def said(self, trial: Trial) -> Sequence[Feedback]:
        """What the reader of a trial had said by then, oldest first."""
        return self._log.by_reader.get(trial.user_id, ())[: trial.n_said]

    def reader(self, trial: Trial, params: Params) -> Reader:
        """The reader of a trial, with the ledger that the service would have by then."""
        statistics = self.corpus(params).statistics
        kept: dict[str, Adjustment] = {}
        for said in self.said(trial):
            before = kept.get(said.event_id)
            if before is None or before.level != said.level:  # to say the same again changes nothing
                kept.pop(said.event_id, None)
                terms = self._terms_kept(said.event_id, statistics, params)
                kept[said.event_id] = Adjustment(said.event_id, said.level, said.at, terms)
        return Reader(Ledger(tuple(kept.values())[-params.ledger_cap :]), opens=self._opens(trial, params))

    def candidates(self, corpus: Corpus, trial: Trial) -> Integers:
        """The rows of the events to be put in order, newest first."""
        there = corpus.published <= trial.at.timestamp()
        if trial.among is not None:
            rows = {corpus.rows[one] for one in trial.among if one in corpus.rows}
            return np.array(sorted(row for row in rows if there[row]), dtype=np.int64)
        there[[corpus.rows[said.event_id] for said in self.said(trial) if said.event_id in corpus.rows]] = False
        return np.flatnonzero(there)

    def _opens(self, trial: Trial, params: Params) -> tuple[Open, ...]:
        """What the reader of a trial had opened by then, oldest first, where opens teach."""
        if not params.learn_from_opens:
            return ()
        statistics = self.corpus(params).statistics
        before = _between(self._opened.get(trial.user_id, ()), None, trial.at)
        last = {one.event_id: one for one in before}
        opens = (
            Open(one.event_id, one.at, self._terms_kept(one.event_id, statistics, params)) for one in last.values()
        )
        return tuple(sorted(opens, key=lambda one: (one.at, one.event_id)))[-params.opens_cap :]

    def _terms_kept(self, event_id: str, statistics: Statistics, params: Params) -> Terms:
        key = (event_id, params.version, params.terms_per_press)
        if key not in self._kept:
            self._kept[key] = strongest(self._log.terms[event_id], statistics, params.terms_per_press)
        return self._kept[key]


def _between(ones: Sequence[T], since: datetime | None, until: datetime) -> Sequence[T]:
    """Those of what is in order of time that are from a moment on and before another."""
    first = bisect_left(ones, since, key=_moment) if since is not None else 0
    return ones[first : bisect_left(ones, until, key=_moment)]


def _moment(one: Feedback | Opened) -> datetime:
    return one.at
