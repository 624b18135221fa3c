"""Files that a mapping spec reads: tables of text in, records and rejects out, parted by resource in the spool."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as Values
from dataclasses import astuple, dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from homeroom.base.findings import Finding, Place, Severity
from homeroom.ingest.connectors.dialect import Dialect
from homeroom.ingest.connectors.opening import open_tables
from homeroom.ingest.connectors.tables import LINE, Table, Unreadable
from homeroom.ingest.reading.inputs import REJECTS, REMOVED
from homeroom.ingest.reading.mapped_rows import MappedRows
from homeroom.ingest.reading.plan import DAMAGE, SourceFile, damaged
from homeroom.ingest.reading.rows import Reject, Row
from homeroom.ingest.reading.spool import Spool

if TYPE_CHECKING:
    import polars

    from homeroom.ingest.mapping.mapping import Documents, Mapped, Mapping, Prepared
    from homeroom.ingest.mapping.plans import FilePlan

People: TypeAlias = Values[str, "polars.DataFrame"]
"""People of a spec, by its name for them."""
MOST_LOOKED_UP_BYTES: Final = 512 << 20
"""How much of the files that a spec looks things up in is held in memory."""
_MOST_DISTINCT: Final = 1_000_000
_MOST_NAMED: Final = 40


@dataclass(frozen=True, slots=True)
class MappedTable:
    """One table of a file.

    name: as reports call it; number: its place among the file's tables; role: which of the spec's files it is.
    """

    name: str
    file: SourceFile
    number: int
    role: str
    hint: Dialect


@dataclass(frozen=True, slots=True)
class MappedFiles:
    """What one spec reads of a delivery.

    version: of the district's own spec; None for a shipped one. people: who they are, as `Prepared.people`. earlier:
    what deliveries before this one had in files that are looked up.
    """

    mapping: Mapping
    version: int | None
    tables: tuple[MappedTable, ...]
    people: People = field(default_factory=dict)
    earlier: Values[str, polars.DataFrame] = field(default_factory=dict)

    def read_into(self, spool: Spool, rows: MappedRows) -> Iterator[Finding]:
        """Maps every row; records and rejects go into the spool, rows as they came to `rows`."""
        reading = _Reading(self, spool, rows)
        yield from reading.run()

    def names_looked_up(self) -> frozenset[str]:
        """Tables that are there for others to look things up in, or to tell what the delivery is."""
        looked_up = looked_up_files(self.mapping)
        return frozenset(
            t.name for t in self.tables if t.role in looked_up or not self.mapping.files[t.role].records
        )


class _Reading:
    """One pass over the tables."""

    def __init__(self, files: MappedFiles, spool: Spool, rows: MappedRows) -> None:
        self._files = files
        self._mapping = files.mapping
        self._spool = spool
        self._rows = rows
        self._written: dict[tuple[str, str], tuple[str, int]] = {}

    def run(self) -> Iterator[Finding]:
        lookups = _Lookups(self._files)
        for fault in lookups.read():
            if isinstance(fault, Finding):
                yield fault
            else:
                yield from self._keep_unreadable(*fault)
        prepared = replace(lookups.prepare(), people=self._files.people)
        self._rows.looked_up |= {(self._mapping.spec.name, r): f for r, f in lookups.to_keep().items()}
        first = self._files.tables[0]
        yield from self._put(self._mapping.apply_once(), first.name)
        for table in self._files.tables:
            if _tells_anything(self._mapping.files[table.role]):
                yield from self._map(table, prepared)

    def _map(self, table: MappedTable, prepared: Prepared) -> Iterator[Finding]:
        is_told = False
        for item in read_table(table):
            if isinstance(item, Finding):
                yield item
                continue
            if isinstance(item, Unreadable):
                yield from self._keep_unreadable(table, item)
                continue
            header, frame = item
            if not is_told:
                is_told = True
                self._begin(table, header)
                yield from tell_columns(self._mapping, table, header)
            used = frame.select(*_used(self._mapping, table, frame.columns), LINE)
            self._rows.add(table.name, used)
            for piece in self._mapping.pieces(table.role, used):
                mapped = self._mapping.apply(table.role, piece, name=table.name, tables=prepared)
                yield from self._note_ids(mapped, table)
                yield from self._put(mapped, table.name)

    def _begin(self, table: MappedTable, header: Sequence[str]) -> None:
        spec = self._mapping.spec
        left_out = self._mapping.unused(table.role, header)
        version = self._files.version
        self._rows.begin(table.name, role=table.role, spec=spec, version=version, left_out=left_out)

    def _put(self, mapped: Mapped, file: str) -> Iterator[Finding]:
        for documents in mapped.records:
            texts, lines = documents.texts.to_list(), documents.lines.to_list()
            pairs: Iterable[tuple[int, str]] = zip(lines, texts, strict=True)
            if documents.is_distinct:
                pairs = self._unwritten(documents, pairs, file)
            rows = ((line or 1, text.encode()) for line, text in pairs)
            self._spool.add_all(file, documents.resource, rows)
        for reject in mapped.rejects:
            source = msgspec.json.encode(dict(reject.row))
            awaits = None if reject.awaits is None else astuple(reject.awaits)
            self._reject(file, Reject(reject.resource, reject.line, reject.findings, source, awaits))
        yield from mapped.warnings

    def _unwritten(
        self, documents: Documents, pairs: Iterable[tuple[int, str]], file: str
    ) -> Iterator[tuple[int, str]]:
        """Documents of which the load has not written an equal one; past a bound, equal ones may come again."""
        resource = documents.resource
        sharers = None if documents.sharers is None else documents.sharers.to_list()
        for number, (line, text) in enumerate(pairs):
            first = self._written.get((resource, text))
            if self._rows.ids.has_any(file):
                at, lines = first or (file, line), () if sharers is None else sharers[number]
                self._rows.ids.share(at[0], resource, at[1], lines=lines, of_file=file)
            if first is None:
                if len(self._written) < _MOST_DISTINCT:
                    self._written[resource, text] = (file, line)
                yield line, text

    def _note_ids(self, mapped: Mapped, table: MappedTable) -> Iterator[Finding]:
        """Keeps what the rows are called, and puts those aside whose records are to go."""
        self._rows.holds_changes |= mapped.is_delta
        ids, place = self._rows.ids, (self._mapping.spec.name, table.role)
        for named in mapped.named:
            rows = list(zip(named.lines.to_list(), named.ids.to_list(), strict=True))
            ids.add(table.name, rows, spec=place[0], role=place[1])
            for line, row_id in rows:
                if line not in named.removed:
                    continue
                self._rows.holds_changes = True
                if row_id is None:
                    yield _nameless(table.name, line)
                    continue
                key = ids.key_of(row_id, spec=place[0], role=place[1])
                self._spool.add(table.name, REMOVED, Row(line, str(key).encode()))

    def _keep_unreadable(self, table: MappedTable, row: Unreadable) -> Iterator[Finding]:
        if row.finding.severity is Severity.WARNING:
            yield row.finding
            return
        # Its cells cannot be told apart: where some may not be kept, none is.
        raw = b"" if self._mapping.barred(table.role) else row.raw_bytes
        self._reject(table.name, Reject(table.role, row.line, (row.finding,), raw))

    def _reject(self, file: str, reject: Reject) -> None:
        self._spool.add(file, REJECTS, Row(reject.line, msgspec.msgpack.encode(reject)))


def tell_columns(mapping: Mapping, table: MappedTable, header: Sequence[str]) -> Iterator[Finding]:
    """Which columns of a header are not used, and which are used and not there."""
    dropped = mapping.unused(table.role, header)
    barred = [c for c in dropped if c in mapping.barred_of(table.role, header)]
    if barred:
        words = (
            f"{_counted(barred)} dropped before anything was stored, as the district keeps nothing made of it"
        )
        remedy = "Leave it out of the export; the classification says what a district may hold and needs."
        place = Place(table.name, 1)
        yield Finding("load.columns_barred", f"{words}: {_listed(barred)}.", place, remedy, Severity.WARNING)
    unused = [c for c in dropped if c not in barred]
    if unused:
        words = f"{_counted(unused)} not used, and dropped before anything was stored: {_listed(unused)}."
        remedy = "Leave them out of the export, or map them."
        yield Finding("load.columns_dropped", words, Place(table.name, 1), remedy, Severity.WARNING)
    missing = mapping.missing(table.role, header)
    if missing:
        words = f"{_counted(missing)} not there and count as blank: {_listed(missing)}."
        remedy = "Check that the export is whole; --set names a column that is called otherwise."
        yield Finding("load.columns_missing", words, Place(table.name, 1), remedy, Severity.WARNING)


class _Lookups:
    """The files of a delivery that others look things up in, held in memory up to a bound."""

    def __init__(self, files: MappedFiles, *, most_bytes: int | None = None) -> None:
        self._files = files
        self._most_bytes = MOST_LOOKED_UP_BYTES if most_bytes is None else most_bytes
        self._wanted = looked_up_files(files.mapping)
        self._held: dict[str, list[polars.DataFrame]] = {}
        self._held_bytes = 0
        self._whole: dict[str, polars.DataFrame] = {}

    def read(self) -> Iterator[Finding | tuple[MappedTable, Unreadable]]:
        for table in self._files.tables:
            if table.role in self._wanted:
                yield from self._hold(table)

    def prepare(self) -> Prepared:
        import polars  # noqa: PLC0415 - a slow import, so that the server starts without it

        whole = {role: polars.concat(frames, how="diagonal") for role, frames in self._held.items()}
        adds = bool(self._files.earlier) and _holds_changes(self._files)
        for role, before in self._files.earlier.items():
            if role not in whole:
                whole[role] = before
            elif adds:
                whole[role] = _replaced(self._files.mapping, role, before, by=whole[role])
        self._whole = whole
        return self._files.mapping.prepare(whole)

    def to_keep(self) -> Values[str, polars.DataFrame]:
        """What a later delivery may look up and not bring: of the files that came and whose rows have ids."""
        mapping = self._files.mapping
        return {
            role: _by_the_specs_names(mapping, role, frame)
            for role, frame in self._whole.items()
            if role in self._held and mapping.files[role].row_id is not None
        }

    def _hold(self, table: MappedTable) -> Iterator[Finding | tuple[MappedTable, Unreadable]]:
        for item in read_table(table):
            if isinstance(item, Finding):
                yield item
            elif isinstance(item, Unreadable):
                yield table, item
            else:
                _, frame = item
                frame = frame.select(LINE, *_used(self._files.mapping, table, frame.columns))
                self._held_bytes += int(frame.estimated_size())
                if self._held_bytes > self._most_bytes:
                    yield _too_much(table.name)
                    return
                self._held.setdefault(table.role, []).append(frame)


def _holds_changes(files: MappedFiles) -> bool:
    """Whether a file of the delivery says that it holds changes alone."""
    telling = (t for t in files.tables if files.mapping.files[t.role].changes_only is not None)
    return any(
        files.mapping.apply(table.role, item[1], name=table.name).is_delta
        for table in telling
        for item in read_table(table)
        if isinstance(item, tuple)
    )


def _replaced(
    mapping: Mapping, role: str, before: polars.DataFrame, *, by: polars.DataFrame
) -> polars.DataFrame:
    """Earlier rows, those of the same ids replaced by what has come."""
    import polars  # noqa: PLC0415 - a slow import, so that the server starts without it

    both = polars.concat([_by_the_specs_names(mapping, role, by), before], how="diagonal")
    return both.unique(mapping.spec.files[role].row_id, keep="first", maintain_order=True)


def _by_the_specs_names(mapping: Mapping, role: str, frame: polars.DataFrame) -> polars.DataFrame:
    from homeroom.ingest.mapping.columns import match_columns  # noqa: PLC0415 - after polars, which is slow to import

    found = match_columns(mapping.looked_up_columns(role), frame.columns)
    return frame.select(LINE, *found.values()).rename({theirs: ours for ours, theirs in found.items()})


def hold_lookups(files: MappedFiles, *, most_bytes: int | None = None) -> Prepared:
    """What a spec looks up in files of its delivery, for rows that are mapped once more.

    most_bytes: what of it is held, fewer than usual; rows beyond are not found.
    """
    lookups = _Lookups(files, most_bytes=most_bytes)
    for _ in lookups.read():  # what is wrong with them was told when they were loaded
        pass
    return lookups.prepare()


def gather_people(files: MappedFiles) -> People:
    """Whom the delivery is about, by the spec's name for them: a row for each id of the source."""
    mapping = files.mapping
    tables = hold_lookups(files) if looked_up_files(mapping) else mapping.prepare({})
    frames = (
        (table.role, table.name, item[1])
        for table in files.tables
        if mapping.files[table.role].people
        for item in read_table(table)
        if isinstance(item, tuple)  # what is wrong with the others is told when the rows are read
    )
    return people_of(mapping, frames, tables=tables)


