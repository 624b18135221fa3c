"""The door to inBloom's files: Ed-Fi Core 1.0.03 and its fork, to documents of today's standard.

What becomes of each kind stands in `inbloom.yaml`. References of the old form name less than today's keys
hold, so a package is read twice: a survey of names and keys first, then the records.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from lxml import etree

from homeroom.base.findings import Finding, Place, Severity
from homeroom.interop.edfi_reading import KeyValues, Reading, name_of, warn_unknown
from homeroom.interop.inbloom_descriptors import DescriptorBook
from homeroom.interop.inbloom_directory import Directory, HashedOrganizationNumbers, OrganizationNumbers
from homeroom.interop.inbloom_items import distinct_items, items_of, missing_members
from homeroom.interop.inbloom_mapping import InbloomMapping, load_inbloom_mapping
from homeroom.interop.inbloom_plans import EntityCompiler, EntityPlan, RecordPlan
from homeroom.interop.inbloom_scope import Scope, Surroundings
from homeroom.interop.inbloom_survey import InterchangeFile, Survey
from homeroom.interop.inbloom_unified import settle_shared_values
from homeroom.interop.xml_ids import key_of_document
from homeroom.interop.xml_record import Document, XmlItem, XmlRecord, XmlReject
from homeroom.interop.xml_stream import Element, Heading, line_of, read_elements
from homeroom.standard.model import Model
from homeroom.standard.read import load_seed_descriptors

# http://ed-fi.org/0100, and drafts such as http://ed-fi.org/0100RFC062811.
_NAMESPACE = "http://ed-fi.org/0100"


def reads_inbloom(heading: Heading) -> bool:
    """Whether a file with this root is of inBloom's time."""
    return heading.namespace.startswith(_NAMESPACE)


class InbloomReader:
    """Reads packages of one district; its directory remembers names from one package to the next.

    numbers: the crosswalk for organisation ids that were text. directory: what earlier packages told.
    """

    def __init__(
        self,
        model: Model,
        *,
        numbers: OrganizationNumbers | None = None,
        directory: Directory | None = None,
        mapping: InbloomMapping | None = None,
    ) -> None:
        self._model = model
        self._mapping = mapping = mapping or load_inbloom_mapping()
        self.directory = directory or Directory()
        seeds = load_seed_descriptors(".".join(model.version.split(".")[:2]))
        self._book = DescriptorBook(seeds, mapping)
        self._numbers = numbers or HashedOrganizationNumbers()
        self._compilers: dict[str, EntityCompiler] = {}
        self._plans: dict[str, EntityPlan | None] = {}
        self._survey = Survey(mapping, self._plan_for)

    def read_package(self, files: Sequence[InterchangeFile]) -> Iterator[XmlItem]:
        """Every record of a package's files, file by file, then what the files left open.

        A descriptor that the standard does not have comes before the first record that uses it. An
        `XmlReject` stands for a record that lacks what the standard requires, and says what. Nothing raises
        for what a file holds.
        """
        self.directory.start_package()
        given_once: set[tuple[object, ...]] = set()
        self._survey.learn_files(files, self._around)
        for file in files:
            around = self._around(file.name)
            with file.open() as stream:
                yield from self._read(stream, around, given_once)
        yield from map(_unclaimed, self.directory.unclaimed_parts())

    def _around(self, file: str) -> Surroundings:
        return Surroundings(self.directory, self._numbers, self._book, Reading(file, _resolve_nothing))

    def _plan_for(self, element: Element) -> EntityPlan | None:
        if element.tag not in self._plans:
            name = etree.QName(element)
            self._plans[element.tag] = self._compiler_for(name.namespace or "").plan_for(name.localname)
        return self._plans[element.tag]

    def _compiler_for(self, namespace: str) -> EntityCompiler:
        if namespace not in self._compilers:
            self._compilers[namespace] = EntityCompiler(self._model, self._mapping, namespace=namespace)
        return self._compilers[namespace]

    def _read(
        self, stream: BinaryIO, around: Surroundings, given_once: set[tuple[object, ...]]
    ) -> Iterator[XmlItem]:
        for element in read_elements(stream, file=around.reading.file):
            if isinstance(element, Finding):
                yield element
                continue
            plan = self._plan_for(element)
            if plan is None:
                yield _unknown_entity(element, around)
                continue
            scope = Scope(element, element, around)
            yield from _notes_on(plan, scope)
            yield from self._rejected_parts(plan, scope)
            yield from self._read_records(plan, scope, given_once)

    def _read_records(
        self, plan: EntityPlan, scope: Scope, given_once: set[tuple[object, ...]]
    ) -> Iterator[XmlItem]:
        is_rejected, has_place = False, not plan.records
        for record in plan.records:
            if is_rejected and record.spec.optional:
                continue
            for inner in record.scopes(scope, plan.references):
                has_place = True
                for item in self._read_record(record, inner, given_once):
                    is_rejected = is_rejected or isinstance(item, XmlReject)
                    yield item
        if not has_place:
            yield _no_place(scope)

    def _rejected_parts(self, plan: EntityPlan, scope: Scope) -> Iterator[XmlReject]:
        for part in plan.parts:
            is_placed = self._survey.part_of(part, scope, plan.references) is not None
            faults = scope.around.reading.take_faults()
            if not is_placed:
                yield _reject(scope.element, (*faults, _unclaimed((part.spec.into, *_place(scope)))))

    def _read_record(
        self, plan: RecordPlan, scope: Scope, given_once: set[tuple[object, ...]]
    ) -> Iterator[XmlItem]:
        document = plan.take(scope)
        key = key_of_document(document, plan.resource)
        if plan.spec.once and key is not None:
            identity = (plan.spec.resource, *key.values())
            if identity in given_once:
                scope.around.reading.take_faults()
                return
            given_once.add(identity)
        if plan.spec.concept and key is not None:
            self._attach_parts(plan, key, document, scope)
        settle_shared_values(plan.resource, document, scope)
        for kind, descriptor in self._book.take_new():
            yield XmlRecord(kind, descriptor, line_of(scope.element))
        yield from _finish(plan, document, scope)

    def _attach_parts(self, plan: RecordPlan, key: KeyValues, document: Document, scope: Scope) -> None:
        for member, item in self.directory.claim_parts(self._survey.owner(plan.spec.concept or "", key)):
            document[member] = [*items_of(document.get(member)), item]
        for part in plan.resource.parts:
            if part.is_collection and part.name in document:
                document[part.name] = distinct_items(items_of(document[part.name]), part, scope)


