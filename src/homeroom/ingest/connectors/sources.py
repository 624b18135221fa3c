"""Files as connectors see them: their first part, and whether they stay as they are while they are read."""

from __future__ import annotations

import os
from dataclasses import dataclass
from io import UnsupportedOperation
from typing import BinaryIO, Final

from homeroom.ingest.reading.plan import SourceFile

HEAD_BYTES: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class Sample:
    """A file's name and first bytes; is_whole when there are no more."""

    name: str
    head: bytes
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Stamp:
    """What of a file on disk changes when it is written to; None throughout for a file within an archive."""

    size: int | None = None
    modified_ns: int | None = None
    changed_ns: int | None = None


def read_sample(file: SourceFile) -> Sample:
    """The first part of a file; raises one of plan.DAMAGE when its archive is damaged."""
    with file.open() as stream:
        head = stream.read(HEAD_BYTES + 1)
    return Sample(file.name, head[:HEAD_BYTES], len(head) <= HEAD_BYTES)


def stamp_of(stream: BinaryIO) -> Stamp:
    """The stamp of an open file, to be compared with another once it has been read."""
    try:
        status = os.fstat(stream.fileno())
    except (UnsupportedOperation, AttributeError):
        return Stamp()
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ctime_ns)
