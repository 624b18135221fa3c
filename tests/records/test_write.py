"""Records go in whole or not at all, each outcome told apart."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from homeroom.records.outcomes import (
    Absent,
    AlreadyThere,
    Conflict,
    Inserted,
    Invalid,
    KeyChangeRefused,
    Refused,
    Stale,
    Unchanged,
    Unresolved,
    Updated,
)
from homeroom.store.conditions import NamespaceStarts, OwnedBy
from tests.cast import (
    DISTRICT_ID,
    OTHER_SCHOOL_ID,
    SCHOOL_ID,
    district_body,
    enrollment_body,
    school_body,
    section_body,
    student_body,
)
from tests.records.conftest import Desk

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_new_record_is_inserted_then_updated_then_left_alone(desk: Desk) -> None:
    first = await desk.write("Student", student_body())
    assert isinstance(first, Inserted)
    second = await desk.write("Student", student_body(first_name="Inez"))
    assert isinstance(second, Updated)
    assert second.uuid == first.uuid
    assert second.etag != first.etag
    third = await desk.write("Student", student_body(first_name="Inez"))
    assert third == Unchanged(first.uuid, second.version)


async def test_document_that_came_from_a_read_is_unchanged(desk: Desk) -> None:
    world = await desk.build_world()
    read = await desk.read("Section", world["Section"])
    assert read is not None
    assert read["courseOfferingReference"]["link"]["rel"] == "CourseOffering"
    assert isinstance(await desk.write("Section", read, uuid=world["Section"]), Unchanged)


async def test_every_broken_reference_is_named_with_its_path(desk: Desk) -> None:
    outcome = await desk.write("Section", section_body())
    assert isinstance(outcome, Unresolved)
    assert outcome.references == (
        ("$.courseOfferingReference", "CourseOffering"),
        ("$.classPeriods[0].classPeriodReference", "ClassPeriod"),
    )


async def test_unknown_descriptor_is_a_finding(desk: Desk) -> None:
    await desk.put("LocalEducationAgency", district_body())
    body = school_body() | {"schoolTypeDescriptor": "uri://ed-fi.org/SchoolTypeDescriptor#Nonsense"}
    outcome = await desk.write("School", body)
    assert isinstance(outcome, Invalid)
    assert [f.place.path for f in outcome.findings] == ["$.schoolTypeDescriptor"]


async def test_descriptor_in_another_letter_case_is_stored_as_it_is_spelt(desk: Desk) -> None:
    await desk.put("LocalEducationAgency", district_body())
    body = school_body()
    body["gradeLevels"][0]["gradeLevelDescriptor"] = "URI://ED-FI.ORG/gradeleveldescriptor#NINTH GRADE"
    stored = await desk.read("School", await desk.put("School", body))
    assert stored is not None
    assert (
        stored["gradeLevels"][0]["gradeLevelDescriptor"] == "uri://ed-fi.org/GradeLevelDescriptor#Ninth grade"
    )


async def test_two_kinds_of_organisation_share_one_space_of_numbers(desk: Desk) -> None:
    await desk.put("LocalEducationAgency", district_body())
    outcome = await desk.write("School", school_body(DISTRICT_ID))
    assert isinstance(outcome, Conflict)


async def test_if_match_lets_only_the_version_it_names_through(desk: Desk) -> None:
    first = await desk.write("Student", student_body())
    assert isinstance(first, Inserted)
    stale = await desk.write("Student", student_body(first_name="A"), if_match='"1-0"')
    assert stale == Stale()
    assert isinstance(
        await desk.write("Student", student_body(first_name="A"), if_match=f'"{first.etag}"'), Updated
    )
    assert isinstance(await desk.write("Student", student_body(first_name="B"), if_match="*"), Updated)


async def test_if_match_without_a_record_is_stale(desk: Desk) -> None:
    assert await desk.write("Student", student_body(), if_match="*") == Stale()


async def test_only_new_refuses_what_is_there(desk: Desk) -> None:
    assert isinstance(await desk.write("Student", student_body(), only_new=True), Inserted)
    assert await desk.write("Student", student_body(), only_new=True) == AlreadyThere()


async def test_replacing_needs_a_record(desk: Desk) -> None:
    assert await desk.write("Student", student_body(), uuid=uuid4()) == Absent()


async def test_key_of_a_student_cannot_change(desk: Desk) -> None:
    uuid = await desk.put("Student", student_body())
    assert await desk.write("Student", student_body("F-2"), uuid=uuid) == KeyChangeRefused("Student")


async def test_organisation_below_the_callers_is_within_reach(desk: Desk) -> None:
    await desk.put("LocalEducationAgency", district_body())
    await desk.put("School", school_body())
    await desk.put("School", school_body(OTHER_SCHOOL_ID))
    await desk.put("Student", student_body())
    uuid = await desk.put("StudentSchoolAssociation", enrollment_body())
    reached = desk.reach("StudentSchoolAssociation", DISTRICT_ID)
    assert await desk.read("StudentSchoolAssociation", uuid, reached) is not None
    other = desk.reach("StudentSchoolAssociation", OTHER_SCHOOL_ID)
    assert await desk.read("StudentSchoolAssociation", uuid, other) is None


async def test_write_out_of_reach_is_refused_with_the_hint(desk: Desk) -> None:
    await desk.build_world()
    reach = desk.reach("StudentSectionAssociation", OTHER_SCHOOL_ID)
    outcome = await desk.write("StudentSectionAssociation", {**_roster(), "homeroomIndicator": True}, reach)
    assert isinstance(outcome, Refused)
    assert "StudentSchoolAssociation" in outcome.refusal.words
    allowed = desk.reach("StudentSectionAssociation", SCHOOL_ID)
    assert isinstance(
        await desk.write("StudentSectionAssociation", {**_roster(), "homeroomIndicator": True}, allowed),
        Updated,
    )


async def test_namespace_outside_the_prefixes_is_refused(desk: Desk) -> None:
    body = {"namespace": "uri://other.org/TermDescriptor", "codeValue": "X", "shortDescription": "X"}
    condition = NamespaceStarts("namespace", ("uri://mine.org",))
    assert isinstance(await desk.write("TermDescriptor", body, condition), Refused)
    mine = {**body, "namespace": "uri://MINE.org/TermDescriptor"}
    assert isinstance(await desk.write("TermDescriptor", mine, condition), Inserted)


async def test_ownership_is_stamped_and_asked_for(desk: Desk) -> None:
    owner = Desk(desk.district, ownership=(7,))
    uuid = await owner.put("Student", student_body())
    assert await desk.read("Student", uuid, OwnedBy((7,))) is not None
    assert await desk.read("Student", uuid, OwnedBy((8,))) is None
    changed = student_body(first_name="X")
    assert isinstance(await desk.write("Student", changed, OwnedBy((8,))), Refused)
    assert isinstance(await desk.write("Student", changed, OwnedBy((7,))), Updated)


async def test_many_writers_of_one_key_leave_one_record(desk: Desk) -> None:
    names = [f"Name {n}" for n in range(20)]
    outcomes = await asyncio.gather(*(desk.write("Student", student_body(first_name=n)) for n in names))
    assert sum(isinstance(o, Inserted) for o in outcomes) == 1
    assert all(isinstance(o, Inserted | Updated) for o in outcomes)
    assert len(await desk.list("Student")) == 1


def _roster() -> dict[str, object]:
    from tests.cast import roster_body

    return roster_body()
