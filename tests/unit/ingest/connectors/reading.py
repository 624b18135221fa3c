"""Files made on the spot, and what comes of reading them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from homeroom.base.findings import Finding
from homeroom.ingest.connectors.dialect import Dialect
from homeroom.ingest.connectors.opening import open_tables
from homeroom.ingest.connectors.tables import LINE, Fault, Table, Unreadable
from homeroom.ingest.reading.plan import SourceFile
from homeroom.interop.package_archive import Folder

Row = tuple[str | None, ...]


@dataclass(frozen=True)
class ReadTable:
    """A table read to its end."""

    name: str
    columns: tuple[str, ...]
    rows: list[Row]
    lines: list[int]
    faults: list[Fault]
    dialect: Dialect
    skipped: tuple[str, ...]

    @property
    def codes(self) -> list[str]:
        return [(fault.finding if isinstance(fault, Unreadable) else fault).code for fault in self.faults]

    @property
    def unread(self) -> dict[int, bytes]:
        return {fault.line: fault.raw_bytes for fault in self.faults if isinstance(fault, Unreadable)}


def source(content: bytes, name: str) -> SourceFile:
    """A file that lies nowhere."""
    return SourceFile(name, Folder({name: partial(io.BytesIO, content)}), name)


def on_disk(path: Path) -> SourceFile:
    """A file as a folder offers it."""
    return SourceFile(path.name, Folder({path.name: partial(path.open, "rb")}), path.name)


def read_all(file: SourceFile, hint: Dialect | None = None) -> list[ReadTable | Finding]:
    """Every table of a file, read to its end; a finding where one cannot be opened."""
    tables = open_tables(file, hint)
    if isinstance(tables, Finding):
        return [tables]
    with tables:
        return [_read(table) if isinstance(table, Table) else table for table in tables]


def read_one(content: bytes, name: str = "pupils.csv", hint: Dialect | None = None) -> ReadTable:
    """The one table of a file."""
    (table,) = read_all(source(content, name), hint)
    assert isinstance(table, ReadTable), table
    return table


def refused(content: bytes, name: str, hint: Dialect | None = None) -> Finding:
    """Why a file has no table."""
    (finding,) = read_all(source(content, name), hint)
    assert isinstance(finding, Finding), finding
    return finding


def _read(table: Table) -> ReadTable:
    rows: list[Row] = []
    lines: list[int] = []
    faults: list[Fault] = []
    for frame in table.frames:
        assert frame.columns == [*table.columns, LINE]
        lines += frame[LINE].to_list()
        rows += frame.drop(LINE).rows()
        faults += table.faults.take()
    faults += table.faults.take()
    return ReadTable(table.name, table.columns, rows, lines, faults, table.dialect, table.skipped)
