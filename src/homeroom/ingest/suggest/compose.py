"""A form and the columns of its roles to the text of a spec, with what is still to be asked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml

from homeroom.ingest.suggest.assign import Assignment
from homeroom.ingest.suggest.codes import guess_codes
from homeroom.ingest.suggest.forms import COLUMN, Form, Question
from homeroom.ingest.suggest.ground import Ground
from homeroom.ingest.suggest.profile import ColumnProfile, Shape

_LOOK_UP: Final = re.compile(r"lookup\((\w+), \[(\w+)\]\)")
_PARAMETER: Final = re.compile(r"\{([a-z_]+)\}")
_TYPES: Final = {Shape.INTEGER: "Integer", Shape.YEAR: "Integer", Shape.DECIMAL: "Decimal"}
_LONGEST_NAME: Final = 50
_FILE: Final = "file"
_NO_CODE: Final = "(no code is known yet)"


class _Left(Exception):  # noqa: N818 - not an error
    """Leaves a member out for which the file has nothing."""


@dataclass(frozen=True, slots=True)
class UnknownCode:
    """A value of a column of codes that nobody can guess. kind: of the descriptor it must become."""

    role: str
    column: str
    value: str
    kind: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A spec as proposed. questions: parameters without an answer yet; codes: values without a meaning yet."""

    text: str
    questions: tuple[Question, ...]
    codes: tuple[UnknownCode, ...]


def compose(
    form: Form,
    assignment: Assignment,
    *,
    name: str,
    ground: Ground,
    answers: Mapping[str, str],
    codes: Mapping[tuple[str, str], str],
) -> Draft:
    """The spec of a file of that form.

    name: of the spec. answers: by the name of the question; they become defaults of parameters. codes: what a person
    says that a role's values mean.
    """
    composer = _Composer(form, assignment, ground.descriptors, codes)
    records = composer.records()
    asked = [form.asks[n] for n in sorted(composer.asked)]
    spec: dict[str, Any] = {"spec": name, "title": f"{form.title} ({name})", "standard": ground.standard}
    if asked:
        spec["parameters"] = {q.name: _parameter(q, answers.get(q.name)) for q in asked}
    spec["files"] = {_FILE: composer.file()}
    if composer.tables:
        spec["tables"] = composer.tables
    spec["records"] = records
    text = yaml.dump(spec, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return Draft(text, tuple(q for q in asked if q.name not in answers), tuple(composer.unknown))


class _Dumper(yaml.SafeDumper):
    """Writes equal parts twice: specs have no anchors."""

    def ignore_aliases(self, _data: object) -> bool:  # type: ignore[explicit-override]  # typing.override needs Python 3.12
        return True


def _parameter(question: Question, answer: str | None) -> dict[str, str]:
    given = {"default": answer} if answer else {}
    return {"label": question.label, "kind": question.kind, **given}


class _Composer:
    """Fills a form's spec; collects what it used."""

    def __init__(
        self,
        form: Form,
        assignment: Assignment,
        descriptors: Mapping[str, Sequence[str]],
        codes: Mapping[tuple[str, str], str],
    ) -> None:
        self._codes = codes
        self._form = form
        self._assignment = assignment
        self._descriptors = descriptors
        self._used: dict[str, ColumnProfile] = {}
        self.asked: set[str] = set()
        self.tables: dict[str, Any] = {}
        self.unknown: list[UnknownCode] = []
        self._empty = {t for t, role in form.fills.items() if not assignment.columns.get(role)}
        for table, role in form.fills.items():
            if table not in self._empty:
                self.tables[table] = {"rows": [self._row(c) for c in assignment.columns[role]]}

    def records(self) -> list[Any]:
        """The form's records, without what the file has nothing for."""
        found: list[Any] = []
        for record in self._form.spec["records"]:
            try:
                found.append(self._mapping(record))
            except _Left:
                continue
        return found

    def file(self) -> dict[str, Any]:
        """What the file is told by and how its cells are read."""
        needed = [r for choice in self._form.needs for r in choice]
        columns = [c for r in needed if (c := self._assignment.first(r)) is not None]
        forms = [f for c in self._used.values() for f in c.date_forms[:1]]
        return {
            "columns": list(dict.fromkeys(c.name for c in columns)),
            "blanks": ["", "-", "--", "N/A", "NULL"],
            **({"dates": list(dict.fromkeys(forms))} if forms else {}),
        }

    def _row(self, column: ColumnProfile) -> dict[str, str]:
        self._used[column.name] = column
        kind = _TYPES.get(column.shape, "Level")
        return {"column": column.name, "method": " ".join(column.name.split())[:_LONGEST_NAME], "type": kind}

    def _content(self, content: Any) -> Any:
        if isinstance(content, dict):
            return self._mapping(content)
        if isinstance(content, list):
            return self._items(content)
        if isinstance(content, str):
            return self._formula(content) if content.startswith("=") else self._constant(content)
        return content

    def _mapping(self, content: Mapping[str, Any]) -> dict[str, Any]:
        if any(table in self._empty for table in (content.get("for") or {}).values()):
            raise _Left
        found: dict[str, Any] = {}
        for key, value in content.items():
            try:
                found[key] = value if key == "for" else self._content(value)
            except _Left:
                continue
        if not found.keys() - {"for", "when", "where"}:
            raise _Left
        return found

    def _items(self, content: Sequence[Any]) -> list[Any]:
        found = []
        for item in content:
            try:
                found.append(self._content(item))
            except _Left:
                continue
        if not found:
            raise _Left
        return found

    def _constant(self, text: str) -> str:
        self.asked.update(n for n in _PARAMETER.findall(text) if n in self._form.asks)
        return text

    def _formula(self, text: str) -> str:
        roles = COLUMN.findall(text)
        if roles and not any(self._has(role) for role in roles):
            raise _Left
        return COLUMN.sub(lambda m: self._place(m[1]), self._constant(_LOOK_UP.sub(self._look_up, text)))

    def _has(self, role: str) -> bool:
        return self._assignment.first(role) is not None or role in self._form.asks

    def _place(self, role: str) -> str:
        column = self._assignment.first(role)
        if column is not None:
            self._used[column.name] = column
            return "[" + column.name.replace("]", "]]").replace("{", "{{") + "]"
        if role in self._form.asks:
            self.asked.add(role)
            return "{" + role + "}"
        return "null"

    def _look_up(self, match: re.Match[str]) -> str:
        role = match[2]
        column = self._assignment.first(role)
        if column is None:
            return f"[{role}]"
        if role not in self.tables:
            kind = self._form.codes[role]
            values = [value for value, _ in column.values]
            guessed = guess_codes(kind, values, descriptors=self._descriptors.get(kind, ()))
            guessed |= {v: self._codes[role, v] for v in values if (role, v) in self._codes}
            self.unknown += [
                UnknownCode(role, column.name, v, kind) for v, meant in guessed.items() if meant is None
            ]
            # A table needs a value; nobody has a code of this name.
            meant: dict[str, str | None] = {v: m for v, m in guessed.items() if m is not None}
            self.tables[role] = {"values": meant or {_NO_CODE: None}, "otherwise": "fail"}
        return match[0]
