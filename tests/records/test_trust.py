"""Nothing is read or written without a Grant, a ledger entry and the fence."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from homeroom.records.outcomes import Inserted
from homeroom.records.read import PageRequest, read_page
from homeroom.standard.filters import filters_of
from homeroom.trust.grant import Action
from tests.cast import DISTRICT_ID, SCHOOL_ID, district_body, school_body, student_body
from tests.records.conftest import Desk

pytestmark = pytest.mark.asyncio(loop_scope="module")

_DEMOGRAPHICS = {
    "educationOrganizationReference": {"educationOrganizationId": SCHOOL_ID},
    "studentReference": {"studentUniqueId": "F-1"},
    "limitedEnglishProficiencyDescriptor": "uri://ed-fi.org/LimitedEnglishProficiencyDescriptor#Limited",
    "races": [{"raceDescriptor": "uri://ed-fi.org/RaceDescriptor#White"}],
    "loginId": "ines",
}


async def _demographics(desk: Desk) -> Inserted:
    await desk.put("LocalEducationAgency", district_body())
    await desk.put("School", school_body())
    await desk.put("Student", student_body())
    outcome = await desk.write("StudentEducationOrganizationAssociation", _DEMOGRAPHICS)
    assert isinstance(outcome, Inserted)
    return outcome


async def test_without_a_grant_no_row_about_a_person_can_be_seen(desk: Desk) -> None:
    await desk.build_world()
    async with desk.district.database.connection() as connection:
        for table in ("student", "student_school_association", "section", "before_image"):
            if table == "section":
                continue
            assert await connection.fetchval(f"select count(*) from edfi.{table}") == 0
    async with desk.district.database.reading([SCHOOL_ID]) as connection:
        assert await connection.fetchval("select count(*) from edfi.student_school_association") == 1
    async with desk.district.database.reading([999]) as connection:
        assert await connection.fetchval("select count(*) from edfi.student_school_association") == 0


async def test_the_application_role_owns_nothing_and_cannot_mend_the_ledger(desk: Desk) -> None:
    owned = await desk.fetch("select relname from pg_class where pg_get_userbyid(relowner) = current_user")
    assert owned == []
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await desk.fetch("delete from trust.ledger_entry")


async def test_every_read_and_write_has_its_entry(desk: Desk) -> None:
    uuid = await desk.put("Student", student_body())
    await desk.put("Student", student_body("F-2"))
    await desk.read("Student", uuid)
    await desk.list("Student")
    rows = await desk.fetch(
        "select action, rows, cardinality(records) as size from trust.ledger_entry"
        " where actor = 'client:test-client' order by id"
    )
    assert [tuple(r) for r in rows] == [("Create", 1, 1), ("Create", 1, 1), ("Read", 1, 1), ("Read", 2, 2)]


async def test_sensitive_members_are_sealed_and_come_back_whole(desk: Desk) -> None:
    outcome = await _demographics(desk)
    rows = await desk.fetch(
        "select doc, sealed, limited_english_proficiency_descriptor_id as plain"
        " from edfi.student_education_organization_association"
    )
    assert "races" not in rows[0]["doc"]
    assert "Limited" not in rows[0]["doc"]
    assert rows[0]["plain"] is None
    assert b"White" not in rows[0]["sealed"]
    links = await desk.fetch(
        "select count(*) from edfi.student_education_organization_association__descriptor"
    )
    assert links[0][0] == 0
    body = await desk.read("StudentEducationOrganizationAssociation", outcome.uuid)
    assert body is not None
    assert body["races"] == _DEMOGRAPHICS["races"]
    assert body["limitedEnglishProficiencyDescriptor"] == _DEMOGRAPHICS["limitedEnglishProficiencyDescriptor"]


async def test_sealed_scalar_can_be_asked_for_by_equality(desk: Desk) -> None:
    await _demographics(desk)
    resource = "StudentEducationOrganizationAssociation"
    model = desk.district.catalog.model
    wanted = filters_of(model, model.resources[resource])["limitedenglishproficiencydescriptor"]
    for value, seen in (("#Limited", 1), ("#NotLimited", 0)):
        uri = "uri://ed-fi.org/LimitedEnglishProficiencyDescriptor" + value
        grant = desk.grant(resource, Action.READ)
        page = await read_page(desk.district, grant, wanted=PageRequest(limit=5, filters=((wanted, uri),)))
        assert len(page.bodies) == seen


async def test_replaced_rows_are_kept_as_before_images(desk: Desk) -> None:
    await desk.put("Student", student_body())
    await desk.put("Student", student_body(first_name="Inez"))
    rows = await desk.fetch("select doc from edfi.before_image where resource = 'Student'")
    assert len(rows) == 1
    assert '"firstName":"Ines"' in rows[0]["doc"]


async def test_newest_version_stays_below_a_writer_that_still_runs(desk: Desk) -> None:
    await desk.put("Student", student_body())
    settled = await desk.district.database.newest_change_version()
    opened, done = asyncio.Event(), asyncio.Event()

    async def slow_writer() -> None:
        async with desk.district.database.writing() as connection:
            await connection.fetchval("select nextval('edfi.change_version')")
            opened.set()
            await done.wait()

    task = asyncio.create_task(slow_writer())
    await opened.wait()
    await desk.put("Student", student_body("F-2"))
    assert await desk.district.database.newest_change_version() == settled
    done.set()
    await task
    assert await desk.district.database.newest_change_version() == settled + 2


async def test_hidden_members_are_left_out(desk: Desk) -> None:
    from dataclasses import replace

    from homeroom.records.read import read_records

    uuid = await desk.put("Student", student_body())
    grant = replace(desk.grant("Student", Action.READ), hidden=frozenset({"firstName"}))
    record = (await read_records(desk.district, grant, uuids=[uuid]))[uuid]
    assert "firstName" not in record.body
    assert "lastSurname" in record.body
    assert DISTRICT_ID


async def test_refused_numbers_are_dropped_at_the_door_and_told(desk: Desk) -> None:
    await desk.put("LocalEducationAgency", district_body())
    await desk.put("School", school_body())
    await desk.put("Student", student_body())
    system = "uri://ed-fi.org/StudentIdentificationSystemDescriptor"
    code = {"assigningOrganizationIdentificationCode": "US", "identificationCode": "900-00-0001"}
    body = {
        "educationOrganizationReference": {"educationOrganizationId": SCHOOL_ID},
        "studentReference": {"studentUniqueId": "F-1"},
        "studentIdentificationCodes": [
            {**code, "studentIdentificationSystemDescriptor": f"{system}#SSN"},
            {
                **code,
                "studentIdentificationSystemDescriptor": f"{system}#District",
                "identificationCode": "D7",
            },
        ],
    }
    outcome = await desk.write("StudentEducationOrganizationAssociation", body)
    assert isinstance(outcome, Inserted)
    assert [(w.code, w.place.path) for w in outcome.warnings] == [
        ("refused.member", "$.studentIdentificationCodes")
    ]
    stored = await desk.read("StudentEducationOrganizationAssociation", outcome.uuid)
    assert stored is not None
    assert [c["identificationCode"] for c in stored["studentIdentificationCodes"]] == ["D7"]


async def test_refused_members_are_never_stored(desk: Desk) -> None:
    outcome = await desk.write(
        "Student",
        student_body()
        | {"citizenshipStatusDescriptor": "uri://ed-fi.org/CitizenshipStatusDescriptor#US Citizen"},
    )
    assert isinstance(outcome, Inserted)
    assert len(outcome.warnings) == 1
    body = await desk.read("Student", outcome.uuid)
    assert body is not None
    assert "citizenshipStatusDescriptor" not in body
    rows = await desk.fetch("select citizenship_status_descriptor_id, sealed from edfi.student")
    assert tuple(rows[0]) == (None, None)


async def test_record_of_a_client_names_it_as_its_source(desk: Desk) -> None:
    await desk.put("Student", student_body())
    await desk.put("Student", student_body("F-2"))
    rows = await desk.fetch("select f.client from edfi.student s join ingest.source f on f.id = s.source")
    assert [r[0] for r in rows] == ["test-client", "test-client"]


async def test_partitions_of_an_empty_list_are_none(desk: Desk) -> None:
    from homeroom.records.read import read_partitions

    grant = desk.grant("Student", Action.READ)
    assert await read_partitions(desk.district, grant, wanted=PageRequest(limit=1), number=5) == []
