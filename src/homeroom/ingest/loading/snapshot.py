"""Snapshot feeds: what a whole export no longer holds is removed, within its declared scope and not without alarm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec

from homeroom.base.findings import Finding, Place, Severity
from homeroom.ingest.loading.questions import Question
from homeroom.ingest.loading.removing import HIGHEST, REMEDY, Alarm, remove_found
from homeroom.records.load import load_positions
from homeroom.standard.model import Model
from homeroom.store.batches import count_of_feed, select_absent
from homeroom.store.connect import Connection
from homeroom.store.queries import query
from homeroom.store.tables import Table

if TYPE_CHECKING:
    from homeroom.ingest.loading.load import Load

_PARTS: Final = "homeroom.ingest.loading"
_TASK: Final = "snapshot"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a feed's files hold whole.

    resources: of which what disappears is removed. by: members of their keys, such as schoolYear and schoolId: only
    records that share a combination of these with a record of the files can be missing. most_rows, most_share: more
    than either is asked about first.
    """

    resources: tuple[str, ...]
    by: tuple[str, ...] = ()
    most_rows: int = 50
    most_share: float = 0.1


def parse_snapshot(text: str | None) -> Snapshot | None:
    """A snapshot from the JSON in which a feed keeps it. Raises msgspec.ValidationError for what is none."""
    return None if text is None else msgspec.json.decode(text, type=Snapshot)


def alarm_of(snapshot: Snapshot | None) -> Alarm:
    """How much a feed may remove without asking."""
    return Alarm() if snapshot is None else Alarm(snapshot.most_rows, snapshot.most_share)


def scope_columns(table: Table, by: Sequence[str]) -> tuple[str, ...] | None:
    """The columns of the key that the members stand in; None when it lacks one."""
    names = {name.replace("_", ""): name for name in table.key}
    found = tuple(names.get(member.lower(), "") for member in by)
    return None if "" in found else found


async def remove_absent(load: Load) -> Sequence[Question]:
    """Removes what the snapshot of a feed no longer holds, children before parents; asks before it is much."""
    async with load.chunks.chunk() as connection:
        row = await connection.fetchrow(query(_PARTS, "feed_of_batch"), load.batch.id)
    snapshot = parse_snapshot(row[2]) if row is not None else None
    if row is None or snapshot is None:
        return ()
    if load.mapped.holds_changes:
        words = "The files hold changes only: what they do not name stays, as they are no snapshot."
        load.note(Finding("load.changes_only", words, Place(), severity=Severity.WARNING))
        return ()
    work = _Removal(load, feed=row[0], snapshot=snapshot)
    questions = [q for q in await work.questions() if q.code not in set(row[4])]
    if not questions:
        await work.remove()
    return questions


class _Removal:
    def __init__(self, load: Load, *, feed: int, snapshot: Snapshot) -> None:
        self._load = load
        self._feed = feed
        self._snapshot = snapshot
        self._alarm = alarm_of(snapshot)
        positions = load_positions(load.district.catalog.model)
        names = resource_names(load.district.catalog.model, snapshot.resources)
        self._resources = sorted(names, key=positions.__getitem__, reverse=True)

    async def questions(self) -> list[Question]:
        async with self._load.chunks.chunk() as connection:
            return [q for resource in self._resources for q in await self._ask(connection, resource)]

    async def _ask(self, connection: Connection, resource: str) -> list[Question]:
        absent = len(await self._absent(resource, connection, HIGHEST))
        if not absent:
            return []
        found: list[Question] = []
        held = await connection.fetchval(
            count_of_feed(self._load.district.catalog.tables[resource]), self._feed
        )
        if self._alarm.is_due(absent, held=held):
            words = f"{absent:,} of {held:,} {resource} records are no longer in the files: they would be removed."
            found.append(Question(f"snapshot.removal:{resource}", words, REMEDY))
        failed = await connection.fetchval(query(_PARTS, "count_failed"), self._load.batch.id, resource)
        if failed:
            words = (
                f"{failed:,} rows of {resource} could not be stored; some of the {absent:,} records that would"
                f" be removed may be theirs."
            )
            found.append(Question(f"snapshot.failed:{resource}", words, f"Mend the rows first. {REMEDY}"))
        return found

    async def remove(self) -> None:
        for resource in self._resources:
            find = partial(self._absent, resource)
            removed, kept = await remove_found(self._load, resource, find, task=_TASK)
            self._tell(resource, removed, kept)

    async def _absent(self, resource: str, connection: Connection, most: int) -> list[UUID]:
        table = self._load.district.catalog.tables[resource]
        scope = scope_columns(table, self._snapshot.by)
        if scope is None:
            return []
        rows = await connection.fetch(select_absent(table, scope), self._load.batch.id, self._feed, most)
        return [uuid for (uuid,) in rows]

    def _tell(self, resource: str, removed: int, kept: int) -> None:
        if removed:
            words = f"{removed:,} {resource} records that the files no longer hold were removed."
            remedy = "Undo the batch to bring them back."
            self._load.note(Finding("load.snapshot_removed", words, Place(), remedy, Severity.WARNING))
        if kept:
            words = f"{kept:,} {resource} records are no longer in the files, but others refer to them; they stay."
            self._load.note(Finding("load.snapshot_kept", words, Place(), severity=Severity.WARNING))


def resource_names(model: Model, given: Sequence[str]) -> list[str]:
    """Names of the resources, which may be given as endpoints; those that the standard does not have are left out."""
    known = {n.lower(): r.name for r in model.resources.values() for n in (r.name, r.endpoint)}
    return [known[name.lower()] for name in given if name.lower() in known]
