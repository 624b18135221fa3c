"""The districts of this installation, opened for one command."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import TypeAlias, TypeVar

import uvloop

from homeroom.base.settings import Settings
from homeroom.records.district import District
from homeroom.records.districts import Districts
from homeroom.store.servers import start_server
from homeroom.trust.actors import Operator

OPERATOR = Operator("command-line")
"""Who acts when somebody types a command; the ledger names it so."""

Act: TypeAlias = Callable[[Namespace, Settings], Coroutine[object, object, int]]
"""One of a command's acts: gives the exit status."""

_Result = TypeVar("_Result")


def run_async(work: Coroutine[object, object, _Result]) -> _Result:
    """The result of work that waits for the database."""
    return uvloop.run(work)


@asynccontextmanager
async def open_districts(settings: Settings) -> AsyncIterator[Districts]:
    """The districts; the embedded PostgreSQL is started when it does not run."""
    districts = Districts(start_server(settings), settings.home, connections=4)
    try:
        await districts.prepare()
        yield districts
    finally:
        await districts.close()


@asynccontextmanager
async def open_district(settings: Settings, name: str) -> AsyncIterator[District]:
    """The district of that name. Raises SettingsError, naming those there are, when there is none."""
    async with open_districts(settings) as districts:
        yield await districts.get(name)
