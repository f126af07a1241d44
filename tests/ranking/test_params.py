"""The version that names a set of tunable numbers."""

import re
from dataclasses import fields, replace
from typing import Any, get_type_hints

import pytest

from ranking.event import Limits
from ranking.params import Params


def test_the_version_is_twelve_hexadecimal_digits() -> None:
    """It is short enough for a log line, and safe in a key or a URL."""
    assert re.fullmatch(r"[0-9a-f]{12}", Params().version)


def test_equal_params_have_equal_versions() -> None:
    """The version follows from the values alone."""
    assert Params(gain=30.0, n_because=2).version == Params(n_because=2, gain=30.0).version


def test_a_whole_number_is_the_same_value_with_or_without_its_point() -> None:
    """20 and 20.0 are equal, so nothing is fitted again because somebody left the point out."""
    assert Params(gain=20) == Params(gain=20.0)
    assert Params(gain=20).version == Params(gain=20.0).version


@pytest.mark.parametrize("name", [field.name for field in fields(Params)])
def test_every_number_that_is_learned_with_is_part_of_the_version(name: str) -> None:
    """What was fitted with the old number is told from what is fitted with the new one; what only orders, explains or
    bounds may change without a refit."""
    params = Params()
    changed: Any = {name: 0.5 if name == "diversity" else getattr(params, name) + 1}
    parts = (
        "weight", "noise", "press_half_life", "own_event", "gain", "pull_floor", "learn_from", "open_", "n_because",
        "alike_dims", "alike_shrink", "alike_fewest", "latent_dims",
    )  # fmt: skip
    learned_with = any(part in name for part in parts)
    assert (replace(params, **changed).version != params.version) is learned_with


@pytest.mark.parametrize("name", [name for name, kind in get_type_hints(Params).items() if kind in {int, float}])
def test_every_number_says_what_it_may_be_and_is_so_by_default(name: str) -> None:
    """Both ends are named, so that a file cannot ask for a share of 7 or a half-life of 0."""
    (limits,) = get_type_hints(Params, include_extras=True)[name].__metadata__
    assert isinstance(limits, Limits)
    value = getattr(Params(), name)
    assert value <= limits.allowed["le"]
    assert limits.allowed.get("gt", value - 1) < value
    assert limits.allowed.get("ge", value) <= value
    assert ("gt" in limits.allowed) != ("ge" in limits.allowed)


@pytest.mark.parametrize("name", [field.name for field in fields(Params) if field.name.endswith("_hours")])
def test_hours_are_from_36_seconds_to_eleven_years(name: str) -> None:
    """A step of less is of no use, and twenty half-lives of more go back to before there was a calendar."""
    (limits,) = get_type_hints(Params, include_extras=True)[name].__metadata__
    assert limits.allowed == {"ge": 0.01, "le": 100_000}


def test_folding_can_be_switched_off() -> None:
    """No two texts have a cosine above 1, so that 2 is enough."""
    (limits,) = get_type_hints(Params, include_extras=True)["near_duplicate"].__metadata__
    assert limits.allowed == {"ge": 0, "le": 2}


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_diversity_is_a_share(share: float) -> None:
    """An event cannot lose more than the whole scale for repeating another, nor gain by it."""
    with pytest.raises(ValueError, match="diversity should be from 0 to 1"):
        Params(diversity=share)
    assert [Params(diversity=end).diversity for end in (0, 1)] == [0, 1]


def test_the_version_tells_which_number_has_which_value() -> None:
    """The same values in other places are another set."""
    swapped = Params(source_weight=0.1, category_weight=0.3)
    assert swapped.version != Params(source_weight=0.3, category_weight=0.1).version
