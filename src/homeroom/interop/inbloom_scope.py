"""Where the mapping looks: paths through one record of an old file, and what the reading of it shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from homeroom.interop.edfi_reading import Reading
from homeroom.interop.inbloom_descriptors import DescriptorBook
from homeroom.interop.inbloom_directory import Directory, OrganizationNumbers
from homeroom.interop.xml_record import Json
from homeroom.interop.xml_stream import Element


@dataclass(slots=True)
class Surroundings:
    """What the values of a record may depend on besides the record."""

    directory: Directory
    numbers: OrganizationNumbers
    book: DescriptorBook
    reading: Reading


@dataclass(slots=True)
class Scope:
    """An element, the record it stands in, and for expanded records the school at hand."""

    element: Element
    record: Element
    around: Surroundings
    school: int | None = None
    _by_tag: dict[str, list[Element]] | None = None

    def at(self, element: Element) -> Scope:
        """The same record seen from another element."""
        return Scope(element, self.record, self.around, self.school)

    def children(self, tag: str) -> list[Element]:
        """The children of one name. They are sorted by name once: a record is asked for dozens of names."""
        if self._by_tag is None:
            self._by_tag = {}
            for child in self.element:
                self._by_tag.setdefault(child.tag, []).append(child)
        return self._by_tag.get(tag, [])


Take: TypeAlias = Callable[[Scope], Json]
"""Gives a value from a scope; None when the file has none."""


@dataclass(frozen=True, slots=True)
class Path:
    """Steps below the element (`A/B`, `.`) or the record (`/A/B`), with an attribute at the end (`A/@b`)."""

    is_from_record: bool
    steps: tuple[str, ...]
    attribute: str | None

    def elements(self, scope: Scope) -> Sequence[Element]:
        """Every element the steps lead to."""
        steps = self.steps
        if self.is_from_record or not steps or steps[0] == "..":
            found = [scope.record if self.is_from_record else scope.element]
        else:
            found, steps = scope.children(steps[0]), steps[1:]
        for step in steps:
            if step == "..":
                found = [above for element in found if (above := element.getparent()) is not None]
            else:
                found = [child for element in found for child in element.iterchildren(step)]
        return found

    def texts(self, scope: Scope) -> list[str]:
        """The texts there, trimmed, without empty ones."""
        found = (
            element.get(self.attribute) if self.attribute else element.text
            for element in self.elements(scope)
        )
        return [text for text in ((raw or "").strip() for raw in found) if text]


def parse_path(text: str, namespace: str) -> Path:
    """A path as the mapping writes it, for files of one namespace."""
    is_from_record = text.startswith("/")
    *steps, last = text.strip("/").split("/")
    attribute = last.removeprefix("@") if last.startswith("@") else None
    if attribute is None:
        steps.append(last)
    prefix = f"{{{namespace}}}" if namespace else ""
    walked = (step if step == ".." else prefix + step for step in steps if step != ".")
    return Path(is_from_record, tuple(walked), attribute)
