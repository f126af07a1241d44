"""`signalfeed estimate`: what other parameters would have got, from the pages that were shown."""

from pathlib import Path
from typing import Annotated

import typer

from service.evaluation.options import AsJson, Jobs, ParamsFiles, Scheduler, log_of, variants
from service.terminal import fail, failing_plainly, out, print_json


def estimate(
    folder: Annotated[Path, typer.Argument(help="What `export FOLDER --impressions` wrote.")],
    params: ParamsFiles = None,
    as_json: AsJson = False,
    jobs: Jobs = -1,
    scheduler: Scheduler = None,
) -> None:
    """Estimate from logged pages how often readers would choose what other parameters show.

    It takes a log with draws (SIGNALFEED_EXPLORE_EVERY): of a place that was never drawn for, nothing else is known.
    """
    from ranking.evaluation.counterfactual import counterfactual, logged_places  # noqa: PLC0415 -- takes scikit-learn
    from service.evaluation.terminal import print_estimates  # noqa: PLC0415
    from service.evaluation.workers import workers  # noqa: PLC0415

    with failing_plainly(), workers(jobs, scheduler) as spread:
        log, _ = log_of(folder)
        if not log.impressions:
            fail(f"{folder}: has no impressions; they are written with `signalfeed export FOLDER --impressions`")
        found = {one.name: counterfactual(logged_places(log, one.params, spread=spread)) for one in variants(params)}
        if as_json:
            print_json(found)
        else:
            print_estimates(out, found)
