"""Change queries: how far changes go, what went, which keys changed (edfi-api.md 1.10)."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest

from tests.cast import (
    OTHER_SCHOOL_ID,
    SCHOOL_ID,
    Body,
    course_body,
    district_body,
    enrollment_body,
    offering_body,
    period_body,
    school_body,
    session_body,
    student_body,
)
from tests.web.conftest import Api, Caller


@pytest.fixture(scope="module")
def caller(api: Api) -> Caller:
    """A client of a district with one school and a course."""
    caller = api.caller()
    caller.create("localEducationAgencies", district_body())
    caller.create("schools", school_body())
    caller.create("schools", school_body(OTHER_SCHOOL_ID))
    caller.create("courses", course_body())
    return caller


def _newest(caller: Caller) -> int:
    return int(
        caller.get(f"{caller.url}/changeQueries/v1/availableChangeVersions").json()["newestChangeVersion"]
    )


def _deleted(caller: Caller, endpoint: str, since: int) -> list[Body]:
    return caller.list(f"{endpoint}/deletes", minChangeVersion=since + 1)


def test_the_newest_version_grows_with_what_changes_something(caller: Caller) -> None:
    name = uuid4().hex[:8]
    before = caller.get(f"{caller.url}/ChangeQueries/v1/AvailableChangeVersions").json()
    assert before["oldestChangeVersion"] == 0
    caller.create("classPeriods", period_body(name))
    changed = _newest(caller)
    assert changed > before["newestChangeVersion"]
    caller.create("classPeriods", period_body(name))
    assert _newest(caller) == changed


def test_the_newest_version_needs_a_token(caller: Caller) -> None:
    assert httpx.get(f"{caller.url}/changeQueries/v1/availableChangeVersions").status_code == 401


def test_what_went_is_told_with_its_key(caller: Caller) -> None:
    since = _newest(caller)
    address = caller.create("classPeriods", period_body("Gone"))
    caller.delete(address)
    (gone,) = _deleted(caller, "classPeriods", since)
    assert gone["id"] == address.rpartition("/")[2]
    assert gone["keyValues"] == {"classPeriodName": "Gone", "schoolId": SCHOOL_ID}
    assert since < gone["changeVersion"] <= _newest(caller)


def test_what_came_back_within_the_window_did_not_go(caller: Caller) -> None:
    since = _newest(caller)
    caller.delete(caller.create("classPeriods", period_body("Back")))
    caller.create("classPeriods", period_body("Back"))
    assert _deleted(caller, "classPeriods", since) == []


def test_descriptors_in_keys_are_told_in_two_members(caller: Caller) -> None:
    since = _newest(caller)
    body = {
        "namespace": "uri://ed-fi.org/GradeLevelDescriptor",
        "codeValue": "Gone grade",
        "shortDescription": "Gone grade",
    }
    caller.delete(caller.create("gradeLevelDescriptors", body))
    (gone,) = _deleted(caller, "gradeLevelDescriptors", since)
    assert gone["keyValues"] == {"namespace": body["namespace"], "codeValue": body["codeValue"]}


def test_deletes_are_paged_and_counted(caller: Caller) -> None:
    since = _newest(caller)
    for number in range(5):
        caller.delete(caller.create("classPeriods", period_body(f"Page {number}")))
    window = {"minChangeVersion": str(since + 1), "totalCount": "true"}
    response = caller.get("classPeriods/deletes", params=window | {"limit": "2", "offset": "1"})
    assert response.headers["total-count"] == "5"
    assert [g["keyValues"]["classPeriodName"] for g in response.json()] == ["Page 1", "Page 2"]
    counted = caller.get("classPeriods/deletes", params=window | {"limit": "0"})
    assert (counted.json(), counted.headers["total-count"]) == ([], "5")


def test_changed_keys_are_told_from_first_to_last(caller: Caller) -> None:
    since = _newest(caller)
    address = caller.create("sessions", session_body("First"))
    for name in ("Second", "Third"):
        caller.put(address, json=session_body(name))
    (change,) = caller.list("sessions/keyChanges", minChangeVersion=since + 1)
    assert change["id"] == address.rpartition("/")[2]
    assert change["oldKeyValues"] == {"schoolId": SCHOOL_ID, "schoolYear": 2027, "sessionName": "First"}
    assert change["newKeyValues"]["sessionName"] == "Third"


def test_a_key_that_changes_along_is_told_too(caller: Caller) -> None:
    address = caller.create("sessions", session_body("Along"))
    caller.create("courseOfferings", offering_body("Along"))
    since = _newest(caller)
    caller.put(address, json=session_body("Alongside"))
    (change,) = caller.list("courseOfferings/keyChanges", minChangeVersion=since + 1)
    assert change["newKeyValues"]["sessionName"] == "Alongside"


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"limit": "0"}, "Limit must be omitted or set to a value between 1 and 500."),
        ({"limit": "501"}, "Limit must be omitted or set to a value between 1 and 500."),
        ({"offset": "-1"}, "Offset must be greater than or equal to 0."),
    ],
)
def test_feeds_have_bounds_of_their_own(caller: Caller, parameters: dict[str, str], error: str) -> None:
    for feed in ("deletes", "keyChanges"):
        response = caller.get(f"students/{feed}", params=parameters)
        assert response.status_code == 400
        assert response.json()["errors"] == [error]


def test_reading_is_no_leave_to_follow_changes(api: Api) -> None:
    response = api.caller("Roster Vendor").get("students/deletes")
    assert response.status_code == 403
    assert "readChanges" in response.json()["errors"][0]


def test_a_deletion_is_seen_after_the_enrollment_that_reached_it_went(api: Api, caller: Caller) -> None:
    since = _newest(caller)
    student = caller.create("students", student_body("C-1"))
    caller.delete(caller.create("studentSchoolAssociations", enrollment_body("C-1")))
    plain = api.caller("Ed-Fi API Publisher Writer", organizations=(SCHOOL_ID,))
    assert plain.delete(student).status_code in {204, 403}
    caller.delete(student)
    gone = _deleted(caller, "students", since)
    assert [one["keyValues"]["studentUniqueId"] for one in gone] == ["C-1"]


def test_changes_elsewhere_are_not_told(api: Api, caller: Caller) -> None:
    since = _newest(caller)
    caller.create("students", student_body("C-2"))
    caller.delete(caller.create("studentSchoolAssociations", enrollment_body("C-2")))
    elsewhere = api.caller(organizations=(OTHER_SCHOOL_ID,))
    assert _deleted(elsewhere, "studentSchoolAssociations", since) == []
    assert len(_deleted(caller, "studentSchoolAssociations", since)) == 1
