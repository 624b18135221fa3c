"""A clerk sees a row as it came, changes it or the spec, and it goes in."""

from __future__ import annotations

import json

import pytest
import pytest_asyncio

from homeroom.ingest.quarantine.remapping import Replayed, replay_batch, replay_waiting
from homeroom.ingest.quarantine.waiting_rows import (
    QuarantineError,
    WaitingLine,
    Wanted,
    count_waiting,
    dismiss_waiting,
    list_waiting,
    open_waiting,
)
from homeroom.ingest.specs.shelf import save_spec
from homeroom.records.undo import undo_batch
from homeroom.trust.actors import Operator
from tests.cast import school_body, student_body
from tests.ingest.batches.conftest import SPEC_TEXT, load_csv, student
from tests.ingest.conftest import Dock

pytestmark = pytest.mark.asyncio(loop_scope="module")

CLERK = Operator("clerk")


@pytest_asyncio.fixture(loop_scope="module")
async def saved(school: Dock) -> Dock:
    """The school, with the tests' spec on the district's own shelf."""
    version = await save_spec(
        school.district, "fernhollow_students", definition=SPEC_TEXT, beside={}, actor=CLERK
    )
    assert version == 1
    return school


async def waiting(dock: Dock, **wanted: str) -> list[WaitingLine]:
    return await list_waiting(dock.district, Wanted(**wanted))


async def replay(dock: Dock, number: int, **cells: str) -> Replayed:
    return await replay_waiting(
        dock.district, number, actor=CLERK, spool_folder=dock.folder / "spool", cells=cells
    )


async def test_a_row_is_shown_as_it_came_with_its_reason(saved: Dock) -> None:
    await load_csv(saved, student(1, Born="31/31/2011"))
    (line, other) = await waiting(saved)
    assert (line.file, line.line, line.resource, line.code) == (
        "students.csv",
        2,
        "Student",
        "mapping.not_a_date",
    )
    assert other.resource == "StudentSchoolAssociation"
    detail = await open_waiting(saved.district, line.id, actor=CLERK)
    assert detail.cells is not None
    assert detail.cells["Born"] == "31/31/2011"
    assert "31/31/2011" in detail.findings[0].words
    seen = await saved.fetch(
        "select actor, records from trust.ledger_entry where resource = 'QuarantinedRow'"
    )
    assert seen == [(CLERK.label, [line.id])]


async def test_a_changed_row_goes_in_with_all_that_waits_for_it(saved: Dock) -> None:
    await load_csv(saved, student(1, Born="31/31/2011"), student(2))
    number = (await waiting(saved, resource="Student"))[0].id
    done = await replay(saved, number, Born="3/31/2011")
    assert (done.stored, done.waiting, done.findings) == (2, 0, [])
    assert await waiting(saved) == []
    rows = await saved.fetch("select student_unique_id, source_line from edfi.student order by 1")
    assert rows == [("F-1", 2), ("F-2", 3)]
    assert await saved.count("edfi.student_school_association") == 2


async def test_a_row_that_is_changed_for_the_worse_waits_with_what_it_says_now(saved: Dock) -> None:
    await load_csv(saved, student(1, Born="31/31/2011"))
    number = (await waiting(saved, resource="Student"))[0].id
    done = await replay(saved, number, Born="never", Grade="14")
    assert (done.stored, done.waiting) == (0, 2)
    detail = await open_waiting(saved.district, number, actor=CLERK)
    assert detail.cells is not None
    assert (detail.cells["Born"], detail.cells["Grade"]) == ("never", "14")
    assert {line.code for line in await waiting(saved)} == {"mapping.not_a_date", "mapping.unmapped_value"}


async def test_a_column_that_the_row_does_not_have_is_refused(saved: Dock) -> None:
    await load_csv(saved, student(1, Born="31/31/2011"))
    number = (await waiting(saved))[0].id
    with pytest.raises(QuarantineError, match="Number, First"):
        await replay(saved, number, Shoe="38")


async def test_a_mended_spec_lets_the_rows_in(saved: Dock) -> None:
    report = await load_csv(saved, student(1, Grade="14"), student(2, Grade="14"))
    assert report.batch is not None
    mended = SPEC_TEXT.replace(
        'values: {"9"', 'values: {"14": "uri://ed-fi.org/GradeLevelDescriptor#Grade 13", "9"'
    )
    saved_as = await save_spec(
        saved.district, "fernhollow_students", definition=mended, beside={}, actor=CLERK
    )
    assert saved_as == 2
    done = await replay_batch(saved.district, report.batch, actor=CLERK, spool_folder=saved.folder / "spool")
    assert (done.waiting, await saved.count("edfi.student_school_association")) == (0, 2)
    assert await waiting(saved) == []


async def test_a_document_is_mended_as_text(saved: Dock) -> None:
    body = {**student_body(), "birthDate": "yesterday"}
    await saved.load(saved.write("Student", body))
    (line,) = await waiting(saved)
    detail = await open_waiting(saved.district, line.id, actor=CLERK)
    assert (detail.cells, json.loads(detail.text)) == (None, body)
    text = json.dumps(student_body())
    done = await replay_waiting(
        saved.district, line.id, actor=CLERK, spool_folder=saved.folder / "spool", text=text
    )
    assert (done.stored, done.waiting) == (1, 0)


async def test_a_batch_is_taken_back_with_rows_that_were_mended(saved: Dock) -> None:
    report = await load_csv(saved, student(1, Born="31/31/2011"))
    assert report.batch is not None
    await replay(saved, (await waiting(saved, resource="Student"))[0].id, Born="3/31/2011")
    undone = await undo_batch(saved.district, report.batch)
    assert undone.left == []
    assert await saved.count("edfi.student_school_association") == 0
    assert await saved.count("edfi.student") == 0


async def test_a_dismissed_row_is_kept_no_longer(saved: Dock) -> None:
    await load_csv(saved, student(1, Born="31/31/2011"))
    numbers = [line.id for line in await waiting(saved)]
    assert await dismiss_waiting(saved.district, numbers, actor=CLERK) == 2
    assert await saved.fetch("select distinct state, length(row_sealed) from ingest.quarantine") == [
        ("dismissed", 0)
    ]
    assert (await open_waiting(saved.district, numbers[0], actor=CLERK)).cells is None
    with pytest.raises(QuarantineError):
        await replay(saved, numbers[0])


async def test_reasons_are_counted_the_most_frequent_first(saved: Dock) -> None:
    await load_csv(saved, *(student(n, Grade="14") for n in range(3)), student(9, School="4"))
    found = [(r.resource, r.code, r.rows) for r in await count_waiting(saved.district)]
    assert found == [
        ("StudentSchoolAssociation", "mapping.unmapped_value", 3),
        ("StudentSchoolAssociation", "load.missing_parent", 1),
    ]


async def test_a_row_whose_school_comes_later_goes_in_by_itself(saved: Dock) -> None:
    await load_csv(saved, student(1, School="4109"))
    assert len(await waiting(saved)) == 1
    await saved.load(saved.write("School", school_body(4109), into="later"))
    assert await waiting(saved) == []
