"""Forms of dates and times as people write them, `M/d/yyyy h:mm a`, to the patterns that read them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_TOKENS: Final = {
    "yyyy": "%Y", "yy": "%y",
    "MMMM": "%B", "MMM": "%b", "MM": "%m", "M": "%m",
    "dd": "%d", "d": "%d",
    "EEEE": "%A", "EEE": "%a",
    "HH": "%H", "H": "%H", "hh": "%I", "h": "%I", "mm": "%M", "ss": "%S", "SSS": "%3f", "a": "%p",
}  # fmt: skip
_TOKEN: Final = re.compile("|".join(sorted(_TOKENS, key=len, reverse=True)) + r"|'[^']*'|[^A-Za-z%']")
_CLOCK: Final = frozenset({"%H", "%I"})
EXCEL: Final = "excel"
"""The form of dates that a spreadsheet kept as days since the end of 1899."""


@dataclass(frozen=True, slots=True)
class DateForm:
    """How a form is read: its strftime pattern. exact_length: for forms without separators, which would read less."""

    pattern: str
    has_date: bool
    has_clock: bool
    exact_length: int | None


def is_date_form(form: str) -> bool:
    """Whether the text is a form of dates, or of dates with a time."""
    parsed = parse_date_form(form)
    return form == EXCEL or (parsed is not None and parsed.has_date)


@lru_cache(maxsize=1024)
def parse_date_form(form: str) -> DateForm | None:
    """The form, or None when it is none: it must name year, month and day, or an hour, each once."""
    pieces: list[str] = []
    at = 0
    while at < len(form):
        match = _TOKEN.match(form, at)
        if match is None:
            return None
        pieces.append(match.group())
        at = match.end()
    patterns = [_TOKENS.get(piece, piece.strip("'")) for piece in pieces]
    signs = [p for p in patterns if p.startswith("%")]
    if len(set(signs)) != len(signs):
        return None
    has_date = _has(signs, "%Y", "%y") and _has(signs, "%m", "%b", "%B") and _has(signs, "%d")
    has_clock = bool(_CLOCK & set(signs))
    if not (has_date or has_clock):
        return None
    is_compact = re.fullmatch("(?:yyyy|MM|dd|HH|mm|ss)+", form) is not None
    return DateForm("".join(patterns), has_date, has_clock, len(form) if is_compact else None)


def _has(signs: list[str], *wanted: str) -> bool:
    return any(sign in wanted for sign in signs)
