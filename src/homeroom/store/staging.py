"""Statements of loads: rows copied beside their table, compared with what stands, moved in by set.

Values are always parameters; names come from the Model alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import blake2b
from typing import Final

from asyncpg.pgproto.pgproto import UUID

from homeroom.store.checks import key_match
from homeroom.store.entries import ledger_insert
from homeroom.store.statements import cast_value, write_columns
from homeroom.store.tables import Table, shortened

NUMBERS: Final = ("id", "change_version")
LINK_COLUMNS: Final = ("owner", "path", "target")

DRAW_NUMBERS: Final = (
    "select nextval('edfi.record_id'), nextval('edfi.change_version') from generate_series(1, $1::integer)"
)
"""A record's id and version for each row that goes in; the bound that writers hold lies below them."""

MAY_SKIP_TRIGGERS: Final = (
    "select pg_has_role(current_user, 'homeroom_loader', 'SET')"
    " and has_parameter_privilege('homeroom_loader', 'session_replication_role', 'SET')"
)
WITHOUT_TRIGGERS: Final = (
    "set local role homeroom_loader; set local session_replication_role = replica; reset role"
)
WITH_TRIGGERS: Final = (
    "set local role homeroom_loader; set local session_replication_role = origin; reset role"
)


def stage_columns(table: Table) -> tuple[str, ...]:
    """What a staged row holds, in order: its number, its version, then `write_columns`."""
    return (*NUMBERS, *(name for name, _ in write_columns(table)))


def stage_table(table: Table) -> tuple[str, str]:
    """(name, statements) of the temporary table that rows are copied into; afterwards it stands and is empty.

    Connections outlive a change of the standard, so that the name tells of the columns.
    """
    columns = ", ".join(f'"{n}" {t}' for n, t in (*((n, "bigint") for n in NUMBERS), *write_columns(table)))
    name = shortened(f"stage_{blake2b(columns.encode(), digest_size=4).hexdigest()}_{table.name}")
    make = f'create temporary table if not exists "{name}" ({columns}) on commit delete rows'
    return name, f'{make}; delete from pg_temp."{name}"'


def find_staged(table: Table) -> str:
    """What stands under the keys of staged rows: number, uuid, change_version, content_hash.

    Asked for each row by itself: a join is planned once, while the table is small, and would read all of it for
    every set as it grows.
    """
    name, _ = stage_table(table)
    return (
        "select u.id, s.uuid, s.change_version, s.content_hash"
        f' from pg_temp."{name}" u cross join lateral (select uuid, change_version, content_hash'
        f" from {table.qualified} t where {key_match(table, 't', 'u')} limit 1) s"
    )


def insert_staged(table: Table) -> str:
    """Moves staged rows in, with one ledger entry. Parameters: the ledger's six texts.

    There is no `on conflict`: who has put in one of the keys since `find_staged` makes it raise.
    """
    name, _ = stage_table(table)
    columns = stage_columns(table)
    names = ", ".join(f'"{n}"' for n in columns)
    values = ", ".join(cast_value(n) for n in columns)
    stage = f'pg_temp."{name}" u'
    return (
        f"with entry as ({ledger_insert(stage, ids='u.id', first=1, per_record=False)})"
        f" insert into {table.qualified} ({names}) select {values} from {stage}"
    )


def hold_targets(target_table: str) -> str:
    """Locks referenced rows against deletion; gives how many of the ids still stand.

    The parameter is an array's text: the driver looks at each item of a list by itself, at ten times the cost.
    """
    return (
        f"select count(*) from (select id from {target_table}"
        " where id = any($1::text::bigint[]) for key share) held"
    )


_DRAWN_AT_ONCE: Final = 256
_VERSION_4: Final = bytes(b & 0x0F | 0x40 for b in range(256))
_VARIANT: Final = bytes(b & 0x3F | 0x80 for b in range(256))


def random_uuids() -> Iterator[UUID]:
    """Version 4 UUIDs without end, in the driver's own type: a tenth of the cost of one drawn by itself."""
    while True:
        drawn = bytearray(os.urandom(16 * _DRAWN_AT_ONCE))
        drawn[6::16] = drawn[6::16].translate(_VERSION_4)
        drawn[8::16] = drawn[8::16].translate(_VARIANT)
        for start in range(0, len(drawn), 16):
            yield UUID(bytes(drawn[start : start + 16]))
