"""The words of what can be wrong with a row of a file."""

from __future__ import annotations

from typing import Final

from homeroom.base.findings import Finding, Place, Severity
from homeroom.ingest.connectors.tables import KEPT_BYTES, MOST_UNREAD, Unreadable

_UNREAD: Final = {
    "quote": (
        "A quote stands where none can: neither around a whole cell nor doubled within one.",
        "Double each quote within a quoted cell, or export without quotes.",
    ),
    "quote_open": (
        "A quote opens here and is not closed within reach; only this line is set aside.",
        "Close the quote, or remove it.",
    ),
    "cell_too_long": (
        "A cell is longer than 131,072 characters.",
        "Shorten it; no field of a record is so long.",
    ),
    "row_too_long": ("The row is longer than 1 MB.", "Check its line ends; split what is larger."),
    "row_lacks_cells": (
        "The row has too few cells, and in other rows the last ones are filled: which is missing is not known.",
        "Complete the row, or say in the mapping that short rows are filled up (fill_short_rows: true).",
    ),
    "row_broken": (
        "The row has too few cells and seems to be one half of a row that a line break cut in two.",
        "Put cells with line breaks in quotes, or remove the break.",
    ),
    "cut_off": ("The file ends within this row.", "Export it again and send the whole file."),
}
_NOTED: Final = {
    "stray_quote": (
        "A quote within a cell is not doubled; it was taken for a part of the text.",
        "Double each quote within a quoted cell.",
    ),
    "nul": ("The row holds NUL characters; they were left out.", "Export it again without them."),
    "encoding_mixed": (
        "The line is not written in UTF-8 as the lines before it; it was read as Windows-1252.",
        "Save the whole file in one encoding, best UTF-8.",
    ),
    "header_repeated": (
        "The header stands here again; the line was left out.",
        "Export without page breaks.",
    ),
}


def unread(fault: str, text: str, *, file: str, line: int) -> Unreadable:
    """A row that cannot be read, with as much of its text as is kept."""
    words, remedy = _UNREAD[fault]
    return Unreadable(
        line,
        text[:KEPT_BYTES].encode()[:KEPT_BYTES],
        Finding(f"table.{fault}", words, Place(file, line), remedy),
    )


def too_many_cells(text: str, *, cells: int, columns: int, place: Place) -> Unreadable:
    """A row with text beyond the last column: which cell is too much cannot be known."""
    words = f"The row has {cells} cells, the header has {columns}."
    remedy = "Put cells that hold the delimiter in quotes, or remove what is too much."
    return Unreadable(
        place.line or 0,
        text[:KEPT_BYTES].encode()[:KEPT_BYTES],
        Finding("table.row_long", words, place, remedy),
    )


def too_few_cells(*, cells: int, columns: int, place: Place) -> Finding:
    """A row that ends before the last column; it is read all the same."""
    words = f"The row has {cells} cells, the header has {columns}; the missing ones are taken as empty."
    return Finding("table.row_short", words, place, "Check the row's end.", Severity.WARNING)


def short_line(*, characters: int, place: Place) -> Finding:
    """A fixed-width line that ends before its last field begins; it is read all the same."""
    words = f"The line has {characters} characters and ends before the last field begins."
    remedy = "Nothing when the blanks at its end were cut off; otherwise check the layout's version."
    return Finding("table.line_short", words, place, remedy, Severity.WARNING)


def noted(note: str, *, file: str, line: int) -> Finding:
    """What had to be forgiven to read a row."""
    words, remedy = _NOTED[note]
    return Finding(f"table.{note}", words, Place(file, line), remedy, Severity.WARNING)


def footer(text: str, *, file: str, line: int) -> Unreadable:
    """A line at the end that is no row: told, kept, and not loaded."""
    words = "The line stands below the rows and is none, such as a total or an end mark; it was left out."
    remedy = "Nothing, unless it is a row: then say so in the mapping (keep_footer: true)."
    finding = Finding("table.footer", words, Place(file, line), remedy, Severity.WARNING)
    return Unreadable(line, text.encode()[:KEPT_BYTES], finding)


def hopeless(file: str) -> Finding:
    """Reading was given up: what is wrong is not a row but how the file is read."""
    return Finding(
        "table.hopeless",
        f"More than {MOST_UNREAD:,} rows could not be read; reading was given up.",
        Place(file),
        "Check how the file is written (delimiter, quotes, encoding), and say it in the mapping; nothing is loaded.",
    )


def changed(file: str) -> Finding:
    """The file was written to while it was read; nothing of it may be used."""
    return Finding(
        "table.file_changed",
        "The file changed while it was read; what was read may be half of each version.",
        Place(file),
        "Send it again when it is complete; nothing of it is loaded.",
    )
