"""What no purpose of the district needs is not stored by the API either, and the client is told."""

from __future__ import annotations

from tests.cast import DISTRICT_ID, district_body, enrollment_body, school_body, student_body
from tests.web.conftest import Api

DROPPED = ["special_services", "statutory_reporting", "programme_evaluation", "enrolment_and_transfer"]


def test_a_member_that_is_not_needed_is_left_out_and_the_answer_says_so(fresh_api: Api) -> None:
    caller = fresh_api.caller()
    caller.create("localEducationAgencies", district_body())
    caller.create("schools", school_body())
    caller.create("students", student_body())
    caller.create("studentSchoolAssociations", enrollment_body())
    body = {
        "educationOrganizationReference": {"educationOrganizationId": DISTRICT_ID},
        "studentReference": {"studentUniqueId": "F-1"},
        "hispanicLatinoEthnicity": True,
        "loginId": "ines",
    }
    answer = fresh_api.administer("change_purposes", drop=DROPPED)
    try:
        assert "$.races" in answer["not_stored"]["StudentEducationOrganizationAssociation"]
        response = caller.post("studentEducationOrganizationAssociations", json=body)
        assert response.status_code == 201
        (warning,) = response.headers.get_list("warning")
        assert warning.startswith('299 homeroom "hispanicLatinoEthnicity of ')
        stored = caller.get(response.headers["location"]).json()
        assert ("hispanicLatinoEthnicity" in stored, stored["loginId"]) == (False, "ines")
    finally:
        fresh_api.administer("change_purposes", allow=DROPPED)
    response = caller.post("studentEducationOrganizationAssociations", json=body)
    assert (response.status_code, response.headers.get_list("warning")) == (200, [])
