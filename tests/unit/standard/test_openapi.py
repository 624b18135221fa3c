"""The published description of the API, held against what real clients read from it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from homeroom.standard.filters import filters_of
from homeroom.standard.model import Model, Part
from homeroom.standard.names import camel_case
from homeroom.standard.openapi import Form, Section, render_openapi
from homeroom.standard.read import VERSIONS, load_model

ROOT = "https://api.example.org/lake"
Node = Mapping[str, Any]

model_of = cache(load_model)


@cache
def document(version: str, section: Section, form: Form = Form.OPENAPI_3) -> Node:
    return json.loads(render_openapi(model_of(version), section, root_url=ROOT, form=form))


def resources(version: str = "5.2") -> Node:
    return document(version, Section.RESOURCES)


def schemas(version: str = "5.2") -> Node:
    return resources(version)["components"]["schemas"]


def refs_in(node: object) -> Iterator[str]:
    if isinstance(node, Mapping):
        if "$ref" in node:
            yield node["$ref"]
        for child in node.values():
            yield from refs_in(child)
    elif isinstance(node, list):
        for child in node:
            yield from refs_in(child)


def resolve(root: Node, ref: str) -> Node:
    node = root
    for step in ref.removeprefix("#/").split("/"):
        node = node[step]
    return node


def operations(root: Node) -> Iterator[tuple[str, str, Node]]:
    for path, item in root["paths"].items():
        for method in ("get", "post", "put", "delete"):
            if method in item:
                yield path, method, item[method]


every_document = pytest.mark.parametrize(
    ("version", "section", "form"), [(v, s, f) for v in VERSIONS for s in Section for f in Form]
)


@every_document
def test_each_reference_in_a_document_resolves(version: str, section: Section, form: Form) -> None:
    root = document(version, section, form)
    for ref in set(refs_in(root)):
        assert resolve(root, ref)


@every_document
def test_each_operation_is_whole(version: str, section: Section, form: Form) -> None:
    root = document(version, section, form)
    seen: set[str] = set()
    for path, method, operation in operations(root):
        parameters = operation["parameters"]
        assert operation["operationId"] not in seen
        assert len({(p["name"].lower(), p["in"]) for p in parameters}) == len(parameters)
        assert [p["name"] for p in parameters if p["in"] == "path"] == re.findall(r"{(\w+)}", path)
        assert all(p.get("type") or p.get("schema", {}).get("type") or p["in"] == "body" for p in parameters)
        assert any(status.startswith("2") for status in operation["responses"])
        assert ("requestBody" in operation or any(p["in"] == "body" for p in parameters)) == (
            method in ("post", "put")
        )
        seen.add(operation["operationId"])


@every_document
def test_each_tag_in_use_has_a_description(version: str, section: Section, form: Form) -> None:
    root = document(version, section, form)
    described = {tag["name"] for tag in root["tags"] if tag["description"]}
    assert {tag for _, _, operation in operations(root) for tag in operation["tags"]} == described


@pytest.mark.parametrize(
    ("version", "section", "count"),
    [
        ("5.2", Section.RESOURCES, 138),
        ("5.2", Section.DESCRIPTORS, 211),
        ("6.1", Section.RESOURCES, 192),
        ("6.1", Section.DESCRIPTORS, 280),
    ],
)
def test_each_resource_has_five_paths_and_eight_operations(
    version: str, section: Section, count: int
) -> None:
    root = document(version, section)
    assert len(root["paths"]) == 5 * count
    assert len(list(operations(root))) == 8 * count


@every_document
def test_each_schema_lists_only_its_own_members_as_required(
    version: str, section: Section, form: Form
) -> None:
    root = document(version, section, form)
    found = root["components"]["schemas"] if form is Form.OPENAPI_3 else root["definitions"]
    for name, schema in found.items():
        assert set(schema.get("required", schema["properties"])) <= set(schema["properties"]), name
        assert schema.get("required") != []


@pytest.mark.parametrize("version", VERSIONS)
def test_each_filter_is_an_inline_query_parameter_of_list_and_partitions(version: str) -> None:
    model = model_of(version)
    for section in Section:
        paths = document(version, section)["paths"]
        for resource in model.documents if section is Section.RESOURCES else model.descriptors:
            wanted = {f.name for f in filters_of(model, resource).values()}
            for suffix in ("", "/partitions"):
                parameters = paths[resource.path + suffix]["get"]["parameters"]
                assert wanted <= {p["name"] for p in parameters if p["in"] == "query"}, resource.path


@pytest.mark.parametrize("version", VERSIONS)
def test_each_member_of_a_document_is_in_its_schema(version: str) -> None:
    model = model_of(version)
    for resource in model.documents:
        name = f"edFi_{camel_case(resource.name)}"
        members = {m.name for m in (*resource.properties, *resource.references, *resource.parts)}
        assert set(schemas(version)[name]["properties"]) == members | {"id", "_etag", "_lastModifiedDate"}


def test_names_are_those_that_code_generators_rely_on() -> None:
    assert {o["operationId"] for p, _, o in operations(resources()) if p.startswith("/ed-fi/students")} == {
        "getStudents",
        "getStudentsById",
        "getStudentsPartitions",
        "postStudent",
        "putStudent",
        "deleteStudentById",
        "deletesStudents",
        "keyChangesStudents",
    }
    assert {
        "edFi_student",
        "edFi_schoolReference",
        "edFi_educationOrganizationReference",
        "edFi_studentSchoolAssociationAlternativeGraduationPlan",
        "edFi_studentEducationOrganizationAssociationAddressPeriod",
        "trackedChanges_edFi_academicWeekDelete",
    } <= set(schemas())
    people = [o["operationId"] for p, _, o in operations(resources()) if p == "/ed-fi/people"]
    assert people == ["getPeople", "postPerson"]


def test_schema_of_a_resource_says_types_bounds_identity_and_absence() -> None:
    members = schemas()["edFi_studentSchoolAssociation"]["properties"]
    assert members["entryDate"] == {"type": "string", "format": "date", "x-Ed-Fi-isIdentity": True}
    assert members["schoolReference"] == {"$ref": "#/components/schemas/edFi_schoolReference"}
    assert members["fullTimeEquivalency"] == {
        "type": "number",
        "format": "double",
        "minimum": 0,
        "x-nullable": True,
    }
    assert members["schoolChoiceTransfer"]["x-Ed-Fi-isDeprecated"] is True
    assert members["entryGradeLevelDescriptor"]["maxLength"] == 306
    assert members["educationPlans"]["items"] == {
        "$ref": "#/components/schemas/edFi_studentSchoolAssociationEducationPlan"
    }
    student = schemas()["edFi_student"]["properties"]["firstName"]
    assert student == {"type": "string", "maxLength": 75}


def test_reference_schema_marks_its_key_members_and_offers_a_link() -> None:
    schema = schemas()["edFi_graduationPlanReference"]
    assert schema["required"] == [
        "educationOrganizationId",
        "graduationPlanTypeDescriptor",
        "graduationSchoolYear",
    ]
    assert all(schema["properties"][name]["x-Ed-Fi-isIdentity"] for name in schema["required"])
    assert schema["properties"]["educationOrganizationId"]["format"] == "int64"
    assert schema["properties"]["graduationSchoolYear"]["format"] == "int32"
    assert set(schemas()["link"]["properties"]) == {"rel", "href"}


def test_abstract_and_concrete_references_use_their_own_key_names() -> None:
    assert "educationOrganizationId" in schemas()["edFi_educationOrganizationReference"]["properties"]
    assert "schoolId" in schemas()["edFi_schoolReference"]["properties"]


def test_identity_marks_are_absent_rather_than_false() -> None:
    text = render_openapi(model_of("5.2"), Section.RESOURCES, root_url=ROOT)
    assert b'"x-Ed-Fi-isIdentity":true' in text
    assert b'"x-Ed-Fi-isIdentity":false' not in text


def test_only_resources_with_changeable_keys_are_updatable() -> None:
    updatable = {p for p, m, o in operations(resources()) if m == "put" and "x-Ed-Fi-isUpdatable" in o}
    assert updatable == {
        f"/ed-fi/{name}/{{id}}"
        for name in (
            "classPeriods",
            "grades",
            "gradebookEntries",
            "locations",
            "sections",
            "sessions",
            "studentSchoolAssociations",
            "studentSectionAssociations",
        )
    }
    assert sum("x-Ed-Fi-isUpdatable" in s for s in schemas().values()) == 8


def test_statuses_of_each_verb() -> None:
    item, collection = "/ed-fi/sections/{id}", "/ed-fi/sections"
    found = {(p, m): set(o["responses"]) for p, m, o in operations(resources())}
    assert {"200", "201", "400", "401", "403", "409", "412"} <= found[(collection, "post")]
    assert {"204", "404", "409", "412"} <= found[(item, "put")]
    assert {"204", "404", "409"} <= found[(item, "delete")]
    assert {"200", "304", "404"} <= found[(item, "get")]
    assert "304" not in found[(collection, "get")]
    assert all("429" in statuses for statuses in found.values())


def test_domains_stand_on_the_path() -> None:
    assert "Enrollment" in resources()["paths"]["/ed-fi/studentSchoolAssociations"]["x-Ed-Fi-domains"]
    assert "x-Ed-Fi-domains" not in resources()["paths"]["/ed-fi/schoolYearTypes"]


def test_clients_learn_where_the_token_and_the_data_are() -> None:
    scheme = resources()["components"]["securitySchemes"]["oauth2_client_credentials"]
    assert scheme["flows"]["clientCredentials"]["tokenUrl"] == f"{ROOT}/oauth/token"
    assert resources()["servers"] == [{"url": f"{ROOT}/data/v3"}]
    old = document("5.2", Section.RESOURCES, Form.SWAGGER_2)
    assert old["securityDefinitions"]["oauth2_client_credentials"]["tokenUrl"] == f"{ROOT}/oauth/token"
    assert (old["schemes"], old["host"], old["basePath"]) == (["https"], "api.example.org", "/lake/data/v3")


def test_both_forms_have_the_same_operations_and_schemas() -> None:
    old = document("6.1", Section.RESOURCES, Form.SWAGGER_2)
    assert [(p, m, o["operationId"]) for p, m, o in operations(old)] == [
        (p, m, o["operationId"]) for p, m, o in operations(resources("6.1"))
    ]
    assert set(old["definitions"]) == set(schemas("6.1"))


def test_json_has_no_blank_after_a_colon() -> None:
    text = render_openapi(model_of("5.2"), Section.DESCRIPTORS, root_url=ROOT)
    assert text.startswith(b'{"openapi":"3.0')
    assert b'": ' not in text


def test_narrowed_resources_give_a_narrowed_document() -> None:
    model = model_of("5.2")
    student = model.resources["Student"]
    narrowed = replace(student, properties=tuple(p for p in student.properties if p.is_required), parts=())
    root = json.loads(render_openapi(model, Section.RESOURCES, root_url=ROOT, resources=[narrowed]))
    assert len(root["paths"]) == 5
    assert "birthCity" not in root["components"]["schemas"]["edFi_student"]["properties"]
    assert "edFi_studentVisa" not in root["components"]["schemas"]


def test_extension_members_and_resources_carry_their_project() -> None:
    model = model_of("5.2")
    student = model.resources["Student"]
    pets = Part("pets", "StudentPet", is_collection=True, properties=student.properties[:1])
    extension = Part("sample", "StudentExtension", is_collection=False, parts=(pets,))
    extended = replace(student, extensions=(extension,))
    bus = replace(
        model.resources["School"], name="Bus", endpoint="buses", schema="sample-fleet", project="Sample"
    )
    grown = Model("5.2.0", "Ed-Fi", {**model.resources, "Student": extended, "Bus": bus}, model.abstracts)
    root = json.loads(render_openapi(grown, Section.RESOURCES, root_url=ROOT))
    found = root["components"]["schemas"]
    assert found["edFi_student"]["properties"]["_ext"] == {
        "$ref": "#/components/schemas/edFi_studentExtensions"
    }
    assert set(found["edFi_studentExtensions"]["properties"]) == {"sample"}
    assert set(found["sample_studentExtension"]["properties"]) == {"pets"}
    assert "sample_studentPet" in found
    assert "sampleFleet_bus" in found
    assert root["paths"]["/sample-fleet/buses"]["get"]["operationId"] == "getBuses"
    assert all(resolve(root, ref) for ref in set(refs_in(root)))
