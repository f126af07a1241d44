"""Trials: the questions of each protocol, by hand. Moments are hours after NOW."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranking.evaluation.log import Feedback, Impression, Log, Opened, ShownEvent
from ranking.evaluation.trials import (
    Protocol,
    Slice,
    Trial,
    full_catalogue,
    in_time,
    per_impression,
    replay,
    sampled_negatives,
)
from ranking.event import Event
from ranking.params import Params
from ranking.text import terms_of
from tests.build import NOW, PARAMS, an_event

ALWAYS = replace(PARAMS, statistics_refresh_share=0.0)
NEVER = replace(PARAMS, statistics_refresh_share=1.0)


def hour(number: float) -> timedelta:
    """So many hours."""
    return timedelta(hours=number)


def published(event_id: str, at: float = 0) -> Event:
    """An event of that hour."""
    return an_event(event_id, published_at=NOW + hour(at))


def said(user_id: str, event_id: str, at: float, level: int = 2) -> Feedback:
    """A press of that hour."""
    return Feedback(user_id, event_id, level, NOW + hour(at))


def opened(event_id: str, at: float) -> Opened:
    """An open of Ann's of that hour."""
    return Opened("ann", event_id, NOW + hour(at))


def page(event_ids: Iterable[str], at: float = 1) -> Impression:
    """A page of that hour that showed these events to Ann."""
    shown = tuple(ShownEvent(event_id, rank, 1.0) for rank, event_id in enumerate(event_ids, start=1))
    return Impression("1", "ann", NOW + hour(at), "p", "c", degraded=False, events=shown)


def a_log(feedback: Sequence[Feedback], event_ids: str = "abcd") -> Log:
    """A log with events of hour 0."""
    return Log.of(map(published, event_ids), feedback)


def trials_of(protocol: Protocol) -> list[Trial]:
    """All trials of a protocol, in its order."""
    return [trial for one in protocol.slices for trial in one.trials]


def cuts(protocol: Protocol) -> list[tuple[float, float, int]]:
    """Of each slice the hours it is from and until, and the number of its trials."""
    return [
        ((one.known_at - NOW) / hour(1), (one.live_until - NOW) / hour(1), len(one.trials)) for one in protocol.slices
    ]


def test_replay_asks_about_each_adjustment_before_it_is_learned() -> None:
    """In order of time, with the number of what the reader had said strictly before; up or down, and also again."""
    log = a_log([said("ann", "a", 1), said("ann", "b", 3, -1), said("bob", "a", 2, 0), said("ann", "a", 4, -2)])
    protocol = replay(log, PARAMS)
    assert (protocol.name, protocol.n_trials) == ("replay", 4)
    assert trials_of(protocol) == [
        Trial("ann", NOW + hour(1), 0, ("a",), 2),
        Trial("bob", NOW + hour(2), 0, ("a",), 0),
        Trial("ann", NOW + hour(3), 1, ("b",), -1),
        Trial("ann", NOW + hour(4), 2, ("a",), -2),
    ]


def test_what_is_said_at_the_same_moment_is_not_known() -> None:
    """Neither of two presses of one moment is asked about with the other in the ledger."""
    trials = trials_of(replay(a_log([said("ann", "a", 1), said("ann", "b", 2), said("ann", "c", 2)]), PARAMS))
    assert [(one.wanted, one.n_said) for one in trials] == [(("a",), 0), (("b",), 1), (("c",), 1)]


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("abcd"), st.integers(0, 6)), max_size=20))
def test_n_said_counts_only_strictly_earlier_feedback(presses: list[tuple[str, str, int]]) -> None:
    """Of that reader, as counted one by one; each press is asked about once."""
    log = a_log([said(*press) for press in presses])
    trials = trials_of(replay(log, PARAMS))
    assert len(trials) == len(presses)
    for trial in trials:
        earlier = [one for one in log.feedback if one.user_id == trial.user_id and one.at < trial.at]
        assert trial.n_said == len(earlier)


def test_where_there_is_one_event_there_is_nothing_to_ask() -> None:
    """The second comes at hour 2: from then on there is."""
    log = Log.of([published("a"), published("b", 2)], [said("ann", "a", at) for at in (1, 2, 3)])
    assert [one.at - NOW for one in trials_of(replay(log, PARAMS))] == [hour(2), hour(3)]
    assert replay(Log.of([]), PARAMS).slices == ()


