"""The command line, and the actions without HTTP that it calls: by hand what the API does, in words for people."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import TypeAdapter
from typer.testing import CliRunner, Result

from ranking.evaluation.log import Feedback
from ranking.event import Event
from ranking.interactions import Action, Interaction
from service import cli, seeding, terminal
from service.documents import read_rows, write_document
from service.embedded import EmbeddedStore
from service.local import local_actions, seed, store_url
from service.seeding import seed_events
from service.settings import Settings
from service.store import StoreError, StoreFull, StoreUnavailable
from tests.build import an_event, two_stories

ROOT = Path(__file__).parent.parent.parent
COMMANDS = {
    "serve": "Run the service.",
    "load": "Store events from files, or all that `export` wrote to a folder",
    "validate": "Check files of events without storing anything.",
    "export": "Write the events as NDJSON to standard output",
    "similar": "Show the events nearest to one",
    "feed": "Show a reader's feed",
    "adjust": "Adjust the signal of an event for a reader",
    "undo": "Take an adjustment back",
    "evaluate": "Measure how well feeds find what readers want, beside plain rankers.",
    "tune": "Seek parameters that suit your readers, and say how sure it is that they do.",
    "control": "Press each event of each story once",
}
FIELDS = ("id", "title", "category", "published_at", "signal", "summary", "details", "meaning", "sources", "language")
START_SECONDS = 30.0
FEEDBACK: TypeAdapter[Feedback] = TypeAdapter(Feedback)


def signalfeed(*words: object, stdin: bytes | None = None) -> Result:
    """Runs a command; an error that the command line does not turn into words fails the test."""
    return CliRunner().invoke(cli.app, [str(word) for word in words], input=stdin, catch_exceptions=False)


def ndjson(*events: Event) -> bytes:
    """These events, one on each line."""
    return b"".join(write_document(event) + b"\n" for event in events)


def a_row(event_id: str = "a", **members: object) -> bytes:
    """An event's JSON on one line, with other or more members."""
    return orjson.dumps(orjson.loads(write_document(an_event(event_id))) | members)


def table(shown: Result, *, ruled: bool = True) -> list[list[str]]:
    """The rows of a table that was printed, without its head; in a ruled one the lines of a cell are joined."""
    assert (shown.exit_code, shown.stderr) == (0, "")
    rows: list[list[str]] = [[]]
    for line in shown.stdout.splitlines():
        cells = [cell.strip() for cell in line.split("│")[1:-1]]
        if cells and rows[-1]:
            rows[-1] = ["\n".join(filter(None, pair)) for pair in zip(rows[-1], cells, strict=True)]
        elif cells:
            rows[-1] = cells
        if not (ruled and cells):
            rows.append([])
    return [row for row in rows if row]


def stored_ids() -> list[str]:
    """The ids of the events in the store that the environment names."""
    return [orjson.loads(line)["id"] for line in signalfeed("export").stdout_bytes.splitlines()]


@pytest.fixture(scope="module", autouse=True)
def _plain_environment() -> Iterator[None]:
    """Takes away the settings of whoever runs the tests, and lets lines be as long as they are."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.upper().startswith("SIGNALFEED_")]:
            patch.delenv(name)
        patch.setenv("COLUMNS", "400")
        for console in (terminal.out, terminal.err):
            patch.setattr(console, "_width", None)  # a width that was in the environment at the import
        yield


@pytest.fixture(scope="module")
def data_dir(_plain_environment: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data directory with the two stories and a reader, "ada", who wants more of the strike. Only to be read."""
    folder = tmp_path_factory.mktemp("data")
    with EmbeddedStore(folder):
        assert signalfeed("load", "-", "--data-dir", folder, stdin=ndjson(*two_stories())).exit_code == 0
        assert signalfeed("adjust", "ada", "s1", 2, "--data-dir", folder).exit_code == 0
        yield folder


