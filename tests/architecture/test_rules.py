"""Every rule of the specification has its test, and what has none says why (tests/rules.yaml)."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

_ROOT = Path(__file__).parents[2]
_TABLE: dict[str, list[dict[str, Any]]] = yaml.safe_load((_ROOT / "tests/rules.yaml").read_text())
_RULES, _MISSING = _TABLE["rules"], _TABLE["missing"]


@cache
def _tests_in(path: str) -> frozenset[str]:
    file = _ROOT / path
    if not file.is_file():
        return frozenset()
    tree = ast.parse(file.read_text())
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(function.name for function in functions)


@pytest.mark.parametrize("rule", _RULES, ids=lambda rule: str(rule["id"]))
def test_the_test_of_a_rule_exists(rule: dict[str, Any]) -> None:
    assert rule["rule"]
    path, _, name = rule["test"].partition("::")
    assert name in _tests_in(path), f"{rule['test']} does not exist"


def test_no_rule_stands_twice() -> None:
    ids = [rule["id"] for rule in (*_RULES, *_MISSING)]
    assert len(ids) == len(set(ids))


def test_what_is_missing_has_a_reason(record_property: pytest.RecordProperty) -> None:
    record_property("rules_missing", len(_MISSING))
    print(f"rules without a test: {len(_MISSING)}")  # noqa: T201 - told on purpose
    assert all(rule["reason"] for rule in _MISSING)


def test_every_section_of_the_specification_is_there() -> None:
    sections = {str(rule["id"]).partition("-")[0] for rule in (*_RULES, *_MISSING)}
    assert {*(f"1.{n}" for n in range(1, 16)), *(f"2.{n}" for n in range(1, 7))} <= sections
