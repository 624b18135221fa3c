"""Extension files: what a good one becomes, and what each bad one is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from homeroom.base.findings import Finding, Severity
from homeroom.standard.check import parse_document
from homeroom.standard.classification_rules import Tier, load_rules
from homeroom.standard.classify import load_classification
from homeroom.standard.documents import compile_document
from homeroom.standard.extend import Extension, extend_model, parse_extension
from homeroom.standard.extension_checks import check_extension, classify_extension
from homeroom.standard.model import Model, part_path, walk_parts
from homeroom.standard.read import load_model

RULES = load_rules()
MODEL = load_model("5.2")
TEXT = Path(__file__).with_name("sample_extension.yaml").read_text()
STUDENT = {"studentUniqueId": "s1", "firstName": "A", "lastSurname": "B", "birthDate": "2012-03-04"}


def sample(text: str = TEXT) -> Extension:
    found = parse_extension(text, RULES, file="sample.yaml")
    assert isinstance(found, Extension), found
    return found


def extended() -> Model:
    return extend_model(MODEL, sample())


def changed(**members: Any) -> str:
    """The sample with other members at its head."""
    return json.dumps(yaml.safe_load(TEXT) | members)


def faults(text: str, model: Model = MODEL) -> list[tuple[str, str | None]]:
    """(code, path) of all that is wrong with a file."""
    found = parse_extension(text, RULES, file="sample.yaml")
    told = check_extension(found, model) if isinstance(found, Extension) else found
    return [(f.code, f.place.path) for f in told]


def test_the_sample_joins_both_versions_without_a_finding() -> None:
    for version in ("5.2", "6.1"):
        model, extension = load_model(version), sample()
        assert check_extension(extension, model) == []
        table, findings = classify_extension(
            extension, extend_model(model, extension), load_classification(version)
        )
        assert findings == []
        assert table.of("Student", "$._ext.sample.favoriteBook").tier is Tier.T2


def test_the_same_file_may_be_json() -> None:
    assert sample(changed()) == sample()


def test_a_field_of_an_extension_is_read_and_checked_where_it_stands() -> None:
    model = extended()
    kind = compile_document(model, model.resources["Student"])
    pets = [{"petName": "Rex"}, {"petName": "Rex"}]
    body = STUDENT | {"_ext": {"sample": {"favoriteBook": "Emil", "pets": pets}}}
    (finding,) = parse_document(kind, json.dumps(body).encode())  # type: ignore[misc]  # it is refused
    assert (finding.code, finding.place.path) == ("duplicate_item", "$._ext.sample.pets")
    pets.pop()
    document: Any = parse_document(kind, json.dumps(body).encode())
    assert document._ext.sample.favoriteBook == "Emil"


def test_paths_of_extension_parts_lead_through_ext() -> None:
    paths = [part_path(above, part) for above, part in walk_parts(extended().resources["Student"])]
    assert "$._ext.sample.pets[*]" in paths


def test_a_new_resource_has_its_own_segment_and_a_key_made_of_its_identity_members() -> None:
    route = extended().resources["BusRoute"]
    assert route.path == "/sample/busRoutes"
    assert route.claim == "sample/busRoute"
    assert [(k.name, k.paths) for k in route.key] == [
        ("busId", ("$.busReference.busId",)),
        ("busRouteNumber", ("$.busRouteNumber",)),
    ]


def test_members_that_share_a_column_are_unified_without_being_told() -> None:
    resources = yaml.safe_load(TEXT)["resources"]
    resources["BusRoute"]["references"].append(
        {"name": "sessionReference", "target": "Session", "keys": _session_keys()}
    )
    route = extend_model(MODEL, sample(changed(resources=resources))).resources["BusRoute"]
    assert ("$.schoolReference.schoolId", "$.sessionReference.schoolId") in route.unified


def _session_keys() -> dict[str, str]:
    return {k.name: k.name[:1].upper() + k.name[1:] for k in MODEL.key_of("Session")}


def test_new_descriptors_have_the_shape_of_all() -> None:
    descriptor = extended().resources["FavoriteBookCategoryDescriptor"]
    assert descriptor.is_descriptor
    assert descriptor.path == "/sample/favoriteBookCategoryDescriptors"
    assert descriptor.properties == MODEL.descriptors[0].properties


def test_two_extensions_stand_side_by_side_in_ext() -> None:
    other = sample(
        changed(
            project="Other",
            endpoint="other",
            resources={},
            descriptors={},
            extends={"Student": {"properties": [{"name": "shoeSize", "type": "int32"}]}},
        )
    )
    model = extended()
    assert check_extension(other, model) == []
    both = extend_model(model, other)
    assert [p.name for p in both.resources["Student"].extensions] == ["sample", "other"]
    assert list(both.extensions) == ["Sample", "Other"]


def test_a_new_kind_of_program_association_joins_its_abstract_base() -> None:
    association = MODEL.resources["StudentProgramAssociation"]
    resource = {
        "endpoint": "studentArtProgramAssociations",
        "base": "GeneralStudentProgramAssociation",
        "properties": [{"name": "beginDate", "type": "date", "required": True, "identity": True}],
        "references": [
            {"name": r.name, "target": r.target, "keys": dict(r.keys), "required": True, "identity": True}
            for r in association.references
            if r.is_identity
        ],
    }
    extension = sample(changed(resources={"StudentArtProgramAssociation": resource}))
    assert check_extension(extension, MODEL) == []
    model = extend_model(MODEL, extension)
    assert "StudentArtProgramAssociation" in {
        r.name for r in model.concrete_of("GeneralStudentProgramAssociation")
    }


def test_what_nobody_classified_is_sealed_and_told() -> None:
    extension = sample(changed(classification={}))
    table, findings = classify_extension(
        extension, extend_model(MODEL, extension), load_classification("5.2")
    )
    assert table.of("Student", "$._ext.sample.pets").tier is Tier.T3
    assert "_ext" in table.sealed_members("Student")
    told = {f.place.path for f in findings}
    assert {"$._ext.sample.favoriteBook", "$._ext.sample.pets", "$.seats"} <= told
    assert {f.severity for f in findings} == {Severity.WARNING}


def test_a_refused_key_keeps_the_extension_out() -> None:
    extension = sample(changed(classification={"Bus": {"$.busId": ["T4", "none", "Number of the bus"]}}))
    _, findings = classify_extension(extension, extend_model(MODEL, extension), load_classification("5.2"))
    assert [f.place.path for f in findings if f.severity is Severity.ERROR] == ["$.busId"]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("project: [", None),
        ("&a [*a]", None),
        ("[" * 100 + "]" * 100, None),
        ("project: Sample", "$"),
        (changed(surprise=1), "$"),
        (
            changed(resources={"Bus": {"endpoint": "buses", "properties": [{"name": "x", "type": "text"}]}}),
            "$.resources.Bus.properties[0].type",
        ),
        (changed(resources={"Bus": {"endpoint": "buses", "proprties": []}}), "$.resources.Bus"),
        (changed(extends={"Student": {"key": []}}), "$.extends.Student"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_where(text: str, path: str | None) -> None:
    assert ("extension.unreadable", path) in faults(text)


def test_a_broken_line_is_named() -> None:
    (finding,) = parse_extension("project: Sample\nendpoint: [\n", RULES, file="sample.yaml")  # type: ignore[misc]
    assert isinstance(finding, Finding)
    assert (finding.place.file, finding.place.line) == ("sample.yaml", 3)


@pytest.mark.parametrize(
    "name", ["Pet Name", "petName;drop", 'pet"', "_etag", "class", "Pet", "pët", "a" * 121, "pet-name", ""]
)
def test_only_plain_words_become_names(name: str) -> None:
    extends = {"Student": {"properties": [{"name": name, "type": "boolean"}]}}
    assert "extension.name" in [code for code, _ in faults(changed(extends=extends))]


@pytest.mark.parametrize(
    ("head", "path"),
    [
        ({"endpoint": "ed-fi"}, "$.endpoint"),
        ({"endpoint": "edfi"}, "$.endpoint"),
        ({"endpoint": "trust"}, "$.endpoint"),
        ({"endpoint": "pg-toast"}, "$.endpoint"),
        ({"project": "Ed-Fi"}, "$.project"),
        (
            {
                "resources": {
                    "Student": {
                        "endpoint": "pupils",
                        "properties": [
                            {"name": "pupilId", "type": "int32", "required": True, "identity": True}
                        ],
                    }
                }
            },
            "$.resources.Student",
        ),
        ({"descriptors": {"SexDescriptor": "sexDescriptors"}}, "$.descriptors.SexDescriptor"),
        (
            {
                "extends": {
                    "Student": {
                        "properties": [
                            {"name": "petName", "type": "boolean"},
                            {"name": "petname", "type": "boolean"},
                        ]
                    }
                }
            },
            "$.extends.Student",
        ),
    ],
)
def test_a_taken_name_is_refused(head: dict[str, Any], path: str) -> None:
    found = faults(changed(**head))
    assert path in [p for code, p in found if code in {"extension.name_taken", "extension.name"}]


def _bus(**more: Any) -> dict[str, Any]:
    key = {"name": "busId", "type": "string", "maxLength": 60, "required": True, "identity": True}
    return {"Bus": {"endpoint": "buses", "properties": [key], **more}}


@pytest.mark.parametrize(
    ("head", "code"),
    [
        ({"extends": {"Pupil": {}}}, "extension.unknown_resource"),
        ({"extends": {"SexDescriptor": {}}}, "extension.unknown_resource"),
        ({"extends": {"EducationOrganization": {}}}, "extension.unknown_resource"),
        ({"extends": {"Student": {"properties": [{"name": "x", "type": "string"}]}}}, "extension.bounds"),
        ({"extends": {"Student": {"properties": [{"name": "x", "type": "decimal"}]}}}, "extension.bounds"),
        (
            {
                "extends": {
                    "Student": {
                        "properties": [{"name": "xDescriptor", "type": "descriptor", "descriptor": "Student"}]
                    }
                }
            },
            "extension.unknown_descriptor",
        ),
        ({"extends": {"Student": {"collections": [{"name": "xs"}]}}}, "extension.key"),
        (
            {"resources": _bus(references=[{"name": "xReference", "target": "X", "keys": {}}])},
            "extension.unknown_target",
        ),
        (
            {"resources": _bus(references=[{"name": "schoolReference", "target": "School", "keys": {}}])},
            "extension.reference_key",
        ),
        ({"resources": _bus(authorization=["$.schoolReference.schoolId"])}, "extension.unknown_member"),
        ({"resources": _bus(unified=[["$.busId", "$.seats"]])}, "extension.unknown_member"),
        ({"resources": _bus(base="EducationOrganization")}, "extension.key"),
        (
            {"resources": {"Bus": {"endpoint": "buses", "properties": [{"name": "seats", "type": "int32"}]}}},
            "extension.key",
        ),
        (
            {
                "resources": _bus(
                    references=[
                        {
                            "name": "nextBusReference",
                            "target": "Bus",
                            "required": True,
                            "identity": True,
                            "keys": {"busId": "BusId"},
                        }
                    ]
                )
            },
            "extension.key",
        ),
    ],
)
def test_what_leads_nowhere_is_told(head: dict[str, Any], code: str) -> None:
    assert code in [found for found, _ in faults(changed(**head))]


def test_another_extensions_resource_cannot_be_extended() -> None:
    text = changed(project="Other", endpoint="other", resources={}, descriptors={}, extends={"Bus": {}})
    assert faults(text, extended()) == [("extension.unknown_resource", "$.extends.Bus")]


def test_all_faults_are_told_at_once() -> None:
    extends = {"Student": {"properties": [{"name": "x", "type": "string"}, {"name": "y", "type": "decimal"}]}}
    assert [p for _, p in faults(changed(extends=extends))] == ["$.extends.Student.x", "$.extends.Student.y"]
