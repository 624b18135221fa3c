"""Verbs and statuses (edfi-api.md 1.4), representation (1.5) and conditional requests (1.7)."""

from __future__ import annotations

import re
from uuid import uuid4

import httpx
import pytest

from tests.cast import (
    DISTRICT_ID,
    GRADE_NINE,
    SCHOOL_ID,
    Body,
    district_body,
    enrollment_body,
    school_body,
    student_body,
)
from tests.web.conftest import Api, Caller

_INVALID = "urn:ed-fi:api:bad-request:data-validation-failed"


@pytest.fixture(scope="module")
def caller(api: Api) -> Caller:
    """A client of the district, with the district and one school in place."""
    caller = api.caller()
    caller.create("localEducationAgencies", district_body())
    caller.create("schools", school_body())
    return caller


@pytest.fixture
def number() -> str:
    """A student number that no other test uses."""
    return uuid4().hex[:12]


@pytest.fixture
def student(caller: Caller, number: str) -> str:
    """The address of a student who is enrolled, so that the caller reaches it."""
    address = caller.create("students", student_body(number))
    caller.create("studentSchoolAssociations", enrollment_body(number))
    return address


def _week(name: str) -> Body:
    return {
        "weekIdentifier": name,
        "schoolReference": {"schoolId": SCHOOL_ID},
        "beginDate": "2026-08-17",
        "endDate": "2026-08-21",
        "totalInstructionalDays": 5,
    }


def test_posting_something_new_creates_it(caller: Caller, number: str) -> None:
    response = caller.post("students", json=student_body(number))
    assert response.status_code == 201
    assert response.content == b""
    assert re.fullmatch(rf"{caller.url}/data/v3/ed-fi/students/[0-9a-f]{{32}}", response.headers["location"])
    assert re.fullmatch(r'"[^"]+"', response.headers["etag"])


def test_posting_the_same_key_again_updates_it(caller: Caller, student: str, number: str) -> None:
    response = caller.post("students", json=student_body(number, "Inez"))
    assert response.status_code == 200
    assert response.headers["location"] == student
    assert caller.get(student).json()["firstName"] == "Inez"


def test_posting_what_is_stored_already_keeps_its_version(caller: Caller, student: str, number: str) -> None:
    before = caller.get(student).headers["etag"]
    response = caller.post("students", json=student_body(number))
    assert (response.status_code, response.headers["etag"]) == (200, before)


def test_putting_replaces_the_record(caller: Caller, student: str, number: str) -> None:
    response = caller.put(student, json=student_body(number, "Inez"))
    assert response.status_code == 204
    assert response.headers["location"] == student
    assert response.headers["etag"] == caller.get(student).headers["etag"]


def test_putting_never_creates(caller: Caller, number: str) -> None:
    response = caller.put(f"students/{uuid4().hex}", json=student_body(number))
    assert response.status_code == 404
    assert response.json()["detail"] == "Resource to update was not found."


def test_putting_accepts_the_id_of_the_address_in_the_body(caller: Caller, student: str, number: str) -> None:
    identifier = student.rpartition("/")[2]
    assert caller.put(student, json={"id": identifier, **student_body(number, "Inez")}).status_code == 204


def test_putting_refuses_another_id_in_the_body(caller: Caller, student: str, number: str) -> None:
    response = caller.put(student, json={"id": uuid4().hex, **student_body(number)})
    assert response.status_code == 400
    assert response.json()["errors"] == ["Request body id must match the id in the url."]


def test_what_was_read_can_be_put_back(caller: Caller, student: str) -> None:
    assert caller.put(student, json=caller.get(student).json()).status_code == 204


def test_deleting_removes_the_record(caller: Caller) -> None:
    address = caller.create("academicWeeks", _week(uuid4().hex[:20]))
    assert caller.delete(address).status_code == 204
    assert caller.get(address).status_code == 404


def test_deleting_what_is_not_there_is_not_found(caller: Caller) -> None:
    response = caller.delete(f"academicWeeks/{uuid4().hex}")
    assert response.status_code == 404
    assert response.json()["detail"] == "Resource to delete was not found."


