"""A load's row in the database: begun, held against a second loader, checkpointed, finished."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import msgspec

from homeroom.ingest.loading.tally import Tallies, parse_tallies, render_tallies
from homeroom.records.district import District
from homeroom.store.connect import Connection
from homeroom.store.queries import query

ACTOR: Final = "operator:load"
_PARTS: Final = "homeroom.ingest.loading"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far one resource of one file has been loaded: rows read, and what became of them."""

    position: int = 0
    tallies: Tallies = field(default_factory=dict)


@dataclass(slots=True)
class Batch:
    """A batch at work. sources: file -> row of ingest.source; is_resumed: an earlier load began it.

    snapshot: resources of which what the files no longer hold is removed in the end.
    """

    id: int
    is_resumed: bool
    sources: Mapping[str, int]
    checkpoints: dict[tuple[str, str], Checkpoint]
    snapshot: frozenset[str] = frozenset()


async def begin_batch(
    connection: Connection,
    *,
    paths: Sequence[str],
    fingerprint: bytes,
    is_trial: bool,
    parameters: Mapping[str, str] | None = None,
) -> int:
    """A new batch's id. parameters: of the mapping specs that read it, the day of the load among them."""
    given = dict(parameters or {})
    day = given.pop("load_date", None)
    number: int = await connection.fetchval(
        query(_PARTS, "begin_batch"),
        ACTOR,
        list(paths),
        fingerprint,
        is_trial,
        msgspec.json.encode(given).decode(),
        None if day is None else date.fromisoformat(day),
    )
    return number


async def open_batch(connection: Connection, number: int, *, files: Sequence[str], is_resumed: bool) -> Batch:
    """The batch with its sources and how far it has come."""
    sources = await connection.fetch(query(_PARTS, "add_sources"), number, list(files))
    points = await connection.fetch(query(_PARTS, "read_checkpoints"), number)
    return Batch(
        number,
        is_resumed,
        {file: source for source, file in sources},
        {(file, resource): Checkpoint(at, parse_tallies(counts)) for file, resource, at, counts in points},
    )


async def source_of(connection: Connection, batch: int | None, file: str) -> int:
    """The row of ingest.source for a file of a batch, also of one that is gone."""
    opened = await open_batch(connection, batch or 0, files=[file], is_resumed=True)
    return opened.sources[file]


async def write_checkpoint(
    connection: Connection, batch: Batch, *, file: str, resource: str, reached: Checkpoint
) -> None:
    """Notes, in the transaction of a chunk, how far its file has come."""
    await connection.execute(
        query(_PARTS, "write_checkpoint"),
        batch.id,
        file,
        resource,
        reached.position,
        render_tallies(reached.tallies),
    )


@asynccontextmanager
async def hold_unfinished(district: District, fingerprint: bytes) -> AsyncIterator[int | None]:
    """The newest unfinished batch of this content on which nobody works, held for the block; or None."""
    async with district.database.connection() as connection:
        held = None
        for (number,) in await connection.fetch(query(_PARTS, "find_unfinished"), fingerprint):
            if await connection.fetchval(query(_PARTS, "hold_batch"), number):
                held = int(number)
                break
        try:
            yield held
        finally:
            if held is not None and not connection.is_closed():
                await connection.fetchval(query(_PARTS, "release_batch"), held)


@asynccontextmanager
async def hold_batch(district: District, number: int) -> AsyncIterator[None]:
    """Tells other loaders that somebody works on the batch."""
    async with district.database.connection() as connection:
        await connection.fetchval(query(_PARTS, "hold_batch"), number)
        try:
            yield
        finally:
            if not connection.is_closed():
                await connection.fetchval(query(_PARTS, "release_batch"), number)
