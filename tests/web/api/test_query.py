"""Filters, paging, partitions and what is wrong with a question (edfi-api.md 1.6)."""

from __future__ import annotations

import pytest

from tests.cast import (
    DISTRICT_ID,
    GRADE_NINE,
    OTHER_SCHOOL_ID,
    SCHOOL_ID,
    district_body,
    enrollment_body,
    school_body,
    student_body,
)
from tests.web.conftest import Api, Caller

_STUDENTS = 12


@pytest.fixture(scope="module")
def caller(api: Api) -> Caller:
    """A client of a district with two schools and twelve students, each enrolled at the first."""
    caller = api.caller()
    caller.create("localEducationAgencies", district_body())
    caller.create("schools", school_body())
    caller.create("schools", school_body(OTHER_SCHOOL_ID))
    for number in range(_STUDENTS):
        caller.create("students", student_body(f"Q-{number:02}"))
        caller.create("studentSchoolAssociations", enrollment_body(f"Q-{number:02}"))
    return caller


def _numbers(caller: Caller, **parameters: object) -> list[str]:
    return [one["studentUniqueId"] for one in caller.list("students", **parameters)]


def test_lists_are_filtered_by_a_scalar(caller: Caller) -> None:
    assert _numbers(caller, studentUniqueId="Q-03") == ["Q-03"]
    assert _numbers(caller, studentUniqueId="Q-99") == []


def test_lists_are_filtered_by_key_members_of_references(caller: Caller) -> None:
    found = caller.list("studentSchoolAssociations", schoolId=SCHOOL_ID, studentUniqueId="Q-03")
    assert [one["studentReference"]["studentUniqueId"] for one in found] == ["Q-03"]
    assert caller.list("studentSchoolAssociations", schoolId=OTHER_SCHOOL_ID, studentUniqueId="Q-03") == []


def test_lists_are_filtered_by_descriptor(caller: Caller) -> None:
    found = caller.list("studentSchoolAssociations", entryGradeLevelDescriptor=GRADE_NINE)
    assert len(found) == _STUDENTS
    other = GRADE_NINE.replace("Ninth", "Tenth")
    assert caller.list("studentSchoolAssociations", entryGradeLevelDescriptor=other) == []


def test_an_unknown_descriptor_matches_nothing(caller: Caller) -> None:
    unknown = "uri://ed-fi.org/GradeLevelDescriptor#No such grade"
    assert caller.list("studentSchoolAssociations", entryGradeLevelDescriptor=unknown) == []


def test_lists_are_filtered_by_identification_code(caller: Caller) -> None:
    code = "uri://ed-fi.org/EducationOrganizationIdentificationSystemDescriptor#"
    school = school_body(OTHER_SCHOOL_ID) | {
        "identificationCodes": [
            {
                "educationOrganizationIdentificationSystemDescriptor": f"{code}SEA",
                "identificationCode": "S-77",
            }
        ]
    }
    caller.create("schools", school)
    assert [s["schoolId"] for s in caller.list("schools", identificationCode="S-77")] == [OTHER_SCHOOL_ID]
    assert caller.list("schools", identificationCode="S-78") == []


def test_parameters_we_do_not_know_are_let_pass(caller: Caller) -> None:
    assert len(_numbers(caller, somethingElse="x", correlationId="abc")) == _STUDENTS


def test_lists_are_filtered_by_id(caller: Caller) -> None:
    (one,) = caller.list("students", studentUniqueId="Q-05")
    assert _numbers(caller, id=one["id"]) == ["Q-05"]


@pytest.mark.parametrize(
    ("endpoint", "name", "value", "words"),
    [
        ("students", "id", "invalid", "The value 'invalid' is not valid for Id."),
        ("students", "birthDate", "someday", "The value 'someday' is not valid for BirthDate."),
        ("schools", "schoolId", "one", "The value 'one' is not valid for SchoolId."),
        ("students", "limit", "many", "The value 'many' is not valid for Limit."),
        ("students", "totalCount", "perhaps", "The value 'perhaps' is not valid for TotalCount."),
        ("students", "minChangeVersion", "x", "The value 'x' is not valid for MinChangeVersion."),
    ],
)
def test_an_ill_typed_value_is_named(
    caller: Caller, endpoint: str, name: str, value: str, words: str
) -> None:
    response = caller.get(endpoint, params={name: value})
    assert response.status_code == 400
    assert response.json()["type"] == "urn:ed-fi:api:bad-request:data-validation-failed"
    assert response.json()["validationErrors"] == {f"$.{name}": [words]}


def test_a_list_without_a_limit_has_up_to_500(caller: Caller) -> None:
    namespace = "uri://ed-fi.org/LanguageDescriptor"
    for number in range(20):  # beside the 484 of the standard
        value = {"namespace": namespace, "codeValue": f"Q{number}", "shortDescription": f"Q{number}"}
        caller.create("languageDescriptors", value)
    assert len(caller.list("languageDescriptors")) == 500


def test_a_limit_of_0_counts_only(caller: Caller) -> None:
    for flag in ("true", "True"):
        response = caller.get("students", params={"limit": "0", "totalCount": flag})
        assert (response.json(), response.headers["total-count"]) == ([], str(_STUDENTS))
        assert "next-page-token" not in response.headers
    assert "total-count" not in caller.get("students").headers


def test_offsets_walk_the_list_in_the_order_of_insertion(caller: Caller) -> None:
    walked = [n for offset in range(0, _STUDENTS, 5) for n in _numbers(caller, limit=5, offset=offset)]
    assert walked == [f"Q-{number:02}" for number in range(_STUDENTS)]


