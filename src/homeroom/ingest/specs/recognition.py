"""Which mapping spec reads a file: the one that was named, else the one whose columns the file has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from homeroom.base.errors import SettingsError
from homeroom.base.findings import Finding, Place, Severity
from homeroom.ingest.connectors.dialect import UNKNOWN, Dialect
from homeroom.ingest.mapping.bars import Bars
from homeroom.ingest.reading.plan import DAMAGE, Input, InputKind, SourceFile, damaged
from homeroom.ingest.specs.shelf import (
    ParsedSpec,
    SpecText,
    find_spec,
    own_specs,
    parsed_shipped,
    parsed_specs,
)
from homeroom.records.district import District
from homeroom.standard.model import Model

if TYPE_CHECKING:
    from homeroom.ingest.reading.mapped import MappedTable

_NOTES: Final = (".md", ".rst", ".html", ".pdf", ".docx", ".log")
_DELIMITED: Final = "delimited"
_LEAST_COLUMNS: Final = 2
"""A text with fewer is a note to somebody rather than a table."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A table of a file, before it is known what it is."""

    name: str
    file: SourceFile
    number: int
    columns: tuple[str, ...]
    dialect: Dialect


async def recogniser_for(
    district: District, *, spec: str | SpecText | None, parameters: Mapping[str, str], loads_on: date
) -> SpecRecogniser:
    """A recogniser with the specs of the district and those that are shipped, or with one alone.

    spec: its name or text; None to choose by a file's columns. Raises SettingsError when there is no such spec.
    """
    own = await own_specs(district) if spec is None else []
    chosen = await find_spec(district, spec) if isinstance(spec, str) else spec
    if spec is not None and chosen is None:
        raise SettingsError(f"There is no mapping spec {spec!r}; `homeroom spec list` shows them.")
    return SpecRecogniser(
        district.catalog.model,
        own=own,
        chosen=chosen,
        parameters={**parameters, "load_date": str(loads_on)},
        bars=district.sealing,
    )


class SpecRecogniser:
    """Looks at files' columns, and compiles the specs that read them. Specs are parsed when a file asks for it."""

    def __init__(
        self,
        model: Model,
        *,
        own: Sequence[SpecText],
        chosen: SpecText | None,
        parameters: Mapping[str, str],
        bars: Bars | None = None,
    ) -> None:
        self._model = model
        self._bars = bars
        self._own = own
        self._chosen = chosen
        self.parameters = parameters

    def inputs_of(self, files: Sequence[SourceFile]) -> Iterator[Input | Finding]:
        """What files that came together are: one input for each spec, and why others are left out."""
        specs = self._specs()
        if specs and isinstance(specs[0], Finding):
            yield from (s for s in specs if isinstance(s, Finding))
            return
        usable = [s for s in specs if isinstance(s, ParsedSpec)]
        found: dict[str, tuple[ParsedSpec, list[MappedTable]]] = {}
        left_out: list[Finding] = []
        for file in files:
            for seen in self._tables_of(file, usable):
                match seen:
                    case Finding():
                        left_out.append(seen)
                    case (spec, table):
                        found.setdefault(spec.spec.name, (spec, []))[1].append(table)
        for finding in left_out:
            yield _forgiven(finding) if found else finding
        asked = {p.name for spec, _ in found.values() for p in spec.spec.parameters}
        for spec, tables in found.values():
            yield from self._input(spec, tables, asked)

    def _specs(self) -> Sequence[ParsedSpec | Finding]:
        if self._chosen is None:
            own = parsed_specs(self._own)
            names = {s.spec.name for s in own}
            return [*own, *(s for s in parsed_shipped() if s.spec.name not in names)]
        parsed = self._chosen.parse()
        return parsed if isinstance(parsed, tuple) else [parsed]

    def _tables_of(
        self, file: SourceFile, specs: Sequence[ParsedSpec]
    ) -> Iterator[Finding | tuple[ParsedSpec, MappedTable]]:
        from homeroom.ingest.reading.mapped import MappedTable  # noqa: PLC0415 - needs polars
        from homeroom.ingest.specs.fitting import fit_by_layout, fit_table, hint_of  # noqa: PLC0415 - needs polars

        fixed = fit_by_layout(file, specs)
        if fixed is not None:
            spec, role = fixed
            yield spec, MappedTable(file.name, file, 0, role, hint_of(spec.spec.files[role]))
            return
        for seen in _look_at(file):
            if isinstance(seen, Finding):
                yield seen
                continue
            fit = fit_table(seen.columns, seen.file.inner, specs)
            if isinstance(fit, Finding):
                yield _placed(fit, seen, is_chosen=self._chosen is not None)
            else:
                spec, role = fit
                hint = _not_asked_again(hint_of(spec.spec.files[role]), seen.dialect)
                yield spec, MappedTable(seen.name, file, seen.number, role, hint)

    def _input(
        self, spec: ParsedSpec, tables: list[MappedTable], asked: Set[str]
    ) -> Iterator[Input | Finding]:
        from homeroom.ingest.reading.mapped import MappedFiles  # noqa: PLC0415 - needs polars

        own = {p.name for p in spec.spec.parameters}
        # What another spec of the delivery asks for is no fault here; what none asks for is.
        given = {name: text for name, text in self.parameters.items() if name in own or name not in asked}
        mapping = spec.compile(self._model, parameters=given, bars=self._bars)
        if isinstance(mapping, tuple):
            yield from mapping
            return
        files = tuple(SourceFile(t.name, t.file.archive, t.file.inner) for t in tables)
        yield Input(InputKind.MAPPED, files, mapped=MappedFiles(mapping, spec.version, tuple(tables)))


