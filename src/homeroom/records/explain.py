"""Why a record that exists cannot be read: for districts that may tell (DESIGN 11, `refusals: edfi`)."""

from __future__ import annotations

from uuid import UUID

from homeroom.records.district import District
from homeroom.records.stored import inspect_stored
from homeroom.trust.grant import Grant, Refusal


async def explain_refusal(district: District, grant: Grant, uuid: UUID) -> Refusal | None:
    """The refusal that the stored record meets; None when there is none, or the district keeps silent."""
    if not district.explains_refusals:
        return None
    async with district.database.reading(None) as connection:
        rows = await inspect_stored(district, grant, uuids=[uuid], connection=connection)
    return rows[0].refusal if rows else None