def test_tokens_walk_the_list_to_its_end(caller: Caller) -> None:
    response = caller.get("students", params={"limit": "5"})
    walked = [one["studentUniqueId"] for one in response.json()]
    while (token := response.headers.get("next-page-token")) is not None:
        response = caller.get("students", params={"pageToken": token, "pageSize": "5"})
        walked += [one["studentUniqueId"] for one in response.json()]
    assert response.json() == []
    assert walked == [f"Q-{number:02}" for number in range(_STUDENTS)]


def test_a_token_alone_takes_the_largest_page(caller: Caller) -> None:
    token = caller.get("students", params={"limit": "5"}).headers["next-page-token"]
    assert len(caller.get("students", params={"pageToken": token}).json()) == _STUDENTS - 5


def test_partitions_cover_the_list_once(caller: Caller) -> None:
    tokens = caller.get("students/partitions", params={"number": "4"}).json()["pageTokens"]
    walked = [n for token in tokens for n in _numbers(caller, pageToken=token)]
    assert sorted(walked) == [f"Q-{number:02}" for number in range(_STUDENTS)]


def test_a_partition_is_worth_a_worker(caller: Caller) -> None:
    assert len(caller.get("students/partitions", params={"number": "200"}).json()["pageTokens"]) == 1


def test_partitions_take_the_lists_filters(caller: Caller) -> None:
    (token,) = caller.get("students/partitions", params={"studentUniqueId": "Q-03"}).json()["pageTokens"]
    assert _numbers(caller, pageToken=token, studentUniqueId="Q-03") == ["Q-03"]
    assert caller.get("students/partitions", params={"studentUniqueId": "Q-99"}).json() == {"pageTokens": []}


@pytest.mark.parametrize("path", ["students/deletes/partitions", "students/keyChanges/partitions"])
def test_feeds_have_no_partitions(caller: Caller, path: str) -> None:
    assert caller.get(path).status_code == 404


def test_versions_bound_a_list(caller: Caller) -> None:
    every = caller.list("students")
    versions = [int(one["_etag"].partition("-")[0]) for one in every]
    third = versions[2]
    assert _numbers(caller, maxChangeVersion=third) == ["Q-00", "Q-01", "Q-02"]
    assert _numbers(caller, minChangeVersion=third, limit=1) == ["Q-02"]
    assert _numbers(caller, minChangeVersion=third, maxChangeVersion=third, studentUniqueId="Q-00") == []


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"limit": "501"}, "Limit must be a value between 0 and 500."),
        ({"limit": "-1"}, "Limit must be a value between 0 and 500."),
        ({"offset": "-1"}, "Offset cannot be a negative value."),
        (
            {"offset": "0", "pageToken": "MSwy"},
            (
                "Both offset and pageToken parameters were provided, but they support alternative paging "
                "approaches and cannot be used together."
            ),
        ),
        ({"pageSize": "5"}, "PageToken is required when pageSize is specified."),
        ({"pageSize": "5", "offset": "0"}, "Use limit instead of pageSize when using limit/offset paging."),
        (
            {"limit": "5", "pageToken": "MSwy"},
            "Use pageSize instead of limit when using cursor paging with pageToken.",
        ),
        ({"pageSize": "501", "pageToken": "MSwy"}, "PageSize must be a value between 0 and 500."),
        ({"pageToken": "!"}, "The page token provided was invalid."),
        ({"pageToken": "YWJj"}, "The page token provided was invalid."),
        (
            {"pageToken": "MSwy", "totalCount": "true"},
            "Total count cannot be determined while using cursor paging (when pageToken is specified).",
        ),
    ],
)
def test_paging_out_of_bounds_is_explained(caller: Caller, parameters: dict[str, str], error: str) -> None:
    response = caller.get("students", params=parameters)
    assert response.status_code == 400
    body = response.json()
    assert body["type"] == "urn:ed-fi:api:bad-request:parameter-validation-failed"
    assert body["title"] == "Parameter Validation Failed"
    assert body["detail"] == "The request construction was invalid."
    assert body["errors"] == [error]


@pytest.mark.parametrize("number", ["0", "201", "-5"])
def test_the_number_of_partitions_is_bounded(caller: Caller, number: str) -> None:
    response = caller.get("students/partitions", params={"number": number})
    assert response.status_code == 400
    assert response.json()["errors"] == ["Number of partitions must be between 1 and 200."]


def test_lists_are_json_for_clients_that_look(caller: Caller) -> None:
    assert caller.get("students").headers["content-type"].startswith("application/json")


def test_there_is_no_snapshot_to_read(caller: Caller) -> None:
    response = caller.get("students", headers={"use-snapshot": "true"})
    assert response.status_code == 404
    assert response.json()["detail"] == "Snapshot not found."
    assert response.json()["errors"] == ["The snapshot connection for the ODS has not been configured."]


def test_a_snapshot_is_not_written_to(caller: Caller) -> None:
    response = caller.post("students", json=student_body("Q-77"), headers={"use-snapshot": "true"})
    assert response.status_code == 405
    assert response.json()["type"] == "urn:ed-fi:api:snapshots:method-not-allowed"
    assert response.headers["allow"] == "GET"


def test_a_client_sees_of_a_list_what_it_reaches(api: Api, caller: Caller) -> None:
    elsewhere = api.caller(organizations=(OTHER_SCHOOL_ID,))
    assert elsewhere.list("students") == []
    assert elsewhere.get("students", params={"totalCount": "true"}).headers["total-count"] == "0"
    assert [s["schoolId"] for s in elsewhere.list("schools", schoolId=SCHOOL_ID)] == [SCHOOL_ID]
    assert DISTRICT_ID != OTHER_SCHOOL_ID
