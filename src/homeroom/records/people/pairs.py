"""Two records of one person as a data manager sees them: both sides, ids elsewhere, mergers and the way back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from homeroom.matching.people import Person
from homeroom.records.district import District
from homeroom.records.people.identities import KINDS
from homeroom.records.people.matches import Ask, read_known
from homeroom.records.people.mergers import Merged, merge_people, split_people
from homeroom.store.queries import query
from homeroom.trust.areas import Area, AreaLeave

_PARTS: Final = "homeroom.records.people"


@dataclass(frozen=True, slots=True)
class SourceId:
    """What a source calls somebody. decided_by: a name, `matching`, or an actor."""

    source: str
    source_id: str
    decided_at: datetime
    decided_by: str


@dataclass(frozen=True, slots=True)
class Side:
    """Somebody of the district, as far as the reader may see them, and what sources call them."""

    unique_id: str
    person: Person
    source_ids: tuple[SourceId, ...]


@dataclass(frozen=True, slots=True)
class Merger:
    """Two records that were made one. merged_by: a name or an actor; split_at: None while it stands."""

    id: int
    resource: str
    kept: str
    gone: str
    merged_at: datetime
    merged_by: str
    split_at: datetime | None


async def read_sides(
    district: District, leave: AreaLeave, *, ask: Ask, resource: str, unique_ids: Sequence[str]
) -> list[Side]:
    """The people of these unique ids whom the reader may see, in their order. resource: one of KINDS."""
    kind = KINDS.get(resource)
    if leave.area is not Area.MATCHES or kind is None:
        return []
    known = await read_known(district, ask, [(kind, unique_id) for unique_id in unique_ids])
    async with district.database.reading(None) as connection:
        rows = await connection.fetch(query(_PARTS, "list_sources"), kind, list(unique_ids))
    sources: defaultdict[str, list[SourceId]] = defaultdict(list)
    for unique_id, source, source_id, decided_at, decided_by, name in rows:
        sources[unique_id].append(SourceId(source, source_id, decided_at, name or decided_by))
    return [
        Side(unique_id, known[kind, unique_id], tuple(sources[unique_id]))
        for unique_id in dict.fromkeys(unique_ids)
        if (kind, unique_id) in known
    ]


async def read_mergers(district: District, leave: AreaLeave, *, ask: Ask, most: int) -> list[Merger]:
    """The latest mergers of people whom the reader may see."""
    if leave.area is not Area.MATCHES:
        return []
    async with district.database.reading(None) as connection:
        rows = await connection.fetch(query(_PARTS, "list_mergers"), most)
    seen = await read_known(district, ask, [(row["kind"], row["kept"]) for row in rows])
    resources = {kind: resource for resource, kind in KINDS.items()}
    return [
        Merger(
            row["id"],
            resources[row["kind"]],
            row["kept"],
            row["gone"],
            row["merged_at"],
            row["name"] or row["decided_by"],
            row["split_at"],
        )
        for row in rows
        if (row["kind"], row["kept"]) in seen
    ]


async def merge_pair(
    district: District, leave: AreaLeave, *, ask: Ask, resource: str, kept: str, gone: str
) -> Merged | None:
    """Makes the two one; None where the reader may not see both. Raises MergeRefusedError."""
    sides = await read_sides(district, leave, ask=ask, resource=resource, unique_ids=[kept, gone])
    if len(sides) < 2:
        return None
    return await merge_people(district, leave.member, resource=resource, kept=kept, gone=gone)


async def split_pair(district: District, leave: AreaLeave, *, ask: Ask, merger: int) -> Merged | None:
    """Takes a merger apart; None where there is none that the reader may see. Raises MergeRefusedError."""
    if leave.area is not Area.MATCHES:
        return None
    async with district.database.reading(None) as connection:
        row = await connection.fetchrow(query(_PARTS, "read_merger"), merger)
    if row is None:
        return None
    who = row["kind"], row["kept"]
    if who not in await read_known(district, ask, [who]):
        return None
    return await split_people(district, leave.member, merger)
