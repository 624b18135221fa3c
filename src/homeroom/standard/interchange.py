"""The standard's XML as facts: what each interchange may hold, how each type is built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from homeroom.standard.read import read_source

UNBOUNDED: Final = "*"
DESCRIPTOR_REFERENCE: Final = "DescriptorReferenceType"


class Element(msgspec.Struct, frozen=True, array_like=True):
    """A child element: least and most times it occurs (`*` for any number), `choice` when an alternative."""

    name: str
    type: str
    least: int
    most: int | str
    group: str = ""

    @property
    def is_alternative(self) -> bool:
        """Whether it stands in a choice with the alternatives next to it."""
        return self.group == "choice"


class ComplexType(msgspec.Struct, frozen=True):
    """A type with child elements; those of the base come first."""

    group: str
    elements: tuple[Element, ...]
    base: str | None = None


class SimpleType(msgspec.Struct, frozen=True, rename="camel"):
    """A restricted value; facets as the schema spells them."""

    base: str
    enum: tuple[str, ...] = ()
    min_length: str | None = None
    max_length: str | None = None
    min_inclusive: str | None = None
    max_inclusive: str | None = None
    total_digits: str | None = None
    fraction_digits: str | None = None


class _XmlFacts(msgspec.Struct, rename="camel"):
    namespace: str
    version: str
    interchanges: dict[str, tuple[str, ...]]
    types: dict[str, ComplexType]
    simple_types: dict[str, SimpleType]


@dataclass(frozen=True, slots=True)
class XmlSchemaFacts:
    """Everything the XSD of a version says; interchanges by the name of their root element."""

    namespace: str
    version: str
    interchanges: Mapping[str, tuple[str, ...]]
    types: Mapping[str, ComplexType]
    simple_types: Mapping[str, SimpleType]

    @property
    def descriptors(self) -> tuple[str, ...]:
        """Every descriptor, by name of its element; the facts give them no type of their own."""
        named = {n for names in self.interchanges.values() for n in names if n.endswith("Descriptor")}
        return tuple(sorted(named - set(self.types)))


def load_xml_schema(version: str) -> XmlSchemaFacts:
    """The XML schema facts of a standard version."""
    facts = msgspec.json.decode(read_source(version, "xml"), type=_XmlFacts)
    return XmlSchemaFacts(facts.namespace, facts.version, facts.interchanges, facts.types, facts.simple_types)
