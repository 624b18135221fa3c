"""What is computed once per file before its records: trimmed cells, conversions, lets and joins, in steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import polars as pl

from homeroom.ingest.mapping.spec import FileSpec
from homeroom.ingest.mapping.values import Check, Type, Value

LINE: Final = "__line"
"""The Int64 column of every frame with the line a row starts in; the connectors' name for it."""
FILE_NAME: Final = "__file"


@dataclass(frozen=True, slots=True)
class Computed:
    """A column to be computed."""

    name: str
    expr: pl.Expr


@dataclass(frozen=True, slots=True)
class Joined:
    """Columns from a prepared frame, joined on one or more key columns of ours, in the frame's order.

    prepared: its name; keys: our columns, in the order of the frame's; columns: theirs -> ours.
    """

    prepared: str
    keys: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RowPerson:
    """Who the person of each row is. name: of the spec's `people`; key: what the source calls them, a column.

    unique_id, standing: the columns that say who that is.
    """

    name: str
    key: Value
    unique_id: str
    standing: str


Step = Computed | Joined | RowPerson


@dataclass(slots=True)
class Stage:
    """Collects steps while a spec is compiled; level n of steps can use what levels below n gave."""

    file: FileSpec
    prefix: str = ""
    cells: dict[str, Value] = field(default_factory=dict)
    levels: list[list[Step]] = field(default_factory=list)
    _kept: dict[tuple[str, str, tuple[str, ...]], Value] = field(default_factory=dict)
    _count: int = 0

    def cell(self, column: str) -> Value:
        """A column's cells: trimmed, blank ones null."""
        found = self.cells.get(column)
        if found is None:
            name = self.new_name("c")
            keeps = column in self.file.keep_blanks
            self.add(0, Computed(name, _cell(column, self.file.blanks, keeps_blanks=keeps)))
            found = Value(Type.TEXT, pl.col(name), frozenset({column}), level=1)
            self.cells[column] = found
        return found

    def kept(self, value: Value, key: tuple[str, str, tuple[str, ...]] | None = None) -> Value:
        """The value as a column that is computed once, with its checks. key: to find it again."""
        if key is not None and key in self._kept:
            return self._kept[key]
        if not value.varies or value.expr.meta.is_column():
            return value
        column = self._column(value.expr, value.level)
        kept = replace(
            value,
            expr=column,
            level=value.level + 1,
            checks=tuple(self._kept_check(c, value, column) for c in value.checks),
        )
        if key is not None:
            self._kept[key] = kept
        return kept

    def column(self, value: Value) -> tuple[str, int]:
        """The name of a column with the value, made if it has none, and the level above which it is there."""
        if value.expr.meta.is_column():
            return value.expr.meta.output_name(), value.level
        return self._column(value.expr, value.level).meta.output_name(), value.level + 1

    def add(self, level: int, step: Step) -> None:
        """A step that can run when the levels below have."""
        while len(self.levels) <= level:
            self.levels.append([])
        self.levels[level].append(step)

    def new_name(self, kind: str) -> str:
        """A column name that no file has."""
        self._count += 1
        return f"__{self.prefix}{kind}{self._count}"

    def _kept_check(self, check: Check, value: Value, column: pl.Expr) -> Check:
        if check.result is value.expr:
            return replace(check, result=column)
        if check.result is not None and check.result.meta.is_column():
            return check
        return replace(check, given=self._column(check.failed, value.level), result=None, condition=None)

    def _column(self, expr: pl.Expr, level: int) -> pl.Expr:
        name = self.new_name("v")
        self.add(level, Computed(name, expr))
        return pl.col(name)


def _cell(column: str, blanks: Sequence[str], *, keeps_blanks: bool) -> pl.Expr:
    trimmed = pl.col(column).str.strip_chars()
    words = sorted({"", *(b.strip() for b in blanks)})
    if keeps_blanks:
        return pl.when(~trimmed.is_in(words)).then(pl.col(column))
    return trimmed.replace(words, None)
