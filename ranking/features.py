"""Terms -> vectors: the sparse rows that the learner and Similar Events calculate with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import chain

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from sklearn.feature_extraction.text import TfidfTransformer

from ranking.crowd import NOBODY, Alike
from ranking.latent import NO_LATENT, Latent, fit_latent
from ranking.params import Params
from ranking.text import TermKind, Terms, kind_of, most_frequent

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_KINDS = tuple(TermKind)
_MEAN_UNIT = 2.0**-40  # far below what matters; a million rows of it still fit into 64 bits
_NUMBERS = {kind.value: number for number, kind in enumerate(_KINDS)}
_WORD = _NUMBERS[TermKind.WORD]


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """What is known of the catalogue as a whole: it changes seldom, so that vectors stay put in between.

    `terms` are in alphabetical order; `idf` (smoothed, 1 for what is not a word), `mean` (of the weighted rows, the
    mu of the centring) and `labels` run along them. `alike` are the rows of events that readers turned up,
    and `latent` the directions in which words vary together.
    """

    terms: tuple[str, ...]
    labels: tuple[str, ...]
    idf: Floats
    mean: Floats
    n_events: int
    params_version: str
    version: str
    index: Mapping[str, int]
    kinds: Integers
    alike: Alike
    latent: Latent

    @classmethod
    def of(
        cls,
        terms: Sequence[str],
        labels: Sequence[str],
        idf: Floats,
        mean: Floats,
        n_events: int,
        params_version: str,
        alike: Alike = NOBODY,
        latent: Latent = NO_LATENT,
    ) -> "Statistics":
        """Statistics with the parts that follow from the others: version, index and kinds."""
        digest = sha256(repr((params_version, n_events, *terms, *labels)).encode())
        for array in (idf, mean, latent.columns, latent.directions, latent.mean):
            digest.update(array.tobytes())
        index = {name: column for column, name in enumerate(terms)}
        version, kinds = digest.hexdigest()[:12], _kinds(terms)
        without = cls(
            tuple(terms), tuple(labels), idf, mean, n_events, params_version, version, index, kinds, NOBODY, latent
        )
        return without.with_alike(alike)

    def with_alike(self, alike: Alike) -> "Statistics":
        """These statistics with other rows of events that readers turned up."""
        version = "-".join(filter(None, [self.version.partition("-")[0], alike.version]))
        return replace(self, alike=alike, version=version)

    @property
    def unseen_idf(self) -> float:
        """The idf of a word that none of the events had."""
        return float(np.log(1 + self.n_events) + 1)

    def idf_of(self, word: str) -> float:
        """The idf of a word, whether any event had it or not."""
        column = self.index.get(word)
        return self.unseen_idf if column is None else float(self.idf[column])


@dataclass(frozen=True, slots=True, eq=False)
class Vectors:
    """One row for each list of terms. Columns are the statistics' terms, then `new_terms` in order of appearance.

    `blocks` holds the blocks, each of length 1 and then weighted; `words` the word block alone, of length 1.
    """

    blocks: csr_array
    words: csr_array
    new_terms: tuple[str, ...]


def fit_statistics(terms: Sequence[Terms], params: Params) -> Statistics:
    """The statistics of a catalogue whose events have these terms.

    idf_t = ln((1 + n) / (1 + df_t)) + 1, scikit-learn's smoothed form, so that a term in no event stays finite.
    """
    names = sorted(set(chain.from_iterable(one.counts for one in terms)))
    labels = _common_labels(terms)
    flat, zero = np.ones(len(names)), np.zeros(len(names))
    empty = Statistics.of(names, [labels[name] for name in names], flat, zero, len(terms), params.version)
    if not names:
        return empty
    counts, _ = _count(terms, empty)
    idf = np.where(empty.kinds == _WORD, TfidfTransformer(smooth_idf=True).fit(counts).idf_, 1.0)
    uncentred = Statistics.of(names, empty.labels, idf, empty.mean, len(terms), params.version)
    rows = vectors(terms, uncentred, params)
    # The catalogue's order plays no part: events are taken in that of what they say.
    order = sorted(range(len(terms)), key=lambda row: sorted(terms[row].counts.items()))
    latent = fit_latent(rows.words, order, params.latent_dims)
    return Statistics.of(names, empty.labels, idf, _mean(rows.blocks), len(terms), params.version, latent=latent)


def vectors(terms: Sequence[Terms], statistics: Statistics, params: Params) -> Vectors:
    """The rows of these terms: sublinear tf times idf for words, 1 for sources, category and language; each block is
    L2-normalised and then weighted."""
    counts, new_terms = _count(terms, statistics)
    kinds = np.concatenate([statistics.kinds, _kinds(new_terms)])[counts.indices]
    idf = np.concatenate([statistics.idf, np.full(len(new_terms), statistics.unseen_idf)])[counts.indices]
    is_word = kinds == _WORD
    values = np.where(is_word, (1 + np.log(counts.data)) * idf, 1.0)

    rows = np.repeat(np.arange(len(terms)), np.diff(counts.indptr))
    block = rows * len(_KINDS) + kinds
    length = np.sqrt(np.bincount(block, weights=values**2, minlength=len(terms) * len(_KINDS)))
    values = values / length[block]
    weights = np.array([params.word_weight, params.source_weight, params.category_weight, params.language_weight])

    blocks = csr_array((values * weights[kinds], counts.indices, counts.indptr), shape=counts.shape)
    words = csr_array((np.where(is_word, values, 0.0), counts.indices.copy(), counts.indptr.copy()), shape=counts.shape)
    words.eliminate_zeros()
    return Vectors(blocks, words, new_terms)


def strongest(terms: Terms, statistics: Statistics, n: int) -> Terms:
    """What is left of an event's terms with only the n words that weigh most in its row, and n of the others."""
    words = [name for name in terms.counts if kind_of(name) is TermKind.WORD]
    weight = {name: (1 + np.log(terms.counts[name])) * statistics.idf_of(name) for name in words}
    others = sorted(terms.counts.keys() - set(words))[:n]  # category and language are the first
    kept = sorted(words, key=lambda name: (-weight[name], name))[:n] + others
    return Terms.of({name: terms.counts[name] for name in kept}, {name: terms.labels[name] for name in kept})


