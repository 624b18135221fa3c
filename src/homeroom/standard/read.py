"""The standard's facts, as they lie in `source/`, to a `Model`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import TypedDict

import msgspec

from homeroom.base.errors import SettingsError
from homeroom.standard.model import (
    Abstract,
    Choice,
    KeyPart,
    Kind,
    Model,
    Part,
    Property,
    Reference,
    Resource,
)

VERSIONS = ("5.2", "6.1")
_SOURCE = "homeroom.standard.source"


class _Property(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    name: str
    type: Kind
    descriptor: str | None = None
    max_length: int | None = None
    min_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    precision: int | None = None
    scale: int | None = None
    required: bool = False
    identity: bool = False
    deprecated: bool = False
    xsd: str | None = None


class _Reference(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    target: str
    keys: dict[str, str]
    role: str | None = None
    required: bool = False
    identity: bool = False
    cascade: bool = False


class _Choice(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    one_of: list[list[str]]
    required: bool = False


class _Key(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    column: str
    paths: list[str]


class PartFacts(msgspec.Struct, forbid_unknown_fields=True):
    """A part as the facts and extension files spell it."""

    name: str
    entity: str = ""
    required: bool = False
    properties: list[_Property] = []
    references: list[_Reference] = []
    objects: list[PartFacts] = []
    collections: list[PartFacts] = []
    key: list[str] = []
    choices: list[_Choice] = []


class ResourceFacts(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A resource as the facts and extension files spell it."""

    endpoint: str
    key: list[_Key] = []
    properties: list[_Property] = []
    references: list[_Reference] = []
    objects: list[PartFacts] = []
    collections: list[PartFacts] = []
    base: str | None = None
    base_key: dict[str, str] = {}
    unified: list[list[str]] = []
    equal: list[list[str]] = []
    choices: list[_Choice] = []
    allows_identity_updates: bool = False
    authorization: list[str] = []
    domains: list[str] = []
    school_year_enumeration: bool = False


class _Abstract(msgspec.Struct):
    key: list[_Key]
    concrete: list[str]


class _Facts(msgspec.Struct, rename="camel"):
    version: str
    project: str
    project_endpoint: str
    abstract: dict[str, _Abstract]
    descriptors: dict[str, str]
    descriptor_properties: list[_Property]
    resources: dict[str, ResourceFacts]


class SeedDescriptor(TypedDict):
    """One descriptor value that ships with a standard version."""

    kind: str
    namespace: str
    code_value: str
    short_description: str


def read_source(version: str, name: str) -> bytes:
    """The text of one source file of a version: facts, xml, descriptors, order or authorization."""
    if version not in VERSIONS:
        raise SettingsError(f"unknown standard version {version!r}; known: {', '.join(VERSIONS)}")
    return (files(_SOURCE) / f"edfi-{version}" / f"{name}.json").read_bytes()


def load_model(version: str) -> Model:
    """The compiled Model of a standard version, without extensions."""
    facts = msgspec.json.decode(read_source(version, "facts"), type=_Facts)
    resources = {
        name: resource_of(name, facts=f, project=facts.project, schema=facts.project_endpoint)
        for name, f in facts.resources.items()
    }
    shape = tuple(map(_property, facts.descriptor_properties))
    for name, endpoint in facts.descriptors.items():
        resources[name] = descriptor_of(
            name, endpoint, shape=shape, project=facts.project, schema=facts.project_endpoint
        )
    abstracts = {n: Abstract(n, _keys(a.key), tuple(a.concrete)) for n, a in facts.abstract.items()}
    return Model(facts.version, facts.project, resources, abstracts)


def load_seed_descriptors(version: str) -> list[SeedDescriptor]:
    """Descriptor values of a standard version, in file order."""
    source = msgspec.json.decode(read_source(version, "descriptors"))
    return [
        SeedDescriptor(
            kind=kind,
            namespace=namespace,
            code_value=value if isinstance(value, str) else value[0],
            short_description=value if isinstance(value, str) else value[1],
        )
        for kind, namespaces in source["descriptors"].items()
        for namespace, values in namespaces.items()
        for value in values
    ]


