"""The command line as its users have it: processes, with a home and nothing else in common."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from homeroom.base.settings import Settings
from homeroom.store.address import ServerAddress

COMMAND = [sys.executable, "-c", "import sys; from homeroom.cli.main import main; sys.exit(main())"]


def environment_of(home: Path, database_url: str = "") -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOMEROOM_")}
    return kept | {"HOMEROOM_HOME": str(home), "HOMEROOM_DATABASE_URL": database_url}


@dataclass(frozen=True)
class CommandLine:
    """`homeroom` at one home, with the embedded PostgreSQL or another one."""

    home: Path
    database_url: str = ""

    def run(self, *arguments: object, given: str = "", fails: bool = False) -> str:
        """Runs one command to its end; gives its output, or what it said when it shall fail."""
        done = self.result(*arguments, given=given)
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stderr if fails else done.stdout

    def result(self, *arguments: object, given: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *map(str, arguments)],
            input=given,
            capture_output=True,
            text=True,
            timeout=600,
            env=environment_of(self.home, self.database_url),
            check=False,
        )

    def json(self, *arguments: object) -> Any:
        return json.loads(self.run(*arguments))


class Running:
    """A command that goes on, and what it has said so far."""

    def __init__(self, home: Path, *arguments: object, database_url: str = "") -> None:
        self.process = subprocess.Popen(
            [*COMMAND, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            env=environment_of(home, database_url),
        )
        self.said = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, words: str, *, seconds: float = 600) -> str:
        """Everything said, once these words are among it."""
        give_up_at = time.monotonic() + seconds
        while words not in self.said:
            assert time.monotonic() < give_up_at, self.said
            assert self.process.poll() is None or words in self.said, self.said
            time.sleep(0.02)
        return self.said

    def interrupt(self) -> int:
        """Ctrl-C; gives the exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
        self._reader.join(10)
        assert not self._reader.is_alive(), "something it started still runs"
        assert self.process.stdout is not None
        self.process.stdout.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line


@pytest.fixture
def cli(server: ServerAddress, settings: Settings) -> CommandLine:
    return CommandLine(settings.home)


@pytest.fixture
def make_district(cli: CommandLine) -> Iterator[Callable[..., str]]:
    """Makes districts with these options, and drops them after the test."""
    made: list[str] = []

    def make(*options: str) -> str:
        name = f"t-{uuid4().hex[:12]}"
        cli.run("district", "create", name, *options)
        made.append(name)
        return name

    yield make
    for name in made:
        cli.result("district", "drop", name, "--yes")


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    """Starts commands that go on, and ends them after the test."""
    started: list[Running] = []

    def begin(home: Path, *arguments: object) -> Running:
        started.append(Running(home, *arguments))
        return started[-1]

    yield begin
    for running in started:
        running.close()


@pytest.fixture
def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port
