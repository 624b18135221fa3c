"""Rows that wait for a missing parent load by themselves when it comes; all others when they are asked to."""

from __future__ import annotations

import json

import pytest

from homeroom.base.findings import Finding, Place
from homeroom.ingest.quarantine.keeping import Quarantine
from homeroom.ingest.quarantine.replay import replay_quarantine
from homeroom.records.load import operator_leave
from homeroom.records.prepare import Draft
from homeroom.records.write import write_documents
from tests.cast import (
    WORLD,
    district_body,
    enrollment_body,
    offering_body,
    roster_body,
    school_body,
    section_body,
    student_body,
)
from tests.ingest.conftest import Dock, counts_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

BODIES = dict(WORLD)


_ELEMENT = (
    b'<Student xmlns="http://ed-fi.org/5.2.0"><StudentUniqueId>F-1</StudentUniqueId><Name><FirstName>Ines</FirstName>'
    b"<LastSurname>Marlowe</LastSurname></Name><BirthData><BirthDate>2011-03-05</BirthDate></BirthData></Student>"
)


async def states(dock: Dock) -> list[tuple[str, str, int]]:
    return await dock.fetch(
        "select resource, state, count(*) from ingest.quarantine group by 1, 2 order by 1, 2"
    )


async def test_a_row_loads_by_itself_when_the_missing_record_comes_in_a_later_load(dock: Dock) -> None:
    world = dock.write_world()
    (world / "students.jsonl").unlink()
    first = await dock.load(world)
    assert {c.resource for c in first.counts if c.failed} == {
        "StudentSchoolAssociation",
        "StudentSectionAssociation",
    }
    later = await dock.load(dock.write("Student", student_body()))
    assert dict(later.earlier) == {"StudentSchoolAssociation": 1, "StudentSectionAssociation": 1}
    assert await dock.count("edfi.student_section_association") == 1
    assert await states(dock) == [
        ("StudentSchoolAssociation", "replayed", 1),
        ("StudentSectionAssociation", "replayed", 1),
    ]


async def test_a_row_that_went_in_is_no_longer_kept_in_quarantine(dock: Dock) -> None:
    await dock.load(dock.write("StudentSchoolAssociation", enrollment_body(), into="early"))
    await dock.load(dock.write_world())
    assert await dock.fetch("select state, length(row_sealed) from ingest.quarantine") == [("replayed", 0)]


async def test_a_row_that_went_in_keeps_the_file_and_line_it_came_from(dock: Dock) -> None:
    early = dock.write("StudentSchoolAssociation", "", enrollment_body(), into="early")
    first = await dock.load(early)
    world = dock.write_world()
    (world / "studentSchoolAssociations.jsonl").unlink()
    await dock.load(world)
    found = await dock.fetch(
        "select f.batch, f.file, t.source_line from edfi.student_school_association t"
        " join ingest.source f on f.id = t.source"
    )
    assert found == [(first.batch, "early/studentSchoolAssociations.jsonl", 2)]


async def test_a_row_that_waits_for_two_records_goes_in_with_the_second(dock: Dock) -> None:
    early = dock.write("StudentSchoolAssociation", enrollment_body(), into="early")
    await dock.load(early)
    await dock.load(dock.write("Student", student_body(), into="pupils"))
    assert await dock.count("edfi.student_school_association") == 0
    dock.write("LocalEducationAgency", district_body(), into="schools")
    report = await dock.load(dock.write("School", school_body(), into="schools"))
    assert dict(report.earlier) == {"StudentSchoolAssociation": 1}


async def test_a_chain_of_waiting_rows_goes_in_at_once(dock: Dock) -> None:
    world = dock.write_world()
    (world / "sessions.jsonl").unlink()
    await dock.load(world)
    assert await dock.count("edfi.section") == 0
    report = await dock.load(dock.write("Session", BODIES["Session"]))
    assert dict(report.earlier) == {"CourseOffering": 1, "Section": 1, "StudentSectionAssociation": 1}


async def test_a_row_named_inside_a_collection_is_waited_for_too(dock: Dock) -> None:
    world = dock.write_world()
    (world / "classPeriods.jsonl").unlink()
    await dock.load(world)
    report = await dock.load(dock.write("ClassPeriod", BODIES["ClassPeriod"]))
    assert dict(report.earlier) == {"Section": 1, "StudentSectionAssociation": 1}


async def test_a_child_before_its_parent_in_one_file_goes_in_in_the_same_load(dock: Dock) -> None:
    child = district_body() | {
        "localEducationAgencyId": 4200,
        "parentLocalEducationAgencyReference": {"localEducationAgencyId": 4100},
    }
    report = await dock.load(dock.write("LocalEducationAgency", child, district_body()))
    counts = counts_of(report, "LocalEducationAgency")
    assert (counts.inserted, counts.waited, counts.failed) == (1, 1, 0)
    assert not report.earlier


async def test_a_child_waits_for_the_abstract_base_of_what_comes(dock: Dock) -> None:
    await dock.load(dock.write("Course", BODIES["Course"], into="early"))
    dock.write("LocalEducationAgency", district_body())
    report = await dock.load(dock.write("School", school_body()))
    assert dict(report.earlier) == {"Course": 1}


