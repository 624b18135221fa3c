"""Organisations by name: no personal records, so any caller may know those within its reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from homeroom.records.district import District
from homeroom.store.organizations import select_organizations


@dataclass(frozen=True, slots=True)
class Organization:
    """An education organisation. lineage: natural ids of those above it and its own, by kind."""

    id: int
    kind: str
    name: str
    lineage: Mapping[str, int]


async def read_organizations(district: District, ids: Sequence[int]) -> list[Organization]:
    """Those of these natural ids that exist, and all below them, by id."""
    sql = select_organizations(district.catalog.model, district.catalog.tables)
    async with district.database.connection() as connection:
        rows = await connection.fetch(sql, list(ids))
    return [Organization(row[0], row[1], row[2], dict(zip(row[4], row[3], strict=True))) for row in rows]
