"""Numbers that tell every process that something it keeps in memory has changed.

A change raises its number in the transaction that makes it. Each process looks at the numbers before it
serves, at most every LOOK_SECONDS; so whoever waits that long after the commit knows that all follow.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from enum import StrEnum
from time import monotonic
from typing import Final

from homeroom.store.connect import Connection, Database
from homeroom.store.queries import query

LOOK_SECONDS: Final = 0.1


class Kept(StrEnum):
    """What processes keep in memory and have to be told about."""

    CLAIMS = "claims"
    CLIENTS = "clients"
    PROFILES = "profiles"
    RECORDS = "records"
    MODEL = "model"
    API_SETTINGS = "api_settings"
    PURPOSES = "purposes"
    # Its number is the last one drawn for a row, so nobody has to raise it.
    QUARANTINE = "quarantine"


class Versions:
    """The numbers of one district, as this process saw them last."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = monotonic) -> None:
        self._database = database
        self._clock = clock
        self._numbers: Mapping[str, int] = {}
        self._looked_at = float("-inf")
        self._looking: asyncio.Task[None] | None = None

    async def number(self, kept: Kept) -> int:
        """The number of one thing; 0 as long as it never changed. Equal numbers, equal content."""
        if self._clock() - self._looked_at > LOOK_SECONDS:
            await self._look()
        return self._numbers.get(kept, 0)

    def expire(self) -> None:
        """Makes the next question look again, whatever the time."""
        self._looked_at = float("-inf")

    async def _look(self) -> None:
        # All who ask meanwhile wait for the same look: none may go on with numbers older than promised.
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._read())
        await asyncio.shield(self._looking)

    async def _read(self) -> None:
        began_at = self._clock()
        async with self._database.connection() as connection:
            rows = await connection.fetch(query("homeroom.trust", "read_versions"))
        self._numbers = {name: int(value) for name, value in rows}
        self._looked_at = began_at


async def raise_version(connection: Connection, kept: Kept) -> None:
    """Tells every process, when the connection's transaction is committed, to read the thing again."""
    await connection.execute(query("homeroom.trust", "raise_version"), kept.value)
