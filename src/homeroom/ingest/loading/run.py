"""Loads paths into a district: plan, spool, write in order of dependency, report."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from homeroom.ingest.loading.batch import begin_batch, hold_batch, hold_unfinished
from homeroom.ingest.loading.load import Load, LoadOptions, Progress, ShowProgress
from homeroom.ingest.loading.purge import count_purged
from homeroom.ingest.loading.report import LoadReport, render_json
from homeroom.ingest.loading.stages import walk_stages
from homeroom.ingest.reading.plan import Recogniser, plan_inputs
from homeroom.interop.inbloom_package import Purge
from homeroom.records.district import District
from homeroom.records.load import Chunks, CommittedChunks, trial_of
from homeroom.store.connect import Connection
from homeroom.store.queries import query

__all__ = [
    "ConfirmPurge",
    "LoadOptions",
    "Progress",
    "ShowProgress",
    "load_paths",
    "unfinished_parameters",
    "unfinished_paths",
]

ConfirmPurge: TypeAlias = Callable[[Mapping[str, int]], None]
"""Shown how many records of each resource a purge removes; raises when it shall not."""
Begin: TypeAlias = Callable[[Connection], Awaitable[int]]
"""Begins the load's batch; its id."""
_PARTS: Final = "homeroom.ingest.loading"


async def load_paths(
    district: District,
    paths: Sequence[Path],
    *,
    options: LoadOptions,
    progress: ShowProgress | None = None,
    recogniser: Recogniser | None = None,
    confirm_purge: ConfirmPurge | None = None,
) -> LoadReport:
    """Loads folders, files and archives; faults are in the report, and all else is stored.

    A load of the same content that was broken off is taken up where it stopped. recogniser: finds mapping specs
    for files of no form of the standard, which are left out without one. confirm_purge: shown what a package asks to
    remove; it raises when that is not to be, and nothing has happened yet. None: no purge is heeded.
    """
    await district.descriptors.refresh(district.database)
    with ExitStack() as opened:
        plan = await asyncio.to_thread(
            plan_inputs, paths, district.catalog.model, opened=opened, recogniser=recogniser
        )
        if plan.asks_trial:
            options = replace(options, is_trial=True)
        if confirm_purge is not None and plan.purge is not Purge.NOTHING:
            confirm_purge(await count_purged(district, plan.purge))
            options = replace(options, allows_purge=True)
        load = partial(Load, district, plan=plan, options=options, progress=progress)
        begin = partial(
            begin_batch,
            paths=[str(path.resolve()) for path in paths],
            fingerprint=plan.fingerprint,
            is_trial=options.is_trial,
            parameters=recogniser.parameters if recogniser else None,
        )
        if options.is_trial:
            return await _try_out(district, load, begin=begin)
        return await _load_for_good(district, load, begin=begin, fingerprint=plan.fingerprint)


async def _try_out(district: District, load: Callable[[Chunks], Load], *, begin: Begin) -> LoadReport:
    async with trial_of(district) as trial:
        async with trial.chunk() as connection:
            number = await begin(connection)
        report = await walk_stages(load(trial), number, is_resumed=False)
    async with district.database.connection() as connection:
        await connection.execute(query(_PARTS, "finish_batch"), await begin(connection), render_json(report))
    return report


async def _load_for_good(
    district: District, load: Callable[[Chunks], Load], *, begin: Begin, fingerprint: bytes
) -> LoadReport:
    chunks = CommittedChunks(district)
    async with hold_unfinished(district, fingerprint) as unfinished:
        if unfinished is not None:
            return await walk_stages(load(chunks), unfinished, is_resumed=True)
    async with district.database.connection() as connection:
        number = await begin(connection)
    async with hold_batch(district, number):
        return await walk_stages(load(chunks), number, is_resumed=False)


async def unfinished_parameters(district: District) -> tuple[dict[str, str], date]:
    """What the specs' parameters were in the load that was broken off last, and its day."""
    async with district.database.connection() as connection:
        parameters, loads_on = await connection.fetchrow(query(_PARTS, "unfinished_parameters"))
    return msgspec.json.decode(parameters, type=dict[str, str]), loads_on


async def unfinished_paths(district: District) -> list[Path]:
    """The paths of the load that was broken off last; none when there is none."""
    async with district.database.connection() as connection:
        paths = await connection.fetchval(query(_PARTS, "newest_unfinished"))
    return [Path(path) for path in paths or ()]
