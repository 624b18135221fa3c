"""Rows of mixed files, parted by resource and put aside on disk until their turn; sealed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Final

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from homeroom.ingest.reading.rows import Row

_BLOCK_BYTES: Final = 1 << 16
_NONCE_BYTES: Final = 12
_DECODER: Final = msgspec.msgpack.Decoder(list[tuple[int, bytes]])


class Spool:
    """Holds rows by (file, resource); a block of each in memory, the rest in a file without a name.

    The file is sealed under a key that only this object knows and is unlinked as soon as it is made, so that
    a killed load leaves nothing that could be read.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by __exit__
        self._cipher = AESGCM(AESGCM.generate_key(256))
        self._open: dict[tuple[str, str], list[tuple[int, bytes]]] = {}
        self._open_bytes: dict[tuple[str, str], int] = {}
        self._blocks: dict[tuple[str, str], list[tuple[int, int]]] = {}
        self._size = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, file: str, resource: str, row: Row) -> None:
        """Puts a row behind the others of its file and resource."""
        place = (file, resource)
        self._open.setdefault(place, []).append((row.line, row.body))
        size = self._open_bytes.get(place, 0) + len(row.body)
        self._open_bytes[place] = size
        if size >= _BLOCK_BYTES:
            self._close_block(place)

    def add_all(self, file: str, resource: str, rows: Iterable[tuple[int, bytes]]) -> None:
        """Puts many rows, each a line and a document, behind the others of their file and resource."""
        place = (file, resource)
        held = self._open.setdefault(place, [])
        size = self._open_bytes.get(place, 0)
        for row in rows:
            held.append(row)
            size += len(row[1])
            if size >= _BLOCK_BYTES:
                self._open_bytes[place] = size
                self._close_block(place)
                held, size = self._open.setdefault(place, []), 0
        self._open_bytes[place] = size

    def places(self) -> list[tuple[str, str]]:
        """Every (file, resource) that holds a row, in the order in which they came."""
        return list(dict.fromkeys((*self._blocks, *self._open)))

    def read(self, file: str, resource: str) -> Iterator[Row]:
        """The rows of one file and resource, in order."""
        place = (file, resource)
        for offset, size in self._blocks.get(place, ()):
            block = os.pread(self._file.fileno(), size, offset)
            plain = self._cipher.decrypt(block[:_NONCE_BYTES], block[_NONCE_BYTES:], None)
            yield from (Row(line, body) for line, body in _DECODER.decode(plain))
        yield from (Row(line, body) for line, body in self._open.get(place, ()))

    def _close_block(self, place: tuple[str, str]) -> None:
        rows = self._open.pop(place)
        del self._open_bytes[place]
        nonce = os.urandom(_NONCE_BYTES)
        block = nonce + self._cipher.encrypt(nonce, msgspec.msgpack.encode(rows), None)
        os.pwrite(self._file.fileno(), block, self._size)
        self._blocks.setdefault(place, []).append((self._size, len(block)))
        self._size += len(block)
