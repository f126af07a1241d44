"""What the learner is given: who teaches, what is asked for, in how much doubt, and of which terms nothing is said."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from ranking.crowd import Alike
from ranking.features import Statistics, fit_statistics, vectors
from ranking.ledger import Adjustment, Ledger, Open
from ranking.lessons import Lessons, centred_kernel, lessons
from ranking.params import Params
from ranking.reader import Reader
from ranking.text import Terms
from ranking.wishes import Wishes
from tests.build import NOW, PARAMS, a_corpus, a_reader, any_reader, two_stories

STORIES = a_corpus(*two_stories())
OPENS_TEACH = Params(learn_from_opens=True)
COMET, NEWS, UNHEARD = "word:comet", "category:News", "word:unheard"


def minute(number: int) -> datetime:
    """A moment so many minutes after NOW."""
    return NOW + timedelta(minutes=number)


def terms(event_id: str) -> Terms:
    """The terms of an event of the two stories."""
    return STORIES.terms[STORIES.row(event_id)]


def pressed(*said: tuple[str, int]) -> Ledger:
    """A press of level 2 on each of these events at so many minutes."""
    return Ledger(tuple(Adjustment(event_id, 2, minute(at), terms(event_id)) for event_id, at in said))


def opened(*opens: tuple[str, int]) -> tuple[Open, ...]:
    """An open of each of these events at so many minutes."""
    return tuple(Open(event_id, minute(at), terms(event_id)) for event_id, at in opens)


def value(taught: Lessons, number: int, name: str) -> float:
    """What the row of a lesson says of a term, less the mean."""
    column = taught.names.index(name)
    return float(taught.rows.toarray()[number, column] - taught.mean[column])


def test_adjustments_teach_oldest_first_each_with_its_wish() -> None:
    """The rows are those of the events' terms."""
    taught = lessons(a_reader(STORIES, ("s1", -2), ("c1", 1), ("c2", 0)), STORIES.statistics, PARAMS)
    assert (taught.event_ids, taught.levels) == (("s1", "c1", "c2"), (-2, 1, 0))
    assert taught.wish.tolist() == [-1.0, 0.5, 0.0]
    expected = STORIES.features[[STORIES.row(event_id) for event_id in taught.event_ids]]
    np.testing.assert_allclose(taught.rows.toarray(), expected.toarray(), rtol=0, atol=1e-15)
    assert (taught.names, taught.silent) == (STORIES.names, ())


def test_opens_teach_only_where_that_is_switched_on() -> None:
    """Otherwise it is as if there had been none."""
    reader = Reader(pressed(("c1", 0)), opens=opened(("s1", 1)))
    assert lessons(reader, STORIES.statistics, PARAMS).event_ids == ("c1",)
    assert lessons(reader, STORIES.statistics, OPENS_TEACH).event_ids == ("c1", "s1")


def test_an_open_is_a_small_wish_unless_the_event_was_adjusted() -> None:
    """What was said of an event beats that it was opened."""
    reader = Reader(pressed(("c1", 5)), opens=opened(("s1", 0), ("c1", 1), ("s2", 2)))
    taught = lessons(reader, STORIES.statistics, OPENS_TEACH)
    assert (taught.event_ids, taught.levels) == (("c1", "s1", "s2"), (2, None, None))
    assert taught.wish.tolist() == [1.0, 0.25, 0.25]


def test_the_doubt_about_a_lesson_doubles_with_every_half_life_of_later_ones() -> None:
    """An open is in more doubt than a press, and ages with later opens and presses; a press ages with presses only."""
    reader = Reader(pressed(("c1", 0), ("c2", 2)), opens=opened(("s1", 1), ("s2", 2)))
    params = Params(learn_from_opens=True, noise=3.0, open_doubt=4.0, press_half_life=1.0)
    # Later than c1: c2. Than s1: c2 and s2. Than s2: none, since c2 came in the same moment.
    assert lessons(reader, STORIES.statistics, params).noise.tolist() == [3 * 2, 3, 3 * 4 * 4, 3 * 4]


