"""Folders: the log that a folder holds, whether `signalfeed export FOLDER --impressions` wrote it or it is in MIND's
format."""

from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter

from ranking.evaluation.log import Impression, Log, Opened
from ranking.event import Event
from service.documents import InvalidDocument, UnreadableDocument, read_document
from service.evaluation.mind import BEHAVIORS, NEWS, is_mind, read_mind
from service.inputs import rows_of
from service.seeding import read_feedback

T = TypeVar("T")

EVENTS, FEEDBACK, IMPRESSIONS, OPENS = "events.jsonl", "feedback.jsonl", "impressions.jsonl", "opens.jsonl"

_IMPRESSION = TypeAdapter(Impression)
_OPENED = TypeAdapter(Opened)
_STORIES = TypeAdapter(dict[str, tuple[str, ...]])


@dataclass(frozen=True, slots=True)
class FolderRead:
    """What a folder holds. `n_left_out` is how often something was said, shown or opened that is no event there, and
    which the log is without."""

    log: Log
    n_left_out: int


def read_log(folder: Path) -> FolderRead:
    """The log in a folder: of events.jsonl with feedback.jsonl, impressions.jsonl and opens.jsonl, of which either of
    the first two is needed; or of news.tsv with behaviors.tsv.

    Raises UnreadableDocument where nothing of that is there, where nobody said or was shown anything, and with the
    file, line and field of what is not right.
    """
    if (folder / EVENTS).is_file():
        found = _exported(folder)
    elif is_mind(folder):
        found = FolderRead(*read_mind(folder))
    else:
        raise UnreadableDocument(
            f"{folder}: has neither {EVENTS}, as `signalfeed export` writes it, nor {NEWS} with {BEHAVIORS}, as MIND is"
        )
    if not found.log.feedback and not found.log.impressions:
        raise UnreadableDocument(f"{folder}: no reader said anything of an event there, or was shown one")
    return found


def read_events(path: Path) -> list[Event]:
    """The events of a file, in its order. Raises UnreadableDocument with the line of what is no event, or is there
    twice: a measurement of the others would be one of something else."""
    events: dict[str, Event] = {}
    for row in rows_of(path):
        if row.event is None:
            raise UnreadableDocument(f"{path}, line {row.line}: {'; '.join(map(str, row.errors))}")
        if row.event.id in events:
            raise UnreadableDocument(f"{path}, line {row.line}: id: is there twice")
        events[row.event.id] = row.event
    return list(events.values())


def read_stories(path: Path, known: Container[str]) -> dict[str, tuple[str, ...]]:
    """The stories of a file, each with those of its events that are known. Raises UnreadableDocument."""
    try:
        stories = read_document(_STORIES, path.read_bytes())
    except (InvalidDocument, UnreadableDocument) as error:
        raise UnreadableDocument(f"{path}: {error}") from error
    return {
        name: tuple(event_id for event_id in dict.fromkeys(story) if event_id in known)
        for name, story in stories.items()
    }


def _exported(folder: Path) -> FolderRead:
    if not (folder / FEEDBACK).is_file() and not (folder / IMPRESSIONS).is_file():
        raise UnreadableDocument(f"{folder}: has {EVENTS}, but neither {FEEDBACK} nor {IMPRESSIONS}")
    events = read_events(folder / EVENTS)
    known = {event.id for event in events}
    feedback = list(read_feedback(folder / FEEDBACK)) if (folder / FEEDBACK).is_file() else []
    opened = list(_lines(folder / OPENS, _OPENED))
    pages = list(_lines(folder / IMPRESSIONS, _IMPRESSION))
    shown = [cut for page in pages if (cut := _cut(page, known)).events]
    named = [one.event_id for one in feedback] + [one.event_id for one in opened]
    named += [one.event_id for page in pages for one in page.events]
    n_left_out = sum(event_id not in known for event_id in named)
    return FolderRead(Log.of(events, feedback, shown, opened), n_left_out)


def _cut(page: Impression, known: Container[str]) -> Impression:
    """An impression with those of its events that are known; they keep their ranks."""
    return replace(page, events=tuple(one for one in page.events if one.event_id in known))


def _lines(path: Path, adapter: TypeAdapter[T]) -> Iterator[T]:
    """The documents of a file that may be there, one on each line; raises UnreadableDocument with the line of a wrong
    one."""
    if not path.is_file():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield read_document(adapter, line.strip())
            except (InvalidDocument, UnreadableDocument) as error:
                raise UnreadableDocument(f"{path}, line {number}: {error}") from error
