"""`signalfeed serve` as an operator runs it, killed in every way: what was acknowledged is there afterwards."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx2
import pytest
from redis import Redis

from service.documents import read_rows, write_document
from service.embedded import EmbeddedStore
from service.seeding import seed_events
from tests.build import an_event

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are found and watched through /proc")

SIGNALFEED = shutil.which("signalfeed", path=Path(sys.executable).parent)
START_SECONDS = 20.0
END_SECONDS = 6.0
EVENT_IDS = [row.event.id for row in read_rows(seed_events()) if row.event][:40]


def eventually(holds: Callable[[], bool], within_seconds: float) -> bool:
    """Whether something comes to hold in time."""
    deadline = time.monotonic() + within_seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def state_and_parent(pid: int) -> tuple[str, int]:
    """How a process is (R running, S waiting, T stopped, Z ended) and who started it; a process gone by has ended."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return "Z", 0
    return state, int(parent)


def parents() -> dict[int, int]:
    """The parent of every process that has not ended."""
    found = {pid: state_and_parent(pid) for pid in (int(path.name) for path in Path("/proc").glob("[0-9]*"))}
    return {pid: parent for pid, (state, parent) in found.items() if state != "Z"}


def put_to_sleep(pid: int) -> None:
    """Stops a process until it is told to go on."""
    os.kill(pid, signal.SIGSTOP)
    assert eventually(lambda: state_and_parent(pid)[0] == "T", END_SECONDS)


def descendants(pid: int) -> set[int]:
    """The children of a process, their children, and so on."""
    parent_of = parents()
    found = {pid}
    while more := {child for child, parent in parent_of.items() if parent in found} - found:
        found |= more
    return found - {pid}


@dataclass
class Service:
    """A running `signalfeed serve` and what there is to know of it."""

    process: subprocess.Popen[bytes]
    url: str
    data_dir: Path
    log: Path
    below: set[int] = field(default_factory=set)

    def status(self, path: str) -> int | None:
        """The status with which it answers on a new connection, None where it does not."""
        try:
            return httpx2.get(self.url + path, timeout=5).status_code
        except httpx2.TransportError:
            return None

    def levels(self) -> dict[str, int]:
        """What the ledger of the pressing reader holds."""
        ledger = httpx2.get(f"{self.url}/v1/users/presser/adjustments", timeout=5).json()
        return {entry["event_id"]: entry["level"] for entry in ledger["items"]}

    def page_after(self, page: Mapping[str, Any]) -> str:
        """The address of the page that follows one in the feed of the paging reader."""
        return f"{self.url}/v1/users/pager/feed?cursor={page['next_cursor']}"

    def store_pid(self) -> int:
        """The process of its private store."""
        with Redis.from_url(EmbeddedStore(self.data_dir).url) as redis:
            server: Any = redis.info("server")
            return int(server["process_id"])

    def workers(self) -> list[int]:
        """Its worker processes."""
        below = descendants(self.process.pid)
        return [pid for pid in below if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]

    def ends_well(self) -> bool:
        """Whether it ends, as it has been told to, without a word of complaint."""
        return self.process.wait(END_SECONDS) == 0 and "Traceback" not in self.log.read_text()

    def leaves_nothing_behind(self) -> bool:
        """Whether all processes that it ever had below it come to an end in time."""
        return eventually(lambda: not self.below & parents().keys(), END_SECONDS)


@contextmanager
def serving(data_dir: Path, *options: str) -> Iterator[Service]:
    """A service that is ready; in the end nothing of it is left, whatever the test did to it."""
    assert SIGNALFEED is not None, "the package is not installed"
    port = free_port()
    log = data_dir.with_suffix(".log")
    with log.open("ab") as output:
        process = subprocess.Popen(
            [SIGNALFEED, "serve", "--port", str(port), "--data-dir", data_dir, *options],
            stdout=output,
            stderr=output,
            env={name: value for name, value in os.environ.items() if not name.startswith("SIGNALFEED_")},
        )
    service = Service(process, f"http://127.0.0.1:{port}", data_dir, log)
    try:
        came_up = eventually(lambda: process.poll() is not None or service.status("/readyz") == 200, START_SECONDS)
        assert came_up, log.read_text()
        assert process.poll() is None, log.read_text()
        service.below |= descendants(process.pid)
        yield service
    finally:
        service.below |= descendants(process.pid)
        process.kill()
        process.wait()
        for pid in service.below & parents().keys():
            os.kill(pid, signal.SIGKILL)


class Presser(threading.Thread):
    """A reader who presses one event after another, with other levels each time round, until a press fails."""

    def __init__(self, service: Service) -> None:
        super().__init__(daemon=True)
        self._url = service.url
        self._stopping = threading.Event()
        self.acknowledged: dict[str, int] = {}
        self.unanswered: dict[str, int] = {}
        self.n_acknowledged = 0

    def run(self) -> None:
        """Presses."""
        levels = cycle([2, -1, 1, -2, 0, 1, -1])  # seven: not a divisor of the number of events
        with httpx2.Client(base_url=self._url, timeout=5) as client:
            for event_id, level in zip(cycle(EVENT_IDS), levels, strict=False):
                if self._stopping.is_set():
                    return
                try:
                    answer = client.put(f"/v1/users/presser/adjustments/{event_id}", json={"level": level})
                    answer.raise_for_status()
                except httpx2.HTTPError:
                    self.unanswered = {event_id: level}
                    return
                self.acknowledged[event_id] = level
                self.n_acknowledged += 1

    def stop(self) -> None:
        """Ends the pressing, if it has not ended by itself."""
        self._stopping.set()
        self.join(END_SECONDS)
        assert not self.is_alive()


