"""Statements over whole tables and beside single records: how many rows, how fresh, where one row is from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from homeroom.store.conditions import Condition
from homeroom.store.predicates import Parameters, condition_sql
from homeroom.store.tables import Table


def count_tables(tables: Iterable[Table]) -> str:
    """How many rows each table holds, and when one last changed: (resource, rows, whether about, modified_at).

    Only tables with rows are listed. Those of more rows than the first parameter are not counted but estimated as
    the planner does it: rows a page at the last look, times the pages of now. The newest change is found by version,
    which has an index.
    """
    counts = " union all ".join(_count(table) for table in tables)
    return (
        "select resource, coalesce(exact, about), exact is null, modified_at"
        f" from ({counts}) counted where coalesce(exact, about) > 0 order by 1"
    )


def _count(table: Table) -> str:
    name = table.qualified
    # Of a table that nobody has looked at yet relpages is 0, and about is null.
    about = (
        "select (c.reltuples / nullif(c.relpages, 0)"
        " * (pg_relation_size(c.oid) / current_setting('block_size')::integer))::bigint as about"
        f" from pg_class c where c.oid = '{name}'::regclass"
    )
    return (
        f"select '{table.resource.name}' as resource, e.about,"
        f" case when e.about > $1::bigint then null else (select count(*) from {name}) end as exact,"
        f" (select t.modified_at from {name} t order by t.change_version desc limit 1) as modified_at"
        f" from ({about}) e"
    )


def select_provenance(table: Table, conditions: Sequence[Condition], parameters: Parameters) -> str:
    """Where a record's present version is from. The first parameter is its uuid.

    Rows: id, created_at, modified_at, file, client, line, batch.
    """
    where = ["t.uuid = $1::uuid", *(condition_sql(c, "t", parameters) for c in conditions)]
    if table.kind:
        where.append(f"t.kind = '{table.kind}'")
    return (
        "select t.id, t.created_at, t.modified_at, f.file, f.client, t.source_line, f.batch"
        f" from {table.qualified} t left join ingest.source f on f.id = t.source where {' and '.join(where)}"
    )
