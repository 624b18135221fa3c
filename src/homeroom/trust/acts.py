"""Ledger entries of administrative acts: who changed a client, a claim set, an account."""

from __future__ import annotations

from collections.abc import Sequence

from homeroom.standard.purposes import Purpose
from homeroom.store.connect import Connection
from homeroom.store.queries import query
from homeroom.trust.actors import Actor


async def record_act(
    connection: Connection, actor: Actor, *, act: str, resource: str, records: Sequence[int] = ()
) -> None:
    """One entry, in the connection's transaction. resource: what was acted on; records: its row ids."""
    entry = (actor.label, Purpose.PLATFORM_OPERATION.value, act, resource, list(records))
    await connection.execute(query("homeroom.trust", "record_act"), *entry)
