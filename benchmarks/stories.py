"""How well the seeds' stories hold together: the share of nearest neighbours that belong to the story, and what one
press on an event does to the rest of its story. Run it with `make bench`."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from statistics import median

from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table

from ranking.corpus import Corpus, build_corpus
from ranking.event import Event
from ranking.features import fit_statistics
from ranking.feed import rank
from ranking.ledger import Ledger
from ranking.params import Params
from ranking.profile import fit
from ranking.reader import Reader
from ranking.similarity import similar_events
from ranking.text import terms_of
from service.seeding import seed_events, seeds_dir

_NOW = datetime(2026, 4, 4, 12, 0, tzinfo=UTC)
_PARAMS = Params()
_OF_THE_PLACE = {"freshness", "diversity", "kept"}  # reasons that are no part of the personal signal
_EVENT = TypeAdapter(Event)


def main() -> None:
    """Prints one table."""
    corpus = _seeds()
    stories: dict[str, list[str]] = json.loads((seeds_dir() / "stories.json").read_bytes())
    n_near, n_pairs = 0, 0
    for story in stories.values():
        for event_id in story:
            near = {one.event.id for one in similar_events(corpus, event_id, len(story) - 1, _PARAMS).similar}
            n_near, n_pairs = n_near + len(near & set(story)), n_pairs + len(story) - 1
    table = Table("What", "Figure", title=f"The {len(stories)} stories of the {len(corpus.events)} seed events")
    table.add_row("nearest neighbours that belong to the story", f"{n_near} of {n_pairs} ({n_near / n_pairs:.1%})")
    for level in (2, -2):
        told = list(_moves(corpus, stories, level))
        obeyed = sum(signal * level > 0 for signal, _ in told)
        table.add_row(f"events of the story whose personal signal obeys one {level:+d}", f"{obeyed} of {len(told)}")
        rose = sum(places * level > 0 for _, places in told)
        table.add_row(f"of which their place in the feed obeys, too ({level:+d})", f"{rose} of {len(told)}")
        table.add_row(
            f"places that they rise at the median ({level:+d})", f"{median(places for _, places in told):+.1f}"
        )
    Console().print(table)


def _moves(corpus: Corpus, stories: dict[str, list[str]], level: int) -> Iterator[tuple[float, int]]:
    """For each pair of a pressed event and another of its story: by how much the other's personal signal moved before
    it is clipped for showing, and by how many places it rose."""
    before = _standing(corpus, Ledger())
    for story in stories.values():
        for pressed in story:
            terms = corpus.terms[corpus.row(pressed)]
            after = _standing(corpus, Ledger().adjusted(pressed, level, _NOW, terms, _PARAMS.ledger_cap))
            for other in story:
                if other != pressed:
                    yield after[other][0] - before[other][0], before[other][1] - after[other][1]


def _standing(corpus: Corpus, ledger: Ledger) -> dict[str, tuple[float, int]]:
    """Every event's personal signal, not clipped, and rank."""
    profile = fit(Reader(ledger), corpus.statistics, _PARAMS)
    feed = rank(corpus, profile, now=_NOW, params=_PARAMS, limit=len(corpus.events))
    return {
        one.event.id: (sum(part.value for part in one.reasons if part.kind not in _OF_THE_PLACE), one.rank)
        for one in feed.ranked
    }


def _seeds() -> Corpus:
    events = [_EVENT.validate_json(line) for line in seed_events().splitlines()]
    terms = {event.id: terms_of(event) for event in events}
    return build_corpus(events, terms, fit_statistics(list(terms.values()), _PARAMS), _PARAMS, "seeds")


if __name__ == "__main__":
    main()
