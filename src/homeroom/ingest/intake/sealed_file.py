"""A file in sealed parts: written as it arrives, read at any place without being opened as a whole."""

from __future__ import annotations

import errno
import io
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Protocol

from homeroom.trust.keys import DistrictKeys

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PART_BYTES: Final = 1 << 20
"""How much of a file is sealed as one part; the last may be shorter."""
_SEALED_PART_BYTES: Final = PART_BYTES + 29  # format, nonce and tag of DistrictKeys.seal
_FINGERPRINT_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is known of a sealed file.

    fingerprint: equal for equal content, keyed; seal: what its parts are bound to; size: of the plain content.
    """

    fingerprint: bytes
    seal: bytes
    size: int
    parts: int


class SealedParts(Protocol):
    """Whatever has the parts of a sealed file."""

    def part(self, number: int) -> bytes:
        """A sealed part, from 0."""
        ...


class SealedSpool:
    """Sealed parts on disk, in a file without a name: it is gone with the process, however that ends."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by __exit__
        self._parts = 0

    def __enter__(self) -> SealedSpool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, part: bytes) -> None:
        """Puts a sealed part behind the others. Raises OSError when the disk is full."""
        self._file.write(part)
        self._parts += 1

    def part(self, number: int) -> bytes:
        """A sealed part, from 0."""
        self._file.flush()
        return os.pread(self._file.fileno(), _SEALED_PART_BYTES, number * _SEALED_PART_BYTES)

    def parts(self) -> Iterator[bytes]:
        """Every sealed part, in order."""
        return (self.part(number) for number in range(self._parts))


class Sealer:
    """Seals a stream into parts, and fingerprints it on its way."""

    def __init__(self, keys: DistrictKeys, spool: SealedSpool) -> None:
        self._keys = keys
        self._spool = spool
        self._seal = os.urandom(16)
        self._digest = blake2b(digest_size=_FINGERPRINT_BYTES, key=keys.hashing)
        self._rest = bytearray()
        self._size = 0
        self._parts = 0

    @property
    def size(self) -> int:
        """How much has been added."""
        return self._size

    def add(self, piece: bytes) -> None:
        """The next bytes of the stream, however many."""
        self._digest.update(piece)
        self._size += len(piece)
        self._rest += piece
        # The last part is told from the others by its seal, so it stays open until the end is known.
        while len(self._rest) > PART_BYTES:
            self._close_part(self._rest[:PART_BYTES], is_last=False)
            del self._rest[:PART_BYTES]

    def finish(self) -> Sealed:
        """What came of it."""
        self._close_part(self._rest, is_last=True)
        return Sealed(self._digest.digest(), self._seal, self._size, self._parts)

    def _close_part(self, plain: bytearray, *, is_last: bool) -> None:
        place = _place(self._seal, self._parts, is_last=is_last)
        self._spool.add(self._keys.seal(bytes(plain), place=place))
        self._parts += 1


class SealedReader(io.RawIOBase):
    """A seekable stream of the plain content of a sealed file; a part is in memory at a time."""

    def __init__(self, keys: DistrictKeys, parts: SealedParts, sealed: Sealed) -> None:
        self._keys = keys
        self._parts = parts
        self._sealed = sealed
        self._position = 0
        self._open_part = -1
        self._plain = b""

    def readable(  # type: ignore[explicit-override]  # typing.override needs Python 3.12
        self,
    ) -> bool:
        """It is."""
        return True

    def seekable(  # type: ignore[explicit-override]  # typing.override needs Python 3.12
        self,
    ) -> bool:
        """It is."""
        return True

    def tell(  # type: ignore[explicit-override]  # typing.override needs Python 3.12
        self,
    ) -> int:
        """Where the next read begins."""
        return self._position

    def seek(  # type: ignore[explicit-override]  # typing.override needs Python 3.12
        self, offset: int, whence: int = io.SEEK_SET
    ) -> int:
        """Goes to a place, as files do. Raises OSError for one before the beginning."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._sealed.size}[whence]
        if start + offset < 0:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))  # what readers of archives look out for
        self._position = start + offset
        return self._position

    def readinto(  # type: ignore[explicit-override]  # typing.override needs Python 3.12
        self, buffer: WriteableBuffer
    ) -> int:
        """Reads on within the part. Raises KeyFaultError when the bytes were changed."""
        view = memoryview(buffer).cast("B")
        number, offset = divmod(self._position, PART_BYTES)
        if self._position >= self._sealed.size or not len(view):
            return 0
        plain = self._part(number)
        piece = plain[offset : offset + len(view)]
        view[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def _part(self, number: int) -> bytes:
        if number != self._open_part:
            is_last = number == self._sealed.parts - 1
            place = _place(self._sealed.seal, number, is_last=is_last)
            self._plain = self._keys.unseal(self._parts.part(number), place=place)
            self._open_part = number
        return self._plain


def open_sealed(keys: DistrictKeys, parts: SealedParts, sealed: Sealed) -> io.BufferedReader:
    """The plain content as a seekable stream, however many are open on the same parts."""
    return io.BufferedReader(SealedReader(keys, parts, sealed), buffer_size=1 << 16)


def _place(seal: bytes, number: int, *, is_last: bool) -> bytes:
    return b"inbox:" + seal + (b":last:" if is_last else b":part:") + number.to_bytes(8, "big")
