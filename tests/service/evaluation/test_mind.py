"""MIND's format: what is taken from it, what is filled in, and what is refused.

The small log has three readers. U1 comes first and has a history of N1, N2, N1 and N9, which is no news; U2 has no
history, and U3 one of N3, which is shown to nobody before, but to U1 later. N5 is never shown or clicked.

    line  reader  time      history      shown
    1     U1      09:00:00  N1 N2 N1 N9  N3-0 N4-1
    2     U2      08:00:00               N4-0 N3-1 N8-0
    3     U1      10:00:00  N1 N2 N1 N9  N4-0 N2-1
    4     U3      07:00:00  N3           N9-1
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ranking.evaluation.log import Feedback, Impression, Log, ShownEvent
from ranking.evaluation.trials import Trial, per_impression
from ranking.event import Event
from service.documents import UnreadableDocument
from service.evaluation.mind import is_mind, read_mind
from tests.build import DEFAULTS

DAY = datetime(2019, 11, 11, tzinfo=UTC)
NEWS = (
    "N1\tsports\tsoccer\tGoal in the last minute\tIt was late.\thttps://assets.msn.com/1.html\t[]\t[]",
    "N2\tnews\tnewsus\tStrike ends\t\thttps://assets.msn.com/2.html\t[]\t[]",
    "N3\tnews\tnewsus\tHarbour opens\tShips come.\thttps://assets.msn.com/3.html\t[]\t[]",
    "N4\tweather\tweathertopstories\tRain\tUmbrellas help.\thttps://assets.msn.com/4.html\t[]\t[]",
    "N5\tfinance\tmarkets\tStocks\tUp and down.\thttps://assets.msn.com/5.html\t[]\t[]",
)
BEHAVIORS = (
    "1\tU1\t11/11/2019 9:00:00 AM\tN1 N2 N1 N9\tN3-0 N4-1",
    "2\tU2\t11/11/2019 8:00:00 AM\t\tN4-0 N3-1 N8-0",
    "3\tU1\t11/11/2019 10:00:00 AM\tN1 N2 N1 N9\tN4-0 N2-1",
    "4\tU3\t11/11/2019 7:00:00 AM\tN3\tN9-1",
)


def filled(folder: Path, news: tuple[str, ...] = NEWS, behaviors: tuple[str, ...] = BEHAVIORS) -> Path:
    """The folder, with these lines in its two files."""
    for name, lines in (("news.tsv", news), ("behaviors.tsv", behaviors)):
        (folder / name).write_bytes("".join(line + "\n" for line in lines).encode())
    return folder


@pytest.fixture
def small(tmp_path: Path) -> Log:
    """The small log."""
    return read_mind(filled(tmp_path))[0]


def events_of(log: Log) -> Mapping[str, Event]:
    """The events by id."""
    return {event.id: event for event in log.events}


def at(hours: int, seconds: int = 0) -> datetime:
    """A moment of the day."""
    return DAY + timedelta(hours=hours, seconds=seconds)


def refusal_of(folder: Path) -> str:
    """What is said of a folder that cannot be read, without the folder."""
    with pytest.raises(UnreadableDocument) as refusal:
        read_mind(folder)
    return str(refusal.value).replace(f"{folder}/", "")


def test_news_becomes_events(small: Log) -> None:
    """The abstract is the meaning, all have signal 5 and no source; entities, address and subcategory play no part."""
    published = at(7) - timedelta(days=1)
    expected = Event("N1", "Goal in the last minute", "sports", published, 5.0, meaning="It was late.")
    assert events_of(small)["N1"] == expected


def test_news_is_published_when_it_is_first_shown_or_clicked(small: Log) -> None:
    """N1 is in a history alone: a day before 7 o'clock, when the log begins. N2 is clicked by U1 two seconds before 9,
    being shown at 10 only; N3 by U3 a second before 7. N4 is shown at 8. N5 is nowhere, and so no event."""
    assert {event.id: event.published_at for event in small.events} == {
        "N1": at(7) - timedelta(days=1),
        "N2": at(9, -2),
        "N3": at(7, -1),
        "N4": at(8),
    }


def test_impressions_show_news_in_its_order(small: Log) -> None:
    """In order of time, whatever the order of lines. What is no news has left a gap in the ranks, and an impression of
    nothing else is none."""
    assert small.impressions == (
        Impression("2", "U2", at(8), "", "", False, (ShownEvent("N4", 1, 1.0), ShownEvent("N3", 2, 1.0))),
        Impression("1", "U1", at(9), "", "", False, (ShownEvent("N3", 1, 1.0), ShownEvent("N4", 2, 1.0))),
        Impression("3", "U1", at(10), "", "", False, (ShownEvent("N4", 1, 1.0), ShownEvent("N2", 2, 1.0))),
    )


def test_clicks_and_histories_become_adjustments(small: Log) -> None:
    """U1 has clicked N1 twice, of which the last counts, a second before 9, and N2 a second earlier; that history is
    read once. Clicks have the time of their impression."""
    assert small.by_reader == {
        "U3": (Feedback("U3", "N3", 1, at(7, -1)),),
        "U2": (Feedback("U2", "N3", 1, at(8)),),
        "U1": (
            Feedback("U1", "N2", 1, at(9, -2)),
            Feedback("U1", "N1", 1, at(9, -1)),
            Feedback("U1", "N4", 1, at(9)),
            Feedback("U1", "N2", 1, at(10)),
        ),
    }
    assert small.opened == ()


def test_a_trial_knows_of_histories_and_earlier_clicks_alone(small: Log) -> None:
    """The clicks of an impression are what is asked for. At 10 U1 has clicked N2, N1 and N4."""
    trials = [trial for one in per_impression(small, DEFAULTS).slices for trial in one.trials]
    assert trials == [
        Trial("U2", at(8), 0, ("N3",), among=("N4", "N3")),
        Trial("U1", at(9), 2, ("N4",), among=("N3", "N4")),
        Trial("U1", at(10), 3, ("N2",), among=("N4", "N2")),
    ]


def test_what_is_no_news_is_left_out_and_counted(tmp_path: Path) -> None:
    """N9 in the history of U1, once, as that is read once; N8 shown to U2, and N9 to U3."""
    assert read_mind(filled(tmp_path))[1] == 3


def test_the_history_is_that_of_the_first_impression(tmp_path: Path) -> None:
    """By time, not by line."""
    lines = ("1\tU1\t11/11/2019 9:00:00 PM\tN2\tN4-0", "2\tU1\t11/11/2019 9:00:00 AM\tN1\tN4-0")
    assert read_mind(filled(tmp_path, behaviors=lines))[0].feedback == (Feedback("U1", "N1", 1, at(9, -1)),)


def test_nothing_is_said_of_an_event_before_it_is_published(tmp_path: Path) -> None:
    """Not even where a history is longer than a day has seconds."""
    n_news = 86_402
    news = tuple(f"N{number}\tnews\t\tNews\t" for number in range(n_news))
    history = " ".join(f"N{number}" for number in range(n_news))
    log, _ = read_mind(filled(tmp_path, news, (f"1\tU1\t11/11/2019 12:00:00 AM\t{history}\tN1-0 N2-1",)))
    published = {event.id: event.published_at for event in log.events}
    assert all(published[said.event_id] <= said.at for said in log.feedback)
    assert published["N0"] == DAY - timedelta(seconds=n_news)


@pytest.mark.parametrize(
    ("time", "hours"),
    [("11/11/2019 12:00:00 AM", 0), ("11/11/2019 12:00:00 PM", 12), ("11/11/2019 01:00:00 PM", 13)],
    ids=["midnight", "noon", "one"],
)
def test_times_are_those_of_a_clock_with_twelve_hours(time: str, hours: int, tmp_path: Path) -> None:
    """In UTC."""
    [page] = read_mind(filled(tmp_path, behaviors=(f"1\tU1\t{time}\t\tN1-0",)))[0].impressions
    assert page.at == at(hours)
    assert page.at.utcoffset() == timedelta(0)


def test_quotes_and_odd_spaces_are_signs_like_any_other(tmp_path: Path) -> None:
    """A quote opens nothing, and only a line feed ends a line; Windows' carriage return does not belong to it."""
    news = ('N1\tnews\t\t"Quite\u2028so\t"It is.\x0b\r',)
    [event] = read_mind(filled(tmp_path, news, ("", "1\tU1\t11/11/2019 9:00:00 AM\t\tN1-0\r", "")))[0].events
    assert (event.title, event.meaning) == ('"Quite\u2028so', '"It is.')


