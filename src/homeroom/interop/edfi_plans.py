"""How to read each entity of the standard from XML, compiled from the facts on first use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import msgspec

from homeroom.interop.edfi_reading import ReadElement, Reading, read_children
from homeroom.interop.edfi_references import ReferenceCompiler, fail_type
from homeroom.interop.edfi_values import Convert, converter_of, school_year
from homeroom.interop.xml_record import Document
from homeroom.interop.xml_stream import Element
from homeroom.standard.model import Model, Part, Property, Reference, Resource
from homeroom.standard.read import read_source

Members: TypeAlias = "dict[str, str | tuple[str, str | Members]]"
"""Element path -> member; (member, members) for an object or collection, (member, x) for items of one x."""


@dataclass(frozen=True, slots=True)
class XmlFacts:
    """What the standard's XML file says: interchanges, where elements land, how identities are spelt."""

    namespace: str
    interchanges: Mapping[str, Sequence[str]]
    api_map: Mapping[str, Members]
    identity_map: Mapping[str, Mapping[str, str]]


def load_xml_facts(version: str) -> XmlFacts:
    """The XML facts of a standard version."""
    source = msgspec.json.decode(read_source(version, "xml"))
    return XmlFacts(source["namespace"], source["interchanges"], source["apiMap"], source["identityMap"])


@dataclass(frozen=True, slots=True)
class EntityPlan:
    """How to read one entity: its resource and a reader per child tag."""

    resource: str
    readers: Mapping[str, ReadElement]

    def read(self, element: Element, reading: Reading) -> Document:
        """The document of the element; faults go to the reading."""
        document: Document = {}
        read_children(element, document, reading, readers=self.readers)
        return document


class PlanCompiler:
    """Compiles plans for elements of one namespace ("" for none)."""

    def __init__(self, model: Model, facts: XmlFacts, *, namespace: str) -> None:
        self._model = model
        self._facts = facts
        self._prefix = f"{{{namespace}}}" if namespace else ""
        self.references = ReferenceCompiler(model, facts.identity_map, namespace=namespace)

    def plan_for(self, entity: str) -> EntityPlan | None:
        """The plan of an entity or descriptor; None when the standard has no such record."""
        resource = self._model.resources.get(entity)
        if resource is None:
            return None
        members = _descriptor_members(resource) if resource.is_descriptor else self._facts.api_map.get(entity)
        return None if members is None else EntityPlan(entity, self._readers(members, resource))

    def _readers(self, members: Members, node: Resource | Part) -> dict[str, ReadElement]:
        readers: dict[str, ReadElement] = {}
        groups: dict[str, Members] = defaultdict(dict)
        for path, spec in members.items():
            head, _, rest = path.partition("/")
            if rest:
                groups[head][rest] = spec
            else:
                readers[self._prefix + head] = self._member_reader(spec, node)
        for head, inner in groups.items():
            readers[self._prefix + head] = partial(read_children, readers=self._readers(inner, node))
        return readers

    def _member_reader(self, spec: str | tuple[str, str | Members], node: Resource | Part) -> ReadElement:
        if isinstance(spec, str):
            return self._value_reader(spec, node)
        name, inner = spec
        part = next(p for p in node.parts if p.name == name)
        if isinstance(inner, str):
            readers: ReadElement = self._value_reader(inner, part)
        else:
            readers = partial(read_children, readers=self._readers(inner, part))
        return _item_reader(name, readers) if part.is_collection else _object_reader(name, readers)

    def _value_reader(self, member: str, node: Resource | Part) -> ReadElement:
        declared = next((p for p in node.properties if p.name == member), None)
        if declared is not None:
            return _scalar_reader(declared)
        reference = next(r for r in node.references if r.name == member)
        if self._model.resources.get(reference.target) is self._model.resources["SchoolYearType"]:
            return _object_reader(member, _text_reader("schoolYear", school_year))
        return self._reference_reader(reference)

    def _reference_reader(self, reference: Reference) -> ReadElement:
        return _object_reader(reference.name, self.references.reader_to(reference.target))


def _descriptor_members(resource: Resource) -> Members:
    return {p.name[0].upper() + p.name[1:]: p.name for p in resource.properties}


def _scalar_reader(declared: Property) -> ReadElement:
    return _text_reader(declared.name, converter_of(declared))


def _text_reader(member: str, convert: Convert) -> ReadElement:
    def read(element: Element, into: Document, reading: Reading) -> None:
        text = (element.text or "").strip()
        if not text:
            return
        if member in into:
            _fail_repeated(element, reading)
        try:
            into[member] = convert(text)
        except ValueError as error:
            fail_type(element, text, error, reading)

    return read


def _object_reader(member: str, read_inner: ReadElement) -> ReadElement:
    def read(element: Element, into: Document, reading: Reading) -> None:
        if member in into:
            _fail_repeated(element, reading)
        inner: Document = {}
        read_inner(element, inner, reading)
        if inner:
            into[member] = inner

    return read


def _item_reader(member: str, read_inner: ReadElement) -> ReadElement:
    def read(element: Element, into: Document, reading: Reading) -> None:
        item: Document = {}
        read_inner(element, item, reading)
        if not item:
            return
        items = into.get(member)
        if isinstance(items, list):
            items.append(item)
        else:
            into[member] = [item]

    return read


def _fail_repeated(element: Element, reading: Reading) -> None:
    reading.fail(
        "xml.repeated_element", "The element stands here twice but may stand once.", at=element,
        remedy="Keep the right one.",
    )  # fmt: skip
