"""Loads go without a trigger for each row and leave no orphan."""

from __future__ import annotations

import asyncio
import random

import pytest

from homeroom.records.memory import LoadMemory, TargetBook
from homeroom.records.outcomes import Deleted, Inserted
from homeroom.records.prepare import Draft
from homeroom.records.remove import delete_record
from homeroom.records.write import WriteLeave, write_documents
from homeroom.store.ddl import links_of
from homeroom.trust.grant import Action
from tests.cast import Body, district_body, enrollment_body, school_body, student_body
from tests.records.conftest import Desk

pytestmark = pytest.mark.asyncio(loop_scope="module")

STUDENTS = 240  # more than a set that is worth a copy


async def _load(desk: Desk, resource: str, bodies: list[Body]) -> list[object]:
    kind = desk.district.catalog.kind(resource)
    leave = WriteLeave(
        desk.grant(resource, Action.CREATE),
        desk.grant(resource, Action.UPDATE),
        per_record=False,
        memory=LoadMemory(TargetBook(desk.district)),
    )
    drafts = [Draft(kind.document.convert(b)) for b in bodies]
    return list(await write_documents(desk.district, resource, drafts=drafts, leave=leave))


async def _orphans(desk: Desk) -> dict[str, int]:
    """Rows whose reference leads nowhere, by table and column; only those that are not zero."""
    found = {}
    for table in desk.district.catalog.tables.values():
        if table.kind:
            continue
        checks = [(table.qualified, r.name, r.target_table) for r in table.references]
        checks += [
            (table.qualified, c.name, "edfi.descriptor") for c in table.columns if c.property.descriptor
        ]
        for link in links_of(table):
            name = f'"{table.schema}"."{link.name}"'
            checks += [(name, "target", link.target_table), (name, "owner", table.qualified)]
        for name, column, target in checks:
            rows = await desk.fetch(
                f'select count(*) from {name} t where t."{column}" is not null'
                f' and not exists (select 1 from {target} r where r.id = t."{column}")'
            )
            if rows[0][0]:
                found[f"{name}.{column}"] = rows[0][0]
    return found


async def test_no_orphan_while_deletions_run_beside_a_load(desk: Desk) -> None:
    assert desk.district.can_load_without_triggers
    await desk.put("LocalEducationAgency", district_body())
    await desk.put("School", school_body())
    numbers = [f"F-{n}" for n in range(STUDENTS)]
    outcomes = await _load(desk, "Student", [student_body(n) for n in numbers])
    uuids = [o.uuid for o in outcomes if isinstance(o, Inserted)]
    assert len(uuids) == STUDENTS
    deleted: list[object] = []

    async def delete_some() -> None:
        for uuid in random.Random(7).sample(uuids, 40):
            grant = desk.grant("Student", Action.DELETE)
            deleted.append(await delete_record(desk.district, grant, uuid=uuid))

    async def load_all() -> None:
        for start in range(0, STUDENTS, 20):
            await _load(
                desk, "StudentSchoolAssociation", [enrollment_body(n) for n in numbers[start : start + 20]]
            )

    await asyncio.gather(delete_some(), load_all())
    gone = sum(isinstance(d, Deleted) for d in deleted)
    rows = await desk.fetch("select count(*) from edfi.student")
    assert rows[0][0] == STUDENTS - gone
    assert await _orphans(desk) == {}


async def test_load_and_single_writes_store_the_same(desk: Desk) -> None:
    await desk.put("LocalEducationAgency", district_body())
    await desk.put("School", school_body())
    await desk.put("Student", student_body())
    loaded = (await _load(desk, "StudentSchoolAssociation", [enrollment_body()]))[0]
    assert isinstance(loaded, Inserted)
    again = await desk.write("StudentSchoolAssociation", enrollment_body())
    assert again.__class__.__name__ == "Unchanged"


@pytest.mark.parametrize("missing", ["Student", "School"])
async def test_load_names_what_is_missing(desk: Desk, missing: str) -> None:
    await desk.put("LocalEducationAgency", district_body())
    await desk.put("School", school_body())
    await desk.put("Student", student_body())
    body = enrollment_body("F-404") if missing == "Student" else enrollment_body(school_id=404)
    outcome = (await _load(desk, "StudentSchoolAssociation", [body]))[0]
    assert outcome.__class__.__name__ == "Unresolved"
    assert [target for _, target in outcome.references] == [missing]
