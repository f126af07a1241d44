"""Evaluating at the command line: what the ranking does, measured offline with the functions that serve."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

from ranking.evaluation import control as evaluation
from ranking.evaluation.control import ControlReport
from ranking.event import Event
from service import cli, seeding, terminal
from service.documents import write_document
from tests.build import DEFAULTS, NOW, an_event, two_stories

STORIES = {"comet": ["c1", "c2"], "strike": ["s1", "s2"]}
EVENTS = two_stories()
NEWEST = NOW - timedelta(days=1)


def signalfeed(*words: object) -> Result:
    """Runs `signalfeed …`; an error that the command line does not turn into words fails the test."""
    return CliRunner().invoke(cli.app, [*map(str, words)], catch_exceptions=False)


def report(*words: object) -> dict[str, Any]:
    """The report of `signalfeed control`, from its JSON."""
    shown = signalfeed("control", *words, "--json")
    assert (shown.exit_code, shown.stderr) == (0, "")
    answer: dict[str, Any] = orjson.loads(shown.stdout_bytes)
    return answer


def filled(folder: Path, stories: object = STORIES, events: Sequence[Event] = EVENTS) -> Path:
    """A folder with these events and stories."""
    folder.mkdir(exist_ok=True)
    (folder / "events.jsonl").write_bytes(b"".join(write_document(event) + b"\n" for event in events))
    (folder / "stories.json").write_bytes(orjson.dumps(stories))
    return folder


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes away the settings of whoever runs the tests, and lets lines be as long as they are."""
    for name in [name for name in os.environ if name.upper().startswith("SIGNALFEED_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "400")
    for console in (terminal.out, terminal.err):
        monkeypatch.setattr(console, "_width", None)  # a width that was in the environment at the import


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the two stories, each event of a category News and a day old."""
    return filled(tmp_path)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the measurement is asked for, besides events, stories and parameters; it is made all the same."""
    heard: list[dict[str, Any]] = []
    measure = evaluation.control

    def listening(*given: Any, **named: Any) -> ControlReport:
        heard.append(named)
        return measure(*given, **named)

    monkeypatch.setattr(evaluation, "control", listening)
    return heard


def test_a_report_can_be_had_as_json(folder: Path) -> None:
    """The very report of the measurement: four events fit on the first page, so none leaves it, however pressed."""
    measured = evaluation.control(EVENTS, [tuple(story) for story in STORIES.values()], DEFAULTS, now=NEWEST, days=None)
    answer = report(folder)
    assert answer == orjson.loads(write_document(measured))
    assert (answer["n_events"], answer["n_stories"], answer["first_page"]) == (4, 2, 20)
    assert answer["left"] == {"value": 0.0, "low": 0.0, "high": 0.0, "n": 4}
    assert answer["entered"] == {"value": None, "low": None, "high": None, "n": 0}
    assert answer["presses"] == {"News": None}


def test_a_report_is_shown_as_a_table(folder: Path) -> None:
    """With what was measured, the figures, their intervals and how many observations they are of."""
    shown = signalfeed("control", folder)
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert "Control: 4 events as dated, 2 stories, first page of 20" in shown.stdout
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in shown.stdout.splitlines() if "│" in line]
    assert ["-2: share of its story that leaves the first page", "0%", "0% to 0%", "4"] in rows
    assert ["+2: share of its story that comes onto the first page", "–", "", "0"] in rows
    assert ["News: presses of -2 until none is on the first page", "stays", "", ""] in rows


def test_events_can_be_taken_as_the_news_of_so_many_days(folder: Path, asked: list[dict[str, Any]]) -> None:
    """Which the table says, too."""
    assert "4 events as the news of 3.5 days" in signalfeed("control", folder, "--days", 3.5).stdout
    assert asked == [{"now": NEWEST, "days": 3.5}]


@pytest.mark.parametrize("days", ["0", "-1", "week"])
def test_days_that_are_none_are_refused(days: str, folder: Path) -> None:
    """The option is named."""
    refused = signalfeed("control", folder, "--days", days)
    assert refused.exit_code == 2
    assert "--days" in refused.stderr


@pytest.mark.parametrize("days", ["nan", "inf", "1e9"])
def test_days_beyond_the_calendar_are_a_plain_refusal(days: str, folder: Path) -> None:
    """No event can be so old; nothing but a sentence is said."""
    refused = signalfeed("control", folder, "--days", days)
    assert (refused.exit_code != 0, refused.stdout) == (True, "")
    assert "days" in refused.stderr


@pytest.mark.parametrize(
    ("words", "now"),
    [
        ([], NEWEST),
        (["--now", "2026-05-01"], datetime(2026, 5, 1, tzinfo=UTC)),
        (["--now", "2026-05-01T12:00:00"], datetime(2026, 5, 1, 12, tzinfo=UTC)),
        (["--now", "2026-05-01T12:00:00Z"], datetime(2026, 5, 1, 12, tzinfo=UTC)),
        (["--now", "2026-05-01T12:00:00+02:00"], datetime(2026, 5, 1, 10, tzinfo=UTC)),
    ],
    ids=["none", "day", "naive", "Z", "zoned"],
)
def test_the_time_is_that_of_the_newest_event_or_as_given(
    words: list[str], now: datetime, tmp_path: Path, asked: list[dict[str, Any]]
) -> None:
    """In UTC where no zone is given; whether the newest event comes first or last in the file."""
    older = an_event("old", published_at=NEWEST - timedelta(days=9))
    for number, events in enumerate(([older, *EVENTS], [*EVENTS, older])):
        report(filled(tmp_path / str(number), events=events), *words)
    assert asked == [{"now": now, "days": None}] * 2


def test_without_a_folder_it_is_about_the_seeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: list[dict[str, Any]]
) -> None:
    """Taken as the news of 7 days unless said otherwise: they are of several years."""
    filled(tmp_path / "seeds")
    monkeypatch.setattr(seeding, "__file__", str(tmp_path / "seeding.py"))
    assert report()["n_events"] == 4
    assert "as the news of 7 days" in signalfeed("control").stdout
    report("--days", 2)
    assert [one["days"] for one in asked] == [7.0, 7.0, 2.0]


