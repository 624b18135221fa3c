"""What the demo relies on: the cast, the size, the same district for the same seed."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date

import pytest

from homeroom.base.errors import SettingsError
from homeroom.synth import Record, generate_district, group_by_endpoint
from homeroom.synth.cast import CAST, DEMO_TEACHER, DEMO_TODAY, HIGH_SCHOOL_ID


def fingerprint(records: Iterable[Record]) -> str:
    digest = hashlib.sha256()
    for resource, document in records:
        digest.update(json.dumps([resource, document], ensure_ascii=False).encode() + b"\n")
    return digest.hexdigest()


def documents(district: Iterable[Record], resource: str) -> list[dict]:
    return [dict(record.document) for record in district if record.resource == resource]


FINGERPRINT_OF_SEED_5 = """
from datetime import date
import hashlib, json
from homeroom.synth import generate_district
digest = hashlib.sha256()
for resource, document in generate_district(5, 120, today=date(2026, 11, 20)):
    digest.update(json.dumps([resource, document], ensure_ascii=False).encode() + b"\\n")
print(digest.hexdigest())
"""


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_same_seed_gives_the_same_bytes_in_another_process(hash_seed: str) -> None:
    here = fingerprint(generate_district(5, 120, today=DEMO_TODAY))
    environment = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", FINGERPRINT_OF_SEED_5]
    there = subprocess.run(
        command, capture_output=True, text=True, check=True, env=environment
    ).stdout.strip()
    assert there == here


def test_another_seed_gives_another_district() -> None:
    first = fingerprint(generate_district(5, 120, today=DEMO_TODAY))
    assert fingerprint(generate_district(6, 120, today=DEMO_TODAY)) != first


def test_a_district_without_students_is_refused() -> None:
    with pytest.raises(SettingsError, match="at least one student"):
        list(generate_district(1, 0, today=DEMO_TODAY))


def test_the_demo_district_is_of_a_believable_size(district: tuple[Record, ...]) -> None:
    counts = Counter(record.resource for record in district)
    assert 30_000 <= len(district) <= 60_000
    assert counts["Student"] == 1000
    assert counts["School"] == 4
    assert 1_100 <= counts["Contact"] <= counts["StudentContactAssociation"] <= 2_000


def test_grouping_keeps_every_document_under_its_endpoint(district: tuple[Record, ...]) -> None:
    grouped = group_by_endpoint(district)
    assert sum(map(len, grouped.values())) == len(district)
    assert len(grouped["studentSchoolAssociations"]) == 1000


def test_the_cast_is_employed_under_its_names(district: tuple[Record, ...]) -> None:
    staff = {
        one["staffUniqueId"]: f"{one['firstName']} {one['lastSurname']}"
        for one in documents(district, "Staff")
    }
    assignments = documents(district, "StaffEducationOrganizationAssignmentAssociation")
    places = {
        one["staffReference"]["staffUniqueId"]: one["educationOrganizationReference"][
            "educationOrganizationId"
        ]
        for one in assignments
    }
    for member in CAST:
        assert staff[member.staff_unique_id] == member.full_name
        assert places[member.staff_unique_id] == member.education_organization_id


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_demo_teacher_has_five_sections_and_about_140_students(seed: int) -> None:
    district = tuple(generate_district(seed, today=DEMO_TODAY))
    taught = [
        tuple(one["sectionReference"].items())
        for one in documents(district, "StaffSectionAssociation")
        if one["staffReference"]["staffUniqueId"] == DEMO_TEACHER.staff_unique_id
    ]
    rosters = Counter(
        tuple(one["sectionReference"].items()) for one in documents(district, "StudentSectionAssociation")
    )
    assert len(taught) == 5
    assert {dict(section)["schoolId"] for section in taught} == {HIGH_SCHOOL_ID}
    assert 130 <= sum(rosters[section] for section in taught) <= 150


def test_nobody_is_in_two_places_at_once(district: tuple[Record, ...]) -> None:
    periods = {
        (one["sectionIdentifier"], one["courseOfferingReference"]["schoolId"]): one["classPeriods"][0][
            "classPeriodReference"
        ]["classPeriodName"]
        for one in documents(district, "Section")
    }
    for resource, person in (("StudentSectionAssociation", "student"), ("StaffSectionAssociation", "staff")):
        taken: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for one in documents(district, resource):
            section = one["sectionReference"]
            period = periods[section["sectionIdentifier"], section["schoolId"]]
            taken[one[f"{person}Reference"][f"{person}UniqueId"]].append((section["sessionName"], period))
        assert all(len(set(places)) == len(places) for places in taken.values())


def test_every_student_has_a_full_day(district: tuple[Record, ...]) -> None:
    counts = Counter(
        one["studentReference"]["studentUniqueId"] for one in documents(district, "StudentSectionAssociation")
    )
    assert len(counts) == 1000
    assert set(counts.values()) == {7}


def test_siblings_share_their_contacts_and_surname(district: tuple[Record, ...]) -> None:
    surnames = {one["studentUniqueId"]: one["lastSurname"] for one in documents(district, "Student")}
    children: defaultdict[str, list[str]] = defaultdict(list)
    for one in documents(district, "StudentContactAssociation"):
        children[one["contactReference"]["contactUniqueId"]].append(
            one["studentReference"]["studentUniqueId"]
        )
    siblings = [ids for ids in children.values() if len(ids) > 1]
    assert len(siblings) > 100
    assert all(len({surnames[unique_id] for unique_id in ids}) == 1 for ids in siblings)


def test_no_telephone_or_mail_address_can_reach_a_person(district: tuple[Record, ...]) -> None:
    text = json.dumps([record.document for record in district])
    numbers = re.findall(r'"telephoneNumber": "([^"]*)"', text)
    mails = re.findall(r'"electronicMailAddress": "([^"]*)"', text)
    assert len(numbers) > 1000
    assert len(mails) > 2000
    assert all(re.fullmatch(r"\(255\) 555-01\d\d", number) for number in numbers)
    assert all(mail.endswith((".example", "@example.org")) for mail in mails)
    assert text.count('"city": "Willow Creek", "postalCode": "00042"') == text.count('"city"')


@pytest.mark.parametrize("today", [date(2026, 8, 1), date(2026, 9, 30), date(2027, 2, 10)])
def test_nothing_happens_after_today(today: date) -> None:
    happened = {
        "StudentSchoolAttendanceEvent": "eventDate",
        "StudentSectionAttendanceEvent": "eventDate",
        "DisciplineIncident": "incidentDate",
        "Grade": "currentGradeAsOfDate",
        "GradebookEntry": "dueDate",
        "StudentAssessment": "administrationDate",
    }
    district = list(generate_district(2, 300, today=today))
    for resource, member in happened.items():
        assert all(one[member][:10] <= today.isoformat() for one in documents(district, resource))
    assert bool(documents(district, "StudentSchoolAttendanceEvent")) == (today >= date(2026, 8, 17))
