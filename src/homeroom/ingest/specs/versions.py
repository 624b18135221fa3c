"""Versions of a mapping spec: each that the district saved, to be looked at and gone back to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from homeroom.ingest.specs.shelf import SpecText, shipped_text
from homeroom.records.district import District
from homeroom.store.queries import query

SHIPPED: Final = 0
"""The version that stands for the spec as it is shipped."""
_PARTS: Final = "homeroom.ingest.specs"


@dataclass(frozen=True, slots=True)
class SpecVersion:
    """When a version was saved, and by whom: the actor's label, and the name where it is a person."""

    version: int
    saved_at: datetime
    saved_by: str
    name: str | None


async def list_versions(district: District, name: str) -> Sequence[SpecVersion]:
    """The versions of the district's own, the newest first; none for a spec that it never changed."""
    async with district.database.connection() as connection:
        rows = await connection.fetch(query(_PARTS, "list_versions"), name)
    return [SpecVersion(**row) for row in rows]


async def find_version(district: District, name: str, version: int) -> SpecText | None:
    """One version, or the shipped one; None when there is none."""
    if version == SHIPPED:
        return shipped_text(name)
    async with district.database.connection() as connection:
        row = await connection.fetchrow(query(_PARTS, "read_version"), name, version)
    if row is None:
        return None
    return SpecText(name, row[0], version, msgspec.json.decode(row[1], type=dict[str, str]))
