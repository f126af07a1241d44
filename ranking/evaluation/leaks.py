"""Leaks: whether any ranker knew of the future. Cut the future away, and see whether the orders stay the same."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ranking.evaluation.log import Log
from ranking.evaluation.outcomes import Outcome, by_ranker, outcomes
from ranking.evaluation.rankers import Ranker
from ranking.evaluation.trials import Protocol, Slice, Trial

_N_MOMENTS = 3

_Question = tuple[str, datetime, tuple[str, ...]]  # whose, when, and what was wanted


@dataclass(frozen=True, slots=True)
class LeakCheck:
    """How many orders were compared with those from a log that ends there, and the rankers whose orders differ."""

    n_compared: int
    leaking: tuple[str, ...]


def check_for_leaks(
    log: Log,
    ask: Callable[[Log], Protocol],
    told: Sequence[list[list[Outcome]]],
    rankers: Sequence[Ranker],
    cutoffs: Sequence[int],
) -> LeakCheck:
    """Asks again at some moments, with a log that ends there, and compares with what was told with the whole log.

    `ask` makes the protocol from a log; it must be one that goes through time.
    """
    told_before = [{_question(one): one for one in ones} for ones in by_ranker(len(rankers), told)]
    known_at = {_asked(trial): one.known_at for one in ask(log).slices for trial in one.trials}
    n_compared = 0
    leaking: dict[str, None] = {}
    for moment in _moments([at for _, at, _ in told_before[0]]):
        protocol = ask(log.until(moment))
        asked = [trial for one in protocol.slices for trial in one.trials if _asked(trial) in known_at]
        # What is asked about is not there to be learned from, either.
        said = (one for one in protocol.log.feedback if one.at < moment)
        before = Log.of(protocol.log.events, said, opened=protocol.log.opened, terms=protocol.log.terms)
        for one in outcomes(replace(protocol, log=before, slices=_last(asked, known_at)), rankers, cutoffs):
            for ranker, known, fresh in zip(rankers, told_before, one, strict=True):
                pairs = [(known[_question(again)], again) for again in fresh if _question(again) in known]
                n_compared += len(pairs)
                if any((was.top, was.place) != (again.top, again.place) for was, again in pairs):
                    leaking[ranker.name] = None
    return LeakCheck(n_compared, tuple(leaking))


def _last(asked: Sequence[Trial], known_at: Mapping[_Question, datetime]) -> tuple[Slice, ...]:
    """The trials that were asked with the same knowledge as the last, as a slice. A log that is cut off has fewer
    trials, and would be cut into slices elsewhere."""
    if not asked:
        return ()
    known = known_at[_asked(asked[-1])]
    return (Slice(known, asked[-1].at, tuple(trial for trial in asked if known_at[_asked(trial)] == known)),)


def _asked(trial: Trial) -> _Question:
    return trial.user_id, trial.at, trial.wanted


def _question(one: Outcome) -> _Question:
    return one.user_id, one.at, one.wanted


def _moments(asked_at: Sequence[datetime]) -> list[datetime]:
    """Some moments at which something was asked, evenly spread over what was asked."""
    ordered = sorted(asked_at)
    spread = (len(ordered) * number // (_N_MOMENTS + 1) for number in range(1, _N_MOMENTS + 1))
    return sorted({ordered[place] for place in spread}) if ordered else []
