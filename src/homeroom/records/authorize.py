"""What the resolve statement found of a Grant's conditions, turned into leave or into a refusal."""

from __future__ import annotations

from collections.abc import Sequence

from homeroom.store.catalog import Kind
from homeroom.store.checks import Check, ConditionCheck, Resolve, relationships_of, resolve_rows
from homeroom.store.conditions import AnyRelationship, Condition, InView
from homeroom.store.tables import Table
from homeroom.trust.grant import Decision, Grant, Refusal
from homeroom.trust.refusals import Phase, refuse_missing, refuse_unmet


def gate_of(kind: Kind, decisions: tuple[Decision, ...], *, abstract_tables: frozenset[str]) -> Gate:
    """The gate of these decisions, compiled once for as long as the same ones come back."""
    conditions = tuple(dict.fromkeys(c for d in decisions if isinstance(d, Grant) for c in d.conditions))
    return kind.compile_once(
        conditions, lambda: Gate(kind.table, conditions, abstract_tables=abstract_tables)
    )


class Gate:
    """The conditions of the Grants that a write may need, compiled into one resolve statement."""

    def __init__(
        self, table: Table, conditions: tuple[Condition, ...], *, abstract_tables: frozenset[str]
    ) -> None:
        self.conditions = conditions
        self.resolve: Resolve = resolve_rows(table, conditions, abstract_tables=abstract_tables)
        names = {c.name: n for n, c in enumerate(table.columns)}
        self.positions = tuple(names[c.name] for c in self.resolve.columns)

    def stored_refusal(self, grant: Grant, answers: Sequence[bool | None]) -> Refusal | None:
        """The same for a stored row alone; answers: one per check of a stored row."""
        given = iter(answers)
        full = [next(given) if check.is_stored else None for check in self.resolve.checks]
        return self.refusal(grant, full, is_stored=True)

    def refusal(self, grant: Grant, answers: Sequence[bool | None], *, is_stored: bool) -> Refusal | None:
        """The first condition of the grant that the row, as stored or as proposed, does not meet.

        answers: the boolean columns of the resolve statement's row, in the order of its checks.
        """
        for condition in grant.conditions:
            refusal = self._condition_refusal(condition, answers, is_stored=is_stored)
            if refusal is not None:
                return refusal
        return None

    def _condition_refusal(
        self, condition: Condition, answers: Sequence[bool | None], *, is_stored: bool
    ) -> Refusal | None:
        if isinstance(condition, AnyRelationship):
            return self._relationship_refusal(condition, answers, is_stored=is_stored)
        for check, answer in zip(self.resolve.checks, answers, strict=True):
            if (
                isinstance(check, ConditionCheck)
                and check.condition == condition
                and check.is_stored == is_stored
            ):
                return (
                    None
                    if answer
                    else _refusal(condition, missing=[""] if answer is None else [], is_stored=is_stored)
                )
        return None

    def _relationship_refusal(
        self, condition: AnyRelationship, answers: Sequence[bool | None], *, is_stored: bool
    ) -> Refusal | None:
        first = relationships_of(self.conditions[: self.conditions.index(condition)])
        numbers = range(len(first), len(first) + len(condition.alternatives))
        passed: dict[int, list[tuple[str, bool | None]]] = {n: [] for n in numbers}
        for check, answer in zip(self.resolve.checks, answers, strict=True):
            if isinstance(check, Check) and check.alternative in passed and check.is_stored == is_stored:
                passed[check.alternative].append((check.subject.name, answer))
        if any(all(answer for _, answer in found) for found in passed.values()):
            return None
        missing = sorted({name for found in passed.values() for name, answer in found if answer is None})
        return _refusal(condition, missing=missing, is_stored=is_stored)


def _refusal(condition: Condition, *, missing: Sequence[str], is_stored: bool) -> Refusal:
    phase = Phase.EXISTING if is_stored else Phase.PROPOSED
    if not missing:
        return refuse_unmet(condition, phase=phase)
    names = list(condition.subjects) if isinstance(condition, InView) else missing
    return refuse_missing(condition, names, phase=phase)
