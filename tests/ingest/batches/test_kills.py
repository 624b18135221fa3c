"""A batch whose worker is killed, at whatever stage, goes on and ends as if nobody had been killed."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from homeroom.base.clock import SystemClock
from homeroom.base.settings import Settings
from homeroom.ingest.feeds.feed import FeedPlan, save_feed
from homeroom.ingest.intake.deliveries import Reading, deliver
from homeroom.ingest.loading.batches import BatchState, read_batch
from homeroom.ingest.loading.snapshot import Snapshot
from homeroom.ingest.quality.profiles import read_profiles
from homeroom.records.undo import undo_batch
from tests.ingest.batches.conftest import student
from tests.ingest.batches.test_deliveries import CLERK, Desk, desk
from tests.ingest.conftest import Dock

pytestmark = pytest.mark.asyncio(loop_scope="module")

# Kills itself: when a stage begins, once some rows are written, or with the second chunk of a removal uncommitted.
_KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from homeroom.base.settings import parse_settings
from homeroom.ingest.loading import batches, removing, stages
from homeroom.ingest.loading.load import LoadOptions
from homeroom.records.districts import Districts
from homeroom.store.embedded import EmbeddedServer

home, name, batch, when = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
settings = parse_settings({"HOMEROOM_HOME": str(home)}, current_folder=Path("/"), processors=2)
note, remove, removals = stages._note, removing.remove_set, []

def die_if(is_time):
    if is_time:
        os.kill(os.getpid(), signal.SIGKILL)

async def die_at_stage(load, stage):
    await note(load, stage)
    die_if(stage == when)

def die_writing(progress):
    die_if(when == "rows" and progress.rows >= 6)

async def die_removing(*arguments, **named):
    removals.append(await remove(*arguments, **named))
    die_if(when == "removals" and len(removals) == 2)
    return removals[-1]

stages._note, removing.remove_set, removing._CHUNK = die_at_stage, die_removing, 2

async def main():
    district = await Districts(EmbeddedServer(settings).start(), home).get(name)
    options = LoadOptions(spool_folder=home / "spool", chunk_rows=3)
    await batches.run_batch(district, batch, options=options, progress=die_writing)

asyncio.run(main())
"""


class Crash:
    """A worker that is killed, and another that takes its batch up."""

    def __init__(self, desk: Desk, settings: Settings) -> None:
        self.desk = desk
        self._home = settings.home

    async def kill(self, batch: int, when: str) -> None:
        """Runs a batch in a process that dies."""
        arguments = [str(self._home), self.desk.district.name, str(batch), when]
        ended = subprocess.run([sys.executable, "-c", _KILLED, *arguments], timeout=300, check=False)
        assert ended.returncode == -signal.SIGKILL
        assert (await read_batch(self.desk.district, batch)).state == "running"

    async def take_up(self, batch: int) -> BatchState:
        """How the batch stands once another worker has done what was left."""
        await self.desk.work()
        return await read_batch(self.desk.district, batch)


@pytest.fixture
def crash(desk: Desk, settings: Settings) -> Crash:
    return Crash(desk, settings)


@pytest.mark.parametrize("when", ["reading", "comparing", "writing", "rows", "removing", "report"])
async def test_a_batch_that_is_killed_goes_on_and_is_done_once(crash: Crash, when: str) -> None:
    desk = crash.desk
    delivery = await desk.hand_in(*(student(n) for n in range(12)), student(77, Born="never"))
    await crash.kill(delivery.batch, when)
    state = await crash.take_up(delivery.batch)
    assert state.report is not None
    assert (state.state, state.report.is_resumed) == ("finished", True)
    counts = {c.resource: (c.considered, c.inserted, c.failed) for c in state.report.counts}
    assert counts == {"Student": (13, 12, 1), "StudentSchoolAssociation": (13, 12, 1)}
    assert await desk.dock.count("edfi.student") == 12
    assert await desk.dock.count("ingest.quarantine") == 2
    assert {p.rows for p in await read_profiles(desk.district, delivery.batch)} == {13}


@pytest.mark.parametrize("by", [(), ("schoolId",)])
@pytest.mark.parametrize("when", ["comparing", "removing", "removals", "report"])
async def test_a_snapshot_that_is_killed_removes_what_is_absent_and_nothing_else(
    crash: Crash, when: str, by: tuple[str, ...]
) -> None:
    desk = crash.desk
    snapshot = Snapshot(("studentSchoolAssociations",), by, most_rows=1_000, most_share=1.0)
    plan = FeedPlan("students", spec="fernhollow_students", snapshot=snapshot)
    feed = await save_feed(desk.district, plan, actor=CLERK, clock=SystemClock())
    reading = Reading(feed=feed, spec=plan.spec)
    for last in (20, 14):
        file = await desk.receive(*(student(n) for n in range(last)))
        delivery = await deliver(desk.district, [file], reading=reading, actor=CLERK)
        if last == 20:
            await desk.work()
    await crash.kill(delivery.batch, when)
    state = await crash.take_up(delivery.batch)
    assert state.report is not None
    assert (state.state, state.questions) == ("finished", ())
    assert [w.words for w in state.report.warnings if w.code == "load.snapshot_removed"] == [
        "6 StudentSchoolAssociation records that the files no longer hold were removed."
    ]
    assert await desk.dock.count("edfi.student_school_association") == 14
    assert await desk.dock.count("edfi.deleted_record") == 6
    assert dict((await undo_batch(desk.district, delivery.batch)).restored) == {"StudentSchoolAssociation": 6}


__all__ = ["Dock", "desk"]
