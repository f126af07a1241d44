"""Seeds: the events and demonstration readers that an empty data directory is filled with."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from pydantic import TypeAdapter

from ranking.evaluation.log import Feedback
from service.documents import InvalidDocument, UnreadableDocument, read_document

_FEEDBACK = TypeAdapter(Feedback)


def seeds_dir() -> Path:
    """Where the seeds lie: in the installed package, or beside it in a checkout."""
    here = Path(__file__).parent
    return here / "seeds" if (here / "seeds").is_dir() else here.parent / "seeds"


def seed_events() -> bytes:
    """The seed events, as NDJSON."""
    return (seeds_dir() / "events.jsonl").read_bytes()


def seed_feedback() -> Iterator[Feedback]:
    """What the demonstration readers said, in order."""
    return read_feedback(seeds_dir() / "feedback.jsonl")


@lru_cache
def seed_readers() -> tuple[str, ...]:
    """The demonstration readers."""
    return tuple(dict.fromkeys(one.user_id for one in seed_feedback()))


def read_feedback(path: Path) -> Iterator[Feedback]:
    """The lines of a feedback file, in order; raises UnreadableDocument with the line of what is no feedback."""
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            yield read_document(_FEEDBACK, line)
        except (InvalidDocument, UnreadableDocument) as error:
            raise UnreadableDocument(f"{path}, line {number}: {error}") from error
