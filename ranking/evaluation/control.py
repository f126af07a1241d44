"""Control: how far a feed obeys. One press on an event; what becomes of the rest of its story, and of other news?"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import fmean, median

from ranking.corpus import Corpus, build_corpus
from ranking.evaluation.intervals import Estimate, estimate
from ranking.event import Event
from ranking.features import Statistics, fit_statistics, strongest
from ranking.feed import rank
from ranking.ledger import Ledger
from ranking.params import Params
from ranking.profile import fit
from ranking.reader import Reader
from ranking.similarity import similarities
from ranking.text import Terms, terms_of

_NEWEST_HOURS = 1.0  # the age of the newest event


@dataclass(frozen=True, slots=True)
class ControlReport:
    """How far a feed obeys one press.

    `left`: the share of a story's other events that leave the first page after one -2, of those that stood there and
    are below the signal that must be seen; `left_important` of those at or above it, and `left_half` of those below
    after one -1. `rise`: by how many ranks they rise at the median after one +2; `entered` the share that comes onto
    the first page. Events that have nothing to do with the pressed one move by `unrelated_first` ranks at the median
    where they stood on the first page, by `unrelated` anywhere, and by `unrelated_order` among themselves, that is
    without the places that are freed and taken by others. `presses` are the -2 it takes until a category is off the
    first page, None where it stays.
    """

    n_events: int
    n_stories: int
    first_page: int
    left: Estimate
    left_important: Estimate
    left_half: Estimate
    rise: Estimate
    entered: Estimate
    unrelated_first: Estimate
    unrelated: Estimate
    unrelated_order: Estimate
    presses: Mapping[str, int | None]


def control(
    events: Sequence[Event], stories: Iterable[Sequence[str]], params: Params, *, now: datetime, days: float | None
) -> ControlReport:
    """Presses each event of each story once, for a reader who has said nothing before, and looks at the feed.

    With `days` the events are taken as the news of so many days, in the order in which they are; for each story anew,
    so that its last event is the newest of all. Without, the dates are what they are.
    """
    catalogue = _Catalogue(events, params, now, days)
    told = [story for story in (tuple(one) for one in stories) if len(story) > 1]
    views = [_View(catalogue, story) for story in told]
    far_less = [list(view.others(-2)) for view in views]
    less = [list(view.others(-1)) for view in views]
    far_more = [list(view.others(2)) for view in views]
    apart = [list(view.unrelated(-2)) for view in views]
    page = params.first_page
    return ControlReport(
        n_events=len(events),
        n_stories=len(told),
        first_page=page,
        left=_left(far_less, page, important=False),
        left_important=_left(far_less, page, important=True),
        left_half=_left(less, page, important=False),
        rise=estimate([[one.before - one.after for one in group] for group in far_more], _median),
        entered=estimate([[one.after <= page for one in group if one.before > page] for group in far_more], fmean),
        unrelated_first=estimate(
            [[abs(one.after - one.before) for one in group if one.before <= page] for group in apart], _median
        ),
        unrelated=estimate([[abs(one.after - one.before) for one in group] for group in apart], _median),
        unrelated_order=estimate([[one.within for one in group] for group in apart], _median),
        presses=_presses(catalogue),
    )


@dataclass(frozen=True, slots=True)
class _Fate:
    """The rank of an event before and after a press; whether its signal is such that it must be seen; and for an
    unrelated one, how far it moved among those."""

    before: int
    after: int
    important: bool = False
    within: int = 0


class _Catalogue:
    """Events whose dates can be set as a story needs them; their terms and statistics stay the same."""

    def __init__(self, events: Sequence[Event], params: Params, now: datetime, days: float | None) -> None:
        self.params = params
        self.now = now
        self.events = sorted(events, key=lambda event: (event.published_at, event.id))
        self.terms: Mapping[str, Terms] = {event.id: terms_of(event) for event in events}
        self.statistics: Statistics = fit_statistics(list(self.terms.values()), params)
        self._days = days

    def corpus(self, newest: Iterable[str]) -> Corpus:
        """The corpus, in which the last of some events is the newest of all."""
        wanted = set(newest)
        last = max(place for place, event in enumerate(self.events) if event.id in wanted)
        events = [self._dated(event, (last - place) % len(self.events)) for place, event in enumerate(self.events)]
        return build_corpus(events, self.terms, self.statistics, self.params, "evaluation")

    def _dated(self, event: Event, n_newer: int) -> Event:
        if self._days is None:
            return event
        age = timedelta(hours=_NEWEST_HOURS, days=self._days * n_newer / len(self.events))
        return replace(event, published_at=self.now - age)

    def ranks(self, corpus: Corpus, ledger: Ledger) -> dict[str, int]:
        """The rank of every event for a reader with this ledger."""
        profile = fit(Reader(ledger), self.statistics, self.params)
        depth = len(corpus.events)
        feed = rank(corpus, profile, now=self.now, params=self.params, limit=0, depth=depth, explained=False)
        return {event_id: number for number, slot in enumerate(feed.order, start=1) for event_id in slot.event_ids}

    def pressed(self, ledger: Ledger, event_id: str, level: int) -> Ledger:
        """A ledger after one more press."""
        terms = strongest(self.terms[event_id], self.statistics, self.params.terms_per_press)
        return ledger.adjusted(event_id, level, self.now, terms, self.params.ledger_cap)


class _View:
    """One story in the feed of a reader who has said nothing."""

    def __init__(self, catalogue: _Catalogue, story: Sequence[str]) -> None:
        self._catalogue = catalogue
        self._story = story
        self._corpus = catalogue.corpus(story)
        self._before = catalogue.ranks(self._corpus, Ledger())
        self._after: dict[int, dict[str, dict[str, int]]] = {}

    def others(self, level: int) -> Iterator[_Fate]:
        """What becomes of the other events of the story, press by press."""
        for pressed, after in self._pressed(level).items():
            for event_id in self._story:
                if event_id != pressed:
                    important = self._corpus.event(event_id).signal >= self._catalogue.params.must_see_signal
                    yield _Fate(self._before[event_id], after[event_id], important)

    def unrelated(self, level: int) -> Iterator[_Fate]:
        """What becomes of the events that have nothing to do with the pressed one, press by press."""
        for pressed, after in self._pressed(level).items():
            apart = self._apart_from(pressed)
            was = {event_id: place for place, event_id in enumerate(sorted(apart, key=self._before.__getitem__))}
            now = {event_id: place for place, event_id in enumerate(sorted(apart, key=after.__getitem__))}
            for event_id in apart:
                within = abs(was[event_id] - now[event_id])
                yield _Fate(self._before[event_id], after[event_id], within=within)

    def _pressed(self, level: int) -> Mapping[str, dict[str, int]]:
        """The ranks after a press, by the event pressed."""
        if level not in self._after:
            ledgers = {event_id: self._catalogue.pressed(Ledger(), event_id, level) for event_id in self._story}
            self._after[level] = {one: self._catalogue.ranks(self._corpus, ledger) for one, ledger in ledgers.items()}
        return self._after[level]

    def _apart_from(self, pressed: str) -> list[str]:
        """The events of other stories and categories, with other publishers, that hardly share a word with one."""
        one = self._corpus.event(pressed)
        publishers = {source.name for source in one.sources}
        cosine = similarities(self._corpus, self._corpus.row(pressed))
        return [
            event.id
            for event, near in zip(self._corpus.events, cosine, strict=True)
            if near < self._catalogue.params.repeat_from
            and event.id not in self._story
            and event.category != one.category
            and publishers.isdisjoint(source.name for source in event.sources)
        ]


def _median(values: Sequence[int]) -> float:
    return float(median(values))


def _left(groups: Sequence[Sequence[_Fate]], page: int, *, important: bool) -> Estimate:
    shown = [[one for one in group if one.before <= page and one.important is important] for group in groups]
    return estimate([[one.after > page for one in group] for group in shown], fmean)


def _presses(catalogue: _Catalogue) -> dict[str, int | None]:
    """How many -2, each on the best-placed event of a category that has none yet, it takes until none of the category
    is on the first page; None where that cannot be. Categories that are not there to begin with are left out."""
    corpus = catalogue.corpus(event.id for event in catalogue.events)
    needed: dict[str, int | None] = {}
    for category in sorted({event.category for event in corpus.events}):
        ids = [event.id for event in corpus.events if event.category == category]
        ledger = Ledger()
        while True:
            ranks = catalogue.ranks(corpus, ledger)
            shown = [event_id for event_id in ids if ranks[event_id] <= catalogue.params.first_page]
            waiting = [event_id for event_id in shown if ledger.level_of(event_id) is None]
            if not waiting:
                break
            ledger = catalogue.pressed(ledger, min(waiting, key=lambda one: (ranks[one], one)), -2)
        if ledger.adjustments:
            needed[category] = None if shown else len(ledger.adjustments)
    return needed
