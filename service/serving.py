"""Serving: the service as a process, with its store, its seeds and its workers."""

import asyncio
import os
import signal
import socket
import sys

import uvicorn

from service.local import local_actions, seed, store_url
from service.settings import Settings
from service.terminal import err, fail, failing_plainly, say


def run(settings: Settings, *, seeds: bool | None) -> None:
    """Runs the service until it is told to end. `seeds`: whether a store that has never held an event is filled with
    them; None means only the private store."""
    # uvicorn finishes what is under way and then passes the signal on: it must not keep the store from being put away.
    for told in (signal.SIGINT, signal.SIGTERM):
        signal.signal(told, lambda *_: sys.exit(0))
    port = _port_to_listen_on(settings.host, settings.port)
    with failing_plainly(), store_url(settings) as url:
        wanted = settings.redis_url is None if seeds is None else seeds
        if wanted and (n_events := asyncio.run(_fill(url, settings))):
            say(err, f"Filled the store with {n_events} seed events and the readers ada, bo and cleo.")
        # Workers are processes of their own and read their settings from the environment.
        os.environ |= {f"SIGNALFEED_{name.upper()}": str(value) for name, value in settings if value is not None}
        os.environ["SIGNALFEED_REDIS_URL"] = url
        _announce(settings.host, port)
        uvicorn.run(
            "service.app:create_app",
            factory=True,
            host=settings.host,
            port=port,
            workers=settings.workers,
            log_level="info",
            access_log=False,
        )


async def _fill(url: str, settings: Settings) -> int:
    async with local_actions(url, settings) as actions:
        return await seed(actions)


def _port_to_listen_on(host: str, port: int) -> int:
    """The port, or a free one for 0; ends the command where it is taken or the host is not this one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, port), family=family) as taken:
            found: int = taken.getsockname()[1]
            return found
    except OSError as error:
        fail(f"Cannot listen on {host}:{port}: {error.strerror}. Choose others with --host and --port.")


def _announce(host: str, port: int) -> None:
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    for line in (
        f"Signalfeed at {address}",
        f"  read           {address}/",
        f"  your signal    {address}/you",
        f"  operate        {address}/operator",
        f"  the API        {address}/docs",
    ):
        say(err, line)
