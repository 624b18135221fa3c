"""A compiled spec as values: what is computed for each file, record and gather."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from homeroom.ingest.mapping.people import PersonPlan
from homeroom.ingest.mapping.spec import FileSpec
from homeroom.ingest.mapping.stage import Stage
from homeroom.ingest.mapping.values import Check
from homeroom.standard.model import Resource

ITEMS: Final = "__items"
BAD_LINE: Final = "__bad"


@dataclass(frozen=True, slots=True)
class PlacedCheck:
    """A check and the member of the document it is about; a warning leaves the member out."""

    path: str
    check: Check
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class Leaves:
    """The values of one document: columns to compute, which of them are free texts, checks, and what fed them."""

    columns: tuple[tuple[str, pl.Expr], ...]
    texts: tuple[str, ...]
    checks: tuple[PlacedCheck, ...]
    sources: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class GatherPlan:
    """Items made of another file's rows: their key columns, and the JSON of one item."""

    file: str
    stage: Stage
    leaves: Leaves
    keys: tuple[str, ...]
    text: pl.Expr
    is_distinct: bool


@dataclass(frozen=True, slots=True)
class RecordPlan:
    """One record of a file's row: where it stands, its values, and its JSON."""

    resource: Resource
    where: pl.Expr | None
    leaves: Leaves
    text: pl.Expr
    is_distinct: bool

    @property
    def inputs(self) -> tuple[str, ...]:
        """The columns of the stage that the document is made of: rows that are equal there give equal documents."""
        made = {name for name, _ in self.leaves.columns}
        exprs = (
            self.text,
            *(e for _, e in self.leaves.columns),
            *(p.check.failed for p in self.leaves.checks),
        )
        return tuple(sorted({name for expr in exprs for name in expr.meta.root_names()} - made))


@dataclass(frozen=True, slots=True)
class FilePlan:
    """What one file gives. needs: columns of other files that look-ups want, by table.

    row_id: what the source calls a row; removed: whether its records are to go; changes_only: whether it says that
    the delivery holds changes alone. people: whom its rows are about. barred: columns that feed what the district does
    not store; they may feed other things, too.
    """

    file: FileSpec
    stage: Stage
    records: tuple[RecordPlan, ...]
    needs: Mapping[str, frozenset[str]]
    row_id: pl.Expr | None = None
    removed: pl.Expr | None = None
    changes_only: pl.Expr | None = None
    people: tuple[PersonPlan, ...] = ()
    barred: frozenset[str] = frozenset()

    @property
    def width(self) -> int:
        """How many columns are held while a frame is mapped."""
        made = sum(len(level) for level in self.stage.levels)
        return 1 + made + max((len(r.leaves.columns) for r in self.records), default=0)

    @property
    def columns(self) -> frozenset[str]:
        """Every column that is used."""
        return frozenset(self.stage.cells).union(*(person.stage.cells for person in self.people))
