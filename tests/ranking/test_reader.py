"""Reader: what counts once, what is kept, what two readers become, and what names them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ranking.interactions import Action, History, Interaction
from ranking.ledger import Ledger, Open
from ranking.params import Params
from ranking.reader import Reader
from ranking.text import Terms
from ranking.wishes import MAX_WISHES, TooManyWishes, Wishes
from tests.build import NOW, PARAMS, a_corpus, a_reader, two_stories

STORIES = a_corpus(*two_stories())
TERMS = {event.id: terms for event, terms in zip(STORIES.events, STORIES.terms, strict=True)}
TEACHING = Params(learn_from_opens=True, opens_cap=2)


def did(number: int, action: Action = Action.OPEN, event_id: str = "c1") -> Interaction:
    """An interaction that has this number for an id, so many minutes from NOW."""
    return Interaction(str(number), event_id, action, NOW + timedelta(minutes=number))


def opened(number: int, event_id: str = "c1") -> Open:
    """What is kept of an open that was so many minutes from NOW."""
    return Open(event_id, NOW + timedelta(minutes=number), TERMS[event_id])


def after(reader: Reader, *interactions: Interaction, params: Params = PARAMS) -> Reader:
    """The reader after these interactions, as far as they were not heard before."""
    return reader.after(reader.unheard(interactions), TERMS, params)


def test_an_interaction_counts_once() -> None:
    """However often it is sent: in one go, or again later. Its id alone makes it the same."""
    first, other = did(1), did(2)
    assert Reader().unheard([first, other, first]) == [first, other]
    once = after(Reader(), first, other)
    assert once.unheard([did(2), did(3), did(1, Action.DISMISS, "s1")]) == [did(3)]
    assert after(once, first, other) == once
    assert once.history.seen["c1"].n_opens == 2


def test_the_last_thousand_are_known_again() -> None:
    """What came before them would count twice."""
    reader = after(Reader(), *(did(number) for number in range(1001)))
    assert reader.unheard([did(0), did(1), did(1000)]) == [did(0)]
    assert len(reader.heard) == 1000


def test_interactions_make_history_and_nothing_else() -> None:
    """Within its cap; as long as opens do not teach, none is kept, and the version does not change."""
    before = replace(a_reader(STORIES, ("c1", 2)), wishes=Wishes(mutes=("word:strike",)))
    told = [did(1), did(2, Action.SEEN, "c2"), did(3, Action.DISMISS, "s1")]
    reader = after(before, *told, params=replace(PARAMS, history_cap=1))
    assert reader.history == History().after(told, 1)
    assert list(reader.history.seen) == ["c2"]
    assert replace(reader, history=History(), heard=()) == before
    assert reader.version == before.version


def test_opens_are_kept_where_they_teach() -> None:
    """One for an event, the last; the oldest first, and no more than the cap. Nothing else that is done is kept."""
    reader = after(Reader(), did(1), did(2, event_id="s1"), did(3, Action.SEEN, "s2"), params=TEACHING)
    assert reader.opens == (opened(1), opened(2, "s1"))
    reader = after(reader, did(4), params=TEACHING)
    assert reader.opens == (opened(2, "s1"), opened(4))
    reader = after(reader, did(5, event_id="c2"), params=TEACHING)
    assert reader.opens == (opened(4), opened(5, "c2"))


def test_an_open_that_is_told_late_does_not_stand_in_for_a_later_one() -> None:
    """The last open of an event is the one that was last, not the one that was told last."""
    late = after(after(Reader(), did(4), params=TEACHING), did(1), params=TEACHING)
    at_once = after(Reader(), did(4), did(1), params=TEACHING)
    assert late.opens == at_once.opens == (opened(4),)


def test_opens_that_taught_are_kept_when_opens_no_longer_teach() -> None:
    """They are not lost, so to switch learning on again brings back what was learned."""
    reader = after(Reader(), did(1), params=TEACHING)
    assert after(reader, did(2, event_id="s1"), params=replace(TEACHING, learn_from_opens=False)).opens == (opened(1),)


def test_two_readers_become_one() -> None:
    """All that was said, wished, seen and opened; where they differ the later word counts, over a pin this reader's."""
    at = NOW + timedelta(hours=1)
    here = Reader(
        Ledger().adjusted("c1", 2, NOW, TERMS["c1"], 9).adjusted("s1", 1, NOW, TERMS["s1"], 9),
        Wishes.of(["word:comet"], {"word:strike": 3}, {"word:wage": NOW}),
    )
    there = Reader(
        Ledger().adjusted("c1", -2, at, TERMS["c1"], 9).adjusted("s2", 0, at, TERMS["s2"], 9),
        Wishes.of(["word:moon"], {"word:strike": -3, "word:deal": 1}, {"word:wage": at}),
    )
    here = after(here, did(1), did(2, event_id="s1"), params=TEACHING)
    there = after(there, did(3), did(4, Action.DISMISS, "s2"), params=TEACHING)
    both = here.merged(there, TEACHING)
    assert [(one.event_id, one.level) for one in both.ledger.adjustments] == [("s1", 1), ("c1", -2), ("s2", 0)]
    assert both.wishes == Wishes.of(["word:comet", "word:moon"], {"word:strike": 3, "word:deal": 1}, {"word:wage": at})
    assert both.history == here.history.merged(there.history, PARAMS.history_cap)
    assert both.opens == (opened(2, "s1"), opened(3))
    assert both.unheard([did(number) for number in range(1, 6)]) == [did(5)]


