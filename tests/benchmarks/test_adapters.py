"""Adapters read the published formats, and ask what the published protocols ask."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.quality import bbc, citeulike, deskdrop, drift, uci
from benchmarks.quality.files import Absent
from ranking.evaluation.trials import replay
from ranking.event import Source
from tests.benchmarks.data import write_bbc, write_citeulike, write_deskdrop, write_uci
from tests.build import PARAMS

SECOND = "-2000006"
REAL = Path(__file__).parents[3] / "shared" / "data"


def test_deskdrop_articles_have_publisher_and_sharer_as_sources(tmp_path: Path) -> None:
    """A row that is cut off is no article; www. is no part of a publisher's name."""
    write_deskdrop(tmp_path)
    articles = deskdrop.articles(tmp_path)
    assert len(articles) == 8
    assert articles[1].id == SECOND
    assert articles[1].sources == (Source("site1.com"), Source("shared by 101"))
    assert articles[1].published_at == datetime.fromtimestamp(1_480_003_600, UTC)
    assert articles[1].text == "Whale number1\nwhale ocean reef story1"


def test_deskdrop_presses_are_one_for_each_reader_and_article(tmp_path: Path) -> None:
    """What was viewed and then liked is one press, with the first and the last moment."""
    write_deskdrop(tmp_path)
    presses = deskdrop.presses(tmp_path)
    assert len(presses) == 6 * 8 + 1
    assert [one.first for one in presses] == sorted(one.first for one in presses)
    liked = next(one for one in presses if (one.user_id, one.event_id) == ("0", SECOND))
    assert liked.last - liked.first == 60


def test_deskdrop_asks_for_a_fifth_among_what_its_reader_never_pressed(tmp_path: Path) -> None:
    """Of 48 presses of readers with five or more, ten are asked for; each stands among the four articles that its
    reader never pressed."""
    write_deskdrop(tmp_path)
    protocol = deskdrop.sampled(tmp_path, (1,))
    trials = [trial for one in protocol.slices for trial in one.trials]
    pressed = {(one.user_id, one.event_id) for one in deskdrop.presses(tmp_path)}
    assert len(trials) == 10
    assert len(protocol.log.feedback) == 38
    assert all(len(trial.among or ()) == 5 for trial in trials)
    assert all((trial.user_id, one) not in pressed for trial in trials for one in (trial.among or ())[1:])
    known = {(one.user_id, one.event_id) for one in protocol.log.feedback}
    assert all((trial.user_id, trial.wanted[0]) not in known for trial in trials)
    assert all(trial.n_said == len(protocol.log.by_reader[trial.user_id]) for trial in trials)


def test_deskdrop_sampled_leaves_time_without_a_part(tmp_path: Path) -> None:
    """All articles are of one moment, and what was pressed is a month old, in the order in which it was."""
    write_deskdrop(tmp_path)
    protocol = deskdrop.sampled(tmp_path, (1,))
    [published] = {event.published_at for event in protocol.log.events}
    assert all(one.known_at - published == timedelta(days=30) for one in protocol.slices)
    last = {(one.user_id, one.event_id): one.last for one in deskdrop.presses(tmp_path)}
    order = [last[one.user_id, one.event_id] for one in protocol.log.feedback]
    assert order == sorted(order)


def test_deskdrop_draws_again_for_each_seed(tmp_path: Path) -> None:
    """Two seeds ask twice, and the same seed asks the same."""
    write_deskdrop(tmp_path, n_readers=3, n_articles=120)
    one, two = deskdrop.sampled(tmp_path, (1,)), deskdrop.sampled(tmp_path, (1, 2))
    assert two.n_trials == 2 * one.n_trials
    assert two.slices[0].trials[: one.n_trials] == one.slices[0].trials


def test_deskdrop_with_text_asks_for_articles_with_text_among_those(tmp_path: Path) -> None:
    """Presses on others are learned from, but nothing is asked of them."""
    write_deskdrop(tmp_path)
    protocol = deskdrop.sampled(tmp_path, (1,), with_text=True)
    texts = {event.id for event in deskdrop.articles(tmp_path)}
    trials = [trial for one in protocol.slices for trial in one.trials]
    assert 0 < len(trials) < 10
    assert all(set(trial.among or ()) <= texts for trial in trials)
    assert len(protocol.log.feedback) == 38


def test_deskdrop_articles_without_text_have_no_terms(tmp_path: Path) -> None:
    """Eight of twelve have any, and none where texts are taken away."""
    write_deskdrop(tmp_path)
    protocol = deskdrop.sampled(tmp_path, (1,))
    assert sum(bool(one.counts) for one in protocol.log.terms.values()) == 8
    silent = deskdrop.without_texts(protocol)
    assert not any(one.counts for one in silent.log.terms.values())
    assert silent.slices == protocol.slices


def test_deskdrop_matched_asks_among_the_nearest_in_time(tmp_path: Path) -> None:
    """Candidates were published by then, are not pressed yet, and are the 20 nearest; the first press of a reader is
    not asked about."""
    write_deskdrop(tmp_path, n_readers=2, n_articles=40, n_texts=40)
    log = deskdrop.in_time(tmp_path)
    protocol = deskdrop.matched(log)
    place = {event.id: number for number, event in enumerate(log.events)}
    trials = [trial for one in protocol.slices for trial in one.trials]
    assert [trial.n_said for trial in trials if trial.user_id == "0"] == list(range(1, 8))
    first = next(trial for trial in trials if trial.user_id == "0")
    # Article 1 is wanted and 0 pressed; of those published in the 41 hours, 2 to 21 are the nearest.
    assert place[first.wanted[0]] == 1
    assert sorted(place[one] for one in first.among or ()) == [1, *range(2, 22)]


