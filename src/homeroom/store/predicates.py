"""A Grant's conditions as SQL. Values are always parameters; names come from the Model alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from homeroom.store.conditions import (
    AnyRelationship,
    Condition,
    InSections,
    InView,
    NamespaceStarts,
    OwnedBy,
    Person,
    Relationship,
    Subject,
    Through,
)
from homeroom.store.tables import table_name

_REACH_VIEWS: Final = {
    (Person.STUDENT, Through.ENROLLMENT): "trust.student_reach",
    (Person.STUDENT, Through.RESPONSIBILITY): "trust.student_responsibility_reach",
    (Person.STAFF, Through.ENROLLMENT): "trust.staff_reach",
    (Person.STAFF, Through.RESPONSIBILITY): "trust.staff_reach",
    (Person.CONTACT, Through.ENROLLMENT): "trust.contact_reach",
    (Person.CONTACT, Through.RESPONSIBILITY): "trust.contact_reach",
}


class Parameters:
    """Collects a statement's parameters and hands out their places (`$1`, `$2` …)."""

    def __init__(self, *first: object) -> None:
        self.values: list[object] = list(first)

    def add(self, value: object, sql_type: str) -> str:
        """A place for the value, cast to the type."""
        self.values.append(value)
        return f"${len(self.values)}::{sql_type}"


def relationship_sql(relationship: Relationship, subject: Subject, value: str, parameters: Parameters) -> str:
    """SQL that is true when the value (a column expression) is within reach."""
    own = parameters.add(list(relationship.organizations), "bigint[]")
    if subject.person is None:
        if relationship.is_inverted:
            return (
                f"{value} = any({own}) or {value} in (select c.ancestor from edfi.organization_closure c"
                f" where c.descendant = any({own}))"
            )
        return f"{value} = any({own}) or {value} in ({_below(own)})"
    view = _REACH_VIEWS[subject.person, relationship.through]
    return (
        f"exists (select 1 from {view} p where p.person = {value}"
        f" and (p.organization = any({own}) or p.organization in ({_below(own)})))"
    )


def _below(own: str) -> str:
    return f"select c.descendant from edfi.organization_closure c where c.ancestor = any({own})"


def condition_sql(condition: Condition, alias: str, parameters: Parameters) -> str:
    """A Grant's condition on stored rows, as part of the statement that reads them."""
    match condition:
        case AnyRelationship(alternatives):
            options = [
                " and ".join(f"({_row_relationship(a, s, alias, parameters)})" for s in a.subjects) or "false"
                for a in alternatives
            ]
            return "(" + " or ".join(f"({o})" for o in options) + ")"
        case NamespaceStarts(column, prefixes):
            places = [
                f'lower({alias}."{column}") like {parameters.add(_prefix(p), "text")}' for p in prefixes
            ]
            return "(" + " or ".join(places or ["false"]) + ")"
        case OwnedBy(tokens):
            return f"{alias}.owner_token = any({parameters.add(list(tokens), 'bigint[]')})"
        case InView():
            return _in_view(condition, f'{alias}."{condition.column}"')
        case InSections(column, staff_unique_id, is_section):
            return _in_sections(f'{alias}."{column}"', parameters.add(staff_unique_id, "text"), is_section)


def _row_relationship(
    relationship: Relationship, subject: Subject, alias: str, parameters: Parameters
) -> str:
    own = parameters.add(list(relationship.organizations), "bigint[]")
    value = f'{alias}."{subject.column}"'
    # As arrays made whole once per statement, not as semi-joins: the planner then keeps walking the page's own index.
    if subject.person is None:
        inner = (
            f"select c.ancestor from edfi.organization_closure c where c.descendant = any({own})"
            if relationship.is_inverted
            else _below(own)
        )
        return f"{value} = any({_with_own(own, inner)})"
    view = _REACH_VIEWS[subject.person, relationship.through]
    return (
        f"exists (select 1 from {view} p where p.person = {value}"
        f" and p.organization = any({_with_own(own, _below(own))}))"
    )


def _with_own(own: str, others: str) -> str:
    return f"array(select unnest({own}) union all {others})"


def _in_view(condition: InView, value: str) -> str:
    listed = f'select v.id from auth."{condition.strategy}" v'
    if condition.basis_column == "id":
        return f"{value} in ({listed})"
    basis = f'"edfi"."{table_name(condition.basis)}"'
    return f'{value} in (select b."{condition.basis_column}" from {basis} b where b.id in ({listed}))'


def _in_sections(value: str, staff: str, is_section: bool) -> str:  # noqa: FBT001 - a field of the condition
    taught = (
        "select t.section_ref from edfi.staff_section_association t"
        f" join edfi.staff m on m.id = t.staff_ref where m.staff_unique_id = {staff}"
    )
    if is_section:
        return f"{value} in ({taught})"
    attending = "select a.student_ref from edfi.student_section_association a"
    return f"{value} in ({attending} where a.section_ref in ({taught}))"


def _prefix(prefix: str) -> str:
    escaped = prefix.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return escaped + "%"


def reach_scope(own: str) -> str:
    """SQL for the row fence of a client: its own organisations (SQL of a `bigint[]`) and all below them."""
    return (
        f"(select '{{' || coalesce(string_agg(o::text, ','), '') || '}}' from"
        f" (select unnest({own}) as o union {_below(own)}) reached)"
    )


def opened_fence(organizations: Sequence[int] | None, parameters: Parameters) -> str:
    """SQL that opens the row fence for its own statement: to these organisations and those below, or all (None).

    It asks nothing of a row, so that the database tests it before it looks at one. Were it to look earlier, it
    would see none.
    """
    scope = "'*'" if organizations is None else reach_scope(parameters.add(list(organizations), "bigint[]"))
    return f"(select set_config('homeroom.scope', {scope}, true)) is not null"


def tracked_condition(condition: Condition, parameters: Parameters) -> str:
    """A Grant's condition on what a tombstone or key change `t` keeps of its record."""
    match condition:
        case AnyRelationship(alternatives):
            options = [
                " and ".join(f"({_tracked_relationship(a, s, parameters)})" for s in a.subjects) or "false"
                for a in alternatives
            ]
            return "(" + " or ".join(f"({o})" for o in options) + ")"
        case NamespaceStarts(column, prefixes):
            value = f"lower(t.subjects::jsonb ->> '{column}')"
            return (
                "("
                + " or ".join(f"{value} like {parameters.add(_prefix(p), 'text')}" for p in prefixes)
                + ")"
            )
        case OwnedBy(tokens):
            return f"(t.subjects::jsonb ->> 'owner_token')::bigint = any({parameters.add(list(tokens), 'bigint[]')})"
        case InView() | InSections():
            return "false"


def _tracked_relationship(relationship: Relationship, subject: Subject, parameters: Parameters) -> str:
    own = parameters.add(list(relationship.organizations), "bigint[]")
    value = f"(t.subjects::jsonb ->> '{subject.column}')::bigint"
    if subject.person is None:
        inner = (
            f"select c.ancestor from edfi.organization_closure c where c.descendant = any({own})"
            if relationship.is_inverted
            else _below(own)
        )
        return f"{value} = any({own} || array({inner}))"
    view = _REACH_VIEWS[subject.person, relationship.through]
    if relationship.includes_deleted:
        view += "_with_deleted"
    return (
        f"exists (select 1 from {view} p where p.person = {value}"
        f" and p.organization = any({own} || array({_below(own)})))"
    )
