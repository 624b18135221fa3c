"""A key change reaches every referrer, however many there are."""

from __future__ import annotations

import msgspec
import pytest

from homeroom.records.outcomes import Inserted, Updated
from homeroom.records.prepare import Draft
from homeroom.records.write import WriteLeave, write_documents
from homeroom.trust.grant import Action
from tests.cast import period_body, section_body
from tests.records.conftest import Desk

pytestmark = pytest.mark.asyncio(loop_scope="module")

_MANY = 2_100  # two full sets and one more


async def test_a_key_change_reaches_more_referrers_than_are_rewritten_at_a_time(desk: Desk) -> None:
    world = await desk.build_world()
    kind = desk.district.catalog.kind("Section")
    bodies = [{**section_body(), "sectionIdentifier": f"S-{number}"} for number in range(_MANY)]
    drafts = [Draft(kind.document.convert(msgspec.json.decode(msgspec.json.encode(b)))) for b in bodies]
    leave = WriteLeave(
        desk.grant("Section", Action.CREATE), desk.grant("Section", Action.UPDATE), per_record=False
    )
    outcomes = await write_documents(desk.district, "Section", drafts=drafts, leave=leave)
    assert all(isinstance(outcome, Inserted) for outcome in outcomes)
    before = await desk.fetch("select last_value from edfi.change_version")
    renamed = await desk.write("ClassPeriod", period_body("First"), uuid=world["ClassPeriod"])
    assert isinstance(renamed, Updated)
    stale, fresh, versions = (
        await desk.fetch(
            "select count(*) filter (where position('Period 1' in doc) > 0),"
            " count(*) filter (where position('\"First\"' in doc) > 0 and change_version > $1),"
            " count(distinct change_version) from edfi.section",
            before[0][0],
        )
    )[0]
    assert (stale, fresh, versions) == (0, _MANY + 1, _MANY + 1)
