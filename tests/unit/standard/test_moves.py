"""What 5.2 has and 6.1 has not is placed somewhere, and documents come out as 6.1 wants them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from homeroom.standard.check import parse_mapping
from homeroom.standard.documents import compile_document
from homeroom.standard.model import Kind, Property
from homeroom.standard.moves import Moves, load_moves, unplaced_members
from homeroom.standard.read import load_model

OLD, NEW = load_model("5.2"), load_model("6.1")
SEX = "uri://ed-fi.org/SexDescriptor#Female"


def moves() -> Moves:
    found = load_moves("5.2", "6.1")
    assert found is not None
    return found


def carried(source: str, target: str, document: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    (carry,) = (c for c in moves().carried if (c.source, c.target) == (source, target))
    return list(carry.carried(OLD, document, **more)) if carry.concerns(document) else []


def test_every_member_that_goes_has_a_place() -> None:
    assert unplaced_members(moves(), OLD, NEW) == []


def test_a_member_without_a_place_is_told() -> None:
    bell = OLD.resources["BellSchedule"]
    older = replace(bell, properties=(*bell.properties, Property("ringTone", Kind.STRING)))
    model = replace(OLD, resources={**OLD.resources, "BellSchedule": older, "Gong": bell})
    assert unplaced_members(moves(), model, NEW) == ["BellSchedule.ringTone", "Gong"]


def test_every_move_ends_at_members_of_the_new_version() -> None:
    for carry in moves().carried:
        target = NEW.resources[carry.target]
        known = {*target.properties_by_name, *target.references_by_name, *(p.name for p in target.parts)}
        assert {*carry.members, *carry.key} <= known, carry


def test_there_is_no_way_back() -> None:
    assert load_moves("6.1", "5.2") is None


def test_demographics_go_to_a_record_of_their_own() -> None:
    key = {
        "educationOrganizationReference": {"educationOrganizationId": 1, "link": {"rel": "School"}},
        "studentReference": {"studentUniqueId": "s1"},
    }
    (made,) = carried(
        "StudentEducationOrganizationAssociation", "StudentDemographic", {**key, "sexDescriptor": SEX}
    )
    assert made == {
        "educationOrganizationReference": {"educationOrganizationId": 1},
        "studentReference": {"studentUniqueId": "s1"},
        "sexDescriptor": SEX,
    }
    assert carried("StudentEducationOrganizationAssociation", "StudentDemographic", key) == []


def test_each_identification_code_becomes_a_record() -> None:
    system = "uri://ed-fi.org/EducationOrganizationIdentificationSystemDescriptor#"
    codes = [
        {"educationOrganizationIdentificationSystemDescriptor": system + name, "identificationCode": name}
        for name in ("SEA", "NCES")
    ]
    made = carried(
        "School", "EducationOrganizationIdentificationCode", {"schoolId": 7, "identificationCodes": codes}
    )
    assert [m["identificationCode"] for m in made] == ["SEA", "NCES"]
    assert made[0]["educationOrganizationReference"] == {"educationOrganizationId": 7}


def test_what_belongs_to_a_person_gets_the_organization_that_was_found() -> None:
    (made,) = carried(
        "Staff", "StaffDemographic", {"staffUniqueId": "t1", "sexDescriptor": SEX}, organization=9
    )
    assert made["educationOrganizationReference"] == {"educationOrganizationId": 9}
    assert made["staffReference"] == {"staffUniqueId": "t1"}


@pytest.mark.parametrize(
    ("resource", "document", "changed"),
    [
        (
            "StudentSpecialEducationProgramAssociation",
            {"beginDate": "2026-08-17", "iepReviewDate": "2026-10-01"},
            {"beginDate": "2026-08-17", "iepLastReviewDate": "2026-10-01"},
        ),
        (
            "Assessment",
            {
                "academicSubjects": [
                    {"academicSubjectDescriptor": "a#1"},
                    {"academicSubjectDescriptor": "a#2"},
                ]
            },
            {"academicSubjectDescriptor": "a#1"},
        ),
        (
            "ObjectiveAssessment",
            {"parentObjectiveAssessmentReference": {"identificationCode": "x", "link": {}}},
            {
                "parentObjectiveAssessments": [
                    {"parentObjectiveAssessmentReference": {"identificationCode": "x"}}
                ]
            },
        ),
        (
            "StudentAssessment",
            {"administrationDate": "2026-07-01T10:00:00Z"},
            {"administrationDate": "2026-07-01T10:00:00Z", "schoolYearTypeReference": {"schoolYear": 2027}},
        ),
        (
            "StudentAssessment",
            {"administrationDate": "2026-06-30"},
            {"administrationDate": "2026-06-30", "schoolYearTypeReference": {"schoolYear": 2026}},
        ),
        ("Staff", {"staffUniqueId": "t1", "races": [{}]}, {"staffUniqueId": "t1"}),
        ("Staff", {"staffUniqueId": "t1"}, None),
        ("StudentAssessment", {"studentAssessmentIdentifier": "x"}, None),
    ],
)
def test_a_record_loses_what_was_carried(
    resource: str, document: dict[str, Any], changed: dict[str, Any] | None
) -> None:
    assert moves().rewrite(resource, document) == changed


def test_more_than_one_subject_is_a_loss() -> None:
    subjects = [{"academicSubjectDescriptor": "a#1"}, {"academicSubjectDescriptor": "a#2"}]
    assert moves().is_lossy("Assessment", {"academicSubjects": subjects})
    assert not moves().is_lossy("Assessment", {"academicSubjects": subjects[:1]})


def test_a_carried_record_is_sound_in_the_new_version() -> None:
    address = {
        "addressTypeDescriptor": "uri://ed-fi.org/AddressTypeDescriptor#Home",
        "city": "Ames",
        "postalCode": "50010",
        "stateAbbreviationDescriptor": "uri://ed-fi.org/StateAbbreviationDescriptor#IA",
        "streetNumberName": "1 Main Street",
    }
    (made,) = carried(
        "Staff", "StaffDirectory", {"staffUniqueId": "t1", "addresses": [address]}, organization=9
    )
    kind = compile_document(NEW, NEW.resources["StaffDirectory"])
    assert not isinstance(parse_mapping(kind, made, trims_blanks=False), tuple)
