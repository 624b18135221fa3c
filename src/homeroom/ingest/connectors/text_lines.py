"""Physical lines of text: CR, LF and CR LF, mixed as they may be, and giants among them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from typing import Final

from homeroom.ingest.connectors import row_faults
from homeroom.ingest.connectors.encoding import decode_line
from homeroom.ingest.connectors.tables import Faults

LINE_END: Final = re.compile(rb"\r\n|\n|\r")
MAX_LINE_BYTES: Final = 1 << 20
_LINE: Final = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def split_lines(content: bytes) -> tuple[list[str], frozenset[int]]:
    """(lines with their ends, the index of each that was no UTF-8 and was read as another encoding)."""
    try:
        return list(io.StringIO(content.decode(), newline="")), frozenset()
    except UnicodeDecodeError:
        decoded = [decode_line(each) for each in _LINE.findall(content)]
    return [text for text, _ in decoded], frozenset(
        n for n, (_, is_utf_8) in enumerate(decoded) if not is_utf_8
    )


def end_of_lines(content: bytes) -> int:
    """Behind the last line end; a CR at the very end may be half of a CR LF."""
    return max(content.rfind(b"\n"), content.rfind(b"\r", 0, -1)) + 1


def end_of_first_line(content: bytes) -> int:
    """Behind the first line end; -1 where there is none. Ten times as fast on giants as a search for the pattern."""
    found = [at for at in (content.find(b"\n"), content.find(b"\r")) if at >= 0]
    if not found:
        return -1
    at = min(found)
    return at + (2 if content.startswith(b"\r\n", at) else 1)


def read_lines(
    blocks: Iterable[tuple[bytes, bool]], faults: Faults, *, file: str, line: int
) -> Iterator[tuple[list[str], int, bool]]:
    """(lines without their ends, the number of the first, whether they are the last) for each block.

    line: where the blocks begin. A line above a megabyte is told as a fault and left out.
    """
    carried, is_within_giant = b"", False
    for block, is_last in blocks:
        if is_within_giant:
            end_of_giant = end_of_first_line(block)
            is_within_giant = end_of_giant < 0
            block = b"" if is_within_giant else block[end_of_giant:]  # noqa: PLW2901 - what is left of it
        content = carried + block
        end = len(content) if is_last else end_of_lines(content)
        carried = content[end:]
        lines, recoded = split_lines(content[:end])
        for number in recoded:
            faults.add(row_faults.noted("encoding_mixed", file=file, line=line + number))
        yield [each.rstrip("\r\n") for each in lines], line, is_last
        line += len(lines)
        if len(carried) > MAX_LINE_BYTES:
            text = carried[:MAX_LINE_BYTES].decode("utf-8", "replace")
            faults.add(row_faults.unread("row_too_long", text, file=file, line=line))
            carried, is_within_giant = b"", True
            line += 1
