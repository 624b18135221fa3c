"""What a column holds, from a sample of its cells: how many, of what shape, which values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import polars

SAMPLE_ROWS: Final = 20_000
MOST_CODES: Final = 60
"""Distinct values up to which a column may be one of codes."""
_BLANKS: Final = ("", "-", "--", "---", ".", "*", "na", "n/a", "null", "none")
_ENOUGH: Final = 0.95
_ENOUGH_DATES: Final = 0.75  # a column of dates has its slips; other texts have hardly a date
_SHOWN: Final = 5
MOST_KEYS: Final = 500
# The forms are those of the mapping language; the first that fits is meant, but d/M and M/d are told apart below.
_DATE_FORMS: Final[tuple[tuple[str, str], ...]] = (
    ("yyyy-MM-dd", r"^[12]\d{3}-(0?[1-9]|1[0-2])-(0?[1-9]|[12]\d|3[01])(?:[T ].*)?$"),
    ("yyyy/MM/dd", r"^[12]\d{3}/(0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])$"),
    ("M/d/yyyy", r"^(0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])/[12]\d{3}(?:[T ].*)?$"),
    ("d/M/yyyy", r"^(0?[1-9]|[12]\d|3[01])/(0?[1-9]|1[0-2])/[12]\d{3}(?:[T ].*)?$"),
    ("M/d/yy", r"^(0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])/\d{2}$"),
    ("M-d-yyyy", r"^(0?[1-9]|1[0-2])-(0?[1-9]|[12]\d|3[01])-[12]\d{3}$"),
    ("d.M.yyyy", r"^(0?[1-9]|[12]\d|3[01])\.(0?[1-9]|1[0-2])\.[12]\d{3}$"),
    ("yyyyMMdd", r"^(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$"),
    ("MMddyyyy", r"^(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(19|20)\d\d$"),
    ("dd-MMM-yyyy", r"^\d{1,2}-[A-Za-z]{3}-[12]\d{3}$"),
    ("MMM d, yyyy", r"^[A-Za-z]{3} \d{1,2}, [12]\d{3}$"),
)


class Shape(StrEnum):
    """What the filled cells of a column look like."""

    EMPTY = "empty"
    DATE = "date"
    YEAR = "year"
    INTEGER = "integer"
    DECIMAL = "decimal"
    YES_NO = "yes or no"
    EMAIL = "e-mail"
    CODE = "code"
    TEXT = "text"


_SHAPES: Final[tuple[tuple[Shape, str], ...]] = (
    (Shape.YEAR, r"^(19|20)\d\d$|^(19|20)\d\d\s?[-/]\s?((19|20)?\d\d)$"),
    (Shape.YES_NO, r"^(?i:y|n|yes|no|true|false|t|f)$"),
    (Shape.INTEGER, r"^[-+]?\d{1,18}$"),
    (Shape.DECIMAL, r"^[-+]?\d*[.,]?\d+%?$"),
    (Shape.EMAIL, r"^\S+@\S+\.\S+$"),
)


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """A column of a sample.

    values: distinct values and their counts, most frequent first, when they are at most MOST_CODES, else empty.
    samples: some values as they came; keys: up to MOST_KEYS of them, to be looked up in what the district holds.
    date_forms: every form that fits nearly all cells, so that two are a question.
    """

    name: str
    rows: int
    filled: int
    distinct: int
    shape: Shape
    samples: tuple[str, ...]
    values: tuple[tuple[str, int], ...]
    date_forms: tuple[str, ...]
    longest: int
    keys: tuple[str, ...] = ()


def profile_columns(frame: polars.DataFrame, columns: Sequence[str]) -> tuple[ColumnProfile, ...]:
    """A profile of each column of a frame of text cells; only its first SAMPLE_ROWS rows are looked at."""
    sample = frame.head(SAMPLE_ROWS)
    return tuple(_profile(sample, name) for name in columns)


def _profile(frame: polars.DataFrame, name: str) -> ColumnProfile:
    cells = frame.get_column(name).str.strip_chars()
    filled = cells.filter(cells.is_not_null() & ~cells.str.to_lowercase().is_in(_BLANKS))
    counts = filled.value_counts(sort=True, name="count") if filled.len() else None
    distinct = counts.height if counts is not None else 0
    values: tuple[tuple[str, int], ...] = ()
    if counts is not None and distinct <= MOST_CODES:
        values = tuple(
            (str(v), int(c)) for v, c in counts.sort(["count", name], descending=[True, False]).iter_rows()
        )
    forms = (
        tuple(form for form, pattern in _DATE_FORMS if _fits(filled, pattern, share=_ENOUGH_DATES))
        if distinct
        else ()
    )
    keys = tuple(islice(filled.unique(maintain_order=True), MOST_KEYS))
    lengths = filled.str.len_chars().max() if distinct else 0
    return ColumnProfile(
        name=name,
        rows=frame.height,
        filled=filled.len(),
        distinct=distinct,
        shape=_shape(filled, distinct, forms),
        samples=keys[:_SHOWN],
        values=values,
        date_forms=forms,
        longest=int(lengths) if isinstance(lengths, int) else 0,
        keys=keys,
    )


def _shape(filled: polars.Series, distinct: int, forms: tuple[str, ...]) -> Shape:
    if not distinct:
        return Shape.EMPTY
    if forms:
        return Shape.DATE
    for shape, pattern in _SHAPES:
        if _fits(filled, pattern):
            return shape
    return Shape.CODE if distinct <= MOST_CODES and distinct <= max(2, filled.len() // 2) else Shape.TEXT


def _fits(filled: polars.Series, pattern: str, *, share: float = _ENOUGH) -> bool:
    return int(filled.str.contains(pattern).sum()) >= share * filled.len()
