"""Reads records: by id, and in pages; each under a Grant, with its ledger entry in the same statement."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from homeroom.records.district import District
from homeroom.records.etags import render_etag, view_tag
from homeroom.records.ledger import LedgerTexts, ledger_texts
from homeroom.records.offsets import DEEP
from homeroom.records.prepare import sealed_value, sealing_prefix
from homeroom.standard.filters import Filter
from homeroom.standard.model import Kind as PropertyKind
from homeroom.store.catalog import Kind
from homeroom.store.conditions import AnyRelationship, Condition
from homeroom.store.connect import Connection
from homeroom.store.predicates import Parameters
from homeroom.store.selects import (
    BETWEEN,
    FACTS,
    Page,
    count_rows,
    page_where,
    partition_bounds,
    select_page,
    select_records,
)
from homeroom.trust.grant import Grant

# How many parameters of `select_records` differ from one reading to the next.
_ASKED: Final = 7
_ORIGIN: Final = datetime(2000, 1, 1)  # noqa: DTZ001 - of moments as the database packs them, in UTC


class Record(NamedTuple):
    """One record as its reader may see it: the response body and its tag."""

    id: int
    body: str
    etag: str


class Asked(NamedTuple):
    """A question for a record. request: what the ledger calls it; empty where nobody asked by one."""

    uuid: UUID
    grant: Grant
    request: str = ""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What of a list is wanted.

    filters: filter and typed value; a descriptor's value is its URI. first_id, last_id: the window of a
    page token; None where there is none. wants_total: count the whole list too.
    """

    limit: int
    offset: int = 0
    filters: tuple[tuple[Filter, object], ...] = ()
    first_id: int | None = None
    last_id: int | None = None
    min_version: int | None = None
    max_version: int | None = None
    wants_total: bool = False


@dataclass(frozen=True, slots=True)
class RecordPage:
    """A page of a list: response bodies and the last one's surrogate; total only when it was asked for."""

    bodies: Sequence[str] = ()
    last_id: int | None = None
    total: int | None = None


async def read_records(district: District, grant: Grant, *, uuids: Sequence[UUID]) -> Mapping[UUID, Record]:
    """The records of these ids that the Grant reaches; one ledger entry for each."""
    if not uuids:
        return {}
    return await RecordReader(district, grant).read([Asked(uuid, grant) for uuid in uuids])


class RecordReader:
    """Reads records by id under Grants that are alike: whoever asks, the same rows and members come back."""

    def __init__(self, district: District, grant: Grant) -> None:
        self._district = district
        self._grant = grant
        self._kind: Kind | None = None
        self._sql = ""
        self._values: Sequence[object] = ()

    @staticmethod
    def likeness(grant: Grant) -> Hashable:
        """Equal for Grants that are alike."""
        return grant.resource, grant.action, grant.purpose, grant.conditions, grant.hidden

    async def read(self, asked: Sequence[Asked]) -> Mapping[UUID, Record]:
        """The records that can be reached; one ledger entry for each question for one of them."""
        self._compile()
        grant = self._grant
        async with self._district.database.connection() as connection:
            rows = await connection.fetch(
                self._sql,
                [one.uuid for one in asked],
                grant.purpose.value,
                grant.action.value,
                grant.resource,
                [one.grant.actor.label for one in asked],
                [one.grant.basis for one in asked],
                [one.request for one in asked],
                *self._values,
            )
        docs, sealed = [row["doc"] for row in rows], [row["sealed"] for row in rows]
        facts = b"".join([row["facts"] for row in rows])
        bodies = _show(self._district, grant, docs, facts=facts, sealed=sealed)
        return {
            row["uuid"]: Record(row["id"], body, render_etag(row["change_version"], grant.hidden))
            for row, body in zip(rows, bodies, strict=True)
        }

    def _compile(self) -> None:
        kind = self._district.catalog.kind(self._grant.resource)
        if kind is self._kind:
            return
        conditions = self._grant.conditions
        parameters = Parameters(*([None] * _ASKED))
        self._sql = select_records(kind.table, conditions, parameters, fence=fence_of(conditions))
        self._kind, self._values = kind, parameters.values[_ASKED:]


async def read_page(
    district: District, grant: Grant, *, wanted: PageRequest, request: str = ""
) -> RecordPage:
    """One page in id order, with one ledger entry that lists what it holds."""
    await district.follow()
    kind = district.catalog.kind(grant.resource)
    page = _page(district, kind, wanted)
    if page is None:
        return RecordPage(total=0 if wanted.wants_total else None)
    fence = fence_of(grant.conditions)
    async with district.database.connection() as connection:
        total = None
        if wanted.wants_total:
            counting = Parameters()
            counted = page_where(kind.table, page, grant.conditions, counting, fence=fence)
            total = await connection.fetchval(count_rows(kind.table, counted), *counting.values)
        row = None
        if wanted.limit:
            row = await _read_rows(
                district,
                grant,
                page,
                wanted=wanted,
                entry=ledger_texts(grant, request),
                connection=connection,
            )
    if row is None:
        return RecordPage(total=total)
    last_id, docs, facts, sealed = row
    bodies = _show(district, grant, docs.split(BETWEEN), facts=facts, sealed=sealed)
    return RecordPage(bodies, last_id, total)


