"""Rules across records find what no record can tell by itself, and nothing in a sound school."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from homeroom.base.errors import SettingsError
from homeroom.ingest.quality.checks import check_batch, list_rule_findings, list_rules, switch_rule
from homeroom.ingest.quality.rules.register import all_rules, statement_names
from homeroom.records.districts import Districts
from homeroom.standard.read import load_model
from homeroom.trust.actors import Operator
from tests.cast import (
    DISTRICT_ID,
    OTHER_SCHOOL_ID,
    SCHOOL_ID,
    Body,
    district_body,
    enrollment_body,
    roster_body,
    student_body,
)
from tests.ingest.conftest import Dock

pytestmark = pytest.mark.asyncio(loop_scope="module")

CLERK = Operator("clerk")
ABSENT = "uri://ed-fi.org/AttendanceEventCategoryDescriptor#Unexcused Absence"
SESSION = {"schoolId": SCHOOL_ID, "schoolYear": 2027, "sessionName": "Fall"}
FIRST_PERIOD = "uri://ed-fi.org/GradingPeriodDescriptor#First Six Weeks"
CODE_SYSTEM = "uri://ed-fi.org/StudentIdentificationSystemDescriptor#"
DOCUMENTED = Path(__file__).parents[3] / "docs/reference/rules.md"


def absence(day: str, number: str = "F-1") -> Body:
    return {
        "studentReference": {"studentUniqueId": number},
        "schoolReference": {"schoolId": SCHOOL_ID},
        "sessionReference": SESSION,
        "eventDate": day,
        "attendanceEventCategoryDescriptor": ABSENT,
    }


def section_absence(day: str) -> Body:
    return {
        "studentReference": {"studentUniqueId": "F-1"},
        "sectionReference": roster_body()["sectionReference"],
        "eventDate": day,
        "attendanceEventCategoryDescriptor": ABSENT,
    }


def period(begins: str, ends: str) -> Body:
    return {
        "schoolReference": {"schoolId": SCHOOL_ID},
        "schoolYearTypeReference": {"schoolYear": 2027},
        "gradingPeriodName": "First",
        "gradingPeriodDescriptor": FIRST_PERIOD,
        "beginDate": begins,
        "endDate": ends,
        "totalInstructionalDays": 30,
    }


def mark() -> Body:
    return {
        "gradingPeriodReference": {
            "schoolId": SCHOOL_ID,
            "gradingPeriodSchoolYear": 2027,
            "schoolYear": 2027,
            "gradingPeriodName": "First",
            "gradingPeriodDescriptor": FIRST_PERIOD,
        },
        "studentSectionAssociationReference": {
            "studentUniqueId": "F-1",
            "beginDate": roster_body()["beginDate"],
            **roster_body()["sectionReference"],
        },
        "gradeTypeDescriptor": "uri://ed-fi.org/GradeTypeDescriptor#Grading Period",
        "letterGradeEarned": "B",
    }


def login(number: str, name: str) -> Body:
    return {
        "studentReference": {"studentUniqueId": number},
        "educationOrganizationReference": {"educationOrganizationId": DISTRICT_ID},
        "loginId": name,
    }


def codes(number: str, code: str, system: str = "State", assigned_by: str = "CA") -> Body:
    return {
        "studentReference": {"studentUniqueId": number},
        "educationOrganizationReference": {"educationOrganizationId": DISTRICT_ID},
        "studentIdentificationCodes": [
            {
                "studentIdentificationSystemDescriptor": f"{CODE_SYSTEM}{system}",
                "assigningOrganizationIdentificationCode": assigned_by,
                "identificationCode": code,
            }
        ],
    }


OF_THE_SCHOOL = {"educationOrganizationReference": {"educationOrganizationId": SCHOOL_ID}}


def code_record(number: str, code: str) -> Body:
    """The same as a record of its own, as standard 6.1 has it."""
    return {
        "studentReference": {"studentUniqueId": number},
        "educationOrganizationReference": {"educationOrganizationId": DISTRICT_ID},
        "studentIdentificationSystemDescriptor": f"{CODE_SYSTEM}State",
        "identificationCode": code,
    }


SOUND: list[tuple[str, Body]] = [
    ("StudentSchoolAttendanceEvent", absence("2026-09-01")),
    ("StudentSectionAttendanceEvent", section_absence("2026-09-01")),
    ("GradingPeriod", period("2026-08-17", "2026-09-25")),
    ("Grade", mark()),
    ("StudentEducationOrganizationAssociation", login("F-1", "ines.m")),
]

BROKEN: dict[str, list[tuple[str, Body]]] = {
    "enrollments_overlap": [
        ("StudentSchoolAssociation", enrollment_body(school_id=OTHER_SCHOOL_ID) | {"entryDate": "2026-10-01"})
    ],
    "enrollment_ends_before_it_begins": [
        ("StudentSchoolAssociation", enrollment_body() | {"exitWithdrawDate": "2026-01-05"})
    ],
    "attendance_outside_enrollment": [("StudentSchoolAttendanceEvent", absence("2026-08-03"))],
    "section_attendance_off_the_roster": [("StudentSectionAttendanceEvent", section_absence("2026-08-03"))],
    "roster_outside_enrollment": [
        ("Student", student_body("F-2", "Odile")),
        ("StudentSectionAssociation", roster_body("F-2")),
    ],
    "roster_ends_before_it_begins": [
        ("StudentSectionAssociation", roster_body() | {"endDate": "2026-08-01"})
    ],
    "mark_for_section_not_attended": [
        ("GradingPeriod", period("2026-10-01", "2026-11-15")),
        ("StudentSectionAssociation", roster_body() | {"endDate": "2026-09-15"}),
        ("Grade", mark()),
    ],
    "birth_date_in_the_future": [("Student", student_body() | {"birthDate": "2111-03-05"})],
    "age_is_unlikely": [
        ("Student", student_body() | {"birthDate": "2025-03-05"}),
        ("StudentSchoolAssociation", enrollment_body() | {"schoolChoiceTransfer": True}),
    ],
    "login_of_several_students": [
        ("Student", student_body("F-2", "Odile")),
        ("StudentEducationOrganizationAssociation", login("F-1", "shared")),
        ("StudentEducationOrganizationAssociation", login("F-2", "shared")),
    ],
    "identification_code_of_several_students": [
        ("Student", student_body("F-2", "Odile")),
        ("StudentEducationOrganizationAssociation", codes("F-1", "A-77")),
        ("StudentEducationOrganizationAssociation", codes("F-2", "a-77")),
    ],
    "number_of_several_students": [
        ("Student", student_body("F-5", name)) for name in ("Ines", "Odile", "Tomas", "Ada", "Noor")
    ],
    "student_under_several_numbers": [("Student", student_body("F-2"))],
}
BROKEN_IN_6_1: dict[str, list[tuple[str, Body]]] = {
    "identification_code_record_of_several_students": [
        ("Student", student_body()),
        ("Student", student_body("F-2", "Odile")),
        ("StudentIdentificationCode", code_record("F-1", "A-77")),
        ("StudentIdentificationCode", code_record("F-2", "A-77")),
    ],
}


async def load(dock: Dock, records: list[tuple[str, Body]], into: str) -> int:
    for resource, body in records:
        dock.write(resource, body, into=into)
    report = await dock.load(dock.folder / into)
    assert (report.failed, report.batch is None) == (0, False), report.causes
    return report.batch or 0


async def found(dock: Dock) -> set[str]:
    return {finding.rule for finding in await list_rule_findings(dock.district)}


async def test_a_sound_school_breaks_no_rule(dock: Dock) -> None:
    dock.write_world("sound")
    assert await check_batch(dock.district, await load(dock, SOUND, "sound")) == 0
    assert await found(dock) == set()


@pytest.mark.parametrize("rule", BROKEN)
async def test_a_rule_finds_what_it_is_for(dock: Dock, rule: str) -> None:
    dock.write_world("sound")
    await load(dock, [], "sound")
    batch = await load(dock, BROKEN[rule], "broken")
    assert await check_batch(dock.district, batch) > 0
    assert rule in await found(dock)


@pytest.mark.parametrize("rule", BROKEN_IN_6_1)
async def test_a_rule_about_records_of_the_later_standard_finds_them(
    districts: Districts, tmp_path: Path, rule: str
) -> None:
    name = f"t-{uuid4().hex[:12]}"
    later = await districts.create(name, standard="6.1", is_sandbox=False, is_empty=False)
    try:
        dock = Dock(later, tmp_path)
        world = [("LocalEducationAgency", district_body()), *BROKEN_IN_6_1[rule]]
        model = load_model("6.1")
        for resource, body in world:
            with (tmp_path / f"{model.resources[resource].endpoint}.jsonl").open("a") as file:
                file.write(json.dumps(body) + "\n")
        report = await dock.load(tmp_path)
        assert report.failed == 0, report.causes
        assert await check_batch(later, report.batch or 0) > 0
        assert await found(dock) == {rule}
    finally:
        await districts.drop(name)


@pytest.mark.parametrize(
    "shared",
    [
        [codes("F-1", "A-77"), codes("F-2", "A-77", system="District")],
        [codes("F-1", "A-77"), codes("F-2", "A-77", assigned_by="NV")],
        [codes("F-1", "A-77", system="Family"), codes("F-2", "A-77", system="Family")],
        [
            codes("F-1", "A-77"),
            codes("F-1", "A-77") | {"educationOrganizationReference": {"educationOrganizationId": SCHOOL_ID}},
        ],
    ],
)
async def test_equal_codes_that_name_nobody_twice_are_sound(dock: Dock, shared: list[Body]) -> None:
    dock.write_world("sound")
    await load(dock, [], "sound")
    records = [("StudentEducationOrganizationAssociation", body) for body in shared]
    batch = await load(dock, [("Student", student_body("F-2", "Odile")), *records], "more")
    assert await check_batch(dock.district, batch) == 0


async def test_a_student_who_stands_in_a_file_twice_breaks_no_rule(dock: Dock) -> None:
    dock.write_world("sound")
    await load(dock, [], "sound")
    again = student_body("F-2", "Odile") | {"lastSurname": "Marlowe-Quim"}
    batch = await load(dock, [("Student", student_body("F-2", "Odile")), ("Student", again)], "more")
    assert await check_batch(dock.district, batch) == 0


async def test_a_number_is_found_no_more_once_each_student_has_one(dock: Dock) -> None:
    dock.write_world("sound")
    await load(dock, [], "sound")
    await check_batch(dock.district, await load(dock, BROKEN["number_of_several_students"], "broken"))
    (finding,) = await list_rule_findings(dock.district)
    assert finding.rule == "number_of_several_students"
    mended = [("Student", student_body(f"F-{n}", name)) for n, name in ((5, "Ines"), (6, "Noor"))]
    await check_batch(dock.district, await load(dock, mended, "mended"))
    assert "number_of_several_students" not in await found(dock)


async def test_what_was_mended_is_found_no_more(dock: Dock) -> None:
    dock.write_world("sound")
    await load(dock, [], "sound")
    await check_batch(dock.district, await load(dock, BROKEN["birth_date_in_the_future"], "broken"))
    assert "birth_date_in_the_future" in await found(dock)
    mended = await load(dock, [("Student", student_body() | {"birthDate": "2011-03-06"})], "mended")
    await check_batch(dock.district, mended)
    assert await found(dock) == set()


async def test_the_same_breach_is_one_finding_however_often_it_is_found(dock: Dock) -> None:
    dock.write_world("sound")
    await load(dock, [], "sound")
    batch = await load(dock, BROKEN["attendance_outside_enrollment"], "broken")
    assert await check_batch(dock.district, batch) == 1
    assert await check_batch(dock.district, batch) == 0
    assert await dock.count("ingest.rule_finding") == 1


async def test_a_rule_that_is_off_finds_nothing(dock: Dock) -> None:
    dock.write_world("sound")
    await load(dock, [], "sound")
    batch = await load(dock, BROKEN["attendance_outside_enrollment"], "broken")
    await check_batch(dock.district, batch)
    await switch_rule(dock.district, "attendance_outside_enrollment", is_on=False, actor=CLERK)
    assert await found(dock) == set()
    await check_batch(dock.district, batch)
    assert await found(dock) == set()
    states: dict[str, Any] = {s.rule.name: s.is_on for s in await list_rules(dock.district)}
    assert [name for name, is_on in states.items() if not is_on] == ["attendance_outside_enrollment"]
    with pytest.raises(SettingsError):
        await switch_rule(dock.district, "no_such_rule", is_on=True, actor=CLERK)


async def test_looking_is_noted_in_the_ledger(dock: Dock) -> None:
    dock.write_world("sound")
    batch = await load(dock, SOUND, "sound")
    await check_batch(dock.district, batch)
    rows = await dock.fetch("select count(*) from trust.ledger_entry where actor = 'operator:check'")
    assert rows == [(len(all_rules()) - len(BROKEN_IN_6_1),)]


async def test_every_rule_has_its_statement_its_test_and_its_documentation() -> None:
    names = set(all_rules())
    assert names == statement_names() == set(BROKEN) | set(BROKEN_IN_6_1)
    assert names == set(re.findall(r"^\| `(\w+)` \|", DOCUMENTED.read_text(), re.MULTILINE))
