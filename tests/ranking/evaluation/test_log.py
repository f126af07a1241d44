"""Log: what belongs together, in order of time. Moments are minutes after NOW."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranking.evaluation.log import Feedback, Impression, Log, Opened, ShownEvent
from ranking.event import Event
from ranking.text import Terms, terms_of
from tests.build import NOW, an_event

DAY = timedelta(days=1)


def published(event_id: str, minute: float = 0) -> Event:
    """An event of that minute."""
    return an_event(event_id, f"Title of {event_id}", published_at=NOW + timedelta(minutes=minute))


def said(user_id: str, event_id: str, minute: float, level: int = 2) -> Feedback:
    """A press of that minute."""
    return Feedback(user_id, event_id, level, NOW + timedelta(minutes=minute))


def opened(user_id: str, event_id: str, minute: float) -> Opened:
    """An open of that minute."""
    return Opened(user_id, event_id, NOW + timedelta(minutes=minute))


def page(user_id: str, minute: float, event_ids: Sequence[str], request_id: str = "1") -> Impression:
    """A page of that minute that showed these events."""
    shown = tuple(ShownEvent(event_id, rank, 1.0) for rank, event_id in enumerate(event_ids, start=1))
    return Impression(request_id, user_id, NOW + timedelta(minutes=minute), "p", "c", degraded=False, events=shown)


def chosen_of(
    *pages: Impression, opens: Sequence[Opened] = (), presses: Sequence[Feedback] = (), within: timedelta = DAY
) -> list[tuple[str, ...]]:
    """What was chosen of pages in a log of the events a, b and c."""
    return Log.of([published(one) for one in "abc"], presses, pages, opens).chosen(within)


def test_everything_is_put_in_order_of_time() -> None:
    """Of the same moment by reader, then by event or request; events by id."""
    feedback = [said("bob", "a", 1), said("ann", "b", 1), said("ann", "a", 1), said("eve", "a", 0)]
    opens = [opened("bob", "a", 2), opened("bob", "a", 1), opened("ann", "b", 2)]
    pages = [page("bob", 1, "a"), page("ann", 1, "b", "2"), page("ann", 1, "a", "1"), page("eve", 0, "a")]
    log = Log.of([published("b", 1), published("c"), published("a", 1)], feedback, pages, opens)
    assert [event.id for event in log.events] == ["c", "a", "b"]
    assert [(one.user_id, one.event_id) for one in log.feedback] == [
        ("eve", "a"),
        ("ann", "a"),
        ("ann", "b"),
        ("bob", "a"),
    ]
    assert [(one.user_id, one.request_id) for one in log.impressions] == [
        ("eve", "1"),
        ("ann", "1"),
        ("ann", "2"),
        ("bob", "1"),
    ]
    assert list(log.opened) == [opened("bob", "a", 1), opened("ann", "b", 2), opened("bob", "a", 2)]


def test_what_was_done_with_unknown_events_is_left_out() -> None:
    """Pages stay, even if nothing on them is known."""
    log = Log.of([published("a")], [said("ann", "x", 1), said("ann", "a", 1)], [page("ann", 1, "x")], [])
    assert log.feedback == (said("ann", "a", 1),)
    assert log.impressions == (page("ann", 1, "x"),)
    assert Log.of([published("a")], opened=[opened("ann", "x", 1)]).opened == ()


def test_terms_are_those_of_the_events_unless_they_are_known() -> None:
    """Where they are given, of all events that are there and of no other."""
    given_terms = {"a": Terms.of({"word:other": 1}, {"word:other": "other"}), "z": terms_of(published("z"))}
    assert Log.of([published("a")]).terms == {"a": terms_of(published("a"))}
    assert Log.of([published("a")], terms=given_terms).terms == {"a": given_terms["a"]}


def test_each_reader_has_what_they_said_oldest_first() -> None:
    """Also what they said twice of an event; who said nothing is not there."""
    log = Log.of(
        [published("a")], [said("bob", "a", 2), said("ann", "a", 3, -1), said("ann", "a", 1)], [page("eve", 1, "a")]
    )
    assert log.by_reader == {"ann": (said("ann", "a", 1), said("ann", "a", 3, -1)), "bob": (said("bob", "a", 2),)}


@pytest.mark.parametrize(
    ("feedback", "pages", "opens", "minute"),
    [
        ([], [], [], 5),
        ([said("ann", "a", 6)], [], [], 6),
        ([said("ann", "a", 6)], [page("ann", 8, "a")], [opened("ann", "a", 7)], 8),
        ([said("ann", "a", 6)], [page("ann", 7, "a")], [opened("ann", "a", 9)], 9),
        ([said("ann", "a", 1)], [], [], 5),
    ],
    ids=["events alone", "feedback", "impressions", "opened", "an event"],
)
def test_a_log_ends_with_the_last_that_it_tells(
    feedback: list[Feedback], pages: list[Impression], opens: list[Opened], minute: float
) -> None:
    """Of whatever kind that is."""
    log = Log.of([published("a"), published("b", 5)], feedback, pages, opens)
    assert log.end == NOW + timedelta(minutes=minute)


@pytest.mark.parametrize(("minute", "n_said"), [(0, 0), (1, 0), (1.5, 1), (2, 1), (2.5, 3), (9, 3)], ids=str)
def test_only_what_was_said_strictly_before_a_moment_counts(minute: float, n_said: int) -> None:
    """Ann presses in the first minute, and twice in the second; what is said at the very moment is not before it."""
    log = Log.of(
        [published("a"), published("b")],
        [said("ann", "a", 1), said("ann", "a", 2), said("ann", "b", 2), said("bob", "a", 0.5)],
    )
    assert log.n_said_before("ann", NOW + timedelta(minutes=minute)) == n_said
    assert log.n_said_before("nobody", NOW + timedelta(minutes=minute)) == 0


def a_log() -> Log:
    """Two readers and two events, one of each minute 0 and 10, with something of each kind from minutes 1 to 12."""
    return Log.of(
        [published("a"), published("b", 10)],
        [said("ann", "a", 1), said("bob", "b", 11), said("ann", "b", 12)],
        [page("ann", 1, "a"), page("bob", 11, "ab")],
        [opened("ann", "a", 2), opened("bob", "a", 11)],
    )


def test_until_a_moment_nothing_is_later() -> None:
    """What was at that moment is there, and the terms are those that were known."""
    log, cut = a_log(), a_log().until(NOW + timedelta(minutes=11))
    assert (cut.events, cut.feedback) == (log.events, log.feedback[:2])
    assert (cut.impressions, cut.opened, cut.terms) == (log.impressions, log.opened, log.terms)
    early = log.until(NOW + timedelta(minutes=1))
    assert (early.events, early.feedback, early.impressions) == (log.events[:1], log.feedback[:1], log.impressions[:1])
    assert (early.opened, list(early.terms)) == ((), ["a"])


@settings(max_examples=30)
@given(st.integers(-1, 13), st.integers(-1, 13))
def test_to_cut_twice_is_to_cut_at_the_earlier_moment(first: int, second: int) -> None:
    """In whatever order."""
    moments = [NOW + timedelta(minutes=minute) for minute in (first, second)]
    twice, once = a_log().until(moments[0]).until(moments[1]), a_log().until(min(moments))
    assert (twice.events, twice.feedback, twice.impressions, twice.opened, twice.terms) == (
        once.events,
        once.feedback,
        once.impressions,
        once.opened,
        once.terms,
    )


def test_the_log_of_some_readers_has_all_events() -> None:
    """And only what these said, were shown and opened."""
    log = a_log()
    ann = log.of_readers(["ann", "nobody"])
    assert (ann.events, ann.terms) == (log.events, log.terms)
    assert [*ann.feedback, *ann.impressions, *ann.opened] == [
        said("ann", "a", 1),
        said("ann", "b", 12),
        page("ann", 1, "a"),
        opened("ann", "a", 2),
    ]
    assert not log.of_readers([]).by_reader


def test_what_is_opened_or_turned_up_was_chosen() -> None:
    """In the order of the page, each once; what is turned down, or left as it is, was not."""
    presses = [said("ann", "c", 2), said("ann", "b", 3, -2), said("ann", "a", 3, 0)]
    assert chosen_of(page("ann", 1, "bca"), presses=presses) == [("c",)]
    both = [opened("ann", "a", 2), opened("ann", "c", 3), opened("ann", "c", 4)]
    assert chosen_of(page("ann", 1, "bca"), opens=both, presses=presses[:1]) == [("c", "a")]


@pytest.mark.parametrize(
    ("minute", "chosen"),
    [(0.9, [(), ()]), (1, [("a",), ()]), (4.9, [("a",), ()]), (5, [(), ("a",)]), (65, [(), ("a",)]), (66, [(), ()])],
    ids=["before both", "at the first", "before the second", "at the second", "in time", "too late"],
)
def test_a_choice_is_of_the_last_page_before_it_that_had_the_event(
    minute: float, chosen: list[tuple[str, ...]]
) -> None:
    """Pages of minutes 1 and 5; a choice belongs to a page for an hour."""
    pages = page("ann", 1, "ab"), page("ann", 5, "ca")
    opens = [opened("ann", "a", minute)]
    assert chosen_of(*pages, opens=opens, within=timedelta(hours=1)) == chosen


def test_a_page_without_the_event_between_changes_nothing() -> None:
    """Nor does that of another reader."""
    pages = page("ann", 1, "ab"), page("ann", 2, "c"), page("bob", 3, "ab")
    assert chosen_of(*pages, opens=[opened("ann", "a", 4)]) == [("a",), (), ()]


def test_what_was_never_shown_was_not_chosen() -> None:
    """A reader who came by another way."""
    assert chosen_of(page("ann", 1, "b"), opens=[opened("ann", "a", 2), opened("bob", "b", 2)]) == [()]
    assert chosen_of(opens=[opened("ann", "a", 2)]) == []


@settings(max_examples=40)
@given(
    pages=st.lists(st.tuples(st.sampled_from("xy"), st.integers(0, 9), st.sets(st.sampled_from("abc"))), max_size=5),
    opens=st.dictionaries(st.tuples(st.sampled_from("xy"), st.sampled_from("abc")), st.integers(0, 9), max_size=5),
)
def test_an_open_chooses_at_most_once(
    pages: list[tuple[str, int, set[str]]], opens: Mapping[tuple[str, str], int]
) -> None:
    """Once where the reader was shown the event by then, and never else."""
    shown = [page(user, at, sorted(ids), str(n)) for n, (user, at, ids) in enumerate(pages)]
    found = chosen_of(*shown, opens=[opened(user, event_id, at) for (user, event_id), at in opens.items()])
    n_shown_before = sum(
        any(user == one and event_id in ids and at <= minute for one, at, ids in pages)
        for (user, event_id), minute in opens.items()
    )
    assert sum(map(len, found)) == n_shown_before