def test_statistics_are_as_old_as_the_service_lets_them_be() -> None:
    """Ten events, and one more each hour from the second; at a share of 0.2 they are fitted with the first press, and
    again in hour 4, when three are new, more than a fifth of ten; the two after that are less than a fifth of 13."""
    events = [*(published(f"a{number}") for number in range(10)), *(published(f"b{at}", at) for at in (2, 3, 4, 5, 6))]
    before = [said(f"reader-{number}", "a0", -1) for number in range(100)]
    asked = [Trial("ann", NOW + hour(at), 0, ("a0",), 2) for at in (1, 2, 3, 4, 5, 6)]
    slices = in_time(Log.of(events, before), asked, replace(PARAMS, statistics_refresh_share=0.2))
    assert cuts(Protocol("it", Log.of(events), slices)) == [(1, 3, 3), (4, 6, 3)]


def test_statistics_are_renewed_when_enough_has_been_said() -> None:
    """With no share at all by every press, of one that doubles what was said only by the second: 1, then more than
    twice that, 3, then 7."""
    log = a_log([said(f"reader-{at}", "a", at) for at in range(1, 10)])
    assert [one[0] for one in cuts(replay(log, ALWAYS))] == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert cuts(replay(log, NEVER)) == [(1, 1, 1), (2, 3, 2), (4, 7, 4), (8, 9, 2)]


def test_slices_of_the_same_knowledge_have_at_most_500_trials() -> None:
    """Each is live until the last of its own."""
    asked = [Trial(f"reader-{number:04}", NOW + hour(number / 100), 0, ("a",), 2) for number in range(1001)]
    slices = in_time(a_log([]), asked, PARAMS)
    assert cuts(Protocol("it", a_log([]), slices)) == [(0, 4.99, 500), (0, 9.99, 500), (0, 10, 1)]
    assert [trial for one in slices for trial in one.trials] == asked


@settings(max_examples=30)
@given(
    moments=st.lists(st.integers(0, 20), max_size=15),
    published_at=st.lists(st.integers(0, 20), min_size=2, max_size=8),
    share=st.sampled_from([0.0, 0.1, 0.5, 1.0]),
)
def test_slices_go_through_time(moments: list[int], published_at: list[int], share: float) -> None:
    """No trial is before what its slice knows of, or after its end; slices are in order, and none is empty."""
    events = [published(f"e{number}", at) for number, at in enumerate(published_at)]
    log = Log.of(events, [said("ann", "e0", at) for at in moments])
    slices = replay(log, replace(PARAMS, statistics_refresh_share=share)).slices
    for one in slices:
        assert one.known_at == one.trials[0].at
        assert one.live_until == one.trials[-1].at
    known_at = [one.known_at for one in slices]
    assert known_at == sorted(known_at)


def test_a_page_is_asked_about_with_what_was_chosen_of_it() -> None:
    """Ann presses on d, is shown a, b and c (a twice, and an event nobody knows), and then opens c and turns up a."""
    feedback = [said("ann", "d", 0.5), said("ann", "a", 2)]
    shown, opens = page(["a", "b", "unheard", "a", "c"]), [opened("c", 3)]
    log = Log.of(map(published, "abcd"), feedback, [shown], opens)
    protocol = per_impression(log, PARAMS)
    assert (protocol.name, protocol.n_trials) == ("impressions", 1)
    assert trials_of(protocol) == [Trial("ann", NOW + hour(1), 1, ("a", "c"), None, ("a", "b", "c"))]
    assert (protocol.log.events, protocol.log.feedback) == (log.events, log.feedback)


@pytest.mark.parametrize("protocol", [replay, per_impression])
def test_what_may_be_learned_from_is_all_but_the_pages(protocol: Callable[[Log, Params], Protocol]) -> None:
    """Events, with their terms as they were given, what was said and what was opened."""
    terms = {event_id: terms_of(an_event(event_id, f"Comet {event_id}")) for event_id in "abcd"}
    log = Log.of(map(published, "abcd"), [said("ann", "d", 0.5)], [page("ab")], [opened("a", 2)], terms)
    learned_from = protocol(log, PARAMS).log
    assert learned_from.impressions == ()
    assert (learned_from.events, learned_from.feedback) == (log.events, log.feedback)
    assert (learned_from.opened, learned_from.terms) == (log.opened, terms)


@pytest.mark.parametrize(
    ("event_ids", "opens"),
    [("ab", []), ("ab", ["a", "b"]), ("a", ["a"]), ("", []), ("ax", ["a"]), ("ab", ["c"])],
    ids=["nothing", "everything", "one event", "empty", "alone known", "of another page"],
)
def test_pages_that_tell_nothing_of_an_order_are_not_asked_about(event_ids: str, opens: list[str]) -> None:
    """Of the events a to d."""
    log = Log.of(map(published, "abcd"), [], [page(event_ids)], [opened(one, 2) for one in opens])
    assert per_impression(log, PARAMS).slices == ()


