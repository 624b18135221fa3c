"""Fits rows to the header: too short, too long, broken in two, the header again, blank."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from homeroom.base.findings import Place
from homeroom.ingest.connectors import row_faults
from homeroom.ingest.connectors.csv_rows import RawRow
from homeroom.ingest.connectors.headers import is_value
from homeroom.ingest.connectors.tables import LINE, MAX_FRAME_ROWS, Faults, frame_of

if TYPE_CHECKING:
    import polars


class Fitting:
    """Collects rows until they are taken as a frame.

    header: the header's own cells, None when there is none. optional: how many of the last cells a row may lack.
    """

    def __init__(
        self,
        file: str,
        columns: tuple[str, ...],
        header: tuple[str, ...] | None,
        faults: Faults,
        *,
        optional: int,
    ) -> None:
        self._file = file
        self._columns = columns
        self._header = [cell or None for cell in header] if header else None
        self._faults = faults
        self._least = len(columns) - optional
        self._rows: list[list[str | None]] = []
        self._lines: list[int] = []
        self._short: RawRow | None = None
        self._follows_quote = False

    def add(self, row: RawRow) -> int:
        """Keep a row or tell why not; the number of rows that wait to be taken."""
        short, self._short = self._short, None
        if self._is_broken(row):
            self._faults.add(row_faults.unread("row_broken", row.text, file=self._file, line=row.line))
        elif short is not None and self._is_other_half(short, row):
            for half in (short, row):
                self._faults.add(row_faults.unread("row_broken", half.text, file=self._file, line=half.line))
        else:
            if short is not None:
                self._keep_short(short)
            self._fit(row)
        self._follows_quote = row.fault.startswith("quote")
        return len(self._rows)

    def fitted(self, frame: polars.DataFrame) -> Iterator[polars.DataFrame]:
        """Whole frames that polars read, behind the rows that wait, without blank rows and repeated headers."""
        whole = _without_blanks(frame)
        if not whole.height:
            return
        yield from self.take_rest(is_last=True)
        self._follows_quote = False
        whole = self._without_headers(whole)
        for start in range(0, whole.height, MAX_FRAME_ROWS):
            yield whole.slice(start, MAX_FRAME_ROWS)

    def take(self) -> polars.DataFrame:
        """The rows that were fitted since the last call."""
        rows, lines = self._rows, self._lines
        self._rows, self._lines = [], []
        return frame_of(self._columns, rows, lines)

    def take_rest(self, *, is_last: bool) -> Iterator[polars.DataFrame]:
        """What waits, and an empty frame when only faults do. is_last: no row follows that a short one could need."""
        if is_last and self._short is not None:
            self._keep_short(self._short)
            self._short = None
        if self._rows or self._faults:
            yield self.take()

    def _is_broken(self, row: RawRow) -> bool:
        """Whether a row follows one with a faulty quote and is short itself: then it is its second half."""
        return self._follows_quote and row.cells is not None and len(row.cells) < len(self._columns)

    def _is_other_half(self, short: RawRow, row: RawRow) -> bool:
        """Whether two short rows make one, the second beginning unlike the first.

        Where both begin alike, with a number say, they are rows whose last cells were left out.
        """
        first, second, width = short.cells or [], row.cells or [], len(self._columns)
        if not 0 < len(second) < width or len(first) + len(second) != width + 1:
            return False
        return is_value(first[0]) != is_value(second[0])

    def _fit(self, row: RawRow) -> None:
        width = len(self._columns)
        if row.cells is None:
            self._faults.add(row_faults.unread(row.fault, row.text, file=self._file, line=row.line))
        elif len(row.cells) < width:
            self._short = row
        elif any(row.cells[width:]):
            place = Place(self._file, row.line)
            self._faults.add(
                row_faults.too_many_cells(row.text, cells=len(row.cells), columns=width, place=place)
            )
        else:
            self._keep(row, row.cells[:width])

    def _keep_short(self, row: RawRow) -> None:
        cells, width = row.cells or [], len(self._columns)
        if len(cells) < self._least:
            self._faults.add(row_faults.unread("row_lacks_cells", row.text, file=self._file, line=row.line))
            return
        place = Place(self._file, row.line)
        self._faults.add(row_faults.too_few_cells(cells=len(cells), columns=width, place=place))
        self._keep(row, cells + [""] * (width - len(cells)))

    def _keep(self, row: RawRow, cells: list[str]) -> None:
        kept = [cell or None for cell in cells]
        if kept == self._header:
            self._tell_header(row.line)
            return
        for note in row.notes:
            self._faults.add(row_faults.noted(note, file=self._file, line=row.line))
        self._rows.append(kept)
        self._lines.append(row.line)

    def _without_headers(self, frame: polars.DataFrame) -> polars.DataFrame:
        import polars  # noqa: PLC0415

        if (
            self._header is None
            or self._header[0] is None
            or not (frame.to_series(0) == self._header[0]).any()
        ):
            return frame
        same = [
            polars.col(name).eq_missing(polars.lit(cell))
            for name, cell in zip(self._columns, self._header, strict=True)
        ]
        is_header = polars.all_horizontal(same)
        for line in frame.filter(is_header)[LINE]:
            self._tell_header(line)
        return frame.filter(~is_header)

    def _tell_header(self, line: int) -> None:
        self._faults.add(row_faults.noted("header_repeated", file=self._file, line=line))


def _without_blanks(frame: polars.DataFrame) -> polars.DataFrame:
    import polars  # noqa: PLC0415

    if frame.to_series(0).null_count() == 0:
        return frame
    return frame.filter(~polars.all_horizontal(polars.exclude(LINE).is_null()))
