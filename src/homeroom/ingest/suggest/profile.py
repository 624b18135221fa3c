"""What a column holds, from a sample of its cells: how many, of what shape, which values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Final

from homeroom.ingest.suggest.words import words_of

if TYPE_CHECKING:
    import polars

SAMPLE_ROWS: Final = 20_000
MOST_CODES: Final = 60
"""Distinct values up to which a column may be one of codes."""
BLANKS: Final = ("", "-", "--", "---", ".", "*", "NA", "N/A", "#N/A", "NULL", "None")
"""Cells that mean nothing, in any letter case."""
_LOWER_BLANKS: Final = tuple(blank.lower() for blank in BLANKS)
_ENOUGH: Final = 0.95
_ENOUGH_DATES: Final = 0.75  # a column of dates has its slips; other texts have hardly a date
_ENOUGH_MIXED: Final = 0.9
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
# Days since 1899, as spreadsheets keep dates: 1927 to 2091. Only of what is called a date: any five figures look so.
_SERIAL: Final = ("excel", r"^[1-6]\d{4}(?:\.\d+)?$")
_CALLED_DATES: Final = frozenset({"date", "birth", "birthday", "day"})


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


_LONGEST_SCORES: Final = {Shape.INTEGER: 5, Shape.DECIMAL: 10}
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
    date_forms: every form that fits nearly all cells, so that two are a question; with has_mixed_dates those that do so
    together, the commonest first.
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
    has_mixed_dates: bool = False

    @property
    def is_plain_number(self) -> bool:
        """Whether its cells are numbers as scores are, and no longer ones that only name something."""
        return 0 < self.longest <= _LONGEST_SCORES.get(self.shape, 0)


def profile_columns(frame: polars.DataFrame, columns: Sequence[str]) -> tuple[ColumnProfile, ...]:
    """A profile of each column of a frame of text cells; only its first SAMPLE_ROWS rows are looked at."""
    sample = frame.head(SAMPLE_ROWS)
    return tuple(_profile(sample, name) for name in columns)


def _profile(frame: polars.DataFrame, name: str) -> ColumnProfile:
    cells = frame.get_column(name).str.strip_chars()
    filled = cells.filter(cells.is_not_null() & ~cells.str.to_lowercase().is_in(_LOWER_BLANKS))
    counts = filled.value_counts(sort=True, name="count") if filled.len() else None
    distinct = counts.height if counts is not None else 0
    values: tuple[tuple[str, int], ...] = ()
    if counts is not None and distinct <= MOST_CODES:
        values = tuple(
            (str(v), int(c)) for v, c in counts.sort(["count", name], descending=[True, False]).iter_rows()
        )
    forms, are_mixed = _date_forms(filled, name) if distinct else ((), False)
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
        has_mixed_dates=are_mixed,
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


def _date_forms(filled: polars.Series, name: str) -> tuple[tuple[str, ...], bool]:
    """The forms of a column's dates, and whether it takes several to read them all."""
    known = (*_DATE_FORMS, _SERIAL) if _CALLED_DATES & set(words_of(name)) else _DATE_FORMS
    found = tuple(form for form, pattern in known if _fits(filled, pattern, share=_ENOUGH_DATES))
    if found:
        return found, False
    several: list[tuple[int, str]] = []
    rest = filled
    for form, pattern in known:
        matching = rest.str.contains(pattern)
        if matching.any():
            several.append((int(matching.sum()), form))
            rest = rest.filter(~matching)
    if len(several) > 1 and rest.len() <= (1 - _ENOUGH_MIXED) * filled.len():
        return tuple(form for _, form in sorted(several, reverse=True)), True
    return (), False


def _fits(filled: polars.Series, pattern: str, *, share: float = _ENOUGH) -> bool:
    return int(filled.str.contains(pattern).sum()) >= share * filled.len()
