"""Rows of the quarantine tried again after somebody changed them, or the spec that mapped them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from homeroom.base.findings import Finding, Place
from homeroom.ingest.identifying import identify
from homeroom.ingest.loading.batch import source_of
from homeroom.ingest.loading.batches import BatchState, plan_batch, read_batch
from homeroom.ingest.loading.looked_up import earlier_frames
from homeroom.ingest.loading.row_links import Link, note_links
from homeroom.ingest.quarantine.keeping import Failure, Kept, Origin, Quarantine, is_stored
from homeroom.ingest.quarantine.replay import Replayer
from homeroom.ingest.quarantine.waiting_rows import QuarantineError, WaitingLine, cells_of, open_kept
from homeroom.ingest.reading.json_lines import parse_row
from homeroom.ingest.reading.mapped import People, hold_lookups, looked_up_files, people_of
from homeroom.ingest.reading.row_ids import RowIds
from homeroom.ingest.reading.rows import Row
from homeroom.ingest.specs.shelf import find_spec
from homeroom.records.district import District
from homeroom.records.load import LOST_TURN, CommittedChunks, load_drafts, load_positions, operator_leave
from homeroom.records.outcomes import Inserted, Unchanged, Updated
from homeroom.records.prepare import Draft
from homeroom.store.connect import Connection
from homeroom.store.queries import query
from homeroom.trust.actors import Actor
from homeroom.trust.acts import record_act

if TYPE_CHECKING:
    from homeroom.ingest.mapping.mapping import Mapping as CompiledSpec
    from homeroom.ingest.mapping.mapping import Prepared

_PARTS: Final = "homeroom.ingest.quarantine"
_MOST_ROWS: Final = 500
_MOST_TRIES: Final = 5

Spot = tuple[str, int]
"""A line of a file."""


@dataclass(slots=True)
class Replayed:
    """What trying again came to: records stored, rows that wait on, and what is wrong with those, in full words."""

    stored: int = 0
    waiting: int = 0
    findings: list[Finding] = field(default_factory=list)

    def add(self, other: Replayed) -> None:
        """Counts another's in."""
        self.stored += other.stored
        self.waiting += other.waiting
        self.findings += other.findings


async def replay_waiting(
    district: District,
    number: int,
    *,
    actor: Actor,
    spool_folder: Path,
    cells: Mapping[str, str | None] | None = None,
    text: str | None = None,
) -> Replayed:
    """Tries a row again, with everything else that its line of the file gives.

    cells: what some columns say now, for a row that a spec mapped. text: the record as JSON now, for others. Raises
    QuarantineError when the row does not wait, or cannot be changed so.
    """
    await district.catch_up()
    async with district.database.reading(None) as connection:
        row = await connection.fetchrow(query(_PARTS, "read_waiting"), number)
        await record_act(connection, actor, act="replay", resource="QuarantinedRow", records=[number])
    if row is None or row[10] != "waiting":
        raise QuarantineError(f"No row {number} waits in quarantine.")
    line = WaitingLine(*row[:12])
    kept = open_kept(district, line, row[12])
    raw = cells_of(kept)
    if raw is None:
        return await _replay_document(district, line, text=kept.text if text is None else text.encode())
    unknown = set(cells or ()) - set(raw)
    if unknown or text is not None:
        raise QuarantineError(f"The row has these columns: {', '.join(raw)}.")
    work = await _Remapping.open(district, line, spool_folder=spool_folder)
    await work.replay(
        [_Line(line.file, line.line, kept.role, {**raw, **(cells or {})}, tuple(kept.left_out))]
    )
    return await work.finish()


async def replay_batch(district: District, batch: int, *, actor: Actor, spool_folder: Path) -> Replayed:
    """Tries every row again that a spec mapped and that waits, by the newest version of its spec."""
    await district.catch_up()
    async with district.database.administering() as connection:
        await record_act(connection, actor, act="replay", resource="Batch", records=[batch])
    done = Replayed()
    by_spec: dict[str | None, _Remapping] = {}
    last = 0
    while True:
        async with district.database.reading(None) as connection:
            rows = await connection.fetch(query(_PARTS, "mapped_waiting"), batch, last, _MOST_ROWS)
        if not rows:
            break
        last = rows[-1][0]
        lines: defaultdict[str | None, dict[Spot, _Line]] = defaultdict(dict)
        for row in rows:
            line = WaitingLine(*row[:12])
            if line.spec not in by_spec:
                by_spec[line.spec] = await _Remapping.open(district, line, spool_folder=spool_folder)
            found = _line_of(line, open_kept(district, line, row[12]))
            if found is not None:
                lines[line.spec][line.file, line.line] = found
        for spec, found_lines in lines.items():
            await by_spec[spec].replay(list(found_lines.values()))
    for work in by_spec.values():
        one = await work.finish()
        done = Replayed(done.stored + one.stored, done.waiting + one.waiting, done.findings + one.findings)
    return done