def test_reading_what_is_not_there_is_not_found(caller: Caller) -> None:
    response = caller.get(f"academicWeeks/{uuid4().hex}")
    assert response.status_code == 404
    assert response.json()["detail"] == "The specified item could not be found."
    assert response.json()["type"] == "urn:ed-fi:api:not-found"


def test_ids_are_read_with_and_without_hyphens(caller: Caller, student: str) -> None:
    plain = student.rpartition("/")[2]
    hyphened = "-".join((plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:]))
    assert caller.get(f"students/{hyphened}").json()["id"] == plain


def test_posting_with_an_id_is_refused(caller: Caller, number: str) -> None:
    response = caller.post("students", json={"id": uuid4().hex, **student_body(number)})
    assert response.status_code == 400
    body = response.json()
    assert body["type"] == _INVALID
    assert body["detail"] == "The request data was constructed incorrectly."
    assert body["errors"] == [
        (
            "Resource identifiers cannot be assigned by the client. The 'id' property should not be included "
            "in the request body."
        )
    ]


@pytest.mark.parametrize(
    ("method", "path", "error"),
    [
        (
            "POST",
            "students/00000000000040008000000000000000",
            (
                'Resource items can only be updated using PUT. To "upsert" an item in the resource '
                'collection using POST, remove the "id" from the route.'
            ),
        ),
        (
            "PUT",
            "students",
            (
                'Resource collections cannot be replaced. To "upsert" an item in the collection, use POST. '
                'To update a specific item, use PUT and include the "id" in the route.'
            ),
        ),
        (
            "DELETE",
            "students",
            (
                "Resource collections cannot be deleted. To delete a specific item, use DELETE and include "
                'the "id" in the route.'
            ),
        ),
        ("PATCH", "students", "The endpoint of the request does not support the 'PATCH' method."),
        ("OPTIONS", "students", "The endpoint of the request does not support the 'OPTIONS' method."),
        ("POST", "students/deletes", "The endpoint of the request does not support the 'POST' method."),
    ],
)
def test_a_verb_in_the_wrong_place_is_explained(caller: Caller, method: str, path: str, error: str) -> None:
    response = caller.request(method, path, json={})
    assert response.status_code == 405
    body = response.json()
    assert body["type"] == "urn:ed-fi:api:method-not-allowed"
    assert body["title"] == "Method Not Allowed"
    assert body["detail"] == "The request construction was invalid."
    assert body["errors"] == [error]


def test_head_is_no_verb_of_ours(caller: Caller) -> None:
    assert caller.head("students").status_code == 405


@pytest.mark.parametrize(
    "path", ["/data/v3/ed-fi/nothing", "/data/v3/nobody/students", "/data/v3/x", "/metadata/x"]
)
def test_an_unknown_path_is_not_found(caller: Caller, path: str) -> None:
    response = caller.get(caller.url + path)
    assert response.status_code == 404
    assert response.json()["detail"] == "The specified data could not be found."


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_malformed_id_of_a_change_is_an_invalid_value(caller: Caller, method: str) -> None:
    response = caller.request(method, "students/x", json=student_body("x"))
    assert response.status_code == 400
    assert response.json()["validationErrors"] == {"$.id": ["The value 'x' is not valid."]}


def test_a_malformed_id_of_a_read_is_not_found(caller: Caller) -> None:
    response = caller.get("students/x")
    assert response.status_code == 404
    assert response.json()["detail"] == "The specified data could not be found."


def test_posting_nothing_is_a_bad_request(caller: Caller) -> None:
    response = caller.post("students", content=b"", headers={"content-type": "application/json"})
    assert response.status_code == 400
    assert response.json()["type"] == "urn:ed-fi:api:bad-request"
    assert response.json()["errors"] == ["A non-empty request body is required."]


def test_putting_nothing_is_invalid_data(caller: Caller, student: str) -> None:
    response = caller.put(student, content=b"", headers={"content-type": "application/json"})
    assert response.status_code == 400
    assert response.json()["type"] == _INVALID
    assert response.json()["validationErrors"] == {"$": ["A non-empty request body is required."]}


