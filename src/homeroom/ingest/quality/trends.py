"""How what comes in does over time: the last batches of each feed, how full their columns are, what breaks rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

import msgspec

from homeroom.ingest.loading.report import LoadReport, parse_report
from homeroom.records.district import District
from homeroom.store.queries import query

_PARTS: Final = "homeroom.ingest.quality"
FeedNumber: TypeAlias = int | None
"""A feed's number; None stands for all files that belong to no feed."""


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One batch as part of a trend. read, kept, rejected: its rows when it was loaded; what was mended since is not
    counted anew. report: None when it came to none."""

    batch: int
    state: str
    started_at: datetime
    report: LoadReport | None

    @property
    def read(self) -> int:
        """Rows that came in."""
        return self.report.considered if self.report else 0

    @property
    def kept(self) -> int:
        """Rows that were stored, or said what was stored already."""
        return self.report.stored + self.report.unchanged if self.report else 0

    @property
    def rejected(self) -> int:
        """Rows that had to wait."""
        return self.report.failed if self.report else 0


@dataclass(frozen=True, slots=True)
class Fullness:
    """How much of a column says something. file: of which it is, as its spec calls it."""

    file: str
    column: str
    rows: int
    blanks: int

    @property
    def share(self) -> float:
        """Of its rows, from 0 to 1."""
        return 1 - self.blanks / self.rows if self.rows else 0.0


async def list_trends(district: District, *, most: int) -> Mapping[FeedNumber, Sequence[TrendPoint]]:
    """The last batches of each feed that has any, the newest first."""
    async with district.database.connection() as connection:
        rows = await connection.fetch(query(_PARTS, "list_trends"), most)
    found: dict[FeedNumber, list[TrendPoint]] = {}
    for feed, batch, state, started_at, report in rows:
        found.setdefault(feed, []).append(TrendPoint(batch, state, started_at, _report(report)))
    return found


async def read_completeness(district: District, batches: Sequence[int]) -> Mapping[int, Sequence[Fullness]]:
    """The columns of some batches, in their order; a batch of files in a form of the standard has none."""
    async with district.database.connection() as connection:
        rows = await connection.fetch(query(_PARTS, "read_completeness"), batches)
    found: dict[int, list[Fullness]] = {}
    for batch, *column in rows:
        found.setdefault(batch, []).append(Fullness(*column))
    return found


async def count_by_feed(district: District) -> Mapping[FeedNumber, Mapping[str, int]]:
    """How many records break each rule, by the feed with which they were found."""
    async with district.database.reading(None) as connection:
        rows = await connection.fetch(query(_PARTS, "count_findings_by_feed"))
    found: dict[FeedNumber, dict[str, int]] = {}
    for feed, rule, records in rows:
        found.setdefault(feed, {})[rule] = records
    return found


def _report(text: str) -> LoadReport | None:
    try:
        return parse_report(text)
    except msgspec.ValidationError:
        return None