async def replay_rows(
    district: District, waiting: Sequence[tuple[WaitingLine, bytes]], *, spool_folder: Path
) -> Replayed:
    """Tries rows of any batches again, by the newest versions of their specs. waiting: with what is sealed of each."""
    lines: defaultdict[tuple[int | None, str | None], dict[Spot, _Line]] = defaultdict(dict)
    first: dict[tuple[int | None, str | None], WaitingLine] = {}
    for line, sealed in waiting:
        found = _line_of(line, open_kept(district, line, sealed))
        if found is not None:
            first.setdefault((line.batch, line.spec), line)
            lines[line.batch, line.spec][line.file, line.line] = found
    done = Replayed()
    for key, own in lines.items():
        work = await _Remapping.open(district, first[key], spool_folder=spool_folder)
        await work.replay(list(own.values()))
        done.add(await work.finish())
    return done


async def replay_texts(district: District, texts: Sequence[tuple[WaitingLine, bytes]]) -> Replayed:
    """Tries rows of one batch that no spec maps again, each as the text given."""
    if not texts:
        return Replayed()
    documents: defaultdict[Spot, dict[str, list[bytes]]] = defaultdict(dict)
    for line, text in texts:
        documents[line.file, line.line].setdefault(line.resource, []).append(text)
    work = _Loading(district, batch=texts[0][0].batch, origins=_Edited({}, RowIds(district.keys)))
    await work.store(documents, rejects=[])
    return await work.finish()


async def _replay_document(district: District, line: WaitingLine, *, text: bytes) -> Replayed:
    return await replay_texts(district, [(line, text)])


@dataclass(frozen=True, slots=True)
class _Line:
    file: str
    line: int
    role: str
    cells: Mapping[str, str | None]
    left_out: tuple[str, ...]


def _line_of(line: WaitingLine, kept: Kept) -> _Line | None:
    cells = cells_of(kept)
    return None if cells is None else _Line(line.file, line.line, kept.role, cells, tuple(kept.left_out))


@dataclass(frozen=True, slots=True)
class _Reject:
    file: str
    line: int
    resource: str
    findings: tuple[Finding, ...]
    text: bytes
    awaits: tuple[str, str, str] | None = None


class _Edited:
    """Knows the rows as they are now."""

    def __init__(self, known: dict[Spot, Origin], ids: RowIds) -> None:
        self.known = known
        self.ids = ids

    def origins_of(self, file: str, lines: Collection[int]) -> Mapping[int, Origin]:
        return {line: self.known[file, line] for line in lines if (file, line) in self.known}

    def row_key_of(self, file: str, resource: str, line: int) -> int | None:
        keys = self.ids.keys_of(file, resource, line)
        return keys[0] if len(keys) == 1 else None


