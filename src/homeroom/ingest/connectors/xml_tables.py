"""Plain XML as tables: elements that repeat under the root, or under its one child, are rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from homeroom.base.findings import Finding
from homeroom.ingest.connectors import row_faults
from homeroom.ingest.connectors.connector import FileConnector
from homeroom.ingest.connectors.dialect import Dialect
from homeroom.ingest.connectors.flat_rows import FlatItem, FlatRow, flat_tables
from homeroom.ingest.connectors.sources import Sample, stamp_of
from homeroom.ingest.connectors.tables import Tables
from homeroom.ingest.reading.plan import SourceFile
from homeroom.interop.xml_stream import Element, line_of, read_elements, read_heading

_MOST_DEPTH: Final = 50


@dataclass(frozen=True, slots=True)
class XmlTables:
    """A table for each element name; no document type, no entity, nothing from outside is ever read."""

    form: str = "xml"

    def rate(self, sample: Sample) -> int:
        """By how the file begins."""
        start = sample.head.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").lstrip()[:2]
        return 80 if start[:1] == b"<" and (start[1:].isalpha() or start[1:] in {b"?", b"!", b"_"}) else 0

    def open(self, file: SourceFile, hint: Dialect) -> Tables | Finding:
        """The tables; the hint's `records` names the one element that is a row."""
        with file.open() as stream:
            heading = read_heading(stream, file=file.name)
        if isinstance(heading, Finding):
            return heading
        dialect = replace(hint, form=self.form)
        return Tables(flat_tables(partial(_items, file, hint.records), file=file.name, dialect=dialect))


def _items(file: SourceFile, records: str | None) -> Iterator[FlatItem]:
    with file.open() as stream:
        stamp = stamp_of(stream)
        for element in read_elements(stream, file=file.name):
            if isinstance(element, Finding):
                yield element
                continue
            for row in _rows_of(element, records):
                cells = dict(_flatten(row))
                if cells:
                    yield FlatRow(_name(row), line_of(row), cells)
        if stamp_of(stream) != stamp:
            yield row_faults.changed(file.name)


def _rows_of(element: Element, records: str | None) -> Iterator[Element]:
    """The rows within a child of the root: those of the name given, what it wraps, or itself."""
    if records is not None:
        yield from (each for each in element.iter("{*}" + records, records))
        return
    yield from element if _wraps(element) else (element,)


def _wraps(element: Element) -> bool:
    """Whether an element only holds rows: several of one name, which its own name is the plural of."""
    names = {_name(child) for child in element}
    if len(element) < 2 or len(names) != 1 or element.attrib:
        return False
    return _name(element).lower().startswith(names.pop().lower()[:-1])


def _flatten(element: Element, *, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """(path, text): `Name.First`, `@id` for an attribute, `Phone.2` for the second of that name."""
    for name, value in element.attrib.items():
        yield _joined(prefix, "@" + _local(str(name))), str(value)
    text = (element.text or "").strip() if len(element) else element.text
    if text:
        yield prefix or "value", text
    counts: dict[str, int] = {}
    for child in element if depth < _MOST_DEPTH else ():
        name = _name(child)
        counts[name] = counts.get(name, 0) + 1
        numbered = name if counts[name] == 1 else f"{name}.{counts[name]}"
        yield from _flatten(child, prefix=_joined(prefix, numbered), depth=depth + 1)


def _joined(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name


def _name(element: Element) -> str:
    return _local(str(element.tag))


def _local(name: str) -> str:
    return name.rpartition("}")[2]


CONNECTOR: Final[FileConnector] = XmlTables()
