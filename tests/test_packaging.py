"""What is shipped around the code: container files, pinned versions, and nothing of the machine it was made on."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def tool(name: str) -> str:
    """The path of a tool that was installed with the tests."""
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    assert found is not None, f"{name} is not installed; run `make test`"
    return found


def tracked_files() -> list[Path]:
    """The files of the checkout; skips where this is none."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("this is not a git checkout, so there is no list of tracked files")
    listed = subprocess.run([git, "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True)
    return [ROOT / line for line in listed.stdout.splitlines()]


def test_compose_file_meets_the_compose_schema() -> None:
    """docker-compose.yml is valid by the Compose specification's own schema."""
    command = [tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"]
    checked = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_compose_publishes_on_loopback_only() -> None:
    """No port is reachable from another machine unless the operator changes the file."""
    published = re.findall(r'^\s+- "(\S+:\d+:\d+)"', (ROOT / "docker-compose.yml").read_text(), flags=re.MULTILINE)
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_dockerfile_is_clean() -> None:
    """hadolint has nothing to say about the Dockerfile."""
    checked = subprocess.run([tool("hadolint"), "Dockerfile"], cwd=ROOT, check=False, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


def test_dockerfile_runs_as_an_ordinary_user() -> None:
    """The last user set in the Dockerfile is not root."""
    users = re.findall(r"^USER (\S+)", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    assert users[-1] not in {"root", "0"}


def test_every_dependency_is_pinned() -> None:
    """constraints.txt has an exact version for each dependency, and names no place to get it from."""
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line) for line in lines)
    pinned = {normal(line.partition("==")[0]) for line in lines}
    wanted = [*PROJECT["dependencies"], *(one for extra in PROJECT["optional-dependencies"].values() for one in extra)]
    assert {normal(re.split(r"[\[>=<;]", one)[0]) for one in wanted} <= pinned


def normal(name: str) -> str:
    """A distribution's name as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_no_path_of_a_machine_is_in_a_file() -> None:
    """Nothing names a home or work folder of whoever wrote it, nor a host that packages come from."""
    own = Path(__file__)
    told = re.compile(r"/(?:home|root|work|Users)/[a-z]|files\.pythonhosted|pypi\.org|registry\.npmjs")
    texts = [path for path in tracked_files() if path != own and path.is_file()]
    assert [path.name for path in texts if told.search(path.read_text(errors="replace"))] == []


def test_both_packages_are_typed() -> None:
    """Users' type checkers may trust the annotations."""
    assert all((ROOT / package / "py.typed").exists() for package in ("ranking", "service"))
