"""References to targets: their ids for the store, and links for the reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg

from homeroom.records.district import District
from homeroom.standard.documents import Document, Link, NestedReference
from homeroom.standard.model import Kind as PropertyKind
from homeroom.standard.model import Model
from homeroom.store.catalog import Kind
from homeroom.store.checks import resolve_nested
from homeroom.store.connect import Connection
from homeroom.store.tables import SQL_TYPES, target_location

KEY_CHANGED: Final = "the key of a referenced record changed while the set was being written"


@dataclass(slots=True, eq=False)
class Target:
    """A record that a reference names; kind is its concrete resource where the reference is to an abstract one.

    link: where it stands, made when first needed; a load names the same target in many rows.
    """

    id: int
    uuid: UUID
    kind: str | None
    link: Link | None = None


Key = tuple[object, ...]
"""What names a record: the parts in the order of its resource's key."""


def check_same(held: Iterable[tuple[Key, int]], standing: Mapping[Key, Target]) -> None:
    """Raises SerializationError when a key stands for another record than the one that is held."""
    if any(key not in standing or standing[key].id != record for key, record in held):
        raise asyncpg.SerializationError(KEY_CHANGED)


def link_to(model: Model, target: Target, *, name: str) -> Link:
    """Where the target of a reference to a resource of this name stands."""
    if target.link is None:
        resource = model.resources[target.kind or name]
        target.link = Link(resource.name, f"{resource.path}/{target.uuid.hex}")
    return target.link


async def resolve_nested_references(
    district: District,
    kind: Kind,
    references: Sequence[Sequence[tuple[int, Document]]],
    *,
    connection: Connection,
) -> list[tuple[Target | None, ...]]:
    """For each document its nested references' targets, in order; None where there is no such record."""
    found: list[list[Target | None]] = [[None] * len(own) for own in references]
    by_target: dict[str, list[tuple[int, int, tuple[object, ...]]]] = {}
    for row, own in enumerate(references):
        for position, (number, holder) in enumerate(own):
            nested = kind.document.nested[number]
            key = nested_key(district, nested, holder)
            by_target.setdefault(nested.target, []).append((row, position, key))
    for target, wanted in by_target.items():
        distinct = list(dict.fromkeys(key for _, _, key in wanted))
        targets = await find_targets(district, target, distinct, connection)
        for row, position, key in wanted:
            found[row][position] = targets.get(key)
    return [tuple(f) for f in found]


def nested_key(district: District, nested: NestedReference, holder: Document) -> Key:
    """The key that a nested reference names."""
    model = district.catalog.model
    key: list[object] = []
    for member in nested.members:
        value = getattr(holder, member)
        prop = model.key_property(nested.target, member)
        if prop.kind is PropertyKind.DESCRIPTOR and prop.descriptor:
            known = district.descriptors.find(prop.descriptor, value)
            value = known[0] if known else None
        key.append(value)
    return tuple(key)


async def find_targets(
    district: District, target: str, keys: Sequence[tuple[object, ...]], connection: Connection
) -> dict[tuple[object, ...], Target]:
    """Targets by key, the parts in the order of the target's key; keys that name nothing are left out."""
    model = district.catalog.model
    table, columns = target_location(model, target)
    types = [SQL_TYPES[model.key_property(target, k.name).kind] for k in model.key_of(target)]
    sql = resolve_nested(table, list(zip(columns, types, strict=True)), has_kind=target in model.abstracts)
    rows = await connection.fetch(sql, *[list(c) for c in zip(*keys, strict=True)])
    return {keys[r[0] - 1]: Target(r[1], r[2], r[3]) for r in rows}
