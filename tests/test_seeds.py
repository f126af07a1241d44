"""The seeds: enough and varied events, stories that Similar Events and the learner get right, readers who differ."""

import json
from collections import Counter
from itertools import combinations

import pytest

from ranking.corpus import Corpus
from ranking.evaluation.log import Feedback
from ranking.event import DetailKind, Event
from ranking.feed import rank
from ranking.interactions import History
from ranking.profile import fit
from ranking.scoring import score
from ranking.similarity import similar_events
from service.documents import read_rows
from service.seeding import seed_events, seed_feedback, seeds_dir
from tests.build import NOW, PARAMS, a_corpus, a_reader

ROWS = list(read_rows(seed_events()))
EVENTS = {row.event.id: row.event for row in ROWS if row.event is not None}
STORIES: dict[str, list[str]] = json.loads((seeds_dir() / "stories.json").read_bytes())
FEEDBACK = list(seed_feedback())
OWNERS_EVENT = "2026-04-alignment-researchers-automate-safety-research"


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """The corpus of all seed events."""
    return a_corpus(*EVENTS.values())


def adjustments_of(user_id: str) -> list[Feedback]:
    """What a demonstration reader said, in order."""
    return [said for said in FEEDBACK if said.user_id == user_id]


def test_every_row_is_a_different_event() -> None:
    """Each can be read, and none is there twice."""
    assert [row.errors for row in ROWS if row.errors] == []
    assert len(EVENTS) == len(ROWS) >= 120


def test_there_are_many_categories() -> None:
    """At least ten, so that a reader has something to choose from."""
    assert len({event.category for event in EVENTS.values()}) >= 10


def test_an_event_is_told_in_full_and_in_short() -> None:
    """Each has 2–4 points of summary, 2–6 details, 1–5 sources and a meaning, and is from the years 2012 to 2026."""

    def is_told(event: Event) -> bool:
        sizes = (
            len(event.summary) in range(2, 5),
            len(event.details) in range(2, 7),
            len(event.sources) in range(1, 6),
        )
        return all(sizes) and event.meaning != "" and 2012 <= event.published_at.year <= 2026

    assert [event.id for event in EVENTS.values() if not is_told(event)] == []


def test_links_are_safe() -> None:
    """Where there is one it is https."""
    links = [source.url for event in EVENTS.values() for source in event.sources if source.url is not None]

    assert links
    assert [link for link in links if not link.startswith("https://")] == []


@pytest.mark.parametrize("kind", DetailKind)
def test_every_kind_of_detail_is_common(kind: DetailKind) -> None:
    """Each of the four makes up at least a tenth."""
    kinds = Counter(detail.kind for event in EVENTS.values() for detail in event.details)

    assert kinds[kind] >= 0.1 * kinds.total()


def test_the_owners_event_is_there() -> None:
    """As the page that the project was made for shows it."""
    event = EVENTS[OWNERS_EVENT]

    assert (event.signal, event.category, str(event.published_at.date())) == (7, "Safety", "2026-04-03")


def test_stories_have_two_to_six_events_and_share_none() -> None:
    """There are at least fifteen, of events that exist."""
    told = [event_id for story in STORIES.values() for event_id in story]

    assert len(STORIES) >= 15
    assert {len(story) for story in STORIES.values()} <= {2, 3, 4, 5, 6}
    assert len(told) == len(set(told))
    assert set(told) <= set(EVENTS)


def test_nearest_events_belong_to_the_same_story(corpus: Corpus) -> None:
    """Of as many nearest events as the story has others, at least 90 % belong to it."""
    right, strays = 0, []
    for story in STORIES.values():
        for event_id in story:
            n_others = len(story) - 1
            found = similar_events(corpus, event_id, n_others, PARAMS)
            near = [*found.folded, *(each for one in found.similar for each in (one.event.id, *one.folded))][:n_others]
            right += len(set(near) & set(story))
            strays += [f"{event_id} -> {other}" for other in near if other not in story]

    wanted = sum(len(story) * (len(story) - 1) for story in STORIES.values())
    assert right / wanted >= 0.9, f"{right} of {wanted}; astray: " + ", ".join(strays)


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_a_press_moves_the_whole_story(corpus: Corpus, story: list[str]) -> None:
    """+2 on any of its events lifts all others of the story, and -2 lowers them."""
    # Before it is clipped to 0–10 for showing: an event at 10 can be lifted too.
    rows = {event_id: corpus.row(event_id) for event_id in story}
    for pressed in story:
        for level in (2, -2):
            profile = fit(a_reader(corpus, (pressed, level)), corpus.statistics, PARAMS)
            moved = score(corpus, profile, History(), NOW, PARAMS).personal_signal - corpus.signal
            astray = [one for one, row in rows.items() if moved[row] * level <= 0]
            assert not astray, f"{level:+d} on {pressed} moves {astray} the wrong way"


def test_three_readers_said_much() -> None:
    """Ten adjustments or more each, both up and down, of events that exist."""
    readers = {said.user_id for said in FEEDBACK}

    assert len(readers) == 3
    for user_id in readers:
        said = adjustments_of(user_id)
        assert len({one.event_id for one in said}) >= 10
        assert {one.event_id for one in said} <= set(EVENTS)
        assert any(one.level > 0 for one in said)
        assert any(one.level < 0 for one in said)


def test_the_readers_feeds_differ(corpus: Corpus) -> None:
    """From each other and from the global order, on the first page."""
    first_pages = []
    for user_id in {said.user_id for said in FEEDBACK} | {"nobody"}:
        reader = a_reader(corpus, *((one.event_id, one.level) for one in adjustments_of(user_id)))
        profile = fit(reader, corpus.statistics, PARAMS)
        feed = rank(corpus, profile, now=NOW, params=PARAMS, limit=20)
        first_pages.append({one.event.id for one in feed.ranked})

    assert len(first_pages) == 4
    for one, other in combinations(first_pages, 2):
        assert len(one & other) < 15
