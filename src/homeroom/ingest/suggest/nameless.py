"""What a column without a name may be, by its cells alone: files without a header have only these to go by."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from homeroom.ingest.suggest.profile import ColumnProfile, Shape
from homeroom.ingest.suggest.repeats import is_nameless

_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_PERSON: Final = re.compile(r"[^\W\d_]+(?:[ '-][^\W\d_]+)*")
_YEARS_OF_BIRTH: Final = 3
_CODED: Final = 0.9
_MOSTLY: Final = 0.95


def nameless_likeness(role: str, profile: ColumnProfile, coded: float | None) -> float:
    """How much the cells of a column without a name are like the role's, 0..1; 0 for columns that have a name.

    coded: the share of its values that are codes of the role.
    """
    if not is_nameless(profile.name):
        return 0.0
    if coded is not None:
        return 1.0 if coded >= _CODED else 0.0
    likeness = _BY_CELLS.get(role)
    return likeness(profile) if likeness else 0.0


def _is_birth_date(profile: ColumnProfile) -> float:
    """Birth dates lie years apart; what happens at a school does so within one."""
    return float(profile.shape is Shape.DATE and _years_apart(profile) >= _YEARS_OF_BIRTH)


def _is_day(profile: ColumnProfile) -> float:
    return 0.9 * (profile.shape is Shape.DATE and _years_apart(profile) < _YEARS_OF_BIRTH)


def _is_persons_name(profile: ColumnProfile) -> float:
    """Words with a capital letter, hardly two alike."""
    words = [key for key in profile.keys if _PERSON.fullmatch(key) and key[:1].isupper()]
    is_varied = profile.distinct > max(2, profile.filled // 20)
    is_text = profile.shape in (Shape.TEXT, Shape.CODE) and profile.longest > 2
    return 0.85 * (is_text and is_varied and len(words) >= _MOSTLY * len(profile.keys))


def _is_number_of_each(profile: ColumnProfile) -> float:
    """A number that no two rows share."""
    return 0.85 * (profile.shape is Shape.INTEGER and profile.distinct == profile.filled > 1)


def _years_apart(profile: ColumnProfile) -> int:
    years = [int(match.group()) for key in profile.keys if (match := _YEAR.search(key))]
    return max(years) - min(years) if years else 0


_BY_CELLS: Final[Mapping[str, Callable[[ColumnProfile], float]]] = {
    "birth_date": _is_birth_date,
    "attendance_date": _is_day,
    "entry_date": _is_day,
    "test_date": _is_day,
    "student_first_name": _is_persons_name,
    "student_last_name": _is_persons_name,
    "student_number": _is_number_of_each,
}
