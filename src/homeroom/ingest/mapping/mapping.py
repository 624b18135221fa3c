"""A compiled spec: rows of a file in, JSON documents out, and every fault with its line and column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Values
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

import polars as pl

from homeroom.base.findings import Finding, Place, Severity
from homeroom.ingest.mapping.columns import match_columns
from homeroom.ingest.mapping.functions_people import Standing
from homeroom.ingest.mapping.functions_tables import FOUND
from homeroom.ingest.mapping.json_text import escaped, needs_escapes
from homeroom.ingest.mapping.people import PERSON_ID
from homeroom.ingest.mapping.plans import (
    BAD_LINE,
    ITEMS,
    FilePlan,
    GatherPlan,
    Leaves,
    PlacedCheck,
    RecordPlan,
)
from homeroom.ingest.mapping.spec import FileTable, Spec
from homeroom.ingest.mapping.stage import FILE_NAME, LINE, Computed, Joined, RowPerson, Stage

_FAILED: Final = "__failed"
_TEXT: Final = "__text"
_LINES: Final = "__lines"
_ROW_ID: Final = "__row_id"
_MOST_SHOWN: Final = 100
_MOST_CELLS: Final = 250_000
"""Of all columns that are computed at a time; the texts that are made of them take several times their memory."""
_LEAST_ROWS: Final = 1_000
NOBODY_FOUND: Final = pl.DataFrame(
    schema={PERSON_ID: pl.String, "unique_id": pl.String, "standing": pl.String}
)
"""A frame of `Prepared.people` without anybody in it."""
_NO_TABLES: Final[Values[str, pl.DataFrame]] = {}


@dataclass(frozen=True, slots=True)
class Documents:
    """Records of one resource: JSON texts, and the line each comes from. is_distinct: equal ones are one.

    sharers: of distinct records of rows with ids, all lines that gave each.
    """

    resource: str
    texts: pl.Series
    lines: pl.Series
    is_distinct: bool = False
    sharers: pl.Series | None = None


@dataclass(frozen=True, slots=True)
class NamedRows:
    """What the source calls the rows of a frame. removed: the lines of those whose records are to go."""

    lines: pl.Series
    ids: pl.Series
    removed: frozenset[int]


@dataclass(frozen=True, slots=True)
class Awaited:
    """Somebody who has to be told apart before a row can be read. resource: Student, Staff or Contact."""

    resource: str
    source: str
    source_id: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that a row should have given, why it did not, and the row's used cells as they came.

    awaits: the person whom it waits for, if that is why.
    """

    line: int
    resource: str
    findings: tuple[Finding, ...]
    row: Values[str, str | None]
    awaits: Awaited | None = None


@dataclass(frozen=True, slots=True)
class Mapped:
    """What one frame gave. named: its rows, where its file's have ids. is_delta: it says that the delivery holds
    changes alone.
    """

    records: tuple[Documents, ...]
    rejects: tuple[Rejected, ...] = ()
    warnings: tuple[Finding, ...] = ()
    named: tuple[NamedRows, ...] = ()
    is_delta: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """Other files of a delivery, made ready to be looked up; the same for all frames of a load.

    people: who the people of the spec are, by its name for them: PERSON_ID, unique id and standing. One who is not
    there is nobody; None: each is taken for whom the source says.
    """

    frames: Values[str, pl.DataFrame]
    people: Values[str, pl.DataFrame] | None = field(default_factory=dict)

    def for_preview(self) -> Prepared:
        """The same for rows that are only shown: nobody is looked up."""
        return replace(self, people=None)


