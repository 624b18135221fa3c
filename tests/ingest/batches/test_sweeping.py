"""What has had its time is swept away; what somebody still needs stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from homeroom.base.errors import SettingsError
from homeroom.cli.keeping import parse_days_of_files
from homeroom.ingest.intake.deliveries import Delivery
from homeroom.ingest.loading.batches import cancel_batch, read_batch
from homeroom.ingest.quarantine.waiting_rows import Wanted, dismiss_waiting, list_waiting
from homeroom.ingest.sweeping import DAYS_OF_FILES, Swept, sweep
from homeroom.records.undo import undo_batch
from tests.ingest.batches.conftest import Cells, student
from tests.ingest.batches.test_deliveries import CLERK, Desk, desk
from tests.ingest.conftest import Dock

pytestmark = pytest.mark.asyncio(loop_scope="module")

LATER = datetime.now(UTC) + timedelta(days=DAYS_OF_FILES + 1)


async def swept(desk: Desk, *, now: datetime = LATER, days: int = DAYS_OF_FILES) -> Swept:
    return await sweep(desk.district, now, spool_folder=desk.dock.folder / "spool", days_of_files=days)


async def loaded(desk: Desk, *rows: Cells) -> Delivery:
    delivery = await desk.hand_in(*rows)
    await desk.work()
    return delivery


async def test_a_file_goes_when_its_time_is_over_and_its_batch_can_still_be_undone(desk: Desk) -> None:
    delivery = await loaded(desk, student(1))
    assert (await swept(desk, now=LATER - timedelta(days=2))).files == 0
    assert (await swept(desk)).files == 1
    assert await desk.dock.count("ingest.file_part") == 0
    assert (await read_batch(desk.district, delivery.batch)).files == ("students.csv",)
    assert dict((await undo_batch(desk.district, delivery.batch)).removed)["Student"] == 1


async def test_files_are_kept_for_good_where_that_is_wanted(desk: Desk) -> None:
    await loaded(desk, student(1))
    assert (await swept(desk, days=0)).files == 0


async def test_a_file_of_a_batch_at_work_stays(desk: Desk) -> None:
    delivery = await desk.hand_in(student(1))
    assert (await swept(desk)).files == 0
    await cancel_batch(desk.district, delivery.batch, actor=CLERK)
    assert (await swept(desk)).files == 1


async def test_a_file_of_rows_that_wait_stays_until_they_do_not(desk: Desk) -> None:
    delivery = await loaded(desk, student(1, Born="never"))
    assert (await swept(desk)).files == 0
    rows = await list_waiting(desk.district, Wanted(batch=delivery.batch))
    await dismiss_waiting(desk.district, [row.id for row in rows], actor=CLERK)
    assert (await swept(desk)).files == 1


async def test_a_file_that_was_loaded_again_counts_from_then(desk: Desk) -> None:
    await loaded(desk, student(1))
    await desk.dock.fetch("update ingest.file set received_at = now() - interval '999 days'")
    assert (await swept(desk, now=datetime.now(UTC))).files == 0


async def test_jobs_are_forgotten_a_month_after_they_ended(desk: Desk) -> None:
    await loaded(desk, student(1))
    await desk.hand_in(student(2))
    ended = await desk.dock.count("job.job where state = 'done'")
    assert ended > 0
    assert (await swept(desk, now=datetime.now(UTC) + timedelta(days=29))).jobs == 0
    assert (await swept(desk, now=datetime.now(UTC) + timedelta(days=31))).jobs == ended
    assert await desk.dock.count("job.job where state = 'waiting'") == 1


async def test_the_setting_is_a_number_of_days() -> None:
    assert parse_days_of_files({}) == DAYS_OF_FILES
    assert parse_days_of_files({"HOMEROOM_KEEP_FILES_DAYS": "0"}) == 0
    with pytest.raises(SettingsError, match="number of days"):
        parse_days_of_files({"HOMEROOM_KEEP_FILES_DAYS": "a year"})


__all__ = ["Dock", "desk"]