def test_of_a_pinned_term_no_lesson_says_anything() -> None:
    """Its place has the mean, and all other places stay."""
    ledger = pressed(("c1", 0), ("s1", 1), ("c2", 2))
    plain = lessons(Reader(ledger), STORIES.statistics, PARAMS)
    pinned = lessons(Reader(ledger, Wishes.of([], {COMET: 1.0}, {})), STORIES.statistics, PARAMS)
    assert pinned.silent == (COMET,)
    assert [value(pinned, number, COMET) for number in range(3)] == [0, 0, 0]
    others = [column for column, name in enumerate(plain.names) if name != COMET]
    assert (pinned.rows.toarray()[:, others] == plain.rows.toarray()[:, others]).all()


def test_of_a_cleared_term_no_lesson_says_anything_until_that_moment() -> None:
    """What is said afterwards teaches again, so that the term is not silent; the moment itself is before."""
    ledger = pressed(("c1", 0), ("s1", 1), ("c2", 2))
    plain = lessons(Reader(ledger), STORIES.statistics, PARAMS)
    taught = lessons(Reader(ledger, Wishes.of([], {}, {COMET: minute(1)})), STORIES.statistics, PARAMS)
    assert taught.silent == ()
    assert [value(taught, number, COMET) for number in range(3)] == [0, 0, value(plain, 2, COMET)]


def test_a_term_that_was_cleared_last_is_silent() -> None:
    """As one that is pinned, also where it was cleared before what was said; opens are cleared as presses are."""
    reader = Reader(pressed(("c1", 0)), Wishes.of([], {NEWS: 0.0}, {COMET: minute(3), NEWS: NOW - timedelta(days=1)}))
    taught = lessons(reader, STORIES.statistics, PARAMS)
    assert taught.silent == (NEWS, COMET)
    assert value(taught, 0, COMET) == value(taught, 0, NEWS) == 0
    with_opens = Reader(reader.ledger, reader.wishes, opens=opened(("c2", 3), ("s1", 4)))
    assert lessons(with_opens, STORIES.statistics, OPENS_TEACH).silent == (NEWS,)


def test_a_reader_who_said_nothing_has_no_lessons_and_may_have_wishes() -> None:
    """All terms that were pinned or cleared are silent then, known or not."""
    wishes = Wishes.of([], {UNHEARD: 1.0}, {COMET: NOW})
    taught = lessons(Reader(wishes=wishes), STORIES.statistics, OPENS_TEACH)
    assert (taught.event_ids, taught.levels, taught.silent) == ((), (), (COMET, UNHEARD))
    assert taught.rows.shape == (0, len(STORIES.names))
    assert len(taught.wish) == len(taught.noise) == 0


def test_further_rows_stand_on_the_same_columns_and_say_nothing_of_silent_terms() -> None:
    """New terms are numbered with those of the lessons, and have a mean of 0; a pinned term has its mean everywhere."""
    unheard = Terms.of({COMET: 1, "word:later": 1}, {COMET: "comet", "word:later": "later"})
    said = Terms.of({UNHEARD: 1, COMET: 1}, {UNHEARD: "unheard", COMET: "comet"})
    reader = Reader(Ledger((Adjustment("x", 1, NOW, said),)), Wishes.of([], {COMET: 1.0, UNHEARD: 1.0}, {}))
    taught = lessons(reader, STORIES.statistics, PARAMS, [unheard])
    assert taught.names == (*STORIES.names, UNHEARD, "word:later")
    assert taught.mean.tolist() == [*STORIES.statistics.mean, 0, 0]
    assert value(taught, 0, COMET) == value(taught, 0, UNHEARD) == 0
    (alone,) = vectors([unheard], STORIES.statistics, PARAMS).blocks.toarray()
    (also,) = taught.also.toarray()
    assert also[taught.names.index(UNHEARD)] == 0
    alone[STORIES.columns[COMET]] = STORIES.mean[STORIES.columns[COMET]]
    assert np.delete(also, taught.names.index(UNHEARD)) == pytest.approx(alone)


