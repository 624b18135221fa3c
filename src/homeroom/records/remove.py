"""Deletes a record: authorised on what is stored, with a tombstone, a before-image and a ledger entry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from homeroom.records.district import District
from homeroom.records.etags import matches_version
from homeroom.records.keys import key_values
from homeroom.records.ledger import ledger_texts
from homeroom.records.outcomes import Absent, Deleted, Dependents, Outcome, Overtaken, Refused, Stale
from homeroom.records.stored import StoredRow, inspect_stored, subjects_json
from homeroom.standard.model import walk_parts
from homeroom.store.batches import delete_rows
from homeroom.store.catalog import Kind
from homeroom.store.connect import Connection
from homeroom.store.ddl import links_of
from homeroom.store.queries import query
from homeroom.store.statements import delete_row
from homeroom.trust.grant import Grant

_MOST_TRIES = 5


async def delete_record(
    district: District, grant: Grant, *, uuid: UUID, if_match: str | None = None, request: str = ""
) -> Outcome:
    """Removes the record; Dependents names what still refers to it."""
    kind = district.catalog.kind(grant.resource)
    for _ in range(_MOST_TRIES):
        try:
            return await _delete(district, kind, grant, uuid=uuid, if_match=if_match, request=request)
        except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
            continue
    return Overtaken()


async def _delete(
    district: District, kind: Kind, grant: Grant, *, uuid: UUID, if_match: str | None, request: str
) -> Outcome:
    try:
        async with district.database.writing() as connection:
            rows = await inspect_stored(district, grant, uuids=[uuid], connection=connection)
            if not rows:
                return Absent()
            row = rows[0]
            if row.refusal is not None:
                return Refused(row.refusal)
            if if_match and not matches_version(if_match, row.version):
                return Stale()
            key = key_values(district, kind, row.key)
            await connection.fetch(
                delete_row(kind.table),
                row.id,
                row.version,
                msgspec.json.encode(key).decode(),
                subjects_json(kind, row),
                *ledger_texts(grant, request),
            )
            if kind.resource.base == "EducationOrganization":
                await connection.execute("select pg_advisory_xact_lock(7)")
                await connection.execute(query("homeroom.store", "closure"))
    except asyncpg.ForeignKeyViolationError as error:
        return Dependents((_referrer(district, error),))
    if kind.resource.is_descriptor:
        district.descriptors.forget(kind.resource.name, f"{key['namespace']}#{key['codeValue']}")
    return Deleted(uuid)


async def remove_rows(
    district: District, grant: Grant, *, rows: Sequence[StoredRow], connection: Connection
) -> int:
    """Removes a set of rows inside the caller's transaction, with one ledger entry; how many went.

    Raises ForeignKeyViolationError where something still refers to one of them.
    """
    kind = district.catalog.kind(grant.resource)
    keys = [key_values(district, kind, row.key) for row in rows]
    removed = await connection.fetch(
        delete_rows(kind.table),
        [row.id for row in rows],
        [row.version for row in rows],
        [msgspec.json.encode(key).decode() for key in keys],
        [subjects_json(kind, row) for row in rows],
        *ledger_texts(grant, ""),
    )
    if kind.resource.base == "EducationOrganization":
        await connection.execute("select pg_advisory_xact_lock(7)")
        await connection.execute(query("homeroom.store", "closure"))
    if kind.resource.is_descriptor:
        for key in keys:
            district.descriptors.forget(kind.resource.name, f"{key['namespace']}#{key['codeValue']}")
    return len(removed)


def _referrer(district: District, error: Any) -> tuple[str, str]:
    """(entity, root resource) of the table that a foreign key violation names."""
    for table in district.catalog.tables.values():
        if (table.schema, table.name) == (error.schema_name, error.table_name):
            return table.resource.name, table.resource.name
        for link in links_of(table):
            if (table.schema, link.name) == (error.schema_name, error.table_name):
                entities = [
                    part.entity
                    for _, part in walk_parts(table.resource)
                    if link.target == "Descriptor" or any(r.target == link.target for r in part.references)
                ]
                return entities[0], table.resource.name
    return str(error.table_name), str(error.table_name)
