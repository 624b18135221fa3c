"""A district goes to the next standard with a backup, and comes back as it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

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
