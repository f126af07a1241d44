"""Exploration: now and then a place goes to an event that the reader might want, although nothing says so yet."""

from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from ranking.corpus import Corpus
from ranking.features import Floats
from ranking.lessons import centred_kernel, lessons
from ranking.params import Params
from ranking.reader import Reader


@dataclass(frozen=True, slots=True)
class Explorer:
    """Draws for one request of one reader: Thompson sampling from the posterior of the learner.

    For each place a fixed number of draws is made that depend on reader and catalogue alone, and the request's id says
    which of them counts. So the propensity of an event, over requests, is exactly the share of draws that it wins.
    """

    corpus: Corpus
    reader: Reader
    params: Params
    request_id: str

    def draw(self, number: int, value: Floats) -> tuple[int, float] | None:
        """The row for the place with this number, given what each event is worth there (-inf: cannot have it), and its
        propensity; None where the place is not for drawing."""
        if not self.params.explore_every or number % self.params.explore_every:
            return None
        n = min(self.params.explore_shortlist, int(np.isfinite(value).sum()))
        shortlist = np.argsort(-value, kind="stable")[:n]
        seed = _number(f"{self.reader.version} {self.corpus.version} {number}")
        rng = np.random.Generator(np.random.PCG64(seed))
        normal = rng.standard_normal((n, self.params.explore_draws))
        wished = value[shortlist][:, None] + self._root(shortlist.tolist()) @ normal
        winners = shortlist[np.argmax(wished, axis=0)]
        row = int(winners[_number(f"{self.request_id} {number}") % len(winners)])
        return row, float(np.mean(winners == row))

    def _root(self, rows: list[int]) -> Floats:
        """A root of the covariance of what the reader may think of these events, in points: the posterior of Gaussian
        process regression (Rasmussen & Williams, 2006, eq. 2.24), in the width that is explored."""
        params = self.params
        taught = lessons(self.reader, self.corpus.statistics, params, [self.corpus.terms[row] for row in rows])
        prior = centred_kernel(taught.also, taught.also, taught.mean)
        cross = centred_kernel(taught.also, taught.rows, taught.mean)
        doubted = centred_kernel(taught.rows, taught.rows, taught.mean) + np.diag(taught.noise)
        known = cross @ np.linalg.solve(doubted, cross.T)
        values, vectors = np.linalg.eigh(prior - known)
        root: Floats = params.gain * params.explore_spread * vectors * np.sqrt(np.maximum(values, 0.0))
        return root


def _number(text: str) -> int:
    """A whole number that follows from a text."""
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big")
