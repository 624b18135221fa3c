"""Removal of what a source no longer has: chunk by chunk, told, and not without alarm where it is much."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias
from uuid import UUID

from homeroom.records.set_removal import remove_set
from homeroom.store.connect import Connection
from homeroom.store.queries import query

if TYPE_CHECKING:
    from homeroom.ingest.loading.load import Load

HIGHEST: Final = 2**62
"""More than any count of records."""
REMEDY: Final = "Approve the batch to remove them, cancel it to keep them."
_PARTS: Final = "homeroom.ingest.loading"
_CHUNK: Final = 1_000

Find: TypeAlias = Callable[[Connection, int], Awaitable[Sequence[UUID]]]
"""The records to remove that still stand, that many at most; those that others refer to come again."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """More than either is asked about before it is removed: records, and their share of what the source brought."""

    most_rows: int = 50
    most_share: float = 0.1

    def is_due(self, removed: int, *, held: int) -> bool:
        """Whether somebody must say yes first. held: how many the source has brought."""
        return removed > self.most_rows or removed > held * self.most_share


async def remove_found(load: Load, resource: str, find: Find, *, task: str) -> tuple[int, int]:
    """Removes what is found, noted for whoever takes the batch back: how many went, and how many others refer to.

    Those count too that went before the batch was broken off and taken up again.
    """
    async with load.chunks.chunk() as connection:
        removed: int = await connection.fetchval(query(_PARTS, "count_removed"), load.batch.id, resource)
    kept = 0
    tried: set[UUID] = set()
    while True:
        async with load.chunks.chunk() as connection:
            found = await find(connection, _CHUNK + len(tried))
            uuids = [uuid for uuid in found if uuid not in tried]
            if not uuids:
                return removed, kept
            done = await remove_set(load.district, resource, uuids, task=task, connection=connection)
            await connection.execute(query(_PARTS, "note_removed"), load.batch.id, resource, done.ids)
        removed += len(done.ids)
        kept += len(done.kept)
        tried |= set(uuids)
