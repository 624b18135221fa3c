"""Reads every input once: mixed files into the spool, files of one resource when their turn comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import BinaryIO, Final

import msgspec

from homeroom.base.findings import Finding
from homeroom.ingest.reading.json_lines import read_json_lines
from homeroom.ingest.reading.mapped_rows import MappedRows
from homeroom.ingest.reading.plan import DAMAGE, Input, InputKind, SourceFile, damaged
from homeroom.ingest.reading.rows import Read, Reject, Row
from homeroom.ingest.reading.spool import Spool
from homeroom.interop.edfi_xml import EdfiXmlReader
from homeroom.interop.inbloom_directory import Directory
from homeroom.interop.inbloom_xml import InbloomReader
from homeroom.interop.xml_record import XmlItem, XmlRecord, XmlReject
from homeroom.standard.model import Model

REJECTS: Final = ""
"""In place of a resource: what could not be read."""
REMOVED: Final = "-"
"""In place of a resource: rows whose records are to go, by their keys."""
NO_RESOURCES: Final = frozenset({REJECTS, REMOVED})
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
_REJECT: Final = msgspec.msgpack.Decoder(Reject)


@dataclass(frozen=True, slots=True)
class RowStream:
    """The rows of one resource in one file; `read` starts at the first."""

    file: str
    resource: str
    read: Callable[[], Iterator[Read]]


class Readers:
    """One reader for each form, kept for all files of a load; made when the first file of its form is read."""

    def __init__(self, model: Model, *, directory: Directory) -> None:
        self._model = model
        self._directory = directory

    @cached_property
    def _edfi(self) -> EdfiXmlReader:
        return EdfiXmlReader(self._model, version=".".join(self._model.version.split(".")[:2]))

    @cached_property
    def _inbloom(self) -> InbloomReader:
        return InbloomReader(self._model, directory=self._directory)

    def read(self, entry: Input) -> Iterator[tuple[str, Finding | Reject | tuple[str, Row]]]:
        """(file, what was read) for a mixed input; rows come with their resource."""
        current = [entry.files[0].name]
        items = self._items(entry, current)
        try:
            for item in items:
                yield current[0], _converted(item)
        except DAMAGE:
            yield current[0], damaged(current[0])

    def _items(self, entry: Input, current: list[str]) -> Iterator[XmlItem]:
        if entry.kind is InputKind.INBLOOM:
            yield from self._inbloom.read_package([_Watched(file, current) for file in entry.files])
            return
        for file in entry.files:
            with file.open() as stream:
                yield from self._edfi.read(stream, file=file.name)


class _Watched:
    """A file that notes when it is opened: records of a package do not say which file they stand in."""

    def __init__(self, file: SourceFile, current: list[str]) -> None:
        self._file = file
        self._current = current

    @property
    def name(self) -> str:
        return self._file.name

    def open(self) -> BinaryIO:
        self._current[0] = self._file.name
        return self._file.open()


def spool_inputs(
    inputs: Iterable[Input], readers: Readers, spool: Spool, *, mapped: MappedRows
) -> Iterator[Finding]:
    """Puts the rows of every mixed input into the spool; gives what was found about files and as warnings.

    mapped: keeps the rows that records of mapped files came from.
    """
    for entry in inputs:
        if entry.kind is InputKind.JSON_LINES:
            continue
        if entry.mapped is not None:
            yield from entry.mapped.read_into(spool, mapped)
            continue
        for file, item in readers.read(entry):
            match item:
                case Finding():
                    yield item
                case Reject():
                    spool.add(file, REJECTS, Row(item.line, msgspec.msgpack.encode(item)))
                case (resource, Row() as row):
                    spool.add(file, resource, row)


def streams_of(inputs: Iterable[Input], spool: Spool) -> Iterator[RowStream]:
    """Every stream of rows, in the order of the inputs; rejects first."""
    places = spool.places()
    for file, resource in places:
        if resource == REJECTS:
            yield RowStream(file, REJECTS, partial(_read_rejects, spool, file))
    for entry in inputs:
        if entry.kind is InputKind.JSON_LINES and entry.resource:
            file = entry.files[0].name
            yield RowStream(file, entry.resource, partial(_read_lines, entry.files[0], entry.resource))
        names = {f.name for f in entry.files}
        for place in places:
            if place[0] in names and place[1] != REJECTS:
                yield RowStream(*place, partial(spool.read, *place))


def _read_lines(file: SourceFile, resource: str) -> Iterator[Read]:
    try:
        with file.open() as stream:
            yield from read_json_lines(stream, file=file.name, resource=resource)
    except DAMAGE:
        yield damaged(file.name)


def _read_rejects(spool: Spool, file: str) -> Iterator[Read]:
    for row in spool.read(file, REJECTS):
        yield _REJECT.decode(row.body)


def _converted(item: XmlItem) -> Finding | Reject | tuple[str, Row]:
    match item:
        case Finding():
            return item
        case XmlReject():
            return Reject(item.entity, item.line, item.findings, item.source.encode())
        case XmlRecord():
            return item.resource, Row(item.line, _ENCODER.encode(item.document))
