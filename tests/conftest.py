"""What every test may use: one embedded PostgreSQL for the whole run, databases that live for one test."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from homeroom.base.ids import random_uuid_hex
from homeroom.base.settings import Settings, parse_settings
from homeroom.store.address import ServerAddress
from homeroom.store.embedded import EmbeddedServer
from tests.skips import pytest_sessionfinish, pytest_terminal_summary

__all__ = ["pytest_sessionfinish", "pytest_terminal_summary"]

FreshDatabase = Callable[[str], Awaitable[str]]

_MEMORY = Path("/dev/shm")
_ENOUGH_MEMORY = 6 << 30  # a run's databases come to 2 GB
_PREFIX = "homeroom-test-"


def homes() -> Path:
    """Where homes are made: in memory where there is plenty, as making and dropping districts waits for a disk."""
    return Path(os.environ["HOMEROOM_TEST_HOMES"])


def settings_for_home(home: Path) -> Settings:
    """The settings of a machine whose owner chose nothing but the home."""
    return parse_settings({"HOMEROOM_HOME": str(home)}, current_folder=Path("/"), processors=2)


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The settings of this process of the run.

    Every worker of pytest-xdist has a home of its own: who works for one home works for all its districts.
    """
    run, worker = os.environ.get("HOMEROOM_TEST_RUN", ""), os.environ.get("PYTEST_XDIST_WORKER", "")
    return settings_for_home(homes() / f"{_PREFIX}{run}-{worker}")


@pytest.fixture(scope="session")
def server(settings: Settings) -> ServerAddress:
    """The PostgreSQL of this process of the run, started when first asked for; the run's end stops it."""
    return EmbeddedServer(settings).start()


@pytest.fixture
async def fresh_database(server: ServerAddress) -> AsyncIterator[FreshDatabase]:
    """Makes a database as a copy of a template (`template1` is the empty one), and drops it after the test.

    `dsn = await fresh_database("template1")`
    """
    made: list[str] = []
    connection = await asyncpg.connect(server.dsn("postgres"))

    async def create(template: str) -> str:
        name = f"test_{random_uuid_hex()}"
        await connection.execute(f'create database "{name}" template "{template}"')
        made.append(name)
        return server.dsn(name)

    yield create
    for name in made:
        await connection.execute(f'drop database "{name}" with (force)')
    await connection.close()


@pytest.fixture
def own_home() -> Iterator[Path]:
    """A home that no other test uses, not made yet; a server left in it is stopped."""
    parent = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}own-", dir=homes()))
    parent.chmod(0o755)  # as root, the database account must get there
    home = parent / "home"
    yield home
    EmbeddedServer(settings_for_home(home)).stop()
    shutil.rmtree(parent)


def pytest_configure() -> None:
    """Name the run after its first process, and clear away what killed runs have left.

    Modules are compiled once for all processes that tests start, also where the machine forbids it: a command spends
    half of its time on that otherwise.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if "HOMEROOM_TEST_RUN" not in os.environ:
        os.environ["HOMEROOM_TEST_RUN"] = str(os.getpid())
        os.environ["HOMEROOM_TEST_HOMES"] = str(_choose_homes())
        _remove_homes_of_dead_runs()


def pytest_unconfigure() -> None:
    """The first process of the run, not one of its workers, stops the servers."""
    if os.environ.get("HOMEROOM_TEST_RUN") == str(os.getpid()):
        for home in homes().glob(f"{_PREFIX}{os.getpid()}-*"):
            _remove_home(home)


def _choose_homes() -> Path:
    if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ENOUGH_MEMORY:
        return _MEMORY
    return Path(tempfile.gettempdir())


def _remove_homes_of_dead_runs() -> None:
    for home in homes().glob(f"{_PREFIX}[0-9]*"):
        run = home.name.removeprefix(_PREFIX).partition("-")[0]
        if home.stat().st_uid == os.geteuid() and not Path("/proc", run).exists():
            _remove_home(home)


def _remove_home(home: Path) -> None:
    if home.exists():
        EmbeddedServer(settings_for_home(home)).stop()
        shutil.rmtree(home, ignore_errors=True)  # another run may be clearing the same one away
