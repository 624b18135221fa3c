"""Reads as statements: records by id, pages, counts, partitions, the change feed; records carry their ledger entry."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from homeroom.store.conditions import Condition
from homeroom.store.entries import ledger_insert_asked, ledger_insert_set
from homeroom.store.predicates import Parameters, condition_sql, opened_fence, tracked_condition
from homeroom.store.tables import Table

BETWEEN: Final = "\x1e"
"""Stands between documents, in whose JSON it cannot occur."""

FACTS: Final = struct.Struct(">16sqq")
"""What else is known of a record, packed as the database sends it: uuid, version, and when it was modified."""


def pack_facts(alias: str) -> str:
    """SQL of the bytes that `FACTS` reads. A moment is a number of microseconds since the year 2000."""
    parts = (
        f"uuid_send({alias}.uuid)",
        f"int8send({alias}.change_version)",
        f"timestamptz_send({alias}.modified_at)",
    )
    return " || ".join(parts)


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows of a resource are wanted. Ids are surrogates; both bounds are inclusive, as are the versions.

    equals: (column, type, value) filters; holds: numbers that `sealed_hashes` must contain; items: (collection,
    JSON) that a collection of the document must contain.
    """

    equals: tuple[tuple[str, str, object], ...] = ()
    holds: tuple[int, ...] = ()
    items: tuple[tuple[str, str], ...] = ()
    first_id: int | None = None
    last_id: int | None = None
    min_version: int | None = None
    max_version: int | None = None


def page_where(
    table: Table,
    page: Page,
    conditions: Sequence[Condition],
    parameters: Parameters,
    *,
    fence: Sequence[int] | None,
) -> str:
    """The `where` of a list: the fence it opens, filters, window and the Grant's conditions together."""
    clauses = [opened_fence(fence, parameters)]
    clauses += [f"t.kind = '{table.kind}'"] if table.kind else []
    clauses += [f't."{column}" = {parameters.add(value, kind)}' for column, kind, value in page.equals]
    if page.holds:
        clauses.append(f"t.sealed_hashes @> {parameters.add(list(page.holds), 'bigint[]')}")
    for collection, item in page.items:
        clauses.append(f"(t.doc || '}}')::jsonb -> '{collection}' @> {parameters.add(item, 'text')}::jsonb")
    for column, operator, bound in (
        ("id", ">=", page.first_id),
        ("id", "<=", page.last_id),
        ("change_version", ">=", page.min_version),
        ("change_version", "<=", page.max_version),
    ):
        if bound is not None:
            clauses.append(f"t.{column} {operator} {parameters.add(bound, 'bigint')}")
    clauses += [condition_sql(c, "t", parameters) for c in conditions]
    return " and ".join(clauses)


def select_page(table: Table, where: str) -> str:
    """A page in id order, with its ledger entry, as one row: that costs a quarter of what a row a record does.

    It has the last id, the documents with `BETWEEN` between them, their `FACTS`, and what of each is sealed; no row
    comes of an empty page. The first eight parameters: the ledger's six texts, limit and offset.
    """
    rows = (
        f"select t.id, t.uuid, t.change_version, t.modified_at, t.doc, t.sealed from {table.qualified} t"
        f" where {where} order by t.id limit $7::bigint offset $8::bigint"
    )
    return (
        f"with page as materialized (select count(*)::integer as size, max(r.id) as last_id,"
        f" array_agg(r.id order by r.id) as ids, string_agg(r.doc, chr({ord(BETWEEN)}) order by r.id) as docs,"
        f" string_agg({pack_facts('r')}, '' order by r.id) as facts, array_agg(r.sealed order by r.id) as sealed"
        f" from ({rows}) r), "
        f"entry as ({ledger_insert_set('page', size='size', ids='ids', first=1)})"
        " select last_id, docs, facts, sealed from page where size > 0"
    )


