"""What the messy scenario reads: vendors' small sample files, and two large files made for it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from bench import generate

SAMPLES: Final = Path(__file__).resolve().parents[2] / "shared" / "samples" / "assessments"
ATTENDANCE_SPEC: Final = """\
spec: bench_attendance
title: Attendance of the bench
standard: "5.2"
files:
  rows: {columns: [Student Number, School Code, Date, Session, Code], dates: [M/d/yyyy]}
tables:
  codes: {values: {A: Unexcused Absence, E: Excused Absence, T: Tardy}}
records:
  - resource: studentSchoolAttendanceEvents
    document:
      studentReference: {studentUniqueId: "= [Student Number]"}
      schoolReference: {schoolId: "= [School Code]"}
      sessionReference: {schoolId: "= [School Code]", schoolYear: 2027, sessionName: "= [Session]"}
      eventDate: = [Date]
      attendanceEventCategoryDescriptor: = lookup(codes, [Code])
"""
_CODES: Final = "AET"
_I_READY: Final = "i-Ready/input/sample_anonymized_file_ela.csv"


@dataclass(frozen=True)
class Case:
    """A file and who reads it: our spec, and the project for earthmover that does the same or less.

    table: where the records go; student: the column with the student's number, of samples that need their students.
    """

    name: str
    spec: str
    project: str
    table: str = "edfi.student_assessment"
    sample: str = ""
    student: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


VENDORS: Final = (
    Case("ACT", "act", "act", sample="ACT/input/sample_anonymized_file.csv", student="ID_Local",
         parameters={"school_year": "2024"}),
    Case("DIBELS 8", "dibels_8", "dibels", sample="Dibels_8_Benchmark/input/sample_anonymized_file.csv",
         student="Student Primary ID"),
    Case("i-Ready", "i_ready_diagnostic", "i_ready", sample=_I_READY, student="Student ID"),
    Case("IB", "ib", "ib", sample="IB/input/sample_anonymized_file.csv", student="student_unique_id"),
)  # fmt: skip
ATTENDANCE: Final = Case(
    "attendance", "bench_attendance", "attendance", table="edfi.student_school_attendance_event"
)
WIDE: Final = Case("wide", "i_ready_diagnostic", "i_ready")


def write_sample_students(path: Path) -> None:
    """The students of the vendors' samples, as JSON Lines."""
    numbers = sorted({row[case.student] for case in VENDORS for row in _rows(SAMPLES / case.sample)})
    path.parent.mkdir(parents=True)
    with path.open("w") as out:
        for number in numbers:
            body = {"studentUniqueId": number, "firstName": "Sample", "lastSurname": number}
            out.write(json.dumps(body | {"birthDate": "2010-01-01"}) + "\n")


def write_attendance(path: Path, rows: int, students: int) -> None:
    """A line for each student and day."""
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["Student Number", "School Code", "Date", "Session", "Code", "Comment"])
        for row in range(rows):
            event = generate.attendance_event(row % students, generate.FIRST_DAY)
            day = generate.FIRST_DAY + timedelta(days=row // students)
            session = event["sessionReference"]
            date = f"{day.month}/{day.day}/{day.year}"
            number = generate.number(row % students)
            out.writerow([number, session["schoolId"], date, session["sessionName"], _CODES[row % 3], ""])


def write_wide(path: Path, rows: int, students: int) -> None:
    """The rows of i-Ready's sample again and again, 65 columns, for other students and days."""
    sample = list(_rows(SAMPLES / _I_READY))
    with path.open("w", newline="") as file:
        out = csv.DictWriter(file, sample[0].keys())
        out.writeheader()
        for row in range(rows):
            day = generate.FIRST_DAY + timedelta(days=row // students)
            date = f"{day.month}/{day.day}/{day.year}"
            whose = {
                "Student ID": generate.number(row % students),
                "Start Date": date,
                "Completion Date": date,
            }
            out.writerow(sample[row % len(sample)] | whose)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        yield from csv.DictReader(file)
