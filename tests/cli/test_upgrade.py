"""A district goes to the next standard with a backup, and comes back as it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import asyncpg

from homeroom.store.address import ServerAddress
from tests.cli.conftest import CommandLine

STUDENT = {
    "studentUniqueId": "F-1",
    "firstName": "Ines",
    "lastSurname": "Ferreira",
    "birthDate": "2010-02-03",
}


def test_district_is_upgraded_and_comes_back(
    cli: CommandLine, make_district: Callable[..., str], tmp_path: Path
) -> None:
    name = make_district()
    (tmp_path / "Student.jsonl").write_text(json.dumps(STUDENT) + "\n")
    cli.run("load", "--district", name, tmp_path)
    told = cli.run("upgrade", "--district", name, "--standard", "6.1")
    assert f"{name}  Ed-Fi 6.1" in cli.run("district", "list")
    backup = told.rsplit(" --back ", 1)[1].strip()
    assert "already" in cli.run("upgrade", "--district", name, "--standard", "6.1", fails=True)
    cli.run("upgrade", "--district", name, "--back", backup)
    assert f"{name}  Ed-Fi 5.2" in cli.run("district", "list")
    counts = cli.json("export", "--district", name, tmp_path / "out", "--json")
    assert counts["resources"]["Student"] == 1
    assert json.loads((tmp_path / "out" / "Student.jsonl").read_text()) == STUDENT


async def test_district_of_an_earlier_release_is_brought_to_this_one(
    cli: CommandLine, make_district: Callable[..., str], server: ServerAddress, tmp_path: Path
) -> None:
    name = make_district("--empty")
    (tmp_path / "Student.jsonl").write_text(json.dumps(STUDENT) + "\n")
    cli.run("load", "--district", name, tmp_path)
    owner = await asyncpg.connect(server.dsn(f"homeroom_d_{name.replace('-', '_')}"))
    try:
        await owner.execute(
            "alter table trust.client drop column rotated_at; drop table ingest.package_directory;"
            " update trust.setting set value = 'older' where name = 'form'"
        )
    finally:
        await owner.close()
    assert "`homeroom upgrade`" in cli.run("client", "list", "--district", name, fails=True)
    told = cli.run("upgrade", "--district", name)
    assert f"{name} is of this release now." in told
    assert "--back" in told
    assert cli.run("upgrade", "--district", name) == f"{name} is of this release already.\n"
    assert cli.run("client", "list", "--district", name) == ""
    assert cli.json("export", "--district", name, tmp_path / "out", "--json")["resources"]["Student"] == 1


def test_way_needs_its_district(cli: CommandLine) -> None:
    assert "--district" in cli.run("upgrade", "--standard", "6.1", fails=True)


def test_what_is_no_backup_of_the_district_is_refused(
    cli: CommandLine, make_district: Callable[..., str], tmp_path: Path
) -> None:
    name = make_district("--empty")
    other = tmp_path / "other-5.2-20270702T060000Z.dump"
    other.touch()
    assert "no backup" in cli.run("upgrade", "--district", name, "--back", tmp_path / "x", fails=True)
    assert "of other" in cli.run("upgrade", "--district", name, "--back", other, fails=True)
    damaged = tmp_path / f"{name}-5.2-20270702T060000Z.dump"
    damaged.write_bytes(b"PGDMP nonsense")
    assert "pg_restore" in cli.run("upgrade", "--district", name, "--back", damaged, fails=True)
    assert name in cli.run("district", "list")
    assert cli.run("client", "list", "--district", name) == ""
