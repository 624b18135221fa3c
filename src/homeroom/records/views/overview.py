"""The district at a glance: what is loaded, how fresh it is, what failed. Counts, never a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from homeroom.records.district import District
from homeroom.store.overviews import count_tables
from homeroom.store.queries import query
from homeroom.trust.acts import record_act
from homeroom.trust.areas import Area, AreaLeave

_PACKAGE: Final = "homeroom.records.views"
# Counting a table reads it whole; larger ones are estimated.
_MOST_COUNTED: Final = 100_000
_MOST_BATCHES: Final = 8
_MOST_CAUSES: Final = 20


@dataclass(frozen=True, slots=True)
class ResourceCount:
    """How many records of a resource are stored, or about how many, and when one was last written."""

    resource: str
    records: int
    is_estimate: bool
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One load. finished_at: None while it runs or when it was killed. report: its own, as JSON.

    undoes: the batch that it takes back, if any. waiting: rows kept because they could not be loaded.
    """

    id: int
    started_at: datetime
    finished_at: datetime | None
    state: str
    actor: str
    files: Sequence[str]
    is_check: bool
    report: str
    undoes: int | None
    waiting: int


@dataclass(frozen=True, slots=True)
class Cause:
    """Why rows wait. resource: what is missing or at fault, None when a row could not be read that far.

    causes: how many different records that is; rows: that wait for it, of these resources. file, line: where
    the first one stands. path, words, remedy: of a fault; None and empty where records are missing.
    """

    resource: str | None
    is_missing: bool
    causes: int
    rows: int
    resources: Sequence[str]
    code: str
    path: str | None
    words: str
    remedy: str
    file: str
    line: int | None
    newest_at: datetime


@dataclass(frozen=True, slots=True)
class Overview:
    """All of it, read in one transaction. Resources without records are left out.

    name: of the only school district there is, None when there is none or there are several.
    """

    name: str | None
    counts: Sequence[ResourceCount]
    batches: Sequence[BatchLine]
    causes: Sequence[Cause]


async def read_overview(
    district: District, leave: AreaLeave, *, most_counted: int = _MOST_COUNTED
) -> Overview | None:
    """What is loaded, how fresh, what failed; None without leave to the district's part of the pages.

    most_counted: how many records of a resource are counted; more are estimated.
    """
    if leave.area is not Area.DISTRICT:
        return None
    documents = [t for t in district.catalog.tables.values() if not t.resource.is_descriptor]
    abstracts = list(district.catalog.model.abstracts)
    async with district.database.reading(None) as connection:
        names = await connection.fetch(query(_PACKAGE, "district_names"))
        counts = await connection.fetch(count_tables(documents), most_counted)
        batches = await connection.fetch(query(_PACKAGE, "recent_batches"), _MOST_BATCHES)
        causes = await connection.fetch(query(_PACKAGE, "quarantine_causes"), abstracts, _MOST_CAUSES)
        await record_act(connection, leave.member, act="view_overview", resource="district")
    return Overview(
        names[0][0] if len(names) == 1 else None,
        [ResourceCount(*row) for row in counts],
        [BatchLine(*row) for row in batches],
        [Cause(*row) for row in causes],
    )
