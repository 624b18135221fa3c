"""A small chart of bars, drawn by the server: what stands where, without script and without style of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_STEP: Final = 40
_WIDTH: Final = 26
_HEIGHT: Final = 96
_LEAST: Final = 2
"""So that one row of a million can be seen."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar in two parts: kept below, rejected above it. Lengths in units of the chart, y from its top."""

    x: int
    kept_y: int
    kept_height: int
    rejected_y: int
    rejected_height: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars on a ground of this size, all of one width. most: what the highest bar stands for."""

    width: int
    height: int
    bar_width: int
    most: int
    bars: Sequence[Bar]


def draw_bars(rows: Sequence[tuple[int, int]]) -> Chart:
    """A bar for each pair of rows kept and rows rejected, from left to right."""
    most = max((kept + rejected for kept, rejected in rows), default=0)
    bars = [_bar(n, kept, rejected, most=most) for n, (kept, rejected) in enumerate(rows)]
    return Chart(_STEP * len(rows), _HEIGHT + _LEAST, _WIDTH, most, bars)


def _bar(place: int, kept: int, rejected: int, *, most: int) -> Bar:
    kept_height, rejected_height = _length(kept, most), _length(rejected, most)
    # Two parts that are each drawn a little too long may not stand out at the top.
    kept_height = min(kept_height, _HEIGHT + _LEAST - rejected_height)
    kept_y = _HEIGHT + _LEAST - kept_height
    return Bar(
        place * _STEP + (_STEP - _WIDTH) // 2, kept_y, kept_height, kept_y - rejected_height, rejected_height
    )


def _length(rows: int, most: int) -> int:
    return max(_LEAST, round(rows / most * _HEIGHT)) if rows else 0
