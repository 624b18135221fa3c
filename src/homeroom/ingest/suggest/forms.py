"""The forms of files: what each needs, and the spec over columns that are named after roles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from homeroom.ingest.suggest.propose import LIKELY, Proposal

COLUMN: Final = re.compile(r"\[([a-z_]+)\]")
"""A column in an expression of a form."""
_LEAST: Final = 0.5


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked when no column tells. kind: of the parameter that the answer becomes."""

    name: str
    label: str
    kind: str


@dataclass(frozen=True, slots=True)
class Form:
    """One form of files; `forms/assessment_results.yaml` explains its members."""

    name: str
    title: str
    needs: tuple[tuple[str, ...], ...]
    favours: tuple[str, ...]
    fills: Mapping[str, str]
    codes: Mapping[str, str]
    asks: Mapping[str, Question]
    spec: Mapping[str, Any]
    roles: frozenset[str]
    numbers: str | None = None

    def fit(self, proposals: Sequence[Proposal]) -> float:
        """How well the columns are of this form: what it needs is there, and it has a use for most of the rest."""
        best: dict[str, float] = {}
        for proposal in proposals:
            for role, confidence in proposal.rated:
                best[role] = max(best.get(role, 0.0), confidence)
        needed = [max((best.get(r, 0.0) for r in choice), default=0.0) for choice in self.needs]
        if min(needed) < _LEAST:
            return 0.0
        used = sum(any(r in self.roles and c >= LIKELY for r, c in p.rated) for p in proposals)
        favoured = sum(best.get(r, 0.0) for r in self.favours) / max(len(self.favours), 1)
        return sum(needed) / len(needed) + favoured / 2 + 2 * used / len(proposals)


@cache
def all_forms() -> tuple[Form, ...]:
    """Every form, by name."""
    folder = files("homeroom.ingest.suggest").joinpath("forms")
    return tuple(
        _form(entry.name.removesuffix(".yaml"), yaml.safe_load(entry.read_text("utf-8")))
        for entry in sorted(folder.iterdir(), key=lambda e: e.name)
        if entry.name.endswith(".yaml")
    )


def choose_form(proposals: Sequence[Proposal]) -> tuple[Form, float]:
    """The form that fits best, and how well; 0 when none does."""
    return max(((form, form.fit(proposals)) for form in all_forms()), key=lambda pair: pair[1])


def _form(name: str, entry: Mapping[str, Any]) -> Form:
    asks = {k: Question(k, v["label"], v["kind"]) for k, v in entry["asks"].items()}
    fills = entry.get("fills", {})
    return Form(
        name=name,
        title=entry["form"],
        needs=tuple(tuple(n) if isinstance(n, list) else (n,) for n in entry["needs"]),
        favours=tuple(entry["favours"]),
        fills=fills,
        codes=entry["codes"],
        asks=asks,
        spec=entry["spec"],
        numbers=entry.get("numbers"),
        roles=frozenset(_columns(entry["spec"])) | frozenset(fills.values()),
    )


def _columns(content: object) -> Iterator[str]:
    """The columns that a form's spec names."""
    if isinstance(content, dict):
        for value in content.values():
            yield from _columns(value)
    elif isinstance(content, list):
        for value in content:
            yield from _columns(value)
    elif isinstance(content, str) and content.startswith("="):
        yield from COLUMN.findall(content)
