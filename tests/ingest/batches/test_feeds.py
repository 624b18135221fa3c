"""A feed's batch that is out of the usual asks first; a snapshot removes what disappeared, in its scope only."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio

from homeroom.base.clock import SystemClock
from homeroom.base.errors import SettingsError
from homeroom.ingest.feeds.feed import FeedPlan, find_feed, list_feeds, save_feed
from homeroom.ingest.intake.deliveries import Reading, deliver
from homeroom.ingest.loading.batches import approve_batch, cancel_batch, read_batch
from homeroom.ingest.loading.snapshot import Snapshot
from homeroom.ingest.quality.bands import Bands
from homeroom.ingest.quality.profiles import read_profiles
from homeroom.records.undo import undo_batch
from tests.ingest.batches.conftest import Cells, student
from tests.ingest.batches.test_deliveries import CLERK, Desk, desk
from tests.ingest.conftest import Dock

pytestmark = pytest.mark.asyncio(loop_scope="module")

ENROLLED = Snapshot(("studentSchoolAssociations",), ("schoolId",))


class Feeding:
    """A feed, and files that come by it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.district = desk.district

    async def plan(self, **changes: Any) -> int:
        plan = FeedPlan(**{"name": "students", "spec": "fernhollow_students", **changes})
        self.id = await save_feed(self.district, plan, actor=CLERK, clock=SystemClock())
        return self.id

    async def send(self, *rows: Cells) -> int:
        file = await self.desk.receive(*rows)
        delivery = await deliver(self.district, [file], reading=Reading(feed=self.id), actor=CLERK)
        await self.desk.work()
        return delivery.batch

    async def state(self, batch: int) -> tuple[str, list[str]]:
        found = await read_batch(self.district, batch)
        return found.state, [q.code for q in found.questions]

    async def approve(self, batch: int) -> None:
        await approve_batch(self.district, batch, actor=CLERK)
        await self.desk.work()

    async def enrolled(self) -> list[str]:
        rows = await self.desk.dock.fetch(
            "select student_unique_id from edfi.student_school_association order by student_unique_id"
        )
        return [number for (number,) in rows]


@pytest_asyncio.fixture(loop_scope="module")
async def feed(desk: Desk) -> Feeding:
    return Feeding(desk)


def students(*numbers: int, **changes: str) -> list[Cells]:
    return [student(n, **changes) for n in numbers]


async def test_a_batch_with_far_fewer_rows_asks_before_its_first_chunk(feed: Feeding) -> None:
    await feed.plan()
    assert (await feed.state(await feed.send(*students(*range(20)))))[0] == "finished"
    batch = await feed.send(*students(100, 101))
    assert await feed.state(batch) == ("asking", ["drift.rows_down:students"])
    assert await feed.desk.dock.count("edfi.student") == 20
    question = (await read_batch(feed.district, batch)).questions[0]
    assert question.words == "students: 2 rows, 90% fewer than the 20 last time."
    await feed.approve(batch)
    assert (await feed.state(batch))[0] == "finished"
    assert await feed.desk.dock.count("edfi.student") == 22


async def test_a_batch_that_asks_can_be_cancelled_and_keeps_nothing(feed: Feeding) -> None:
    await feed.plan()
    await feed.send(*students(*range(20)))
    batch = await feed.send(*students(100))
    await cancel_batch(feed.district, batch, actor=CLERK)
    await feed.desk.work()
    assert (await feed.state(batch))[0] == "cancelled"
    assert await feed.desk.dock.count("edfi.student") == 20


async def test_new_codes_and_blank_columns_are_asked_about(feed: Feeding) -> None:
    await feed.plan()
    await feed.send(*students(*range(20)))
    batch = await feed.send(*students(*range(19), Last=""), student(19, Grade="XX"))
    _, codes = await feed.state(batch)
    assert set(codes) >= {"drift.blanks:students:Last", "drift.codes:students:Grade"}
    words = [q.words for q in (await read_batch(feed.district, batch)).questions]
    assert not any("XX" in w for w in words)


async def test_bands_that_are_off_ask_nothing(feed: Feeding) -> None:
    await feed.plan(bands=Bands(rows_down=None, blanks_up=None, new_codes=False))
    await feed.send(*students(*range(20)))
    assert (await feed.state(await feed.send(*students(100))))[0] == "finished"


async def test_a_profile_holds_no_value_that_the_spec_does_not_name(feed: Feeding) -> None:
    await feed.plan()
    batch = await feed.send(*students(*range(8)))
    profiles = {p.column: p for p in await read_profiles(feed.district, batch)}
    assert "Locker" not in profiles
    assert (profiles["Grade"].rows, profiles["Grade"].blanks, profiles["Grade"].codes) == (8, 0, {"9": 8})
    stored = await feed.desk.dock.fetch("select codes from ingest.column_profile")
    assert not any("Marlowe" in (codes or "") for (codes,) in stored)


async def test_what_a_snapshot_no_longer_holds_is_removed(feed: Feeding) -> None:
    await feed.plan(snapshot=ENROLLED)
    await feed.send(*students(*range(20)))
    batch = await feed.send(*students(*range(19)))
    assert (await feed.state(batch))[0] == "finished"
    assert "F-19" not in await feed.enrolled()
    assert len(await feed.enrolled()) == 19
    assert await feed.desk.dock.count("edfi.student") == 20
    gone = await feed.desk.dock.fetch("select resource from edfi.deleted_record")
    assert gone == [("StudentSchoolAssociation",)]
    report = (await read_batch(feed.district, batch)).report
    assert report is not None
    assert "load.snapshot_removed" in [w.code for w in report.warnings]


