"""Tuning: parameters that suit a log, sought with one half of its readers and judged with the other."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from ranking.evaluation.comparison import Difference, Verdict, difference
from ranking.evaluation.outcomes import Spread, by_ranker, one_by_one, outcomes
from ranking.evaluation.rankers import Signalfeed
from ranking.evaluation.trials import Protocol, Trial
from ranking.params import Params

# What is tried of each parameter, in this order: first what matters most for most logs.
SPACE: Mapping[str, Sequence[float]] = {
    "freshness_points": (0.25, 0.5, 1.0, 2.0, 4.0, 8.0),
    "freshness_half_life_hours": (1.0, 6.0, 24.0, 72.0, 240.0),
    "popularity_points": (0.0, 1.0, 2.0, 4.0),
    "popularity_half_life_hours": (1.0, 3.0, 12.0),
    "gain": (5.0, 10.0, 20.0, 40.0),
    "alike_weight": (0.0, 1.0, 2.0, 4.0),
    "noise": (1.0, 3.0, 10.0),
    "source_weight": (0.0, 0.15, 0.3, 0.7),
    "category_weight": (0.0, 0.1, 0.3, 0.6),
    "language_weight": (0.0, 0.1, 0.3),
    "press_half_life": (10.0, 20.0, 50.0, 1000.0),
}
_N_ROUNDS = 2


@dataclass(frozen=True, slots=True)
class Tried:
    """A value of a parameter that was tried in place of what was best until then, and what that gained on the readers
    who were sought with."""

    name: str
    value: float
    gained: Difference
    kept: bool


@dataclass(frozen=True, slots=True)
class Tuning:
    """What came of a search: the parameters, all that was tried, and how much better the result is than the start on
    the readers whom the search has not seen."""

    params: Params
    n_readers: int
    n_held_out: int
    tried: tuple[Tried, ...]
    held_out: Difference

    @property
    def sure(self) -> bool:
        """Whether the result is better on the held-out readers, as far as the interval tells."""
        return self.held_out.verdict is Verdict.BETTER


def tune(
    protocol: Protocol,
    start: Params,
    metric: str,
    k: int,
    *,
    space: Mapping[str, Sequence[float]] = SPACE,
    spread: Spread = one_by_one,
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> Tuning:
    """Tries the values of one parameter after the other, each against the best so far, and keeps what is better beyond
    doubt: where the interval of the gain over readers lies above 0. Ends when a round over all has changed nothing.

    `progress` is told what is tried next.
    """
    ours, held_out = (of_half(protocol, half=half, seed=seed) for half in (False, True))
    best = start
    tried: list[Tried] = []
    for _ in range(_N_ROUNDS):
        before = best
        for name, values in space.items():
            progress(name)
            rivals = [_with(best, name, value) for value in values if value != getattr(best, name)]
            found = list(_gains(ours, best, rivals, metric, k, spread))
            better = [one for one in found if one[1].verdict is Verdict.BETTER]
            winner = max(better, key=lambda one: one[1].estimate.value or 0.0)[0] if better else best
            tried += [Tried(name, getattr(rival, name), gained, rival is winner) for rival, gained in found]
            best = winner
        if best == before:
            break
    gained = next(_gains(held_out, start, [best], metric, k, spread))[1]
    return Tuning(best, _n_readers(ours), _n_readers(held_out), tuple(tried), gained)


def of_half(protocol: Protocol, *, half: bool, seed: int = 0) -> Protocol:
    """The protocol with the trials of one half of the readers; what all of them said remains known."""

    def ours(trial: Trial) -> bool:
        return bool(sha256(f"{seed} {trial.user_id}".encode()).digest()[0] % 2) is half

    slices = (replace(one, trials=tuple(filter(ours, one.trials))) for one in protocol.slices)
    return replace(protocol, slices=tuple(one for one in slices if one.trials))


def _gains(
    protocol: Protocol, best: Params, rivals: Sequence[Params], metric: str, k: int, spread: Spread
) -> Iterator[tuple[Params, Difference]]:
    """What each rival gains over the best so far, on the same trials."""
    rankers = [Signalfeed(str(number), params) for number, params in enumerate((best, *rivals))]
    told = by_ranker(len(rankers), outcomes(protocol, rankers, (k,), spread))
    for rival, ours in zip(rivals, told[1:], strict=True):
        yield rival, difference(metric, ours, told[0])


def _with(params: Params, name: str, value: float) -> Params:
    changed: dict[str, Any] = {name: value}
    return replace(params, **changed)


def _n_readers(protocol: Protocol) -> int:
    return len({trial.user_id for one in protocol.slices for trial in one.trials})
