"""Counterfactual: how often readers would choose what another policy shows, from pages that ours has shown.

What is estimated. Each place of a logged page is a bandit of its own: the context is the reader and what stood above,
the action the event at the place, the reward 1 where the reader chose it. The policy that is asked about (the target)
makes no draws: it is the feed with other parameters, going on after what was logged above. The figures are the mean
reward of the places *given to a draw* (propensity below 1), had the target had each of them once. They are neither of
whole pages of the target, whose places would stand below others than those logged, nor of places without a draw: of
those the log knows one event only. Where it is the target's, nothing changes; where not, no weight can tell what would
have been, and the place is counted as unsupported. Whether a place was drawn for follows from its context alone, so to
keep to those favours no event.

What is assumed: that a choice does not depend on what stands below; and that catalogue, presses and opens are as in the
log, which knows no mutes, pins, clears or dismissals, and of what was seen only what was opened. To test it, ask about
the parameters that made the log: of places without a draw, none should be unsupported.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from itertools import chain

import numpy as np
import numpy.typing as npt

from ranking.diversity import Mask
from ranking.evaluation.comparison import Difference, Verdict
from ranking.evaluation.intervals import Estimate, estimate
from ranking.evaluation.known import Known
from ranking.evaluation.log import Impression, Log, Opened
from ranking.evaluation.outcomes import Spread, one_by_one
from ranking.evaluation.trials import Slice, Trial, in_time
from ranking.features import Floats
from ranking.feed import Slot, rank
from ranking.interactions import Encounter, History
from ranking.params import Params
from ranking.profile import fit
from ranking.scoring import score
from ranking.similarity import similarities

_CHOSEN_WITHIN = timedelta(days=1)
_RIDGE, _FLAT = 1.0, 1e-9  # a column that spreads less than that is the same everywhere
_N_LEAST_READERS, _N_LEAST_EFFECTIVE, _LEAST_EFFECTIVE_SHARE = 20, 100, 0.05
_LARGEST_SHARE, _UNSUPPORTED_SHARE = 0.1, 0.05  # of all weight, and of all places
_WIDTH = 12  # figures for each place

_Page = tuple[Impression, tuple[str, ...]]  # with what was chosen of it


class Caution(StrEnum):
    """Why a log does not support what is estimated from it."""

    NO_DRAWS = "no place was given to a draw, so the log tells nothing of another policy"
    UNBALANCED = "weights do not average 1: propensities are not what they say, or choices could not have been drawn"
    THIN = "the target's choices were drawn too rarely: the effective sample is small"
    HEAVY = "a single place has more than a tenth of all weight"
    FEW_READERS = "there are too few readers for an interval over readers"
    UNSUPPORTED = "at many places the target would show an event that could not have been there"


@dataclass(frozen=True, slots=True, eq=False)
class Logged:
    """The places of a log, (n,) each: whose page it was, the reward (0–1), the propensity of what was shown, whether
    the target `agrees` with it, and what a reward model expects (0–1) of what was shown and of the target's choice.

    A model must not have seen the rewards of the reader whom it speaks of. With zeros for a model doubly robust is IPS.
    Raises ValueError where lengths differ or a propensity is not in (0, 1].
    """

    user_ids: npt.NDArray[np.str_]
    rewards: Floats
    propensities: Floats
    agrees: Mask
    q_logged: Floats
    q_target: Floats
    n_pages_left_out: int = 0

    def __post_init__(self) -> None:
        columns = (self.rewards, self.propensities, self.agrees, self.q_logged, self.q_target)
        if any(column.shape != self.user_ids.shape for column in columns):
            raise ValueError("each place needs one of each")
        if not ((self.propensities > 0) & (self.propensities <= 1)).all():
            raise ValueError("a propensity should be above 0 and up to 1")


@dataclass(frozen=True, slots=True)
class CounterfactualReport:
    """What a log tells of a target.

    Of the `n_drawn` places with a draw: `logged`, the mean reward that there was; `ips`, `snips` and `doubly_robust`,
    estimates of what the target's would be, and their `differences` to `logged`; `mean_weight`, near 1 where all is
    well; `n_effective`, the effective sample size; and `largest_share`, that of the heaviest place in all weight.
    `unsupported_share` is of all `n_places`. Verdicts are held back where a caution is about the drawn places.
    """

    n_readers: int
    n_places: int
    n_drawn: int
    n_pages_left_out: int
    logged: Estimate
    ips: Estimate
    snips: Estimate
    doubly_robust: Estimate
    mean_weight: Estimate
    n_effective: float
    largest_share: float | None
    unsupported_share: float | None
    differences: tuple[Difference, ...] = ()
    cautions: tuple[Caution, ...] = ()


# A figure of sums over places: of 1, the reward r, the weight w, w·r, and the doubly robust term.
_Figure = Callable[[float, float, float, float, float], float]
_ESTIMATORS: dict[str, _Figure] = {
    "ips": lambda n, _r, _w, wr, _d: wr / n,
    "snips": lambda _n, _r, w, wr, _d: wr / w if w else np.nan,
    "doubly_robust": lambda n, _r, _w, _wr, d: d / n,
}


def counterfactual(logged: Logged) -> CounterfactualReport:
    """The report on the places of a log. With w = 1/propensity where the target agrees and 0 elsewhere, it has

    - IPS, the mean of w·r (Horvitz & Thompson, JASA 1952): without bias, but of large variance;
    - SNIPS, the sum of w·r by the sum of w (Swaminathan & Joachims, NeurIPS 2015): steadier, with a bias that vanishes;
    - doubly robust, the mean of q(target) + w·(r - q(logged)) (Dudík, Langford & Li, ICML 2011): right where either the
      propensities or the model q are, and the narrower the better the model. It is the one to go by;
    - the effective sample size, (sum of w)² / sum of w² (Kish, Survey Sampling, 1965).

    Intervals are over readers. SNIPS has none where a resample has no place on which the target agrees.
    """
    drawn, rewards = logged.propensities < 1, logged.rewards
    w = np.where(logged.agrees, 1 / logged.propensities, 0.0)
    robust = logged.q_target + w * (rewards - logged.q_logged)
    columns = np.column_stack([np.ones(len(drawn)), rewards, w, w * rewards, robust])[drawn]
    readers, reader = np.unique(logged.user_ids[drawn], return_inverse=True)
    sums, weight = np.zeros((len(readers), columns.shape[1])), columns[:, 2]
    np.add.at(sums, reader, columns)
    ips, snips, robust_mean = (_over_readers(sums, figure) for figure in _ESTIMATORS.values())
    report = CounterfactualReport(
        len(sums), len(drawn), len(weight), logged.n_pages_left_out,
        logged=_over_readers(sums, lambda n, r, _w, _wr, _d: r / n), ips=ips, snips=snips, doubly_robust=robust_mean,
        mean_weight=_over_readers(sums, lambda n, _r, w, _wr, _d: w / n),
        n_effective=float(weight.sum() ** 2 / (weight @ weight)) if weight.any() else 0.0,
        largest_share=float(weight.max() / weight.sum()) if weight.any() else None,
        unsupported_share=float((~drawn & ~logged.agrees).mean()) if len(drawn) else None,
    )  # fmt: skip
    cautions = _cautions(report)
    held_back = any(one is not Caution.UNSUPPORTED for one in cautions)
    differences = tuple(_difference(name, sums, figure, held_back) for name, figure in _ESTIMATORS.items())
    return replace(report, differences=differences, cautions=cautions)


def _cautions(report: CounterfactualReport) -> tuple[Caution, ...]:
    n, low, high = report.n_drawn, report.mean_weight.low, report.mean_weight.high
    found = {
        Caution.NO_DRAWS: n == 0,
        Caution.UNBALANCED: low is not None and high is not None and not low <= 1 <= high,
        Caution.THIN: n > 0 and report.n_effective < max(_N_LEAST_EFFECTIVE, _LEAST_EFFECTIVE_SHARE * n),
        Caution.HEAVY: (report.largest_share or 0.0) > _LARGEST_SHARE,
        Caution.FEW_READERS: n > 0 and report.n_readers < _N_LEAST_READERS,
        Caution.UNSUPPORTED: (report.unsupported_share or 0.0) > _UNSUPPORTED_SHARE,
    }
    return tuple(one for one, is_so in found.items() if is_so)


def _difference(name: str, sums: Floats, figure: _Figure, held_back: bool) -> Difference:
    """How much more than there was an estimator says there would be, in the very same places."""
    found = _over_readers(sums, lambda n, r, w, wr, d: figure(n, r, w, wr, d) - r / n)
    verdict = Verdict.NOT_DISTINGUISHABLE
    if not held_back and found.low is not None and found.high is not None and not found.low <= 0 <= found.high:
        verdict = Verdict.BETTER if found.low > 0 else Verdict.WORSE
    return Difference(name, found, verdict)


def _over_readers(sums: Floats, figure: _Figure) -> Estimate:
    """A figure of the sums (readers × 5), with its interval: the parts of a ratio are drawn together."""
    rows = [[row] for row in range(len(sums))]
    found = estimate(rows, lambda drawn: figure(*sums[np.array(drawn)].sum(axis=0).tolist()))
    value, low, high = (None if one is None or np.isnan(one) else one for one in (found.value, found.low, found.high))
    return Estimate(value, low, high, int(sums[:, 0].sum()))


def logged_places(log: Log, params: Params, within: timedelta = _CHOSEN_WITHIN, spread: Spread = one_by_one) -> Logged:
    """The places of a log for a target: the feed with these parameters, made by the functions that serve, from what was
    known when a page was shown. A reward is a choice `within` a time.

    Left out, and counted, are pages that do not begin at the top (what stood above is not in them, and their order was
    made earlier), that are of a category or of new events alone, that were degraded or have events that the log does
    not know, and what was given out twice.
    """
    pages = _first_pages(log, within)
    slices = in_time(log, list(pages), params)
    found = list(spread(_slice_places, ((log, one, [pages[trial] for trial in one.trials], params) for one in slices)))
    user_ids = np.array([user_id for names, _ in found for user_id in names], dtype=np.str_)
    table = np.vstack([np.empty((0, _WIDTH)), *(rows for _, rows in found)])
    q_logged, q_target = _expected(user_ids, table[:, 0], table[:, 4:8], table[:, 8:])
    q_target[table[:, 3] == 0] = 0.0  # where nothing is left to show, nothing is chosen
    n_left_out = len(log.impressions) - sum(len(pages[trial]) for one in slices for trial in one.trials)
    return Logged(user_ids, table[:, 0], table[:, 1], table[:, 2] > 0, q_logged, q_target, n_left_out)


def _first_pages(log: Log, within: timedelta) -> dict[Trial, list[_Page]]:
    """The pages that can be made again, with what was chosen of each, by reader and moment."""
    published = {event.id: event.published_at for event in log.events}
    pages: defaultdict[Trial, list[_Page]] = defaultdict(list)
    given_out = set()
    for page, chosen in zip(log.impressions, log.chosen(within), strict=True):
        first = page.whole and [one.rank for one in page.events] == list(range(1, len(page.events) + 1))
        there = all(one.event_id in published and published[one.event_id] <= page.at for one in page.events)
        request = (page.user_id, page.request_id, page.events)
        if first and there and not page.degraded and request not in given_out:
            given_out.add(request)
            n_said = log.n_said_before(page.user_id, page.at)
            pages[Trial(page.user_id, page.at, n_said, ())].append((page, chosen))
    return dict(pages)


def _slice_places(log: Log, of: Slice, pages: Sequence[Sequence[_Page]], params: Params) -> tuple[list[str], Floats]:
    """Whose the places of a slice are, whose trials have these pages, and a row for each: reward, propensity, whether
    the target agrees, whether it has anything to show, and four features each of the logged event and the target's."""
    corpus = (known := Known(log, of)).corpus(params)
    opened: defaultdict[str, list[Opened]] = defaultdict(list)
    for one in log.opened:
        opened[one.user_id].append(one)
    user_ids, table = [], []
    for trial, together in zip(of.trials, pages, strict=True):
        target = _Target(known, trial, opened[trial.user_id], params)
        for page, chosen in together:
            rows = [corpus.row(shown.event_id) for shown in page.events]
            user_ids.extend([page.user_id] * len(rows))
            for shown, row, choice in zip(page.events, rows, target.choices(rows), strict=True):
                figures = (shown.event_id in chosen, shown.propensity, choice == row, choice is not None)
                features = (target.features(one, shown.rank) for one in (row, row if choice is None else choice))
                table.append([*map(float, figures), *chain.from_iterable(features)])
    return user_ids, np.array(table, dtype=np.float64).reshape(-1, _WIDTH)


