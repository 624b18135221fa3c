"""XML schemas of the interchanges, generated from the facts; the Bulk Load Client downloads them.

`Ed-Fi-Core.xsd` holds every type, each interchange file a root element. Types carry their Ed-Fi group
(`Domain Entity`, `Identity`, ...) as an annotation, because that client tells them apart by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from homeroom.standard.documents import DESCRIPTOR_LENGTH
from homeroom.standard.interchange import (
    DESCRIPTOR_REFERENCE,
    UNBOUNDED,
    ComplexType,
    Element,
    SimpleType,
    XmlSchemaFacts,
    load_xml_schema,
)

CORE: Final = "Ed-Fi-Core.xsd"
_INTERCHANGE: Final = "Interchange"

# Attributes of the bases: records have an id in their file, and references may name one instead of a key.
_ATTRIBUTES: Final = {
    "ComplexObjectType": ('<xs:attribute name="id" type="xs:ID"/>',),
    "ReferenceType": ('<xs:attribute name="id" type="xs:ID"/>', '<xs:attribute name="ref" type="xs:IDREF"/>'),
}
_ANYTHING: Final = '<xs:any minOccurs="0" maxOccurs="unbounded" processContents="lax"/>'


def xsd_files(version: str) -> tuple[str, ...]:
    """Names of the schema files of a standard version, the core first."""
    return (CORE, *(_file_of(root) for root in load_xml_schema(version).interchanges))


def render_xsd(version: str, name: str) -> bytes | None:
    """One schema file; None when the version has none of that name."""
    facts = load_xml_schema(version)
    if name == CORE:
        return _schema(facts, _core(facts))
    root = next((r for r in facts.interchanges if _file_of(r) == name), None)
    return None if root is None else _schema(facts, _interchange(root, facts.interchanges[root]))


def _file_of(root: str) -> str:
    """`InterchangeStudent` to `Interchange-Student.xsd`, as Ed-Fi names the files."""
    return f"{_INTERCHANGE}-{root.removeprefix(_INTERCHANGE)}.xsd"


def _schema(facts: XmlSchemaFacts, body: Iterable[str]) -> bytes:
    namespace = quoteattr(facts.namespace)
    attributes = (
        'xmlns:xs="http://www.w3.org/2001/XMLSchema"',
        f"xmlns={namespace}",
        'xmlns:ann="http://ed-fi.org/annotation"',
        f"targetNamespace={namespace}",
        'elementFormDefault="qualified"',
        f"version={quoteattr(facts.version)}",
    )
    head = ('<?xml version="1.0" encoding="UTF-8"?>', f"<xs:schema {' '.join(attributes)}>")
    return "\n".join((*head, *body, "</xs:schema>", "")).encode()


def _interchange(root: str, entities: Sequence[str]) -> Iterator[str]:
    yield f'<xs:include schemaLocation="{CORE}"/>'
    yield f"<xs:element name={quoteattr(root)}><xs:complexType>"
    yield '<xs:choice minOccurs="0" maxOccurs="unbounded">'
    for entity in entities:
        type_name = f"{entity}Type" if entity.endswith("Reference") else entity
        yield f"<xs:element name={quoteattr(entity)} type={quoteattr(type_name)}/>"
    yield "</xs:choice>"
    yield "</xs:complexType></xs:element>"


def _core(facts: XmlSchemaFacts) -> Iterator[str]:
    instances = {name for names in facts.interchanges.values() for name in names}
    bases = {t.base for t in facts.types.values() if t.base} - instances
    for name, complex_type in facts.types.items():
        yield from _complex_type(name, complex_type, is_abstract=name in bases | set(_ATTRIBUTES))
    for name in facts.descriptors:
        yield from _complex_type(name, ComplexType("Descriptor", (), "DescriptorType"), is_abstract=False)
    yield from _simple_type(
        DESCRIPTOR_REFERENCE, SimpleType("xs:string", min_length="1", max_length=str(DESCRIPTOR_LENGTH))
    )
    for name in facts.descriptors:
        yield from _simple_type(f"{name}ReferenceType", SimpleType(DESCRIPTOR_REFERENCE))
    for name, simple_type in facts.simple_types.items():
        yield from _simple_type(name, simple_type)


def _complex_type(name: str, complex_type: ComplexType, *, is_abstract: bool) -> Iterator[str]:
    abstract = ' abstract="true"' if is_abstract else ""
    yield f"<xs:complexType name={quoteattr(name)}{abstract}>"
    yield (
        "<xs:annotation><xs:appinfo>"
        f"<ann:TypeGroup>{escape(complex_type.group)}</ann:TypeGroup>"
        "</xs:appinfo></xs:annotation>"
    )
    content = (*_sequence(complex_type), *_ATTRIBUTES.get(name, ()))
    if complex_type.base:
        yield f"<xs:complexContent><xs:extension base={quoteattr(complex_type.base)}>"
        yield from content
        yield "</xs:extension></xs:complexContent>"
    else:
        yield from content
    yield "</xs:complexType>"


def _sequence(complex_type: ComplexType) -> Iterator[str]:
    if complex_type.group == "Lookup" and not complex_type.elements:
        yield f"<xs:sequence>{_ANYTHING}</xs:sequence>"  # the facts do not say what it holds
    elif complex_type.elements:
        yield "<xs:sequence>"
        for is_choice, run in groupby(complex_type.elements, key=lambda e: e.is_alternative):
            elements = tuple(run)
            yield from _choice(elements) if is_choice else map(_element, elements)
        yield "</xs:sequence>"


def _choice(alternatives: Sequence[Element]) -> Iterator[str]:
    """Alternatives as a choice; it may be empty where any of them may."""
    least = min(a.least for a in alternatives)
    yield f'<xs:choice minOccurs="{least}">'
    for alternative in alternatives:
        yield _occurring(alternative, least=1)
    yield "</xs:choice>"


def _element(element: Element) -> str:
    return _occurring(element, least=element.least)


def _occurring(element: Element, *, least: int) -> str:
    most = "unbounded" if element.most == UNBOUNDED else element.most
    occurs = ("" if least == 1 else f' minOccurs="{least}"') + ("" if most == 1 else f' maxOccurs="{most}"')
    return f"<xs:element name={quoteattr(element.name)} type={quoteattr(element.type)}{occurs}/>"


def _simple_type(name: str, simple_type: SimpleType) -> Iterator[str]:
    facets = {
        "minLength": simple_type.min_length,
        "maxLength": simple_type.max_length,
        "minInclusive": simple_type.min_inclusive,
        "maxInclusive": simple_type.max_inclusive,
        "totalDigits": simple_type.total_digits,
        "fractionDigits": simple_type.fraction_digits,
    }
    yield f"<xs:simpleType name={quoteattr(name)}><xs:restriction base={quoteattr(simple_type.base)}>"
    for value in simple_type.enum:
        yield f"<xs:enumeration value={quoteattr(value)}/>"
    for facet, bound in facets.items():
        if bound is not None:
            yield f"<xs:{facet} value={quoteattr(bound)}/>"
    yield "</xs:restriction></xs:simpleType>"
