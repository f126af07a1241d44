"""BBC: articles of 2004 and 2005 in five classes (Greene & Cunningham, ICML 2006)."""

import tarfile
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from benchmarks.quality.files import found
from ranking.event import Event

_PUBLISHED = datetime(2005, 1, 1, tzinfo=UTC)


def articles(folder: Path) -> tuple[tuple[Event, ...], dict[str, str]]:
    """The articles as events, in order of class and number, and the class of each by event id. The class is no part of
    the event. Raises Absent."""
    texts = {}
    with tarfile.open(found(folder, "bbc/bbc.tar.gz")) as packed:
        for member in packed:  # in its order, since to go back is to unpack from the start
            path = PurePosixPath(member.name)
            file = packed.extractfile(member)
            if file is not None and path.suffix == ".txt":
                texts[path.parent.name, path.stem] = file.read().decode("latin-1")
    events, classes = [], {}
    for (name, number), told in sorted(texts.items()):
        title, _, text = told.partition("\n")
        event_id = f"{name}-{number}"
        events.append(Event(event_id, title.strip()[:500] or "-", "News", _PUBLISHED, 5.0, meaning=text[:10_000]))
        classes[event_id] = name
    return tuple(events), classes
