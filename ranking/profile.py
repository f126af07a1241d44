"""Profile: what follows from a ledger. `fit` is the learner."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import solve
from scipy.sparse import csc_array, csr_array

from ranking.features import Floats, Statistics, vectors
from ranking.ledger import Ledger
from ranking.params import Params


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """A reader's weights and where they came from; all in points of signal. Get one with `fit`.

    n adjustments, m terms that occur in them:
    `alpha` (n) how hard each adjustment pulls; `own` (n) what it adds to its own event alone; `pull` (m) the sum of
    alpha·x over the adjustments; `lean` the sum of alpha; `constant` what every event gets.
    `because` (m × k) the adjustments of events with the term that gave most to its weight, in its direction, as places
    in `event_ids`, -1 where there are no more.

    The learned part of an event x is pull·x - lean·(mu·x) + constant, that is w·(x - mu) with w = pull - lean·mu.
    """

    version: str
    statistics_version: str
    params_version: str
    event_ids: tuple[str, ...]
    levels: tuple[int, ...]
    alpha: Floats
    own: Floats
    lean: float
    constant: float
    terms: tuple[str, ...]
    pull: Floats
    because: npt.NDArray[np.int16]

    def level_of(self, event_id: str) -> int | None:
        """What the reader said of an event, None where nothing."""
        return self.levels[self.event_ids.index(event_id)] if event_id in self.event_ids else None

    def is_of(self, statistics: Statistics, params: Params) -> bool:
        """Whether it was fitted with these; if not, it wants a refit before use."""
        return (self.statistics_version, self.params_version) == (statistics.version, params.version)

    def weights(self, statistics: Statistics) -> dict[str, float]:
        """Each term's weight w, in points per unit of feature."""
        columns = np.array([statistics.index.get(name, -1) for name in self.terms], dtype=np.int64)
        mean = np.append(statistics.mean, 0.0)[columns]  # the last is of terms that are newer than the statistics
        return dict(zip(self.terms, (self.pull - self.lean * mean).tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class WeightChange:
    """How an adjustment moved one weight."""

    term: str
    before: float
    after: float


def fit(ledger: Ledger, statistics: Statistics, params: Params) -> Profile:
    """The profile that follows from a ledger: kernel ridge, the posterior mean of Bayesian linear regression
    (Rasmussen & Williams, Gaussian Processes for Machine Learning, 2006, eq. 2.23).

    With centred rows phi: K_ij = phi_i·phi_j, alpha = (K + N)^-1 y, w = sum of alpha_i phi_i, where
    N_ii = noise·2^(age_i / half-life) and age_i is the number of later presses. The expected wish is 0: an event of
    which nothing is known stays where the editors put it.

    A share of N_ii is an effect of the event itself (an independent term of that variance in the kernel): its
    posterior mean, share·N_ii·alpha_i, belongs to that event alone.
    """
    adjustments = ledger.adjustments
    rows = vectors([one.terms for one in adjustments], statistics, params)
    matrix = rows.blocks
    mean = np.concatenate([statistics.mean, np.zeros(len(rows.new_terms))])
    n = len(adjustments)
    noise = params.noise * 2.0 ** ((n - 1 - np.arange(n)) / params.press_half_life)
    wish = np.array([one.wish for one in adjustments], dtype=np.float64)
    alpha = (
        params.gain * solve(centred_kernel(matrix, matrix, mean) + np.diag(noise), wish, assume_a="pos") if n else wish
    )

    lean = float(alpha.sum())
    pull = np.asarray(alpha @ matrix, dtype=np.float64)
    columns = np.unique(matrix.indices)
    names = statistics.terms + rows.new_terms
    return Profile(
        version=ledger.version,
        statistics_version=statistics.version,
        params_version=params.version,
        event_ids=tuple(one.event_id for one in adjustments),
        levels=tuple(one.level for one in adjustments),
        alpha=alpha,
        own=params.own_event_share * noise * alpha,
        lean=lean,
        constant=float(lean * (mean @ mean) - pull @ mean),
        terms=tuple(names[column] for column in columns),
        pull=pull[columns],
        because=_because(matrix.tocsc()[:, columns], alpha, mean[columns], max(params.n_because, 1)),
    )


def centred_kernel(left: csr_array, right: csr_array, mean: Floats) -> Floats:
    """The products (x - mu)·(z - mu) of every row x of `left` with every row z of `right`, the rows kept sparse."""
    products = (left @ right.T).toarray()
    centred: Floats = products - (left @ mean)[:, None] - (right @ mean)[None, :] + mean @ mean
    return centred


def changes(before: Profile, after: Profile, statistics: Statistics) -> tuple[WeightChange, ...]:
    """The weights in which two profiles differ, the largest difference first."""
    old, new = before.weights(statistics), after.weights(statistics)
    both = (WeightChange(name, old.get(name, 0.0), new.get(name, 0.0)) for name in old.keys() | new.keys())
    moved = (one for one in both if one.before != one.after)
    return tuple(sorted(moved, key=lambda one: (-abs(one.after - one.before), one.term)))


def provenance(
    ledger: Ledger, profile: Profile, statistics: Statistics, params: Params, names: Sequence[str]
) -> dict[str, list[float]]:
    """For each named weight, what each adjustment of the ledger gave to it: alpha_i (x_ij - mu_j). They add up to the
    weight."""
    rows = vectors([one.terms for one in ledger.adjustments], statistics, params)
    columns = {name: column for column, name in enumerate(statistics.terms + rows.new_terms)}
    matrix = rows.blocks.tocsc()
    return {
        name: (profile.alpha * (matrix[:, [columns[name]]].toarray()[:, 0] - _mean(statistics, name))).tolist()
        for name in names
    }


def _mean(statistics: Statistics, name: str) -> float:
    column = statistics.index.get(name)
    return 0.0 if column is None else float(statistics.mean[column])


def _because(matrix: csc_array, alpha: Floats, mean: Floats, k: int) -> npt.NDArray[np.int16]:
    """For each column, the k rows that have it and give most to its weight, alpha·(x - mu), in the direction of it."""
    n_columns = matrix.shape[1]
    column = np.repeat(np.arange(n_columns), np.diff(matrix.indptr))
    weight = alpha @ matrix - alpha.sum() * mean
    share = np.sign(weight)[column] * alpha[matrix.indices] * (matrix.data - mean[column])
    order = np.lexsort((matrix.indices, -share, column))
    place = np.arange(len(order)) - matrix.indptr[column]
    kept = (place < k) & (share[order] > 0)
    strongest = np.full((n_columns, k), -1, dtype=np.int16)
    strongest[column[kept], place[kept]] = matrix.indices[order[kept]]
    return strongest
