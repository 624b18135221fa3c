"""A place to measure in: a home of its own with its server, a district, the command line, and bare SQL beside it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from bench import generate
from bench.figures import Figures
from homeroom.base.settings import parse_settings
from homeroom.store.embedded import EmbeddedServer

DISTRICT = "bench"
HOMEROOM = str(Path(sys.executable).with_name("homeroom"))


@dataclass(frozen=True)
class Ran:
    """A finished command: seconds on the wall, peak memory of the largest child so far, what it printed."""

    seconds: float
    cpu_seconds: float
    output: str


@dataclass(frozen=True)
class Place:
    """One home and its server. folder holds generated input and is removed with it."""

    home: Path
    folder: Path
    server: EmbeddedServer

    def homeroom(self, *words: str, env: dict[str, str] | None = None) -> Ran:
        """Runs the command line to its end; stops the bench when it fails."""
        before = os.times()
        began = time.perf_counter()
        done = subprocess.run(
            [HOMEROOM, *words],
            env={**_as_installed(self.folder), "HOMEROOM_HOME": str(self.home), **(env or {})},
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.perf_counter() - began
        after = os.times()
        if done.returncode:
            raise SystemExit(
                f"homeroom {' '.join(words)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
            )
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        return Ran(seconds, cpu, done.stdout)

    def client(self, *organizations: int, claim_set: str = "Ed-Fi Sandbox") -> dict[str, Any]:
        """A new API client's key and secret."""
        words = ["client", "create", "--district", DISTRICT, "--claim-set", claim_set, "--json"]
        words += ["--namespace", "uri://ed-fi.org", "--namespace", "uri://bench.example"]
        for organization in organizations:
            words += ["--education-organization", str(organization)]
        found: dict[str, Any] = json.loads(self.homeroom(*words).output)
        return found

    async def sql(self, statement: str, *values: object) -> list[Any]:
        """Bare SQL as the server's owner: ceilings and counts only."""
        connection = await asyncpg.connect(self.server.dsn(f"homeroom_d_{DISTRICT}"))
        try:
            await connection.execute("set homeroom.scope = '*'")
            return list(await connection.fetch(statement, *values))
        finally:
            await connection.close()


def _as_installed(folder: Path) -> dict[str, str]:
    """The environment, in which modules are compiled once and kept, as an installation has them."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(folder / "compiled")}


@asynccontextmanager
async def place_of(figures: Figures, *, students: int) -> AsyncIterator[Place]:
    """A fresh home with a real (sealing) district of ten schools; everything is removed in the end."""
    folder = Path(tempfile.mkdtemp(prefix="homeroom-bench-"))
    folder.chmod(0o755)
    home = folder / "home"
    server = EmbeddedServer(parse_settings({"HOMEROOM_HOME": str(home)}, current_folder=folder, processors=2))
    server.start()
    place = Place(home, folder, server)
    try:
        place.homeroom("district", "create", DISTRICT)
        for row in await place.sql(
            "select name, setting from pg_settings where name in"
            " ('fsync', 'full_page_writes', 'synchronous_commit', 'server_version') order by name"
        ):
            figures.put(row[0], row[1])
        await asyncio.to_thread(generate.write_world, folder / "world", students)
        place.homeroom("load", "--district", DISTRICT, str(folder / "world"))
        yield place
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
