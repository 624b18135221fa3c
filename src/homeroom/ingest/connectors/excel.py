"""Spreadsheets: xlsx, xlsm, xls and ods, the values alone; no formula is run, no link followed, no macro read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, BinaryIO, Final

from homeroom.base.findings import Finding, Place, Severity
from homeroom.ingest.connectors.connector import FileConnector
from homeroom.ingest.connectors.dialect import Dialect
from homeroom.ingest.connectors.sheet_rows import open_sheet
from homeroom.ingest.connectors.sheet_size import spans_more_than
from homeroom.ingest.connectors.sources import Sample
from homeroom.ingest.connectors.tables import Table, Tables
from homeroom.ingest.reading.plan import SourceFile
from homeroom.interop.package_archive import ArchiveLimits, open_zip

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

MAX_CELLS: Final = 20_000_000
"""Of one sheet, blanks within it included: what fits into about 600 MB."""
MAX_BYTES: Final = 256 << 20
_LIMITS: Final = ArchiveLimits(total_bytes=1 << 30)
_ZIP: Final = b"PK\x03\x04"
_OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_BLOCK_BYTES: Final = 1 << 20
_OPEN_DOCUMENT: Final = b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"
_SUFFIXES: Final = frozenset({".xlsx", ".xlsm", ".xls", ".ods"})
_SAVE_AS: Final = "Save it as .xlsx, or each sheet as CSV."


@dataclass(frozen=True, slots=True)
class Excel:
    """A table for each sheet that is shown, or for those that the hint names."""

    form: str = "excel"

    def rate(self, sample: Sample) -> int:
        """By what the container holds; a zip that says nothing of it in its first part, by its name."""
        is_named = PurePath(sample.name).suffix.lower() in _SUFFIXES
        if sample.head.startswith(_OLE):
            return 90
        if not sample.head.startswith(_ZIP):
            return 0
        if _OPEN_DOCUMENT in sample.head[:200] or b"xl/work" in sample.head:
            return 95
        return 60 if is_named else 0

    def open(self, file: SourceFile, hint: Dialect) -> Tables | Finding:
        """The sheets' tables; why there are none when the workbook is locked, damaged or too large."""
        with ExitStack() as opened:
            stream = opened.enter_context(file.open())
            unfit = _check_size(stream, file.name)
            if unfit is not None:
                return unfit
            workbook = _open_workbook(stream, file.name)
            if isinstance(workbook, Finding):
                return workbook
            opened.callback(workbook.close)
            return Tables(_tables(workbook, file.name, hint), opened.pop_all().close)


def _check_size(stream: BinaryIO, file: str) -> Finding | None:
    """Before anything is unpacked or built. Leaves the stream at its start."""
    size = stream.seek(0, 2)
    stream.seek(0)
    is_packed = stream.read(4) == _ZIP
    if size > MAX_BYTES:
        return _too_large(file)
    if is_packed:
        archive = open_zip(stream, file=file, limits=_LIMITS)
        if isinstance(archive, Finding):
            return replace(archive, remedy=_SAVE_AS)
        if "xl/workbook.bin" in archive.names():
            return _unread(file, "It is a binary workbook (.xlsb), which is not read here.")
        if spans_more_than(MAX_CELLS, archive):
            return _too_large(file)
    stream.seek(0)
    return None


def _open_workbook(stream: BinaryIO, file: str) -> CalamineWorkbook | Finding:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError  # noqa: PLC0415 - loaded when needed

    if _is_locked(stream):
        return _locked(file)
    try:
        return CalamineWorkbook.from_filelike(stream)
    except PasswordError:
        return _locked(file)
    except (CalamineError, ValueError) as error:
        return _unread(file, f"The workbook cannot be read: {str(error)[:200]}.")


def _is_locked(stream: BinaryIO) -> bool:
    """Whether a modern workbook stands encrypted in an old container, whose entries no block cuts in two."""
    is_old = stream.read(len(_OLE)) == _OLE
    stream.seek(0)
    blocks = iter(partial(stream.read, _BLOCK_BYTES), b"") if is_old else ()
    is_locked = any(_ENCRYPTED in block for block in blocks)
    stream.seek(0)
    return is_locked


def _tables(workbook: CalamineWorkbook, file: str, hint: Dialect) -> Iterator[Table | Finding]:
    from python_calamine import CalamineError, SheetTypeEnum, SheetVisibleEnum  # noqa: PLC0415

    wanted = hint.sheets
    for sheet in workbook.sheets_metadata:
        if sheet.typ is not SheetTypeEnum.WorkSheet or (wanted is not None and sheet.name not in wanted):
            continue
        if wanted is None and sheet.visible is not SheetVisibleEnum.Visible:
            yield _hidden(file, sheet.name)
            continue
        try:
            table = open_sheet(workbook.get_sheet_by_name(sheet.name), file=file, hint=hint)
        except (CalamineError, ValueError) as error:
            yield _unread(file, f"The sheet {sheet.name} cannot be read: {str(error)[:200]}.")
            continue
        if table is not None:
            yield table
    yield from (_no_sheet(file, name) for name in wanted or () if name not in workbook.sheet_names)


def _unread(file: str, words: str) -> Finding:
    return Finding("table.workbook", words, Place(file), _SAVE_AS)


def _locked(file: str) -> Finding:
    words = "The workbook is locked with a password."
    return Finding("table.locked", words, Place(file), "Save it without one.")


def _too_large(file: str) -> Finding:
    words = f"The workbook is larger than {MAX_BYTES >> 20} MB or spans more than {MAX_CELLS:,} cells in one sheet."
    remedy = "Remove what stands far outside the table, or save the sheet as CSV, which may have any size."
    return Finding("table.workbook_too_large", words, Place(file), remedy)


def _hidden(file: str, sheet: str) -> Finding:
    words = f"The sheet {sheet} is hidden and was not read."
    remedy = "Show it, or name it in the mapping (sheets)."
    return Finding("table.sheet_hidden", words, Place(file, path=sheet), remedy, Severity.WARNING)


def _no_sheet(file: str, sheet: str) -> Finding:
    return Finding(
        "table.no_sheet",
        f"The workbook has no sheet {sheet}.",
        Place(file, path=sheet),
        "Correct its name in the mapping.",
    )


CONNECTOR: Final[FileConnector] = Excel()
