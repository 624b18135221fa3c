"""The text of a mapping spec to a `Spec`, or to every fault in it with its line."""

from __future__ import annotations

import re
from typing import Final

from homeroom.base.findings import Finding
from homeroom.ingest.mapping.cells import read_cell
from homeroom.ingest.mapping.date_forms import is_date_form
from homeroom.ingest.mapping.faults import SpecFaults, Spot
from homeroom.ingest.mapping.fields import Fields
from homeroom.ingest.mapping.limits import MAX_DATE_FORMS
from homeroom.ingest.mapping.nodes import Node, Scalar, read_nodes
from homeroom.ingest.mapping.read_documents import read_lets, read_optional_cell, read_record
from homeroom.ingest.mapping.read_people import read_person
from homeroom.ingest.mapping.read_tables import ReadBeside, read_layout, read_table
from homeroom.ingest.mapping.regexes import regex_fault
from homeroom.ingest.mapping.spec import (
    Field,
    FileSpec,
    FileTable,
    Let,
    Literal,
    Parameter,
    ParameterKind,
    Spec,
)

_NAME: Final = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_DEFAULT_FILE: Final = "file"


def parse_spec(text: str, *, name: str, read_beside: ReadBeside) -> Spec | tuple[Finding, ...]:
    """The spec in a YAML text, or every fault in it (at least one).

    name: the file's name, for findings. read_beside: gives the text of a file beside the spec.
    """
    faults = SpecFaults()
    root = read_nodes(text, name=name, faults=faults)
    if root is None:
        return faults.errors
    spec = _SpecReader(root, name, read_beside, faults).spec()
    return faults.errors or spec


