"""A small mapping spec, files for it, and short ways to load them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest_asyncio

from homeroom.ingest.loading.report import LoadReport
from homeroom.ingest.specs.recognition import SpecRecogniser
from homeroom.ingest.specs.shelf import SpecText
from tests.ingest.conftest import Dock

SPEC_TEXT = """
spec: fernhollow_students
title: Students of Fernhollow
standard: "5.2"
source: the tests' own SIS
parameters:
  first_day: {label: First day of school, kind: date, default: "2026-08-17"}
files:
  students:
    names: ["students*.csv"]
    columns: [Number, First, Last, Born, Grade]
    dates: [M/d/yyyy]
tables:
  grades:
    values: {"9": "uri://ed-fi.org/GradeLevelDescriptor#Ninth grade"}
records:
  - resource: students
    document:
      studentUniqueId: "= [Number]"
      firstName: "= [First]"
      lastSurname: "= [Last]"
      birthDate: "= [Born]"
  - resource: studentSchoolAssociations
    document:
      studentReference: {studentUniqueId: "= [Number]"}
      schoolReference: {schoolId: "= [School]"}
      entryDate: "= first_day"
      entryGradeLevelDescriptor: "= lookup(grades, [Grade])"
"""
HEADER = ("Number", "First", "Last", "Born", "Grade", "School", "Locker")
INES = ("F-1", "Ines", "Marlowe", "3/5/2011", "9", "4101", "17")
SPEC = SpecText("fernhollow_students", SPEC_TEXT, 1)
DAY = date(2026, 11, 20)

Cells = Sequence[str]


def student(number: int, **changes: str) -> Cells:
    """A row of a student who is made by number."""
    row = dict(zip(HEADER, INES, strict=True)) | {"Number": f"F-{number}"} | changes
    return tuple(row.values())


def csv_of(*rows: Cells) -> str:
    """The text of a file with these rows under the header."""
    return "".join(",".join(row) + "\n" for row in (HEADER, *rows))


def recogniser_of(
    dock: Dock, *texts: SpecText, parameters: Mapping[str, str] | None = None
) -> SpecRecogniser:
    """One that knows these specs, and those that are shipped."""
    given = {"load_date": str(DAY), **(parameters or {})}
    return SpecRecogniser(dock.district.catalog.model, own=texts or (SPEC,), chosen=None, parameters=given)


def write_csv(dock: Dock, *rows: Cells, name: str = "students.csv") -> Path:
    """A file with these rows."""
    path = dock.folder / name
    path.write_text(csv_of(*rows), encoding="utf-8")
    return path


async def load_csv(dock: Dock, *rows: Cells, name: str = "students.csv", **options: bool) -> LoadReport:
    """Loads a file with these rows by the tests' spec."""
    return await dock.load_with(recogniser_of(dock), write_csv(dock, *rows, name=name), **options)


@pytest_asyncio.fixture(loop_scope="module")
async def school(dock: Dock) -> Dock:
    """A district with the cast's school in it, and nobody enrolled."""
    world = dock.write_world()
    for file in world.iterdir():
        if file.stem not in {"localEducationAgencies", "schools"}:
            file.unlink()
    await dock.load(world)
    return dock
