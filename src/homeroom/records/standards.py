"""The standards of this process, with the extensions of its districts: each combination compiled once."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

from homeroom.base.errors import HomeroomError
from homeroom.base.findings import Finding, Severity
from homeroom.standard.classification_rules import load_rules
from homeroom.standard.classify import ClassificationTable, load_classification
from homeroom.standard.extend import Extension, extend_model, parse_extension
from homeroom.standard.extension_checks import check_extension, classify_extension
from homeroom.standard.read import load_model
from homeroom.store.catalog import Catalog


class ExtensionError(HomeroomError):
    """An extension that a district holds does not fit its standard; findings say why."""

    code = "extension.misfit"

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("; ".join(f.words for f in findings))
        self.findings = findings


@dataclass(frozen=True, slots=True)
class Standard:
    """What a district keeps to: a version of the standard and its own extensions, compiled.

    definitions: the texts of the extension files, in the order in which they were added.
    """

    version: str
    definitions: tuple[str, ...]
    catalog: Catalog
    classification: ClassificationTable


class Standards:
    """Compiles standards; what several districts share is compiled once. May be called from any thread."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, tuple[str, ...]], Standard] = {}
        self._making = Lock()

    def compiled(self, version: str, definitions: tuple[str, ...] = ()) -> Standard:
        """The standard with these extensions. Raises ExtensionError for one that does not fit."""
        with self._making:
            return self._compiled(version, definitions)

    def extended(self, base: Standard, text: str) -> tuple[Standard | None, tuple[Finding, ...]]:
        """The standard with one more extension, None when it is refused, and what is to be said of it."""
        with self._making:
            return _extended(base, text)

    def _compiled(self, version: str, definitions: tuple[str, ...]) -> Standard:
        found = self._made.get((version, definitions))
        if found is None:
            found = self._made[version, definitions] = self._make(version, definitions)
        return found

    def _make(self, version: str, definitions: tuple[str, ...]) -> Standard:
        if not definitions:
            return Standard(version, (), Catalog(load_model(version)), load_classification(version))
        base = self._compiled(version, definitions[:-1])
        made, findings = _extended(base, definitions[-1])
        if made is None:
            raise ExtensionError(findings)
        return made


def _extended(base: Standard, text: str) -> tuple[Standard | None, tuple[Finding, ...]]:
    extension = parse_extension(text, load_rules())
    if not isinstance(extension, Extension):
        return None, extension
    model = base.catalog.model
    faults = check_extension(extension, model)
    if faults:
        return None, tuple(faults)
    model = extend_model(model, extension)
    classification, findings = classify_extension(extension, model, base.classification)
    try:
        catalog = Catalog(model)
    except ValueError as fault:
        findings.append(Finding("extension.reserved", str(fault), remedy="Choose another name."))
        return None, tuple(findings)
    if any(f.severity is Severity.ERROR for f in findings):
        return None, tuple(findings)
    definitions = (*base.definitions, text)
    return Standard(base.version, definitions, catalog, classification), tuple(findings)
