"""A document written as XML by the facts and read again is the same document, whatever it holds."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from io import BytesIO
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from homeroom.interop.edfi_plans import Members, XmlFacts, load_xml_facts
from homeroom.interop.edfi_xml import EdfiXmlReader
from homeroom.interop.xml_record import Document, Json, XmlRecord
from homeroom.standard.model import Kind, Model, Part, Property, Resource
from homeroom.standard.read import load_model

Node: TypeAlias = Resource | Part
_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co", "Z"]), min_size=1, max_size=12
)


def _scalars(declared: Property) -> st.SearchStrategy[Json]:  # noqa: PLR0911 - one return per kind
    match declared.kind:
        case Kind.STRING:
            return _TEXT
        case Kind.DESCRIPTOR:
            return _TEXT.map(lambda code: f"uri://example.org/{declared.descriptor}#{code}")
        case Kind.BOOLEAN:
            return st.booleans()
        case Kind.DATE:
            return st.dates(date(1900, 1, 1)).map(date.isoformat)
        case Kind.TIME:
            return st.times().map(lambda t: time(t.hour, t.minute, t.second).isoformat())
        case Kind.DATETIME:
            return st.dates(date(1900, 1, 1)).map(lambda d: f"{d.isoformat()}T12:30:00Z")
        case Kind.DECIMAL:
            return st.decimals(-9999, 9999, places=declared.scale or 2)
        case Kind.INT16 | Kind.INT32 | Kind.INT64:
            return st.integers(1991, 2049)


class Documents:
    """Makes documents of a standard version, and their XML."""

    def __init__(self, version: str) -> None:
        self.model: Model = load_model(version)
        self.facts: XmlFacts = load_xml_facts(version)
        self.reader = EdfiXmlReader(self.model, version=version)

    def draw(self, node: Node, data: st.DataObject) -> Document:
        document: Document = {}
        for declared in node.properties:
            if data.draw(st.booleans()):
                document[declared.name] = data.draw(_scalars(declared))
        for reference in node.references:
            if data.draw(st.booleans()):
                document[reference.name] = {
                    key: data.draw(_scalars(self.model.key_property(reference.target, key)))
                    for key in reference.keys
                }
        for part in node.parts:
            items = [i for i in (self.draw(part, data) for _ in range(data.draw(st.integers(0, 2)))) if i]
            if items:
                document[part.name] = list(items) if part.is_collection else items[0]
        return document

    def write(self, resource: Resource, document: Document) -> bytes:
        root = etree.Element("InterchangeStudent", nsmap={None: self.facts.namespace})
        element = etree.SubElement(root, resource.name)
        if resource.is_descriptor:
            for member, value in document.items():
                etree.SubElement(element, member[0].upper() + member[1:]).text = str(value)
        else:
            self._write_members(element, document, members=self.facts.api_map[resource.name], node=resource)
        return etree.tostring(root)

    def _write_members(
        self, element: etree._Element, document: Document, *, members: Members, node: Node
    ) -> None:
        groups: dict[str, etree._Element] = {}
        for path, spec in members.items():
            member = spec if isinstance(spec, str) else spec[0]
            if member not in document:
                continue
            *above, name = path.split("/")
            parent = element
            for depth, step in enumerate(above):
                key = "/".join(above[: depth + 1])
                if key not in groups:
                    groups[key] = etree.SubElement(parent, step)
                parent = groups[key]
            self._write_member(parent, name, document[member], spec=spec, node=node)

    def _write_member(
        self,
        parent: etree._Element,
        name: str,
        value: Json,
        *,
        spec: str | tuple[str, str | Members],
        node: Node,
    ) -> None:
        if isinstance(spec, str):
            self._write_value(etree.SubElement(parent, name), value, member=spec, node=node)
            return
        part = next(p for p in node.parts if p.name == spec[0])
        for item in value if isinstance(value, list) else [value]:
            assert isinstance(item, dict)
            element = etree.SubElement(parent, name)
            if isinstance(spec[1], str):
                self._write_value(element, item[spec[1]], member=spec[1], node=part)
            else:
                self._write_members(element, item, members=spec[1], node=part)

    def _write_value(self, element: etree._Element, value: Json, *, member: str, node: Node) -> None:
        reference = next((r for r in node.references if r.name == member), None)
        if reference is None:
            element.text = _lexical(value)
            return
        assert isinstance(value, dict)
        if reference.target == "SchoolYearType":
            element.text = _school_year(value["schoolYear"])
            return
        for path, key in self.facts.identity_map[reference.target].items():
            parent = element
            for step in (f"{reference.target}Identity", *path.split("/")):
                found = parent.find(step)
                is_leaf = step == path.split("/")[-1] and found is None
                parent = etree.SubElement(parent, step) if found is None else found
                if is_leaf:
                    is_year = path.split("/")[-1].endswith("SchoolYear")
                    parent.text = _school_year(value[key]) if is_year else _lexical(value[key])


def _lexical(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _school_year(value: Json) -> str:
    assert isinstance(value, int)
    return f"{value - 1}-{value}"


@pytest.fixture(scope="module", params=["5.2", "6.1"])
def documents(request: pytest.FixtureRequest) -> Documents:
    return Documents(str(request.param))


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(data=st.data())
def test_any_document_survives_writing_and_reading(documents: Documents, data: st.DataObject) -> None:
    names = [n for n in documents.model.resources if n in documents.facts.api_map or n.endswith("Descriptor")]
    resource = documents.model.resources[data.draw(st.sampled_from(names))]
    document = documents.draw(resource, data)
    xml = documents.write(resource, document)
    assert list(documents.reader.read(BytesIO(xml))) == [XmlRecord(resource.name, document, 1)]
