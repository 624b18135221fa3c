"""Writes as statements: insert, update, delete and links, by set. Each carries its ledger entry.

Values are always parameters; names come from the Model alone.
"""

from __future__ import annotations

from typing import Final

from homeroom.store.entries import ledger_insert, ledger_insert_each
from homeroom.store.tables import Table

_SYSTEM_COLUMNS: Final = (
    ("uuid", "uuid"),
    ("doc", "text"),
    ("sealed", "bytea"),
    ("sealed_hashes", "text"),
    ("content_hash", "bytea"),
    ("owner_token", "bigint"),
    ("source", "bigint"),
    ("source_line", "integer"),
)


def write_columns(table: Table) -> tuple[tuple[str, str], ...]:
    """(name, type) of the arrays that insert and update take, in order."""
    values = tuple((c.name, c.sql_type) for c in table.columns)
    return (*_SYSTEM_COLUMNS, *values, *((r.name, "bigint") for r in table.references))


def cast_value(name: str) -> str:
    """A column of rows `u` as its table takes it."""
    return "nullif(u.sealed_hashes, '')::bigint[]" if name == "sealed_hashes" else f'u."{name}"'


def _entry(first: int, *, match: tuple[str, str] | None) -> str:
    """The ledger entry over what was stored; match: as of `ledger_insert_each`, where each row has its own."""
    if match is None:
        return ledger_insert("stored", ids="id", first=first, per_record=False)
    return ledger_insert_each("stored", ids="id", first=first, match=match[0], wanted=match[1])


def insert_rows(table: Table, *, per_record: bool) -> str:
    """Inserts what has no row of its key yet; returns uuid, id and change_version of what went in.

    Parameters: an array per `write_columns`, then the ledger's six texts; per_record: the sixth is an array of
    requests, one for each row.
    """
    columns = write_columns(table)
    arrays = ", ".join(f"${n}::{t}[]" for n, (_, t) in enumerate(columns, 1))
    names = ", ".join(f'"{n}"' for n, _ in columns)
    entry = _entry(len(columns) + 1, match=("uuid", "$1::uuid[]") if per_record else None)
    values = ", ".join(cast_value(n) for n, _ in columns)
    kind = ("kind, ", f"'{table.kind}', ") if table.kind else ("", "")
    identity, fresh = "", "fresh u"
    if table.identity:
        theirs = ", ".join(f'"{a}"' for a, _ in table.identity.columns)
        ours = ", ".join(f'u."{b}"' for _, b in table.identity.columns)
        identity = (
            f"identity as (insert into {table.identity.table} (id, uuid, kind, {theirs})"
            f" select u.id, u.uuid, '{table.resource.name}', {ours} from fresh u on conflict do nothing returning id), "
        )
        fresh = "fresh u join identity using (id)"
    return (
        f"with fresh as materialized (select nextval('edfi.record_id') as id, u.*"
        f" from unnest({arrays}) as u({names})), {identity}"
        f"stored as (insert into {table.qualified} ({kind[0]}id, change_version, {names})"
        f" select {kind[1]}u.id, nextval('edfi.change_version'), {values} from {fresh} on conflict do nothing"
        f" returning id, uuid, change_version), "
        f"entry as ({entry})"
        " select uuid, id, change_version from stored"
    )


def update_rows(table: Table, *, per_record: bool) -> str:
    """Replaces rows whose version is still the expected one, keeping the replaced ones as before-images.

    Parameters: ids, expected versions, an array per `write_columns`, then the ledger's six texts; per_record: the
    sixth is an array of requests, one for each row.
    uuid and owner_token stay as they are. Returns uuid, id and change_version of what was replaced.
    """
    columns = write_columns(table)
    arrays = ", ".join(f"${n}::{t}[]" for n, (_, t) in enumerate(columns, 3))
    names = ", ".join(f'"{n}"' for n, _ in columns)
    kept = {"uuid", "owner_token"}
    changes = ", ".join(f'"{n}" = {cast_value(n)}' for n, _ in columns if n not in kept)
    return (
        f"with proposed as materialized (select * from unnest($1::bigint[], $2::bigint[], {arrays})"
        f" as u(id, expected, {names})), "
        f"old as materialized (select t.id, t.uuid, t.change_version, t.source, t.source_line, t.doc, t.sealed,"
        f" t.modified_at from {table.qualified} t join proposed u on u.id = t.id and u.expected = t.change_version"
        f" order by t.id for update of t), "
        f"stored as (update {table.qualified} t set change_version = nextval('edfi.change_version'),"
        f" modified_at = clock_timestamp(), {changes}"
        f" from proposed u join old on old.id = u.id where t.id = u.id"
        f" returning t.id, t.uuid, t.change_version), "
        f"image as ({before_image(table)}), "
        f"entry as ({_entry(len(columns) + 3, match=('id', '$1::bigint[]') if per_record else None)})"
        " select uuid, id, change_version from stored"
    )


def before_image(table: Table) -> str:
    """Keeps the rows of the CTE `old` that the CTE `stored` replaced or removed."""
    return (
        "insert into edfi.before_image (resource, record, uuid, change_version, replaced_by, source, source_line,"
        f" doc, sealed, modified_at) select '{table.resource.name}', old.id, old.uuid, old.change_version,"
        " stored.change_version, old.source, old.source_line, old.doc, old.sealed, old.modified_at"
        " from old join stored on stored.id = old.id"
    )


def delete_row(table: Table) -> str:
    """Removes one row of the expected version, leaving a tombstone and a before-image.

    Parameters: id, expected version, key values (JSON), subjects (JSON), then the ledger's six texts.
    """
    identity = (
        f", gone as (delete from {table.identity.table} where id in (select id from stored))"
        if table.identity
        else ""
    )
    return (
        f"with old as materialized (select t.* from {table.qualified} t where t.id = $1::bigint"
        f" and t.change_version = $2::bigint for update), "
        f"removed as (delete from {table.qualified} t using old where t.id = old.id returning t.id, t.uuid), "
        f"stored as (select id, uuid, nextval('edfi.change_version') as change_version from removed), "
        f"tombstone as (insert into edfi.deleted_record (change_version, resource, record, uuid, key_values, subjects)"
        f" select change_version, '{table.resource.name}', id, uuid, $3::text, $4::text from stored), "
        f"image as ({before_image(table)}), "
        f"entry as ({ledger_insert('stored', ids='id', first=5, per_record=True)}){identity}"
        " select uuid, id, change_version from stored"
    )


def link_rows(schema: str, link: str) -> tuple[str, str]:
    """(insert, prune) for a link table: rows of arrays owner, path, target; prune takes the owners first."""
    name = f'"{schema}"."{link}"'
    rows = "select * from unnest($1::bigint[], $2::smallint[], $3::bigint[]) as u(owner, path, target)"
    insert = f"insert into {name} (owner, path, target) {rows} on conflict do nothing"
    prune = (
        f"delete from {name} l where l.owner = any($4::bigint[]) and not exists"
        f" (select 1 from ({rows}) u where u.owner = l.owner and u.path = l.path and u.target = l.target)"
    )
    return insert, prune


def move_identity(table: Table) -> str:
    """Takes changed keys over into the identity table. Parameters: an array of ids."""
    identity = table.identity
    if identity is None:
        raise ValueError(f"{table.resource.name} has no abstract base")
    changes = ", ".join(f'"{theirs}" = t."{ours}"' for theirs, ours in identity.columns)
    return (
        f"update {identity.table} i set {changes} from {table.qualified} t"
        " where t.id = i.id and t.id = any($1::bigint[])"
    )
