"""The web server as a process: it starts, explains why not, replaces what dies, and ends when told."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import pytest

from homeroom.base.settings import Settings, parse_settings
from homeroom.store.embedded import EmbeddedServer
from homeroom.web.server import find_servers
from tests.cli.conftest import CommandLine, Running

Start = Callable[..., Running]


def is_healthy(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def children_of(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def web_workers_of(pid: int) -> list[int]:
    """Its children without the one that works in the background."""
    lines = {p: Path(f"/proc/{p}/cmdline").read_bytes().split(b"\0") for p in children_of(pid)}
    return [p for p, words in lines.items() if b"work" not in words]


def test_server_answers_until_ctrl_c(cli: CommandLine, start: Start, free_port: int) -> None:
    running = start(cli.home, "serve", "--port", free_port, "--workers", 2)
    said = running.wait_for("serves at")
    assert f"http://127.0.0.1:{free_port}" in said
    assert is_healthy(free_port)
    assert len(web_workers_of(running.process.pid)) == 2
    assert running.interrupt() == 0
    assert not is_healthy(free_port)
    assert not [server for server in find_servers(cli.home) if server.url.endswith(f":{free_port}")]


def test_second_server_is_told_that_the_first_runs(cli: CommandLine, start: Start, free_port: int) -> None:
    start(cli.home, "serve", "--port", free_port, "--workers", 1).wait_for("serves at")
    told = cli.run("serve", "--port", free_port, fails=True)
    assert "Homeroom itself" in told
    assert "homeroom stop" in told
    assert is_healthy(free_port)


def test_port_of_another_program_is_explained(cli: CommandLine, free_port: int) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", free_port))
        other.listen()
        told = cli.run("serve", "--port", free_port, fails=True)
    assert f"Port {free_port}" in told
    assert "another program" in told
    assert "--port" in told


@pytest.mark.parametrize(("option", "value"), [("--port", "70000"), ("--port", "x"), ("--workers", "0")])
def test_option_out_of_range_is_explained(cli: CommandLine, option: str, value: str) -> None:
    assert "whole number" in cli.run("serve", option, value, fails=True)


def test_address_of_another_machine_is_explained(cli: CommandLine, free_port: int) -> None:
    told = cli.run("serve", "--host", "192.0.2.1", "--port", free_port, fails=True)
    assert "no address of this machine" in told


def test_worker_that_is_killed_is_replaced(cli: CommandLine, start: Start, free_port: int) -> None:
    running = start(cli.home, "serve", "--port", free_port, "--workers", 1)
    running.wait_for("serves at")
    (worker,) = web_workers_of(running.process.pid)
    os.kill(worker, signal.SIGKILL)
    give_up_at = time.monotonic() + 120
    while not (is_healthy(free_port) and worker not in children_of(running.process.pid)):
        assert time.monotonic() < give_up_at, running.said
        time.sleep(0.05)


def test_workers_do_not_outlive_their_supervisor(cli: CommandLine, start: Start, free_port: int) -> None:
    running = start(cli.home, "serve", "--port", free_port, "--workers", 2)
    running.wait_for("serves at")
    running.process.kill()
    running.process.wait(60)
    give_up_at = time.monotonic() + 120
    while is_healthy(free_port):
        assert time.monotonic() < give_up_at
        time.sleep(0.05)
    assert not [server for server in find_servers(cli.home) if server.url.endswith(f":{free_port}")]
    start(cli.home, "serve", "--port", free_port, "--workers", 1).wait_for("serves at")


def test_from_nothing_to_the_demo_and_back(own_home: Path, start: Start, free_port: int) -> None:
    cli = CommandLine(own_home)
    settings: Settings = parse_settings(
        {"HOMEROOM_HOME": str(own_home)}, current_folder=Path("/"), processors=1
    )
    first = start(own_home, "start", "--port", free_port, "--workers", 1)
    said = first.wait_for("Ctrl-C ends it.")
    assert "maya.okafor@willowcreek.example" in said
    assert "Maya Okafor, teacher" in said
    assert "Tomas Lindqvist, data manager" in said
    again = cli.run("start", "--port", free_port)
    assert "runs already" in again
    assert first.interrupt() == 0
    assert "Stopped." in first.said
    assert not EmbeddedServer(settings).is_running()
    second = start(own_home, "start", "--port", free_port, "--workers", 1)
    assert "Making the demo" not in second.wait_for("Ctrl-C ends it.")
    lines = [line for line in second.said.splitlines() if "@willowcreek" in line]
    assert lines == [line for line in first.said.splitlines() if "@willowcreek" in line]
    assert cli.run("stop").startswith("Stopped the web server")
    assert second.process.wait(120) == 0
    assert not EmbeddedServer(settings).is_running()
    assert cli.run("stop") == "Nothing was running.\n"
