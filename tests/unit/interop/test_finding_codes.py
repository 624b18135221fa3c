"""Every finding code this part can give is documented, and provoked by a test."""

from __future__ import annotations

import re
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[3]
_CODE = re.compile(r"[\"`]((?:xml|inbloom|package)\.[a-z_]+)[\"`]")


def _codes(*paths: Path) -> set[str]:
    found = {code for path in paths for code in _CODE.findall(path.read_text("utf-8"))}
    return {code for code in found if not code.endswith(".yaml")}


def test_every_code_is_documented() -> None:
    given = _codes(*(_ROOT / "src/homeroom/interop").glob("*.py"))
    assert len(given) > 40
    assert given - _codes(_ROOT / "docs/reference/findings.md") == set()


def test_every_code_is_provoked_by_a_test() -> None:
    tests = [path for path in Path(__file__).parent.glob("test_*.py") if path != Path(__file__)]
    assert _codes(*(_ROOT / "src/homeroom/interop").glob("*.py")) - _codes(*tests) == set()


def test_every_kind_of_the_mapping_is_in_its_table() -> None:
    mapping = (_ROOT / "src/homeroom/interop/inbloom.yaml").read_text("utf-8")
    kinds = re.findall(
        r"^  ([A-Z]\w+):", mapping.partition("\nentities:")[2].partition("\nclosed:")[0], re.MULTILINE
    )
    table = (_ROOT / "docs/reference/inbloom-mapping.md").read_text("utf-8")
    assert len(kinds) > 50
    assert [kind for kind in kinds if f"| {kind} |" not in table] == []
