"""The job worker: takes batches of every district through their stages, one at a time in each."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from homeroom.base.clock import Clock, SystemClock
from homeroom.base.errors import StorageError
from homeroom.base.log import Log
from homeroom.ingest.connectors.egress import Egress
from homeroom.ingest.feeds.feed import FEED_JOB, queue_due_feeds, read_feed
from homeroom.ingest.feeds.fetching import Place, visit_feed
from homeroom.ingest.feeds.notices import Notice, Post, send_notice
from homeroom.ingest.intake.deliveries import BATCH_JOB
from homeroom.ingest.loading.batches import fail_batch, read_batch, run_batch
from homeroom.ingest.loading.load import LoadOptions, Progress, ShowProgress
from homeroom.ingest.loading.people import NEWCOMERS_JOB
from homeroom.ingest.quality.checks import RULES_JOB, check_batch
from homeroom.ingest.quarantine.deciding import replay_decided, replay_newcomers
from homeroom.ingest.quarantine.taking_back import take_back
from homeroom.ingest.sweeping import DAYS_OF_FILES, sweep
from homeroom.records.district import District
from homeroom.records.districts import Districts
from homeroom.records.people.matches import DECIDED_JOB, REOPENED_JOB
from homeroom.store.jobs import Job, JobKind, tell_job, work_jobs

_LOOK_SECONDS: Final = 5.0
_TELL_SECONDS: Final = 0.5
_PAUSE_SECONDS: Final = 60.0
_SWEEP_SECONDS: Final = 3600.0
_SWITCH_SECONDS: Final = 0.0005


@dataclass(frozen=True, slots=True)
class Workplace:
    """What a worker works with.

    spool_folder: where files wait, sealed, while they are read. post: how notices leave, and which hosts may be
    reached. days_of_files: how long the inbox keeps files; 0 for good.
    """

    districts: Districts
    spool_folder: Path
    log: Log
    clock: Clock = field(default_factory=SystemClock)
    post: Post = field(default_factory=lambda: Post(Egress()))
    days_of_files: int = DAYS_OF_FILES


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
        async with asyncio.TaskGroup() as together:
            together.create_task(_keep_schedules(district, workplace.clock))
            together.create_task(_keep_clean(district, workplace))
            together.create_task(
                work_jobs(district.database, job_kinds(district, workplace), log=workplace.log)
            )
    except* StorageError:  # the database is away; the next look begins again
        pass
    except* Exception as group:  # noqa: BLE001 - the other districts go on; this one is begun again in a while
        workplace.log.fault("job.worker_broke_off", _first(group), district=name)
        await asyncio.sleep(_PAUSE_SECONDS)


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """One of the faults of a group, however deep."""
    found: BaseException = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found


def job_kinds(district: District, workplace: Workplace) -> Mapping[str, JobKind]:
    """What is done for each kind of job of a district."""

    async def run(job: Job) -> None:
        options = LoadOptions(workplace.spool_folder)
        async with _telling(district, job) as show:
            report = await run_batch(district, job.subject, options=options, progress=show)
        if report is not None and (report.asks or report.failed):
            event = "batch.asks" if report.asks else "batch.rows_failed"
            await _tell_people(district, workplace, job.subject, event=event, failed=report.failed)

    async def give_up(job: Job, code: str) -> None:
        workplace.log.error("batch.failed", batch=job.subject, code=code, district=district.name)
        await fail_batch(district, job.subject)
        await _tell_people(district, workplace, job.subject, event="batch.failed", code=code)

    async def visit(job: Job) -> None:
        place = Place(workplace.spool_folder, workplace.post.egress, workplace.clock)
        await visit_feed(district, job.subject, place)

    async def look(job: Job) -> None:
        await check_batch(district, job.subject)

    async def give_up_looking(job: Job, code: str) -> None:
        workplace.log.error("rules.failed", batch=job.subject, code=code, district=district.name)

    async def give_up_visit(job: Job, code: str) -> None:
        feed = await read_feed(district, job.subject)
        notice = Notice("feed.failed", district.name, feed.name, code=code)
        await send_notice(notice, feed.notify, workplace.post, log=workplace.log)

    return {
        BATCH_JOB: JobKind(run, give_up),
        FEED_JOB: JobKind(visit, give_up_visit),
        RULES_JOB: JobKind(look, give_up_looking),
        **_people_jobs(district, workplace),
    }


def _people_jobs(district: District, workplace: Workplace) -> Mapping[str, JobKind]:
    """What follows when it is decided who somebody is, or when they come."""

    async def replay(job: Job) -> None:
        await replay_decided(district, job.subject, spool_folder=workplace.spool_folder)

    async def doubt(job: Job) -> None:
        await take_back(district, job.subject)

    async def look_again(_: Job) -> None:
        await replay_newcomers(district, spool_folder=workplace.spool_folder)

    async def give_up(_: Job, code: str) -> None:
        workplace.log.error("people.failed", code=code, district=district.name)

    return {
        DECIDED_JOB: JobKind(replay, give_up),
        REOPENED_JOB: JobKind(doubt, give_up),
        NEWCOMERS_JOB: JobKind(look_again, give_up),
    }


async def _tell_people(
    district: District, workplace: Workplace, batch: int, *, event: str, failed: int = 0, code: str = ""
) -> None:
    state = await read_batch(district, batch)
    if state.feed is not None:
        feed = await read_feed(district, state.feed)
        notice = Notice(event, district.name, feed.name, batch, failed, code)
        await send_notice(notice, feed.notify, workplace.post, log=workplace.log)


async def _keep_schedules(district: District, clock: Clock) -> None:
    """Queues the visits of feeds when they are due."""
    while True:
        await queue_due_feeds(district, clock=clock)
        await asyncio.sleep(_LOOK_SECONDS)


async def _keep_clean(district: District, workplace: Workplace) -> None:
    """Sweeps now and then; several workers who do so at once find nothing left."""
    days = workplace.days_of_files
    while True:
        now = workplace.clock.now()
        await sweep(district, now, spool_folder=workplace.spool_folder, days_of_files=days)
        await asyncio.sleep(_SWEEP_SECONDS)


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
