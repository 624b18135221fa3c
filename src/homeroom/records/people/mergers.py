"""Two records of one person made one, and taken apart again.

Whatever refers to the one that goes comes to refer to the one that stays, however far away, in the order of
dependency. Where both have a record of what is then one key, that of the person who stays counts; the other goes,
with its before-image. Every step is noted, so that a split can take the same way back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from homeroom.base.errors import HomeroomError
from homeroom.matching.reasons import Reasons
from homeroom.records.district import District
from homeroom.records.keychange import (
    StaleReferrerError,
    find_referrers,
    new_members,
    note_key_changes,
    repointed,
)
from homeroom.records.load import load_positions
from homeroom.records.outcomes import Inserted
from homeroom.records.people.identities import KINDS
from homeroom.records.prepare import Draft, Prepared, prepare, sealing_place
from homeroom.records.remove import remove_rows
from homeroom.records.stored import StoredRow, inspect_stored
from homeroom.records.tasks import decide_task
from homeroom.records.writer import Candidate, Stored, WriteLeave, Writer
from homeroom.standard.check import parse_document
from homeroom.store.catalog import Kind
from homeroom.store.checks import find_stored
from homeroom.store.connect import Connection
from homeroom.store.queries import query
from homeroom.store.statements import move_identity
from homeroom.trust.actors import Actor
from homeroom.trust.acts import record_act
from homeroom.trust.grant import Action, Grant

_PARTS: Final = "homeroom.records.people"
_TASK: Final = "match"
_MOST_TRIES: Final = 5
_TRY_AGAIN: Final = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.ForeignKeyViolationError,
    asyncpg.UniqueViolationError,
    StaleReferrerError,
)


class MergeRefusedError(HomeroomError):
    """The two are one record already, one of them is not there, or the merger was taken back."""

    code = "identities.merge"


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody who was given a record of one of the two. name: of the client or account; None for the machine."""

    actor: str
    name: str | None
    last_at: datetime
    times: int


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merger did. moved: records that refer to the one who stays now; dropped: that both had.

    received_by: who had read either before, and learns of it from the change feed or has to be told.
    """

    merger: int
    moved: int
    dropped: int
    received_by: Sequence[Receiver]


async def merge_people(
    district: District, actor: Actor, *, resource: str, kept: str, gone: str, reasons: Reasons = ()
) -> Merged:
    """Makes the person `gone` one with the person `kept` (unique ids). Raises MergeRefusedError.

    The caller has asked whether the actor may; the work itself is done under the task's Grants.
    """
    kind = district.catalog.kind(resource)
    for attempt in range(_MOST_TRIES):
        try:
            async with district.database.writing() as connection:
                return await _Merge(district, kind, connection).run(
                    actor, kept=kept, gone=gone, reasons=reasons
                )
        except _TRY_AGAIN:
            if attempt == _MOST_TRIES - 1:
                raise
    raise AssertionError("the last try returns or raises")


async def split_people(district: District, actor: Actor, merger: int) -> Merged:
    """Takes a merger apart: both people stand again, with what each had. Raises MergeRefusedError.

    What came in for the person who stayed since then stays with them.
    """
    for attempt in range(_MOST_TRIES):
        try:
            async with district.database.writing() as connection:
                return await _Split(district, connection).run(actor, merger)
        except _TRY_AGAIN:
            if attempt == _MOST_TRIES - 1:
                raise
    raise AssertionError("the last try returns or raises")


class _Repointing:
    """Rewrites records by resource, parents first, each once, with all new keys known by then.

    keys: by a record's uuid (32 hex), the key under which references to it go on. dropped: records that had to go,
    with the one that stands in their place.
    """

    def __init__(self, district: District, connection: Connection) -> None:
        self.district = district
        self.connection = connection
        self.keys: dict[str, Mapping[str, object]] = {}
        self.moved: list[tuple[str, UUID]] = []
        self.dropped: list[tuple[Kind, StoredRow, UUID]] = []

    def grant(self, resource: str, action: Action) -> Grant:
        """The task's leave."""
        decision = decide_task(self.district, _TASK, action=action, resource=resource)
        if not isinstance(decision, Grant):
            raise MergeRefusedError(f"The policy does not let {resource} be changed by a merger.")
        return decision

    async def rows(self, kind: Kind, uuids: Sequence[UUID]) -> list[StoredRow]:
        """The records as they stand, locked."""
        grant = self.grant(kind.resource.name, Action.UPDATE)
        return await inspect_stored(self.district, grant, uuids=uuids, connection=self.connection)

    async def find(self, kind: Kind, unique_id: str) -> StoredRow | None:
        """The person of the unique id, locked."""
        found = await self.connection.fetchrow(find_stored(kind.table), [unique_id])
        rows = await self.rows(kind, [found[1]]) if found[0] is not None else []
        return rows[0] if rows else None

    def members(self, kind: Kind, row: StoredRow) -> Mapping[str, object]:
        """The record's key as references to it hold it."""
        same = repointed(self.district, kind, row, number=0, keys={})
        return new_members(self.district, kind, same.prepared)

    def writer(self, kind: Kind, *, source: int | None = None) -> Writer:
        """An engine under the task's leave."""
        create, update = (self.grant(kind.resource.name, a) for a in (Action.CREATE, Action.UPDATE))
        return Writer(self.district, kind, WriteLeave(create, update, source=source, per_record=False))

    async def rewrite(self, kind: Kind, uuids: Sequence[UUID]) -> None:
        """Gives the references of the records their new keys; one whose own key is taken then is dropped."""
        if not uuids:
            return
        rows = await self.rows(kind, uuids)
        candidates = [
            repointed(self.district, kind, row, number=n, keys=self.keys) for n, row in enumerate(rows)
        ]
        writer = self.writer(kind)
        await writer.resolve(self.connection, candidates)
        standing: list[Candidate] = []
        for candidate, row in zip(candidates, rows, strict=True):
            self.keys[row.uuid.hex] = new_members(self.district, kind, candidate.prepared)
            if candidate.stored is not None and candidate.stored.id != row.id:
                self.dropped.append((kind, row, candidate.stored.uuid))
            else:
                candidate.stored = Stored(row.id, row.uuid, row.version, b"", row.owner_token)
                standing.append(candidate)
        await self._update(writer, standing)

    async def _update(self, writer: Writer, candidates: Sequence[Candidate]) -> None:
        outcomes = await writer.update(self.connection, candidates)
        if len(outcomes) < len(candidates):
            raise StaleReferrerError("A referring record changed at the same moment.")
        kind, rows = writer.kind, [(c, c.row) for c in candidates if c.row]
        changed = [(c, row) for c, row in rows if writer.key(c.prepared) != row.key]
        if kind.table.identity and changed:
            await self.connection.execute(move_identity(kind.table), [row.id for _, row in changed])
        if changed:
            pairs = [(row, candidate.prepared) for candidate, row in changed]
            await note_key_changes(self.district, kind, pairs, connection=self.connection)
        self.moved += [(kind.resource.name, row.uuid) for _, row in rows]


