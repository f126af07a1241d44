"""Workers: however many cores or machines an evaluation is spread over, and whichever of them are lost, it comes to the
same."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from distributed import Client, LocalCluster
from threadpoolctl import threadpool_info

from ranking.evaluation.baselines import BASELINES, COLLABORATIVE
from ranking.evaluation.known import Known
from ranking.evaluation.outcomes import outcomes
from ranking.evaluation.rankers import Order, Signalfeed
from ranking.evaluation.trials import Trial, replay
from ranking.features import Integers
from service.evaluation.workers import NoCluster, workers
from tests.build import DEFAULTS
from tests.service.evaluation.exported import exported, log_in, signalfeed

TASKS = [(2, number) for number in range(40)]
POWERS = [2**number for number in range(40)]
N_WORKERS = 2


@dataclass(frozen=True, slots=True)
class Slow:
    """A ranker that takes its time, so that there is some in which a worker can be lost."""

    name: str = "slow"

    def order(self, _known: Known, _depth: int, /) -> Order:
        """Every order takes a twentieth of a second."""

        def ordered(_trial: Trial, candidates: Integers) -> Integers:
            time.sleep(0.05)
            return candidates

        return ordered


RANKERS = (Signalfeed("signalfeed", DEFAULTS), *BASELINES, *COLLABORATIVE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command line exports."""
    return exported(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """A Dask cluster on loopback: a scheduler in this process, and two workers in processes of their own. Its ports are
    free ones: tests that run side by side have a cluster each."""
    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=N_WORKERS, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0", host="127.0.0.1"
    ) as started:
        yield started


def most_threads() -> int:
    """How many threads the linear algebra of a process may use."""
    np.ones((2, 2)) @ np.ones((2, 2))
    return max(int(library["num_threads"]) for library in threadpool_info())


# The cores of this machine


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_calls_are_made_in_order_and_each_once(n_jobs: int) -> None:
    """In one process or in several."""
    with workers(n_jobs) as spread:
        assert list(spread(pow, TASKS)) == POWERS
        assert list(spread(pow, [])) == []
        assert list(spread(pow, TASKS[:3])) == POWERS[:3]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_linear_algebra_has_one_thread_in_each_process(n_jobs: int) -> None:
    """So that processes do not fight, and sums are in the same order everywhere."""
    with workers(n_jobs) as spread:
        assert list(spread(most_threads, [()] * 3)) == [1, 1, 1]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_what_a_call_raises_is_raised(n_jobs: int) -> None:
    """As if it had been called here."""
    with workers(n_jobs) as spread, pytest.raises(ZeroDivisionError):
        list(spread(divmod, [(1, 1), (1, 0)]))


def test_outcomes_are_the_same_in_several_processes(folder: Path) -> None:
    """To the last digit, those of every ranker."""
    questions = replay(log_in(folder), DEFAULTS)
    with workers(2) as spread:
        assert list(outcomes(questions, RANKERS, (10,), spread)) == list(outcomes(questions, RANKERS, (10,)))


@pytest.mark.parametrize("n_jobs", [0, -1])
def test_there_may_be_a_process_for_each_core(monkeypatch: pytest.MonkeyPatch, n_jobs: int) -> None:
    """As many as there are, here one."""
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    with workers(n_jobs) as spread:
        assert list(spread(os.getpid, [()] * 3)) == [os.getpid()] * 3


# A Dask cluster


def test_a_cluster_makes_the_same_calls(cluster: LocalCluster) -> None:
    """In its own processes and not in this one, on one thread each, in order."""
    with workers(1, cluster.scheduler_address) as spread:
        assert list(spread(pow, TASKS)) == POWERS
        made_by = set(spread(os.getpid, [()] * 8))
        assert list(spread(most_threads, [()] * 2)) == [1, 1]
    assert made_by
    assert os.getpid() not in made_by


def test_a_cluster_comes_to_the_same_figures(cluster: LocalCluster, folder: Path) -> None:
    """At the command line, to the last digit: whatever the figures of one process are, these are."""
    words = ("evaluate", folder, "--json", "--protocol", "replay", "--protocol", "full")
    here = signalfeed(*words, "--jobs", 1)
    there = signalfeed(*words, "--scheduler", cluster.scheduler_address)
    assert (there.exit_code, there.stderr) == (here.exit_code, here.stderr) == (0, "")
    reports: Any = orjson.loads(there.stdout_bytes)["reports"]
    assert reports == orjson.loads(here.stdout_bytes)["reports"]
    assert [one["n_trials"] for one in reports] == [30, 6]


def test_what_a_call_raises_on_a_cluster_is_raised(cluster: LocalCluster) -> None:
    """And the cluster goes on."""
    with workers(1, cluster.scheduler_address) as spread:
        with pytest.raises(ZeroDivisionError):
            list(spread(divmod, [(1, 1), (1, 0)]))
        assert list(spread(pow, TASKS)) == POWERS


def test_a_worker_that_is_lost_costs_no_result(cluster: LocalCluster, folder: Path) -> None:
    """Killed after the first result has come: what it had in hand is done again, and all is the same to the last
    digit."""
    questions = replay(log_in(folder), DEFAULTS)
    rankers = (*RANKERS, Slow())
    alone = list(outcomes(questions, rankers, (10,)))
    with workers(1, cluster.scheduler_address) as spread:
        coming = iter(outcomes(questions, rankers, (10,), spread))
        found = [next(coming)]
        with Client(cluster.scheduler_address) as client:  # type: ignore[no-untyped-call]
            lost, *_ = client.run(os.getpid).values()
        os.kill(lost, signal.SIGKILL)
        found += coming
        assert lost not in set(spread(os.getpid, [()] * 8))
    assert len(alone) > N_WORKERS
    assert found == alone


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "tcp://127.0.0.1:none", "pigeon://loft"])
def test_a_scheduler_that_does_not_answer_is_a_plain_refusal(
    folder: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """By its address; what was waited for is shortened here."""
    patient: Any = Client
    monkeypatch.setattr("distributed.Client", lambda address, timeout: patient(address, timeout=timeout / 50))
    refused = signalfeed("evaluate", folder, "--scheduler", address)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.splitlines()[-1] == f"no Dask scheduler answers at {address}"


@pytest.mark.parametrize("command", ["evaluate", "tune"])
def test_without_dask_it_is_told_how_to_get_it(folder: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    """Instead of an error that only a programmer reads."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    refused = signalfeed(command, folder, "--scheduler", "tcp://127.0.0.1:8786")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == "--scheduler needs Dask: pip install 'signalfeed[dask]'\n"


def test_without_a_scheduler_dask_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most installations lack it."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with workers(1) as spread:
        assert list(spread(pow, TASKS)) == POWERS
    with pytest.raises(NoCluster), workers(1, "tcp://127.0.0.1:8786"):
        pass
