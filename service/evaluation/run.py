"""Run: what should be known of an evaluation besides its figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

SEEDS = "the seeds"


@dataclass(frozen=True, slots=True)
class Run:
    """One evaluation: what it is called, what it read, when its report was made, the parameters and the seed that it
    took, and sentences on what else should be known of it. Folders and files go by their last name only: a report is
    there to be passed on."""

    title: str
    folder: str
    made_at: str
    parameters: tuple[str, ...]
    seed: int
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        folder: Path | None,
        params: Sequence[Path] | None,
        seed: int,
        notes: Sequence[str],
        now: datetime | None = None,
    ) -> "Run":
        """The run over a folder, or over the seeds, with these files of parameters, made now unless told when."""
        name = folder.resolve().name if folder else SEEDS
        made_at = (now or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
        files = tuple(file.name for file in params or ())
        return cls(f"How well Signalfeed ranks: {name}", name, made_at, files, seed, tuple(notes))
