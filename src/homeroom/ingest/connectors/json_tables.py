"""JSON as tables: an array of objects, an object that holds arrays, or one object a line."""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePath
from typing import Final

from homeroom.base.findings import Finding, Place, Severity
from homeroom.ingest.connectors import row_faults
from homeroom.ingest.connectors.connector import FileConnector
from homeroom.ingest.connectors.delimited import is_text
from homeroom.ingest.connectors.dialect import Dialect
from homeroom.ingest.connectors.flat_rows import FlatItem, FlatRow, flat_tables
from homeroom.ingest.connectors.json_values import Json, JsonReader, flatten
from homeroom.ingest.connectors.sources import Sample, stamp_of
from homeroom.ingest.connectors.tables import KEPT_BYTES, Faults, Tables, Unreadable
from homeroom.ingest.connectors.text_lines import read_lines
from homeroom.ingest.connectors.text_stream import TextStream, open_text
from homeroom.ingest.reading.plan import SourceFile

MAX_DOCUMENT_BYTES: Final = 64 << 20
"""Of an object that holds arrays, which is read whole; arrays and lines are read one item at a time."""
MAX_ITEM_CHARACTERS: Final = 10 << 20
_MOST_ARRAY_DEPTH: Final = 4
_BLANKS: Final = " \t\r\n"
_SEPARATORS: Final = re.compile(r"[\s,]*")


@dataclass(frozen=True, slots=True)
class JsonTables:
    """Rows of JSON objects, nested members under dotted names."""

    form: str = "json"

    def rate(self, sample: Sample) -> int:
        """By the first character, which few other texts begin with, and what follows it."""
        start = sample.head.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").lstrip()[:200]
        if not start.startswith((b"{", b"[")) or not is_text(sample.head):
            return 0
        return 80 if start[1:].lstrip().startswith((b'"', b"{", b"[", b"}", b"]")) else 0

    def open(self, file: SourceFile, hint: Dialect) -> Tables | Finding:
        """A table for the array, for each array of the object, or for all lines."""
        with ExitStack() as opened:
            text = open_text(file, hint.encoding, opened=opened)
            if isinstance(text, Finding):
                return text
        dialect = replace(hint, form=self.form, encoding=text.encoding)
        return Tables(flat_tables(partial(_items, file, dialect), file=file.name, dialect=dialect))


def _items(file: SourceFile, dialect: Dialect) -> Iterator[FlatItem]:
    with ExitStack() as opened:
        text = open_text(file, dialect.encoding, opened=opened)
        if isinstance(text, Finding):
            yield text
            return
        name = PurePath(file.name).stem
        start = text.head.lstrip()[:1]
        if start == b"[":
            yield from _array_items(text, name)
        elif _has_lines(text):
            yield from _line_items(text, name)
        else:
            yield from _document_items(text, name, dialect)
        if stamp_of(text.stream) != text.stamp:
            yield row_faults.changed(file.name)


def _has_lines(text: TextStream) -> bool:
    """Whether the first line is an object by itself and another follows, or it holds no array of objects."""
    content = text.head.decode("utf-8", "replace").lstrip()
    try:
        value, end = JsonReader().read_at(content, 0)
    except (ValueError, RecursionError):
        return False
    if "\n" not in content[:end] and content[end:].lstrip(_BLANKS).startswith("{"):
        return True
    return text.is_whole and not content[end:].strip() and not list(_arrays_of(value))


def _array_items(text: TextStream, name: str) -> Iterator[FlatItem]:
    """The items of a top-level array, one at a time; reading ends at what is malformed: nothing behind it is sure."""
    reader, decode = JsonReader(), getincrementaldecoder("utf-8")("replace").decode
    content, at, line, is_open = "", 0, 1, False
    for block, is_last in text.blocks:
        content, at = content[at:] + decode(block, final=is_last), 0
        if not is_open:
            at, is_open = content.index("[") + 1, True
            line += content.count("\n", 0, at)
        while True:
            behind = _end_of_separators(content, at)
            line += content.count("\n", at, behind)
            at = behind
            if content[at : at + 1] == "]":
                return
            try:
                value, end = reader.read_at(content, at)
            except (ValueError, RecursionError):
                if is_last or len(content) - at > MAX_ITEM_CHARACTERS:
                    yield _malformed(text.name, line, content[at : at + KEPT_BYTES])
                    return
                break
            if end == len(content) and not is_last:
                break  # a number may go on in the next block
            yield from _row(value, reader, name=name, place=Place(text.name, line))
            line += content.count("\n", at, end)
            at = end


