"""Loads that are killed and begun again end as if nothing had happened: each row once, each fault kept once.

`conftest` says how to kill each kind of process as often as one likes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest

from homeroom.records.district import District
from tests.cast import SCHOOL_ID, Body, enrollment_body, period_body, section_body, student_body
from tests.cli.conftest import COMMAND, environment_of
from tests.crash.arena import Arena, opened
from tests.crash.dice import Dice
from tests.crash.installation import Installation, postmaster_pids
from tests.crash.soundness import durability, fetch, orphans, reused_versions, unaccounted, untrue_links

STUDENTS: Final = 4_500
SECTIONS: Final = 300
PERIODS: Final = 20
EARLY: Final = 60  # enrolments that an earlier load brought, before their students
FAULTS: Final = 10  # of students, and so of their enrolments; of sections too
_MOST_KILLS_OF_ONE_LOAD: Final = 3
_PATIENCE_SECONDS: Final = 300
_RESOURCES: Final = ("Student", "StudentSchoolAssociation", "ClassPeriod", "Section")
_FAULT_OF_OURS: Final = "fault of Homeroom itself"
_IS_THERE: Final = (
    "select exists (select from pg_stat_activity where datname = $1 and backend_start >= to_timestamp($2::float8)"
    " and application_name = 'homeroom')"
)


class Victim(StrEnum):
    """What is killed while it loads."""

    LOADER = "loader"
    POSTMASTER = "postmaster"


@dataclass(frozen=True)
class Drop:
    """Files in a folder; everything in them has this name in its key."""

    folder: Path
    name: str

    def write(self) -> None:
        """A few thousand rows, of which some are faulty, some name what does not come, and some are awaited."""
        late = [f"{self.name}-late-{n}" for n in range(EARLY)]
        students = [self._student(n) for n in range(STUDENTS)]
        for n, number in enumerate(late):
            students.insert(n * (STUDENTS // EARLY), student_body(number))
        self._write("early/studentSchoolAssociations", [enrollment_body(number) for number in late])
        self._write("main/students", students)
        self._write(
            "main/studentSchoolAssociations", [enrollment_body(f"{self.name}-{n}") for n in range(STUDENTS)]
        )
        self._write("main/classPeriods", [period_body(f"{self.name} {n}") for n in range(PERIODS)])
        self._write("main/sections", [self._section(n) for n in range(SECTIONS)])

    def _student(self, n: int) -> Body:
        fault = {"birthDate": "never"} if n % (STUDENTS // FAULTS) == 7 else {}
        return student_body(f"{self.name}-{n}", f"Ines {n}") | fault

    def _section(self, n: int) -> Body:
        other = "missing" if n % (SECTIONS // FAULTS) == 7 else (n + 1) % PERIODS
        named = [f"{self.name} {n % PERIODS}", f"{self.name} {other}"]
        periods = [{"classPeriodReference": {"classPeriodName": p, "schoolId": SCHOOL_ID}} for p in named]
        return section_body() | {"sectionIdentifier": f"{self.name}-{n}", "classPeriods": periods}

    def _write(self, file: str, bodies: Sequence[Body]) -> None:
        path = self.folder / f"{file}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(body) + "\n" for body in bodies))


class Loads:
    """`homeroom load` as its users run it."""

    def __init__(self, installation: Installation, arena: Arena) -> None:
        self._home = installation.home
        self._command = [*COMMAND, "load", "--district", arena.name, "--json"]
        self._watched = installation.database.dsn("postgres")
        self._database = arena.database
        self.opened = partial(opened, installation, arena.name)

    def finish(self, folder: Path) -> dict[str, Any]:
        """The report of a load that nobody disturbs."""
        loading = self._start(folder)
        said, faults = loading.communicate(timeout=600)
        assert loading.returncode in {0, 1}, faults
        assert said, faults
        return dict(json.loads(said))

    async def kill(self, folder: Path, victim: Victim, *, after: float) -> bool:
        """Begins a load and kills so many seconds after it has come to the district; False when it was over before."""
        loading = self._start(folder)
        await self._session_since(time.time())
        await asyncio.sleep(after)
        is_over = loading.poll() is not None
        if not is_over:
            for pid in [loading.pid] if victim is Victim.LOADER else postmaster_pids(self._home):
                os.kill(pid, signal.SIGKILL)
        _, faults = await asyncio.to_thread(loading.communicate)
        # One whose database has gone says so in a sentence; it may also have done all but print its report.
        was_killed = not is_over and victim is Victim.LOADER
        assert loading.returncode in ({-signal.SIGKILL} if was_killed else {0, 1}), faults
        assert _FAULT_OF_OURS not in faults, faults
        return not is_over

    async def _session_since(self, began_at: float) -> None:
        """Waits for a session in the district that began later; the load starts the database where it must."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                with contextlib.suppress(OSError, asyncpg.PostgresError):
                    connection = await asyncpg.connect(self._watched)
                    try:
                        while not await connection.fetchval(_IS_THERE, self._database, began_at):
                            await asyncio.sleep(0.01)
                    finally:
                        await connection.close()
                    return
                await asyncio.sleep(0.05)

    def _start(self, folder: Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self._command, str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment_of(self._home),
        )


