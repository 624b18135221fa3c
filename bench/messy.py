"""Messy files: an attendance CSV to committed records, beside earthmover and a load of what it writes, in one run.

earthmover 0.4.10 (PyPI, Apache-2.0) is installed into an environment of its own; its project here is ours.
"""

from __future__ import annotations

import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from bench import generate
from bench.figures import Figures
from bench.place import DISTRICT, place_of

STUDENTS = 10_000
RESOURCE = "studentSchoolAttendanceEvents"
TABLE = "edfi.student_school_attendance_event"
_CODES = {"A": "Unexcused Absence", "E": "Excused Absence", "T": "Tardy"}
_SPEC = """\
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
_PROJECT = """\
version: 2
config: {output_dir: ./out, show_progress: False}
sources:
  rows: {file: ./attendance.csv, header_rows: 1}
transformations:
  mapped:
    source: $sources.rows
    operations:
      - operation: map_values
        column: Code
        mapping: {A: Unexcused Absence, E: Excused Absence, T: Tardy}
      - {operation: date_format, column: Date, from_format: "%m/%d/%Y", to_format: "%Y-%m-%d"}
      - {operation: rename_columns, columns: {Student Number: student, School Code: school}}
destinations:
  studentSchoolAttendanceEvents:
    source: $transformations.mapped
    template: ./attendance.jsont
    extension: jsonl
    linearize: True
"""
_TEMPLATE = (
    '{"studentReference": {"studentUniqueId": "{{ student }}"}, "schoolReference": {"schoolId": {{ school }}},'
    ' "sessionReference": {"schoolId": {{ school }}, "schoolYear": 2027, "sessionName": "{{ Session }}"},'
    ' "eventDate": "{{ Date }}",'
    ' "attendanceEventCategoryDescriptor": "uri://ed-fi.org/AttendanceEventCategoryDescriptor#{{ Code }}"}'
)


async def measure(figures: Figures, rows: int | None) -> None:
    """rows: of the CSV (default one million)."""
    count = rows or 1_000_000
    earthmover = _install()
    async with place_of(figures, students=STUDENTS) as place:
        folder = place.folder / "messy"
        folder.mkdir()
        size = _write_csv(folder / "attendance.csv", count)
        figures.put("rows", count)
        figures.put("bytes of the CSV", size)
        spec = folder / "bench_attendance.yaml"
        spec.write_text(_SPEC)
        csv_file = str(folder / "attendance.csv")
        ours = place.homeroom("load", "--district", DISTRICT, "--spec", str(spec), csv_file).seconds
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        found = (await place.sql(f"select count(*) from {TABLE}"))[0][0]
        if found != count:
            raise SystemExit(f"{found:,} of {count:,} rows were stored")
        figures.put("Homeroom, CSV to committed rows, its start included", count / ours, "rows/s")
        figures.put("Homeroom, peak memory of the process", memory, "MB")
        await place.sql(f"delete from {TABLE}")
        theirs, their_memory = _run_earthmover(earthmover, folder)
        figures.put("earthmover, CSV to JSON Lines", count / theirs, "rows/s")
        figures.put("earthmover, peak memory", their_memory, "MB")
        loaded = place.homeroom("load", "--district", DISTRICT, str(folder / "out")).seconds
        figures.put("a load of what it wrote", count / loaded, "rows/s")
        figures.put("Homeroom against both together", (theirs + loaded) / ours, "x", "10")
        figures.put("memory, share of earthmover's", memory / their_memory, "", "at most 0.33")


def _install() -> Path:
    folder = Path(tempfile.gettempdir()) / f"homeroom-bench-earthmover-{os.geteuid()}"
    program = folder / "bin" / "earthmover"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "earthmover==0.4.10"]
        subprocess.run(pip, check=True)
    return program


def _run_earthmover(program: Path, folder: Path) -> tuple[float, float]:
    """Seconds, and megabytes at its peak."""
    (folder / "earthmover.yaml").write_text(_PROJECT)
    (folder / "attendance.jsont").write_text(_TEMPLATE)
    began = time.perf_counter()
    running = subprocess.Popen([str(program), "run", "-c", "earthmover.yaml"], cwd=folder)
    _, status, used = os.wait4(running.pid, 0)
    if status:
        raise SystemExit("earthmover failed")
    return time.perf_counter() - began, used.ru_maxrss / 1024


def _write_csv(path: Path, rows: int) -> int:
    codes = list(_CODES)
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["Student Number", "School Code", "Date", "Session", "Code", "Comment"])
        for row in range(rows):
            student = row % STUDENTS
            event = generate.attendance_event(student, generate.FIRST_DAY)
            day = generate.FIRST_DAY + timedelta(days=row // STUDENTS)
            session = event["sessionReference"]
            out.writerow(
                [
                    generate.number(student),
                    session["schoolId"],
                    f"{day.month}/{day.day}/{day.year}",
                    session["sessionName"],
                    codes[row % 3],
                    "",
                ]
            )
    return path.stat().st_size
