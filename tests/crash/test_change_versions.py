"""A version that the feed has named is never given to a later change, whatever a crash has taken away."""

from __future__ import annotations

import contextlib

from homeroom.records.district import District
from tests.crash.arena import Arena, opened
from tests.crash.installation import Installation, kill_postmaster


class RefusedError(Exception):
    """Stands for whatever undoes a write that has drawn its version."""


async def _draw_in_vain(district: District) -> int:
    """Draws a version and writes nothing; gives how many more the log of the database vouches for."""
    ahead = 0
    with contextlib.suppress(RefusedError):
        async with district.database.writing() as connection:
            await connection.execute("select nextval('edfi.change_version')")
            ahead = await connection.fetchval("select log_cnt from edfi.change_version")
            raise RefusedError
    return ahead


async def test_newest_version_stands_after_a_crash(installation: Installation, arena: Arena) -> None:
    async with opened(installation, arena.name) as district:
        before = await _draw_in_vain(district)
        while (after := await _draw_in_vain(district)) < before:
            before = after
        named = await district.database.newest_change_version()
        await kill_postmaster(installation.home)
    async with opened(installation, arena.name) as district, district.database.connection() as connection:
        assert await connection.fetchval("select last_value from edfi.change_version") >= named