def test_long_texts_are_cut_and_a_missing_title_is_filled_in(tmp_path: Path) -> None:
    """To 500 characters of a title and 10,000 of an abstract; without a title the id stands for it."""
    news = (f"N1\tnews\t\t{'t' * 501}\t{'a' * 10_001}\t\t\t", "N2\tnews\t\t \t\t\t\t")
    events = events_of(read_mind(filled(tmp_path, news, ("1\tU1\t11/11/2019 9:00:00 AM\tN1\tN2-0",)))[0])
    assert (events["N1"].title, events["N1"].meaning) == ("t" * 500, "a" * 10_000)
    assert (events["N2"].title, events["N2"].meaning) == ("N2", "")


def test_what_was_clicked_twice_on_a_page_was_clicked_once(tmp_path: Path) -> None:
    """It is the same click."""
    log, _ = read_mind(filled(tmp_path, behaviors=("1\tU1\t11/11/2019 9:00:00 AM\t\tN1-1 N2-0 N1-1",)))
    assert log.feedback == (Feedback("U1", "N1", 1, at(9)),)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("N6\tnews\t\tTitle", "news.tsv, line 6: should have 8 columns, parted by tabs"),
        ("N/6\tnews\t\tTitle\t", "news.tsv, line 6: id: should be 1 to 128 of A-Z a-z 0-9 . _ ~ -"),
        ("N6\t \t\tTitle\t", "news.tsv, line 6: category: String should have at least 1 character"),
        ("N1\tnews\t\tTitle\t", "news.tsv, line 6: id: is there twice"),
    ],
    ids=["columns", "id", "category", "twice"],
)
def test_wrong_news_is_refused_with_its_line_and_field(line: str, message: str, tmp_path: Path) -> None:
    """Lines are counted from 1."""
    assert refusal_of(filled(tmp_path, (*NEWS, line))) == message


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("U1\t11/11/2019 9:00:00 AM\t\tN1-0", "should have 5 columns, parted by tabs"),
        ("5 5\tU1\t11/11/2019 9:00:00 AM\t\tN1-0", "impression id: should be 1 to 128 of A-Z a-z 0-9 . _ ~ -"),
        ("5\t\t11/11/2019 9:00:00 AM\t\tN1-0", "user id: should be 1 to 128 of A-Z a-z 0-9 . _ ~ -"),
        ("5\tU1\t2019-11-11T09:00:00Z\t\tN1-0", "time: should be as 11/11/2019 9:05:58 AM"),
        ("5\tU1\t11/11/1969 9:00:00 AM\t\tN1-0", "time: should be in the years 1970 to 9998"),
        ("5\tU1\t11/11/2019 9:00:00 AM\t\tN1-0 N2", "impressions: each should end in -1 (clicked) or -0 (not clicked)"),
        ("5\tU1\t11/11/2019 9:00:00 AM\t\tN1-2", "impressions: each should end in -1 (clicked) or -0 (not clicked)"),
    ],
    ids=["columns", "impression id", "user id", "time", "year", "unlabelled", "label"],
)
def test_a_wrong_impression_is_refused_with_its_line_and_field(line: str, message: str, tmp_path: Path) -> None:
    """Lines are counted from 1."""
    assert refusal_of(filled(tmp_path, behaviors=(*BEHAVIORS, line))) == f"behaviors.tsv, line 5: {message}"


def test_what_is_not_utf_8_is_refused_with_its_line(tmp_path: Path) -> None:
    """Rather than read as something else."""
    path = filled(tmp_path) / "news.tsv"
    path.write_bytes(path.read_bytes() + "N6\tnews\t\tCafé\t".encode("latin-1"))
    assert refusal_of(tmp_path) == "news.tsv, line 6: is not UTF-8"


def test_a_log_without_impressions_is_refused(tmp_path: Path) -> None:
    """There is no time to put its news to."""
    assert refusal_of(filled(tmp_path, behaviors=())) == "behaviors.tsv: has no impression"


@pytest.mark.parametrize("missing", ["news.tsv", "behaviors.tsv"])
def test_both_files_make_the_format(missing: str, tmp_path: Path) -> None:
    """One alone does not."""
    assert is_mind(filled(tmp_path))
    (tmp_path / missing).unlink()
    assert not is_mind(tmp_path)
