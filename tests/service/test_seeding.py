"""Seeds: what lies in the repository can be read as it is, and feedback is checked like everything else."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from ranking.evaluation.log import Feedback
from service import seeding
from service.documents import read_rows, write_document
from service.seeding import seed_events, seed_feedback, seeds_dir

FEEDBACK: TypeAdapter[Feedback] = TypeAdapter(Feedback)
SAID = {"user_id": "ada", "event_id": "c1", "level": 2, "at": "2026-04-03T09:00:00Z"}


def place_module(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the module believe that it lies in `root`/service."""
    (root / "service").mkdir()
    monkeypatch.setattr(seeding, "__file__", str(root / "service" / "seeding.py"))


def test_every_seed_event_can_be_read() -> None:
    """Not one bad row, and some hundred good ones."""
    rows = list(read_rows(seed_events()))
    assert [(row.line, row.errors) for row in rows if row.event is None] == []
    assert len(rows) >= 100


def test_no_two_seed_events_have_the_same_id() -> None:
    """A repeated id would silently replace an event."""
    ids = [row.event.id for row in read_rows(seed_events()) if row.event is not None]
    assert len(set(ids)) == len(ids)


def test_seed_feedback_is_on_seed_events() -> None:
    """The demonstration readers speak only of events that are there, and of each but once."""
    ids = {row.event.id for row in read_rows(seed_events()) if row.event is not None}
    said = [(one.user_id, one.event_id) for one in seed_feedback()]
    assert {event_id for _, event_id in said} <= ids
    assert len(set(said)) == len(said)


def test_the_demonstration_readers_are_those_whom_serve_names() -> None:
    """Whoever follows the hint to ada's feed finds that she has spoken."""
    assert {said.user_id for said in seed_feedback()} == {"ada", "bo", "cleo"}


def test_seed_feedback_is_in_order_of_time() -> None:
    """Each reader's feedback comes as it was said, since later presses count more."""
    last: dict[str, datetime] = {}
    for said in seed_feedback():
        assert said.at >= last.get(said.user_id, said.at)
        last[said.user_id] = said.at


def test_seeds_lie_beside_the_package_in_a_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a checkout `seeds` is a neighbour of `service`."""
    place_module(tmp_path, monkeypatch)
    (tmp_path / "seeds").mkdir()
    assert seeds_dir() == tmp_path / "seeds"


def test_seeds_lie_in_the_package_once_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wheel carries them within; a neighbour that happens to be called `seeds` is then not theirs."""
    place_module(tmp_path, monkeypatch)
    (tmp_path / "service" / "seeds").mkdir()
    (tmp_path / "seeds").mkdir()
    assert seeds_dir() == tmp_path / "service" / "seeds"


def test_feedback_is_read_line_by_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line is one word of one reader, in the order of the file."""
    place_module(tmp_path, monkeypatch)
    (tmp_path / "seeds").mkdir()
    lines = [write_document(SAID), write_document(SAID | {"user_id": "lin", "level": -1})]
    (tmp_path / "seeds" / "feedback.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    at = datetime(2026, 4, 3, 9, tzinfo=UTC)
    assert list(seed_feedback()) == [Feedback("ada", "c1", 2, at), Feedback("lin", "c1", -1, at)]


def test_no_feedback_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty file has no lines."""
    place_module(tmp_path, monkeypatch)
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "feedback.jsonl").touch()
    assert list(seed_feedback()) == []


def test_written_feedback_can_be_read() -> None:
    """What `export` writes is what the seeds are read from."""
    said = Feedback("ada", "c1", -2, datetime(2026, 4, 3, 9, 0, 0, 123456, UTC))
    assert FEEDBACK.validate_json(write_document(said)) == said


def test_the_time_of_feedback_keeps_its_moment_in_any_zone() -> None:
    """09:00 two hours east of Greenwich is 07:00 there."""
    said = FEEDBACK.validate_json(write_document(SAID | {"at": "2026-04-03T09:00:00+02:00"}))
    assert said.at == datetime(2026, 4, 3, 7, tzinfo=UTC)
    assert said.at.utcoffset() == timedelta(hours=2)


@pytest.mark.parametrize("level", [-2, -1, 0, 1, 2])
def test_feedback_has_five_levels(level: int) -> None:
    """From -2 to 2."""
    assert FEEDBACK.validate_json(write_document(SAID | {"level": level})).level == level


@pytest.mark.parametrize(
    "wrong",
    [
        {"user_id": ""},
        {"user_id": "a b"},
        {"user_id": "u{1}"},
        {"user_id": "a" * 129},
        {"event_id": "c/1"},
        {"event_id": None},
        {"level": 3},
        {"level": -3},
        {"level": 1.0},
        {"level": 1.5},
        {"level": "1"},
        {"level": True},
        {"at": "2026-04-03T09:00:00"},
        {"at": "yesterday"},
        {"at": 1_775_206_800},
        {"because": "it is there"},
    ],
    ids=str,
)
def test_wrong_feedback_is_refused_by_field(wrong: dict[str, object]) -> None:
    """Ids, level and time are held to the same rules as everywhere, and an unknown field is a mistake."""
    with pytest.raises(ValidationError) as refusal:
        FEEDBACK.validate_json(write_document(SAID | wrong))
    assert [error["loc"] for error in refusal.value.errors()] == [tuple(wrong)]


@pytest.mark.parametrize("field", list(SAID))
def test_feedback_needs_every_field(field: str) -> None:
    """Who, of what, how much and when."""
    with pytest.raises(ValidationError, match=field):
        FEEDBACK.validate_json(write_document({name: SAID[name] for name in SAID if name != field}))
