"""Takes a load back: what it added goes, what it replaced stands as before; each change has a version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from homeroom.base.errors import HomeroomError
from homeroom.records.district import District
from homeroom.records.load import find_newer, load_positions, operator_leave
from homeroom.records.outcomes import AlreadyThere, Inserted, Updated
from homeroom.records.prepare import Draft, sealing_place
from homeroom.records.set_removal import remove_set
from homeroom.records.write import write_documents
from homeroom.standard.check import parse_document
from homeroom.store.batches import select_overtaken, select_written
from homeroom.store.catalog import Kind
from homeroom.store.connect import Connection
from homeroom.store.queries import query

_PARTS: Final = "homeroom.records"
_TASK: Final = "undo"
_ENDED: Final = frozenset({"finished", "failed", "cancelled"})
_MOST_ROWS: Final = 2_000
_MOST_LISTED: Final = 1_000
_HIGHEST_ID: Final = 2**63 - 1


class UndoRefusedError(HomeroomError):
    """There is no such load, it still runs, or it has been taken back already."""

    code = "load.undo"


class LeftAs(StrEnum):
    """Why a record was not taken back."""

    CHANGED_SINCE = "somebody changed it since"
    REMOVED_SINCE = "somebody removed it since"
    REFERRED_TO = "other records refer to it"
    NOT_RESTORED = "its earlier state does not fit any more"


@dataclass(frozen=True, slots=True)
class LeftRecord:
    """A record for a person to look at."""

    resource: str
    uuid: UUID
    reason: LeftAs


@dataclass(slots=True)
class UndoReport:
    """What taking a load back came to. batch: the undo's own; left: the first thousand, left_rows all."""

    batch: int
    undoes: int
    restored: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)
    left_rows: Counter[str] = field(default_factory=Counter)
    left: list[LeftRecord] = field(default_factory=list)

    def leave(self, resource: str, uuid: UUID, reason: LeftAs) -> None:
        """Notes a record for a person."""
        self.left_rows[resource] += 1
        if len(self.left) < _MOST_LISTED:
            self.left.append(LeftRecord(resource, uuid, reason))


async def undo_batch(district: District, batch: int) -> UndoReport:
    """Takes a load back, record by record where its version is still the load's; the others are listed.

    A broken-off undo goes on where it stopped when it is asked for again. Raises UndoRefusedError.
    """
    async with district.database.reading(None) as connection:
        found = await connection.fetchrow(query(_PARTS, "batch_to_undo"), batch)
        if found is None or found[0] not in _ENDED:
            raise UndoRefusedError(
                f"Load {batch} cannot be taken back: "
                + ("there is none." if found is None else f"it is {found[0]}.")
            )
        undo, source = await connection.fetchrow(query(_PARTS, "begin_undo"), f"operator:{_TASK}", batch)
    work = _Undo(
        district, UndoReport(undo, batch), sources=list(found[1]), source=source, finished_at=found[3]
    )
    positions = load_positions(district.catalog.model)
    resources = sorted((r for r in found[2] if r in positions), key=positions.__getitem__)
    for resource in resources:
        await work.list_overtaken(resource)
    for resource in resources:
        await work.restore(resource)
        await work.bring_back(resource)
    for resource in reversed(resources):
        await work.remove(resource)
    async with district.database.writing() as connection:
        report = msgspec.json.encode(work.report).decode()
        await connection.execute(query(_PARTS, "finish_undo"), undo, batch, report)
    return work.report


