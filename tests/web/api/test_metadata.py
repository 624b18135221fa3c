"""What the API says of itself (edfi-api.md 1.13), and many records in one request."""

from __future__ import annotations

import json

import httpx
import pytest
from lxml import etree

from tests.cast import Body, district_body, enrollment_body, school_body, student_body
from tests.web.conftest import Api, Caller


def _get(api: Api, path: str, **headers: str) -> httpx.Response:
    return httpx.get(
        f"{api.url}/metadata{path}", headers={n.replace("_", "-"): v for n, v in headers.items()}
    )


@pytest.mark.parametrize("path", ["/data/v3/dependencies", "/dependencies"])
def test_dependencies_tell_the_order_of_loading(api: Api, path: str) -> None:
    rows = _get(api, path).json()
    order = {(row["resource"], op): row["order"] for row in rows for op in row["operations"]}
    assert order["/ed-fi/gradeLevelDescriptors", "Create"] == order["/ed-fi/schoolYearTypes", "Create"] == 1
    assert order["/ed-fi/schools", "Create"] < order["/ed-fi/studentSchoolAssociations", "Create"]
    assert order["/ed-fi/studentSchoolAssociations", "Create"] < order["/ed-fi/students", "Update"]


def test_dependencies_come_as_a_graph_too(api: Api) -> None:
    response = _get(api, "/data/v3/dependencies", accept="application/graphml")
    assert response.headers["content-type"] == "application/graphml"
    assert b"/ed-fi/students#Retry" in response.content


@pytest.mark.parametrize("path", ["", "/", "/specifications"])
def test_the_list_of_documents_names_where_they_are(api: Api, path: str) -> None:
    entries = {entry["name"]: entry for entry in _get(api, path).json()}
    assert entries["Resources"] == {
        "name": "Resources",
        "endpointUri": f"{api.url}/metadata/data/v3/resources/swagger.json",
        "prefix": "",
    }
    assert entries["Descriptors"]["prefix"] == ""


@pytest.mark.parametrize("section", ["resources", "descriptors"])
def test_documents_describe_this_very_server(api: Api, section: str) -> None:
    document = _get(api, f"/data/v3/{section}/swagger.json").json()
    assert document["openapi"].startswith("3.0")
    assert document["servers"][0]["url"] == f"{api.url}/data/v3"
    assert "placeholder" not in json.dumps(document["servers"])


def test_older_generators_get_their_form(api: Api) -> None:
    document = _get(api, "/data/v3/resources/swagger.json?version=2").json()
    assert document["swagger"] == "2.0"
    assert document["host"] == api.root.removeprefix("http://")
    assert document["basePath"] == f"/{api.name}/data/v3"
    assert document["schemes"] == ["http"]


def test_names_are_those_that_generators_rely_on(api: Api) -> None:
    response = _get(api, "/data/v3/resources/swagger.json")
    document = response.json()
    assert {"edFi_student", "edFi_schoolReference"} <= document["components"]["schemas"].keys()
    students = document["paths"]["/ed-fi/students"]
    assert (students["get"]["operationId"], students["post"]["operationId"]) == ("getStudents", "postStudent")
    assert b'"x-Ed-Fi-isIdentity":true' in response.content


def test_what_a_client_has_already_is_not_sent_again(api: Api) -> None:
    for path in ("/data/v3/resources/swagger.json", "/data/v3/dependencies", "", "/xsd/ed-fi/Ed-Fi-Core.xsd"):
        tag = _get(api, path).headers["etag"]
        assert _get(api, path, if_none_match=tag).status_code == 304


def test_schema_files_are_listed_and_are_xml(api: Api) -> None:
    (entry,) = _get(api, "/xsd").json()
    assert {"description", "name", "version", "files"} == entry.keys()
    urls = httpx.get(entry["files"]).json()
    assert len(urls) > 20
    response = httpx.get(next(url for url in urls if url.endswith("Interchange-Student.xsd")))
    assert etree.fromstring(response.content).tag == "{http://www.w3.org/2001/XMLSchema}schema"


@pytest.mark.parametrize("version", ["2", "3"])
def test_change_queries_have_a_document_of_their_own(api: Api, version: str) -> None:
    entries = {e["name"]: e for e in _get(api, f"?version={version}").json()}
    entry = entries["Change-Queries"]
    assert entry["prefix"] == "Other"
    document = httpx.get(entry["endpointUri"]).json()
    assert document["paths"]["/availableChangeVersions"]["get"]["operationId"] == "getAvailableChangeVersions"
    served = (
        f"http://{document['host']}{document['basePath']}"
        if version == "2"
        else document["servers"][0]["url"]
    )
    assert served == f"{api.url}/changeQueries/v1"
    answer = api.caller().get(f"{served}/availableChangeVersions").json()
    schemas = document["definitions"] if version == "2" else document["components"]["schemas"]
    assert schemas["availableChangeVersions"]["properties"].keys() == answer.keys()


