"""From a spec to mended rows by commands alone: `spec`, `feed`, `batch`, `quarantine` and `work`, as one types them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cast import WORLD
from tests.cli.conftest import CommandLine, Running
from tests.ingest.batches.conftest import SPEC_TEXT, Cells, csv_of, student

Start = Callable[..., Running]
PATIENCE_SECONDS = 300


class Clerk:
    """Somebody at a terminal, with a folder of files, at work in one district."""

    def __init__(self, cli: CommandLine, district: str, folder: Path) -> None:
        self.cli = cli
        self.district = district
        self.folder = folder

    def do(self, noun: str, act: str, *words: object, fails: bool = False) -> str:
        """Runs `homeroom NOUN ACT` in the district; what it prints, also where its exit status tells of failed rows."""
        done = self.cli.result(noun, act, "--district", self.district, *words)
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def send(self, *rows: Cells, fails: bool = False) -> str:
        """Loads rows through the feed; the report."""
        path = self.write("students.csv", csv_of(*rows))
        return self.do("feed", "run", "students", path, fails=fails)

    def newest(self) -> tuple[str, str]:
        """Number and line of the newest batch."""
        line = self.do("batch", "list", "--most", 1)
        return line.split()[0], line


@pytest.fixture
def clerk(cli: CommandLine, make_district: Callable[..., str], tmp_path: Path) -> Clerk:
    """In a district with a school, the tests' spec and a feed for it."""
    clerk = Clerk(cli, make_district(), tmp_path)
    world = tmp_path / "world"
    world.mkdir()
    for resource, endpoint in (("LocalEducationAgency", "localEducationAgencies"), ("School", "schools")):
        bodies = [body for name, body in WORLD if name == resource]
        (world / f"{endpoint}.jsonl").write_text("".join(json.dumps(body) + "\n" for body in bodies))
    cli.run("load", "--district", clerk.district, world)
    clerk.do("spec", "save", clerk.write("fernhollow_students.yaml", SPEC_TEXT))
    clerk.do("feed", "create", "students", "--spec", "fernhollow_students")
    return clerk


def test_rows_that_failed_are_found_mended_and_given_up(clerk: Clerk) -> None:
    assert "version 1, the district's own" in clerk.do("spec", "list")
    assert clerk.do("spec", "show", "fernhollow_students") == SPEC_TEXT
    assert "students  fernhollow_students" in clerk.do("feed", "list")
    rows = [student(1), student(2, Born="31/31/2011"), student(3, Born="never")]
    assert "2 stored, 0 unchanged, 4 failed" in clerk.send(*rows, fails=True)
    batch, line = clerk.newest()
    assert "finished" in line
    assert "students: students.csv  2 stored, 4 failed" in line
    assert clerk.do("batch", "show", batch, "--json").startswith("{")
    listed = clerk.do("quarantine", "list", "--batch", batch)
    by_line = {words[1]: words[0] for words in map(str.split, listed.splitlines()) if len(words) > 3}
    mended, given_up = by_line["students.csv:3"], by_line["students.csv:4"]
    assert "  Born: 31/31/2011" in clerk.do("quarantine", "show", mended)
    assert "2 records stored" in clerk.do("quarantine", "edit", mended, "--set", "Born=3/31/2011")
    assert "1 of 1 rows waited" in clerk.do("quarantine", "dismiss", given_up)
    assert "has this content already" in clerk.send(*rows)
    assert "Student" in clerk.do("batch", "undo", batch, "--json")
    assert (
        clerk.cli.json("export", "--district", clerk.district, clerk.folder / "out", "--json")[
            "resources"
        ].get("Student", 0)
        == 0
    )


def test_a_batch_that_asks_is_answered_and_a_worker_takes_it_up(clerk: Clerk, start: Start) -> None:
    clerk.send(*(student(n) for n in range(20)))
    assert "drift.rows_down" in clerk.send(student(30), fails=True)
    cancelled, _ = clerk.newest()
    clerk.do("batch", "cancel", cancelled)
    assert "cancelled" in clerk.newest()[1]
    assert "does not wait" in clerk.do("batch", "cancel", cancelled, fails=True)
    clerk.send(student(31), fails=True)
    approved, line = clerk.newest()
    assert "asking" in line
    clerk.do("batch", "approve", approved)
    worker = start(clerk.cli.home, "work")
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while "finished" not in clerk.newest()[1]:
        assert time.monotonic() < give_up_at, worker.said
        assert worker.process.poll() is None, worker.said
    assert clerk.newest()[0] == approved


def test_a_feed_rests_and_goes_on_and_its_spec_is_mended(clerk: Clerk) -> None:
    assert "paused" in clerk.do("feed", "pause", "students")
    assert "students  fernhollow_students  paused" in clerk.do("feed", "list")
    clerk.do("feed", "resume", "students")
    clerk.send(student(1, Grade="14"), fails=True)
    batch, _ = clerk.newest()
    wider = SPEC_TEXT.replace(
        'values: {"9":', 'values: {"14": "uri://ed-fi.org/GradeLevelDescriptor#Ninth grade", "9":'
    )
    assert "version 2" in clerk.do("spec", "save", clerk.write("fernhollow_students.yaml", wider))
    assert "2 records stored, 0 rows wait on." in clerk.do("quarantine", "replay", "--batch", batch)


def test_a_spec_with_an_endless_look_up_is_refused_with_its_line(cli: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "fernhollow_students.yaml"
    lets = "let:\n  a: = lookup(grades, b)\n  b: = lookup(grades, a)\n"
    path.write_text(SPEC_TEXT.replace("files:\n", f"{lets}files:\n", 1).replace("= [Last]", "= a"))
    said = cli.run("spec", "check", path, fails=True)
    assert said.startswith(f"{path}:10:")
    assert "[mapping.expression]" in said
