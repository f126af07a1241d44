"""Crowd: what all readers together turned up. It tells what is popular now, and what appeals to alike readers."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.linalg import aslinearoperator, eigsh

from ranking.event import Id, Moment
from ranking.params import Params

Rows = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Liking:
    """A reader turned an event up."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    user_id: Id
    event_id: Id
    at: Moment


@dataclass(frozen=True, eq=False)
class Alike:
    """One row of d numbers for each event that readers turned up: like rows, like readers. `mean` (d) is that of the
    live events, most of which may have no row, that is zeros. `as_of` (seconds since 1970) is when they were made."""

    event_ids: tuple[str, ...]
    rows: Rows
    mean: Rows
    as_of: float = 0.0

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The place of each event's row."""
        return {event_id: place for place, event_id in enumerate(self.event_ids)}

    @property
    def version(self) -> str:
        """Names what the rows say; empty where there are none."""
        if not self.event_ids:
            return ""
        digest = sha256(repr(self.event_ids).encode())
        digest.update(self.rows.tobytes())
        digest.update(self.mean.tobytes())
        return digest.hexdigest()[:12]

    def of(self, event_ids: Sequence[str]) -> Rows:
        """The rows of some events, (n × d), zeros for those that nobody turned up."""
        found = np.zeros((len(event_ids), len(self.mean)))
        places = [(n, self.places[one]) for n, one in enumerate(event_ids) if one in self.places]
        if places:
            to, of = np.array(places).T
            found[to] = self.rows[of]
        return found


HALF_LIVES = 20  # after which a liking does not make an event popular any more
_FEWEST = 2  # events and readers; of fewer nothing can be said

NOBODY = Alike((), np.zeros((0, 0)), np.zeros(0))


def fit_alike(likings: Iterable[Liking], live: Sequence[str], params: Params) -> Alike:
    """The rows that follow from what readers turned up, `live` being the events there are now.

    A truncated singular value decomposition, U·S (Billsus & Pazzani, ICML 1998), of the matrix of events and readers:
    who likes everything says little of any one event, so a reader of n likings counts n^-1/2, scaled to a mean square
    of 1. Before that, an event's row of length r is divided by sqrt(r² + shrink): what few turned up is near to
    nothing. What fewer than `alike_fewest_readers` did has no row at all.
    """
    everything = {(one.event_id, one.user_id) for one in likings}
    n_readers = Counter(event_id for event_id, _ in everything)
    liked = sorted(one for one in everything if n_readers[one[0]] >= params.alike_fewest_readers)
    event_ids = tuple(sorted({event_id for event_id, _ in liked}))
    readers = {user_id: column for column, user_id in enumerate(sorted({user_id for _, user_id in liked}))}
    if not params.alike_weight or min(len(event_ids), len(readers)) < _FEWEST:
        return NOBODY
    places = {event_id: place for place, event_id in enumerate(event_ids)}
    rows = np.array([places[event_id] for event_id, _ in liked])
    columns = np.array([readers[user_id] for _, user_id in liked])
    says = 1 / np.bincount(columns)
    square = (says / says.mean())[columns]
    length = np.sqrt(np.bincount(rows, weights=square) + params.alike_shrink)
    matrix = csr_array((np.sqrt(square) / length[rows], (rows, columns)), shape=(len(event_ids), len(readers)))
    weighted = _kept(params.alike_weight * _embedded(matrix, params.alike_dims))
    there = [places[event_id] for event_id in live if event_id in places]
    return Alike(event_ids, weighted, weighted[there].sum(axis=0) / max(len(live), 1))


def popularity(likings: Iterable[Liking], now: datetime, params: Params) -> dict[str, float]:
    """How many readers turned an event up, by event id; each counts half as much with every half-life that has passed.
    What is not before `now` does not count."""
    counts: dict[str, float] = {}
    for one in sorted(likings, key=lambda one: (one.at, one.user_id)):  # sums of floats depend on their order
        age_hours = (now - one.at).total_seconds() / 3600
        if age_hours > 0:
            heat = 2.0 ** (-age_hours / params.popularity_half_life_hours)
            counts[one.event_id] = counts.get(one.event_id, 0.0) + heat
    return counts


def _embedded(matrix: csr_array, dims: int) -> Rows:
    """U·S of the `dims` largest singular values, or of all where there are fewer."""
    if min(matrix.shape) <= dims + 1:
        u, s, _ = np.linalg.svd(matrix.toarray(), full_matrices=False)
        return np.asarray((u * s)[:, :dims])
    # Not by svds: where singular values are equal it goes on from vectors that are random every time.
    rng = np.random.Generator(np.random.PCG64(0))
    by_reader = matrix.shape[0] > matrix.shape[1]
    shorter = aslinearoperator(matrix.T if by_reader else matrix)
    start = rng.standard_normal(shorter.shape[0])
    squares, vectors = eigsh(shorter @ shorter.H, k=dims, v0=start, rng=rng)
    order = np.argsort(-squares, kind="stable")
    vectors = vectors[:, order]
    return np.asarray(matrix @ vectors if by_reader else vectors * np.sqrt(np.maximum(squares[order], 0.0)))


def _kept(rows: Rows) -> Rows:
    """The rows with no more digits than the store keeps of them."""
    return rows.astype(np.float16).astype(np.float64)
