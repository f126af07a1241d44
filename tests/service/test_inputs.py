"""Inputs: what a command is given, settings and files."""

from pathlib import Path

import pytest
import typer

from service.documents import UnreadableDocument
from service.inputs import rows_of, settings_of


def test_what_is_given_comes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not given is left to the environment, and to the default."""
    monkeypatch.setenv("SIGNALFEED_PORT", "8001")
    monkeypatch.setenv("SIGNALFEED_WORKERS", "2")
    settings = settings_of(port=8002, workers=None, host=None)
    assert (settings.port, settings.workers, settings.host) == (8002, 2, "127.0.0.1")


def test_a_directory_that_is_given_means_the_private_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that the environment names is then not asked."""
    monkeypatch.setenv("SIGNALFEED_REDIS_URL", "redis://127.0.0.1:1")
    assert settings_of(data_dir=Path("here")).redis_url is None
    assert settings_of().redis_url == "redis://127.0.0.1:1"


def test_a_setting_that_is_wrong_ends_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message names the variable, and the value stays where it is."""
    monkeypatch.setenv("SIGNALFEED_DIVERSITY", "31415")
    with pytest.raises(typer.Exit) as ended:
        settings_of()
    assert ended.value.exit_code == 1
    message = capsys.readouterr().err
    assert "SIGNALFEED_DIVERSITY: Input should be less than or equal to 1" in message
    assert "31415" not in message


def test_rows_of_a_broken_file_name_the_file(tmp_path: Path) -> None:
    """Several files may have been given."""
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"[{}")
    with pytest.raises(UnreadableDocument, match=r"events\.jsonl: Invalid JSON"):
        rows_of(path)
