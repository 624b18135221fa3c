"""CSV on the way out, so that no cell of it is run as a formula by the spreadsheet that opens it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

# What spreadsheets take for the beginning of a formula, after blanks and characters that do not show; the full-width
# forms too, which some of them read as the plain ones.
_UNSEEN: Final = r"[\s\0-\x20\x7f-\xa0\xad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]*"
_FORMULA: Final = re.compile(_UNSEEN + r"[=+\-@|%\uff1d\uff0b\uff0d\uff20]")
_LEADING_BREAK: Final = ("\t", "\r", "\n")
_NUMBER: Final = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


def render_cell(text: str | None) -> str:
    """A cell in quotes; an apostrophe goes before what could be run, as spreadsheets write it themselves.

    Plain numbers stay as they are, negative ones too. NUL is left out.
    """
    if text is None:
        return ""
    plain = text.replace("\0", "")
    is_number = bool(_NUMBER.fullmatch(plain))
    if not is_number and (plain.startswith(_LEADING_BREAK) or _FORMULA.match(plain)):
        plain = f"'{plain}"
    return '"' + plain.replace('"', '""') + '"'


def render_row(cells: Iterable[str | None]) -> str:
    """One row with its line end."""
    return ",".join(render_cell(cell) for cell in cells) + "\r\n"
