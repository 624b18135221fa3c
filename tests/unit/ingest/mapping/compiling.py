"""Specs for tests: the least that is needed around what a test is about."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from textwrap import indent

from homeroom.base.findings import Finding
from homeroom.ingest.mapping.compile import compile_spec
from homeroom.ingest.mapping.mapping import Mapped
from homeroom.ingest.mapping.mapping import Mapping as CompiledSpec
from homeroom.ingest.mapping.read import parse_spec
from homeroom.standard.model import Model
from homeroom.standard.read import load_model

Row = Mapping[str, str | None]
STUDENT = """
spec: pupils
standard: "5.2"
files:
  pupils:
    columns: [Number]
    dates: [M/d/yyyy]
"""


@cache
def model() -> Model:
    """The Model that specs of tests are compiled against."""
    return load_model("5.2")


def findings_of(text: str, beside: Mapping[str, str] | None = None, **parameters: str) -> list[Finding]:
    """What is found wrong with a spec, read or compiled."""
    found = _compiled(text, beside or {}, parameters)
    return list(found) if isinstance(found, tuple) else []


def compiled(text: str, beside: Mapping[str, str] | None = None, **parameters: str) -> CompiledSpec:
    """A spec that must be right."""
    found = _compiled(text, beside or {}, parameters)
    assert not isinstance(found, tuple), [(f.place.line, f.place.column, f.words) for f in found]
    return found


def student_spec(members: str, *, head: str = "", more: str = "") -> str:
    """A spec of one record, a student, with more members than the required ones."""
    required = 'studentUniqueId: "= [Number]"\nfirstName: Maya\nlastSurname: Okafor\nbirthDate: 2010-05-04\n'
    document = indent(required + members.strip() + "\n", " " * 6)
    return f"{STUDENT}{head}\nrecords:\n  - resource: students\n{indent(more, ' ' * 4)}\n    document:\n{document}"


def expression_spec(expression: str, *, head: str = "") -> str:
    """A spec whose student's middle name is an expression."""
    return student_spec(f"middleName: {json.dumps('= ' + expression, ensure_ascii=False)}", head=head)


def documents(mapped: Mapped) -> list[dict[str, object]]:
    """The documents as JSON says them."""
    return [json.loads(text) for batch in mapped.records for text in batch.texts]


def mapped_rows(mapping: CompiledSpec, rows: Sequence[Row]) -> Mapped:
    """Rows of a spec's only file."""
    return mapping.apply_rows(next(iter(mapping.files)), rows, name="pupils.csv")


def evaluated(expression: str, row: Row, *, head: str = "") -> object:
    """What an expression gives as a text for one row; the codes of its findings when it has any."""
    mapped = mapped_rows(compiled(expression_spec(expression, head=head)), [{"Number": "1", **row}])
    if mapped.rejects:
        return [f.code for r in mapped.rejects for f in r.findings]
    (document,) = documents(mapped)
    return document.get("middleName")


def _compiled(
    text: str, beside: Mapping[str, str], parameters: Mapping[str, str]
) -> CompiledSpec | tuple[Finding, ...]:
    def read_beside(name: str) -> str:
        if name not in beside:
            raise FileNotFoundError(name)
        return beside[name]

    spec = parse_spec(text, name="pupils.yaml", read_beside=read_beside)
    return spec if isinstance(spec, tuple) else compile_spec(spec, model(), parameters=parameters)
