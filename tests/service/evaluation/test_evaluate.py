"""Evaluating at the command line: from what was exported to figures, tables and a page."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import Result

from ranking.evaluation.baselines import BASELINES, COLLABORATIVE
from ranking.evaluation.comparison import compare
from ranking.evaluation.outcomes import outcomes
from ranking.evaluation.rankers import Ranker, Signalfeed
from ranking.params import Params
from service import terminal
from service.evaluation.options import Ask, protocol_of
from tests.build import DEFAULTS
from tests.service.evaluation.exported import exported, log_in, signalfeed

OURS = Signalfeed("signalfeed", DEFAULTS)


@pytest.fixture(scope="module", autouse=True)
def _plain_environment() -> Any:
    """Takes away the settings of whoever runs the tests, and lets lines be as long as they are."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.upper().startswith("SIGNALFEED_")]:
            patch.delenv(name)
        patch.setenv("COLUMNS", "400")
        for console in (terminal.out, terminal.err):
            patch.setattr(console, "_width", None)  # a width that was in the environment at the import
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command line exports."""
    return exported(tmp_path_factory.mktemp("small"))


def evaluated(*words: object) -> dict[str, Any]:
    """The answer of `signalfeed evaluate` as a program gets it."""
    shown = evaluate(*words, "--json")
    assert (shown.exit_code, shown.stderr) == (0, "")
    answer: dict[str, Any] = orjson.loads(shown.stdout_bytes)
    return answer


def evaluate(*words: object) -> Result:
    """Runs `signalfeed evaluate` in this process."""
    return signalfeed("evaluate", *words, *([] if "--jobs" in words else ["--jobs", 1]))


def refused(*words: object) -> str:
    """What is said where nothing can be measured."""
    shown = evaluate(*words)
    assert (shown.exit_code, shown.stdout) == (1, "")
    return shown.stderr


def worked_out(
    folder: Path,
    ask: Ask,
    rankers: Sequence[Ranker] = (OURS, *BASELINES, *COLLABORATIVE),
    cutoffs: tuple[int, ...] = (10, 5, 20),
    negatives: int = 100,
    seed: int = 0,
) -> dict[str, Any]:
    """The report as the core gives it, and as it is written."""
    log = log_in(folder)
    questions = protocol_of(ask, log, DEFAULTS, negatives, seed)
    titles = {event.id: event.title for event in log.events}
    told = outcomes(questions, rankers, cutoffs)
    report = compare(ask.value, [one.name for one in rankers], told, titles)
    written: dict[str, Any] = orjson.loads(orjson.dumps(report, option=orjson.OPT_NON_STR_KEYS))
    return written


@pytest.mark.parametrize("ask", list(Ask))
def test_the_figures_are_those_of_the_core(folder: Path, ask: Ask) -> None:
    """To the last digit, by each protocol."""
    answer = evaluated(folder, "--protocol", ask)
    assert answer["reports"] == [worked_out(folder, ask)]
    [report] = answer["reports"]
    assert report["n_trials"] > 0
    assert report["protocol"] == ask.value


def test_what_is_asked_for_is_measured(folder: Path) -> None:
    """So many places, so many negatives, from this seed."""
    words = (folder, "--protocol", "sampled", "--at", 3, "--negatives", 4, "--seed", 7)
    answer = evaluated(*words)
    assert answer["reports"] == [worked_out(folder, Ask.SAMPLED, cutoffs=(3, 5, 10, 20), negatives=4, seed=7)]
    assert answer["reports"][0]["main_metric"] == "ndcg@3"
    assert answer["run"]["seed"] == 7
    assert evaluated(*words)["reports"] == answer["reports"]


def test_by_default_what_there_is_is_asked_about(folder: Path, tmp_path: Path) -> None:
    """Replay, and impressions where there are any; with impressions alone those."""
    assert [one["protocol"] for one in evaluated(folder)["reports"]] == ["replay", "impressions"]
    for name in ("events.jsonl", "feedback.jsonl", "opens.jsonl"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    assert [one["protocol"] for one in evaluated(tmp_path)["reports"]] == ["replay"]
    (tmp_path / "feedback.jsonl").unlink()
    (tmp_path / "impressions.jsonl").write_bytes((folder / "impressions.jsonl").read_bytes())
    [report] = evaluated(tmp_path)["reports"]
    assert (report["protocol"], report["n_trials"]) == ("impressions", 2)
    assert [one["name"] for one in report["rankers"]] == ["signalfeed", *(one.name for one in BASELINES)]


def test_protocols_may_be_named_together(folder: Path) -> None:
    """Each has its report, in the order in which they are named; only those that go through time can be leaking."""
    answer = evaluated(folder, "--protocol", "full", "--protocol", "replay")
    assert answer["reports"] == [worked_out(folder, Ask.FULL), worked_out(folder, Ask.REPLAY)]
    [note] = answer["run"]["notes"]
    assert note.startswith("replay: no leak. ")


def test_it_is_told_that_nothing_leaks(folder: Path) -> None:
    """Of both protocols that go through time, with the number of orders compared."""
    replay, impressions = evaluated(folder)["run"]["notes"]
    assert replay.startswith("replay: no leak. ")
    assert int(replay.split()[3]) >= 8 * 3
    assert impressions.startswith("impressions: no leak. ")
    assert replay.endswith(" orders are the same where the log ends at the moment of asking.")


def test_a_ranker_that_knows_the_future_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where what is known has the whole log in it, whatever the moment."""

    def of_the_end(known: Any, _moment: object, params: Params) -> Any:
        return known.corpus(params).with_heat(
            {said.event_id: 1.0 for said in known._log.feedback if said.level > 0}, known._log.end
        )

    monkeypatch.setattr("ranking.evaluation.known.Known.corpus_at", of_the_end)
    [note] = evaluated(folder, "--protocol", "replay")["run"]["notes"]
    assert note == "replay: the future leaks into signalfeed; such figures are worth nothing."