class _SpecReader:
    def __init__(self, root: Node, name: str, read_beside: ReadBeside, faults: SpecFaults) -> None:
        self._faults = faults
        self._read_beside = read_beside
        self._fields = Fields(root, where="the spec", spot=Spot(name, 1, 1), faults=faults)
        self._names: set[str] = set()

    def spec(self) -> Spec:
        fields = self._fields
        head = {key: fields.required_text(key) for key in ("spec", "standard")}
        title, source, notes = (fields.text(key) for key in ("title", "source", "notes"))
        parameters = tuple(self._parameter(k, v) for k, v in fields.entries("parameters"))
        files = {f.name: f for f in self._files()}
        read = (
            read_table(k, v, read_beside=self._read_beside, faults=self._faults)
            for k, v in fields.entries("tables")
            if self._is_new_name(k.text or "", k.spot)
        )
        tables = {t.name: t for t in read if t is not None}
        people = {
            k.text or "": read_person(k, v, self._faults, source=head["spec"])
            for k, v in fields.entries("people")
            if self._is_new_name(k.text or "", k.spot)
        }
        lets = self._lets()
        items = fields.items("records")
        if not items:
            self._faults.tell("shape", "The spec needs at least one record.", fields.spot)
        records = tuple(read_record(item, self._faults) for item in items)
        fields.finish()
        for table in tables.values():
            if isinstance(table, FileTable) and table.file not in files:
                self._faults.tell("unknown_name", f"There is no file '{table.file}' in the spec.", table.spot)
        return Spec(
            name=head["spec"],
            title=title or head["spec"],
            standard=head["standard"],
            source=source,
            notes=notes,
            parameters=parameters,
            files=files,
            tables=tables,
            lets=lets,
            records=records,
            warnings=self._faults.warnings,
            people=people,
        )

    def _is_new_name(self, name: str, spot: Spot) -> bool:
        if not _NAME.fullmatch(name):
            words, remedy = f"'{name}' cannot be a name.", "Use letters, digits and _."
        elif name in self._names:
            words, remedy = (
                f"'{name}' names two things.",
                "Parameters, tables and lets share one space of names.",
            )
        else:
            self._names.add(name)
            return True
        self._faults.tell("shape", words, spot, remedy=remedy)
        return False

    def _parameter(self, key: Scalar, node: Node) -> Parameter:
        self._is_new_name(key.text or "", key.spot)
        fields = Fields(node, where=f"parameter {key.text}", spot=key.spot, faults=self._faults)
        default = fields.take("default")
        cell = read_cell(default, self._faults) if isinstance(default, Scalar) else None
        kind = fields.choice("kind", ParameterKind.TEXT)
        parameter = Parameter(key.text or "", fields.text("label", key.text or ""), kind, cell, key.spot)
        if kind is ParameterKind.COLUMN and not isinstance(cell, Literal | None):
            self._faults.tell("shape", "The default of a column is its name.", fields.spot)
        fields.finish()
        return parameter

    def _files(self) -> list[FileSpec]:
        entries = self._fields.entries("files")
        if entries:
            return [self._file(key, node) for key, node in entries]
        self._faults.tell("shape", "The spec needs at least one file.", self._fields.spot)
        return []

    def _file(self, key: Scalar, node: Node) -> FileSpec:
        name = key.text or _DEFAULT_FILE
        fields = Fields(node, where=f"file {name}", spot=key.spot, faults=self._faults)
        layout = fields.optional_text("layout")
        any_of = tuple(fields.texts_of(item) for item in fields.items("any_of"))
        file = FileSpec(
            name=name,
            names=fields.texts("names"),
            columns=fields.texts("columns"),
            any_of=any_of,
            without=fields.texts("without"),
            blanks=fields.texts("blanks") or ("",),
            dates=self._date_forms(fields),
            keep_blanks=frozenset(fields.texts("keep_blanks")),
            head=self._head(fields),
            width=self._width(fields),
            layout=() if layout is None else self._layout(layout, fields.spot),
            header_rows=fields.whole_number("header_rows"),
            skip_rows=fields.whole_number("skip_rows"),
            delimiter=fields.optional_text("delimiter"),
            encoding=fields.optional_text("encoding"),
            quote=fields.optional_text("quote"),
            sheet=fields.optional_text("sheet"),
            rows_at=fields.optional_text("rows_at"),
            keeps_footer=fields.boolean("keep_footer"),
            fills_short_rows=fields.boolean("fill_short_rows"),
            spot=key.spot,
            row_id=fields.optional_text("row_id"),
            removed=read_optional_cell(fields, "removed"),
            changes_only=read_optional_cell(fields, "changes_only"),
        )
        fields.finish()
        if file.removed is not None and file.row_id is None:
            words = f"File {name}: 'removed' needs 'row_id', by which the records of a row are found again."
            self._faults.tell("shape", words, key.spot)
        if not (file.columns or file.any_of or file.layout):
            words = f"Nothing tells file {name} from others: it has no columns that must be there."
            remedy = "List its own under `columns`; until then say which file it is."
            self._faults.warn("unrecognised", words, key.spot, remedy=remedy)
        return file

    def _layout(self, file: str, spot: Spot) -> tuple[Field, ...]:
        return read_layout(file, spot, read_beside=self._read_beside, faults=self._faults)

    def _date_forms(self, fields: Fields) -> tuple[str, ...]:
        forms = fields.texts("dates")
        if len(forms) > MAX_DATE_FORMS:
            self._faults.tell("limit", f"A file may have {MAX_DATE_FORMS} date forms at most.", fields.spot)
        for form in forms:
            if not is_date_form(form):
                words = f"'{form}' is no form of dates."
                self._faults.tell(
                    "shape", words, fields.spot, remedy="Write it as in M/d/yyyy or yyyy-MM-dd."
                )
        return forms

    def _lets(self) -> tuple[Let, ...]:
        return tuple(let for let in read_lets(self._fields) if self._is_new_name(let.name, let.spot))

    def _width(self, fields: Fields) -> tuple[int, int] | None:
        texts = fields.texts("width")
        if not texts:
            return None
        if len(texts) != 2 or not all(t.isdecimal() and len(t) < 7 for t in texts):
            self._faults.tell(
                "shape", "'width' is a list of the smallest and the largest length.", fields.spot
            )
            return None
        return int(texts[0]), int(texts[1])

    def _head(self, fields: Fields) -> str | None:
        head = fields.optional_text("head")
        fault = None if head is None else regex_fault(head)
        if fault is not None:
            self._faults.tell("expression", fault, fields.spot)
        return head if fault is None else None
