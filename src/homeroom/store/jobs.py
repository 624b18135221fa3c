"""Jobs in the background: queued in a district's database, taken up by any worker, taken up again when one dies.

A worker holds a lock of the job's number as long as its connection lives. A job that is `running` while nobody
holds its lock was left by a worker that is gone, and is due at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from homeroom.base.errors import HomeroomError, StorageError
from homeroom.base.log import Log
from homeroom.store.connect import Connection, Database
from homeroom.store.queries import query

MOST_TRIES: Final = 5
"""How often a job is begun; one that takes its worker down each time is then given up."""
_PART: Final = "homeroom.store"
_CHANNEL: Final = "homeroom_job"
_MOST_LOOKED_AT: Final = 100
_POLL_SECONDS: Final = 5.0
_FIRST_PAUSE_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Job:
    """Work to do. subject: the row it is about; tries: how often it was begun, this time included."""

    id: int
    kind: str
    subject: int
    tries: int


@dataclass(frozen=True, slots=True)
class JobState:
    """How a job stands. state: waiting, running, done or failed; progress: JSON; fault: a code, where it failed."""

    state: str
    progress: str
    tries: int
    fault: str | None


@dataclass(frozen=True, slots=True)
class JobKind:
    """What is done for jobs of a kind, and what when one is given up."""

    run: Callable[[Job], Awaitable[None]]
    give_up: Callable[[Job, str], Awaitable[None]]


async def add_job(connection: Connection, kind: str, *, subject: int, after_seconds: float = 0) -> None:
    """Queues a job in the connection's transaction; a waiting one of the same kind and subject is enough."""
    await connection.execute(query(_PART, "add_job"), kind, subject, after_seconds)


async def tell_job(connection: Connection, kind: str, *, subject: int, progress: str) -> None:
    """Notes how far the running job about a subject is."""
    await connection.execute(query(_PART, "tell_job"), kind, subject, progress)


async def read_job(connection: Connection, kind: str, *, subject: int) -> JobState | None:
    """The newest job about a subject; None when there never was one, or it is forgotten."""
    row = await connection.fetchrow(query(_PART, "read_job"), kind, subject)
    return None if row is None else JobState(*row)


async def forget_jobs(connection: Connection, moment: datetime) -> int:
    """Deletes jobs that ended before a moment; how many went."""
    gone: int = await connection.fetchval(query(_PART, "forget_jobs"), moment)
    return gone


async def work_jobs(database: Database, kinds: Mapping[str, JobKind], *, log: Log) -> None:
    """Takes jobs one after the other until it is cancelled; is woken when one is queued.

    Raises StorageError when the database goes.
    """
    woken = asyncio.Event()

    def wake(*_: object) -> None:
        woken.set()

    async with database.connection() as connection:
        await connection.add_listener(_CHANNEL, wake)
        try:
            while True:
                woken.clear()
                while await work_next(connection, kinds, log=log):
                    pass
                with suppress(TimeoutError):
                    await asyncio.wait_for(woken.wait(), _POLL_SECONDS)
        finally:
            if not connection.is_closed():
                await connection.remove_listener(_CHANNEL, wake)


async def work_next(connection: Connection, kinds: Mapping[str, JobKind], *, log: Log) -> bool:
    """Does the next job that is due; whether there was one. connection: for the queue alone."""
    for (number,) in await connection.fetch(query(_PART, "open_jobs"), list(kinds), _MOST_LOOKED_AT):
        if not await connection.fetchval(query(_PART, "hold_job"), number):
            continue
        try:
            row = await connection.fetchrow(query(_PART, "begin_job"), number)
            if row is not None:
                await _work(connection, Job(*row), kinds, log=log)
                return True
        finally:
            if not connection.is_closed():
                await connection.fetchval(query(_PART, "release_job"), number)
    return False


async def _work(connection: Connection, job: Job, kinds: Mapping[str, JobKind], *, log: Log) -> None:
    kind = kinds[job.kind]
    if job.tries > MOST_TRIES:
        await _give_up(connection, job, kind, "job.kept_dying")
        return
    try:
        await kind.run(job)
    except StorageError as error:  # the database's own trouble counts for no try
        log.fault("job.waits_for_storage", error, job=job.kind, attempt=job.tries, code=error.code)
        await _postpone(connection, job, tries=job.tries - 1, code=error.code)
    except Exception as error:  # noqa: BLE001 - one job's fault must not end the others
        code = error.code if isinstance(error, HomeroomError) else "job.fault"
        log.fault("job.failed", error, job=job.kind, attempt=job.tries, code=code)
        if job.tries == MOST_TRIES or (isinstance(error, HomeroomError) and not error.may_retry):
            await _give_up(connection, job, kind, code)
        else:
            await _postpone(connection, job, tries=job.tries, code=code)
    else:
        await connection.execute(query(_PART, "finish_job"), job.id, "done", None)


async def _postpone(connection: Connection, job: Job, *, tries: int, code: str) -> None:
    pause = _FIRST_PAUSE_SECONDS * 2**tries
    await connection.execute(query(_PART, "postpone_job"), job.id, pause, code, tries)


async def _give_up(connection: Connection, job: Job, kind: JobKind, code: str) -> None:
    await kind.give_up(job, code)
    await connection.execute(query(_PART, "finish_job"), job.id, "failed", code)
