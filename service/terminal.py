"""Terminal: how the command line speaks to whoever called it, a person or a program."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import orjson
import typer
from rich.console import Console
from rich.text import Text

from ranking.errors import SignalfeedError

out = Console()
err = Console(stderr=True)


def say(console: Console, message: str, style: str = "") -> None:
    """Prints a message as it is, on one line however narrow the screen, so that it can be searched."""
    console.print(Text(message, style=style), soft_wrap=True)


def print_json(answer: object) -> None:
    """Prints an answer for a program."""
    sys.stdout.buffer.write(orjson.dumps(answer, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS) + b"\n")


def fail(message: str) -> NoReturn:
    """Ends the command with a message and exit code 1."""
    say(err, message, style="red")
    raise typer.Exit(1)


def can_be_written(path: Path) -> None:
    """Ends the command where a file could not be written, before any work is done for it."""
    if path.is_dir() or not os.access(path if path.exists() else path.absolute().parent, os.W_OK):
        fail(f"{path}: cannot be written; name a file in a folder that is there")


@contextmanager
def failing_plainly() -> Iterator[None]:
    """Turns what Signalfeed or the system refuses into a sentence and exit code 1."""
    try:
        yield
    except SignalfeedError as error:
        fail(str(error))
    except BrokenPipeError:
        # Who read along has seen enough. Nothing more is to be written, not even by the interpreter as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(1) from None
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))