def _finish(plan: RecordPlan, document: Document, scope: Scope) -> Iterator[XmlItem]:
    """The record with its warnings, or its reject."""
    missing = missing_members(plan.resource, document)
    if missing:
        note = scope.around.reading.warn if plan.spec.optional else scope.around.reading.fail
        note(
            "inbloom.missing",
            f"{plan.spec.resource} requires {', '.join(missing)}; the files do not tell.",
            at=scope.element,
            remedy="Add it to the file, or a rule for it to the mapping.",
        )
    faults = scope.around.reading.take_faults()
    if any(fault.severity is Severity.ERROR for fault in faults):
        yield _reject(scope.record, faults)
        return
    yield from faults
    if not missing:
        yield XmlRecord(plan.spec.resource, document, line_of(scope.record), scope.record.get("id"))


def _notes_on(plan: EntityPlan, scope: Scope) -> tuple[Finding, ...]:
    """What is to be said of an element as such: that it has no place today, or holds unknown elements."""
    reading = scope.around.reading
    if plan.entity.none:
        name = name_of(scope.element)
        reading.warn("inbloom.no_counterpart", f"{name}: {plan.entity.none}.", at=scope.element)
        return reading.take_faults()
    for child in scope.element:
        if name_of(child) not in plan.known_children:
            warn_unknown(child, reading)
    return reading.take_faults()


def _unknown_entity(element: Element, around: Surroundings) -> XmlReject:
    around.reading.fail(
        "xml.unknown_entity",
        f"{name_of(element)} is no kind of record of inBloom's files.",
        at=element,
        remedy="Check its spelling.",
    )
    return _reject(element, around.reading.take_faults())


def _no_place(scope: Scope) -> XmlReject:
    scope.around.reading.fail(
        "inbloom.no_place",
        f"No record comes of this {name_of(scope.element)}: its kind, people or school are not known.",
        at=scope.element,
        remedy="Add what is missing to the file, or send the file that holds its school first.",
    )
    return _reject(scope.element, scope.around.reading.take_faults())


def _unclaimed(part: tuple[str, str | None, int]) -> Finding:
    member, file, line = part
    return Finding(
        "inbloom.part_without_record",
        f"What this element says belongs among the {member} of a record that is not in the package.",
        Place(file, line),
        "Send it together with the record it belongs to.",
    )


def _place(scope: Scope) -> tuple[str | None, int]:
    return scope.around.reading.file, line_of(scope.element)


def _reject(element: Element, faults: tuple[Finding, ...]) -> XmlReject:
    source = etree.tostring(element, encoding="unicode", with_tail=False)
    return XmlReject(name_of(element), line_of(element), element.get("id"), faults, source)


def _resolve_nothing(_xml_id: str, _target: str) -> None:
    return None
