"""What a column can be, as data, with the names such columns have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from homeroom.ingest.suggest.profile import Shape

NOT_NEEDED: Final = "not_needed"
"""The role of a column that nothing here has a use for."""


@dataclass(frozen=True, slots=True)
class Role:
    """One thing that a column can be; `roles.yaml` explains its members."""

    name: str
    label: str
    shapes: frozenset[Shape]
    is_many: bool
    known: str | None
    examples: tuple[str, ...]
    paths: tuple[str, ...]
    codes: str | None = None
    never_ends: frozenset[tuple[str, ...]] = frozenset()

    @property
    def is_stored(self) -> bool:
        """Whether records have a place for it."""
        return bool(self.paths)


@cache
def all_roles() -> Mapping[str, Role]:
    """Every role by its name."""
    text = files("homeroom.ingest.suggest").joinpath("roles.yaml").read_text("utf-8")
    return {name: _role(name, entry) for name, entry in yaml.safe_load(text).items()}


def role_of_path(path: str) -> str | None:
    """The role whose value stands at a path such as `studentAssessments.scoreResults.result`; None for another.

    The longest ending that a role names counts.
    """
    found = [
        (len(ending), role.name)
        for role in all_roles().values()
        for ending in role.paths
        if path == ending or path.endswith(f".{ending}")
    ]
    return max(found)[1] if found else None


def _role(name: str, entry: Mapping[str, Any]) -> Role:
    return Role(
        name=name,
        label=entry["label"],
        shapes=frozenset(Shape(s) for s in entry.get("shapes", ())),
        is_many=entry.get("many", False),
        known=entry.get("known"),
        examples=tuple(str(e) for e in entry["examples"]),
        paths=tuple(entry.get("paths", ())),
        codes=entry.get("codes"),
        never_ends=frozenset((word,) for word in entry.get("never_ends", ())),
    )
