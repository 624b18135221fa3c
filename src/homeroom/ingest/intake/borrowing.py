"""Files of the inbox read where they lie: only the parts that somebody reads come to this machine."""

from __future__ import annotations

import asyncio
import io
import time
from typing import Final

from homeroom.ingest.intake.sealed_file import Sealed, open_sealed
from homeroom.records.district import District
from homeroom.store.queries import query

_PARTS: Final = "homeroom.ingest.intake"
_MOST_KEPT: Final = 8


class AllowanceSpentError(Exception):
    """More was read, or it took longer, than was allowed."""


class Allowance:
    """How much may be read, and until when; whatever reads under it ends with AllowanceSpentError.

    parts: megabytes, as the inbox keeps them.
    """

    def __init__(self, *, parts: int, seconds: float) -> None:
        self._parts = parts
        self._ends_at = time.monotonic() + seconds

    def spend(self, parts: int = 0) -> None:
        """Notes what is read. Raises AllowanceSpentError."""
        self._parts -= parts
        if self._parts < 0 or time.monotonic() > self._ends_at:
            raise AllowanceSpentError


class BorrowedFile:
    """One file. Made by `borrow` in the event loop, read in a thread beside it."""

    def __init__(self, district: District, file: int, sealed: Sealed, *, allowance: Allowance) -> None:
        self._district = district
        self._file = file
        self._sealed = sealed
        self._allowance = allowance
        self._loop = asyncio.get_running_loop()
        self._kept: dict[int, bytes] = {}

    def open(self) -> io.BufferedReader:
        """The plain content as a seekable stream, from its beginning."""
        return open_sealed(self._district.keys, self, self._sealed)

    def part(self, number: int) -> bytes:
        """A sealed part, from 0."""
        found = self._kept.get(number)
        if found is None:
            self._allowance.spend(parts=1)
            found = asyncio.run_coroutine_threadsafe(self._fetch(number), self._loop).result()
            if len(self._kept) >= _MOST_KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[number] = found
        return found

    async def _fetch(self, number: int) -> bytes:
        async with self._district.database.reading(None) as connection:
            part: bytes | None = await connection.fetchval(
                query(_PARTS, "read_file_part"), self._file, number
            )
        if part is None:
            raise FileNotFoundError(f"file {self._file} of the inbox was deleted")
        return part


async def borrow(district: District, file: int, *, allowance: Allowance) -> BorrowedFile | None:
    """A file of the inbox; None when it was deleted."""
    async with district.database.reading(None) as connection:
        row = await connection.fetchrow(query(_PARTS, "read_file"), file)
    return None if row is None else BorrowedFile(district, file, Sealed(*row), allowance=allowance)
