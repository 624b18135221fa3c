"""Starts the database again when a request has found it gone."""

from __future__ import annotations

import asyncio
from typing import Final

from homeroom.base.errors import HomeroomError
from homeroom.base.log import Log
from homeroom.base.settings import Settings
from homeroom.store.servers import start_server

_PATIENCE_SECONDS: Final = 5


class Reviver:
    """Starts the embedded database for one process, once at a time."""

    def __init__(self, settings: Settings, log: Log) -> None:
        self._settings = settings
        self._log = log
        self._starting: asyncio.Task[None] | None = None

    async def revive(self) -> None:
        """Returns when the database is there again, or in vain after a few seconds; raises nothing.

        Replaying the log of a large district takes longer than a caller should wait; the start goes on meanwhile.
        """
        if self._starting is None or self._starting.done():
            self._starting = asyncio.get_running_loop().create_task(self._start())
        await asyncio.wait({self._starting}, timeout=_PATIENCE_SECONDS)

    async def _start(self) -> None:
        try:
            await asyncio.to_thread(start_server, self._settings)
        except HomeroomError as fault:
            self._log.fault("database.not_revived", fault)
