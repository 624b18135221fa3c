"""A form and the columns of its roles to the text of a spec, with what is still to be asked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

import yaml

from homeroom.ingest.suggest.assign import Assignment
from homeroom.ingest.suggest.codes import guess_codes
from homeroom.ingest.suggest.forms import COLUMN, Form, Question, loops_in, roles_in
from homeroom.ingest.suggest.ground import Ground
from homeroom.ingest.suggest.parts import Part
from homeroom.ingest.suggest.profile import BLANKS, ColumnProfile, Shape
from homeroom.ingest.suggest.sittings import EACH, TABLE, name_of, tabulate

_LOOK_UP: Final = re.compile(r"lookup\((\w+), \[(\w+)\]\)")
_PARAMETER: Final = re.compile(r"\{([a-z_]+)\}")
_TYPES: Final = {Shape.INTEGER: "Integer", Shape.YEAR: "Integer", Shape.DECIMAL: "Decimal"}
_LONGEST_NAME: Final = 50
_FILE: Final = "file"
_NO_CODE: Final = "(no code is known yet)"


_NO_CONTENT: Final = frozenset({"for", "given", "when", "where", "on_fault"})
_REQUIRES: Final = "requires"
_SITTINGS: Final = "sittings"


class _Of(Enum):
    """Of what a record is written: of a row with all that it has, of what is said once on it, of each sitting on it."""

    ALL = auto()
    ROW = auto()
    SITTING = auto()


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
        self._sittings = tabulate(form, assignment)
        self._of = _Of.ALL
        self._used |= {column.name: column for column in self._sittings.columns}
        if self._sittings.rows:
            self.tables[TABLE] = {"rows": list(self._sittings.rows)}
        for table, role in form.fills.items():
            if rows := self._rows(role):
                self.tables[table] = {"rows": rows}

    def records(self) -> list[Any]:
        """The form's records, without what the file has nothing for."""
        found: list[Any] = []
        for record in self._form.spec["records"]:
            for of in self._times(record):
                self._of = of
                with suppress(_Left):
                    found.append(self._record(record))
        return found

    def _times(self, record: Mapping[str, Any]) -> tuple[_Of, ...]:
        """Of what a record of the form is written."""
        if not (record.get(_SITTINGS) and self._sittings.rows):
            return (_Of.ALL,)
        told = set(roles_in(record)) & {*self._sittings.roles, *self._windows}
        if not told and not set(loops_in(record)) & self._form.fills.keys():
            return (_Of.ALL,)
        has_own = any(self._assignment.columns.get(role) for role in self._form.fills.values())
        return (_Of.ROW, _Of.SITTING) if has_own else (_Of.SITTING,)

    def _record(self, record: Mapping[str, Any]) -> dict[str, Any]:
        content = self._mapping({k: v for k, v in record.items() if k != _SITTINGS})
        if "document" not in content:
            raise _Left
        if self._of is not _Of.SITTING:
            return content
        loop = {EACH: TABLE, **content.get("for", {})}
        return {"where": self._sittings.took_place, **content, "for": loop}

    @property
    def _windows(self) -> frozenset[str]:
        """The role that the names of sittings tell, if they do and no column does."""
        role = self._form.window
        if role is None or not self._sittings.has_windows or self._assignment.first(role):
            return frozenset()
        return frozenset({role}) - self._sittings.roles

    def file(self) -> dict[str, Any]:
        """What the file is told by and how its cells are read."""
        needed = [r for choice in self._form.needs for r in choice]
        columns = [c for r in needed if (c := self._assignment.first(r)) is not None]
        forms = [f for c in self._used.values() for f in c.date_forms[: None if c.has_mixed_dates else 1]]
        return {
            "columns": list(dict.fromkeys(c.name for c in columns)),
            "blanks": list(BLANKS),
            **({"dates": list(dict.fromkeys(forms))} if forms else {}),
        }

    def _rows(self, role: str) -> list[dict[str, str]]:
        """The rows of a table that a role's columns fill."""
        rows = [self._row(column, None) for column in self._assignment.columns.get(role, ())]
        for part, columns in self._assignment.parts:
            rows += (self._row(column, part) for column in columns.get(role, ()))
        taken: set[tuple[str | None, str]] = set()
        for row in rows:
            key = row.get(EACH), row["method"]
            if key in taken:
                row["method"] = row["column"][-_LONGEST_NAME:]
            taken.add(key)
        return rows

    def _row(self, column: ColumnProfile, part: Part | None) -> dict[str, str]:
        self._used[column.name] = column
        method = self._assignment.titles.get(column.name) or " ".join(column.name.split())
        kind = _TYPES.get(column.shape, "Level")
        of_part = {EACH: name_of(part)} if self._sittings.rows else {}
        return {**of_part, "column": column.name, "method": method[:_LONGEST_NAME], "type": kind}

    def _content(self, content: Any) -> Any:
        if isinstance(content, dict):
            return self._mapping(content)
        if isinstance(content, list):
            return self._items(content)
        if isinstance(content, str):
            return self._formula(content) if content.startswith("=") else self._constant(content)
        return content

    def _mapping(self, content: Mapping[str, Any]) -> dict[str, Any]:
        if not all(self._has(role) for role in content.get(_REQUIRES, ())):
            raise _Left
        found: dict[str, Any] = self._loop(content.get("for") or {})
        for key, value in content.items():
            if key == _REQUIRES:
                continue
            try:
                found[key] = value if key == "for" else self._content(value)
            except _Left:
                continue
        if not found.keys() - _NO_CONTENT:
            raise _Left
        return found

    def _loop(self, loop: Mapping[str, str]) -> dict[str, Any]:
        """A loop over a table, when it has rows; where there are sittings, over those of the sitting or the row."""
        for table in loop.values():
            rows = self.tables.get(table, {}).get("rows", ())
            if not rows:
                raise _Left
            if self._of is not _Of.ALL:
                is_sitting = self._of is _Of.SITTING
                if not any(bool(row[EACH]) == is_sitting for row in rows):
                    raise _Left
                return {"for": loop, "given": {EACH: f"{{{EACH}.{EACH}}}" if is_sitting else ""}}
        return {}

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
        is_told = self._of is _Of.SITTING and role in (self._sittings.roles | self._windows)
        return is_told or self._assignment.first(role) is not None or role in self._form.asks

    def _place(self, role: str) -> str:
        if self._of is _Of.SITTING and role in self._sittings.roles:
            return f"[{{{EACH}.{role}}}]"
        if self._of is _Of.SITTING and role in self._windows:
            return f"'{{{EACH}.window}}'"
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
        columns = self._assignment.all_of(role)
        if not columns:
            return f"[{role}]"
        if role not in self.tables:
            kind = self._form.codes[role]
            values = list(dict.fromkeys(value for column in columns for value, _ in column.values))
            guessed = guess_codes(kind, values, descriptors=self._descriptors.get(kind, ()))
            guessed |= {v: self._codes[role, v] for v in values if (role, v) in self._codes}
            self.unknown += [
                UnknownCode(role, columns[0].name, v, kind) for v, meant in guessed.items() if meant is None
            ]
            # A table needs a value; nobody has a code of this name.
            meant: dict[str, str | None] = {v: m for v, m in guessed.items() if m is not None}
            self.tables[role] = {"values": meant or {_NO_CODE: None}, "otherwise": "fail"}
        return match[0]
