"""Reader: all that is known of a reader. What follows from it is the profile."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256

from ranking.interactions import Action, History, Interaction
from ranking.ledger import Ledger, Open, told
from ranking.params import Params
from ranking.text import Terms
from ranking.wishes import Wishes

_MAX_HEARD = 1_000


@dataclass(frozen=True, slots=True)
class Reader:
    """What a reader said (`ledger`), laid down (`wishes`) and did (`history`).

    `opens`, oldest first, are kept only where opens teach. `heard` are the fingerprints of the last interactions, so
    that none counts twice.
    """

    ledger: Ledger = field(default_factory=Ledger)
    wishes: Wishes = field(default_factory=Wishes)
    history: History = field(default_factory=History)
    opens: tuple[Open, ...] = ()
    heard: tuple[str, ...] = ()

    def unheard(self, interactions: Sequence[Interaction]) -> list[Interaction]:
        """Those of the interactions that have not been counted yet, each once."""
        heard, fresh = set(self.heard), []
        for one in interactions:
            if (fingerprint := _fingerprint(one)) not in heard:
                heard.add(fingerprint)
                fresh.append(one)
        return fresh

    def after(self, interactions: Sequence[Interaction], terms: dict[str, Terms], params: Params) -> "Reader":
        """This reader with these interactions, none of them heard before; `terms` are those of their events."""
        opens = {one.event_id: one for one in self.opens}
        if params.learn_from_opens:
            for one in interactions:
                last = opens.get(one.event_id)
                if one.action is Action.OPEN and (last is None or last.at <= one.at):
                    opens[one.event_id] = Open(one.event_id, one.at, terms[one.event_id])
        return replace(
            self,
            history=self.history.after(interactions, params.history_cap),
            opens=_in_time(opens, params.opens_cap),
            heard=(*self.heard, *map(_fingerprint, interactions))[-_MAX_HEARD:],
        )

    def without(self, event_id: str) -> "Reader":
        """This reader as if they had neither adjusted an event nor been taught by opening it."""
        opens = tuple(one for one in self.opens if one.event_id != event_id)
        return replace(self, ledger=self.ledger.without(event_id), opens=opens)

    def merged(self, other: "Reader", params: Params) -> "Reader":
        """This reader and another who turn out to be one. Raises TooManyWishes."""
        opens = {one.event_id: one for one in sorted((*other.opens, *self.opens), key=lambda one: one.at)}
        return Reader(
            self.ledger.merged(other.ledger, params.ledger_cap),
            self.wishes.merged(other.wishes),
            self.history.merged(other.history, params.history_cap),
            _in_time(opens, params.opens_cap),
            tuple(dict.fromkeys((*other.heard, *self.heard)))[-_MAX_HEARD:],
        )

    @property
    def likings(self) -> dict[str, datetime]:
        """When this reader turned which event up, or opened it where opens teach, by event id."""
        opened = {one.event_id: one.at for one in self.opens}
        said = {one.event_id: one for one in self.ledger.adjustments}
        turned_up = {event_id: one.at for event_id, one in said.items() if one.level > 0}
        return {event_id: at for event_id, at in opened.items() if event_id not in said} | turned_up

    @property
    def teaching(self) -> tuple[Ledger, Wishes, tuple[Open, ...]]:
        """All that the profile follows from."""
        return self.ledger, self.wishes, self.opens

    @property
    def version(self) -> str:
        """Names all that the profile follows from: equal readers have equal versions, whatever led to them."""
        opened = [(one.event_id, one.at.timestamp(), told(one.terms)) for one in self.opens]
        if not self.wishes.version and not opened:
            return self.ledger.version
        return sha256(repr((self.ledger.version, self.wishes.version, opened)).encode()).hexdigest()[:12]


def _in_time(opens: dict[str, Open], cap: int) -> tuple[Open, ...]:
    return tuple(sorted(opens.values(), key=lambda one: (one.at, one.event_id))[-cap:])


def _fingerprint(interaction: Interaction) -> str:
    return sha256(interaction.id.encode()).hexdigest()[:16]
