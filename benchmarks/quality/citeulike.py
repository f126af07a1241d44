"""CiteULike-t: which papers researchers keep in their libraries (Wang et al., IJCAI 2013), papers as word counts."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from benchmarks.quality.files import found, lines
from ranking.evaluation.log import Feedback, Log
from ranking.evaluation.trials import Protocol, Slice, Trial
from ranking.event import Event
from ranking.text import TermKind, Terms, term

LEVEL = 2
_FOLDER = "citeulike-t"
_PUBLISHED = datetime(2017, 1, 1, tzinfo=UTC)
_NOW = _PUBLISHED + timedelta(days=30)  # by then nothing that was pressed on the first day is popular
_N_SLICES = 8


def full(folder: Path, n_readers: int | None = None, seed: int = 1) -> Protocol:
    """Split P3, replicate 1: of each reader three papers are known, and all others of the library are wanted among all
    papers but those three. Asked for `n_readers` drawn, or all that have papers to be found. Raises Absent."""
    known = _libraries(folder, "train_P3_1.dat.gz")
    wanted = _libraries(folder, "test_P3_1.dat.gz")
    log = _log(_papers(folder), known)
    asked = [number for number, papers in enumerate(wanted) if papers]
    if n_readers is not None and n_readers < len(asked):
        rng = np.random.Generator(np.random.PCG64(seed))
        asked = sorted(rng.choice(asked, size=n_readers, replace=False).tolist())
    trials = [Trial(_reader(one), _NOW, len(known[one]), tuple(map(_paper, wanted[one]))) for one in asked]
    n = -(-len(trials) // _N_SLICES)
    slices = (Slice(_NOW, _NOW, tuple(trials[start : start + n])) for start in range(0, len(trials), n))
    return Protocol("citeulike-t, P3", log, tuple(slices))


def _papers(folder: Path) -> dict[str, Terms]:
    """The words of each paper and how often it has them."""
    words = [line.strip() for line in lines(found(folder, f"{_FOLDER}/vocabulary.dat.gz"))]
    names = [term(TermKind.WORD, word) for word in words]
    papers = {}
    for number, line in enumerate(lines(found(folder, f"{_FOLDER}/mult.dat.gz"))):
        counts = [tuple(map(int, pair.split(":"))) for pair in line.split()[1:]]
        papers[_paper(number)] = Terms.of(
            {names[place]: n for place, n in counts}, {names[place]: words[place] for place, _ in counts}
        )
    return papers


def _libraries(folder: Path, name: str) -> list[list[int]]:
    return [[int(one) for one in line.split()[1:]] for line in lines(found(folder, f"{_FOLDER}/{name}"))]


def _log(papers: dict[str, Terms], known: list[list[int]]) -> Log:
    events = [
        Event(id=one, title=f"Paper {one}", category="Paper", published_at=_PUBLISHED, signal=5.0) for one in papers
    ]
    said = [
        Feedback(_reader(number), _paper(one), LEVEL, _PUBLISHED + timedelta(seconds=place))
        for number, library in enumerate(known)
        for place, one in enumerate(library, start=1)
    ]
    return Log.of(events, said, terms=papers)


def _reader(number: int) -> str:
    return f"reader-{number}"


def _paper(number: int) -> str:
    return f"paper-{number}"
