"""Options: what the evaluating commands are given in common, and what follows from it."""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.progress import track

from service.inputs import settings_of
from service.terminal import err

if TYPE_CHECKING:  # these take scikit-learn with them, which costs seconds that `--help` need not wait for
    from ranking.evaluation.log import Log
    from ranking.evaluation.rankers import Ranker, Signalfeed
    from ranking.evaluation.trials import Protocol
    from ranking.params import Params

T = TypeVar("T")


class Ask(StrEnum):
    """The protocols, as they are named at the command line."""

    REPLAY = "replay"
    IMPRESSIONS = "impressions"
    SAMPLED = "sampled"
    FULL = "full"


Folder = Annotated[
    Path | None, typer.Argument(help="What `export` wrote, or MIND's two .tsv files; without one, the seeds.")
]
ParamsFiles = Annotated[
    list[Path] | None,
    typer.Option("--params", help="A file of parameters to compare; give several, the first is the reference."),
]
PageLength = Annotated[int, typer.Option("--at", min=1, max=1000, help="How many places are looked at.")]
Negatives = Annotated[
    int, typer.Option(min=1, max=100_000, help="For `sampled`: events drawn beside each that is wanted.")
]
Seed = Annotated[int, typer.Option(min=0, help="What all draws start from.")]
Jobs = Annotated[int, typer.Option(min=-1, help="Processes to use; -1 or 0 is one for each core.")]
Scheduler = Annotated[
    str | None, typer.Option(help="The address of a Dask scheduler, as tcp://host:8786, to use its workers instead.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program instead of tables.")]


def log_of(folder: Path | None) -> "tuple[Log, list[str]]":
    """The log of a folder, or of the seeds, and what is to be said of it. Raises UnreadableDocument, OSError."""
    from service.evaluation.folders import read_log  # noqa: PLC0415 -- see TYPE_CHECKING above
    from service.seeding import seeds_dir  # noqa: PLC0415

    found = read_log(folder or seeds_dir())
    left_out = f"Left out, since their events are not there: {found.n_left_out} mentions of events."
    return found.log, [left_out] if found.n_left_out else []


def variants(files: Sequence[Path] | None) -> "list[Signalfeed]":
    """The ranking with the parameters of each file, named after it; with those of serve where no file is given. A file
    whose name is taken, by another or by a plain ranker, is called by its whole path. Ends the command where a file is
    not right."""
    from ranking.evaluation.baselines import BASELINES, COLLABORATIVE  # noqa: PLC0415 -- see TYPE_CHECKING above
    from ranking.evaluation.rankers import Signalfeed  # noqa: PLC0415

    plain = {one.name for one in (*BASELINES, *COLLABORATIVE)}
    named: dict[str, Params] = {}
    for file in files or ():
        named[file.stem if file.stem not in {*plain, *named} else str(file)] = settings_of(params_file=file).params
    return [Signalfeed(name, params) for name, params in (named or {"signalfeed": settings_of().params}).items()]


def baselines_for(log: "Log") -> "list[Ranker]":
    """The rankers to stand beside ours: those that go by other readers only where there are any."""
    from ranking.evaluation.baselines import BASELINES, COLLABORATIVE  # noqa: PLC0415 -- see TYPE_CHECKING above

    return [*BASELINES, *(COLLABORATIVE if len(log.by_reader) > 1 else ())]


def protocol_of(ask: Ask, log: "Log", params: "Params", negatives: int, seed: int) -> "Protocol":
    """The questions that a protocol asks of a log."""
    from ranking.evaluation import trials  # noqa: PLC0415 -- see TYPE_CHECKING above

    match ask:
        case Ask.REPLAY:
            return trials.replay(log, params)
        case Ask.IMPRESSIONS:
            return trials.per_impression(log, params)
        case Ask.SAMPLED:
            return trials.sampled_negatives(log, negatives, seed)
        case Ask.FULL:
            return trials.full_catalogue(log)


def watched(what: str, steps: Iterable[T], n_steps: int) -> Iterator[T]:
    """The steps as they come, with a progress bar where somebody looks."""
    return iter(track(steps, description=what, total=n_steps, console=err, disable=not err.is_terminal, transient=True))
