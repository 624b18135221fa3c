"""What API clients write and rows of the quarantine wait for: those rows then load by themselves.

The writer's answer does not wait for them. While nothing waits this costs a comparison of two numbers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic
from typing import Final

from homeroom.base.log import Log
from homeroom.ingest.quarantine.keeping import Quarantine
from homeroom.ingest.quarantine.replay import Replayer
from homeroom.records.district import District
from homeroom.records.load import CommittedChunks
from homeroom.standard.documents import Document
from homeroom.store.catalog import Kind
from homeroom.trust.versions import Kept

_MOST_WAITING: Final = 10_000
_PAUSE_SECONDS: Final = 0.2
# A row's number is drawn a while before the row is committed; until then what was read of the table is not all.
_COMMIT_SECONDS: Final = 10.0


class Arrivals:
    """One district's arrivals in one process: noted after each write, followed up in the background."""

    def __init__(self, district: District, log: Log, *, clock: Callable[[], float] = monotonic) -> None:
        self._district = district
        self._log = log
        self._clock = clock
        self._quarantine = Quarantine(district)
        self._last_number = 0
        self._changed_at = float("-inf")
        self._read_at = float("-inf")
        self._arrived: list[tuple[Kind, Sequence[Document]]] = []
        self._following: asyncio.Task[None] | None = None

    async def note(self, resource: str, documents: Sequence[Document]) -> None:
        """Takes note of records that are stored now.

        Returns at once, unless so much has arrived that it has to be followed up first.
        """
        kind = self._district.catalog.kind(resource)
        if not documents or not (await self._is_stale() or self._quarantine.awaits(kind)):
            return
        self._arrived.append((kind, documents))
        if self._following is None or self._following.done():
            self._following = asyncio.get_running_loop().create_task(self._follow())
        while sum(len(some) for _, some in self._arrived) > _MOST_WAITING:
            await asyncio.sleep(_PAUSE_SECONDS)

    async def close(self) -> None:
        """Breaks off what is being followed up; those rows wait on."""
        if self._following is not None:
            self._following.cancel()
            with suppress(asyncio.CancelledError):
                await self._following

    async def _is_stale(self) -> bool:
        """Whether rows may wait for something that we have not read."""
        last_number = await self._district.versions.number(Kept.QUARANTINE)
        if last_number != self._last_number:
            self._last_number, self._changed_at = last_number, self._clock()
        return self._read_at < self._changed_at + _COMMIT_SECONDS

    async def _follow(self) -> None:
        while self._arrived:
            arrived, self._arrived = self._arrived, []
            try:
                await self._load_waiting(arrived)
            except Exception as fault:  # noqa: BLE001 - the rows wait on, and the next arrival tries again
                self._log.fault("quarantine.not_followed", fault, district=self._district.name)
            await asyncio.sleep(_PAUSE_SECONDS)  # what arrives meanwhile goes together

    async def _load_waiting(self, arrived: Sequence[tuple[Kind, Sequence[Document]]]) -> None:
        if await self._is_stale():
            await self._read_awaited()
        texts = [text for kind, some in arrived for text in self._quarantine.arrivals(kind, some)]
        if not texts:
            return
        replayer = Replayer(self._district, CommittedChunks(self._district), self._quarantine)
        await replayer.follow(texts)
        stored = replayer.report.stored.total()
        if stored:
            self._log.info("quarantine.followed", district=self._district.name, rows=stored)
            await self._read_awaited()

    async def _read_awaited(self) -> None:
        quarantine, read_at = Quarantine(self._district), self._clock()
        async with self._district.database.reading(None) as connection:
            await quarantine.open(connection)
        self._quarantine, self._read_at = quarantine, read_at
