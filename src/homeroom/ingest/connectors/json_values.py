"""JSON that nobody vouches for as text cells: numbers as they were written, members by dotted paths."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | bool | None"

_MOST_DEPTH: Final = 50


@dataclass(slots=True)
class JsonReader:
    """Decodes values with every number left as its text; tells whether an object gave a member twice."""

    has_duplicates: bool = False
    _decoder: json.JSONDecoder = field(init=False)

    def __post_init__(self) -> None:
        self._decoder = json.JSONDecoder(
            parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=self._object
        )

    def read_at(self, text: str, start: int) -> tuple[Json, int]:
        """(value, where it ends). Raises ValueError or RecursionError when there is no whole value."""
        self.has_duplicates = False
        value, end = self._decoder.raw_decode(text, start)
        return value, end

    def _object(self, pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        members = dict(pairs)
        self.has_duplicates = self.has_duplicates or len(members) < len(pairs)
        return members


def flatten(value: Json, *, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """(path, text) for every value within: `name.first`, `addresses.1.city`; null, "" and empty ones are left out.

    Halves of surrogate pairs become "?". Below fifty levels values come as JSON.
    """
    if isinstance(value, str):
        if value:
            yield prefix, _sound(value)
    elif isinstance(value, bool):
        yield prefix, "true" if value else "false"
    elif value is not None and depth == _MOST_DEPTH:
        yield prefix, _sound(json.dumps(value, ensure_ascii=False))
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield from flatten(
                member, prefix=f"{prefix}.{_sound(name)}" if prefix else _sound(name), depth=depth + 1
            )
    elif value is not None:
        for number, item in enumerate(value, 1):
            yield from flatten(item, prefix=f"{prefix}.{number}" if prefix else str(number), depth=depth + 1)


def _sound(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
