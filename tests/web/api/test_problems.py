"""Problem bodies: the envelope, validation, references, conflicts (edfi-api.md 1.8, 1.9)."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.cast import (
    SCHOOL_ID,
    Body,
    course_body,
    district_body,
    enrollment_body,
    offering_body,
    period_body,
    roster_body,
    school_body,
    section_body,
    session_body,
    student_body,
)
from tests.web.conftest import Api, Caller

_WORLD: tuple[tuple[str, Body], ...] = (
    ("localEducationAgencies", district_body()),
    ("schools", school_body()),
    ("students", student_body()),
    ("studentSchoolAssociations", enrollment_body()),
    ("sessions", session_body()),
    ("courses", course_body()),
    ("courseOfferings", offering_body()),
    ("classPeriods", period_body()),
    ("sections", section_body()),
    ("studentSectionAssociations", roster_body()),
)


@pytest.fixture(scope="module")
def caller(api: Api) -> Caller:
    """A client of a district with one student in one class."""
    caller = api.caller()
    for endpoint, body in _WORLD:
        caller.create(endpoint, body)
    return caller


def _invalid(caller: Caller, endpoint: str, body: Body) -> dict[str, list[str]]:
    response = caller.post(endpoint, json=body)
    assert response.status_code == 400, response.text
    told = response.json()
    assert told["type"] == "urn:ed-fi:api:bad-request:data-validation-failed"
    assert told["title"] == "Data Validation Failed"
    assert told["detail"] == "Data validation failed. See 'validationErrors' for details."
    return dict(told["validationErrors"])


def test_a_problem_has_its_members_in_order_and_no_empty_ones(caller: Caller) -> None:
    response = caller.post("students", json=student_body() | {"birthDate": None})
    assert response.headers["content-type"] == "application/problem+json"
    assert list(response.json()) == ["detail", "type", "title", "status", "correlationId", "validationErrors"]
    assert response.json()["status"] == response.status_code == 400
    told = caller.get("students", params={"limit": "-1"}).json()
    assert list(told) == ["detail", "type", "title", "status", "correlationId", "errors"]


def test_all_faults_of_a_body_are_told_together(caller: Caller) -> None:
    body = student_body("X-1") | {"birthDate": None, "firstName": "n" * 76}
    assert _invalid(caller, "students", body) == {
        "$.birthDate": ["BirthDate is required."],
        "$.firstName": ["FirstName must be at most 75 characters in length."],
    }


def test_an_organization_is_never_0(caller: Caller) -> None:
    body = enrollment_body() | {"schoolReference": {"schoolId": 0}}
    assert _invalid(caller, "studentSchoolAssociations", body) == {
        "$.schoolReference.schoolId": ["SchoolId value must be different than 0."]
    }


def test_a_required_text_is_not_left_empty(caller: Caller) -> None:
    assert _invalid(caller, "students", student_body("X-1") | {"lastSurname": ""}) == {
        "$.lastSurname": ["LastSurname is required and should not be left empty."]
    }


def test_a_required_reference_is_named(caller: Caller) -> None:
    assert _invalid(caller, "studentSchoolAssociations", enrollment_body() | {"schoolReference": None}) == {
        "$.schoolReference": ["SchoolReference is required."]
    }


def test_an_incomplete_reference_says_what_is_missing(caller: Caller) -> None:
    body = section_body() | {"courseOfferingReference": {"localCourseCode": "ALG-1", "sessionName": "Fall"}}
    assert _invalid(caller, "sections", body) == {
        "$.courseOfferingReference": [
            "CourseOfferingReference is missing the following properties: SchoolId, SchoolYear"
        ]
    }


def test_an_item_that_comes_twice_is_counted_out(caller: Caller) -> None:
    body = school_body()
    body["gradeLevels"] *= 2
    assert _invalid(caller, "schools", body) == {
        "$.gradeLevels": [
            (
                "The 2nd item of the GradeLevels has the same identifying values as another item earlier "
                "in the list."
            )
        ]
    }


def test_a_required_collection_has_an_item(caller: Caller) -> None:
    assert _invalid(caller, "schools", school_body() | {"gradeLevels": []}) == {
        "$.gradeLevels": ["Collections must have at least one item."]
    }


def test_an_unknown_descriptor_value_is_named(caller: Caller) -> None:
    unknown = "uri://ed-fi.org/GradeLevelDescriptor#Fourteenth"
    assert _invalid(
        caller, "studentSchoolAssociations", enrollment_body() | {"entryGradeLevelDescriptor": unknown}
    ) == {"$.entryGradeLevelDescriptor": [f"GradeLevelDescriptor value '{unknown}' does not exist."]}


def test_a_descriptor_value_in_a_collection_is_named_with_its_place(caller: Caller) -> None:
    unknown = "uri://ed-fi.org/GradeLevelDescriptor#Fourteenth"
    told = _invalid(caller, "schools", school_body() | {"gradeLevels": [{"gradeLevelDescriptor": unknown}]})
    assert told == {
        "$.gradeLevels[0].gradeLevelDescriptor": [f"GradeLevelDescriptor value '{unknown}' does not exist."]
    }


def test_a_descriptor_value_without_a_hash_is_explained(caller: Caller) -> None:
    told = _invalid(
        caller, "studentSchoolAssociations", enrollment_body() | {"entryGradeLevelDescriptor": "Ninth"}
    )
    assert told == {
        "$.entryGradeLevelDescriptor": [
            (
                "GradeLevelDescriptor value 'Ninth' is not a valid value for use as a descriptor "
                "(a '#' is expected to delineate the namespace and code value portions)."
            )
        ]
    }


def test_a_date_with_a_time_is_invalid(caller: Caller) -> None:
    told = _invalid(caller, "students", student_body("X-1") | {"birthDate": "2011-03-05T10:00:00"})
    assert told == {"$.birthDate": ["The supplied value is invalid."]}


def test_members_that_are_one_value_must_agree(caller: Caller) -> None:
    body = offering_body() | {
        "sessionReference": {"schoolId": 888, "schoolYear": 2027, "sessionName": "Fall"}
    }
    words = (
        "All values supplied for 'schoolId' must match. Review all references and align the following "
        f"conflicting values: '{SCHOOL_ID}', '888'"
    )
    told = _invalid(caller, "courseOfferings", body)
    assert told["$.schoolReference.schoolId"] == told["$.sessionReference.schoolId"] == [words]


def test_every_broken_reference_is_named_with_its_place(caller: Caller) -> None:
    body = section_body() | {
        "sectionIdentifier": "ALG-1-Z",
        "locationReference": {"schoolId": SCHOOL_ID, "classroomIdentificationCode": "none"},
        "classPeriods": [
            {"classPeriodReference": {"classPeriodName": "Period 1", "schoolId": SCHOOL_ID}},
            {"classPeriodReference": {"classPeriodName": "none", "schoolId": SCHOOL_ID}},
        ],
    }
    response = caller.post("sections", json=body)
    assert response.status_code == 409
    told = response.json()
    assert told["type"] == "urn:ed-fi:api:data-conflict:unresolved-reference"
    assert told["title"] == "Unresolved Reference"
    assert told["detail"] == "The referenced 'Location' item does not exist."
    assert told["validationErrors"] == {
        "$.locationReference": ["The referenced Location item does not exist."],
        "$.classPeriods[1].classPeriodReference": ["The referenced ClassPeriod item does not exist."],
    }


def test_a_missing_student_of_an_enrollment_is_unresolved(caller: Caller) -> None:
    response = caller.post("studentSchoolAssociations", json=enrollment_body("nobody"))
    assert response.status_code == 409
    assert response.json()["detail"] == "The referenced 'Student' item does not exist."


def test_what_others_refer_to_stays(caller: Caller) -> None:
    (student,) = caller.list("students", studentUniqueId="F-1")
    response = caller.delete(f"students/{student['id']}")
    assert response.status_code == 409
    told = response.json()
    assert told["type"] == "urn:ed-fi:api:data-conflict:dependent-item-exists"
    assert told["title"] == "Dependent Item Exists"
    assert told["detail"].startswith(
        "The requested action cannot be performed because this item is referenced by an existing 'Student"
    )


def test_what_items_inside_others_refer_to_stays(caller: Caller) -> None:
    (period,) = caller.list("classPeriods", classPeriodName="Period 1")
    response = caller.delete(f"classPeriods/{period['id']}")
    assert response.status_code == 409
    assert response.json()["detail"] == (
        "The requested action cannot be performed because this item is referenced by an existing "
        "'SectionClassPeriod' item contained within an 'Section' resource item."
    )


def test_a_descriptor_in_use_stays(caller: Caller) -> None:
    (grade,) = caller.list("gradeLevelDescriptors", codeValue="Ninth grade")
    assert caller.delete(f"gradeLevelDescriptors/{grade['id']}").status_code == 409


def test_most_keys_cannot_change(caller: Caller) -> None:
    address = caller.create("students", student_body("K-1"))
    caller.create("studentSchoolAssociations", enrollment_body("K-1"))
    response = caller.put(address, json=student_body("K-2"))
    assert response.status_code == 400
    told = response.json()
    assert told["type"] == "urn:ed-fi:api:bad-request:data-validation-failed:key-change-not-supported"
    assert told["title"] == "Key Change Not Supported"
    assert told["detail"] == (
        "Identifying values for the Student data cannot be changed. Delete and recreate the item instead."
    )


def test_some_keys_change_together_with_all_that_refer_to_them(caller: Caller) -> None:
    name = uuid4().hex[:8]
    address = caller.create("sessions", session_body(name))
    offering = caller.create("courseOfferings", offering_body(name))
    assert caller.put(address, json=session_body(f"{name}-2")).status_code == 204
    assert caller.get(offering).json()["sessionReference"]["sessionName"] == f"{name}-2"
    assert caller.list("sessions", sessionName=name) == []


def test_a_key_change_onto_another_record_is_a_conflict(caller: Caller) -> None:
    name = uuid4().hex[:8]
    address = caller.create("classPeriods", period_body(name))
    response = caller.put(address, json=period_body("Period 1"))
    assert response.status_code == 409
    told = response.json()
    assert told["type"] == "urn:ed-fi:api:data-conflict:non-unique-identity"
    assert told["title"] == "Identifying Values Are Not Unique"
    assert told["detail"] == (
        "The identifying value(s) of the item are the same as another item that already exists."
    )
    assert told["errors"][0].startswith(
        "A primary key conflict occurred when attempting to create or update a record"
    )


@pytest.fixture
def busy_courses(fresh_api: Api) -> Iterator[Caller]:
    """A client of a district whose courses others change all the time: each write meets a deadlock."""
    caller = fresh_api.caller()
    caller.create("localEducationAgencies", district_body())
    caller.create("schools", school_body())
    caller.create("courses", course_body())
    fresh_api.execute_as_owner(
        "create function edfi.lose_turn() returns trigger language plpgsql"
        " as $$ begin raise exception 'deadlock' using errcode = '40P01'; end $$;"
        " create trigger lose_turn before insert or update or delete on edfi.course"
        " for each row execute function edfi.lose_turn()"
    )
    yield caller
    fresh_api.execute_as_owner("drop trigger lose_turn on edfi.course; drop function edfi.lose_turn()")


def test_a_write_that_always_loses_its_turn_is_a_conflict_between_users(busy_courses: Caller) -> None:
    (course,) = busy_courses.list("courses")
    answers = [
        busy_courses.post("courses", json=course_body() | {"courseTitle": "Other"}),
        busy_courses.put(f"courses/{course['id']}", json=course_body() | {"courseTitle": "Other"}),
        busy_courses.delete(f"courses/{course['id']}"),
    ]
    assert [answer.status_code for answer in answers] == [409, 409, 409]
    kinds = {answer.json()["type"] for answer in answers}
    assert kinds == {"urn:ed-fi:api:data-conflict:multi-user-conflict"}
    assert busy_courses.list("courses") == [course]