class _Loading:
    """Stores what lines give, and settles the rows of the quarantine that came of them."""

    def __init__(self, district: District, *, batch: int | None, origins: _Edited) -> None:
        self._district = district
        self._batch = batch
        self._origins = origins
        self._quarantine = Quarantine(district, origins)
        self._done = Replayed()
        self._arrivals: list[str] = []

    async def finish(self) -> Replayed:
        """What it came to, once everything that waited for the new records has been tried."""
        replayer = Replayer(self._district, CommittedChunks(self._district), self._quarantine)
        await replayer.follow(self._arrivals)
        self._done.stored += replayer.report.stored.total()
        return self._done

    async def store(
        self, documents: Mapping[Spot, Mapping[str, Sequence[bytes]]], *, rejects: Sequence[_Reject]
    ) -> None:
        """Loads the documents of lines, in one transaction that is tried again when it loses its turn."""
        for _ in range(_MOST_TRIES - 1):
            try:
                return await self._try(documents, rejects)
            except LOST_TURN:
                continue
        return await self._try(documents, rejects)

    async def _try(
        self, documents: Mapping[Spot, Mapping[str, Sequence[bytes]]], rejects: Sequence[_Reject]
    ) -> None:
        spots = {*documents, *((r.file, r.line) for r in rejects)}
        failures: dict[tuple[str, int, str], Failure] = {}
        stored = 0
        async with self._district.database.writing() as connection:
            await self._quarantine.open(connection)
            files, lines = [s[0] for s in spots], [s[1] for s in spots]
            waiting = await connection.fetch(query(_PARTS, "waiting_lines"), self._batch, files, lines)
            for reject in rejects:
                failures.setdefault((reject.file, reject.line, reject.resource), self._rejected(reject))
            positions = load_positions(self._district.catalog.model)
            for resource in sorted(
                {r for each in documents.values() for r in each}, key=positions.__getitem__
            ):
                of_resource = {spot: each[resource] for spot, each in documents.items() if resource in each}
                stored += await self._load(connection, resource, of_resource, failures)
            await self._settle(connection, waiting, failures)
        self._done.stored += stored
        self._done.waiting += len(failures)
        self._done.findings += [finding for failure in failures.values() for finding in failure.findings]

    def _rejected(self, reject: _Reject) -> Failure:
        return self._quarantine.unreadable(
            reject.resource,
            line=reject.line,
            text=reject.text,
            findings=reject.findings,
            is_document=False,
            awaits=reject.awaits,
        )

    async def _load(
        self,
        connection: Connection,
        resource: str,
        documents: Mapping[Spot, Sequence[bytes]],
        failures: dict[tuple[str, int, str], Failure],
    ) -> int:
        kind = self._district.catalog.kind(resource)
        by_file: defaultdict[str, list[tuple[int, bytes, Draft]]] = defaultdict(list)
        for (file, line), texts in documents.items():
            for text in texts:
                parsed = parse_row(kind.document, Row(line, text), file=file)
                if isinstance(parsed, tuple):
                    failure = self._quarantine.unreadable(
                        resource, line=line, text=text, findings=parsed, is_document=True
                    )
                    failures.setdefault((file, line, resource), failure)
                else:
                    by_file[file].append((line, text, Draft(parsed, line=line)))
        stored = 0
        for file, drafts in by_file.items():
            source = await source_of(connection, self._batch, file)
            outcomes = await load_drafts(
                self._district,
                resource,
                drafts=[draft for _, _, draft in drafts],
                leave=operator_leave(self._district, resource, task="replay", source=source),
                connection=connection,
            )
            uuids = [o.uuid for o in outcomes if isinstance(o, Inserted | Updated | Unchanged)]
            await connection.execute(
                query("homeroom.ingest.loading", "note_snapshot"), self._batch, resource, uuids
            )
            links: list[Link] = []
            for (line, text, draft), outcome in zip(drafts, outcomes, strict=True):
                if is_stored(outcome):
                    key = self._origins.row_key_of(file, resource, line)
                    links += [(key, outcome.uuid)] if key is not None else []
                    stored += 1
                    self._arrivals += self._quarantine.arrivals(kind, [draft.document])
                    continue
                failure = self._quarantine.failure_of(kind, draft.document, outcome, line=line, text=text)
                failures.setdefault((file, line, resource), failure)
            await note_links(connection, self._batch, resource, links)
        return stored

    async def _settle(
        self,
        connection: Connection,
        waiting: Sequence[tuple[int, str, int, str]],
        failures: Mapping[tuple[str, int, str], Failure],
    ) -> None:
        left = dict(failures)
        again: defaultdict[str, list[tuple[int, Failure]]] = defaultdict(list)
        settled: list[int] = []
        for number, file, line, resource in waiting:
            failure = left.pop((file, line, resource), None)
            if failure is None:
                settled.append(number)
            else:
                again[file].append((number, failure))
        await connection.execute(query(_PARTS, "settle_waiting"), settled)
        for file, rows in again.items():
            await self._quarantine.reseal(connection, rows, file=file, origins=self._origins)
        for (file, _, _), failure in left.items():
            await self._quarantine.add(connection, [failure], batch=self._batch or 0, file=file)


@dataclass(frozen=True, slots=True)
class _UsableSpec:
    mapping: CompiledSpec
    version: int | None


