"""Pages about a large district stay quick: its tables are estimated, its ledger is looked through in parts."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from homeroom.records.district import District
from homeroom.records.views.overview import read_overview
from homeroom.records.views.record_history import read_ledger
from homeroom.store.address import ServerAddress
from homeroom.trust.actors import StaffMember
from homeroom.trust.areas import Area, AreaLeave
from tests.cast import student_body
from tests.records.conftest import Desk

pytestmark = pytest.mark.asyncio(loop_scope="module")

MANAGER = StaffMember(1, "D-1001", "data_manager")


@pytest_asyncio.fixture(loop_scope="module")
async def owner(district: District, server: ServerAddress) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(server.dsn(district.database.name))
    yield connection
    await connection.close()


async def counted(district: District, *, most_counted: int) -> tuple[int, bool]:
    overview = await read_overview(district, AreaLeave(MANAGER, Area.DISTRICT), most_counted=most_counted)
    assert overview
    line = next(c for c in overview.counts if c.resource == "Student")
    return line.records, line.is_estimate


async def test_a_large_table_is_estimated_once_the_server_knows_it(
    district: District, desk: Desk, owner: asyncpg.Connection
) -> None:
    for number in range(30):
        await desk.put("Student", student_body(f"V-{number}"))
    students, is_estimate = await counted(district, most_counted=1)
    assert not is_estimate
    await owner.execute("vacuum analyze edfi.student")
    assert await counted(district, most_counted=1) == (students, True)
    assert await counted(district, most_counted=students) == (students, False)


async def test_the_ledger_of_a_record_is_looked_through_in_parts(
    district: District, desk: Desk, owner: asyncpg.Connection
) -> None:
    uuid = await desk.put("Student", student_body("V-L"))
    for number in range(4):
        await desk.read("Student", uuid)
        await desk.put("Student", student_body(f"V-M{number}"))
    record = await owner.fetchval("select id from edfi.student where uuid = $1", uuid)
    leave = AreaLeave(MANAGER, Area.LEDGER)
    seen, before = [], 2**63 - 1
    while True:
        part = await read_ledger(
            district, leave, resource="Student", record=record, before=before, most_entries=3
        )
        assert part
        seen += [line.action for line in part.lines]
        if part.next_entry is None:
            break
        assert part.next_entry < before
        before = part.next_entry
    assert seen == ["Read"] * 4 + ["Create"]
    assert await read_ledger(district, AreaLeave(MANAGER, Area.RECORDS), resource="Student", record=1) is None
