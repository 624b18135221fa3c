"""Extensions: one file that adds fields to the standard's resources, and brings resources and descriptors.

Pure. docs/reference/extensions.md describes the file; `standard.extension_checks` holds one against the Model
it is to join.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias, TypeVar

import msgspec
import yaml

from homeroom.base.findings import Finding, Place
from homeroom.standard.classification_rules import Rules, Statement, parse_extension_statements
from homeroom.standard.extension_names import name_faults
from homeroom.standard.model import Abstract, KeyPart, Model, Part, Resource
from homeroom.standard.names import camel_case, pascal_case
from homeroom.standard.read import PartFacts, ResourceFacts, descriptor_of, part_of, resource_of

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LONGEST_TEXT: Final = 1_000_000
_DEEPEST: Final = 30
_ADDED: Final = frozenset({"properties", "references", "objects", "collections", "choices"})

_Raw: TypeAlias = dict[str, Any]
_Facts = TypeVar("_Facts", bound=msgspec.Struct)


class _File(msgspec.Struct, forbid_unknown_fields=True):
    project: str
    endpoint: str
    version: str | float
    resources: dict[str, _Raw] = {}
    descriptors: dict[str, str] = {}
    extends: dict[str, _Raw] = {}
    classification: dict[str, Any] = {}


@dataclass(frozen=True)
class Extension:
    """One extension file, read.

    schema: its segment in addresses. descriptors: type -> endpoint. additions: resource of the standard ->
    the object that stands in its `_ext`. statements: the classification, by resource and path.
    warnings: what is wrong without keeping the extension out.
    """

    project: str
    schema: str
    version: str
    resources: tuple[Resource, ...]
    descriptors: Mapping[str, str]
    additions: Mapping[str, Part]
    statements: Mapping[str, Mapping[str, Statement]]
    warnings: tuple[Finding, ...] = ()

    @property
    def member(self) -> str:
        """Its member inside `_ext`."""
        return camel_case(self.project)


def parse_extension(text: str, rules: Rules, *, file: str | None = None) -> Extension | tuple[Finding, ...]:
    """The extension in a JSON or YAML file, or every fault found in it (at least one).

    rules: whose sets of purposes the file's classification names. Whether it fits a Model is what
    `check_extension` says.
    """
    place = Place(file)
    raw = _read_text(text, place)
    head = raw if isinstance(raw, Finding) else _convert(raw, _File, place)
    if isinstance(head, Finding):
        return (head,)
    made = [_resource(head, name, place) for name in head.resources]
    added = [_addition(head, name, place) for name in head.extends]
    statements, warnings = _statements(head, rules, file)
    extension = Extension(
        project=head.project,
        schema=head.endpoint,
        version=str(head.version),
        resources=tuple(r for r in made if isinstance(r, Resource)),
        descriptors=head.descriptors,
        additions={n: p for n, p in zip(head.extends, added, strict=True) if isinstance(p, Part)},
        statements=statements,
        warnings=tuple(warnings),
    )
    faults = [found for found in (*made, *added) if isinstance(found, Finding)]
    faults += name_faults(
        (extension.project, extension.schema),
        extension.resources,
        descriptors=extension.descriptors,
        additions=extension.additions,
        place=place,
    )
    return tuple(faults) or extension


def extend_model(model: Model, extension: Extension) -> Model:
    """The Model with the extension, for one in which `check_extension` finds no error."""
    resources = dict(model.resources)
    for name, part in extension.additions.items():
        resources[name] = replace(resources[name], extensions=(*resources[name].extensions, part))
    resources |= {resource.name: resource for resource in extension.resources}
    shape = model.descriptors[0].properties
    for name, endpoint in extension.descriptors.items():
        resources[name] = descriptor_of(
            name, endpoint, shape=shape, project=extension.project, schema=extension.schema
        )
    abstracts = {name: _with_kinds(a, extension.resources) for name, a in model.abstracts.items()}
    extensions = {**model.extensions, extension.project: extension.version}
    return replace(model, resources=resources, abstracts=abstracts, extensions=extensions)


def extended_resources(model: Model, extension: Extension) -> tuple[Resource, ...]:
    """The resources that the extension brings or adds members to, as the extended Model has them."""
    names = (*extension.additions, *(r.name for r in extension.resources), *extension.descriptors)
    return tuple(model.resources[name] for name in names)


def _with_kinds(abstract: Abstract, resources: Sequence[Resource]) -> Abstract:
    own = tuple(r.name for r in resources if r.base == abstract.name)
    return replace(abstract, concrete=(*abstract.concrete, *own))


def _read_text(text: str, place: Place) -> object:
    """The file's value, or the Finding that there is none. JSON is YAML too."""
    if len(text) > _LONGEST_TEXT:
        return _unreadable(f"The file has more than {_LONGEST_TEXT} characters.", place)
    depth = 0
    try:
        for event in yaml.parse(text, _LOADER):
            if isinstance(event, yaml.AliasEvent):
                # A few of them make a small file huge.
                return _unreadable("The file uses aliases, which are not read.", place)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:
                return _unreadable("The file is nested too deeply.", place)
        return yaml.load(text, _LOADER)  # noqa: S506 - both loaders are the safe kind
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark
        at = replace(place, line=mark.line + 1, column=mark.column + 1) if mark else place
        return _unreadable(f"The file is neither JSON nor YAML: {fault.problem}.", at)
    except (yaml.YAMLError, ValueError, RecursionError):
        return _unreadable("The file is neither JSON nor YAML.", place)


