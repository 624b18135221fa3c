"""A spec and a Model to a `Mapping`: parameters bound, names found, every record planned."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Values
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from typing import Final

import polars as pl

from homeroom.base.findings import Finding
from homeroom.ingest.mapping.bars import NO_BARS, Bars
from homeroom.ingest.mapping.documents import Barring, Bound, DocumentCompiler
from homeroom.ingest.mapping.expressions import compile_condition
from homeroom.ingest.mapping.faults import SpecFaults, Spot
from homeroom.ingest.mapping.json_text import document_text
from homeroom.ingest.mapping.loops import unrolled
from homeroom.ingest.mapping.mapping import Mapping
from homeroom.ingest.mapping.people import PersonPlan, compile_person
from homeroom.ingest.mapping.plans import FilePlan, RecordPlan
from homeroom.ingest.mapping.scope import FileWork, Names, RecordWork, Scope
from homeroom.ingest.mapping.spec import Cell, FileSpec, Literal, Parameter, ParameterKind, RecordSpec, Spec
from homeroom.ingest.mapping.stage import Stage
from homeroom.ingest.mapping.values import Plain
from homeroom.standard.model import Model, Resource
from homeroom.standard.outline import outline_of

LOAD_DATE: Final = "load_date"
"""The parameter that every spec has: the day of the load, as yyyy-MM-dd."""


def compile_spec(
    spec: Spec, model: Model, *, parameters: Values[str, str], bars: Bars = NO_BARS
) -> Mapping | tuple[Finding, ...]:
    """The spec as columnar work for a Model, or every fault in it (at least one).

    parameters: texts by name, as a person gave them. bars: what is not made, as the district does not store it.
    """
    compiler = _Compiler(spec, model, parameters, bars)
    try:
        mapping = compiler.mapping()
    except RecursionError:  # each expression is bounded, but lets nest them in one another
        compiler.faults.tell("limit", "The spec's expressions use one another too deeply.", compiler.top)
        return compiler.faults.errors
    return compiler.faults.errors or mapping


class _Compiler:
    def __init__(self, spec: Spec, model: Model, parameters: Values[str, str], bars: Bars) -> None:
        self.faults = SpecFaults()
        self._bars = bars
        self._spec = spec
        self._model = model
        self.top = Spot(next((r.spot.file for r in spec.records), spec.name), 1, 1)
        self._names = self._bind(parameters)
        self._bound = Bound(dict(spec.files), self.faults)
        self._work = {name: FileWork(Stage(file)) for name, file in spec.files.items()}
        self._once = FileWork(Stage(_no_file(self.top)))
        self._plans: dict[str, list[RecordPlan]] = {name: [] for name in spec.files}
        self._resources = {key: r for r in model.resources.values() for key in _spellings(r)}

    def mapping(self) -> Mapping:
        """Everything compiled; of no use when there are faults."""
        once: list[RecordPlan] = []
        for record in self._spec.records:
            resource = self._resource(record)
            if resource is None:
                continue
            for work in self._works(record):
                plans = once if record.is_once else self._plans[work.stage.file.name]
                plans += self._records(record, resource, work)
        if self._once.stage.cells:
            columns = ", ".join(f"[{c}]" for c in self._once.stage.cells)
            words = f"Records written once a load cannot read columns: {columns}."
            self.faults.tell("shape", words, self.top, remedy="Use `distinct: true` instead of `once: true`.")
        files = {name: self._plan(work, self._plans[name]) for name, work in self._work.items()}
        return Mapping(self._spec, files, self._plan(self._once, once), self._bound.gathers)

    def _plan(self, work: FileWork, records: list[RecordPlan]) -> FilePlan:
        file = work.stage.file
        row_id = None if file.row_id is None else work.stage.cell(file.row_id).expr
        removed, changes_only = (self._condition(cell, work) for cell in (file.removed, file.changes_only))
        needs = {table: frozenset(columns) for table, columns in work.needs.items()}
        return FilePlan(
            file, work.stage, tuple(records), needs, row_id=row_id, removed=removed, changes_only=changes_only,
            people=tuple(self._people(file)), barred=frozenset(work.barred),
        )  # fmt: skip

    def _people(self, file: FileSpec) -> Iterator[PersonPlan]:
        """Whom the rows of a file are about: those of its records that ask, from the files that tell of them."""
        for person in self._spec.people.values():
            if file.name in self._spec.files and file.name in (person.files or self._spec.files):
                yield compile_person(person, self._names, file, self.faults)

    def _condition(self, cell: Cell | None, work: FileWork) -> pl.Expr | None:
        """A condition on all rows of a file; one that cannot be told does not hold."""
        if cell is None:
            return None
        scope = Scope(self._names, work, RecordWork({}, {}), self.faults, work.stage.file.dates)
        condition = compile_condition(cell, scope)
        return None if condition is None else work.stage.kept(condition).expr

    def _bind(self, given: Values[str, str]) -> Names:
        values: dict[str, Plain] = {}
        computed: dict[str, Cell] = {}
        known = {p.name for p in self._spec.parameters} | {LOAD_DATE}
        for name in sorted(set(given) - known):
            self.faults.tell("parameter", f"The spec has no parameter '{name}'.", self.top)
        if LOAD_DATE in given:
            values[LOAD_DATE] = date.fromisoformat(given[LOAD_DATE])
        for parameter in self._spec.parameters:
            if parameter.name in given:
                values[parameter.name] = self._value(parameter, given[parameter.name])
            elif isinstance(parameter.default, Literal):
                values[parameter.name] = self._value(parameter, _constant(parameter.default))
            elif parameter.default is not None:
                computed[parameter.name] = parameter.default
            else:
                values[parameter.name] = None  # so that its uses are not told as unknown, too
                words = f"The parameter '{parameter.name}' ({parameter.label}) is not given."
                self.faults.tell(
                    "parameter", words, parameter.spot, remedy=f"Give it: --set {parameter.name}=…"
                )
        lets = {let.name: let.cell for let in self._spec.lets}
        return Names(values, computed, lets, self._spec.tables, self._spec.people)

    def _value(self, parameter: Parameter, text: str) -> Plain:
        try:
            match parameter.kind:
                case ParameterKind.INTEGER:
                    return int(text)
                case ParameterKind.DATE:
                    return date.fromisoformat(text)
                case ParameterKind.TEXT | ParameterKind.COLUMN:
                    return text
        except ValueError:
            words = f"The parameter '{parameter.name}' must be a {parameter.kind}, not '{text}'."
            self.faults.tell("parameter", words, parameter.spot)
            return None

    def _works(self, record: RecordSpec) -> Iterator[FileWork]:
        """The files a record is made of: those it names, else all."""
        if record.is_once:
            yield self._once
            return
        for name in record.files or self._work:
            if name in self._work:
                yield self._work[name]
            else:
                remedy = f"Write from: {' or '.join(self._work)}."
                self.faults.tell("unknown_name", f"There is no file '{name}'.", record.spot, remedy=remedy)

    def _resource(self, record: RecordSpec) -> Resource | None:
        found = self._resources.get(record.resource.lower())
        if found is None:
            near = get_close_matches(record.resource.lower(), self._resources, n=1)
            remedy = f"Is '{self._resources[near[0]].endpoint}' meant?" if near else ""
            words = f"The standard has no resource '{record.resource}'."
            self.faults.tell("unknown_resource", words, record.spot, remedy=remedy)
        return found

    def _records(self, record: RecordSpec, resource: Resource, work: FileWork) -> Iterator[RecordPlan]:
        lets = {let.name: let.cell for let in record.lets}
        scope = Scope(self._names, work, RecordWork(lets, {}), self.faults, work.stage.file.dates)
        level = outline_of(self._model, resource)
        bars = Barring(self._bars.barred_paths(resource), tuple(self._bars.refused_codes(resource)))
        for rows in unrolled(record.loops, scope):
            if self._bound.is_full:
                return
            turn = replace(rows, record=RecordWork(lets, rows.rows))
            compiler = DocumentCompiler(self._bound, work.stage, bars=bars)
            where: pl.Expr | None = None
            if record.where is not None:
                condition = compile_condition(record.where, turn)
                if condition is None or (condition.literal is not None and not condition.literal.value):
                    continue
                condition = work.stage.kept(condition)
                compiler.check(condition, "$")
                where = None if condition.literal is not None else condition.expr
            if compiler.bar_refused(record.document, level, turn, "$"):
                continue
            branch = compiler.branch(record.document, level, turn, "$")
            yield RecordPlan(resource, where, compiler.leaves(), document_text(branch), record.is_distinct)


def _spellings(resource: Resource) -> tuple[str, ...]:
    names = (resource.name.lower(), resource.endpoint.lower())
    return names if resource.schema == "ed-fi" else (*names, f"{resource.schema}/{resource.endpoint}".lower())


def _constant(cell: Literal) -> str:
    return "".join(part if isinstance(part, str) else part.shown() for part in cell.template or ())


def _no_file(spot: Spot) -> FileSpec:
    return FileSpec(
        name="", names=(), columns=(), any_of=(), without=(), blanks=("",), dates=(), keep_blanks=frozenset(),
        layout=(), head=None, width=None, header_rows=None,
        skip_rows=None, delimiter=None, encoding=None, quote=None, sheet=None,
        rows_at=None, keeps_footer=False, fills_short_rows=False, spot=spot,
    )  # fmt: skip
