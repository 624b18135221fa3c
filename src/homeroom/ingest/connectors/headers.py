"""Where the header of a table stands among its first rows, how many lines it takes, and what they say together."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

Cells: TypeAlias = Sequence[str]

_MOST_PREAMBLE: Final = 50
_MOST_HEADER_LINES: Final = 3
_VALUE: Final = re.compile(
    r"""[-+$(]?\d[\d,]*\.?\d*(e[-+]?\d+)?[%)]?     # a number
      | \d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T][\d:.]+.*)?  # a date
      | \d{1,2}-[a-z]{3}-\d{2,4}
      | \d{1,2}:\d{2}(:\d{2})?(\s?[ap]m)?""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Header:
    """at: the index of its first row. count: of rows it takes, 0 when the table has none. width: of the table."""

    at: int
    count: int
    width: int


def find_header(rows: Sequence[Cells], *, count: int | None = None) -> Header:
    """The header among the first rows of a file, the blank ones left out.

    It is the first row that is about as wide as most rows are and well filled, unless what it says are values
    like those below it. More rows belong to it when they say words where all below say values.
    count: how many rows it takes, when that is known.
    """
    width = table_width(rows)
    at = next((n for n, row in enumerate(rows[:_MOST_PREAMBLE]) if _may_begin(row, rows[n + 1 :], width)), 0)
    if count is not None:
        return Header(at, count, width)
    if rows and _says_values(rows[at], rows[at + 1 :]):
        return Header(at, 0, width)
    return Header(at, _header_rows(rows[at:]), width)


def join_header(rows: Sequence[Cells], *, width: int) -> tuple[str, ...]:
    """The cells of a header of several rows, joined by blanks; a group's title stands over all its columns."""
    titles = [[*(cell.strip() for cell in row), *[""] * (width - len(row))] for row in rows]
    for above, below in itertools.pairwise(titles):
        _spread(above, below)
    return tuple(
        " ".join(dict.fromkeys(cell for cell in cells if cell)) for cells in zip(*titles, strict=False)
    )


def table_width(rows: Sequence[Cells]) -> int:
    """How many cells the rows of the table have: what most have, or more when its widest rows are many."""
    counts = Counter(len(row) for row in rows)
    if not counts:
        return 1
    common, _ = max(counts.items(), key=lambda item: (item[1] * item[0], item[0]))
    wider = [width for width, count in counts.items() if width > common and count >= max(3, len(rows) / 4)]
    return max([common, *wider])


def is_value(cell: str) -> bool:
    """Whether a cell says a number, a date or a time rather than words."""
    return bool(_VALUE.fullmatch(cell.strip()[:40]))


def _may_begin(row: Cells, below: Sequence[Cells], width: int) -> bool:
    filled = sum(1 for cell in row if cell.strip())
    if width == 1:
        return filled == 1
    if len(row) < max(2, width * 0.8) or filled < 2:
        return False
    is_group_row = bool(below) and _names_more(row, below[0], width)
    return filled >= width * 0.5 or is_group_row


def _names_more(row: Cells, below: Cells, width: int) -> bool:
    """Whether the next row names the columns and this one, sparsely, groups of them."""
    filled = sum(1 for cell in below if cell.strip())
    words = not any(is_value(cell) for cell in (*row, *below))
    return words and filled >= width * 0.8 and len(below) >= width * 0.8


def _says_values(first: Cells, below: Sequence[Cells]) -> bool:
    """Whether a first row has values in columns of values: then it is no header."""
    shared = [
        n
        for n, cell in enumerate(first)
        if (is_value(cell) and _share_of_values(below, n) > 0.5) or _is_code(cell, below, n)
    ]
    if not shared or _is_count(first):
        return False
    named = [n for n, cell in enumerate(first) if cell.strip() and not is_value(cell)]
    worded = [n for n in named if _share_of_values(below, n) > 0.9]
    return len(shared) >= max(1, len(first) * 0.1) and len(worded) < max(1, len(shared))


def _is_code(first: str, below: Sequence[Cells], column: int) -> bool:
    """Whether a cell is made like nearly all below it, `S-2001` like `S-2002`."""
    made = _outline(first)
    if "9" not in made or "A" not in made:
        return False
    cells = [row[column] for row in below if column < len(row) and row[column].strip()]
    return len(set(cells)) > 2 and sum(_outline(c) == made for c in cells) > 0.8 * len(cells)


def _outline(cell: str) -> str:
    return re.sub(r"[^\W\d_]+", "A", re.sub(r"\d", "9", cell.strip()[:40]))


def _is_count(first: Cells) -> bool:
    """Whether the numbers of a row count on by one, as days, items or years over columns do."""
    numbers = [int(cell) for cell in first if cell.strip().isascii() and cell.strip().isdigit()]
    return len(numbers) > 1 and all(b - a == 1 for a, b in itertools.pairwise(numbers))


def _header_rows(rows: Sequence[Cells]) -> int:
    for count in range(_MOST_HEADER_LINES, 1, -1):
        if len(rows) >= count + 2 and _are_all_header(rows[:count], rows[count:]):
            return count
    return 1


def _are_all_header(header: Sequence[Cells], data: Sequence[Cells]) -> bool:
    if any(is_value(cell) for row in header for cell in row):
        return False
    width = min(len(row) for row in (*header, data[0]))
    valued = [n for n in range(width) if _share_of_values(data, n) >= 0.95]
    last = header[-1]
    return len(valued) > 1 and all(last[n].strip() for n in valued)


def _share_of_values(rows: Sequence[Cells], column: int) -> float:
    cells = [row[column] for row in rows if column < len(row) and row[column].strip()]
    return sum(map(is_value, cells)) / len(cells) if cells else 0.0


def _spread(above: list[str], below: list[str]) -> None:
    """Write a group's title over the columns to its right, as far as they have names of their own."""
    if all(above):
        return
    title = ""
    for n, cell in enumerate(above):
        title = cell or title
        if not cell and below[n]:
            above[n] = title
