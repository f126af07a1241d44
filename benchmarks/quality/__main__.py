"""Measures the ranking on published data sets, and writes what it reaches to `benchmarks/results/quality.md`.

Run it with `make bench-quality`; one table alone with `python -m benchmarks.quality --only NAME`, which writes nothing.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.quality import changing, in_time, recall, similar
from benchmarks.quality.figures import Table
from benchmarks.quality.files import Absent
from benchmarks.quality.page import page, section
from ranking.evaluation.outcomes import Spread
from service.evaluation.workers import workers

_ROOT = Path(__file__).parents[2]
_DATA = _ROOT.parent / "shared" / "data"
_RESULTS = _ROOT / "benchmarks" / "results" / "quality.md"

TABLES: dict[str, Callable[[Path, Spread], tuple[Table, ...]]] = {
    "deskdrop-sampled": recall.sampled,
    "citeulike": recall.full_catalogue,
    "deskdrop-matched": in_time.matched,
    "deskdrop-in-time": in_time.replayed,
    "similar": similar.both,
    "drift": changing.changed,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the tables, and writes all of them. Returns 1 where no data was there."""
    asked = _asked(arguments)
    tables: dict[str, tuple[Table, ...]] = {}
    absent: dict[str, str] = {}
    with workers(asked.jobs) as spread:
        for name in asked.only or TABLES:
            began = time.perf_counter()
            try:
                tables[name] = TABLES[name](asked.data, spread)
                print(section(name, tables[name]))
                print(f"\n({name}: {time.perf_counter() - began:.0f} s)\n", flush=True)
            except Absent as error:
                absent[name] = str(error)
                print(f"{name} is not measured: {error}.\n")
            if tables and not asked.only:  # what was measured is kept, however the rest goes
                asked.out.parent.mkdir(parents=True, exist_ok=True)
                asked.out.write_text(page(tables, absent), encoding="utf-8")
    if tables and not asked.only:
        print(f"Written to {asked.out}")
    return 0 if tables else 1


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("benchmarks.quality", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, default=_DATA, help="the folder of the data sets (default: %(default)s)")
    parser.add_argument("--only", choices=TABLES, action="append", help="print this table, and write nothing")
    parser.add_argument("--jobs", type=int, default=-1, help="how many processes (default: one for each core)")
    parser.add_argument("--out", type=Path, default=_RESULTS, help="what to write (default: %(default)s)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
