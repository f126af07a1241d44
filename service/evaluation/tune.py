"""`signalfeed tune`: parameters that suit an operator's own readers."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress

from service.evaluation.options import (
    AsJson,
    Ask,
    Folder,
    Jobs,
    Negatives,
    PageLength,
    Scheduler,
    Seed,
    log_of,
    protocol_of,
)
from service.inputs import settings_of
from service.parameters import InvalidParams, params_of, written_params
from service.terminal import can_be_written, err, fail, failing_plainly, out, print_json, say

if TYPE_CHECKING:  # it takes scikit-learn with it, which costs seconds that `--help` need not wait for
    from ranking.evaluation.tuning import Tuning


def tune(
    folder: Folder = None,
    to: Annotated[Path, typer.Option("--out", help="The file for the parameters that are found.")] = Path(
        "params.toml"
    ),
    params: Annotated[Path | None, typer.Option(help="A file of parameters to start from.")] = None,
    sweep: Annotated[
        list[str] | None, typer.Option(help="Try these values, as noise=1,3,10, in place of the usual ones.")
    ] = None,
    protocol: Annotated[Ask, typer.Option(help="How to ask.")] = Ask.REPLAY,
    at: PageLength = 10,
    negatives: Negatives = 100,
    seed: Seed = 0,
    as_json: AsJson = False,
    jobs: Jobs = -1,
    scheduler: Scheduler = None,
) -> None:
    """Seek parameters that suit your readers, and say how sure it is that they do.

    One half of the readers is sought with, the other judges. `serve --params` takes the file.
    """
    from ranking.evaluation.tuning import SPACE  # noqa: PLC0415 -- see TYPE_CHECKING above
    from ranking.evaluation.tuning import tune as seek  # noqa: PLC0415
    from service.evaluation.terminal import tuning_table  # noqa: PLC0415
    from service.evaluation.workers import workers  # noqa: PLC0415

    space = dict(map(_swept, sweep)) if sweep else SPACE
    can_be_written(to)
    with failing_plainly(), workers(jobs, scheduler) as spread:
        log, _ = log_of(folder)
        start = settings_of(params_file=params).params
        with Progress(console=err, disable=not err.is_terminal, transient=True) as bar:
            task = bar.add_task("", total=None)
            found = seek(
                protocol_of(protocol, log, start, negatives, seed),
                start,
                f"ndcg@{at}",
                at,
                space=space,
                spread=spread,
                seed=seed,
                progress=lambda name: bar.update(task, description=f"trying {name}"),
            )
        remarks = _remarks(found)
        to.write_text(written_params(found.params, remarks), encoding="utf-8")
        if as_json:
            print_json(found)
            return
        out.print(tuning_table(found))
        for remark in remarks:
            say(out, remark)
        if found.params == start:
            say(out, f"Nothing better was found; {to} changes nothing.")
        else:
            then = f"try `signalfeed serve --params {to}`" if found.sure else "that is not enough to serve it"
            say(out, f"What was found is in {to}; {then}.")


def _swept(said: str) -> tuple[str, list[float]]:
    """A parameter and the values to try, from `noise=1,3,10`; ends the command where that is not what was said."""
    name, _, values = said.partition("=")
    try:
        return name, [getattr(params_of({name: value}), name) for value in values.split(",")]
    except InvalidParams as error:
        fail(f"--sweep {said}: {error}; it is written as noise=1,3,10")


def _remarks(found: "Tuning") -> Sequence[str]:
    """How sure it is that what was found is better."""
    held_out = found.held_out
    gained, verdict = held_out.estimate, held_out.verdict
    sought = f"Sought with {found.n_readers} readers, judged by {found.n_held_out} others."
    if gained.value is None or gained.low is None or gained.high is None:
        return (sought, "There is nothing to judge by; take the parameters for no more than a guess.")
    figures = f"{held_out.metric} {gained.value:+.3f} (95 % interval {gained.low:+.3f} to {gained.high:+.3f})"
    return (sought, f"On these, against the start: {figures}: {verdict}.")