@dataclass(frozen=True)
class Mapping:
    """A spec compiled against a Model; use it for any number of frames."""

    spec: Spec
    files: Values[str, FilePlan]
    once: FilePlan
    gathers: Values[str, GatherPlan]

    def used_columns(self, file: str) -> frozenset[str]:
        """The columns of a file that anything is made of, look-ups and gathers included."""
        return self.files[file].columns | frozenset(self._columns_others_want(file))

    def looked_up_columns(self, file: str) -> frozenset[str]:
        """The columns of a file that look-ups and gathers of others want, with the id of its rows."""
        row_id = self.spec.files[file].row_id
        return frozenset(self._columns_others_want(file)) | ({row_id} if row_id is not None else set())

    def unused(self, file: str, columns: Sequence[str]) -> tuple[str, ...]:
        """Columns of a header that nothing is made of: they are dropped before storage."""
        found = set(match_columns(self.used_columns(file), columns).values())
        return tuple(c for c in columns if c not in found and c != LINE)

    def barred(self, file: str) -> frozenset[str]:
        """Columns of a file that feed only what the district does not store."""
        return self.files[file].barred - self.used_columns(file)

    def barred_of(self, file: str, columns: Sequence[str]) -> frozenset[str]:
        """The same by a header's names."""
        return frozenset(match_columns(self.barred(file), columns).values())

    def missing(self, file: str, columns: Sequence[str]) -> tuple[str, ...]:
        """Used columns that a header does not have; they count as blank."""
        found = match_columns(self.used_columns(file), columns)
        return tuple(sorted(self.used_columns(file) - set(found)))

    def sources(self) -> Values[str, Values[str, frozenset[str]]]:
        """For each resource and path in its documents, the columns that feed it."""
        found: dict[str, dict[str, frozenset[str]]] = {}
        for plan in self.files.values():
            for record in plan.records:
                paths = found.setdefault(record.resource.name, {})
                for path, columns in record.leaves.sources.items():
                    paths[path] = paths.get(path, frozenset()) | columns
        return found

    def prepare(self, tables: Values[str, pl.DataFrame]) -> Prepared:
        """Other files' rows made ready for look-ups and gathers. tables: whole frames by the spec's file names."""
        frames = {name: self._gathered(plan, tables) for name, plan in self.gathers.items()}
        wanted: dict[str, set[str]] = {}
        for table, columns in self._needs():
            wanted.setdefault(table, set()).update(columns)
        frames |= {table: self._table(table, columns, tables) for table, columns in wanted.items()}
        return Prepared(frames)

    def apply_once(self) -> Mapped:
        """The records that a load writes once."""
        return self._once

    @cached_property
    def _once(self) -> Mapped:
        return _apply(
            self.once, pl.DataFrame({LINE: [0]}, schema={LINE: pl.Int64}), Prepared(_NO_TABLES), name=""
        )

    def apply(self, file: str, frame: pl.DataFrame, *, name: str, tables: Prepared | None = None) -> Mapped:
        """The records that a frame's rows give.

        file: as the spec calls it; name: the file's own, for findings. frame: columns of text and LINE. tables:
        from `prepare`, when the spec reads more than one file.
        """
        plan, prepared = self.files[file], tables or self.prepare(_NO_TABLES)
        parts = [_apply(plan, piece, prepared, name=name) for piece in self.pieces(file, frame)]
        return parts[0] if len(parts) == 1 else _together(parts)

    def pieces(self, file: str, frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """The frame in parts of which each can be mapped in bounded memory, its documents' texts included."""
        rows = max(_LEAST_ROWS, _MOST_CELLS // self.files[file].width)
        yield from (frame[at : at + rows] for at in range(0, frame.height, rows))

    def gather_people(
        self, file: str, frame: pl.DataFrame, *, name: str, tables: Prepared
    ) -> Values[str, pl.DataFrame]:
        """Whom a frame's rows are about, by the spec's name for them: one row for each id of the source."""
        return {
            plan.spec.name: plan.gather(_staged(plan.stage, frame, tables, name=name))
            for plan in self.files[file].people
        }

    def apply_rows(
        self, file: str, rows: Sequence[Values[str, str | None]], *, name: str, tables: Prepared | None = None
    ) -> Mapped:
        """The same for a handful of rows that are only shown, numbered from 1."""
        columns = tuple(dict.fromkeys(c for row in rows for c in row))
        frame = pl.DataFrame(
            {c: [row.get(c) for row in rows] for c in columns} | {LINE: range(1, len(rows) + 1)},
            schema=dict.fromkeys(columns, pl.String) | {LINE: pl.Int64},
        )
        prepared = (tables or self.prepare(_NO_TABLES)).for_preview()
        return self.apply(file, frame, name=name, tables=prepared)

    def _columns_others_want(self, file: str) -> Iterator[str]:
        for gather in self.gathers.values():
            if gather.file == file:
                yield from gather.stage.cells
        for name, columns in self._needs():
            table = self.spec.tables[name]
            if isinstance(table, FileTable) and table.file == file:
                yield from (table.key, *columns)

    def _needs(self) -> Iterator[tuple[str, frozenset[str]]]:
        """Which columns of tables that are files look-ups want."""
        for plan in self.files.values():
            for needs in (plan.needs, *(person.needs for person in plan.people)):
                yield from needs.items()

    def _table(self, name: str, columns: set[str], tables: Values[str, pl.DataFrame]) -> pl.DataFrame:
        """The rows of a file that is looked up: its key, the wanted columns and FOUND; the first of a key counts."""
        table = self.spec.tables[name]
        assert isinstance(table, FileTable)  # noqa: S101 - only these have needs
        stage = Stage(self.spec.files[table.file])
        key = stage.cell(table.key).expr
        cells = {c: stage.cell(c).expr for c in sorted(columns)}
        frame = _staged(stage, tables.get(table.file, _empty(stage)), Prepared(_NO_TABLES), name="")
        chosen = frame.select(
            key.alias("__key"), *(e.alias(c) for c, e in cells.items()), pl.lit(value=True).alias(FOUND)
        )
        return chosen.drop_nulls("__key").unique("__key", keep="first", maintain_order=True)

    def _gathered(self, plan: GatherPlan, tables: Values[str, pl.DataFrame]) -> pl.DataFrame:
        frame = tables.get(plan.file, _empty(plan.stage))
        work = _computed(plan.leaves, _staged(plan.stage, frame, Prepared(_NO_TABLES), name=""))
        items = pl.col(ITEMS).drop_nulls()
        work = _escaped(plan.leaves, work)
        bad = pl.when(pl.col(_FAILED)).then(pl.col(LINE))
        return (
            work.select(*plan.keys, plan.text.alias(ITEMS), bad.alias(BAD_LINE))
            .drop_nulls(list(plan.keys))
            .group_by(plan.keys, maintain_order=True)
            .agg(
                (items.unique(maintain_order=True) if plan.is_distinct else items).str.join(","),
                pl.col(BAD_LINE).min(),
            )
            .with_columns(pl.when(pl.col(ITEMS) != "").then(pl.col(ITEMS)).alias(ITEMS))
        )


def _apply(plan: FilePlan, frame: pl.DataFrame, tables: Prepared, *, name: str) -> Mapped:
    staged = _staged(plan.stage, frame, tables, name=name)
    named = _named(plan, staged)
    is_delta = plan.changes_only is not None and bool(staged.select(plan.changes_only.any()).item())
    if plan.removed is not None:
        staged = staged.filter(~plan.removed)
    documents: list[Documents] = []
    rejects: list[Rejected] = []
    warnings: list[Finding] = []
    for record in plan.records:
        kept = _kept_rows(record, staged, has_ids=plan.row_id is not None)
        if not kept.height:  # most turns of a wide file's loops are about few rows or none
            continue
        work = _computed(record.leaves, kept)
        good = work
        if record.leaves.checks:
            teller = _Teller(plan, record, name, match_columns(plan.columns, frame.columns), frame.columns)
            good, failed = work.filter(~pl.col(_FAILED)), work.filter(pl.col(_FAILED))
            rejects += teller.rejects(failed)
            warnings += teller.warnings(good)
        documents.append(_documents(record, good))
    return Mapped(tuple(documents), tuple(rejects), tuple(warnings), named, is_delta)


def _named(plan: FilePlan, staged: pl.DataFrame) -> tuple[NamedRows, ...]:
    if plan.row_id is None:
        return ()
    removed = pl.lit(value=False) if plan.removed is None else plan.removed
    rows = staged.select(LINE, plan.row_id.alias(_ROW_ID))
    return (NamedRows(rows[LINE], rows[_ROW_ID], frozenset(staged.filter(removed)[LINE])),)


def _together(parts: Sequence[Mapped]) -> Mapped:
    return Mapped(
        tuple(d for part in parts for d in part.records),
        tuple(r for part in parts for r in part.rejects),
        tuple(w for part in parts for w in part.warnings),
        tuple(n for part in parts for n in part.named),
        any(part.is_delta for part in parts),
    )


def _kept_rows(record: RecordPlan, staged: pl.DataFrame, *, has_ids: bool) -> pl.DataFrame:
    """The rows the record is about, and those where that cannot be told; with their _LINES where rows have ids."""
    kept = staged
    if record.where is not None:
        doubtful = [p.check.failed for p in record.leaves.checks if p.path == "$"]
        kept = staged.filter(pl.any_horizontal(record.where, *doubtful) if doubtful else record.where)
    if record.is_distinct and record.inputs and has_ids:
        first = kept.group_by(record.inputs, maintain_order=True)
        return first.agg(pl.all().first(), pl.col(LINE).alias(_LINES))
    if record.is_distinct and record.inputs:
        return kept.unique(record.inputs, keep="first", maintain_order=True)
    return kept


def _documents(record: RecordPlan, work: pl.DataFrame) -> Documents:
    has_sharers = _LINES in work.columns
    ready = _escaped(record.leaves, work)
    texts = ready.select(record.text.alias(_TEXT), LINE, *((_LINES,) if has_sharers else ()))
    if has_sharers:
        first = texts.group_by(_TEXT, maintain_order=True)
        texts = first.agg(pl.col(LINE).first(), pl.col(_LINES).explode())
        return Documents(record.resource.name, texts[_TEXT], texts[LINE], record.is_distinct, texts[_LINES])
    if record.is_distinct:
        texts = texts.unique(_TEXT, keep="first", maintain_order=True)
    return Documents(record.resource.name, texts[_TEXT], texts[LINE], record.is_distinct)


def _escaped(leaves: Leaves, work: pl.DataFrame) -> pl.DataFrame:
    """Texts with JSON's escapes, in the few columns that need any."""
    if not leaves.texts or not work.height:
        return work
    dirty = work.select(needs_escapes(leaves.texts)).row(0, named=True)
    return work.with_columns(escaped(pl.col(c)) for c, is_dirty in dirty.items() if is_dirty)


def _computed(leaves: Leaves, staged: pl.DataFrame) -> pl.DataFrame:
    """The columns of a document's values, and whether any of its checks failed."""
    work = staged.with_columns(expr.alias(name) for name, expr in leaves.columns)
    failed = [p.check.failed for p in leaves.checks if not p.is_warning]
    any_failed = pl.any_horizontal(failed).fill_null(value=False) if failed else pl.lit(value=False)
    return work.with_columns(any_failed.alias(_FAILED))


def _staged(stage: Stage, frame: pl.DataFrame, tables: Prepared, *, name: str) -> pl.DataFrame:
    """A frame with all columns of the stage computed."""
    found = match_columns(stage.cells, frame.columns)
    work = frame.select(
        LINE,
        pl.lit(name).alias(FILE_NAME),
        *(pl.col(theirs).alias(ours) for ours, theirs in found.items()),
        *(pl.lit(None, dtype=pl.String).alias(c) for c in stage.cells if c not in found),
    )
    for level in stage.levels:
        work = work.with_columns(s.expr.alias(s.name) for s in level if isinstance(s, Computed))
        for step in level:
            if isinstance(step, Joined):
                work = _joined(work, step, tables.frames[step.prepared])
            elif isinstance(step, RowPerson):
                work = _with_person(work, step, tables.people)
    return work


def _joined(work: pl.DataFrame, step: Joined, prepared: pl.DataFrame) -> pl.DataFrame:
    keys = prepared.columns[: len(step.keys)]
    theirs = prepared.select(*keys, *(pl.col(their).alias(our) for their, our in step.columns))
    return work.join(theirs, left_on=list(step.keys), right_on=keys, how="left", maintain_order="left")


def _with_person(
    work: pl.DataFrame, step: RowPerson, people: Values[str, pl.DataFrame] | None
) -> pl.DataFrame:
    """Who the person of each row is."""
    key = step.key.expr.meta.output_name()
    if people is None:
        known = pl.when(pl.col(key).is_not_null()).then(pl.lit(str(Standing.KNOWN)))
        return work.with_columns(pl.col(key).alias(step.unique_id), known.alias(step.standing))
    found = people.get(step.name, NOBODY_FOUND)
    names = dict(zip(found.columns, (PERSON_ID, step.unique_id, step.standing), strict=True))
    return work.join(found.rename(names), left_on=key, right_on=PERSON_ID, how="left", maintain_order="left")


def _empty(stage: Stage) -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys(stage.cells, pl.String) | {LINE: pl.Int64})


@dataclass(frozen=True, slots=True)
class _Teller:
    """Makes findings of the rows that failed; the only work that is done row by row."""

    plan: FilePlan
    record: RecordPlan
    name: str
    found: Values[str, str]
    header: Sequence[str]

    def rejects(self, failed: pl.DataFrame) -> Iterator[Rejected]:
        """Each row that gives no record, with every reason."""
        if not failed.height:
            return
        checks = [p for p in self.record.leaves.checks if not p.is_warning]
        raw = failed.select(sorted(self.plan.stage.cells)).to_dicts()
        findings = self._findings(checks, failed, Severity.ERROR)
        awaited = self._awaited(checks, failed)
        for number, (line, row, found) in enumerate(zip(failed[LINE], raw, findings, strict=True)):
            yield Rejected(line, self.record.resource.name, tuple(found), row, awaited.get(number))

    def _awaited(self, checks: Sequence[PlacedCheck], failed: pl.DataFrame) -> dict[int, Awaited]:
        """Whom rows wait for, by their number among those that failed."""
        people = {plan.spec.name: plan.spec for plan in self.plan.people}
        found: dict[int, Awaited] = {}
        for check in (placed.check for placed in checks):
            person = people.get(check.person or "")
            if person is None:
                continue
            ids = failed.select(pl.when(check.failed).then(check.shown)).to_series()
            for number, source_id in enumerate(ids):
                if source_id is not None:
                    found.setdefault(number, Awaited(person.resource, person.source, source_id))
        return found

    def warnings(self, good: pl.DataFrame) -> Iterator[Finding]:
        """What was left out of records that are read all the same."""
        checks = [p for p in self.record.leaves.checks if p.is_warning]
        if not checks or not good.height:
            return
        doubtful = good.filter(pl.any_horizontal(p.check.failed for p in checks))
        for found in self._findings(checks, doubtful, Severity.WARNING):
            yield from found

    def _findings(
        self, checks: Sequence[PlacedCheck], rows: pl.DataFrame, severity: Severity
    ) -> list[list[Finding]]:
        """For each row, its findings; one check at a time, over the rows that fail it.

        One cell may feed several members: its fault is told once, for the first of them.
        """
        found: list[list[Finding]] = [[] for _ in range(rows.height)]
        told: set[tuple[int, str, frozenset[str]]] = set()
        lines = rows[LINE]
        for placed in checks:
            shown = rows.select(
                pl.when(placed.check.failed).then(placed.check.shown.fill_null(""))
            ).to_series()
            for number, text in enumerate(shown):
                fault = (number, placed.check.code, placed.check.columns)
                if text is not None and fault not in told:
                    told.add(fault)
                    found[number].append(self._finding(placed, text, lines[number], severity))
        return found

    def _finding(self, placed: PlacedCheck, text: str, line: int, severity: Severity) -> Finding:
        check = placed.check
        columns = sorted(check.columns)
        where = " and ".join(f"[{c}]" for c in columns)
        shown = text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "…"
        number = (
            self.header.index(self.found[columns[0]]) + 1 if columns and columns[0] in self.found else None
        )
        place = Place(self.name, line, placed.path, number)
        words = f"'{shown}'{f' in {where}' if where else ''} {check.words}."
        return Finding(check.code, words, place, check.remedy, severity)
