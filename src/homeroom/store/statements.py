"""Tables and Grants to prepared statements. The only place where SQL text about records is made.

Values are always parameters; names come from the Model alone. Every statement that reads or writes records
appends the ledger entry itself, so that no row can leave or change without one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
from homeroom.store.tables import PEOPLE, Column, Table, table_name

_SYSTEM_COLUMNS: Final = (
    ("uuid", "uuid"),
    ("doc", "text"),
    ("sealed", "bytea"),
    ("sealed_hashes", "text"),
    ("content_hash", "bytea"),
    ("owner_token", "bigint"),
    ("source", "bigint"),
    ("source_line", "integer"),
)
_REACH_VIEWS: Final = {
    (Person.STUDENT, Through.ENROLLMENT): "trust.student_reach",
    (Person.STUDENT, Through.RESPONSIBILITY): "trust.student_responsibility_reach",
    (Person.STAFF, Through.ENROLLMENT): "trust.staff_reach",
    (Person.STAFF, Through.RESPONSIBILITY): "trust.staff_reach",
    (Person.CONTACT, Through.ENROLLMENT): "trust.contact_reach",
    (Person.CONTACT, Through.RESPONSIBILITY): "trust.contact_reach",
}
LEDGER_COLUMNS: Final = "actor, purpose, action, resource, basis, request"


class Parameters:
    """Collects a statement's parameters and hands out their places (`$1`, `$2` …)."""

    def __init__(self, *first: object) -> None:
        self.values: list[object] = list(first)

    def add(self, value: object, sql_type: str) -> str:
        """A place for the value, cast to the type."""
        self.values.append(value)
        return f"${len(self.values)}::{sql_type}"


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
    # As arrays made once per statement, not as semi-joins: the planner then keeps walking the page's own index.
    if subject.person is None:
        inner = (
            f"select c.ancestor from edfi.organization_closure c where c.descendant = any({own})"
            if relationship.is_inverted
            else _below(own)
        )
        return f"{value} = any({own} || array({inner}))"
    view = _REACH_VIEWS[subject.person, relationship.through]
    return (
        f"exists (select 1 from {view} p where p.person = {value}"
        f" and p.organization = any({own} || array({_below(own)})))"
    )


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
    return f"{value} in (select a.student_ref from edfi.student_section_association a where a.section_ref in ({taught}))"


def _prefix(prefix: str) -> str:
    escaped = prefix.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return escaped + "%"


def ledger_insert(source: str, *, ids: str, first: int, per_record: bool) -> str:
    """A ledger entry over the rows of a CTE, its six texts from `first` on; or one entry per row."""
    texts = ", ".join(f"${n}::text" for n in range(first, first + 6))
    head = f"insert into trust.ledger_entry ({LEDGER_COLUMNS}, rows, records)"
    if per_record:
        return f"{head} select {texts}, 1, array[{ids}] from {source}"
    return f"{head} select {texts}, count(*)::integer, coalesce(array_agg({ids} order by {ids}), '{{}}') from {source}"


def write_columns(table: Table) -> tuple[tuple[str, str], ...]:
    """(name, type) of the arrays that insert and update take, in order."""
    values = tuple((c.name, c.sql_type) for c in table.columns)
    return (*_SYSTEM_COLUMNS, *values, *((r.name, "bigint") for r in table.references))


def _cast(name: str) -> str:
    return "nullif(u.sealed_hashes, '')::bigint[]" if name == "sealed_hashes" else f'u."{name}"'


