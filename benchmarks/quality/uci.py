"""UCI News Aggregator: headlines of 2014, each with the story that it belongs to (Gasparetti, UCI ML Repository)."""

from datetime import UTC, datetime
from pathlib import Path

from benchmarks.quality.files import found, table
from ranking.event import Event, Source


def headlines(folder: Path) -> tuple[tuple[Event, ...], dict[str, str]]:
    """The headlines as events, in the order of the file, and the story of each by event id. A line that is cut off is
    left out. Raises Absent."""
    events, stories = [], {}
    for row in table(found(folder, "uci-news/uci-news-aggregator.csv.gz")):
        title = (row["TITLE"] or "").strip()
        if not (title and row["CATEGORY"] and row["STORY"] and row["TIMESTAMP"]):
            continue
        published_at = datetime.fromtimestamp(int(row["TIMESTAMP"]) / 1000, UTC)
        publisher = Source((row["PUBLISHER"] or "").strip() or "unknown")
        events.append(Event(row["ID"], title[:500], row["CATEGORY"], published_at, 5.0, sources=(publisher,)))
        stories[row["ID"]] = row["STORY"]
    return tuple(events), stories
