"""The look-up tables of a spec, inline or in a CSV beside it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace

from homeroom.ingest.mapping.faults import SpecFaults, Spot
from homeroom.ingest.mapping.fields import Fields
from homeroom.ingest.mapping.limits import MAX_TABLE_BYTES, MAX_TABLE_ROWS
from homeroom.ingest.mapping.nodes import Node, Scalar
from homeroom.ingest.mapping.read_documents import read_rows
from homeroom.ingest.mapping.spec import Field, FileTable, Otherwise, Row, RowsTable, TableSpec, ValuesTable

ReadBeside = Callable[[str], str]
"""The text of a file beside the spec; OSError when there is none."""


def read_table(key: Scalar, node: Node, *, read_beside: ReadBeside, faults: SpecFaults) -> TableSpec | None:
    """One entry of `tables`; None when it is of no known kind."""
    name = key.text or ""
    fields = Fields(node, where=f"table {name}", spot=key.spot, faults=faults)
    otherwise = fields.choice("otherwise", Otherwise.FAIL)
    table = _values(name, fields, otherwise) or _file(name, fields, otherwise)
    if table is None:
        table = _rows(name, fields, otherwise, read_beside)
    fields.finish()
    return None if table is None else replace(table, spot=key.spot)


def read_csv_beside(file: str, spot: Spot, *, read_beside: ReadBeside, faults: SpecFaults) -> tuple[Row, ...]:
    """The rows of a CSV beside the spec."""
    if not file.endswith(".csv") or "/" in file or "\\" in file or file.startswith("."):
        faults.tell(
            "table", f"'{file}' is not a CSV file beside the spec.", spot, remedy="Give its bare name."
        )
        return ()
    try:
        text = read_beside(file)
    except OSError:
        faults.tell("table", f"There is no {file} beside the spec.", spot)
        return ()
    if len(text) > MAX_TABLE_BYTES:
        faults.tell("limit", f"{file} is larger than {MAX_TABLE_BYTES >> 20} MB.", spot)
        return ()
    return _csv_rows(text.removeprefix("\ufeff"), file, spot, faults)


def read_layout(file: str, spot: Spot, *, read_beside: ReadBeside, faults: SpecFaults) -> tuple[Field, ...]:
    """The columns of a fixed-width layout from a CSV with name, start and width."""
    fields: list[Field] = []
    for number, row in enumerate(read_csv_beside(file, spot, read_beside=read_beside, faults=faults), 2):
        name, start, width = (str(row.get(key) or "") for key in ("name", "start", "width"))
        if not name or not (_is_place(start) and _is_place(width)):
            words = f"{file}, line {number}: name, start and width (both at least 1) are needed."
            faults.tell("table", words, spot)
            continue
        fields.append(Field(name, int(start), int(width)))
    return tuple(fields)


def _is_place(text: str) -> bool:
    return text.isdecimal() and len(text) <= 6 and int(text) > 0


def _csv_rows(text: str, file: str, spot: Spot, faults: SpecFaults) -> tuple[Row, ...]:
    rows: list[Row] = []
    reader = csv.DictReader(io.StringIO(text), restkey="")
    try:
        for row in reader:
            if None in row.values() or "" in row:
                faults.tell(
                    "table", f"{file}, line {reader.line_num}: not as many cells as the header.", spot
                )
                return ()
            rows.append({name: value.strip() for name, value in row.items()})
            if len(rows) > MAX_TABLE_ROWS:
                faults.tell("limit", f"{file} has more than {MAX_TABLE_ROWS:,} rows.", spot)
                return ()
    except csv.Error as error:
        faults.tell("table", f"{file}, line {reader.line_num}: {error}.", spot)
    return tuple(rows)


def _values(name: str, fields: Fields, otherwise: Otherwise) -> TableSpec | None:
    pairs = fields.entries("values")
    if not pairs:
        return None
    values = {
        key.text or "": value.text if isinstance(value, Scalar) else fields.text_of(value)
        for key, value in pairs
    }
    return ValuesTable(name, values, otherwise, fields.spot)


def _file(name: str, fields: Fields, otherwise: Otherwise) -> TableSpec | None:
    file = fields.optional_text("file")
    return (
        None if file is None else FileTable(name, file, fields.required_text("key"), otherwise, fields.spot)
    )


def _rows(name: str, fields: Fields, otherwise: Otherwise, read_beside: ReadBeside) -> TableSpec | None:
    file, inline, key = fields.optional_text("csv"), fields.take("rows"), fields.optional_text("key")
    if file is not None:
        rows = read_csv_beside(file, fields.spot, read_beside=read_beside, faults=fields.faults)
    elif inline is not None:
        rows = read_rows(inline, fields)
    else:
        fields.faults.tell("shape", f"Table {name} needs values, rows, csv or file.", fields.spot)
        return None
    columns = tuple(dict.fromkeys(column for row in rows for column in row))
    if key is not None and rows and key not in columns:
        fields.faults.tell("table", f"Table {name} has no column '{key}'.", fields.spot)
    return RowsTable(name, columns, rows, key, otherwise, fields.spot)
