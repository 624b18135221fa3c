"""Whether an extension fits the Model it is to join: each name it uses leads somewhere, and none is taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from homeroom.base.findings import Finding, Place, Severity
from homeroom.standard.classify import ClassificationTable, check_classification
from homeroom.standard.extend import Extension, extended_resources
from homeroom.standard.model import Kind, Model, Part, Property, Reference, Resource
from homeroom.standard.names import snake_case

_MOST_TEXT: Final = 10_000
_MOST_DIGITS: Final = 36  # as many as Data Standard 6 itself has


def check_extension(extension: Extension, model: Model, *, file: str | None = None) -> list[Finding]:
    """Every reason why the extension cannot join the Model; empty when it can."""
    check = _Check(extension, model, Place(file))
    return [*check.names(), *check.additions(), *check.resources()]


def classify_extension(
    extension: Extension, model: Model, base: ClassificationTable
) -> tuple[ClassificationTable, list[Finding]]:
    """The classification with the extension's fields, and what is wrong with it.

    model: the extended one. A field that nobody classified is a warning: it is sealed and served to nobody.
    A key that is refused (T4) is an error.
    """
    resources = extended_resources(model, extension)
    table = base.with_extension(extension.statements, resources)
    own = replace(model, resources={r.name: r for r in resources})
    found = [
        replace(f, severity=Severity.WARNING) if f.code == "unclassified" else f
        for f in check_classification(table, own)
    ]
    return table, [*extension.warnings, *found]


@dataclass(frozen=True)
class _Check:
    extension: Extension
    model: Model
    place: Place

    def names(self) -> Iterator[Finding]:
        """What the Model has already."""
        extension, model = self.extension, self.model
        segments = {r.schema.lower() for r in model.resources.values()}
        schemas = {s.replace("-", "") for s in segments}
        if extension.schema.replace("-", "") in schemas:
            yield self._taken(extension.schema, "$.endpoint")
        if extension.project.lower() in {p.lower() for p in (*model.extensions, model.project)}:
            yield self._taken(extension.project, "$.project")
        known = {n.lower() for n in (*model.resources, *model.abstracts)}
        own = [(r.name, r.endpoint, f"$.resources.{r.name}") for r in extension.resources]
        own += [(n, e, f"$.descriptors.{n}") for n, e in extension.descriptors.items()]
        tables: set[str] = set()
        endpoints: set[str] = set()
        for name, endpoint, path in own:
            if name.lower() in known or snake_case(name) in tables:
                yield self._taken(name, path)
            if endpoint.lower() in endpoints:
                yield self._taken(endpoint, path)
            known.add(name.lower())
            tables.add(snake_case(name))
            endpoints.add(endpoint.lower())

    def additions(self) -> Iterator[Finding]:
        for name, part in self.extension.additions.items():
            path = f"$.extends.{name}"
            resource = self.model.resources.get(name)
            if resource is None or resource.is_descriptor:
                yield self._fault("extension.unknown_resource", f"There is no resource {name}.", path)
            elif resource.project != self.model.project:
                words = f"{name} is {resource.project}'s; only the standard's resources can be extended."
                yield self._fault("extension.unknown_resource", words, path)
            yield from self._level(part, path)

    def resources(self) -> Iterator[Finding]:
        for resource in self.extension.resources:
            path = f"$.resources.{resource.name}"
            faults = [*self._level(resource, path)]
            yield from faults
            if not faults:
                yield from self._shape(resource, path)

    def _level(self, level: Resource | Part, path: str) -> Iterator[Finding]:
        """Members of one object, and of those inside: what they name exists, and they have bounds."""
        for prop in level.properties:
            yield from self._property(prop, f"{path}.{prop.name}")
        for reference in level.references:
            yield from self._reference(reference, f"{path}.{reference.name}")
        members: Sequence[Property | Reference | Part] = (*level.properties, *level.references, *level.parts)
        names = {m.name for m in members}
        for choice in level.choices:
            yield from self._unknown_members({m for a in choice.alternatives for m in a} - names, path)
        for part in level.parts:
            here = f"{path}.{part.name}"
            if part.is_collection:
                yield from self._item_key(part, here)
            yield from self._level(part, here)

    def _property(self, prop: Property, path: str) -> Iterator[Finding]:
        match prop.kind:
            case Kind.STRING if not 1 <= (prop.max_length or 0) <= _MOST_TEXT:
                yield self._fault("extension.bounds", f"State a maxLength of 1 to {_MOST_TEXT}.", path)
            case Kind.DECIMAL if not 1 <= (prop.precision or 0) <= _MOST_DIGITS or prop.scale is None:
                yield self._fault("extension.bounds", "State the precision and scale of a decimal.", path)
            case Kind.DESCRIPTOR if not self._is_descriptor(prop.descriptor):
                words = f"There is no descriptor {prop.descriptor}."
                yield self._fault("extension.unknown_descriptor", words, path)
            case _:
                return

    def _is_descriptor(self, name: str | None) -> bool:
        known = self.model.resources.get(name or "")
        return name in self.extension.descriptors or (known is not None and known.is_descriptor)

    def _reference(self, reference: Reference, path: str) -> Iterator[Finding]:
        key = self._key_names(reference.target)
        if key is None:
            words = f"There is no resource {reference.target} to refer to."
            yield self._fault("extension.unknown_target", words, path)
        elif key != set(reference.keys):
            words = f"The key of {reference.target} is {', '.join(sorted(key))}."
            yield self._fault("extension.reference_key", words, path)
        if not reference.name.endswith("Reference"):
            yield self._fault("extension.name", "The name of a reference ends in Reference.", path)

    def _key_names(self, target: str) -> set[str] | None:
        own = next((r for r in self.extension.resources if r.name == target), None)
        if own is not None:
            return {k.name for k in own.key}
        if target in self.model.abstracts:
            return {k.name for k in self.model.abstracts[target].key}
        known = self.model.resources.get(target)
        return None if known is None or known.is_descriptor else {k.name for k in known.key}

    def _item_key(self, part: Part, path: str) -> Iterator[Finding]:
        if not part.key:
            yield self._fault("extension.key", "State the key that tells the items apart.", path)
        yield from self._unknown_members({k for k in part.key if not _leads(part, k.split("."))}, path)

    def _shape(self, resource: Resource, path: str) -> Iterator[Finding]:
        """Key, base and paths of a resource whose members are sound."""
        if not resource.key:
            yield self._fault("extension.key", "State at least one identity member.", path)
        for part in resource.key:
            yield from self._unknown_paths(resource, part.paths, path)
        if not any(p for part in resource.key for p in part.paths if self._is_identity(resource, p)):
            yield self._fault("extension.key", "The key's members have to be identity members.", path)
        groups = (*resource.unified, *resource.equal, resource.authorization)
        for group in groups:
            yield from self._unknown_paths(resource, group, path)
        yield from self._base(resource, path)
        yield from self._rings(resource, path)

    def _is_identity(self, resource: Resource, path: str) -> bool:
        head = path.removeprefix("$.").partition(".")[0]
        members: Sequence[Property | Reference] = (*resource.properties, *resource.references)
        return any(m.name == head and m.is_identity and m.is_required for m in members)

    def _base(self, resource: Resource, path: str) -> Iterator[Finding]:
        if resource.base is None:
            return
        abstract = self.model.abstracts.get(resource.base)
        if abstract is None:
            words = f"There is no abstract resource {resource.base}."
            yield self._fault("extension.unknown_target", words, path)
            return
        own = {k.name for k in resource.key}
        needed = {resource.base_key.get(k.name, k.name) for k in abstract.key}
        if own != needed:
            words = f"The key of a {resource.base} is {', '.join(sorted(needed))}."
            yield self._fault("extension.key", words, path)

    def _rings(self, resource: Resource, path: str) -> Iterator[Finding]:
        """A key that leads through references back to itself has no value."""
        own = {r.name: r for r in self.extension.resources}
        seen: set[str] = set()
        ahead = [resource.name]
        while ahead:
            for reference in own[ahead.pop()].references:
                if reference.is_identity and reference.target in own and reference.target not in seen:
                    seen.add(reference.target)
                    ahead.append(reference.target)
        if resource.name in seen:
            yield self._fault("extension.key", "The key refers to itself.", path)

    def _unknown_paths(self, resource: Resource, paths: Iterable[str], at: str) -> Iterator[Finding]:
        unknown = {p for p in paths if not _leads(resource, p.removeprefix("$.").split("."))}
        yield from self._unknown_members(unknown, at)

    def _unknown_members(self, names: set[str], path: str) -> Iterator[Finding]:
        for name in sorted(names):
            yield self._fault("extension.unknown_member", f"There is no member {name} here.", path)

    def _taken(self, name: str, path: str) -> Finding:
        return self._fault("extension.name_taken", f"The name {name!r} is taken.", path)

    def _fault(self, code: str, words: str, path: str) -> Finding:
        return Finding(code, words, replace(self.place, path=path), "Correct the extension's file.")


def _leads(level: Resource | Part, steps: list[str]) -> bool:
    """Whether a path ends at a scalar: a property, or a key member of a reference."""
    head, rest = steps[0], steps[1:]
    if not rest:
        return any(p.name == head for p in level.properties)
    for reference in level.references:
        if reference.name == head:
            return len(rest) == 1 and rest[0] in reference.keys
    return any(
        part.name == head.removesuffix("[*]")
        and part.is_collection == head.endswith("[*]")
        and _leads(part, rest)
        for part in level.parts
    )