async def test_a_row_waits_for_a_descriptor_that_does_not_exist_yet(dock: Dock) -> None:
    uri = "uri://fernhollow.example/SexDescriptor"
    await dock.load(dock.write("Student", student_body() | {"birthSexDescriptor": f"{uri}#Unsaid"}))
    descriptor = {"namespace": uri, "codeValue": "unsaid", "shortDescription": "Unsaid"}
    report = await dock.load(dock.write("SexDescriptor", descriptor, into="later"))
    assert dict(report.earlier) == {"Student": 1}


async def test_a_waiting_row_that_has_been_overtaken_is_not_loaded_over_the_newer_one(dock: Dock) -> None:
    world = dock.write_world()
    await dock.load(world)
    stale = enrollment_body() | {"schoolYearTypeReference": {"schoolYear": 1066}}
    await dock.load(dock.write("StudentSchoolAssociation", stale, into="stale"))
    newer = enrollment_body() | {"primarySchool": True}
    await dock.load(dock.write("StudentSchoolAssociation", newer, into="newer"))
    year = {"schoolYear": 1066, "schoolYearDescription": "old", "currentSchoolYear": False}
    report = await dock.load(dock.write("SchoolYearType", year, into="years"))
    assert not report.earlier
    assert await states(dock) == [("StudentSchoolAssociation", "dismissed", 1)]
    assert (
        '"primarySchool":true' in (await dock.fetch("select doc from edfi.student_school_association"))[0][0]
    )


async def test_what_is_missing_is_kept_as_a_hash_alone(dock: Dock) -> None:
    await dock.load(dock.write_world())
    await dock.load(dock.write("StudentSchoolAssociation", enrollment_body("F-99887766")))
    ((code, missing, words),) = await dock.fetch("select code, missing, words from ingest.quarantine")
    assert code == "load.missing_parent"
    resource, _, key = missing.partition("|")
    assert resource == "Student"
    assert "F-99887766" not in missing + words
    assert len(key) == 16


async def test_replay_tries_everything_once_more_parents_first(dock: Dock) -> None:
    dock.write("Section", section_body())
    dock.write("StudentSectionAssociation", roster_body())
    await dock.load(dock.write("CourseOffering", offering_body()))
    # What they wait for comes by another way than a load, of which the loader hears nothing.
    await dock.fetch("update ingest.quarantine set missing = 'Nothing|0'")
    world = dock.write_world()
    for name in ("sections", "studentSectionAssociations", "courseOfferings"):
        (world / f"{name}.jsonl").unlink()
    await dock.load(world)
    assert await dock.count("edfi.section") == 0
    report = await replay_quarantine(dock.district)
    assert dict(report.stored) == {"CourseOffering": 1, "Section": 1, "StudentSectionAssociation": 1}


async def test_replay_leaves_what_still_does_not_fit(dock: Dock) -> None:
    await dock.load(dock.write("Student", student_body() | {"birthDate": "never"}))
    report = await replay_quarantine(dock.district)
    assert (dict(report.stored), dict(report.waiting)) == ({}, {"Student": 1})
    assert await states(dock) == [("Student", "waiting", 1)]


async def test_a_waiting_row_does_not_replace_what_another_wrote_while_it_waited(dock: Dock) -> None:
    await dock.load(dock.write_world())
    stale = enrollment_body() | {"schoolYearTypeReference": {"schoolYear": 1066}}
    await dock.load(dock.write("StudentSchoolAssociation", stale, into="stale"))
    # A client writes the record itself; the loader is not told.
    newer = enrollment_body() | {"primarySchool": True}
    kind = dock.district.catalog.kind("StudentSchoolAssociation")
    draft = Draft(kind.document.decode(json.dumps(newer).encode()))
    source = (await dock.fetch("select min(id) from ingest.source"))[0][0]
    leave = operator_leave(dock.district, "StudentSchoolAssociation", task="load", source=source)
    await write_documents(dock.district, "StudentSchoolAssociation", drafts=[draft], leave=leave)
    year = {"schoolYear": 1066, "schoolYearDescription": "old", "currentSchoolYear": False}
    report = await dock.load(dock.write("SchoolYearType", year, into="years"))
    assert not report.earlier
    assert await states(dock) == [("StudentSchoolAssociation", "dismissed", 1)]
    assert (
        '"primarySchool":true' in (await dock.fetch("select doc from edfi.student_school_association"))[0][0]
    )


@pytest.mark.parametrize(
    ("text", "state"),
    [
        (_ELEMENT, "replayed"),
        (b'<Studnet xmlns="http://ed-fi.org/5.2.0"/>', "waiting"),
        (b"<Student", "waiting"),
    ],
)
async def test_an_element_that_an_earlier_release_could_not_read_is_read_again(
    dock: Dock, text: bytes, state: str
) -> None:
    quarantine = Quarantine(dock.district)
    finding = Finding("xml.unknown_element", "Student.Name is no member.", Place("students.xml", 2))
    failure = quarantine.unreadable("Student", line=2, text=text, findings=(finding,), is_document=False)
    batch = (await dock.load(dock.write("Student", student_body("F-2")))).batch
    assert batch
    async with dock.district.database.writing() as connection:
        await quarantine.add(connection, [failure], batch=batch, file="students.xml")
    await replay_quarantine(dock.district)
    assert await states(dock) == [("Student", state, 1)]
    found = await dock.fetch(
        "select f.file, t.source_line from edfi.student t join ingest.source f on f.id = t.source"
        " where t.student_unique_id = 'F-1'"
    )
    assert found == ([("students.xml", 2)] if state == "replayed" else [])
