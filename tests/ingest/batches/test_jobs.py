"""Jobs are done once, whoever dies meanwhile."""

from __future__ import annotations

import asyncio
import io
import signal
import subprocess
import sys

import pytest

from homeroom.base.clock import SystemClock
from homeroom.base.errors import HomeroomError
from homeroom.base.log import Log
from homeroom.base.settings import Settings
from homeroom.store.jobs import MOST_TRIES, Job, JobKind, JobState, add_job, read_job, work_jobs, work_next
from tests.ingest.conftest import Dock

pytestmark = pytest.mark.asyncio(loop_scope="module")

_WORKER = """
import asyncio, os, signal, sys
from pathlib import Path
from homeroom.base.clock import SystemClock
from homeroom.base.log import Log
from homeroom.base.settings import parse_settings
from homeroom.records.districts import Districts
from homeroom.store.embedded import EmbeddedServer
from homeroom.store.jobs import JobKind, work_jobs

home, name = Path(sys.argv[1]), sys.argv[2]
settings = parse_settings({"HOMEROOM_HOME": str(home)}, current_folder=Path("/"), processors=2)

async def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    district = await Districts(EmbeddedServer(settings).start(), home).get(name)
    await work_jobs(district.database, {"test": JobKind(die, die)}, log=Log(sys.stderr, SystemClock()))

asyncio.run(main())
"""


class Desk:
    """Does what a test tells it to, and keeps what was asked."""

    def __init__(self, *faults: Exception) -> None:
        self.faults = list(faults)
        self.done: list[int] = []
        self.given_up: list[tuple[int, str]] = []
        self.log = Log(io.StringIO(), SystemClock())

    @property
    def kinds(self) -> dict[str, JobKind]:
        return {"test": JobKind(self.run, self.give_up)}

    async def run(self, job: Job) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self.done.append(job.subject)

    async def give_up(self, job: Job, code: str) -> None:
        self.given_up.append((job.subject, code))


class WrongError(HomeroomError):
    code = "test.wrong"


async def queue(dock: Dock, *subjects: int) -> None:
    async with dock.district.database.administering() as connection:
        await connection.execute("delete from job.job")
        for subject in subjects:
            await add_job(connection, "test", subject=subject)


async def work_off(dock: Dock, desk: Desk) -> None:
    async with dock.district.database.connection() as connection:
        while await work_next(connection, desk.kinds, log=desk.log):
            await connection.execute("update job.job set due_at = now()")


async def state_of(dock: Dock, subject: int) -> JobState:
    async with dock.district.database.connection() as connection:
        found = await read_job(connection, "test", subject=subject)
    assert found is not None
    return found


async def test_jobs_are_done_in_their_order_and_once(dock: Dock) -> None:
    await queue(dock, 3, 1, 1, 2)
    desk = Desk()
    await work_off(dock, desk)
    assert desk.done == [3, 1, 2]
    assert (await state_of(dock, 1)).state == "done"


async def test_several_workers_share_the_jobs(dock: Dock) -> None:
    await queue(dock, *range(20))
    desks = [Desk() for _ in range(4)]
    await asyncio.gather(*(work_off(dock, desk) for desk in desks))
    assert sorted(s for desk in desks for s in desk.done) == list(range(20))


async def test_a_worker_is_woken_by_a_new_job(dock: Dock) -> None:
    await queue(dock)
    desk = Desk()
    work = asyncio.create_task(work_jobs(dock.district.database, desk.kinds, log=desk.log))
    await asyncio.sleep(0.2)
    await queue(dock, 7)
    async with asyncio.timeout(4):  # shorter than the time between two looks without being woken
        while not desk.done:
            await asyncio.sleep(0.01)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    assert desk.done == [7]


async def test_a_job_that_fails_is_tried_again(dock: Dock) -> None:
    await queue(dock, 1)
    desk = Desk(RuntimeError("?"), RuntimeError("?"))
    await work_off(dock, desk)
    assert desk.done == [1]
    assert (await state_of(dock, 1)).tries == 3


async def test_a_job_that_always_fails_is_given_up(dock: Dock) -> None:
    await queue(dock, 1)
    desk = Desk(*(RuntimeError("?") for _ in range(9)))
    await work_off(dock, desk)
    assert desk.given_up == [(1, "job.fault")]
    state = await state_of(dock, 1)
    assert (state.state, state.tries, state.fault) == ("failed", MOST_TRIES, "job.fault")


async def test_a_job_that_cannot_succeed_is_given_up_at_once(dock: Dock) -> None:
    await queue(dock, 1)
    desk = Desk(WrongError())
    await work_off(dock, desk)
    assert desk.given_up == [(1, "test.wrong")]


async def test_the_job_of_a_killed_worker_is_taken_up_again(dock: Dock, settings: Settings) -> None:
    await queue(dock, 5)
    ended = subprocess.run(
        [sys.executable, "-c", _WORKER, str(settings.home), dock.district.name], timeout=300, check=False
    )
    assert ended.returncode == -signal.SIGKILL
    assert (await state_of(dock, 5)).state == "running"
    desk = Desk()
    await work_off(dock, desk)
    assert desk.done == [5]
    assert (await state_of(dock, 5)).tries == 2


async def test_a_job_that_kills_every_worker_is_given_up(dock: Dock) -> None:
    await queue(dock, 5)
    async with dock.district.database.connection() as connection:
        await connection.execute("update job.job set tries = $1, state = 'running'", MOST_TRIES)
    desk = Desk()
    await work_off(dock, desk)
    assert (desk.done, desk.given_up) == ([], [(5, "job.kept_dying")])


async def test_a_running_job_is_not_taken_by_another(dock: Dock) -> None:
    await queue(dock, 1)
    other = Desk()

    async def run(_: Job) -> None:
        await work_off(dock, other)

    async with dock.district.database.connection() as connection:
        kinds = {"test": JobKind(run, other.give_up)}
        assert await work_next(connection, kinds, log=other.log)
    assert other.done == []
