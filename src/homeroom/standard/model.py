"""The compiled Model: what the standard says of every resource, as frozen values.

Tables, statements, validation, routes, OpenAPI, XML reading and field listing all come from here,
so that a new version or extension is a new file and no code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property


class Kind(StrEnum):
    """The types a property can have."""

    STRING = "string"
    DESCRIPTOR = "descriptor"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    DATETIME = "datetime"
    INT16 = "int16"
    INT32 = "int32"
    INT64 = "int64"
    DECIMAL = "decimal"


@dataclass(frozen=True, slots=True)
class Property:
    """A scalar member. Lengths in characters; precision counts all digits, scale those after the point."""

    name: str
    kind: Kind
    descriptor: str | None = None
    max_length: int | None = None
    min_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    precision: int | None = None
    scale: int | None = None
    is_required: bool = False
    is_identity: bool = False
    is_deprecated: bool = False
    is_duration: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """A member that names another record by that record's key.

    keys: member of the reference object -> storage column; members of one document that share a
    column are one value. role: prefix of the name where it plays one.
    """

    name: str
    target: str
    keys: Mapping[str, str]
    role: str | None = None
    is_required: bool = False
    is_identity: bool = False
    is_cascade: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """Alternatives of which at most one (exactly one when required) may appear."""

    alternatives: tuple[tuple[str, ...], ...]
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """An object or a collection inside a document; parts nest.

    key: members (dotted for a part of a reference) that tell the items of a collection apart.
    """

    name: str
    entity: str
    is_collection: bool
    is_required: bool = False
    properties: tuple[Property, ...] = ()
    references: tuple[Reference, ...] = ()
    parts: tuple[Part, ...] = ()
    key: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyPart:
    """One part of a natural key: its name in references, its column, the paths that carry it."""

    name: str
    column: str
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Resource:
    """A kind of record with an endpoint of its own. Concrete; abstract bases are `Abstract`.

    extensions: what extensions add, one object for each, which stands in `_ext` under its project's name.
    """

    name: str
    endpoint: str
    project: str
    schema: str
    key: tuple[KeyPart, ...]
    properties: tuple[Property, ...]
    references: tuple[Reference, ...] = ()
    parts: tuple[Part, ...] = ()
    base: str | None = None
    base_key: Mapping[str, str] = field(default_factory=dict)
    unified: tuple[tuple[str, ...], ...] = ()
    equal: tuple[tuple[str, ...], ...] = ()
    choices: tuple[Choice, ...] = ()
    allows_key_changes: bool = False
    authorization: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    extensions: tuple[Part, ...] = ()
    is_descriptor: bool = False
    is_school_year: bool = False

    @cached_property
    def properties_by_name(self) -> Mapping[str, Property]:
        """Root properties by member name."""
        return {p.name: p for p in self.properties}

    @cached_property
    def references_by_name(self) -> Mapping[str, Reference]:
        """Root references by member name."""
        return {r.name: r for r in self.references}

    @cached_property
    def claim(self) -> str:
        """The resource's claim name below `…/identity/claims/`: `ed-fi/studentSchoolAssociation`."""
        from homeroom.standard.names import camel_case  # noqa: PLC0415 - keeps names free of the model

        return f"{self.schema}/{camel_case(self.name)}"

    @property
    def path(self) -> str:
        """Where the API serves it, below the data root: `/ed-fi/students`."""
        return f"/{self.schema}/{self.endpoint}"


@dataclass(frozen=True, slots=True)
class Abstract:
    """A base whose concrete kinds share one space of identities."""

    name: str
    key: tuple[KeyPart, ...]
    concrete: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Model:
    """One standard version, with any extensions: everything by name. It equals itself alone, as it is large.

    Descriptors are resources too (`is_descriptor`), all of the same shape. extensions: project -> version, in the
    order of their joining.
    """

    version: str
    project: str
    resources: Mapping[str, Resource]
    abstracts: Mapping[str, Abstract]
    extensions: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def by_path(self) -> Mapping[tuple[str, str], Resource]:
        """Resources by (schema, endpoint), both in lower case."""
        return {(r.schema.lower(), r.endpoint.lower()): r for r in self.resources.values()}

    @cached_property
    def documents(self) -> tuple[Resource, ...]:
        """Every resource that is no descriptor, in the standard's order."""
        return tuple(r for r in self.resources.values() if not r.is_descriptor)

    @cached_property
    def descriptors(self) -> tuple[Resource, ...]:
        """Every descriptor type."""
        return tuple(r for r in self.resources.values() if r.is_descriptor)

    def key_of(self, target: str) -> tuple[KeyPart, ...]:
        """The natural key of a resource or of an abstract base, in order."""
        abstract = self.abstracts.get(target)
        return abstract.key if abstract else self.resources[target].key

    def concrete_of(self, target: str) -> tuple[Resource, ...]:
        """The resources a reference to the target may point at."""
        abstract = self.abstracts.get(target)
        names = abstract.concrete if abstract else (target,)
        return tuple(self.resources[name] for name in names)

    def key_property(self, target: str, member: str) -> Property:
        """The property at the end of a reference's key member, however many references away."""
        known = self._key_properties.get((target, member))
        if known is None:
            known = self._key_properties[target, member] = self._find_key_property(target, member)
        return known

    @cached_property
    def _key_properties(self) -> dict[tuple[str, str], Property]:
        """Those that were asked for: each nested reference of each record asks again."""
        return {}

    def _find_key_property(self, target: str, member: str) -> Property:
        resource = self.concrete_of(target)[0]
        name = resource.base_key.get(member, member) if target in self.abstracts else member
        part = next(k for k in resource.key if k.name == name)
        head, _, rest = part.paths[0].removeprefix("$.").partition(".")
        if not rest:
            return resource.properties_by_name[head]
        return self.key_property(resource.references_by_name[head].target, rest)

    def referrers_of(self, target: str) -> Iterator[tuple[Resource, Reference]]:
        """Every root reference that may point at the target (its abstract base included)."""
        names = {target, self.resources[target].base}
        for resource in self.documents:
            for reference in resource.references:
                if reference.target in names:
                    yield resource, reference


def walk_parts(resource: Resource) -> Iterator[tuple[tuple[Part, ...], Part]]:
    """Every object and collection of a document, extensions included, with its enclosing parts."""

    def descend(parts: tuple[Part, ...], above: tuple[Part, ...]) -> Iterator[tuple[tuple[Part, ...], Part]]:
        for part in parts:
            yield above, part
            yield from descend(part.parts, (*above, part))

    yield from descend(resource.parts, ())
    if resource.extensions:
        yield from descend((Part("_ext", "Extensions", is_collection=False, parts=resource.extensions),), ())


def part_path(above: tuple[Part, ...], part: Part) -> str:
    """JSON path of a part: `$.addresses[*].periods[*]`."""
    steps = (f"{p.name}[*]" if p.is_collection else p.name for p in (*above, part))
    return "$." + ".".join(steps)
