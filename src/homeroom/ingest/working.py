"""The job worker: takes batches of every district through their stages, one at a time in each."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from homeroom.base.errors import StorageError
from homeroom.base.log import Log
from homeroom.ingest.batches import fail_batch, run_batch
from homeroom.ingest.deliveries import BATCH_JOB
from homeroom.ingest.loading import LoadOptions, Progress, ShowProgress
from homeroom.records.district import District
from homeroom.records.districts import Districts
from homeroom.store.jobs import Job, JobKind, tell_job, work_jobs

_LOOK_SECONDS: Final = 5.0
_TELL_SECONDS: Final = 0.5
_SWITCH_SECONDS: Final = 0.0005


@dataclass(frozen=True, slots=True)
class Workplace:
    """What a worker works with. spool_folder: where files wait, sealed, while they are read."""

    districts: Districts
    spool_folder: Path
    log: Log


async def work_everywhere(workplace: Workplace) -> None:
    """Works off the jobs of every district there is or will be, until it is cancelled."""
    # The thread that prepares the next chunk would keep each answer of the database waiting for 5 ms.
    sys.setswitchinterval(_SWITCH_SECONDS)
    working: dict[str, asyncio.Task[None]] = {}
    try:
        while True:
            with suppress(StorageError):  # the database is away; it comes back
                names = {entry.name for entry in await workplace.districts.entries()}
                await _follow(workplace, working, names)
            await asyncio.sleep(_LOOK_SECONDS)
    finally:
        await _end(list(working.values()))


async def _follow(workplace: Workplace, working: dict[str, asyncio.Task[None]], names: set[str]) -> None:
    """Begins with districts that came, or whose work broke off; ends with those that went."""
    gone = [name for name in working if name not in names]
    await _end([working.pop(name) for name in gone])
    for name in names:
        if name not in working or working[name].done():
            working[name] = asyncio.create_task(_work(workplace, name))


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _work(workplace: Workplace, name: str) -> None:
    try:
        district = await workplace.districts.get(name)
        await work_jobs(district.database, job_kinds(district, workplace), log=workplace.log)
    except Exception as error:  # noqa: BLE001 - the other districts go on; this one is begun again
        workplace.log.fault("job.worker_broke_off", error, district=name)


def job_kinds(district: District, workplace: Workplace) -> Mapping[str, JobKind]:
    """What is done for each kind of job of a district."""

    async def run(job: Job) -> None:
        options = LoadOptions(workplace.spool_folder)
        async with _telling(district, job) as show:
            await run_batch(district, job.subject, options=options, progress=show)

    async def give_up(job: Job, code: str) -> None:
        workplace.log.error("batch.failed", batch=job.subject, code=code, district=district.name)
        await fail_batch(district, job.subject)

    return {BATCH_JOB: JobKind(run, give_up)}


@asynccontextmanager
async def _telling(district: District, job: Job) -> AsyncIterator[ShowProgress]:
    """Keeps how far the job is where pages can read it, a few times a second at most."""
    newest: list[Progress] = []

    async def tell() -> None:
        while True:
            await asyncio.sleep(_TELL_SECONDS)
            if newest:
                text = msgspec.json.encode(newest.pop()).decode()
                newest.clear()
                async with district.database.connection() as connection:
                    await tell_job(connection, job.kind, subject=job.subject, progress=text)

    task = asyncio.create_task(tell())
    try:
        yield newest.append
    finally:
        await _end([task])
