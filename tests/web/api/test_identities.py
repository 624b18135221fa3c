"""The Identities API: create, find, search, results; off by default, and telling no more than the client may read."""

from __future__ import annotations

import time

import httpx
import pytest

from tests.cast import OTHER_SCHOOL_ID, district_body, enrollment_body, school_body, student_body
from tests.web.conftest import Api, Caller

INES = {"lastSurname": "Marlowe", "firstName": "Ines", "birthDate": "2011-03-05"}
OTTO = {"lastSurname": "Okafor", "firstName": "Otto", "birthDate": "2010-01-30"}


def url(caller: Caller, path: str = "") -> str:
    return f"{caller.url}/identity/v2/identities{path}"


@pytest.fixture(scope="module")
def asker(api: Api) -> Caller:
    """A client of a district that has switched the service on; Ines (F-1) is enrolled there."""
    caller = api.caller()
    caller.create("localEducationAgencies", district_body())
    caller.create("schools", school_body())
    caller.create("schools", school_body(OTHER_SCHOOL_ID))
    caller.create("students", student_body())
    caller.create("studentSchoolAssociations", enrollment_body())
    api.administer("change_settings", settings={"identities": True})
    return caller


def test_the_service_is_off_unless_the_district_switches_it_on(fresh_api: Api) -> None:
    answer = fresh_api.caller().post(url(fresh_api.caller(), "/search"), json=[INES])
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:ed-fi:api:system:configuration:feature-disabled"


def test_the_discovery_document_names_it_once_it_is_on(asker: Caller) -> None:
    assert httpx.get(f"{asker.url}/").json()["urls"]["identity"] == f"{asker.url}/identity/v2/"


def test_searching_gives_whom_the_person_may_be_with_a_score(asker: Caller) -> None:
    answer = asker.post(url(asker, "/search"), json=[INES, OTTO]).json()
    assert answer["status"] == "Complete"
    ines, otto = answer["searchResponses"]
    assert [(one["uniqueId"], one["firstName"]) for one in ines["responses"]] == [("F-1", "Ines")]
    assert 90 < ines["responses"][0]["score"] <= 100
    assert otto["responses"] == []


def test_members_in_the_odss_own_spelling_are_understood(asker: Caller) -> None:
    told = {"LastSurname": "MARLOWE", "FirstName": "Ines", "BirthDate": "2011-03-05T00:00:00"}
    found = asker.post(url(asker, "/search"), json=[told]).json()["searchResponses"][0]["responses"]
    assert [one["uniqueId"] for one in found] == ["F-1"]


def test_finding_by_unique_id(asker: Caller) -> None:
    answer = asker.post(url(asker, "/find"), json=["F-1", "F-404"]).json()
    found = [[one["uniqueId"] for one in each["responses"]] for each in answer["searchResponses"]]
    assert found == [["F-1"], []]
    assert asker.get(url(asker, "/F-1")).json()["lastSurname"] == "Marlowe"
    assert asker.get(url(asker, "/F-404")).status_code == 404


def test_an_answer_that_takes_long_is_fetched_later(asker: Caller) -> None:
    later = asker.post(url(asker, "/search"), json=[INES], headers={"prefer": "respond-async"})
    assert (later.status_code, later.content) == (202, b"")
    for _ in range(100):
        answer = asker.get(later.headers["location"])
        assert answer.status_code == 200
        if answer.json()["status"] == "Complete":
            break
        time.sleep(0.1)
    assert answer.json()["searchResponses"][0]["responses"][0]["uniqueId"] == "F-1"
    assert asker.get(url(asker, "/results/" + "0" * 32)).status_code == 404


def test_an_answer_is_the_askers_alone(asker: Caller, api: Api) -> None:
    later = asker.post(url(asker, "/find"), json=["F-1"], headers={"prefer": "respond-async"})
    other = api.caller(organizations=(OTHER_SCHOOL_ID,))
    assert other.get(later.headers["location"]).status_code == 404


def test_creating_gives_a_new_unique_id_and_the_same_one_again(asker: Caller) -> None:
    made = asker.post(url(asker), json=OTTO)
    assert made.status_code == 201
    assert made.headers["location"] == url(asker, f"/{made.json()}")
    assert asker.post(url(asker), json=OTTO).json() == made.json()


def test_creating_somebody_who_is_there_gives_their_unique_id(asker: Caller) -> None:
    known = asker.post(url(asker), json=INES)
    assert (known.status_code, known.json()) == (200, "F-1")


def test_creating_a_possible_twin_waits_for_a_person(asker: Caller) -> None:
    answer = asker.post(url(asker), json={**INES, "firstName": "Inez"})
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:ed-fi:api:data-conflict:identity-undecided"


def test_creating_needs_what_tells_people_apart(asker: Caller) -> None:
    answer = asker.post(url(asker), json={"lastSurname": "Marlowe"})
    assert answer.status_code == 400
    assert set(answer.json()["validationErrors"]) == {"$.firstName", "$.birthDate"}


def test_of_somebody_out_of_reach_only_the_id_and_the_score_are_told(asker: Caller, api: Api) -> None:
    other = api.caller(organizations=(OTHER_SCHOOL_ID,))
    found = other.post(url(other, "/search"), json=[INES]).json()["searchResponses"][0]["responses"]
    assert [sorted(one) for one in found] == [["score", "uniqueId"]]


def test_the_claim_is_needed(asker: Caller, api: Api) -> None:
    vendor = api.caller("SISVendor")
    answer = vendor.post(url(vendor, "/search"), json=[INES])
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:ed-fi:api:security:authorization:access-denied:resource"


@pytest.mark.parametrize(
    "body", [b"{", b"[1]", b'{"firstName": "Ines"}', b'[{"birthDate": "yesterday"}]', b"\xff"]
)
def test_what_is_no_search_is_told_so(asker: Caller, body: bytes) -> None:
    assert asker.post(url(asker, "/search"), content=body).status_code == 400


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/search"), ("PUT", ""), ("DELETE", "/F-1"), ("POST", "/F-1")]
)
def test_other_verbs_are_refused(asker: Caller, method: str, path: str) -> None:
    assert asker.request(method, url(asker, path)).status_code == 405
