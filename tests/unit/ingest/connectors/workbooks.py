"""Workbooks written by hand, as small as they can be: what stands in them is exactly what a test needs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from xml.sax.saxutils import escape

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_FORMATS = "".join(f'<xf numFmtId="{number}"/>' for number in (0, 14, 22))
_STYLES = f'<styleSheet xmlns="{_MAIN}"><cellXfs count="3">{_FORMATS}</cellXfs></styleSheet>'

Cell = str | int | float | bool | date | None


def xlsx(
    sheets: dict[str, Sequence[Sequence[Cell]]],
    *,
    merged: Sequence[str] = (),
    hidden: Sequence[str] = (),
    raw_rows: str | None = None,
    more: dict[str, str] | None = None,
) -> bytes:
    """A workbook with these sheets. merged: ranges of the first; raw_rows: XML in place of every sheet's rows."""
    numbers = range(1, len(sheets) + 1)
    states = ['state="hidden"' if name in hidden else "" for name in sheets]
    named = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}" {state}/>'
        for n, name, state in zip(numbers, sheets, states, strict=True)
    )
    merges = "".join(f'<mergeCell ref="{place}"/>' for place in merged)
    parts = {
        "[Content_Types].xml": _content_types(numbers),
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{named}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations(
            [*(("worksheet", f"worksheets/sheet{n}.xml") for n in numbers), ("styles", "styles.xml")]
        ),
        "xl/styles.xml": _STYLES,
        **(more or {}),
    }
    for n, rows in zip(numbers, sheets.values(), strict=True):
        body = (
            "".join(_row(number, row) for number, row in enumerate(rows, 1)) if raw_rows is None else raw_rows
        )
        ending = f"<mergeCells>{merges}</mergeCells>" if merges and n == 1 else ""
        sheet = f'<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData>{ending}</worksheet>'
        parts[f"xl/worksheets/sheet{n}.xml"] = sheet
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def ods(sheets: dict[str, Sequence[Sequence[Cell]]], *, raw_rows: str | None = None) -> bytes:
    """An OpenDocument spreadsheet with these sheets."""
    tables = "".join(
        f'<table:table table:name="{escape(name)}">{raw_rows or "".join(map(_ods_row, rows))}</table:table>'
        for name, rows in sheets.items()
    )
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"'
        for short in ("office", "table", "text")
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            zipfile.ZipInfo("mimetype"), "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED
        )
        archive.writestr(
            "content.xml",
            f"<office:document-content {spaces}><office:body><office:spreadsheet>{tables}"
            "</office:spreadsheet></office:body></office:document-content>",
        )
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return out.getvalue()


def _row(number: int, row: Sequence[Cell]) -> str:
    cells = "".join(
        _cell(f"{_letters(column)}{number}", value) for column, value in enumerate(row) if value is not None
    )
    return f'<row r="{number}">{cells}</row>'


def _cell(place: str, value: Cell) -> str:
    match value:
        case bool():
            return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
        case datetime():
            return f'<c r="{place}" s="2"><v>{_serial(value)}</v></c>'
        case date():
            return f'<c r="{place}" s="1"><v>{_serial(datetime(value.year, value.month, value.day))}</v></c>'  # noqa: DTZ001
        case int() | float():
            return f'<c r="{place}"><v>{value!r}</v></c>'
        case str() if value.startswith("="):
            formula, _, result = value[1:].partition("→")
            return f'<c r="{place}" t="str"><f>{escape(formula)}</f><v>{escape(result)}</v></c>'
        case _:
            return (
                f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'
            )


def _serial(value: datetime) -> float:
    since = value - datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's time has no zone
    return since.days + since.seconds / 86400


def _ods_row(row: Sequence[Cell]) -> str:
    return f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>"


def _ods_cell(value: Cell) -> str:
    match value:
        case None:
            return "<table:table-cell/>"
        case date():
            return f'<table:table-cell office:value-type="date" office:date-value="{value.isoformat()}"/>'
        case int() | float():
            return f'<table:table-cell office:value-type="float" office:value="{value!r}"/>'
        case _:
            text = f"<text:p>{escape(str(value))}</text:p>"
            return f'<table:table-cell office:value-type="string">{text}</table:table-cell>'


def _letters(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _content_types(numbers: Iterable[int]) -> str:
    base = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    kind = f'ContentType="{base}.worksheet+xml"'
    parts = "".join(f'<Override PartName="/xl/worksheets/sheet{n}.xml" {kind}/>' for n in numbers)
    return (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{base}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{base}.styles+xml"/>{parts}</Types>'
    )


def _relations(parts: Sequence[tuple[str, str]]) -> str:
    entries = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(parts, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{entries}</Relationships>'
