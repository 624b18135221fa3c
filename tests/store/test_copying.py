"""Rows that are copied while the server goes."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from tests.conftest import FreshDatabase

from homeroom.base.errors import StorageError
from homeroom.store.connect import copy_rows

# The server is busy with the first row and reads no further: the driver has to wait for room.
_SLOW_TABLE = "create temporary table slow (n integer, t text check (pg_sleep(60) is not null))"


async def test_a_copy_ends_when_the_server_goes_while_there_is_no_room_to_write(
    fresh_database: FreshDatabase,
) -> None:
    dsn = await fresh_database("template1")
    copying, other = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
    await copying.execute(_SLOW_TABLE)
    pid = copying.get_server_pid()
    rows = [(n, "x" * 10_000) for n in range(2_000)]
    work = asyncio.create_task(copy_rows(copying, "slow", schema="pg_temp", columns=("n", "t"), rows=rows))
    await asyncio.sleep(0.5)
    assert await other.fetchval("select pg_terminate_backend($1)", pid)
    with pytest.raises((StorageError, asyncpg.PostgresConnectionError, asyncpg.AdminShutdownError)):
        await asyncio.wait_for(work, 30)
    assert copying.is_closed()
    await other.close()


async def test_rows_are_copied_and_a_fault_in_them_is_raised(fresh_database: FreshDatabase) -> None:
    connection = await asyncpg.connect(await fresh_database("template1"))
    await connection.execute("create temporary table numbers (n integer primary key)")
    await copy_rows(connection, "numbers", schema="pg_temp", columns=("n",), rows=[(1,), (2,)])
    assert await connection.fetchval("select count(*) from numbers") == 2
    with pytest.raises(asyncpg.UniqueViolationError):
        await copy_rows(connection, "numbers", schema="pg_temp", columns=("n",), rows=[(2,)])
    await connection.close()
