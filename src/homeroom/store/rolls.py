"""People as matching compares them: their roll, and what other resources say of them. Each with its ledger entry.

What tells people apart lies in several resources, and not in the same ones in every version of the standard; each
statement takes what there is. Sealed members are no part of any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from homeroom.store.conditions import Condition
from homeroom.store.entries import ledger_insert
from homeroom.store.predicates import Parameters, condition_sql
from homeroom.store.tables import Table

_OTHER_NAMES: Final = (
    ("preferred_first_name", "preferredFirstName"),
    ("preferred_last_surname", "preferredLastSurname"),
)
_POINTS: Final = (("telephones", "telephoneNumber"), ("electronicMails", "electronicMailAddress"))
_CODES: Final = ("identificationCodes", "studentIdentificationCodes")
_SEX: Final = "sex_descriptor_id"


@dataclass(frozen=True, slots=True)
class Few:
    """Those of the roll who share a birth date, a number or one whole name (in small letters) with one looked for."""

    birth_dates: Sequence[object]
    names: Sequence[str]
    unique_ids: Sequence[str]


def count_people(table: Table, conditions: Sequence[Condition], parameters: Parameters) -> str:
    """How many there are in all."""
    return f"select count(*) from {table.qualified} t where {_where(conditions, parameters)}"


def select_roll(
    table: Table,
    conditions: Sequence[Condition],
    parameters: Parameters,
    *,
    few: Few | None,
    hidden: frozenset[str] = frozenset(),
) -> str:
    """A page of the roll in id order: of all, or of a few. hidden: members that the reader does not get.

    parameters begin with the id after which the page starts, the size of the page, and the ledger's six texts.
    Rows: id, uuid, unique id, given, middle and last name, suffix, other names, birth date, sex (a descriptor's id),
    contact points and identification codes (JSON).
    """
    where = f"t.id > $1::bigint and {_where(conditions, parameters)}"
    if few is not None:
        where += f" and ({_is_one_of(table, few, parameters)})"
    others = [
        f"t.{name}" for name, member in _OTHER_NAMES if name in table.columns_by_name and member not in hidden
    ]
    has_birth_date = "birth_date" in table.columns_by_name and "birthDate" not in hidden
    birth_date = "t.birth_date" if has_birth_date else "null::date"
    return _told(
        f't.id, t.uuid, t."{table.key[0]}", t.first_name, t.middle_name, t.last_surname, t.generation_code_suffix,'
        f" array_remove(array[{', '.join(others)}]::text[], null), {birth_date}, {_said_in(table, hidden)}",
        f"{table.qualified} t where {where} order by t.id limit $2::bigint",
        first=3,
    )


def select_about(table: Table, person: str, conditions: Sequence[Condition], parameters: Parameters) -> str:
    """What a resource says about people beside their own record. person: the column that refers to them.

    parameters begin with an array of the people's ids and the ledger's six texts. Rows: id, person, sex,
    contact points and codes as in `select_roll`.
    """
    return _told(
        f't.id, t."{person}", {_said_in(table)}',
        f'{table.qualified} t where t."{person}" = any($1::bigint[]) and {_where(conditions, parameters)}',
        first=2,
    )


def select_enrolled(table: Table, conditions: Sequence[Condition], parameters: Parameters) -> str:
    """The enrolments of students, the latest last. Parameters as in `select_about`.

    Rows: id, person, school, grade (a descriptor's id).
    """
    return _told(
        "t.id, t.student_ref, t.school_id, t.entry_grade_level_descriptor_id",
        f"{table.qualified} t where t.student_ref = any($1::bigint[]) and {_where(conditions, parameters)}"
        " order by t.entry_date, t.id",
        first=2,
    )


def select_related(table: Table, conditions: Sequence[Condition], parameters: Parameters) -> str:
    """The students of contacts. Parameters as in `select_about`. Rows: id, person, a student's unique id."""
    return _told(
        "t.id, t.contact_ref, t.student_unique_id",
        f"{table.qualified} t where t.contact_ref = any($1::bigint[]) and {_where(conditions, parameters)}",
        first=2,
    )


def _told(columns: str, source: str, *, first: int) -> str:
    """The rows, with one ledger entry that lists them."""
    entry = ledger_insert("found having count(*) > 0", ids="id", first=first, per_record=False)
    return (
        f"with found as materialized (select {columns} from {source}), entry as ({entry}) select * from found"
    )


def _where(conditions: Sequence[Condition], parameters: Parameters) -> str:
    return " and ".join(condition_sql(c, "t", parameters) for c in conditions) or "true"


def _is_one_of(table: Table, few: Few, parameters: Parameters) -> str:
    names = parameters.add(list(few.names), "text[]")
    either = [
        f"lower(t.last_surname) = any({names})",
        f"lower(t.first_name) = any({names})",
        f't."{table.key[0]}" = any({parameters.add(list(few.unique_ids), "text[]")})',
    ]
    if "birth_date" in table.columns_by_name:
        either.append(f"t.birth_date = any({parameters.add(list(few.birth_dates), 'date[]')})")
    return " or ".join(either)


def _said_in(table: Table, hidden: frozenset[str] = frozenset()) -> str:
    """Sex, contact points and codes, each null where the resource has none. Codes may be a resource of their own."""
    columns, parts = table.columns_by_name, {part.name for part in table.resource.parts} - hidden
    sex = f"t.{_SEX}" if _SEX in columns and "sexDescriptor" not in hidden else "null::bigint"
    points = [_list(f"$.{part}[*].{member}") for part, member in _POINTS if part in parts]
    codes = [_list(f"$.{part}[*]") for part in _CODES if part in parts]
    if "identification_code" in columns:
        codes = ["jsonb_build_array((t.doc || '}')::jsonb)"]
    return f"{sex}, {_joined(points)}, {_joined(codes)}"


def _list(path: str) -> str:
    return f"jsonb_path_query_array((t.doc || '}}')::jsonb, '{path}')"


def _joined(lists: Sequence[str]) -> str:
    return f"({' || '.join(lists)})::text" if lists else "null::text"
