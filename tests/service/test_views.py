"""Views: the answers speak of weights, wishes and events by the names that people know."""

import pytest

from ranking.ledger import Open
from ranking.params import Params
from ranking.profile import fit, provenance
from ranking.reader import Reader
from ranking.wishes import Wishes
from service.answers import ClearedTerm, Contribution, Mute, Pin
from service.readers import Change, KnownReader
from service.views import cleared_of, contributions, label_of, mutes_of, pins_of, title_of, weight_moves
from tests.build import NOW, PARAMS, a_corpus, a_reader, an_event, two_stories

CORPUS = a_corpus(*two_stories())


def known(reader: Reader, params: Params = PARAMS) -> KnownReader:
    """A reader with the profile that follows."""
    return KnownReader(reader, fit(reader, CORPUS.statistics, params), 1)


def test_a_term_is_called_as_the_catalogue_has_it() -> None:
    """By the commonest form of its word."""
    assert [label_of(name, CORPUS, Reader()) for name in ("word:jupit", "source:Gazette")] == ["Jupiter", "Gazette"]


def test_a_term_that_the_catalogue_has_lost_is_called_as_the_readers_event_had_it() -> None:
    """And one of which nothing is known any more by what stands behind its kind."""
    without_comets = a_corpus(*two_stories()[2:])
    reader = a_reader(CORPUS, ("s1", 1), ("c1", 2))
    assert label_of("word:jupit", without_comets, reader) == "Jupiter"
    assert label_of("word:jupit", without_comets, Reader()) == "jupit"


def test_a_term_that_was_only_opened_is_called_as_the_event_had_it() -> None:
    """Where opens teach, their events are remembered as those of presses are."""
    pressed = a_reader(CORPUS, ("c1", 2)).ledger.adjustments[0]
    opened = Reader(opens=(Open("c1", NOW, pressed.terms),))
    assert label_of("word:jupit", a_corpus(*two_stories()[2:]), opened) == "Jupiter"


def test_the_moves_of_weights_are_told_from_the_largest_on_twenty_at_most() -> None:
    """From what they were to what they are, nothing that stayed, also of an event that has gone since."""
    text = " ".join(f"word{number}" for number in range(40))
    corpus = a_corpus(*two_stories(), an_event("long", meaning=text))
    before, after = Reader(), a_reader(corpus, ("long", 2))
    profiles = [fit(reader, corpus.statistics, PARAMS) for reader in (before, after)]
    change = Change(KnownReader(before, profiles[0], 0), KnownReader(after, profiles[1], 1))
    moves = weight_moves(change, corpus)
    weights = profiles[1].weights
    assert len(moves) == 20
    assert all((one["from"], one["to"]) == (0.0, weights[one["term"]]) for one in moves)
    sizes = [abs(one["to"]) for one in moves]
    assert sizes == sorted(map(abs, weights.values()), reverse=True)[:20]
    back = weight_moves(Change(change.after, change.before), CORPUS)
    assert [one["label"] for one in back] == [one["label"] for one in moves]
    assert weight_moves(Change(change.after, change.after), corpus) == ()


def test_the_makers_of_a_weight_are_told_from_the_largest_on_each_with_its_undo() -> None:
    """The parts add up to the weight; a part of nothing is not told."""
    told = known(a_reader(CORPUS, ("s1", -1), ("c1", 2), ("c2", 1)))
    shares = provenance(told.reader, told.profile, CORPUS.statistics, PARAMS, ["word:comet"])["word:comet"]
    made = contributions("ann", told, shares)
    assert {(one.event_id, one.level) for one in made} == {("c1", 2), ("c2", 1), ("s1", -1)}
    assert all(one.undo == f"/v1/users/ann/adjustments/{one.event_id}" for one in made)
    assert [abs(one.value) for one in made] == sorted((abs(share) for share in shares), reverse=True)
    assert sum(one.value for one in made) == pytest.approx(told.profile.weights["word:comet"])
    assert contributions("ann", told, [0.0, -0.5, 0.5]) == (
        Contribution("c1", 2, -0.5, "/v1/users/ann/adjustments/c1"),
        Contribution("c2", 1, 0.5, "/v1/users/ann/adjustments/c2"),
    )


def test_wishes_are_told_with_what_they_touch() -> None:
    """A mute with the events that it hides, newest first; a pin with how many it moves; what is cleared with when."""
    wishes = Wishes.of(["word:comet", "word:moon"], {"word:strike": -2.0}, {"word:wage": NOW})
    reader = Reader(wishes=wishes)
    assert mutes_of(CORPUS, reader) == (
        Mute("word:comet", "comet", 2, ("c1", "c2")),
        Mute("word:moon", "moon", 0, ()),
    )
    assert pins_of(CORPUS, reader) == (Pin("word:strike", "strike", -2.0, 2),)
    assert cleared_of(CORPUS, reader) == (ClearedTerm("word:wage", "wages", NOW),)


def test_a_mute_that_hides_very_much_names_a_hundred() -> None:
    """And counts them all."""
    corpus = a_corpus(*(an_event(f"e{number:03}") for number in range(130)))
    [mute] = mutes_of(corpus, Reader(wishes=Wishes(mutes=("category:News",))))
    assert (mute.n_hidden, mute.hides) == (130, tuple(f"e{number:03}" for number in range(100)))


def test_an_event_has_a_title_while_it_is_live() -> None:
    """None after that."""
    assert (title_of("c1", CORPUS), title_of("nothing", CORPUS)) == ("Comet nears Jupiter", None)