@pytest.fixture
def _empty_store(empty_server_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty store, named by the environment."""
    monkeypatch.setenv("SIGNALFEED_REDIS_URL", empty_server_url)


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes], Path]:
    """Makes a file of these bytes."""

    def make(content: bytes) -> Path:
        path = tmp_path / f"events-{len(list(tmp_path.iterdir()))}"
        path.write_bytes(content)
        return path

    return make


# Help


@pytest.mark.parametrize(("command", "about"), COMMANDS.items(), ids=COMMANDS)
def test_each_command_explains_itself(command: str, about: str) -> None:
    """With its own description."""
    explained = signalfeed(command, "--help")
    assert explained.exit_code == 0
    assert about in explained.stdout


def test_without_a_command_all_of_them_are_shown() -> None:
    """As an error, since nothing was done."""
    shown = signalfeed()
    assert shown.exit_code == 2
    assert all(command in shown.stdout for command in COMMANDS)


def test_help_does_not_wait_for_scikit_learn() -> None:
    """Importing the command line brings none of the slow libraries with it."""
    code = "import sys, service.cli; print({'sklearn', 'scipy', 'numpy', 'fastapi', 'uvicorn'} & set(sys.modules))"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout == "set()\n"


# load


@pytest.mark.usefixtures("_empty_store")
def test_good_events_are_stored(file: Callable[[bytes], Path]) -> None:
    """From several files, lines and arrays; the counts are of them all."""
    loaded = signalfeed("load", file(ndjson(*two_stories()[:2])), file(write_document(two_stories()[2:])))
    assert (loaded.exit_code, loaded.stdout, loaded.stderr) == (
        0,
        "4 created, 0 replaced, 0 unchanged, 0 invalid\n",
        "",
    )
    assert stored_ids() == ["c1", "c2", "s1", "s2"]


@pytest.mark.usefixtures("_empty_store")
def test_to_load_again_changes_nothing_but_what_has_changed(file: Callable[[bytes], Path]) -> None:
    """What is there already is said to be unchanged, so a load can be repeated without harm."""
    signalfeed("load", file(ndjson(*two_stories())))
    again = signalfeed("load", file(ndjson(an_event("c1", "Comet gone"), *two_stories()[1:], an_event("new"))))
    assert again.stdout == "1 created, 1 replaced, 3 unchanged, 0 invalid\n"


@pytest.mark.usefixtures("_empty_store")
def test_good_rows_are_stored_and_bad_ones_reported(file: Callable[[bytes], Path]) -> None:
    """Each fault with file, line and field; the exit code says that there was one."""
    path = file(b"\n".join([a_row("a"), b"", a_row("b", signal=11, colour="red"), a_row("c"), b"{oops"]))
    loaded = signalfeed("load", path)
    assert loaded.exit_code == 1
    assert loaded.stdout == "2 created, 0 replaced, 0 unchanged, 2 invalid\n"
    assert f"{path}, line 3: signal: Input should be less than or equal to 10\n" in loaded.stderr
    assert f"{path}, line 3: colour: is not a field that is known here\n" in loaded.stderr
    assert f"{path}, line 5: Invalid JSON: " in loaded.stderr
    assert stored_ids() == ["a", "c"]


@pytest.mark.usefixtures("_empty_store")
def test_counts_can_be_had_as_json(file: Callable[[bytes], Path]) -> None:
    """For a program; faults stay on standard error."""
    loaded = signalfeed("load", file(a_row("a") + b"\n{}"), "--json")
    assert loaded.exit_code == 1
    assert loaded.stdout_bytes == b'{"created":1,"replaced":0,"unchanged":0,"invalid":1}\n'
    assert "line 2: id: is required" in loaded.stderr


@pytest.mark.usefixtures("_empty_store")
def test_events_come_from_standard_input_too() -> None:
    """As the file called `-`, which is also how its faults are named."""
    loaded = signalfeed("load", "-", stdin=a_row("a") + b"\n{}")
    assert loaded.stdout == "1 created, 0 replaced, 0 unchanged, 1 invalid\n"
    assert "-, line 2: title: is required" in loaded.stderr


@pytest.mark.usefixtures("_empty_store")
def test_a_half_written_last_line_costs_one_row(file: Callable[[bytes], Path]) -> None:
    """The whole rows before it are stored."""
    loaded = signalfeed("load", file(a_row("a") + b"\n" + a_row("b")[:-20]))
    assert (loaded.exit_code, stored_ids()) == (1, ["a"])
    assert "line 2: Invalid JSON: EOF while parsing" in loaded.stderr


@pytest.mark.usefixtures("_empty_store")
def test_what_is_not_json_is_a_bad_row(file: Callable[[bytes], Path]) -> None:
    """Nothing is stored, and the line is named."""
    loaded = signalfeed("load", file(b"id;title;signal"))
    assert (loaded.exit_code, stored_ids()) == (1, [])
    assert "line 1: Invalid JSON: " in loaded.stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "Nothing at line 1: a JSON array or NDJSON of events is expected"),
        (b" \n", "Nothing at line 1: a JSON array or NDJSON of events is expected"),
        (b"[\n" + a_row("b") + b",\n", "Invalid JSON: Expecting value at line 3 column 1"),
    ],
    ids=["empty", "blank", "broken array"],
)
@pytest.mark.usefixtures("_empty_store")
def test_an_unreadable_file_is_refused_before_anything_is_stored(
    content: bytes, message: str, file: Callable[[bytes], Path]
) -> None:
    """The good file named before it is not stored either: all files are read first."""
    path = file(content)
    loaded = signalfeed("load", file(a_row("a")), path)
    assert (loaded.exit_code, loaded.stdout, loaded.stderr) == (1, "", f"{path}: {message}\n")
    assert stored_ids() == []


@pytest.mark.parametrize(
    ("command", "name", "reason"),
    [
        ("load", "none.jsonl", "No such file or directory"),
        ("load", ".", "events.jsonl: No such file or directory"),
        ("validate", "none.jsonl", "No such file or directory"),
        ("validate", ".", "Is a directory"),
    ],
)
def test_a_file_that_is_not_there_is_named(command: str, name: str, reason: str, tmp_path: Path) -> None:
    """By its path, with the reason; a folder is one that was exported to, or no file of events."""
    ended = signalfeed(command, tmp_path / name)
    assert ended.exit_code == 1
    assert str(tmp_path) in ended.output
    assert reason in ended.output


@pytest.mark.usefixtures("_empty_store")
def test_more_events_than_are_stored_at_once_are_all_stored(file: Callable[[bytes], Path]) -> None:
    """Whole batches and the rest, with the same result as in one go."""
    n_events = 2 * cli._BATCH + 1
    loaded = signalfeed("load", file(ndjson(*(an_event(f"e{n:03}") for n in range(n_events)))))
    assert loaded.stdout == f"{n_events} created, 0 replaced, 0 unchanged, 0 invalid\n"
    assert stored_ids() == [f"e{n:03}" for n in range(n_events)]


@pytest.mark.usefixtures("_empty_store")
def test_a_message_is_one_line_however_narrow_the_screen(
    file: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Into a pipe or a file messages go unbroken, so that they can be searched for a path or a line."""
    monkeypatch.setenv("COLUMNS", "40")
    path = file(b"{}")
    assert signalfeed("load", path).stderr.splitlines()[0] == f"{path}, line 1: id: is required"


# validate


def test_good_files_pass_every_check(file: Callable[[bytes], Path]) -> None:
    """A heading, then a line for each check, in the order of the fields; the exit code is 0."""
    path = file(ndjson(*two_stories()))
    checked = signalfeed("validate", path)
    checks = ["4 rows can be read", *FIELDS, "no other fields", "ids are unique"]
    assert checked.exit_code == 0
    assert checked.stdout.splitlines() == [str(path), *(f"PASS {check}" for check in checks)]


def test_the_seeds_pass_every_check() -> None:
    """The file that everybody starts from is right."""
    assert signalfeed("validate", ROOT / "seeds" / "events.jsonl").exit_code == 0


def test_a_fault_fails_the_check_of_its_field(file: Callable[[bytes], Path]) -> None:
    """With line, place and message beneath; the other checks pass."""
    rows = [a_row("a"), a_row("b", signal=11), a_row("c", sources=[{"name": ""}]), a_row("d", colour="red"), b"{oops"]
    checked = signalfeed("validate", file(b"\n".join(rows)))
    _, *lines = checked.stdout.splitlines()
    assert checked.exit_code == 1
    assert [line for line in lines if line.startswith("FAIL")] == [
        "FAIL 5 rows can be read",
        "FAIL signal",
        "FAIL sources",
        "FAIL no other fields",
    ]
    assert lines[1].startswith("     line 5: Invalid JSON: ")
    below = {line: lines[place + 1].strip() for place, line in enumerate(lines[:-1])}
    assert below["FAIL signal"] == "line 2: signal Input should be less than or equal to 10"
    assert below["FAIL sources"] == "line 3: sources.0.name String should have at least 1 character"
    assert below["FAIL no other fields"] == "line 4: colour is not a field that is known here"
    assert "PASS ids are unique" in lines


def test_few_examples_stand_for_many_faults(file: Callable[[bytes], Path]) -> None:
    """Of seven equal faults five are shown, and the number of the others; of five all."""
    checked = signalfeed(
        "validate", file(b"\n".join(a_row(f"e{n}", signal=11, title="" if n < 5 else "T") for n in range(7)))
    )
    lines = checked.stdout.splitlines()
    signal, title = lines.index("FAIL signal"), lines.index("FAIL title")
    assert [line.split(":")[0].strip() for line in lines[signal + 1 : signal + 6]] == [f"line {n}" for n in range(1, 6)]
    assert lines[signal + 6] == "     and 2 more"
    assert lines[title + 6] == "PASS category"


def test_repeated_ids_are_found(file: Callable[[bytes], Path]) -> None:
    """With the line where the id was first; a load would keep only the last of them."""
    checked = signalfeed("validate", file(b"\n".join([a_row("a"), a_row("b"), a_row("a", signal=3), a_row("a")])))
    assert checked.exit_code == 1
    assert checked.stdout.splitlines()[-3:] == [
        "FAIL ids are unique",
        "     line 3: a is also on line 1",
        "     line 4: a is also on line 1",
    ]


def test_repeated_ids_are_found_on_one_line(file: Callable[[bytes], Path]) -> None:
    """An array may have all its elements on line 1; they are still two."""
    checked = signalfeed("validate", file(b"[" + a_row("a") + b"," + a_row("a") + b"]"))
    assert (checked.exit_code, "FAIL ids are unique" in checked.stdout) == (1, True)


def test_lines_of_an_array_are_named(file: Callable[[bytes], Path]) -> None:
    """The line on which the element begins."""
    checked = signalfeed("validate", file(b"[\n" + a_row("a") + b",\n" + a_row("b", language="English") + b"\n]"))
    assert "line 3: language should be a language code" in checked.stdout


@pytest.mark.parametrize("content", [b"1", b"null", b'"a"'])
def test_a_row_that_is_no_object_cannot_be_read(content: bytes, file: Callable[[bytes], Path]) -> None:
    """It is not a matter of other fields."""
    lines = signalfeed("validate", file(a_row() + b"\n" + content)).stdout.splitlines()
    assert lines[1] == "FAIL 2 rows can be read"
    assert "line 2" in lines[2]
    assert "should be an object" in lines[2]
    assert "PASS no other fields" in lines


@pytest.mark.parametrize("name", ["row", "body", "colour"])
def test_an_unknown_field_is_named_whatever_it_is_called(name: str, file: Callable[[bytes], Path]) -> None:
    """Also where its name is one that messages use for themselves."""
    lines = signalfeed("validate", file(a_row("a", **{name: 1}))).stdout.splitlines()
    assert lines[1] == "PASS 1 rows can be read"
    assert f"     line 1: {name} is not a field that is known here" in lines


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "Nothing at line 1"),
        (b"[\n{", "at line 2 column 2"),
    ],
    ids=["empty", "broken array"],
)
def test_an_unreadable_file_fails_and_the_next_is_checked(
    content: bytes, message: str, file: Callable[[bytes], Path]
) -> None:
    """Each file is checked for itself; one fault is enough for exit code 1."""
    bad, good = file(content), file(a_row())
    checked = signalfeed("validate", bad, good)
    lines = checked.stdout.splitlines()
    assert (checked.exit_code, lines[:2]) == (1, [str(bad), "FAIL can be read"])
    assert message in lines[2]
    assert lines[3:5] == [str(good), "PASS 1 rows can be read"]


