"""One district for all tests of trust, and the same district as another process has it open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest

from homeroom.base.settings import Settings
from homeroom.records.district import District
from homeroom.records.districts import Districts
from homeroom.store.address import ServerAddress


@pytest.fixture(scope="session")
def district_name(server: ServerAddress, settings: Settings) -> Iterator[str]:
    """A real district without a record. Tests share it, so each leaves alone what it has not made."""
    name = f"t-{uuid4().hex[:12]}"

    async def create() -> None:
        opened = Districts(server, settings.home)
        await opened.prepare()
        await opened.create(name, standard="5.2", is_sandbox=False, is_empty=True)
        await opened.close()

    async def drop() -> None:
        await Districts(server, settings.home).drop(name)

    asyncio.run(create())
    yield name
    asyncio.run(drop())


@pytest.fixture
async def district(district_name: str, server: ServerAddress, settings: Settings) -> AsyncIterator[District]:
    opened = Districts(server, settings.home)
    yield await opened.get(district_name)
    await opened.close()


@pytest.fixture
async def elsewhere(district_name: str, server: ServerAddress, settings: Settings) -> AsyncIterator[District]:
    """The district in another process: nothing is shared but the database."""
    opened = Districts(server, settings.home)
    yield await opened.get(district_name)
    await opened.close()
