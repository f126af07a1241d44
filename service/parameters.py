"""Parameters: the ranking's numbers as a TOML file, as `tune` writes it and `serve` reads it."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path

import orjson
from pydantic import TypeAdapter, ValidationError

from ranking.errors import SignalfeedError
from ranking.params import Params
from service.documents import field_errors

_PARAMS = TypeAdapter(Params)


class InvalidParams(SignalfeedError):
    """A parameter file that cannot be read, or that says something that cannot be."""


def read_params(path: Path) -> Params:
    """The parameters of a file; what it does not name is as by default. Raises InvalidParams."""
    try:
        return params_of(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InvalidParams(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidParams(f"{path}: cannot be read as TOML: {error}") from error
    except InvalidParams as error:
        raise InvalidParams(f"{path}: {error}") from error


def params_of(said: Mapping[str, object]) -> Params:
    """The parameters of these names and values; what is not named is as by default. Raises InvalidParams."""
    try:
        return _PARAMS.validate_python(said)
    except ValidationError as error:
        faults = field_errors([{**one} for one in error.errors(include_url=False, include_input=False)])
        raise InvalidParams("; ".join(map(str, faults))) from error


def written_params(params: Params, remarks: Sequence[str] = ()) -> str:
    """A file that says where parameters differ from the default, after some remarks."""
    defaults = Params()
    lines = [f"# {line}" for remark in remarks for line in remark.splitlines()]
    for one in fields(Params):
        value = getattr(params, one.name)
        if value != getattr(defaults, one.name):
            lines.append(f"{one.name} = {orjson.dumps(value).decode()}")
    return "\n".join(lines) + "\n"
