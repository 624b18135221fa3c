"""Rows that a delivery names as to be deleted: what they once brought is removed, and nothing that it does not name."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final
from uuid import UUID

from homeroom.base.findings import Finding, Place, Severity
from homeroom.ingest.loading.questions import Question
from homeroom.ingest.loading.removing import HIGHEST, REMEDY, Alarm, remove_found
from homeroom.ingest.loading.snapshot import alarm_of, parse_snapshot
from homeroom.records.load import load_positions
from homeroom.store.batches import select_named
from homeroom.store.connect import Connection
from homeroom.store.queries import query
from homeroom.store.tables import Table

if TYPE_CHECKING:
    from homeroom.ingest.loading.load import Load

_PARTS: Final = "homeroom.ingest.loading"
_TASK: Final = "delta"


async def remove_named(load: Load) -> Sequence[Question]:
    """Removes the records of rows that are to go, children before parents; asks before it is much.

    A record stays that other rows or other sources give too, that somebody else has written since, or that others
    refer to.
    """
    async with load.chunks.chunk() as connection:
        named = {name for (name,) in await connection.fetch(query(_PARTS, "gone_resources"), load.batch.id)}
        if not named:
            return ()
        settings = await connection.fetchrow(query(_PARTS, "removal_settings"), load.batch.id)
    work = _Deletion(load, named, alarm=alarm_of(parse_snapshot(settings[0])))
    questions = [q for q in await work.questions() if q.code not in set(settings[1])]
    if not questions:
        await work.remove()
    return questions


class _Deletion:
    def __init__(self, load: Load, named: set[str], *, alarm: Alarm) -> None:
        self._load = load
        self._alarm = alarm
        positions = load_positions(load.district.catalog.model)
        self._resources = sorted(named & positions.keys(), key=positions.__getitem__, reverse=True)

    async def questions(self) -> list[Question]:
        found: list[Question] = []
        async with self._load.chunks.chunk() as connection:
            for resource in self._resources:
                going = len(await self._ours(resource, connection, HIGHEST))
                held = await connection.fetchval(
                    query(_PARTS, "count_brought"), self._load.batch.id, resource
                )
                if going and self._alarm.is_due(going, held=held):
                    words = f"{going:,} of {held:,} {resource} records are named as to be deleted."
                    found.append(Question(f"delta.removal:{resource}", words, REMEDY))
        return found

    async def remove(self) -> None:
        for resource in self._resources:
            find = partial(self._ours, resource)
            removed, kept = await remove_found(self._load, resource, find, task=_TASK)
            self._tell(resource, removed, kept=kept, others=await self._written_by_others(resource))

    async def _ours(self, resource: str, connection: Connection, most: int) -> list[UUID]:
        rows = await connection.fetch(select_named(self._table(resource)), self._load.batch.id, most)
        return [uuid for _, uuid, is_ours in rows if is_ours]

    async def _written_by_others(self, resource: str) -> int:
        async with self._load.chunks.chunk() as connection:
            rows = await connection.fetch(select_named(self._table(resource)), self._load.batch.id, HIGHEST)
        return sum(not is_ours for _, _, is_ours in rows)

    def _table(self, resource: str) -> Table:
        return self._load.district.catalog.tables[resource]

    def _tell(self, resource: str, removed: int, *, kept: int, others: int) -> None:
        if removed:
            words = f"{removed:,} {resource} records that the files name as deleted were removed."
            remedy = "Undo the batch to bring them back."
            self._load.note(Finding("load.named_removed", words, Place(), remedy, Severity.WARNING))
        for count, why in ((kept, "others refer to them"), (others, "others have written them since")):
            if count:
                words = f"{count:,} {resource} records are named as deleted, but {why}; they stay."
                self._load.note(Finding("load.named_kept", words, Place(), severity=Severity.WARNING))
