"""The API under load: writes, reads by id and pages, beside an empty answer and the bare statement.

wrk (Debian's package) is the generator: 32 connections, one thread, on the machine's own cores.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import generate
from bench.figures import Figures
from bench.place import DISTRICT, HOMEROOM, Place, place_of
from bench.start import free_port, wait_for

STUDENTS = 10_000
RESOURCE = "studentSchoolAttendanceEvents"
TABLE = "edfi.student_school_attendance_event"
SECONDS = 10


async def measure(figures: Figures, rows: int | None) -> None:
    """rows: attendance events in the table that is read (default one million)."""
    if shutil.which("wrk") is None:
        raise SystemExit("The api scenario needs wrk: apt-get install wrk")
    count = rows or 1_000_000
    async with place_of(figures, students=STUDENTS) as place:
        path = place.folder / "a" / f"{RESOURCE}.jsonl"
        generate.write_jsonl(path, generate.attendance(count, STUDENTS))
        place.homeroom("load", "--district", DISTRICT, str(path))
        await place.sql(f"analyze {TABLE}")
        figures.put("rows", count)
        ids = [
            r[0].hex
            for r in await place.sql(f"select uuid from {TABLE} tablesample system (20) limit 100000")
        ]
        (place.folder / "ids.txt").write_text("\n".join(ids))
        with serving(place) as server:
            await _measure(figures, place, server)


async def _measure(figures: Figures, place: Place, server: Server) -> None:
    district_level = place.client(generate.LEA)
    school_level = place.client(generate.LEA * 1000)
    many = [server.token(place.client(generate.LEA)) for _ in range(32)]
    figures.put("empty answer (/health)", server.wrk(place, "empty", many[:1]), "requests/s")
    one = server.token(district_level)
    rate = server.wrk(place, "by_id", [one])
    figures.put("GET by id, one client", rate, "requests/s", "8,000")
    server.put_cpu(figures, "GET by id, one client", rate)
    figures.put("GET by id, 32 clients", server.wrk(place, "by_id", many), "requests/s", "3,000")
    rate = server.wrk(place, "post", [one])
    figures.put("POST upserts with references", rate, "requests/s", "2,500")
    server.put_cpu(figures, "POST upserts", rate)
    for name, client in (("district", district_level), ("school", school_level)):
        token = server.token(client)
        figures.put(f"pages of 500, {name} client", server.wrk(place, "page", [token]), "requests/s", "300")
    figures.put("pages of 500 at 80 % depth", server.wrk(place, "deep", [one]), "requests/s", "as the first")
    bare = await _bare_statement(place)
    figures.put("PostgreSQL alone: the row by uuid", bare, "statements/s")


class Server:
    """A running `homeroom serve`."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port = port
        self.process = process
        self.cpu_seconds = 0.0

    def token(self, client: dict[str, Any]) -> str:
        """A bearer token of the client."""
        basic = b64encode(f"{client['key']}:{client['secret']}".encode()).decode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/oauth/token",
            data=b"grant_type=client_credentials",
            headers={"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"},
        )
        with urllib.request.urlopen(request) as answer:
            return str(json.load(answer)["access_token"])

    def get(self, path: str, token: str) -> Any:
        """One answer, with its headers."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", headers={"Authorization": f"Bearer {token}"}
        )
        return urllib.request.urlopen(request)

    def wrk(self, place: Place, script: str, tokens: list[str]) -> float:
        """Requests a second with 32 connections; stops the bench when more than 1 % fail."""
        (place.folder / "tokens.txt").write_text("\n".join(tokens))
        if script == "deep":
            (place.folder / "deep.txt").write_text(self._deep_token(tokens[0]))
        before = self._children_cpu()
        done = subprocess.run(
            [
                "wrk", "-t1", "-c32", f"-d{SECONDS}s", "-s", str(Path(__file__).parent / "wrk" / f"{script}.lua"),
                f"http://127.0.0.1:{self.port}", "--", str(place.folder), str(STUDENTS),
            ],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        self.cpu_seconds = self._children_cpu() - before
        rate = float(_line(done.stdout, "Requests/sec:"))
        bad = [line for line in done.stdout.splitlines() if "Non-2xx" in line]
        if bad and int(bad[0].rsplit(":", 1)[1]) > rate * SECONDS * 0.01:
            raise SystemExit(f"{script}: {bad[0]}")
        return rate

    def put_cpu(self, figures: Figures, name: str, rate: float) -> None:
        """CPU of the server's processes for the last run, per request."""
        figures.put(f"{name}: server CPU a request", self.cpu_seconds / (rate * SECONDS) * 1e6, "µs")

    def _deep_token(self, token: str) -> str:
        with self.get(f"/data/v3/ed-fi/{RESOURCE}/partitions?number=10", token) as answer:
            return str(json.load(answer)["pageTokens"][-2])

    def _children_cpu(self) -> float:
        total = 0.0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[2]) == os.getpgid(self.process.pid):
                total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return total


@contextmanager
def serving(place: Place) -> Iterator[Server]:
    """The server with its default number of workers, in a process group of its own."""
    port = free_port()
    process = subprocess.Popen(
        [HOMEROOM, "serve", "--port", str(port)],
        env={**os.environ, "HOMEROOM_HOME": str(place.home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_for(port)
        yield Server(port, process)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)


async def _bare_statement(place: Place) -> float:
    """The row by uuid from one connection, prepared, no server of ours between."""
    ids = (place.folder / "ids.txt").read_text().split()
    import asyncpg  # noqa: PLC0415 - only here

    connection = await asyncpg.connect(place.server.dsn(f"homeroom_d_{DISTRICT}"))
    statement = await connection.prepare(f"select doc, change_version from {TABLE} where uuid = $1")
    began, done = time.perf_counter(), 0
    while time.perf_counter() - began < 3:
        await statement.fetchrow(ids[done % len(ids)])
        done += 1
    await connection.close()
    return done / (time.perf_counter() - began)


def _line(text: str, label: str) -> str:
    return next(line for line in text.splitlines() if line.strip().startswith(label)).split()[-1]
