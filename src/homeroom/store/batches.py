"""What a load wrote, and taking it back: statements over the rows of some sources, and removal by set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from homeroom.store.checks import key_match
from homeroom.store.entries import ledger_insert
from homeroom.store.statements import before_image
from homeroom.store.tables import Table


def select_written(table: Table) -> str:
    """Rows that stand as a load left them, the newest first, so that parents come last: id, uuid.

    Parameters: the load's sources, lowest id seen, how many at most.
    """
    return (
        f"select t.id, t.uuid from {table.qualified} t"
        f" where t.source = any($1::bigint[]) and t.id < $2::bigint{_of_kind(table)}"
        f" order by t.id desc limit $3::bigint"
    )


def select_brought(table: Table) -> str:
    """Which of some records stand as some sources left them: uuid, batch, file and line; the newest first.

    Parameters: the records' uuids, the sources.
    """
    return (
        f"select t.uuid, o.batch, o.file, t.source_line from {table.qualified} t"
        f" join ingest.source o on o.id = t.source"
        f" where t.uuid = any($1::uuid[]) and t.source = any($2::bigint[]) order by t.id desc"
    )


def count_written(tables: Iterable[Table]) -> str:
    """How many rows of each table stand as a load left them: resource, rows; only where there are any.

    Parameters: the sources of loads.
    """
    counts = (
        f"select '{t.resource.name}' as resource, count(*) as rows from {t.qualified} t"
        f" where t.source = any($1::bigint[]){_of_kind(t)} having count(*) > 0"
        for t in tables
    )
    return " union all ".join(counts) + " order by 1"


def select_newer(table: Table) -> str:
    """Which of some keys have a record that was written after a moment: ord, from 1.

    Parameters: an array of moments, then one for each key column.
    """
    columns = [c for name in table.key for c in table.columns if c.name == name]
    arrays = "".join(f", ${n}::{c.sql_type}[]" for n, c in enumerate(columns, 2))
    names = "".join(f', "{c.name}"' for c in columns)
    return (
        f"select u.ord from unnest($1::timestamptz[]{arrays}) with ordinality as u(moment{names}, ord)"
        f" join {table.qualified} s on {key_match(table, 's', 'u')} where s.modified_at > u.moment"
        f" order by u.ord"
    )


def select_overtaken(table: Table) -> str:
    """Records a load wrote that somebody wrote or removed since: uuid, and whether it is still there.

    Parameters: the load's sources, how many at most.
    """
    return (
        f"select distinct i.uuid, t.id is not null as is_there from edfi.before_image i"
        f" left join {table.qualified} t on t.id = i.record"
        f" where i.resource = '{table.resource.name}' and i.source = any($1::bigint[])"
        f" and (t.id is null or t.source is null or t.source <> all($1::bigint[]))"
        f" order by i.uuid limit $2::bigint"
    )


def delete_rows(table: Table) -> str:
    """Removes rows of the expected versions by set, leaving a tombstone and a before-image of each.

    Parameters: arrays of ids, expected versions, key values (JSON) and subjects (JSON), then the ledger's six
    texts. Returns the ids of what went.
    """
    identity = (
        f", gone as (delete from {table.identity.table} where id in (select id from stored))"
        if table.identity
        else ""
    )
    return (
        f"with wanted as materialized"
        f" (select * from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[])"
        f" as u(id, expected, key_values, subjects)), "
        f"old as materialized (select t.* from {table.qualified} t join wanted u"
        f" on u.id = t.id and u.expected = t.change_version order by t.id for update of t), "
        f"removed as (delete from {table.qualified} t using old where t.id = old.id"
        f" returning t.id, t.uuid), "
        f"stored as (select id, uuid, nextval('edfi.change_version') as change_version from removed), "
        f"tombstone as (insert into edfi.deleted_record"
        f" (change_version, resource, record, uuid, key_values, subjects)"
        f" select s.change_version, '{table.resource.name}', s.id, s.uuid, u.key_values, u.subjects"
        f" from stored s join wanted u on u.id = s.id), "
        f"image as ({before_image(table)}), "
        f"entry as ({ledger_insert('stored', ids='id', first=5, per_record=False)}){identity}"
        " select id from stored"
    )


def select_students(table: Table) -> str | None:
    """Numbers of the students that rows of some sources are about; None for a table about none.

    Parameters: the sources.
    """
    if not table.is_personal or "student_unique_id" not in table.columns_by_name:
        return None
    return (
        f"select distinct t.student_unique_id from {table.qualified} t"
        f" where t.source = any($1::bigint[]) and t.student_unique_id is not null"
    )


def select_absent(table: Table, scope: Sequence[str]) -> str:
    """Records of a feed that lie in the scope of a snapshot and that it does not hold: uuid; the newest first.

    The scope is every combination of the columns' values among the records that it holds; all of the feed's records
    without a column. What the batch itself wrote is never absent. Parameters: the batch, its feed, how many at most.
    """
    names = ", ".join(f'"{name}"' for name in scope)
    ours = ", ".join(f't."{name}"' for name in scope)
    within = (
        f" and ({ours}) in (select {names} from {table.qualified} s join ingest.snapshot_record h on h.uuid = s.uuid"
        f" where h.batch = $1::bigint and h.resource = '{table.resource.name}')"
        if scope
        else ""
    )
    return (
        f"select t.uuid from {table.qualified} t join ingest.source o on o.id = t.source"
        f" join ingest.batch b on b.id = o.batch"
        f" where b.feed = $2::bigint and b.id <> $1::bigint{_of_kind(table)}{within}"
        f" and not exists (select from ingest.snapshot_record h where h.batch = $1::bigint"
        f" and h.resource = '{table.resource.name}' and h.uuid = t.uuid)"
        f" order by t.id desc limit $3::bigint"
    )


def select_named(table: Table) -> str:
    """Records that only rows gave which a batch named as to go: uuid, and whether its source wrote them last.

    The newest first. Parameters: the batch, how many at most.
    """
    return (
        f"select distinct t.id, t.uuid, coalesce(w.feed = b.feed or w.undoes is not null"
        f" or (w.feed is null and b.feed is null and w.spec is not distinct from b.spec), false) as is_ours"
        f" from ingest.row_record r join ingest.batch b on b.id = $1::bigint"
        f" join {table.qualified} t on t.uuid = r.uuid"
        f" left join ingest.source o on o.id = t.source left join ingest.batch w on w.id = o.batch"
        f" where r.resource = '{table.resource.name}' and r.gone_in = $1::bigint{_of_kind(table)}"
        f" and not exists (select from ingest.row_record l left join ingest.batch g on g.id = l.gone_in"
        f" where l.uuid = r.uuid and (g.id is null or (g.id <> $1::bigint and g.state <> 'finished')))"
        f" order by t.id desc limit $2::bigint"
    )


def count_of_feed(table: Table) -> str:
    """How many records a feed has brought. Parameters: the feed."""
    return (
        f"select count(*) from {table.qualified} t join ingest.source o on o.id = t.source"
        f" join ingest.batch b on b.id = o.batch where b.feed = $1::bigint{_of_kind(table)}"
    )


def _of_kind(table: Table) -> str:
    return f" and t.kind = '{table.kind}'" if table.kind else ""
