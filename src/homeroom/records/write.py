"""Writes documents of one resource, in as few transactions as may be; what is expected comes back as outcomes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace

import asyncpg

from homeroom.records.bulk import BulkWriter
from homeroom.records.district import District
from homeroom.records.keychange import StaleReferrerError, carry_key_changes
from homeroom.records.outcomes import Invalid, Outcome, Overtaken
from homeroom.records.prepare import Draft, Prepared, prepare
from homeroom.records.writer import Candidate, WriteLeave, Writer
from homeroom.store.connect import Connection
from homeroom.store.queries import query
from homeroom.trust.actors import ApiClient
from homeroom.trust.grant import Grant

__all__ = ["Alongside", "Draft", "WriteLeave", "write_documents"]

Alongside = Callable[[Connection, Mapping[int, Outcome]], Awaitable[None]]
"""What shall be committed with the records: given the open transaction and the outcomes by draft number."""

_MOST_TRIES = 5
_TRY_AGAIN = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.ForeignKeyViolationError,
    asyncpg.UniqueViolationError,
    asyncpg.InvalidCachedStatementError,
    StaleReferrerError,
)
_OVERTAKEN = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, StaleReferrerError)


async def write_documents(
    district: District,
    resource: str,
    *,
    drafts: Sequence[Draft],
    leave: WriteLeave,
    alongside: Alongside | None = None,
    connection: Connection | None = None,
) -> list[Outcome]:
    """Stores the drafts; one outcome for each, in order. Nothing is raised for what a draft says.

    Drafts of one key are written one after the other, in order. All go in one transaction, unless one of them
    keeps failing in the database: then the set is split until that one stands alone. It was Overtaken when other
    writers are to blame; else it raises.
    connection: an open transaction of the caller's, which is then neither committed nor tried again.
    """
    if connection is None:
        await district.follow()
    leave = await _with_source(district, leave)
    work = _Work(district, resource, leave, alongside, connection)
    outcomes, ready = await work.prepare(drafts)
    outcomes |= await work.write(ready)
    return [outcomes[n] for n in range(len(drafts))]


async def _with_source(district: District, leave: WriteLeave) -> WriteLeave:
    """The leave, with the client as the records' source where nothing else is."""
    grant = leave.create if isinstance(leave.create, Grant) else leave.update
    if leave.source is not None or not isinstance(grant, Grant) or not isinstance(grant.actor, ApiClient):
        return leave
    key = grant.actor.key
    if key not in district.client_sources:
        async with district.database.connection() as connection:
            district.client_sources[key] = await connection.fetchval(
                query("homeroom.records", "client_source"), key
            )
    return replace(leave, source=district.client_sources[key])


class _Work:
    """One call of `write_documents`."""

    def __init__(
        self,
        district: District,
        resource: str,
        leave: WriteLeave,
        alongside: Alongside | None,
        connection: Connection | None,
    ) -> None:
        self.district = district
        kind = district.catalog.kind(resource)
        self.writer = Writer(district, kind, leave)
        self.bulk = BulkWriter(district, kind, leave, leave.memory) if leave.memory else None
        self.alongside = alongside
        self.connection = connection

    async def prepare(self, drafts: Sequence[Draft]) -> tuple[dict[int, Outcome], list[Candidate]]:
        outcomes: dict[int, Outcome] = {}
        ready = []
        is_fresh = False
        for number, draft in enumerate(drafts):
            result = self._taken(draft) or prepare(self.district, self.writer.kind, draft)
            if not isinstance(result, Prepared) and not is_fresh and self.connection is None:
                # Another process may have added the descriptor since we read them: look once more.
                await self.district.descriptors.refresh(self.district.database)
                is_fresh = True
                result = prepare(self.district, self.writer.kind, draft)
            if isinstance(result, Prepared):
                ready.append(Candidate(number, result))
            else:
                outcomes[number] = Invalid(result)
        return outcomes, ready

    def _taken(self, draft: Draft) -> Prepared | None:
        """What was prepared ahead, if the standard is still the same."""
        prepared, draft.prepared = draft.prepared, None
        return prepared if type(draft.document) is self.writer.kind.document.struct else None

    async def write(self, ready: list[Candidate]) -> dict[int, Outcome]:
        tries = 1 if self.connection is not None else _MOST_TRIES
        for attempt in range(tries):
            try:
                return await self._try(ready)
            except _TRY_AGAIN as fault:
                if self.bulk is not None:
                    self.bulk.forget(ready)
                if attempt < tries - 1:
                    continue
                if self.connection is not None or (len(ready) == 1 and not isinstance(fault, _OVERTAKEN)):
                    raise
                if len(ready) == 1:
                    return {ready[0].number: Overtaken()}
        half = len(ready) // 2
        return await self.write(ready[:half]) | await self.write(ready[half:])

    async def _try(self, ready: list[Candidate]) -> dict[int, Outcome]:
        outcomes: dict[int, Outcome] = {}
        waiting = ready
        async with self._transaction() as connection:
            if self.bulk is not None and self.bulk.is_able:
                outcomes, waiting = await self.bulk.write(connection, ready)
            while waiting:
                batch, waiting = self._one_of_each_key(waiting)
                written, rekeyed = await self.writer.write(connection, batch)
                outcomes |= written
                await carry_key_changes(self.district, self.writer.kind, rekeyed, connection=connection)
            if self.alongside is not None:
                await self.alongside(connection, outcomes)
        self._remember_descriptors(ready)
        return outcomes

    def _transaction(self) -> AbstractAsyncContextManager[Connection]:
        if self.connection is not None:
            return nullcontext(self.connection)
        return self.district.database.writing()

    def _one_of_each_key(self, waiting: list[Candidate]) -> tuple[list[Candidate], list[Candidate]]:
        batch: dict[tuple[object, ...], Candidate] = {}
        later = [c for c in waiting if batch.setdefault(self.writer.key(c.prepared), c) is not c]
        if len(batch) == 1:
            return list(batch.values()), later
        # Always in the order of their keys, so that two sets cannot wait for each other.
        return [batch[k] for k in sorted(batch, key=lambda k: tuple(map(str, k)))], later

    def _remember_descriptors(self, written: list[Candidate]) -> None:
        resource = self.writer.kind.resource
        if not resource.is_descriptor:
            return
        for candidate in written:
            if candidate.stored:
                document = candidate.draft.document
                uri = f"{document.namespace}#{document.codeValue}"  # type: ignore[attr-defined]  # a generated struct
                self.district.descriptors.put(resource.name, candidate.stored.id, uri)
