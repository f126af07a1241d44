"""The command line: run the service, and do by hand what the API does."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from pydantic import TypeAdapter, ValidationError
from rich.progress import track
from rich.text import Text

from ranking.errors import UnknownEvent
from ranking.event import Id
from service.checks import Check, checks_of
from service.documents import UnreadableDocument, write_document
from service.evaluation.control import control
from service.evaluation.drift import drift
from service.evaluation.estimate import estimate
from service.evaluation.evaluate import evaluate
from service.evaluation.tune import tune
from service.inputs import rows_of, settings_of
from service.terminal import err, fail, failing_plainly, out, print_json, say

if TYPE_CHECKING:  # these take scikit-learn with them, which costs seconds that `--help` need not wait for
    from service.actions import Actions
    from service.answers import FeedPage, Receipt, SimilarEvents

T = TypeVar("T")

app = typer.Typer(
    help="Signalfeed: ranked news feeds that obey their readers and say why.",
    no_args_is_help=True,
    add_completion=False,
)
for command in (evaluate, tune, estimate, drift, control):
    app.command()(command)
_BATCH = 200  # rows stored at once, so that the progress bar moves
_MAX_EXAMPLES = 5
_ID = TypeAdapter(Id)


def _user_id(user_id: str) -> str:
    """A reader's id, if it is one that the API would take."""
    try:
        return _ID.validate_python(user_id)
    except ValidationError as error:
        raise typer.BadParameter("an id is 1 to 128 of A-Z a-z 0-9 . _ ~ -") from error


DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Where the private store keeps its files.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program instead of a table for people.")]
UserId = Annotated[str, typer.Argument(callback=_user_id, help="A reader's id.")]
Files = Annotated[list[Path], typer.Argument(help="Files of events, a JSON array or NDJSON; - is standard input.")]


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="The port to listen on.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Worker processes.")] = None,
    data_dir: DataDir = None,
    params: Annotated[Path | None, typer.Option(help="A file of ranking parameters, as `tune` writes it.")] = None,
    seeds: Annotated[
        bool | None,
        typer.Option(
            "--seeds/--no-seeds",
            help="Fill a store that has never held an event with the seed events. "
            "Done by default for the private store, and not for one of your own.",
        ),
    ] = None,
) -> None:
    """Run the service. Without SIGNALFEED_REDIS_URL it keeps a private, durable store in the data directory."""
    from service.serving import run  # noqa: PLC0415 -- see TYPE_CHECKING above

    given = {"host": host, "port": port, "workers": workers, "data_dir": data_dir, "params_file": params}
    run(settings_of(**given), seeds=seeds)


