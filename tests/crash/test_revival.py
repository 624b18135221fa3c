"""A database that cannot be started again is told as what it is, and found again when it can."""

from __future__ import annotations

import asyncio

import httpx

from homeroom.store.places import read_places
from tests.crash.arena import Arena
from tests.crash.installation import Installation, kill_postmaster

_PATIENCE_SECONDS = 300


async def _status(client: httpx.AsyncClient) -> int:
    return (await client.get("students", params={"limit": 1})).status_code


async def test_a_database_that_does_not_come_back_is_no_fault_of_ours(
    installation: Installation, arena: Arena
) -> None:
    version = read_places(installation.home).data / "PG_VERSION"
    right = version.read_text()
    async with installation, arena.client() as client:
        assert await _status(client) == 200
        version.write_text("1\n")
        try:
            await kill_postmaster(installation.home)
            while (status := await _status(client)) == 200:  # a session outlives its postmaster for a moment
                await asyncio.sleep(0.01)
            assert [status, await _status(client)] == [503, 503]
        finally:
            version.write_text(right)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while await _status(client) != 200:
                await asyncio.sleep(0.05)
