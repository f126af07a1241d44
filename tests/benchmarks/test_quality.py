"""The whole of `python -m benchmarks.quality`: what it prints, writes and leaves out."""

from pathlib import Path

import pytest

from benchmarks.quality import changing
from benchmarks.quality.__main__ import TABLES, main
from benchmarks.quality.figures import Goal, Line, Table
from benchmarks.quality.page import page, section
from benchmarks.quality.settings import DEFAULTS, PURE, UNFOLDED, differing, why
from benchmarks.quality.similar import precisions
from ranking.evaluation.intervals import Estimate
from tests.benchmarks.data import write_bbc, write_citeulike, write_deskdrop, write_uci
from tests.build import an_event

A_TABLE = Table(
    title="Recall",
    asked="Ten trials.",
    columns=("recall@5",),
    lines=(Line("Signalfeed", {"recall@5": Estimate(0.5, 0.4, 0.6, 10)}), Line("Other", {})),
    differences=(Line("Signalfeed less Other", {"recall@5": Estimate(0.1, -0.05, 0.25, 10)}),),
    goals=(Goal("theirs", "Signalfeed", "recall@5", 0.5), Goal("best", "Signalfeed", "recall@5", 0.51)),
    notes=("A note.",),
    settings=(("Signalfeed", PURE), ("Other", DEFAULTS)),
)


@pytest.fixture
def few_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few simulated readers, and one seed."""
    monkeypatch.setattr(changing, "N_READERS", 3)
    monkeypatch.setattr(changing, "SEEDS", (1,))


@pytest.mark.usefixtures("few_readers")
def test_the_whole_writes_one_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All tables are printed and written, each with the command for it alone, and where settings differ."""
    write_deskdrop(tmp_path, n_texts=12)
    write_citeulike(tmp_path)
    write_uci(tmp_path, n_stories=8, n_headlines=50)
    write_bbc(tmp_path)
    out = tmp_path / "results" / "quality.md"
    assert main(["--data", str(tmp_path), "--jobs", "1", "--out", str(out)]) == 0
    written, printed = out.read_text(), capsys.readouterr().out
    for name in TABLES:
        assert f"`python -m benchmarks.quality --only {name}`" in written
        assert f"({name}: " in printed
    assert "## Where a setting differs" in written
    assert "Not measured" not in written


def test_what_is_absent_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Tables whose data is there are measured; of the others the page says which file is missing."""
    write_citeulike(tmp_path)
    out = tmp_path / "quality.md"
    assert main(["--data", str(tmp_path), "--jobs", "1", "--out", str(out)]) == 0
    assert "## Not measured: similar\n\nbbc/bbc.tar.gz is not in " in out.read_text()
    assert "drift is not measured: uci-news/uci-news-aggregator.csv.gz is not in" in capsys.readouterr().out


def test_without_any_data_nothing_is_written(tmp_path: Path) -> None:
    """A page of an earlier run stays, and the command fails."""
    out = tmp_path / "quality.md"
    out.write_text("as it was")
    assert main(["--data", str(tmp_path), "--jobs", "1", "--out", str(out)]) == 1
    assert out.read_text() == "as it was"


def test_one_table_alone_is_printed_and_not_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It would overwrite the others."""
    write_citeulike(tmp_path)
    out = tmp_path / "quality.md"
    assert main(["--data", str(tmp_path), "--jobs", "1", "--out", str(out), "--only", "citeulike"]) == 0
    assert not out.exists()
    assert "## CiteULike-t" in capsys.readouterr().out


def test_a_goal_is_reached_or_missed() -> None:
    """A figure as high as the goal has reached it, and stands there with its interval."""
    said = section("recall", [A_TABLE])
    assert "| theirs: recall@5 | 0.500 | 0.500 [0.400, 0.600] | reached |" in said
    assert "| best: recall@5 | 0.510 | 0.500 [0.400, 0.600] | **MISSED** |" in said


def test_differences_have_signs_and_missing_figures_are_left_blank() -> None:
    """A row without a figure for a column says nothing there."""
    said = section("recall", [A_TABLE])
    assert "| Signalfeed less Other | +0.100 [-0.050, +0.250] |" in said
    assert "| Other |  |" in said
    assert said.endswith("A note.")


def test_the_page_says_where_a_setting_differs_and_why() -> None:
    """Rows with the defaults differ in none."""
    said = page({"recall": [A_TABLE]}, {"drift": "x is not in y"})
    assert "| Recall | Signalfeed | `diversity` 0 (not 0.2), `near_duplicate` 2 (not 0.9) |" in said
    assert "| Recall | Other | none |" in said
    assert f"- `diversity` {why('diversity')}." in said
    assert "## Not measured: drift\n\nx is not in y." in said


def test_settings_differ_where_they_are_not_the_defaults() -> None:
    """The value comes first, then the default."""
    assert differing(DEFAULTS) == {}
    assert differing(PURE) == {"diversity": (0.0, 0.2), "near_duplicate": (2.0, 0.9)}


def test_precision_is_the_share_of_five_with_the_same_label() -> None:
    """Two of the five nearest of an event belong to it; fewer than five count as misses."""
    events = [an_event(name, f"Whales {word}") for name, word in zip("abcdef", "uvwxyz", strict=True)]
    labels = dict(zip("abcdef", "112211", strict=True))
    lonely = an_event("g", "Rockets")
    assert precisions([*events, lonely], {**labels, "g": "1"}, ["a", "g"], UNFOLDED) == [0.6, 0.0]
