"""Loading: file to committed rows, with checks, ledger, versions and links; beside a bare COPY of the same rows."""

from __future__ import annotations

import resource
import time
from pathlib import Path

from bench import generate
from bench.figures import Figures
from bench.place import DISTRICT, Place, Ran, place_of

STUDENTS = 10_000
PARTS = 10
TABLE = "edfi.student_school_attendance_event"


async def measure(figures: Figures, rows: int | None) -> None:
    """rows: attendance events (default 200,000); XML and assessments take a quarter and an eighth of them."""
    count = rows or 200_000
    async with place_of(figures, students=STUDENTS) as place:
        path = place.folder / "a" / "studentSchoolAttendanceEvents.jsonl"
        size = generate.write_jsonl(path, generate.attendance(count, STUDENTS))
        figures.put("attendance rows", count)
        figures.put("attendance bytes a record", size / count)
        loaded = _load(place, path)
        first = loaded.seconds
        figures.put("JSON Lines attendance", count / first, "records/s", "25,000")
        figures.put("CPU of the loading process", loaded.cpu_seconds / count * 1e6, "us a record")
        copied = await _copy(place)
        figures.put("bare COPY of the same rows, indexes on", count / copied, "records/s")
        figures.put("share of bare COPY", copied / first, "", "at least 0.33")
        again = _load(place, path).seconds
        figures.put("the same file again, unchanged", count / again, "records/s", "2 x the first")
        figures.put("unchanged against first", first / again, "x", "2")
        await _xml(figures, place, count // 4)
        _assessments(figures, place, count // 8)
        _put_memory(figures)


async def measure_full(figures: Figures, rows: int | None) -> None:
    """rows: attendance events in all (default 10 million), in ten files loaded one after the other."""
    each = (rows or 10_000_000) // PARTS
    async with place_of(figures, students=STUDENTS) as place:
        speeds = []
        for part in range(PARTS):
            path = place.folder / "part" / "studentSchoolAttendanceEvents.jsonl"
            generate.write_jsonl(path, generate.attendance(each, STUDENTS, first=part * each))
            speeds.append(each / _load(place, path).seconds)
            figures.put(f"rows {part * each + 1:,} to {(part + 1) * each:,}", speeds[-1], "records/s")
        figures.put("the last tenth against the first", speeds[-1] / speeds[0], "x", "0.85")
        _put_memory(figures)


def _load(place: Place, path: Path) -> Ran:
    """A whole `homeroom load`, its start included."""
    return place.homeroom("load", "--district", DISTRICT, str(path))


def _put_memory(figures: Figures) -> None:
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    figures.put("peak memory of the loading process", peak, "MB")


async def _copy(place: Place) -> float:
    """Seconds of a COPY of the loaded rows into an empty table with the same indexes."""
    target = "/tmp/homeroom-bench.copy"  # the server's account must reach it
    await place.sql(f"copy (select * from {TABLE}) to '{target}' (format binary)")
    await place.sql(f"create table bare (like {TABLE} including indexes including defaults)")
    began = time.perf_counter()
    await place.sql(f"copy bare from '{target}' (format binary)")
    seconds = time.perf_counter() - began
    await place.sql("drop table bare")
    return seconds


async def _xml(figures: Figures, place: Place, rows: int) -> None:
    await place.sql(f"truncate {TABLE}")
    path = place.folder / "x" / "StudentAttendance.xml"
    generate.write_attendance_xml(path, rows, STUDENTS)
    figures.put("Ed-Fi XML attendance", rows / _load(place, path).seconds, "records/s", "10,000")


def _assessments(figures: Figures, place: Place, rows: int) -> None:
    generate.write_assessment(place.folder / "m")
    _load(place, place.folder / "m")
    path = place.folder / "s" / "studentAssessments.jsonl"
    size = generate.write_jsonl(path, generate.assessment_results(rows, STUDENTS))
    figures.put("assessment bytes a record", size / rows)
    figures.put("nested assessments", rows / _load(place, path).seconds, "records/s", "6,000")