def test_a_body_without_a_content_type_is_unsupported(caller: Caller) -> None:
    response = caller.post("students", content=b"{}")
    assert response.status_code == 415
    assert response.json()["type"] == "urn:ed-fi:api:unsupported-media-type"
    assert response.json()["errors"] == ["The 'Content-Type' header is missing."]


def test_a_body_of_another_content_type_is_unsupported(caller: Caller) -> None:
    response = caller.post("students", content=b"<a/>", headers={"content-type": "application/xml"})
    assert response.status_code == 415
    assert response.json()["errors"] == [
        "The value specified in the 'Content-Type' header is not supported by this host."
    ]


def test_what_clients_send_in_surplus_is_let_pass(caller: Caller, number: str) -> None:
    body = student_body(number) | {
        "somethingElse": 1,
        "_etag": "1",
        "_lastModifiedDate": "2026-01-01T00:00:00Z",
        "link": {"rel": "x", "href": "y"},
        "visas": None,
    }
    body["FIRSTNAME"] = body.pop("firstName")
    assert caller.post("students", json=body).status_code == 201


def test_an_item_is_shown_as_clients_know_it(caller: Caller, student: str, number: str) -> None:
    body = caller.get(student).json()
    assert body.pop("_etag") == caller.get(student).headers["etag"].strip('"')
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,7}Z", body.pop("_lastModifiedDate"))
    assert body == {"id": student.rpartition("/")[2], **student_body(number)}


def test_references_link_to_what_they_name(caller: Caller, student: str, number: str) -> None:
    (enrollment,) = caller.list("studentSchoolAssociations", studentUniqueId=number)
    assert enrollment["studentReference"] == {
        "studentUniqueId": number,
        "link": {"rel": "Student", "href": f"/ed-fi/students/{student.rpartition('/')[2]}"},
    }
    assert enrollment["schoolReference"]["schoolId"] == SCHOOL_ID
    assert enrollment["entryDate"] == "2026-08-17"
    assert enrollment["entryGradeLevelDescriptor"] == GRADE_NINE


def test_a_reference_to_an_abstract_kind_links_to_the_concrete_one(caller: Caller) -> None:
    course = {
        "courseCode": "ALG-1",
        "courseTitle": "Algebra",
        "numberOfParts": 1,
        "educationOrganizationReference": {"educationOrganizationId": SCHOOL_ID},
        "identificationCodes": [
            {
                "courseIdentificationSystemDescriptor": (
                    "uri://ed-fi.org/CourseIdentificationSystemDescriptor#LEA course code"
                ),
                "identificationCode": "ALG-1",
            }
        ],
    }
    link = caller.get(caller.create("courses", course)).json()["educationOrganizationReference"]["link"]
    assert link["rel"] == "School"
    assert link["href"].startswith("/ed-fi/schools/")


def test_no_surrogate_key_is_shown(caller: Caller, student: str) -> None:
    assert not [name for name in caller.get(student).json() if name.lower().endswith("usi")]


def test_school_years_are_numbers(caller: Caller) -> None:
    (year,) = caller.list("schoolYearTypes", schoolYear=2027)
    assert year["schoolYear"] == 2027


@pytest.mark.parametrize("value", [True, "true", "TRUE", "1", 1])
def test_booleans_are_read_in_every_spelling(caller: Caller, number: str, value: object) -> None:
    caller.create("students", student_body(number))
    body = enrollment_body(number) | {"primarySchool": value}
    address = caller.create("studentSchoolAssociations", body)
    assert caller.get(address).json()["primarySchool"] is True


def test_descriptors_are_records_too(caller: Caller) -> None:
    body = {
        "namespace": "uri://ed-fi.org/GradeLevelDescriptor",
        "codeValue": f"Grade {uuid4().hex[:8]}",
        "shortDescription": "A grade of our own",
    }
    address = caller.create("gradeLevelDescriptors", body)
    shown = caller.get(address).json()
    assert body.items() <= shown.items()
    found = caller.list("gradeLevelDescriptors", codeValue=body["codeValue"])
    assert [one["id"] for one in found] == [shown["id"]]