@pytest.mark.parametrize(
    "path", ["/nothing", "/xsd/nothing/files", "/xsd/ed-fi/nothing.xsd", "/data/v3/x/swagger.json"]
)
def test_other_documents_do_not_exist(api: Api, path: str) -> None:
    assert _get(api, path).status_code == 404


def test_documents_are_not_posted_to(api: Api) -> None:
    assert httpx.post(f"{api.url}/metadata").status_code == 405


def _batch(caller: Caller, lines: list[Body | str]) -> list[Body]:
    content = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    response = caller.post(
        f"{caller.url}/batch/v1", content=content, headers={"content-type": "application/x-ndjson"}
    )
    assert response.status_code == 200, response.text
    return [json.loads(line) for line in response.text.splitlines()]


def _upsert(endpoint: str, body: Body) -> Body:
    return {"resource": f"/ed-fi/{endpoint}", "operation": "upsert", "document": body}


def test_a_batch_stores_each_line_alone_and_tells_of_each(api: Api) -> None:
    caller = api.caller()
    told = _batch(
        caller,
        [
            _upsert("localEducationAgencies", district_body()),
            _upsert("schools", school_body()),
            *(_upsert("students", student_body(f"B-{number}")) for number in range(700)),
            "",
            "{",
            _upsert("students", student_body("B-x") | {"birthDate": None}),
            _upsert("studentSchoolAssociations", enrollment_body("nobody")),
            *(_upsert("studentSchoolAssociations", enrollment_body(f"B-{number}")) for number in range(700)),
            {"resource": "/ed-fi/students", "operation": "explode", "document": {}},
            {"resource": "/ed-fi/nothing", "operation": "upsert", "document": {}},
            {"resource": "/ed-fi/students", "operation": "delete"},
        ],
    )
    assert [one["line"] for one in told] == [n for n in range(1, 1410) if n != 703]
    by_line = {one["line"]: one for one in told}
    assert {by_line[n]["status"] for n in (*range(1, 703), *range(707, 1407))} == {201}
    assert [by_line[n]["status"] for n in (704, 705, 706, 1407, 1408, 1409)] == [400, 400, 409, 400, 404, 400]
    assert by_line[705]["validationErrors"] == {"$.birthDate": ["BirthDate is required."]}
    assert caller.get("students", params={"limit": "0", "totalCount": "true"}).headers["total-count"] == "700"


def test_a_batch_deletes_and_leaves_what_is_unchanged(api: Api) -> None:
    caller = api.caller()
    body = {"namespace": "uri://ed-fi.org/GradeLevelDescriptor", "codeValue": "B", "shortDescription": "B"}
    (first,) = _batch(caller, [_upsert("gradeLevelDescriptors", body)])
    gone = {"resource": "/ed-fi/gradeLevelDescriptors", "operation": "delete", "id": first["id"]}
    told = _batch(caller, [_upsert("gradeLevelDescriptors", body), gone, gone])
    assert told[0]["unchanged"] is True
    assert [one["status"] for one in told] == [200, 204, 404]


def test_a_batch_deletes_by_natural_key(api: Api) -> None:
    caller = api.caller()
    namespace = "uri://ed-fi.org/GradeLevelDescriptor"
    body = {"namespace": namespace, "codeValue": "ByKey", "shortDescription": "K"}
    key = {"namespace": namespace, "codeValue": "ByKey"}
    gone = {"resource": "/ed-fi/gradeLevelDescriptors", "operation": "delete", "document": key}
    half = gone | {"document": {"codeValue": "ByKey"}}
    told = _batch(caller, [_upsert("gradeLevelDescriptors", body), half, gone, gone])
    assert [one["status"] for one in told] == [201, 400, 204, 404]
    assert told[1]["validationErrors"] == {"$.namespace": ["Namespace is required."]}


def test_a_batch_deletes_by_the_key_of_a_reference(api: Api) -> None:
    caller = api.caller()
    caller.create("localEducationAgencies", district_body())
    caller.create("schools", school_body())
    caller.create("students", student_body("K-1"))
    enrollment = enrollment_body("K-1")
    address = caller.create("studentSchoolAssociations", enrollment)
    gone = {"resource": "/ed-fi/studentSchoolAssociations", "operation": "delete", "document": enrollment}
    (refused,) = _batch(api.caller("Roster Vendor"), [gone])
    (told,) = _batch(caller, [gone])
    assert (refused["status"], told["status"]) == (403, 204)
    assert caller.get(address).status_code == 404


def test_a_batch_is_under_the_clients_own_leave(api: Api) -> None:
    (told,) = _batch(api.caller("Roster Vendor"), [_upsert("students", student_body("B-no"))])
    assert told["status"] == 403


def test_a_batch_needs_a_token_and_its_content_type(api: Api) -> None:
    assert httpx.post(f"{api.url}/batch/v1", content=b"{}").status_code == 401
    assert api.caller().post(f"{api.url}/batch/v1", json={}).status_code == 415