def test_deskdrop_matched_fits_statistics_at_every_new_article(tmp_path: Path) -> None:
    """Between two trials of one slice no article is published."""
    write_deskdrop(tmp_path, n_articles=20, n_texts=40)
    log = deskdrop.in_time(tmp_path)
    slices = deskdrop.matched(log).slices
    moments = [event.published_at for event in log.events]
    assert len(slices) > 1
    for one in slices:
        assert one.known_at == one.trials[0].at
        assert not [moment for moment in moments if one.trials[0].at < moment <= one.trials[-1].at]


def test_of_known_readers_leaves_out_first_presses(tmp_path: Path) -> None:
    """Of the eight presses of six readers seven each are left, and no slice is empty."""
    write_deskdrop(tmp_path, n_texts=12)
    protocol = replay(deskdrop.in_time(tmp_path), PARAMS)
    known = deskdrop.of_known_readers(protocol)
    assert (protocol.n_trials, known.n_trials) == (48, 42)
    assert all(one.trials for one in known.slices)
    assert all(trial.n_said for one in known.slices for trial in one.trials)


def test_citeulike_wants_the_rest_of_a_library_among_all_papers(tmp_path: Path) -> None:
    """A reader with nothing to be found is not asked about, but was known."""
    write_citeulike(tmp_path)
    protocol = citeulike.full(tmp_path)
    trials = [trial for one in protocol.slices for trial in one.trials]
    assert [(trial.user_id, trial.wanted) for trial in trials] == [
        ("reader-0", ("paper-3",)),
        ("reader-1", ("paper-7", "paper-3")),
    ]
    assert [trial.among for trial in trials] == [None, None]
    assert [one.event_id for one in protocol.log.by_reader["reader-2"]] == ["paper-0", "paper-4", "paper-7"]


def test_citeulike_papers_are_their_word_counts(tmp_path: Path) -> None:
    """The words have the names that the vocabulary gives them."""
    write_citeulike(tmp_path)
    assert citeulike.full(tmp_path).log.terms["paper-1"].counts == {"word:gene": 1, "word:protein": 3}


def test_citeulike_can_ask_fewer_readers(tmp_path: Path) -> None:
    """They are drawn, and the same for the same seed."""
    write_citeulike(tmp_path)
    drawn = citeulike.full(tmp_path, n_readers=1, seed=3)
    assert drawn.n_trials == 1
    assert drawn.slices == citeulike.full(tmp_path, n_readers=1, seed=3).slices


def test_uci_headlines_have_their_story(tmp_path: Path) -> None:
    """A line that is cut off is left out, and a publisher without a name has one made up."""
    write_uci(tmp_path)
    headlines, stories = uci.headlines(tmp_path)
    assert len(headlines) == 21
    assert headlines[3].title == "Topic0 strikes topic0 again part1"
    assert headlines[0].sources == (Source("unknown"),)
    assert stories[headlines[4].id] == "story-1"


def test_bbc_articles_do_not_tell_their_class(tmp_path: Path) -> None:
    """The first line is the title; the class is beside the event and not in it."""
    write_bbc(tmp_path)
    articles, classes = bbc.articles(tmp_path)
    assert len(articles) == 14
    assert articles[0].id == "sport-001"
    assert articles[0].title == "sport title 1"
    assert "£1" in articles[0].meaning
    assert {one.category for one in articles} == {"News"}
    assert classes["tech-007"] == "tech"


def test_drift_takes_sixty_headlines_of_large_stories(tmp_path: Path) -> None:
    """Stories of forty or more are topics, and none has more than sixty headlines."""
    write_uci(tmp_path, n_stories=8, n_headlines=65)
    simulation = drift.simulated(tmp_path, seed=1, n_readers=2)
    assert len(simulation.log.events) == 8 * 60
    assert len(simulation.held_out) == 8
    assert len(simulation.log.feedback) == 2 * 120


@pytest.mark.parametrize("read", [deskdrop.articles, deskdrop.presses, citeulike.full, uci.headlines, bbc.articles])
def test_a_data_set_that_is_not_there_is_said(tmp_path: Path, read) -> None:  # type: ignore[no-untyped-def]
    """The message names the file and the folder."""
    with pytest.raises(Absent, match=r"is not in .*"):
        read(tmp_path)


@pytest.mark.skipif(not (REAL / "bbc").is_dir(), reason=f"the published data sets are not in {REAL}")
def test_the_published_data_sets_are_of_their_published_size() -> None:
    """2,225 articles, 6,366 headlines of 87 stories; and the notebook's 1,140 readers, a fifth of whose 39,106 presses
    is asked for."""
    articles, _ = bbc.articles(REAL)
    headlines, stories = uci.headlines(REAL)
    protocol = deskdrop.sampled(REAL, (1,))
    assert (len(articles), len(headlines), len(set(stories.values()))) == (2_225, 6_366, 87)
    assert len(protocol.log.by_reader) == 1_140
    assert (len(protocol.log.feedback), protocol.n_trials) == (31_284, 7_822)
