"""Names in extension files. They get into SQL, generated code and addresses, so only plain words pass."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from keyword import iskeyword
from typing import Final

from homeroom.base.findings import Finding, Place
from homeroom.standard.model import Part, Property, Reference, Resource

_PROJECT: Final = re.compile(r"[A-Z][A-Za-z0-9]{0,39}", re.ASCII)
_SCHEMA: Final = re.compile(r"[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?", re.ASCII)
_TYPE: Final = re.compile(r"[A-Z][A-Za-z0-9]{0,119}", re.ASCII)
_MEMBER: Final = re.compile(r"[a-z][A-Za-z0-9]{0,119}", re.ASCII)
_OUR_SCHEMAS: Final = frozenset(
    {"edfi", "trust", "ingest", "insight", "job", "auth", "public", "informationschema"}
)
# Members that every document has beside its own.
_OUR_MEMBERS: Final = frozenset({"id", "link"})


def name_faults(
    project: tuple[str, str],
    resources: Iterable[Resource],
    *,
    descriptors: Mapping[str, str],
    additions: Mapping[str, Part],
    place: Place,
) -> list[Finding]:
    """Every name that cannot be used. project: its name and its segment in addresses."""
    name, schema = project
    found = [*_project_faults(name, schema, place)]
    for resource in resources:
        at = replace(place, path=f"$.resources.{resource.name}")
        found += _misnamed(resource.name, _TYPE, at)
        found += _misnamed(resource.endpoint, _MEMBER, at)
        root: Sequence[Property | Reference] = (*resource.properties, *resource.references)
        found += [_taken(m.name, at) for m in root if m.name in _OUR_MEMBERS]
        found += _column_faults(resource, at)
        found += _level_faults(resource, at)
    for descriptor, endpoint in descriptors.items():
        at = replace(place, path=f"$.descriptors.{descriptor}")
        found += _misnamed(descriptor, _TYPE, at)
        found += _misnamed(endpoint, _MEMBER, at)
        if not descriptor.endswith("Descriptor"):
            found.append(_fault(f"The name {descriptor!r} does not end in Descriptor.", at))
    for owner, part in additions.items():
        found += _level_faults(part, replace(place, path=f"$.extends.{owner}"))
    return found


def _project_faults(name: str, schema: str, place: Place) -> Iterator[Finding]:
    yield from _misnamed(name, _PROJECT, replace(place, path="$.project"))
    at = replace(place, path="$.endpoint")
    yield from _misnamed(schema, _SCHEMA, at)
    bare = schema.replace("-", "")
    if bare in _OUR_SCHEMAS or bare.startswith("pg"):
        yield _taken(schema, at)


def _column_faults(resource: Resource, at: Place) -> Iterator[Finding]:
    columns = [c for r in resource.references for c in r.keys.values()]
    columns += [k.column for k in resource.key]
    for column in dict.fromkeys(columns):
        yield from _misnamed(column, _TYPE, at)
    for part in resource.key:
        yield from _misnamed(part.name, _MEMBER, at)


def _level_faults(level: Resource | Part, at: Place) -> Iterator[Finding]:
    """The names of one object's members, and of those inside."""
    members: Sequence[Property | Reference | Part] = (*level.properties, *level.references, *level.parts)
    names = [m.name for m in members]
    for member in members:
        yield from _misnamed(member.name, _MEMBER, replace(at, path=f"{at.path}.{member.name}"))
    folded = [n.lower() for n in names]
    for name in dict.fromkeys(n for n in names if folded.count(n.lower()) > 1):
        yield _taken(name, at)
    for reference in level.references:
        for key in reference.keys:
            yield from _misnamed(key, _MEMBER, replace(at, path=f"{at.path}.{reference.name}"))
    for part in level.parts:
        here = replace(at, path=f"{at.path}.{part.name}")
        yield from _misnamed(part.entity, _TYPE, here)
        yield from _level_faults(part, here)


def _misnamed(name: str, pattern: re.Pattern[str], at: Place) -> Iterator[Finding]:
    if not pattern.fullmatch(name) or iskeyword(name):
        yield _fault(f"The name {name!r} cannot be used here.", at)


def _fault(words: str, at: Place) -> Finding:
    return Finding(
        "extension.name",
        words,
        at,
        "Use letters and digits, as the standard itself does in this place.",
    )


def _taken(name: str, at: Place) -> Finding:
    return Finding("extension.name_taken", f"The name {name!r} is taken.", at, "Choose another name.")