def insert_rows(table: Table, *, per_record: bool) -> str:
    """Inserts what has no row of its key yet; returns uuid, id and change_version of what went in.

    Parameters: an array per `write_columns`, then the ledger's six texts.
    """
    columns = write_columns(table)
    arrays = ", ".join(f"${n}::{t}[]" for n, (_, t) in enumerate(columns, 1))
    names = ", ".join(f'"{n}"' for n, _ in columns)
    values = ", ".join(_cast(n) for n, _ in columns)
    kind = ("kind, ", f"'{table.kind}', ") if table.kind else ("", "")
    identity = ""
    source = "fresh u"
    if table.identity:
        theirs = ", ".join(f'"{a}"' for a, _ in table.identity.columns)
        ours = ", ".join(f'u."{b}"' for _, b in table.identity.columns)
        identity = (
            f"identity as (insert into {table.identity.table} (id, uuid, kind, {theirs})"
            f" select u.id, u.uuid, '{table.resource.name}', {ours} from fresh u on conflict do nothing returning id), "
        )
        source = "fresh u join identity using (id)"
    return (
        f"with fresh as materialized (select nextval('edfi.record_id') as id, u.*"
        f" from unnest({arrays}) as u({names})), {identity}"
        f"stored as (insert into {table.qualified} ({kind[0]}id, change_version, {names})"
        f" select {kind[1]}u.id, nextval('edfi.change_version'), {values} from {source} on conflict do nothing"
        f" returning id, uuid, change_version), "
        f"entry as ({ledger_insert('stored', ids='id', first=len(columns) + 1, per_record=per_record)})"
        " select uuid, id, change_version from stored"
    )


def update_rows(table: Table, *, per_record: bool) -> str:
    """Replaces rows whose version is still the expected one, keeping the replaced ones as before-images.

    Parameters: ids, expected versions, an array per `write_columns`, then the ledger's six texts.
    uuid and owner_token stay as they are. Returns uuid, id and change_version of what was replaced.
    """
    columns = write_columns(table)
    arrays = ", ".join(f"${n}::{t}[]" for n, (_, t) in enumerate(columns, 3))
    names = ", ".join(f'"{n}"' for n, _ in columns)
    kept = {"uuid", "owner_token"}
    changes = ", ".join(f'"{n}" = {_cast(n)}' for n, _ in columns if n not in kept)
    return (
        f"with proposed as materialized (select * from unnest($1::bigint[], $2::bigint[], {arrays})"
        f" as u(id, expected, {names})), "
        f"old as materialized (select t.id, t.uuid, t.change_version, t.source, t.source_line, t.doc, t.sealed,"
        f" t.modified_at from {table.qualified} t join proposed u on u.id = t.id and u.expected = t.change_version"
        f" order by t.id for update of t), "
        f"stored as (update {table.qualified} t set change_version = nextval('edfi.change_version'),"
        f" modified_at = clock_timestamp(), {changes}"
        f" from proposed u join old on old.id = u.id where t.id = u.id"
        f" returning t.id, t.uuid, t.change_version), "
        f"image as ({_before_image(table)}), "
        f"entry as ({ledger_insert('stored', ids='id', first=len(columns) + 3, per_record=per_record)})"
        " select uuid, id, change_version from stored"
    )


def _before_image(table: Table) -> str:
    return (
        "insert into edfi.before_image (resource, record, uuid, change_version, replaced_by, source, source_line,"
        f" doc, sealed, modified_at) select '{table.resource.name}', old.id, old.uuid, old.change_version,"
        " stored.change_version, old.source, old.source_line, old.doc, old.sealed, old.modified_at"
        " from old join stored on stored.id = old.id"
    )


def delete_row(table: Table) -> str:
    """Removes one row of the expected version, leaving a tombstone and a before-image.

    Parameters: id, expected version, key values (JSON), subjects (JSON), then the ledger's six texts.
    """
    identity = (
        f", gone as (delete from {table.identity.table} where id in (select id from stored))"
        if table.identity
        else ""
    )
    return (
        f"with old as materialized (select t.* from {table.qualified} t where t.id = $1::bigint"
        f" and t.change_version = $2::bigint for update), "
        f"removed as (delete from {table.qualified} t using old where t.id = old.id returning t.id, t.uuid), "
        f"stored as (select id, uuid, nextval('edfi.change_version') as change_version from removed), "
        f"tombstone as (insert into edfi.deleted_record (change_version, resource, record, uuid, key_values, subjects)"
        f" select change_version, '{table.resource.name}', id, uuid, $3::text, $4::text from stored), "
        f"image as ({_before_image(table)}), "
        f"entry as ({ledger_insert('stored', ids='id', first=5, per_record=True)}){identity}"
        " select uuid, id, change_version from stored"
    )


