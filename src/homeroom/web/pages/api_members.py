"""The members of a resource as the API's documentation tells them: type, bounds, what they are for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

import msgspec

from homeroom.standard.classification_rules import Tier
from homeroom.standard.classify import ClassificationTable
from homeroom.standard.model import Kind, Model, Part, Property, Reference, Resource

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json]"

_EXAMPLES: Final[Mapping[Kind, Json]] = {
    Kind.STRING: "text",
    Kind.BOOLEAN: True,
    Kind.DATE: "2026-08-17",
    Kind.TIME: "08:30:00",
    Kind.DATETIME: "2026-08-17T08:30:00Z",
    Kind.INT16: 1,
    Kind.INT32: 1,
    Kind.INT64: 1,
    Kind.DECIMAL: 1.5,
}


class Shape(StrEnum):
    """What a member holds when it is no value."""

    REFERENCE = "reference"
    OBJECT = "object"
    COLLECTION = "collection"


@dataclass(frozen=True, slots=True)
class MemberLine:
    """One member. kind: of a value, as in the Model, or a Shape; most: the longest text.

    target: what a reference or a descriptor names; keys: the members of a reference. is_sensitive: sealed in
    the store and shown to few; is_refused: never stored. members: inside an object or an item.
    """

    name: str
    label: str
    kind: str
    most: int | None = None
    target: str | None = None
    keys: Sequence[str] = ()
    is_required: bool = False
    is_identity: bool = False
    is_sensitive: bool = False
    is_refused: bool = False
    members: Sequence[MemberLine] = ()


def describe_members(
    model: Model, classification: ClassificationTable, resource: Resource
) -> Sequence[MemberLine]:
    """Every member, those of the key first; what an extension adds stands under `_ext`."""
    lines = list(_members(model, classification, resource, at=(resource.name, "$")))
    if resource.extensions:
        added = [
            _part(model, classification, part, at=(resource.name, "$._ext")) for part in resource.extensions
        ]
        lines.append(MemberLine("_ext", "", Shape.OBJECT, members=added))
    return sorted(lines, key=lambda line: not line.is_identity)


def render_example(model: Model, resource: Resource) -> str:
    """A document that holds what is required, with values that show their types."""
    return msgspec.json.format(msgspec.json.encode(_example(model, resource)), indent=2).decode()


def _members(
    model: Model, classification: ClassificationTable, level: Resource | Part, *, at: tuple[str, str]
) -> Iterator[MemberLine]:
    for reference in level.references:
        yield _reference(model, classification, reference, at=at)
    for prop in level.properties:
        yield _property(classification, prop, at=at)
    for part in level.parts:
        yield _part(model, classification, part, at=at)


def _property(classification: ClassificationTable, prop: Property, *, at: tuple[str, str]) -> MemberLine:
    resource, path = at
    found = classification.of(resource, f"{path}.{prop.name}")
    return MemberLine(
        prop.name,
        found.label,
        prop.kind.value,
        most=prop.max_length,
        target=prop.descriptor,
        is_required=prop.is_required,
        is_identity=prop.is_identity,
        is_sensitive=found.tier is Tier.T3,
        is_refused=found.tier is Tier.T4,
    )


def _reference(
    model: Model, classification: ClassificationTable, reference: Reference, *, at: tuple[str, str]
) -> MemberLine:
    resource, path = at
    found = classification.of(resource, f"{path}.{reference.name}")
    return MemberLine(
        reference.name,
        found.label,
        Shape.REFERENCE,
        target=reference.target,
        keys=[part.name for part in model.key_of(reference.target)],
        is_required=reference.is_required,
        is_identity=reference.is_identity,
        is_sensitive=found.tier is Tier.T3,
        is_refused=found.tier is Tier.T4,
    )


def _part(
    model: Model, classification: ClassificationTable, part: Part, *, at: tuple[str, str]
) -> MemberLine:
    resource, path = at
    inner = f"{path}.{part.name}"
    found = classification.of(resource, inner)
    below = f"{inner}[*]" if part.is_collection else inner
    return MemberLine(
        part.name,
        found.label,
        Shape.COLLECTION if part.is_collection else Shape.OBJECT,
        is_required=part.is_required,
        is_sensitive=found.tier is Tier.T3,
        is_refused=found.tier is Tier.T4,
        members=list(_members(model, classification, part, at=(resource, below))),
    )


def _example(model: Model, level: Resource | Part) -> Mapping[str, Json]:
    found: dict[str, Json] = {}
    for reference in level.references:
        if reference.is_required:
            found[reference.name] = {
                key.name: _value(model.key_property(reference.target, key.name))
                for key in model.key_of(reference.target)
            }
    found |= {prop.name: _value(prop) for prop in level.properties if prop.is_required}
    for part in level.parts:
        if part.is_required:
            inner = _example(model, part)
            found[part.name] = [inner] if part.is_collection else inner
    return found


def _value(prop: Property) -> Json:
    if prop.descriptor:
        return f"uri://ed-fi.org/{prop.descriptor}#Value"
    return _EXAMPLES[prop.kind]
