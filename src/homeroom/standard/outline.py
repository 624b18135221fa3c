"""The outline of a resource's documents: the members of every object by name, for walks over raw documents.

It says the same as the struct of `standard.documents`, in values that can be asked instead of a decoder
that answers yes or no.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from homeroom.standard.model import Choice, Kind, Model, Part, Property, Reference, Resource


@dataclass(frozen=True, slots=True)
class ReferenceShape:
    """A reference: its key members in the target's key order, named as in the reference.

    names: member names by their lower case.
    """

    name: str
    is_required: bool
    members: tuple[Property, ...]
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PartShape:
    """An object or collection with what stands inside; key as in `Part`, split at the dots."""

    name: str
    is_collection: bool
    is_required: bool
    key: tuple[tuple[str, ...], ...]
    level: Level


Member: TypeAlias = Property | ReferenceShape | PartShape


@dataclass(frozen=True, slots=True)
class Level:
    """One object of a document: members in the standard's order, their names by lower case, its choices."""

    members: tuple[Member, ...]
    names: Mapping[str, str]
    choices: tuple[Choice, ...] = ()


def outline_of(model: Model, resource: Resource) -> Level:
    """The outline of a resource's documents; its own `id` and its extensions are members like any other."""
    members: list[Member] = [Property("id", Kind.STRING)]
    members += _members(model, resource.references, resource.properties, resource.parts)
    if resource.extensions:
        members.append(_extensions(model, resource))
    return _level(members, resource.choices)


def reference_members(model: Model, reference: Reference) -> tuple[str, ...]:
    """Key members of a reference in the order of the target's key."""
    return tuple(k.name for k in model.key_of(reference.target) if k.name in reference.keys)


def ignores_case(path: str) -> bool:
    """Whether values at the path are compared without regard to letter case: descriptors are."""
    return path.endswith("Descriptor")


def _extensions(model: Model, resource: Resource) -> PartShape:
    projects = [replace(_part(model, part), is_required=False) for part in resource.extensions]
    return PartShape("_ext", is_collection=False, is_required=False, key=(), level=_level(projects))


def _members(
    model: Model, references: Sequence[Reference], properties: Sequence[Property], parts: Sequence[Part]
) -> list[Member]:
    return [*(_reference(model, r) for r in references), *properties, *(_part(model, p) for p in parts)]


def _reference(model: Model, reference: Reference) -> ReferenceShape:
    names = reference_members(model, reference)
    members = tuple(replace(model.key_property(reference.target, name), name=name) for name in names)
    return ReferenceShape(reference.name, reference.is_required, members, {n.lower(): n for n in names})


def _part(model: Model, part: Part) -> PartShape:
    level = _level(_members(model, part.references, part.properties, part.parts), part.choices)
    key = tuple(tuple(name.split(".")) for name in part.key)
    return PartShape(part.name, part.is_collection, part.is_required, key, level)


def _level(members: Sequence[Member], choices: tuple[Choice, ...] = ()) -> Level:
    return Level(tuple(members), {m.name.lower(): m.name for m in members}, choices)
