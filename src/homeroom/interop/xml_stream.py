"""One element at a time out of an XML stream nobody vouches for: no DTD, bounded memory, exact lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, TypeAlias, cast

from lxml import etree

from homeroom.base.findings import Finding, Place

Element: TypeAlias = etree._Element  # noqa: SLF001 - lxml has no public name for its type

_CHUNK_BYTES = 1 << 18
_HEADING_BYTES = 1 << 20
_MAX_RECORD_BYTES = 1 << 25
# Encodings in which markup is plain ASCII, so that the search for a DOCTYPE cannot be fooled.
_ENCODINGS = frozenset({"utf-8", "us-ascii", "ascii", "iso-8859-1", "windows-1252"})
_PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_ENCODING = re.compile(rb"<\?xml[^>]*?\bencoding\s*=\s*[\"']([^\"']*)[\"']")
# libxml2 keeps 16 bits for the line of an element; beyond that it tells the line of a text within it.
_LAST_EXACT_LINE = 65534


@dataclass(frozen=True, slots=True)
class Heading:
    """The root element of a file: its namespace ("" for none) and local name."""

    namespace: str
    name: str


def read_heading(stream: BinaryIO, *, file: str | None = None) -> Heading | Finding:
    """The root element, without reading further; the stream is left at its start.

    The finding says why the file cannot be read as XML at all.
    """
    stream.seek(0)
    start = stream.read(_HEADING_BYTES)
    stream.seek(0)
    return _refuse_prolog(start, file) or _parse_heading(start, file)


def read_elements(stream: BinaryIO, *, file: str | None = None) -> Iterator[Element | Finding]:
    """The children of the root element, in order; each may be used until the next is asked for.

    A fault of the file as a whole comes last, as a finding: what stood before it has been given.
    The stream must be seekable; it is read from its start.
    """
    heading = read_heading(stream, file=file)
    if isinstance(heading, Finding):
        yield heading
        return
    feed = _Feed(heading, file)
    while feed.fault is None and (chunk := stream.read(_CHUNK_BYTES)):
        feed.add(chunk)
        yield from feed.take_complete()
    yield from feed.take_rest()
    if feed.fault:
        yield feed.fault


def line_of(element: Element) -> int:
    """The line an element starts in, exact beyond libxml2's 65,535 too."""
    line = cast("int | None", element.sourceline) or 0
    node = element
    while line > _LAST_EXACT_LINE:
        if node.text:
            return line - node.text.count("\n")
        if not len(node):
            return line
        node = node[0]
    return line


class _Feed:
    """A pull parser whose root is emptied as its children complete."""

    def __init__(self, heading: Heading, file: str | None) -> None:
        tag = f"{{{heading.namespace}}}{heading.name}" if heading.namespace else heading.name
        self._parser = _parser(tag)
        self._file = file
        self._root: Element | None = None
        self._bytes_since_record = 0
        self.fault: Finding | None = None

    def add(self, chunk: bytes) -> None:
        self._bytes_since_record += len(chunk)
        fed = 0
        try:
            if self._root is None:
                self._root, fed = _feed_to_root(self._parser, chunk)
            self._parser.feed(chunk[fed:])
        except etree.XMLSyntaxError as error:
            self.fault = _malformed(error, self._file)
        if self._bytes_since_record > _MAX_RECORD_BYTES and self.fault is None:
            self.fault = _too_large(self._root, self._file)

    def take_complete(self) -> Iterator[Element]:
        """Every child but the last, which may still grow."""
        root = self._root
        element = None if root is None else next(root.iterchildren(), None)
        while root is not None and element is not None and (following := element.getnext()) is not None:
            yield element
            root.remove(element)
            element = following
            self._bytes_since_record = 0

    def take_rest(self) -> Iterator[Element]:
        """The last child, when it is known to be complete: the file is, or text follows it."""
        if self.fault is None:
            try:
                self._parser.close()
            except etree.XMLSyntaxError as error:
                self.fault = _malformed(error, self._file)
        root = self._root
        element = None if root is None else next(root.iterchildren(), None)
        if root is not None and element is not None and (self.fault is None or element.tail):
            yield element
            root.remove(element)


def _parser(tag: str | None = None) -> etree.XMLPullParser:
    # Comments and instructions go, blank text stays: line_of needs it.
    return etree.XMLPullParser(
        events=("start",), tag=tag, resolve_entities=False, load_dtd=False, no_network=True,
        huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip


def _feed_to_root(parser: etree.XMLPullParser, content: bytes) -> tuple[Element | None, int]:
    """Feed to the end of the root's start tag and no further, so that a fault beyond it hides nothing.

    Returns the root, None when it is still to come, and how many bytes were fed.
    """
    fed = 0
    while fed < len(content):
        end = content.find(b">", fed) + 1 or len(content)
        parser.feed(content[fed:end])
        fed = end
        for _, element in parser.read_events():
            if isinstance(element, Element):
                return element, fed
    return None, fed


def _refuse_prolog(start: bytes, file: str | None) -> Finding | None:
    declared = _ENCODING.match(start.removeprefix(b"\xef\xbb\xbf"))
    encoding = declared[1].decode("latin-1").lower() if declared else "utf-8"
    if encoding not in _ENCODINGS or b"\0" in start[:4] or start[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return Finding(
            "xml.encoding", "The file is not written in UTF-8.", Place(file, 1), "Save it as UTF-8."
        )
    prolog = _PROLOG.match(start)
    end = prolog.end() if prolog else 0
    if start[end : end + 9].upper() == b"<!DOCTYPE":
        return Finding(
            "xml.doctype",
            "The file declares a DOCTYPE; document types and entities are never read.",
            Place(file, start.count(b"\n", 0, end) + 1),
            "Remove the DOCTYPE and write out the values of its entities.",
        )
    return None


def _parse_heading(start: bytes, file: str | None) -> Heading | Finding:
    parser = _parser()
    try:
        root, _ = _feed_to_root(parser, start)
        if root is not None:
            name = etree.QName(root)
            return Heading(name.namespace or "", name.localname)
        parser.close()
    except etree.XMLSyntaxError as error:
        return _malformed(error, file)
    return Finding("xml.malformed", "The file has no root element.", Place(file), "Send the whole file.")


def _malformed(error: etree.XMLSyntaxError, file: str | None) -> Finding:
    line, column = error.position
    return Finding(
        "xml.malformed",
        f"The file is not well-formed XML: {error.msg}.",
        Place(file, line or 1, column=column or 1),
        "Correct the file at this place and send it again; the records above it have been read.",
    )


def _too_large(root: Element | None, file: str | None) -> Finding:
    element = None if root is None else next(root.iterchildren(), None)
    return Finding(
        "xml.record_too_large",
        f"One record is larger than {_MAX_RECORD_BYTES >> 20} MB.",
        Place(file, None if element is None else line_of(element)),
        "Check that its element is closed, or split its collections.",
    )
