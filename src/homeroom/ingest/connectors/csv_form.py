"""How a delimited file is written, told from its first part: delimiter, quotes, header."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from homeroom.ingest.connectors.csv_rows import Form, RawRow, read_rows
from homeroom.ingest.connectors.dialect import Dialect
from homeroom.ingest.connectors.headers import Cells, Header, find_header, join_header, table_width
from homeroom.ingest.connectors.tables import name_columns

DELIMITERS: Final = (",", "\t", ";", "|", "^", "~", "\x1f")
SAMPLE_BYTES: Final = 1 << 18
LINE_END: Final = re.compile("\r\n|\n|\r")
_SAMPLE_ROWS: Final = 200
_MOST_SKIPPED: Final = 500
_SEPARATOR_LINE: Final = re.compile(r"\ufeff?\"?sep=(.)\"?[\r\n]")  # as Excel writes and reads it


@dataclass(frozen=True, slots=True)
class Opening:
    """What stands before the rows.

    dialect: as detected or fixed. columns: their names. header: the header's own cells when it is one row, else
    None. body_line: the line in which the rows begin. optional: how many of the last cells a row may lack.
    skipped: the lines above the header.
    """

    dialect: Dialect
    columns: tuple[str, ...]
    header: tuple[str, ...] | None
    body_line: int
    optional: int
    skipped: tuple[str, ...]


def open_form(head: bytes, hint: Dialect, *, is_whole: bool) -> Opening:
    """The opening of a file that begins with this UTF-8; what the hint says is taken as said."""
    text = _sample(head, is_whole=is_whole)
    quote = _quote_of(text) if hint.quote is None else hint.quote
    delimiter = hint.delimiter or _delimiter_of(text, quote)
    rows = _rows(text, Form(delimiter, quote, 0))
    form = Dialect(form="delimited", delimiter=delimiter, quote=quote, skips_footer=True)
    return _opening(rows, hint.or_else(form))


def _sample(head: bytes, *, is_whole: bool) -> str:
    """The first part, cut at a line end."""
    part = head[:SAMPLE_BYTES]
    if not is_whole or len(head) > SAMPLE_BYTES:
        end = max(part.rfind(b"\n"), part.rfind(b"\r", 0, -1)) + 1
        part = part[: end or len(part)]
    return part.decode("utf-8", "replace")


def _rows(text: str, form: Form) -> list[RawRow]:
    """The first rows that are not blank."""
    rows = (row for row in read_rows(text.encode(), form, line=1, is_last=True) if isinstance(row, RawRow))
    return list(islice(rows, _SAMPLE_ROWS))


def _opening(rows: Sequence[RawRow], dialect: Dialect) -> Opening:
    cells: list[Cells] = [row.cells or [row.text] for row in rows]
    header = _header(rows, cells, dialect)
    top = rows[header.at : header.at + header.count]
    names = dialect.columns or join_header(cells[header.at : header.at + header.count], width=header.width)
    width = max(header.width, len(names))
    return Opening(
        replace(dialect, header_line=top[0].line if top else 0, header_lines=len(top)),
        name_columns([*names, *[""] * (width - len(names))]),
        header=tuple(cells[header.at]) if len(top) == 1 else None,
        body_line=_line_after(top) if top else rows[header.at].line if header.at < len(rows) else 1,
        optional=_optional(cells[header.at + header.count :], width),
        skipped=tuple(row.text.rstrip("\r\n")[:_MOST_SKIPPED] for row in rows[: header.at]),
    )


def _optional(data: Sequence[Cells], width: int) -> int:
    """How many of the last columns are empty in some complete row; all of them when no row is complete.

    A row that lacks cells which are filled everywhere else lacks one in its middle as likely as one at its end.
    """
    complete = [row for row in data if len(row) == width]
    empty = (next((n for n, cell in enumerate(reversed(row)) if cell.strip()), width) for row in complete)
    return max(empty, default=width)


def _header(rows: Sequence[RawRow], cells: Sequence[Cells], dialect: Dialect) -> Header:
    if dialect.header_line is None:
        count = 0 if dialect.columns and not dialect.header_lines else dialect.header_lines
        return find_header(cells, count=count)
    at = next((n for n, row in enumerate(rows) if row.line >= (dialect.header_line or 1)), 0)
    count = 0 if dialect.header_line == 0 else dialect.header_lines or 1
    return Header(at, count, table_width(cells[at:]))


def _line_after(top: Sequence[RawRow]) -> int:
    last = top[-1]
    return last.line + max(1, len(LINE_END.findall(last.text)))


def _quote_of(text: str) -> str:
    if '"' in text:
        return '"'
    lines = text.splitlines()
    quoted = sum(1 for line in lines if line.startswith("'") and line.count("'") % 2 == 0)
    return "'" if lines and quoted > len(lines) * 0.8 else '"'


def _delimiter_of(text: str, quote: str) -> str:
    said = _SEPARATOR_LINE.match(text)
    if said:
        return said[1]
    best = max(DELIMITERS, key=lambda delimiter: _evenness(text, delimiter, quote))
    return best if _evenness(text, best, quote) > 0 else DELIMITERS[0]


def _evenness(text: str, delimiter: str, quote: str) -> float:
    """How well a delimiter explains a text: rows of one width, and many cells in them."""
    if delimiter not in text:
        return 0.0
    rows = _rows(text, Form(delimiter, quote, 0))
    widths = [len(row.cells or ()) for row in rows]
    width = table_width([row.cells or [""] for row in rows])
    share = sum(1 for each in widths if each == width) / max(1, len(widths))
    return share**2 * (1 - 1 / width)
