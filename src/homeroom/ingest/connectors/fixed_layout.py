"""Layouts of fixed-width files: from a list, or from a table of names and positions as vendors publish them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from homeroom.base.findings import Finding, Place
from homeroom.ingest.connectors.dialect import FixedField
from homeroom.ingest.connectors.encoding import decode_line

_NAMES: Final = ("field_name", "column_name", "name", "field", "column", "variable", "element")
_STARTS: Final = (
    "start_index",
    "start",
    "start_position",
    "begin",
    "from",
    "position",
    "column_start",
    "pos",
)
_ENDS: Final = ("end_index", "end", "end_position", "stop", "to", "column_end")
_WIDTHS: Final = ("field_length", "width", "length", "size", "len")
_MOST_CHARACTERS: Final = 1 << 20
_REMEDY: Final = "Give each field a name, a start and a width (or an end), in whole characters."


@dataclass(frozen=True, slots=True)
class _Span:
    """A field's figures as the layout gives them: at least one of end and width."""

    name: str
    start: int
    end: int | None
    width: int | None

    def end_with(self, past_end: int) -> int:
        if self.width is not None:
            return self.start + self.width
        return (self.end or 0) + past_end


def parse_layout(content: bytes, *, file: str) -> tuple[FixedField, ...] | Finding:
    """The fields that a layout CSV lists, under any of the headings in use.

    Whether it counts from 0 or from 1, and whether ends are included, shows in its own figures: the first field
    starts a line, and a field begins where the one before it ended.
    """
    rows = csv.DictReader(io.StringIO(decode_line(content)[0].lstrip("\ufeff"), newline=""))
    try:
        table = [{_plain(key): (cell or "").strip() for key, cell in row.items() if key} for row in rows]
    except csv.Error:
        return _unusable(file, 1)
    headings = list(table[0]) if table else []
    name, start = _first_of(_NAMES, headings), _first_of(_STARTS, headings)
    end, width = _first_of(_ENDS, headings), _first_of(_WIDTHS, headings)
    if name is None or start is None or (end is None and width is None):
        return _unusable(file, 1)
    spans: list[_Span] = []
    for line, row in enumerate(table, 2):
        first, last, characters = (_whole(row, heading) for heading in (start, end, width))
        if not row[name] or first is None or last is characters is None:
            return _unusable(file, line)
        spans.append(_Span(row[name], first, last, characters))
    return _fields(spans, file)


def check_layout(fields: Sequence[FixedField], *, file: str) -> Finding | None:
    """What is wrong with a layout: no field, a field without width, or one beyond any line."""
    is_sound = bool(fields) and all(0 <= each.start < each.end <= _MOST_CHARACTERS for each in fields)
    return None if is_sound else _unusable(file, None)


def _fields(spans: Sequence[_Span], file: str) -> tuple[FixedField, ...] | Finding:
    origin = 0 if any(span.start == 0 for span in spans) else 1
    past_end = 1 if _includes_ends(spans) else 0
    fields = tuple(
        FixedField(span.name, span.start - origin, span.end_with(past_end) - origin) for span in spans
    )
    return check_layout(fields, file=file) or fields


def _includes_ends(spans: Sequence[_Span]) -> bool:
    """Whether "1 to 4" means four characters: the next field then starts at 5, or the end equals the start."""
    ends = [(span.start, span.end) for span in spans if span.end is not None]
    if any(start == end for start, end in ends):
        return True
    return sum(after[0] == before[1] + 1 for before, after in pairwise(ends)) > len(ends) / 2


def _whole(row: Mapping[str, str], heading: str | None) -> int | None:
    text = row.get(heading, "") if heading else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _plain(heading: str) -> str:
    return heading.strip().lower().replace(" ", "_")


def _first_of(known: Sequence[str], headings: Sequence[str]) -> str | None:
    return next((name for name in known if name in headings), None)


def _unusable(file: str, line: int | None) -> Finding:
    return Finding(
        "table.layout", "The layout of the fixed-width file cannot be used.", Place(file, line), _REMEDY
    )
