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
_TAG: Final = re.compile(rb"<(?:\w+:)?(row|c|dimension|table-row|table-cell)\b([^<>]*)>")
_PLACE: Final = re.compile(rb'\br="([A-Z]{0,3})(\d{1,7})"')
_REPEATED: Final = re.compile(rb'number-(?:columns|rows)-repeated="(\d{1,9})"')
_SHEET: Final = re.compile(r"(xl/worksheets/[^/]+\.xml|content\.xml)")


def count_cells(archive: Archive) -> int:
    """The cells of the largest sheet, from its first to its last filled one, blanks between them included."""
    return max((_cells_of(archive, name) for name in archive.names() if _SHEET.fullmatch(name)), default=0)


def _cells_of(archive: Archive, name: str) -> int:
    with archive.open(name) as stream:
        return _open_document(_tags(stream)) if name == "content.xml" else _office_open(_tags(stream))


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
    kept = b""
    while chunk := stream.read(_CHUNK_BYTES):
        content = kept + chunk
        end = content.rfind(b"<")
        for match in _TAG.finditer(content, 0, max(end, 0)):
            yield match[1], match[2]
        kept = content[max(end, 0) :][-_CHUNK_BYTES:]
    for match in _TAG.finditer(kept):
        yield match[1], match[2]


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
