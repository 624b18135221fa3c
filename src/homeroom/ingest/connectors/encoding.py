"""Which encoding bytes are in, and any of them as blocks of UTF-8."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from homeroom.base.findings import Finding, Place
from homeroom.ingest.connectors.dialect import ENCODINGS

UTF_8: Final = "utf-8"
BLOCK_BYTES: Final = 4 << 20
_BOMS: Final = (
    (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF32_LE, ""),  # begins like UTF-16's, so it is asked for first
    (codecs.BOM_UTF32_BE, ""),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# A last block shorter than this joins the one before it, so that a footer stands in one block.
_SHORT_BYTES: Final = 1 << 16
# Windows-1252 leaves these five undefined: text that has them is Latin-1 with its control characters.
_NOT_WINDOWS: Final = frozenset(b"\x81\x8d\x8f\x90\x9d")


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding, and how many bytes of byte order mark the file begins with."""

    name: str
    bom_bytes: int = 0


def detect_encoding(head: bytes, *, file: str, is_whole: bool) -> Encoding | Finding:
    """The encoding of a file that begins with these bytes; a finding when it is none of those that are read."""
    for bom, name in _BOMS:
        if head.startswith(bom):
            return Encoding(name, len(bom)) if name else _unknown(file)
    return Encoding(_without_bom(head, is_whole=is_whole))


def check_encoding(name: str, head: bytes, *, file: str) -> Encoding | Finding:
    """An encoding somebody fixed, with the mark the file has all the same."""
    if name not in ENCODINGS:
        return _unknown(file)
    for bom, of in _BOMS:
        if of == name and head.startswith(bom):
            return Encoding(name, len(bom))
    return Encoding(name)


def blocks_of(stream: BinaryIO, encoding: Encoding) -> Iterator[tuple[bytes, bool]]:
    """(UTF-8, whether it is the last) from behind the byte order mark; there is always a last, perhaps empty.

    UTF-8 comes through unchecked. What cannot be decoded otherwise becomes U+FFFD.
    """
    stream.seek(encoding.bom_bytes)
    recode = _Recoder(encoding.name)
    waiting = recode(stream.read(BLOCK_BYTES), is_last=False)
    while block := stream.read(BLOCK_BYTES):
        following = recode(block, is_last=False)
        if len(following) < _SHORT_BYTES:
            waiting += following
        else:
            yield waiting, False
            waiting = following
    yield waiting + recode(b"", is_last=True), True


def decode_line(line: bytes) -> tuple[str, bool]:
    """(text, whether it was UTF-8): what is not is taken for Windows-1252, or Latin-1 where it cannot be."""
    try:
        return line.decode(), True
    except UnicodeDecodeError:
        return line.decode(_single_byte(line)), False


class _Recoder:
    def __init__(self, encoding: str) -> None:
        self._decoder = None if encoding == UTF_8 else codecs.getincrementaldecoder(encoding)("replace")

    def __call__(self, block: bytes, *, is_last: bool) -> bytes:
        if self._decoder is None:
            return block
        return self._decoder.decode(block, final=is_last).encode("utf-8", "replace")


def _without_bom(head: bytes, *, is_whole: bool) -> str:
    utf_16 = _utf_16_by_zeros(head)
    if utf_16:
        return utf_16
    try:
        codecs.getincrementaldecoder(UTF_8)().decode(head, final=is_whole)
    except UnicodeDecodeError:
        return _single_byte(head)
    return UTF_8


def _utf_16_by_zeros(head: bytes) -> str | None:
    """UTF-16 without a mark: text of our languages has a zero in nearly every second byte."""
    pairs = len(head) // 2
    if pairs < 2:
        return None
    even, odd = head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    if odd > pairs * 0.7 and even < pairs * 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > pairs * 0.7 and odd < pairs * 0.1 else None


def _single_byte(text: bytes) -> str:
    return "iso-8859-1" if _NOT_WINDOWS.intersection(text) else "windows-1252"


def _unknown(file: str) -> Finding:
    return Finding(
        "table.encoding",
        f"The file is in no encoding that is read here; those are {', '.join(ENCODINGS)}.",
        Place(file, 1),
        "Save it as UTF-8.",
    )
