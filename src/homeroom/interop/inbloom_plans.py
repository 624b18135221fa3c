"""What becomes of one kind of old element: its plan, compiled from the mapping."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from homeroom.interop.inbloom_mapping import Entity, InbloomMapping, PartSpec, RecordSpec, Spec, Tell
from homeroom.interop.inbloom_members import MemberCompiler, TakeDocument
from homeroom.interop.inbloom_references import References, TakeName
from homeroom.interop.inbloom_scope import Path, Scope, Take
from homeroom.interop.xml_record import Json
from homeroom.standard.model import Model, Part, Resource


@dataclass(frozen=True, slots=True)
class RecordPlan:
    """How an element becomes records of one resource."""

    spec: RecordSpec
    resource: Resource
    take: TakeDocument
    take_key: TakeDocument
    keep: Mapping[str, Take]
    applies: Callable[[Scope], bool]
    each: Path | None
    below: Path | None
    unless: Path | None

    def scopes(self, scope: Scope, references: References) -> Iterator[Scope]:
        """One scope for each record the element gives."""
        if not self.applies(scope) or (self.unless and self.unless.elements(scope)):
            return
        for inner in [scope] if self.each is None else [scope.at(e) for e in self.each.elements(scope)]:
            if self.below is None:
                yield inner
                continue
            for element in self.below.elements(inner):
                number = references.organization(element, inner)
                for school in scope.around.directory.schools_below(number) if number is not None else ():
                    yield Scope(inner.element, inner.record, inner.around, school)


@dataclass(frozen=True, slots=True)
class PartPlan:
    """How an element becomes an item of another record."""

    spec: PartSpec
    at: Path
    take: TakeDocument
    node: Part


@dataclass(frozen=True, slots=True)
class TellPlan:
    """How an element tells a fact."""

    spec: Tell
    each: Path | None
    about: TakeName
    value: Take
    newest: Path | None


@dataclass(frozen=True, slots=True)
class EntityPlan:
    """Everything that becomes of one kind of element."""

    entity: Entity
    references: References
    records: Sequence[RecordPlan]
    parts: Sequence[PartPlan]
    tells: Sequence[TellPlan]
    known_children: frozenset[str]

    @property
    def is_surveyed(self) -> bool:
        """Whether other records depend on what this one says."""
        entity = self.entity
        has_names = any(record.spec.concept or record.resource.is_descriptor for record in self.records)
        return bool(entity.organization or self.parts or self.tells or has_names)


class EntityCompiler:
    """Compiles the entities of a mapping for files of one namespace."""

    def __init__(self, model: Model, mapping: InbloomMapping, *, namespace: str) -> None:
        self._model = model
        self._mapping = mapping
        self._members = MemberCompiler(model, mapping, namespace=namespace)
        self.references = self._members.references

    def plan_for(self, name: str) -> EntityPlan | None:
        """The plan of one kind of element; None when the mapping does not know it."""
        entity = self._mapping.entities.get(name)
        if entity is None:
            return None
        return EntityPlan(
            entity,
            self.references,
            [self._record(spec) for spec in entity.records],
            [self._part(spec) for spec in entity.parts],
            [self._tell(spec) for spec in entity.tells],
            self._known_children(entity),
        )

    def _record(self, spec: RecordSpec) -> RecordPlan:
        resource = self._model.resources[spec.resource]
        key_members = {
            path.removeprefix("$.").partition(".")[0] for part in resource.key for path in part.paths
        }
        key_specs = {name: member for name, member in spec.members.items() if name in key_members}
        concept = self._mapping.concepts[spec.concept] if spec.concept else None
        return RecordPlan(
            spec,
            resource,
            self._members.document(spec.members, resource),
            self._members.document(key_specs, resource),
            {n: self._members.scalar(p, spec.resource, n) for n, p in concept.keep.items()}
            if concept
            else {},
            self._members.condition(spec.when),
            self._path(spec.each),
            self._path(spec.schools_below),
            self._path(spec.unless),
        )

    def _part(self, spec: PartSpec) -> PartPlan:
        resource = self._model.resources[self._mapping.concepts[spec.concept].resource]
        node = next(part for part in resource.parts if part.name == spec.into)
        return PartPlan(spec, self.references.path(spec.at), self._members.document(spec.members, node), node)

    def _tell(self, spec: Tell) -> TellPlan:
        about = self.references.name_taker(spec.about)
        return TellPlan(
            spec, self._path(spec.each), about, self._told_value(spec.value), self._path(spec.newest)
        )

    def _told_value(self, text: str) -> Take:
        kind, colon, at = text.partition(":")
        path = self.references.path(at if colon else text)
        if not colon:
            return lambda scope: next(iter(path.texts(scope)), None)

        def take(scope: Scope) -> Json:
            for element in path.elements(scope):
                if kind == "organization":
                    return self.references.organization(element, scope)
                found = self.references.resolve(kind, scope.at(element))
                return None if found is None else dict(found)
            return None

        return take

    def _path(self, text: str | None) -> Path | None:
        return None if text is None else self.references.path(text)

    def _known_children(self, entity: Entity) -> frozenset[str]:
        specs = [
            msgspec.to_builtins(s)
            for s in (*entity.records, *entity.parts, *entity.tells, entity.organization)
        ]
        paths = (path for text in self._texts(specs) for path in text.rpartition(":")[2].split("|"))
        children = {path.strip("/").partition("/")[0] for path in paths}
        return frozenset(children | set(entity.left))

    def _texts(self, spec: Spec) -> Iterator[str]:
        if isinstance(spec, str):
            yield spec
        elif isinstance(spec, dict):
            for key, inner in spec.items():
                yield str(key)
                yield from self._texts(self._mapping.shapes[inner] if key == "shape" else inner)
        elif isinstance(spec, list | tuple):
            for inner in spec:
                yield from self._texts(inner)
