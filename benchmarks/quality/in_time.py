"""Deskdrop in time order: each press is asked for just before it is learned."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.quality import deskdrop
from benchmarks.quality.figures import IN_TIME_MRR, MATCHED_NDCG, Table, differences, goals
from benchmarks.quality.measuring import lines, named, told
from benchmarks.quality.settings import AGELESS, AGELESS_CONTENT, BLOCKS, PRIOR, PURE
from ranking.evaluation.outcomes import Spread
from ranking.evaluation.rankers import Signalfeed
from ranking.evaluation.trials import Protocol, replay
from ranking.evaluation.tuning import of_half, tune
from ranking.params import Params

_NDCG, _MRR = ("ndcg@10",), ("mrr",)
_NO_EDITORS = (
    "The articles have no signal of editors, so all of the prior is freshness and what is popular; that readers press "
    "what has just come is stronger here than the default takes it to be, which leaves room for what editors say."
)
_AGE = (
    "Newest first is no competitor here but a warning: readers press what has just come, so the article pressed is "
    "mostly the newest of its 21, and whatever carries age does well. Only scores without age compare; the rows of "
    "alike readers carry some, since an article that nobody has pressed yet has none."
)


_EVERY = 10  # trials of the search; one of so many is asked
_HALVES = (
    "The figures are of one half of the readers. The row that is tuned has the parameters that the search of "
    "`signalfeed tune` found with the other half: what a site would do with its own log."
)
_OURS, _TUNED = "Signalfeed", "Signalfeed, tuned"


def matched(folder: Path, spread: Spread) -> tuple[Table, ...]:
    """Articles among those published at about the same time. Raises Absent."""
    protocol = deskdrop.matched(deskdrop.in_time(folder))
    ours, held_out = Signalfeed(_OURS, AGELESS_CONTENT), of_half(protocol, half=True)
    tuned = Signalfeed(_TUNED, _tuned(protocol, ours.params, BLOCKS, "ndcg@10", spread))
    alike = Signalfeed("Signalfeed, with alike readers", AGELESS)
    rankers = [ours, tuned, alike, *named("Rocchio", "random", "newest first")]
    asked = told(held_out, rankers, (10,), spread)
    return (
        Table(
            "Deskdrop in time order: nDCG@10 among 20 articles of about the same time",
            f"{len(asked[_OURS]):,} presses of readers who pressed before; candidates are the article pressed and "
            f"the {deskdrop.N_NEAR} published nearest to it, of those that were there and that the reader had not "
            "pressed. There is no prior. Statistics are fitted at every new article. Every press counts the same; "
            "intervals are over readers.",
            _NDCG,
            lines(held_out, asked),
            differences(_NDCG, asked, [(_OURS, "Rocchio"), (_TUNED, _OURS), (alike.name, _OURS)]),
            tuple(
                goal
                for row in (_OURS, _TUNED, alike.name)
                for goal in goals("TF-IDF ridge with publisher, author and language", row, _NDCG, (MATCHED_NDCG,))
            ),
            notes=(_HALVES, _AGE),
            settings=tuple((one.name, one.params) for one in (ours, tuned, alike)),
        ),
    )


def replayed(folder: Path, spread: Spread) -> tuple[Table, ...]:
    """Articles among all that were there. Raises Absent."""
    protocol = deskdrop.of_known_readers(replay(deskdrop.in_time(folder), PURE))
    ours, held_out = Signalfeed(_OURS, PURE), of_half(protocol, half=True)
    tuned = Signalfeed(_TUNED, _tuned(protocol, PURE, PRIOR, "mrr", spread))
    content = Signalfeed("Signalfeed, tuned, without alike readers", replace(tuned.params, alike_weight=0.0))
    rankers = [ours, tuned, content, *named("newest first", "popularity", "Rocchio", "EASE", "random")]
    asked = told(held_out, rankers, (10,), spread)
    return (
        Table(
            "Deskdrop in time order: MRR among all articles",
            f"{len(asked[_OURS]):,} presses of readers who pressed before, each asked for just before it was "
            "learned, among all articles that were there and that the reader had not pressed. Statistics are fitted "
            "when a tenth is new, rows of alike readers every hour. Every press counts the same; intervals are over "
            "readers.",
            _MRR,
            lines(held_out, asked),
            differences(
                _MRR,
                asked,
                [(_OURS, "newest first"), (_TUNED, "newest first"), (_TUNED, _OURS), (_TUNED, content.name)],
            ),
            tuple(
                goal
                for row in (_OURS, _TUNED)
                for goal in goals("a learned prior + TF-IDF ridge with blocks", row, _MRR, (IN_TIME_MRR,))
            ),
            notes=(_HALVES, _NO_EDITORS),
            settings=tuple((one.name, one.params) for one in (ours, tuned, content)),
        ),
    )


def _tuned(
    protocol: Protocol, start: Params, space: Mapping[str, Sequence[float]], metric: str, spread: Spread
) -> Params:
    """What the search finds on the half of the readers that is not held out, with one trial of some."""
    fewer = tuple(replace(one, trials=one.trials[::_EVERY]) for one in protocol.slices)
    return tune(replace(protocol, slices=fewer), start, metric, 10, space=space, spread=spread).params
