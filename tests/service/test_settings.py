"""Settings: what the environment says, within bounds, and what holds where it says nothing."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from ranking.params import Params
from service.settings import Settings


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes away the settings of whoever runs the tests."""
    for name in [name for name in os.environ if name.upper().startswith("SIGNALFEED_")]:
        monkeypatch.delenv(name)


def a_file(folder: Path, text: str) -> Path:
    """A file of parameters that says this."""
    path = folder / "params.toml"
    path.write_text(text)
    return path


def test_defaults_suit_a_first_try() -> None:
    """Without any setting: one worker on this machine alone, with a private store."""
    assert dict(Settings()) == {
        "host": "127.0.0.1",
        "port": 8000,
        "workers": 1,
        "redis_url": None,
        "data_dir": Path("signalfeed-data"),
        "reader_ttl_days": 730,
        "snapshot_ttl_seconds": 1800,
        "impressions": 100_000,
        "crowd": 100_000,
        "params_file": None,
        "diversity": None,
        "explore_every": None,
        "learn_from_opens": None,
        "reports_dir": None,
        "catalog_poll_seconds": 0.25,
        "max_body_bytes": 16_000_000,
    }


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("host", "::1", "::1"),
        ("port", "9000", 9000),
        ("workers", "4", 4),
        ("redis_url", "redis://example:6379/1", "redis://example:6379/1"),
        ("data_dir", "/var/lib/signalfeed", Path("/var/lib/signalfeed")),
        ("reader_ttl_days", "30", 30),
        ("snapshot_ttl_seconds", "60", 60),
        ("impressions", "0", 0),
        ("crowd", "0", 0),
        ("diversity", "0.5", 0.5),
        ("explore_every", "7", 7),
        ("learn_from_opens", "true", True),
        ("reports_dir", "/var/lib/reports", Path("/var/lib/reports")),
        ("catalog_poll_seconds", "1.5", 1.5),
        ("max_body_bytes", "1000", 1000),
    ],
)
def test_each_setting_is_an_environment_variable(
    name: str, text: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGNALFEED_ and the name of the setting."""
    monkeypatch.setenv(f"SIGNALFEED_{name.upper()}", text)
    assert getattr(Settings(), name) == value


def test_every_setting_can_be_written_back_into_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers are told the settings through the environment, as text, and must come to the same ones."""
    told = Settings(
        params_file=a_file(tmp_path, "noise = 10\n"),
        port=0,
        data_dir=Path("with space"),
        redis_url="unix:///tmp/a.sock",
        catalog_poll_seconds=0.1,
        diversity=0.3,
        explore_every=5,
        learn_from_opens=True,
        reports_dir=Path("reports here"),
    )
    for name, value in told:
        monkeypatch.setenv(f"SIGNALFEED_{name.upper()}", str(value))
    assert Settings() == told
    assert Settings().params == told.params


def test_reports_lie_in_the_data_directory_unless_said_otherwise() -> None:
    """Beside the private store."""
    assert Settings(data_dir=Path("kept")).reports == Path("kept/reports")
    assert Settings(data_dir=Path("kept"), reports_dir=Path("here")).reports == Path("here")


def test_what_is_given_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """An option of the command line beats a variable."""
    monkeypatch.setenv("SIGNALFEED_PORT", "9000")
    assert Settings(port=9001).port == 9001


@pytest.mark.parametrize(
    ("name", "lowest", "below"),
    [
        ("port", "0", "-1"),
        ("workers", "1", "0"),
        ("reader_ttl_days", "1", "0"),
        ("snapshot_ttl_seconds", "1", "0"),
        ("impressions", "0", "-1"),
        ("crowd", "0", "-1"),
        ("diversity", "0", "-0.01"),
        ("explore_every", "0", "-1"),
        ("catalog_poll_seconds", "1e-9", "0"),
        ("max_body_bytes", "1", "0"),
    ],
)
def test_a_setting_has_a_lowest_value(name: str, lowest: str, below: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lowest value is taken, the one below it is refused by name."""
    monkeypatch.setenv(f"SIGNALFEED_{name.upper()}", lowest)
    assert getattr(Settings(), name) == float(lowest)
    monkeypatch.setenv(f"SIGNALFEED_{name.upper()}", below)
    with pytest.raises(ValidationError, match=name):
        Settings()


@pytest.mark.parametrize(("name", "highest", "above"), [("port", "65535", "65536"), ("diversity", "1", "1.01")])
def test_a_setting_has_a_highest_value(name: str, highest: str, above: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The highest value is taken, the one above it is refused by name."""
    monkeypatch.setenv(f"SIGNALFEED_{name.upper()}", highest)
    assert getattr(Settings(), name) == float(highest)
    monkeypatch.setenv(f"SIGNALFEED_{name.upper()}", above)
    with pytest.raises(ValidationError, match=name):
        Settings()


@pytest.mark.parametrize(
    "name", [name for name in Settings.model_fields if name not in {"host", "redis_url", "data_dir", "reports_dir"}]
)
def test_a_number_or_a_switch_must_be_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A word where one belongs is refused by name."""
    monkeypatch.setenv(f"SIGNALFEED_{name.upper()}", "many")
    with pytest.raises(ValidationError, match=name):
        Settings()


@pytest.mark.parametrize("name", ["redis_url", "data_dir", "port", "params_file", "diversity", "learn_from_opens"])
def test_an_empty_variable_counts_as_not_set(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`SIGNALFEED_REDIS_URL=` in a compose file means the default, not a server without a name."""
    monkeypatch.setenv(f"SIGNALFEED_{name.upper()}", "")
    assert Settings() == Settings.model_construct()


def test_a_variable_without_the_prefix_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """PORT, HOST and REDIS_URL belong to somebody else."""
    for name in ("PORT", "HOST", "REDIS_URL"):
        monkeypatch.setenv(name, "9000")
    assert Settings() == Settings.model_construct()


def test_the_ranking_is_set_from_outside() -> None:
    """What is set comes to the parameters, and nothing else of them is changed."""
    assert Settings().params == Params()
    told = Settings(diversity=0.5, explore_every=7, learn_from_opens=True)
    assert told.params == Params(diversity=0.5, explore_every=7, learn_from_opens=True)


def test_what_is_set_by_itself_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the file says holds, and where it says nothing the default; each of the three can be set over it."""
    path = a_file(tmp_path, "diversity = 0.7\nexplore_every = 5\nlearn_from_opens = true\nnoise = 10\n")
    monkeypatch.setenv("SIGNALFEED_PARAMS_FILE", str(path))
    assert Settings().params == Params(diversity=0.7, explore_every=5, learn_from_opens=True, noise=10.0)
    monkeypatch.setenv("SIGNALFEED_DIVERSITY", "0.3")
    assert Settings().params == Params(diversity=0.3, explore_every=5, learn_from_opens=True, noise=10.0)
    monkeypatch.setenv("SIGNALFEED_EXPLORE_EVERY", "0")
    monkeypatch.setenv("SIGNALFEED_LEARN_FROM_OPENS", "false")
    assert Settings().params == Params(diversity=0.3, noise=10.0)
    monkeypatch.setenv("SIGNALFEED_DIVERSITY", "0")
    assert Settings().params == Params(diversity=0.0, noise=10.0)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("noise = -1\n", "noise: Input should be greater than 0"),
        ("noize = 1\n", "noize: is not a field that is known here"),
        ("noise: 1\n", "cannot be read as TOML"),
    ],
)
def test_a_file_that_is_not_right_is_refused_by_the_name_of_the_setting(tmp_path: Path, text: str, reason: str) -> None:
    """At the start and not at the first feed, with the file and what is wrong in it."""
    path = a_file(tmp_path, text)
    with pytest.raises(ValidationError, match="params_file") as refusal:
        Settings(params_file=path)
    assert f"{path}: {reason}" in str(refusal.value)


def test_settings_do_not_change() -> None:
    """What was set at the start holds until the end."""
    with pytest.raises(ValidationError, match="frozen"):
        Settings().port = 1  # type: ignore[misc]


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_setting_says_what_it_is_for(name: str) -> None:
    """A sentence of description, for the documentation that is made of it."""
    description = Settings.model_fields[name].description
    assert description is not None
    assert description.endswith(".")
