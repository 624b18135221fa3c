"""Lines below the rows that are none: totals, end marks, counts, print stamps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

MOST_LINES: Final = 10
_WORDS: Final = re.compile(
    r"""\W*(
        (grand|sub|report|district|school|overall)?[ -]*(totals?|averages?|mean|median|sum)\b
      | end\s+of\s+(the\s+)?(report|file|data|list|export)\b | eof\b
      | (total\s+)?(number\s+of\s+)?(records?|rows?|students?|lines?)\s*
        (count|exported|selected|returned|processed)?\s*[:=]\s*[\d,.]+
      | (row\s+)?count\s*[:=]\s*[\d,.]+
      | [\d,.]+\s+(records?|rows?|students?|lines?)\b
      | \(?[\d,.]+\s+rows?\s+affected
      | (report\s+)?(generated|printed|exported|created|run|produced)\s+(on|by|at|from|:)
      | page\s+\d+ | copyright\b | \(c\)\s | ©
      | confidential\b | source\s*:
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_RULE: Final = re.compile(r"[-=_*#\s]{3,}")


def count_footer(rows: Sequence[Sequence[str | None] | None], *, width: int) -> int:
    """How many rows at the end are a footer; a row that could not be read (None) is none."""
    count = 0
    for cells in reversed(rows[-MOST_LINES:]):
        if cells is None or not is_footer(cells, width=width):
            break
        count += 1
    return count


def is_footer(cells: Sequence[str | None], *, width: int) -> bool:
    """Whether a row at the end of a table of this width is none.

    Few of its cells are filled, the first of them with such words; or it is one sentence in one cell.
    """
    filled = [cell.strip() for cell in cells if cell and cell.strip()]
    if not filled or width < 2:
        return False
    if len(cells) == 1 and width > 2 and " " in filled[0]:
        return True
    is_sparse = len(filled) == 1 or (len(filled) <= max(2, width // 2) and len(filled) < width)
    first = filled[0][:200]
    return is_sparse and bool(_WORDS.match(first) or _RULE.fullmatch(first))
