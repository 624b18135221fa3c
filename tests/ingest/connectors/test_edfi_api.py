"""Another Homeroom as a source: everything at first, then what changed, by its change queries."""

from __future__ import annotations

import json

import pytest

from homeroom.ingest.connectors.source import Surroundings
from homeroom.standard.read import load_model
from tests.cast import WORLD
from tests.ingest.connectors.visits import made, refusal
from tests.web.conftest import Api

ENDPOINTS = {name: resource.endpoint for name, resource in load_model("5.2").resources.items()}
ASKED = "schools students studentSchoolAssociations absenceEventCategoryDescriptors"


@pytest.fixture(scope="module")
def other(api: Api) -> Api:
    caller = api.caller()
    for resource, body in WORLD:
        caller.create(ENDPOINTS[resource], body)
    return api


@pytest.fixture
def wanted(other: Api) -> dict[str, str]:
    client = other.register()
    return {"base_url": other.url, "key": client.key, "secret": client.secret, "resources": ASKED}


def _documents(content: bytes) -> list[dict[str, object]]:
    return [json.loads(line) for line in content.splitlines()]


def test_everything_comes_first_and_then_what_changed(
    wanted: dict[str, str], other: Api, nearby: Surroundings
) -> None:
    first = made("edfi", wanted, nearby)
    students = _documents(first.files["students.jsonl"])
    expected = {str(body["studentUniqueId"]) for resource, body in WORLD if resource == "students"}
    expected |= {
        str(body["studentUniqueId"]) for resource, body in WORLD if ENDPOINTS[resource] == "students"
    }
    assert first.findings == []
    assert {str(each["studentUniqueId"]) for each in students} == expected
    assert not {"id", "_etag", "_lastModifiedDate"} & students[0].keys()

    nothing = made("edfi", wanted, nearby, first.bookmark)
    assert nothing.files == {}

    caller = other.caller()
    caller.create("students", {**students[0], "middleName": "Augusta"})
    reason = {
        "namespace": "uri://ed-fi.org/AbsenceEventCategoryDescriptor",
        "codeValue": "Flood",
        "shortDescription": "F",
    }
    address = caller.create("absenceEventCategoryDescriptors", reason)
    changed = made("edfi", wanted, nearby, nothing.bookmark)
    assert list(changed.files) == ["students.jsonl", "absenceEventCategoryDescriptors.jsonl"]
    assert [each["middleName"] for each in _documents(changed.files["students.jsonl"])] == ["Augusta"]

    assert caller.delete(address).status_code == 204
    gone = made("edfi", wanted, nearby, changed.bookmark)
    assert list(gone.files) == ["absenceEventCategoryDescriptors.deletes.jsonl"]
    (deleted,) = _documents(gone.files["absenceEventCategoryDescriptors.deletes.jsonl"])
    assert deleted["keyValues"] == {"namespace": reason["namespace"], "codeValue": "Flood"}


def test_pages_are_put_together(wanted: dict[str, str], other: Api, nearby: Surroundings) -> None:
    whole = made(
        "edfi", {**wanted, "resources": "gradeLevelDescriptors absenceEventCategoryDescriptors"}, nearby
    )
    for endpoint in ("gradeLevelDescriptors", "absenceEventCategoryDescriptors"):
        listed = other.caller().list(endpoint, limit=500)
        assert len(_documents(whole.files[f"{endpoint}.jsonl"])) == len(listed)


def test_without_a_list_every_resource_is_asked_for_parents_first(
    wanted: dict[str, str], nearby: Surroundings
) -> None:
    came = made("edfi", {name: value for name, value in wanted.items() if name != "resources"}, nearby)
    names = list(came.files)
    assert names.index("schools.jsonl") < names.index("studentSchoolAssociations.jsonl")
    assert "students.jsonl" in names


def test_a_key_that_is_not_known_is_a_finding(wanted: dict[str, str], nearby: Surroundings) -> None:
    assert refusal("edfi", {**wanted, "secret": "x"}, nearby).code in {
        "source.unreachable",
        "source.not_allowed",
    }


def test_a_page_that_is_no_ed_fi_api_is_a_finding(
    other: Api, wanted: dict[str, str], nearby: Surroundings
) -> None:
    assert (
        refusal("edfi", {**wanted, "base_url": f"{other.root}/health"}, nearby).code == "source.unreachable"
    )
