"""What the evaluating commands are given in common: the log, the variants, their rivals and the questions."""

import os
from pathlib import Path

import pytest
import typer

from ranking.evaluation.baselines import BASELINES, COLLABORATIVE
from ranking.evaluation.log import Feedback, Log
from ranking.evaluation.rankers import Signalfeed
from ranking.params import Params
from service.documents import UnreadableDocument, write_document
from service.evaluation.options import Ask, baselines_for, log_of, protocol_of, variants, watched
from tests.build import DEFAULTS, NOW, two_stories
from tests.service.evaluation.exported import exported, log_in


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes away the settings of whoever runs the tests."""
    for name in [name for name in os.environ if name.upper().startswith("SIGNALFEED_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command line exports."""
    return exported(tmp_path_factory.mktemp("small"))


def a_file(path: Path, text: str) -> Path:
    """A file of parameters that says this."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def test_what_was_exported_is_the_log_of_a_folder(folder: Path) -> None:
    """All of it, and nothing is to be said."""
    log, notes = log_of(folder)
    assert (len(log.events), len(log.feedback), len(log.impressions), len(log.opened)) == (20, 30, 2, 2)
    assert notes == []


def test_without_a_folder_it_is_that_of_the_seeds() -> None:
    """With the demonstration readers."""
    log, notes = log_of(None)
    assert set(log.by_reader) == {"ada", "bo", "cleo"}
    assert notes == []


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    """Of events that the folder has not."""
    (tmp_path / "events.jsonl").write_bytes(b"".join(write_document(event) + b"\n" for event in two_stories()))
    said = [Feedback("ada", "c1", 1, NOW), Feedback("ada", "gone", 1, NOW), Feedback("bo", "lost", 1, NOW)]
    (tmp_path / "feedback.jsonl").write_bytes(b"".join(write_document(one) + b"\n" for one in said))
    log, notes = log_of(tmp_path)
    assert len(log.feedback) == 1
    assert notes == ["Left out, since their events are not there: 2 mentions of events."]


def test_a_folder_without_a_log_is_refused(tmp_path: Path) -> None:
    """By its name."""
    with pytest.raises(UnreadableDocument, match=str(tmp_path)):
        log_of(tmp_path)


def test_without_a_file_what_serves_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what the environment sets."""
    assert variants(None) == variants([]) == [Signalfeed("signalfeed", Params())]
    monkeypatch.setenv("SIGNALFEED_DIVERSITY", "0.5")
    assert variants(None) == [Signalfeed("signalfeed", Params(diversity=0.5))]


def test_each_file_is_a_variant_of_its_name(tmp_path: Path) -> None:
    """In the order given; of two with one name the second is called by its path."""
    one, two = a_file(tmp_path / "calm.toml", "noise = 10\n"), a_file(tmp_path / "keen.toml", "")
    again = a_file(tmp_path / "more" / "calm.toml", "noise = 1\n")
    assert variants([two, one, again]) == [
        Signalfeed("keen", Params()),
        Signalfeed("calm", Params(noise=10.0)),
        Signalfeed(str(again), Params(noise=1.0)),
    ]


def test_no_variant_has_the_name_of_a_plain_ranker(tmp_path: Path) -> None:
    """Or a report would tell of two that cannot be told apart."""
    path = a_file(tmp_path / "popularity.toml", "")
    assert variants([path]) == [Signalfeed(str(path), Params())]


def test_a_file_that_is_not_right_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """By its name and the field; the command ends."""
    bad = a_file(tmp_path / "bad.toml", "noise = 0\n")
    with pytest.raises(typer.Exit) as ended:
        variants([bad])
    assert ended.value.exit_code == 1
    assert f"{bad}: noise: Input should be greater than 0" in capfd.readouterr().err


def test_rankers_that_go_by_other_readers_need_some(folder: Path) -> None:
    """With one reader alone they are left away."""
    log = log_in(folder)
    assert baselines_for(log) == [*BASELINES, *COLLABORATIVE]
    assert baselines_for(log.of_readers(["ada"])) == baselines_for(Log.of(log.events)) == [*BASELINES]


@pytest.mark.parametrize("ask", list(Ask))
def test_each_protocol_asks_something(folder: Path, ask: Ask) -> None:
    """Under its own name, and the same whenever it is asked."""
    log = log_in(folder)
    asked, again = (protocol_of(ask, log, DEFAULTS, 5, 3) for _ in range(2))
    assert asked.name == ask.value
    assert asked.slices == again.slices
    assert asked.n_trials == {Ask.REPLAY: 30, Ask.IMPRESSIONS: 2, Ask.SAMPLED: 6, Ask.FULL: 6}[ask]


def test_samples_are_as_many_as_wanted_and_follow_from_the_seed(folder: Path) -> None:
    """The wanted event among so many others."""
    log = log_in(folder)
    three, five, other = (
        [trial.among for one in protocol_of(Ask.SAMPLED, log, DEFAULTS, n, seed).slices for trial in one.trials]
        for n, seed in ((3, 0), (5, 0), (5, 1))
    )
    assert {len(among or ()) for among in three} == {4}
    assert {len(among or ()) for among in five} == {6}
    assert five != other


def test_steps_are_watched_and_none_is_lost() -> None:
    """However many there are."""
    assert list(watched("replay", iter("abc"), 3)) == ["a", "b", "c"]
    assert list(watched("replay", iter(()), 0)) == []
