"""Where the members of one standard version stand in the next: data, `source/moves-OLD-NEW.yaml` (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any, Final, TypeAlias

import msgspec
import yaml

from homeroom.standard.model import Model, Resource

Raw: TypeAlias = dict[str, Any]
"""A document as JSON has it."""

_SELF: Final = "self"
_ORGANIZATION: Final = "educationOrganizationReference"
_YEAR_BEGINS_IN: Final = 7


class _Carried(msgspec.Struct, forbid_unknown_fields=True, rename={"source": "from", "target": "to"}):
    source: str | list[str]
    target: str
    key: dict[str, str]
    members: list[str]
    organization: list[str] = []
    each: str | None = None


class _File(msgspec.Struct, forbid_unknown_fields=True):
    carried: list[_Carried]
    renamed: dict[str, dict[str, str]]
    first: dict[str, dict[str, str]]
    wrapped: dict[str, dict[str, str]]
    school_years: dict[str, dict[str, str]]
    ended: list[str]


@dataclass(frozen=True, slots=True)
class Carry:
    """Members of a source's records that become records of a target.

    key: the target's reference -> the source's, or `self`. organization: associations of the person that
    tell which organisation the new record belongs to, in order; empty where the source itself names it.
    each: the collection each of whose items becomes a record; None where the record becomes one.
    """

    source: str
    target: str
    key: Mapping[str, str]
    members: tuple[str, ...]
    organization: tuple[str, ...]
    each: str | None

    @property
    def owner(self) -> str:
        """The reference of the new records to whom they are about: a person, else an organisation."""
        return next((name for name in self.key if name != _ORGANIZATION), _ORGANIZATION)

    @property
    def leaving(self) -> tuple[str, ...]:
        """Root members that the source loses."""
        return (self.each,) if self.each else self.members

    def concerns(self, document: Raw) -> bool:
        """Whether the document has anything to carry."""
        return not self.leaving or any(document.get(m) not in (None, []) for m in self.leaving)

    def carried(self, model: Model, document: Raw, *, organization: int | None = None) -> Iterator[Raw]:
        """The new records. model: the old one; organization: as `organization` found it."""
        key = {name: self._reference(model, name, document) for name in self.key}
        if organization is not None:
            key[_ORGANIZATION] = {"educationOrganizationId": organization}
        items = document.get(self.each) or [] if self.each else [document]
        for item in items:
            yield {**key, **{m: item[m] for m in self.members if item.get(m) is not None}}

    def _reference(self, model: Model, name: str, document: Raw) -> Raw:
        resource = model.resources[self.source]
        if self.key[name] == _SELF:
            renamed = {ours: base for base, ours in resource.base_key.items()}
            return {renamed.get(k.name, k.name): document[k.name] for k in resource.key}
        reference = document[self.key[name]]
        target = next(r.target for r in resource.references if r.name == self.key[name])
        wanted = "Student" if name == "studentReference" else "EducationOrganization"
        if target == wanted:
            return {m: v for m, v in reference.items() if m != "link"}
        return {k.name: reference[k.name] for k in model.key_of(wanted)}


@dataclass(frozen=True)
class Moves:
    """All moves between two versions; renamed, first, wrapped, school_years: by resource, old member -> new."""

    carried: tuple[Carry, ...]
    renamed: Mapping[str, Mapping[str, str]]
    first: Mapping[str, Mapping[str, str]]
    wrapped: Mapping[str, Mapping[str, str]]
    school_years: Mapping[str, Mapping[str, str]]
    ended: tuple[str, ...]

    def sources(self) -> tuple[str, ...]:
        """Resources whose records give something to others."""
        return tuple(dict.fromkeys(c.source for c in self.carried))

    def merges(self, carry: Carry) -> bool:
        """Whether another source may have given something to the same records before."""
        first = next(c for c in self.carried if c.target == carry.target)
        return first.source != carry.source

    def rewritten(self) -> tuple[str, ...]:
        """Resources whose own records change."""
        names = (*self.renamed, *self.first, *self.wrapped, *self.school_years, *self.sources())
        return tuple(dict.fromkeys(names))

    def leaving(self, resource: str) -> frozenset[str]:
        """Root members that the resource's records no longer have."""
        own = {m for c in self.carried if c.source == resource for m in c.leaving}
        changed = (self.renamed, self.first, self.wrapped)
        return frozenset(own.union(*(table.get(resource, {}) for table in changed)))

    def rewrite(self, resource: str, document: Raw) -> Raw | None:
        """The record as the new version has it; None when it stays as it is."""
        leaving = self.leaving(resource)
        found = {name: value for name, value in document.items() if name not in leaving}
        for old, new in self.renamed.get(resource, {}).items():
            if document.get(old) is not None:
                found[new] = _without_link(document[old])
        for old, new in self.first.get(resource, {}).items():
            if document.get(old):
                found[new] = document[old][0][new]
        for old, new in self.wrapped.get(resource, {}).items():
            if document.get(old) is not None:
                found[new] = [{old: _without_link(document[old])}]
        for new, day in self.school_years.get(resource, {}).items():
            if document.get(new) is None and document.get(day) is not None:
                found[new] = {"schoolYear": _school_year(document[day])}
        return None if found == document else found

    def is_lossy(self, resource: str, document: Raw) -> bool:
        """Whether something of the record has no place in the new version."""
        return any(len(document.get(old) or ()) > 1 for old in self.first.get(resource, {}))


def load_moves(old: str, new: str) -> Moves | None:
    """The moves from one version to another; None where there is no way."""
    source = files("homeroom.standard.source") / f"moves-{old}-{new}.yaml"
    if not source.is_file():
        return None
    file = msgspec.convert(yaml.safe_load(source.read_bytes()), _File)
    return Moves(
        carried=tuple(
            Carry(source, c.target, c.key, tuple(c.members), tuple(c.organization), c.each)
            for c in file.carried
            for source in ([c.source] if isinstance(c.source, str) else c.source)
        ),
        renamed=file.renamed,
        first=file.first,
        wrapped=file.wrapped,
        school_years=file.school_years,
        ended=tuple(file.ended),
    )


def unplaced_members(moves: Moves, old: Model, new: Model) -> list[str]:
    """`Resource` or `Resource.member` of what the new version lacks and no move names: a test wants none."""
    found = []
    for name, resource in old.resources.items():
        if name not in new.resources:
            found += [] if name in moves.ended else [name]
            continue
        gone = _members(resource) - _members(new.resources[name]) - moves.leaving(name)
        found += [f"{name}.{member}" for member in sorted(gone)]
    return found


def _members(resource: Resource) -> set[str]:
    members: Sequence[Any] = (*resource.properties, *resource.references, *resource.parts)
    return {member.name for member in members}


def _without_link(value: object) -> object:
    return {m: v for m, v in value.items() if m != "link"} if isinstance(value, dict) else value


def _school_year(text: str) -> int:
    day = date.fromisoformat(text[:10])
    return day.year + (day.month >= _YEAR_BEGINS_IN)
