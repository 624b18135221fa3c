"""Rows of mapped files as they came: put aside, sealed, for the quarantine, and looked at for their profile."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Final

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from homeroom.ingest.connectors.tables import LINE
from homeroom.ingest.quality.profiles import ColumnProfile, Profiler
from homeroom.ingest.quarantine.keeping import Origin
from homeroom.ingest.reading.row_ids import RowIds
from homeroom.trust.keys import DistrictKeys

if TYPE_CHECKING:
    import polars

    from homeroom.ingest.mapping.spec import Spec

_NONCE_BYTES: Final = 12


@dataclass(frozen=True, slots=True)
class _Block:
    """A frame on disk: the lines between which it lies, and where."""

    first: int
    last: int
    offset: int
    size: int


@dataclass(slots=True)
class _File:
    profiler: Profiler
    role: str
    spec: str
    version: int | None
    left_out: tuple[str, ...]
    blocks: list[_Block]


class MappedRows:
    """Frames in a file without a name, sealed under a key that only this object knows.

    ids: what the source calls the rows. holds_changes: the delivery says that what it does not name stays. looked_up:
    rows that others look things up in, by spec and file, of files whose rows have ids.
    """

    def __init__(self, folder: Path, ids: RowIds) -> None:
        self.ids = ids
        self.holds_changes = False
        self.looked_up: dict[tuple[str, str], polars.DataFrame] = {}
        self._folder = folder
        self._cipher = AESGCM(AESGCM.generate_key(256))
        self._file: BinaryIO | None = None
        self._size = 0
        self._files: dict[str, _File] = {}
        self._profilers: dict[str, Profiler] = {}

    def __enter__(self) -> MappedRows:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def begin(
        self, file: str, *, role: str, spec: Spec, version: int | None, left_out: tuple[str, ...]
    ) -> None:
        """A file's rows follow. role: what its spec calls the file; left_out: its columns that they lack."""
        if role not in self._profilers:
            self._profilers[role] = Profiler(role, named=_named_codes(spec))
        self._files[file] = _File(self._profilers[role], role, spec.name, version, left_out, [])

    def profiles(self, keys: DistrictKeys) -> list[ColumnProfile]:
        """What the columns hold, by the spec's files."""
        return [profile for profiler in self._profilers.values() for profile in profiler.profiles(keys)]

    def add(self, file: str, frame: polars.DataFrame) -> None:
        """Puts a frame of the columns that are used aside."""
        lines = frame[LINE]
        if not len(lines):
            return
        self._files[file].profiler.add(frame)
        nonce = os.urandom(_NONCE_BYTES)
        block = nonce + self._cipher.encrypt(nonce, pack_frame(frame), None)
        disk = self._disk()
        os.pwrite(disk.fileno(), block, self._size)
        first, last = lines[0], lines[-1]
        self._files[file].blocks.append(_Block(first, last, self._size, len(block)))
        self._size += len(block)

    def origins_of(self, file: str, lines: Collection[int]) -> Mapping[int, Origin]:
        """The rows that stand in these lines of a file, as far as they were put aside."""
        known = self._files.get(file)
        if known is None:
            return {}
        found: dict[int, Origin] = {}
        for block in known.blocks:
            wanted = [line for line in lines if block.first <= line <= block.last]
            if wanted:
                rows = self._rows(block, wanted)
                place = (known.role, known.spec, known.version, known.left_out)
                found |= {line: Origin(raw, *place) for line, raw in rows.items()}
        return found

    def row_key_of(self, file: str, resource: str, line: int) -> int | None:
        """What the source calls the row that alone gives a record; None when it says nothing, or several give it."""
        keys = self.ids.keys_of(file, resource, line)
        return keys[0] if len(keys) == 1 else None

    def _rows(self, block: _Block, lines: Collection[int]) -> Mapping[int, bytes]:
        import polars  # noqa: PLC0415 - a slow import, so that the server starts without it

        sealed = os.pread(self._disk().fileno(), block.size, block.offset)
        plain = self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
        frame = unpack_frame(plain)
        rows = frame.filter(polars.col(LINE).is_in(list(lines)))
        return {row.pop(LINE): msgspec.json.encode(row) for row in rows.to_dicts()}

    def _disk(self) -> BinaryIO:
        if self._file is None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - closed by __exit__
        return self._file


def _named_codes(spec: Spec) -> frozenset[str]:
    """Codes that the spec itself has in its tables: they are nobody's."""
    from homeroom.ingest.mapping.spec import ValuesTable  # noqa: PLC0415 - needs polars

    tables = (table for table in spec.tables.values() if isinstance(table, ValuesTable))
    return frozenset(key for table in tables for key in table.values)


def pack_frame(frame: polars.DataFrame) -> bytes:
    """A frame as bytes."""
    buffer = io.BytesIO()
    frame.write_ipc_stream(buffer, compression="lz4")
    return buffer.getvalue()


def unpack_frame(packed: bytes) -> polars.DataFrame:
    """The frame again."""
    import polars  # noqa: PLC0415 - a slow import, so that the server starts without it

    return polars.read_ipc_stream(io.BytesIO(packed))
