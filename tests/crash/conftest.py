"""A home whose parts may be killed, and how often they are.

    HOMEROOM_TEST_KILLS=50 ./run test -rP tests/crash

kills each kind of process at 50 random points, and tells what was at work meanwhile; without it a few points keep
the run short. The points, and what the clients do, follow from HOMEROOM_TEST_SEED (default 1) as far as the clock
lets them.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import homes
from tests.crash.arena import Arena, make_arena
from tests.crash.dice import Dice
from tests.crash.installation import Installation, postmaster_pids

_FEW_KILLS = 3


@pytest.fixture(scope="session")
def dice() -> Dice:
    """How often is killed, and when."""
    return Dice(
        int(os.environ.get("HOMEROOM_TEST_KILLS", _FEW_KILLS)), os.environ.get("HOMEROOM_TEST_SEED", "1")
    )


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    """One of these tests' own: other tests need their PostgreSQL alive."""
    parent = Path(tempfile.mkdtemp(prefix="homeroom-test-own-", dir=homes()))
    parent.chmod(0o755)  # as root, the database account must get there
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    installation = Installation(parent / "home", port)
    installation.cli.run("district", "list")
    yield installation
    for pid in postmaster_pids(installation.home):
        os.kill(pid, signal.SIGQUIT)  # at once: what it would write to the disk is thrown away
    installation.database.stop()
    shutil.rmtree(parent)


@pytest.fixture(scope="session")
def arena(installation: Installation) -> Arena:
    """One for all storms: each has clients, and so records, of its own."""

    async def make() -> Arena:
        async with installation:
            return await make_arena(installation)

    return asyncio.run(make())
