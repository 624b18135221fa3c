"""Starting: from a warm environment to the first answer."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

from bench.figures import Figures
from bench.place import HOMEROOM, place_of


async def measure(figures: Figures, _rows: int | None) -> None:
    """`homeroom serve` on a home that exists: once with its database stopped, once with it running."""
    async with place_of(figures, students=10) as place:
        place.server.stop()
        for name in ("server and database", "server, database running"):
            figures.put(f"start of {name}", _start(str(place.home)), "s", "3")


def _start(home: str) -> float:
    port = free_port()
    began = time.perf_counter()
    process = subprocess.Popen(
        [HOMEROOM, "serve", "--port", str(port)],
        env={**os.environ, "HOMEROOM_HOME": home},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port)
        return time.perf_counter() - began
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for(port: int, seconds: float = 30) -> None:
    """Returns when the server answers /health; raises when it does not in time."""
    ends = time.perf_counter() + seconds
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            if time.perf_counter() > ends:
                raise
            time.sleep(0.02)
