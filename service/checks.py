"""Checks: what `signalfeed validate` looks at in a file of events."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.documents import Row

_FIELDS = ("id", "title", "category", "published_at", "signal", "summary", "details", "meaning", "sources", "language")
_OTHERS = "no other fields"


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a file, and the faults that it found; none means that it passed."""

    name: str
    faults: tuple[str, ...]


def checks_of(rows: Sequence[Row]) -> Iterator[Check]:
    """Yields the checks of a file's rows, in the order in which they are best mended."""
    faults: dict[str, list[str]] = {name: [] for name in ("", *_FIELDS, _OTHERS)}
    for row in rows:
        for error in row.errors:
            field = error.field.partition(".")[0]
            told = f"line {row.line}: {error.field} {error.message}" if field else f"line {row.line}: {error.message}"
            faults[field if field in faults else _OTHERS].append(told)
    yield Check(f"{len(rows)} rows can be read", tuple(faults[""]))
    for name in (*_FIELDS, _OTHERS):
        yield Check(name, tuple(faults[name]))
    yield Check("ids are unique", tuple(_repeats(rows)))


def _repeats(rows: Sequence[Row]) -> Iterator[str]:
    first: dict[str, Row] = {}
    for row in rows:
        if row.event is not None and (before := first.setdefault(row.event.id, row)) is not row:
            yield f"line {row.line}: {row.event.id} is also on line {before.line}"
