"""The load order that clients read before they send anything."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import etree

from homeroom.standard.dependencies import DependencyRow, dependency_rows, render_graphml
from homeroom.standard.model import Model, Reference, Resource
from homeroom.standard.read import VERSIONS, load_model, load_order

GRAPHML = "{http://graphml.graphdrawing.org/xmlns}"


def published_rows(version: str) -> set[tuple[str, int, tuple[str, ...]]]:
    """Rows of the published order above level 1, which the order file leaves out."""
    operations = {"": ("Create", "Update"), "C": ("Create",), "U": ("Update",)}
    return {
        (f"/ed-fi/{name.partition(':')[0]}", level, operations[name.partition(":")[2]])
        for level, names in load_order(version).items()
        for name in names
    }


def with_resource(model: Model, resource: Resource) -> Model:
    return Model(model.version, model.project, {**model.resources, resource.name: resource}, model.abstracts)


@pytest.mark.parametrize("version", VERSIONS)
def test_computed_order_is_the_published_one(version: str) -> None:
    rows = dependency_rows(load_model(version))
    assert {(r.resource, r.order, r.operations) for r in rows if r.order > 1} == published_rows(version)


@pytest.mark.parametrize(("version", "rows"), [("5.2", 138 + 211 + 3), ("6.1", 192 + 280 + 3)])
def test_every_resource_and_descriptor_has_a_row_and_people_have_two(version: str, rows: int) -> None:
    model = load_model(version)
    found = dependency_rows(model)
    assert len(found) == rows
    assert {r.resource for r in found} == {r.path for r in model.resources.values()}


def test_level_one_is_descriptors_and_school_years_in_alphabetical_order() -> None:
    first = [r for r in dependency_rows(load_model("5.2")) if r.order == 1]
    assert [r.resource for r in first] == sorted(r.resource for r in first)
    assert first[0] == DependencyRow("/ed-fi/absenceEventCategoryDescriptors", 1, ("Create", "Update"))
    assert [r.resource for r in first if not r.resource.endswith("Descriptors")] == ["/ed-fi/schoolYearTypes"]


def test_students_are_created_early_and_updated_after_enrollment() -> None:
    rows = {(r.resource, r.operations): r.order for r in dependency_rows(load_model("5.2"))}
    enrollment = rows[("/ed-fi/studentSchoolAssociations", ("Create", "Update"))]
    assert rows[("/ed-fi/students", ("Create",))] < enrollment < rows[("/ed-fi/students", ("Update",))]


def test_extension_resource_comes_after_what_it_refers_to() -> None:
    model = load_model("5.2")
    reference = Reference(
        "sectionReference", "Section", {"sectionIdentifier": "SectionIdentifier"}, is_required=True
    )
    club = replace(
        model.resources["School"], name="Club", endpoint="clubs", schema="sample", references=(reference,)
    )
    rows = {r.resource: r.order for r in dependency_rows(with_resource(model, club))}
    assert rows["/sample/clubs"] == rows["/ed-fi/sections"] + 1


def test_a_ring_of_references_still_gets_an_order() -> None:
    model = load_model("5.2")
    school = model.resources["School"]
    back = Reference("sectionReference", "Section", {"sectionIdentifier": "SectionIdentifier"})
    ringed = with_resource(model, replace(school, references=(*school.references, back)))
    assert {r.resource for r in dependency_rows(ringed)} == {r.path for r in model.resources.values()}


@pytest.mark.parametrize("version", VERSIONS)
def test_graph_has_no_ring_and_a_retry_node_for_each_person(version: str) -> None:
    graph = etree.fromstring(render_graphml(load_model(version)))[0]
    nodes = {n.get("id") for n in graph.iter(f"{GRAPHML}node")}
    edges = [(e.get("source"), e.get("target")) for e in graph.iter(f"{GRAPHML}edge")]
    assert {n for n in nodes if n.endswith("#Retry")} == {
        "/ed-fi/students#Retry",
        "/ed-fi/staffs#Retry",
        "/ed-fi/contacts#Retry",
    }
    assert {end for edge in edges for end in edge} <= nodes
    assert ("/ed-fi/studentSchoolAssociations", "/ed-fi/students#Retry") in edges
    assert ("/ed-fi/students", "/ed-fi/studentSchoolAssociations") in edges
    assert is_acyclic(nodes, edges)


def is_acyclic(nodes: set[str], edges: list[tuple[str, str]]) -> bool:
    left = set(nodes)
    while left:
        free = left - {target for source, target in edges if source in left}
        if not free:
            return False
        left -= free
    return True
