"""Rows that name their own cells, as those of JSON and XML do: read once for the columns, once for the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from homeroom.base.findings import Finding, Place
from homeroom.ingest.connectors.dialect import Dialect
from homeroom.ingest.connectors.tables import MAX_FRAME_ROWS, Fault, Faults, Table, frame_of, name_columns

if TYPE_CHECKING:
    import polars

MAX_COLUMNS: Final = 5_000


@dataclass(frozen=True, slots=True)
class FlatRow:
    """One row: the table it belongs to, its line, and its cells by their paths."""

    table: str
    line: int
    cells: Mapping[str, str]


FlatItem: TypeAlias = FlatRow | Fault


def flat_tables(
    read: Callable[[], Iterator[FlatItem]], *, file: str, dialect: Dialect
) -> Iterator[Table | Finding]:
    """A table for each name that rows have, its columns in the order in which they first appear.

    read: starts at the first row each time. Faults are told with the first table.
    """
    paths: dict[str, dict[str, None]] = {}
    faults = Faults()
    for item in read():
        if not isinstance(item, FlatRow):
            faults.add(item)
            continue
        seen = paths.setdefault(item.table, {})
        seen.update(dict.fromkeys(item.cells))
        if len(seen) > MAX_COLUMNS:
            yield _too_wide(file)
            return
    faults.finish()
    for name, seen in paths.items():
        columns = name_columns(tuple(seen))
        yield Table(name, columns, _frames(read(), name, tuple(seen), columns), faults, dialect)
        faults = Faults()
    yield from (
        fault if isinstance(fault, Finding) else fault.finding for fault in faults.take() if not paths
    )


def _frames(
    items: Iterator[FlatItem], name: str, paths: tuple[str, ...], columns: tuple[str, ...]
) -> Iterator[polars.DataFrame]:
    rows: list[list[str | None]] = []
    lines: list[int] = []
    for item in items:
        if isinstance(item, FlatRow) and item.table == name:
            rows.append([item.cells.get(path) or None for path in paths])
            lines.append(item.line)
        if len(rows) == MAX_FRAME_ROWS:
            yield frame_of(columns, rows, lines)
            rows, lines = [], []
    yield frame_of(columns, rows, lines)


def _too_wide(file: str) -> Finding:
    words = f"The records have more than {MAX_COLUMNS:,} different members."
    return Finding(
        "table.too_wide", words, Place(file), "Check that their names are no values; split the file."
    )
