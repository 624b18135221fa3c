"""A typed value of an expression as columnar work, with the checks that come with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Final, TypeAlias

import polars as pl

from homeroom.ingest.mapping.limits import CELL_CHARACTERS


class Type(StrEnum):
    """The types of the expression language, in the words of messages."""

    TEXT = "text"
    INTEGER = "whole number"
    NUMBER = "number"
    BOOLEAN = "yes or no"
    DATE = "date"
    MOMENT = "date with time"
    TIME = "time"
    NOTHING = "nothing"


DTYPES: Final = {
    Type.TEXT: pl.String(),
    Type.INTEGER: pl.Int64(),
    Type.NUMBER: pl.Float64(),
    Type.BOOLEAN: pl.Boolean(),
    Type.DATE: pl.Date(),
    Type.MOMENT: pl.Datetime("us"),
    Type.TIME: pl.Time(),
    Type.NOTHING: pl.Null(),
}

_LITERALS: Final = (
    (bool, Type.BOOLEAN),
    (str, Type.TEXT),
    (int, Type.INTEGER),
    ((Decimal, float), Type.NUMBER),
    (datetime, Type.MOMENT),
    (date, Type.DATE),
    (time, Type.TIME),
)
Plain: TypeAlias = str | int | float | Decimal | bool | date | time | None


@dataclass(frozen=True, slots=True)
class Check:
    """What can be wrong with a row, and the text to show of it.

    given: a condition that is true where the row is at fault; or, when there is a result, what must be null
    where the result is. A column that keeps the result saves computing it twice. person: of the spec's `people`, when
    the row waits until it is known who that is; what is shown is then the source's id.
    """

    shown: pl.Expr
    code: str
    words: str
    remedy: str
    columns: frozenset[str]
    given: pl.Expr
    result: pl.Expr | None = None
    condition: pl.Expr | None = None
    person: str | None = None

    @property
    def failed(self) -> pl.Expr:
        """Where the row is at fault."""
        failed = self.given if self.result is None else self.result.is_null() & self.given.is_not_null()
        return failed if self.condition is None else failed & self.condition

    def when(self, condition: pl.Expr) -> Check:
        """The same check, where the condition holds."""
        both = condition if self.condition is None else self.condition & condition
        return replace(self, condition=both)


@dataclass(frozen=True, slots=True)
class Literal:
    """The value of an expression that is known before any row is read."""

    value: Plain


@dataclass(frozen=True, slots=True)
class Value:
    """What an expression gives, row by row.

    columns: of the file, that feed it. level: how many steps must have run before its expr can. literal: set
    when it is one value for all rows. varies: whether it differs between rows or files.
    growth: of how many cells, at most, its text is put together.
    """

    type: Type
    expr: pl.Expr
    columns: frozenset[str] = frozenset()
    level: int = 0
    checks: tuple[Check, ...] = ()
    literal: Literal | None = None
    varies: bool = True
    growth: int = 1

    def where(self, condition: pl.Expr) -> Value:
        """The same value, its checks told only where the condition holds."""
        return replace(self, checks=tuple(c.when(condition) for c in self.checks)) if self.checks else self


_NOTHING: Final = Value(Type.NOTHING, pl.lit(None), literal=Literal(None), varies=False)


@lru_cache(maxsize=4096, typed=True)
def literal_of(value: Plain) -> Value:
    """A value that is the same for all rows; a blank text is nothing."""
    if value is None or value == "":
        return _NOTHING
    kind = next(kind for python, kind in _LITERALS if isinstance(value, python))
    expr = pl.lit(float(value) if isinstance(value, Decimal) else value)
    # Only numbers take more or fewer bytes than meant; to state the type of every literal takes long.
    typed = expr.cast(DTYPES[kind]) if kind in (Type.INTEGER, Type.NUMBER) else expr
    return Value(kind, typed, literal=Literal(value), varies=False, growth=growth_of(value))


def growth_of(value: Plain) -> int:
    """As how many cells a constant counts."""
    return 1 + len(value) // CELL_CHARACTERS if isinstance(value, str) else 1


def derived(
    kind: Type,
    expr: pl.Expr,
    sources: Iterable[Value],
    *,
    checks: Iterable[Check] = (),
    growth: int | None = None,
) -> Value:
    """A value made of others: what feeds and checks them feeds and checks it.

    growth: where its text may be longer than the longest of theirs.
    """
    used = tuple(sources)
    return Value(
        kind,
        expr,
        columns=frozenset().union(*(v.columns for v in used)),
        level=max((v.level for v in used), default=0),
        checks=(*(c for v in used for c in v.checks), *checks),
        varies=any(v.varies for v in used),
        growth=growth or max((v.growth for v in used), default=1),
    )
