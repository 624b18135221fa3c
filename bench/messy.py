"""Messy files as jobs in a running server, beside earthmover and a load of what it writes, in one run.

earthmover's projects do the same as our specs or less: of small files it makes the results alone, not the tests,
parts and descriptors that they name; those stand already when its output is loaded.
"""

from __future__ import annotations

from pathlib import Path

from bench import earthmover
from bench.figures import Figures
from bench.jobs import Desk, working
from bench.messy_files import (
    ATTENDANCE,
    ATTENDANCE_SPEC,
    SAMPLES,
    VENDORS,
    WIDE,
    Case,
    write_attendance,
    write_sample_students,
    write_wide,
)
from bench.place import DISTRICT, Place, place_of

STUDENTS = 10_000
_SMALL_AIM = "50"
_LARGE_AIM = "10"
_MEMORY_AIM = "at most 0.33"


async def measure(figures: Figures, rows: int | None) -> None:
    """rows: of the attendance CSV (default 100,000); the wide one has a fifth of them."""
    await _measure(figures, rows or 100_000)


async def measure_full(figures: Figures, rows: int | None) -> None:
    """The sizes of the issue: a million rows of attendance and 200,000 wide ones."""
    await _measure(figures, rows or 1_000_000)


async def _measure(figures: Figures, rows: int) -> None:
    program = earthmover.install()
    async with place_of(figures, students=STUDENTS) as place, working(place) as desk:
        runner = _Runner(figures, place, desk, program)
        folder = place.folder / "messy"
        write_sample_students(folder / "people" / "students.jsonl")
        place.homeroom("load", "--district", DISTRICT, str(folder / "people"))
        for case in VENDORS:
            await runner.run_small(case, _copied(SAMPLES / case.sample, folder / f"{case.project}.csv"))
        await desk.save(ATTENDANCE.spec, ATTENDANCE_SPEC)
        write_attendance(folder / "attendance.csv", rows, STUDENTS)
        await runner.run_large(ATTENDANCE, folder / "attendance.csv", rows)
        write_wide(folder / "wide.csv", rows // 5, STUDENTS)
        await runner.run_large(WIDE, folder / "wide.csv", rows // 5)


class _Runner:
    def __init__(self, figures: Figures, place: Place, desk: Desk, program: Path) -> None:
        self._figures = figures
        self._place = place
        self._desk = desk
        self._program = program

    async def run_small(self, case: Case, path: Path) -> None:
        """Sent twice: as the first file of its kind that this worker sees, and as a later one."""
        first = await self._desk.send(path, case.spec, case.parameters)
        await self._clear(case)
        later = await self._desk.send(path, case.spec, case.parameters)
        count = await self._clear(case)
        words = [w for name, value in case.parameters.items() for w in ("--set", f"{name}={value}")]
        typed = self._place.homeroom(
            "load", "--district", DISTRICT, "--spec", case.spec, *words, str(path)
        ).seconds
        await self._clear(case)
        theirs, memory = await self._their_seconds(case, path, count)
        put = self._figures.put
        put(f"{case.name}, {count} results: job, first of its kind", first.seconds * 1e3, "ms")
        put(f"{case.name}: job, a later one", later.seconds * 1e3, "ms")
        put(f"{case.name}: by command line, its start included", typed, "s")
        put(f"{case.name}: earthmover and a load of its output", theirs, "s")
        put(f"{case.name}: first job against both", theirs / first.seconds, "x", _SMALL_AIM)
        put(f"{case.name}: later job against both", theirs / later.seconds, "x", _SMALL_AIM)
        put(f"{case.name}: memory, share of earthmover's", later.memory / memory, "", _MEMORY_AIM)

    async def run_large(self, case: Case, path: Path, rows: int) -> None:
        """Sent once, after a small file of its kind when there was one."""
        put = self._figures.put
        put(f"{case.name}: rows", rows)
        put(f"{case.name}: bytes of the CSV", path.stat().st_size)
        job = await self._desk.send(path, case.spec, case.parameters)
        await self._clear(case, wanted=rows)
        typed = self._place.homeroom("load", "--district", DISTRICT, "--spec", case.spec, str(path)).seconds
        await self._clear(case, wanted=rows)
        theirs, memory = await self._their_seconds(case, path, rows)
        put(f"{case.name}: job, file to committed rows", rows / job.seconds, "rows/s")
        put(f"{case.name}: by command line, its start included", rows / typed, "rows/s")
        put(f"{case.name}: earthmover and a load of its output", rows / theirs, "rows/s")
        put(f"{case.name}: job against both", theirs / job.seconds, "x", _LARGE_AIM)
        put(f"{case.name}: command line against both", theirs / typed, "x")
        put(f"{case.name}: job's peak memory", job.memory, "MB")
        put(f"{case.name}: earthmover's peak memory", memory, "MB")
        put(f"{case.name}: memory, share of earthmover's", job.memory / memory, "", _MEMORY_AIM)

    async def _their_seconds(self, case: Case, path: Path, count: int) -> tuple[float, float]:
        """Seconds of both steps, and earthmover's megabytes."""
        moved = earthmover.run(self._program, case.project, path)
        loaded = self._place.homeroom("load", "--district", DISTRICT, str(moved.folder)).seconds
        await self._clear(case, wanted=count)
        self._figures.put(f"{case.name}: earthmover alone", moved.seconds, "s")
        return moved.seconds + loaded, moved.memory

    async def _clear(self, case: Case, *, wanted: int | None = None) -> int:
        """Takes the records out again; how many there were. Stops the bench when they are not as many as wanted."""
        found = int((await self._place.sql(f"select count(*) from {case.table}"))[0][0])
        if wanted not in {None, found}:
            raise SystemExit(f"{case.name}: {found:,} of {wanted:,} rows were stored")
        await self._place.sql(f"delete from {case.table}")
        return found


def _copied(sample: Path, path: Path) -> Path:
    path.write_bytes(sample.read_bytes())
    return path
