"""How well files and specs fit: by the columns of a header, or by the name where there is no header."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from typing import Final

import polars as pl

from homeroom.base.findings import Finding
from homeroom.ingest.connectors.dialect import Dialect, FixedField
from homeroom.ingest.mapping.columns import match_columns
from homeroom.ingest.mapping.spec import FileSpec
from homeroom.ingest.reading.plan import DAMAGE, SourceFile
from homeroom.ingest.specs.shelf import ParsedSpec

_LONGEST_LINE: Final = 1 << 16
_NAME_COUNTS: Final = 0.5  # a name tells two layouts with the same columns apart, and no more


def fit_table(
    columns: Sequence[str], file: str, specs: Sequence[ParsedSpec]
) -> tuple[ParsedSpec, str] | Finding:
    """The spec and which of its files a table is, by its columns; a Finding when none or several fit best."""
    rated = sorted(_ratings(columns, file, specs), key=lambda r: -r[0])
    if not rated:
        words = "No mapping spec reads this file: none knows its columns."
        if len(specs) == 1:
            words = f"The file lacks columns that the spec {specs[0].spec.name} needs."
        return Finding(
            "load.unknown_layout", words, remedy="Choose another spec, or export the columns it needs."
        )
    best = [r for r in rated if r[0] == rated[0][0]]
    if len({r[1].spec.name for r in best}) > 1:
        names = ", ".join(sorted({r[1].spec.name for r in best}))
        words = f"Several mapping specs read this file: {names}."
        return Finding("load.several_layouts", words, remedy="Say which one with --spec.")
    return best[0][1], best[0][2]


def fit_by_layout(file: SourceFile, specs: Sequence[ParsedSpec]) -> tuple[ParsedSpec, str] | None:
    """The spec of a fixed-width file, which has no header, by its first line or name; None when none claims it."""
    line = _first_line(file)
    for spec in specs:
        for role, wanted in spec.spec.files.items():
            if wanted.layout and _is_laid_out(file.inner, line, wanted):
                return spec, role
    return None


def hint_of(file: FileSpec) -> Dialect:
    """What a spec says of how its file is written."""
    return Dialect(
        form="fixed" if file.layout else None,
        encoding=file.encoding,
        delimiter=file.delimiter,
        quote=file.quote,
        header_line=None if file.skip_rows is None else file.skip_rows + 1,
        header_lines=file.header_rows,
        layout=tuple(FixedField(f.name, f.start - 1, f.start - 1 + f.width) for f in file.layout) or None,
        sheets=None if file.sheet is None else (file.sheet,),
        records=file.rows_at,
        skips_footer=False if file.keeps_footer else None,
        fills_short_rows=file.fills_short_rows or None,
    )


def _ratings(
    columns: Sequence[str], file: str, specs: Sequence[ParsedSpec]
) -> Iterator[tuple[float, ParsedSpec, str]]:
    for spec in specs:
        for role, wanted in spec.spec.files.items():
            needed = len(wanted.columns)
            if len(match_columns(wanted.columns, columns)) < needed or wanted.layout:
                continue
            if match_columns(wanted.without, columns):
                continue
            choices = [len(c) for c in wanted.any_of if len(match_columns(c, columns)) == len(c)]
            if (wanted.any_of and not choices) or not (needed or choices):
                continue
            yield needed + max(choices, default=0) + _NAME_COUNTS * _is_named(file, wanted), spec, role


def _is_laid_out(file: str, line: str, wanted: FileSpec) -> bool:
    """A first line of the right look and length is enough; one of the right look alone needs the right name, too."""
    if wanted.head is not None and not _matches(line, wanted.head):
        return False
    is_as_long = wanted.width is not None and wanted.width[0] <= len(line) <= wanted.width[1]
    return (is_as_long and wanted.head is not None) or _is_named(file, wanted)


def _matches(line: str, head: str) -> bool:
    """By the engine that checked the expression, which takes no longer than the line."""
    return bool(pl.Series([line]).str.contains(head).item())


def _first_line(file: SourceFile) -> str:
    try:
        with file.open() as stream:
            start = stream.readline(_LONGEST_LINE)
    except DAMAGE:
        return ""
    return start.removeprefix(codecs.BOM_UTF8).decode(errors="replace").rstrip("\r\n")


def _is_named(file: str, wanted: FileSpec) -> bool:
    name = file.rpartition("/")[2].lower()
    return any(fnmatch(name, pattern.lower()) for pattern in wanted.names)
