"""`homeroom suggest`: what it proposes, asks and writes, and that it knows the district's students by their values."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from homeroom.cli.demo import write_files
from homeroom.synth import generate_district
from homeroom.synth.cast import DEMO_TODAY
from tests.cli.conftest import CommandLine

_ANSWERS = ("--answer", "vendor=acme.example", "--answer", "test_name=Spring", "--answer", "subject=Reading")


@pytest.fixture
def district(cli: CommandLine, make_district: Callable[..., str], tmp_path: Path) -> str:
    """A district with twelve students."""
    made = tmp_path / "made"
    made.mkdir()
    write_files(made, generate_district(7, 12, today=DEMO_TODAY))
    name = make_district()
    cli.run("load", "--district", name, made)
    return name


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Results whose student column has a name that says nothing."""
    path = tmp_path / "results.csv"
    rows = (f"DEMO-{n:06},{n}/2/2027,{200 + n}\n" for n in range(1, 13))
    path.write_text("Zq,Date Taken,Reading Scale Score\n" + "".join(rows))
    return path


def test_a_student_is_known_by_the_districts_own_numbers_and_the_spec_loads(
    cli: CommandLine, district: str, results: Path, tmp_path: Path
) -> None:
    found = cli.json("suggest", "--district", district, results, "--json")
    assert found["form"] == "assessment_results"
    roles = {c["column"]: c["role"] for c in found["columns"]}
    assert roles == {"Zq": "student_number", "Date Taken": "test_date", "Reading Scale Score": "score"}
    assert set(found["questions"]) == {"vendor", "test_name", "subject"}

    spec = tmp_path / "results.yaml"
    said = cli.run("suggest", "--district", district, results, *_ANSWERS, "--out", spec)
    assert f"The spec is in {spec}." in said
    loaded = cli.json("load", "--district", district, results, "--spec", spec, "--json")
    (counts,) = [c for c in loaded["counts"] if c["resource"] == "StudentAssessment"]
    assert (counts["inserted"], counts["failed"]) == (12, 0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--role", "Zq=driver"], "There is no role driver"),
        (["--form", "menu"], "There is no form menu"),
        (["--answer", "vendor"], "--role and --answer are written NAME=VALUE."),
    ],
)
def test_what_is_misspelt_is_told(
    cli: CommandLine, tmp_path: Path, results: Path, words: list[str], said: str
) -> None:
    assert said in cli.run("suggest", "--district", "nowhere", results, *words, fails=True)


def test_a_file_like_nothing_known_is_told(cli: CommandLine, district: str, tmp_path: Path) -> None:
    path = tmp_path / "weather.csv"
    path.write_text("Temperature,Humidity\n17,40\n")
    assert "is like no form that is known" in cli.run("suggest", "--district", district, path, fails=True)