@pytest.fixture
def loads(installation: Installation, arena: Arena) -> Loads:
    return Loads(installation, arena)


@pytest.mark.parametrize("victim", list(Victim))
async def test_a_load_that_is_killed_ends_as_if_it_were_not(
    loads: Loads, victim: Victim, dice: Dice, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    chance = dice.of(victim)
    rehearsal = Drop(tmp_path / "rehearsal", f"load-{victim}-rehearsal")
    rehearsal.write()
    seconds = loads.finish(rehearsal.folder / "main")["seconds"]
    killed, resumed, drops = 0, 0, 0
    while killed < dice.kills:
        drops += 1
        assert drops <= 4 * dice.kills, "the loads are over before they can be killed"
        drop = Drop(tmp_path / str(drops), f"load-{victim}-{drops}")
        drop.write()
        loads.finish(drop.folder / "early")
        for _ in range(min(_MOST_KILLS_OF_ONE_LOAD, dice.kills - killed)):
            after = chance.uniform(0, seconds)
            if not await loads.kill(drop.folder / "main", victim, after=after):
                break
            killed += 1
        resumed += loads.finish(drop.folder / "main")["is_resumed"]
        async with loads.opened() as district:
            await _check_drop(district, drop)
    async with loads.opened() as district:
        await _check_district(district)
    told = f"{victim}: {killed} kills, {drops} loads, of which {resumed} had to be resumed"
    request.node.add_report_section("call", "loads", told)


async def _check_drop(district: District, drop: Drop) -> None:
    students = await _names(district, "edfi.student", "student_unique_id", drop)
    assert len(students) == STUDENTS + EARLY - FAULTS
    enrolled = await _names(district, "edfi.student_school_association", "student_unique_id", drop)
    assert enrolled == students
    assert len(await _names(district, "edfi.class_period", "class_period_name", drop)) == PERIODS
    assert len(await _names(district, "edfi.section", "section_identifier", drop)) == SECTIONS - FAULTS
    # One that was killed when all was done is begun anew, and finds nothing changed: its faults replace the others.
    assert set(await _batches(district, drop)) == {("early", "finished"), ("main", "finished")}
    assert await _quarantine(district, drop) == [
        ("early/studentSchoolAssociations.jsonl", "replayed", EARLY, EARLY),
        ("main/sections.jsonl", "waiting", FAULTS, FAULTS),
        ("main/studentSchoolAssociations.jsonl", "waiting", FAULTS, FAULTS),
        ("main/students.jsonl", "waiting", FAULTS, FAULTS),
    ]
    assert await _checkpoints(district, drop) == {
        "ClassPeriod": (PERIODS, PERIODS, PERIODS, 0, 0),
        "Section": (SECTIONS, SECTIONS, SECTIONS - FAULTS, 0, FAULTS),
        "Student": (STUDENTS + EARLY, STUDENTS + EARLY, STUDENTS + EARLY - FAULTS, 0, FAULTS),
        "StudentSchoolAssociation": (STUDENTS, STUDENTS, STUDENTS - FAULTS, 0, FAULTS),
    }


async def _names(district: District, table: str, column: str, drop: Drop) -> list[str]:
    """Names of what is stored of a drop; a name that were stored twice would be there twice."""
    rows = await fetch(
        district,
        f"select {column} from {table} where starts_with({column}, $1) or starts_with({column}, $2) order by 1",
        f"{drop.name}-",
        f"{drop.name} ",
    )
    return [name for (name,) in rows]


async def _batches(district: District, drop: Drop) -> list[tuple[str, str]]:
    rows = await fetch(
        district,
        "select paths[1], state from ingest.batch where starts_with(paths[1], $1) order by 1",
        f"{drop.folder}/",
    )
    return [(Path(path).name, state) for path, state in rows]


async def _quarantine(district: District, drop: Drop) -> list[tuple[str, str, int, int]]:
    """(file, state, rows, distinct lines) of what was not overtaken."""
    return await fetch(
        district,
        "select q.file, q.state, count(*), count(distinct q.line) from ingest.quarantine q"
        " join ingest.batch b on b.id = q.batch where starts_with(b.paths[1], $1) and q.state <> 'dismissed'"
        " group by 1, 2 order by 1, 2",
        f"{drop.folder}/",
    )


async def _checkpoints(district: District, drop: Drop) -> dict[str, tuple[int, ...]]:
    """resource -> (rows read, considered, inserted, updated or unchanged, failed) of the first main load."""
    rows = await fetch(
        district,
        "select c.resource, c.position, c.counts from ingest.checkpoint c join ingest.batch b on b.id = c.batch"
        " where b.id = (select min(id) from ingest.batch where paths[1] = $1)",
        str(drop.folder / "main"),
    )
    found: dict[str, tuple[int, ...]] = {}
    for resource, position, counts in rows:
        considered, inserted, updated, unchanged, failed = json.loads(counts)[resource]
        found[resource] = (position, considered, inserted, updated + unchanged, failed)
    return found


async def _check_district(district: District) -> None:
    assert set((await durability(district)).values()) == {"on"}
    assert await orphans(district) == {}
    assert await unaccounted(district, _RESOURCES) == []
    assert await reused_versions(district, _RESOURCES) == []
    assert await untrue_links(district, "Section", member="classPeriodReference", target="ClassPeriod") == []
