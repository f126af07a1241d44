"""Lessons: what a reader said and did, as the rows and targets that the learner calculates with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from ranking.features import Floats, Statistics, vectors
from ranking.ledger import Adjustment, Open
from ranking.params import Params
from ranking.reader import Reader
from ranking.text import Terms


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """n lessons over V terms: the adjustments, oldest first, then the opens of events that were not adjusted.

    `wish` (n) the targets y, `noise` (n) the doubt N_ii about each, `rows` (n × V) the features x of their events,
    `alike` (n × d) their rows in the block of alike readers, centred,
    `also` (V columns) further rows that were asked for, `mean` (V) the mu of the centring, `names` (V) the terms.
    `levels` has None for an open; `silent` are the terms of which no lesson says anything.
    """

    event_ids: tuple[str, ...]
    levels: tuple[int | None, ...]
    wish: Floats
    noise: Floats
    rows: csr_array
    alike: Floats
    also: csr_array
    mean: Floats
    names: tuple[str, ...]
    silent: tuple[str, ...]


def lessons(reader: Reader, statistics: Statistics, params: Params, also: Sequence[Terms] = ()) -> Lessons:
    """The lessons of a reader. Of a pinned term none says anything, and of a cleared one none from before: there the
    row has the mean in place of its own value, so that the centred row is 0."""
    adjustments = reader.ledger.adjustments
    adjusted = {one.event_id for one in adjustments}
    opens = [one for one in reader.opens if one.event_id not in adjusted] if params.learn_from_opens else []
    taught: list[Adjustment | Open] = [*adjustments, *opens]
    n = len(taught)
    # New terms are numbered as they come, so all rows must be made together.
    both = vectors([*(one.terms for one in taught), *also], statistics, params)
    names = statistics.terms + both.new_terms
    mean = np.concatenate([statistics.mean, np.zeros(len(both.new_terms))])
    moments = [one.at for one in taught]
    silent = {name: np.full(n, True) for name in reader.wishes.pins}
    for name, cleared_at in reader.wishes.cleared.items():
        if name not in silent:
            silent[name] = np.array([at <= cleared_at for at in moments], dtype=np.bool_)
    everywhere = tuple(sorted(name for name, mask in silent.items() if mask.all()))
    return Lessons(
        event_ids=tuple(one.event_id for one in taught),
        levels=(*(one.level for one in adjustments), *(None for _ in opens)),
        wish=np.array([*(one.wish for one in adjustments), *(params.open_wish for _ in opens)], dtype=np.float64),
        noise=_noise(reader, opens_at=[one.at.timestamp() for one in opens], params=params),
        alike=statistics.alike.of([one.event_id for one in taught]) - statistics.alike.mean,
        rows=silenced(both.blocks[:n], names, mean, silent),
        also=silenced(both.blocks[n:], names, mean, dict.fromkeys(everywhere, np.full(len(also), True))),
        mean=mean,
        names=names,
        silent=everywhere,
    )


def centred_kernel(left: csr_array, right: csr_array, mean: Floats) -> Floats:
    """The products (x - mu)·(z - mu) of every row x of `left` with every row z of `right`, the rows kept sparse."""
    products = (left @ right.T).toarray()
    centred: Floats = products - (left @ mean)[:, None] - (right @ mean)[None, :] + mean @ mean
    return centred


def silenced(
    rows: csr_array, names: Sequence[str], mean: Floats, silent: Mapping[str, npt.NDArray[np.bool_]]
) -> csr_array:
    """The rows with the mean in place of what they say of the terms in `silent`, in those rows that it names."""
    known = {name: column for column, name in enumerate(names) if name in silent} if silent else {}
    if not known:
        return rows
    place = np.full(len(names), -1)
    place[list(known.values())] = np.arange(len(known))
    mask = np.array([silent[name] for name in known])  # (terms, rows)
    entry_row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    entry_place = place[rows.indices]
    kept = (entry_place < 0) | ~mask[entry_place, entry_row]
    said = csr_array((np.where(kept, rows.data, 0.0), rows.indices, rows.indptr), shape=rows.shape)
    in_place, in_row = np.nonzero(mask)
    columns = np.array(list(known.values()))[in_place]
    silenced = (said + csr_array((mean[columns], (in_row, columns)), shape=rows.shape)).tocsr()
    silenced.sort_indices()
    return silenced


def _noise(reader: Reader, opens_at: Sequence[float], params: Params) -> Floats:
    """The doubt about each lesson: it doubles with every `press_half_life` later presses, and for an open also with
    later opens."""
    presses_at = np.array([one.at.timestamp() for one in reader.ledger.adjustments])
    n, k = len(presses_at), len(opens_at)
    later_than_press = n - 1.0 - np.arange(n)
    later_than_open = k - 1.0 - np.arange(k) + (presses_at[None, :] > np.array(opens_at)[:, None]).sum(axis=1)
    age = np.concatenate([later_than_press, later_than_open])
    doubt = np.concatenate([np.ones(n), np.full(k, params.open_doubt)])
    noise: Floats = params.noise * doubt * 2.0 ** (age / params.press_half_life)
    return noise
