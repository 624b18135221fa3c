"""The read half of a write: what stands under a key, what references lead to, and what the Grants' conditions say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from homeroom.store.conditions import (
    AnyRelationship,
    Condition,
    InSections,
    InView,
    NamespaceStarts,
    OwnedBy,
    Relationship,
    Subject,
)
from homeroom.store.predicates import Parameters, condition_sql, relationship_sql
from homeroom.store.tables import PEOPLE, Column, Table


@dataclass(frozen=True, slots=True)
class Check:
    """One boolean column of the resolve statement: does this subject pass this relationship?

    alternative: index of the relationship; is_stored: asked of the stored row, not of the proposed one.
    """

    alternative: int
    subject: Subject
    is_stored: bool


@dataclass(frozen=True, slots=True)
class ConditionCheck:
    """One boolean column of the resolve statement: does the row meet this other condition?"""

    condition: NamespaceStarts | OwnedBy | InView | InSections
    is_stored: bool


@dataclass(frozen=True, slots=True)
class Resolve:
    """Finds, for a set of proposed rows, the stored row of the same key, each reference, and the Grant's checks.

    Parameters: one array per `columns` entry, then `values`. One result row per proposed row, in order:
    ord, then stored (id, uuid, change_version, content_hash, owner_token), then (id, uuid, kind) per
    reference, then one boolean per check, then one per condition check.
    """

    sql: str
    columns: tuple[Column, ...]
    values: tuple[object, ...]
    checks: tuple[Check | ConditionCheck, ...]


def _from_unnest(columns: Sequence[Column], extra: str = "") -> str:
    arrays = ", ".join(f"${n}::{c.sql_type}[]" for n, c in enumerate(columns, 1))
    names = ", ".join(f'"{c.name}"' for c in columns)
    return f"unnest({arrays}) with ordinality as u({names}, ord){extra}"


def needed_columns(table: Table) -> tuple[Column, ...]:
    """Columns that finding the stored row, the references and the subjects may ask for."""
    names = set(table.key)
    for reference in table.references:
        names.update(reference.own_columns)
    if table.organization_column:
        names.add(table.organization_column)
    names.update(c.name for c in table.columns if c.name == "namespace" or c.name.endswith("_namespace"))
    return tuple(c for c in table.columns if c.name in names)


def key_match(table: Table, left: str, right: str) -> str:
    """SQL that matches the natural key; descriptors by kind and in any letter case."""
    if table.kind:
        return (
            f"{left}.kind = '{table.kind}' and lower({left}.namespace) = lower({right}.namespace)"
            f" and lower({left}.code_value) = lower({right}.code_value)"
        )
    return " and ".join(f'{left}."{c}" = {right}."{c}"' for c in table.key)


def resolve_rows(
    table: Table, conditions: Sequence[Condition], *, abstract_tables: frozenset[str]
) -> Resolve:
    """The statement of the read half of a write.

    conditions: of every Grant that may apply; relationship alternatives are numbered through all of them.
    """
    columns = needed_columns(table)
    parameters = Parameters(*([None] * len(columns)))
    select = ["u.ord", "s.id", "s.uuid", "s.change_version", "s.content_hash", "s.owner_token"]
    joins = []
    for number, reference in enumerate(table.references):
        alias = f"r{number}"
        kind = f"{alias}.kind" if reference.target_table in abstract_tables else "null::text"
        select += [f"{alias}.id", f"{alias}.uuid", kind]
        on = " and ".join(
            f'{alias}."{theirs}" = u."{ours}"'
            for theirs, ours in zip(reference.target_columns, reference.own_columns, strict=True)
        )
        joins.append(f"left join {reference.target_table} {alias} on {on}")
    checks: list[Check | ConditionCheck] = []
    for check in _checks_of(conditions):
        checks.append(check)
        select.append(f"({_check_sql(table, check, conditions, parameters)})")
    sql = (
        f"select {', '.join(select)} from {_from_unnest(columns)} {' '.join(joins)}"
        f" left join {table.qualified} s on {key_match(table, 's', 'u')} order by u.ord"
    )
    return Resolve(sql, columns, tuple(parameters.values[len(columns) :]), tuple(checks))


def relationships_of(conditions: Sequence[Condition]) -> list[Relationship]:
    """Every relationship alternative of the conditions, in the order in which checks number them."""
    return [a for c in conditions if isinstance(c, AnyRelationship) for a in c.alternatives]


def _checks_of(conditions: Sequence[Condition]) -> list[Check | ConditionCheck]:
    checks: list[Check | ConditionCheck] = []
    for index, relationship in enumerate(relationships_of(conditions)):
        for subject in relationship.subjects:
            checks += [Check(index, subject, is_stored=False), Check(index, subject, is_stored=True)]
    for condition in conditions:
        match condition:
            case AnyRelationship():
                continue
            case NamespaceStarts() | InView():
                checks += [
                    ConditionCheck(condition, is_stored=False),
                    ConditionCheck(condition, is_stored=True),
                ]
            case OwnedBy() | InSections():
                checks.append(ConditionCheck(condition, is_stored=True))
    return checks


def _check_sql(
    table: Table, check: Check | ConditionCheck, conditions: Sequence[Condition], parameters: Parameters
) -> str:
    match check:
        case Check(alternative, subject, is_stored):
            value, given = _subject_value(table, subject, is_stored=is_stored)
            passes = relationship_sql(relationships_of(conditions)[alternative], subject, value, parameters)
            return f"case when {given} is null then null else ({passes}) end"
        case ConditionCheck(condition, is_stored):
            return condition_sql(condition, "s" if is_stored else "u", parameters)


def inspect_rows(table: Table, conditions: Sequence[Condition]) -> Resolve:
    """Stored rows by uuid, locked against change, with the Grant's checks.

    Parameters: an array of uuids, then `values`. Rows: id, uuid, change_version, owner_token, doc, sealed, the
    key columns, the subject columns, then one boolean per check.
    """
    parameters = Parameters(None)
    checks = [c for c in _checks_of(conditions) if c.is_stored]
    select = ["s.id", "s.uuid", "s.change_version", "s.owner_token", "s.doc", "s.sealed"]
    select += [f's."{c}"' for c in (*table.key, *subject_columns(table))]
    select += [f"({_check_sql(table, check, conditions, parameters)})" for check in checks]
    kind = f" and s.kind = '{table.kind}'" if table.kind else ""
    sql = (
        f"select {', '.join(select)} from {table.qualified} s where s.uuid = any($1::uuid[]){kind}"
        f" order by s.id for update of s"
    )
    return Resolve(sql, (), tuple(parameters.values[1:]), tuple(checks))


def subject_columns(table: Table) -> tuple[str, ...]:
    """Columns that authorisation may ask for once the row is gone; tombstones keep them."""
    names = [r.name for r in table.references if r.target in PEOPLE]
    names += [c.name for c in table.columns if c.name == "namespace" or c.name.endswith("_namespace")]
    names += [
        c.name
        for c in table.columns
        if c.sql_type == "bigint" and c.name.endswith("_id") and not c.property.descriptor
    ]
    names += ["id"] if table.resource.name in PEOPLE else []
    return tuple(dict.fromkeys(names))


def _subject_value(table: Table, subject: Subject, *, is_stored: bool) -> tuple[str, str]:
    """(the value to check, the value as given): a person who was named but does not exist is out of reach."""
    if is_stored:
        return (f's."{subject.column}"',) * 2
    if subject.column == "id":
        return "s.id", "s.id"
    for number, reference in enumerate(table.references):
        if reference.name == subject.column:
            return f"r{number}.id", f'u."{reference.own_columns[0]}"'
    return (f'u."{subject.column}"',) * 2


def resolve_nested(table: str, columns: Sequence[tuple[str, str]], *, has_kind: bool) -> str:
    """Finds targets of nested references by their key: ord, id, uuid, kind. Parameters: an array per key column."""
    arrays = ", ".join(f"${n}::{t}[]" for n, (_, t) in enumerate(columns, 1))
    names = ", ".join(f'"{n}"' for n, _ in columns)
    on = " and ".join(f't."{n}" = u."{n}"' for n, _ in columns)
    kind = "t.kind" if has_kind else "null::text"
    return (
        f"select u.ord, t.id, t.uuid, {kind} from unnest({arrays}) with ordinality as u({names}, ord)"
        f" join {table} t on {on}"
    )


def find_stored(table: Table) -> str:
    """What stands under each of a set of keys. Parameters: an array per key column. One row per key, in order."""
    columns = [c for name in table.key for c in table.columns if c.name == name]
    return (
        f"select s.id, s.uuid, s.change_version, s.content_hash, s.owner_token from {_from_unnest(columns)}"
        f" left join {table.qualified} s on {key_match(table, 's', 'u')} order by u.ord"
    )