def test_standard_input_can_be_checked() -> None:
    """As the file called `-`."""
    assert signalfeed("validate", "-", stdin=a_row()).stdout.startswith("-\nPASS 1 rows can be read\n")


def test_files_must_be_named() -> None:
    """To check or load nothing is a mistake."""
    for command in ("load", "validate"):
        assert signalfeed(command).exit_code == 2


# export


def test_events_are_exported_as_lines(data_dir: Path) -> None:
    """One event on each, in order of ids, exactly as they are; nothing else is on standard output."""
    exported = signalfeed("export", "--data-dir", data_dir)
    assert exported.exit_code == 0
    assert exported.stdout_bytes == ndjson(*two_stories())


def test_a_folder_gets_events_and_feedback(data_dir: Path, tmp_path: Path) -> None:
    """The folder is made where it is not there yet; what readers said is written as seeds have it."""
    folder = tmp_path / "new" / "folder"
    exported = signalfeed("export", folder, "--data-dir", data_dir)
    assert (exported.exit_code, exported.stdout) == (0, "")
    assert exported.stderr == f"4 events and their feedback are in {folder}\n"
    assert (folder / "events.jsonl").read_bytes() == ndjson(*two_stories())
    [said] = [FEEDBACK.validate_json(line) for line in (folder / "feedback.jsonl").read_bytes().splitlines()]
    assert (said.user_id, said.event_id, said.level) == ("ada", "s1", 2)


