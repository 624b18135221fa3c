"""Whatever Python's own writer writes is read back, and the fast reader never differs from the careful one."""

from __future__ import annotations

import csv
import io
from itertools import pairwise

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from tests.unit.ingest.connectors.reading import read_one

from homeroom.ingest.connectors.csv_body import Body, read_body
from homeroom.ingest.connectors.csv_rows import Form, RawRow, read_rows
from homeroom.ingest.connectors.dialect import Dialect
from homeroom.ingest.connectors.fast_csv import read_block
from homeroom.ingest.connectors.tables import LINE, Faults

DELIMITERS = (",", "\t", ";", "|", "^", "~")
_unhurried = settings(deadline=None)  # whichever comes first imports polars
ENDS = ("\n", "\r\n", "\r")
# What can go wrong stands in the alphabet more often than chance would have it.
_texts = st.text(
    st.one_of(
        st.sampled_from("\"',;|\t ab1\n\r-é€"), st.characters(codec="utf-8", exclude_categories=("Cc",))
    ),
    max_size=12,
)


@st.composite
def _tables(draw: st.DrawFn) -> list[list[str]]:
    width = draw(st.integers(1, 6))
    rows = draw(st.lists(st.lists(_texts, min_size=width, max_size=width), min_size=1, max_size=12))
    return [row for row in rows if any(row)] or [["x"] * width]


def _written(rows: list[list[str]], *, delimiter: str, end: str, quoting: int) -> str:
    # Of cells with a line break the writer of this Python quotes only those with the break of its own rows.
    quotes_all = any(set(cell) & {"\r", "\n"} for row in rows for cell in row)
    out = io.StringIO(newline="")
    csv.writer(
        out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL if quotes_all else quoting
    ).writerows(rows)
    return out.getvalue()


@_unhurried
@given(
    rows=_tables(),
    delimiter=st.sampled_from(DELIMITERS),
    end=st.sampled_from(ENDS),
    quoting=st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)),
    encoding=st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")),
)
def test_what_the_csv_module_writes_is_read_back_in_every_dialect(
    rows: list[list[str]], delimiter: str, end: str, quoting: int, encoding: str
) -> None:
    columns = [f"c{number}" for number in range(len(rows[0]))]
    text = _written([columns, *rows], delimiter=delimiter, end=end, quoting=quoting)
    assume("\ufeff" not in text)
    hint = Dialect(
        form="delimited", delimiter=delimiter, quote='"', header_line=1, skips_footer=False,
        encoding=None if encoding in {"utf-8-sig", "utf-16"} else encoding,
    )  # fmt: skip
    table = read_one(text.encode(encoding), hint=hint)
    assert table.faults == []
    assert table.columns == tuple(columns)
    assert [list(row) for row in table.rows] == [
        [cell or None for cell in row] for row in rows if row != columns
    ]


@_unhurried
@given(rows=_tables(), delimiter=st.sampled_from(DELIMITERS), end=st.sampled_from(ENDS))
def test_lines_are_those_in_which_rows_start(rows: list[list[str]], delimiter: str, end: str) -> None:
    columns = [f"c{number}" for number in range(len(rows[0]))]
    starts = [1]
    for row in (columns, *rows):
        written = _written([row], delimiter=delimiter, end=end, quoting=csv.QUOTE_MINIMAL)
        starts.append(starts[-1] + sum(1 for _ in io.StringIO(written, newline="")))
    text = _written([columns, *rows], delimiter=delimiter, end=end, quoting=csv.QUOTE_MINIMAL)
    hint = Dialect(
        form="delimited", encoding="utf-8", delimiter=delimiter, quote='"', header_line=1, skips_footer=False
    )
    table = read_one(text.encode(), hint=hint)
    assert table.lines == [start for start, row in zip(starts[1:], rows, strict=False) if row != columns]


@_unhurried
@given(block=st.text(st.sampled_from('",ab\n\r é'), max_size=60).map(str.encode), width=st.integers(1, 4))
@example(b'"a\nb",c\r\nd,e\r\n', 2)
@example(b'a,b\n\n"",\n', 2)
@example(b'a,"b,",",c"x,y\n', 4)
@example(b'a"b,"c\nd,e"f,\n', 2)
def test_the_fast_reader_gives_what_the_careful_one_gives_or_nothing(block: bytes, width: int) -> None:
    columns = tuple(f"c{number}" for number in range(width))
    form = Form(",", '"', width)
    frame = read_block(block, form, columns, line=7)
    if frame is None:
        return
    rows = [row for row in read_rows(block, form, line=7, is_last=True) if isinstance(row, RawRow)]
    filled = [row for row in frame.rows() if any(cell is not None for cell in row[:-1])]
    assert all(row.cells and not any(row.cells[width:]) for row in rows)
    assert [(*(cell or None for cell in (row.cells or [])[:width]), row.line) for row in rows] == filled


@_unhurried
@given(
    content=st.text(st.sampled_from('",ab1\n\r é'), max_size=200).map(str.encode),
    cuts=st.lists(st.integers(0, 200), max_size=5),
)
def test_where_blocks_end_changes_nothing(content: bytes, cuts: list[int]) -> None:
    places = sorted({0, len(content), *(cut for cut in cuts if cut < len(content))})
    blocks = [content[start:end] for start, end in pairwise(places)] or [b""]
    whole, parts = _rows_of([content]), _rows_of(blocks)
    assert parts == whole


def _rows_of(blocks: list[bytes]) -> tuple[list[tuple[object, ...]], list[str]]:
    body = Body("pupils.csv", Form(",", '"', 3), ("a", "b", "c"), None, 3, skips_footer=False)
    faults = Faults()
    numbered = ((block, number == len(blocks)) for number, block in enumerate(blocks, 1))
    frames = list(read_body(numbered, body, faults, line=1))
    told = [str(fault) for fault in faults.take()]
    return [row for frame in frames for row in frame.select("a", "b", "c", LINE).rows()], told


@pytest.mark.parametrize("delimiter", DELIMITERS)
@_unhurried
@given(
    rows=st.lists(
        st.tuples(st.integers(1, 10**6), st.sampled_from(("Ada, M.", "Bo; K", "Cy")), st.dates()), min_size=3
    )
)
def test_the_delimiter_is_found(delimiter: str, rows: list[tuple[object, ...]]) -> None:
    named = [["student_id", "name", "entered_on"], *([str(cell) for cell in row] for row in rows)]
    table = read_one(_written(named, delimiter=delimiter, end="\r\n", quoting=csv.QUOTE_MINIMAL).encode())
    assert table.dialect.delimiter == delimiter
    assert table.columns == ("student_id", "name", "entered_on")
    assert len(table.rows) == len(rows)
