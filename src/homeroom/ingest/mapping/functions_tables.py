"""Look-ups, descriptors, and what identifies rows."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

import polars as pl

from homeroom.ingest.mapping.register import (
    Argument,
    ArgumentFaultError,
    Function,
    Site,
    Wanted,
    literal_text,
)
from homeroom.ingest.mapping.spec import FileTable, Otherwise, RowsTable, ValuesTable
from homeroom.ingest.mapping.stage import FILE_NAME, LINE, Joined
from homeroom.ingest.mapping.values import Check, Type, Value, derived

DEFAULT_NAMESPACE: Final = "uri://ed-fi.org/"
FOUND: Final = "__found"
"""The column of a prepared table that is true in each of its rows."""
_UNIT: Final = "\x1f"


def _lookup(site: Site, values: tuple[Value, ...]) -> Value:
    key, *columns = values
    column = literal_text(columns[0]) if columns else None
    match site.table:
        case ValuesTable(_, known, otherwise):
            if column is not None:
                raise ArgumentFaultError("A table of values has no columns.")
            return _looked_up(site.stage.kept(key), known, otherwise, site)
        case RowsTable():
            known = _column_of(site.table, column)
            return _looked_up(site.stage.kept(key), known, site.table.otherwise, site)
        case FileTable():
            return _from_file(site, site.table, key, column)
        case None:
            raise ArgumentFaultError("The first argument is the name of a table.")


def _column_of(table: RowsTable, column: str | None) -> Mapping[str, str | None]:
    if table.key is None:
        raise ArgumentFaultError(f"Table {table.name} has no 'key', so nothing can be looked up in it.")
    others = [c for c in table.columns if c != table.key]
    wanted = column or (others[0] if len(others) == 1 else None)
    if wanted is None or wanted not in table.columns:
        raise ArgumentFaultError(f"Which column of table {table.name}? It has {', '.join(others)}.")
    return {key: row.get(wanted) for row in reversed(table.rows) if (key := row.get(table.key)) is not None}


def _looked_up(key: Value, known: Mapping[str, str | None], otherwise: Otherwise, site: Site) -> Value:
    keys = list(known)
    found = key.expr.replace_strict(
        keys, [value or None for value in known.values()], default=None, return_dtype=pl.String
    )
    if otherwise is Otherwise.KEEP:
        return derived(Type.TEXT, pl.when(key.expr.is_in(keys)).then(found).otherwise(key.expr), (key,))
    if otherwise is Otherwise.BLANK:
        return derived(Type.TEXT, found, (key,))
    result = found if all(known.values()) else None  # a table that maps to nothing must be asked for the key
    check = _unmapped(key, ~key.expr.is_in(keys), site, result=result)
    return site.stage.kept(derived(Type.TEXT, found, (key,), checks=(check,)))


def _from_file(site: Site, table: FileTable, key: Value, column: str | None) -> Value:
    if column is None:
        raise ArgumentFaultError(f"Which column of {table.file}? Name it as the third argument.")
    site.needs.setdefault(table.name, set()).add(column)
    ours = site.stage.kept(key)
    if not key.varies:
        raise ArgumentFaultError("The key of a look-up in a file must come from a column.")
    name, found = site.stage.new_name("j"), site.stage.new_name("f")
    step = Joined(table.name, (ours.expr.meta.output_name(),), ((column, name), (FOUND, found)))
    site.stage.add(ours.level, step)
    looked = derived(Type.TEXT, pl.col(name), (ours,))
    checks = looked.checks
    if table.otherwise is Otherwise.FAIL:
        checks = (*checks, _unmapped(ours, pl.col(found).is_null(), site))
    expr = pl.col(name)
    if table.otherwise is Otherwise.KEEP:
        expr = pl.when(pl.col(found).is_null()).then(ours.expr).otherwise(expr)
    return Value(Type.TEXT, expr, ours.columns, ours.level + 1, checks)


def _unmapped(key: Value, is_unknown: pl.Expr, site: Site, *, result: pl.Expr | None = None) -> Check:
    table = site.table
    assert table is not None  # noqa: S101 - look-ups have one
    return Check(
        given=key.expr if result is not None else key.expr.is_not_null() & is_unknown,
        result=result,
        shown=key.expr,
        code="mapping.unmapped_value",
        words=f"has no entry in table {table.name}",
        remedy=f"Add it to the table (line {table.spot.line} of {table.spot.file}), or correct the value.",
        columns=key.columns,
    )


def _hash(site: Site, values: tuple[Value, ...]) -> Value:
    values = tuple(site.stage.kept(v) for v in values)
    parts = [v.expr.fill_null("") if v.type is not Type.NOTHING else pl.lit("") for v in values]
    joined = pl.concat_str(parts, separator=_UNIT)
    known = pl.any_horizontal(v.expr.is_not_null() for v in values)
    digest = pl.when(known).then(joined).map_batches(_digests, return_dtype=pl.String, is_elementwise=True)
    return derived(Type.TEXT, digest, values)


def _digests(texts: pl.Series) -> pl.Series:
    """MD5 of each text: an identifier, no secret.

    The one place where Python sees every value, as polars has no digest that stays the same between versions;
    about 1 s of CPU a million (measured on two slow cores).
    """
    md5 = hashlib.md5
    made = [None if t is None else md5(t.encode(), usedforsecurity=False).hexdigest() for t in texts]
    return pl.Series(texts.name, made, dtype=pl.String)


def _descriptor(_: Site, values: tuple[Value, ...]) -> Value:
    kind = literal_text(values[0]).removesuffix("Descriptor")
    namespace = literal_text(values[2]) if len(values) > 2 else DEFAULT_NAMESPACE
    if not kind or not namespace:
        raise ArgumentFaultError("A kind of descriptor is expected, such as 'GradeLevel'.")
    start = pl.lit(f"{namespace.rstrip('/')}/{kind}Descriptor#")
    return derived(Type.TEXT, pl.concat_str(start, values[1].expr), values)


def _file_name(_: Site, __: tuple[Value, ...]) -> Value:
    return Value(Type.TEXT, pl.col(FILE_NAME))


def _line(_: Site, __: tuple[Value, ...]) -> Value:
    return Value(Type.INTEGER, pl.col(LINE))


_TEXT: Final = Argument("value", Type.TEXT)

TABLE_FUNCTIONS: Final = (
    Function("lookup", (Argument("table", wanted=Wanted.TABLE), Argument("key", Type.TEXT),
                        Argument("column", Type.TEXT, Wanted.LITERAL)), Type.TEXT,
             "what a table has for a key", _lookup, optional=1),
    Function("hash", (_TEXT,), Type.TEXT, "32 signs that are always the same for the same values", _hash, rest=_TEXT),
    Function("descriptor", (Argument("kind", Type.TEXT, Wanted.LITERAL), Argument("code", Type.TEXT),
                            Argument("namespace", Type.TEXT, Wanted.LITERAL)), Type.TEXT,
             "a descriptor of a kind such as `'GradeLevel'`, in Ed-Fi's namespace or another", _descriptor, optional=1),
    Function("file_name", (), Type.TEXT, "the name of the file that is read", _file_name),
    Function("line", (), Type.INTEGER, "the line in which the row starts", _line),
)  # fmt: skip
