"""What names mean where an expression stands: parameters, lets, tables and the rows of loops."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace

from homeroom.ingest.mapping.faults import SpecFaults
from homeroom.ingest.mapping.sharing import Form, Forms
from homeroom.ingest.mapping.spec import Cell, PersonSpec, Row, TableSpec
from homeroom.ingest.mapping.stage import RowPerson, Stage
from homeroom.ingest.mapping.syntax import Hole
from homeroom.ingest.mapping.values import Plain, Value


class ExpressionFaultError(Exception):
    """What is wrong in an expression, and at which 0-based character; caught where its cell is compiled."""

    def __init__(self, words: str, at: int, *, remedy: str = "", code: str = "expression") -> None:
        super().__init__(words)
        self.words = words
        self.at = at
        self.remedy = remedy
        self.code = code


@dataclass(frozen=True, slots=True)
class Names:
    """What the whole spec names: values of parameters, parameters that are formulas, lets, tables and people."""

    parameters: Mapping[str, Plain]
    computed: Mapping[str, Cell]
    lets: Mapping[str, Cell]
    tables: Mapping[str, TableSpec]
    people: Mapping[str, PersonSpec] = field(default_factory=dict)
    forms: Forms = field(default_factory=Forms)


@dataclass(slots=True)
class FileWork:
    """What is being compiled for one file: its stage, the lets made so far and what look-ups need.

    shared: what was made of expressions, by what they mean. people: whom the rows are about, as far as asked for.
    barred: columns that feed what the district does not store.
    """

    stage: Stage
    made: dict[str, Value] = field(default_factory=dict)
    needs: dict[str, set[str]] = field(default_factory=dict)
    people: dict[str, RowPerson] = field(default_factory=dict)
    shared: dict[Hashable, Value] = field(default_factory=dict)
    barred: set[str] = field(default_factory=set)


@dataclass(slots=True)
class RecordWork:
    """What one turn of a record has of its own: lets, the rows of its loops, and what was made of them.

    Parameters that are formulas are made here, too: they may use what the record names.
    """

    lets: Mapping[str, Cell]
    rows: Mapping[str, Row]
    made: dict[str, Value] = field(default_factory=dict)
    shared: dict[Hashable, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands. busy: names that are being made, which it must not use."""

    names: Names
    work: FileWork
    record: RecordWork
    faults: SpecFaults
    dates: tuple[str, ...]
    rows: Mapping[str, Row] = field(default_factory=dict)
    busy: tuple[str, ...] = ()

    def with_rows(self, rows: Mapping[str, Row]) -> Scope:
        """The scope inside a loop."""
        return replace(self, rows={**self.rows, **rows}) if rows else self

    def with_dates(self, dates: tuple[str, ...]) -> Scope:
        """The scope of a value with date forms of its own, which are tried first."""
        return replace(self, dates=(*dates, *self.dates)) if dates else self

    def inside(self, name: str) -> Scope:
        """The scope in which a named formula is made: the record's, whatever inner loop it is used in."""
        dates = self.work.stage.file.dates
        return replace(self, rows=self.record.rows, dates=dates, busy=(*self.busy, name))

    def outside(self, name: str) -> Scope:
        """The scope in which a let of the whole spec is made: no record's."""
        return replace(self.inside(name), rows={}, record=RecordWork({}, {}))

    def sharing(self, form: Form) -> tuple[dict[Hashable, Value], Hashable]:
        """Where the value of an expression is kept, and by what: equal for those that mean the same here."""
        inserted: list[str | None] = []
        is_own = False
        for hole in form.holes:
            row = self.rows.get(hole.name)
            if row is None:
                is_own = is_own or hole.name in self.record.lets or hole.name in self.names.computed
            else:
                inserted.append(row.get(hole.member or ""))
        shared = self.record.shared if is_own else self.work.shared
        return shared, (form.text, *inserted, self.dates, self.busy)

    def constant_of(self, hole: Hole) -> Plain:
        """What a hole stands for when it is known before any row is read; KeyError when it is not."""
        if hole.name in self.rows:
            row = self.rows[hole.name]
            key = hole.member or ""
            if key not in row:
                raise _no_member(hole, row)
            return row[key]
        if hole.member is not None or hole.name not in self.names.parameters:
            raise KeyError(hole.name)
        return self.names.parameters[hole.name]


def _no_member(hole: Hole, row: Row) -> ExpressionFaultError:
    known = ", ".join(name for name in row if name) or "none"
    return ExpressionFaultError(
        f"{hole.shown()}: this row of the loop has no such member; it has {known}.", 0
    )
