"""Estimating at the command line: what other parameters would have got, from pages that were shown with draws."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import Result

from ranking.evaluation.counterfactual import Caution, counterfactual, logged_places
from ranking.params import Params
from service import terminal
from tests.build import DEFAULTS
from tests.service.evaluation.exported import exported, log_in, signalfeed

ROWS = ["as logged", "IPS", "SNIPS", "doubly robust", "mean weight"]


@pytest.fixture(scope="module", autouse=True)
def _plain_environment() -> Any:
    """Takes away the settings of whoever runs the tests, and has a screen of 80 columns."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.upper().startswith("SIGNALFEED_")]:
            patch.delenv(name)
        patch.setenv("COLUMNS", "80")
        for console in (terminal.out, terminal.err):
            patch.setattr(console, "_width", None)  # a width that was in the environment at the import
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command line exports where every second place was drawn for."""
    return exported(tmp_path_factory.mktemp("drawn"), replace(DEFAULTS, explore_every=2))


def estimated(*words: object) -> Result:
    """Runs `signalfeed estimate` in this process, which must succeed."""
    shown = signalfeed("estimate", *words, "--jobs", 1)
    assert (shown.exit_code, shown.stderr) == (0, "")
    return shown


def worked_out(folder: Path, params: Params = DEFAULTS) -> dict[str, Any]:
    """The report on these parameters as the core gives it, and as it is written."""
    written: dict[str, Any] = orjson.loads(orjson.dumps(counterfactual(logged_places(log_in(folder), params))))
    return written


def test_the_figures_are_those_of_the_core(folder: Path) -> None:
    """To the last digit; some places were drawn for."""
    answer = orjson.loads(estimated(folder, "--json").stdout_bytes)
    assert answer == {"signalfeed": worked_out(folder)}
    assert 0 < answer["signalfeed"]["n_drawn"] < answer["signalfeed"]["n_places"]


def test_files_of_parameters_are_estimated_each(folder: Path, tmp_path: Path) -> None:
    """Under their names, with the figures of their own."""
    (tmp_path / "keen.toml").write_text("noise = 0.5\n")
    (tmp_path / "calm.toml").write_text("diversity = 0.9\n")
    words = ("--params", tmp_path / "keen.toml", "--params", tmp_path / "calm.toml")
    answer = orjson.loads(estimated(folder, *words, "--json").stdout_bytes)
    assert list(answer) == ["keen", "calm"]
    assert answer["keen"] == worked_out(folder, Params(noise=0.5))
    assert answer["calm"] == worked_out(folder, Params(diversity=0.9))


def test_the_table_fits_a_narrow_screen_with_every_row_named(folder: Path) -> None:
    """Whole and on one line each; the marks that stand for verdicts are explained."""
    report = worked_out(folder)
    shown = estimated(folder).stdout
    lines = shown.splitlines()
    table = [line for line in lines if line.startswith("│")]
    assert max(len(line) for line in lines if not line.startswith("signalfeed: careful")) <= 80
    assert [line[1:].split("│")[0].strip() for line in table] == ROWS
    assert "…" not in shown
    told = f"{report['n_drawn']} of {report['n_places']} places were drawn for, {report['n_readers']} readers"
    assert f"signalfeed: {told}" in shown
    assert f"Effective sample: {report['n_effective']:.0f} places." in shown
    assert all(mark in shown for mark in ("▲ better", "▼ worse", "≈ not distinguishable"))


def test_every_caution_is_told_in_words(folder: Path) -> None:
    """Two readers are too few, among others; each stands on a line of its own, however long."""
    cautions = worked_out(folder)["cautions"]
    assert Caution.FEW_READERS in cautions
    lines = estimated(folder).stdout.splitlines()
    assert [line for line in lines if "careful" in line] == [f"signalfeed: careful: {one}." for one in cautions]


def test_a_log_without_draws_tells_nothing(tmp_path: Path) -> None:
    """It is said, and no figure is given out."""
    shown = estimated(exported(tmp_path)).stdout
    assert "signalfeed: 0 of " in shown
    assert f"signalfeed: careful: {Caution.NO_DRAWS}." in shown


def test_pages_that_cannot_be_made_again_are_counted(folder: Path, tmp_path: Path) -> None:
    """One that was shown in part, beside the others."""
    for name in ("events.jsonl", "feedback.jsonl", "opens.jsonl"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    first, *others = (folder / "impressions.jsonl").read_bytes().splitlines()
    page = orjson.loads(first) | {"degraded": True}
    (tmp_path / "impressions.jsonl").write_bytes(b"\n".join([orjson.dumps(page), *others]) + b"\n")
    assert worked_out(tmp_path)["n_pages_left_out"] == 1
    assert estimated(tmp_path).stdout.splitlines()[-1] == "signalfeed: 1 page left out: they cannot be replayed."


def test_in_several_processes_the_same_is_found(folder: Path) -> None:
    """To the last digit."""
    there = signalfeed("estimate", folder, "--json", "--jobs", 2)
    assert there.stdout_bytes == estimated(folder, "--json").stdout_bytes


@pytest.mark.parametrize("empty", [True, False], ids=["an empty file", "no file"])
def test_without_impressions_nothing_can_be_estimated(folder: Path, tmp_path: Path, empty: bool) -> None:
    """What writes them is named."""
    for name in ("events.jsonl", "feedback.jsonl", "opens.jsonl"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    if empty:
        (tmp_path / "impressions.jsonl").write_bytes(b"")
    refused = signalfeed("estimate", tmp_path)
    assert (refused.exit_code, refused.stdout) == (1, "")
    said = "has no impressions; they are written with `signalfeed export FOLDER --impressions`"
    assert refused.stderr == f"{tmp_path}: {said}\n"
