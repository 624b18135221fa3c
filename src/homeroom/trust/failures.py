"""Why clients' requests fail, counted by cause: so that a vendor sees one cause, not 9,000 requests."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from homeroom.base.clock import Clock, SystemClock
from homeroom.base.errors import StorageError
from homeroom.store.connect import Database
from homeroom.store.queries import query

_FLUSH_SECONDS: Final = 1.0
_MOST_CAUSES: Final = 1_000


@dataclass(frozen=True, slots=True)
class Failure:
    """One kind of failure of one client.

    resource: the endpoint, empty where there is none. cause: a problem's type, with the names (never values)
    that tell one cause from another.
    """

    client: int
    resource: str
    status: int
    cause: str


@dataclass(frozen=True, slots=True)
class FailureCount:
    """How often a kind of failure came on one day, and when last."""

    failure: Failure
    day: date
    requests: int
    last_at: datetime


class FailureTally:
    """Counts failures of one district in memory, and adds them to its table once a second."""

    def __init__(self, database: Database, *, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or SystemClock()
        self._counts: Counter[Failure] = Counter()
        self._flushing: asyncio.Task[None] | None = None

    def add(self, failure: Failure) -> None:
        """Counts one; costs no wait. Past a thousand kinds within a second, further kinds are not counted."""
        if failure in self._counts or len(self._counts) < _MOST_CAUSES:
            self._counts[failure] += 1
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.get_running_loop().create_task(self._flush_soon())

    async def flush(self) -> None:
        """Writes what was counted."""
        counts, self._counts = self._counts, Counter()
        if not counts:
            return
        rows = [(f.client, f.resource[:200], f.status, f.cause[:500], n) for f, n in counts.items()]
        columns = [list(column) for column in zip(*rows, strict=True)]
        async with self._database.connection() as connection:
            await connection.execute(
                query("homeroom.trust", "add_failures"), *columns, self._clock.now().date(), self._clock.now()
            )

    async def close(self) -> None:
        """Writes what was counted and ends."""
        if self._flushing is not None:
            self._flushing.cancel()
        await self.flush()

    async def _flush_soon(self) -> None:
        await asyncio.sleep(_FLUSH_SECONDS)
        try:
            await self.flush()
        except StorageError:
            return  # the requests have failed anyway; that they were counted is not worth a fault


async def list_failures(database: Database, *, since: date, limit: int = 500) -> list[FailureCount]:
    """Failures since a day, the most frequent first."""
    async with database.connection() as connection:
        rows = await connection.fetch(query("homeroom.trust", "list_failures"), since, limit)
    return [FailureCount(Failure(r[0], r[1], r[2], r[3]), r[4], r[5], r[6]) for r in rows]
