"""The careful reader of delimited text: row by row, with every fault told and its text kept."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from homeroom.ingest.connectors.text_lines import end_of_lines, split_lines

MAX_ROW_BYTES: Final = 1 << 20
MAX_CELL_CHARACTERS: Final = csv.field_size_limit()
"""131,072: Python's own limit, which belongs to the process and is left as it is."""
_MAX_MENDED: Final = 1 << 14


@dataclass(frozen=True, slots=True)
class Form:
    """How cells are told apart. quote: "" when nothing is quoted. width: how many cells a row should have."""

    delimiter: str
    quote: str
    width: int


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row: the line it starts in, its cells, its text as it came.

    cells is None when it cannot be read: fault says why. notes: what had to be forgiven. Both are finding codes
    without their `table.`.
    """

    line: int
    cells: list[str] | None
    text: str
    fault: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rest:
    """What stands behind the last complete row: its bytes, and the line they begin in."""

    content: bytes
    line: int


def read_rows(content: bytes, form: Form, *, line: int, is_last: bool) -> Iterator[RawRow | Rest]:
    """Every complete row that is not blank, then the Rest, which is empty when the content is the file's last.

    line: where the content begins. A row that cannot be read costs its first line alone: reading goes on with
    the next. Line ends are CR, LF and CR LF, mixed as they may be.
    """
    end = len(content) if is_last else end_of_lines(content)
    text = _Text(*split_lines(content[:end]), line)
    tail = content[end:]
    at = 0
    while at < len(text.lines):
        reader = _Reader(text.lines, at, form)
        for start, cells in reader:
            yield from text.rows(start, reader.at, cells)
        if not reader.fault:
            break
        at = reader.start
        if reader.is_unfinished and not is_last and text.size_from(at) + len(tail) <= MAX_ROW_BYTES:
            yield Rest(text.encoded_from(at) + tail, line + at)
            return
        yield _mended(text.lines[at], form, line=line + at, fault=reader.fault)
        at += 1
    yield Rest(tail, line + len(text.lines))


@dataclass(frozen=True, slots=True)
class _Text:
    """Decoded lines with their ends. recoded: those that were no UTF-8."""

    lines: list[str]
    recoded: frozenset[int]
    line: int

    def size_from(self, at: int) -> int:
        return sum(map(len, self.lines[at:]))

    def encoded_from(self, at: int) -> bytes:
        return "".join(self.lines[at:]).encode()

    def rows(self, start: int, end: int, cells: list[str]) -> Iterator[RawRow]:
        """The row that stands in these lines, unless it is blank."""
        if not any(cells):
            return
        text = self.lines[start] if end == start + 1 else "".join(self.lines[start:end])
        if len(text) > MAX_ROW_BYTES:
            yield RawRow(self.line + start, None, text, "row_too_long")
            return
        notes: tuple[str, ...] = ()
        if "\0" in text:
            cells, notes = [cell.replace("\0", "") for cell in cells], ("nul",)
        if self.recoded and not self.recoded.isdisjoint(range(start, end)):
            notes = (*notes, "encoding_mixed")
        yield RawRow(self.line + start, cells, text, notes=notes)


class _Reader:
    """Python's strict reader, which tells where it stopped. start: the first line of the row it is in."""

    def __init__(self, lines: list[str], at: int, form: Form) -> None:
        self._lines = lines
        self._form = form
        self.at = self.start = at
        self.fault = ""
        self.is_unfinished = False

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        rows = csv.reader(
            self._feed(),
            delimiter=self._form.delimiter,
            quotechar=self._form.quote or None,
            quoting=csv.QUOTE_MINIMAL if self._form.quote else csv.QUOTE_NONE,
            strict=True,
        )
        try:
            for cells in rows:
                yield self.start, cells
                self.start = self.at
        except csv.Error as error:
            self.is_unfinished = "unexpected end" in str(error)
            self.fault = self._fault_of(str(error))

    def _feed(self) -> Iterator[str]:
        while self.at < len(self._lines):
            self.at += 1
            yield self._lines[self.at - 1]

    def _fault_of(self, words: str) -> str:
        if "field limit" in words and len(self._lines[self.start]) > MAX_CELL_CHARACTERS:
            return "cell_too_long"
        return "quote_open" if self.is_unfinished or "field limit" in words else "quote"


def _mended(text: str, form: Form, *, line: int, fault: str) -> RawRow:
    """The one line by itself, a quote ending a cell only before a delimiter, if that gives all its cells."""
    body = text.rstrip("\r\n")
    is_even = body.count(form.quote) % 2 == 0  # otherwise a quoted cell may go on in the next line
    if fault.startswith("quote") and is_even and len(body) <= _MAX_MENDED and form.width > 1:
        cells = [_unquoted(match, form.quote) for match in _cell_pattern(form).finditer(body)]
        if len(cells) == form.width:
            return RawRow(line, cells, text, notes=("stray_quote",))
    return RawRow(line, None, text, fault)


@lru_cache(maxsize=64)
def _cell_pattern(form: Form) -> re.Pattern[str]:
    delimiter, quote = re.escape(form.delimiter), re.escape(form.quote)
    after = rf"[ ]*(?:{delimiter}|\Z)"
    quoted = rf"[ ]*{quote}(?P<quoted>(?:[^{quote}]|{quote}(?!{after}))*){quote}(?={after})[ ]*"
    return re.compile(rf"(?:(?<={delimiter})|\A)(?:{quoted}|(?P<plain>[^{delimiter}]*))")


def _unquoted(match: re.Match[str], quote: str) -> str:
    quoted = match["quoted"]
    return match["plain"] if quoted is None else quoted.replace(quote * 2, quote)