@pytest.mark.parametrize(
    "statistics", [STORIES.statistics, fit_statistics([], PARAMS)], ids=["known terms", "new terms"]
)
@given(data=st.data())
def test_only_what_was_silenced_is_taken_out_of_the_rows(statistics: Statistics, data: st.DataObject) -> None:
    """Whatever was pinned and cleared: centred, a silenced place is exactly 0, and every other is what it was."""
    reader = data.draw(any_reader(STORIES))
    taught = lessons(reader, statistics, OPENS_TEACH)
    plain = lessons(Reader(reader.ledger, opens=reader.opens), statistics, OPENS_TEACH)
    assert (taught.names, taught.event_ids) == (plain.names, plain.event_ids)
    said_at = {one.event_id: one.at for one in reader.opens}
    said_at |= {one.event_id: one.at for one in reader.ledger.adjustments}
    expected = plain.rows.toarray() - plain.mean
    for number, event_id in enumerate(taught.event_ids):
        for column, name in enumerate(taught.names):
            cleared_at = reader.wishes.cleared.get(name)
            if name in reader.wishes.pins or (cleared_at is not None and said_at[event_id] <= cleared_at):
                expected[number, column] = 0.0
    np.testing.assert_array_equal(taught.rows.toarray() - taught.mean, expected)


def test_the_kernel_is_the_product_of_centred_rows() -> None:
    """Worked out on sparse rows, it is what dense ones give."""
    left, right = np.array([[1.0, 0.0, 2.0], [0.0, 0.0, 0.0]]), np.array([[0.0, 3.0, 1.0]])
    mean = np.array([0.5, 1.0, 0.0])
    # (½, -1, 2)·(-½, 2, 1) = -¼ - 2 + 2, and (-½, -1, 0)·(-½, 2, 1) = ¼ - 2.
    assert centred_kernel(csr_array(left), csr_array(right), mean).tolist() == [[-0.25], [-1.75]]


def test_lessons_have_the_rows_of_alike_readers_centred() -> None:
    """An event that nobody turned up has zeros, which centred are the mean's opposite; opens have rows as presses do,
    and so has an event that is long gone."""
    alike = Alike(("c1", "gone", "s2"), np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([0.5, 1.5]))
    gone = Adjustment("gone", 2, minute(2), terms("c2"))
    reader = Reader(Ledger((*pressed(("c1", 0), ("s1", 1)).adjustments, gone)), opens=opened(("s2", 3)))
    taught = lessons(reader, STORIES.statistics.with_alike(alike), OPENS_TEACH)
    assert taught.event_ids == ("c1", "s1", "gone", "s2")
    assert taught.alike.tolist() == [[0.5, 0.5], [-0.5, -1.5], [2.5, 2.5], [4.5, 4.5]]


def test_rows_of_alike_readers_have_nothing_to_do_with_pins_and_clears() -> None:
    """Who silences a word still likes what alike readers like."""
    statistics = STORIES.statistics.with_alike(Alike(("c1",), np.array([[1.0]]), np.array([0.25])))
    wishes = Wishes.of([], {COMET: 1.0}, {NEWS: minute(5)})
    taught = lessons(Reader(pressed(("c1", 0)), wishes), statistics, PARAMS)
    assert taught.silent == (NEWS, COMET)
    assert taught.alike.tolist() == [[0.75]]


@pytest.mark.parametrize("reader", [Reader(), Reader(pressed(("c1", 0)))], ids=["nothing said", "a press"])
def test_where_nobody_turned_anything_up_these_rows_are_empty(reader: Reader) -> None:
    """One for each lesson, without a number; with readers, a reader who said nothing has no rows."""
    n = len(reader.ledger.adjustments)
    assert lessons(reader, STORIES.statistics, PARAMS).alike.shape == (n, 0)
    alike = Alike(("c1",), np.array([[1.0]]), np.array([0.25]))
    assert lessons(reader, STORIES.statistics.with_alike(alike), PARAMS).alike.shape == (n, 1)
