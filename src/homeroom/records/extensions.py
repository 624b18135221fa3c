"""Adds an extension to a district in use: no request fails, and every process serves it within a second."""

from __future__ import annotations

import asyncio

from homeroom.base.findings import Finding, Severity
from homeroom.records.district import District
from homeroom.records.standards import Standard
from homeroom.store.connect import Connection, Database
from homeroom.store.migrate import Step, apply_steps, changing_shape, compare_shapes
from homeroom.store.queries import query
from homeroom.store.releases import note_shape
from homeroom.store.shape import shape_of
from homeroom.trust.actors import Actor
from homeroom.trust.acts import record_act
from homeroom.trust.versions import Kept, raise_version


async def add_extension(
    district: District, owner: Database, *, definition: str, actor: Actor
) -> tuple[Finding, ...]:
    """Adds the extension in the text of its file; the findings say why not, or warn.

    owner: the district's database as its owner. Nothing is changed when a finding is an error. When this is
    interrupted, the same call finishes it.
    """
    async with changing_shape(owner) as connection:
        return await _add(district, connection, definition, actor)


async def _add(
    district: District, connection: Connection, definition: str, actor: Actor
) -> tuple[Finding, ...]:
    district.versions.expire()
    await district.follow()
    base = district.standard
    made, findings = await asyncio.to_thread(district.standards.extended, base, definition)
    if made is None:
        return findings
    steps = await asyncio.to_thread(_steps, base, made)
    await apply_steps(connection, steps)
    async with connection.transaction():
        project = list(made.catalog.model.extensions)[-1]
        await connection.execute(query("homeroom.records", "add_extension"), project, definition)
        await record_act(connection, actor, act="Create", resource="Extension")
        await note_shape(connection, shape_of(made.catalog.model))
        await raise_version(connection, Kept.MODEL)
    district.versions.expire()
    await district.follow()
    return tuple(f for f in findings if f.severity is Severity.WARNING)


def _steps(base: Standard, made: Standard) -> list[Step]:
    changes = compare_shapes(shape_of(base.catalog.model), shape_of(made.catalog.model))
    # An extension takes nothing away, so there is no `post`.
    return [*changes.pre, *changes.switch]
