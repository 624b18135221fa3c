"""The cells of a sheet as text, and its rows as frames."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from typing import TYPE_CHECKING, Final, TypeAlias

from homeroom.ingest.connectors import row_faults
from homeroom.ingest.connectors.csv_fitting import Fitting
from homeroom.ingest.connectors.csv_rows import RawRow
from homeroom.ingest.connectors.dialect import Dialect
from homeroom.ingest.connectors.footers import MOST_LINES, count_footer
from homeroom.ingest.connectors.headers import Header, find_header, join_header, table_width
from homeroom.ingest.connectors.tables import MAX_FRAME_ROWS, Faults, Table, name_columns

if TYPE_CHECKING:
    import polars
    from python_calamine import CalamineSheet

Value: TypeAlias = int | float | str | bool | time | date | datetime | timedelta
_SAMPLE_ROWS: Final = 200
_WHOLE: Final = 1e15  # beyond it a float no longer tells neighbouring whole numbers apart


def open_sheet(sheet: CalamineSheet, *, file: str, hint: Dialect) -> Table | None:
    """The table of a sheet, its header found below a title; None when the sheet is blank."""
    faults = Faults()
    rows = _rows(sheet)
    sample = list(islice(rows, _SAMPLE_ROWS))
    if not sample:
        return None
    header = _header(sample, hint)
    top = [row.cells or [] for row in sample[header.at : header.at + header.count]]
    names = hint.columns or join_header(top, width=header.width)
    width = max(header.width, len(names))
    columns = name_columns([*names, *[""] * (width - len(names))])
    repeated = (*top[0], *[""] * (width - len(top[0]))) if len(top) == 1 else None
    data: Iterator[RawRow] = chain(sample[header.at + header.count :], rows)
    if hint.skips_footer is not False:
        data = _without_footer(data, faults, file=file, width=width)
    dialect = hint.or_else(Dialect(form="excel", skips_footer=True))
    return Table(
        sheet.name,
        columns,
        _frames(data, Fitting(file, columns, repeated, faults, optional=0), faults, width=width),
        faults,
        replace(
            dialect,
            sheets=(sheet.name,),
            header_lines=len(top),
            header_line=sample[header.at].line if top else 0,
        ),
        tuple(row.text[:500] for row in sample[: header.at]),
    )


def render_value(value: Value) -> str:
    """A cell's value as text: dates as ISO, whole numbers without decimals, TRUE and FALSE."""
    match value:
        case str():
            return value
        case bool() | int() | float():
            return _render_number(value)
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(timespec="seconds")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return _render_duration(value)


def _render_number(value: float) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    is_exact = float(value).is_integer() and abs(value) < _WHOLE
    return str(int(value)) if is_exact else repr(value)


def _render_duration(value: timedelta) -> str:
    minutes, seconds = divmod(int(value.total_seconds()), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"


def _rows(sheet: CalamineSheet) -> Iterator[RawRow]:
    """The rows that are not blank, each as wide as its last filled cell, with the sheet's own row numbers.

    A cell merged over several rows says its value in each of them.
    """
    left = sheet.start[1] if sheet.start else 0
    last_rows = {
        (top, column - left): bottom
        for (top, column), (bottom, _) in sheet.merged_cell_ranges or ()
        if bottom > top
    }
    spread: dict[int, tuple[int, str]] = {}
    for row, values in enumerate(sheet.iter_rows()):
        cells = [render_value(value) for value in values]
        for column, (last_row, text) in spread.items():
            if row <= last_row and not cells[column]:
                cells[column] = text
        if last_rows:
            spread.update(
                {n: (last_rows[row, n], text) for n, text in enumerate(cells) if (row, n) in last_rows}
            )
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield RawRow(row + 1, cells, "\t".join(cells))


def _without_footer(rows: Iterator[RawRow], faults: Faults, *, file: str, width: int) -> Iterator[RawRow]:
    waiting: deque[RawRow] = deque()
    for row in rows:
        waiting.append(row)
        if len(waiting) > MOST_LINES:
            yield waiting.popleft()
    last = list(waiting)
    data = len(last) - count_footer([row.cells for row in last], width=width)
    yield from last[:data]
    for row in last[data:]:
        faults.add(row_faults.footer(row.text, file=file, line=row.line))


def _frames(
    rows: Iterable[RawRow], fitting: Fitting, faults: Faults, *, width: int
) -> Iterator[polars.DataFrame]:
    for row in rows:
        cells = row.cells or []
        padded = [*cells, *[""] * (width - len(cells))]
        if fitting.add(RawRow(row.line, padded, row.text)) >= MAX_FRAME_ROWS:
            yield fitting.take()
    yield from fitting.take_rest(is_last=True)
    faults.finish()


def _header(sample: Sequence[RawRow], hint: Dialect) -> Header:
    cells = [row.cells or [] for row in sample]
    if hint.header_line is None:
        return find_header(cells, count=0 if hint.columns and not hint.header_lines else hint.header_lines)
    at = next((n for n, row in enumerate(sample) if row.line >= (hint.header_line or 1)), 0)
    return Header(at, 0 if hint.header_line == 0 else hint.header_lines or 1, table_width(cells[at:]))