def link_rows(schema: str, link: str) -> tuple[str, str]:
    """(insert, prune) for a link table: rows of arrays owner, path, target; prune takes the owners first."""
    name = f'"{schema}"."{link}"'
    rows = "select * from unnest($1::bigint[], $2::smallint[], $3::bigint[]) as u(owner, path, target)"
    insert = f"insert into {name} (owner, path, target) {rows} on conflict do nothing"
    prune = (
        f"delete from {name} l where l.owner = any($4::bigint[]) and not exists"
        f" (select 1 from ({rows}) u where u.owner = l.owner and u.path = l.path and u.target = l.target)"
    )
    return insert, prune


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


def record_columns(alias: str = "t") -> str:
    """What a response is made of."""
    return (
        f"{alias}.id, {alias}.uuid, {alias}.change_version, {alias}.modified_at, {alias}.doc, {alias}.sealed"
    )


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows of a resource are wanted. Ids are surrogates; both bounds are inclusive, as are the versions.

    equals: (column, type, value) filters; holds: numbers that `sealed_hashes` must contain; items: (collection,
    JSON) that a collection of the document must contain.
    """

    equals: tuple[tuple[str, str, object], ...] = ()
    holds: tuple[int, ...] = ()
    items: tuple[tuple[str, str], ...] = ()
    first_id: int | None = None
    last_id: int | None = None
    min_version: int | None = None
    max_version: int | None = None


def page_where(table: Table, page: Page, conditions: Sequence[Condition], parameters: Parameters) -> str:
    """The `where` of a list: filters, window and the Grant's conditions together."""
    clauses = [f"t.kind = '{table.kind}'"] if table.kind else []
    clauses += [f't."{column}" = {parameters.add(value, kind)}' for column, kind, value in page.equals]
    if page.holds:
        clauses.append(f"t.sealed_hashes @> {parameters.add(list(page.holds), 'bigint[]')}")
    for collection, item in page.items:
        clauses.append(f"(t.doc || '}}')::jsonb -> '{collection}' @> {parameters.add(item, 'text')}::jsonb")
    for column, operator, bound in (
        ("id", ">=", page.first_id),
        ("id", "<=", page.last_id),
        ("change_version", ">=", page.min_version),
        ("change_version", "<=", page.max_version),
    ):
        if bound is not None:
            clauses.append(f"t.{column} {operator} {parameters.add(bound, 'bigint')}")
    clauses += [condition_sql(c, "t", parameters) for c in conditions]
    return " and ".join(clauses) or "true"


def select_page(table: Table, where: str, *, limit: str, offset: str, entry_first: int) -> str:
    """A page in id order, with its ledger entry. Rows are `record_columns`."""
    return (
        f"with page as materialized (select {record_columns()} from {table.qualified} t where {where}"
        f" order by t.id limit {limit} offset {offset}), "
        f"entry as ({ledger_insert('page having count(*) > 0', ids='id', first=entry_first, per_record=False)})"
        f" select {record_columns('page')} from page order by id"
    )


def select_records(
    table: Table, conditions: Sequence[Condition], parameters: Parameters, *, entry_first: int
) -> str:
    """Records by uuid (the first parameter, an array), each with a ledger entry of its own."""
    where = " and ".join(
        ["t.uuid = any($1::uuid[])", *(condition_sql(c, "t", parameters) for c in conditions)]
    )
    if table.kind:
        where += f" and t.kind = '{table.kind}'"
    return (
        f"with page as materialized (select {record_columns()} from {table.qualified} t where {where}), "
        f"entry as ({ledger_insert('page', ids='id', first=entry_first, per_record=True)})"
        f" select {record_columns('page')} from page"
    )


def count_rows(table: Table, where: str) -> str:
    """How many rows a list has in all."""
    return f"select count(*) from {table.qualified} t where {where}"


