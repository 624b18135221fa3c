"""What is exported can be loaded again, and then says the same."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

from homeroom.cli.demo import write_files
from homeroom.records.export import render_line
from homeroom.synth import generate_district
from homeroom.synth.cast import DEMO_TODAY
from tests.cli.conftest import CommandLine


def test_district_goes_out_and_comes_back_the_same(
    cli: CommandLine, make_district: Callable[..., str], tmp_path: Path
) -> None:
    source, copy = make_district(), make_district("--empty")
    made = tmp_path / "made"
    made.mkdir()
    write_files(made, generate_district(7, 12, today=DEMO_TODAY))
    checked = json.loads(cli.run("load", "--district", source, "--check", "--json", made))
    loaded = json.loads(cli.run("load", "--district", source, "--json", made))
    assert sum(c["failed"] for c in loaded["counts"]) == 0
    assert [c["inserted"] for c in checked["counts"]] == [c["inserted"] for c in loaded["counts"]]
    out = cli.json("export", "--district", source, tmp_path / "one", "--json")
    assert out["resources"]["Student"] == 12
    assert out["resources"]["SchoolYearType"] > 30
    cli.run("load", "--district", copy, tmp_path / "one")
    assert cli.json("export", "--district", copy, tmp_path / "two", "--json") == out
    for file in (tmp_path / "one").iterdir():
        assert lines_of(file) == lines_of(tmp_path / "two" / file.name), file.name
    # What is sealed in the store is there in plain words, and so for its owner alone.
    people = (tmp_path / "one" / "StudentEducationOrganizationAssociation.jsonl").read_text()
    assert "races" in people
    assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "one" / "Student.jsonl").stat().st_mode) == 0o600
    assert "not an empty folder" in cli.run("export", "--district", copy, tmp_path / "two", fails=True)


def lines_of(file: Path) -> list[str]:
    """Without the order of records and members: both are how they were written, and mean nothing."""
    return sorted(json.dumps(json.loads(line), sort_keys=True) for line in file.read_text().splitlines())


def test_load_wants_one_thing_at_a_time(
    cli: CommandLine, make_district: Callable[..., str], tmp_path: Path
) -> None:
    name = make_district("--empty")
    assert "one of the four" in cli.run("load", "--district", name, fails=True)
    assert "one of the four" in cli.run("load", "--district", name, "--resume", tmp_path, fails=True)
    assert "No load was broken off" in cli.run("load", "--district", name, "--resume", fails=True)
    assert cli.run("load", "--district", name, "--replay") == "0 rows went in, 0 wait on.\n"
    assert "there is none" in cli.run("load", "--district", name, "--undo", 7, fails=True)


def test_load_is_taken_back(cli: CommandLine, make_district: Callable[..., str], tmp_path: Path) -> None:
    name = make_district("--empty")
    row = '{"studentUniqueId":"F-1","firstName":"Ines","lastSurname":"Ferreira","birthDate":"2010-02-03"}\n'
    (tmp_path / "students.jsonl").write_text(row)
    batch = json.loads(cli.run("load", "--district", name, "--json", tmp_path))["batch"]
    assert "1 records removed" in cli.run("load", "--district", name, "--undo", batch)
    assert cli.json("export", "--district", name, tmp_path / "out", "--json")["records"] == 0


def test_row_that_fails_shows_in_the_exit_status(
    cli: CommandLine, make_district: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "students.jsonl").write_text('{"studentUniqueId":"F-1"}\n')
    done = cli.result("load", "--district", make_district("--empty"), tmp_path)
    assert done.returncode == 1
    assert "1 failed" in done.stdout


def test_line_keeps_numbers_as_they_are_and_drops_what_is_ours() -> None:
    body = (
        '{"id":"00","schoolReference":{"schoolId":1,"link":{"rel":"School","href":"/x"}},"amount":1.10,'
        '"items":[{"courseReference":{"courseCode":"a","link":{"rel":"Course","href":"/y"}}}],'
        '"_etag":"1","_lastModifiedDate":"x"}'
    )
    assert render_line(body) == (
        b'{"schoolReference":{"schoolId":1},"amount":1.10,"items":[{"courseReference":{"courseCode":"a"}}]}\n'
    )
