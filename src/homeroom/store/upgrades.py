"""Statements of an upgrade to another standard: what no single record's write or read asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from homeroom.store.connect import EVERY_ROW
from homeroom.store.ddl import APPLICATION_ROLE
from homeroom.store.tables import Table

# Numbers of paths are small; between the two updates none may meet one that is not moved yet.
_AWAY: Final = 16_000


def close_writes(schemas: Sequence[str]) -> Iterator[str]:
    """Nobody but the owner writes records from now on; reads, and their ledger entries, go on."""
    for schema in schemas:
        yield f'revoke insert, update, delete on all tables in schema "{schema}" from {APPLICATION_ROLE}'


def open_writes(schemas: Sequence[str]) -> Iterator[str]:
    """The contrary of `close_writes`."""
    for schema in schemas:
        yield f'grant insert, update, delete on all tables in schema "{schema}" to {APPLICATION_ROLE}'


def empty_tables(tables: Sequence[Table]) -> Iterator[str]:
    """Takes out what an interrupted upgrade has written into tables that nobody else knows yet."""
    yield f"set local homeroom.scope = '{EVERY_ROW}'"
    for table in tables:
        yield f"delete from {table.qualified}"


def changed_owners(table: Table, column: str) -> str:
    """Whom the rows are about that were written, removed or got another key since a version: texts.

    column: where the rows say it. Parameters: the version.
    """
    member = table.columns_by_name[column].paths[-1][-1]
    living = (
        f'select t."{column}"::text as owner from {table.qualified} t where t.change_version > $1::bigint'
    )
    feeds = (
        ("edfi.deleted_record", "key_values"),
        ("edfi.key_change", "old_key_values"),
        ("edfi.key_change", "new_key_values"),
    )
    gone = (
        f"select f.{values}::jsonb ->> '{member}' from {feed} f"
        f" where f.resource = '{table.resource.name}' and f.change_version > $1::bigint"
        for feed, values in feeds
    )
    return f"select c.owner from ({' union '.join((living, *gone))}) c where c.owner is not null order by c.owner"


def select_owned(table: Table, column: str) -> str:
    """Uuids of the rows about some owners, in id order. Parameters: the owners, as texts."""
    return f"select t.uuid from {table.qualified} t where {_is_owned(table, column)} order by t.id"


def delete_owned(table: Table, column: str) -> str:
    """Takes out rows about some owners, of a table that nobody else knows yet. Parameters: the owners, as texts."""
    return f"delete from {table.qualified} t where {_is_owned(table, column)} returning t.id"


def _is_owned(table: Table, column: str) -> str:
    return f't."{column}" = any($1::text[]::{table.columns_by_name[column].sql_type}[])'


def renumber_links(schema: str, link: str) -> tuple[str, str]:
    """Two statements that give a link table's rows the new numbers of their paths.

    The first takes two arrays: old and new numbers. A path that is no more gets a number below zero, until
    its record is written anew.
    """
    name = f'"{schema}"."{link}"'
    away = (
        f"update {name} l set path = m.new + {_AWAY}"
        " from unnest($1::smallint[], $2::smallint[]) as m (old, new)"
        " where l.path = m.old and m.new <> m.old"
    )
    return away, f"update {name} set path = path - {_AWAY} where path > {_AWAY // 2}"


def first_organizations(table: Table, person: str) -> str:
    """(person's number, organisation) of each person's oldest row. Parameters: an array of numbers.

    table: an association of people with organisations; person: its column with the person's number.
    """
    return (
        f'select distinct on (t."{person}") t."{person}", t."{table.organization_column}"'
        f' from {table.qualified} t where t."{person}" = any($1::text[]) order by t."{person}", t.id'
    )


def select_without(table: Table, column: str) -> str:
    """Uuids of at most 500 rows in which a column is empty."""
    return f'select t.uuid from {table.qualified} t where t."{column}" is null order by t.id limit 500'
