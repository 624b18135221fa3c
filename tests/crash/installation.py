"""Homeroom as one machine has it, with ways to end parts of it without warning."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import subprocess
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from homeroom.store.embedded import EmbeddedServer
from homeroom.store.places import read_places
from tests.cli.conftest import COMMAND, CommandLine, environment_of
from tests.conftest import settings_for_home

WORKERS = 2
_WATCH_SECONDS = 0.05
_PATIENCE_SECONDS = 300


class Victim(StrEnum):
    """What is killed."""

    WORKER = "worker"
    SUPERVISOR = "supervisor"
    POSTMASTER = "postmaster"


class Installation:
    """A home with `homeroom serve` on a port. Within its block the server runs, and is started whenever it ends."""

    def __init__(self, home: Path, port: int) -> None:
        self.home = home
        self.root = f"http://127.0.0.1:{port}"
        self.cli = CommandLine(home)
        self.database = EmbeddedServer(settings_for_home(home))
        self.starts = 0
        self._log = home / "web.log"
        self._port = port
        self._serving: subprocess.Popen[bytes] | None = None
        self._manager: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._manager = asyncio.create_task(self._keep_serving())
        await self.wait_until_healthy()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._manager is not None
        self._manager.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._manager
        if self._serving is not None:
            self._serving.terminate()
            await asyncio.to_thread(self._serving.wait, 30)

    def said(self) -> str:
        """The last lines of the server's log."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-40:])

    async def wait_until_healthy(self) -> None:
        async with asyncio.timeout(_PATIENCE_SECONDS), httpx.AsyncClient() as client:
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get(f"{self.root}/health")).status_code == 200:
                        return
                await asyncio.sleep(_WATCH_SECONDS)

    async def kill(self, victim: Victim, chance: random.Random) -> None:
        """Ends one process of the kind at once; waits for one where the last has not been replaced yet."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while not (found := self._pids(victim)):
                await asyncio.sleep(_WATCH_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.kill(chance.choice(found), signal.SIGKILL)

    def _pids(self, victim: Victim) -> list[int]:
        if victim is Victim.POSTMASTER:
            return postmaster_pids(self.home)
        serving = self._serving
        if serving is None or serving.poll() is not None:
            return []
        return [serving.pid] if victim is Victim.SUPERVISOR else _children_of(serving.pid)

    async def _keep_serving(self) -> None:
        """What a service manager does: starts the server, and again whenever it ends."""
        command = [*COMMAND, "serve", "--port", str(self._port), "--workers", str(WORKERS)]
        with self._log.open("ab") as log:
            while True:
                if self._serving is None or self._serving.poll() is not None:
                    self.starts += 1
                    self._serving = subprocess.Popen(
                        command,
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=log,
                        env=environment_of(self.home),
                    )
                await asyncio.sleep(_WATCH_SECONDS)


async def kill_postmaster(home: Path) -> None:
    """Ends the postmaster of a home at once; returns when it is gone."""
    for pid in postmaster_pids(home):
        os.kill(pid, signal.SIGKILL)
    while postmaster_pids(home):
        await asyncio.sleep(0.01)


def postmaster_pids(home: Path) -> list[int]:
    """The postmaster of a home, if it lives."""
    try:
        pid = int((read_places(home).data / "postmaster.pid").read_text().split("\n", 1)[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return []
    return [pid] if b"cluster_name=" in command else []


def _children_of(pid: int) -> list[int]:
    try:
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []
