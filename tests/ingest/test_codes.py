"""Every finding code of the loader is documented, and provoked by a test."""

from __future__ import annotations

import re
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_CODE = re.compile(r"[\"`]((?:load|json)\.[a-z_]+)[\"`]")


def _codes(*paths: Path) -> set[str]:
    return {code for path in paths for code in _CODE.findall(path.read_text("utf-8"))}


def _given() -> set[str]:
    return _codes(*(_ROOT / "src/homeroom/ingest").rglob("*.py"), _ROOT / "src/homeroom/records/undo.py")


def test_every_code_is_documented() -> None:
    given = _given()
    assert len(given) > 9
    assert given - _codes(*(_ROOT / "docs/reference").glob("*.md")) == set()


def test_every_code_is_provoked_by_a_test() -> None:
    folders = (_ROOT / "tests/ingest", _ROOT / "tests/unit/ingest")
    tests = [path for folder in folders for path in folder.rglob("test_*.py") if path != Path(__file__)]
    given = _given()
    assert given - _codes(*tests) == set()
