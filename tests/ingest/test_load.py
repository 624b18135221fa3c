"""Files to committed records: order, counts, what is kept out and why, what is not written again."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from homeroom.ingest.loading.report import parse_report, render_json, render_text
from homeroom.ingest.loading.run import LoadOptions, Progress, load_paths
from homeroom.records.districts import Districts
from tests.cast import WORLD, enrollment_body, school_body, student_body
from tests.ingest.conftest import Dock, codes_of, counts_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_folder_loads_in_order_of_dependency_whatever_its_files_are_called(dock: Dock) -> None:
    report = await dock.load(dock.write_world())
    assert (report.considered, report.stored, report.failed) == (len(WORLD), len(WORLD), 0)
    assert await dock.fetch("select student_unique_id, school_id from edfi.student_school_association") == [
        ("F-1", 4101)
    ]


async def test_a_record_knows_its_file_and_line(dock: Dock) -> None:
    folder = dock.write("Student", "", student_body("F-1"), student_body("F-2"))
    report = await dock.load(folder)
    found = await dock.fetch(
        "select t.student_unique_id, f.batch, f.file, t.source_line from edfi.student t"
        " join ingest.source f on f.id = t.source order by 1"
    )
    assert found == [
        ("F-1", report.batch, "drop/students.jsonl", 2),
        ("F-2", report.batch, "drop/students.jsonl", 3),
    ]


async def test_every_write_is_in_the_ledger_under_the_loaders_name(dock: Dock) -> None:
    await dock.load(dock.write("Student", student_body("F-1"), student_body("F-2")))
    entries = await dock.fetch(
        "select actor, action, rows from trust.ledger_entry where resource = 'Student'"
    )
    assert entries == [("operator:load", "Create", 2)]


async def test_what_has_not_changed_is_not_written_again(dock: Dock) -> None:
    folder = dock.write_world()
    await dock.load(folder)
    versions = "select change_version from edfi.student"
    before = await dock.fetch(versions)
    report = await dock.load(folder)
    assert (report.stored, report.unchanged) == (0, len(WORLD))
    assert await dock.fetch(versions) == before


async def test_full_writes_what_has_not_changed(dock: Dock) -> None:
    folder = dock.write_world()
    await dock.load(folder)
    report = await dock.load(folder, rewrites_unchanged=True)
    assert sum(c.updated for c in report.counts) == len(WORLD)


async def test_a_bad_row_alone_stays_out_and_is_kept_sealed_with_reason_and_remedy(dock: Dock) -> None:
    bad = student_body("F-2") | {"birthDate": "never", "firstName": "Cassandra"}
    folder = dock.write("Student", student_body("F-1"), bad, student_body("F-3"))
    report = await dock.load(folder)
    assert (report.stored, report.failed) == (2, 1)
    rows = await dock.fetch(
        "select file, line, resource, code, path, words, remedy, state, row_sealed from ingest.quarantine"
    )
    ((file, line, resource, code, path, words, remedy, state, sealed),) = rows
    assert (file, line, resource, state) == ("drop/students.jsonl", 2, "Student", "waiting")
    assert (code, path) == ("type", "$.birthDate")
    assert remedy
    assert "never" not in words
    assert b"Cassandra" not in sealed
    place = f"quarantine:{resource}:{line}:{file}".encode()
    assert b"Cassandra" in dock.district.keys.unseal(sealed, place=place)


async def test_the_same_bad_row_sent_again_waits_once(dock: Dock) -> None:
    folder = dock.write("Student", student_body("F-2") | {"birthDate": "never"})
    await dock.load(folder)
    await dock.load(folder)
    states = await dock.fetch("select state from ingest.quarantine order by id")
    assert states == [("dismissed",), ("waiting",)]


async def test_blanks_at_the_ends_are_forgiven(dock: Dock) -> None:
    report = await dock.load(dock.write("Student", student_body(" F-7 ")))
    assert report.stored == 1
    assert await dock.fetch("select student_unique_id from edfi.student") == [("F-7",)]


async def test_a_document_may_come_with_its_evidence_beside_it(dock: Dock) -> None:
    wrapped = {"evidence": ["grade", "school"], "document": student_body("F-1")}
    assert (await dock.load(dock.write("Student", wrapped))).stored == 1


async def test_failures_are_counted_to_the_record_that_is_missing_at_the_root(dock: Dock) -> None:
    folder = dock.write_world()
    (folder / "schools.jsonl").unlink()
    (folder / "students.jsonl").write_text(json.dumps(student_body() | {"birthDate": "never"}) + "\n")
    dock.write("StudentSchoolAssociation", enrollment_body("F-9"), into="world")
    report = await dock.load(folder)
    causes = {(c.resource, c.is_missing): c for c in report.causes}
    school = causes["School", True]
    assert school.causes == 1
    # The roster names a section, which names an offering, which names a session of the missing school.
    assert set(school.failures) >= {"Session", "CourseOffering", "Section", "ClassPeriod"}
    assert sum(c.rows for c in report.causes) == report.failed
    assert "1 missing school causes" in school.sentence


async def test_descriptors_of_the_load_come_before_what_uses_them(dock: Dock) -> None:
    uri = "uri://fernhollow.example/SexDescriptor"
    dock.write("Student", student_body() | {"birthSexDescriptor": f"{uri}#Unsaid"})
    folder = dock.write(
        "SexDescriptor", {"namespace": uri, "codeValue": "Unsaid", "shortDescription": "Unsaid"}
    )
    assert (await dock.load(folder)).failed == 0


async def test_a_zip_loads_as_its_files_would(dock: Dock) -> None:
    folder = dock.write_world()
    path = dock.folder / "all.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in folder.iterdir():
            archive.write(file, f"inner/{file.name}")
    report = await dock.load(path)
    assert report.stored == len(WORLD)
    assert codes_of(report) == ["package.folders"]


async def test_many_chunks_come_to_the_same_as_one(dock: Dock) -> None:
    folder = dock.write("Student", *[student_body(f"F-{n}") for n in range(25)])
    report = await dock.load(folder, chunk_rows=4)
    assert report.stored == 25
    points = await dock.fetch("select position from ingest.checkpoint where resource = 'Student'")
    assert points == [(25,)]
    assert await dock.fetch("select count(*) from trust.ledger_entry where resource = 'Student'") == [(7,)]


async def test_two_lines_of_one_key_are_written_in_order(dock: Dock) -> None:
    folder = dock.write("Student", student_body("F-1", "First"), student_body("F-1", "Second"))
    report = await dock.load(folder)
    assert (counts_of(report, "Student").inserted, counts_of(report, "Student").updated) == (1, 1)
    assert '"Second"' in (await dock.fetch("select doc from edfi.student"))[0][0]


async def test_the_report_reads_as_text_and_comes_back_from_json(dock: Dock) -> None:
    folder = dock.write("Student", student_body(), student_body("F-2") | {"birthDate": "never"})
    report = await dock.load(folder)
    assert parse_report(render_json(report)) == report
    assert (await dock.fetch("select counts from ingest.batch"))[0][0] == render_json(report)
    text = render_text(report)
    assert "1 stored, 0 unchanged, 1 failed" in text
    assert "drop/students.jsonl:2" in text
    assert "never" not in text


async def test_progress_is_told_by_resource(dock: Dock) -> None:
    told: list[Progress] = []
    options = LoadOptions(spool_folder=dock.folder / "spool")
    await load_paths(dock.district, [dock.write_world()], options=options, progress=told.append)
    assert told[0].resource is None
    assert told[-1].resource == "StudentSectionAssociation"
    assert told[-1].rows == len(WORLD)


async def test_a_file_nobody_can_name_a_resource_for_is_told_and_the_rest_loads(dock: Dock) -> None:
    folder = dock.write("Student", student_body())
    (folder / "pupils.jsonl").write_text("{}\n")
    (folder / "readme.md").write_text("hello")
    report = await dock.load(folder)
    assert report.stored == 1
    assert sorted(codes_of(report)) == ["load.unknown_file", "load.unknown_resource"]


async def test_a_path_that_is_not_there_is_told(dock: Dock) -> None:
    report = await dock.load(Path("/nowhere/at/all"))
    assert codes_of(report) == ["load.no_such_path"]


async def test_a_school_that_comes_with_its_district_in_one_file_order_is_stored(dock: Dock) -> None:
    dock.write("School", school_body(), into="b")
    dock.write("LocalEducationAgency", dict(WORLD)["LocalEducationAgency"], into="a")
    report = await dock.load(dock.folder / "b", dock.folder / "a")
    assert report.failed == 0


async def test_a_district_of_the_newer_standard_takes_both_forms(
    districts: Districts, tmp_path: Path
) -> None:
    district = await districts.create("t-newer", standard="6.1", is_sandbox=False, is_empty=False)
    newer = Dock(district, tmp_path)
    folder = newer.write("Student", student_body("F-1"))
    (folder / "Student.xml").write_text(
        '<InterchangeStudent xmlns="http://ed-fi.org/6.1.0"><Student><StudentUniqueId>F-2</StudentUniqueId>'
        "<Name><FirstName>A</FirstName><LastSurname>B</LastSurname></Name>"
        "<BirthData><BirthDate>2011-03-05</BirthDate></BirthData></Student></InterchangeStudent>"
    )
    (folder / "Older.xml").write_text('<InterchangeStudent xmlns="http://ed-fi.org/5.2.0"/>')
    report = await newer.load(folder)
    await districts.drop("t-newer")
    assert (report.stored, report.failed) == (2, 0)
    assert codes_of(report) == ["xml.other_version"]
