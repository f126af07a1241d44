"""Profile: what follows from what a reader said, laid down and did. `fit` is the learner."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import solve
from scipy.sparse import csc_array, csr_array

from ranking.features import Floats, Statistics
from ranking.lessons import Lessons, centred_kernel, lessons
from ranking.params import Params
from ranking.reader import Reader
from ranking.wishes import Wishes


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """A reader's weights and where they came from; all in points of signal. Get one with `fit`.

    n lessons, m terms that occur in them and pull at all, d numbers in the block of alike readers:
    `alpha` (n) how hard each lesson pulls by terms, and `beta` (n) by alike readers; `own` (n) what it adds to its own
    event alone; `lean` the sum of alpha; `constant` what every event gets. `taste` (d) are the weights of the block of
    alike readers, and `weight` (m) that of each of the `terms`, in points per unit of feature. `because` (m × k) the
    lessons of events with the term that gave most to its weight, in its direction, as places in `event_ids`, -1 where
    there are no more.

    The learned part of an event x, with the row a among those of alike readers, is w·x + taste·a + constant, where
    w_j = -lean·mu_j for a term that is not among `terms`.
    """

    version: str
    statistics_version: str
    params_version: str
    wishes: Wishes
    event_ids: tuple[str, ...]
    levels: tuple[int | None, ...]
    alpha: Floats
    beta: Floats
    own: Floats
    lean: float
    constant: float
    taste: Floats
    terms: tuple[str, ...]
    weight: Floats
    because: npt.NDArray[np.int16]

    def level_of(self, event_id: str) -> int | None:
        """What the reader said of an event, None where nothing."""
        return self.levels[self.event_ids.index(event_id)] if event_id in self.event_ids else None

    def is_of(self, statistics: Statistics, params: Params) -> bool:
        """Whether it was fitted with these; if not, it wants a refit before use."""
        return (self.statistics_version, self.params_version) == (statistics.version, params.version)

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each term that has one, in points per unit of feature."""
        return {name: weight for name, weight in zip(self.terms, self.weight.tolist(), strict=True) if weight}


@dataclass(frozen=True, slots=True)
class WeightChange:
    """How an adjustment moved one weight."""

    term: str
    before: float
    after: float


def fit(reader: Reader, statistics: Statistics, params: Params) -> Profile:
    """The profile that follows from a reader: kernel ridge, the posterior mean of Bayesian linear regression
    (Rasmussen & Williams, Gaussian Processes for Machine Learning, 2006, eq. 2.23).

    With centred rows phi: K_ij = phi_i·phi_j, alpha = (K + N)^-1 y, w = sum of alpha_i phi_i, where
    N_ii = noise·2^(age_i / half-life) and age_i is the number of later presses. The expected wish is 0: an event of
    which nothing is known stays where the editors put it.

    What terms leave unexplained, y - K·alpha, is then fitted in the same way with the rows of alike readers in place of
    phi: beta and taste (one step of backfitting; Hastie & Tibshirani, Generalized Additive Models, 1990). A new event,
    which nobody has turned up yet, loses nothing by it, and no weight of a term depends on other readers.

    A share of N_ii is an effect of the event itself (an independent term of that variance in the kernel): its
    posterior mean, share·N_ii·beta_i, belongs to that event alone. An open has no such part.

    Numbers are rounded to what the store keeps: alpha and own to single precision, weights to half precision, without
    those of terms that pull less than `pull_floor`. What is stored is what was fitted.
    """
    taught = lessons(reader, statistics, params)
    rows, mean = taught.rows, taught.mean
    wished = _solved(centred_kernel(rows, rows, mean), taught.noise, taught.wish)
    alpha = _rounded(params.gain * wished, np.float32)
    beta = _rounded(
        params.gain * _solved(taught.alike @ taught.alike.T, taught.noise, taught.noise * wished), np.float32
    )
    pressed = np.array([level is not None for level in taught.levels], dtype=np.bool_)

    lean = float(alpha.sum())
    taste = beta @ taught.alike
    pull = np.asarray(alpha @ rows, dtype=np.float64)
    silent = np.isin(taught.names, taught.silent)
    spoken = np.bincount(rows.indices, minlength=len(mean)) > 0
    columns = np.flatnonzero(silent | (spoken & (np.abs(pull) >= params.pull_floor)))
    weight = np.where(silent, 0.0, pull - lean * mean)[columns]
    own = np.where(pressed, params.own_event_share * taught.noise * beta, 0.0)
    return Profile(
        version=reader.version,
        statistics_version=statistics.version,
        params_version=params.version,
        wishes=reader.wishes,
        event_ids=taught.event_ids,
        levels=taught.levels,
        alpha=alpha,
        beta=beta,
        own=_rounded(own, np.float32),
        lean=lean,
        constant=float(lean * (mean @ mean) - pull @ mean - taste @ statistics.alike.mean),
        taste=taste,
        terms=tuple(taught.names[column] for column in columns),
        weight=_rounded(weight, np.float16),
        because=_because(rows.tocsc()[:, columns], alpha, mean[columns], max(params.n_because, 1)),
    )


