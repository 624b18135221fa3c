"""Rows as they stand: locked, with their key, what authorisation may ask of them, and what a Grant says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec

from homeroom.records.authorize import gate_of
from homeroom.records.district import District
from homeroom.records.keys import KeyValues, json_value, key_values
from homeroom.store.catalog import Kind
from homeroom.store.checks import find_stored, inspect_rows, subject_columns
from homeroom.store.connect import Connection
from homeroom.trust.grant import Grant, Refusal


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A locked row. key: in the order of `table.key`; subjects: in that of `subject_columns`."""

    id: int
    uuid: UUID
    version: int
    owner_token: int | None
    doc: str
    sealed: bytes | None
    key: tuple[object, ...]
    subjects: tuple[object, ...]
    refusal: Refusal | None


async def inspect_stored(
    district: District, grant: Grant, *, uuids: Sequence[UUID], connection: Connection
) -> list[StoredRow]:
    """The stored rows of these ids, each with what the Grant's conditions say of it."""
    kind = district.catalog.kind(grant.resource)
    table = kind.table
    gate = gate_of(kind, (grant,), abstract_tables=district.catalog.abstract_tables)
    inspect = inspect_rows(table, gate.conditions)
    rows = await connection.fetch(inspect.sql, list(uuids), *inspect.values)
    keys, subjects = len(table.key), len(subject_columns(table))
    found = []
    for row in rows:
        record, uuid, version, owner, doc, sealed = row[:6]
        rest = tuple(row[6:])
        refusal = gate.stored_refusal(grant, rest[keys + subjects :])
        found.append(
            StoredRow(
                record, uuid, version, owner, doc, sealed, rest[:keys], rest[keys : keys + subjects], refusal
            )
        )
    return found


async def read_key(district: District, grant: Grant, uuid: UUID) -> KeyValues | None:
    """The natural key of a stored record, for a question about it before it is changed; None without one.

    Nobody is shown it: whether the Grant reaches the record is asked when it is changed.
    """
    async with district.database.reading(None) as connection:
        rows = await inspect_stored(district, grant, uuids=[uuid], connection=connection)
    return key_values(district, district.catalog.kind(grant.resource), rows[0].key) if rows else None


async def find_uuid(district: District, resource: str, *, key: Mapping[str, object]) -> UUID | None:
    """The id of the record under a natural key; None when there is none. key: by column, descriptors as URIs.

    Nobody is told: whether a Grant reaches the record is asked when something is done with it.
    """
    table = district.catalog.tables[resource]
    values = []
    for name in table.key:
        descriptor, value = table.columns_by_name[name].property.descriptor, key[name]
        if descriptor:
            known = district.descriptors.find(descriptor, str(value))
            value = known[0] if known else None
        values.append([value])
    async with district.database.reading(None) as connection:
        rows = await connection.fetch(find_stored(table), *values)
    found: UUID | None = rows[0][1]
    return found


def subjects_json(kind: Kind, row: StoredRow) -> str:
    """What authorisation, and the question whether the key came back, may ask of the row once it is gone."""
    names = (*kind.table.key, *subject_columns(kind.table))
    subjects = {n: json_value(v) for n, v in zip(names, (*row.key, *row.subjects), strict=True)}
    return msgspec.json.encode({**subjects, "owner_token": row.owner_token}).decode()
