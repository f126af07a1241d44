"""`signalfeed control`: how far a feed obeys."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from service.inputs import settings_of
from service.terminal import fail, failing_plainly, out, print_json

_SEED_DAYS = 7.0
_FIRST_YEAR = 200  # events may be taken to be a century older than this


def control(
    folder: Annotated[
        Path | None, typer.Argument(help="A folder with events.jsonl and stories.json; without one, the seeds.")
    ] = None,
    days: Annotated[
        float | None,
        typer.Option(
            min=0.01, max=36_500, help="Take the events as the news of so many days; by default 7 for the seeds."
        ),
    ] = None,
    now: Annotated[
        datetime | None, typer.Option(help="The time to rank at; by default that of the newest event.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program instead of a table.")] = False,
) -> None:
    """Press each event of each story once, and see what becomes of the rest of it and of other news.

    stories.json says which events tell the same story: {"name": ["event id", …], …}.
    """
    from ranking.evaluation.control import control as measure  # noqa: PLC0415 -- it takes scikit-learn with it
    from service.evaluation.folders import read_events, read_stories  # noqa: PLC0415
    from service.seeding import seeds_dir  # noqa: PLC0415
    from service.tables import control_table  # noqa: PLC0415

    with failing_plainly():
        events = read_events((folder or seeds_dir()) / "events.jsonl")
        stories = read_stories((folder or seeds_dir()) / "stories.json", {event.id for event in events})
    newest = max(event.published_at for event in events)
    at = now.replace(tzinfo=newest.tzinfo) if now and now.tzinfo is None else now or newest
    dense = days if days is not None or folder is not None else _SEED_DAYS
    if at.year <= _FIRST_YEAR:
        fail(f"--now should be after the year {_FIRST_YEAR}")
    report = measure(events, stories.values(), settings_of().params, now=at, days=dense)
    if as_json:
        print_json(report)
    else:
        out.print(control_table(report, dense))
