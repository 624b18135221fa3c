"""One trial of a mapping spec on the beginning of a file. It runs in a thread, and stores nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from homeroom.base.findings import Finding
from homeroom.ingest.connectors.tables import LINE, Unreadable
from homeroom.ingest.intake.borrowing import Allowance, BorrowedFile
from homeroom.ingest.preview.rows import RowMaker
from homeroom.ingest.preview.shown import RefusedRecord, ShownRow, ShownTable, SpecPreview
from homeroom.ingest.reading.mapped import (
    MappedFiles,
    MappedTable,
    hold_lookups,
    looked_up_files,
    read_table,
    tell_columns,
)
from homeroom.ingest.reading.plan import Input, SourceFile, files_delivered
from homeroom.ingest.specs.recognition import SpecRecogniser
from homeroom.ingest.specs.shelf import SpecText, sample_parameters
from homeroom.records.district import District
from homeroom.records.views.granted import Ask

if TYPE_CHECKING:
    import polars

    from homeroom.ingest.mapping.mapping import Mapping as CompiledSpec
    from homeroom.ingest.mapping.mapping import Prepared
    from homeroom.ingest.mapping.spec import Spec

MOST_ROWS: Final = 20
"""How many rows of each table are tried."""
_MOST_CELLS: Final = 60_000
"""Of all columns that are computed: of a very wide spec fewer rows are tried."""
_MOST_TABLES: Final = 10
_MOST_LOOKED_UP_BYTES: Final = 64 << 20
_LOAD_DATE: Final = "load_date"


@dataclass(frozen=True, slots=True)
class Trial:
    """What a trial needs to know.

    parameters: of the spec, as far as somebody has said them. allowance: how much may be read. ask: the policy's
    answers for whoever looks.
    """

    district: District
    text: SpecText
    parameters: Mapping[str, str]
    allowance: Allowance
    ask: Ask

    def run(self, files: Mapping[str, BorrowedFile], *, chosen: str | None) -> SpecPreview:
        """The first rows of the chosen file; without one, what is wrong with the spec and what it asks for.

        files: all that came with the chosen one, by name. Raises AllowanceSpentError.
        """
        parsed = self.text.parse()
        if isinstance(parsed, tuple):
            return SpecPreview(parsed)
        spec = parsed.spec
        given = self._given(spec)
        unsaid = [p.name for p in spec.parameters if p.default is None and p.name not in given]
        samples = sample_parameters(spec)
        mapping = parsed.compile(
            self.district.catalog.model, parameters={**samples, **given}, bars=self.district.sealing
        )
        if isinstance(mapping, tuple):
            return SpecPreview(mapping, parameters=spec.parameters)
        checked = SpecPreview((), spec.warnings, spec.parameters, unsaid)
        if chosen is None or chosen not in files or unsaid:
            return checked
        wanted = files if looked_up_files(mapping) else {chosen: files[chosen]}
        with ExitStack() as opened:
            return self._read(checked, wanted, chosen=chosen, given=given, opened=opened)

    def _given(self, spec: Spec) -> dict[str, str]:
        known = {_LOAD_DATE, *(p.name for p in spec.parameters)}
        return {name: text for name, text in self.parameters.items() if name in known and text}

    def _read(
        self,
        checked: SpecPreview,
        files: Mapping[str, BorrowedFile],
        *,
        chosen: str,
        given: Mapping[str, str],
        opened: ExitStack,
    ) -> SpecPreview:
        """What is in the files, and what becomes of it."""
        found = list(files_delivered({name: file.open for name, file in files.items()}, opened=opened))
        sources = [one for one in found if isinstance(one, SourceFile)]
        recogniser = SpecRecogniser(
            self.district.catalog.model,
            own=(),
            chosen=self.text,
            parameters=given,
            bars=self.district.sealing,
        )
        entries = [*(one for one in found if isinstance(one, Finding)), *recogniser.inputs_of(sources)]
        notes = [entry for entry in entries if isinstance(entry, Finding)]
        making = RowMaker(self.district, self.ask)
        once: list[ShownRow] = []
        tables: list[ShownTable] = []
        for one in (e.mapped for e in entries if isinstance(e, Input) and e.mapped is not None):
            prepared = hold_lookups(one, most_bytes=_MOST_LOOKED_UP_BYTES).for_preview()
            once += making.rows_of(one.mapping.apply_once(), lines=[0], file=chosen)
            for table in _shown_of(one, chosen):
                self.allowance.spend()
                rows = max(1, min(MOST_ROWS, _MOST_CELLS // one.mapping.files[table.role].width))
                beginning = _read_beginning(table, rows=rows)
                notes += beginning.notes
                if beginning.header:
                    notes += tell_columns(one.mapping, table, beginning.header)
                tables.append(_tried(one.mapping, table, beginning, prepared=prepared, making=making))
        return replace(checked, notes=notes, once=[r for r in once if r.records or r.refused], tables=tables)


@dataclass(slots=True)
class _Beginning:
    """The first rows of a table, so many at most; frame: None where it has none."""

    rows: int
    header: Sequence[str] = ()
    frame: polars.DataFrame | None = None
    unread: list[Unreadable] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)


def _shown_of(files: MappedFiles, chosen: str) -> Sequence[MappedTable]:
    """The tables of the chosen file, or of the files in it, that records are made of."""
    inside = f"{chosen}/"
    named = [t for t in files.tables if t.file.name == chosen or t.file.name.startswith(inside)]
    return [table for table in named if files.mapping.files[table.role].records][:_MOST_TABLES]


def _read_beginning(table: MappedTable, *, rows: int) -> _Beginning:
    found = _Beginning(rows)
    for item in read_table(table):
        match item:
            case Finding():
                found.notes.append(item)
            case Unreadable():
                found.unread.append(item)
            case (header, frame):
                if found.frame is not None and found.frame.height:
                    break
                found.header, found.frame = header, frame.head(rows)
    return found


def _tried(
    mapping: CompiledSpec, table: MappedTable, beginning: _Beginning, *, prepared: Prepared, making: RowMaker
) -> ShownTable:
    """What becomes of the first rows, those in between that cannot be read included."""
    frame = beginning.frame
    if frame is None:
        return ShownTable(table.name, table.role, ())
    mapped = mapping.apply(table.role, frame, name=table.name, tables=prepared)
    lines = frame[LINE].to_list()
    rows = making.rows_of(mapped, lines=lines, file=table.name)
    last = lines[-1] if lines and frame.height == beginning.rows else None
    for row in beginning.unread:
        if last is None or row.line < last:
            rows.append(ShownRow(row.line, refused=[RefusedRecord("", (row.finding,))]))
    return ShownTable(table.name, table.role, sorted(rows, key=lambda row: row.line)[:MOST_ROWS])
