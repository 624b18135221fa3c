"""The schemas of documents, references, change feeds and problems."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from homeroom.standard.model import Kind, Model, Part, Property, Reference, Resource, walk_parts
from homeroom.standard.openapi_names import project_prefix, reference_name, tracked_name
from homeroom.standard.openapi_operations import Json, JsonObject, value_schema
from homeroom.standard.openapi_sides import Shown, Side

Ref: TypeAlias = Callable[[str], JsonObject]

_ID: Final[JsonObject] = {
    "type": "string",
    "description": "The resource identifier; not to be sent when creating.",
}
_ETAG: Final[JsonObject] = {"type": "string", "description": "Changes whenever the item does."}
_LAST_MODIFIED: Final[JsonObject] = {
    "type": "string",
    "format": "date-time",
    "description": "When it last changed.",
}
_CHANGE_VERSION: Final[JsonObject] = {"type": "integer", "format": "int64"}
_LINK: Final[JsonObject] = {
    "type": "object",
    "properties": {
        "rel": {"type": "string", "description": "The kind of the referenced item."},
        "href": {"type": "string", "description": "Where the referenced item is served; on output only."},
    },
}
_PARTITIONS: Final[JsonObject] = {
    "type": "object",
    "properties": {"pageTokens": {"type": "array", "items": {"type": "string"}}},
}
PROBLEM: Final[JsonObject] = {
    "type": "object",
    "description": "Why a request failed. Members without content are left out.",
    "properties": {
        "detail": {"type": "string"},
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer", "format": "int32"},
        "correlationId": {"type": "string"},
        "validationErrors": {
            "type": "object",
            "description": "Messages by the JSON path they are about.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        "errors": {"type": "array", "items": {"type": "string"}},
    },
}


def schemas_of(model: Model, shown: Iterable[Shown], *, ref: Ref) -> dict[str, JsonObject]:
    """Every schema the resources' operations name, in alphabetical order. ref: how the form points at one."""
    found: dict[str, JsonObject] = {"link": _LINK, "partitions": _PARTITIONS, "problem": PROBLEM}
    for one in shown:
        for side in one.sides:
            found[side.schema] = _resource_schema(model, side, ref)
            found |= _part_schemas(model, side, ref)
            found |= _reference_schemas(model, side.resource, ref)
        if one.read is not None:
            found |= _tracked_schemas(model, one.resource, ref)
    return dict(sorted(found.items()))


def _resource_schema(model: Model, side: Side, ref: Ref) -> JsonObject:
    resource = side.resource
    properties: dict[str, Json] = {"id": _ID}
    properties |= _members(model, resource, _parts_of(side, project_prefix(resource.schema)), ref)
    if resource.extensions:
        properties["_ext"] = ref(side.extensions_schema)
    properties |= {"_etag": _ETAG, "_lastModifiedDate": _LAST_MODIFIED}
    schema = _object(properties, _required(resource))
    if resource.allows_key_changes:
        schema["x-Ed-Fi-isUpdatable"] = True
    return schema


_PartName: TypeAlias = Callable[[Part], str]


def _parts_of(side: Side, prefix: str) -> _PartName:
    """How the schemas of a side's parts are named."""
    return lambda part: side.part_schema(prefix, part)


def _members(model: Model, node: Resource | Part, name: _PartName, ref: Ref) -> dict[str, Json]:
    members: dict[str, Json] = {r.name: ref(reference_name(model, r.target)) for r in node.references}
    members |= {p.name: _member(p) for p in node.properties}
    for part in node.parts:
        item = ref(name(part))
        members[part.name] = {"type": "array", "items": item} if part.is_collection else item
    return members


def _required(node: Resource | Part) -> list[str]:
    members: Sequence[Reference | Property | Part] = (*node.references, *node.properties, *node.parts)
    return [m.name for m in members if m.is_required]


def _object(properties: Mapping[str, Json], required: Sequence[str]) -> dict[str, Json]:
    schema: dict[str, Json] = {"type": "object", "properties": properties}
    if required:  # an empty list is not valid in either form
        schema["required"] = required
    return schema


def _member(prop: Property) -> JsonObject:
    schema = value_schema(prop)
    if prop.kind is Kind.DESCRIPTOR:
        schema["description"] = f"A {prop.descriptor}, as namespace#codeValue."
    bounds = {"minLength": prop.min_length, "minimum": prop.minimum, "maximum": prop.maximum}
    schema |= {name: _plain(bound) for name, bound in bounds.items() if bound is not None}
    # Clients look only whether these are there, so they never appear as false.
    if prop.is_identity:
        schema["x-Ed-Fi-isIdentity"] = True
    if prop.is_deprecated:
        schema["x-Ed-Fi-isDeprecated"] = True
    if not prop.is_required:
        schema["x-nullable"] = True
    return schema


def _plain(bound: float) -> float:
    """A whole number without a decimal point, since generators copy it into code for integers."""
    return int(bound) if bound == int(bound) else bound


def _part_schemas(model: Model, side: Side, ref: Ref) -> dict[str, JsonObject]:
    found: dict[str, JsonObject] = {}
    resource = side.resource

    def add(parts: Iterable[Part], name: _PartName) -> None:
        for part in parts:
            found[name(part)] = _object(_members(model, part, name, ref), _required(part))
            add(part.parts, name)

    add(resource.parts, _parts_of(side, project_prefix(resource.schema)))
    for extension in resource.extensions:
        add((extension,), _parts_of(side, extension.name))
    if resource.extensions:
        members = {e.name: ref(side.part_schema(e.name, e)) for e in resource.extensions}
        found[side.extensions_schema] = _object(members, [])
    return found


def _reference_schemas(model: Model, resource: Resource, ref: Ref) -> dict[str, JsonObject]:
    references = [*resource.references, *(r for _, part in walk_parts(resource) for r in part.references)]
    targets = dict.fromkeys(r.target for r in references)
    return {reference_name(model, target): _reference_schema(model, target, ref) for target in targets}


def _reference_schema(model: Model, target: str, ref: Ref) -> JsonObject:
    members = _key_members(model, target)
    return _object({**members, "link": ref("link")}, list(members))


def _key_members(model: Model, target: str) -> dict[str, Json]:
    """The parts of the target's key under the names references give them; all required, all identity."""
    members: dict[str, Json] = {}
    for part in model.key_of(target):
        member = dict(_member(model.key_property(target, part.name)))
        member.pop("x-nullable", None)
        member.pop("x-Ed-Fi-isDeprecated", None)
        members[part.name] = {**member, "x-Ed-Fi-isIdentity": True}
    return members


def _tracked_schemas(model: Model, resource: Resource, ref: Ref) -> dict[str, JsonObject]:
    key = tracked_name(resource, "Key")
    stamp: dict[str, Json] = {"id": {"type": "string"}, "changeVersion": _CHANGE_VERSION}
    return {
        key: _object(_key_members(model, resource.name), []),
        tracked_name(resource, "Delete"): _object({**stamp, "keyValues": ref(key)}, []),
        tracked_name(resource, "KeyChange"): _object(
            {**stamp, "oldKeyValues": ref(key), "newKeyValues": ref(key)}, []
        ),
    }
