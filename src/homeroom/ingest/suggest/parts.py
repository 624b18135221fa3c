"""The parts of a row: sittings that stand side by side, each of which is a record of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Final

from homeroom.ingest.suggest.forms import Form
from homeroom.ingest.suggest.repeats import Grid, Key, MarkKind, Name, find_grids, read_names

_MOST_PARTS: Final = 100


@dataclass(frozen=True, slots=True)
class Part:
    """One of several sittings on a row.

    name: as the columns' names tell it, `Fall 2`. window: the season, if that tells it. columns: those it has.
    """

    name: str
    window: str | None
    columns: frozenset[str]


@dataclass(frozen=True, slots=True)
class Parts:
    """The sittings on a row. titles: what a column of a part says in all of them, `Exam Grade`."""

    parts: tuple[Part, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)

    def of(self, column: str) -> Part | None:
        """The part that a column belongs to; None for what is said once of the row."""
        return next((part for part in self.parts if column in part.columns), None)


def find_parts(form: Form, roles: Mapping[str, str]) -> Parts:
    """The sittings side by side in a file of that form, whose columns have these roles.

    They are grids of columns with results in them, in which each part has its own date or name of the test; or in
    which seasons tell the parts, when the row itself has no date.
    """
    if not form.told_by:
        return Parts()
    names = read_names(list(roles))
    parts: list[Part] = []
    titles: dict[str, str] = {}
    for grid in find_grids(names):
        if titles.keys() & grid.titles.keys() or not _are_sittings(form, grid, roles):
            continue
        parts += (_part(key, columns, grid.kinds) for key, columns in grid.parts.items())
        titles |= grid.titles
    late = {column: n for column, n in _late(form, names, parts, roles) if column not in titles}
    whole = [
        replace(p, columns=p.columns | {c for c, n in late.items() if n == m}) for m, p in enumerate(parts)
    ]
    return Parts(tuple(whole), titles)


def _are_sittings(form: Form, grid: Grid, roles: Mapping[str, str]) -> bool:
    if len(grid.parts) > _MOST_PARTS:
        return False
    each = [[roles[column] for column in columns] for columns in grid.parts.values()]
    if not any(role in form.fills.values() for own in each for role in own):
        return False
    told = [max(own.count(role) for role in form.told_by) for own in each]
    if max(told) == 1:
        return sum(told) * 2 > len(told)
    # Two seasons in a name are a span between sittings.
    one_season = grid.kinds == {MarkKind.SEASON} and all(len(key) == 1 for key in grid.parts)
    around = {role for column, role in roles.items() if column not in grid.titles}
    return max(told) == 0 and one_season and not around & {*form.told_by[:1], form.window}


def _part(key: Key, columns: Sequence[str], kinds: Set[MarkKind]) -> Part:
    name = " ".join(key)
    return Part(name, name if MarkKind.SEASON in kinds else None, frozenset(columns))


def _late(
    form: Form, names: Sequence[Name], parts: Sequence[Part], roles: Mapping[str, str]
) -> Iterator[tuple[str, int]]:
    """Results that lie outside of the grids but name a season: they belong to its sitting.

    `Growth from Fall to Winter` is known in winter; the second column of that name belongs to the second sitting then.
    """
    by_season: dict[str, list[int]] = {}
    for number, part in enumerate(parts):
        if part.window:
            by_season.setdefault(part.window.split()[0].lower(), []).append(number)
    for name in names:
        of_season = by_season.get(name.last_season or "", ())
        if of_season and roles[name.column] in form.fills.values():
            yield name.column, of_season[min(name.nth, len(of_season)) - 1]
