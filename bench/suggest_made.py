"""Exports of a student information system made up from the synthetic district, under headers of several styles.

The headers were written down before the suggester was tried on them, and are in none of its examples on purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from bench.suggest_cases import Case
from bench.suggest_records import facts_of
from homeroom.base.findings import Finding
from homeroom.ingest.suggesting import file_at, read_sample_of
from homeroom.synth import generate_district
from homeroom.synth.cast import DEMO_TODAY

_SEED = 11
_STUDENTS = 60
_ALL_ROWS = 10_000
_STYLES = ("camelCase", "abbreviations", "spaced words", "UPPER_SNAKE", "GLUED", "Spanish", "no header")
_ANSWERS = {"term": "Fall", "school_year": "2027"}

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """A column of an export. role: what it is, None for what nobody stores. path: of its value in the document.

    names: its header in each style but the last, in their order.
    """

    role: str | None
    path: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Export:
    """A kind of file: what it is, and of which records of the district it is made."""

    form: str
    resource: str
    columns: tuple[Column, ...]


def _exports() -> Iterator[Export]:
    for entry in yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8")):
        columns = tuple(Column(role, path, tuple(names)) for role, path, *names in entry["columns"])
        yield Export(entry["form"], entry["resource"], columns)


def made_cases() -> Iterator[Case]:
    """Each export under each style."""
    documents: dict[str, list[Row]] = {}
    for record in generate_district(_SEED, _STUDENTS, today=DEMO_TODAY):
        documents.setdefault(record.resource, []).append(record.document)
    students = frozenset(str(d["studentUniqueId"]) for d in documents["Student"])
    with TemporaryDirectory() as folder:
        for number in range(len(_STYLES)):
            for export in _exports():
                path = Path(folder) / f"{export.form}_{number}.csv"
                yield _case(path, export, documents[export.resource], style=number, students=students)


def _case(path: Path, export: Export, rows: Sequence[Row], *, style: int, students: frozenset[str]) -> Case:
    is_named = style < len(_STYLES) - 1
    header = [column.names[style] for column in export.columns] if is_named else []
    names = header or [f"column_{n}" for n in range(1, len(export.columns) + 1)]
    shown = [[_cell(row, column.path, style=style) for column in export.columns] for row in rows]
    lines = [",".join(cells) for cells in [*([header] if header else []), *shown]]
    path.write_text("\n".join(lines) + "\n")
    sample = read_sample_of(file_at(path), shown=_ALL_ROWS)
    assert not isinstance(sample, Finding), sample
    assert list(sample.columns) == names, (sample.columns, names)
    truth = {n: frozenset({c.role}) for n, c in zip(names, export.columns, strict=True) if c.role}
    expected = facts_of(export.resource, rows)
    return Case(f"SIS {_STYLES[style]}", "", sample, export.form, truth, expected, students, _ANSWERS)


def _cell(row: Row, path: str, *, style: int) -> str:
    """A value as such systems write it: dates and grades in the style's own way."""
    found: Any = row
    for member in path.split("."):
        found = found.get(member, "") if isinstance(found, dict) else ""
    text = str(found)
    if "Descriptor#" in text:
        return _code(text.rpartition("#")[2], style=style)
    is_date = len(text) == len("2026-01-01") and text[4:5] == "-"
    return _DATES[style](*text.split("-")) if is_date else text


def _code(value: str, *, style: int) -> str:
    return _CODES.get(value, value) if style % 2 else value


_DATES: tuple[Callable[[str, str, str], str], ...] = (
    lambda y, m, d: f"{y}-{m}-{d}",
    lambda y, m, d: f"{int(m)}/{int(d)}/{y}",
    lambda y, m, d: f"{int(m)}/{int(d)}/{y}",
    lambda y, m, d: f"{y}{m}{d}",
    lambda y, m, d: f"{m}/{d}/{y}",
    lambda y, m, d: f"{d}/{m}/{y}",
    lambda y, m, d: f"{y}-{m}-{d}",
)
_GRADES = "First Second Third Fourth Fifth Sixth Seventh Eighth Ninth Tenth Eleventh Twelfth"
_CODES = {"Female": "F", "Male": "M", "Unexcused Absence": "U", "Excused Absence": "E", "Tardy": "T"} | {
    f"{word} grade": f"{n:02}" for n, word in enumerate(_GRADES.split(" "), 1)
}
