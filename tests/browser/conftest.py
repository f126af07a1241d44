"""Fixtures of the tests in a real browser: a seeded service, a browser, and pages whose faults fail the test."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from itertools import count
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Dialog, Page

from tests.browser.site import Site, browser_path, chromium, running

OpenPage = Callable[..., Awaitable[Page]]
_BANNER = """
****************************************************************************
*  NO CHROMIUM ON PATH: the tests of the pages in a real browser are SKIPPED *
*  Install one (Debian: apt-get install chromium) and run `make test` again. *
****************************************************************************
"""
_numbers = count(1)
_POLICY = "Content Security Policy"  # is in what a browser says of a page that may not do what it tries
_PATIENCE_MS = 10_000


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Where the browser is. Without one the tests are skipped, loudly; where all must run, they fail."""
    path = browser_path()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium on PATH; `make browser` installs one where it may")
        print(_BANNER)
        pytest.skip("no Chromium on PATH")
    return path


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, chromium_path: str) -> Iterator[Site]:
    """A service with the seeds, for the whole run. Tests have readers of their own there."""
    with running(tmp_path_factory.mktemp("site")) as opened:
        yield opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium_path: str) -> AsyncIterator[Browser]:
    """The browser, for the whole run."""
    async with chromium(chromium_path) as opened:
        yield opened


@pytest.fixture
def reader() -> str:
    """A reader whom nobody has heard of."""
    return f"reader-{os.getpid()}-{next(_numbers)}"


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser, site: Site, reader: str) -> AsyncIterator[OpenPage]:
    """Opens a page of the service as the test's reader, in a browser with these options; all pages with the same
    options share one browser window. Whatever script fails on them, is refused or asks something fails the test."""
    faults: list[str] = []
    contexts: dict[str, Any] = {}
    async with AsyncExitStack() as stack:

        async def dismissed(dialog: Dialog) -> None:
            faults.append(f"dialog: {dialog.message}")
            await dialog.dismiss()

        async def opened(path: str, *, url: str = site.url, as_reader: str = reader, **options: Any) -> Page:
            key = repr((url, as_reader, sorted(options.items())))
            if key not in contexts:
                context = contexts[key] = await browser.new_context(**options)
                stack.push_async_callback(context.close)
                await context.add_cookies([{"name": "signalfeed-reader", "value": as_reader, "url": url}])
                context.set_default_timeout(_PATIENCE_MS)
            page: Page = await contexts[key].new_page()
            page.on("pageerror", lambda error: faults.append(f"script: {error}"))
            page.on("dialog", dismissed)
            page.on("console", lambda said: faults.append(f"said: {said.text}") if _POLICY in said.text else None)
            await page.goto(url + path)
            return page

        yield opened
    assert faults == []
