"""The forms of files: what each needs, and the spec over columns that are named after roles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from homeroom.ingest.suggest.profile import Shape
from homeroom.ingest.suggest.propose import LIKELY, SURE, Proposal
from homeroom.ingest.suggest.roles import NOT_NEEDED

COLUMN: Final = re.compile(r"\[([a-z_]+)\]")
"""A column in an expression of a form."""
_LEAST: Final = 0.5
_EMPTY: Final = 0.6
_ENOUGH_NUMBERS: Final = 3


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
    told_by: tuple[str, ...] = ()
    window: str | None = None
    part_roles: frozenset[str] = frozenset()
    without: tuple[str, ...] = ()
    reads: Mapping[str, str] = field(default_factory=dict)

    def fit(self, proposals: Sequence[Proposal]) -> float:
        """How well the columns are of this form: what it needs is there, and it has a use for most of the rest."""
        best: dict[str, float] = {}
        filled = [p for p in proposals if p.looks.shape is not Shape.EMPTY] or proposals
        for proposal in proposals:
            weight = _EMPTY if proposal.looks.shape is Shape.EMPTY and len(filled) < len(proposals) else 1.0
            for role, confidence in proposal.rated:
                best[role] = max(best.get(role, 0.0), weight * confidence)
        plain = sum(p.looks.is_plain_number and p.role == NOT_NEEDED for p in filled) if self.numbers else 0
        if self.numbers and plain >= _ENOUGH_NUMBERS:
            best[self.numbers] = max(best.get(self.numbers, 0.0), _LEAST)
        needed = [max((best.get(r, 0.0) for r in choice), default=0.0) for choice in self.needs]
        if min(needed) < _LEAST or any(p.role in self.without and p.confidence >= SURE for p in filled):
            return 0.0
        used = plain + sum(any(r in self.roles and c >= LIKELY for r, c in p.rated) for p in filled)
        favoured = sum(best.get(r, 0.0) for r in self.favours) / max(len(self.favours), 1)
        return sum(needed) / len(needed) + favoured / 2 + 2 * used / len(filled)


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
    parts = entry.get("parts", {})
    told_by, window = tuple(parts.get("told_by", ())), parts.get("window")
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
        reads=entry.get("reads", {}),
        without=tuple(entry.get("without", ())),
        told_by=told_by,
        window=window,
        part_roles=frozenset({*told_by, window, *parts.get("more", ()), *fills.values()})
        if parts
        else frozenset(),
        roles=frozenset(roles_in(entry["spec"])) | frozenset(fills.values()),
    )


def roles_in(content: object) -> Iterator[str]:
    """The columns that a form's spec, or a part of it, names: they are called after roles."""
    for text in _texts(content):
        if text.startswith("="):
            yield from COLUMN.findall(text)


def loops_in(content: object) -> Iterator[str]:
    """The tables that a part of a form's spec goes over."""
    if isinstance(content, dict):
        yield from (content.get("for") or {}).values()
        for value in content.values():
            yield from loops_in(value)
    elif isinstance(content, list):
        for value in content:
            yield from loops_in(value)


def _texts(content: object) -> Iterator[str]:
    if isinstance(content, dict):
        for value in content.values():
            yield from _texts(value)
    elif isinstance(content, list):
        for value in content:
            yield from _texts(value)
    elif isinstance(content, str):
        yield content