def test_descriptor_values_are_compared_in_any_letter_case(caller: Caller, number: str) -> None:
    caller.create("students", student_body(number))
    body = enrollment_body(number) | {"entryGradeLevelDescriptor": GRADE_NINE.upper().replace("URI:", "uri:")}
    caller.create("studentSchoolAssociations", body)
    (enrollment,) = caller.list("studentSchoolAssociations", studentUniqueId=number)
    assert enrollment["entryGradeLevelDescriptor"] == GRADE_NINE


def test_blanks_at_the_ends_of_an_identity_are_refused(caller: Caller) -> None:
    response = caller.post("students", json=student_body(" F-9 "))
    assert response.status_code == 400
    assert response.json()["validationErrors"] == {
        "$.studentUniqueId": ["StudentUniqueId cannot contain leading or trailing spaces."]
    }


def test_identities_differ_by_letter_case(caller: Caller, number: str) -> None:
    first = caller.create("students", student_body(f"a{number}"))
    assert caller.create("students", student_body(f"A{number}")) != first


def _changed(caller: Caller, address: str, number: str, **headers: str) -> httpx.Response:
    return caller.put(
        address,
        json=student_body(number, "Inez"),
        headers={n.replace("_", "-"): v for n, v in headers.items()},
    )


@pytest.mark.parametrize("form", ['"{}"', "{}", '"other", "{}"', "*", 'W/"{}"'])
def test_if_match_takes_the_tag_in_every_form(caller: Caller, student: str, number: str, form: str) -> None:
    tag = caller.get(student).json()["_etag"]
    assert _changed(caller, student, number, if_match=form.format(tag)).status_code == 204


@pytest.mark.parametrize("tag", ['"0-0"', "unreadable", '""'])
def test_another_tag_stops_every_change(caller: Caller, student: str, number: str, tag: str) -> None:
    answers = [
        _changed(caller, student, number, if_match=tag),
        caller.post("students", json=student_body(number, "Inez"), headers={"if-match": tag}),
        caller.delete(student, headers={"if-match": tag}),
    ]
    for response in answers:
        assert response.status_code == 412
        body = response.json()
        assert body["type"] == "urn:ed-fi:api:optimistic-lock-failed"
        assert body["title"] == "Optimistic Lock Failed"
        assert body["detail"] == "The item has been modified by another user."
        assert body["errors"] == [
            (
                "The resource item's etag value does not match what was specified in the 'If-Match' request "
                "header indicating that it has been modified by another client since it was last retrieved."
            )
        ]
    assert caller.get(student).json()["firstName"] == "Ines"


@pytest.mark.parametrize("form", ['"{}"', "{}", "*"])
def test_what_the_reader_has_already_is_not_sent_again(caller: Caller, student: str, form: str) -> None:
    tag = caller.get(student).json()["_etag"]
    response = caller.get(student, headers={"if-none-match": form.format(tag)})
    assert (response.status_code, response.content) == (304, b"")
    assert caller.get(student, headers={"if-none-match": '"other"'}).status_code == 200


def test_a_change_gives_another_tag(caller: Caller, student: str, number: str) -> None:
    before = caller.get(student).headers["etag"]
    assert _changed(caller, student, number).headers["etag"] != before


def test_a_post_can_ask_to_create_only(caller: Caller, student: str, number: str) -> None:
    response = caller.post("students", json=student_body(number, "Inez"), headers={"if-none-match": "*"})
    assert response.status_code == 412
    assert response.json()["type"] == "urn:ed-fi:api:precondition-failed:if-none-match"
    assert caller.get(student).json()["firstName"] == "Ines"


def test_the_district_is_the_lea(caller: Caller) -> None:
    (agency,) = caller.list("localEducationAgencies", localEducationAgencyId=DISTRICT_ID)
    assert agency["nameOfInstitution"] == "Fernhollow Schools"