@pytest.mark.usefixtures("_empty_store")
def test_what_was_exported_can_be_loaded(data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Into another store, events and what readers said of them; it then exports the same bytes."""
    first, second = tmp_path / "first", tmp_path / "second"
    with monkeypatch.context() as patch:
        patch.delenv("SIGNALFEED_REDIS_URL")
        signalfeed("export", first, "--data-dir", data_dir)
    loaded = signalfeed("load", first)
    assert loaded.stdout == "4 created, 0 replaced, 0 unchanged, 0 invalid\n"
    signalfeed("export", second)
    for name in ("events.jsonl", "feedback.jsonl"):
        assert (second / name).read_bytes() == (first / name).read_bytes() != b""


@pytest.mark.usefixtures("_empty_store")
def test_what_was_said_of_an_event_that_is_not_loaded_is_told(tmp_path: Path) -> None:
    """The rest of the folder is loaded all the same."""
    said = [{"user_id": "ada", "event_id": event_id, "level": 1, "at": "2026-04-03T09:00:00Z"} for event_id in "ba"]
    (tmp_path / "events.jsonl").write_bytes(a_row("a"))
    (tmp_path / "feedback.jsonl").write_bytes(b"\n".join(orjson.dumps(one) for one in said))
    loaded = signalfeed("load", tmp_path)
    assert "ada said +1 of an event that is not here" in loaded.stderr
    page = orjson.loads(signalfeed("feed", "ada", "--json").stdout_bytes)
    assert [one["level"] for one in page["items"]] == [1]


@pytest.mark.usefixtures("_empty_store")
def test_feedback_that_is_none_is_refused_with_its_line(tmp_path: Path) -> None:
    """Before anything is stored."""
    (tmp_path / "events.jsonl").write_bytes(a_row("a"))
    (tmp_path / "feedback.jsonl").write_bytes(b'{"user_id": "ada"}')
    refused = signalfeed("load", tmp_path)
    assert (refused.exit_code, stored_ids()) == (1, [])
    assert "feedback.jsonl, line 1: event_id: is required" in refused.stderr


@pytest.mark.usefixtures("_empty_store")
def test_an_empty_store_exports_nothing(tmp_path: Path) -> None:
    """No lines, and empty files in a folder."""
    assert signalfeed("export").stdout_bytes == b""
    assert signalfeed("export", tmp_path).exit_code == 0
    assert sorted((path.name, path.read_bytes()) for path in tmp_path.iterdir()) == [
        ("events.jsonl", b""),
        ("feedback.jsonl", b""),
    ]


def test_a_file_is_no_folder_to_export_to(data_dir: Path, file: Callable[[bytes], Path]) -> None:
    """The file is named and left alone."""
    path = file(b"precious")
    exported = signalfeed("export", path, "--data-dir", data_dir)
    assert (exported.exit_code, exported.stderr, path.read_bytes()) == (1, f"{path}: File exists\n", b"precious")


def show_feeds(url: str, *user_ids: str) -> list[dict[str, Any]]:
    """Shows these readers the first two places of their feeds, one after another; gives what was shown to whom."""

    async def show() -> list[dict[str, Any]]:
        shown = []
        async with local_actions(url, Settings()) as actions:
            for user_id in user_ids:
                page = await actions.feeds.read_feed(user_id, limit=2)
                await actions.feeds.record(user_id, page, whole=True)
                places = [{"event_id": one.event.id, "rank": one.rank, "propensity": 1.0} for one in page.items]
                shown.append({"user_id": user_id, "request_id": page.request_id, "events": places})
        return shown

    return asyncio.run(show())


def open_event(url: str, user_id: str, event_id: str) -> None:
    """Has a reader open an event on New Year's Day of 2020, and only see another, s2."""
    at = datetime(2020, 1, 1, tzinfo=UTC)
    told = [Interaction("1", event_id, Action.OPEN, at), Interaction("2", "s2", Action.SEEN, at)]

    async def interact() -> None:
        async with local_actions(url, Settings()) as actions:
            await actions.histories.interact(user_id, told)

    asyncio.run(interact())


def impressions_in(lines: bytes) -> list[dict[str, Any]]:
    """The impressions of an export, as far as they say what was shown to whom."""
    impressions = [orjson.loads(line) for line in lines.splitlines()]
    assert all(not one["degraded"] and one["at"].endswith("Z") for one in impressions)
    return [{name: one[name] for name in ("user_id", "request_id", "events")} for one in impressions]


@pytest.mark.usefixtures("_empty_store")
def test_impressions_alone_are_exported_as_lines(server_url: str) -> None:
    """What was shown to whom, oldest first, and nothing else: no event, no word on standard error."""
    signalfeed("load", "-", stdin=ndjson(*two_stories()))
    first, second = shown = show_feeds(server_url, "lin", "ada")
    exported = signalfeed("export", "--impressions")
    assert (exported.exit_code, exported.stderr) == (0, "")
    assert impressions_in(exported.stdout_bytes) == shown
    assert ([one["rank"] for one in first["events"]], second["user_id"]) == ([1, 2], "ada")


@pytest.mark.usefixtures("_empty_store")
def test_a_folder_gets_impressions_too_where_they_are_asked_for(server_url: str, tmp_path: Path) -> None:
    """Beside events and feedback, which are the same as without, and with what was opened; unasked neither is
    written."""
    signalfeed("load", "-", stdin=ndjson(*two_stories()))
    shown = show_feeds(server_url, "ada", "ada", "lin")
    open_event(server_url, "lin", "c1")
    without, folder = tmp_path / "without", tmp_path / "with"
    signalfeed("export", without)
    exported = signalfeed("export", folder, "--impressions")
    assert (exported.exit_code, exported.stdout) == (0, "")
    said = f"4 events and their feedback are in {folder}\n3 impressions and 1 opens are there, too\n"
    assert exported.stderr == said
    assert impressions_in((folder / "impressions.jsonl").read_bytes()) == shown
    assert (folder / "opens.jsonl").read_bytes() == (b'{"user_id":"lin","event_id":"c1","at":"2020-01-01T00:00:00Z"}\n')
    assert sorted(path.name for path in without.iterdir()) == ["events.jsonl", "feedback.jsonl"]
    assert (folder / "events.jsonl").read_bytes() == (without / "events.jsonl").read_bytes() == ndjson(*two_stories())
    assert (folder / "feedback.jsonl").read_bytes() == b""
    assert signalfeed("load", folder).stdout == "0 created, 0 replaced, 4 unchanged, 0 invalid\n"


@pytest.mark.usefixtures("_empty_store")
def test_where_nothing_was_shown_no_impression_is_exported(tmp_path: Path) -> None:
    """No lines, and empty files in a folder: nothing was opened either."""
    signalfeed("load", "-", stdin=a_row())
    assert signalfeed("export", "--impressions").stdout_bytes == b""
    assert signalfeed("export", tmp_path, "--impressions").stderr.endswith("0 impressions and 0 opens are there, too\n")
    assert (tmp_path / "impressions.jsonl").read_bytes() == (tmp_path / "opens.jsonl").read_bytes() == b""


# similar


def test_similar_events_are_shown_as_a_table(data_dir: Path) -> None:
    """The other event of the story, with its similarity and the words it shares; those that share none are left out."""
    [[similarity, event, shared]] = table(signalfeed("similar", "c1", "--data-dir", data_dir))
    assert 0 < float(similarity) < 1
    assert event == "Comet passes Jupiter\nc2 · News"
    assert {"comet", "jupiter"} <= set(shared.lower().split(", "))


def test_similar_events_can_be_had_as_json(data_dir: Path) -> None:
    """The answer of the API."""
    answer = orjson.loads(signalfeed("similar", "c1", "--json", "--data-dir", data_dir).stdout_bytes)
    assert answer["event_id"] == "c1"
    [near] = answer["items"]
    assert near["event"] == orjson.loads(write_document(two_stories()[1]))
    assert 0 < near["similarity"] < 1
    assert {"comet", "jupiter"} <= {term.lower() for term in near["shared_terms"]}


@pytest.mark.parametrize("words", [("similar", "no-such"), ("adjust", "ada", "no-such", 1)], ids=["similar", "adjust"])
@pytest.mark.parametrize("more", [(), ("--json",)], ids=["table", "json"])
def test_an_unknown_event_is_a_plain_refusal(words: tuple[object, ...], more: tuple[str, ...], data_dir: Path) -> None:
    """One sentence on standard error and exit code 1."""
    refused = signalfeed(*words, *more, "--data-dir", data_dir)
    assert (refused.exit_code, refused.stdout, refused.stderr) == (1, "", "there is no event 'no-such'\n")


@pytest.mark.parametrize("words", [("similar", "c1"), ("feed", "ada")], ids=["similar", "feed"])
@pytest.mark.parametrize("limit", ["0", "-1", "101", "all"])
def test_a_limit_is_from_1_to_100(words: tuple[str, ...], limit: str) -> None:
    """Anything else is refused before a store is opened."""
    refused = signalfeed(*words, "--limit", limit)
    assert refused.exit_code == 2
    assert "--limit" in refused.stderr


# feed


def feed(data_dir: Path, *words: object) -> dict[str, Any]:
    """The page of a feed, from its JSON."""
    shown = signalfeed("feed", *words, "--json", "--data-dir", data_dir)
    assert (shown.exit_code, shown.stderr) == (0, "")
    page: dict[str, Any] = orjson.loads(shown.stdout_bytes)
    return page


def test_a_feed_obeys_its_reader(data_dir: Path) -> None:
    """Ada turned the strike up, so it leads; who said nothing has the global order, newest first and then by id."""
    assert [one["event"]["id"] for one in feed(data_dir, "ada")["items"]][:1] == ["s1"]
    assert [one["event"]["id"] for one in feed(data_dir, "lin")["items"]][:1] == ["c1"]


def test_a_feed_as_json_is_the_answer_of_the_api(data_dir: Path) -> None:
    """With ranks, reasons that add up to the score, and versions."""
    page = feed(data_dir, "ada")
    versions = {"request_id", "profile_version", "corpus_version"}
    assert set(page) == {"items", "next_cursor", "new_since", "degraded"} | versions
    assert [one["rank"] for one in page["items"]] == [1, 2, 3, 4]
    assert [one["level"] for one in page["items"] if one["event"]["id"] == "s1"] == [2]
    for one in page["items"]:
        assert sum(reason["value"] for reason in one["reasons"]) == pytest.approx(one["score"], abs=1e-9)
    assert page["degraded"] is False


def test_a_feed_is_shown_as_a_table(data_dir: Path) -> None:
    """The events in their order; that which was turned up with its global signal beside its own, and the reasons."""
    first, *others = table(signalfeed("feed", "ada", "--data-dir", data_dir))
    # +2 asks for 20 points: alpha = 20 / (1 + k) is at least 4 here, and own = 0.9 * 3 * alpha lifts 5.0 over 10.
    assert first[:3] == ["1", "10.0\n(5.0)", "Dockworkers strike begins\ns1 · News"]
    assert "you turned this far up" in first[3]
    assert [row[0] for row in others] == ["2", "3", "4"]


def test_a_feed_without_adjustments_gives_no_personal_reasons(data_dir: Path) -> None:
    """The personal signal is then the global one and is shown once."""
    [row] = table(signalfeed("feed", "lin", "--limit", 1, "--data-dir", data_dir))
    assert row == ["1", "5.0", "Comet nears Jupiter\nc1 · News", ""]


def test_a_feed_can_be_cut_and_narrowed(data_dir: Path) -> None:
    """To so many events, or to one category; to one that nobody has, to nothing."""
    assert len(feed(data_dir, "lin", "--limit", 2)["items"]) == 2
    assert len(feed(data_dir, "lin", "--category", "News")["items"]) == 4
    assert feed(data_dir, "lin", "--category", "Sport")["items"] == []


@pytest.mark.parametrize("word", ["[/b]", "[red]Alert[/red]", ":smile:", "[link=https://x.example]y"])
@pytest.mark.usefixtures("_empty_store")
def test_words_from_outside_are_shown_as_they_are(word: str) -> None:
    """Brackets and colons in titles, categories and sources are no commands to the screen, in any table."""
    event = an_event("a", f"Vote {word} counted", category=word)
    signalfeed("load", "-", stdin=ndjson(event, an_event("b", f"{event.title} again in Ohio")))
    for words in (("feed", "lin"), ("similar", "b"), ("adjust", "ada", "a", 2), ("feed", "ada")):
        assert word in "".join(cell for row in table(signalfeed(*words)) for cell in row)


# adjust


@pytest.mark.usefixtures("_empty_store")
def test_an_adjustment_shows_what_it_changed() -> None:
    """The level and a table of weights, which went down; the same once more changes nothing."""
    signalfeed("load", "-", stdin=ndjson(*two_stories()))
    shown = signalfeed("adjust", "ada", "c1", "-2")
    assert "c1 is now at -2" in shown.stdout
    changed = {term.lower(): (before, float(after)) for term, before, after in table(shown, ruled=False)}
    before, after = changed["comet"]
    assert before == "+0.00"
    assert after < 0
    again = signalfeed("adjust", "ada", "c1", "-2")
    assert (again.exit_code, again.stdout) == (0, "c1 is now at -2.\nNo weight has moved.\n")


@pytest.mark.parametrize("level", [-2, -1, 0, 1, 2])
@pytest.mark.usefixtures("_empty_store")
def test_a_receipt_can_be_had_as_json(level: int) -> None:
    """The answer of the API, at each of the five levels."""
    signalfeed("load", "-", stdin=ndjson(*two_stories()))
    receipt = orjson.loads(signalfeed("adjust", "ada", "c1", level, "--json").stdout_bytes)
    assert (receipt["event_id"], receipt["level"]) == ("c1", level)
    assert bool(receipt["changed"]) == (level != 0)
    assert all(set(change) == {"term", "label", "from", "to"} for change in receipt["changed"])


@pytest.mark.usefixtures("_empty_store")
def test_a_word_at_level_0_moves_no_weight() -> None:
    """It is in the ledger all the same."""
    signalfeed("load", "-", stdin=ndjson(*two_stories()))
    assert signalfeed("adjust", "ada", "c1", 0).stdout == "c1 is now at +0.\nNo weight has moved.\n"
    page = orjson.loads(signalfeed("feed", "ada", "--json").stdout_bytes)
    assert [one["level"] for one in page["items"] if one["event"]["id"] == "c1"] == [0]


@pytest.mark.usefixtures("_empty_store")
def test_an_adjustment_can_be_taken_back() -> None:
    """The weights go back to nothing, and a second time there is nothing to take."""
    signalfeed("load", "-", stdin=ndjson(*two_stories()))
    signalfeed("adjust", "ada", "c1", 2)
    shown = signalfeed("undo", "ada", "c1")
    assert "c1 is as if it had never been adjusted" in shown.stdout
    assert {after for _, _, after in table(shown, ruled=False)} == {"+0.00"}
    assert signalfeed("undo", "ada", "c1").stdout.endswith("No weight has moved.\n")


@pytest.mark.parametrize("level", ["3", "-3", "1.5", "far"])
def test_a_level_is_a_whole_number_from_minus_2_to_2(level: str) -> None:
    """Anything else is refused before a store is opened."""
    refused = signalfeed("adjust", "ada", "c1", level)
    assert refused.exit_code == 2
    assert "level" in refused.stderr


@pytest.mark.parametrize("user_id", ["", "a b", "}:ledger", "a" * 129], ids=["empty", "space", "brace", "long"])
@pytest.mark.parametrize("words", [("feed", "@"), ("adjust", "@", "c1", 1)], ids=["feed", "adjust"])
@pytest.mark.usefixtures("_empty_store")
def test_a_reader_has_an_id_that_the_api_would_take(words: tuple[object, ...], user_id: str) -> None:
    """Else they could be written but never be read by anybody else, and their export would not load."""
    signalfeed("load", "-", stdin=ndjson(*two_stories()))
    assert signalfeed(*(user_id if word == "@" else word for word in words)).exit_code != 0


# Stores and settings


def test_a_data_directory_keeps_what_was_loaded(tmp_path: Path) -> None:
    """Each command starts a private server and ends it again; the next finds what the last has stored."""
    assert signalfeed("load", "-", "--data-dir", tmp_path, stdin=a_row()).exit_code == 0
    with EmbeddedStore(tmp_path):  # only one server at a time can hold the directory
        exported = signalfeed("export", "--data-dir", tmp_path)
    assert exported.stdout_bytes == a_row() + b"\n"


def test_a_directory_that_is_named_comes_before_a_server_that_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The option is given now, the variable was set some time."""
    monkeypatch.setenv("SIGNALFEED_REDIS_URL", "redis://127.0.0.1:1")
    assert signalfeed("load", "-", "--data-dir", tmp_path, stdin=a_row()).exit_code == 0


@pytest.mark.parametrize("words", [("feed", "ada"), ("similar", "a"), ("adjust", "ada", "a", 1), ("export",)])
def test_a_store_that_is_not_there_is_not_made_to_be_looked_at(words: tuple[object, ...], tmp_path: Path) -> None:
    """As in a folder that is not the one where the service was started."""
    refused = signalfeed(*words, "--data-dir", tmp_path / "none")
    assert (refused.exit_code, (tmp_path / "none").exists()) == (1, False)
    assert "--data-dir" in refused.stderr


def test_a_port_that_is_taken_is_told_before_anything_is_started(tmp_path: Path) -> None:
    """With what to do about it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = signalfeed("serve", "--port", taken.getsockname()[1], "--data-dir", tmp_path / "data")
    assert (refused.exit_code, (tmp_path / "data").exists()) == (1, False)
    assert "Address already in use" in refused.stderr
    assert "--port" in refused.stderr


def test_the_data_directory_can_come_from_the_environment(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The option is for those who want another."""
    monkeypatch.setenv("SIGNALFEED_DATA_DIR", str(data_dir))
    assert stored_ids() == ["c1", "c2", "s1", "s2"]


@pytest.mark.parametrize(
    "words", [("load", "-"), ("export",), ("feed", "ada"), ("similar", "a"), ("adjust", "ada", "a", 1)]
)
def test_a_store_that_is_away_is_a_plain_refusal(
    words: tuple[object, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence on standard error and exit code 1."""
    monkeypatch.setenv("SIGNALFEED_REDIS_URL", f"unix://{tmp_path}/none.sock")
    refused = signalfeed(*words, stdin=a_row())
    assert (refused.exit_code, refused.stdout, refused.stderr) == (1, "", "the store cannot be reached\n")


@pytest.mark.parametrize("words", [("serve",), ("feed", "ada"), ("export",)], ids=["serve", "feed", "export"])
def test_a_data_directory_that_is_a_file_is_a_plain_refusal(
    words: tuple[str, ...], file: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The path is named, and the file left alone."""
    monkeypatch.setenv("SIGNALFEED_PORT", "0")  # a service may be running beside the tests
    path = file(b"precious")
    refused = signalfeed(*words, "--data-dir", path)
    assert (refused.exit_code, refused.stderr, path.read_bytes()) == (1, f"{path}: File exists\n", b"precious")


@pytest.mark.parametrize(
    ("words", "name", "value"),
    [
        (("serve",), "port", "hunter2"),
        (("feed", "ada"), "port", "hunter2"),
        (("feed", "ada"), "reader_ttl_days", "0"),
        (("feed", "ada"), "redis_url", "http://user:hunter2@example.org"),
    ],
)
def test_a_setting_that_is_wrong_is_a_plain_refusal(
    words: tuple[str, ...], name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The setting is named in a sentence, what it was set to is not repeated, and nobody has to read a traceback."""
    monkeypatch.setenv(f"SIGNALFEED_{name.upper()}", value)
    refused = signalfeed(*words)
    assert refused.exit_code == 1
    assert name in refused.stderr.lower()
    assert "hunter2" not in refused.output


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_a_port_is_from_0_to_65535(port: str) -> None:
    """Anything else is refused before anything is started."""
    assert signalfeed("serve", "--port", port).exit_code == 2


# The actions without HTTP


async def test_a_store_that_is_set_is_used_as_it_is(tmp_path: Path) -> None:
    """No server is started, and the data directory is left alone."""
    settings = Settings(redis_url="redis://example:6379", data_dir=tmp_path / "data")
    with store_url(settings) as url:
        assert url == "redis://example:6379"
    assert not settings.data_dir.exists()


async def test_without_a_store_a_private_one_runs_as_long_as_it_is_needed(tmp_path: Path) -> None:
    """It answers within the context and is gone after it."""
    settings = Settings(data_dir=tmp_path)
    with store_url(settings) as url:
        async with local_actions(url, settings) as actions:
            await actions.store.ping()
    assert not (tmp_path / "store.sock").exists()


async def test_local_actions_know_the_catalogue(empty_server_url: str) -> None:
    """It has been read when the context begins, and a second one sees what the first has stored."""
    async with local_actions(empty_server_url, Settings()) as actions:
        assert actions.catalog.corpus.events == ()
        await actions.events.put_event(an_event("a"))
    async with local_actions(empty_server_url, Settings()) as actions:
        assert await actions.events.get_event("a") == an_event("a")


@pytest.mark.parametrize("key", ["{crowd}:likings", "{crowd}:taken_back"])
async def test_local_actions_do_without_a_crowd_that_cannot_be_read(
    empty_server_url: str, redis: Any, key: str
) -> None:
    """A feed is as it is where nothing is popular."""
    async with local_actions(empty_server_url, Settings()) as actions:
        await actions.events.put_event(an_event("a"))
    await redis.hset(key, "a", "hash")
    async with local_actions(empty_server_url, Settings()) as actions:
        assert [one.event.id for one in (await actions.feeds.read_feed("ann", limit=5)).items] == ["a"]
        assert not actions.catalog.corpus.heat.any()


@pytest.mark.parametrize("error", [StoreUnavailable, StoreFull])
async def test_local_actions_do_without_a_crowd_while_the_store_is_away(
    empty_server_url: str, monkeypatch: pytest.MonkeyPatch, error: type[StoreError]
) -> None:
    """Between the reading of the catalogue and of the crowd; the catalogue is there."""

    async def away(_: object) -> int:
        raise error("away")

    async with local_actions(empty_server_url, Settings()) as actions:
        await actions.events.put_event(an_event("a"))
        monkeypatch.setattr(type(actions.store.crowd), "n_taken_back", away)
    async with local_actions(empty_server_url, Settings()) as actions:
        assert [event.id for event in actions.catalog.corpus.events] == ["a"]


@contextmanager
def other_seeds(folder: Path, feedback: bytes) -> Iterator[None]:
    """Lets the seeds be the two stories and this feedback."""
    (folder / "seeds").mkdir(parents=True)
    (folder / "seeds" / "events.jsonl").write_bytes(ndjson(*two_stories()))
    (folder / "seeds" / "feedback.jsonl").write_bytes(feedback)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seeding, "__file__", str(folder / "seeding.py"))
        yield


async def test_an_empty_store_is_filled_with_the_seeds(empty_server_url: str) -> None:
    """Every seed event is then in the catalogue, and a second time there is nothing to do."""
    async with local_actions(empty_server_url, Settings()) as actions:
        n_seeds = len(list(read_rows(seed_events())))
        assert await seed(actions) == n_seeds
        assert len(actions.catalog.corpus.events) == n_seeds
        assert await seed(actions) == 0


async def test_seeds_bring_what_demonstration_readers_said(empty_server_url: str, tmp_path: Path) -> None:
    """At the time at which they said it, not at that of the filling."""
    said = b'{"user_id":"ada","event_id":"s1","level":2,"at":"2026-04-03T09:00:00Z"}\n'
    with other_seeds(tmp_path, said):
        async with local_actions(empty_server_url, Settings()) as actions:
            assert await seed(actions) == 4
            assert [write_document(one) + b"\n" async for one in actions.accounts.all_feedback()] == [said]


async def test_a_store_that_has_held_an_event_is_not_filled(empty_server_url: str) -> None:
    """Also where the event has been deleted: whoever emptied the store meant it."""
    async with local_actions(empty_server_url, Settings()) as actions:
        await actions.events.put_event(an_event("a"))
        await actions.events.delete_event("a")
        assert await seed(actions) == 0
        assert actions.catalog.corpus.events == ()


# serve


@contextmanager
def serving(data_dir: Path, *words: str) -> Iterator[tuple[str, Path]]:
    """A service in a process of its own, on a free port: its address and the file with what it says."""
    said = data_dir.parent / "said.txt"
    command = [sys.executable, "-c", "from service.cli import app; app()", "serve", "--port", "0", *words]
    with (
        said.open("wb") as output,
        subprocess.Popen([*command, "--data-dir", str(data_dir)], cwd=ROOT, stdout=output, stderr=output) as process,
    ):
        try:
            deadline = time.monotonic() + START_SECONDS
            while "Uvicorn running on " not in (text := said.read_text()):
                assert process.poll() is None, text
                assert time.monotonic() < deadline, text
                time.sleep(0.05)
            yield text.partition("Uvicorn running on ")[2].split()[0], said
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(START_SECONDS)


def ready(address: str) -> dict[str, Any]:
    """What a service says of itself once it is ready."""
    return answer_of(f"{address}/readyz")


def answer_of(address: str) -> dict[str, Any]:
    """What stands at an address once whoever answers there is ready."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(address) as answer:
                state: dict[str, Any] = orjson.loads(answer.read())
                return state
        except urllib.error.HTTPError as error:
            error.close()
            if error.code != 503 or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def test_serving_fills_an_empty_data_directory_once(tmp_path: Path) -> None:
    """The first start brings the seeds and says so, the second finds them."""
    n_seeds = len(list(read_rows(seed_events())))
    with serving(tmp_path / "data") as (address, said):
        assert ready(address)["n_events"] == n_seeds
        assert f"{n_seeds} seed events" in said.read_text()
        # A command attaches to the running store.
        assert signalfeed("load", "-", "--data-dir", tmp_path / "data", stdin=a_row("new")).exit_code == 0
    with serving(tmp_path / "data") as (address, said):
        assert ready(address)["n_events"] == n_seeds + 1
        assert "seed events" not in said.read_text()


def test_serving_without_seeds_begins_with_nothing(tmp_path: Path) -> None:
    """For those who bring their own events."""
    with serving(tmp_path / "data", "--no-seeds") as (address, _):
        assert ready(address)["n_events"] == 0


def freshness_in(address: str, n_times: int = 40) -> set[float]:
    """The points for freshness in many answers of a service, so that each of its workers has given some of them."""
    told: set[float] = set()
    for _ in range(n_times):
        page = answer_of(f"{address}/v1/users/ada/feed?limit=5")
        reasons = [reason for one in page["items"] for reason in one["reasons"]]
        told |= {reason["value"] for reason in reasons if reason["kind"] == "freshness"}
    return told


def test_every_worker_has_the_parameters_of_the_file(tmp_path: Path) -> None:
    """Each is a process of its own, and is told of it through the environment: with freshness switched off no worker
    gives a point for it."""
    path = tmp_path / "params.toml"
    path.write_text("freshness_points = 0.0\n")
    with serving(tmp_path / "data", "--workers", "2", "--params", str(path)) as (address, said):
        deadline = time.monotonic() + START_SECONDS
        while said.read_text().count("Application startup complete.") < 2:
            assert time.monotonic() < deadline, said.read_text()
            time.sleep(0.05)
        assert freshness_in(address) == {0.0}


@pytest.mark.parametrize(
    ("text", "reason"),
    [("noise = 0\n", "noise: Input should be greater than 0"), ("noize = 1\n", "noize: is not a field")],
)
def test_parameters_that_cannot_be_are_told_before_anything_is_started(
    tmp_path: Path, text: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the name of the setting, the file and the field, whether the option names it or the environment."""
    path = tmp_path / "params.toml"
    path.write_text(text)
    refused = signalfeed("serve", "--params", path, "--data-dir", tmp_path / "data")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"SIGNALFEED_PARAMS_FILE: {path}: {reason}")
    monkeypatch.setenv("SIGNALFEED_PARAMS_FILE", str(path))
    assert signalfeed("serve", "--data-dir", tmp_path / "data").stderr == refused.stderr
    assert signalfeed("feed", "ada", "--data-dir", tmp_path / "data").stderr == refused.stderr
    assert not (tmp_path / "data").exists()


def test_a_file_of_parameters_changes_feeds_at_the_command_line(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it does in service."""
    path = tmp_path / "params.toml"
    path.write_text("freshness_points = 0.0\n")
    monkeypatch.setenv("SIGNALFEED_PARAMS_FILE", str(path))
    page = feed(data_dir, "new")
    reasons = [reason for one in page["items"] for reason in one["reasons"]]
    assert [reason["value"] for reason in reasons if reason["kind"] == "freshness"] == [0.0] * 4