class _Remapping(_Loading):
    """Maps lines anew, by the newest version of their spec."""

    def __init__(self, district: District, *, batch: int | None, spec: _UsableSpec, tables: Prepared) -> None:
        super().__init__(district, batch=batch, origins=_Edited({}, RowIds(district.keys)))
        self._spec = spec
        self._tables = tables

    @classmethod
    async def open(cls, district: District, line: WaitingLine, *, spool_folder: Path) -> _Remapping:
        """Ready to map rows of the line's batch. Raises QuarantineError when its spec cannot be used any more."""
        found = await find_spec(district, line.spec or "")
        spec = found.parse() if found is not None else ()
        if found is None or isinstance(spec, tuple):
            raise QuarantineError(
                f"The mapping spec {line.spec} cannot be used; `homeroom spec check` says why."
            )
        state = await read_batch(district, line.batch) if line.batch is not None else None
        parameters = {**state.parameters, "load_date": str(state.loads_on)} if state else {}
        mapping = spec.compile(district.catalog.model, parameters=parameters, bars=district.sealing)
        if isinstance(mapping, tuple):
            raise QuarantineError(f"The mapping spec {line.spec} cannot be used: {mapping[0].words}")
        tables = await _tables(district, state, mapping, spool_folder=spool_folder)
        return cls(district, batch=line.batch, spec=_UsableSpec(mapping, found.version), tables=tables)

    async def replay(self, lines: Sequence[_Line]) -> None:
        """Maps the lines and stores what comes of them."""
        import polars  # noqa: PLC0415 - a slow import, so that the server starts without it

        from homeroom.ingest.connectors.tables import LINE  # noqa: PLC0415

        mapping, tables = self._spec.mapping, await self._look_up_people(lines)
        documents: defaultdict[Spot, dict[str, list[bytes]]] = defaultdict(dict)
        rejects: list[_Reject] = []
        for line in lines:
            barred = mapping.barred(line.role)
            raw = msgspec.json.encode({c: cell for c, cell in line.cells.items() if c not in barred})
            origin = Origin(raw, line.role, mapping.spec.name, self._spec.version, line.left_out)
            self._origins.known[line.file, line.line] = origin
            documents[line.file, line.line] = {}
            frame = polars.DataFrame(
                {**{c: [v] for c, v in line.cells.items()}, LINE: [line.line]},
                schema=dict.fromkeys(line.cells, polars.String) | {LINE: polars.Int64},
            )
            mapped = mapping.apply(line.role, frame, name=line.file, tables=tables)
            for named in mapped.named:
                rows = zip(named.lines, named.ids, strict=True)
                self._origins.ids.add(line.file, rows, spec=mapping.spec.name, role=line.role)
            for made in mapped.records:
                if made.is_distinct:  # other rows may give it too, and are not at hand
                    self._origins.ids.share(line.file, made.resource, line.line, lines=(), of_file=line.file)
                of_line = documents[line.file, line.line].setdefault(made.resource, [])
                of_line += [text.encode() for text in made.texts.to_list()]
            rejects += [
                _Reject(
                    line.file,
                    line.line,
                    r.resource,
                    _at(r.findings, line.file),
                    raw,
                    None if r.awaits is None else astuple(r.awaits),
                )
                for r in mapped.rejects
            ]
        await self.store(documents, rejects=rejects)

    async def _look_up_people(self, lines: Sequence[_Line]) -> Prepared:
        """What rows are looked up in, with who the people of these lines are."""
        mapping = self._spec.mapping
        if not mapping.spec.people:
            return self._tables
        people = await asyncio.to_thread(self._gather_people, lines)
        async with self._district.database.writing() as connection:
            found = await identify(
                self._district, mapping, people, connection=connection, task="replay", batch=self._batch
            )
        return replace(self._tables, people=found)

    def _gather_people(self, lines: Sequence[_Line]) -> People:
        import polars  # noqa: PLC0415 - a slow import, so that the server starts without it

        from homeroom.ingest.connectors.tables import LINE  # noqa: PLC0415

        by_file: defaultdict[tuple[str, str], list[_Line]] = defaultdict(list)
        for line in lines:
            by_file[line.role, line.file].append(line)
        frames = []
        for (role, file), own in by_file.items():
            columns = dict.fromkeys(c for line in own for c in line.cells)
            rows = [{**line.cells, LINE: line.line} for line in own]
            schema = {**dict.fromkeys(columns, polars.String), LINE: polars.Int64}
            frames.append((role, file, polars.DataFrame(rows, schema=schema)))
        return people_of(self._spec.mapping, frames, tables=self._tables)


def _at(findings: Sequence[Finding], file: str) -> tuple[Finding, ...]:
    return tuple(replace(f, place=Place(file, f.place.line, f.place.path, f.place.column)) for f in findings)


async def _tables(
    district: District, state: BatchState | None, mapping: CompiledSpec, *, spool_folder: Path
) -> Prepared:
    """What the spec looks up in other files of the batch, read again where it does."""
    if state is None or not looked_up_files(mapping):
        return mapping.prepare({})
    with ExitStack() as opened:
        plan = await plan_batch(
            district, state, spool_folder=spool_folder, opened=opened, spec=mapping.spec.name
        )
        files = next((i.mapped for i in plan.inputs if i.mapped is not None), None)
        if files is None:
            return mapping.prepare({})
        async with district.database.reading(None) as connection:
            earlier = await earlier_frames(district, connection, state.id, mapping)
        return await asyncio.to_thread(hold_lookups, replace(files, earlier=earlier))
