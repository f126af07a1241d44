"""Parameters as a file: what is written is read again, and what cannot be is refused by name."""

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.event import Limits
from ranking.params import Params
from service.parameters import InvalidParams, params_of, read_params, written_params

HINTS = get_type_hints(Params, include_extras=True)
NAMES = tuple(one.name for one in fields(Params))


def kind_of(name: str) -> type:
    """What a parameter is: a share, a count, or a switch."""
    hint = HINTS[name]
    kind: type = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    return kind


def limits_of(name: str) -> Mapping[str, float]:
    """The limits of a parameter, as pydantic calls them; a switch has none."""
    return {
        key: value for one in get_args(HINTS[name]) if isinstance(one, Limits) for key, value in one.allowed.items()
    }


def values_of(name: str) -> st.SearchStrategy[Any]:
    """Every value that a parameter may have."""
    kind, limits = kind_of(name), limits_of(name)
    if kind is bool:
        return st.booleans()
    if kind is int:
        return st.integers(int(limits["ge"]), int(limits["le"]))
    return st.floats(limits.get("ge", limits.get("gt")), limits["le"], exclude_min="gt" in limits)


def a_file(folder: Path, text: str | bytes) -> Path:
    """A file that says this."""
    path = folder / "params.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal_of(path: Path) -> str:
    """What is said of a file that cannot be used, without its name, which comes first."""
    with pytest.raises(InvalidParams) as refusal:
        read_params(path)
    assert str(refusal.value).startswith(f"{path}: ")
    return str(refusal.value).removeprefix(f"{path}: ")


OUTSIDE = [
    (name, value)
    for name in NAMES
    for limit, past in (("ge", -1), ("gt", 0), ("le", 1))
    if limit in limits_of(name)
    for value in [kind_of(name)(limits_of(name)[limit] + past)]
]


@given(
    said=st.fixed_dictionaries({}, optional={name: values_of(name) for name in NAMES}),
    remarks=st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"])), max_size=3),
)
def test_what_is_written_is_read_again(said: dict[str, Any], remarks: list[str]) -> None:
    """Every value of every field, to the last bit, whatever remarks stand above."""
    params = Params(**said)
    with TemporaryDirectory() as folder:
        read = read_params(a_file(Path(folder), written_params(params, remarks)))
    assert read == params
    assert read.version == params.version
    assert [type(getattr(read, name)) for name in NAMES] == [kind_of(name) for name in NAMES]


def test_only_what_differs_is_written() -> None:
    """Below the remarks, each line of them a comment; defaults may then change without the file."""
    assert written_params(Params()) == "\n"
    params = Params(noise=10.0, learn_from_opens=True, explore_every=7)
    assert written_params(params, ["sought\nand found", "sure"]).splitlines() == [
        "# sought",
        "# and found",
        "# sure",
        "noise = 10.0",
        "learn_from_opens = true",
        "explore_every = 7",
    ]


def test_an_empty_file_is_the_defaults(tmp_path: Path) -> None:
    """So is one of remarks alone."""
    assert read_params(a_file(tmp_path, "")) == read_params(a_file(tmp_path, "# nothing\n")) == Params()


def test_a_whole_number_will_do_where_a_fraction_may_stand(tmp_path: Path) -> None:
    """As people write it; and a switch is a switch."""
    read = read_params(a_file(tmp_path, "noise = 10\nledger_cap = 20\nlearn_from_opens = true\n"))
    assert read == Params(noise=10.0, ledger_cap=20, learn_from_opens=True)
    assert isinstance(read.noise, float)


@pytest.mark.parametrize("name", [name for name in NAMES if kind_of(name) is not bool])
def test_every_number_has_a_lowest_and_a_highest_value(name: str) -> None:
    """So that no file can bring what the ranking cannot calculate with."""
    limits = limits_of(name)
    assert len({"ge", "gt"} & limits.keys()) == 1
    assert "le" in limits


@pytest.mark.parametrize(("name", "value"), OUTSIDE)
def test_a_value_out_of_its_limits_is_refused_by_name(tmp_path: Path, name: str, value: float) -> None:
    """Just beyond the lowest, and just beyond the highest."""
    assert refusal_of(a_file(tmp_path, f"{name} = {value}\n")).startswith(f"{name}: ")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", ['"much"', "nan", "inf", "-inf", "[1]", "{a = 1}", "2026-04-03"])
def test_a_value_that_is_no_number_is_refused_by_name(tmp_path: Path, name: str, value: str) -> None:
    """Words, lists and tables, and the numbers that are none."""
    assert refusal_of(a_file(tmp_path, f"{name} = {value}\n")).startswith(f"{name}: ")


@pytest.mark.parametrize("name", [name for name in NAMES if kind_of(name) is int])
def test_a_count_is_a_whole_number(tmp_path: Path, name: str) -> None:
    """A part of one is refused by name."""
    assert refusal_of(a_file(tmp_path, f"{name} = 1.5\n")).startswith(f"{name}: ")


def test_every_fault_is_told(tmp_path: Path) -> None:
    """Of fields that are not known, and of those that are."""
    said = refusal_of(a_file(tmp_path, "noise = -1\nnoize = 3\ndiversity = 2\n"))
    assert said.count("; ") == 2
    assert "noise: Input should be greater than 0" in said
    assert "diversity: " in said
    assert "noize: is not a field that is known here" in said


def test_a_table_is_no_parameter(tmp_path: Path) -> None:
    """The file has no sections."""
    assert refusal_of(a_file(tmp_path, "[ranking]\nnoise = 3\n")) == "ranking: is not a field that is known here"


@pytest.mark.parametrize(
    "text",
    [b"noise: 3\n", b"noise = \n", b"noise = 3\nnoise = 4\n", b"{", b"noise = 3 # \xff\n", b"\x00"],
    ids=["another format", "no value", "twice", "a brace", "not UTF-8", "binary"],
)
def test_what_is_no_toml_is_refused(tmp_path: Path, text: bytes) -> None:
    """With the place where that shows."""
    assert refusal_of(a_file(tmp_path, text)).startswith("cannot be read as TOML: ")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """With the system's words; so is a folder."""
    assert refusal_of(tmp_path / "none.toml") == "No such file or directory"
    assert refusal_of(tmp_path) == "Is a directory"


def test_parameters_follow_from_names_and_values() -> None:
    """As they stand in a file or at the command line; what is wrong is told without the name of a file."""
    assert params_of({}) == Params()
    assert params_of({"noise": "10", "ledger_cap": "20"}) == Params(noise=10.0, ledger_cap=20)
    with pytest.raises(InvalidParams, match=r"^noise: "):
        params_of({"noise": "much"})


def test_what_is_written_is_toml() -> None:
    """Also very small and very large numbers, for every reader of the format."""
    params = Params(pull_floor=1e-7, noise=1e9, gain=1e-300)
    assert tomllib.loads(written_params(params)) == {"noise": 1e9, "gain": 1e-300, "pull_floor": 1e-7}
