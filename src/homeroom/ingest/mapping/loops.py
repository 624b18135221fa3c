"""`for`: the rows each variable takes, all combinations of them, within bounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod

from homeroom.ingest.mapping.limits import MAX_UNROLLED
from homeroom.ingest.mapping.scope import Scope
from homeroom.ingest.mapping.spec import Loop, Row, RowsTable, ValuesTable


def unrolled(loops: Sequence[Loop], scope: Scope) -> Iterator[Scope]:
    """The scope of each turn of the loops; the scope itself when there are none."""
    taken = [(loop.variable, _rows(loop, scope)) for loop in loops]
    if prod(len(rows) for _, rows in taken) > MAX_UNROLLED:
        words = f"The loop makes more than {MAX_UNROLLED:,} turns."
        scope.faults.tell("limit", words, loops[0].spot, remedy="Make two records or files of it.")
        return
    names = [name for name, _ in taken]
    for turn in product(*(rows for _, rows in taken)):
        yield scope.with_rows(dict(zip(names, turn, strict=True)))


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
