"""Key changes: a record gets a new natural key, and whatever refers to it is rewritten, however far away.

Foreign keys hold surrogates, so no row is re-pointed; what changes in a referrer are its copied key columns and
its document. A referrer whose own key changes by that takes its own referrers along. All of it is one transaction, in
which a bounded number of records is held in memory (docs/decisions/0010).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec

from homeroom.base.errors import HomeroomError
from homeroom.records.district import District
from homeroom.records.keys import key_values
from homeroom.records.prepare import Draft, Prepared, prepare, sealing_place
from homeroom.records.stored import StoredRow, inspect_stored, subjects_json
from homeroom.records.writer import Candidate, Stored, WriteLeave, Writer
from homeroom.standard.documents import Document
from homeroom.standard.purposes import Purpose
from homeroom.store.catalog import Kind
from homeroom.store.connect import Connection
from homeroom.store.queries import query
from homeroom.store.selects import select_referrers
from homeroom.store.statements import move_identity
from homeroom.store.tables import column_name
from homeroom.trust.actors import Operator
from homeroom.trust.grant import Action, Grant

_MOST_ROWS: Final = 1_000

NewKeys = Mapping[str, Mapping[str, object]]
"""By the changed record's uuid (32 hex): its new key members by name, as documents hold them."""


class StaleReferrerError(HomeroomError):
    """A referring record changed while its reference was being rewritten; the whole change is tried again."""

    code = "records.stale_referrer"
    may_retry = True


async def carry_key_changes(
    district: District, kind: Kind, rekeyed: Sequence[Candidate], *, connection: Connection
) -> None:
    """Notes the key changes for the feed and rewrites every referrer, in the same transaction."""
    changed = [(c.row, c.prepared) for c in rekeyed if c.row is not None]
    if not changed:
        return
    ids = [row.id for row, _ in changed]
    if kind.table.identity:
        await connection.execute(move_identity(kind.table), ids)
    await note_key_changes(district, kind, changed, connection=connection)
    keys = {row.uuid.hex: new_members(district, kind, prepared) for row, prepared in changed}
    async for referrer, uuids in _referrers(district, kind, ids, connection):
        await _rewrite(district, referrer, uuids=uuids, keys=keys, connection=connection)


async def note_key_changes(
    district: District,
    kind: Kind,
    changed: Sequence[tuple[StoredRow, Prepared]],
    *,
    connection: Connection,
) -> None:
    """Tells the feed of records with another key: each as it stood, and as it stands now."""

    def key_text(key: Sequence[object]) -> str:
        return msgspec.json.encode(key_values(district, kind, tuple(key))).decode()

    rows = [
        (
            row.id,
            row.uuid,
            key_text(row.key),
            key_text([prepared.values[p] for p in kind.key_positions]),
            subjects_json(kind, row),
        )
        for row, prepared in changed
    ]
    columns = [list(column) for column in zip(*rows, strict=True)]
    await connection.execute(query("homeroom.records", "note_key_changes"), kind.resource.name, *columns)


def new_members(district: District, kind: Kind, prepared: Prepared) -> Mapping[str, object]:
    """The key of a prepared draft by member name, with native values for dates and URIs for descriptors."""
    model, found = district.catalog.model, {}
    by_column = {c.name: prepared.values[n] for n, c in enumerate(kind.table.columns)}
    for part in kind.resource.key:
        prop = model.key_property(kind.resource.name, part.name)
        value = by_column[column_name(part.column, prop)]
        found[part.name] = district.descriptors.uri_of(int(str(value))) if prop.descriptor else value
    renamed = {own: base for base, own in kind.resource.base_key.items()}
    return found | {renamed[name]: value for name, value in found.items() if name in renamed}


def _names(kind: Kind) -> set[str]:
    return {kind.resource.name} | ({kind.resource.base} if kind.resource.base else set())


async def find_referrers(
    district: District, kind: Kind, ids: list[int], connection: Connection
) -> list[tuple[Kind, list[UUID]]]:
    """The records that refer to one of these, by their kind. ids: surrogates of records of one kind."""
    found: dict[str, tuple[Kind, list[UUID]]] = {}
    async for referrer, uuids in _referrers(district, kind, ids, connection):
        found.setdefault(referrer.resource.name, (referrer, []))[1].extend(uuids)
    return list(found.values())


async def _referrers(
    district: District, kind: Kind, ids: list[int], connection: Connection
) -> AsyncIterator[tuple[Kind, list[UUID]]]:
    """The same, a bounded number at a time. What is rewritten meanwhile keeps its id, and so is met once."""
    names = _names(kind)
    for table in district.catalog.tables.values():
        columns = [r.name for r in table.references if r.target in names and r.member]
        links = [x.name for x in table.reference_links if x.target in names]
        if not columns and not links:
            continue
        sql, first, rows = select_referrers(table, columns=columns, links=links), 0, [None] * _MOST_ROWS
        while len(rows) == _MOST_ROWS:
            rows = await connection.fetch(sql, ids, first, _MOST_ROWS)
            if rows:
                yield district.catalog.kind(table.resource.name), [row[1] for row in rows]
                first = rows[-1][0] + 1


async def _rewrite(
    district: District,
    kind: Kind,
    *,
    uuids: Sequence[UUID],
    keys: NewKeys,
    connection: Connection,
) -> None:
    grant = Grant(
        Operator("key-change"),
        Purpose.PLATFORM_OPERATION,
        Action.UPDATE,
        kind.resource.name,
        basis="key change",
    )
    rows = await inspect_stored(district, grant, uuids=uuids, connection=connection)
    candidates = [repointed(district, kind, row, number=n, keys=keys) for n, row in enumerate(rows)]
    writer = Writer(district, kind, WriteLeave(grant, grant, per_record=False))
    await writer.resolve(connection, candidates)
    for candidate, row in zip(candidates, rows, strict=True):
        candidate.stored = Stored(row.id, row.uuid, row.version, b"", row.owner_token)
    outcomes = await writer.update(connection, candidates)
    if len(outcomes) < len(candidates):
        raise StaleReferrerError("A referring record changed at the same moment.")
    moved = [c for c, row in zip(candidates, rows, strict=True) if writer.key(c.prepared) != row.key]
    await carry_key_changes(district, kind, moved, connection=connection)


def repointed(
    district: District,
    kind: Kind,
    row: StoredRow,
    *,
    number: int,
    keys: NewKeys,
) -> Candidate:
    """The stored record with the new keys in its references to those records."""
    text = row.doc
    if row.sealed is not None:
        place = sealing_place(kind.resource.name, row.uuid)
        text += "," + district.keys.unseal(row.sealed, place=place).decode()[1:-1]
    document = kind.document.decode((text + "}").encode())
    for holder in _holders(kind, document):
        _set_key(holder, keys)
    prepared = prepare(district, kind, Draft(document))
    if not isinstance(prepared, Prepared):
        raise StaleReferrerError("A referring record names a descriptor that is gone.")
    return Candidate(number, prepared, row=row)


def _holders(kind: Kind, document: Document) -> Iterator[Document]:
    for reference in kind.resource.references:
        holder = getattr(document, reference.name)
        if holder is not None:
            yield holder
    for _, holder in kind.document.references(document):
        yield holder


def _set_key(holder: Document, keys: NewKeys) -> None:
    link = getattr(holder, "link", None)
    new = keys.get(link.href.rpartition("/")[2]) if link else None
    for member, value in (new or {}).items():
        if hasattr(holder, member):
            setattr(holder, member, value)
