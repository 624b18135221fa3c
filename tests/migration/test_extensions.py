"""Extensions join a district in use: no request fails, and both processes serve them within a second."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from homeroom.base.settings import Settings
from homeroom.records.districts import Districts
from homeroom.records.outcomes import Inserted, Updated
from homeroom.records.read import read_records
from homeroom.store.address import ServerAddress
from homeroom.trust.actors import Operator
from homeroom.trust.grant import Action
from tests.migration.writing import Tally, grant, work, write_one

OPERATOR = Operator("test")
STUDENT = {"studentUniqueId": "s1", "firstName": "A", "lastSurname": "B", "birthDate": "2012-03-04"}


@pytest.fixture
async def districts(server: ServerAddress, settings: Settings) -> AsyncIterator[Districts]:
    opened = Districts(server, settings.home)
    await opened.prepare()
    yield opened
    await opened.close()


@pytest.fixture
async def name(districts: Districts) -> AsyncIterator[str]:
    """A new, empty district."""
    name = f"x{uuid4().hex[:8]}"
    await districts.create(name, standard="5.2", is_sandbox=False, is_empty=True)
    yield name
    await districts.drop(name)


async def test_no_write_fails_while_an_extension_joins(
    districts: Districts, name: str, settings: Settings, sample_text: str
) -> None:
    district = await districts.get(name)
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.migration.writing", str(settings.home), name,
        cwd=Path(__file__).parents[2], stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert other.stdout
    tally, stop = Tally(), asyncio.Event()
    own = asyncio.create_task(work(district, "own", tally, stop))
    try:
        assert await asyncio.wait_for(other.stdout.readline(), 60) == b"ready\n"
        assert await districts.extend(name, definition=sample_text, actor=OPERATOR) == ()
        added_at = time.time()
        await asyncio.sleep(1.5)
    finally:
        stop.set()
        await own
        told, _ = await other.communicate(b"")
    tallies = [tally, Tally(**json.loads(told))]
    assert [t.failures for t in tallies] == [[], []]
    assert all(t.written for t in tallies)
    for served_at in (t for tally in tallies for t in (tally.field_served_at, tally.resource_served_at)):
        assert 0 < served_at < added_at + 1


async def test_a_field_of_an_extension_is_stored_sealed_and_cleared(
    districts: Districts, name: str, sample_text: str
) -> None:
    district = await districts.get(name)
    text = sample_text.replace("[T2, learning, Favorite book]", "[T3, notes, Favorite book]")
    await districts.extend(name, definition=text, actor=OPERATOR)
    body = STUDENT | {"_ext": {"sample": {"favoriteBook": "Emil", "pets": [{"petName": "Rex"}]}}}
    outcome = await write_one(district, "Student", body)
    assert isinstance(outcome, Inserted)
    async with district.database.reading(None) as connection:
        doc, sealed = await connection.fetchrow("select doc, sealed from edfi.student")
    assert "Emil" not in doc
    assert sealed is not None
    read = await read_records(district, grant("Student", Action.READ), uuids=[outcome.uuid])
    assert json.loads(read[outcome.uuid].body)["_ext"] == body["_ext"]
    assert isinstance(await write_one(district, "Student", STUDENT), Updated)
    read = await read_records(district, grant("Student", Action.READ), uuids=[outcome.uuid])
    assert "_ext" not in json.loads(read[outcome.uuid].body)


async def test_references_and_descriptors_inside_an_extension_are_tied(
    districts: Districts, name: str, sample_text: str
) -> None:
    district = await districts.get(name)
    await districts.extend(name, definition=sample_text, actor=OPERATOR)
    stops = {"busStops": [{"schoolReference": {"schoolId": 1}}]}
    unresolved = await write_one(district, "Student", STUDENT | {"_ext": {"sample": stops}})
    assert "$._ext.sample.busStops[0].schoolReference" in repr(unresolved)
    category = {"favoriteBookCategoryDescriptor": "uri://x/FavoriteBookCategoryDescriptor#Novel"}
    unknown = await write_one(district, "Student", STUDENT | {"_ext": {"sample": category}})
    assert "descriptor.unknown" in repr(unknown)
    value = {
        "namespace": "uri://x/FavoriteBookCategoryDescriptor",
        "codeValue": "Novel",
        "shortDescription": "N",
    }
    assert isinstance(await write_one(district, "FavoriteBookCategoryDescriptor", value), Inserted)
    known = await write_one(district, "Student", STUDENT | {"_ext": {"sample": category}})
    assert isinstance(known, Inserted)
    async with district.database.reading(None) as connection:
        assert await connection.fetchval("select count(*) from edfi.student__descriptor") == 1


async def test_an_extension_is_there_when_the_district_is_opened_again(
    districts: Districts, name: str, sample_text: str, server: ServerAddress, settings: Settings
) -> None:
    await districts.extend(name, definition=sample_text, actor=OPERATOR)
    later = Districts(server, settings.home)
    try:
        assert "BusRoute" in (await later.get(name)).catalog.model.resources
    finally:
        await later.close()


async def test_a_bad_extension_changes_nothing(districts: Districts, name: str, sample_text: str) -> None:
    district = await districts.get(name)
    before = district.catalog.model
    findings = await districts.extend(
        name, definition=sample_text.replace("target: Staff", "target: Stuff"), actor=OPERATOR
    )
    assert [f.code for f in findings] == ["extension.unknown_target"]
    reserved = sample_text.replace("name: seats", "name: sourceLine")
    assert "extension.reserved" in [
        f.code for f in await districts.extend(name, definition=reserved, actor=OPERATOR)
    ]
    assert district.catalog.model is before
    async with district.database.connection() as connection:
        assert await connection.fetchval("select to_regclass('sample.bus')") is None
        assert await connection.fetchval("select count(*) from trust.extension") == 0


async def test_the_same_extension_is_not_added_twice(
    districts: Districts, name: str, sample_text: str
) -> None:
    await districts.extend(name, definition=sample_text, actor=OPERATOR)
    again = await districts.extend(name, definition=sample_text, actor=OPERATOR)
    assert "extension.name_taken" in [f.code for f in again]


async def test_adding_an_extension_is_in_the_ledger(
    districts: Districts, name: str, sample_text: str
) -> None:
    await districts.extend(name, definition=sample_text, actor=OPERATOR)
    district = await districts.get(name)
    async with district.database.connection() as connection:
        entry = await connection.fetchrow(
            "select actor, action from trust.ledger_entry where resource = 'Extension'"
        )
    assert tuple(entry) == ("operator:test", "Create")