def _convert(raw: object, shape: type[_Facts], place: Place) -> _Facts | Finding:
    try:
        return msgspec.convert(raw, shape)
    except msgspec.ValidationError as fault:
        words, _, path = str(fault).partition(" - at `$")
        inner = path.removesuffix("`")
        return _unreadable(f"{words}.", replace(place, path=f"{place.path or '$'}{inner}"))


def _resource(head: _File, name: str, place: Place) -> Resource | Finding:
    facts = _convert(head.resources[name], ResourceFacts, replace(place, path=f"$.resources.{name}"))
    if isinstance(facts, Finding):
        return facts
    resource = resource_of(name, facts=facts, project=head.project, schema=head.endpoint)
    named = replace(resource, parts=tuple(_with_entities(p, name) for p in resource.parts))
    return _with_unified(replace(named, key=named.key or _derived_key(named)))


def _addition(head: _File, name: str, place: Place) -> Part | Finding:
    raw, here = head.extends[name], replace(place, path=f"$.extends.{name}")
    if unknown := sorted(raw.keys() - _ADDED):
        return _unreadable(f"An addition has no {', '.join(unknown)}.", here)
    member = camel_case(head.project)
    facts = _convert({**raw, "name": member, "entity": f"{name}Extension"}, PartFacts, here)
    if isinstance(facts, Finding):
        return facts
    part = part_of(facts, is_collection=False)
    return replace(part, parts=tuple(_with_entities(p, f"{name}{head.project}") for p in part.parts))


def _statements(
    head: _File, rules: Rules, file: str | None
) -> tuple[Mapping[str, Mapping[str, Statement]], list[Finding]]:
    text = msgspec.json.encode(head.classification).decode()
    return parse_extension_statements(text, rules, file=file or "extension")


def _with_entities(part: Part, owner: str) -> Part:
    """The part, it and those inside named after their owner where the file does not name them."""
    name = part.entity or f"{owner}{pascal_case(part.name)}"
    return replace(part, entity=name, parts=tuple(_with_entities(p, name) for p in part.parts))


def _derived_key(resource: Resource) -> tuple[KeyPart, ...]:
    """The key that the identity members make, by name."""
    paths: dict[str, list[str]] = {
        pascal_case(p.name): [f"$.{p.name}"] for p in resource.properties if p.is_identity
    }
    own = set(paths)
    for reference in resource.references:
        for member, column in reference.keys.items():
            if reference.is_identity or column in own:
                paths.setdefault(column, []).append(f"$.{reference.name}.{member}")
    parts = (KeyPart(camel_case(column), column, tuple(found)) for column, found in paths.items())
    return tuple(sorted(parts, key=lambda part: part.name))


def _with_unified(resource: Resource) -> Resource:
    """Root members that share a column carry one value, whether or not the file says so."""
    paths: dict[str, list[str]] = {pascal_case(p.name): [f"$.{p.name}"] for p in resource.properties}
    for reference in resource.references:
        for member, column in reference.keys.items():
            paths.setdefault(column, []).append(f"$.{reference.name}.{member}")
    stated = [set(group) for group in resource.unified]
    found = [tuple(p) for p in paths.values() if len(p) > 1 and not any(set(p) <= s for s in stated)]
    return replace(resource, unified=(*resource.unified, *found))


def _unreadable(words: str, place: Place) -> Finding:
    return Finding("extension.unreadable", words, place, "Write it as docs/reference/extensions.md says.")
