"""Tables: how answers look to a person at a terminal. Words from outside are shown as they are, never as markup."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from ranking.event import Event
from ranking.explanation import Reason, ReasonKind
from service.answers import FeedPage, Receipt, SimilarEvents

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


def standing(receipt: Receipt) -> str:
    """Where the event of a receipt stands now."""
    if receipt.level is None:
        return f"{receipt.event_id} is as if it had never been adjusted."
    return f"{receipt.event_id} is now at {receipt.level:+d}."


def _event(event: Event) -> Text:
    # An id that is too long for the screen goes on in the next line: it is there to be copied.
    return Text.assemble(event.title, "\n", (f"{event.id} · {event.category}", "dim"), overflow="fold")


def _why(reasons: Sequence[Reason]) -> list[str]:
    """The learned parts of a score that are worth a look, the strongest first."""
    told = [
        reason
        for reason in reasons
        if reason.because and reason.kind is not ReasonKind.DIVERSITY and abs(reason.value) >= _SHOWN
    ]
    strongest = sorted(told, key=lambda reason: -abs(reason.value))[:_MAX_REASONS]
    return [f"{reason.value:+.1f} {reason.label}" for reason in strongest]
