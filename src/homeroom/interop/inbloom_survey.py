"""The first reading of a package: names, keys, facts and parts, so that references can be resolved at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from typing import BinaryIO, Protocol, TypeAlias

from homeroom.base.findings import Finding
from homeroom.interop.edfi_reading import KeyValues, name_of
from homeroom.interop.inbloom_directory import Owner
from homeroom.interop.inbloom_items import missing_members
from homeroom.interop.inbloom_mapping import InbloomMapping
from homeroom.interop.inbloom_plans import EntityPlan, PartPlan, RecordPlan, TellPlan
from homeroom.interop.inbloom_references import References
from homeroom.interop.inbloom_scope import Scope, Surroundings
from homeroom.interop.xml_ids import key_of_document
from homeroom.interop.xml_record import Document
from homeroom.interop.xml_stream import Element, line_of, read_elements

PlanFor: TypeAlias = Callable[[Element], EntityPlan | None]


class InterchangeFile(Protocol):
    """A file of a package: its name, and its content from the start as often as asked."""

    @property
    def name(self) -> str:
        """The file's name, for findings."""

    def open(self) -> BinaryIO:
        """A seekable stream of its content."""


class Survey:
    """Learns what each element says that others depend on; what depends on something later is tried again."""

    def __init__(self, mapping: InbloomMapping, plan_for: PlanFor) -> None:
        self._mapping = mapping
        self._plan_for = plan_for

    def learn_files(
        self, files: Sequence[InterchangeFile], around_file: Callable[[str], Surroundings]
    ) -> None:
        """Learn from every file, then from what had to wait, until nothing more comes of it."""
        waiting = [(element, name) for name, element in self._unsettled(files, around_file)]
        while waiting:
            still = [
                (element, file) for element, file in waiting if not self.learn(element, around_file(file))
            ]
            if len(still) == len(waiting):
                return
            waiting = still

    def learn(self, element: Element, around: Surroundings) -> bool:
        """Learn what one element says; False when something it depends on is not known yet."""
        plan = self._plan_for(element)
        if plan is None or not plan.is_surveyed:
            return True
        scope = Scope(element, element, around)
        _learn_organization(plan, scope)
        outcomes = [
            *[_learn_record(record, scope, plan.references) for record in plan.records],
            *[self._learn_part(part, scope, plan.references) for part in plan.parts],
            *[_learn_fact(tell, scope) for tell in plan.tells],
        ]
        around.reading.take_faults()
        return all(outcomes)

    def owner(self, concept: str, key: KeyValues) -> Owner:
        """The record that parts belong to, without what is kept beside its key."""
        kept = self._mapping.concepts[concept].keep
        return concept, tuple(key[name] for name in sorted(key) if name not in kept)

    def _unsettled(
        self, files: Sequence[InterchangeFile], around_file: Callable[[str], Surroundings]
    ) -> Iterator[tuple[str, Element]]:
        for file in files:
            around = around_file(file.name)
            with file.open() as stream:
                for element in read_elements(stream):
                    if not isinstance(element, Finding) and not self.learn(element, around):
                        yield file.name, deepcopy(element)

    def part_of(self, part: PartPlan, scope: Scope, references: References) -> tuple[Owner, Document] | None:
        """The record an element belongs to and the item it is there; None when either is not known."""
        for element in part.at.elements(scope):
            key = references.resolve(part.spec.concept, scope.at(element))
            item = part.take(scope) if key is not None else {}
            if key is not None and not missing_members(part.node, item):
                return self.owner(part.spec.concept, key), item
        return None

    def _learn_part(self, part: PartPlan, scope: Scope, references: References) -> bool:
        found = self.part_of(part, scope, references)
        if found is None:
            return not part.at.elements(scope)
        owner, item = found
        place = scope.around.reading.file, line_of(scope.element)
        scope.around.directory.add_part(owner, (part.spec.into, item), at=place)
        return True


def _learn_organization(plan: EntityPlan, scope: Scope) -> None:
    organization, references = plan.entity.organization, plan.references
    number = references.organization(scope.element, scope) if organization else None
    if organization is None or number is None:
        return
    category = references.path(organization.category).texts(scope)
    kinds = [organization.kinds[text] for text in category if text in organization.kinds]
    parents = {
        references.organization(element, scope)
        for path in organization.parents
        for element in references.path(path).elements(scope)
    }
    above = frozenset(parent for parent in parents if parent is not None)
    directory = scope.around.directory
    directory.add_organization(number, kinds[0] if kinds else name_of(scope.element), above)
    text, *codes = references.organization_texts(scope)
    for code in codes:
        directory.tell("organization_code", (code,), text, rank="")
    _learn_id("organization", {"number": number}, scope)


def _learn_record(record: RecordPlan, scope: Scope, references: References) -> bool:
    if record.resource.is_descriptor:
        scope.around.book.define(record.resource.name, str(record.take(scope).get("codeValue", "")))
    concept = record.spec.concept
    is_whole = True
    for inner in record.scopes(scope, references) if concept else ():
        key = key_of_document(record.take_key(inner), record.resource)
        if key is None:
            is_whole = False
            continue
        kept = {name: take(inner) for name, take in record.keep.items()}
        for name in references.names_of_record(concept or "", inner):
            scope.around.directory.add(name, key, kept)
        _learn_id(concept or "", {**key, **kept}, inner)
    return is_whole


def _learn_id(concept: str, key: KeyValues, scope: Scope) -> None:
    xml_id = scope.record.get("id")
    if xml_id:
        scope.around.directory.add_id(concept, scope.around.reading.file, xml_id, key)


def _learn_fact(tell: TellPlan, scope: Scope) -> bool:
    is_whole = True
    for inner in [scope] if tell.each is None else [scope.at(e) for e in tell.each.elements(scope)]:
        about, value = tell.about(inner), tell.value(inner)
        rank = next(iter(tell.newest.texts(inner)), "") if tell.newest else ""
        if about is not None and value is not None:
            scope.around.directory.tell(tell.spec.fact, about, value, rank=rank)
        is_whole = is_whole and (about is None or value is not None)
    return is_whole