def test_what_is_measured_is_what_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the diversity that is set: by itself s1 comes between c1 and c2, which repeats it, and without any after
    both. So of the presses of +2 that of c1 can lift c2 by a rank only in the first case."""
    folder = filled(tmp_path, {"comet": ["c1", "c2"]}, [event for event in EVENTS if event.id != "s2"])
    diverse = report(folder)
    monkeypatch.setenv("SIGNALFEED_DIVERSITY", "0")
    plain = report(folder)
    # Of c1, then c2: from 3 to 2 and from 1 to 2; without diversity from 2 to 2 and from 1 to 2.
    assert (diverse["rise"]["value"], plain["rise"]["value"]) == (0.0, -0.5)


def test_a_setting_that_is_wrong_is_a_plain_refusal(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its name, as with every other command."""
    monkeypatch.setenv("SIGNALFEED_DIVERSITY", "2")
    refused = signalfeed("control", folder)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "SIGNALFEED_DIVERSITY" in refused.stderr


def test_events_of_a_story_that_are_not_here_are_left_out(tmp_path: Path) -> None:
    """A story of which one is left is none; where three are named and two are here, it is one of two."""
    some = filled(tmp_path, {"comet": ["c1", "gone", "c2"], "strike": ["s1", "lost"], "other": ["no", "such"]})
    answer = report(some)
    assert (answer["n_stories"], answer["left"]["n"]) == (1, 2)


@pytest.mark.parametrize("stories", [{}, {"strike": ["lost"]}], ids=["none", "not here"])
def test_without_stories_categories_are_still_measured(stories: object, tmp_path: Path) -> None:
    """All figures of stories are missing then, as JSON and as a table."""
    folder = filled(tmp_path, stories)
    answer = report(folder)
    assert (answer["n_stories"], answer["left"]["n"], answer["presses"]) == (0, 0, {"News": None})
    assert signalfeed("control", folder).exit_code == 0


@pytest.mark.parametrize("name", ["events.jsonl", "stories.json"])
def test_a_file_that_is_not_there_is_named(name: str, folder: Path) -> None:
    """With the reason; so is that of a folder that is not there."""
    (folder / name).unlink()
    refused = signalfeed("control", folder)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == f"{folder / name}: No such file or directory\n"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """By the file that was looked for in it."""
    refused = signalfeed("control", tmp_path / "none")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == f"{tmp_path / 'none' / 'events.jsonl'}: No such file or directory\n"


def test_an_event_that_is_wrong_is_refused_with_its_line(folder: Path) -> None:
    """A measurement of some of the events would be one of something else."""
    bad = orjson.dumps({**orjson.loads(write_document(EVENTS[0])), "id": "x", "signal": 11, "colour": "red"})
    path = folder / "events.jsonl"
    path.write_bytes(path.read_bytes() + b"\n" + bad + b"\n{oops\n")
    refused = signalfeed("control", folder)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"{path}, line 6: ")
    assert "signal: Input should be less than or equal to 10" in refused.stderr
    assert "colour: is not a field that is known here" in refused.stderr


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("events.jsonl", b"", "Nothing at line 1"),
        ("events.jsonl", b"[{}", "Invalid JSON"),
        ("stories.json", b"", "Invalid JSON"),
        ("stories.json", b"{oops", "Invalid JSON"),
        ("stories.json", b'["c1", "c2"]', "should be an object"),
        ("stories.json", b'{"comet": ["c1", 2]}', "comet.1"),
    ],
    ids=["no events", "broken array", "no stories", "broken stories", "a list", "a number"],
)
def test_a_file_that_cannot_be_read_is_named(name: str, content: bytes, message: str, folder: Path) -> None:
    """With what is wrong with it: there are two files that it could be."""
    (folder / name).write_bytes(content)
    refused = signalfeed("control", folder)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"{folder / name}: ")
    assert message in refused.stderr
