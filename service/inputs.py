"""Inputs: what a command is given, settings and files."""

import sys
from pathlib import Path

from pydantic import ValidationError

from service.documents import Row, UnreadableDocument, field_errors, read_rows
from service.settings import Settings
from service.terminal import fail


def settings_of(**given: object) -> Settings:
    """The settings of the environment, with what was given on the command line in their place; ends the command where
    they are not right."""
    wanted = {name: value for name, value in given.items() if value is not None}
    if "data_dir" in wanted:
        wanted["redis_url"] = None  # who names a directory means the private store in it
    try:
        return Settings(**wanted)  # type: ignore[arg-type]
    except ValidationError as error:
        faults = field_errors([{**one} for one in error.errors(include_url=False, include_input=False)])
        fail("; ".join(f"SIGNALFEED_{fault.field.partition('.')[0].upper()}: {fault.message}" for fault in faults))


def rows_of(path: Path) -> list[Row]:
    """The rows of a file, or of standard input for `-`; raises UnreadableDocument with the file's name."""
    text = sys.stdin.buffer.read() if path == Path("-") else path.read_bytes()
    try:
        return list(read_rows(text))
    except UnreadableDocument as error:
        raise UnreadableDocument(f"{path}: {error}") from error
