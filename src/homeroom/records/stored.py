"""Rows as they stand: locked, with their key, what authorisation may ask of them, and what a Grant says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec

from homeroom.records.authorize import gate_of
from homeroom.records.district import District
from homeroom.records.keys import json_value
from homeroom.store.catalog import Kind
from homeroom.store.checks import inspect_rows, subject_columns
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


def subjects_json(kind: Kind, row: StoredRow) -> str:
    """What authorisation, and the question whether the key came back, may ask of the row once it is gone."""
    names = (*kind.table.key, *subject_columns(kind.table))
    subjects = {n: json_value(v) for n, v in zip(names, (*row.key, *row.subjects), strict=True)}
    return msgspec.json.encode({**subjects, "owner_token": row.owner_token}).decode()
