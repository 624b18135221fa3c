"""How large the sheets of a packed workbook would be in memory, told before any of it is built.

A workbook of a few kilobytes may say that its last cell stands in the last row of the last column, or that one
cell is repeated a million times; what reads it would make room for all cells in between.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from homeroom.interop.package_archive import Archive

_CHUNK_BYTES: Final = 1 << 20
_TAG: Final = re.compile(rb"<(?:\w+:)?(row|c|table-row|table-cell)\b([^<>]*)>")
_PLACED: Final = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"')
_CELLS: Final = (
    b"<c ",
    b"<c>",
    b"<c/",
    b":c ",
    b":c>",
    b":c/",
    b"<c\n",
    b"<c\r",
    b"<c\t",
    b":c\n",
    b":c\r",
    b":c\t",
)
_PLACE: Final = re.compile(rb'\br="([A-Z]{0,3})(\d{1,7})"')
_REPEATED: Final = re.compile(rb'number-(?:columns|rows)-repeated="(\d{1,9})"')
_SHEET: Final = re.compile(r"(xl/worksheets/[^/]+\.xml|content\.xml)")


def spans_more_than(most_cells: int, archive: Archive) -> bool:
    """Whether a sheet, from its first to its last filled cell, has more cells than these, blanks included."""
    return any(_spans(most_cells, archive, name) for name in archive.names() if _SHEET.fullmatch(name))


def _spans(most_cells: int, archive: Archive, name: str) -> bool:
    if name == "content.xml":
        with archive.open(name) as stream:
            return _open_document(_tags(stream)) > most_cells
    with archive.open(name) as stream:
        at_most = _at_most(stream)
    if at_most is not None and at_most <= most_cells:
        return False
    with archive.open(name) as stream:
        return _office_open(_tags(stream)) > most_cells


def _at_most(stream: BinaryIO) -> int | None:
    """Quickly, from the places that all cells say, filled or not; None when they say them in an unusual way."""
    rows, columns = 0, set[bytes]()
    for content in _whole_tags(stream):
        places = _PLACED.findall(content)
        if len(places) != sum(map(content.count, _CELLS)):
            return None
        letters, numbers = zip(*places, strict=True) if places else ((), ())
        columns.update(letters)
        rows = max(rows, max(map(int, numbers), default=0))
    return rows * max(map(_column_number, columns), default=0)


def _office_open(tags: Iterator[tuple[bytes, bytes]]) -> int:
    """Rows and cells say their places or stand behind the one before; a cell without content takes no room."""
    rows = columns = row = column = 0
    for tag, attributes in tags:
        place = _PLACE.search(attributes)
        if tag == b"row":
            row, column = int(place[2]) if place else row + 1, 0
        elif tag == b"c":
            column = _column_number(place[1]) if place else column + 1
            row = int(place[2]) if place else row
            if not attributes.endswith(b"/"):
                rows, columns = max(rows, row), max(columns, column)
    return rows * columns


def _open_document(tags: Iterator[tuple[bytes, bytes]]) -> int:
    """Every table of the one document together: more than any of them has."""
    cells = repeats = column = 0
    for tag, attributes in tags:
        repeated = _REPEATED.search(attributes)
        times = int(repeated[1]) if repeated else 1
        if tag == b"table-row":
            repeats, column = times, 0
        elif tag == b"table-cell":
            column += times
            if b"value-type" in attributes:
                cells += repeats * times
    return cells


def _tags(stream: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    for content in _whole_tags(stream):
        yield from _TAG.findall(content)


def _whole_tags(stream: BinaryIO) -> Iterator[bytes]:
    """The content in parts that cut no tag in two."""
    kept = b""
    while chunk := stream.read(_CHUNK_BYTES):
        content = kept + chunk
        end = max(content.rfind(b"<"), 0)
        yield content[:end]
        kept = content[end:][-_CHUNK_BYTES:]
    yield kept


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
