"""The documentation keeps up with the code."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from service.app import create_app
from service.cli import app as cli
from service.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "seeds/README.md"]


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_in_the_readme(name: str) -> None:
    """The settings table has a row for each, with its default."""
    default = Settings.model_fields[name].default
    row = next(line for line in README.splitlines() if line.startswith(f"| `SIGNALFEED_{name.upper()}`"))
    assert f"`{default}`" in row if default is not None else "none" in row


def test_every_route_is_in_the_readme() -> None:
    """The API table has a row for each route and method."""
    spec = create_app(Settings(redis_url="redis://127.0.0.1:1")).openapi()
    routes = {f"{method.upper()} {path}" for path, methods in spec["paths"].items() for method in methods}
    assert {route for route in routes if f"`{route}`" not in README} == set()


def commands_of(group: typer.Typer, *before: str) -> Iterator[tuple[str, ...]]:
    """The words that call each command of a group, and of the groups in it."""
    for command in group.registered_commands:
        yield (*before, command.name or command.callback.__name__)  # type: ignore[union-attr]
    for inner in group.registered_groups:
        if inner.typer_instance is not None:
            yield from commands_of(inner.typer_instance, *before, str(inner.name))


@pytest.mark.parametrize("command", list(commands_of(cli)), ids=" ".join)
def test_every_command_is_in_the_readme(command: tuple[str, ...]) -> None:
    """The README shows how each command is called, and each has help."""
    assert f"signalfeed {' '.join(command)}" in README
    assert CliRunner().invoke(cli, [*command, "--help"]).exit_code == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    """A relative link names a file that is there."""
    targets = re.findall(r"\]\((?!https?://|#|mailto:)([^)#]+)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_decision_is_listed() -> None:
    """The index of decisions names each page."""
    folder = ROOT / "docs/decisions"
    index = (folder / "README.md").read_text()
    assert [page.name for page in folder.glob("0*.md") if f"({page.name})" not in index] == []
