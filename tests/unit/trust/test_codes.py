"""Codes are permanent and documented: each one in the source stands in the reference."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SOURCE = ROOT / "src" / "homeroom" / "trust"
REFERENCE = ROOT / "docs" / "reference"


def test_every_code_of_a_refusal_is_documented() -> None:
    text = (SOURCE / "refusals.py").read_text() + (SOURCE / "profile_refusals.py").read_text()
    families = ("access-denied", "namespace", "ownership", "security", "system", "profile", "bad-request")
    kinds = {kind for kind in re.findall(r'"([a-z:-]+)"', text) if kind.startswith(families) and ":" in kind}
    documented = (REFERENCE / "refusals.md").read_text()
    assert len(kinds) > 12
    assert [kind for kind in kinds if f"{kind}`" not in documented] == []


def test_every_code_of_a_finding_is_documented() -> None:
    text = "".join(path.read_text() for path in SOURCE.glob("*.py"))
    codes = set(re.findall(r'"((?:claims|profile)\.[a-z_]+)"', text))
    documented = (REFERENCE / "findings.md").read_text()
    assert len(codes) == 7
    assert [code for code in codes if f"`{code}`" not in documented] == []
