"""Statements by hand under Grants: the Grants' conditions become part of the statement.

In the text, `granted(Student, s)` stands where the rows of alias `s` have to meet the conditions of the
Grant for Student; without that Grant no row meets them. A statement that names a table about people
without it is refused before it runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from homeroom.records.district import District
from homeroom.records.ledger import LedgerTexts, ledger_texts
from homeroom.records.read import fence_of
from homeroom.store.predicates import Parameters, condition_sql
from homeroom.store.queries import query
from homeroom.store.tables import Table
from homeroom.trust.grant import Action, Decision, Grant, Refusal

Rows: TypeAlias = Sequence[Any]
"""A driver's rows; the driver has no types."""
Grants: TypeAlias = Mapping[str, Grant]
"""By resource; one that is missing was refused."""
Ask: TypeAlias = Callable[[Action, str], Decision]
"""The policy's answer for one actor and purpose: action and resource to a decision."""

_PACKAGE: Final = "homeroom.records.views"
_SLOT: Final = re.compile(r"\bgranted\((\w+), (\w+)\)")
_TAKEN: Final = frozenset({"p"})  # inside a condition it would hide the row that the condition is about
_NAMED: Final = re.compile(r"\b(?:from|join)\s+edfi\.(\w+)\s+(\w+)")


class UngrantedError(Exception):
    """A statement names a table about people without the conditions of a Grant: a fault of ours."""


@dataclass(frozen=True, slots=True)
class View:
    """One question.

    name: of its `.sql`. subject: the resource that the answer is about, as the ledger names it.
    members: by resource, the root members that the answer shows. needed: resources without which there is
    no answer; of the others, what is refused stays out.
    """

    name: str
    subject: str
    members: Mapping[str, frozenset[str]]
    needed: frozenset[str]


def decide_view(ask: Ask, view: View) -> Grants | Refusal:
    """Leave to read what the view shows, or the refusal of something it needs.

    A resource of which the purpose does not cover every member shown is refused as a whole.
    """
    grants: dict[str, Grant] = {}
    for resource, members in view.members.items():
        decision = ask(Action.READ, resource)
        if isinstance(decision, Grant) and not decision.hidden & members:
            grants[resource] = decision
        elif resource in view.needed:
            return decision if isinstance(decision, Refusal) else _HIDDEN
    return grants


async def ask_view(district: District, view: View, *, grants: Grants, values: Sequence[object]) -> Rows:
    """The rows of the view, in one transaction. values: its own parameters; the ledger's six follow them."""
    parameters = Parameters(*values, *_entry(grants[view.subject]))
    tables = district.catalog.tables
    text = bind_grants(query(_PACKAGE, view.name), grants, tables=tables, parameters=parameters)
    async with district.database.reading(_fence(grants)) as connection:
        rows: Rows = await connection.fetch(text, *parameters.values)
    return rows


def bind_grants(text: str, grants: Grants, *, tables: Mapping[str, Table], parameters: Parameters) -> str:
    """The statement with the conditions in their places. Raises UngrantedError where one is missing."""
    personal = {t.name: name for name, t in tables.items() if t.is_personal and t.schema == "edfi"}
    slots = set(_SLOT.findall(text))
    if any(alias in _TAKEN for _, alias in slots):
        raise UngrantedError(f"The aliases {sorted(_TAKEN)} are the conditions' own.")
    for table, alias in _NAMED.findall(text):
        if table in personal and (personal[table], alias) not in slots:
            raise UngrantedError(f"{personal[table]} {alias} stands without its Grant.")

    def conditions(slot: re.Match[str]) -> str:
        grant = grants.get(slot[1])
        if grant is None:
            return "false"
        return (
            "("
            + (" and ".join(condition_sql(c, slot[2], parameters) for c in grant.conditions) or "true")
            + ")"
        )

    return _SLOT.sub(conditions, text)


_HIDDEN: Final = Refusal("view:hidden-member", "The purpose does not cover what the page shows.")


def _entry(grant: Grant) -> LedgerTexts:
    return ledger_texts(grant, "")


def _fence(grants: Grants) -> tuple[int, ...] | None:
    """The organisations behind whose fence all of it can be seen; None when one Grant reaches past them."""
    found: set[int] = set()
    for grant in grants.values():
        if grant.conditions:
            organizations = fence_of(grant.conditions)
            if organizations is None:
                return None
            found.update(organizations)
    return tuple(sorted(found)) or None
