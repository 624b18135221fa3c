"""A load can be taken back: record by record, with versions, and without what others did since."""

from __future__ import annotations

import pytest

from homeroom.records.undo import LeftAs, UndoRefusedError, undo_batch
from tests.cast import WORLD, enrollment_body, student_body
from tests.ingest.conftest import Dock

pytestmark = pytest.mark.asyncio(loop_scope="module")

_STATE = "select student_unique_id, doc, sealed_hashes from edfi.student order by student_unique_id"


def number(batch: int | None) -> int:
    assert batch is not None
    return batch


async def test_what_a_load_added_goes_and_what_it_replaced_stands_as_before(dock: Dock) -> None:
    await dock.load(dock.write("Student", student_body("F-1", "Ines"), student_body("F-2"), into="one"))
    before = await dock.fetch(_STATE)
    two = dock.write("Student", student_body("F-1", "Agnes"), student_body("F-3"), into="two")
    batch = number((await dock.load(two)).batch)
    report = await undo_batch(dock.district, batch)
    assert await dock.fetch(_STATE) == before
    assert (dict(report.restored), dict(report.removed), report.left) == ({"Student": 1}, {"Student": 1}, [])
    assert await dock.fetch("select state from ingest.batch where id = $1", batch) == [("undone",)]


async def test_sealed_members_are_restored(dock: Dock) -> None:
    sealed = sorted(dock.district.sealing.sealed_members(dock.district.catalog.model.resources["Student"]))
    assert "birthDate" in sealed or sealed, "the test needs a sealed member"
    await dock.load(dock.write("Student", student_body(), into="one"))
    before = await dock.fetch("select sealed_hashes from edfi.student")
    changed = student_body() | {"birthDate": "2012-01-01"}
    batch = number((await dock.load(dock.write("Student", changed, into="two"))).batch)
    await undo_batch(dock.district, batch)
    assert await dock.fetch("select sealed_hashes from edfi.student") == before


async def test_an_undo_is_itself_a_change_with_versions_and_ledger_entries(dock: Dock) -> None:
    batch = number((await dock.load(dock.write_world())).batch)
    newest = await dock.district.database.newest_change_version()
    report = await undo_batch(dock.district, batch)
    assert sum(report.removed.values()) == len(WORLD)
    deleted = await dock.fetch("select count(*) from edfi.deleted_record where change_version > $1", newest)
    assert deleted == [(len(WORLD),)]
    rows = await dock.fetch(
        "select sum(rows) from trust.ledger_entry where actor = 'operator:undo' and action = 'Delete'"
    )
    assert rows == [(len(WORLD),)]
    assert await dock.count("edfi.organization_closure") == 0


async def test_what_somebody_changed_since_is_left_for_a_person(dock: Dock) -> None:
    batch = number((await dock.load(dock.write("Student", student_body("F-1"), student_body("F-2")))).batch)
    await dock.load(dock.write("Student", student_body("F-1", "Agnes"), into="later"))
    report = await undo_batch(dock.district, batch)
    assert [r.reason for r in report.left] == [LeftAs.CHANGED_SINCE]
    assert await dock.fetch("select student_unique_id from edfi.student") == [("F-1",)]


async def test_what_others_refer_to_is_left_for_a_person(dock: Dock) -> None:
    world = dock.write_world()
    (world / "studentSchoolAssociations.jsonl").unlink()
    batch = number((await dock.load(world)).batch)
    await dock.load(dock.write("StudentSchoolAssociation", enrollment_body(), into="later"))
    report = await undo_batch(dock.district, batch)
    left = {(r.resource, r.reason) for r in report.left}
    assert left == {
        (resource, LeftAs.REFERRED_TO) for resource in ("Student", "School", "LocalEducationAgency")
    }
    assert await dock.count("edfi.student_school_association") == 1


async def test_rewriting_the_same_is_taken_back_without_removing_it(dock: Dock) -> None:
    folder = dock.write("Student", student_body())
    await dock.load(folder)
    batch = number((await dock.load(folder, rewrites_unchanged=True)).batch)
    report = await undo_batch(dock.district, batch)
    assert (dict(report.restored), dict(report.removed)) == ({"Student": 1}, {})
    assert await dock.count("edfi.student") == 1


async def test_rows_of_the_load_that_wait_are_dismissed(dock: Dock) -> None:
    batch = number((await dock.load(dock.write("StudentSchoolAssociation", enrollment_body()))).batch)
    await undo_batch(dock.district, batch)
    assert await dock.fetch("select state from ingest.quarantine") == [("dismissed",)]


async def test_a_load_is_taken_back_once(dock: Dock) -> None:
    batch = number((await dock.load(dock.write("Student", student_body()))).batch)
    report = await undo_batch(dock.district, batch)
    for refused in (batch, report.batch, 4711):
        with pytest.raises(UndoRefusedError) as raised:
            await undo_batch(dock.district, refused)
        assert raised.value.code == "load.undo"
