"""A small world with one record of every resource of a version, made from the Model alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from homeroom.standard.dependencies import CREATE, dependency_rows
from homeroom.standard.model import Choice, Kind, Model, Part, Property, Reference, Resource
from homeroom.standard.outline import reference_members
from homeroom.standard.read import load_seed_descriptors

_DAY = date(2026, 8, 17)
_TEXT = "walk"
_ORGANIZATION = "educationOrganizationId"
_NUMBERS = {"schoolYear": 2027, "localEducationAgencyId": 4100, "schoolId": 4101, _ORGANIZATION: 4101}
_FIXED = {Kind.BOOLEAN: True, Kind.TIME: "10:30:00", Kind.DATETIME: "2026-08-17T10:30:00Z", Kind.DECIMAL: 1}
_ITEM_ENTITY = "IdentificationCode"


@dataclass(frozen=True)
class Made:
    """A resource and the document of its one record."""

    resource: Resource
    body: dict[str, Any]


class World:
    """Documents of every resource, in the order of loading. One value stands for each property by its name."""

    def __init__(self, model: Model, version: str) -> None:
        self.model = model
        self.organizations = [r for r in model.documents if r.base == "EducationOrganization"]
        self._descriptors: dict[str, str] = {}
        for value in load_seed_descriptors(version):
            self._descriptors.setdefault(value["kind"], f"{value['namespace']}#{value['code_value']}")
        self.own_descriptors = [r for r in model.descriptors if r.name not in self._descriptors]
        for resource in self.own_descriptors:
            self._descriptors[resource.name] = f"uri://ed-fi.org/{resource.name}#{_TEXT}"
        # Kinds of one base share a space of keys, so each gets a day of its own.
        self._days = {
            name: _DAY + timedelta(days=number)
            for abstract in model.abstracts.values()
            for number, name in enumerate(abstract.concrete)
        }
        self._made: set[str] = set()

    def descriptor(self, resource: Resource) -> dict[str, Any]:
        """The document of the world's value of a descriptor."""
        namespace, _, code = self._descriptors[resource.name].partition("#")
        return {"namespace": namespace, "codeValue": code, "shortDescription": code[:75]}

    @property
    def organization_ids(self) -> tuple[int, ...]:
        """Of every organisation there is in it."""
        return tuple(self._number(r.properties_by_name[r.key[0].name]) for r in self.organizations)

    def documents(self) -> Iterator[Made]:
        """One document of each resource that is no descriptor, after all that it refers to."""
        rows = sorted(
            (r for r in dependency_rows(self.model) if CREATE in r.operations), key=lambda r: r.order
        )
        by_path = {r.path: r for r in self.model.documents}
        for row in rows:
            resource = by_path.get(row.resource)
            if resource is not None and not resource.is_school_year:
                yield Made(resource, self._document(resource))
            if resource is not None:
                self._made.add(resource.name)

    def value(self, prop: Property, *, day: date = _DAY) -> Any:
        """The world's value of a property."""
        match prop.kind:
            case Kind.STRING:
                return self._text(prop)
            case Kind.DESCRIPTOR:
                return self._descriptors[prop.descriptor or ""]
            case Kind.DATE:
                return day.isoformat()
            case Kind.INT16 | Kind.INT32 | Kind.INT64:
                return self._number(prop)
            case _:
                return _FIXED[prop.kind]

    def _text(self, prop: Property) -> str:
        text = "uri://ed-fi.org/walk" if prop.name.lower().endswith("namespace") else f"{_TEXT}-{prop.name}"
        text = text[: prop.max_length] if prop.max_length else text
        return text.ljust(prop.min_length or 0, "x")

    def _number(self, prop: Property) -> int:
        if prop.name in _NUMBERS:
            return _NUMBERS[prop.name]
        names = [r.key[0].name for r in self.organizations]
        if prop.name in names:
            return 4200 + names.index(prop.name)
        return max(1, int(prop.minimum or 1))

    def _document(self, resource: Resource) -> dict[str, Any]:
        day = self._days.get(resource.name, _DAY)
        body = self._members(resource.properties, resource.references, resource.choices, day=day)
        for part in resource.parts:
            if part.is_required or part.entity.endswith(_ITEM_ENTITY):
                body[part.name] = [self._part(part)] if part.is_collection else self._part(part)
        return body

    def _part(self, part: Part) -> dict[str, Any]:
        required = tuple(p for p in part.properties if p.is_required or part.entity.endswith(_ITEM_ENTITY))
        references = tuple(r for r in part.references if r.is_required)
        body = self._members(required, references, part.choices, day=_DAY)
        for inner in part.parts:
            if inner.is_required:
                body[inner.name] = [self._part(inner)] if inner.is_collection else self._part(inner)
        return body

    def _members(
        self,
        properties: tuple[Property, ...],
        references: tuple[Reference, ...],
        choices: tuple[Choice, ...],
        *,
        day: date,
    ) -> dict[str, Any]:
        left_out = {name for choice in choices for other in choice.alternatives[1:] for name in other}
        body: dict[str, Any] = {
            r.name: self._reference(r)
            for r in references
            if r.name not in left_out and (r.is_required or self._exists(r.target))
        }
        body |= {p.name: self.value(p, day=day) for p in properties if p.name not in left_out}
        return body

    def _exists(self, target: str) -> bool:
        return any(r.name in self._made for r in self.model.concrete_of(target))

    def _reference(self, reference: Reference) -> Mapping[str, Any]:
        day = self._days.get(self.model.concrete_of(reference.target)[0].name, _DAY)
        return {
            member: self.value(self.model.key_property(reference.target, member), day=day)
            for member in reference_members(self.model, reference)
        }
