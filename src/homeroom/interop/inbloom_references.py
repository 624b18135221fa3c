"""References between old records: by id, by the names the old files use, or by a key carried whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from homeroom.interop.edfi_reading import KeyValues
from homeroom.interop.inbloom_directory import Name
from homeroom.interop.inbloom_mapping import Concept
from homeroom.interop.inbloom_scope import Path, Scope, Take, parse_path
from homeroom.interop.xml_stream import Element

_ORGANIZATION = "organization"
TakeName: TypeAlias = Callable[[Scope], tuple[str, ...] | None]
"""The parts of a name, None when one of them is missing."""


@dataclass(frozen=True, slots=True)
class _Naming:
    record: TakeName
    reference: TakeName
    is_fallback: bool


class References:
    """Finds the record an old reference means. direct: makes a `Take` of a concept's key part."""

    def __init__(self, concepts: Mapping[str, Concept], *, namespace: str) -> None:
        self._concepts = concepts
        self._namespace = namespace
        self._namings: dict[str, list[_Naming]] = {}
        self._direct: dict[str, dict[str, Take]] = {}
        self._id_paths = [
            self.path(p) for p in ("EducationalOrgIdentity/StateOrganizationId", "StateOrganizationId")
        ]
        self._code_paths = [
            self.path("EducationalOrgIdentity/EducationOrgIdentificationCode/ID"),
            self.path("EducationOrgIdentificationCode/ID"),
        ]

    def path(self, text: str) -> Path:
        """A path for files of this namespace."""
        return parse_path(text, self._namespace)

    def add_direct(self, concept: str, parts: Mapping[str, Take]) -> None:
        """Say how a reference to the concept carries the key itself."""
        self._direct[concept] = dict(parts)

    def names_of_record(self, concept: str, scope: Scope) -> list[Name]:
        """Every name the old files may use for the record at hand."""
        named = ((n, naming.record(scope)) for n, naming in enumerate(self._namings_of(concept)))
        return [Name(concept, n, parts) for n, parts in named if parts]

    def resolve(self, concept: str, scope: Scope) -> KeyValues | None:
        """The key of the record that the reference at hand means; None when that is unknown."""
        directory = scope.around.directory
        ref = scope.element.get("ref")
        if ref:
            return directory.find_id(concept, scope.around.reading.file, ref)
        is_named = False
        for n, naming in enumerate(self._namings_of(concept)):
            parts = naming.reference(scope) if not is_named or naming.is_fallback else None
            is_named = is_named or parts is not None
            found = directory.find(Name(concept, n, parts)) if parts else None
            if found is not None:
                return found
        direct = {part: take(scope) for part, take in self._direct.get(concept, {}).items()}
        return direct if direct and None not in direct.values() else None

    def organization(self, element: Element, scope: Scope) -> int | None:
        """The number of the organisation an element is, or refers to."""
        ref = element.get("ref")
        if ref:
            found = scope.around.directory.find_id(_ORGANIZATION, scope.around.reading.file, ref)
            number = found["number"] if found else None
            return number if isinstance(number, int) else None
        text = self._organization_text(scope.at(element))
        return scope.around.numbers.number_for(text) if text else None

    def organization_texts(self, scope: Scope) -> list[str]:
        """What an organisation is called: its id first, then its codes."""
        return [text for path in (*self._id_paths, *self._code_paths) for text in path.texts(scope)]

    def _organization_text(self, scope: Scope) -> str | None:
        for path in self._id_paths:
            for text in path.texts(scope):
                return text
        for path in self._code_paths:
            for code in path.texts(scope):
                told = scope.around.directory.ask("organization_code", (code,))
                return told if isinstance(told, str) else code
        own = (scope.element.text or "").strip()
        return own or None

    def name_taker(self, parts: Sequence[str]) -> TakeName:
        """Parts of a name: a path, or `concept:path` for what a reference there means."""
        takers = [self._part_taker(part) for part in parts]

        def take(scope: Scope) -> tuple[str, ...] | None:
            taken = []
            for taker in takers:
                part = taker(scope)
                if part is None:
                    return None
                taken.append(part)
            return tuple(taken)

        return take

    def _part_taker(self, text: str) -> Callable[[Scope], str | None]:
        concept, colon, rest = text.rpartition(":")
        paths = [self.path(path) for path in rest.split("|")]
        if not colon:
            return lambda scope: next((found for path in paths for found in path.texts(scope)), None)

        def take(scope: Scope) -> str | None:
            for element in (element for path in paths for element in path.elements(scope)):
                key = self._key_at(concept, element, scope)
                if key is not None:
                    return key
            return None

        return take

    def _key_at(self, concept: str, element: Element, scope: Scope) -> str | None:
        if concept == _ORGANIZATION:
            number = self.organization(element, scope)
            return None if number is None else str(number)
        found = self.resolve(concept, scope.at(element))
        kept = self._concepts[concept].keep
        return (
            None
            if found is None
            else "\x1f".join(str(found[name]) for name in sorted(found) if name not in kept)
        )

    def _namings_of(self, concept: str) -> list[_Naming]:
        if concept not in self._namings:
            self._namings[concept] = [
                _Naming(self.name_taker(naming.record), self.name_taker(naming.reference), naming.fallback)
                for naming in self._concepts[concept].names
            ]
        return self._namings[concept]
