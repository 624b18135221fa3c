"""Authorisation as clients meet it: claims, strategies, and the words of refusals (edfi-api.md part 2)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

import httpx
import pytest

from tests.cast import (
    DISTRICT_ID,
    OTHER_SCHOOL_ID,
    SCHOOL_ID,
    Body,
    course_body,
    district_body,
    enrollment_body,
    school_body,
    session_body,
    student_body,
)
from tests.web.conftest import Api, Caller

_CLAIM = "http://ed-fi.org/ods/identity/claims/ed-fi/"
_DENIED = "Access to the requested data could not be authorized."


@pytest.fixture(scope="module")
def admin(api: Api) -> Caller:
    """A client of the whole district, which has put two schools in place."""
    admin = api.caller()
    admin.create("localEducationAgencies", district_body())
    admin.create("schools", school_body())
    admin.create("schools", school_body(OTHER_SCHOOL_ID))
    return admin


@pytest.fixture
def number() -> str:
    """A student number that no other test uses."""
    return uuid4().hex[:12]


def _refused(response: httpx.Response, kind: str = "") -> Body:
    assert response.status_code == 403, response.text
    told = dict(response.json())
    assert told["type"] == f"urn:ed-fi:api:security:authorization{kind}"
    assert told["title"] == "Authorization Denied"
    return told


def test_a_claim_set_without_the_claim_is_told_which_would_do(api: Api, admin: Caller) -> None:
    told = _refused(api.caller("Roster Vendor").get("grades"), ":access-denied:resource")
    assert told["detail"] == f"{_DENIED} You do not have permissions to access this data."
    (error,) = told["errors"]
    assert error.startswith(
        "The API client's assigned claim set (currently 'Roster Vendor') must include one of"
    )
    assert f"'{_CLAIM}grade'" in error


def test_a_claim_without_the_action_is_told_which_would_do(api: Api, admin: Caller) -> None:
    told = _refused(
        api.caller("Roster Vendor").post("students", json=student_body()), ":access-denied:action"
    )
    assert (
        told["detail"]
        == f"{_DENIED} You do not have permissions to perform the requested operation on the data."
    )
    assert "'http://ed-fi.org/odsapi/actions/create' action" in told["errors"][0]


def test_a_new_student_is_read_only_once_it_is_enrolled(api: Api, admin: Caller, number: str) -> None:
    vendor = api.caller("SIS Vendor")
    address = vendor.create("students", student_body(number))
    told = _refused(vendor.get(address))
    assert told["detail"] == (
        f"{_DENIED} Hint: You may need to create a corresponding 'StudentSchoolAssociation' item."
    )
    assert told["errors"] == [
        (
            f"No relationships have been established between the caller's education organization id claim "
            f"({DISTRICT_ID}) and the resource item's 'StudentUniqueId' value."
        )
    ]
    _refused(vendor.put(address, json=student_body(number, "Inez")))
    vendor.create("studentSchoolAssociations", enrollment_body(number))
    assert vendor.get(address).status_code == 200
    assert vendor.put(address, json=student_body(number, "Inez")).status_code == 204


def test_lists_are_narrowed_and_never_refused(api: Api, admin: Caller, number: str) -> None:
    admin.create("students", student_body(number))
    elsewhere = api.caller("SIS Vendor", organizations=(OTHER_SCHOOL_ID,))
    assert elsewhere.list("students", studentUniqueId=number) == []
    admin.create("studentSchoolAssociations", enrollment_body(number, OTHER_SCHOOL_ID))
    assert len(elsewhere.list("students", studentUniqueId=number)) == 1


def test_a_client_above_reaches_down_and_one_beside_does_not(api: Api, admin: Caller, number: str) -> None:
    admin.create("students", student_body(number))
    address = admin.create("studentSchoolAssociations", enrollment_body(number))
    assert api.caller(organizations=(SCHOOL_ID,)).get(address).status_code == 200
    _refused(api.caller(organizations=(OTHER_SCHOOL_ID,)).get(address))


def test_several_claims_are_counted_and_the_first_five_shown(api: Api, admin: Caller, number: str) -> None:
    address = admin.create("students", student_body(number))
    few = api.caller(organizations=(9, 8))
    assert "organization id claims (8, 9) and" in _refused(few.get(address))["errors"][0]
    many = api.caller(organizations=tuple(range(16, 9, -1)))
    assert "claims (10, 11, 12, 13, 14, ...) and" in _refused(many.get(address))["errors"][0]
    none = api.caller(organizations=())
    assert "claims (none) and" in _refused(none.get(address))["errors"][0]


def test_several_subjects_are_named_together(api: Api, admin: Caller, number: str) -> None:
    admin.create("students", student_body(number))
    elsewhere = api.caller(organizations=(OTHER_SCHOOL_ID,))
    enrollment = admin.create("studentSchoolAssociations", enrollment_body(number))
    (error,) = _refused(elsewhere.get(enrollment))["errors"]
    assert error.endswith(
        "one or more of the following properties of the resource item: 'SchoolId', 'StudentUniqueId'."
    )


def test_writes_out_of_reach_are_refused(api: Api, admin: Caller) -> None:
    elsewhere = api.caller(organizations=(OTHER_SCHOOL_ID,))
    _refused(elsewhere.post("sessions", json=session_body()))
    assert admin.list("sessions") == []


def test_an_update_is_asked_of_what_is_stored_and_of_what_is_sent(api: Api, admin: Caller) -> None:
    address = admin.create("courses", course_body())
    elsewhere = api.caller(organizations=(OTHER_SCHOOL_ID,))
    _refused(elsewhere.put(address, json=course_body()))
    _refused(elsewhere.delete(address))
    assert admin.get(address).status_code == 200


def test_a_claimed_organization_passes_before_it_exists(api: Api) -> None:
    early = api.caller("District Hosted SIS Vendor", organizations=(7700,))
    assert (
        early.post("schools", json=school_body(7700) | {"localEducationAgencyReference": None}).status_code
        == 201
    )


def test_a_missing_school_is_out_of_reach_rather_than_missing(api: Api, admin: Caller, number: str) -> None:
    admin.create("students", student_body(number))
    _refused(api.caller("SIS Vendor").post("studentSchoolAssociations", json=enrollment_body(number, 9999)))


def _assessment(namespace: str) -> Body:
    subject = "uri://ed-fi.org/AcademicSubjectDescriptor#Mathematics"
    return {
        "assessmentIdentifier": uuid4().hex,
        "namespace": namespace,
        "assessmentTitle": "A test",
        "academicSubjects": [{"academicSubjectDescriptor": subject}],
    }


def test_a_namespace_must_start_with_a_prefix_of_the_client(api: Api, admin: Caller) -> None:
    vendor = api.caller("Assessment Vendor", prefixes=("uri://tests.example",))
    address = vendor.create("assessments", _assessment("URI://tests.example/a"))
    told = _refused(
        vendor.post("assessments", json=_assessment("uri://other.example")),
        ":namespace:access-denied:namespace-mismatch",
    )
    assert told["detail"] == (
        f"{_DENIED} The 'Namespace' value of the data does not start with any of the caller's associated "
        "namespace prefixes ('uri://tests.example')."
    )
    assert "errors" not in told
    other = api.caller("Assessment Vendor", prefixes=("uri://other.example",))
    told = _refused(other.get(address), ":namespace:access-denied:namespace-mismatch")
    assert "The existing 'Namespace' value" in told["detail"]
    assert other.list("assessments") == []
    assert len(vendor.list("assessments")) == 1


def test_a_client_without_prefixes_is_told_so(api: Api, admin: Caller) -> None:
    bare = api.caller("Assessment Vendor", prefixes=())
    _refused(bare.post("assessments", json=_assessment("uri://x")), ":namespace:invalid-client:no-namespaces")


def test_a_real_district_does_not_tell_what_is_not_yours(real_api: Api, number: str) -> None:
    caller = real_api.caller()
    caller.create("localEducationAgencies", district_body())
    address = caller.create("students", student_body(number))
    response = caller.get(address)
    missing = caller.get(f"students/{uuid4().hex}")
    assert response.status_code == missing.status_code == 404
    assert response.json() | {"correlationId": ""} == missing.json() | {"correlationId": ""}


def _claims(claim: str, actions: dict[str, Sequence[str]]) -> Body:
    """A whole claims document with one claim set, `Own`, and one claim."""
    granted = [
        {"name": action, "authorizationStrategyOverrides": [{"name": name} for name in strategies]}
        for action, strategies in actions.items()
    ]
    return {
        "claimSets": [{"claimSetName": "Own"}],
        "claimsHierarchy": [{"name": _CLAIM + claim, "claimSets": [{"name": "Own", "actions": granted}]}],
    }


def _upload(api: Api, document: Body) -> None:
    api.administer("upload_claims", claims=document)


_FREE = ("NoFurtherAuthorizationRequired",)


@pytest.fixture(scope="module")
def own_api(fresh_api: Api) -> Api:
    """A district whose claims are replaced by tests."""
    _upload(fresh_api, _claims("student", dict.fromkeys(("Create", "Read", "Update", "Delete"), _FREE)))
    fresh_api.caller("Own").create("students", student_body("O-0"))
    return fresh_api


def test_what_a_client_created_is_its_own(own_api: Api, number: str) -> None:
    _upload(
        own_api,
        _claims(
            "student", {"Create": _FREE, **dict.fromkeys(("Read", "Update", "Delete"), ("OwnershipBased",))}
        ),
    )
    first, second = own_api.caller("Own", organizations=(1,)), own_api.caller("Own", organizations=(2,))
    address = first.create("students", student_body(number))
    assert first.get(address).status_code == 200
    told = _refused(second.get(address), ":ownership:access-denied:ownership-mismatch")
    assert told["detail"] == f"{_DENIED} The item is not owned by the caller."
    _refused(second.delete(address), ":ownership:access-denied:ownership-mismatch")
    assert second.list("students") == []
    assert len(first.list("students")) == 1


def test_a_resource_without_claims_is_a_configuration_problem(own_api: Api) -> None:
    _upload(own_api, _claims("student", {"Read": _FREE}))
    response = own_api.caller("Own").get("schools")
    assert response.status_code == 500
    told = response.json()
    assert told["type"] == "urn:ed-fi:api:system:configuration:security"
    assert (
        told["detail"] == "A security configuration problem was detected. The request cannot be authorized."
    )


def test_an_action_without_strategies_is_a_configuration_problem(own_api: Api) -> None:
    _upload(own_api, _claims("student", {"Read": ()}))
    assert own_api.caller("Own").get("students").status_code == 500


def test_a_strategy_nobody_knows_is_a_configuration_problem(own_api: Api) -> None:
    _upload(own_api, _claims("student", {"Read": ("NoSuchStrategy",)}))
    response = own_api.caller("Own").get("students")
    assert response.status_code == 500
    assert "'NoSuchStrategy'" in response.json()["errors"][0]


def test_other_strategies_must_hold_as_well(own_api: Api, number: str) -> None:
    _upload(
        own_api,
        _claims("student", {"Create": _FREE, "Read": ("OwnershipBased", "RelationshipsWithEdOrgsAndPeople")}),
    )
    caller = own_api.caller("Own", organizations=(1,))
    address = caller.create("students", student_body(number))
    _refused(caller.get(address))


def test_a_client_below_may_read_what_stands_above_it(own_api: Api) -> None:
    free = dict.fromkeys(("Create", "Update"), _FREE)
    inverted = ("RelationshipsWithEdOrgsOnlyInverted", "RelationshipsWithEdOrgsOnly")
    documents = [
        _claims("localEducationAgency", free),
        _claims("school", free),
        _claims("course", {**free, "Read": inverted}),
    ]
    whole = documents[0] | {"claimsHierarchy": [claim for d in documents for claim in d["claimsHierarchy"]]}
    _upload(own_api, whole)
    caller = own_api.caller("Own", organizations=(SCHOOL_ID,))
    caller.create("localEducationAgencies", district_body())
    caller.create("schools", school_body())
    course = course_body() | {"educationOrganizationReference": {"educationOrganizationId": DISTRICT_ID}}
    address = caller.create("courses", course)
    assert caller.get(address).status_code == 200
    assert len(caller.list("courses")) == 1
    _refused(own_api.caller("Own", organizations=(OTHER_SCHOOL_ID,)).get(address))


def test_claims_that_are_uploaded_count_at_once(own_api: Api) -> None:
    caller = own_api.caller("Own")
    _upload(own_api, _claims("student", {"Read": _FREE}))
    assert caller.get("students").status_code == 200
    _upload(own_api, _claims("student", {"Create": _FREE}))
    assert caller.get("students").status_code == 403


def test_a_revoked_client_is_out_at_once(api: Api) -> None:
    credentials = api.register()
    caller = Caller(api.url, api.token(credentials))
    assert caller.get("schools").status_code == 200
    api.revoke(credentials)
    assert caller.get("schools").status_code == 401
    caller.close()


def test_a_view_of_the_districts_own_lets_through_whom_it_lists(own_api: Api) -> None:
    seen = {"Read": ("StudentWithClubMembership",)}
    _upload(own_api, _claims("student", {"Create": _FREE, **seen}))
    caller = own_api.caller("Own")
    listed = caller.create("students", student_body("V-1"))
    other = caller.create("students", student_body("V-2"))
    own_api.administer("auth_view", name="StudentWithClubMembership", student_unique_ids=["V-1"])
    assert caller.get(listed).status_code == 200
    told = _refused(caller.get(other))
    assert told["detail"] == f"{_DENIED} Hint: You may need a Student with Club Membership."
    assert told["errors"] == [
        (
            "The caller is not authorized to perform the requested operation on the item based on the existing "
            "value of the 'StudentUniqueId' property of the item."
        )
    ]
    assert [one["studentUniqueId"] for one in caller.list("students")] == ["V-1"]


def test_a_view_that_is_broken_is_a_configuration_problem(own_api: Api) -> None:
    _upload(own_api, _claims("student", {"Create": _FREE, "Read": ("StudentWithBrokenView",)}))
    own_api.administer("auth_view", name="StudentWithBrokenView", broken=True)
    response = own_api.caller("Own").get("students")
    assert response.status_code == 500
    assert response.json()["type"].startswith("urn:ed-fi:api:system")


def test_a_sandbox_that_is_reset_takes_new_records_at_once(own_api: Api) -> None:
    _upload(own_api, _claims("gradeLevelDescriptor", dict.fromkeys(("Create", "Read"), _FREE)))
    caller = own_api.caller("Own")
    assert caller.list("gradeLevelDescriptors")
    own_api.administer("reset_data")
    assert caller.list("gradeLevelDescriptors") == []
    body = {"namespace": "uri://x.example/GradeLevelDescriptor", "codeValue": "A", "shortDescription": "A"}
    assert caller.post("gradeLevelDescriptors", json=body).status_code == 201
