"""Loads rows of the quarantine: those that wait for a record when it comes, or all of them when asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Final

import msgspec

from homeroom.base.findings import Finding
from homeroom.ingest.loading.batch import source_of
from homeroom.ingest.loading.row_links import Link, note_links
from homeroom.ingest.quarantine.keeping import Failure, Quarantine, WaitingRow, is_stored
from homeroom.ingest.reading.elements import ElementReader
from homeroom.ingest.reading.json_lines import parse_row
from homeroom.ingest.reading.rows import Row
from homeroom.records.district import District
from homeroom.records.load import (
    LOST_TURN,
    Chunks,
    CommittedChunks,
    find_newer,
    load_drafts,
    load_positions,
    operator_leave,
)
from homeroom.records.memory import LoadMemory, TargetBook
from homeroom.records.prepare import Draft
from homeroom.standard.documents import Document
from homeroom.store.connect import Connection
from homeroom.store.queries import query

_PARTS: Final = "homeroom.ingest.quarantine"
_MOST_ROWS: Final = 2_000
_MOST_TRIES: Final = 5


@dataclass(slots=True)
class ReplayReport:
    """Rows of the quarantine that were tried again: those stored now, by resource, and those that wait on.

    stored_of: the stored ones by the batch they came with and resource.
    """

    stored: Counter[str] = field(default_factory=Counter)
    stored_of: Counter[tuple[int | None, str]] = field(default_factory=Counter)
    waiting: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Tried:
    last: int = 0
    rows: int = 0
    arrivals: list[str] = field(default_factory=list)


class Replayer:
    """Tries waiting rows again, a bounded number in a transaction."""

    def __init__(self, district: District, chunks: Chunks, quarantine: Quarantine) -> None:
        self._district = district
        self._chunks = chunks
        self._quarantine = quarantine
        self._elements: ElementReader | None = None
        self.report = ReplayReport()

    async def follow(self, arrivals: Sequence[str]) -> None:
        """Loads what waits for these records, then what waits for those, until nothing more comes."""
        wanted = list(arrivals)
        while wanted:
            wanted = await self._pass("find_waiting", wanted)

    async def retry(self, resource: str) -> None:
        """Tries every waiting row of a resource, then whatever waits for those that went in."""
        await self.follow(await self._pass("find_replayable", resource))

    async def _pass(self, rows_of: str, wanted: str | list[str]) -> list[str]:
        """One look at each row that the query gives; gives back what has come."""
        arrivals: list[str] = []
        last = 0
        while True:
            tried = await self._chunk(rows_of, wanted, last)
            arrivals += tried.arrivals
            last = tried.last
            if tried.rows < _MOST_ROWS:
                return arrivals

    async def _chunk(self, rows_of: str, wanted: str | list[str], last: int) -> _Tried:
        for _ in range(_MOST_TRIES - 1):
            try:
                return await self._try(rows_of, wanted, last)
            except LOST_TURN:
                continue
        return await self._try(rows_of, wanted, last)

    async def _try(self, rows_of: str, wanted: str | list[str], last: int) -> _Tried:
        stored: Counter[tuple[int | None, str]] = Counter()
        waiting: Counter[str] = Counter()
        async with self._chunks.chunk() as connection:
            found = await connection.fetch(query(_PARTS, rows_of), wanted, last, _MOST_ROWS)
            rows = [self._quarantine.open_row(row) for row in found]
            tried = _Tried(rows[-1].id if rows else last, len(rows))
            for (resource, batch, file), group in groupby(rows, key=lambda r: (r.resource, r.batch, r.file)):
                own = [document for row in group if (document := self._as_document(row))]
                if own:
                    source = await source_of(connection, batch, file)
                    done, left, arrivals = await self._load(connection, resource, rows=own, source=source)
                    stored[batch, resource] += done
                    waiting[resource] += left
                    tried.arrivals += arrivals
        self.report.stored_of += stored
        for (_, resource), rows_stored in (+stored).items():
            self.report.stored[resource] += rows_stored
        self.report.waiting += waiting
        return tried

    def _as_document(self, row: WaitingRow) -> WaitingRow | None:
        """The row, where its text is a document by now; None for what still cannot be read."""
        if row.kept.is_document:
            return row
        if self._elements is None:
            self._elements = ElementReader(self._district.catalog.model)
        found = self._elements.read(row.kept.text)
        if found is None or found[0] != row.resource:
            return None
        return replace(row, kept=msgspec.structs.replace(row.kept, text=found[1], is_document=True))

    async def _load(
        self, connection: Connection, resource: str, *, rows: Sequence[WaitingRow], source: int
    ) -> tuple[int, int, list[str]]:
        kind = self._district.catalog.kind(resource)
        ready: list[tuple[WaitingRow, Document]] = []
        again: list[tuple[int, Failure]] = []
        for row in rows:
            parsed = parse_row(kind.document, Row(row.line, row.kept.text), file=row.file)
            if isinstance(parsed, tuple):
                again.append((row.id, self._unreadable(row, parsed)))
            else:
                ready.append((row, parsed))
        ready = await self._without_overtaken(connection, resource, ready)
        outcomes = await load_drafts(
            self._district,
            resource,
            drafts=[Draft(document, line=row.line) for row, document in ready],
            leave=operator_leave(
                self._district,
                resource,
                task="replay",
                source=source,
                memory=LoadMemory(TargetBook(self._district)),
            ),
            connection=connection,
        )
        settled: list[int] = []
        stored: list[Document] = []
        links: list[Link] = []
        for (row, document), outcome in zip(ready, outcomes, strict=True):
            if is_stored(outcome):
                settled.append(row.id)
                stored.append(document)
                links += [(key, outcome.uuid) for key in (row.row_key,) if key is not None]
            else:
                text = row.kept.text
                failure = self._quarantine.failure_of(kind, document, outcome, line=row.line, text=text)
                again.append((row.id, failure))
        await connection.execute(query(_PARTS, "settle_waiting"), settled)
        await note_links(connection, rows[0].batch, resource, links)
        await self._quarantine.rewait(connection, again)
        return len(settled), len(again), self._quarantine.arrivals(kind, stored)

    async def _without_overtaken(
        self, connection: Connection, resource: str, ready: list[tuple[WaitingRow, Document]]
    ) -> list[tuple[WaitingRow, Document]]:
        """Dismisses rows whose record somebody wrote while they waited: the newer one stands."""
        moments = [(document, row.added_at) for row, document in ready]
        if not moments:
            return ready
        newer = await find_newer(self._district, resource, documents=moments, connection=connection)
        if newer:
            await connection.execute(query(_PARTS, "dismiss_rows"), [ready[n][0].id for n in newer])
        return [pair for n, pair in enumerate(ready) if n not in newer]

    def _unreadable(self, row: WaitingRow, findings: tuple[Finding, ...]) -> Failure:
        return self._quarantine.unreadable(
            row.resource, line=row.line, text=row.kept.text, findings=findings, is_document=True
        )


async def replay_quarantine(district: District) -> ReplayReport:
    """Tries every waiting row once more, parents before children. Rows that are no documents stay."""
    await district.descriptors.refresh(district.database)
    quarantine = Quarantine(district)
    replayer = Replayer(district, CommittedChunks(district), quarantine)
    async with district.database.reading(None) as connection:
        await quarantine.open(connection)
    positions = load_positions(district.catalog.model)
    for resource in sorted((r for r in quarantine.resources if r in positions), key=positions.__getitem__):
        await replayer.retry(resource)
    return replayer.report
