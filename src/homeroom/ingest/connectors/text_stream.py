"""A file of text as lines of UTF-8, whatever it is written in, and watched for changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO

from homeroom.base.findings import Finding
from homeroom.ingest.connectors import row_faults
from homeroom.ingest.connectors.encoding import blocks_of, check_encoding, detect_encoding
from homeroom.ingest.connectors.sources import HEAD_BYTES, Stamp, stamp_of
from homeroom.ingest.connectors.text_lines import LINE_END
from homeroom.ingest.reading.plan import DAMAGE, SourceFile, damaged

if TYPE_CHECKING:
    import polars

    from homeroom.ingest.connectors.tables import Faults


@dataclass(frozen=True, slots=True)
class TextStream:
    """An open file of text.

    encoding: its name. head: its first block as UTF-8; is_whole when there is no other. blocks: all of it,
    (UTF-8, whether it is the last), to be read once.
    """

    name: str
    encoding: str
    head: bytes
    is_whole: bool
    blocks: Iterator[tuple[bytes, bool]]
    stream: BinaryIO
    stamp: Stamp

    def blocks_from(self, line: int) -> Iterator[tuple[bytes, bool]]:
        """The blocks from the start of a line on, which stands in the first of them."""
        ends = LINE_END.finditer(self.head)
        start = 0
        for _ in range(line - 1):
            end = next(ends, None)
            start = len(self.head) if end is None else end.end()
        for block, is_last in self.blocks:
            yield block[start:], is_last
            start = 0

    def watched(self, frames: Iterator[polars.DataFrame], faults: Faults) -> Iterator[polars.DataFrame]:
        """The frames; what is wrong with the file itself is told when they end."""
        try:
            yield from frames
        except DAMAGE:
            faults.add(damaged(self.name))
        if stamp_of(self.stream) != self.stamp:
            faults.add(row_faults.changed(self.name))


def open_text(file: SourceFile, encoding: str | None, *, opened: ExitStack) -> TextStream | Finding:
    """The file, held open by `opened`, in an encoding that was fixed or else detected."""
    stream = opened.enter_context(file.open())
    stamp = stamp_of(stream)
    start = stream.read(HEAD_BYTES + 1)
    head, is_whole = start[:HEAD_BYTES], len(start) <= HEAD_BYTES
    found = (
        check_encoding(encoding, head, file=file.name)
        if encoding
        else detect_encoding(head, file=file.name, is_whole=is_whole)
    )
    if isinstance(found, Finding):
        return found
    blocks = blocks_of(stream, found)
    first, is_only = next(blocks)
    return TextStream(file.name, found.name, first, is_only, chain([(first, is_only)], blocks), stream, stamp)
