"""Evaluating at the command line: what the ranking does, measured offline with the functions that serve."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import TypeAdapter

from service.documents import InvalidDocument, UnreadableDocument, read_document
from service.inputs import rows_of, settings_of
from service.terminal import fail, failing_plainly, out, print_json

if TYPE_CHECKING:  # these take scikit-learn with them, which costs seconds that `--help` need not wait for
    from ranking.event import Event

app = typer.Typer(help="Measure offline what the ranking does for readers.", no_args_is_help=True)
_STORIES = TypeAdapter(dict[str, tuple[str, ...]])
_SEED_DAYS = 7.0
_FIRST_YEAR = 200  # events may be taken to be a century older than this


@app.callback()
def evaluate() -> None:
    """Measure offline what the ranking does for readers."""


@app.command()
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
    from ranking.evaluation.control import control as measure  # noqa: PLC0415 -- see TYPE_CHECKING above
    from service.seeding import seeds_dir  # noqa: PLC0415
    from service.tables import control_table  # noqa: PLC0415

    with failing_plainly():
        events = _events((folder or seeds_dir()) / "events.jsonl")
        stories = _stories((folder or seeds_dir()) / "stories.json", {event.id for event in events})
    newest = max(event.published_at for event in events)
    at = now.replace(tzinfo=newest.tzinfo) if now and now.tzinfo is None else now or newest
    dense = days if days is not None or folder is not None else _SEED_DAYS
    if at.year <= _FIRST_YEAR:
        fail(f"--now should be after the year {_FIRST_YEAR}")
    report = measure(events, stories, settings_of().params, now=at, days=dense)
    if as_json:
        print_json(report)
    else:
        out.print(control_table(report, dense))


def _events(path: Path) -> "list[Event]":
    rows = rows_of(path)
    events: dict[str, Event] = {}
    for row in rows:
        if row.event is None:
            fail(f"{path}, line {row.line}: {'; '.join(map(str, row.errors))}")
        if row.event.id in events:
            fail(f"{path}, line {row.line}: id: is there twice")
        events[row.event.id] = row.event
    return list(events.values())


def _stories(path: Path, known: set[str]) -> list[tuple[str, ...]]:
    """The stories of a file, each with those of its events that there are."""
    try:
        stories = read_document(_STORIES, path.read_bytes())
    except (InvalidDocument, UnreadableDocument) as error:
        raise UnreadableDocument(f"{path}: {error}") from error
    return [tuple(event_id for event_id in dict.fromkeys(story) if event_id in known) for story in stories.values()]
