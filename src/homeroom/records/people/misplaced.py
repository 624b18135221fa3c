"""What a source brought for somebody it did not mean: found by where the records came from, and taken off them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from homeroom.records.district import District
from homeroom.records.keychange import find_referrers
from homeroom.records.load import load_positions
from homeroom.records.people.identities import KINDS
from homeroom.records.prepare import sealing_place
from homeroom.records.set_removal import remove_set
from homeroom.records.stored import StoredRow, inspect_stored
from homeroom.records.tasks import decide_task
from homeroom.store.batches import select_brought
from homeroom.store.catalog import Kind
from homeroom.store.checks import find_stored
from homeroom.store.connect import Connection
from homeroom.store.queries import query
from homeroom.trust.actors import Operator
from homeroom.trust.acts import record_act
from homeroom.trust.grant import Action, Grant

_PARTS: Final = "homeroom.records.people"
_TASK: Final = "match"


@dataclass(frozen=True, slots=True)
class Misplaced:
    """A record that was taken off somebody. text: as JSON; batch, file, line: where it came from."""

    resource: str
    uuid: UUID
    text: bytes
    batch: int
    file: str
    line: int


@dataclass(slots=True)
class TakenOff:
    """What a doubt came to. resource, source, source_id: whose records they may be; unique_id: whose they were.

    taken: in the order in which they can be stored again; left: resource and record that a person has to look at.
    """

    resource: str
    source: str
    source_id: str
    unique_id: str
    taken: list[Misplaced] = field(default_factory=list)
    left: list[tuple[str, UUID]] = field(default_factory=list)


async def take_off(district: District, connection: Connection, question: int) -> TakenOff | None:
    """Takes what came in by a match that a person has called into doubt off the one it was taken for.

    None where nothing was matched, or it is meant again. What other records refer to, and everything where another id
    of the source means the same person, stays and is noted with the pair.
    """
    meant = await connection.fetchrow(query(_PARTS, "meant_before"), question)
    if meant is None:
        return None
    resource = next(name for name, kind in KINDS.items() if kind == meant["kind"])
    found = TakenOff(resource, meant["source"], meant["source_id"], meant["unique_id"])
    work = _Taking(district, connection, found)
    person = await connection.fetchrow(find_stored(district.catalog.tables[resource]), [found.unique_id])
    if person is not None and person[0] is not None:
        await work.take(person[0], person[1], is_shared=meant["is_shared"])
    columns = [list(column) for column in zip(*found.left, strict=True)] or [[], []]
    await connection.execute(query(_PARTS, "keep_left"), question, *columns)
    await record_act(
        connection, Operator(_TASK), act="take_off", resource="matching.question", records=[question]
    )
    return found


class _Taking:
    """The records of one source about one person."""

    def __init__(self, district: District, connection: Connection, found: TakenOff) -> None:
        self._district = district
        self._connection = connection
        self._found = found

    async def take(self, record: int, uuid: UUID, *, is_shared: bool) -> None:
        """Removes them, those that refer to others first."""
        kind = self._district.catalog.kind(self._found.resource)
        found = await find_referrers(self._district, kind, [record], self._connection)
        referrers = {referrer.resource.name: uuids for referrer, uuids in found}
        referrers[self._found.resource] = [uuid]
        positions = load_positions(self._district.catalog.model)
        sources = await self._sources()
        for resource in sorted(referrers, key=positions.__getitem__, reverse=True):
            await self._take(
                self._district.catalog.kind(resource), referrers[resource], sources, is_shared=is_shared
            )
        self._found.taken.reverse()

    async def _sources(self) -> list[int]:
        which = (KINDS[self._found.resource], self._found.source)
        return [row[0] for row in await self._connection.fetch(query(_PARTS, "sources_of_people"), *which)]

    async def _take(
        self, kind: Kind, uuids: Sequence[UUID], sources: Sequence[int], *, is_shared: bool
    ) -> None:
        name = kind.resource.name
        rows = await self._connection.fetch(select_brought(kind.table), uuids, sources)
        places = {row[0]: row[1:] for row in rows}
        if is_shared:
            self._found.left += [(name, uuid) for uuid in places]
            return
        texts = {row.uuid: self._text(name, row) for row in await self._inspect(name, [*places])}
        removed = await remove_set(self._district, name, [*places], task=_TASK, connection=self._connection)
        self._found.left += [(name, uuid) for uuid in removed.kept]
        self._found.taken += [
            Misplaced(name, uuid, texts[uuid], *places[uuid]) for uuid in places if uuid not in removed.kept
        ]

    async def _inspect(self, resource: str, uuids: Sequence[UUID]) -> Sequence[StoredRow]:
        grant = decide_task(self._district, _TASK, action=Action.READ, resource=resource)
        if not isinstance(grant, Grant):
            return ()
        return await inspect_stored(self._district, grant, uuids=uuids, connection=self._connection)

    def _text(self, resource: str, row: StoredRow) -> bytes:
        text = row.doc
        if row.sealed is not None:
            place = sealing_place(resource, row.uuid)
            text += "," + self._district.keys.unseal(row.sealed, place=place).decode()[1:-1]
        return (text + "}").encode()
