"""The school years of a district: no personal records, so whoever asks may know them."""

from __future__ import annotations

from homeroom.records.district import District
from homeroom.store.queries import query


async def read_school_years(district: District) -> frozenset[int]:
    """Every school year that the district has as a record."""
    async with district.database.connection() as connection:
        rows = await connection.fetch(query("homeroom.records", "school_years"))
    return frozenset(row["school_year"] for row in rows)