async def _read_rows(
    district: District,
    grant: Grant,
    page: Page,
    *,
    wanted: PageRequest,
    entry: LedgerTexts,
    connection: Connection,
) -> Any:
    """The page's one row; a deep offset that follows a page read lately goes on from its last id."""
    table = district.catalog.kind(grant.resource).table
    reading, offset = (grant.resource, grant.conditions, page), wanted.offset
    last_id = district.offsets.before(reading, offset) if offset >= DEEP else None
    if last_id is not None:
        page, offset = replace(page, first_id=last_id + 1), 0
    parameters = Parameters(*entry, wanted.limit, offset)
    where = page_where(table, page, grant.conditions, parameters, fence=fence_of(grant.conditions))
    sql = select_page(table, where)
    row = await connection.fetchrow(sql, *parameters.values)
    if row is not None and len(row["sealed"]) == wanted.limit:
        district.offsets.note(reading, wanted.offset + wanted.limit, last_id=row["last_id"])
    return row


async def read_partitions(
    district: District, grant: Grant, *, wanted: PageRequest, number: int
) -> list[tuple[int, int]]:
    """Windows of ids (first, last) that part the list in at most `number` pieces of about equal size."""
    kind = district.catalog.kind(grant.resource)
    page = _page(district, kind, wanted)
    if page is None:
        return []
    parameters = Parameters(number)
    where = page_where(kind.table, page, grant.conditions, parameters, fence=fence_of(grant.conditions))
    async with district.database.connection() as connection:
        sql = partition_bounds(kind.table, where, number="$1::integer")
        firsts = [r[0] for r in await connection.fetch(sql, *parameters.values)]
    lasts = [*(first - 1 for first in firsts[1:]), 2**63 - 1][: len(firsts)]
    return list(zip(firsts, lasts, strict=True))


def fence_of(conditions: Sequence[Condition]) -> tuple[int, ...] | None:
    """The organisations behind whose fence the read runs; None where a condition reaches past organisations."""
    for condition in conditions:
        if isinstance(condition, AnyRelationship):
            is_fenced = all(
                not a.is_inverted and any(s.person is None for s in a.subjects)
                for a in condition.alternatives
            )
            if is_fenced:
                return tuple(sorted({o for a in condition.alternatives for o in a.organizations}))
    return None


def _page(district: District, kind: Kind, wanted: PageRequest) -> Page | None:
    """The store's page; None when a filter names a descriptor that does not exist, so nothing can match."""
    equals: list[tuple[str, str, object]] = []
    holds: list[int] = []
    items: list[tuple[str, str]] = []
    sealed = district.sealing.sealed_members(kind.resource)
    for wanted_filter, value in wanted.filters:
        if wanted_filter.is_identifier:
            equals.append(("uuid", "uuid", value))
            continue
        if wanted_filter.column is None:
            if wanted_filter.collection is None or wanted_filter.collection in sealed:
                return None
            items.append((wanted_filter.collection, _item_json(district, wanted_filter, value)))
            continue
        column = kind.table.columns_by_name[wanted_filter.column]
        stored = value
        if column.property.kind is PropertyKind.DESCRIPTOR and column.property.descriptor:
            found = district.descriptors.find(column.property.descriptor, str(value))
            if found is None:
                return None
            stored = found[0]
        if len(column.paths[0]) == 1 and column.paths[0][0] in sealed:
            holds.append(district.keys.blind_index(sealed_value(kind.resource.name, column.name, stored)))
        else:
            equals.append((column.name, column.sql_type, stored))
    return Page(
        equals=tuple(equals),
        holds=tuple(holds),
        items=tuple(items),
        first_id=wanted.first_id,
        last_id=wanted.last_id,
        min_version=wanted.min_version,
        max_version=wanted.max_version,
    )


def _item_json(district: District, wanted: Filter, value: object) -> str:
    """An item that has the value, as JSON containment asks for it."""
    found = None
    if wanted.property.descriptor:
        found = district.descriptors.find(wanted.property.descriptor, str(value))
    return msgspec.json.encode([{wanted.property.name: found[1] if found else value}]).decode()


def _show(
    district: District, grant: Grant, docs: Sequence[str], *, facts: bytes, sealed: Sequence[bytes | None]
) -> Sequence[str]:
    """The bodies of records as the reader may see them. docs: as they are stored; facts: `FACTS` of each."""
    view, hidden = view_tag(grant.hidden), grant.hidden
    unseal, prefix = district.keys.unseal, sealing_prefix(grant.resource)
    bodies: list[str] = []
    rendered, moment = None, ""
    for doc, blob, (uuid, version, modified_at) in zip(docs, sealed, FACTS.iter_unpack(facts), strict=True):
        members = doc
        if blob is not None:
            members += "," + unseal(blob, place=prefix + uuid)[1:-1].decode()
        if hidden:
            members = _without(members, hidden)
        if modified_at != rendered:  # what was loaded together was changed together
            rendered, moment = modified_at, _render_moment(modified_at)
        bodies.append(f'{members},"_etag":"{version}-{view}","_lastModifiedDate":"{moment}"}}')
    return bodies


def _render_moment(microseconds: int) -> str:
    """A moment as the Ed-Fi API writes it: UTC, microseconds, `Z`."""
    moment = _ORIGIN + timedelta(microseconds=microseconds)
    return moment.isoformat(timespec="microseconds") + "Z"


def _without(doc: str, hidden: frozenset[str]) -> str:
    members = msgspec.json.decode(doc + "}")
    kept = {name: value for name, value in members.items() if name not in hidden}
    return msgspec.json.encode(kept).decode()[:-1]