@contextmanager
def pressing(service: Service) -> Iterator[Presser]:
    """A presser who is well into a second round, and stops in the end."""
    presser = Presser(service)
    presser.start()
    try:
        assert eventually(lambda: presser.n_acknowledged > 1.5 * len(EVENT_IDS), START_SECONDS)
        yield presser
    finally:
        presser.stop()


def assert_kept(levels: Mapping[str, int], presser: Presser) -> None:
    """Each event has its last acknowledged level; a press without an answer may have been stored or not."""
    assert levels in (presser.acknowledged, presser.acknowledged | presser.unanswered)
    assert len(levels) == len(EVENT_IDS)


def test_a_fresh_service_has_the_seeds_and_ends_when_it_is_told_to(tmp_path: Path) -> None:
    """One command is enough to see ranked events; on SIGTERM it puts everything away and says that all is well."""
    with serving(tmp_path / "data") as service:
        assert service.status("/healthz") == 200
        assert httpx2.get(f"{service.url}/readyz").json()["n_events"] >= 120
        assert len(httpx2.get(f"{service.url}/v1/users/new/feed").json()["items"]) == 20

        service.process.terminate()

        assert service.ends_well(), service.log.read_text()
        assert service.leaves_nothing_behind()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_what_was_acknowledged_outlives_the_service(tmp_path: Path, how: signal.Signals) -> None:
    """Ended in the middle of adjustments, in good order or by force, it comes back with all of them."""
    with serving(tmp_path / "data") as service, pressing(service) as presser:
        service.process.send_signal(how)
        service.process.wait(END_SECONDS)
        presser.stop()
        assert service.leaves_nothing_behind()

    with serving(tmp_path / "data") as service:
        assert_kept(service.levels(), presser)


def test_what_was_acknowledged_outlives_the_store(tmp_path: Path) -> None:
    """Killed in the middle of adjustments, the store is started again by the service, with all of them."""
    with serving(tmp_path / "data") as service:
        killed = service.store_pid()
        with pressing(service) as presser:
            n_before = presser.n_acknowledged
            os.kill(killed, signal.SIGKILL)
            assert eventually(lambda: not presser.is_alive() or presser.n_acknowledged > n_before + 40, END_SECONDS)

        assert eventually(lambda: service.status("/readyz") == 200, END_SECONDS)
        assert service.store_pid() != killed
        assert_kept(service.levels(), presser)
        with pressing(service):
            pass  # it takes presses again


def test_a_reader_pages_on_where_they_were_before_the_service_was_killed(tmp_path: Path) -> None:
    """What stands on later pages, what was muted and what was dismissed: all that was acknowledged is there, and the
    cursor is still good."""
    with serving(tmp_path / "data") as service:
        first = httpx2.get(f"{service.url}/v1/users/pager/feed", timeout=5).json()
        second = httpx2.get(service.page_after(first), timeout=5).json()
        dismissed, unread = second["items"][0]["event"], second["items"][1]["event"]
        interaction = {"id": "i1", "event_id": dismissed["id"], "action": "dismiss", "at": "2026-04-03T12:00:00Z"}
        told = httpx2.post(f"{service.url}/v1/users/pager/interactions", json=[interaction], timeout=5)
        muted = httpx2.patch(
            f"{service.url}/v1/users/pager/profile",
            json={"mute": [f"source:{unread['sources'][0]['name']}"]},
            timeout=5,
        )
        assert (told.status_code, muted.status_code) == (200, 200)
        hidden = set(muted.json()["mutes"][0]["hides"])
        service.process.kill()
        service.process.wait(END_SECONDS)
        assert service.leaves_nothing_behind()

    with serving(tmp_path / "data") as service:
        again = httpx2.get(service.page_after(first), timeout=5).json()

    gone = {dismissed["id"], *hidden}
    before = [item["event"]["id"] for item in second["items"] if item["event"]["id"] not in gone]
    assert unread["id"] in gone
    assert [item["event"]["id"] for item in again["items"]][: len(before)] == before
    shown = {item["event"]["id"] for item in first["items"]}
    assert not shown & {item["event"]["id"] for item in again["items"]}


def test_workers_agree_within_a_second_and_end_together(tmp_path: Path) -> None:
    """An event put through one worker is seen by the other; on SIGTERM none is left."""
    with serving(tmp_path / "data", "--workers", "2") as service:
        one, other = service.workers()
        for n, (awake, asleep) in enumerate(((one, other), (other, one))):
            # Only a worker that is awake takes connections, so it is known who stores and who is asked.
            event = an_event(f"new-{n}")
            put_to_sleep(asleep)
            stored = httpx2.put(f"{service.url}/v1/events/{event.id}", content=write_document(event), timeout=5)
            assert stored.status_code == 201
            os.kill(asleep, signal.SIGCONT)
            put_to_sleep(awake)
            assert eventually(lambda event_id=event.id: service.status(f"/v1/events/{event_id}") == 200, 1.0)  # type: ignore[misc]
            os.kill(awake, signal.SIGCONT)

        service.process.terminate()

        assert service.ends_well(), service.log.read_text()
        assert service.leaves_nothing_behind()


def test_no_worker_outlives_its_service(tmp_path: Path) -> None:
    """Killed by force, a service with several workers leaves none behind to hold its port."""
    with serving(tmp_path / "data", "--no-seeds", "--workers", "2") as service:
        assert len(service.workers()) == 2

        service.process.kill()

        assert service.leaves_nothing_behind()
