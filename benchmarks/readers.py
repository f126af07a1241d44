"""What a reader takes in the store after 20, 100 and 500 adjustments. Run it with `make bench`; of other events with
`python -m benchmarks.readers events.jsonl`."""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from ranking.event import Event
from ranking.features import fit_statistics, strongest
from ranking.ledger import Ledger
from ranking.params import Params
from ranking.profile import fit
from ranking.reader import Reader
from ranking.text import terms_of
from service.documents import read_rows
from service.embedded import EmbeddedStore
from service.seeding import seed_events
from service.settings import Settings
from service.store import Store, StoredReader

_COUNTS = (20, 100, 500)
_LEVELS = (-2, -1, 1, 2)
_SEED = 20_260_404
_NOW = datetime(2026, 4, 4, 12, 0, tzinfo=UTC)
_PARAMS = Params()


def main() -> None:
    """Prints one table."""
    events = [row.event for path in sys.argv[1:] for row in read_rows(Path(path).read_bytes()) if row.event]
    said_of = "the events given" if events else "the seeds, and of events recombined from their parts"
    events = events or _recombined([row.event for row in read_rows(seed_events()) if row.event], max(_COUNTS))
    table = Table("Adjustments", "Ledger", "Profile", "Together", title=f"Bytes of a reader in the store, of {said_of}")
    with tempfile.TemporaryDirectory() as folder, EmbeddedStore(Path(folder)) as embedded:
        for n, n_bytes in asyncio.run(_measured(embedded.url, events)).items():
            together = n_bytes["ledger"] + n_bytes["reader"]
            table.add_row(str(n), f"{n_bytes['ledger']:,}", f"{n_bytes['profile']:,}", f"{together:,}")
    Console().print(table)


async def _measured(url: str, events: Sequence[Event]) -> dict[int, dict[str, int]]:
    """The bytes after so many adjustments, saved as the service saves them."""
    terms = {event.id: terms_of(event) for event in events}
    statistics = fit_statistics(list(terms.values()), _PARAMS)
    rng = np.random.default_rng(_SEED)
    pressed = [events[place] for place in rng.permutation(len(events))]
    measured = {}
    async with Store.of(url, Settings()) as store:
        for n in _COUNTS:
            ledger = Ledger()
            for event in pressed[:n]:
                kept = strongest(terms[event.id], statistics, _PARAMS.terms_per_press)
                ledger = ledger.adjusted(event.id, int(rng.choice(_LEVELS)), _NOW, kept, _PARAMS.ledger_cap)
            reader = Reader(ledger)
            profile = fit(reader, statistics, _PARAMS)
            await store.readers.save(f"reader-{n}", StoredReader(), reader, profile, statistics)
            measured[len(ledger.adjustments)] = await store.readers.n_bytes(f"reader-{n}")
    return measured


def _recombined(events: Sequence[Event], n: int) -> list[Event]:
    """These events, and as many more as it takes whose title, summary, details and meaning are each from another."""
    rng = np.random.default_rng(_SEED)
    more = []
    for number in range(n - len(events)):
        title, summary, details, meaning = (events[place] for place in rng.choice(len(events), 4, replace=False))
        more.append(
            replace(
                title,
                id=f"{title.id}-{number}",
                summary=summary.summary,
                details=details.details,
                meaning=meaning.meaning,
            )
        )
    return [*events, *more]


if __name__ == "__main__":
    main()
