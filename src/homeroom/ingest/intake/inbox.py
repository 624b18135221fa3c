"""The inbox: takes files in, each content once, and keeps them as they came, sealed.

They are kept in the district's own database (docs/reference/batches.md says why), one row a megabyte. A file is
first sealed part by part into a nameless file on disk while it arrives, and goes into the database in one
transaction when its last byte is there: an upload that is cut off leaves nothing, and a slow one holds no connection.
"""

from __future__ import annotations

import asyncio
import errno
import re
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

import asyncpg

from homeroom.base.findings import Finding, Place
from homeroom.ingest.connectors.sources import stamp_of
from homeroom.ingest.intake.sealed_file import Sealed, SealedSpool, Sealer, open_sealed
from homeroom.records.district import District
from homeroom.store.connect import Connection
from homeroom.store.queries import query
from homeroom.trust.actors import Actor

MOST_BYTES: Final = 8 << 30
"""The largest file that is taken in."""
_PARTS: Final = "homeroom.ingest.intake"
_READ_BYTES: Final = 1 << 20
_LONGEST_NAME: Final = 200
_UNFIT: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_NO_SPACE: Final = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True, slots=True)
class InboxFile:
    """A file that is in the inbox. name: as this sender calls it; is_new: nobody had sent this content before."""

    id: int
    name: str
    size: int
    fingerprint: bytes
    is_new: bool


class Inbox:
    """The inbox of one district. spool_folder: where files wait, sealed, while they arrive or are read."""

    def __init__(self, district: District, *, spool_folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._district = district
        self._folder = spool_folder
        self._most_bytes = most_bytes

    async def receive(self, pieces: AsyncIterator[bytes], *, name: str, actor: Actor) -> InboxFile | Finding:
        """Takes a stream in; a Finding says why not. Whatever the stream raises leaves nothing behind."""
        name = plain_name(name)
        try:
            with SealedSpool(self._folder) as spool:
                sealer = Sealer(self._district.keys, spool)
                async for piece in pieces:
                    sealer.add(piece)
                    if sealer.size > self._most_bytes:
                        return _too_large(name, self._most_bytes)
                if not sealer.size:
                    return _empty(name)
                return await self._keep(spool, sealer.finish(), name=name, actor=actor)
        except OSError as error:
            if error.errno not in _NO_SPACE:
                raise
            return _no_space(name)
        except asyncpg.DiskFullError:
            return _no_space(name)

    async def receive_path(self, path: Path, *, actor: Actor) -> InboxFile | Finding:
        """Takes a file of this machine in, unless it changes while it is read."""
        try:
            return await self.receive(_pieces(path), name=path.name, actor=actor)
        except OSError:
            words = "There is no such file, or it may not be read."
            return Finding("inbox.unreadable", words, Place(path.name), "Check its name and whose it is.")
        except _FileChangedError:
            words = "The file changed while it was read."
            return Finding("inbox.changed", words, Place(path.name), "Send it when it is written to its end.")

    async def open(self, file: int, *, opened: ExitStack) -> SealedCopy:
        """The file for reading; its sealed parts come to this machine for as long as `opened` lives.

        Raises LookupError when it was deleted.
        """
        spool = opened.enter_context(SealedSpool(self._folder))
        async with self._district.database.reading(None) as connection:
            row = await connection.fetchrow(query(_PARTS, "read_file"), file)
            if row is None:
                raise LookupError(file)
            sealed = Sealed(*row)
            for number in range(sealed.parts):
                part = await connection.fetchval(query(_PARTS, "read_file_part"), file, number)
                await asyncio.to_thread(spool.add, part)
        return SealedCopy(self._district, spool, sealed)

    async def delete_before(self, moment: datetime) -> int:
        """Deletes files that came before a moment and that no batch at work needs; how many went."""
        async with self._district.database.reading(None) as connection:
            gone: int = await connection.fetchval(query(_PARTS, "delete_files"), moment)
        return gone

    async def _keep(self, spool: SealedSpool, sealed: Sealed, *, name: str, actor: Actor) -> InboxFile:
        async with self._district.database.reading(None) as connection:
            known = await connection.fetchval(query(_PARTS, "find_file"), sealed.fingerprint)
            added = None if known else await _add(connection, spool, sealed, actor=actor)
            # Somebody else may have put it there since we looked; they have committed by now.
            number = (
                known or added or await connection.fetchval(query(_PARTS, "find_file"), sealed.fingerprint)
            )
        return InboxFile(number, name, sealed.size, sealed.fingerprint, is_new=added is not None)


class _FileChangedError(Exception):
    """What was read may be half of each version."""


class SealedCopy:
    """A file of the inbox on this machine, still sealed."""

    def __init__(self, district: District, spool: SealedSpool, sealed: Sealed) -> None:
        self._district = district
        self._spool = spool
        self._sealed = sealed

    def open(self) -> BinaryIO:
        """The plain content as a seekable stream, from its beginning."""
        return open_sealed(self._district.keys, self._spool, self._sealed)


def plain_name(name: str) -> str:
    """What a sender calls a file, as the last part of a path, without what would not print, and not too long."""
    last = _UNFIT.sub("", re.split(r"[/\\]", name)[-1]).strip(" .")
    return last[-_LONGEST_NAME:] or "file"


async def _add(connection: Connection, spool: SealedSpool, sealed: Sealed, *, actor: Actor) -> int | None:
    added: int | None = await connection.fetchval(
        query(_PARTS, "add_file"), sealed.fingerprint, sealed.seal, sealed.size, sealed.parts, actor.label
    )
    if added is not None:
        for number, part in enumerate(spool.parts()):
            await connection.execute(query(_PARTS, "add_file_part"), added, number, part)
    return added


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        stamp = stamp_of(file)
        while piece := await asyncio.to_thread(file.read, _READ_BYTES):
            yield piece
        if stamp_of(file) != stamp:
            raise _FileChangedError


def _too_large(name: str, most: int) -> Finding:
    words = f"The file is larger than {most >> 20:,} MB."
    return Finding("inbox.too_large", words, Place(name), "Split it, or ask who runs this installation.")


def _empty(name: str) -> Finding:
    return Finding("inbox.empty", "The file is empty.", Place(name), "Check that it was exported whole.")


def _no_space(name: str) -> Finding:
    words = "There is no space left for the file; nothing of it was kept."
    return Finding("inbox.no_space", words, Place(name), "Free some space on the server, then send it again.")
