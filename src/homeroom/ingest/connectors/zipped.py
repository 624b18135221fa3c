"""Zips of files of any form, one level deep and within the limits of every archive."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Final

from homeroom.base.findings import Finding, Place
from homeroom.ingest.connectors.connector import FileConnector
from homeroom.ingest.connectors.dialect import Dialect
from homeroom.ingest.connectors.opening import open_tables
from homeroom.ingest.connectors.sources import Sample
from homeroom.ingest.connectors.tables import Table, Tables
from homeroom.ingest.reading.plan import SourceFile
from homeroom.interop.package_archive import ZipArchive, open_zip


@dataclass(frozen=True, slots=True)
class Zipped:
    """The tables of every file in the archive; a zip within it is refused as a file."""

    form: str = "zip"

    def rate(self, sample: Sample) -> int:
        """Below a workbook, which is a zip too."""
        return 50 if sample.head.startswith((b"PK\x03\x04", b"PK\x05\x06")) else 0

    def open(self, file: SourceFile, hint: Dialect) -> Tables | Finding:
        """The tables in the archive's order; the hint says how the files in it are written."""
        if isinstance(file.archive, ZipArchive):
            return _nested(file.name)
        with ExitStack() as opened:
            archive = open_zip(opened.enter_context(file.open()), file=file.name)
            if isinstance(archive, Finding):
                return archive
            inner = replace(hint, form=None, sheets=None) if hint.form == self.form else hint
            return Tables(_tables(file.name, archive, inner, wanted=hint.sheets), opened.pop_all().close)


def _tables(
    name: str, archive: ZipArchive, hint: Dialect, *, wanted: tuple[str, ...] | None
) -> Iterator[Table | Finding]:
    yield from archive.findings
    for entry in archive.names():
        if wanted is not None and entry not in wanted:
            continue
        opened = open_tables(SourceFile(f"{name}/{entry}", archive, entry), hint)
        if isinstance(opened, Finding):
            yield opened
            continue
        with opened:
            yield from opened


def _nested(file: str) -> Finding:
    words = "The file is an archive within an archive, whatever its name; it is not opened."
    return Finding("package.nested", words, Place(file), "Send it by itself.")


CONNECTOR: Final[FileConnector] = Zipped()
