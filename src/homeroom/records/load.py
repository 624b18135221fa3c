"""Loads chunks of records: one transaction each, to which the loader adds its own notes before it commits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from functools import lru_cache
from typing import Final, Protocol

import asyncpg

from homeroom.records.bulk import BulkWriter
from homeroom.records.district import District
from homeroom.records.memory import LoadMemory
from homeroom.records.outcomes import Outcome
from homeroom.records.prepare import Draft, Prepared, prepare
from homeroom.records.tasks import decide_task
from homeroom.records.write import WriteLeave, write_documents
from homeroom.standard.dependencies import dependency_rows
from homeroom.standard.documents import Document
from homeroom.standard.model import Model
from homeroom.store.batches import select_newer
from homeroom.store.connect import Connection, savepoint
from homeroom.trust.grant import Action

LOST_TURN: Final = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.ForeignKeyViolationError,
    asyncpg.UniqueViolationError,
    asyncpg.InvalidCachedStatementError,
)
"""What a chunk may raise when it lost against another writer: the whole chunk is then tried again."""


class Chunks(Protocol):
    """Where chunks are written."""

    def chunk(self) -> AbstractAsyncContextManager[Connection]:
        """A transaction for one chunk."""
        ...


class CommittedChunks:
    """Every chunk is committed by itself."""

    def __init__(self, district: District) -> None:
        self._district = district

    @asynccontextmanager
    async def chunk(self) -> AsyncIterator[Connection]:
        """A transaction that commits when the block ends."""
        async with self._district.database.writing() as connection:
            yield connection


class TrialChunks:
    """Every chunk sees those before it, and nothing is kept. Made by `trial_of`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @asynccontextmanager
    async def chunk(self) -> AsyncIterator[Connection]:
        """A part of the one transaction that is rolled back in the end."""
        async with savepoint(self._connection):
            yield self._connection


class _EndOfTrial(Exception):  # noqa: N818 - not an error
    """Leaves the trial's transaction by its rollback."""


@asynccontextmanager
async def trial_of(district: District) -> AsyncIterator[TrialChunks]:
    """A load that is undone when the block ends; the descriptors in memory are as before."""
    try:
        async with district.database.writing() as connection:
            yield TrialChunks(connection)
            raise _EndOfTrial  # noqa: TRY301 - the way out that rolls back
    except _EndOfTrial:
        pass
    finally:
        await district.descriptors.refresh(district.database)


def operator_leave(
    district: District,
    resource: str,
    *,
    task: str,
    source: int,
    memory: LoadMemory | None = None,
    rewrites_unchanged: bool = False,
) -> WriteLeave:
    """Under what a task of the district's own writes a resource: one ledger entry a set.

    source: row of ingest.source. memory: a load's, for the whole of it.
    """
    create, update = (
        decide_task(district, task, action=action, resource=resource)
        for action in (Action.CREATE, Action.UPDATE)
    )
    return WriteLeave(
        create, update, source=source, per_record=False, rewrites_unchanged=rewrites_unchanged, memory=memory
    )


def bulk_writer(district: District, resource: str, leave: WriteLeave) -> BulkWriter:
    """What makes the drafts of a resource ready ahead."""
    if leave.memory is None:
        raise ValueError("a load needs its memory")
    return BulkWriter(district, district.catalog.kind(resource), leave, leave.memory)


def draft_ahead(bulk: BulkWriter, document: Document, *, line: int | None) -> Draft:
    """A draft with everything done that needs no database, so that it can be done while the database works.

    What cannot be prepared yet, such as one that names a descriptor still to come, is tried again in its turn.
    """
    draft = Draft(document, line=line)
    prepared = prepare(bulk.district, bulk.kind, draft)
    if isinstance(prepared, Prepared):
        draft.prepared = prepared
        if bulk.memory.brings_news and bulk.is_able:
            bulk.make_row(prepared)
    return draft


async def load_drafts(
    district: District,
    resource: str,
    *,
    drafts: Sequence[Draft],
    leave: WriteLeave,
    connection: Connection,
) -> list[Outcome]:
    """Writes a chunk's drafts of one resource inside the chunk's transaction; an outcome for each, in order.

    Raises one of LOST_TURN when the chunk must be tried again; its drafts are then used up.
    """
    return await write_documents(district, resource, drafts=drafts, leave=leave, connection=connection)


async def find_newer(
    district: District,
    resource: str,
    *,
    documents: Sequence[tuple[Document, datetime]],
    connection: Connection,
) -> set[int]:
    """Which of the documents have a record of their key that was written after their moment, by position."""
    kind = district.catalog.kind(resource)
    described = dict(kind.described)
    columns = [c.name for c in kind.table.columns]
    keys = []
    for document, _ in documents:
        values = kind.values(document)
        key = []
        for position in (columns.index(name) for name in kind.table.key):
            value = values[position]
            if position in described and isinstance(value, str):
                known = district.descriptors.find(described[position], value)
                value = known[0] if known else None
            key.append(value)
        keys.append(key)
    arrays = [list(column) for column in zip(*keys, strict=True)]
    moments = [moment for _, moment in documents]
    rows = await connection.fetch(select_newer(kind.table), moments, *arrays)
    return {row[0] - 1 for row in rows}


@lru_cache(maxsize=16)
def load_positions(model: Model) -> Mapping[str, int]:
    """Resource name -> position: descriptors and school years first, then parents before children."""
    by_path = {r.path: r.name for r in model.resources.values()}
    rows = dependency_rows(model)
    names = dict.fromkeys(by_path[row.resource] for row in rows)
    # A descriptor never refers to another record; school years and descriptors share a level.
    ordered = sorted(names, key=lambda name: not model.resources[name].is_descriptor)
    return {name: position for position, name in enumerate(ordered)}
