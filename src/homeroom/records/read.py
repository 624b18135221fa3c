"""Reads records: by id, and in pages; each under a Grant, with its ledger entry in the same statement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from homeroom.records.district import District
from homeroom.records.etags import view_tag
from homeroom.records.ledger import LedgerTexts, ledger_texts
from homeroom.records.offsets import DEEP
from homeroom.records.prepare import sealed_value, sealing_place
from homeroom.standard.filters import Filter
from homeroom.standard.model import Kind as PropertyKind
from homeroom.store.catalog import Kind
from homeroom.store.conditions import AnyRelationship, Condition
from homeroom.store.connect import Connection
from homeroom.store.predicates import Parameters
from homeroom.store.selects import Page, count_rows, page_where, partition_bounds, select_page, select_records
from homeroom.trust.grant import Grant


class Record(NamedTuple):
    """One record as its reader may see it: the response body and its tag."""

    id: int
    uuid: UUID
    body: str
    etag: str


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
    """A page of a list; total only when it was asked for."""

    records: tuple[Record, ...]
    total: int | None


async def read_records(
    district: District, grant: Grant, *, uuids: Sequence[UUID], requests: Sequence[str] = ()
) -> Mapping[UUID, Record]:
    """The records of these ids that the Grant reaches; one ledger entry for each.

    requests: what the ledger calls the request for each id; none where nobody asked by one.
    """
    kind = district.catalog.kind(grant.resource)
    *entry, _ = ledger_texts(grant, "")
    parameters = Parameters(list(uuids), *entry, list(requests) or [""] * len(uuids))
    fence = fence_of(grant.conditions)
    sql = select_records(kind.table, grant.conditions, parameters, fence=fence, entry_first=2)
    async with district.database.connection() as connection:
        rows = await connection.fetch(sql, *parameters.values)
    return {r.uuid: r for r in _records(district, grant, rows=rows)}


async def read_page(
    district: District, grant: Grant, *, wanted: PageRequest, request: str = ""
) -> RecordPage:
    """One page in id order, with one ledger entry that lists what it holds."""
    await district.follow()
    kind = district.catalog.kind(grant.resource)
    page = _page(district, kind, wanted)
    if page is None:
        return RecordPage((), 0 if wanted.wants_total else None)
    fence = fence_of(grant.conditions)
    async with district.database.connection() as connection:
        total = None
        if wanted.wants_total:
            counting = Parameters()
            counted = page_where(kind.table, page, grant.conditions, counting, fence=fence)
            total = await connection.fetchval(count_rows(kind.table, counted), *counting.values)
        rows: Sequence[Any] = ()
        if wanted.limit:
            rows = await _read_rows(
                district,
                grant,
                page,
                wanted=wanted,
                entry=ledger_texts(grant, request),
                connection=connection,
            )
    return RecordPage(tuple(_records(district, grant, rows=rows)), total)


async def _read_rows(
    district: District,
    grant: Grant,
    page: Page,
    *,
    wanted: PageRequest,
    entry: LedgerTexts,
    connection: Connection,
) -> Sequence[Any]:
    """The rows of a page; a deep offset that follows a page read lately goes on from its last id."""
    table = district.catalog.kind(grant.resource).table
    reading, offset = (grant.resource, grant.conditions, page), wanted.offset
    last_id = district.offsets.before(reading, offset) if offset >= DEEP else None
    if last_id is not None:
        page, offset = replace(page, first_id=last_id + 1), 0
    parameters = Parameters(*entry, wanted.limit, offset)
    where = page_where(table, page, grant.conditions, parameters, fence=fence_of(grant.conditions))
    sql = select_page(table, where, limit="$7::bigint", offset="$8::bigint", entry_first=1)
    rows: Sequence[Any] = await connection.fetch(sql, *parameters.values)
    if len(rows) == wanted.limit:
        district.offsets.note(reading, wanted.offset + len(rows), last_id=rows[-1]["id"])
    return rows


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


def _records(district: District, grant: Grant, *, rows: Sequence[Any]) -> Iterator[Record]:
    """What the reader may see of rows of `record_columns`."""
    view, hidden = view_tag(grant.hidden), grant.hidden
    rendered: datetime | None = None
    moment = ""
    for record, uuid, version, modified_at, stored, sealed in rows:
        doc = stored
        if sealed is not None:
            plain = district.keys.unseal(sealed, place=sealing_place(grant.resource, uuid)).decode()
            doc = f"{doc},{plain[1:-1]}"
        if hidden:
            doc = _without(doc, hidden)
        if modified_at != rendered:  # what was loaded together was changed together
            rendered, moment = modified_at, render_moment(modified_at)
        etag = f"{version}-{view}"
        yield Record(record, uuid, f'{doc},"_etag":"{etag}","_lastModifiedDate":"{moment}"}}', etag)


def _without(doc: str, hidden: frozenset[str]) -> str:
    members = msgspec.json.decode(doc + "}")
    kept = {name: value for name, value in members.items() if name not in hidden}
    return msgspec.json.encode(kept).decode()[:-1]


def render_moment(moment: datetime) -> str:
    """A moment as the Ed-Fi API writes it: UTC, microseconds, `Z`."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds")[:26] + "Z"
