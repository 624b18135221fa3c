"""One load at work: reads every file, writes its rows in order of dependency, keeps what was found."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Final

from homeroom.base.findings import Finding, Place, Severity
from homeroom.ingest.loading.batch import Batch, Checkpoint, open_batch
from homeroom.ingest.loading.chunks import Chunk, ChunkWriter, add_rows
from homeroom.ingest.loading.looked_up import keep_looked_up
from homeroom.ingest.loading.questions import Question, render_questions
from homeroom.ingest.loading.report import Cause, LoadReport, ResourceCounts, WarningCount, render_json
from homeroom.ingest.loading.snapshot import parse_snapshot, resource_names
from homeroom.ingest.loading.tally import Tally
from homeroom.ingest.quality.checks import RULES_JOB
from homeroom.ingest.quarantine.keeping import Quarantine
from homeroom.ingest.quarantine.replay import Replayer
from homeroom.ingest.quarantine.words import plain_words
from homeroom.ingest.reading.directory import read_directory, write_directory
from homeroom.ingest.reading.inputs import (
    NO_RESOURCES,
    REJECTS,
    REMOVED,
    Readers,
    RowStream,
    spool_inputs,
    streams_of,
)
from homeroom.ingest.reading.mapped_rows import MappedRows
from homeroom.ingest.reading.plan import PURGE_IGNORED, Plan
from homeroom.ingest.reading.row_ids import RowIds
from homeroom.ingest.reading.rows import Read
from homeroom.ingest.reading.spool import Spool
from homeroom.interop.inbloom_directory import Directory
from homeroom.records.district import District
from homeroom.records.load import Chunks, load_positions
from homeroom.store.connect import Connection
from homeroom.store.jobs import add_job
from homeroom.store.queries import query

_PARTS: Final = "homeroom.ingest.loading"
_MOST_FINDINGS: Final = 1_000
_CHANGED: Final = "table.file_changed"
"""Found of a file that was written to while it was read: it may be half of each version, and nothing of it is used."""


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How to load.

    spool_folder: where rows of mixed files wait, sealed, for their turn. is_trial: everything but the commit.
    rewrites_unchanged: rows that say what is stored are written all the same. chunk_rows: at most, in one
    transaction. allows_purge: what packages ask to be removed is.
    """

    spool_folder: Path
    is_trial: bool = False
    allows_purge: bool = False
    rewrites_unchanged: bool = False
    chunk_rows: int = 5_000


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a load stands. resource: None while mixed files are read. rows: in all, since it began."""

    resource: str | None
    rows: int
    rows_per_second: float


ShowProgress = Callable[[Progress], None]


@dataclass(slots=True)
class _Notes:
    """Faults of files and warnings, as they come."""

    findings: list[Finding] = field(default_factory=list)
    warnings: dict[tuple[str, str | None, str], tuple[int, Finding]] = field(default_factory=dict)

    def add(self, found: Iterable[Finding]) -> None:
        for finding in found:
            if finding.severity is Severity.ERROR:
                if len(self.findings) < _MOST_FINDINGS:
                    self.findings.append(replace(finding, words=plain_words(finding)))
                continue
            key = (finding.code, finding.place.path, plain_words(finding))
            times, first = self.warnings.get(key, (0, finding))
            if times or len(self.warnings) < _MOST_FINDINGS:
                self.warnings[key] = (times + 1, first)

    def warning_counts(self) -> list[WarningCount]:
        return [
            WarningCount(f.code, f.place.path, words, times, f.place.file, f.place.line)
            for (_, _, words), (times, f) in self.warnings.items()
        ]


class Load:
    """One load at work."""

    def __init__(
        self,
        district: District,
        chunks: Chunks,
        *,
        plan: Plan,
        options: LoadOptions,
        progress: ShowProgress | None,
    ) -> None:
        self.district = district
        self.chunks = chunks
        self.plan = plan
        self.options = options
        self.report: LoadReport | None = None
        self.questions: list[Question] = []
        self._progress = progress
        self._started = time.monotonic()
        self._rows = 0
        self._notes = _Notes()
        self.mapped = MappedRows(options.spool_folder, RowIds(district.keys))
        self._quarantine = Quarantine(district, self.mapped)
        self._replayer = Replayer(district, chunks, self._quarantine)
        self._opened = ExitStack()
        self._batch: Batch | None = None
        self._directory = Directory()
        self._streams: list[RowStream] = []

    @property
    def batch(self) -> Batch:
        """The batch at work, once it is open."""
        if self._batch is None:
            raise RuntimeError("the load has not been opened")
        return self._batch

    def __enter__(self) -> Load:
        self._spool = self._opened.enter_context(Spool(self.options.spool_folder))
        self._opened.enter_context(self.mapped)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def note(self, finding: Finding) -> None:
        """Keeps a finding for the report."""
        self._notes.add([finding])

    async def open(self, number: int, *, is_resumed: bool) -> None:
        """Takes the batch up: how far it has come, and what waits in the district."""
        is_heeded = self.options.allows_purge
        self._notes.add(f for f in self.plan.findings if not (is_heeded and f.code == PURGE_IGNORED))
        async with self.chunks.chunk() as connection:
            files = [file.name for file in self.plan.files]
            self._batch = await open_batch(connection, number, files=files, is_resumed=is_resumed)
            specs = {(m.mapping.spec.name, m.version) for m in self.plan.mapped}
            if len(specs) == 1:
                await connection.execute(query(_PARTS, "note_spec"), number, *specs.pop())
            feed = await connection.fetchrow(query(_PARTS, "feed_of_batch"), number)
            snapshot = parse_snapshot(feed["snapshot"]) if feed is not None else None
            if snapshot is not None:
                resources = resource_names(self.district.catalog.model, snapshot.resources)
                self._batch.snapshot = frozenset(resources)
            await self._quarantine.open(connection)
            self._directory = await read_directory(self.district, connection)
        if is_resumed:
            await self._catch_up()

    async def read(self) -> None:
        """Puts the rows of mixed and mapped files aside, by resource."""
        model = self.district.catalog.model
        readers = Readers(model, directory=self._directory)
        positions = {REJECTS: -1, **load_positions(model), REMOVED: len(model.resources)}
        self._show(None)
        found = spool_inputs(self.plan.inputs, readers, self._spool, mapped=self.mapped)
        await asyncio.to_thread(self._notes.add, found)
        changed = {f.place.file for f in self._notes.findings if f.code == _CHANGED}
        streams = (s for s in streams_of(self.plan.inputs, self._spool) if s.file not in changed)
        self._streams = sorted(streams, key=lambda s: positions[s.resource])

    async def write(self) -> None:
        """Stores the rows, parents before children, from where an earlier run stopped."""
        writer = ChunkWriter(
            self.district,
            self.chunks,
            batch=self.batch,
            quarantine=self._quarantine,
            ids=self.mapped.ids,
            rewrites_unchanged=self.options.rewrites_unchanged,
        )
        for stream in self._streams:
            await self._load_stream(stream, writer, self.batch)
        if writer.never_brought:
            words = f"{writer.never_brought:,} rows to be deleted name nothing that this source brought."
            self.note(Finding("load.never_brought", words, Place(), severity=Severity.WARNING))

    async def _catch_up(self) -> None:
        """A load that was killed may have stored a record and not yet what waits for it."""
        positions = load_positions(self.district.catalog.model)
        waiting = [r for r in self._quarantine.resources if r in positions]
        for resource in sorted(waiting, key=positions.__getitem__):
            await self._replayer.retry(resource)

    async def _load_stream(self, stream: RowStream, writer: ChunkWriter, batch: Batch) -> None:
        reached = batch.checkpoints.get((stream.file, stream.resource), Checkpoint()).position
        reads = stream.read()
        await asyncio.to_thread(_skip, reads, reached)
        chunk = await self._next(stream, reads, writer, position=reached)
        while chunk.rows:
            # The next chunk is read and parsed while the database works on this one.
            following = asyncio.ensure_future(self._next(stream, reads, writer, position=chunk.position))
            try:
                written = await writer.write(stream, chunk)
            finally:
                chunk, done = await following, chunk
            self._notes.add(written.warnings)
            self._rows += len(done.rows)
            self._show(None if stream.resource in NO_RESOURCES else stream.resource)
            await self._replayer.follow(written.arrivals)

    async def _next(
        self, stream: RowStream, reads: Iterator[Read], writer: ChunkWriter, *, position: int
    ) -> Chunk:
        """The next chunk, made bit by bit, in turns with the one that is being written.

        A thread of its own would hold up each answer of the database for the interpreter's lock, and carry
        every object from one processor's cache to the other's: a fifth more time in all.
        """
        chunk = Chunk(position=position)
        has_more = True
        while has_more:
            has_more = add_rows(chunk, reads, most_rows=self.options.chunk_rows)
            if stream.resource not in NO_RESOURCES:
                writer.parse(stream, chunk)
            await asyncio.sleep(0)
        self._notes.add(chunk.findings)
        return chunk

    def _show(self, resource: str | None) -> None:
        if self._progress is not None:
            seconds = time.monotonic() - self._started
            self._progress(Progress(resource, self._rows, self._rows / seconds if seconds > 0 else 0.0))

    def _note_empty_files(self, batch: Batch) -> None:
        told = {f.place.file for f in self._notes.findings}
        told |= {file for file, _ in batch.checkpoints}
        told |= {f.place.file for _, f in self._notes.warnings.values()}
        told |= {name for mapped in self.plan.mapped for name in mapped.names_looked_up()}
        for file in self.plan.files:
            if file.name not in told:
                words = "The file holds no record."
                remedy = "Check that it was exported whole."
                finding = Finding("load.no_record", words, Place(file.name), remedy, Severity.WARNING)
                self._notes.add([finding])

    async def finish(self) -> None:
        """Makes the report, and keeps it with the batch, which ends."""
        batch = self.batch
        self._note_empty_files(batch)
        async with self.chunks.chunk() as connection:
            self.report = await self._report(connection, batch, self.questions)
            await write_directory(self.district, connection, self._directory)
            await keep_looked_up(self, connection)
            await connection.execute(query(_PARTS, "finish_batch"), batch.id, render_json(self.report))
            # Not before: to a batch that is taken up again without it, everything would seem to be absent.
            await connection.execute(query(_PARTS, "forget_snapshot"), batch.id)
            if not self.options.is_trial:
                await add_job(connection, RULES_JOB, subject=batch.id)

    async def ask(self, questions: Sequence[Question]) -> None:
        """Ends here until somebody has answered; the report says what is asked."""
        async with self.chunks.chunk() as connection:
            self.report = await self._report(connection, self.batch, questions)
            texts = (render_questions(questions), render_json(self.report))
            await connection.execute(query(_PARTS, "ask_batch"), self.batch.id, *texts)

    async def _report(
        self, connection: Connection, batch: Batch, asks: Sequence[Question] = ()
    ) -> LoadReport:
        waited: Counter[str] = Counter(
            dict(await connection.fetch(query(_PARTS, "replayed_counts"), batch.id))
        )
        return LoadReport(
            batch=None if self.options.is_trial else batch.id,
            is_trial=self.options.is_trial,
            is_resumed=batch.is_resumed,
            files=len(self.plan.files),
            counts=tuple(_counts(batch, waited)),
            causes=tuple(await self._causes(connection, batch.id)),
            findings=tuple(self._notes.findings),
            warnings=tuple(self._notes.warning_counts()),
            earlier=self._earlier(batch),
            seconds=time.monotonic() - self._started,
            asks=tuple(asks),
        )

    def _earlier(self, batch: Batch) -> dict[str, int]:
        """Rows of other batches that went in now."""
        found: Counter[str] = Counter()
        for (number, resource), rows in self._replayer.report.stored_of.items():
            if number != batch.id and rows:
                found[resource] += rows
        return dict(sorted(found.items()))

    async def _causes(self, connection: Connection, batch: int) -> list[Cause]:
        found: dict[tuple[object, ...], Cause] = {}
        abstract = list(self.district.catalog.model.abstracts)
        for row in await connection.fetch(query(_PARTS, "causes"), batch, abstract):
            code, at_fault, path, words, remedy, is_missing, causes, resource, failures, file, line = row
            key = (code, at_fault, path, words, remedy, is_missing)
            by_resource = {**(found[key].failures if key in found else {}), resource: failures}
            if is_missing:
                words = f"The {at_fault} that is named does not exist."
                remedy = f"Load the {at_fault}; what waits for it then loads by itself."
            found[key] = Cause(
                code, at_fault, is_missing, causes, by_resource, words, remedy, file, line, path
            )
        return list(found.values())


def _skip(reads: Iterator[Read], rows: int) -> None:
    """Passes over rows that an earlier run of the load has dealt with."""
    while rows > 0 and (read := next(reads, None)) is not None:
        rows -= not isinstance(read, Finding)


def _counts(batch: Batch, waited: Counter[str]) -> list[ResourceCounts]:
    totals: dict[str, Tally] = {}
    for checkpoint in batch.checkpoints.values():
        for resource, tally in checkpoint.tallies.items():
            totals.setdefault(resource, Tally()).add_tally(tally)
    return [
        ResourceCounts(
            resource,
            t.considered,
            t.inserted,
            t.updated,
            t.unchanged,
            waited[resource],
            t.failed - waited[resource],
        )
        for resource, t in sorted(totals.items())
    ]
