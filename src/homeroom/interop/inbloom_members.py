"""Compiles what the mapping says of members into functions, by the standard's own types."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import TypeAlias

from homeroom.base.errors import SettingsError
from homeroom.interop.edfi_references import fail_type
from homeroom.interop.edfi_values import converter_of, school_year
from homeroom.interop.inbloom_items import Node, distinct_items, is_whole_item, items_of
from homeroom.interop.inbloom_mapping import InbloomMapping, Spec
from homeroom.interop.inbloom_references import References
from homeroom.interop.inbloom_rules import Rules, converted
from homeroom.interop.inbloom_scope import Scope, Take
from homeroom.interop.xml_record import Document, Json
from homeroom.standard.model import Kind, Model, Part, Property, Reference, Resource

TakeDocument: TypeAlias = Callable[[Scope], Document]
_SCHOOL_YEAR = "SchoolYearType"


class MemberCompiler:
    """Makes a function for each member a mapping names; forms are listed at the head of `inbloom.yaml`."""

    def __init__(self, model: Model, mapping: InbloomMapping, *, namespace: str) -> None:
        self._model = model
        self._mapping = mapping
        self.references = References(mapping.concepts, namespace=namespace)
        self._rules = Rules(self.references)
        for name, concept in mapping.concepts.items():
            direct = {
                part: self._value(spec, self._model.key_property(concept.resource, part))
                for part, spec in concept.direct.items()
            }
            self.references.add_direct(name, direct)

    def document(self, members: Mapping[str, Spec], node: Node) -> TakeDocument:
        """A function that gives the members the file has values for."""
        takes = [(name, self._member(name, spec, node)) for name, spec in members.items()]

        def take(scope: Scope) -> Document:
            document: Document = {}
            for name, take_member in takes:
                value = take_member(scope)
                if value is not None and value not in ([], {}):
                    document[name] = value
            return document

        return take

    def scalar(self, spec: Spec, resource: str, member: str) -> Take:
        """A function for one root property of a resource."""
        return self._value(spec, self._model.resources[resource].properties_by_name[member])

    def condition(self, when: Mapping[str, Sequence[str]]) -> Callable[[Scope], bool]:
        """A test for texts that must stand at paths."""
        tests = [(self.references.path(path), frozenset(texts)) for path, texts in when.items()]
        return lambda scope: all(not texts.isdisjoint(path.texts(scope)) for path, texts in tests)

    def _member(self, name: str, spec: Spec, node: Node) -> Take:
        if isinstance(spec, dict) and "shape" in spec:
            spec = self._mapping.shapes[spec["shape"]]
        for declared in node.properties:
            if declared.name == name:
                return self._value(spec, declared)
        for reference in node.references:
            if reference.name == name:
                return self._reference(spec, reference)
        for part in node.parts:
            if part.name == name:
                return self._collection(spec, part) if part.is_collection else self._object(spec, part)
        raise SettingsError(f"the inBloom mapping names {name}, which {_name_of(node)} does not have")

    def _object(self, spec: Spec, part: Part) -> Take:
        take_document = self.document(spec["object"], part)

        def take(scope: Scope) -> Json:
            item = take_document(scope)
            return item if item and is_whole_item(part, item, scope) else None

        return take

    def _collection(self, spec: Spec, part: Part) -> Take:
        if isinstance(spec, list):
            takes = [self._collection(one, part) for one in spec]
            return lambda scope: distinct_items([i for t in takes for i in items_of(t(scope))], part, scope)
        path = self.references.path(spec["each"])
        take_item = self.document(spec["members"], part)
        applies = self.condition(spec.get("when", {}))

        def take(scope: Scope) -> Json:
            scopes = [scope.at(element) for element in path.elements(scope)]
            items = [(inner, take_item(inner)) for inner in scopes if applies(inner)]
            whole = [item for inner, item in items if item and is_whole_item(part, item, inner)]
            return distinct_items(whole, part, scope)

        return take

    def _value(self, spec: Spec, declared: Property) -> Take:
        if isinstance(spec, str):
            return self._text(spec, declared)
        if isinstance(spec, list):
            return _first([self._value(one, declared) for one in spec])
        if "default" in spec:
            return self._default(spec, declared)
        if "join" in spec:
            return self._joined(spec, declared)
        take = self._rules.compile(spec)
        return _as_descriptor(take, declared) if "fact" in spec and declared.descriptor else take

    def _text(self, spec: str, declared: Property) -> Take:
        path = self.references.path(spec)
        convert = converter_of(declared)
        descriptor = declared.descriptor if declared.kind is Kind.DESCRIPTOR else None

        def take(scope: Scope) -> Json:
            for text in path.texts(scope):
                if descriptor:
                    return _descriptor_of(descriptor, text, scope)
                return converted(text, convert, scope)
            return None

        return take

    def _default(self, spec: Spec, declared: Property) -> Take:
        take_stated = self._value(spec.get("from", []), declared)
        fixed: Json = spec["default"]
        note = spec.get("note")
        descriptor = declared.descriptor if declared.kind is Kind.DESCRIPTOR else None

        def take(scope: Scope) -> Json:
            stated = take_stated(scope)
            if stated is not None:
                return stated
            if note:
                scope.around.reading.warn("inbloom.default", note, at=scope.element)
            return scope.around.book.descriptor_for(descriptor, str(fixed)) if descriptor else fixed

        return take

    def _joined(self, spec: Spec, declared: Property) -> Take:
        take_name = self.references.name_taker(spec["join"])
        separator, limit = spec.get("with", " "), 0 if "digest" in spec else declared.max_length or 60

        def take(scope: Scope) -> Json:
            parts = take_name(scope)
            if parts is None:
                return None
            text = separator.join(parts)
            return (
                text
                if len(text) <= limit
                else blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()
            )

        return take

    def _reference(self, spec: Spec, reference: Reference) -> Take:
        if isinstance(spec, list):
            return _first([self._reference(one, reference) for one in spec])
        if isinstance(spec, str):
            return self._school_year(spec, reference)
        if "key" in spec:
            return self._spelt_key(spec["key"], reference)
        concept = next((name for name in spec if name in self._mapping.concepts), None)
        if concept is not None:
            return self._concept_reference(concept, spec[concept], reference)
        take = self._rules.compile(spec)
        if len(reference.keys) > 1:
            return take
        (key,) = reference.keys
        return lambda scope: _wrapped(key, take(scope))

    def _school_year(self, spec: str, reference: Reference) -> Take:
        if reference.target != _SCHOOL_YEAR:
            raise SettingsError(
                f"the inBloom mapping gives {reference.name} a path; only school years are so short"
            )
        path = self.references.path(spec)

        def take(scope: Scope) -> Json:
            texts = path.texts(scope)
            return _wrapped("schoolYear", converted(texts[0], school_year, scope)) if texts else None

        return take

    def _spelt_key(self, members: Mapping[str, Spec], reference: Reference) -> Take:
        takes = {
            name: self._value(spec, self._model.key_property(reference.target, name))
            for name, spec in members.items()
        }

        def take(scope: Scope) -> Json:
            key = {name: take_part(scope) for name, take_part in takes.items()}
            return None if None in key.values() else key

        return take

    def _concept_reference(self, concept: str, at: str, reference: Reference) -> Take:
        path = self.references.path(at)
        names = tuple(reference.keys)

        def take(scope: Scope) -> Json:
            for element in path.elements(scope):
                found = self.references.resolve(concept, scope.at(element))
                if found is not None:
                    return {name: found[name] for name in names}
                _warn_unknown(concept, scope.at(element))
            return None

        return take


def _warn_unknown(concept: str, scope: Scope) -> None:
    texts = [(element.text or "").strip() for element in scope.element.iter()]
    ref = scope.element.get("ref")
    words = ", ".join(text for text in texts if text)[:120] or (f"id {ref}" if ref else "nothing is said")
    scope.around.reading.warn(
        "inbloom.unknown_reference",
        f"The {concept} that is meant here ({words}) stands in no file read so far.",
        at=scope.element,
        remedy="Send the file that holds it first, or in the same package.",
    )


def _descriptor_of(descriptor: str, text: str, scope: Scope) -> Json:
    found = scope.around.book.descriptor_for(descriptor, text)
    if found is None:
        fault = ValueError(f"is no {descriptor.removesuffix('Descriptor')} the standard knows")
        fail_type(scope.element, text, fault, scope.around.reading)
    return found


def _as_descriptor(take_text: Take, declared: Property) -> Take:
    def take(scope: Scope) -> Json:
        text = take_text(scope)
        return _descriptor_of(declared.descriptor or "", text, scope) if isinstance(text, str) else None

    return take


def _first(takes: Sequence[Take]) -> Take:
    def take(scope: Scope) -> Json:
        for one in takes:
            value = one(scope)
            if value is not None:
                return value
        return None

    return take


def _wrapped(key: str, value: Json) -> Json:
    return None if value is None else {key: value}


def _name_of(node: Node) -> str:
    return node.name if isinstance(node, Resource) else node.entity
