"""The change feed: which records went, and which changed their key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from homeroom.records.district import District
from homeroom.records.ledger import ledger_texts
from homeroom.records.read import fence_of
from homeroom.store.queries import query
from homeroom.store.selects import feed_page, feed_size, live_again, select_tracked, tracked_year
from homeroom.trust.grant import Grant


@dataclass(frozen=True, slots=True)
class ChangeWindow:
    """A page of a feed: versions inclusive, None for no bound. school_year: the one in the key; None for any."""

    limit: int
    offset: int = 0
    min_version: int | None = None
    max_version: int | None = None
    wants_total: bool = False
    school_year: int | None = None


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Rows as the API shows them; total only when it was asked for."""

    rows: tuple[dict[str, Any], ...]
    total: int | None


async def read_deletes(
    district: District, grant: Grant, *, window: ChangeWindow, request: str = ""
) -> ChangePage:
    """Records deleted within the window, without those whose key has come back within it."""
    return await _read(district, grant, window=window, request=request, feed="deleted")


async def read_key_changes(
    district: District, grant: Grant, *, window: ChangeWindow, request: str = ""
) -> ChangePage:
    """Records whose key changed within the window: one row each, from the first old key to the last new one."""
    return await _read(district, grant, window=window, request=request, feed="changed")


async def _read(
    district: District, grant: Grant, *, window: ChangeWindow, request: str, feed: str
) -> ChangePage:
    source, parameters = select_tracked(
        feed, grant.resource, conditions=grant.conditions, window=(window.min_version, window.max_version)
    )
    if window.school_year is not None:
        source += f" and {tracked_year(feed, window.school_year, parameters)}"
    rows_sql = query("homeroom.records", f"{feed}_rows").replace("/*tracked*/", source)
    rows_sql = rows_sql.replace("/*live*/", live_again(district.catalog.tables[grant.resource]))
    given = len(parameters.values)
    page = feed_page(rows_sql, limit=window.limit, offset=window.offset, parameters=parameters)
    async with district.database.reading(fence_of(())) as connection:
        total = (
            await connection.fetchval(feed_size(rows_sql), *parameters.values[:given])
            if window.wants_total
            else None
        )
        rows = await connection.fetch(page, *parameters.values)
        if rows:
            records = [r["record"] for r in rows]
            await connection.execute(
                query("homeroom.records", "feed_entry"), *ledger_texts(grant, request), len(records), records
            )
    return ChangePage(tuple(_row(r) for r in rows), total)


def _row(row: Any) -> dict[str, Any]:
    keys = {
        name: msgspec.json.decode(row[column])
        for name, column in (
            ("keyValues", "key_values"),
            ("oldKeyValues", "old_key_values"),
            ("newKeyValues", "new_key_values"),
        )
        if column in row
    }
    return {"id": row["uuid"].hex, "changeVersion": row["change_version"], **keys}
