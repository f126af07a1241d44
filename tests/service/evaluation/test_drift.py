"""Simulated readers at the command line: how fast a feed learns, and how soon it comes back."""

import os
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import Result

from ranking.evaluation.baselines import BASELINES, COLLABORATIVE
from ranking.evaluation.comparison import compare
from ranking.evaluation.outcomes import outcomes
from ranking.evaluation.rankers import Ranker, Signalfeed
from ranking.evaluation.simulation import Presser, drift, learning, recoveries, simulate
from ranking.params import Params
from service import terminal
from service.documents import write_document
from service.evaluation.folders import read_events
from service.seeding import seeds_dir
from tests.build import DEFAULTS, an_event
from tests.service.evaluation.exported import signalfeed

N_TOPICS, N_EACH = 8, 8
FEW = ("--readers", 3, "--presses", 5, "--jobs", 1)
NAMES = ["signalfeed", "without ageing", "random", "Rocchio"]


@pytest.fixture(scope="module", autouse=True)
def _plain_environment() -> Any:
    """Takes away the settings of whoever runs the tests, and has a screen of 80 columns."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.upper().startswith("SIGNALFEED_")]:
            patch.delenv(name)
        patch.setenv("COLUMNS", "80")
        for console in (terminal.out, terminal.err):
            patch.setattr(console, "_width", None)  # a width that was in the environment at the import
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Events of eight stories, all of one category, and which story each is of."""
    folder = tmp_path_factory.mktemp("stories")
    stories = {f"story{t}": [f"s{t}n{n}" for n in range(N_EACH)] for t in range(N_TOPICS)}
    events = [an_event(one, f"{story} {story} part") for story, event_ids in stories.items() for one in event_ids]
    (folder / "events.jsonl").write_bytes(b"".join(write_document(event) + b"\n" for event in events))
    (folder / "stories.json").write_bytes(orjson.dumps(stories))
    return folder


def drifted(*words: object) -> Result:
    """Runs `signalfeed drift` in this process, which must succeed."""
    shown = signalfeed("drift", *words)
    assert (shown.exit_code, shown.stderr) == (0, "")
    return shown


def answered(*words: object) -> dict[str, Any]:
    """The answer as a program gets it."""
    answer: dict[str, Any] = orjson.loads(drifted(*words, "--json").stdout_bytes)
    return answer


@pytest.mark.parametrize(
    ("pressing", "presser"), [("both", Presser.BALANCED), ("up", Presser.UP), ("down", Presser.DOWN)]
)
def test_the_figures_are_those_of_the_core(pressing: str, presser: Presser) -> None:
    """Both the learning curve and the return, to the last digit, for readers who voice these opinions."""
    events = read_events(seeds_dir() / "events.jsonl")
    found = simulate(events, None, n_readers=3, n_presses=10, drift_at=5, seed=4, presser=presser)
    beside: dict[str, Ranker] = {one.name: one for one in (*BASELINES, *COLLABORATIVE)}
    ageless = Signalfeed("without ageing", Params(press_half_life=1e9))
    rankers: list[Ranker] = [Signalfeed("signalfeed", DEFAULTS), ageless, beside["random"], beside["Rocchio"]]
    learnt = compare("learning", NAMES, outcomes(learning(found), rankers, (5,)), {one.id: one.title for one in events})
    back = recoveries(NAMES, outcomes(drift(found, [0, 5]), rankers, (5,)), "ndcg@5")
    told = answered(*FEW, "--seed", 4, "--at", 5, "--pressing", pressing)
    assert told == orjson.loads(orjson.dumps({"learning": learnt, "drift": back}, option=orjson.OPT_NON_STR_KEYS))


def test_opinions_that_are_not_voiced_make_another_feed() -> None:
    """Of three ways to press no two give the same figures."""
    told = [answered(*FEW, "--pressing", pressing)["drift"] for pressing in ("both", "up", "down")]
    assert told[0] != told[1] != told[2] != told[0]


def test_both_tables_fit_a_narrow_screen() -> None:
    """First how fast it learns, then how it comes back; every ranker is named whole in either."""
    shown = drifted(*FEW).stdout
    lines = shown.splitlines()
    assert max(map(len, lines)) <= 80
    learnt = next(n for n, line in enumerate(lines) if "learning: nDCG@10 by presses made before" in line)
    back = next(n for n, line in enumerate(lines) if "nDCG@10 of 3 simulated readers, by presses after" in line)
    assert learnt < back
    for name in NAMES:
        assert sum(line.startswith(f"│ {name} ") for line in lines) == 2
    assert "…" not in shown
    assert all(header in lines[back + 2] for header in ("before", "+0", "+5", "back", "at last"))


def test_stories_are_the_topics_where_a_folder_has_them(folder: Path, tmp_path: Path) -> None:
    """Without them the categories are, of which these events have too few."""
    answer = answered(folder, *FEW)
    assert [one["name"] for one in answer["drift"]] == NAMES
    assert answer["learning"]["n_readers"] == 3
    (tmp_path / "events.jsonl").write_bytes((folder / "events.jsonl").read_bytes())
    refused = signalfeed("drift", tmp_path, *FEW)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "1 topics of two events or more are too few" in refused.stderr


def test_files_of_parameters_are_compared(folder: Path, tmp_path: Path) -> None:
    """Under the names of the files; without ageing is the first of them."""
    for name in ("keen", "calm"):
        (tmp_path / f"{name}.toml").write_text(f"noise = {len(name)}.5\n")
    words = ("--params", tmp_path / "keen.toml", "--params", tmp_path / "calm.toml")
    answer = answered(folder, *FEW, *words)
    assert [one["name"] for one in answer["drift"]] == ["keen", "calm", "without ageing", "random", "Rocchio"]


def test_too_few_events_for_so_many_presses_is_a_plain_refusal() -> None:
    """With what to do about it."""
    refused = signalfeed("drift", "--readers", 2, "--presses", 500, "--jobs", 1)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "presses a reader has met all events of their topics" in refused.stderr
    assert refused.stderr.endswith("; take fewer with --presses, or more events\n")


@pytest.mark.parametrize("words", [["--pressing", "sideways"], ["--readers", 1], ["--presses", 0], ["--at", 0]])
def test_an_option_that_cannot_be_is_refused_by_name(words: list[object]) -> None:
    """Before anything is read."""
    shown = signalfeed("drift", *words)
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert str(words[0]) in shown.stderr
