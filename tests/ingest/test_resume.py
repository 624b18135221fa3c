"""A load that breaks off loses nothing that was committed, and goes on from there."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from homeroom.base.settings import Settings
from homeroom.ingest.loading.run import LoadOptions, Progress, load_paths, unfinished_paths
from tests.cast import WORLD, enrollment_body, student_body
from tests.ingest.conftest import Dock, counts_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

_LOADER = """
import asyncio, os, signal, sys
from pathlib import Path
from homeroom.base.settings import parse_settings
from homeroom.ingest.loading.run import LoadOptions, load_paths
from homeroom.records.districts import Districts
from homeroom.store.embedded import EmbeddedServer

home, name, folder, most = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
settings = parse_settings({"HOMEROOM_HOME": str(home)}, current_folder=Path("/"), processors=2)

def die(progress):
    if progress.rows >= most:
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    districts = Districts(EmbeddedServer(settings).start(), home)
    options = LoadOptions(spool_folder=home / "spool", chunk_rows=3)
    await load_paths(await districts.get(name), [folder], options=options, progress=die)

asyncio.run(main())
"""


class BrokenOffError(Exception):
    """Stands for whatever ends a load."""


async def break_off(dock: Dock, folder: Path, *, rows: int) -> None:
    def stop(progress: Progress) -> None:
        if progress.rows >= rows:
            raise BrokenOffError

    options = LoadOptions(spool_folder=dock.folder / "spool", chunk_rows=3)
    with pytest.raises(BrokenOffError):
        await load_paths(dock.district, [folder], options=options, progress=stop)


async def test_a_broken_load_goes_on_where_it_stopped(dock: Dock) -> None:
    folder = dock.write_world()
    dock.write("Student", *[student_body(f"F-{n}") for n in range(2, 20)], into="world")
    await break_off(dock, folder, rows=12)
    before = await dock.count("edfi.student")
    assert 0 < before < 19
    report = await dock.load(folder, chunk_rows=3)
    assert report.is_resumed
    counts = counts_of(report, "Student")
    assert (counts.considered, counts.inserted, counts.unchanged) == (19, 19, 0)
    assert report.stored == len(WORLD) + 18
    assert await dock.fetch("select state from ingest.batch") == [("finished",)]


async def test_other_content_begins_a_load_of_its_own(dock: Dock) -> None:
    folder = dock.write("Student", *[student_body(f"F-{n}") for n in range(9)])
    await break_off(dock, folder, rows=3)
    dock.write("Student", student_body("F-10"))
    report = await dock.load(folder)
    assert not report.is_resumed
    assert (report.stored, report.unchanged) == (7, 3)


async def test_the_paths_of_a_broken_load_can_be_asked_for(dock: Dock) -> None:
    assert await unfinished_paths(dock.district) == []
    folder = dock.write("Student", *[student_body(f"F-{n}") for n in range(9)])
    await break_off(dock, folder, rows=3)
    assert await unfinished_paths(dock.district) == [folder]
    await dock.load(folder)
    assert await unfinished_paths(dock.district) == []


async def test_failures_before_the_break_are_still_in_the_report(dock: Dock) -> None:
    bad = student_body("F-0") | {"birthDate": "never"}
    folder = dock.write("Student", bad, *[student_body(f"F-{n}") for n in range(1, 9)])
    await break_off(dock, folder, rows=3)
    report = await dock.load(folder)
    assert (report.stored, report.failed, len(report.causes)) == (8, 1, 1)
    assert await dock.count("ingest.quarantine") == 1


@pytest.mark.parametrize("rows", [1, 14])
async def test_a_killed_process_leaves_nothing_half_written(
    dock: Dock, settings: Settings, rows: int
) -> None:
    folder = dock.write_world()
    dock.write("Student", *[student_body(f"F-{n}") for n in range(2, 20)], into="world")
    command = [sys.executable, "-c", _LOADER, str(settings.home), dock.district.name, str(folder), str(rows)]
    killed = subprocess.run(command, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()[-2000:]
    assert list((settings.home / "spool").iterdir()) == []
    report = await dock.load(folder)
    assert report.is_resumed
    assert (report.considered, report.stored, report.failed) == (len(WORLD) + 18,) * 2 + (0,)
    assert await dock.count("edfi.student") == 19


@pytest.mark.parametrize("rows", range(1, 6))
async def test_what_waits_goes_in_although_the_load_broke_off_just_when_its_parent_came(
    dock: Dock, rows: int
) -> None:
    await dock.load(dock.write("StudentSchoolAssociation", enrollment_body(), into="early"))
    world = dock.write_world()
    (world / "studentSchoolAssociations.jsonl").unlink()
    await break_off(dock, world, rows=rows)
    await dock.load(world)
    assert await dock.count("edfi.student_school_association") == 1
    assert await dock.fetch("select state from ingest.quarantine") == [("replayed",)]


async def test_a_broken_load_of_xml_goes_on_too(dock: Dock) -> None:
    folder = dock.write("Student")
    students = "".join(
        f"<Student><StudentUniqueId>F-{n}</StudentUniqueId><Name><FirstName>A</FirstName>"
        "<LastSurname>B</LastSurname></Name><BirthData><BirthDate>2011-03-05</BirthDate></BirthData></Student>"
        for n in range(9)
    )
    (folder / "Student.xml").write_text(
        f'<InterchangeStudent xmlns="http://ed-fi.org/5.2.0">{students}<Bogus/></InterchangeStudent>'
    )
    await break_off(dock, folder, rows=5)
    report = await dock.load(folder, chunk_rows=3)
    assert report.is_resumed
    assert (report.considered, report.stored, report.failed) == (10, 9, 1)
    assert await dock.count("ingest.quarantine") == 1
