"""MIND: the format of the Microsoft News logs (Wu et al., ACL 2020), read as a log.

news.tsv has a line for each news: id, category, subcategory, title, abstract and three columns of which nothing is
taken. behaviors.tsv has one for each impression: id, user id, time, history (what the reader had clicked before) and
what was shown, each news with -1 where it was clicked and -0 where it was not. Columns are parted by tabs, and a quote
is a sign like any other.

What the format does not say is filled in. Times are taken as UTC. All news has the same signal and no source: all is of
one publisher. Subcategories are left out, since an event has but one category. A click is an adjustment of +1 at the
time of its impression. A history has an order but no times: it is taken to have been clicked a second apart, just
before the reader's first impression. News is published when it is first shown or clicked; what only histories have, a
day before the first impression of all.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import TypeAdapter

from ranking.evaluation.log import Feedback, Impression, Log, ShownEvent
from ranking.event import Event, Id, Limits, Line, Paragraph
from service.documents import InvalidDocument, UnreadableDocument, read_document, write_document

NEWS, BEHAVIORS = "news.tsv", "behaviors.tsv"

_TIME = "%m/%d/%Y %I:%M:%S %p"
_YEARS = range(1970, 9999)  # so that days can be added and taken away
_SIGNAL = 5.0
_CLICK = 1  # level
_MAX_TITLE, _MAX_ABSTRACT = 500, 10_000  # characters; as events have them
_N_NEWS_COLUMNS, _N_BEHAVIOR_COLUMNS = 5, 5  # of news.tsv: as many as are read
_ID = re.compile(r"[A-Za-z0-9._~-]{1,128}")


@dataclass(frozen=True, slots=True)
class _News:
    """A line of news.tsv; `meaning` is its abstract."""

    id: Id
    title: Line
    category: Annotated[str, Limits(min_length=1, max_length=100, strip_whitespace=True)]
    meaning: Paragraph


@dataclass(frozen=True, slots=True)
class _Page:
    """A line of behaviors.tsv. `history` is as it stands there; `n_unknown` counts what was shown but is no news."""

    impression: Impression
    clicked: tuple[str, ...]
    history: str
    n_unknown: int


_ROW = TypeAdapter(_News)


def is_mind(folder: Path) -> bool:
    """Whether a folder has both files of the format."""
    return (folder / NEWS).is_file() and (folder / BEHAVIORS).is_file()


def read_mind(folder: Path) -> tuple[Log, int]:
    """The log in a folder, and how much was left out of it: what impressions and histories name that is no news there.
    News that neither names is left out as well; it has no time.

    Raises UnreadableDocument with the file, the line and the field that is not right.
    """
    news = _read_news(folder / NEWS)
    impressions: list[Impression] = []
    clicks: list[Feedback] = []
    histories: dict[str, tuple[datetime, str]] = {}  # of each reader's first impression
    n_left_out = 0
    for page in _pages(folder / BEHAVIORS, news):
        user_id, at = page.impression.user_id, page.impression.at
        clicks += (Feedback(user_id, news_id, _CLICK, at) for news_id in page.clicked)
        if page.impression.events:
            impressions.append(page.impression)
        if user_id not in histories or at < histories[user_id][0]:
            histories[user_id] = (at, page.history)
        n_left_out += page.n_unknown
    if not histories:
        raise UnreadableDocument(f"{folder / BEHAVIORS}: has no impression")
    start = min(at for at, _ in histories.values())
    before: list[Feedback] = []
    for user_id, (at, history) in histories.items():
        clicked, n_unknown = _known(history.split(), news)
        before += _clicked_before(user_id, at, clicked)
        n_left_out += n_unknown
    published = _published(impressions, before, start - timedelta(days=1))
    events = (_event(news[news_id], at) for news_id, at in published.items())
    return Log.of(events, (*before, *clicks), impressions), n_left_out


def _read_news(path: Path) -> dict[str, _News]:
    """All news by id. Titles and abstracts are cut to what an event may have; without a title the id stands for it."""
    news: dict[str, _News] = {}
    for place, columns in _rows(path):
        if len(columns) < _N_NEWS_COLUMNS:
            raise UnreadableDocument(f"{place}: should have 8 columns, parted by tabs")
        news_id, category, _, title, abstract = columns[:_N_NEWS_COLUMNS]
        row = {
            "id": news_id,
            "title": title.strip()[:_MAX_TITLE] or news_id,
            "category": category,
            "meaning": abstract.strip()[:_MAX_ABSTRACT],
        }
        try:
            one = read_document(_ROW, write_document(row))
        except InvalidDocument as error:
            raise UnreadableDocument(f"{place}: {error}") from error
        if one.id in news:
            raise UnreadableDocument(f"{place}: id: is there twice")
        news[one.id] = one
    return news


def _pages(path: Path, news: Mapping[str, _News]) -> Iterator[_Page]:
    """The impressions of behaviors.tsv, in the order of the file."""
    places: dict[tuple[str, int], ShownEvent] = {}  # millions of them are alike: each is kept once
    for place, columns in _rows(path):
        if len(columns) != _N_BEHAVIOR_COLUMNS:
            raise UnreadableDocument(f"{place}: should have 5 columns, parted by tabs")
        request_id, user_id, time, history, listed = columns
        for field, value in (("impression id", request_id), ("user id", user_id)):
            if not _ID.fullmatch(value):
                raise UnreadableDocument(f"{place}: {field}: should be 1 to 128 of A-Z a-z 0-9 . _ ~ -")
        at, shown = _moment(time, place), _shown(listed, place)
        # Ids are those of the news: the same ids in each line would be kept a million times.
        known = [(news[news_id].id, rank, label) for news_id, rank, label in shown if news_id in news]
        events = tuple(places.setdefault((one, rank), ShownEvent(one, rank, 1.0)) for one, rank, _ in known)
        clicked = tuple(dict.fromkeys(news_id for news_id, _, label in known if label == "1"))
        impression = Impression(request_id, user_id, at, "", "", False, events)
        yield _Page(impression, clicked, history, len(shown) - len(known))


def _shown(listed: str, place: str) -> list[tuple[str, int, str]]:
    """The id, rank and label of each news in an impression."""
    shown: list[tuple[str, int, str]] = []
    for rank, one in enumerate(listed.split(), start=1):
        news_id, _, label = one.rpartition("-")
        if label not in {"0", "1"}:
            raise UnreadableDocument(f"{place}: impressions: each should end in -1 (clicked) or -0 (not clicked)")
        shown.append((news_id, rank, label))
    return shown


def _rows(path: Path) -> Iterator[tuple[str, list[str]]]:
    """The columns of each line that is not empty, with words for its place."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            place = f"{path}, line {number}"
            try:
                text = line.decode().rstrip("\r\n")
            except UnicodeDecodeError as error:
                raise UnreadableDocument(f"{place}: is not UTF-8") from error
            if text:
                yield place, text.split("\t")


