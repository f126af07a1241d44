"""Recall of what readers wanted: Deskdrop among sampled articles, CiteULike-t among all papers."""

from pathlib import Path

from benchmarks.quality import citeulike, deskdrop
from benchmarks.quality.figures import (
    CDL,
    EASE,
    NOTEBOOK_CONTENT,
    NOTEBOOK_HYBRID,
    NOTEBOOK_POPULARITY,
    NOTEBOOK_SVD,
    RIDGE_AND_KNN,
    Table,
    differences,
    goals,
)
from benchmarks.quality.measuring import lines, named, told
from benchmarks.quality.settings import CONTENT, PURE, SPARSE, UNTIMED
from ranking.evaluation.outcomes import Spread
from ranking.evaluation.rankers import Signalfeed

SEEDS = (1,)  # of the draws of negatives
N_READERS = 3_000  # of the library's, drawn; all of them take twice as long
_AT_5_AND_10 = ("recall@5", "recall@10")
_HINDSIGHT = (
    "Texts are known of the most-read articles only, so to have one tells something of what is asked; the row without "
    "texts knows no more than EASE does."
)
_OTHER_CANDIDATES = (
    "The notebook had the texts of all articles and drew from all of them. The texts at hand are those of the "
    "most-read articles, so the candidates here are each other's strongest rivals, and most of what readers pressed "
    "cannot be learned from: the figures are not of the same task. To rank all articles by content would be no answer "
    "either, since having a text says that an article is among the most read."
)
_AT_50_TO_300 = ("recall@50", "recall@100", "recall@300")


def sampled(folder: Path, spread: Spread) -> tuple[Table, ...]:
    """Deskdrop by the protocol of the notebook: all articles, then those with text alone. Raises Absent."""
    return _sampled_all(folder, spread), _sampled_with_text(folder, spread)


def full_catalogue(folder: Path, spread: Spread) -> tuple[Table, ...]:
    """CiteULike-t, split P3: three papers are known of each reader. Raises Absent."""
    protocol = citeulike.full(folder, N_READERS)
    rankers = [Signalfeed("Signalfeed", SPARSE), *named("Rocchio", "item-kNN", "popularity")]
    asked = told(protocol, rankers, (50, 100, 300), spread)
    ours = rankers[0].name
    return (
        Table(
            "CiteULike-t, split P3: recall among all papers",
            f"Of each of {protocol.n_trials:,} readers, drawn from those with papers to be found, three papers are "
            f"known. All others of the library are wanted, among all {len(protocol.log.events):,} papers but those. "
            "Every reader counts the same; intervals are over readers. Papers are word counts, with no publisher or "
            "language.",
            _AT_50_TO_300,
            lines(protocol, asked, by_reader=True),
            differences(_AT_50_TO_300, asked, [(ours, one.name) for one in rankers[1:]]),
            (
                *goals("Collaborative Deep Learning, re-implemented", ours, _AT_50_TO_300, CDL),
                *goals("TF-IDF ridge + popularity + item-kNN", ours, _AT_50_TO_300, RIDGE_AND_KNN),
            ),
            settings=((ours, SPARSE),),
        ),
    )


def _sampled_all(folder: Path, spread: Spread) -> Table:
    protocol = deskdrop.sampled(folder, SEEDS)
    rankers = [
        Signalfeed("Signalfeed", UNTIMED),
        Signalfeed("Signalfeed, presses age", PURE),
        *named("EASE", "item-kNN", "popularity", "random"),
    ]
    silent = Signalfeed("Signalfeed without texts", UNTIMED)
    asked = told(protocol, rankers, (5, 10), spread)
    asked |= told(deskdrop.without_texts(protocol), [silent], (5, 10), spread)
    ours = rankers[0].name
    return Table(
        "Deskdrop: recall among 100 sampled articles",
        f"A fifth of what readers of five articles or more pressed is asked for: {protocol.n_trials:,} presses of "
        f"{len({one.user_id for one in asked[ours]}):,} readers, each article among {deskdrop.N_NEGATIVES} that its "
        f"reader never pressed, drawn from all {len(protocol.log.events):,}. Every press counts the same; intervals "
        "are over readers.",
        _AT_5_AND_10,
        lines(protocol, asked),
        differences(_AT_5_AND_10, asked, [(one.name, "EASE") for one in (*rankers[:2], silent)]),
        (
            *goals("EASE, ridge 200", ours, _AT_5_AND_10, EASE),
            *goals("the notebook's hybrid", ours, _AT_5_AND_10, NOTEBOOK_HYBRID),
            *goals("the notebook's SVD", ours, _AT_5_AND_10, NOTEBOOK_SVD),
            *goals("the notebook's popularity", ours, _AT_5_AND_10, NOTEBOOK_POPULARITY),
        ),
        (_HINDSIGHT,),
        ((ours, UNTIMED), ("Signalfeed, presses age", PURE), (silent.name, UNTIMED)),
    )


def _sampled_with_text(folder: Path, spread: Spread) -> Table:
    protocol = deskdrop.sampled(folder, SEEDS, with_text=True)
    rankers = [
        Signalfeed("Signalfeed, content only", CONTENT),
        Signalfeed("Signalfeed", UNTIMED),
        *named("Rocchio", "popularity", "random"),
    ]
    asked = told(protocol, rankers, (5, 10), spread)
    ours = rankers[0].name
    n_texts = sum(bool(one.counts) for one in protocol.log.terms.values())
    return Table(
        "Deskdrop: recall among 100 sampled articles whose text is known",
        f"The same, of the {protocol.n_trials:,} presses whose article has a text; it stands among "
        f"{deskdrop.N_NEGATIVES} drawn from those with a text that its reader never pressed, of {n_texts} in "
        "all. Profiles are made from all presses that are learned from; those of other articles say nothing.",
        _AT_5_AND_10,
        lines(protocol, asked),
        differences(_AT_5_AND_10, asked, [(ours, "Rocchio"), (ours, "popularity"), ("Signalfeed", ours)]),
        goals("the notebook's content-based ranker", ours, _AT_5_AND_10, NOTEBOOK_CONTENT),
        (_OTHER_CANDIDATES,),
        ((ours, CONTENT), ("Signalfeed", UNTIMED)),
    )