def changes(before: Profile, after: Profile) -> tuple[WeightChange, ...]:
    """The weights in which two profiles differ, the largest difference first."""
    old, new = before.weights, after.weights
    both = (WeightChange(name, old.get(name, 0.0), new.get(name, 0.0)) for name in old.keys() | new.keys())
    moved = (one for one in both if one.before != one.after)
    return tuple(sorted(moved, key=lambda one: (-abs(one.after - one.before), one.term)))


def provenance(
    reader: Reader, profile: Profile, statistics: Statistics, params: Params, names: Sequence[str]
) -> dict[str, list[float]]:
    """For each of the named weights, what each lesson gave to it: alpha_i (x_ij - mu_j), and its part of the rounding.
    They add up to the weight."""
    taught = lessons(reader, statistics, params)
    columns = {name: column for column, name in enumerate(taught.names)}
    wanted = [columns[name] for name in names]
    x = taught.rows.tocsc()[:, wanted].toarray()
    given = profile.alpha[:, None] * (x - taught.mean[wanted]) + rounding(profile, taught).tocsc()[:, wanted].toarray()
    return dict(zip(names, given.T.tolist(), strict=True))


def rounding(profile: Profile, taught: Lessons) -> csr_array:
    """What rounding has added to the pull of each lesson on each term, (n × V). It is shared by the lessons that have
    the term and say something of it; where none does, by those that have it."""
    rows, mean = taught.rows, taught.mean
    exact = np.asarray(profile.alpha @ rows, dtype=np.float64)
    weights = dict(zip(profile.terms, profile.weight.tolist(), strict=True))
    kept = np.array([weights.get(name, 0.0) for name in taught.names])
    kept += np.where(np.isin(taught.names, profile.terms), profile.lean * mean, 0.0)
    having = rows.data != 0
    saying = having & (rows.data != mean[rows.indices])
    said = np.bincount(rows.indices, weights=saying, minlength=len(mean)) > 0
    takes = np.where(said[rows.indices], saying, having)
    n_takers = np.bincount(rows.indices, weights=takes, minlength=len(mean))
    shares = takes * ((kept - exact) / np.maximum(n_takers, 1))[rows.indices]
    return csr_array((shares, rows.indices.copy(), rows.indptr.copy()), shape=rows.shape)


def _solved(kernel: Floats, noise: Floats, wish: Floats) -> Floats:
    """The pulls (K + N)^-1 y of the lessons."""
    return np.asarray(solve(kernel + np.diag(noise), wish, assume_a="pos")) if len(wish) else wish


def _rounded(values: Floats, kind: type[np.floating]) -> Floats:
    """The values with no more digits than the kind of float has."""
    return values.astype(kind).astype(np.float64)


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
