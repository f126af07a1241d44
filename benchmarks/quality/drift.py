"""Drift: simulated readers of the UCI headlines, half of whose interests change."""

from collections import Counter
from pathlib import Path

from benchmarks.quality import uci
from ranking.evaluation.simulation import Simulation, simulate

N_PRESSES = 120
DRIFT_AT = 60
N_LATER = (0, 20, 40, 50)  # presses after the change
_MOST = 60  # headlines of a story; the largest would drown the others
_FEWEST = 40


def simulated(folder: Path, seed: int, n_readers: int) -> Simulation:
    """Readers who like four stories and dislike four, and turn half of them round after 60 of 120 presses. Stories are
    those of 40 headlines or more, of which the first 60 are taken. Raises Absent."""
    headlines, story_of = uci.headlines(folder)
    n_taken: Counter[str] = Counter()
    events, topics = [], dict[str, list[str]]()
    for event in headlines:
        story = story_of[event.id]
        n_taken[story] += 1
        if n_taken[story] <= _MOST:
            events.append(event)
            topics.setdefault(story, []).append(event.id)
    large = {story: event_ids for story, event_ids in topics.items() if len(event_ids) >= _FEWEST}
    return simulate(events, large, n_readers=n_readers, n_presses=N_PRESSES, seed=seed, drift_at=DRIFT_AT)
