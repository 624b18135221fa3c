"""Chunks of rows: cut from a stream, parsed, written in one transaction with all that is noted of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final
from uuid import UUID

from homeroom.base.findings import Finding, Place
from homeroom.ingest.loading.batch import Batch, Checkpoint, write_checkpoint
from homeroom.ingest.loading.row_links import mark_gone, note_links
from homeroom.ingest.loading.tally import Tallies, Tally, copy_tallies
from homeroom.ingest.quarantine.keeping import Failure, Quarantine
from homeroom.ingest.reading.inputs import REJECTS, REMOVED, RowStream
from homeroom.ingest.reading.json_lines import parse_row
from homeroom.ingest.reading.row_ids import RowIds
from homeroom.ingest.reading.rows import Read, Reject, Row
from homeroom.records.bulk import BulkWriter
from homeroom.records.district import District
from homeroom.records.load import LOST_TURN, Chunks, bulk_writer, draft_ahead, load_drafts, operator_leave
from homeroom.records.memory import LoadMemory, TargetBook
from homeroom.records.outcomes import Inserted, Outcome, Unchanged, Updated
from homeroom.records.prepare import Draft
from homeroom.records.writer import WriteLeave
from homeroom.standard.documents import Document
from homeroom.store.connect import Connection
from homeroom.store.queries import query

_PARTS: Final = "homeroom.ingest.loading"
_MOST_TRIES: Final = 5
_MOST_BYTES: Final = 8 << 20
_ROWS_AT_ONCE: Final = 32
_STORED: Final = (Inserted, Updated, Unchanged)


@dataclass(slots=True)
class Chunk:
    """Rows of one stream, and how many of the stream have been read when they have.

    drafts: what each row came to, as far as they have been parsed; none again once they have been used, as
    writing takes documents apart.
    """

    rows: list[Row | Reject] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    position: int = 0
    bytes: int = 0
    drafts: list[Draft | Reject] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Written:
    """What a chunk brought: the records whose coming others may wait for, and what was dropped at the door."""

    arrivals: list[str]
    warnings: list[Finding] = field(default_factory=list)


def add_rows(chunk: Chunk, reads: Iterator[Read], *, most_rows: int) -> bool:
    """Puts the next few rows of a stream into the chunk; False when it is full or the stream at its end."""
    is_at_end = True
    for read in islice(reads, min(_ROWS_AT_ONCE, most_rows - len(chunk.rows))):
        is_at_end = False
        if isinstance(read, Finding):
            chunk.findings.append(read)
            continue
        chunk.rows.append(read)
        chunk.bytes += len(read.body if isinstance(read, Row) else read.source)
        chunk.position += 1
        if chunk.bytes >= _MOST_BYTES:
            break
    return not is_at_end and len(chunk.rows) < most_rows and chunk.bytes < _MOST_BYTES


class ChunkWriter:
    """Writes the chunks of one load. never_brought: rows that were to go and that nothing ever came of."""

    def __init__(
        self,
        district: District,
        chunks: Chunks,
        *,
        batch: Batch,
        quarantine: Quarantine,
        ids: RowIds,
        rewrites_unchanged: bool,
    ) -> None:
        self._district = district
        self._chunks = chunks
        self._batch = batch
        self._quarantine = quarantine
        self._ids = ids
        self.never_brought = 0
        self._rewrites_unchanged = rewrites_unchanged
        self._memory = LoadMemory(TargetBook(district))
        self._bulk: tuple[RowStream, BulkWriter] | None = None

    def parse(self, stream: RowStream, chunk: Chunk) -> None:
        """Turns the rows into drafts, or into rejects that say why not, as far as that has not been done.

        Needs no database.
        """
        if self._bulk is None or self._bulk[0] is not stream:
            self._bulk = stream, bulk_writer(self._district, stream.resource, self._leave(stream))
        bulk = self._bulk[1]
        chunk.drafts += [
            row if isinstance(row, Reject) else _draft(bulk, row, file=stream.file)
            for row in chunk.rows[len(chunk.drafts) :]
        ]

    async def write(self, stream: RowStream, chunk: Chunk) -> Written:
        """Stores the chunk; what the database keeps refusing is split until the culprit stands alone."""
        for _ in range(_MOST_TRIES):
            try:
                return await self._try(stream, chunk)
            except LOST_TURN:
                continue
        if len(chunk.rows) == 1:
            return await self._try(stream, _refused(stream, chunk))
        half = len(chunk.rows) // 2
        first = Chunk(chunk.rows[:half], position=chunk.position - len(chunk.rows) + half)
        one, other = (
            await self.write(stream, first),
            await self.write(stream, Chunk(chunk.rows[half:], position=chunk.position)),
        )
        return Written(one.arrivals + other.arrivals, one.warnings + other.warnings)

    async def _try(self, stream: RowStream, chunk: Chunk) -> Written:
        place = (stream.file, stream.resource)
        before = self._batch.checkpoints.get(place, Checkpoint())
        tallies = copy_tallies(before.tallies)
        async with self._chunks.chunk() as connection:
            if stream.resource == REMOVED:
                written = await self._mark_gone(connection, chunk)
            elif stream.resource == REJECTS:
                written = await self._write_rejects(connection, stream, chunk, tallies=tallies)
            else:
                written = await self._write_rows(connection, stream, chunk, tallies=tallies)
            reached = Checkpoint(chunk.position, tallies)
            await write_checkpoint(
                connection, self._batch, file=stream.file, resource=stream.resource, reached=reached
            )
        self._batch.checkpoints[place] = reached
        return written

    async def _write_rejects(
        self, connection: Connection, stream: RowStream, chunk: Chunk, *, tallies: Tallies
    ) -> Written:
        rejects = [row for row in chunk.rows if isinstance(row, Reject)]
        failures = [self._reject(reject) for reject in rejects]
        await self._quarantine.add(connection, failures, batch=self._batch.id, file=stream.file)
        for reject in rejects:
            tallies.setdefault(reject.resource, Tally()).add_unreadable()
        return Written([])

    async def _mark_gone(self, connection: Connection, chunk: Chunk) -> Written:
        keys = [int(row.body) for row in chunk.rows if isinstance(row, Row)]
        self.never_brought += await mark_gone(connection, self._batch.id, keys)
        return Written([])

    async def _write_rows(
        self, connection: Connection, stream: RowStream, chunk: Chunk, *, tallies: Tallies
    ) -> Written:
        kind = self._district.catalog.kind(stream.resource)
        tally = tallies.setdefault(stream.resource, Tally())
        drafts: list[tuple[Row, Draft]] = []
        failures: list[Failure] = []
        self.parse(stream, chunk)
        taken, chunk.drafts = chunk.drafts, []
        for row, draft in zip(chunk.rows, taken, strict=True):
            if isinstance(draft, Reject):
                failures.append(self._reject(draft, is_document=isinstance(row, Row)))
                tally.add_unreadable()
            elif isinstance(row, Row):
                drafts.append((row, draft))
        outcomes = await self._load(connection, stream, drafts)
        tally.add(outcomes)
        stored: list[Document] = []
        uuids: list[UUID] = []
        lines: list[int] = []
        warnings: list[Finding] = []
        for (row, draft), outcome in zip(drafts, outcomes, strict=True):
            if isinstance(outcome, _STORED):
                stored.append(draft.document)
                uuids.append(outcome.uuid)
                lines.append(row.line)
                warnings += [
                    replace(w, place=Place(stream.file, row.line, w.place.path)) for w in outcome.warnings
                ]
            else:
                failures.append(
                    self._quarantine.failure_of(kind, draft.document, outcome, line=row.line, text=row.body)
                )
        batch = self._batch.id
        if stream.resource in self._batch.snapshot:
            await connection.execute(query(_PARTS, "note_snapshot"), batch, stream.resource, uuids)
        if self._ids.has_any(stream.file):
            found = (self._ids.keys_of(stream.file, stream.resource, line) for line in lines)
            links = [(key, uuid) for keys, uuid in zip(found, uuids, strict=True) for key in keys]
            await note_links(connection, batch, stream.resource, links)
        await self._quarantine.dismiss_overtaken(
            connection, kind, stored=stored, failures=failures, batch=batch
        )
        await self._quarantine.add(connection, failures, batch=batch, file=stream.file)
        return Written(self._quarantine.arrivals(kind, stored), warnings)

    async def _load(
        self, connection: Connection, stream: RowStream, drafts: list[tuple[Row, Draft]]
    ) -> list[Outcome]:
        return await load_drafts(
            self._district,
            stream.resource,
            drafts=[draft for _, draft in drafts],
            leave=self._leave(stream),
            connection=connection,
        )

    def _leave(self, stream: RowStream) -> WriteLeave:
        return operator_leave(
            self._district,
            stream.resource,
            task="load",
            source=self._batch.sources[stream.file],
            memory=self._memory,
            rewrites_unchanged=self._rewrites_unchanged,
        )

    def _reject(self, reject: Reject, *, is_document: bool = False) -> Failure:
        return self._quarantine.unreadable(
            reject.resource,
            line=reject.line,
            text=reject.source,
            findings=reject.findings,
            is_document=is_document,
            awaits=reject.awaits,
        )


def _draft(bulk: BulkWriter, row: Row, *, file: str) -> Draft | Reject:
    parsed = parse_row(bulk.kind.document, row, file=file)
    if isinstance(parsed, tuple):
        return Reject(bulk.kind.resource.name, row.line, parsed, row.body)
    return draft_ahead(bulk, parsed, line=row.line)


def _refused(stream: RowStream, chunk: Chunk) -> Chunk:
    """The chunk of one row that the database never took: kept out, with its text."""
    row = chunk.rows[0]
    if isinstance(row, Reject):
        return chunk
    finding = Finding(
        "load.refused",
        "The database refused the record each time.",
        Place(stream.file, row.line),
        "Replay it when nobody else writes what it names.",
    )
    return Chunk([Reject(stream.resource, row.line, (finding,), row.body)], position=chunk.position)
