"""Files: where a data set lies, and how its tables are read."""

import csv
import gzip
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

csv.field_size_limit(2**30)  # whole articles stand in one field


class Absent(Exception):
    """A file of a data set is not there; says which."""


def found(folder: Path, name: str) -> Path:
    """The path of a file of the data folder, such as `bbc/bbc.tar.gz`; raises Absent."""
    path = folder / name
    if not path.is_file():
        raise Absent(f"{name} is not in {folder}")
    return path


def table(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a CSV file that is packed with gzip, or is the first of a zip file."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as packed:
            name = next(name for name in packed.namelist() if name.endswith(".csv") and "__MACOSX" not in name)
            with io.TextIOWrapper(packed.open(name), "utf-8", newline="") as text:
                yield from csv.DictReader(text)
    else:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
            yield from csv.DictReader(text)


def lines(path: Path) -> Iterator[str]:
    """The lines of a text file that is packed with gzip."""
    with gzip.open(path, "rt", encoding="utf-8") as text:
        yield from text
