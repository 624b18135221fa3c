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
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg

from bench import generate
from bench.figures import Figures
from bench.place import DISTRICT, HOMEROOM, Place, place_of
from bench.start import free_port, wait_for

STUDENTS = 10_000
RESOURCE = "studentSchoolAttendanceEvents"
TABLE = "edfi.student_school_attendance_event"
SCHOOL = generate.LEA * 1000
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
        for name, where in (("ids", ""), ("ids_of_school", f" where school_id = {SCHOOL}")):
            found = await place.sql(f"select uuid from {TABLE} tablesample system (20){where} limit 100000")
            (place.folder / f"{name}.txt").write_text("\n".join(row[0].hex for row in found))
        with serving(place) as server:
            await _measure(figures, place, server)


async def _measure(figures: Figures, place: Place, server: Server) -> None:
    district = [server.token(place.client(generate.LEA))]
    school = [server.token(place.client(SCHOOL))]
    many = [server.token(place.client(generate.LEA)) for _ in range(32)]
    run = partial(_run, figures, place, server)
    empty = run("empty answer (/health)", "empty", district)
    bare = await _bare_statements(figures, place)
    by_id = run("GET by id, one client", "by_id", district, aim="8,000")
    run("GET by id, one client of a school", "by_id", school, ids="ids_of_school", aim="8,000")
    run("GET by id, 32 clients", "by_id", many, aim="3,000")
    post = run("POST upserts with references", "post", district, aim="2,500")
    page = run("pages of 500, district client", "page", district, aim="300")
    run("pages of 500, school client", "page", school, aim="300")
    deep = run("pages of 500 at 80 % depth", "deep", district, aim="as the first")
    figures.put("pages of 500 at 80 % depth, of the first", deep / page * 100, "%", "100")
    for name, rate in (("GET by id", by_id), ("POST upserts", post), ("pages of 500", page)):
        figures.put(f"{name}, of an empty answer", rate / empty * 100, "%")
        figures.put(f"{name}, of the bare statement", rate / bare[name] * 100, "%")


def _run(
    figures: Figures, place: Place, server: Server, name: str, script: str, tokens: list[str], *,
    ids: str = "ids", aim: str = "",
) -> float:  # fmt: skip
    """Requests a second of one script, noted with what they cost the server and the database."""
    rate = server.wrk(place, script, tokens, ids=ids)
    figures.put(name, rate, "requests/s", aim)
    for who, seconds in server.cpu_seconds.items():
        figures.put(f"{name}: CPU of the {who} a request", seconds / (rate * SECONDS) * 1e6, "µs")
    return rate


class Server:
    """A running `homeroom serve`. cpu_seconds: what the last run cost, by whom."""

    def __init__(self, port: int, process: subprocess.Popen[bytes], database: int) -> None:
        self.port = port
        self.process = process
        self.database = database
        self.cpu_seconds: dict[str, float] = {}

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

    def wrk(self, place: Place, script: str, tokens: list[str], *, ids: str) -> float:
        """Requests a second with 32 connections; stops the bench when more than 1 % fail."""
        (place.folder / "tokens.txt").write_text("\n".join(tokens))
        if script == "deep":
            (place.folder / "deep.txt").write_text(self._deep_token(tokens[0]))
        before = self._cpu()
        done = subprocess.run(
            [
                "wrk", "-t1", "-c32", f"-d{SECONDS}s", "-s", str(Path(__file__).parent / "wrk" / f"{script}.lua"),
                f"http://127.0.0.1:{self.port}", "--", str(place.folder), str(STUDENTS), ids,
            ],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        self.cpu_seconds = {who: seconds - before[who] for who, seconds in self._cpu().items()}
        rate = float(_line(done.stdout, "Requests/sec:"))
        bad = [line for line in done.stdout.splitlines() if "Non-2xx" in line]
        if bad and int(bad[0].rsplit(":", 1)[1]) > rate * SECONDS * 0.01:
            raise SystemExit(f"{script}: {bad[0]}")
        return rate

    def _deep_token(self, token: str) -> str:
        with self.get(f"/data/v3/ed-fi/{RESOURCE}/partitions?number=10", token) as answer:
            return str(json.load(answer)["pageTokens"][-2])

    def _cpu(self) -> dict[str, float]:
        """Seconds that the server's processes have used, and those of the database."""
        used = {"server": 0.0, "database": 0.0}
        group, database = os.getpgid(self.process.pid), str(self.database)
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
            if int(fields[2]) == group:
                used["server"] += seconds
            elif database in (stat.parent.name, fields[1]):
                used["database"] += seconds
        return used


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
        data = place.home / "postgres" / "data"
        yield Server(port, process, int((data / "postmaster.pid").read_text().split("\n", 1)[0]))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)


async def _bare_statements(figures: Figures, place: Place) -> dict[str, float]:
    """Prepared statements a second from one connection: without our server, the ledger and the fence."""
    ids = (place.folder / "ids.txt").read_text().split()
    columns = [
        row[0]
        for row in await place.sql(
            "select quote_ident(attname) from pg_attribute"
            f" where attrelid = '{TABLE}'::regclass and attnum > 0 and not attisdropped order by attnum"
        )
    ]
    new = {
        "id": "nextval('edfi.record_id')",
        "uuid": "gen_random_uuid()",
        "change_version": "nextval('edfi.change_version')",
        "event_date": "date '1990-01-01' + (random() * 7000)::integer",
    }
    values = ", ".join(new.get(column, column) for column in columns)
    statements = {
        "GET by id": f"select doc, change_version from {TABLE} where uuid = $1",
        "POST upserts": f"insert into {TABLE} ({', '.join(columns)}) select {values} from {TABLE} where uuid = $1"
        " on conflict do nothing",
        "pages of 500": f"select doc, change_version from {TABLE} where id >="
        f" (select id from {TABLE} where uuid = $1) order by id limit 500",
    }
    rates = {}
    connection = await asyncpg.connect(place.server.dsn(f"homeroom_d_{DISTRICT}"))
    await connection.execute("set homeroom.scope = '*'")
    for name, sql in statements.items():
        statement = await connection.prepare(sql)
        began, done = time.perf_counter(), 0
        while time.perf_counter() - began < 3:
            await statement.fetch(ids[done % len(ids)])
            done += 1
        rates[name] = done / (time.perf_counter() - began)
        figures.put(f"PostgreSQL alone, {name}", rates[name], "statements/s")
    await connection.close()
    return rates


def _line(text: str, label: str) -> str:
    return next(line for line in text.splitlines() if line.strip().startswith(label)).split()[-1]
