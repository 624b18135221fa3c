"""Everything works in a PostgreSQL of the owner's own, with an account that is no superuser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import httpx
import pytest

from homeroom.store.address import parse_address
from homeroom.synth.cast import DISTRICT_ID
from tests.cli.conftest import CommandLine, Running
from tests.cli.external_server import external_server

STUDENT = {
    "studentUniqueId": "F-1",
    "firstName": "Ines",
    "lastSurname": "Ferreira",
    "birthDate": "2010-02-03",
}
NEW_STUDENT = {**STUDENT, "studentUniqueId": "F-2"}


@pytest.fixture(scope="module")
def cli() -> Iterator[CommandLine]:
    """The command line at an external server."""
    with TemporaryDirectory(prefix="homeroom-test-external-") as made:
        folder = Path(made)
        folder.chmod(0o755)  # as root, the database account must get there
        with external_server(folder) as url:
            yield CommandLine(folder / "home", database_url=url)


@pytest.fixture
def client(cli: CommandLine, free_port: int) -> Iterator[httpx.Client]:
    """The demo district, loaded and served: an HTTP client of one who may write it."""
    running = Running(cli.home, "start", "--port", free_port, "--workers", 1, database_url=cli.database_url)
    try:
        running.wait_for("Ctrl-C ends it.", seconds=300)
        claims = (
            "--claim-set",
            "Ed-Fi Sandbox",
            "--education-organization",
            DISTRICT_ID,
            "--namespace",
            "uri://ed-fi.org",
        )
        made = cli.json("client", "create", "--district", "demo", *claims, "--json")
        with httpx.Client(base_url=f"http://127.0.0.1:{free_port}/demo/", timeout=60) as client:
            asked = {"grant_type": "client_credentials"}
            answer = client.post("oauth/token", data=asked, auth=(made["key"], made["secret"]))
            client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            yield client
    finally:
        running.interrupt()
        running.close()


def test_the_demo_is_loaded_served_written_and_dropped(cli: CommandLine, client: httpx.Client) -> None:
    students = "data/v3/ed-fi/students"
    found = client.get(students, params={"limit": 1, "totalCount": "true"})
    assert found.status_code == 200, found.text
    assert int(found.headers["Total-Count"]) > 0
    made = client.post(students, json=NEW_STUDENT)
    assert made.status_code == 201, made.text
    known = {name: value for name, value in found.json()[0].items() if name not in {"id", "_etag"}}
    assert client.post(students, json={**known, "middleName": "Quim"}).status_code == 200
    # Sessions are open, and end.
    assert "Removed" in cli.run("district", "drop", "demo", "--yes")


def test_a_district_is_upgraded_and_comes_back(cli: CommandLine, tmp_path: Path) -> None:
    cli.run("district", "create", "willow-creek")
    (tmp_path / "Student.jsonl").write_text(json.dumps(STUDENT) + "\n")
    cli.run("load", "--district", "willow-creek", tmp_path)
    told = cli.run("upgrade", "--district", "willow-creek", "--standard", "6.1")
    assert "willow-creek  Ed-Fi 6.1" in cli.run("district", "list")
    cli.run("upgrade", "--district", "willow-creek", "--back", told.rsplit(" --back ", 1)[1].strip())
    assert "willow-creek  Ed-Fi 5.2" in cli.run("district", "list")
    cli.run("export", "--district", "willow-creek", tmp_path / "out", "--json")
    assert json.loads((tmp_path / "out" / "Student.jsonl").read_text()) == STUDENT


def test_a_sandbox_is_reset(cli: CommandLine, tmp_path: Path) -> None:
    cli.run("district", "create", "trial", "--sandbox", "--empty")
    namespace = "uri://fernhollow.example/SexDescriptor"
    value = {"namespace": namespace, "codeValue": "Unsaid", "shortDescription": "Unsaid"}
    (tmp_path / "SexDescriptor.jsonl").write_text(json.dumps(value) + "\n")
    student = {**STUDENT, "birthSexDescriptor": f"{namespace}#Unsaid"}
    (tmp_path / "Student.jsonl").write_text(json.dumps(student) + "\n")
    cli.run("load", "--district", "trial", tmp_path)
    assert cli.json("admin", "--district", "trial", "reset_data") == {"ok": True}
    counts = cli.json("export", "--district", "trial", tmp_path / "out", "--json")
    assert not any(counts["resources"].values())


async def test_a_district_has_its_own_account_and_stands_behind_the_fence(cli: CommandLine) -> None:
    for name in ("north", "south"):
        cli.run("district", "create", name, "--empty")
    owner = parse_address(cli.database_url)
    directory = await asyncpg.connect(owner.dsn("homeroom_directory"))
    login, password = await directory.fetchrow("select login, password from district where name = 'north'")
    is_super = await directory.fetchval("select rolsuper from pg_roles where rolname = current_user")
    await directory.close()
    assert not is_super
    own = f"postgresql://{login}:{password}@{owner.host}:{owner.port}"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(f"{own}/homeroom_d_south")
    connection = await asyncpg.connect(f"{own}/homeroom_d_north")
    try:
        assert await connection.fetchval("select count(*) from edfi.student") == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("drop table edfi.student")
    finally:
        await connection.close()
