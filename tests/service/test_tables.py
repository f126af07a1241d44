"""Tables: what a person at a terminal sees of an answer."""

from collections.abc import Mapping

import pytest
from rich.console import Console
from rich.table import Table

from ranking.evaluation.control import ControlReport
from ranking.evaluation.intervals import Estimate
from ranking.explanation import Reason, ReasonKind
from ranking.feed import RankedEvent
from ranking.similarity import SimilarEvent
from service.answers import FeedMovement, FeedPage, Receipt, SimilarEvents, WeightMove
from service.tables import control_table, feed_table, receipt_table, similar_table, standing
from tests.build import an_event


def shown(table: Table) -> str:
    """The table as text, on a wide screen."""
    console = Console(width=200, record=True, file=None, force_terminal=False, quiet=True)
    console.quiet = False
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def a_page(*reasons: Reason, personal_signal: float = 7.25) -> FeedPage:
    """A page of one event of signal 5."""
    event = an_event("c1", "Comet [b]nears[/b] Jupiter")
    ranked = RankedEvent(1, event, 4.0, personal_signal, 2, reasons, (), 1.0)
    return FeedPage((ranked,), None, None, "r", "p", "c", degraded=False)


def a_receipt(level: int | None, *changed: WeightMove) -> Receipt:
    """A receipt about c1, of a feed that did not move."""
    return Receipt("c1", level, "p", 1, changed, FeedMovement(100, 0, 0, 0, 0, ()))


def a_report(*, presses: Mapping[str, int | None] | None = None, **figures: Estimate) -> ControlReport:
    """A report on 9 events and 2 stories; figures that are not given had nothing to be observed from."""
    nothing = dict.fromkeys(
        ("left", "left_important", "left_half", "rise", "entered", "unrelated_first", "unrelated", "unrelated_order"),
        Estimate(None, None, None, 0),
    )
    return ControlReport(n_events=9, n_stories=2, first_page=20, presses=presses or {}, **nothing | figures)


def rows_of(table: Table) -> list[list[str]]:
    """The rows of a table, as plain text."""
    return [[str(cell) for cell in row] for row in zip(*(column.cells for column in table.columns), strict=True)]


def test_a_feed_shows_both_signals_where_they_differ() -> None:
    """Alike they are shown once."""
    assert "(5.0)" in shown(feed_table("ann", a_page()))
    assert "(5.0)" not in shown(feed_table("ann", a_page(personal_signal=5.04)))


def test_words_from_outside_are_no_markup() -> None:
    """Brackets in a title are brackets."""
    assert "Comet [b]nears[/b] Jupiter" in shown(feed_table("ann", a_page()))


def test_the_three_strongest_learned_reasons_are_told() -> None:
    """Not what everybody's score has, not diversity, and nothing that reads as 0.0."""
    values = (0.1, -2.0, 0.04, 0.5, 3.0)
    learned = [Reason(ReasonKind.WORD, f"word {i}", value, ("e",)) for i, value in enumerate(values)]
    others = [Reason(ReasonKind.SIGNAL, "signal", 5.0), Reason(ReasonKind.DIVERSITY, "similar", -4.0, ("e",))]
    text = shown(feed_table("ann", a_page(*others, *learned)))
    told = ["+3.0 word 4", "-2.0 word 1", "+0.5 word 3"]
    assert [reason for reason in told if reason in text] == told
    assert not any(name in text for name in ("word 0", "word 2", "similar"))


def test_similar_events_show_the_words_they_share() -> None:
    """With the similarity to two digits."""
    near = SimilarEvent(an_event("c1"), 0.456, ("comet", "Jupiter"), ())
    text = shown(similar_table(SimilarEvents("c2", (), (near,))))
    assert "0.46" in text
    assert "comet, Jupiter" in text


