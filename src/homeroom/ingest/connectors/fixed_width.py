"""Fixed-width text: fields by their place in the line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from homeroom.base.findings import Finding, Place, Severity
from homeroom.ingest.connectors import row_faults
from homeroom.ingest.connectors.connector import FileConnector
from homeroom.ingest.connectors.csv_rows import MAX_ROW_BYTES
from homeroom.ingest.connectors.delimited import is_text
from homeroom.ingest.connectors.dialect import Dialect, FixedField
from homeroom.ingest.connectors.fixed_layout import check_layout
from homeroom.ingest.connectors.footers import count_footer
from homeroom.ingest.connectors.sources import Sample
from homeroom.ingest.connectors.tables import LINE, MAX_FRAME_ROWS, Faults, Table, Tables, name_columns
from homeroom.ingest.connectors.text_lines import read_lines
from homeroom.ingest.connectors.text_stream import TextStream, open_text
from homeroom.ingest.reading.plan import SourceFile

if TYPE_CHECKING:
    import polars

_LEAST_WIDTH: Final = 40
_DELIMITERS: Final = (b",", b"\t", b";", b"|")


@dataclass(frozen=True, slots=True)
class FixedWidth:
    """Text whose lines have no delimiter; what stands where is told by a layout, which no content can tell."""

    form: str = "fixed"

    def rate(self, sample: Sample) -> int:
        """Above a delimited file where long lines are nearly all of one length and no delimiter divides them."""
        if not is_text(sample.head):
            return 0
        lengths = [len(line) for line in sample.head.splitlines()[:-1] if line.strip()]
        is_even = len(lengths) > 1 and min(lengths) >= _LEAST_WIDTH and max(lengths) - min(lengths) <= 2
        is_divided = any(sample.head.count(delimiter) >= len(lengths) for delimiter in _DELIMITERS)
        return 30 if is_even and not is_divided else 1

    def open(self, file: SourceFile, hint: Dialect) -> Tables | Finding:
        """The one table of the file; without a layout, each line is one cell of a column named `line`."""
        layout = hint.layout or (FixedField("line", 0, MAX_ROW_BYTES),)
        unusable = check_layout(layout, file=file.name)
        if unusable is not None:
            return unusable
        with ExitStack() as opened:
            text = open_text(file, hint.encoding, opened=opened)
            if isinstance(text, Finding):
                return text
            table = _table(text, replace(hint, form=self.form, encoding=text.encoding), layout)
            if hint.layout is None:
                table.faults.add(_no_layout(file.name))
            return Tables(iter([table]), opened.pop_all().close)


def _table(text: TextStream, dialect: Dialect, layout: Sequence[FixedField]) -> Table:
    faults = Faults()
    columns = name_columns([each.name for each in layout])
    first_line = (dialect.header_line or 0) + (dialect.header_lines or 1 if dialect.header_line else 1)
    reader = _Reader(text.name, columns, layout, faults, skips_footer=dialect.skips_footer is not False)
    frames = text.watched(reader.frames(text, line=first_line), faults)
    return Table(PurePath(text.name).stem, columns, frames, faults, dialect)


@dataclass(frozen=True, slots=True)
class _Reader:
    file: str
    columns: tuple[str, ...]
    layout: Sequence[FixedField]
    faults: Faults
    skips_footer: bool

    def frames(self, text: TextStream, *, line: int) -> Iterator[polars.DataFrame]:
        for lines, first, is_last in read_lines(
            text.blocks_from(line), self.faults, file=self.file, line=line
        ):
            numbered = [(number, each) for number, each in enumerate(lines, first) if each.strip(" \t\x1a\0")]
            if is_last and self.skips_footer:
                numbered = self._without_footer(numbered)
            self._tell_short(numbered)
            for start in range(0, len(numbered), MAX_FRAME_ROWS) or (0,):
                yield self._frame(numbered[start : start + MAX_FRAME_ROWS])
        self.faults.finish()

    def _frame(self, numbered: Sequence[tuple[int, str]]) -> polars.DataFrame:
        """Trailing blanks fill a field up and are no part of its text; leading ones are left."""
        import polars  # noqa: PLC0415 - a slow import, so that the server starts without it

        text = polars.DataFrame({"": [line for _, line in numbered]}, schema={"": polars.String})
        cells = text.select(
            polars.col("").str.slice(each.start, each.end - each.start).str.strip_chars_end().alias(name)
            for name, each in zip(self.columns, self.layout, strict=True)
        )
        lines = polars.Series(LINE, [number for number, _ in numbered], polars.Int64)
        return cells.with_columns(polars.all().replace("", None)).with_columns(lines)

    def _without_footer(self, numbered: list[tuple[int, str]]) -> list[tuple[int, str]]:
        """Only a line that ends before the last field can be a footer, and only with a footer's words."""
        last_start = max(each.start for each in self.layout)
        cells = [[line.strip()] if len(line.rstrip()) <= last_start else None for _, line in numbered]
        rows = len(numbered) - count_footer(cells, width=2)
        for number, line in numbered[rows:]:
            self.faults.add(row_faults.footer(line, file=self.file, line=number))
        return numbered[:rows]

    def _tell_short(self, numbered: Sequence[tuple[int, str]]) -> None:
        last_start = max(each.start for each in self.layout)
        for number, line in numbered:
            if len(line) <= last_start:
                self.faults.add(row_faults.short_line(characters=len(line), place=Place(self.file, number)))


def _no_layout(file: str) -> Finding:
    return Finding(
        "table.no_layout",
        "The lines are of one length and without delimiters; which characters are which field is not known.",
        Place(file),
        "Give the layout in the mapping: the name, start and width of each field.",
        Severity.WARNING,
    )


CONNECTOR: Final[FileConnector] = FixedWidth()