class _Merge(_Repointing):
    """One merger in one transaction."""

    def __init__(self, district: District, kind: Kind, connection: Connection) -> None:
        super().__init__(district, connection)
        self._kind = kind
        self._affected: dict[str, dict[UUID, None]] = {}

    async def run(self, actor: Actor, *, kept: str, gone: str, reasons: Reasons) -> Merged:
        """Everything, from the look at both to the note of what was done."""
        winner, loser = await self.find(self._kind, kept), await self.find(self._kind, gone)
        if winner is None or loser is None or winner.id == loser.id:
            raise MergeRefusedError("A merger needs two people of the district.")
        people = [winner.id, loser.id]
        received_by = await read_receivers(self.connection, self._kind, people)
        self.keys[loser.uuid.hex] = self.members(self._kind, winner)
        await self._look_around(self._kind, [loser.id])
        positions = load_positions(self.district.catalog.model)
        for resource in sorted(self._affected, key=positions.__getitem__):
            await self.rewrite(self.district.catalog.kind(resource), list(self._affected[resource]))
        for kind, row, _ in reversed(self.dropped):
            await self._remove(kind, row)
        await self._remove(self._kind, loser)
        both = (kept, winner.uuid, gone, loser.uuid)
        merger = await self._note(actor, both, reasons=reasons, people=people)
        return Merged(merger, len(self.moved), len(self.dropped), received_by)

    async def _look_around(self, kind: Kind, ids: Sequence[int]) -> None:
        """Finds what refers to the records, and on from there wherever a key changes with them."""
        for referrer, uuids in await find_referrers(self.district, kind, list(ids), self.connection):
            known = self._affected.setdefault(referrer.resource.name, {})
            fresh = [uuid for uuid in uuids if uuid not in known]
            known |= dict.fromkeys(fresh)
            if fresh and _takes_key_from(referrer, kind):
                rows = await self.rows(referrer, fresh)
                await self._look_around(referrer, [row.id for row in rows])

    async def _remove(self, kind: Kind, row: StoredRow) -> None:
        grant = self.grant(kind.resource.name, Action.DELETE)
        await remove_rows(self.district, grant, rows=[row], connection=self.connection)

    async def _note(
        self, actor: Actor, both: tuple[str, UUID, str, UUID], *, reasons: Reasons, people: Sequence[int]
    ) -> int:
        kind, resource = KINDS[self._kind.resource.name], self._kind.resource.name
        steps: list[tuple[str, UUID, UUID | None]] = [(name, uuid, None) for name, uuid in self.moved]
        steps += [(k.resource.name, row.uuid, into) for k, row, into in self.dropped]
        merger: int = await self.connection.fetchval(
            query(_PARTS, "keep_merger"), kind, *both, actor.label, [*reasons]
        )
        columns = [[step[n] for step in steps] for n in range(3)]
        await self.connection.execute(query(_PARTS, "keep_merger_steps"), merger, *columns)
        await self.connection.execute(query(_PARTS, "move_crosswalk"), kind, both[2], both[0], actor.label)
        await record_act(self.connection, actor, act="merge", resource=resource, records=people)
        return merger


