"""How long the ranking takes, and Similar Events beside scikit-learn's cosine_similarity in the same run.

Run it with `make bench`. Machines differ and are noisy: read the ratios, not the milliseconds.
"""

import time
from collections.abc import Callable
from functools import partial
from statistics import median

import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.metrics.pairwise import cosine_similarity
from threadpoolctl import threadpool_limits

from benchmarks.synthetic import NOW, corpus_of, synthetic_events
from ranking.corpus import Corpus
from ranking.feed import rank
from ranking.ledger import Ledger
from ranking.params import Params
from ranking.profile import Profile, fit
from ranking.reader import Reader
from ranking.similarity import similar_events

_SIZES = (1_000, 10_000)
_PRESSES = (20, 100, 300)
_N_RUNS = 30
_SEED = 1
_PARAMS = Params()


def main() -> None:
    """Prints a table for the corpus and one for the learner."""
    threadpool_limits(1, user_api="blas")  # as the service does
    out = Console()
    corpora = {n: corpus_of(synthetic_events(n, _SEED), _PARAMS) for n in _SIZES}
    _print_corpus_table(out, corpora)
    _print_fit_table(out, corpora[_SIZES[0]])


def _print_corpus_table(out: Console, corpora: dict[int, Corpus]) -> None:
    table = Table("Events", "Similar, ms", "scikit-learn, ms", "Ratio", "Feed of 20, 20 presses, ms", title="Ranking")
    for n, corpus in corpora.items():
        profile = fit(Reader(_ledger(corpus, 20)), corpus.statistics, _PARAMS)
        ours, theirs, feed = _times(
            partial(_similar, corpus), partial(_similar_by_scikit_learn, corpus), partial(_feed, corpus, profile)
        )
        ratio = median(b / a for a, b in zip(ours, theirs, strict=True))
        cells = [f"{median(times):.2f}" for times in (ours, theirs, feed)]
        table.add_row(f"{n:,}", cells[0], cells[1], f"{ratio:.0f}x", cells[2])
    out.print(table)


def _print_fit_table(out: Console, corpus: Corpus) -> None:
    table = Table("Presses in the ledger", "Fit, ms", title="Learner")
    for n_presses in _PRESSES:
        ledger = _ledger(corpus, n_presses)
        [times] = _times(partial(_fit, corpus, ledger))
        table.add_row(str(n_presses), f"{median(times):.2f}")
    out.print(table)


def _similar(corpus: Corpus, i: int) -> object:
    return similar_events(corpus, corpus.events[i].id, 10, _PARAMS)


def _similar_by_scikit_learn(corpus: Corpus, i: int) -> object:
    return np.argsort(-cosine_similarity(corpus.words[[i]], corpus.words)[0])[:11]


def _feed(corpus: Corpus, profile: Profile, _: int) -> object:
    return rank(corpus, profile, now=NOW, params=_PARAMS, limit=20)


def _fit(corpus: Corpus, ledger: Ledger, _: int) -> object:
    return fit(Reader(ledger), corpus.statistics, _PARAMS)


def _ledger(corpus: Corpus, n_presses: int) -> Ledger:
    ledger = Ledger()
    for i, row in enumerate(np.random.default_rng(_SEED).permutation(len(corpus.events))[:n_presses]):
        event = corpus.events[row]
        ledger = ledger.adjusted(event.id, (2, -2, 1, -1)[i % 4], NOW, corpus.terms[row], _PARAMS.ledger_cap)
    return ledger


def _times(*calls: Callable[[int], object]) -> list[list[float]]:
    """Milliseconds of each call, taken in turn so that a slow moment hits all of them."""
    taken: list[list[float]] = [[] for _ in calls]
    for i in range(_N_RUNS + 1):
        for call, times in zip(calls, taken, strict=True):
            began = time.perf_counter()
            call(i)
            times.append((time.perf_counter() - began) * 1000)
    return [times[1:] for times in taken]  # the first round warms up


if __name__ == "__main__":
    main()
