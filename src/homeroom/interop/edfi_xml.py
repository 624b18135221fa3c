"""The door to Ed-Fi XML: interchange files of the standard's own form to API documents, streaming."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from homeroom.base.findings import Finding, Place, Severity
from homeroom.interop.edfi_plans import EntityPlan, PlanCompiler, load_xml_facts
from homeroom.interop.edfi_reading import Reading, name_of
from homeroom.interop.xml_ids import IdIndex, read_wanted_ids
from homeroom.interop.xml_record import Document, XmlItem, XmlRecord, XmlReject
from homeroom.interop.xml_stream import Element, Heading, line_of, read_elements, read_heading
from homeroom.standard.model import Model

_VERSIONED = re.compile(r"http://ed-fi\.org/(\d+)\.(\d+)(?:\.\d+)?")
_REFERENCE = "Reference"
# A chain of ids (a section by ref, its offering by ref, …) settles one link a round; no file has more.
_MAX_ROUNDS = 16


class EdfiXmlReader:
    """Reads interchanges of one standard version; make one and keep it, plans are compiled on first use."""

    def __init__(self, model: Model, *, version: str) -> None:
        self._model = model
        self._version = version
        self._facts = load_xml_facts(version)
        self._plans: dict[str, _Plans] = {}

    def read(self, stream: BinaryIO, *, file: str | None = None) -> Iterator[XmlItem]:
        """Every record of the file in order, with the faults found; never raises for what the file holds.

        stream: seekable, read from its start. A warning comes before its record; an `XmlReject` stands
        in the place of a record that has errors; a plain error finding is about the file and comes last.
        """
        heading = read_heading(stream, file=file)
        if isinstance(heading, Finding):
            yield heading
            return
        doubts = self._check_heading(heading, file)
        yield from doubts
        if any(doubt.severity is Severity.ERROR for doubt in doubts):
            return
        plans = self._plans_for(heading.namespace)
        ids = _index_ids(stream, plans, IdIndex(self._model))
        yield from _read_records(stream, plans, Reading(file, ids.resolve))

    def _plans_for(self, namespace: str) -> _Plans:
        if namespace not in self._plans:
            self._plans[namespace] = _Plans(PlanCompiler(self._model, self._facts, namespace=namespace))
        return self._plans[namespace]

    def _check_heading(self, heading: Heading, file: str | None) -> list[Finding]:
        if heading.name not in self._facts.interchanges:
            return [_not_interchange(heading, file)]
        if heading.namespace in {self._facts.namespace, ""}:
            return []
        return [self._other_version(heading, file)]

    def _other_version(self, heading: Heading, file: str | None) -> Finding:
        versioned = _VERSIONED.fullmatch(heading.namespace)
        is_near = versioned is not None and versioned[1] == self._version.partition(".")[0]
        return Finding(
            "xml.other_version",
            f"The file is of {heading.namespace}; this district keeps Ed-Fi {self._version}.",
            Place(file, 1),
            "Check the counts." if is_near else f"Export it as Ed-Fi {self._version}.",
            Severity.WARNING if is_near else Severity.ERROR,
        )


def reads_edfi(heading: Heading) -> bool:
    """Whether a file with this root is Ed-Fi XML: of a version with a number (4.0, 5.2, …), or of none."""
    if not heading.namespace:
        return heading.name.startswith("Interchange")
    return _VERSIONED.fullmatch(heading.namespace) is not None


class _Plans:
    """Plans by tag; None for a tag that is no record."""

    def __init__(self, compiler: PlanCompiler) -> None:
        self._compiler = compiler
        self._by_tag: dict[str, EntityPlan | None] = {}

    def plan_for(self, element: Element) -> EntityPlan | None:
        if element.tag not in self._by_tag:
            self._by_tag[element.tag] = self._compiler.plan_for(name_of(element))
        return self._by_tag[element.tag]

    def target_of(self, element: Element) -> str | None:
        """What a reference at record level points at; None when the element is none."""
        name = name_of(element)
        target = name.removesuffix(_REFERENCE)
        return target if target != name and self._compiler.references.knows(target) else None

    def read_target(self, element: Element, target: str, reading: Reading) -> Document:
        values: Document = {}
        self._compiler.references.reader_to(target)(element, values, reading)
        return values


def _read_records(stream: BinaryIO, plans: _Plans, reading: Reading) -> Iterator[XmlItem]:
    for element in read_elements(stream, file=reading.file):
        if isinstance(element, Finding):
            yield element
            continue
        plan = plans.plan_for(element)
        if plan is None:
            if plans.target_of(element) is None:
                yield _reject(element, (_unknown_entity(element, reading.file),))
            continue
        document = plan.read(element, reading)
        faults = reading.take_faults() if reading.faults else ()
        if any(fault.severity is Severity.ERROR for fault in faults):
            yield _reject(element, faults)
            continue
        yield from faults
        yield XmlRecord(plan.resource, document, line_of(element), element.get("id"))


def _index_ids(stream: BinaryIO, plans: _Plans, ids: IdIndex) -> IdIndex:
    """Find the key behind every id that a reference names, wherever in the file it stands."""
    wanted = read_wanted_ids(stream)
    for _ in range(_MAX_ROUNDS):
        known = len(ids)
        if known == len(wanted):
            break
        reading = Reading(None, ids.resolve)
        for element in read_elements(stream):
            if not isinstance(element, Finding):
                _index_element(element, wanted, plans=plans, ids=ids, reading=reading)
        if len(ids) == known:
            break
    return ids


def _index_element(
    element: Element, wanted: frozenset[str], *, plans: _Plans, ids: IdIndex, reading: Reading
) -> None:
    xml_id = element.get("id")
    if xml_id is None or xml_id not in wanted or xml_id in ids:
        return
    plan = plans.plan_for(element)
    target = plans.target_of(element)
    if plan is not None:
        ids.add_document(xml_id, plan.resource, plan.read(element, reading))
    elif target is not None:
        ids.add_reference(xml_id, target, plans.read_target(element, target, reading))
    reading.take_faults()


def _reject(element: Element, faults: tuple[Finding, ...]) -> XmlReject:
    source = etree.tostring(element, encoding="unicode", with_tail=False)
    return XmlReject(name_of(element), line_of(element), element.get("id"), faults, source)


def _unknown_entity(element: Element, file: str | None) -> Finding:
    return Finding(
        "xml.unknown_entity",
        f"{name_of(element)} is no kind of record in this standard.",
        Place(file, line_of(element), name_of(element)),
        "Check its spelling and the standard version of the file.",
    )


def _not_interchange(heading: Heading, file: str | None) -> Finding:
    return Finding(
        "xml.not_interchange",
        f"The root element {heading.name} is no Ed-Fi interchange.",
        Place(file, 1, heading.name),
        "Send a file whose root is one of the standard's interchanges, such as InterchangeStudent.",
    )
