"""`signalfeed drift`: how fast a feed learns, and how soon it comes back after a reader's interests have changed."""

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from service.evaluation.options import AsJson, Jobs, PageLength, ParamsFiles, Seed, baselines_for, variants, watched
from service.terminal import fail, failing_plainly, out, print_json

_PRESSES, _SEED_PRESSES = 50, 30  # the seeds have too few events for more
_SAME_READERS = "All columns are of the same readers, before their interests change."
_BESIDE = {"Rocchio", "random"}  # of the baselines, those that know more than the order of the catalogue
_WITHOUT_AGEING = 1e9  # presses; a half-life that no reader lives to see


class Pressing(StrEnum):
    """Which opinions readers voice, as that is named at the command line."""

    BALANCED = "both"
    UP = "up"
    DOWN = "down"


def drift(
    folder: Annotated[
        Path | None,
        typer.Argument(help="A folder with events.jsonl, and stories.json if they are topics; else the seeds."),
    ] = None,
    params: ParamsFiles = None,
    readers: Annotated[int, typer.Option(min=2, help="How many readers to simulate.")] = 100,
    presses: Annotated[
        int | None, typer.Option(min=1, help="Presses of each before the change, and again after it.")
    ] = None,
    pressing: Annotated[Pressing, typer.Option(help="Which of their opinions readers voice.")] = Pressing.BALANCED,
    at: PageLength = 10,
    seed: Seed = 0,
    as_json: AsJson = False,
    jobs: Jobs = -1,
) -> None:
    """Simulate readers half of whose interests change, and see how fast feeds learn and how soon they come back.

    Topics are the stories, or where there is no stories.json the categories. All events count as equally new.
    """
    from ranking.evaluation.comparison import compare  # noqa: PLC0415 -- these take scikit-learn with them
    from ranking.evaluation.outcomes import outcomes  # noqa: PLC0415
    from ranking.evaluation.rankers import Signalfeed  # noqa: PLC0415
    from ranking.evaluation.simulation import AFTER_CHANGE, Presser, learning, recoveries, simulate  # noqa: PLC0415
    from ranking.evaluation.simulation import drift as asked  # noqa: PLC0415
    from service.evaluation.folders import read_events, read_stories  # noqa: PLC0415
    from service.evaluation.terminal import curve_table, drift_table  # noqa: PLC0415
    from service.evaluation.workers import workers  # noqa: PLC0415
    from service.seeding import seeds_dir  # noqa: PLC0415

    with failing_plainly(), workers(jobs) as spread:
        events = read_events((folder or seeds_dir()) / "events.jsonl")
        told = folder / "stories.json" if folder else None
        topics = read_stories(told, {event.id for event in events}) if told and told.is_file() else None
        n = presses or (_PRESSES if folder else _SEED_PRESSES)
        try:
            presser = Presser[pressing.name]
            found = simulate(events, topics, n_readers=readers, n_presses=2 * n, drift_at=n, seed=seed, presser=presser)
        except ValueError as error:
            fail(f"{error}; take fewer with --presses, or more events")
        ours = variants(params)
        ageless = Signalfeed("without ageing", replace(ours[0].params, press_half_life=_WITHOUT_AGEING))
        rankers = [*ours, ageless, *(one for one in baselines_for(found.log) if one.name in _BESIDE)]
        names = [one.name for one in rankers]
        learned, changed = learning(found), asked(found, [later for later in AFTER_CHANGE if later <= n])
        slices = watched("learning", outcomes(learned, rankers, (at,), spread), len(learned.slices))
        learnt = compare("learning", names, slices, {event.id: event.title for event in events})
        slices = watched("drift", outcomes(changed, rankers, (at,), spread), len(changed.slices))
        back = recoveries(names, slices, f"ndcg@{at}")
        if as_json:
            print_json({"learning": learnt, "drift": back})
        else:
            out.print(curve_table(learnt, out.width, _SAME_READERS))
            out.print(drift_table(back, readers, f"ndcg@{at}"))
