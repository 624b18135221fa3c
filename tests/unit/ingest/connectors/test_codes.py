"""Every finding code of the connectors is documented, and provoked by a test."""

from __future__ import annotations

import re
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[4]
_SOURCE = _ROOT / "src/homeroom/ingest/connectors"
_CODE = re.compile(r"[\"`]((?:table|json|source)\.[a-z_0-9]+)[\"`]")
# The faults and notes of rows stand in two tables, without their "table.".
_ROW_CODE = re.compile(r"^    \"([a-z_]+)\": \(", re.MULTILINE)


def _given() -> set[str]:
    rows = _ROW_CODE.findall((_SOURCE / "row_faults.py").read_text("utf-8"))
    codes = {code for path in _SOURCE.glob("*.py") for code in _CODE.findall(path.read_text("utf-8"))}
    return codes | {f"table.{row}" for row in rows}


def test_every_code_is_documented() -> None:
    given = _given()
    assert len(given) > 35
    assert given - set(_CODE.findall((_ROOT / "docs/reference/connectors.md").read_text("utf-8"))) == set()


def test_every_code_is_provoked_by_a_test() -> None:
    folders = (Path(__file__).parent, _ROOT / "tests/ingest/connectors")
    tests = [path for folder in folders for path in folder.glob("test_*.py") if path != Path(__file__)]
    provoked = {code for path in tests for code in _CODE.findall(path.read_text("utf-8"))}
    assert _given() - provoked == set()