def _look_at(file: SourceFile) -> Iterator[_Seen | Finding]:
    """The tables of a file by their headers."""
    from homeroom.ingest.connectors.opening import open_tables  # noqa: PLC0415 - connectors need polars

    tables = open_tables(file)
    if isinstance(tables, Finding):
        yield _unknown_file(file.name) if tables.code == "table.unknown_form" else tables
        return
    try:
        with tables:
            found = list(enumerate(tables))
    except DAMAGE:
        yield damaged(file.name)
        return
    for number, one in found:
        if isinstance(one, Finding):
            yield one
        elif len(one.columns) < _LEAST_COLUMNS or file.inner.lower().endswith(_NOTES):
            yield _unknown_file(file.name)
        else:
            name = file.name if len(found) == 1 else f"{file.name}/{one.name}"
            yield _Seen(name, file, number, one.columns, one.dialect)


def _not_asked_again(said: Dialect, found: Dialect) -> Dialect:
    """How a file is written, where its spec says nothing of that: as it was found to be a moment ago.

    Only of the plainest files, whose header is their first line; and not their encoding, which the whole file decides.
    """
    is_plain = found.form == _DELIMITED and (found.header_line, found.header_lines) == (1, 1)
    return replace(found, encoding=None) if is_plain and said == UNKNOWN else said


def _placed(fit: Finding, seen: _Seen, *, is_chosen: bool) -> Finding:
    remedy = fit.remedy if is_chosen else f"`homeroom suggest {seen.file.inner}` proposes a mapping."
    return Finding(fit.code, fit.words, Place(seen.name), remedy, fit.severity)


def _unknown_file(name: str) -> Finding:
    return Finding(
        "load.unknown_file",
        "The file is of no kind that is read here; it is left out.",
        Place(name),
        "Send CSV, Excel, JSON Lines (.jsonl), Ed-Fi XML (.xml) or a zip of them.",
        Severity.WARNING,
    )


def _forgiven(finding: Finding) -> Finding:
    """A file that no spec reads, beside others of the same delivery that one does, is no fault."""
    return Finding(finding.code, finding.words, finding.place, finding.remedy, Severity.WARNING)
