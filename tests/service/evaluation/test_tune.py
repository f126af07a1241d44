"""Tuning at the command line: parameters that are sought, judged, written down and taken up again."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import Result

from ranking.evaluation.comparison import Difference, Verdict
from ranking.evaluation.intervals import Estimate
from ranking.evaluation.trials import replay
from ranking.evaluation.tuning import Tuning, tune
from ranking.params import Params
from service import terminal
from service.parameters import read_params
from service.settings import Settings
from tests.build import DEFAULTS
from tests.service.evaluation.exported import exported, log_in, signalfeed

SWEEPS = ("--sweep", "noise=1,10", "--sweep", "explore_every=0")


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


def tuned(folder: Path, to: Path, *words: object) -> Result:
    """Runs `signalfeed tune` in this process, which must succeed."""
    shown = signalfeed("tune", folder, "--out", to, "--jobs", 1, *words)
    assert (shown.exit_code, shown.stderr) == (0, "")
    return shown


def found(monkeypatch: pytest.MonkeyPatch, params: Params, held_out: Estimate, verdict: Verdict) -> None:
    """Has the search come to this, whatever it is given."""
    tuning = Tuning(params, 12, 11, (), Difference("ndcg@10", held_out, verdict))
    monkeypatch.setattr("ranking.evaluation.tuning.tune", lambda *_, **__: tuning)


def test_what_is_found_is_what_the_core_finds(folder: Path, tmp_path: Path) -> None:
    """With the values to try and the seed as given; all that was tried is told."""
    answer = orjson.loads(tuned(folder, tmp_path / "p.toml", *SWEEPS, "--seed", 4, "--json").stdout_bytes)
    space = {"noise": (1.0, 10.0), "explore_every": (0,)}
    expected = tune(replay(log_in(folder), DEFAULTS), DEFAULTS, "ndcg@10", 10, space=space, seed=4)
    assert answer == orjson.loads(orjson.dumps(expected))
    assert [one["name"] for one in answer["tried"]][:2] == ["noise", "noise"]
    assert answer["n_readers"] + answer["n_held_out"] == 6
    assert read_params(tmp_path / "p.toml") == expected.params


def test_what_is_kept_is_written_and_can_be_taken_up(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `serve` takes it, and as a start for the next search; how sure it is stands in the file and on the screen."""
    wanted = Params(noise=10.0, press_half_life=1000.0, explore_every=7, learn_from_opens=True)
    found(monkeypatch, wanted, Estimate(0.034, 0.012, 0.056, 40), Verdict.BETTER)
    path = tmp_path / "p.toml"
    shown = tuned(folder, path)
    assert read_params(path) == Settings(params_file=path).params == wanted
    sure = "On these, against the start: ndcg@10 +0.034 (95 % interval +0.012 to +0.056): better."
    assert path.read_text().splitlines()[:2] == ["# Sought with 12 readers, judged by 11 others.", f"# {sure}"]
    assert shown.stdout.splitlines()[-3:] == [
        "Sought with 12 readers, judged by 11 others.",
        sure,
        f"What was found is in {path}; try `signalfeed serve --params {path}`.",
    ]


@pytest.mark.parametrize(
    ("low", "verdict"), [(-0.012, Verdict.NOT_DISTINGUISHABLE), (-0.056, Verdict.WORSE)], ids=["unsure", "worse"]
)
def test_what_is_not_surely_better_is_not_to_be_served(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, low: float, verdict: Verdict
) -> None:
    """It is written all the same, and the last line says that it is not enough."""
    found(monkeypatch, replace(DEFAULTS, noise=10.0), Estimate(low + 0.02, low, low + 0.04, 40), verdict)
    path = tmp_path / "p.toml"
    shown = tuned(folder, path)
    assert shown.stdout.splitlines()[-1] == f"What was found is in {path}; that is not enough to serve it."
    assert "--params" not in shown.stdout
    assert read_params(path) == replace(DEFAULTS, noise=10.0)


