"""Where a record is from, how it stood before, and who read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

import msgspec

from homeroom.records.district import District
from homeroom.records.prepare import sealing_place
from homeroom.records.read import fence_of
from homeroom.store.overviews import select_provenance
from homeroom.store.predicates import Parameters
from homeroom.store.queries import query
from homeroom.trust.areas import Area, AreaLeave
from homeroom.trust.grant import Grant

Members: TypeAlias = Mapping[str, object]
"""The members of a document, as JSON values."""

_PACKAGE: Final = "homeroom.records.views"
_MOST: Final = 50
_NEWEST: Final = 2**63 - 1
# An entry of a page lists 500 records: so many are looked through in less than a second.
_MOST_ENTRIES: Final = 50_000


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a version came from: a file of a batch with its line, or a client; all None when made by hand."""

    file: str | None
    client: str | None
    line: int | None
    batch: int | None


@dataclass(frozen=True, slots=True)
class EarlierVersion:
    """A version that was replaced, as the reader may see it."""

    written_at: datetime
    replaced_at: datetime
    origin: Provenance
    members: Members


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One act that included the record. name, role: None for the machine and for who is no longer known.

    records: how many records the act included.
    """

    at: datetime
    actor: str
    name: str | None
    role: str | None
    purpose: str
    action: str
    basis: str
    records: int


@dataclass(frozen=True, slots=True)
class LedgerView:
    """Who read or wrote a record, the newest first, as far back as was looked.

    looked_back_to, next_entry: the time and id of the oldest entry that was looked at; None where there is no older.
    """

    lines: Sequence[LedgerLine]
    looked_back_to: datetime | None
    next_entry: int | None


@dataclass(frozen=True, slots=True)
class RecordHistory:
    """The present version's origin, and the replaced versions, the newest first; at most fifty."""

    created_at: datetime
    modified_at: datetime
    origin: Provenance
    earlier: Sequence[EarlierVersion]


async def read_history(district: District, grant: Grant, *, uuid: UUID) -> RecordHistory | None:
    """The history of a record, for one who has just read it; None when it is out of the Grant's reach."""
    table = district.catalog.tables[grant.resource]
    parameters = Parameters(uuid)
    provenance = select_provenance(table, grant.conditions, parameters)
    async with district.database.reading(fence_of(grant.conditions)) as connection:
        row = await connection.fetchrow(provenance, *parameters.values)
        if row is None:
            return None
        images = await connection.fetch(query(_PACKAGE, "before_images"), grant.resource, row[0], _MOST)
    earlier = [_earlier(district, grant, image) for image in images]
    return RecordHistory(row[1], row[2], Provenance(*row[3:7]), earlier)


async def read_ledger(
    district: District,
    leave: AreaLeave,
    *,
    resource: str,
    record: int,
    before: int = _NEWEST,
    most_entries: int = _MOST_ENTRIES,
) -> LedgerView | None:
    """Who read or wrote the record, at most fifty, among the newest entries; None without leave to the ledger.

    before: look at entries below this id alone. most_entries: how many are looked at.
    """
    if leave.area is not Area.LEDGER:
        return None
    async with district.database.administering() as connection:
        found = (resource, record, before, most_entries, _MOST)
        rows = await connection.fetch(query(_PACKAGE, "record_readers"), *found)
        if len(rows) == _MOST:
            last = rows[-1]
        else:
            last = await connection.fetchrow(query(_PACKAGE, "ledger_reach"), resource, before, most_entries)
    lines = [LedgerLine(*row[1:]) for row in rows]
    return LedgerView(lines, last[1], last[0]) if last else LedgerView(lines, None, None)


def _earlier(district: District, grant: Grant, row: Any) -> EarlierVersion:
    uuid, doc, sealed, written_at, replaced_at, *origin = row
    members: dict[str, object] = msgspec.json.decode(doc + "}")
    if sealed is not None:
        place = sealing_place(grant.resource, uuid)
        members |= msgspec.json.decode(district.keys.unseal(sealed, place=place))
    shown = {name: value for name, value in members.items() if name not in grant.hidden}
    return EarlierVersion(written_at, replaced_at, Provenance(*origin), shown)