def _line_items(text: TextStream, name: str) -> Iterator[FlatItem]:
    reader, faults = JsonReader(), Faults()
    for lines, first, _ in read_lines(text.blocks, faults, file=text.name, line=1):
        yield from faults.take()
        for number, content in enumerate(lines, first):
            if not content.strip():
                continue
            start = len(content) - len(content.lstrip())
            try:
                value, end = reader.read_at(content, start)
            except (ValueError, RecursionError):
                yield _malformed(text.name, number, content)
                continue
            if content[end:].strip():
                yield _malformed(text.name, number, content)
            else:
                yield from _row(value, reader, name=name, place=Place(text.name, number))


def _document_items(text: TextStream, name: str, dialect: Dialect) -> Iterator[FlatItem]:
    """The rows of every array of objects in an object, or of the one the dialect names; else the object itself."""
    content = b""
    for block, _ in text.blocks:
        content += block
        if len(content) > MAX_DOCUMENT_BYTES:
            yield _too_large(text.name)
            return
    whole, reader = content.decode("utf-8", "replace"), JsonReader()
    try:
        value, end = reader.read_at(whole, _end_of_separators(whole, 0))
    except (ValueError, RecursionError):
        yield _malformed(text.name, 1, whole[:KEPT_BYTES])
        return
    if whole[end:].strip():
        yield _malformed(text.name, whole.count("\n", 0, end) + 1, whole[end : end + KEPT_BYTES])
    arrays = list(_arrays_of(value))
    wanted = [(path, rows) for path, rows in arrays if path == dialect.records] or arrays or [(name, [value])]
    for path, rows in wanted:
        for number, row in enumerate(rows, 1):
            yield from _row(row, reader, name=path, place=Place(text.name, number))


def _arrays_of(value: Json, *, path: str = "", depth: int = 0) -> Iterator[tuple[str, Sequence[Json]]]:
    """(dotted path, items) of every array of objects that stands in no other array."""
    if not isinstance(value, Mapping) or depth == _MOST_ARRAY_DEPTH:
        return
    for name, member in value.items():
        inner = f"{path}.{name}" if path else name
        if isinstance(member, Mapping):
            yield from _arrays_of(member, path=inner, depth=depth + 1)
        elif isinstance(member, list) and member and all(isinstance(item, Mapping) for item in member):
            yield inner, member


def _row(value: Json, reader: JsonReader, *, name: str, place: Place) -> Iterator[FlatItem]:
    if reader.has_duplicates:
        words = "An object has a member twice; the last one was taken."
        yield Finding("json.duplicate_member", words, place, "Write each member once.", Severity.WARNING)
    cells = dict(flatten(value))
    if cells:
        yield FlatRow(name, place.line or 0, {path or "value": text for path, text in cells.items()})


def _end_of_separators(content: str, at: int) -> int:
    """Behind blanks and commas."""
    start = _SEPARATORS.match(content, at)
    return start.end() if start else at


def _malformed(file: str, line: int, raw: str) -> Unreadable:
    finding = Finding(
        "json.malformed",
        "What stands here is no well-formed JSON, is cut off, or is nested too deeply.",
        Place(file, line),
        "Correct it at this place and send the file again.",
    )
    return Unreadable(line, raw.encode("utf-8", "replace")[:KEPT_BYTES], finding)


def _too_large(file: str) -> Finding:
    words = f"The file is one object of more than {MAX_DOCUMENT_BYTES >> 20} MB, which would have to be held whole."
    remedy = "Write it as one array, or as one object a line (JSON Lines)."
    return Finding("json.too_large", words, Place(file), remedy)


CONNECTOR: Final[FileConnector] = JsonTables()
