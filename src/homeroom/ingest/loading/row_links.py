"""Which records the rows of a source brought: noted as they are stored, found again when a row is to go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias
from uuid import UUID

from homeroom.store.connect import Connection
from homeroom.store.queries import query

Link: TypeAlias = tuple[int, UUID]
"""The key of a row, and a record that it gave."""
_PARTS: Final = "homeroom.ingest.loading"


async def note_links(connection: Connection, batch: int | None, resource: str, links: Sequence[Link]) -> None:
    """Notes what rows of a batch gave, in the transaction that stores it; a row that was to go is there again."""
    if links and batch is not None:
        keys, uuids = [key for key, _ in links], [uuid for _, uuid in links]
        await connection.execute(query(_PARTS, "note_links"), batch, resource, keys, uuids)


async def mark_gone(connection: Connection, batch: int, keys: Sequence[int]) -> int:
    """Notes that rows are to go, and dismisses what waits of them; gives how many the source never brought."""
    return int(await connection.fetchval(query(_PARTS, "mark_gone"), batch, keys))
