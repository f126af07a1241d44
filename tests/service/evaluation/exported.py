"""A small catalogue with readers who live in it, exported at the command line, for the tests of what evaluates."""

import asyncio
from datetime import timedelta
from pathlib import Path

from typer.testing import CliRunner, Result

from ranking.evaluation.log import Log
from ranking.params import Params
from service import cli
from service.actions import Actions
from service.catalog import Catalog
from service.embedded import EmbeddedStore
from service.evaluation.folders import read_log
from tests.build import DEFAULTS, NOW, an_event
from tests.service.actions.build import a_store, did, put

STORIES = ("comet", "strike", "vaccine", "glacier")
N_EACH = 5
# Each reader turns up the events of one story and down some of another: in the order of time, hours before NOW.
READERS = {"ada": (0, 1), "bo": (0, 2), "cleo": (1, 0), "dan": (1, 3), "eve": (2, 0), "fay": (3, 2)}
OPENED = ("ada", "eve")


def signalfeed(*words: object) -> Result:
    """Runs a command; an error that the command line does not turn into words fails the test."""
    return CliRunner().invoke(cli.app, [*map(str, words)], catch_exceptions=False)


def exported(folder: Path, params: Params = DEFAULTS) -> Path:
    """What `signalfeed export --impressions` writes of the small catalogue, in a folder that is made for it."""
    with EmbeddedStore(folder / "data") as embedded:
        asyncio.run(_live(embedded.url, params))
        done = signalfeed("export", folder / "out", "--impressions", "--data-dir", folder / "data")
        assert done.exit_code == 0
    return folder / "out"


def log_in(folder: Path) -> Log:
    """The log that a folder holds."""
    return read_log(folder).log


async def _live(url: str, params: Params) -> None:
    """Events of four stories, an hour between two; readers who press, and some who open what they are shown."""
    async with a_store(url) as store:
        catalog = Catalog(store, params, lambda: NOW)
        await catalog.refresh()
        actions = Actions(store, catalog, params, clock=lambda: NOW)
        stories = [(story, number) for number in range(N_EACH) for story in STORIES]
        await put(
            actions,
            (
                an_event(
                    f"{story}{number}", f"{story} {story} chapter {number}", published_at=NOW - timedelta(hours=age)
                )
                for age, (story, number) in zip(range(80, 0, -1), stories, strict=False)
            ),
        )
        for minutes, (user_id, (liked, disliked)) in enumerate(READERS.items()):
            for number in range(4):
                at = NOW - timedelta(hours=40 - 10 * number, minutes=minutes)
                await actions.readers.adjust(user_id, f"{STORIES[liked]}{number}", 1 + number % 2, at=at)
            later = NOW - timedelta(hours=1, minutes=minutes)
            await actions.readers.adjust(user_id, f"{STORIES[disliked]}0", -2, at=later)
        for user_id in OPENED:
            page = await actions.feeds.read_feed(user_id, limit=10)
            await actions.feeds.record(user_id, page, whole=True)
            await actions.histories.interact(user_id, [did("open", page.items[3].event.id)])
