"""Two records of one person made one and taken apart: what refers to them follows, however far away."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio

from homeroom.records.changes import ChangeWindow, read_deletes, read_key_changes
from homeroom.records.district import District
from homeroom.records.people.identities import Incoming, Known, identify_people, leave_to_identify
from homeroom.records.people.mergers import Merged, MergeRefusedError, merge_people, split_people
from homeroom.trust.actors import Operator
from homeroom.trust.grant import Action
from tests.cast import SCHOOL_ID, Body, enrollment_body, roster_body, student_body
from tests.records.conftest import Desk

pytestmark = pytest.mark.asyncio(loop_scope="module")

CLERK = Operator("match")
PERIOD = "uri://ed-fi.org/GradingPeriodDescriptor#First Nine Weeks"
PERIOD_KEY = {
    "gradingPeriodDescriptor": PERIOD,
    "gradingPeriodName": "First",
    "schoolId": SCHOOL_ID,
    "schoolYear": 2027,
}


def grade_body(number: str) -> Body:
    roster = {**roster_body(number)["sectionReference"], "beginDate": "2026-08-17", "studentUniqueId": number}
    return {
        "gradeTypeDescriptor": "uri://ed-fi.org/GradeTypeDescriptor#Grading Period",
        "gradingPeriodReference": PERIOD_KEY,
        "studentSectionAssociationReference": roster,
        "letterGradeEarned": "B",
    }


@pytest_asyncio.fixture(loop_scope="module")
async def twice(desk: Desk) -> Desk:
    """Ines stands as F-1, with a class and a mark, and once more as F-9, in the same school."""
    await desk.build_world()
    await desk.put(
        "GradingPeriod",
        {
            "gradingPeriodDescriptor": PERIOD,
            "gradingPeriodName": "First",
            "schoolReference": {"schoolId": SCHOOL_ID},
            "schoolYearTypeReference": {"schoolYear": 2027},
            "beginDate": "2026-08-17",
            "endDate": "2026-10-16",
            "totalInstructionalDays": 44,
        },
    )
    await desk.put("Grade", grade_body("F-1"))
    await desk.put("Student", student_body("F-9"))
    await desk.put("StudentSchoolAssociation", enrollment_body("F-9"))
    return desk


async def merge(district: District) -> Merged:
    return await merge_people(district, CLERK, resource="Student", kept="F-9", gone="F-1")


async def shape(desk: Desk) -> dict[str, list[Any]]:
    """The records that a merger touches, by id, without what every write changes."""
    found = {}
    for resource in ("Student", "StudentSchoolAssociation", "StudentSectionAssociation", "Grade"):
        bodies = await desk.list(resource)
        found[resource] = sorted(
            ({k: v for k, v in body.items() if not k.startswith("_")} for body in bodies), key=str
        )
    return found


async def test_whatever_refers_to_the_one_who_goes_follows(twice: Desk, district: District) -> None:
    done = await merge(district)
    assert (done.moved, done.dropped) == (2, 1)
    after = await shape(twice)
    assert [s["studentUniqueId"] for s in after["Student"]] == ["F-9"]
    assert [e["studentReference"]["studentUniqueId"] for e in after["StudentSchoolAssociation"]] == ["F-9"]
    assert [r["studentReference"]["studentUniqueId"] for r in after["StudentSectionAssociation"]] == ["F-9"]
    mark = after["Grade"][0]["studentSectionAssociationReference"]
    assert mark["studentUniqueId"] == "F-9"


async def test_no_reference_is_left_open(twice: Desk, district: District) -> None:
    await merge(district)
    gone = await twice.fetch(
        "select 1 from edfi.student_section_association a left join edfi.student s on s.id = a.student_ref"
        " where s.id is null"
    )
    assert gone == []


async def test_the_feed_tells_who_went_and_what_changed_its_key(twice: Desk, district: District) -> None:
    await merge(district)
    window = ChangeWindow(limit=10)
    deleted = await read_deletes(district, twice.grant("Student", Action.READ_CHANGES), window=window)
    assert [row["keyValues"] for row in deleted.rows] == [{"studentUniqueId": "F-1"}]
    changed = await read_key_changes(
        district, twice.grant("StudentSectionAssociation", Action.READ_CHANGES), window=window
    )
    assert [row["newKeyValues"]["studentUniqueId"] for row in changed.rows] == ["F-9"]


async def test_a_split_puts_everything_back(twice: Desk, district: District) -> None:
    before = await shape(twice)
    done = await merge(district)
    await split_people(district, CLERK, done.merger)
    assert await shape(twice) == before


async def test_what_was_changed_meanwhile_stays_changed(twice: Desk, district: District) -> None:
    done = await merge(district)
    await twice.put("Grade", {**grade_body("F-9"), "letterGradeEarned": "A"})
    await split_people(district, CLERK, done.merger)
    mark = (await shape(twice))["Grade"][0]
    assert (mark["letterGradeEarned"], mark["studentSectionAssociationReference"]["studentUniqueId"]) == (
        "A",
        "F-1",
    )


async def test_a_merger_is_taken_apart_once(twice: Desk, district: District) -> None:
    done = await merge(district)
    await split_people(district, CLERK, done.merger)
    with pytest.raises(MergeRefusedError):
        await split_people(district, CLERK, done.merger)


async def test_nobody_is_merged_with_themselves_or_with_nobody(twice: Desk, district: District) -> None:
    for kept, gone in (("F-1", "F-1"), ("F-1", "F-404")):
        with pytest.raises(MergeRefusedError):
            await merge_people(district, CLERK, resource="Student", kept=kept, gone=gone)


async def test_who_had_read_either_is_named(twice: Desk, district: District) -> None:
    await twice.list("Student")
    done = await merge(district)
    assert [receiver.actor for receiver in done.received_by] == ["client:test-client"]


async def test_the_ids_of_sources_follow_and_come_back(twice: Desk, district: District) -> None:
    grant = leave_to_identify(district, "Student", task="load")

    async def meant() -> str:
        found = (await identify_people(district, grant, people=[Incoming("lms", "x-1", unique_id="F-1")]))[0]
        assert isinstance(found, Known)
        return found.unique_id

    assert await meant() == "F-1"
    done = await merge(district)
    assert await meant() == "F-9"
    await split_people(district, CLERK, done.merger)
    assert await meant() == "F-1"


async def test_a_merger_is_in_the_ledger(twice: Desk, district: District) -> None:
    done = await merge(district)
    await split_people(district, CLERK, done.merger)
    acts = await twice.fetch(
        "select action, cardinality(records) from trust.ledger_entry where action in ('merge', 'split') order by id"
    )
    assert [tuple(act) for act in acts] == [("merge", 2), ("split", 2)]