class _Undo:
    """One undo at work. sources, finished_at: the load's; source: the undo's own."""

    def __init__(
        self,
        district: District,
        report: UndoReport,
        *,
        sources: list[int],
        source: int,
        finished_at: datetime,
    ) -> None:
        self._district = district
        self._sources = sources
        self._source = source
        self._finished_at = finished_at
        self._kept: set[UUID] = set()
        self.report = report

    async def list_overtaken(self, resource: str) -> None:
        table = self._district.catalog.tables[resource]
        async with self._district.database.reading(None) as connection:
            rows = await connection.fetch(select_overtaken(table), self._sources, _MOST_LISTED)
        for uuid, is_there in rows:
            self.report.leave(resource, uuid, LeftAs.CHANGED_SINCE if is_there else LeftAs.REMOVED_SINCE)

    async def restore(self, resource: str) -> None:
        """Writes back what stood before the load."""
        last = _HIGHEST_ID
        while True:
            async with self._district.database.writing() as connection:
                rows = await self._written(connection, resource, last)
                if rows:
                    last = rows[-1][0]
                    await self._restore_rows(connection, resource, rows)
            if len(rows) < _MOST_ROWS:
                return

    async def bring_back(self, resource: str) -> None:
        """Writes back what the load removed: as a snapshot that no longer held it, or because its package asked."""
        last = 0
        while True:
            async with self._district.database.writing() as connection:
                rows = await connection.fetch(
                    query(_PARTS, "images_of_removed"), self.report.undoes, resource, last, _MOST_ROWS
                )
                await self._bring_back(connection, resource, rows)
            if len(rows) < _MOST_ROWS:
                return
            last = rows[-1][0]

    async def _bring_back(
        self, connection: Connection, resource: str, rows: Sequence[tuple[int, UUID, str, bytes | None]]
    ) -> None:
        kind = self._district.catalog.kind(resource)
        found = [self._draft(kind, uuid, doc, sealed) for _, uuid, doc, sealed in rows]
        ready = [
            Draft(draft.document, restores=draft.uuid, only_new=True) for draft in found if draft is not None
        ]
        leave = operator_leave(self._district, resource, task=_TASK, source=self._source)
        outcomes = await write_documents(
            self._district, resource, drafts=ready, leave=leave, connection=connection
        )
        taken = {d.restores for d, o in zip(ready, outcomes, strict=True) if isinstance(o, AlreadyThere)}
        for draft, outcome in zip(ready, outcomes, strict=True):
            if isinstance(outcome, Inserted):
                self.report.restored[resource] += 1
            elif draft.restores is not None and draft.restores not in taken:
                self._keep(resource, draft.restores)
        await self._take_over(connection, resource, [row for row in rows if row[1] in taken])

    async def _take_over(
        self, connection: Connection, resource: str, rows: Sequence[tuple[int, UUID, str, bytes | None]]
    ) -> None:
        """What the load removed and then brought again under the same key gets its earlier content back."""
        kind = self._district.catalog.kind(resource)
        drafts = [d for _, uuid, doc, sealed in rows if (d := self._draft(kind, uuid, doc, sealed))]
        if not drafts:
            return
        moments = [(draft.document, self._finished_at) for draft in drafts]
        newer = await find_newer(self._district, resource, documents=moments, connection=connection)
        ready = [Draft(draft.document) for n, draft in enumerate(drafts) if n not in newer]
        leave = operator_leave(
            self._district, resource, task=_TASK, source=self._source, rewrites_unchanged=True
        )
        await write_documents(self._district, resource, drafts=ready, leave=leave, connection=connection)
        self.report.restored[resource] += len(ready)
        for number in newer:
            uuid = drafts[number].uuid
            if uuid is not None:
                self._keep(resource, uuid)

    async def remove(self, resource: str) -> None:
        """Removes what the load added; all that is still the load's by now."""
        last = _HIGHEST_ID
        while True:
            async with self._district.database.writing() as connection:
                rows = await self._written(connection, resource, last)
                if rows:
                    last = rows[-1][0]
                    uuids = [uuid for _, uuid in rows if uuid not in self._kept]
                    removed = await remove_set(
                        self._district, resource, uuids, task=_TASK, connection=connection
                    )
                    self.report.removed[resource] += len(removed.ids)
                    for uuid in removed.kept:
                        self.report.leave(resource, uuid, LeftAs.REFERRED_TO)
            if len(rows) < _MOST_ROWS:
                return

    async def _written(self, connection: Connection, resource: str, last: int) -> Sequence[tuple[int, UUID]]:
        table = self._district.catalog.tables[resource]
        rows = await connection.fetch(select_written(table), self._sources, last, _MOST_ROWS)
        return [tuple(row) for row in rows]

    async def _restore_rows(
        self, connection: Connection, resource: str, rows: Sequence[tuple[int, UUID]]
    ) -> None:
        kind = self._district.catalog.kind(resource)
        images = await connection.fetch(
            query(_PARTS, "images_before"), resource, [record for record, _ in rows], self._sources
        )
        uuids = dict(rows)
        drafts = [self._draft(kind, uuids[record], doc, sealed) for record, doc, sealed in images]
        ready = [draft for draft in drafts if isinstance(draft, Draft)]
        # What says the same is written too: as long as it is the load's, it would be removed as added by it.
        leave = operator_leave(
            self._district, resource, task=_TASK, source=self._source, rewrites_unchanged=True
        )
        outcomes = await write_documents(
            self._district, resource, drafts=ready, leave=leave, connection=connection
        )
        for draft, outcome in zip(ready, outcomes, strict=True):
            if isinstance(outcome, Updated):
                self.report.restored[resource] += 1
            elif draft.uuid is not None:
                self._keep(resource, draft.uuid)

    def _keep(self, resource: str, uuid: UUID) -> None:
        self._kept.add(uuid)
        self.report.leave(resource, uuid, LeftAs.NOT_RESTORED)

    def _draft(self, kind: Kind, uuid: UUID, doc: str, sealed: bytes | None) -> Draft | None:
        if sealed is not None:
            place = sealing_place(kind.resource.name, uuid)
            doc = f"{doc},{self._district.keys.unseal(sealed, place=place).decode()[1:-1]}"
        parsed = parse_document(kind.document, (doc + "}").encode())
        if isinstance(parsed, tuple):
            self._keep(kind.resource.name, uuid)
            return None
        return Draft(parsed, uuid=uuid)
