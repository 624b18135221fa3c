"""What is delivered becomes one batch, is done in the background, and can be looked at."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from homeroom.base.clock import SystemClock
from homeroom.base.log import Log
from homeroom.ingest.intake.deliveries import Delivery, Reading, deliver
from homeroom.ingest.intake.inbox import Inbox, InboxFile
from homeroom.ingest.loading.batches import BatchError, cancel_batch, list_batches, read_batch
from homeroom.ingest.specs.shelf import save_spec
from homeroom.ingest.working import Workplace, job_kinds
from homeroom.records.districts import Districts
from homeroom.store.jobs import read_job, work_next
from homeroom.trust.actors import Operator
from tests.ingest.batches.conftest import SPEC_TEXT, Cells, csv_of, student
from tests.ingest.conftest import Dock

pytestmark = pytest.mark.asyncio(loop_scope="module")

CLERK = Operator("clerk")


class Desk:
    """Where files are handed in and batches are worked off."""

    def __init__(self, dock: Dock, districts: Districts) -> None:
        self.dock = dock
        self.district = dock.district
        self.inbox = Inbox(dock.district, spool_folder=dock.folder / "spool")
        self.workplace = Workplace(districts, dock.folder / "spool", Log(sys.stderr, SystemClock()))

    async def receive(self, *rows: Cells, name: str = "students.csv", text: str | None = None) -> InboxFile:
        async def pieces() -> AsyncIterator[bytes]:
            yield (csv_of(*rows) if text is None else text).encode()

        file = await self.inbox.receive(pieces(), name=name, actor=CLERK)
        assert isinstance(file, InboxFile)
        return file

    async def hand_in(self, *rows: Cells, **reading: Any) -> Delivery:
        file = await self.receive(*rows)
        return await deliver(self.district, [file], reading=Reading(**reading), actor=CLERK)

    async def work(self) -> None:
        async with self.district.database.connection() as connection:
            kinds = job_kinds(self.district, self.workplace)
            while await work_next(connection, kinds, log=self.workplace.log):
                pass


@pytest_asyncio.fixture(loop_scope="module")
async def desk(school: Dock, districts: Districts) -> Desk:
    async with school.district.database.connection() as connection:
        await connection.execute("delete from job.job")
    await save_spec(school.district, "fernhollow_students", definition=SPEC_TEXT, beside={}, actor=CLERK)
    return Desk(school, districts)


async def test_a_delivery_that_nothing_was_read_of_is_tried_again(desk: Desk) -> None:
    unknown = await desk.receive(text="Pupil,Shoe size\nF-1,38\n", name="shoes.csv")
    first = await deliver(desk.district, [unknown], reading=Reading(), actor=CLERK)
    again = await deliver(desk.district, [unknown], reading=Reading(), actor=CLERK)
    assert (again.batch, again.is_new) == (first.batch, False)
    await desk.work()
    later = await deliver(desk.district, [unknown], reading=Reading(), actor=CLERK)
    assert (later.batch != first.batch, later.is_new) == (True, True)


@pytest.mark.parametrize("name", ["marks.xlsx", "marks.zip", "marks.csv"])
async def test_a_file_of_a_few_broken_bytes_is_told_of(desk: Desk, name: str) -> None:
    broken = await desk.receive(text="PK\x03\x04broken", name=name)
    delivery = await deliver(desk.district, [broken], reading=Reading(), actor=CLERK)
    await desk.work()
    state = await read_batch(desk.district, delivery.batch)
    assert state.report is not None
    assert (state.state, state.report.stored) == ("finished", 0)
    assert [f.place.file for f in (*state.report.findings, *state.report.warnings)] == [name]


async def test_a_delivery_is_loaded_in_the_background(desk: Desk) -> None:
    delivery = await desk.hand_in(*(student(n) for n in range(5)))
    before = await read_batch(desk.district, delivery.batch)
    assert (before.state, before.report, before.files) == ("received", None, ("students.csv",))
    await desk.work()
    after = await read_batch(desk.district, delivery.batch)
    assert (after.state, after.stage, after.spec) == ("finished", "report", "fernhollow_students")
    assert after.report is not None
    assert after.report.stored == 10
    assert await desk.dock.count("edfi.student") == 5
    async with desk.district.database.connection() as connection:
        job = await read_job(connection, "batch", subject=delivery.batch)
    assert job is not None
    assert job.state == "done"


async def test_the_same_content_again_is_the_first_batch(desk: Desk) -> None:
    first = await desk.hand_in(student(1))
    await desk.work()
    again = await desk.hand_in(student(1))
    assert (again.batch, again.is_new) == (first.batch, False)
    third = await desk.hand_in(student(1), repeats=True)
    assert third.is_new


async def test_two_people_who_hand_in_the_same_file_make_one_batch(desk: Desk) -> None:
    deliveries = await asyncio.gather(*(desk.hand_in(student(1)) for _ in range(4)))
    assert len({d.batch for d in deliveries}) == 1
    assert [d.is_new for d in deliveries].count(True) == 1


async def test_a_trial_of_a_delivery_keeps_its_report_alone(desk: Desk) -> None:
    delivery = await desk.hand_in(student(1), is_trial=True)
    await desk.work()
    state = await read_batch(desk.district, delivery.batch)
    assert state.report is not None
    assert (state.state, state.is_trial, state.report.stored) == ("finished", True, 2)
    assert await desk.dock.count("edfi.student") == 0


async def test_a_batch_that_waits_can_be_cancelled(desk: Desk) -> None:
    delivery = await desk.hand_in(student(1))
    await cancel_batch(desk.district, delivery.batch, actor=CLERK)
    await desk.work()
    assert (await read_batch(desk.district, delivery.batch)).state == "cancelled"
    assert await desk.dock.count("edfi.student") == 0
    with pytest.raises(BatchError):
        await cancel_batch(desk.district, delivery.batch, actor=CLERK)


async def test_batches_are_listed_the_newest_first(desk: Desk) -> None:
    numbers = [(await desk.hand_in(student(n))).batch for n in range(3)]
    await desk.work()
    lines = await list_batches(desk.district, most=2)
    assert [line.id for line in lines] == [numbers[2], numbers[1]]
    more = await list_batches(desk.district, before=numbers[1], most=1)
    assert [(line.id, line.state, line.files) for line in more] == [
        (numbers[0], "finished", ("students.csv",))
    ]


async def test_a_batch_whose_spec_is_gone_fails_and_the_next_goes_on(desk: Desk) -> None:
    broken = await desk.hand_in(student(1), spec="no_such_spec")
    good = await desk.hand_in(student(2))
    await desk.work()
    assert (await read_batch(desk.district, broken.batch)).state == "failed"
    assert (await read_batch(desk.district, good.batch)).state == "finished"
