"""The reference says what there is: every function as it is written, every code, every example."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.unit.ingest.mapping.compiling import compiled

from homeroom.ingest.mapping import limits
from homeroom.ingest.mapping.functions import FUNCTIONS

_ROOT = Path(__file__).parents[4]
_REFERENCE = (_ROOT / "docs/reference/mapping.md").read_text()
_SOURCES = "".join(p.read_text() for p in sorted((_ROOT / "src/homeroom/ingest/mapping").glob("*.py")))


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_function_is_listed_as_it_is_written(name: str) -> None:
    function = FUNCTIONS[name]
    assert f"| `{function.signature}` | {function.words} |" in _REFERENCE


def test_every_code_is_listed_and_every_listed_code_is_used() -> None:
    told = set(re.findall(r'(?:tell|warn)\(\s*"([a-z_]+)"', _SOURCES))
    told |= set(re.findall(r'code="(?:mapping\.)?([a-z_]+)"', _SOURCES)) | set(
        re.findall(r'"(not_an?_[a-z]+)"', _SOURCES)
    )
    told |= set(re.findall(r'mapping\.(not_[a-z_]+)"', _SOURCES))
    assert told == set(re.findall(r"`mapping\.([a-z_]+)`", _REFERENCE))


def test_limits_are_told_as_they_are() -> None:
    section = _REFERENCE.partition("## Limits")[2].partition("## Codes")[0]
    told = {int(n.replace(",", "")) for n in re.findall(r"\d[\d,]*\d|\d", section)}
    megabytes = {limits.MAX_SPEC_BYTES >> 20, limits.MAX_TABLE_BYTES >> 20}
    counts = {v for k, v in vars(limits).items() if k.startswith("MAX_") and not k.endswith("_BYTES")}
    unsaid = {limits.MAX_DATE_FORMS}
    assert megabytes | counts - unsaid <= told


def test_the_example_compiles() -> None:
    example = _REFERENCE.partition("```yaml\n")[2].partition("```")[0]
    mapped = compiled(example).apply_rows(
        "results", [{"Student ID": "1", "Tested": "9/4/2025", "Score": "12", "Grade": "K"}], name="x.csv"
    )
    assert len(mapped.records[0].texts) == 1
