"""Loads paths into a district: plan, spool, write in order of dependency, report."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from homeroom.ingest.batch import ACTOR, begin_batch, hold_batch, hold_unfinished
from homeroom.ingest.loading import Load, LoadOptions, Progress, ShowProgress
from homeroom.ingest.plan import Plan, Recogniser, plan_inputs
from homeroom.ingest.report import LoadReport, render_json
from homeroom.ingest.stages import walk_stages
from homeroom.records.district import District
from homeroom.records.load import Chunks, CommittedChunks, trial_of
from homeroom.store.queries import query

__all__ = ["LoadOptions", "Progress", "ShowProgress", "load_paths", "unfinished_paths"]

_PARTS: Final = "homeroom.ingest"


async def load_paths(
    district: District,
    paths: Sequence[Path],
    *,
    options: LoadOptions,
    progress: ShowProgress | None = None,
    recogniser: Recogniser | None = None,
) -> LoadReport:
    """Loads folders, files and archives; faults are in the report, and all else is stored.

    A load of the same content that was broken off is taken up where it stopped. recogniser: finds mapping specs
    for files of no form of the standard, which are left out without one.
    """
    await district.descriptors.refresh(district.database)
    with ExitStack() as opened:
        plan = await asyncio.to_thread(
            plan_inputs, paths, district.catalog.model, opened=opened, recogniser=recogniser
        )
        if plan.asks_trial:
            options = replace(options, is_trial=True)
        load = partial(Load, district, plan=plan, options=options, progress=progress)
        names = [str(path.resolve()) for path in paths]
        if options.is_trial:
            return await _try_out(district, load, plan=plan, names=names)
        return await _load_for_good(district, load, plan=plan, names=names)


async def _try_out(
    district: District, load: Callable[[Chunks], Load], *, plan: Plan, names: list[str]
) -> LoadReport:
    async with trial_of(district) as trial:
        async with trial.chunk() as connection:
            number = await begin_batch(connection, paths=names, fingerprint=plan.fingerprint, is_trial=True)
        report = await walk_stages(load(trial), number, is_resumed=False)
    async with district.database.connection() as connection:
        arguments = (ACTOR, names, plan.fingerprint, render_json(report))
        await connection.fetchval(query(_PARTS, "record_trial"), *arguments)
    return report


async def _load_for_good(
    district: District, load: Callable[[Chunks], Load], *, plan: Plan, names: list[str]
) -> LoadReport:
    chunks = CommittedChunks(district)
    async with hold_unfinished(district, plan.fingerprint) as unfinished:
        if unfinished is not None:
            return await walk_stages(load(chunks), unfinished, is_resumed=True)
    async with district.database.connection() as connection:
        number = await begin_batch(connection, paths=names, fingerprint=plan.fingerprint, is_trial=False)
    async with hold_batch(district, number):
        return await walk_stages(load(chunks), number, is_resumed=False)


async def unfinished_paths(district: District) -> list[Path]:
    """The paths of the load that was broken off last; none when there is none."""
    async with district.database.connection() as connection:
        paths = await connection.fetchval(query(_PARTS, "newest_unfinished"))
    return [Path(path) for path in paths or ()]
