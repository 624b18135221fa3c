"""A key changes while somebody writes a record that holds it: no document is left with the old one."""

from __future__ import annotations

import asyncio
from uuid import UUID

import msgspec
import pytest

from homeroom.records.outcomes import Outcome, Unresolved, Updated
from homeroom.records.prepare import Draft
from homeroom.records.remove import delete_record
from homeroom.records.write import WriteLeave, write_documents
from homeroom.standard.key_changes import changeable_keys
from homeroom.standard.read import load_model
from homeroom.store.connect import Connection
from homeroom.trust.grant import Action
from tests.cast import Body, offering_body, period_body, section_body, session_body
from tests.records.conftest import Desk

_LONG_ENOUGH_SECONDS = 0.3


async def _write_inside(
    desk: Desk, connection: Connection, resource: str, body: Body, *, uuid: UUID | None = None
) -> Outcome:
    """Writes in a transaction that is still open when it returns."""
    document = desk.district.catalog.kind(resource).document.convert(
        msgspec.json.decode(msgspec.json.encode(body))
    )
    leave = WriteLeave(desk.grant(resource, Action.CREATE), desk.grant(resource, Action.UPDATE))
    drafts = [Draft(document, uuid=uuid)]
    return (
        await write_documents(desk.district, resource, drafts=drafts, leave=leave, connection=connection)
    )[0]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("renamed", "before", "after", "holder", "body"),
    [
        ("ClassPeriod", period_body(), period_body("First"), "Section", section_body()),
        ("Session", session_body(), session_body("Autumn"), "CourseOffering", offering_body()),
    ],
)
async def test_a_record_that_names_a_key_while_it_changes_is_not_stored_with_the_old_one(
    desk: Desk, renamed: str, before: Body, after: Body, holder: str, body: Body
) -> None:
    world = await desk.build_world()
    for resource in ("StudentSectionAssociation", "Section"):
        await _delete_all(desk, resource)
    if holder == "CourseOffering":
        await _delete_all(desk, holder)
    async with desk.district.database.writing() as connection:
        await _write_inside(desk, connection, renamed, after, uuid=world[renamed])
        writing = asyncio.create_task(desk.write(holder, body))
        await asyncio.sleep(_LONG_ENOUGH_SECONDS)
        assert not writing.done()
    assert isinstance(await writing, Unresolved)
    assert await desk.list(holder) == []
    await desk.write(renamed, before, uuid=world[renamed])
    await desk.put(holder, body)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_key_changes_although_a_record_that_holds_it_is_being_written(desk: Desk) -> None:
    world = await desk.build_world()
    async with desk.district.database.writing() as connection:
        await _write_inside(desk, connection, "Section", section_body() | {"sectionName": "Algebra"})
        renaming = asyncio.create_task(
            desk.write("ClassPeriod", period_body("First"), uuid=world["ClassPeriod"])
        )
        await asyncio.sleep(_LONG_ENOUGH_SECONDS)
        assert not renaming.done()
    assert isinstance(await renaming, Updated)
    (section,) = await desk.list("Section")
    assert section["sectionName"] == "Algebra"
    assert section["classPeriods"][0]["classPeriodReference"]["classPeriodName"] == "First"


def test_keys_that_hold_a_changeable_one_are_changeable() -> None:
    found = changeable_keys(load_model("5.2"))
    assert {"Session", "CourseOffering", "Section", "StudentSectionAssociation", "ClassPeriod"} <= found
    assert not found & {"Student", "School", "EducationOrganization", "Course"}


async def _delete_all(desk: Desk, resource: str) -> None:
    for body in await desk.list(resource):
        await delete_record(desk.district, desk.grant(resource, Action.DELETE), uuid=UUID(body["id"]))
