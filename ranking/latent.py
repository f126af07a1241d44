"""Latent: what events are about beyond the very words they use, for Similar Events."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from sklearn.utils.extmath import randomized_svd

Rows = npt.NDArray[np.float64]

_EVENTS_PER_DIRECTION = 8  # with more directions than this allows, a small catalogue's are noise
_FEWEST_EVENTS = 2 * _EVENTS_PER_DIRECTION
_FEWEST_WITH_WORD = 2  # a word of one event links it to none
_NOTHING = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Latent:
    """The directions in which the words of a catalogue vary together: `directions` (m × k) along the m `columns` of the
    words that it has, and `mean` (k), the mean of its events' places."""

    columns: npt.NDArray[np.int64]
    directions: Rows
    mean: Rows

    def rows(self, words: csr_array) -> Rows:
        """The places of events with these TF-IDF rows (n × V), centred and of length 1, (n × k); 0 for an event without
        a known word."""
        found: Rows = words[:, self.columns] @ self.directions
        known = (found != 0).any(axis=1, keepdims=True)
        centred = np.where(known, found - self.mean, 0.0)
        length = np.sqrt((centred**2).sum(axis=1, keepdims=True))
        return centred / np.where(length < _NOTHING, 1.0, length)


NO_LATENT = Latent(np.zeros(0, dtype=np.int64), np.zeros((0, 0)), np.zeros(0))


def fit_latent(words: csr_array, order: Sequence[int], dims: int) -> Latent:
    """The directions of a catalogue with these TF-IDF rows, taken in an order that is the same however it is kept.

    Latent semantic analysis (Deerwester et al., JASIS 1990): the right singular vectors of the rows, each by its
    singular value as a share of the largest. Of words that only one event has, nothing can be learned.
    """
    n_events = words.shape[0]
    columns = np.flatnonzero(np.bincount(words.indices, minlength=words.shape[1]) >= _FEWEST_WITH_WORD)
    k = min(dims, n_events // _EVENTS_PER_DIRECTION, len(columns) - 1)
    if n_events < _FEWEST_EVENTS or k < 1:
        return NO_LATENT
    shared = words[list(order)][:, columns]
    _, strength, components = randomized_svd(shared, k, n_iter=2, random_state=0)
    directions = (components.T * (strength / strength[0])).astype(np.float16).astype(np.float64)
    return Latent(columns, directions, (shared @ directions).mean(axis=0))
