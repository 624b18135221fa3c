"""The state of reading one file: the faults of the record at hand, and what an `id` stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from lxml import etree

from homeroom.base.findings import Finding, Place, Severity
from homeroom.interop.xml_record import Document, Json
from homeroom.interop.xml_stream import Element, line_of

KeyValues: TypeAlias = Mapping[str, Json]
"""Key parts of one record by their name in references to it."""

Resolve = Callable[[str, str], "KeyValues | None"]
"""An id and the resource it should be, to that resource's key; None when the file has no such id."""


class Reading:
    """Collects the faults of one record; `resolve` answers references by id."""

    __slots__ = ("faults", "file", "resolve")

    def __init__(self, file: str | None, resolve: Resolve) -> None:
        self.file = file
        self.resolve = resolve
        self.faults: list[Finding] = []

    def fail(self, code: str, words: str, *, at: Element, remedy: str = "") -> None:
        """Note a fault that keeps the record out."""
        self.faults.append(Finding(code, words, self._place(at), remedy))

    def warn(self, code: str, words: str, *, at: Element, remedy: str = "") -> None:
        """Note a fault the record can be read in spite of."""
        self.faults.append(Finding(code, words, self._place(at), remedy, Severity.WARNING))

    def take_faults(self) -> tuple[Finding, ...]:
        """The faults since the last call."""
        faults = tuple(self.faults)
        self.faults.clear()
        return faults

    def _place(self, at: Element) -> Place:
        return Place(self.file, line_of(at), path_of(at))


ReadElement = Callable[[Element, Document, Reading], None]
"""Reads one element into the document, or part of a document, it belongs to."""


def path_of(element: Element) -> str:
    """Element names from the record down, without the root: `Student/Name/FirstName`."""
    names = [name_of(element), *(name_of(above) for above in element.iterancestors())]
    return "/".join(reversed(names[:-1] or names))


def name_of(element: Element) -> str:
    """The element's name without its namespace."""
    return etree.QName(element).localname


def read_children(
    element: Element, into: Document, reading: Reading, *, readers: Mapping[str, ReadElement]
) -> None:
    """Read every child by the reader of its tag; a child nobody knows is a warning."""
    for child in element:
        read = readers.get(child.tag)
        if read is None:
            warn_unknown(child, reading)
        else:
            read(child, into, reading)


def warn_unknown(element: Element, reading: Reading) -> None:
    """Say that an element is not of the standard, and what follows from it."""
    reading.warn(
        "xml.unknown_element",
        f"The element {name_of(element)} is unknown here; it is left out.",
        at=element,
        remedy="Check its spelling, its place and the standard version of the file.",
    )
