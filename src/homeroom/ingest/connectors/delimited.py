"""Delimited text: CSV, TSV and their kin."""

from __future__ import annotations

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Final

from homeroom.base.findings import Finding, Place
from homeroom.ingest.connectors.connector import FileConnector
from homeroom.ingest.connectors.csv_body import Body, read_body
from homeroom.ingest.connectors.csv_form import open_form
from homeroom.ingest.connectors.csv_rows import Form
from homeroom.ingest.connectors.dialect import Dialect
from homeroom.ingest.connectors.sources import Sample
from homeroom.ingest.connectors.tables import Faults, Table, Tables
from homeroom.ingest.connectors.text_stream import TextStream, open_text
from homeroom.ingest.reading.plan import SourceFile

_SUFFIXES: Final = frozenset({".csv", ".tsv", ".tab", ".psv", ".txt", ".dat", ".asc"})
_FEW_CONTROLS: Final = 4
# What text of any encoding has none of, UTF-16's zeros aside.
_CONTROLS: Final = bytes(b for b in range(1, 32) if chr(b) not in "\t\n\r\x0b\x0c\x1a\x1c\x1d\x1e\x1f\x1b")


@dataclass(frozen=True, slots=True)
class Delimited:
    """Any text is a delimited file when it is nothing else."""

    form: str = "delimited"

    def rate(self, sample: Sample) -> int:
        """Low for every text, as other forms are text too."""
        if not is_text(sample.head):
            return 0
        return 25 if PurePath(sample.name).suffix.lower() in _SUFFIXES else 20

    def open(self, file: SourceFile, hint: Dialect) -> Tables | Finding:
        """The one table of the file."""
        with ExitStack() as opened:
            text = open_text(file, hint.encoding, opened=opened)
            if isinstance(text, Finding):
                return text
            table = _table(text, hint)
            return table if isinstance(table, Finding) else Tables(iter([table]), opened.pop_all().close)


def is_text(head: bytes) -> bool:
    """Whether bytes can be text: hardly a control character among them, or the mark of UTF-16 before them."""
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return controls <= max(_FEW_CONTROLS, len(head) // 50) or head.startswith((BOM_UTF16_LE, BOM_UTF16_BE))


def _table(text: TextStream, hint: Dialect) -> Table | Finding:
    opening = open_form(text.head, hint, is_whole=text.is_whole)
    if not text.head.strip(b"\0 \t\r\n"):
        return _empty(text.name)
    dialect = replace(opening.dialect, encoding=text.encoding)
    body = Body(
        text.name,
        Form(dialect.delimiter or ",", dialect.quote or "", len(opening.columns)),
        opening.columns,
        opening.header,
        len(opening.columns) if dialect.fills_short_rows else opening.optional,
        skips_footer=dialect.skips_footer is not False,
    )
    faults = Faults()
    frames = read_body(text.blocks_from(opening.body_line), body, faults, line=opening.body_line)
    return Table(
        PurePath(text.name).stem,
        opening.columns,
        text.watched(frames, faults),
        faults,
        dialect,
        opening.skipped,
    )


def _empty(file: str) -> Finding:
    return Finding("table.empty", "The file is empty.", Place(file), "Export it again.")


CONNECTOR: Final[FileConnector] = Delimited()
