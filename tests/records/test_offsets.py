"""Walking a long list by offset finds each record once, however deep."""

from __future__ import annotations

import pytest

from homeroom.records.offsets import DEEP, Offsets
from homeroom.records.prepare import Draft
from homeroom.records.write import WriteLeave, write_documents
from homeroom.trust.grant import Action
from tests.cast import student_body
from tests.records.conftest import Desk


@pytest.mark.asyncio(loop_scope="module")
async def test_walk_past_the_deep_offset_meets_every_record_once(desk: Desk) -> None:
    kind = desk.district.catalog.kind("Student")
    leave = WriteLeave(
        desk.grant("Student", Action.CREATE), desk.grant("Student", Action.UPDATE), per_record=False
    )
    count = DEEP + 700
    drafts = [Draft(kind.document.convert(student_body(f"F-{n:05d}"))) for n in range(count)]
    await write_documents(desk.district, "Student", drafts=drafts, leave=leave)
    seen: list[str] = []
    for offset in range(0, count + 500, 500):
        page = await desk.list("Student", limit=500, offset=offset)
        seen += [body["studentUniqueId"] for body in page]
    assert len(seen) == count
    assert len(set(seen)) == count
    cold = await desk.list("Student", limit=1, offset=DEEP + 3)
    assert cold[0]["studentUniqueId"] == seen[DEEP + 3]


def test_offset_is_forgotten_after_a_minute() -> None:
    now = [0.0]
    offsets = Offsets(lambda: now[0])
    offsets.note("list", 3000, last_id=17)
    assert offsets.before("list", 3000) == 17
    assert offsets.before("other", 3000) is None
    now[0] = 61.0
    assert offsets.before("list", 3000) is None
