"""Exploration: now and then a place goes to an event that the reader might want, although nothing says so yet."""

from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from scipy.linalg import solve_triangular
from scipy.sparse import csr_array

from ranking.corpus import Corpus
from ranking.features import Floats
from ranking.lessons import Lessons, centred_kernel, lessons, silenced
from ranking.params import Params
from ranking.reader import Reader


@dataclass(frozen=True, slots=True, eq=False)
class Explorer:
    """Draws for one request of one reader: Thompson sampling from the learner's posterior. Get one with `explorer`.

    For each place a fixed number of draws is made that depend on reader and catalogue alone, and the request's id says
    which of them counts. So the propensity of an event, over requests, is exactly the share of draws that it wins.

    `taught` are the reader's lessons and `rows` (n × V) the same over the corpus's terms; `root` (n × n) is the lower
    Cholesky factor of K + N.
    """

    corpus: Corpus
    params: Params
    reader_version: str
    request_id: str
    taught: Lessons
    rows: csr_array
    root: Floats

    def draw(self, number: int, value: Floats) -> tuple[int, float] | None:
        """The row for the place with this number, given what each event is worth there (-inf: cannot have it), and its
        propensity; None where the place is not for drawing."""
        if not self.params.explore_every or number % self.params.explore_every:
            return None
        n = min(self.params.explore_shortlist, int(np.isfinite(value).sum()))
        shortlist = np.argsort(-value, kind="stable")[:n]
        seed = _number(f"{self.reader_version} {self.corpus.version} {number}")
        rng = np.random.Generator(np.random.PCG64(seed))
        normal = rng.standard_normal((n, self.params.explore_draws))
        wished = value[shortlist][:, None] + self._spread(shortlist.tolist()) @ normal
        winners = shortlist[np.argmax(wished, axis=0)]
        row = int(winners[_number(f"{self.request_id} {number}") % len(winners)])
        return row, float(np.mean(winners == row))

    def _spread(self, rows: list[int]) -> Floats:
        """A root of the covariance of what the reader may think of these events, in points: the posterior of Gaussian
        process regression (Rasmussen & Williams, 2006, eq. 2.24), in the width that is explored."""
        corpus, taught = self.corpus, self.taught
        everywhere = dict.fromkeys(taught.silent, np.full(len(rows), True))
        x = silenced(corpus.features[rows], corpus.names, corpus.mean, everywhere)
        # Terms that the corpus does not have are in no event, but in the products of the lessons with the mean.
        cross = (x @ self.rows.T).toarray() - (x @ corpus.mean)[:, None]
        cross += corpus.mean @ corpus.mean - (taught.rows @ taught.mean)[None, :]
        known = solve_triangular(self.root, cross.T, lower=True)
        values, vectors = np.linalg.eigh(centred_kernel(x, x, corpus.mean) - known.T @ known)
        spread: Floats = self.params.gain * self.params.explore_spread * vectors * np.sqrt(np.maximum(values, 0.0))
        return spread


def explorer(corpus: Corpus, reader: Reader, params: Params, request_id: str) -> Explorer:
    """What makes the draws for a request."""
    taught = lessons(reader, corpus.statistics, params)
    doubted = centred_kernel(taught.rows, taught.rows, taught.mean) + np.diag(taught.noise)
    columns = np.array([corpus.columns.get(name, -1) for name in taught.names], dtype=np.int64)
    entries = taught.rows.tocoo()
    live = columns[entries.col] >= 0
    placed = (entries.data[live], (entries.row[live], columns[entries.col[live]]))
    rows = csr_array(placed, shape=(taught.rows.shape[0], len(corpus.names)))
    root: Floats = np.linalg.cholesky(doubted).astype(np.float64, copy=False)
    return Explorer(corpus, params, reader.version, request_id, taught, rows, root)


def _number(text: str) -> int:
    """A whole number that follows from a text."""
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big")
