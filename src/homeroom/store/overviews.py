"""Statements over whole tables and beside single records: how many rows, how fresh, where one row is from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from homeroom.store.conditions import Condition
from homeroom.store.predicates import Parameters, condition_sql
from homeroom.store.tables import Table


def count_tables(tables: Iterable[Table]) -> str:
    """How many rows each table holds, and when one last changed: (resource, rows, modified_at or null).

    Only tables with rows are listed. The newest change is found by version, which has an index.
    """
    return " union all ".join(_count(table) for table in tables) + " order by 1"


def _count(table: Table) -> str:
    name = table.qualified
    newest = f"(select t.modified_at from {name} t order by t.change_version desc limit 1)"
    return f"select '{table.resource.name}', count(*), {newest} from {name} having count(*) > 0"


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
