"""Folders: what an export holds becomes a log, and what is wrong with one is told by file, line and field."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from ranking.evaluation.log import Feedback, Impression, Log, Opened, ShownEvent
from service.documents import UnreadableDocument, write_document
from service.evaluation.folders import read_events, read_log
from tests.build import NOW, two_stories

EVENTS = two_stories()
SAID = (Feedback("ada", "s1", 2, NOW), Feedback("bo", "c1", -1, NOW - timedelta(hours=1)))
SHOWN = (
    Impression("r1", "ada", NOW, "p", "c", False, (ShownEvent("c1", 1, 1.0), ShownEvent("s1", 2, 0.25))),
    Impression("r2", "bo", NOW - timedelta(hours=2), "", "c", True, (ShownEvent("c2", 1, 1.0),)),
)
OPENED = (Opened("ada", "c1", NOW), Opened("bo", "c2", NOW - timedelta(hours=2)))
FILES: dict[str, Sequence[object]] = {
    "events.jsonl": EVENTS,
    "feedback.jsonl": SAID,
    "impressions.jsonl": SHOWN,
    "opens.jsonl": OPENED,
}


def filled(folder: Path, **more: Sequence[object]) -> Path:
    """The folder as an export writes it, with more lines in files that are named without their ending."""
    for name, lines in FILES.items():
        written = [write_document(line) + b"\n" for line in (*lines, *more.get(name.removesuffix(".jsonl"), ()))]
        (folder / name).write_bytes(b"".join(written))
    return folder


def without(folder: Path, *names: str) -> Path:
    """The folder without some of its files."""
    for name in names:
        (folder / name).unlink()
    return folder


def parts(log: Log) -> tuple[object, ...]:
    """All that a log was made from."""
    return log.events, log.feedback, log.impressions, log.opened


def refusal_of(folder: Path) -> str:
    """What is said of a folder that cannot be read, without the folder."""
    with pytest.raises(UnreadableDocument) as refusal:
        read_log(folder)
    return str(refusal.value).replace(f"{folder}/", "")


def test_what_was_exported_is_read(tmp_path: Path) -> None:
    """All four files, each in order of time."""
    found = read_log(filled(tmp_path))
    assert found.n_left_out == 0
    assert parts(found.log) == parts(Log.of(EVENTS, SAID, SHOWN, OPENED))
    assert (found.log.feedback, found.log.impressions, found.log.opened) == (SAID[::-1], SHOWN[::-1], OPENED[::-1])


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        (["impressions.jsonl", "opens.jsonl"], Log.of(EVENTS, SAID)),
        (["feedback.jsonl", "opens.jsonl"], Log.of(EVENTS, (), SHOWN)),
        (["feedback.jsonl"], Log.of(EVENTS, (), SHOWN, OPENED)),
        (["opens.jsonl"], Log.of(EVENTS, SAID, SHOWN)),
    ],
    ids=["said", "shown", "shown and opened", "said and shown"],
)
def test_what_was_said_or_shown_is_enough(missing: list[str], expected: Log, tmp_path: Path) -> None:
    """An export without impressions can be read, and so can impressions alone."""
    assert parts(read_log(without(filled(tmp_path), *missing)).log) == parts(expected)


def test_what_is_about_other_events_is_left_out_and_counted(tmp_path: Path) -> None:
    """Two adjustments, one event opened, and three places in impressions: of the first the known one stays, with its
    rank, and the second is of no event that is there."""
    pages = [
        Impression("r3", "cleo", NOW, "", "c", False, (ShownEvent("gone", 1, 1.0), ShownEvent("s2", 2, 1.0))),
        Impression("r4", "cleo", NOW, "", "c", False, (ShownEvent("gone", 1, 1.0), ShownEvent("lost", 2, 1.0))),
    ]
    said = [Feedback("ada", "gone", 1, NOW), Feedback("cleo", "lost", 1, NOW)]
    found = read_log(filled(tmp_path, feedback=said, impressions=pages, opens=[Opened("ada", "gone", NOW)]))
    kept = Impression("r3", "cleo", NOW, "", "c", False, (ShownEvent("s2", 2, 1.0),))
    assert parts(found.log) == parts(Log.of(EVENTS, SAID, (*SHOWN, kept), OPENED))
    assert found.n_left_out == 6


def test_mind_is_told_by_its_files(tmp_path: Path) -> None:
    """With what was left out of it: N2 is shown, and is no news. An export in the same folder comes first."""
    (tmp_path / "news.tsv").write_text("N1\tnews\t\tTitle\t\n")
    (tmp_path / "behaviors.tsv").write_text("1\tU1\t11/11/2019 9:05:58 AM\t\tN1-1 N2-0\n")
    found = read_log(tmp_path)
    assert ([event.id for event in found.log.events], len(found.log.feedback), found.n_left_out) == (["N1"], 1, 1)
    assert parts(read_log(filled(tmp_path)).log) == parts(Log.of(EVENTS, SAID, SHOWN, OPENED))


@pytest.mark.parametrize("there", [[], ["feedback.jsonl"], ["news.tsv"]], ids=["nothing", "no events", "half of MIND"])
def test_a_folder_of_neither_kind_is_refused(there: list[str], tmp_path: Path) -> None:
    """With what was looked for in it."""
    for name in there:
        (tmp_path / name).touch()
    assert refusal_of(tmp_path) == (
        f"{tmp_path}: has neither events.jsonl, as `signalfeed export` writes it, nor news.tsv with behaviors.tsv, "
        "as MIND is"
    )


def test_events_alone_are_refused(tmp_path: Path) -> None:
    """Nobody did anything with them, so that nothing can be asked."""
    folder = without(filled(tmp_path), "feedback.jsonl", "impressions.jsonl")
    assert refusal_of(folder) == f"{folder}: has events.jsonl, but neither feedback.jsonl nor impressions.jsonl"


@pytest.mark.parametrize("left", [b"", write_document(Feedback("ada", "gone", 1, NOW))], ids=["empty", "all left out"])
def test_a_log_in_which_nobody_did_anything_is_refused(left: bytes, tmp_path: Path) -> None:
    """Whether the files are empty, or what they have is about other events."""
    folder = without(filled(tmp_path), "impressions.jsonl")
    (folder / "feedback.jsonl").write_bytes(left)
    assert refusal_of(folder) == f"{folder}: no reader said anything of an event there, or was shown one"


@pytest.mark.parametrize(
    ("name", "line", "wrong"),
    [
        ("events.jsonl", {**orjson.loads(write_document(EVENTS[0])), "id": "x", "signal": 11}, "5: signal: "),
        ("events.jsonl", EVENTS[0], "5: id: is there twice"),
        ("feedback.jsonl", {"user_id": "ada", "event_id": "c1", "at": NOW}, "3: level: is required"),
        ("impressions.jsonl", {**orjson.loads(write_document(SHOWN[0])), "user_id": "a b"}, "3: user_id: should be"),
        (
            "impressions.jsonl",
            {**orjson.loads(write_document(SHOWN[0])), "events": [{"event_id": "c1", "rank": 0, "propensity": 1.0}]},
            "3: events.0.rank: ",
        ),
        ("opens.jsonl", {"user_id": "ada", "event_id": "c1", "at": "today"}, "3: at: should be a time with a zone"),
        ("opens.jsonl", {**orjson.loads(write_document(OPENED[0])), "n": 1}, "3: n: is not a field that is known here"),
    ],
    ids=["signal", "twice", "level", "reader", "rank", "time", "unknown"],
)
def test_a_wrong_line_is_refused_with_its_file_line_and_field(
    name: str, line: object, wrong: str, tmp_path: Path
) -> None:
    """A measurement of the others would be one of something else."""
    folder = filled(tmp_path, **{name.removesuffix(".jsonl"): [line]})
    assert refusal_of(folder).startswith(f"{name}, line {wrong}")


@pytest.mark.parametrize("name", ["feedback.jsonl", "impressions.jsonl", "opens.jsonl"])
def test_a_line_that_is_not_json_is_refused(name: str, tmp_path: Path) -> None:
    """With its file and line."""
    folder = filled(tmp_path)
    (folder / name).write_bytes((folder / name).read_bytes() + b"{oops\n")
    assert refusal_of(folder).startswith(f"{name}, line 3: Invalid JSON")


def test_events_keep_the_order_of_their_file(tmp_path: Path) -> None:
    """As whoever wrote them put them."""
    path = tmp_path / "some.jsonl"
    path.write_bytes(b"\n".join(write_document(event) for event in EVENTS[::-1]))
    assert read_events(path) == list(EVENTS[::-1])