def test_a_receipt_shows_each_weight_before_and_after() -> None:
    """With its sign; what two digits do not show is left out."""
    moves = {"comet": -1.234, "moon": -0.001}
    changed = (WeightMove({"term": "t", "label": name, "from": 0.0, "to": to}) for name, to in moves.items())
    text = shown(receipt_table(a_receipt(-2, *changed)))
    assert "moon" not in text
    assert "+0.00" in text
    assert "-1.23" in text


@pytest.mark.parametrize(
    ("level", "told"),
    [(-2, "c1 is now at -2."), (0, "c1 is now at +0."), (None, "c1 is as if it had never been adjusted.")],
)
def test_a_receipt_says_where_the_event_stands(level: int | None, told: str) -> None:
    """Also after an undo."""
    assert standing(a_receipt(level)) == told


def test_a_control_report_shows_each_figure_with_its_interval() -> None:
    """Shares as percentages, ranks with a digit, a rise with its sign; and of how many observations each is."""
    report = a_report(
        left=Estimate(0.896, 0.8, 1.0, 48),
        left_important=Estimate(0.0, 0.0, 0.0, 34),
        left_half=Estimate(0.5, 0.25, 0.75, 40),
        entered=Estimate(0.3, 0.2, 0.4, 30),
        rise=Estimate(-1.5, -2.0, 12.25, 20),
        unrelated_first=Estimate(1.0, 0.0, 2.0, 11),
        unrelated=Estimate(2.0, 1.0, 3.0, 12),
        unrelated_order=Estimate(0.5, 0.0, 1.0, 13),
    )
    assert rows_of(control_table(report, None))[:8] == [
        ["-2: share of its story that leaves the first page", "90%", "80% to 100%", "48"],
        ["-2: the same of events that must be seen, by their signal", "0%", "0% to 0%", "34"],
        ["-1: share of its story that leaves the first page", "50%", "25% to 75%", "40"],
        ["+2: share of its story that comes onto the first page", "30%", "20% to 40%", "30"],
        ["+2: ranks that its story rises, median", "-1.5", "-2.0 to +12.2", "20"],
        ["-2: ranks that unrelated events move, median, on the first page", "1.0", "0.0 to 2.0", "11"],
        ["-2: the same anywhere", "2.0", "1.0 to 3.0", "12"],
        ["-2: the same among themselves", "0.5", "0.0 to 1.0", "13"],
    ]


def test_a_control_report_of_nothing_shows_dashes() -> None:
    """No figure is made up where nothing was observed."""
    rows = rows_of(control_table(a_report(), None))
    assert [row[1:] for row in rows[:8]] == [["–", "", "0"]] * 8


def test_a_control_report_shows_the_presses_that_each_category_takes() -> None:
    """Or that it stays; a category's name is no markup. Below stands what readers of a large site get."""
    table = control_table(a_report(presses={"Space [b]now[/b]": 3, "Work": None}), None)
    assert [row[:2] for row in rows_of(table)[8:]] == [
        ["Space [b]now[/b]: presses of -2 until none is on the first page", "3"],
        ["Work: presses of -2 until none is on the first page", "stays"],
        ["YouTube (Mozilla, 2022): “not interested”", "11%"],
        ["YouTube (Mozilla, 2022): “dislike”", "12%"],
        ["YouTube (Mozilla, 2022): “remove from history”", "29%"],
        ["YouTube (Mozilla, 2022): “don't recommend channel”", "43%"],
    ]
    assert "Space [b]now[/b]: presses" in shown(table)


@pytest.mark.parametrize(("days", "dated"), [(None, "as dated"), (7.0, "as the news of 7 days"), (0.5, "of 0.5 days")])
def test_a_control_report_says_what_it_is_about(days: float | None, dated: str) -> None:
    """In its title; and below it that the two measures are not the same."""
    text = shown(control_table(a_report(), days))
    assert "Control: 9 events" in text
    assert f"{dated}, 2 stories, first page of 20" in text
    assert "The two are not the same measure" in text