def _count(terms: Sequence[Terms], statistics: Statistics) -> tuple[csr_array, tuple[str, ...]]:
    """How often each term occurs in each row, and the terms that the statistics do not have."""
    new: dict[str, int] = {}
    known = statistics.index
    n_known = len(statistics.terms)
    columns = [
        column if (column := known.get(name)) is not None else n_known + new.setdefault(name, len(new))
        for one in terms
        for name in one.counts
    ]
    counts = np.fromiter(chain.from_iterable(one.counts.values() for one in terms), dtype=np.float64)
    starts = np.concatenate([[0], np.cumsum([len(one.counts) for one in terms], dtype=np.int64)])
    shape = (len(terms), n_known + len(new))
    matrix = csr_array((counts, np.array(columns, dtype=np.int64), starts), shape=shape)
    matrix.sort_indices()
    return matrix, tuple(new)


def _mean(rows: csr_array) -> Floats:
    """The mean row. Sums of floats depend on their order, sums of whole numbers do not: so the catalogue's order plays
    no part in its statistics, and all workers get the same."""
    whole = csr_array((np.rint(rows.data / _MEAN_UNIT).astype(np.int64), rows.indices, rows.indptr), shape=rows.shape)
    mean: Floats = np.asarray(whole.sum(axis=0), dtype=np.float64) * _MEAN_UNIT / rows.shape[0]
    return mean


def _kinds(names: Sequence[str]) -> Integers:
    return np.array([_NUMBERS[name.partition(":")[0]] for name in names], dtype=np.int64)


def _common_labels(terms: Sequence[Terms]) -> dict[str, str]:
    """The form of each term that most events use."""
    tallies: dict[str, dict[str, int]] = {}
    for one in terms:
        for name, label in one.labels.items():
            tally = tallies.setdefault(name, {})
            tally[label] = tally.get(label, 0) + 1
    return {name: most_frequent(tally) for name, tally in tallies.items()}
