"""The sittings of a row as rows of a spec's table: which column each of them has for a role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from homeroom.ingest.suggest.assign import Assignment, Columns
from homeroom.ingest.suggest.forms import Form
from homeroom.ingest.suggest.parts import Part
from homeroom.ingest.suggest.profile import ColumnProfile

TABLE: Final = "sittings"
EACH: Final = "sitting"
"""The name of a sitting in a loop over the table."""
_MOST_TOLD: Final = 12
_ABSENT: Final = "(no column)"
"""No column is called so; what reads it finds nothing."""


@dataclass(frozen=True, slots=True)
class Sittings:
    """rows: cells by name: `sitting`, `window`, `told_1` … and roles. roles: those with a cell of that name.

    told: how many columns tell whether a sitting took place. columns: all that the cells name.
    """

    rows: tuple[Mapping[str, str], ...] = ()
    roles: frozenset[str] = frozenset()
    told: int = 0
    columns: tuple[ColumnProfile, ...] = ()

    @property
    def has_windows(self) -> bool:
        """Whether seasons tell some of them apart."""
        return any(row["window"] for row in self.rows)

    @property
    def took_place(self) -> str:
        """An expression in a loop over the table: whether anything is known of the sitting."""
        told = [f"[{{{EACH}.told_{n}}}]" for n in range(1, self.told + 1)]
        any_of = ", ".join(told)
        return f"= not(blank(coalesce({any_of})))"


def tabulate(form: Form, assignment: Assignment) -> Sittings:
    """The table of an assignment's sittings; those without a result are left out."""
    parts = [
        (part, columns)
        for part, columns in assignment.parts
        if any(columns.get(role) for role in form.fills.values())
    ]
    many = set(form.fills.values())
    roles = frozenset(role for _, columns in parts for role in columns if role not in many)
    told = [_told(form, columns) for _, columns in parts]
    count = max(map(len, told), default=0)
    rows = tuple(
        {
            EACH: name_of(part),
            "window": part.window or "",
            **{f"told_{n}": (own[n - 1] if n <= len(own) else own[0]) for n in range(1, count + 1)},
            **{role: columns[role][0].name if role in columns else _ABSENT for role in sorted(roles)},
        }
        for (part, columns), own in zip(parts, told, strict=True)
    )
    named = tuple(columns[role][0] for _, columns in parts for role in columns if role in roles)
    return Sittings(rows, roles, count, named)


def _told(form: Form, columns: Columns) -> list[str]:
    """The columns that tell whether a sitting took place: its date or test, or else any of its results."""
    for role in form.told_by:
        if role in columns:
            return [columns[role][0].name]
    return [column.name for role in form.fills.values() for column in columns.get(role, ())][:_MOST_TOLD]


def name_of(part: Part | None) -> str:
    """What a sitting is called in the tables; of the row as a whole nothing."""
    return part.name if part else ""
