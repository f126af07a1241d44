"""Both servers that the store's contract is held against: the real one, and fakeredis on loopback."""

from collections.abc import Iterator
from socketserver import StreamRequestHandler
from threading import Thread

import pytest
from fakeredis import TcpFakeServer


class _FakeServer(TcpFakeServer):
    """Room for a burst of callers: where the backlog is full, the kernel lets one try again only after a second, which
    is longer than the store waits for a connection. It is 5 by default."""

    request_queue_size = 128


@pytest.fixture(scope="module", params=["valkey", "fakeredis"])
def server_url(request: pytest.FixtureRequest, server_url: str) -> Iterator[str]:
    """The URL of the one server, then of the other."""
    if request.param == "valkey":
        yield server_url
        return
    with _FakeServer(("127.0.0.1", 0)) as server, pytest.MonkeyPatch.context() as patch:
        patch.setattr(StreamRequestHandler, "disable_nagle_algorithm", True)  # or each answer is held back for 40 ms
        serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        yield f"redis://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        serving.join()
