"""A run tells what it skipped; where nothing may be skipped it fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = """
import pytest

def test_one():
    pytest.skip("a moon")

def test_two():
    pytest.skip("a moon")

def test_three():
    pass
"""


@pytest.mark.parametrize(("ci", "status"), [("", 0), ("true", 1)])
def test_skipped_tests_are_listed_and_fail_where_nothing_may_be(tmp_path: Path, ci: str, status: int) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "tests.skips",
            "--rootdir",
            str(tmp_path),
            str(tmp_path),
        ],
        cwd=ROOT,
        env=os.environ | {"CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 for want of: a moon" in done.stdout
    assert done.returncode == status
    assert ("this run has failed" in done.stdout) == bool(status)
