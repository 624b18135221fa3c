"""How a file is written: detected, or fixed beforehand by a mapping spec."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Final, Self

ENCODINGS: Final = ("utf-8", "utf-16-le", "utf-16-be", "windows-1252", "iso-8859-1")
"""The encodings that are read; bytes that are no UTF-8 are Windows-1252 unless they cannot be."""


@dataclass(frozen=True, slots=True)
class FixedField:
    """One field of a fixed-width line: its characters from start (0-based) up to but not including end."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is written; None means "not said": detected when given as a hint, not applying when detected.

    form: the connector's name, such as "delimited". delimiter: one character. quote: one character, or "" for none.
    header_line: the line of the header, 1-based, or 0 for none (columns are then `columns`, or column_1 …).
    header_lines: how many lines it takes; their texts are joined by a blank. columns: names in place of the
    header's. layout: of fixed-width lines. sheets: the sheets or entries to read. records: the path of the array
    (JSON, dotted) or the name of the element (XML) that is a row. skips_footer: whether lines at the end that are
    no rows are left out with a warning. fills_short_rows: whether rows that lack their last cells are filled up even
    where no other row has those empty.
    """

    form: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    header_line: int | None = None
    header_lines: int | None = None
    columns: tuple[str, ...] | None = None
    layout: tuple[FixedField, ...] | None = None
    sheets: tuple[str, ...] | None = None
    records: str | None = None
    skips_footer: bool | None = None
    fills_short_rows: bool | None = None

    def or_else(self, detected: Dialect) -> Self:
        """This one, with what it does not say taken from another."""
        silent = {f.name: getattr(detected, f.name) for f in fields(self) if getattr(self, f.name) is None}
        return replace(self, **silent)


UNKNOWN: Final = Dialect()
"""Says nothing: all is detected."""