class _Split(_Repointing):
    """One merger taken apart in one transaction."""

    async def run(self, actor: Actor, merger: int) -> Merged:
        """Everything, from the note of what was done to both people standing again."""
        noted = await self.connection.fetchrow(query(_PARTS, "lock_merger"), merger)
        if noted is None:
            raise MergeRefusedError("There is no such merger, or it was taken apart already.")
        resource = next(name for name, kind in KINDS.items() if kind == noted["kind"])
        person = self.district.catalog.kind(resource)
        await self._restore(person, noted["gone_uuid"], into=noted["kept_uuid"])
        steps = await self.connection.fetch(query(_PARTS, "read_merger_steps"), merger)
        positions = load_positions(self.district.catalog.model)
        for name in sorted({row["resource"] for row in steps}, key=positions.__getitem__):
            own = [row for row in steps if row["resource"] == name]
            await self._take_back(self.district.catalog.kind(name), own)
        both = [await self.find(person, noted[name]) for name in ("kept", "gone")]
        people = [row.id for row in both if row]
        await self.connection.execute(query(_PARTS, "end_merger"), merger, actor.label)
        await record_act(self.connection, actor, act="split", resource=resource, records=people)
        restored = sum(1 for row in steps if row["into_uuid"])
        received_by = await read_receivers(self.connection, person, people)
        return Merged(merger, len(self.moved), restored, received_by)

    async def _take_back(self, kind: Kind, steps: Sequence[Mapping[str, UUID | None]]) -> None:
        """What the merger did to records of one resource, the other way round."""
        moved = []
        for step in steps:
            uuid, into = step["uuid"], step["into_uuid"]
            if uuid and into:
                await self._restore(kind, uuid, into=into)
            elif uuid:
                moved.append(uuid)
        await self.rewrite(kind, moved)
        if self.dropped:
            raise MergeRefusedError("A record stands in the way of one that would come back.")

    async def _restore(self, kind: Kind, uuid: UUID, *, into: UUID) -> None:
        """Puts a record back as it stood, under its own id. into: what stands in its place until then."""
        image = await self.connection.fetchrow(query(_PARTS, "last_image"), kind.resource.name, uuid)
        doc, sealed, source, line = image
        if sealed is not None:
            plain = self.district.keys.unseal(sealed, place=sealing_place(kind.resource.name, uuid))
            doc = f"{doc},{plain.decode()[1:-1]}"
        document = parse_document(kind.document, (doc + "}").encode())
        if isinstance(document, tuple):
            raise MergeRefusedError("A record does not fit the standard any more as it stood.")
        prepared = prepare(self.district, kind, Draft(document, line=line, restores=uuid))
        if not isinstance(prepared, Prepared):
            raise MergeRefusedError("A record names a descriptor that is gone.")
        members = new_members(self.district, kind, prepared)
        writer = self.writer(kind, source=source)
        outcomes, _ = await writer.write(self.connection, [Candidate(0, prepared)])
        if not isinstance(outcomes[0], Inserted):
            raise MergeRefusedError("A record cannot come back as it stood.")
        self.keys[into.hex] = members


def _takes_key_from(referrer: Kind, target: Kind) -> bool:
    """Whether the referrer's key changes with the target's."""
    table, names = referrer.table, {target.resource.name, target.resource.base}
    return any(r.target in names and not set(r.own_columns).isdisjoint(table.key) for r in table.references)


async def read_receivers(connection: Connection, kind: Kind, people: Sequence[int]) -> Sequence[Receiver]:
    """Who was given a record of these people, the latest first. people: record ids."""
    rows = await connection.fetch(query(_PARTS, "read_receivers"), kind.resource.name, list(people))
    return [Receiver(*row) for row in rows]