@pytest.mark.parametrize(("at", "n_trials"), [(25, 1), (25.01, 0)])
def test_what_is_chosen_after_a_day_is_not_of_the_page(at: float, n_trials: int) -> None:
    """Which was shown in hour 1."""
    log = Log.of(map(published, "abcd"), [], [page("ab")], [opened("a", at)])
    assert per_impression(log, PARAMS).n_trials == n_trials


TEN = "abcdefghij"


def a_taste() -> list[Feedback]:
    """Ann turns up five events from a to e, hour by hour, and turns f down; Bob turns up a, and a alone."""
    mine = [said("ann", event_id, at) for at, event_id in enumerate("abcde", start=1)]
    return [*mine, said("ann", "f", 6, -2), said("bob", "a", 1)]


@pytest.mark.parametrize(("share", "held_out"), [(0.2, "e"), (0.4, "de"), (0.5, "de"), (0.01, "e"), (1.0, "abcde")])
def test_the_last_share_of_what_a_reader_turned_up_is_held_out(share: float, held_out: str) -> None:
    """Rounded (half to even), at least one, and all wanted at once; what was turned down stays, and so does Bob's only
    event."""
    log = a_log(a_taste(), TEN)
    protocol = full_catalogue(log, share)
    n_said = 6 - len(held_out)
    assert trials_of(protocol) == [Trial("ann", NOW + hour(7), n_said, tuple(held_out))]
    assert protocol.name == "full"
    kept = [one for one in log.feedback if one.user_id == "bob" or one.event_id not in held_out]
    assert list(protocol.log.feedback) == kept


def test_what_is_held_out_is_gone_altogether() -> None:
    """Of an event that was turned up at last, earlier words are not known either."""
    log = a_log([said("ann", "b", 1, -1), said("ann", "a", 2), said("ann", "b", 3)])
    protocol = full_catalogue(log)
    assert trials_of(protocol) == [Trial("ann", NOW + hour(4), 1, ("b",))]
    assert list(protocol.log.feedback) == [said("ann", "a", 2)]


def test_a_reader_of_whom_nothing_is_left_is_asked_about_all_the_same() -> None:
    """By either protocol."""
    log = a_log([said("ann", "a", 1), said("ann", "b", 2)], TEN)
    assert [one.n_said for one in trials_of(full_catalogue(log, 1.0))] == [0]
    assert [one.n_said for one in trials_of(sampled_negatives(log, 2, 0, 1.0))] == [0, 0]


def test_held_out_events_are_asked_for_at_the_end() -> None:
    """An hour later, when all that was said is known to the crowd, too; readers in the order of their ids, five hundred
    at a time."""
    feedback = [said(f"reader-{number:03}", event_id, at) for number in range(501) for at, event_id in enumerate("ab")]
    protocol = full_catalogue(Log.of(map(published, "abc"), feedback))
    after = NOW + hour(2)
    assert [(one.known_at, one.live_until, len(one.trials)) for one in protocol.slices] == [
        (after, after, 500),
        (after, after, 1),
    ]
    asked = [one.user_id for one in trials_of(protocol)]
    assert asked == sorted(asked)


def test_a_held_out_event_stands_among_some_that_were_never_adjusted() -> None:
    """One trial for each; negatives are none of a to f, which Ann has adjusted, and are drawn for each trial."""
    protocol = sampled_negatives(a_log(a_taste(), TEN), n_negatives=2, seed=1, share=0.4)
    assert (protocol.name, protocol.n_trials) == ("sampled", 2)
    for trial, event_id in zip(trials_of(protocol), "de", strict=True):
        assert (trial.user_id, trial.at, trial.n_said, trial.level) == ("ann", NOW + hour(7), 4, 2)
        assert trial.wanted == (event_id,)
        assert trial.among is not None
        assert trial.among[0] == event_id
        assert len(set(trial.among[1:])) == 2
        assert set(trial.among[1:]) <= set("ghij")


def test_there_may_be_fewer_negatives_than_asked_for() -> None:
    """Then all of them stand there, or none where the reader has adjusted everything."""
    assert trials_of(sampled_negatives(a_log(a_taste(), TEN), 99, 1))[0].among == tuple("eghij")
    assert trials_of(sampled_negatives(a_log(a_taste(), "abcdef"), 99, 1))[0].among == ("e",)


def test_negatives_follow_from_the_seed() -> None:
    """The same for the same."""
    log = a_log(a_taste(), TEN)
    drawn = [trials_of(sampled_negatives(log, 2, seed, 1.0)) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_protocol_counts_its_trials() -> None:
    """Over all slices."""
    one = Trial("ann", NOW, 0, ("a",))
    assert Protocol("it", a_log([]), (Slice(NOW, NOW, (one, one)), Slice(NOW, NOW, (one,)))).n_trials == 3
    assert Protocol("it", a_log([]), ()).n_trials == 0
