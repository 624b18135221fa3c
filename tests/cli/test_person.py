"""`homeroom person`: a merger and its way back, as somebody types it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.cast import student_body
from tests.cli.conftest import CommandLine


def test_two_records_are_made_one_and_taken_apart(
    cli: CommandLine, make_district: Callable[..., str], tmp_path: Path
) -> None:
    name = make_district("--sandbox")
    bodies = [student_body("F-1"), student_body("F-9")]
    (tmp_path / "students.jsonl").write_text("".join(json.dumps(body) + "\n" for body in bodies))
    cli.run("load", "--district", name, tmp_path / "students.jsonl")
    told = cli.run("person", "merge", name, "student", "--keep", "F-9", "--gone", "F-1")
    assert told.startswith("Merger 1: 0 records")
    again = cli.run("person", "merge", name, "student", "--keep", "F-9", "--gone", "F-1", fails=True)
    assert "two people" in again
    assert "Both stand again" in cli.run("person", "split", name, 1)
    assert "taken apart" in cli.run("person", "split", name, 1, fails=True)
