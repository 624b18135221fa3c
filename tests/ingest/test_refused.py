"""What no district may hold is not held in quarantine either."""

from __future__ import annotations

import json

import pytest

from homeroom.ingest.quarantine.keeping import Kept, Quarantine
from homeroom.records.refused import strip_refused
from tests.cast import DISTRICT_ID, Body, student_body
from tests.ingest.conftest import Dock

pytestmark = pytest.mark.asyncio(loop_scope="module")

SYSTEM = "uri://ed-fi.org/StudentIdentificationSystemDescriptor#"
NUMBER = "123-45-6789"


def codes_body() -> Body:
    return {
        "educationOrganizationReference": {"educationOrganizationId": DISTRICT_ID},
        "studentReference": {"studentUniqueId": "F-1"},
        "studentIdentificationCodes": [
            {
                "studentIdentificationSystemDescriptor": SYSTEM + system,
                "identificationCode": code,
                "assigningOrganizationIdentificationCode": "4100",
            }
            for system, code in (("SSN", NUMBER), ("District", "77"))
        ],
    }


async def kept(dock: Dock) -> list[Kept]:
    """What is sealed of every row of the quarantine."""
    quarantine = Quarantine(dock.district)
    rows = await dock.fetch(
        "select id, batch, file, line, resource, row_sealed, added_at from ingest.quarantine order by id"
    )
    return [quarantine.open_row(row).kept for row in rows]


async def test_a_row_waits_without_what_no_district_may_hold_and_goes_in(dock: Dock) -> None:
    await dock.load(dock.write("StudentEducationOrganizationAssociation", codes_body()))
    (row,) = await kept(dock)
    assert NUMBER.encode() not in row.text
    assert (
        json.loads(row.text)["studentIdentificationCodes"] == codes_body()["studentIdentificationCodes"][1:]
    )
    await dock.load(dock.write_world())
    assert await dock.count("edfi.student_education_organization_association") == 1


async def test_findings_keep_no_value_of_a_refused_member(dock: Dock) -> None:
    document = {"documentTitle": NUMBER, "personalInformationVerificationDescriptor": NUMBER}
    body = student_body() | {"personalIdentificationDocuments": [document], "middleName": 7}
    await dock.load(dock.write("Student", body))
    (row,) = await kept(dock)
    assert NUMBER.encode() not in row.text
    assert b"middleName" in row.text
    assert not any(NUMBER in finding.words for finding in row.findings)


@pytest.mark.parametrize(
    ("line", "is_kept"),
    [
        ('{"studentUniqueId": "F-1", "middleName": "Quim"', True),
        ('{"studentUniqueId": "F-1", "visas": [{"visaDescriptor": ', False),
    ],
)
async def test_a_line_that_cannot_be_read_is_kept_where_it_names_nothing_refused(
    dock: Dock, line: str, is_kept: bool
) -> None:
    await dock.load(dock.write("Student", line))
    (row,) = await kept(dock)
    assert row.text == (line.encode() if is_kept else b"")


@pytest.mark.parametrize(
    ("name", "text", "is_kept"),
    [
        ("Student", "<Student><Visa><Visa>F-1</Visa></Visa></Student>", False),
        ("Student", "<Student><CitizenshipStatus>x</CitizenshipStatus></Student>", False),
        ("Student", "<Student><FirstName>Visalia</FirstName></Student>", True),
        ("Pupil", '<Pupil><StudentIdentificationCode IdentificationSystem="SSN"/></Pupil>', False),
        ("Pupil", "<Pupil><ClassName>Lesson</ClassName></Pupil>", True),
        ("School", "<School><NameOfInstitution>SSN</NameOfInstitution></School>", True),
        ("Student", '{"Visas": [], "firstName": "Ines"}', False),
    ],
)
async def test_text_of_any_form_is_kept_where_it_names_nothing_refused(
    dock: Dock, name: str, text: str, is_kept: bool
) -> None:
    district = dock.district
    stripped = strip_refused(district.sealing, district.catalog.model, name, text.encode())
    assert (stripped == text.encode()) == is_kept
    assert b"isa" not in stripped or is_kept