def select_records(
    table: Table, conditions: Sequence[Condition], parameters: Parameters, *, fence: Sequence[int] | None
) -> str:
    """Records by uuid, with a ledger entry for each question: id, uuid, change_version, doc, `FACTS`, sealed.

    The first seven parameters: an array of uuids; the ledger's purpose, action and resource; then arrays with actor,
    basis and request for each uuid.
    """
    clauses = [opened_fence(fence, parameters), "t.uuid = any($1::uuid[])"]
    where = " and ".join([*clauses, *(condition_sql(c, "t", parameters) for c in conditions)])
    if table.kind:
        where += f" and t.kind = '{table.kind}'"
    return (
        f"with found as materialized (select t.id, t.uuid, t.change_version, t.doc, {pack_facts('t')} as facts,"
        f" t.sealed from {table.qualified} t where {where}), "
        f"entry as ({ledger_insert_asked('found', ids='id', first=2, match='uuid', wanted='$1::uuid[]')})"
        " select id, uuid, change_version, doc, facts, sealed from found"
    )


def count_rows(table: Table, where: str) -> str:
    """How many rows a list has in all."""
    return f"select count(*) from {table.qualified} t where {where}"


def partition_bounds(table: Table, where: str, *, number: str) -> str:
    """First ids of at most `number` parts of a list with about equally many rows each."""
    return (
        f"select min(id) from (select t.id, ntile({number}) over (order by t.id) as part from {table.qualified} t"
        f" where {where}) parted group by part order by part"
    )


_TRACKED: Final = {"deleted": "edfi.deleted_record", "changed": "edfi.key_change"}


def select_tracked(
    kind: str, resource: str, *, conditions: Sequence[Condition], window: tuple[int | None, int | None]
) -> tuple[str, Parameters]:
    """The `from … where` of a resource's tombstones or key changes that the Grant's conditions let through."""
    parameters = Parameters()
    clauses = [f"t.resource = {parameters.add(resource, 'text')}"]
    for operator, bound in zip((">=", "<="), window, strict=True):
        if bound is not None:
            clauses.append(f"t.change_version {operator} {parameters.add(bound, 'bigint')}")
    clauses += [tracked_condition(c, parameters) for c in conditions]
    return f"from {_TRACKED[kind]} t where {' and '.join(clauses)}", parameters


def tracked_year(kind: str, year: int, parameters: Parameters) -> str:
    """SQL that is true when the key of a tombstone, or either key of a change, is of the school year."""
    value = f"to_jsonb({parameters.add(year, 'integer')})"
    columns = ("key_values",) if kind == "deleted" else ("old_key_values", "new_key_values")
    return "(" + " or ".join(f"t.{c}::jsonb -> 'schoolYear' = {value}" for c in columns) + ")"


def live_again(table: Table) -> str:
    """SQL that is true when a row has the key that the tombstone `t` keeps among its subjects."""
    types = {c.name: c.sql_type for c in table.columns}
    same = [f"live.\"{c}\" = (t.subjects::jsonb ->> '{c}')::{types[c]}" for c in table.key]
    if table.kind:
        same.append(f"live.kind = '{table.kind}'")
    return f"exists (select 1 from {table.qualified} live where {' and '.join(same)})"


def select_referrers(table: Table, *, columns: Sequence[str], links: Sequence[str]) -> str:
    """Id and uuid of rows that refer to one of some records, in id order.

    columns, links: reference columns and link tables that may hold such a record. Parameters: the records' ids, the
    lowest id that is wanted, how many at most.
    """
    rows = f"select t.id, t.uuid from {table.qualified} t"
    rest = "t.id >= $2::bigint order by t.id limit $3::bigint"
    parts = [f'{rows} where t."{column}" = any($1::bigint[]) and {rest}' for column in columns]
    parts += [
        f'{rows} where t.id in (select l.owner from "{table.schema}"."{link}" l where l.target = any($1::bigint[]))'
        f" and {rest}"
        for link in links
    ]
    found = " union ".join(f"({part})" for part in parts)
    return f"select f.id, f.uuid from ({found}) f order by f.id limit $3::bigint"


def feed_page(rows: str, *, limit: int, offset: int, parameters: Parameters) -> str:
    """A page of a change feed's rows, oldest change first."""
    size, start = parameters.add(limit, "bigint"), parameters.add(offset, "bigint")
    return f"with feed as ({rows}) select * from feed order by change_version limit {size} offset {start}"


def feed_size(rows: str) -> str:
    """How many rows a change feed has in all."""
    return f"with feed as ({rows}) select count(*) from feed"