def people_of(
    mapping: Mapping, frames: Iterable[tuple[str, str, polars.DataFrame]], *, tables: Prepared
) -> People:
    """The people of frames, each with its role in the spec and its file's name; one row for each id of the source."""
    import polars  # noqa: PLC0415 - a slow import, so that the server starts without it

    from homeroom.ingest.mapping.people import first_said  # noqa: PLC0415 - as above

    parts: dict[str, list[polars.DataFrame]] = {}
    for role, file, frame in frames:
        for name, found in mapping.gather_people(role, frame, name=file, tables=tables).items():
            parts.setdefault(name, []).append(found)
    return {name: first_said(polars.concat(each, how="diagonal")) for name, each in parts.items()}


def _used(mapping: Mapping, table: MappedTable, columns: Sequence[str]) -> list[str]:
    unused = set(mapping.unused(table.role, columns))
    return [c for c in columns if c != LINE and c not in unused]


def looked_up_files(mapping: Mapping) -> frozenset[str]:
    """The spec's files that others look things up in."""
    from homeroom.ingest.mapping.spec import FileTable  # noqa: PLC0415 - after polars, which is slow to import

    gathered = {gather.file for gather in mapping.gathers.values()}
    return frozenset({t.file for t in mapping.spec.tables.values() if isinstance(t, FileTable)} | gathered)


