"""The stage in which a batch learns whom its rows are about, and what follows when it has ended.

Who everybody is, is kept sealed with the batch until then: whoever takes it up again reads what was read before, and
what a person decides meanwhile counts once the batch is through.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import msgspec

from homeroom.ingest.identifying import found_frame, identify
from homeroom.ingest.loading.questions import Question
from homeroom.ingest.reading.mapped import MappedFiles, gather_people
from homeroom.records.people.identities import KINDS
from homeroom.records.people.matches import DECIDED_JOB
from homeroom.store.connect import Connection
from homeroom.store.jobs import add_job
from homeroom.store.queries import query

if TYPE_CHECKING:
    import polars

    from homeroom.ingest.loading.load import Load

_PARTS: Final = "homeroom.ingest.loading"
_TASK: Final = "load"
NEWCOMERS_JOB: Final = "match.newcomers"
"""Looks again at rows about people whom nobody of the district was, after the batch that is its subject."""


async def identify_rows(load: Load) -> Sequence[Question]:
    """Learns whom the rows of mapped files are about."""
    inputs = list(load.plan.inputs)
    for position, entry in enumerate(inputs):
        if entry.mapped is not None and entry.mapped.mapping.spec.people:
            found = await _found(load, position, entry.mapped)
            inputs[position] = replace(entry, mapped=replace(entry.mapped, people=found))
    load.plan = replace(load.plan, inputs=tuple(inputs))
    return ()


async def follow_up(load: Load) -> None:
    """Queues what can go in by now: rows of people on whom was decided meanwhile, or who are there since."""
    batch = load.batch.id
    async with load.chunks.chunk() as connection:
        for question in await connection.fetch(query(_PARTS, "decided_meanwhile"), *_undecided(load)):
            await add_job(connection, DECIDED_JOB, subject=question[0])
        await connection.execute(query(_PARTS, "forget_found"), batch)
        totals = load.batch.checkpoints.values()
        brings = any(tally.inserted for c in totals for r, tally in c.tallies.items() if r in KINDS)
        if brings and await connection.fetchval(query(_PARTS, "waits_for_newcomers")):
            await add_job(connection, NEWCOMERS_JOB, subject=batch)


def _undecided(load: Load) -> tuple[list[str], list[str], list[str]]:
    """Those whose rows were kept out until somebody decides: their kinds, sources and ids, each of a length."""
    keys = [
        (KINDS[person.resource], person.source, source_id)
        for files in load.plan.mapped
        for name, frame in files.people.items()
        for person in (files.mapping.spec.people[name],)
        for source_id, _, standing in frame.iter_rows()
        if standing == "undecided"
    ]
    return [key[0] for key in keys], [key[1] for key in keys], [key[2] for key in keys]


async def _found(load: Load, position: int, files: MappedFiles) -> Mapping[str, polars.DataFrame]:
    async with load.chunks.chunk() as connection:
        kept = await connection.fetch(query(_PARTS, "read_found"), load.batch.id, position)
    if kept:
        return {name: _unseal(load, position, name, sealed) for name, sealed in kept}
    people = await asyncio.to_thread(gather_people, files)
    async with load.chunks.chunk() as connection:
        found = await identify(
            load.district, files.mapping, people, connection=connection, task=_TASK, batch=load.batch.id
        )
        await _keep(load, connection, position, files, found)
    return found


async def _keep(
    load: Load,
    connection: Connection,
    position: int,
    files: MappedFiles,
    found: Mapping[str, polars.DataFrame],
) -> None:
    people = files.mapping.spec.people
    await connection.execute(
        query(_PARTS, "keep_found"),
        load.batch.id,
        position,
        [*found],
        [KINDS[people[name].resource] for name in found],
        [people[name].source for name in found],
        [_seal(load, position, name, frame) for name, frame in found.items()],
    )


def _seal(load: Load, position: int, name: str, frame: polars.DataFrame) -> bytes:
    packed = msgspec.msgpack.encode(frame.rows())
    return load.district.keys.seal(packed, place=_place(load, position, name))


def _unseal(load: Load, position: int, name: str, sealed: bytes) -> polars.DataFrame:
    packed = load.district.keys.unseal(sealed, place=_place(load, position, name))
    rows = msgspec.msgpack.decode(packed, type=list[tuple[str, str | None, str]])
    return found_frame([row[0] for row in rows], [row[1:] for row in rows])


def _place(load: Load, position: int, name: str) -> bytes:
    return f"batch_people:{load.batch.id}:{position}:{name}".encode()
