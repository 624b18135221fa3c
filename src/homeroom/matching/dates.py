"""Birth dates in columns: equal, with day and month swapped, or one slip of the keyboard apart."""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt

Days = npt.NDArray[np.int32]
"""Dates as eight digits, year first; 0 for none."""
Flags = npt.NDArray[np.bool_]

_DIGITS: Final = 10 ** np.arange(7, -1, -1, dtype=np.int32)


def number_of(day: date | None) -> int:
    """A date as eight digits; 0 for none."""
    return 0 if day is None else day.year * 10_000 + day.month * 100 + day.day


def swapped(days: Days) -> Days:
    """Each date with day and month exchanged, whether or not there is such a day."""
    return days // 10_000 * 10_000 + days % 100 * 100 + days // 100 % 100


def are_slips(first: Days, second: Days) -> Flags:
    """Whether two dates differ in one digit, or in two neighbours that changed places."""
    ours = first[:, None] // _DIGITS % 10
    theirs = second[:, None] // _DIGITS % 10
    differs = ours != theirs
    count = differs.sum(axis=1)
    crossed = (
        differs[:, :-1] & differs[:, 1:] & (ours[:, :-1] == theirs[:, 1:]) & (ours[:, 1:] == theirs[:, :-1])
    ).any(axis=1)
    slips: Flags = (count == 1) | ((count == 2) & crossed)
    return slips
