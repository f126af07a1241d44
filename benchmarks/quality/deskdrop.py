"""Deskdrop: what the staff of a company read among the articles that they shared (CI&T, 2016–2017).

The articles' texts are known of the most-read ones only; the others are events without a word. Every reader's events
are said once, with level 2, whatever they did with it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from sklearn.model_selection import train_test_split

from benchmarks.quality.files import found, table
from ranking.evaluation.log import Feedback, Log
from ranking.evaluation.trials import Protocol, Slice, Trial
from ranking.event import Event, Source
from ranking.text import Terms, terms_of

LEVEL = 2
N_NEGATIVES = 100
N_NEAR = 20
_FEWEST = 5  # articles that a reader of the notebook's has
_SHARE = 0.2
_SPLIT_SEED = 42  # the notebook's
_PUBLISHED = datetime(2017, 1, 1, tzinfo=UTC)
_NOW = _PUBLISHED + timedelta(days=30)  # by then nothing that was pressed on the first day is popular
_N_PER_SLICE = 1_000  # trials
_SILENT = Terms({}, {})


@dataclass(frozen=True, slots=True)
class Press:
    """What a reader did with an article, all together: when first, and when last."""

    user_id: str
    event_id: str
    first: int
    last: int


def articles(folder: Path) -> tuple[Event, ...]:
    """The articles whose text is known, oldest first; the publisher and who shared it are the sources. Raises
    Absent."""
    rows = [row for row in table(found(folder, "deskdrop/articles.csv.gz")) if row["lang"]]  # else it is cut off
    shared: dict[str, Event] = {}
    for row in sorted(rows, key=lambda row: (int(row["timestamp"]), row["contentId"])):
        shared.setdefault(row["contentId"], _event(row))
    return tuple(shared.values())


def presses(folder: Path) -> tuple[Press, ...]:
    """What readers did, once for each reader and article, in order of the first time. Raises Absent."""
    told: dict[tuple[str, str], tuple[int, int]] = {}
    for row in table(found(folder, "deskdrop/users_interactions.csv.zip")):
        key, at = (row["personId"], row["contentId"]), int(row["timestamp"])
        first, last = told.get(key, (at, at))
        told[key] = (min(first, at), max(last, at))
    ones = (Press(*key, *times) for key, times in told.items())
    return tuple(sorted(ones, key=lambda one: (one.first, one.user_id, one.event_id)))


def sampled(folder: Path, seeds: Sequence[int], *, with_text: bool = False) -> Protocol:
    """Each of a fifth of the presses of readers with five articles or more is asked for among 100 articles that its
    reader never pressed, drawn once for each seed: the protocol of the notebook.

    Where it should be `with_text`, only articles whose text is known are asked for and drawn. All articles are
    published at once and presses follow each other by a second a month before they are asked about, so that time plays
    no part. Raises Absent.
    """
    kept = _of_readers_with(_FEWEST, presses(folder))
    learned, asked = _split(kept)
    texts = {event.id: event for event in articles(folder)}
    everything = sorted({one.event_id for one in kept})
    drawable = [one for one in everything if one in texts or not with_text]
    places = {one: place for place, one in enumerate(drawable)}
    log = _without_time(learned, everything, texts)
    never = {one.user_id: np.full(len(drawable), True) for one in kept}
    for one in kept:
        if one.event_id in places:
            never[one.user_id][places[one.event_id]] = False
    trials = []
    for seed in seeds:
        rng = np.random.Generator(np.random.PCG64(seed))
        for one in asked:
            if one.event_id not in places:
                continue
            others = np.flatnonzero(never[one.user_id])
            drawn = np.sort(rng.choice(others, size=min(N_NEGATIVES, len(others)), replace=False))
            n_said = log.n_said_before(one.user_id, _NOW)
            among = (one.event_id, *(drawable[place] for place in drawn))
            trials.append(Trial(one.user_id, _NOW, n_said, (one.event_id,), LEVEL, among))
    name = "deskdrop, sampled" + (", with text" if with_text else "")
    slices = (Slice(_NOW, _NOW, tuple(trials[n : n + _N_PER_SLICE])) for n in range(0, len(trials), _N_PER_SLICE))
    return Protocol(name, log, tuple(slices))


def without_texts(protocol: Protocol) -> Protocol:
    """The same trials where no article has a word."""
    terms = {event.id: _SILENT for event in protocol.log.events}
    return replace(protocol, log=replace(protocol.log, terms=terms))


def in_time(folder: Path) -> Log:
    """The articles whose text is known, from when they were shared, and the first that each reader did with each.
    Raises Absent."""
    said = (Feedback(one.user_id, one.event_id, LEVEL, _moment(one.first)) for one in presses(folder))
    return Log.of(articles(folder), said)


def matched(log: Log) -> Protocol:
    """Each press of readers who pressed before is asked for among the 20 articles that were published nearest to it,
    of those that were there and that the reader had not pressed. Statistics are fitted at every new article."""
    published = np.array([event.published_at.timestamp() for event in log.events])
    rows = {event.id: row for row, event in enumerate(log.events)}
    trials = sorted(_matched(log, published, rows), key=lambda one: (one.at, one.user_id, one.wanted))
    slices = [
        Slice(together[0].at, together[-1].at, tuple(together))
        for together in (
            list(some) for _, some in groupby(trials, lambda one: int((published <= one.at.timestamp()).sum()))
        )
    ]
    return Protocol("deskdrop, matched", log, tuple(slices))


def of_known_readers(protocol: Protocol) -> Protocol:
    """The trials of readers who had pressed before."""
    slices = (replace(one, trials=tuple(trial for trial in one.trials if trial.n_said)) for one in protocol.slices)
    return replace(protocol, slices=tuple(one for one in slices if one.trials))


def _matched(log: Log, published: np.ndarray, rows: dict[str, int]) -> Iterator[Trial]:
    for user_id, ones in log.by_reader.items():
        for n_said, said in enumerate(ones[1:], start=1):
            there = published <= said.at.timestamp()
            there[[rows[one.event_id] for one in ones[: n_said + 1]]] = False
            row = rows[said.event_id]
            others = np.flatnonzero(there)
            apart = np.abs(published[others] - published[row])
            near = others[np.argsort(apart, kind="stable")[:N_NEAR]]
            among = (said.event_id, *(log.events[one].id for one in near))
            yield Trial(user_id, said.at, log.n_said_before(user_id, said.at), (said.event_id,), LEVEL, among)


def _of_readers_with(fewest: int, ones: Sequence[Press]) -> list[Press]:
    n_articles = Counter(one.user_id for one in ones)
    return [one for one in ones if n_articles[one.user_id] >= fewest]


def _split(ones: Sequence[Press]) -> tuple[list[Press], list[Press]]:
    """What is learned from, in order of time, and what is asked for, split as in the notebook: by the order of ids as
    numbers."""
    ordered = sorted(ones, key=lambda one: (int(one.user_id), int(one.event_id)))
    readers = [one.user_id for one in ordered]
    learned, asked = train_test_split(ordered, test_size=_SHARE, random_state=_SPLIT_SEED, stratify=readers)
    return sorted(learned, key=lambda one: (one.last, one.user_id, one.event_id)), asked


def _without_time(learned: Sequence[Press], event_ids: Sequence[str], texts: dict[str, Event]) -> Log:
    events = [
        replace(texts[one], published_at=_PUBLISHED)
        if one in texts
        else Event(id=one, title="-", category="News", published_at=_PUBLISHED, signal=5.0)
        for one in event_ids
    ]
    terms = {event.id: terms_of(event) if event.id in texts else _SILENT for event in events}
    said = [
        Feedback(one.user_id, one.event_id, LEVEL, _PUBLISHED + timedelta(seconds=number))
        for number, one in enumerate(learned, start=1)
    ]
    return Log.of(events, said, terms=terms)


def _event(row: dict[str, str]) -> Event:
    """An article as the service would take it."""
    publisher = (urlsplit(row["url"]).hostname or "unknown").removeprefix("www.")
    return Event(
        id=row["contentId"],
        title=row["title"].strip()[:500] or "-",
        category="News",
        published_at=_moment(int(row["timestamp"])),
        signal=5.0,
        meaning=row["text"][:10_000],
        sources=(Source(publisher), Source(f"shared by {row['authorPersonId']}")),
        language=row["lang"],
    )


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
