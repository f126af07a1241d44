"""Why an event stands where it does, told with what the reader said."""

from ranking.explanation import Reason, ReasonKind
from service.actions import Actions
from service.answers import LedgerEntry
from service.pages.because import Cause, effect_of, ledger_of, told
from tests.build import NOW, two_stories
from tests.service.actions.build import put

SAID = {"c1": LedgerEntry("c1", "Comet nears Jupiter", 2, NOW)}
TITLES = {"c1": "Comet nears Jupiter"}


def test_a_learned_part_names_the_press_that_gave_most() -> None:
    """By what was said, and of which event."""
    [one] = told([Reason(ReasonKind.WORD, "comet", 0.4, ("c1", "c2"))], SAID, TITLES)

    assert (one.value, one.label, one.cause) == (0.4, "comet", Cause("c1", "Comet nears Jupiter", "you turned far up"))


def test_what_was_only_opened_is_called_that() -> None:
    """An event that nothing was said of; one that is gone goes by its id."""
    [one] = told([Reason(ReasonKind.WORD, "comet", 0.4, ("c9",))], SAID, TITLES)

    assert one.cause == Cause("c9", "c9", "you opened")


def test_parts_that_say_it_themselves_name_nothing_more() -> None:
    """Nor do those that have no press behind them."""
    reasons = [
        Reason(ReasonKind.ADJUSTMENT, "you turned this far up", 2.0, ("c1",)),
        Reason(ReasonKind.OTHER, "the rest of what you adjusted", 0.1, ("c1",)),
        Reason(ReasonKind.SIGNAL, "global signal", 7.0),
    ]

    assert [one.cause for one in told(reasons, SAID, TITLES)] == [None, None, None]


async def test_the_ledger_is_given_by_event(actions: Actions) -> None:
    """With the effect of each press beside it."""
    await put(actions, two_stories())
    receipt = await actions.readers.adjust("ann", "c1", 2)

    assert {event_id: one.level for event_id, one in (await ledger_of(actions, "ann")).items()} == {"c1": 2}
    assert await effect_of(actions, "ann", "c1") == receipt
    assert await effect_of(actions, "ann", "s1") is None
