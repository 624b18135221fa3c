"""What earlier deliveries of a source had in the files that others look things up in, for those that hold changes only.

Kept sealed, and only of files whose rows have ids: a later row of an id takes the place of the earlier one. A batch
that is taken up again finds what stood before it, whatever has come since.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from homeroom.ingest.reading.mapped import looked_up_files
from homeroom.ingest.reading.mapped_rows import pack_frame, unpack_frame
from homeroom.records.district import District
from homeroom.store.connect import Connection
from homeroom.store.queries import query

if TYPE_CHECKING:
    import polars

    from homeroom.ingest.loading.load import Load
    from homeroom.ingest.mapping.mapping import Mapping as CompiledSpec

_PARTS: Final = "homeroom.ingest.loading"


async def recall_looked_up(load: Load) -> None:
    """Gives the mapped files of a load what deliveries before it had."""
    inputs = list(load.plan.inputs)
    for position, entry in enumerate(inputs):
        if entry.mapped is not None and _kept_files(entry.mapped.mapping):
            async with load.chunks.chunk() as connection:
                earlier = await earlier_frames(load.district, connection, load.batch.id, entry.mapped.mapping)
            inputs[position] = replace(entry, mapped=replace(entry.mapped, earlier=earlier))
    load.plan = replace(load.plan, inputs=tuple(inputs))


async def earlier_frames(
    district: District, connection: Connection, batch: int, mapping: CompiledSpec
) -> Mapping[str, polars.DataFrame]:
    """The rows of looked-up files that stood before a batch, by the spec's names of the files."""
    roles = _kept_files(mapping)
    if not roles:
        return {}
    spec = mapping.spec.name
    rows = await connection.fetch(query(_PARTS, "read_looked_up"), batch, spec, roles)
    opened = {role: (sealed, _place(spec, role, kept_in)) for role, kept_in, sealed in rows}
    return {
        role: await asyncio.to_thread(unpack_frame, district.keys.unseal(sealed, place=place))
        for role, (sealed, place) in opened.items()
    }


async def keep_looked_up(load: Load, connection: Connection) -> None:
    """Keeps what this load's files had, with what stood before; in the transaction that ends the batch."""
    for (spec, role), frame in load.mapped.looked_up.items():
        packed = await asyncio.to_thread(pack_frame, frame)
        sealed = load.district.keys.seal(packed, place=_place(spec, role, load.batch.id))
        await connection.execute(query(_PARTS, "keep_looked_up"), load.batch.id, spec, role, sealed)


def _kept_files(mapping: CompiledSpec) -> list[str]:
    return sorted(role for role in looked_up_files(mapping) if mapping.files[role].row_id is not None)


def _place(spec: str, role: str, batch: int) -> bytes:
    return f"looked_up:{spec}:{role}:{batch}".encode()
