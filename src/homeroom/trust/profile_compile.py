"""Profiles laid over the Model: their rules, in whatever words they name members, to masks.

Pure. Profiles name members as the ODS/API's classes do (`EducationOrganizationAddresses`) or as the JSON
does (`addresses`); both are understood, in any letter case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final

from homeroom.base.findings import Finding, Place, Severity
from homeroom.standard.model import Model, Part, Resource
from homeroom.trust.profile_masks import Mask, folded_project
from homeroom.trust.profiles import ItemFilter, Profile, Rule, Selection

# Not of the standard, and so never a profile's to hide.
_ALWAYS: Final = frozenset({"id", "_etag", "_lastModifiedDate"})


@dataclass(frozen=True, slots=True)
class ResourceMasks:
    """The two sides of a resource in a profile; None where the profile has no such side."""

    read: Mask | None
    write: Mask | None


@dataclass(frozen=True, slots=True)
class CompiledProfile:
    """A profile over a Model: masks by resource name, and everything wrong with it."""

    name: str
    resources: Mapping[str, ResourceMasks]
    findings: tuple[Finding, ...] = ()

    @property
    def is_usable(self) -> bool:
        """False when its text or its members are wrong; requests that use it are then refused."""
        return all(finding.severity is not Severity.ERROR for finding in self.findings)


def compile_profile(profile: Profile, model: Model) -> CompiledProfile:
    """Masks for every resource of the profile that the Model has."""
    compiler = _Compiler(profile.name)
    by_name = {name.casefold(): resource for name, resource in model.resources.items()}
    masks: dict[str, ResourceMasks] = {}
    for rules in profile.resources:
        resource = by_name.get(rules.resource.casefold())
        if resource is None:
            compiler.report("profile.unknown_resource", f"There is no resource '{rules.resource}'.")
            continue
        masks[resource.name] = ResourceMasks(
            compiler.resource(resource, rules.read) if rules.read else None,
            compiler.resource(resource, rules.write) if rules.write else None,
        )
    return CompiledProfile(profile.name, masks, (*profile.findings, *compiler.findings))


class _Treatment(Enum):
    WHOLE = auto()
    HIDDEN = auto()
    REFINED = auto()


@dataclass(frozen=True, slots=True)
class _Level:
    """A resource, part or extension as a level of a document; entity is for messages and refusals."""

    holder: Resource | Part
    entity: str
    keys: frozenset[str]


class _Compiler:
    """Rules to masks; findings gather on the way."""

    def __init__(self, profile: str) -> None:
        self.findings: list[Finding] = []
        self._profile = profile

    def resource(self, resource: Resource, rule: Rule) -> Mask:
        keys = [p.name for p in resource.properties if p.is_identity]
        keys += [r.name for r in resource.references if r.is_identity]
        mask = self._mask(_Level(resource, resource.name, frozenset(keys) | _ALWAYS), rule)
        return replace(mask, extensions=self._extensions(resource.extensions, rule))

    def _part(self, part: Part, rule: Rule) -> Mask:
        keys = frozenset(key.partition(".")[0] for key in part.key)
        mask = self._mask(_Level(part, part.entity or part.name, keys), rule)
        return replace(mask, identity=tuple(tuple(key.split(".")) for key in part.key))

    def _mask(self, level: _Level, rule: Rule) -> Mask:
        is_include = rule.selection in {Selection.INCLUDE_ONLY, Selection.EXCLUDE_ALL}
        listed = self._members(level, rule)
        parts: dict[str, Mask] = {}
        for inner in rule.parts:
            part = _find_part(level.holder.parts, inner.name)
            if part is None:
                self._unknown(inner.name, level, rule)
                continue
            match _treatment(rule, inner):
                case _Treatment.REFINED:
                    parts[part.name] = self._part(part, inner)
                case _Treatment.WHOLE if is_include:
                    listed.add(part.name)
                case _Treatment.HIDDEN if not is_include:
                    listed.add(part.name)
                case _Treatment.WHOLE | _Treatment.HIDDEN:
                    pass
        mask = Mask(level.entity, frozenset(listed), is_include, level.keys, parts=parts)
        mask = replace(mask, item_filter=self._item_filter(level, rule))
        return replace(mask, missing=_missing(level.holder, mask))

    def _members(self, level: _Level, rule: Rule) -> set[str]:
        """The names of the listed members as documents spell them; unknown ones are reported."""
        found: set[str] = set()
        for written in rule.members if rule.selection is not Selection.INCLUDE_ALL else ():
            name = _find_member(level.holder, written)
            if name is None:
                self._unknown(written, level, rule)
            elif rule.selection is Selection.EXCLUDE_ONLY and name in level.keys:
                words = f"'{written}' of '{level.entity}' identifies it, and cannot be excluded."
                self.report("profile.excluded_identity", words, Severity.WARNING)
            else:
                found.add(name)
        return found

    def _item_filter(self, level: _Level, rule: Rule) -> ItemFilter | None:
        if rule.item_filter is None:
            return None
        name = _find_member(level.holder, rule.item_filter.member)
        if name is None:
            self._unknown(rule.item_filter.member, level, rule)
        return replace(rule.item_filter, member=name or rule.item_filter.member)

    def _extensions(self, parts: Sequence[Part], rule: Rule) -> dict[str, Mask]:
        by_project = {folded_project(part.name): part for part in parts}
        masks: dict[str, Mask] = {}
        for inner in rule.extensions:
            project = folded_project(inner.name)
            part = by_project.get(project)
            if part is None:
                words = f"There is no extension '{inner.name}'."
                self.report("profile.unknown_member", words, _severity(rule))
            if _treatment(rule, inner) is _Treatment.HIDDEN or part is None:
                masks[project] = Mask(inner.name, frozenset(), is_include=True, keys=frozenset())
            elif _treatment(rule, inner) is _Treatment.REFINED:
                masks[project] = self._part(part, inner)
            else:
                masks[project] = Mask(inner.name, frozenset(), is_include=False, keys=frozenset())
        return masks

    def _unknown(self, written: str, level: _Level, rule: Rule) -> None:
        words = f"'{level.entity}' has no member '{written}'."
        self.report("profile.unknown_member", words, _severity(rule))

    def report(self, code: str, words: str, severity: Severity = Severity.ERROR) -> None:
        place = Place(self._profile)
        self.findings.append(Finding(code, words, place, "Correct the profile's XML.", severity))


def _severity(rule: Rule) -> Severity:
    """Leaving out what is not there does no harm; counting on what is not there does."""
    return Severity.ERROR if rule.selection is Selection.INCLUDE_ONLY else Severity.WARNING


def _treatment(rule: Rule, inner: Rule) -> _Treatment:
    """What becomes of an object, collection or extension that a rule names.

    Below ExcludeOnly, naming one without details leaves it out, as in the ODS/API; with details the
    author means to keep the rest, as in the newer platform.
    """
    if inner.selection is Selection.EXCLUDE_ALL:
        return _Treatment.HIDDEN
    if inner.is_detailed or inner.selection is Selection.INCLUDE_ONLY:
        is_left_out = rule.selection is Selection.EXCLUDE_ONLY and not inner.is_detailed
        return _Treatment.HIDDEN if is_left_out else _Treatment.REFINED
    return _Treatment.HIDDEN if rule.selection is Selection.EXCLUDE_ONLY else _Treatment.WHOLE


def _find_member(holder: Resource | Part, written: str) -> str | None:
    """The member as documents spell it; a collection or object may be listed as a member too."""
    names = [p.name for p in holder.properties] + [r.name for r in holder.references]
    folded = written.casefold()
    exact = next((name for name in names if name.casefold() == folded), None)
    if exact is not None:
        return exact
    part = _find_part(holder.parts, written)
    return part.name if part else None


def _find_part(parts: Sequence[Part], written: str) -> Part | None:
    """The part by its name in documents, or by that of its class in the plural."""
    folded = written.casefold()
    for part in parts:
        if folded == part.name.casefold():
            return part
    for part in parts:
        prefix = folded.removesuffix(part.name.casefold())
        if prefix != folded and part.entity.casefold().startswith(prefix):
            return part
    return None


def _missing(holder: Resource | Part, mask: Mask) -> tuple[str, ...]:
    """Required members that are hidden, or that are made of items no client of the mask can make."""
    required = [p.name for p in holder.properties if p.is_required]
    required += [r.name for r in holder.references if r.is_required]
    hidden = [name for name in required if not mask.sees(name)]
    for part in holder.parts:
        inner = mask.parts.get(part.name)
        if part.is_required and (inner.missing if inner else not mask.sees(part.name)):
            hidden.append(part.name)
    return tuple(hidden)
