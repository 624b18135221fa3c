"""Reads JSON Lines that nobody vouches for: one row a line, long lines refused without being held."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import BinaryIO, Final

import msgspec

from homeroom.base.findings import Finding, Place
from homeroom.ingest.reading.rows import Read, Reject, Row
from homeroom.standard.check import decode_document, parse_document, parse_mapping
from homeroom.standard.documents import Document, DocumentType

MAX_LINE_BYTES: Final = 10 << 20  # as much as the API takes in one body
_KEPT_BYTES: Final = 1 << 16
_BOM: Final = b"\xef\xbb\xbf"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")


class _Wrapped(msgspec.Struct, forbid_unknown_fields=True):
    """A document with the evidence for it beside it; evidence is for people, not for the store."""

    document: msgspec.Raw
    evidence: msgspec.Raw = msgspec.Raw(b"null")


_WRAPPER: Final = msgspec.json.Decoder(_Wrapped)


def read_json_lines(stream: BinaryIO, *, file: str, resource: str) -> Iterator[Read]:
    """Every line that is not blank, as a row; memory stays bounded whatever the file holds."""
    number = 0
    while line := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if number == 1 and line[:2] in _UTF_16:
            yield Finding(
                "json.encoding", "The file is not written in UTF-8.", Place(file, 1), "Save it as UTF-8."
            )
            return
        if len(line) > MAX_LINE_BYTES:
            _skip_line(stream, line)
            yield _too_long(file, number, resource, start=line)
            continue
        body = (line.removeprefix(_BOM) if number == 1 else line).strip()
        if body:
            yield Row(number, _unwrapped(body))


def parse_row(kind: DocumentType, row: Row, *, file: str) -> Document | tuple[Finding, ...]:
    """The document of a row, blanks at the ends of texts forgiven, or every fault found in it."""
    document = decode_document(kind, row.body)
    if document is not None:
        return document
    place = Place(file, row.line)
    parsed = parse_document(kind, row.body, place=place)
    if not isinstance(parsed, tuple) or parsed[0].code == "json.malformed":
        return parsed
    try:
        raw = json.loads(row.body, parse_float=Decimal)
    except (ValueError, RecursionError, ArithmeticError):
        return parsed
    if not isinstance(raw, Mapping):
        return parsed
    return parse_mapping(kind, raw, trims_blanks=True, place=place)


def _unwrapped(body: bytes) -> bytes:
    if b'"document"' not in body:
        return body
    try:
        return bytes(_WRAPPER.decode(body).document)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return body


def _skip_line(stream: BinaryIO, line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = stream.readline(_KEPT_BYTES)


def _too_long(file: str, number: int, resource: str, *, start: bytes) -> Reject:
    finding = Finding(
        "json.line_too_long",
        f"The line is longer than {MAX_LINE_BYTES >> 20} MB.",
        Place(file, number),
        "Write one document a line; split what is larger.",
    )
    return Reject(resource, number, (finding,), start[:_KEPT_BYTES])
