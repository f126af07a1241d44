"""What can go wrong in the core."""

import pytest

from ranking.errors import SignalfeedError, UnknownEvent


def test_an_unknown_event_is_named() -> None:
    """The error carries the id for code, and says it for people."""
    error = UnknownEvent("c1")
    assert error.event_id == "c1"
    assert str(error) == "there is no event 'c1'"


def test_every_refusal_can_be_caught_at_the_root() -> None:
    """Whoever does not care what went wrong catches SignalfeedError."""
    with pytest.raises(SignalfeedError):
        raise UnknownEvent("c1")
