"""A whole service with the seeds on a port of its own, and a browser to look at it."""

import asyncio
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from playwright.async_api import Browser, async_playwright

from service.app import create_app
from service.embedded import EmbeddedStore
from service.local import local_actions, seed
from service.settings import Settings
from service.store import StoreUnavailable
from tests.build import NOW

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_FLAGS = (
    "--disable-background-networking", "--disable-component-update", "--disable-gpu", "--disable-quic",
    "--disable-sync", "--no-first-run", "--hide-scrollbars",
)  # fmt: skip
_START_SECONDS = 20.0


@dataclass(frozen=True)
class Site:
    """A running service: where it is, its app and its store."""

    url: str
    app: FastAPI
    store: EmbeddedStore
    reports_dir: Path


@contextmanager
def running(folder: Path, *, seeds: bool = True, now: datetime = NOW) -> Iterator[Site]:
    """A service with the seeds, or empty, that keeps what it knows in a folder; its clock stands."""
    reports_dir = folder / "reports"
    reports_dir.mkdir()
    with EmbeddedStore(folder / "store") as store:
        settings = Settings(redis_url=store.url, reports_dir=reports_dir)
        if seeds:
            asyncio.run(_fill(store.url, settings))
        app = create_app(settings)
        app.state.actions = replace(app.state.actions, clock=lambda: now)
        server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", access_log=False))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        try:
            _wait_until(lambda: server.started)
            _wait_until(lambda: _has_read_its_catalogue(app))
            port = server.servers[0].sockets[0].getsockname()[1]
            yield Site(f"http://127.0.0.1:{port}", app, store, reports_dir)
        finally:
            server.should_exit = True
            thread.join()


def browser_path() -> str | None:
    """Where a Chromium is, None where there is none."""
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


@asynccontextmanager
async def chromium(path: str) -> AsyncIterator[Browser]:
    """A Chromium without a screen."""
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=[*_FLAGS, *as_root])
        yield browser
        await browser.close()


def look_around(look: Callable[[Site, Browser], Awaitable[None]]) -> None:
    """Does something on a seeded service with a browser; ends the program where there is none."""
    path = browser_path()
    if path is None:
        sys.exit("no Chromium on PATH; `make browser` installs one where it may")

    async def looking(site: Site) -> None:
        async with chromium(path) as browser:
            await look(site, browser)

    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as site:
        asyncio.run(looking(site))


async def _fill(url: str, settings: Settings) -> None:
    async with local_actions(url, settings) as actions:
        await seed(actions)


def _has_read_its_catalogue(app: FastAPI) -> bool:
    try:
        app.state.actions.events.summary(0)
    except StoreUnavailable:
        return False
    return True


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError("the service was not ready in time")
        time.sleep(0.01)
