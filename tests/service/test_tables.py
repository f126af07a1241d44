"""Tables: what a person at a terminal sees of an answer."""

import pytest
from rich.console import Console
from rich.table import Table

from ranking.explanation import Reason, ReasonKind
from ranking.feed import RankedEvent
from ranking.similarity import SimilarEvent
from service.answers import FeedPage, Receipt, SimilarEvents, WeightMove
from service.tables import feed_table, receipt_table, similar_table, standing
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
    ranked = RankedEvent(1, event, 4.0, personal_signal, 2, reasons, ())
    return FeedPage((ranked,), None, "r", "p", "c", degraded=False)


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
    text = shown(similar_table(SimilarEvents("c2", (SimilarEvent(an_event("c1"), 0.456, ("comet", "Jupiter")),))))
    assert "0.46" in text
    assert "comet, Jupiter" in text


def test_a_receipt_shows_each_weight_before_and_after() -> None:
    """With its sign; what two digits do not show is left out."""
    moves = {"comet": -1.234, "moon": -0.001}
    changed = tuple(WeightMove({"term": "t", "label": name, "from": 0.0, "to": to}) for name, to in moves.items())
    text = shown(receipt_table(Receipt("c1", -2, "p", changed)))
    assert "moon" not in text
    assert "+0.00" in text
    assert "-1.23" in text


@pytest.mark.parametrize(
    ("level", "told"),
    [(-2, "c1 is now at -2."), (0, "c1 is now at +0."), (None, "c1 is as if it had never been adjusted.")],
)
def test_a_receipt_says_where_the_event_stands(level: int | None, told: str) -> None:
    """Also after an undo."""
    assert standing(Receipt("c1", level, "p", ())) == told