def test_a_merged_reader_is_no_larger_than_any_other() -> None:
    """Each part has its cap: adjustments, history, opens and what is known again."""
    params = replace(TEACHING, ledger_cap=2, history_cap=2)
    here, there = a_reader(STORIES, ("c1", 1), ("c2", 1)), a_reader(STORIES, ("s1", 1), ("s2", 1))
    here = after(here, *(did(n, event_id="c1") for n in range(600)), did(600, event_id="c2"), params=params)
    there = after(there, *(did(n, event_id="s1") for n in range(601, 1201)), did(1201, event_id="s2"), params=params)
    both = here.merged(there, params)
    assert [one.event_id for one in both.ledger.adjustments] == ["s1", "s2"]
    assert list(both.history.seen) == [one.event_id for one in both.opens] == ["s1", "s2"]
    assert len(both.heard) == 1000
    assert both.unheard([did(0), did(601)]) == [did(601)]  # this reader's own are the last to be forgotten


def test_to_merge_with_nobody_changes_nothing() -> None:
    """Whoever is merged into whom."""
    reader = replace(a_reader(STORIES, ("c1", 2), ("s1", -1)), wishes=Wishes.of(["word:moon"], {"word:deal": 1}, {}))
    reader = after(reader, did(1), did(2, Action.DISMISS, "s2"), params=TEACHING)
    assert reader.merged(Reader(), TEACHING) == Reader().merged(reader, TEACHING) == reader


def test_two_readers_of_too_many_wishes_cannot_become_one() -> None:
    """They are asked to take some back first."""
    here, there = (
        Reader(wishes=Wishes.of([f"word:{kind}{n}" for n in range(MAX_WISHES)], {}, {})) for kind in ("here", "there")
    )
    with pytest.raises(TooManyWishes):
        here.merged(there, PARAMS)


def test_the_version_names_what_the_profile_follows_from() -> None:
    """What was said, laid down and opened; what was only seen or dismissed plays no part."""
    said = a_reader(STORIES, ("c1", 2))
    assert said.version == said.ledger.version
    assert after(said, did(1), did(2, Action.DISMISS, "s1")).version == said.version
    taught = after(said, did(1), params=TEACHING)
    readers = [
        Reader(),
        said,
        replace(said, wishes=Wishes(mutes=("word:comet",))),
        replace(said, wishes=Wishes(pins={"word:comet": 1.0})),
        taught,
        replace(taught, opens=(opened(2),)),
        replace(taught, opens=(replace(opened(1), terms=Terms.of({"word:x": 1}, {"word:x": "x"})),)),
        replace(taught, opens=(opened(1, "c2"),)),
    ]
    assert len({reader.version for reader in readers}) == len(readers)
    assert {len(reader.version) for reader in readers} == {12}
    assert replace(taught, heard=(), history=History()).version == taught.version


@pytest.mark.parametrize(("level", "likes"), [(2, True), (1, True), (0, False), (-1, False), (-2, False)])
def test_only_what_is_turned_up_is_liked(level: int, likes: bool) -> None:
    """Since the moment of the press, however far up; to leave an event as it is, or to turn it down, is no liking."""
    assert a_reader(STORIES, ("c1", level)).likings == ({"c1": NOW} if likes else {})


def test_nobody_likes_anything() -> None:
    """Nor does who has only seen, opened where that does not teach, dismissed or wished."""
    reader = after(Reader(wishes=Wishes.of(["word:moon"], {}, {})), did(1), did(2, Action.SEEN), did(3, Action.DISMISS))
    assert Reader().likings == reader.likings == {}


def test_opens_are_likings_where_they_teach_and_nothing_was_said() -> None:
    """What was said of an event counts in place of its open: up at the moment of the press, or not at all."""
    reader = replace(
        a_reader(STORIES, ("c1", 1), ("c2", -1), ("s1", 0)),
        opens=(opened(1, "c1"), opened(2, "c2"), opened(3, "s1"), opened(4, "s2")),
    )
    assert reader.likings == {"c1": NOW, "s2": NOW + timedelta(minutes=4)}
    assert reader.without("s2").likings == {"c1": NOW}
    assert reader.without("c1").likings == {"s2": NOW + timedelta(minutes=4)}


def test_what_teaches_is_what_was_said_wished_and_opened() -> None:
    """Not what was only seen: a profile that follows from the same need not be made anew."""
    reader = replace(a_reader(STORIES, ("c1", 2)), wishes=Wishes(mutes=("word:strike",)), opens=(opened(4, "s2"),))
    assert reader.teaching == (reader.ledger, reader.wishes, reader.opens)
    assert after(reader, did(1), did(2, Action.SEEN, "c2")).teaching == reader.teaching
    for untaught in (
        replace(reader, ledger=Ledger()),
        replace(reader, wishes=Wishes()),
        replace(reader, opens=()),
    ):
        assert untaught.teaching != reader.teaching