def load_school_years(version: str) -> list[int]:
    """The school years of a standard version, as ending years."""
    types = msgspec.json.decode(read_source(version, "xml"))["simpleTypes"]
    return [int(text.partition("-")[2]) for text in types["SchoolYearType"]["enum"]]


def resource_of(name: str, *, facts: ResourceFacts, project: str, schema: str) -> Resource:
    """One resource of a facts or extension file."""
    return Resource(
        name=name,
        endpoint=facts.endpoint,
        project=project,
        schema=schema,
        key=_keys(facts.key),
        properties=tuple(map(_property, facts.properties)),
        references=tuple(map(_reference, facts.references)),
        parts=parts_of(facts.objects, facts.collections),
        base=facts.base,
        base_key=facts.base_key,
        unified=tuple(map(tuple, facts.unified)),
        equal=tuple(map(tuple, facts.equal)),
        choices=_choices(facts.choices),
        allows_key_changes=facts.allows_identity_updates,
        authorization=tuple(facts.authorization),
        domains=tuple(facts.domains),
        is_school_year=facts.school_year_enumeration,
    )


def descriptor_of(
    name: str, endpoint: str, *, shape: tuple[Property, ...], project: str, schema: str
) -> Resource:
    """One descriptor type; all share one shape and one key."""
    key = tuple(
        KeyPart(p.name, p.name[:1].upper() + p.name[1:], (f"$.{p.name}",)) for p in shape if p.is_identity
    )
    return Resource(name, endpoint, project, schema, key, shape, is_descriptor=True)


def parts_of(objects: Sequence[PartFacts], collections: Sequence[PartFacts]) -> tuple[Part, ...]:
    """Objects, then collections, in the order of the facts."""
    return (
        *(part_of(o, is_collection=False) for o in objects),
        *(part_of(c, is_collection=True) for c in collections),
    )


def part_of(facts: PartFacts, *, is_collection: bool) -> Part:
    """One object or collection of a facts or extension file, with all inside."""
    return Part(
        name=facts.name,
        entity=facts.entity,
        is_collection=is_collection,
        is_required=facts.required,
        properties=tuple(map(_property, facts.properties)),
        references=tuple(map(_reference, facts.references)),
        parts=parts_of(facts.objects, facts.collections),
        key=tuple(facts.key),
        choices=_choices(facts.choices),
    )


def _property(facts: _Property) -> Property:
    return Property(
        name=facts.name,
        kind=facts.type,
        descriptor=facts.descriptor,
        max_length=facts.max_length,
        min_length=facts.min_length,
        minimum=facts.minimum,
        maximum=facts.maximum,
        precision=facts.precision,
        scale=facts.scale,
        is_required=facts.required,
        is_identity=facts.identity,
        is_deprecated=facts.deprecated,
        is_duration=facts.xsd == "duration",
    )


def _reference(facts: _Reference) -> Reference:
    return Reference(
        name=facts.name,
        target=facts.target,
        keys=facts.keys,
        role=facts.role,
        is_required=facts.required,
        is_identity=facts.identity,
        is_cascade=facts.cascade,
    )


def _keys(facts: Sequence[_Key]) -> tuple[KeyPart, ...]:
    return tuple(KeyPart(k.name, k.column, tuple(k.paths)) for k in facts)


def _choices(facts: Sequence[_Choice]) -> tuple[Choice, ...]:
    return tuple(Choice(tuple(map(tuple, c.one_of)), c.required) for c in facts)


def load_order(version: str) -> Mapping[int, Sequence[str]]:
    """Load levels: level -> endpoints, `:C` create only at this level, `:U` update from this level on."""
    levels = msgspec.json.decode(read_source(version, "order"))["levels"]
    return {int(level): names for level, names in levels.items()}
