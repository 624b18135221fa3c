"""The quarantine as a person sees it: which rows wait and why, one row opened, rows dismissed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from homeroom.base.errors import HomeroomError
from homeroom.base.findings import Finding
from homeroom.ingest.quarantine.keeping import Kept, Quarantine
from homeroom.records.district import District
from homeroom.store.queries import query
from homeroom.trust.actors import Actor
from homeroom.trust.acts import record_act

_PARTS: Final = "homeroom.ingest.quarantine"
_RESOURCE: Final = "QuarantinedRow"


class QuarantineError(HomeroomError):
    """There is no such row, or it does not wait any more."""

    code = "quarantine.row"


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A row in a list, without any value of it. state: waiting, replayed or dismissed; spec: what mapped it."""

    id: int
    batch: int | None
    file: str
    line: int
    resource: str
    code: str
    path: str | None
    words: str
    remedy: str
    spec: str | None
    state: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class WaitingReason:
    """How many rows wait for one reason."""

    resource: str
    code: str
    words: str
    rows: int


@dataclass(frozen=True, slots=True)
class WaitingDetail:
    """A row, opened.

    cells: of the row as it came, by column, for one that a spec mapped; None for others. text: the record as JSON, or
    what there is of it. is_document: whether the text can be tried again. findings: all that is wrong, in full words.
    left_out: columns of its file that were dropped before it was kept.
    """

    line: WaitingLine
    cells: Mapping[str, str | None] | None
    text: str
    is_document: bool
    findings: tuple[Finding, ...]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows of the quarantine are meant; None means any."""

    batch: int | None = None
    resource: str | None = None
    code: str | None = None
    state: str = "waiting"


async def list_waiting(
    district: District, wanted: Wanted, *, after: int = 0, most: int = 50
) -> list[WaitingLine]:
    """Rows of the quarantine in the order they came. after: those with a higher number only."""
    which = (wanted.batch, wanted.resource, wanted.code, wanted.state)
    async with district.database.reading(None) as connection:
        rows = await connection.fetch(query(_PARTS, "list_waiting"), *which, after, most)
    return [WaitingLine(*row) for row in rows]


async def find_same_line(district: District, line: WaitingLine) -> int | None:
    """The row that waits now for the same line of the same file; None when none does."""
    async with district.database.reading(None) as connection:
        found: int | None = await connection.fetchval(
            query(_PARTS, "waiting_at"), line.batch, line.file, line.line
        )
    return found


async def count_waiting(district: District, *, batch: int | None = None) -> list[WaitingReason]:
    """Why rows wait, the most frequent reason first."""
    async with district.database.reading(None) as connection:
        rows = await connection.fetch(query(_PARTS, "count_waiting"), batch)
    return [WaitingReason(*row) for row in rows]


async def open_waiting(district: District, number: int, *, actor: Actor) -> WaitingDetail:
    """One row with what it says; the ledger notes who saw it. Raises QuarantineError when there is none."""
    async with district.database.reading(None) as connection:
        row = await connection.fetchrow(query(_PARTS, "read_waiting"), number)
        if row is None:
            raise QuarantineError(f"There is no row {number} in quarantine.")
        await record_act(connection, actor, act="read", resource=_RESOURCE, records=[number])
    line = WaitingLine(*row[:12])
    if not row[12]:
        return WaitingDetail(line, None, "", is_document=False, findings=())
    return _opened(line, open_kept(district, line, row[12]))


async def dismiss_waiting(district: District, numbers: Sequence[int], *, actor: Actor) -> int:
    """Gives rows up: they are not tried again, and their text is no longer kept; how many waited."""
    async with district.database.reading(None) as connection:
        gone: int = await connection.fetchval(query(_PARTS, "dismiss_waiting"), list(numbers))
        await record_act(connection, actor, act="dismiss", resource=_RESOURCE, records=numbers)
    return gone


def open_kept(district: District, line: WaitingLine, sealed: bytes) -> Kept:
    """What is kept of a row, unsealed."""
    row = (line.id, line.batch, line.file, line.line, line.resource, sealed, line.added_at)
    return Quarantine(district).open_row(row).kept


def cells_of(kept: Kept) -> dict[str, str | None] | None:
    """The row as it came, by column; None when no spec mapped it."""
    return msgspec.json.decode(kept.raw, type=dict[str, str | None]) if kept.raw else None


def _opened(line: WaitingLine, kept: Kept) -> WaitingDetail:
    text = kept.text.decode("utf-8", "replace")
    return WaitingDetail(
        line,
        cells_of(kept),
        text,
        is_document=kept.is_document,
        findings=tuple(kept.findings),
        left_out=tuple(kept.left_out),
    )
