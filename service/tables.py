"""Tables: how answers look to a person at a terminal. Words from outside are shown as they are, never as markup."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from ranking.evaluation.control import ControlReport
from ranking.evaluation.intervals import Estimate
from ranking.event import Event
from ranking.explanation import Reason
from service.answers import FeedPage, Receipt, SimilarEvents
from service.views import own_reasons

# Mozilla Foundation, "Does This Button Work?", 2022: the share of unwanted recommendations that a control prevents.
_AUDIT = {"“not interested”": 0.11, "“dislike”": 0.12, "“remove from history”": 0.29, "“don't recommend channel”": 0.43}
_CONTROL_METHOD = (
    "Ours: events of labelled stories, one simulated press, share that leaves the first page at once. "
    "Mozilla's: some 20,000 volunteers, videos judged alike to a rejected one, fewer of them recommended over months. "
    "The two are not the same measure; they stand side by side to show the order of size."
)
_MAX_REASONS = 3
_SHOWN = 0.05  # points; less than this reads as 0.0
_SHOWN_WEIGHT = 0.005


def feed_table(user_id: str, page: FeedPage) -> Table:
    """A feed: place, personal signal with the global one where they differ, event, and why it stands there."""
    table = Table("#", "Signal", "Event", "Why", title=Text(f"The feed of {user_id}"), show_lines=True)
    for one in page.items:
        differs = abs(one.personal_signal - one.event.signal) >= _SHOWN
        signal = f"{one.personal_signal:.1f}" + (f"\n({one.event.signal:.1f})" if differs else "")
        table.add_row(str(one.rank), signal, _event(one.event), Text("\n".join(_why(one.reasons))))
    return table


def similar_table(found: SimilarEvents) -> Table:
    """Similar events: similarity, event, shared terms."""
    table = Table("Similarity", "Event", "Shared terms", show_lines=True)
    for near in found.items:
        table.add_row(f"{near.similarity:.2f}", _event(near.event), Text(", ".join(near.shared_terms)))
    return table


def receipt_table(receipt: Receipt) -> Table:
    """What an adjustment changed, as far as two digits show it: term, weight before, weight after."""
    table = Table("Term", "From", "To")
    for change in receipt.changed:
        if abs(change["to"] - change["from"]) >= _SHOWN_WEIGHT:
            table.add_row(Text(change["label"]), f"{change['from']:+.2f}", f"{change['to']:+.2f}")
    return table


def control_table(report: ControlReport, days: float | None) -> Table:
    """How far a feed obeys, beside what readers of a large site were found to get."""
    page, dated = report.first_page, "as dated" if days is None else f"as the news of {days:g} days"
    table = Table(
        "One press, and what becomes of …",
        "Figure",
        "95 % interval",
        "of",
        title=f"Control: {report.n_events} events {dated}, {report.n_stories} stories, first page of {page}",
        caption=_CONTROL_METHOD,
        caption_justify="left",
    )
    for label, one, shown in (
        ("-2: share of its story that leaves the first page", report.left, "{:.0%}"),
        ("-2: the same of events that must be seen, by their signal", report.left_important, "{:.0%}"),
        ("-1: share of its story that leaves the first page", report.left_half, "{:.0%}"),
        ("+2: share of its story that comes onto the first page", report.entered, "{:.0%}"),
        ("+2: ranks that its story rises, median", report.rise, "{:+.1f}"),
        ("-2: ranks that unrelated events move, median, on the first page", report.unrelated_first, "{:.1f}"),
        ("-2: the same anywhere", report.unrelated, "{:.1f}"),
        ("-2: the same among themselves", report.unrelated_order, "{:.1f}"),
    ):
        table.add_row(label, *_figures(one, shown))
    table.add_section()
    for category, n_presses in report.presses.items():
        needed = "stays" if n_presses is None else str(n_presses)
        table.add_row(Text(f"{category}: presses of -2 until none is on the first page"), needed)
    table.add_section()
    for label, share in _AUDIT.items():
        table.add_row(f"YouTube (Mozilla, 2022): {label}", f"{share:.0%}")
    return table


def _figures(one: Estimate, shown: str) -> tuple[str, str, str]:
    if one.value is None or one.low is None or one.high is None:
        return "–", "", "0"
    return shown.format(one.value), f"{shown.format(one.low)} to {shown.format(one.high)}", str(one.n)


def standing(receipt: Receipt) -> str:
    """Where the event of a receipt stands now."""
    if receipt.level is None:
        return f"{receipt.event_id} is as if it had never been adjusted."
    return f"{receipt.event_id} is now at {receipt.level:+d}."


def _event(event: Event) -> Text:
    # An id that is too long for the screen goes on in the next line: it is there to be copied.
    return Text.assemble(event.title, "\n", (f"{event.id} · {event.category}", "dim"), overflow="fold")


def _why(reasons: Sequence[Reason]) -> list[str]:
    """The strongest parts of a score that are this reader's own."""
    return [f"{reason.value:+.1f} {reason.label}" for reason in own_reasons(reasons, _MAX_REASONS)]