def test_where_nothing_better_is_found_it_says_so(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is as good as none."""
    found(monkeypatch, DEFAULTS, Estimate(0.0, 0.0, 0.0, 40), Verdict.NOT_DISTINGUISHABLE)
    path = tmp_path / "p.toml"
    assert tuned(folder, path).stdout.splitlines()[-1] == f"Nothing better was found; {path} changes nothing."


@pytest.mark.parametrize("to", ["none/p.toml", "."], ids=["no such folder", "a folder"])
def test_where_nothing_can_be_written_nothing_is_sought(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: str
) -> None:
    """A search takes long: it would be for nothing."""
    asked: list[object] = []
    monkeypatch.setattr("service.evaluation.tune.log_of", asked.append)
    monkeypatch.chdir(tmp_path)
    refused = signalfeed("tune", folder, "--out", to, "--jobs", 1)
    assert (refused.exit_code, refused.stdout, asked) == (1, "", [])
    assert refused.stderr == f"{Path(to)}: cannot be written; name a file in a folder that is there\n"


def test_where_nobody_can_judge_that_is_said(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the file, too, which is then no more than a guess."""
    found(monkeypatch, DEFAULTS, Estimate(None, None, None, 0), Verdict.NOT_DISTINGUISHABLE)
    shown = tuned(folder, tmp_path / "p.toml")
    assert "There is nothing to judge by; take the parameters for no more than a guess." in shown.stdout
    assert "no more than a guess" in (tmp_path / "p.toml").read_text()
    assert read_params(tmp_path / "p.toml") == DEFAULTS


def test_a_search_starts_from_a_file(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And without one from what the environment sets; what is not sought stays as it was at the start."""
    start = tmp_path / "start.toml"
    start.write_text("gain = 10.0\n")
    tuned(folder, tmp_path / "p.toml", "--params", start, "--sweep", "explore_every=0")
    assert read_params(tmp_path / "p.toml") == Params(gain=10.0)
    monkeypatch.setenv("SIGNALFEED_DIVERSITY", "0.5")
    tuned(folder, tmp_path / "p.toml", "--sweep", "explore_every=0")
    assert read_params(tmp_path / "p.toml") == Params(diversity=0.5)


@pytest.mark.parametrize("protocol", ["replay", "impressions", "sampled", "full"])
def test_each_protocol_can_be_sought_by(folder: Path, tmp_path: Path, protocol: str) -> None:
    """The table names the metric, at the places that are asked for."""
    shown = tuned(folder, tmp_path / "p.toml", "--protocol", protocol, "--at", 3, "--sweep", "noise=1")
    assert "nDCG@3 gained" in shown.stdout
    assert read_params(tmp_path / "p.toml").noise in {1.0, DEFAULTS.noise}


def test_in_several_processes_the_same_is_found(folder: Path, tmp_path: Path) -> None:
    """To the last digit."""
    words = ("tune", folder, *SWEEPS, "--json", "--out")
    here = signalfeed(*words, tmp_path / "one.toml", "--jobs", 1)
    there = signalfeed(*words, tmp_path / "two.toml", "--jobs", 2)
    assert here.stdout_bytes == there.stdout_bytes != b""
    assert (tmp_path / "one.toml").read_bytes() == (tmp_path / "two.toml").read_bytes()


@pytest.mark.parametrize(
    ("sweep", "reason"),
    [
        ("noize=1", "noize: is not a field that is known here"),
        ("noise", "noise: Input should be a valid number"),
        ("noise=", "noise: Input should be a valid number"),
        ("noise=1,,2", "noise: Input should be a valid number"),
        ("noise=1,x", "noise: Input should be a valid number"),
        ("noise=1;2", "noise: Input should be a valid number"),
        ("noise=0", "noise: Input should be greater than 0"),
        ("noise=nan", "noise: "),
        ("noise=inf", "noise: Input should be less than or equal to 1000000000"),
        ("diversity=0.5,2", "diversity: Input should be less than or equal to 1"),
        ("alike_dims=1.5", "alike_dims: Input should be a valid integer"),
        ("clock_step_minutes=0", "clock_step_minutes: Input should be greater than or equal to 1"),
        ("learn_from_opens=maybe", "learn_from_opens: Input should be a valid boolean"),
        ("=1", "is not a field that is known here"),
        ("", "is not a field that is known here"),
    ],
)
def test_a_sweep_that_cannot_be_is_refused_by_name(folder: Path, tmp_path: Path, sweep: str, reason: str) -> None:
    """Before anything is sought, and nothing is written."""
    refused = signalfeed("tune", folder, "--out", tmp_path / "p.toml", "--sweep", sweep)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"--sweep {sweep}: {reason}")
    assert refused.stderr.endswith("it is written as noise=1,3,10\n")
    assert not (tmp_path / "p.toml").exists()


def test_values_to_try_are_of_the_kind_of_the_parameter(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shares, counts and switches; and of a parameter that is named twice the last values are tried."""
    asked: list[Any] = []
    tuning = Tuning(
        DEFAULTS, 1, 1, (), Difference("ndcg@10", Estimate(None, None, None, 0), Verdict.NOT_DISTINGUISHABLE)
    )

    def listening(*_: object, space: Any, **__: object) -> Tuning:
        asked.append(space)
        return tuning

    monkeypatch.setattr("ranking.evaluation.tuning.tune", listening)
    sweeps = ("noise=9", "alike_dims=8, 16", "learn_from_opens=true,false", "noise=1,2.5")
    tuned(folder, tmp_path / "p.toml", *(word for one in sweeps for word in ("--sweep", one)))
    assert asked == [{"noise": [1.0, 2.5], "alike_dims": [8, 16], "learn_from_opens": [True, False]}]
    assert [type(value) for values in asked[0].values() for value in values] == [float] * 2 + [int] * 2 + [bool] * 2


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
    refused = signalfeed("tune", "--jobs", 1, *words)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith(reason)
