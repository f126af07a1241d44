"""Control: how far a feed obeys one press.

The small catalogue has two stories, of a comet and of a strike, and three events that have nothing to do with anything.
Their signals order them; nobody repeats anybody (diversity is 0), and the first page has two places:

    rank      1    2    3    4    5    6    7
    event     c1   c2   g1   g2   g3   s1   s2
    signal    6.0  5.8  5.6  5.4  5.2  4.0  3.8

A press of -2 takes some 2.4 points from the other event of its story (half of that at -1, the opposite at +2) and,
since rows are centred, gives some 1.1 to the three and some 1.7 to the other story. So after -2 of an event of the
comet the order is g1 g2 g3 s1 s2, then the comet; after -2 of one of the strike only the strike changes places.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from ranking.evaluation.control import ControlReport, control
from ranking.evaluation.intervals import Estimate
from ranking.event import Event, Source
from tests.build import NOW, PARAMS, an_event

SMALL = replace(PARAMS, first_page=2, diversity=0.0)
NOTHING = Estimate(None, None, None, 0)
COMET, STRIKE = ("c1", "c2"), ("s1", "s2")
TOLD = {
    "c1": ("Comet nears Jupiter orbit", "Space", 6.0),
    "c2": ("Comet passes Jupiter orbit", "Space", 5.8),
    "g1": ("Roses bloom early", "Gardens", 5.6),
    "g2": ("Museum buys painting", "Art", 5.4),
    "g3": ("Goalkeeper saves penalty", "Sport", 5.2),
    "s1": ("Dockworkers strike begins harbour", "Work", 4.0),
    "s2": ("Dockworkers strike ends harbour", "Work", 3.8),
}


def a_catalogue(**signals: float) -> list[Event]:
    """The seven events, some with other signals; each category has a publisher of its own."""
    return [
        an_event(event_id, title, category=category, signal=signals.get(event_id, signal), sources=(Source(category),))
        for event_id, (title, category, signal) in TOLD.items()
    ]


def with_one(event_id: str, **fields: object) -> list[Event]:
    """The seven events, one with other fields."""
    return [replace(event, **fields) if event.id == event_id else event for event in a_catalogue()]  # type: ignore[arg-type]


def measured(events: Sequence[Event], *stories: Iterable[str], days: float | None = None) -> ControlReport:
    """The report for a first page of two places."""
    return control(events, [tuple(story) for story in stories], SMALL, now=NOW, days=days)


def test_a_small_catalogue_is_measured_as_by_hand() -> None:
    """All figures of a report at once; see the ranks above."""
    assert measured(a_catalogue(), COMET, STRIKE) == ControlReport(
        n_events=7,
        n_stories=2,
        first_page=2,
        # Only the comet stands on the first page: pressed on c1, c2 leaves it, and the other way round.
        left=Estimate(1.0, 1.0, 1.0, 2),
        left_important=NOTHING,
        left_half=Estimate(1.0, 1.0, 1.0, 2),
        # +2 of c1 leaves c2 where it is (0), of c2 sets c1 second (-1); of s1 lifts s2 from 7 to 2 (5), and of s2 it
        # lifts s1 from 6 to 2 (4). The median of -1, 0, 4, 5 is 2; the stories' own are -0.5 and 4.5.
        rise=Estimate(2.0, -0.5, 4.5, 4),
        entered=Estimate(1.0, 1.0, 1.0, 2),
        # Unrelated to the comet are five that take its places (2 each), and to the strike five that stay (0 each).
        unrelated_first=Estimate(0.0, 0.0, 0.0, 4),
        unrelated=Estimate(1.0, 0.0, 2.0, 20),
        unrelated_order=Estimate(0.0, 0.0, 0.0, 20),
        presses={"Space": 1},
    )


def test_half_a_press_may_be_too_little() -> None:
    """From 7.4 the other event of the story comes to 5.0 at -2, below g1 (6.7) and g2 (6.5), but to 6.2 at -1, where
    only g1 could pass it, with 6.1."""
    report = measured(a_catalogue(c1=7.6, c2=7.4), COMET)
    assert (report.left, report.left_half) == (Estimate(1.0, 1.0, 1.0, 2), Estimate(0.0, 0.0, 0.0, 2))


def test_what_its_signal_keeps_on_the_first_page_is_counted_apart() -> None:
    """c2 has 9.5 and stays when c1 is pressed; so of the story only c1 can leave, and does when c2 is pressed."""
    report = measured(a_catalogue(c2=9.5), COMET)
    assert report.left == report.left_half == Estimate(1.0, 1.0, 1.0, 1)
    assert report.left_important == Estimate(0.0, 0.0, 0.0, 1)


def test_high_signal_that_was_never_on_the_first_page_is_not_kept_there() -> None:
    """With the comet at 9.9 and 9.8 the strike of 9.6 and 9.5 stands third and fourth: there is nothing to keep, and
    nothing to leave."""
    report = measured(a_catalogue(c1=9.9, c2=9.8, s1=9.6, s2=9.5), STRIKE)
    assert (report.left_important, report.left) == (NOTHING, NOTHING)


def test_a_story_may_tell_of_unlike_things() -> None:
    """c1 of 9.9 and g1 of 9.7, which c2 of 9.8 keeps off the first page. Pressed on g1, c1 stays: its signal keeps it.
    Pressed on c1, g1 comes onto the page, which is not being kept there.

    Unrelated to c1 are g2, g3, s1 and s2; to g1 these and c2; to neither the other one of the story.
    """
    report = measured(a_catalogue(c1=9.9, c2=9.8, g1=9.7), ["c1", "g1"])
    assert (report.left_important, report.left, report.unrelated.n) == (Estimate(0.0, 0.0, 0.0, 1), NOTHING, 9)


def test_what_unrelated_events_do_among_themselves_is_told_apart() -> None:
    """With the strike at 5.0 and 4.8, close behind, -2 of the comet makes g1 g2 g3 s1 s2 to g1 s1 g2 s2 g3.

    From their ranks they move by 2, 1, 0, 4 and 3, in the median 2; among themselves by 0, 1, 2, 2 and 1: 1.
    """
    report = measured(a_catalogue(s1=5.0, s2=4.8), COMET)
    assert (report.unrelated, report.unrelated_order) == (Estimate(2.0, 2.0, 2.0, 10), Estimate(1.0, 1.0, 1.0, 10))
    assert report.unrelated_first == NOTHING


@pytest.mark.parametrize(
    "fields",
    [{"category": "Space"}, {"sources": (Source("Sport"), Source("Space"))}, {"title": "Comet nears Jupiter, roses"}],
    ids=["category", "publisher", "words"],
)
def test_what_has_anything_in_common_with_the_pressed_event_is_not_unrelated(fields: dict[str, object]) -> None:
    """Of the five unrelated events four are left, for each of two presses."""
    assert measured(a_catalogue(), COMET).unrelated.n == 10
    assert measured(with_one("g1", **fields), COMET).unrelated.n == 8


def test_near_duplicates_stand_at_one_place() -> None:
    """Of two events in the same words one is folded under the other: both are on a first page of a single place, and
    with one pressed the place is lost for both."""
    events = with_one("c2", title=TOLD["c1"][0])
    report = control(events, [COMET], replace(SMALL, first_page=1), now=NOW, days=None)
    assert report.left == Estimate(1.0, 1.0, 1.0, 2)


def test_a_story_needs_two_events() -> None:
    """Of one alone there is no rest that could do anything; and where there is no story nothing is observed."""
    assert measured(a_catalogue(), COMET, ["s1"], []) == measured(a_catalogue(), COMET)
    report = measured(a_catalogue(), ["s1"])
    figures = (report.left, report.left_half, report.rise, report.entered, report.unrelated, report.unrelated_order)
    assert (report.n_stories, set(figures), report.presses) == (0, {NOTHING}, {"Space": 1})


def test_a_category_takes_as_many_presses_as_it_has_stories_on_the_first_page() -> None:
    """Roses, now of category Space and best of all, are pressed first; then the comet has both places, and goes with
    one press. Other categories are not there to begin with."""
    assert measured(with_one("g1", category="Space", signal=6.1)).presses == {"Space": 2}


def test_a_page_larger_than_the_catalogue_cannot_be_left() -> None:
    """Every category stays, whatever is pressed, and so does every story."""
    report = control(a_catalogue(), [COMET, STRIKE], PARAMS, now=NOW, days=None)
    assert report.presses == dict.fromkeys(["Art", "Gardens", "Space", "Sport", "Work"])
    assert (report.first_page, report.left) == (20, Estimate(0.0, 0.0, 0.0, 4))
    assert report.entered == NOTHING


def dated(*, days_apart: float, order: Sequence[str] = tuple(TOLD)) -> list[Event]:
    """The seven events so many days apart, the last of the order at NOW; all of signal 5, but the strike of 5.3."""
    events = a_catalogue(**dict.fromkeys(TOLD, 5.0) | dict.fromkeys(STRIKE, 5.3))
    age = {event_id: timedelta(days=days_apart * n_newer) for n_newer, event_id in enumerate(reversed(order))}
    return [replace(event, published_at=NOW - age[event.id]) for event in events]


def test_without_days_dates_are_what_they_are() -> None:
    """The newest two, the strike, make the first page; the comet is the oldest and not there to leave it."""
    report = measured(dated(days_apart=30), COMET, STRIKE)
    assert (report.left.n, report.presses) == (2, {"Work": 1})
    assert measured(dated(days_apart=30), COMET).left == NOTHING


def test_with_days_each_story_is_the_newest_in_its_turn() -> None:
    """One event a day: c2 is an hour old (4.9 points) and c1 25 hours (5 - log2(1 + 25/24), 4.0); the strike is next,
    s2 of 49 hours with 3.7. In its own turn the strike leads in the same way: all four stand on a first page."""
    assert measured(dated(days_apart=30), COMET, days=7).left == Estimate(1.0, 1.0, 1.0, 2)
    assert measured(dated(days_apart=30), COMET, STRIKE, days=7).left == Estimate(1.0, 1.0, 1.0, 4)


def test_with_days_events_keep_their_order() -> None:
    """With roses between the two of the comet these get the second place, and only c2 is there to leave."""
    events = dated(days_apart=30, order=("c1", "g1", "c2", "g2", "g3", "s1", "s2"))
    assert measured(events, COMET, days=7).left == Estimate(1.0, 1.0, 1.0, 1)


def test_with_days_only_the_order_of_the_dates_counts() -> None:
    """Whether they are hours or months apart."""
    assert measured(dated(days_apart=0.1), COMET, STRIKE, days=7) == measured(
        dated(days_apart=90), COMET, STRIKE, days=7
    )


@pytest.mark.parametrize("days", [None, 3.5])
def test_the_same_question_has_the_same_report(days: float | None) -> None:
    """In whatever order the events come."""
    report = measured(a_catalogue(), COMET, STRIKE, days=days)
    assert report == measured(a_catalogue(), COMET, STRIKE, days=days)
    assert report == measured(a_catalogue()[::-1], COMET, STRIKE, days=days)