def _moment(time: str, place: str) -> datetime:
    try:
        at = datetime.strptime(time, _TIME).replace(tzinfo=UTC)
    except ValueError as error:
        raise UnreadableDocument(f"{place}: time: should be as 11/11/2019 9:05:58 AM") from error
    if at.year not in _YEARS:
        raise UnreadableDocument(f"{place}: time: should be in the years {_YEARS[0]} to {_YEARS[-1]}")
    return at


def _known(news_ids: Sequence[str], news: Mapping[str, _News]) -> tuple[list[str], int]:
    """Those of the ids that are news, and the number of the others."""
    known = [news[news_id].id for news_id in news_ids if news_id in news]
    return known, len(news_ids) - len(known)


def _clicked_before(user_id: str, at: datetime, history: Sequence[str]) -> Iterator[Feedback]:
    """A history, oldest first, as clicks a second apart that end a second before a moment. What was clicked twice
    counts where it was clicked last."""
    latest_first = dict.fromkeys(reversed(history))
    for seconds, news_id in enumerate(latest_first, start=1):
        yield Feedback(user_id, news_id, _CLICK, at - timedelta(seconds=seconds))


def _published(impressions: Iterable[Impression], before: Iterable[Feedback], old: datetime) -> dict[str, datetime]:
    """When each news was published: `old` where only histories have it, and never after somebody clicked it."""
    published: dict[str, datetime] = {}
    for page in sorted(impressions, key=lambda page: page.at):
        for shown in page.events:
            published.setdefault(shown.event_id, page.at)
    for said in before:
        published[said.event_id] = min(said.at, published.get(said.event_id, old))
    return published


def _event(news: _News, published_at: datetime) -> Event:
    return Event(news.id, news.title, news.category, published_at, _SIGNAL, meaning=news.meaning)