def partition_bounds(table: Table, where: str, *, number: str) -> str:
    """First ids of at most `number` parts of a list with about equally many rows each."""
    return (
        f"select min(id) from (select t.id, ntile({number}) over (order by t.id) as part from {table.qualified} t"
        f" where {where}) parted group by part order by part"
    )


def reach_scope(organizations: Sequence[int]) -> str:
    """SQL for the row fence of a client: its own organisations (whole numbers) and all below them."""
    own = "{" + ",".join(str(int(o)) for o in organizations) + "}"
    return (
        "(select '{' || coalesce(string_agg(o::text, ','), '') || '}' from (select unnest('"
        + own
        + "'::bigint[]) as o"
        " union select c.descendant from edfi.organization_closure c where c.ancestor = any('"
        + own
        + "'::bigint[])) reached)"
    )


def select_referrers(table: Table, column: str) -> str:
    """Uuids of the rows whose reference column holds one of the ids (the first parameter)."""
    return f'select t.uuid from {table.qualified} t where t."{column}" = any($1::bigint[]) order by t.id'


def select_linked(table: Table, link: str) -> str:
    """Uuids of the rows that name one of the ids (the first parameter) inside a collection."""
    return (
        f'select distinct t.uuid from {table.qualified} t join "{table.schema}"."{link}" l on l.owner = t.id'
        " where l.target = any($1::bigint[])"
    )


def move_identity(table: Table) -> str:
    """Takes changed keys over into the identity table. Parameters: an array of ids."""
    identity = table.identity
    if identity is None:
        raise ValueError(f"{table.resource.name} has no abstract base")
    changes = ", ".join(f'"{theirs}" = t."{ours}"' for theirs, ours in identity.columns)
    return f"update {identity.table} i set {changes} from {table.qualified} t where t.id = i.id and t.id = any($1::bigint[])"


_TRACKED: Final = {"deleted": "edfi.deleted_record", "changed": "edfi.key_change"}


def select_tracked(
    kind: str, resource: str, *, conditions: Sequence[Condition], window: tuple[int | None, int | None]
) -> tuple[str, Parameters]:
    """The `from … where` of a resource's tombstones or key changes that the Grant's conditions let through."""
    parameters = Parameters()
    clauses = [f"t.resource = {parameters.add(resource, 'text')}"]
    for operator, bound in zip((">=", "<="), window, strict=True):
        if bound is not None:
            clauses.append(f"t.change_version {operator} {parameters.add(bound, 'bigint')}")
    clauses += [_tracked_condition(c, parameters) for c in conditions]
    return f"from {_TRACKED[kind]} t where {' and '.join(clauses)}", parameters


def _tracked_condition(condition: Condition, parameters: Parameters) -> str:
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


def live_again(table: Table) -> str:
    """SQL that is true when a row has the key that the tombstone `t` keeps among its subjects."""
    types = {c.name: c.sql_type for c in table.columns}
    same = [f"live.\"{c}\" = (t.subjects::jsonb ->> '{c}')::{types[c]}" for c in table.key]
    if table.kind:
        same.append(f"live.kind = '{table.kind}'")
    return f"exists (select 1 from {table.qualified} live where {' and '.join(same)})"


def hold_targets(target_table: str) -> str:
    """Locks referenced rows against deletion; gives how many of the ids (the first parameter) still stand.

    For the bulk path alone, which then goes without foreign-key triggers.
    """
    return f"select count(*) from (select id from {target_table} where id = any($1::bigint[]) for key share) held"


MAY_SKIP_TRIGGERS: Final = (
    "select pg_has_role(current_user, 'homeroom_loader', 'SET')"
    " and has_parameter_privilege('homeroom_loader', 'session_replication_role', 'SET')"
)
WITHOUT_TRIGGERS: Final = (
    "set local role homeroom_loader; set local session_replication_role = replica; reset role"
)
WITH_TRIGGERS: Final = (
    "set local role homeroom_loader; set local session_replication_role = origin; reset role"
)