@app.command()
def load(files: Files, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Store events from files, or all that `export` wrote to a folder, readers' adjustments too.

    Good rows are stored; bad ones are reported with their line.
    """

    from service.seeding import read_feedback  # noqa: PLC0415 -- see TYPE_CHECKING above

    async def store(actions: "Actions") -> Counter[str]:
        tally: Counter[str] = Counter()
        for batch in track(batches, "Storing", console=err, disable=not err.is_terminal):
            result = await actions.events.put_events(batch, more_to_come=True)
            tally.update(row.status for row in result.rows)
        await actions.catalog.refresh()
        for said in feedback:
            try:
                await actions.readers.adjust(said.user_id, said.event_id, said.level, at=said.at)
            except UnknownEvent as error:
                say(err, f"{said.user_id} said {said.level:+d} of an event that is not here: {error}", style="red")
        return tally

    with failing_plainly():
        folders = [path for path in files if path.is_dir()]
        rows = [(path, row) for path in files for row in rows_of(path / "events.jsonl" if path in folders else path)]
        feedback = [said for path in folders for said in read_feedback(path / "feedback.jsonl")]
        batches = [[row for _, row in rows[start : start + _BATCH]] for start in range(0, len(rows), _BATCH)]
        tally = _with_actions(data_dir, store, may_create=True)
    bad = [(path, row) for path, row in rows if row.event is None]
    for path, row in bad:
        for error in row.errors:
            say(err, f"{path}, line {row.line}: {error}", style="red")
    counts = {status: tally[status] for status in ("created", "replaced", "unchanged", "invalid")}
    if as_json:
        print_json(counts)
    else:
        out.print(", ".join(f"{count} {status}" for status, count in counts.items()))
    raise typer.Exit(1 if bad else 0)


@app.command()
def validate(files: Files) -> None:
    """Check files of events without storing anything. Exits with 1 on a fault."""
    n_faults = sum(_validate(path) for path in files)
    raise typer.Exit(1 if n_faults else 0)


@app.command()
def export(
    folder: Annotated[Path | None, typer.Argument(help="A folder for events.jsonl and feedback.jsonl.")] = None,
    impressions: Annotated[
        bool,
        typer.Option(
            "--impressions",
            help="Write what was shown to whom: alone, or into the folder as well, with what they opened.",
        ),
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Write the events as NDJSON to standard output; or events and readers' adjustments to a folder."""

    async def write(actions: "Actions") -> None:
        if folder is None:
            lines = actions.feeds.all_impressions() if impressions else _events(actions)
            async for line in lines:
                sys.stdout.buffer.write(line + b"\n")
            return
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # what readers said is nobody else's business
        n_events = await _write_lines(folder / "events.jsonl", _events(actions))
        await _write_lines(folder / "feedback.jsonl", _feedback(actions))
        say(err, f"{n_events} events and their feedback are in {folder}")
        if impressions:
            n_shown = await _write_lines(folder / "impressions.jsonl", actions.feeds.all_impressions())
            n_opened = await _write_lines(folder / "opens.jsonl", _opens(actions))
            say(err, f"{n_shown} impressions and {n_opened} opens are there, too")

    with failing_plainly():
        _with_actions(data_dir, write)


@app.command()
def similar(
    event_id: str,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many to show at most.")] = 5,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show the events nearest to one, and the words they share."""

    async def read(actions: "Actions") -> "SimilarEvents":
        return await actions.events.read_similar(event_id, limit)

    with failing_plainly():
        found = _with_actions(data_dir, read)
    if as_json:
        print_json(found)
        return
    from service.tables import similar_table  # noqa: PLC0415 -- see TYPE_CHECKING above

    out.print(similar_table(found))


@app.command()
def feed(
    user_id: UserId,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many events to show.")] = 20,
    category: Annotated[str | None, typer.Option(help="Only events of this category.")] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show a reader's feed, and why it is so."""

    async def read(actions: "Actions") -> "FeedPage":
        return await actions.feeds.read_feed(user_id, limit=limit, category=category)

    with failing_plainly():
        page = _with_actions(data_dir, read)
    if as_json:
        print_json(page)
        return
    from service.tables import feed_table  # noqa: PLC0415 -- see TYPE_CHECKING above

    out.print(feed_table(user_id, page))
    if page.degraded:
        err.print("The store is away: this is the global order.", style="yellow")


@app.command(context_settings={"ignore_unknown_options": True})
def adjust(
    user_id: UserId,
    event_id: str,
    level: Annotated[int, typer.Argument(min=-2, max=2, help="From -2 (far less) to 2 (far more); 0: just as it is.")],
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Adjust the signal of an event for a reader, and show what that changed; `undo` takes it back."""
    _show_receipt(data_dir, lambda actions: actions.readers.adjust(user_id, event_id, level), as_json=as_json)


@app.command()
def undo(user_id: UserId, event_id: str, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Take an adjustment back, as if it had never been made, and show what that changed."""
    _show_receipt(data_dir, lambda actions: actions.readers.undo(user_id, event_id), as_json=as_json)


def _show_receipt(
    data_dir: Path | None, change: "Callable[[Actions], Coroutine[Any, Any, Receipt]]", *, as_json: bool
) -> None:
    with failing_plainly():
        receipt = _with_actions(data_dir, change)
    if as_json:
        print_json(receipt)
        return
    from service.tables import receipt_table, standing  # noqa: PLC0415 -- see TYPE_CHECKING above

    say(out, standing(receipt))
    out.print(receipt_table(receipt) if receipt.changed else "No weight has moved.")


def _with_actions(data_dir: Path | None, use: "Callable[[Actions], Awaitable[T]]", *, may_create: bool = False) -> T:
    """What `use` gives for the actions on the store that the settings name, which must be there unless it may be
    created."""
    from service.local import local_actions, store_url  # noqa: PLC0415 -- see TYPE_CHECKING above

    settings = settings_of(data_dir=data_dir)
    if settings.redis_url is None and not may_create and not settings.data_dir.exists():
        fail(f"There is no store in {settings.data_dir}; name another with --data-dir or SIGNALFEED_REDIS_URL.")

    async def run(url: str) -> T:
        async with local_actions(url, settings) as actions:
            return await use(actions)

    with store_url(settings) as url:
        return asyncio.run(run(url))


async def _events(actions: "Actions") -> AsyncIterator[bytes]:
    for event in sorted(actions.catalog.corpus.events, key=lambda event: event.id):
        yield actions.catalog.written(event)


async def _feedback(actions: "Actions") -> AsyncIterator[bytes]:
    async for said in actions.accounts.all_feedback():
        yield write_document(said)


async def _opens(actions: "Actions") -> AsyncIterator[bytes]:
    async for opened in actions.accounts.all_opens():
        yield write_document(opened)


async def _write_lines(path: Path, lines: AsyncIterator[bytes]) -> int:
    """Writes lines to a file; gives their number."""
    n_lines = 0
    with path.open("wb") as file:
        async for line in lines:
            file.write(line + b"\n")
            n_lines += 1
    return n_lines


def _validate(path: Path) -> int:
    """Prints a line for each check of one file; gives the number that failed."""
    say(out, str(path), style="bold")
    try:
        checks = tuple(checks_of(rows_of(path)))
    except UnreadableDocument as error:
        checks = (Check("can be read", (str(error),)),)
    except OSError as error:
        checks = (Check("can be read", (error.strerror or str(error),)),)
    for check in checks:
        out.print("[red]FAIL[/]" if check.faults else "[green]PASS[/]", Text(check.name))
        for fault in check.faults[:_MAX_EXAMPLES]:
            say(out, f"     {fault}")
        if (n_more := len(check.faults) - _MAX_EXAMPLES) > 0:
            say(out, f"     and {n_more} more")
    return sum(1 for check in checks if check.faults)
