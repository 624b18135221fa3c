"""Whom the rows of a file are about: what a source says of each person, once for each of its ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from homeroom.ingest.mapping.conversions import NoConversionError
from homeroom.ingest.mapping.expressions import compile_cell
from homeroom.ingest.mapping.faults import SpecFaults
from homeroom.ingest.mapping.keeping import convert_once
from homeroom.ingest.mapping.scope import FileWork, Names, RecordWork, Scope
from homeroom.ingest.mapping.spec import Cell, Fact, FileSpec, PersonSpec
from homeroom.ingest.mapping.stage import Stage
from homeroom.ingest.mapping.values import Type, Value

PERSON_ID: Final = "id"
"""The column of a frame of people that holds what the source calls each."""
_NUMBER: Final = "number:"


@dataclass(frozen=True, slots=True)
class PersonPlan:
    """What is computed of one file to tell who its people are. columns: of PERSON_ID, facts and numbers."""

    spec: PersonSpec
    stage: Stage
    needs: Mapping[str, frozenset[str]]
    columns: tuple[tuple[str, pl.Expr], ...]

    def gather(self, staged: pl.DataFrame) -> pl.DataFrame:
        """One row for each id, with the first that its rows say of each fact. staged: with the stage computed."""
        rows = staged.select(expr.alias(name) for name, expr in self.columns)
        return first_said(rows.drop_nulls(PERSON_ID))


def first_said(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of people made one for each id: the first that is said of each fact."""
    facts = [pl.col(c).drop_nulls().first() for c in rows.columns if c != PERSON_ID]
    return rows.group_by(PERSON_ID, maintain_order=True).agg(facts)


def number_column(system: str) -> str:
    """The column with the ids that another system gave."""
    return _NUMBER + system


def compile_person(person: PersonSpec, names: Names, file: FileSpec, faults: SpecFaults) -> PersonPlan:
    """The columns that tell who somebody is. What cannot be read of a cell is not compared, and no fault."""
    work = FileWork(Stage(file))
    # Who somebody is must be known before anything can be made of whom a row is about.
    scope = Scope(replace(names, people={}), work, RecordWork({}, {}), faults, file.dates)
    columns = [(PERSON_ID, _value(person.id, Type.TEXT, scope))]
    for fact, cells in person.facts.items():
        kind = Type.DATE if fact is Fact.BIRTH_DATE else Type.TEXT
        values = [_value(cell, kind, scope) for cell in cells]
        columns.append((fact, pl.concat_list(values).list.drop_nulls() if fact.may_be_several else values[0]))
    columns += [
        (number_column(system), _value(cell, Type.TEXT, scope)) for system, cell in person.known_ids.items()
    ]
    needs = {table: frozenset(wanted) for table, wanted in work.needs.items()}
    return PersonPlan(person, work.stage, needs, tuple(columns))


def _value(cell: Cell, to: Type, scope: Scope) -> pl.Expr:
    value = compile_cell(cell, scope)
    found = None if value is None else _converted(cell, value, to, scope)
    return pl.lit(None) if found is None else found.expr


def _converted(cell: Cell, value: Value, to: Type, scope: Scope) -> Value | None:
    try:
        return convert_once(value, to, stage=scope.work.stage, dates=scope.dates)
    except NoConversionError as error:
        scope.faults.tell("type", str(error), cell.spot)
        return None
