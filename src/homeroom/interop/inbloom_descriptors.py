"""Enumerations of the old files as descriptors: the standard's own where it has the value, else inBloom's."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from homeroom.interop.inbloom_mapping import InbloomMapping
from homeroom.interop.xml_record import Document
from homeroom.standard.read import SeedDescriptor

_EDFI = "uri://ed-fi.org/"
_CODE_LENGTH = 50
_SHORT_LENGTH = 75


class DescriptorBook:
    """Turns old values into descriptor references and remembers which of inBloom's own must be made."""

    def __init__(self, seeds: Iterable[SeedDescriptor], mapping: InbloomMapping) -> None:
        self._namespace = mapping.namespace
        self._closed = frozenset(mapping.closed)
        self._known: dict[tuple[str, str], str] = {}
        own = [seed for seed in seeds if seed["namespace"].startswith(_EDFI)]
        for seed in own:
            self._known[seed["kind"], seed["code_value"].lower()] = _reference(seed)
        for seed in own:
            self._known.setdefault((seed["kind"], seed["short_description"].lower()), _reference(seed))
        for kind, renamed in mapping.values.items():
            for old, code in renamed.items():
                self._known[kind, old.lower()] = self._known[kind, code.lower()]
        self._new: list[tuple[str, Document]] = []

    def descriptor_for(self, kind: str, text: str) -> str | None:
        """The descriptor reference of a value; one of inBloom's own is announced the first time.

        None when the standard keeps the list whole and does not have the value.
        """
        found = self._known.get((kind, text.lower()))
        if found is None and kind not in self._closed:
            found = self._known[kind, text.lower()] = self._add(kind, text)
        return found

    def define(self, kind: str, text: str) -> None:
        """Take note that a file defines a value itself, so that it is not announced in fewer words."""
        self._known.setdefault((kind, text.lower()), f"{self.own_namespace(kind)}#{code_value(text)}")

    def own_namespace(self, kind: str) -> str:
        """The namespace of values the standard does not have."""
        return f"{self._namespace}/{kind}"

    def take_new(self) -> list[tuple[str, Document]]:
        """Descriptor kinds and documents that were announced since the last call."""
        new, self._new = self._new, []
        return new

    def _add(self, kind: str, text: str) -> str:
        code = code_value(text)
        document: Document = {
            "namespace": self.own_namespace(kind),
            "codeValue": code,
            "shortDescription": text[:_SHORT_LENGTH].strip(),
            "description": text,
        }
        self._new.append((kind, document))
        return f"{self.own_namespace(kind)}#{code}"


def _reference(seed: SeedDescriptor) -> str:
    return f"{seed['namespace']}#{seed['code_value']}"


def code_value(text: str) -> str:
    """The text as a code value: itself, or cut and told apart by a digest when it is too long."""
    if len(text) <= _CODE_LENGTH:
        return text
    digest = blake2b(text.encode(), digest_size=4).hexdigest()
    return f"{text[: _CODE_LENGTH - 9].strip()}-{digest}"
