"""What the shipped specs teach: the names that columns of each role have had.

They stand in `learned.json`, because compiling every spec takes seconds; `learn` makes its content anew, and a test
compares the two. To renew it: `python -m homeroom.ingest.suggest.learned`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

import msgspec

from homeroom.ingest.suggest.roles import role_of_path
from homeroom.standard.model import Model
from homeroom.standard.read import load_model

_STANDARD: Final = "5.2"
_FILE: Final = "learned.json"
_MADE_OF_OTHERS: Final = "result_id"


@cache
def learned_names() -> Mapping[str, frozenset[tuple[str, str]]]:
    """Of each shipped spec, by its name: role and column name of every column that it stores."""
    text = files("homeroom.ingest.suggest").joinpath(_FILE).read_bytes()
    specs = msgspec.json.decode(text, type=dict[str, dict[str, list[str]]])
    return {
        name: frozenset((role, column) for role, columns in roles.items() for column in columns)
        for name, roles in specs.items()
    }


def learn() -> dict[str, dict[str, list[str]]]:
    """The same from the specs themselves: spec, role, column names; in order."""
    from homeroom.ingest.mapping.compile import compile_spec  # noqa: PLC0415 - needs polars, which is slow to import
    from homeroom.ingest.specs.shelf import parsed_shipped, sample_parameters  # noqa: PLC0415 - only here

    model = load_model(_STANDARD)
    found: dict[str, dict[str, list[str]]] = {}
    for parsed in parsed_shipped():
        mapping = compile_spec(parsed.spec, model, parameters=sample_parameters(parsed.spec))
        if not isinstance(mapping, tuple):
            roles = found.setdefault(parsed.spec.name, {})
            for role, column in sorted(_pairs(mapping.sources(), model)):
                roles.setdefault(role, []).append(column)
    return found


def plain_path(path: str) -> str:
    """`$.scoreResults[*].result` as `scoreResults.result`."""
    return path.removeprefix("$.").replace("[*]", "")


def _pairs(sources: Mapping[str, Mapping[str, Iterable[str]]], model: Model) -> Iterator[tuple[str, str]]:
    found: dict[str, set[str]] = {}
    for resource, paths in sources.items():
        for path, columns in paths.items():
            role = role_of_path(f"{model.resources[resource].endpoint}.{plain_path(path)}")
            for column in columns if role else ():
                found.setdefault(column, set()).add(str(role))
    for column, roles in found.items():
        # A result's number is often made of all that tells results apart; that does not make each of them one.
        yield from ((role, column) for role in roles if role != _MADE_OF_OTHERS or len(roles) == 1)


def _render(learned: Mapping[str, Mapping[str, list[str]]]) -> str:
    """JSON with a line for each role of a spec."""
    specs = [
        f"{_json(name)}: {{\n" + ",\n".join(f" {_json(r)}: {_json(c)}" for r, c in roles.items()) + "\n}"
        for name, roles in learned.items()
    ]
    return "{\n" + ",\n".join(specs) + "\n}\n"


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


if __name__ == "__main__":
    Path(__file__).with_name(_FILE).write_text(_render(learn()), "utf-8")
