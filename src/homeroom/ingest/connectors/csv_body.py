"""The rows below a header, as frames: fast where the text is clean, careful where it is not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from homeroom.ingest.connectors import row_faults
from homeroom.ingest.connectors.csv_fitting import Fitting
from homeroom.ingest.connectors.csv_rows import MAX_ROW_BYTES, Form, RawRow, Rest, read_rows
from homeroom.ingest.connectors.fast_csv import cut_of, line_end, read_block
from homeroom.ingest.connectors.footers import MOST_LINES, count_footer, is_footer
from homeroom.ingest.connectors.tables import MAX_FRAME_ROWS, Faults
from homeroom.ingest.connectors.text_lines import end_of_first_line

if TYPE_CHECKING:
    import polars

_SMALL_BYTES: Final = 1 << 17
_FOOTER_BYTES: Final = 1 << 12


@dataclass(frozen=True, slots=True)
class Body:
    """What is known of the rows before they are read.

    header: the header's own cells, to find where they are repeated; None when there is no header. optional: how many of
    the last cells a row may lack.
    """

    file: str
    form: Form
    columns: tuple[str, ...]
    header: tuple[str, ...] | None
    optional: int
    skips_footer: bool


def read_body(
    blocks: Iterable[tuple[bytes, bool]], body: Body, faults: Faults, *, line: int
) -> Iterator[polars.DataFrame]:
    """Frames of UTF-8 blocks that begin at a row in this line; memory holds a block and a row at most.

    A frame may be empty, so that the faults found meanwhile can be taken.
    """
    reader = _BodyReader(body, faults, line=line)
    for block, is_last in blocks:
        yield from reader.frames(block, is_last=is_last)
        if faults.is_hopeless:
            faults.add(row_faults.hopeless(body.file))
            break
    faults.finish()


class _BodyReader:
    """Reads as much at once as polars takes; where it refuses, halves that down to what is left to care."""

    def __init__(self, body: Body, faults: Faults, *, line: int) -> None:
        self._body = body
        self._faults = faults
        self._fitting = Fitting(body.file, body.columns, body.header, faults, optional=body.optional)
        self._line = line  # the one that comes next
        self._carried = b""  # what stands behind the last complete row
        self._is_within_giant = False

    def frames(self, block: bytes, *, is_last: bool) -> Iterator[polars.DataFrame]:
        self._carried += self._behind_giant(block)
        size, careful_size = len(self._carried), _SMALL_BYTES
        while self._carried and not self._faults.is_hopeless:
            window = self._carried[:size]
            line, is_end = self._line, is_last and len(window) == len(self._carried)
            frame = self._read_fast(window, is_end=is_end)
            if frame is None and len(window) > careful_size:
                size = len(window) // 2
                continue
            yield from (
                self._read_carefully(window, is_end=is_end) if frame is None else self._fitting.fitted(frame)
            )
            if self._line == line and len(window) >= len(self._carried):
                break
            # A row longer than the window is given more of it, until it is complete or too long.
            size = 2 * len(window)
            careful_size = size if self._line == line else _SMALL_BYTES
        if len(self._carried) > MAX_ROW_BYTES and end_of_first_line(self._carried) < 0:
            self._give_up_line()
        yield from self._fitting.take_rest(is_last=is_last)

    def _read_fast(self, window: bytes, *, is_end: bool) -> polars.DataFrame | None:
        """The complete rows of the window, which are then done with; None when they need care."""
        body = self._body
        piece = window if is_end else window[: cut_of(window, body.form)]
        if is_end and body.skips_footer and _may_end_in_footer(piece, body.form):
            return None
        frame = read_block(piece, body.form, body.columns, line=self._line)
        if frame is not None:
            self._line += piece.count(line_end(piece).encode()) or 1
            self._carried = self._carried[len(piece) :]
        return frame

    def _read_carefully(self, window: bytes, *, is_end: bool) -> Iterator[polars.DataFrame]:
        behind = self._carried[len(window) :]
        rows = read_rows(window, self._body.form, line=self._line, is_last=is_end)
        for row in self._without_end(rows) if is_end else rows:
            if isinstance(row, Rest):
                self._carried, self._line = row.content + behind, row.line
            elif self._fitting.add(row) >= MAX_FRAME_ROWS:
                yield self._fitting.take()

    def _without_end(self, rows: Iterable[RawRow | Rest]) -> Iterator[RawRow | Rest]:
        """The last rows of the file without what is none: a footer, and a row that is cut off."""
        body = self._body
        every = list(rows)
        raw = [row for row in every if isinstance(row, RawRow)]
        lines = count_footer([row.cells for row in raw], width=body.form.width) if body.skips_footer else 0
        for row in raw[: len(raw) - lines]:
            is_cut = row is raw[-1] and not row.text.endswith(("\n", "\r"))
            is_cut = is_cut and row.cells is not None and 2 * len(row.cells) < body.form.width
            yield replace(row, cells=None, fault="cut_off") if is_cut else row
        for row in raw[len(raw) - lines :]:
            self._faults.add(row_faults.footer(row.text, file=body.file, line=row.line))
        yield every[-1]

    def _give_up_line(self) -> None:
        text = self._carried[:MAX_ROW_BYTES].decode("utf-8", "replace")
        self._faults.add(row_faults.unread("row_too_long", text, file=self._body.file, line=self._line))
        self._carried, self._is_within_giant = b"", True

    def _behind_giant(self, block: bytes) -> bytes:
        """The block, or what of it stands behind the line that was given up."""
        if not self._is_within_giant:
            return block
        end = end_of_first_line(block)
        if end < 0:
            return b""
        self._line += 1
        self._is_within_giant = False
        return block[end:]


def _may_end_in_footer(buffer: bytes, form: Form) -> bool:
    """Whether one of the last lines looks like a footer, told without care for quotes."""
    lines = buffer[-_FOOTER_BYTES:].decode("utf-8", "replace").splitlines()[-MOST_LINES:]
    split = ([cell.strip(form.quote or None) for cell in line.split(form.delimiter)] for line in lines)
    return any(is_footer(cells, width=form.width) for cells in split)
