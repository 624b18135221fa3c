"""Deleting leaves a tombstone, and nothing that others need."""

from __future__ import annotations

from uuid import uuid4

import pytest

from homeroom.records.changes import ChangeWindow, read_deletes, read_key_changes
from homeroom.records.outcomes import Absent, Deleted, Dependents, Refused, Stale, Updated
from homeroom.records.remove import delete_record
from homeroom.trust.grant import Action
from tests.cast import (
    OTHER_SCHOOL_ID,
    SCHOOL_ID,
    enrollment_body,
    offering_body,
    period_body,
    section_body,
    session_body,
    student_body,
)
from tests.records.conftest import Desk

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_what_is_referred_to_stays(desk: Desk) -> None:
    world = await desk.build_world()
    student = await delete_record(desk.district, desk.grant("Student", Action.DELETE), uuid=world["Student"])
    assert isinstance(student, Dependents)
    assert await desk.read("Student", world["Student"]) is not None


async def test_reference_inside_a_collection_counts_too(desk: Desk) -> None:
    world = await desk.build_world()
    outcome = await delete_record(
        desk.district, desk.grant("ClassPeriod", Action.DELETE), uuid=world["ClassPeriod"]
    )
    assert outcome == Dependents((("SectionClassPeriod", "Section"),))


async def test_deleted_record_is_in_the_feed_with_its_key(desk: Desk) -> None:
    world = await desk.build_world()
    grant = desk.grant("StudentSectionAssociation", Action.DELETE)
    uuid = world["StudentSectionAssociation"]
    assert await delete_record(desk.district, grant, uuid=uuid) == Deleted(uuid)
    assert await delete_record(desk.district, grant, uuid=uuid) == Absent()
    feed = await read_deletes(
        desk.district,
        desk.grant("StudentSectionAssociation", Action.READ_CHANGES),
        window=ChangeWindow(limit=10, wants_total=True),
    )
    assert feed.total == 1
    assert feed.rows[0]["id"] == uuid.hex
    assert feed.rows[0]["keyValues"] == {
        "beginDate": "2026-08-17",
        "localCourseCode": "ALG-1",
        "schoolId": SCHOOL_ID,
        "schoolYear": 2027,
        "sectionIdentifier": "ALG-1-A",
        "sessionName": "Fall",
        "studentUniqueId": "F-1",
    }


async def test_deletion_stays_visible_after_the_enrolment_that_gave_reach_is_gone(desk: Desk) -> None:
    world = await desk.build_world()
    for resource in ("StudentSectionAssociation", "StudentSchoolAssociation"):
        grant = desk.grant(resource, Action.DELETE)
        assert isinstance(await delete_record(desk.district, grant, uuid=world[resource]), Deleted)
    plain = desk.reach("StudentSectionAssociation", SCHOOL_ID).alternatives[0]
    from dataclasses import replace

    from homeroom.store.conditions import AnyRelationship

    lasting = AnyRelationship((replace(plain, includes_deleted=True),))
    foreign = AnyRelationship((replace(plain, includes_deleted=True, organizations=(OTHER_SCHOOL_ID,)),))
    for condition, seen in ((lasting, 1), (AnyRelationship((plain,)), 0), (foreign, 0)):
        grant = desk.grant("StudentSectionAssociation", Action.READ_CHANGES, condition)
        feed = await read_deletes(desk.district, grant, window=ChangeWindow(limit=10))
        assert len(feed.rows) == seen


async def test_what_came_back_is_not_told_as_deleted(desk: Desk) -> None:
    first = await desk.put("Student", student_body())
    grant = desk.grant("Student", Action.DELETE)
    await delete_record(desk.district, grant, uuid=first)
    second = await desk.put("Student", student_body())
    feed = await read_deletes(
        desk.district, desk.grant("Student", Action.READ_CHANGES), window=ChangeWindow(limit=10)
    )
    assert second != first
    assert feed.rows == ()


async def test_delete_asks_for_version_and_reach(desk: Desk) -> None:
    world = await desk.build_world()
    uuid = world["StudentSectionAssociation"]
    grant = desk.grant("StudentSectionAssociation", Action.DELETE)
    assert await delete_record(desk.district, grant, uuid=uuid, if_match='"1-0"') == Stale()
    reach = desk.reach("StudentSectionAssociation", OTHER_SCHOOL_ID)
    grant = desk.grant("StudentSectionAssociation", Action.DELETE, reach)
    assert isinstance(await delete_record(desk.district, grant, uuid=uuid), Refused)
    assert await delete_record(desk.district, desk.grant("Student", Action.DELETE), uuid=uuid4()) == Absent()


async def test_key_change_reaches_every_referrer(desk: Desk) -> None:
    world = await desk.build_world()
    outcome = await desk.write("Session", session_body("Autumn"), uuid=world["Session"])
    assert isinstance(outcome, Updated)
    for resource, member in (
        ("CourseOffering", "sessionReference"),
        ("Section", "courseOfferingReference"),
        ("StudentSectionAssociation", "sectionReference"),
    ):
        body = await desk.read(resource, world[resource])
        assert body is not None
        assert body[member]["sessionName"] == "Autumn", resource
    rows = await desk.fetch("select session_name from edfi.student_section_association")
    assert [r[0] for r in rows] == ["Autumn"]
    feed = await read_key_changes(
        desk.district, desk.grant("Section", Action.READ_CHANGES), window=ChangeWindow(limit=10)
    )
    assert [(r["oldKeyValues"]["sessionName"], r["newKeyValues"]["sessionName"]) for r in feed.rows] == [
        ("Fall", "Autumn")
    ]
    # The rewritten documents are found again by what they now say.
    assert isinstance(await desk.write("CourseOffering", offering_body("Autumn")), type(outcome) | object)


async def test_key_change_inside_a_collection_is_carried(desk: Desk) -> None:
    world = await desk.build_world()
    assert isinstance(
        await desk.write("ClassPeriod", period_body("First"), uuid=world["ClassPeriod"]), Updated
    )
    section = await desk.read("Section", world["Section"])
    assert section is not None
    assert section["classPeriods"][0]["classPeriodReference"]["classPeriodName"] == "First"
    again = await desk.write("Section", section_body(period="First"))
    assert again.__class__.__name__ == "Unchanged"


async def test_key_change_onto_another_record_is_a_conflict(desk: Desk) -> None:
    world = await desk.build_world()
    await desk.put("ClassPeriod", period_body("Period 2"))
    outcome = await desk.write("ClassPeriod", period_body("Period 2"), uuid=world["ClassPeriod"])
    assert outcome.__class__.__name__ == "Conflict"


async def test_organisation_that_moves_takes_its_reach_along(desk: Desk) -> None:
    world = await desk.build_world()
    rows = await desk.fetch("select count(*) from edfi.organization_closure")
    assert rows[0][0] == 5  # three of itself, two schools below the district
    grant = desk.grant("School", Action.DELETE)
    assert isinstance(await delete_record(desk.district, grant, uuid=world["School"]), Deleted)
    rows = await desk.fetch("select count(*) from edfi.organization_closure")
    assert rows[0][0] == 3
    assert enrollment_body()["schoolReference"]["schoolId"] == SCHOOL_ID
