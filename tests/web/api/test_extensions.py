"""Extensions over HTTP: `_ext`, resources of their own, metadata; added while the server runs (edfi-api.md 1.12)."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import pytest

from tests.cast import SCHOOL_ID, district_body, enrollment_body, school_body, student_body
from tests.web.conftest import Api, Caller

_DEFINITION = (Path(__file__).parents[2] / "unit/standard/sample_extension.yaml").read_text()
_PETS = {"sample": {"favoriteBook": "Owls", "pets": [{"petName": "Rex", "isFixed": True}]}}


@pytest.fixture(scope="module")
def caller(api: Api) -> Caller:
    """A client of a district that the server knew before the extension joined."""
    caller = api.caller()
    caller.create("localEducationAgencies", district_body())
    caller.create("schools", school_body())
    caller.create("students", student_body())
    caller.create("studentSchoolAssociations", enrollment_body())
    api.extend(_DEFINITION)
    return caller


def _student(caller: Caller) -> str:
    (student,) = caller.list("students", studentUniqueId="F-1")
    return f"{caller.url}/data/v3/ed-fi/students/{student['id']}"


def test_an_extension_is_served_within_a_second(api: Api, caller: Caller) -> None:
    give_up_at = time.monotonic() + 1
    while caller.get(f"{api.url}/data/v3/sample/buses").status_code != 200:
        assert time.monotonic() < give_up_at


def test_members_of_an_extension_stand_under_its_project(caller: Caller) -> None:
    address = _student(caller)
    assert caller.put(address, json=student_body() | {"_ext": _PETS}).status_code == 204
    assert caller.get(address).json()["_ext"] == _PETS


def test_leaving_the_extension_out_clears_it(caller: Caller) -> None:
    address = _student(caller)
    caller.put(address, json=student_body() | {"_ext": _PETS})
    caller.put(address, json=student_body())
    assert "_ext" not in caller.get(address).json()


def test_faults_inside_an_extension_have_their_path(caller: Caller) -> None:
    body = student_body() | {"_ext": {"sample": {"pets": [{"isFixed": True}]}}}
    response = caller.put(_student(caller), json=body)
    assert response.json()["validationErrors"] == {"$._ext.sample.pets[0].petName": ["PetName is required."]}


def test_references_inside_an_extension_are_resolved(caller: Caller) -> None:
    stops = {"sample": {"busStops": [{"schoolReference": {"schoolId": SCHOOL_ID}}]}}
    assert caller.put(_student(caller), json=student_body() | {"_ext": stops}).status_code == 204
    stops["sample"]["busStops"] += [{"schoolReference": {"schoolId": 999}}]
    response = caller.put(_student(caller), json=student_body() | {"_ext": stops})
    assert response.status_code == 409
    assert list(response.json()["validationErrors"]) == ["$._ext.sample.busStops[1].schoolReference"]


def test_a_resource_of_an_extension_has_its_own_segment(api: Api, caller: Caller) -> None:
    url = f"{api.url}/data/v3/sample/buses"
    response = caller.post(url, json={"busId": "B-1", "seats": 40})
    assert response.status_code == 201
    assert response.headers["location"].startswith(url)
    assert [bus["seats"] for bus in caller.get(url, params={"busId": "B-1"}).json()] == [40]
    gone = caller.delete(response.headers["location"])
    assert gone.status_code == 204
    assert caller.get(f"{url}/deletes").json()[0]["keyValues"] == {"busId": "B-1"}


def test_who_has_no_student_data_has_no_extension_either(api: Api, caller: Caller) -> None:
    assert api.caller("Roster Vendor").get(f"{api.url}/data/v3/sample/buses").status_code == 403


def test_the_discovery_document_lists_the_extension(api: Api, caller: Caller) -> None:
    models = [(model["name"], model["version"]) for model in httpx.get(api.url).json()["dataModels"]]
    assert models == [("Ed-Fi", "5.2.0"), ("Sample", "1.0.0")]


def test_metadata_describe_the_extension(api: Api, caller: Caller) -> None:
    document = httpx.get(f"{api.url}/metadata/data/v3/resources/swagger.json").json()
    assert "/sample/buses" in document["paths"]
    rows = httpx.get(f"{api.url}/metadata/data/v3/dependencies").json()
    order = {row["resource"]: row["order"] for row in rows}
    assert order["/sample/buses"] < order["/sample/busRoutes"]


def test_an_extension_has_a_document_of_its_own(api: Api, caller: Caller) -> None:
    entries = {e["name"]: e for e in httpx.get(f"{api.url}/metadata").json()}
    assert entries["Sample"]["prefix"] == "Extensions"
    paths = httpx.get(entries["Sample"]["endpointUri"]).json()["paths"]
    assert {path.split("/")[1] for path in paths} == {"sample"}
