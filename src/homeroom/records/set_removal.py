"""Removes records by set under a task of the district's own; what others refer to stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from homeroom.base.errors import HomeroomError
from homeroom.records.district import District
from homeroom.records.remove import remove_rows
from homeroom.records.stored import inspect_stored
from homeroom.records.tasks import decide_task
from homeroom.store.connect import Connection, savepoint
from homeroom.trust.grant import Action, Grant


class RemovalRefusedError(HomeroomError):
    """The policy does not let the task remove records of this resource."""

    code = "records.removal"


@dataclass(slots=True)
class Removed:
    """Row ids of what went, and what stays because other records refer to it."""

    ids: list[int] = field(default_factory=list)
    kept: list[UUID] = field(default_factory=list)


async def remove_set(
    district: District, resource: str, uuids: Sequence[UUID], *, task: str, connection: Connection
) -> Removed:
    """Removes records inside the caller's transaction, halving the set until what is referred to stands alone."""
    removed = Removed()
    if uuids:
        await _remove(district, _grant(district, resource, task), uuids, removed, connection=connection)
    return removed


async def _remove(
    district: District, grant: Grant, uuids: Sequence[UUID], removed: Removed, *, connection: Connection
) -> None:
    try:
        async with savepoint(connection):
            rows = await inspect_stored(district, grant, uuids=uuids, connection=connection)
            await remove_rows(district, grant, rows=rows, connection=connection)
    except asyncpg.ForeignKeyViolationError:
        if len(uuids) == 1:
            removed.kept.append(uuids[0])
            return
        half = len(uuids) // 2
        await _remove(district, grant, uuids[:half], removed, connection=connection)
        await _remove(district, grant, uuids[half:], removed, connection=connection)
    else:
        removed.ids += [row.id for row in rows]


def _grant(district: District, resource: str, task: str) -> Grant:
    decision = decide_task(district, task, action=Action.DELETE, resource=resource)
    if not isinstance(decision, Grant):
        raise RemovalRefusedError(f"The policy does not let the task {task} remove records of {resource}.")
    return decision