class _Target:
    """The feed with the target's parameters, for one reader at one moment."""

    def __init__(self, known: Known, trial: Trial, opened: Iterable[Opened], params: Params) -> None:
        self._params, self._now, self._corpus = params, trial.at, known.corpus_at(trial.at, params)
        self._profile = fit(known.reader(trial, params), self._corpus.statistics, params)
        seen = {one.event_id: Encounter(one.at.timestamp()) for one in opened if one.at < trial.at}
        self._history = History().merged(History(seen), params.history_cap)
        self._scores = score(self._corpus, self._profile, self._history, self._now, params)
        self._later = [event.id for event in self._corpus.events if event.published_at > trial.at]

    def choices(self, shown: Sequence[int]) -> list[int | None]:
        """For each place of a page, given by rows, the row that the target has there, after what was logged above; None
        where it has none. As long as it agrees its order goes on, since an order begins as a shorter one does."""
        choices: list[int | None] = []
        following: list[int] = []
        for place, logged in enumerate(shown):
            following = following or self._following(shown[:place], len(shown) - place)
            choices.append(following.pop(0) if following else None)
            if choices[-1] != logged:
                following = []
        return choices

    def features(self, row: int, place: int) -> tuple[float, ...]:
        """What the reward model knows of an event at a place (from 1)."""
        scores = self._scores
        return float(np.log2(place)), *(float(part[row]) for part in (scores.signal, scores.freshness, scores.learned))

    def _following(self, above: Sequence[int], depth: int) -> list[int]:
        """The order after what was logged. The feed is one that draws, only not here: it keeps important events, which
        draws above may have pushed down, on its first page."""
        feed = rank(
            self._corpus, self._profile, now=self._now, params=self._params, limit=0, history=self._history,
            depth=depth, without=self._later, above=[self._slot(row) for row in above],
            draw=lambda _number, _value: None, explained=False,
        )  # fmt: skip
        return [self._corpus.rows[slot.event_ids[0]] for slot in feed.order]

    def _slot(self, row: int) -> Slot:
        """A logged event with its near-duplicates, which were folded there and must not come again."""
        near = np.flatnonzero(similarities(self._corpus, row) >= self._params.near_duplicate).tolist()
        return Slot(tuple(self._corpus.events[one].id for one in dict.fromkeys((row, *near))))


def _expected(user_ids: npt.NDArray[np.str_], rewards: Floats, *asked: Floats) -> tuple[Floats, ...]:
    """What ridge regression (Hoerl & Kennard, Technometrics 1970) on the standardised features that were `asked` first,
    (n × c) each, expects of all that were asked, clipped to 0–1. It speaks of each half of the readers by what the
    other half did, and says 0 where that is nobody."""
    half = np.array([sha256(user_id.encode()).digest()[0] % 2 for user_id in user_ids.tolist()], dtype=np.int64)
    expected = tuple(np.zeros(len(rewards)) for _ in asked)
    for mine, others in ((half == 0, half == 1), (half == 1, half == 0)):
        if mine.any() and others.any():
            x, y = asked[0][others], rewards[others]
            scale = np.where(x.std(axis=0) > _FLAT, x.std(axis=0), np.inf)  # what does not vary has no say
            z = (x - x.mean(axis=0)) / scale
            beta = np.linalg.solve(z.T @ z + _RIDGE * np.eye(z.shape[1]), z.T @ (y - y.mean())) / scale
            for found, features in zip(expected, asked, strict=True):
                found[mine] = np.clip(y.mean() + (features[mine] - x.mean(axis=0)) @ beta, 0.0, 1.0)
    return expected