def test_files_of_parameters_are_compared(folder: Path, tmp_path: Path) -> None:
    """Under the names of the files; the first is the reference, and the run says which they were."""
    keen, calm = tmp_path / "keen.toml", tmp_path / "calm.toml"
    keen.write_text("noise = 0.5\n")
    calm.write_text("noise = 50.0\ngain = 1.0\n")
    answer = evaluated(folder, "--protocol", "replay", "--params", keen, "--params", calm)
    ours = [Signalfeed("keen", Params(noise=0.5)), Signalfeed("calm", Params(noise=50.0, gain=1.0))]
    assert answer["reports"] == [worked_out(folder, Ask.REPLAY, (*ours, *BASELINES, *COLLABORATIVE))]
    reference, other = answer["reports"][0]["rankers"][:2]
    assert reference["differences"] == []
    assert [one["metric"] for one in other["differences"]][:2] == ["auc", "ndcg@10"]
    assert answer["run"]["parameters"] == ["keen.toml", "calm.toml"]


def test_in_several_processes_figures_are_the_same(folder: Path) -> None:
    """To the last digit, by both protocols that are asked by default."""
    assert evaluated(folder, "--jobs", 2)["reports"] == evaluated(folder)["reports"]


def test_a_report_is_shown_as_tables(folder: Path) -> None:
    """With the verdict above and what else is to be said below."""
    shown = evaluate(folder)
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert "How well Signalfeed ranks: out" in shown.stdout
    assert "replay: 30 trials of 6 readers, 20 events" in shown.stdout
    assert "impressions: 2 trials of 2 readers, 20 events" in shown.stdout
    assert shown.stdout.splitlines()[-1].startswith("impressions: no leak. ")


def test_a_report_is_written_as_a_page(folder: Path, tmp_path: Path) -> None:
    """Beside the tables, or beside the JSON, which stays alone on standard output."""
    page = tmp_path / "report.html"
    shown = evaluate(folder, "--html", page, "--json")
    assert (shown.exit_code, shown.stderr) == (0, f"The report is in {page}\n")
    assert [one["protocol"] for one in orjson.loads(shown.stdout_bytes)["reports"]] == ["replay", "impressions"]
    written = page.read_text(encoding="utf-8")
    assert written.startswith("<!doctype html>")
    assert "How well Signalfeed ranks: out" in written
    assert "no leak" in written
    assert str(folder.parent) not in written


def test_where_there_is_nothing_to_ask_that_is_said(folder: Path, tmp_path: Path) -> None:
    """Of impressions where none were exported; nor is anything said of leaks."""
    for name in ("events.jsonl", "feedback.jsonl"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    shown = evaluate(tmp_path, "--protocol", "impressions")
    assert shown.exit_code == 0
    assert "impressions: There was nothing to measure." in shown.stdout
    assert "leak" not in shown.stdout


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["none"], "none: has neither events.jsonl"),
        ([".", "--params", "none.toml"], "SIGNALFEED_PARAMS_FILE: none.toml: No such file or directory"),
    ],
    ids=["folder", "parameters"],
)
def test_what_is_not_there_is_a_plain_refusal(
    folder: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], reason: str
) -> None:
    """By its name."""
    monkeypatch.chdir(folder)
    assert refused(*words).startswith(reason)


@pytest.mark.parametrize("html", ["none/report.html", "."], ids=["no such folder", "a folder"])
def test_where_no_page_can_be_written_nothing_is_measured(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, html: str
) -> None:
    """To measure takes long: it would be for nothing."""
    asked: list[object] = []
    monkeypatch.setattr("service.evaluation.evaluate.log_of", asked.append)
    monkeypatch.chdir(tmp_path)
    said = refused(folder, "--html", html)
    assert said == f"{Path(html)}: cannot be written; name a file in a folder that is there\n"
    assert asked == []


def test_files_are_measured_as_serve_would_take_them(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the environment sets counts before what stands in the file."""
    keen = tmp_path / "keen.toml"
    keen.write_text("noise = 0.5\ndiversity = 0.1\n")
    monkeypatch.setenv("SIGNALFEED_DIVERSITY", "0.9")
    answer = evaluated(folder, "--protocol", "full", "--params", keen)
    ours = Signalfeed("keen", Params(noise=0.5, diversity=0.9))
    assert answer["reports"] == [worked_out(folder, Ask.FULL, (ours, *BASELINES, *COLLABORATIVE))]


@pytest.mark.parametrize(
    "words", [["--protocol", "guess"], ["--at", 0], ["--negatives", 0], ["--seed", -1], ["--jobs", -2], ["--jobs", "x"]]
)
def test_an_option_that_cannot_be_is_refused_by_name(folder: Path, words: list[object]) -> None:
    """Before anything is read."""
    shown = evaluate(folder, *words)
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert str(words[0]) in shown.stderr


def test_the_seeds_are_measured_without_a_folder() -> None:
    """With their demonstration readers."""
    answer = evaluated("--protocol", "full")
    assert answer["run"]["folder"] == "the seeds"
    assert answer["reports"][0]["n_readers"] == 3