def read_table(
    table: MappedTable,
) -> Iterator[Finding | Unreadable | tuple[tuple[str, ...], polars.DataFrame]]:
    """Each frame of a table with its header, and what was found on the way."""
    tables = open_tables(table.file, table.hint)
    if isinstance(tables, Finding):
        yield tables
        return
    try:
        with tables:
            for number, found in enumerate(tables):
                if isinstance(found, Finding):
                    yield found
                elif number == table.number:
                    yield from _frames(found)
                    return
    except DAMAGE:
        yield damaged(table.name)


def _frames(table: Table) -> Iterator[Finding | Unreadable | tuple[tuple[str, ...], polars.DataFrame]]:
    for frame in table.frames:
        yield table.columns, frame
        yield from table.faults.take()
    table.faults.finish()
    yield from table.faults.take()


def _tells_anything(plan: FilePlan) -> bool:
    return bool(plan.records) or plan.removed is not None or plan.changes_only is not None


def _nameless(file: str, line: int) -> Finding:
    words = "The row is to be removed, and does not say what it is called."
    return Finding("load.nameless_removal", words, Place(file, line), "Ask the source to name it.")


def _too_much(name: str) -> Finding:
    words = f"More than {MOST_LOOKED_UP_BYTES >> 20} MB would have to be held in memory to look things up in."
    return Finding("load.lookup_too_large", words, Place(name), "Split the delivery, such as by school.")


def _counted(columns: Sequence[str]) -> str:
    return "1 column was" if len(columns) == 1 else f"{len(columns)} columns were"


def _listed(columns: Sequence[str]) -> str:
    more = "" if len(columns) <= _MOST_NAMED else f" and {len(columns) - _MOST_NAMED} more"
    return ", ".join(columns[:_MOST_NAMED]) + more
