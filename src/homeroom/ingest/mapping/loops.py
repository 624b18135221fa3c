"""`for`: the rows each variable takes, all combinations of them, within bounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod

from homeroom.ingest.mapping.limits import MAX_UNROLLED
from homeroom.ingest.mapping.scope import ExpressionFaultError, Scope
from homeroom.ingest.mapping.spec import Loop, Loops, Row, RowsTable, ValuesTable
from homeroom.ingest.mapping.syntax import Template


def unrolled(loops: Loops, scope: Scope) -> Iterator[Scope]:
    """The scope of each turn of the loops; the scope itself when there are none."""
    given = {cell: _texts(choices, loops, scope) for cell, choices in loops.given}
    taken = [(loop.variable, _chosen(_rows(loop, scope), given)) for loop in loops.variables]
    _check_cells(given, taken, loops, scope)
    if prod(len(rows) for _, rows in taken) > MAX_UNROLLED:
        words = f"The loop makes more than {MAX_UNROLLED:,} turns."
        scope.faults.tell("limit", words, loops.variables[0].spot, remedy="Make two records or files of it.")
        return
    names = [name for name, _ in taken]
    for turn in product(*(rows for _, rows in taken)):
        yield scope.with_rows(dict(zip(names, turn, strict=True)))


def _check_cells(
    given: Mapping[str, frozenset[str]],
    taken: Sequence[tuple[str, Sequence[Row]]],
    loops: Loops,
    scope: Scope,
) -> None:
    known = {column for loop in loops.variables for row in _rows(loop, scope) for column in row}
    for cell in given:
        if cell not in known and any(rows for _, rows in taken):
            words = f"No table of this loop has a column '{cell}'."
            scope.faults.tell("unknown_name", words, loops.variables[0].spot)


def _rows(loop: Loop, scope: Scope) -> Sequence[Row]:
    if not isinstance(loop.rows, str):
        return loop.rows
    table = scope.names.tables.get(loop.rows)
    match table:
        case RowsTable(rows=rows):
            return rows
        case ValuesTable(values=values):
            return [_pair(key, value) for key, value in values.items()]
        case _:
            words = f"There is no table '{loop.rows}' whose rows a loop could take."
            scope.faults.tell(
                "unknown_name", words, loop.spot, remedy="Add it under `tables`, or write 1..30."
            )
            return ()


def _pair(key: str, value: str | None) -> Mapping[str, str | None]:
    return {"": key, "key": key, "value": value}


def _chosen(rows: Sequence[Row], given: Mapping[str, frozenset[str]]) -> Sequence[Row]:
    """The rows whose cells are as given; a table that has no such column is not asked for it."""
    known = {column for row in rows for column in row}
    asked = [(cell, texts) for cell, texts in given.items() if cell in known]
    return [row for row in rows if all((row.get(cell) or "") in texts for cell, texts in asked)]


def _texts(choices: Sequence[Template], loops: Loops, scope: Scope) -> frozenset[str]:
    return frozenset(_text(template, loops, scope) for template in choices)


def _text(template: Template, loops: Loops, scope: Scope) -> str:
    """A text with what outer loops and parameters put into it."""
    parts: list[str] = []
    for part in template:
        if isinstance(part, str):
            parts.append(part)
            continue
        try:
            parts.append(str(scope.constant_of(part) or ""))
        except (KeyError, ExpressionFaultError):
            words = f"{part.shown()} is not known before any row is read."
            scope.faults.tell("unknown_name", words, loops.variables[0].spot)
    return "".join(parts)
