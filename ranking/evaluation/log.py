"""Log: what readers were shown, said and opened, as the service exports it and evaluations take it."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from operator import itemgetter
from typing import Annotated, ClassVar

from ranking.event import Event, Id, Limits, Moment
from ranking.ledger import Level
from ranking.text import Terms, terms_of


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a reader said of an event, and when: one line of `feedback.jsonl`."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    user_id: Id
    event_id: Id
    level: Level
    at: Moment


@dataclass(frozen=True, slots=True)
class Opened:
    """A reader opened an event, and when last: one line of `opens.jsonl`."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    user_id: Id
    event_id: Id
    at: Moment


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """An event on a page. `propensity` is the probability with which it got its rank, given what stood above."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    event_id: Id
    rank: Annotated[int, Limits(ge=1)]
    propensity: Annotated[float, Limits(gt=0, le=1)]


@dataclass(frozen=True, slots=True)
class Impression:
    """A page that was shown to a reader, and what it was made from: one line of `impressions.jsonl`. `whole` is
    said of the first page of a feed in which any event might have stood, not only one of a category or a new one."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    request_id: str
    user_id: Id
    at: Moment
    profile_version: str
    corpus_version: str
    degraded: bool
    events: tuple[ShownEvent, ...]
    whole: bool = True


@dataclass(frozen=True, eq=False)
class Log:
    """Everything of some time, each kind in order of time. Build one with `Log.of`."""

    events: tuple[Event, ...]
    feedback: tuple[Feedback, ...] = ()
    impressions: tuple[Impression, ...] = ()
    opened: tuple[Opened, ...] = ()
    terms: Mapping[str, Terms] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        events: Iterable[Event],
        feedback: Iterable[Feedback] = (),
        impressions: Iterable[Impression] = (),
        opened: Iterable[Opened] = (),
        terms: Mapping[str, Terms] | None = None,
    ) -> "Log":
        """The log of these, put in order of time. What readers said or did with events that are not there is left
        out. `terms` by event id where they are known already."""
        ordered = tuple(sorted(events, key=lambda one: (one.published_at, one.id)))
        known = {event.id: terms[event.id] if terms is not None else terms_of(event) for event in ordered}
        return cls(
            ordered,
            tuple(sorted((one for one in feedback if one.event_id in known), key=_moment)),
            tuple(sorted(impressions, key=lambda one: (one.at, one.user_id, one.request_id))),
            tuple(sorted((one for one in opened if one.event_id in known), key=_moment)),
            known,
        )

    @cached_property
    def by_reader(self) -> Mapping[str, tuple[Feedback, ...]]:
        """What each reader said, oldest first."""
        said: defaultdict[str, list[Feedback]] = defaultdict(list)
        for one in self.feedback:
            said[one.user_id].append(one)
        return {user_id: tuple(ones) for user_id, ones in said.items()}

    @cached_property
    def spoken(self) -> tuple[Feedback, ...]:
        """What readers said, without what only said the same of an event again."""
        levels: dict[tuple[str, str], int] = {}
        spoken = []
        for one in self.feedback:
            if levels.get((one.user_id, one.event_id)) != one.level:
                levels[one.user_id, one.event_id] = one.level
                spoken.append(one)
        return tuple(spoken)

    @cached_property
    def first_said(self) -> Mapping[tuple[str, str], datetime]:
        """When a reader first said anything of an event."""
        return {(one.user_id, one.event_id): one.at for one in reversed(self.feedback)}

    @property
    def end(self) -> datetime:
        """The last moment of which the log tells anything. There must be an event."""
        last = [ones[-1].at for ones in (self.feedback, self.impressions, self.opened) if ones]
        return max([self.events[-1].published_at, *last])

    def n_said_before(self, user_id: str, moment: datetime) -> int:
        """How much a reader had said before a moment."""
        return bisect_left(self.by_reader.get(user_id, ()), moment, key=lambda one: one.at)

    def until(self, moment: datetime) -> "Log":
        """The log as it was at a moment: nothing in it is later."""
        return Log.of(
            (one for one in self.events if one.published_at <= moment),
            (one for one in self.feedback if one.at <= moment),
            (one for one in self.impressions if one.at <= moment),
            (one for one in self.opened if one.at <= moment),
            self.terms,
        )

    def of_readers(self, user_ids: Iterable[str]) -> "Log":
        """The log of some of the readers, with all events."""
        wanted = frozenset(user_ids)
        return Log.of(
            self.events,
            (one for one in self.feedback if one.user_id in wanted),
            (one for one in self.impressions if one.user_id in wanted),
            (one for one in self.opened if one.user_id in wanted),
            self.terms,
        )

    def chosen(self, within: timedelta) -> list[tuple[str, ...]]:
        """For each impression the events of it that its reader then opened or turned up within a time. What was shown
        more than once before was chosen of the last page that had it."""
        shown_at: defaultdict[tuple[str, str], list[tuple[datetime, int]]] = defaultdict(list)
        for number, page in enumerate(self.impressions):
            for shown in page.events:
                shown_at[page.user_id, shown.event_id].append((page.at, number))
        chosen: list[set[str]] = [set() for _ in self.impressions]
        turned_up = (Opened(one.user_id, one.event_id, one.at) for one in self.feedback if one.level > 0)
        for one in (*self.opened, *turned_up):
            pages = shown_at.get((one.user_id, one.event_id), [])
            place = bisect_right(pages, one.at, key=itemgetter(0))
            if place and one.at - pages[place - 1][0] <= within:
                chosen[pages[place - 1][1]].add(one.event_id)
        return [
            tuple(shown.event_id for shown in page.events if shown.event_id in mine)
            for page, mine in zip(self.impressions, chosen, strict=True)
        ]


def _moment(one: Feedback | Opened) -> tuple[datetime, str, str]:
    return one.at, one.user_id, one.event_id