async def test_what_others_refer_to_stays_although_a_snapshot_lacks_it(feed: Feeding) -> None:
    await feed.plan(snapshot=Snapshot(("students",)))
    await feed.send(*students(*range(20)))
    batch = await feed.send(*students(*range(19)))
    assert (await feed.state(batch))[0] == "finished"
    assert await feed.desk.dock.count("edfi.student") == 20
    report = (await read_batch(feed.district, batch)).report
    assert report is not None
    assert "load.snapshot_kept" in [w.code for w in report.warnings]


async def test_a_snapshot_that_would_remove_many_asks_first(feed: Feeding) -> None:
    await feed.plan(snapshot=ENROLLED, bands=Bands(rows_down=None))
    await feed.send(*students(*range(20)))
    batch = await feed.send(*students(*range(10)))
    assert await feed.state(batch) == ("asking", ["snapshot.removal:StudentSchoolAssociation"])
    assert len(await feed.enrolled()) == 20
    await feed.approve(batch)
    assert len(await feed.enrolled()) == 10


async def test_a_snapshot_touches_nothing_out_of_its_scope(feed: Feeding) -> None:
    await feed.plan(snapshot=ENROLLED, bands=Bands(rows_down=None, new_codes=False))
    await feed.send(*students(*range(20)), *students(*range(30, 40), School="4102"))
    await feed.send(*students(*range(19)))
    enrolled = await feed.enrolled()
    assert len(enrolled) == 29
    assert "F-39" in enrolled


async def test_a_snapshot_leaves_what_others_have_brought(feed: Feeding) -> None:
    await feed.plan(snapshot=ENROLLED)
    alone = await feed.desk.hand_in(*students(50))
    await feed.desk.work()
    assert alone.is_new
    await feed.send(*students(*range(20)))
    await feed.send(*students(*range(20), 21))
    assert "F-50" in await feed.enrolled()


async def test_a_row_that_failed_is_not_taken_for_one_that_disappeared(feed: Feeding) -> None:
    await feed.plan(snapshot=ENROLLED, bands=Bands(new_codes=False))
    await feed.send(*students(*range(20)))
    batch = await feed.send(*students(*range(19)), student(19, Grade="14"))
    assert await feed.state(batch) == ("asking", ["snapshot.failed:StudentSchoolAssociation"])
    assert len(await feed.enrolled()) == 20


async def test_a_batch_that_was_cancelled_after_it_wrote_can_be_taken_back(feed: Feeding) -> None:
    await feed.plan(snapshot=ENROLLED, bands=Bands(rows_down=None))
    await feed.send(*students(*range(20)))
    batch = await feed.send(*students(*range(100, 105)))
    assert (await feed.state(batch))[0] == "asking"
    await cancel_batch(feed.district, batch, actor=CLERK)
    report = await undo_batch(feed.district, batch)
    assert dict(report.removed) == {"StudentSchoolAssociation": 5, "Student": 5}
    assert len(await feed.enrolled()) == 20


async def test_undo_brings_back_what_a_snapshot_removed(feed: Feeding) -> None:
    await feed.plan(snapshot=ENROLLED)
    await feed.send(*students(*range(20)))
    before = await feed.desk.dock.fetch(
        "select uuid from edfi.student_school_association where student_unique_id = 'F-19'"
    )
    batch = await feed.send(*students(*range(19)))
    report = await undo_batch(feed.district, batch)
    assert dict(report.restored) == {"StudentSchoolAssociation": 1}
    assert (
        await feed.desk.dock.fetch(
            "select uuid from edfi.student_school_association where student_unique_id = 'F-19'"
        )
        == before
    )


async def test_content_that_came_before_another_is_loaded_again(feed: Feeding) -> None:
    await feed.plan()
    first = await feed.send(*students(*range(10)))
    assert await feed.send(*students(*range(10))) == first
    second = await feed.send(*students(*range(10), Last="Other"))
    third = await feed.send(*students(*range(10)))
    assert len({first, second, third}) == 3


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"schedule": "now and then", "connector": "folder"}, "cannot be read"),
        ({"schedule": "daily at 02:30"}, "needs a connector"),
        ({"snapshot": Snapshot(("lockers",))}, "resources of the district's standard"),
        ({"snapshot": Snapshot(("students",), ("schoolId",))}, "members of its key"),
        ({"name": " "}, "needs a name"),
    ],
)
async def test_a_feed_that_cannot_be_is_refused(feed: Feeding, changes: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        await feed.plan(**changes)
    assert await list_feeds(feed.district) == []


async def test_a_connectors_settings_are_sealed(feed: Feeding) -> None:
    await feed.plan(
        connector="folder", connector_settings={"path": "/srv/secret"}, schedule="every 5 minutes"
    )
    ((sealed,),) = await feed.desk.dock.fetch("select connector_sealed from ingest.feed")
    assert b"secret" not in sealed
    found = await find_feed(feed.district, "students")
    assert found.next_run_at is not None


__all__ = ["Dock", "desk"]
