"""Run: what is kept of an evaluation's circumstances."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from service.evaluation.run import Run

NOON = datetime(2026, 4, 4, 12, 0, tzinfo=timezone(timedelta(hours=2)))


def test_a_run_goes_by_last_names_and_universal_time() -> None:
    """Nothing of the machine's folders is in it."""
    run = Run.of(Path("somewhere/exports"), [Path("somewhere/bold.toml")], 7, ["No leak found."], NOON)
    assert run == Run(
        "How well Signalfeed ranks: exports",
        "exports",
        "2026-04-04 10:00 UTC",
        ("bold.toml",),
        7,
        ("No leak found.",),
    )


def test_without_a_folder_it_is_the_seeds() -> None:
    """And without files of parameters there are none to name."""
    run = Run.of(None, None, 0, [], NOON)
    assert (run.folder, run.parameters, run.notes) == ("the seeds", (), ())


def test_a_run_is_made_now_unless_told_when() -> None:
    """By the clock, to the minute."""
    before = datetime.now(UTC).replace(second=0, microsecond=0)
    made = datetime.strptime(Run.of(None, None, 0, []).made_at, "%Y-%m-%d %H:%M UTC").replace(tzinfo=UTC)
    assert before <= made <= datetime.now(UTC)
