"""Tables to DDL: one fixed text for what every district has, the rest generated from the Model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Final

from homeroom.standard.model import Model
from homeroom.store.tables import (
    DESCRIPTOR_TABLE,
    RECORD_COLUMNS,
    SQL_TYPES,
    LinkTable,
    ReferenceColumn,
    Table,
    compile_tables,
    shortened,
    table_name,
    target_location,
)

APPLICATION_ROLE: Final = "homeroom_app"

_WITH_DELETED: Final = "_with_deleted"
_STAFF_ORGANIZATION: Final = ("staff_ref", "education_organization_id")
_REACH_SOURCES: Final = {
    "trust.student_reach": (("StudentSchoolAssociation", "student_ref", "school_id"),),
    "trust.student_responsibility_reach": (
        ("StudentEducationOrganizationResponsibilityAssociation", "student_ref", "education_organization_id"),
    ),
    "trust.staff_reach": (
        ("StaffEducationOrganizationEmploymentAssociation", *_STAFF_ORGANIZATION),
        ("StaffEducationOrganizationAssignmentAssociation", *_STAFF_ORGANIZATION),
    ),
}
# Rows about people that belong to no resource's table: shown only behind an opened fence.
_FENCED: Final = ("edfi.deleted_record", "edfi.key_change", "edfi.before_image", "ingest.quarantine")


def render_district(model: Model) -> str:
    """All DDL of a new district's database for the Model."""
    tables = compile_tables(model)
    fixed = files("homeroom.store").joinpath("district.sql").read_text()
    parts = [fixed, *_identities(model), *_descriptor_table(tables), *_documents(tables)]
    parts += [*_foreign_keys(tables), *_links(tables), _organization_edges(model, tables), *_reach(tables)]
    parts += [*_row_security(tables), *_privileges(tables)]
    return ";\n".join(part.strip().rstrip(";") for part in parts) + ";\n"


def _identities(model: Model) -> Iterator[str]:
    for name in model.abstracts:
        table, columns = target_location(model, name)
        types = [model.key_property(name, k.name) for k in model.abstracts[name].key]
        body = ", ".join(f'"{c}" {SQL_TYPES[t.kind]} not null' for c, t in zip(columns, types, strict=True))
        yield (
            f"create table {table} (id bigint primary key, uuid uuid not null unique,"
            f" kind text not null, {body}, unique ({_list(columns)}))"
        )


def _descriptor_table(tables: Mapping[str, Table]) -> Iterator[str]:
    table = next(t for t in tables.values() if t.kind)
    yield _create(table, extra="kind text not null, ")
    name = table.qualified
    yield f"create unique index descriptor_key on {name} (kind, lower(namespace), lower(code_value))"
    yield f"create index descriptor_version on {name} (kind, change_version)"
    yield f"create index descriptor_page on {name} (kind, id)"


def _documents(tables: Mapping[str, Table]) -> Iterator[str]:
    for table in tables.values():
        if not table.kind:
            yield _create(table, extra="")
            yield from _indexes(table)


def _create(table: Table, *, extra: str) -> str:
    own = ", ".join(f'"{c.name}" {c.sql_type}{" not null" if c.is_key else ""}' for c in table.columns)
    surrogates = "".join(
        f', "{r.name}" bigint{" not null" if r.is_required else ""}' for r in table.references
    )
    fixed = ", ".join(f"{name} {kind}" for name, kind in RECORD_COLUMNS.items())
    return (
        f"create table {table.qualified} ({extra}{fixed}, {own}{surrogates}, primary key (id), unique (uuid))"
    )


def _indexes(table: Table) -> Iterator[str]:
    base, on = table.name, table.qualified
    yield f'create unique index "{shortened(base + "_key")}" on {on} ({_list(table.key)})'
    yield f'create index "{shortened(base + "_version")}" on {on} (change_version)'
    for reference in table.references:
        if reference.is_indexed:
            partial = "" if reference.is_required else f' where "{reference.name}" is not null'
            yield f'create index "{_reference_index(base, reference)}" on {on} ("{reference.name}", id){partial}'
    if table.organization_column and table.key != (table.organization_column,):
        column = table.organization_column
        yield f'create index "{shortened(base + "_organization")}" on {on} ("{column}", id)'


def _reference_index(base: str, reference: ReferenceColumn) -> str:
    return shortened(f"{base}_{reference.name}")


def _foreign_keys(tables: Mapping[str, Table]) -> Iterator[str]:
    for table in tables.values():
        if table.kind:
            continue
        clauses = [
            f'add constraint "{shortened("ref " + r.name)}" foreign key ("{r.name}") references {r.target_table} (id)'
            for r in table.references
        ]
        clauses += [
            f'add constraint "{shortened("descriptor " + c.name)}" foreign key ("{c.name}") references edfi.descriptor (id)'
            for c in table.columns
            if c.property.descriptor
        ]
        if table.identity:
            clauses.append(
                f'add constraint "identity" foreign key (id) references {table.identity.table} (id)'
            )
        if clauses:
            yield f"alter table {table.qualified} {', '.join(clauses)}"


def links_of(table: Table) -> tuple[LinkTable, ...]:
    """Every link table of a resource."""
    return (*table.reference_links, *((table.descriptor_links,) if table.descriptor_links else ()))


def _links(tables: Mapping[str, Table]) -> Iterator[str]:
    for table in tables.values():
        for link in links_of(table):
            name = f'"{table.schema}"."{link.name}"'
            yield (
                f"create table {name} (owner bigint not null references {table.qualified} (id) on delete cascade,"
                f" path smallint not null, target bigint not null, primary key (owner, path, target),"
                f' constraint "target" foreign key (target) references {link.target_table} (id))'
            )
            if link.target != "Descriptor":
                yield f'create index "{shortened(link.name + "_target")}" on {name} (target)'


def _organization_edges(model: Model, tables: Mapping[str, Table]) -> str:
    """A view of (child, parent) natural ids: an organisation's references to organisations are its parents."""
    organizations = {*model.abstracts["EducationOrganization"].concrete, "EducationOrganization"}
    selects = [
        f'select "{tables[name].key[0]}" as child, "{reference.own_columns[0]}" as parent'
        f' from {tables[name].qualified} where "{reference.own_columns[0]}" is not null'
        for name in model.abstracts["EducationOrganization"].concrete
        for reference in tables[name].references
        if reference.target in organizations
    ]
    return "create view edfi.organization_edge as " + " union ".join(selects)


def _reach(tables: Mapping[str, Table]) -> Iterator[str]:
    """Views of (person, organisation, begin, end): whom an organisation reaches, and through what."""

    def reach(name: str, resource: str, column: str, dates: tuple[str, str]) -> str:
        table = tables[resource]
        person = next(r.name for r in table.references if r.target == name.title())
        return (
            f'select "{person}" as person, "{column}" as organization, "{dates[0]}" as begins_on,'
            f' "{dates[1]}" as ends_on from {table.qualified}'
        )

    enrollment = reach(
        "student", "StudentSchoolAssociation", "school_id", ("entry_date", "exit_withdraw_date")
    )
    responsibility = reach(
        "student",
        "StudentEducationOrganizationResponsibilityAssociation",
        "education_organization_id",
        ("begin_date", "end_date"),
    )
    employment = reach(
        "staff",
        "StaffEducationOrganizationEmploymentAssociation",
        "education_organization_id",
        ("hire_date", "end_date"),
    )
    assignment = reach(
        "staff",
        "StaffEducationOrganizationAssignmentAssociation",
        "education_organization_id",
        ("begin_date", "end_date"),
    )
    yield from _reach_views("trust.student_reach", enrollment)
    yield from _reach_views("trust.student_responsibility_reach", responsibility)
    yield from _reach_views("trust.staff_reach", f"{employment} union all {assignment}")
    for suffix in ("", _WITH_DELETED):
        yield (
            f"create view trust.contact_reach{suffix} with (security_invoker = true) as"
            " select c.contact_ref as person, s.organization, s.begins_on, s.ends_on"
            f" from {_contacts(suffix)} c join trust.student_reach{suffix} s on s.person = c.student_ref"
        )


def _reach_views(name: str, select: str) -> Iterator[str]:
    """The view, and one that also counts what was deleted, so that a deletion stays visible in the change feed."""
    yield f"create view {name} with (security_invoker = true) as {select}"
    deleted = " union all ".join(_deleted_reach(*pair) for pair in _REACH_SOURCES[name])
    yield f"create view {name}{_WITH_DELETED} with (security_invoker = true) as {select} union all {deleted}"


def _deleted_reach(resource: str, person: str, organization: str) -> str:
    return (
        f"select (subjects::jsonb ->> '{person}')::bigint, (subjects::jsonb ->> '{organization}')::bigint,"
        f" null::date, null::date from edfi.deleted_record where resource = '{resource}'"
    )


def _contacts(suffix: str) -> str:
    if not suffix:
        return "edfi.student_contact_association"
    return (
        "(select contact_ref, student_ref from edfi.student_contact_association union all"
        " select (subjects::jsonb ->> 'contact_ref')::bigint, (subjects::jsonb ->> 'student_ref')::bigint"
        " from edfi.deleted_record where resource = 'StudentContactAssociation')"
    )


def _row_security(tables: Mapping[str, Table]) -> Iterator[str]:
    opened = "(select coalesce(current_setting('homeroom.scope', true), '')) <> ''"
    for name in _FENCED:
        yield f"alter table {name} enable row level security, force row level security"
        yield f"create policy granted on {name} using ({opened})"
    for table in tables.values():
        if not table.is_personal or table.kind:
            continue
        rule = "(select current_setting('homeroom.scope', true)) = '*'"
        if table.organization_column:
            rule += (
                f' or "{table.organization_column}" = any'
                "((select nullif(nullif(current_setting('homeroom.scope', true), ''), '*'))::bigint[])"
            )
        else:
            rule = opened
        yield f"alter table {table.qualified} enable row level security, force row level security"
        yield f"create policy granted on {table.qualified} using ({rule})"


def _privileges(tables: Mapping[str, Table]) -> Iterator[str]:
    schemas = sorted({t.schema for t in tables.values()} | {"trust", "ingest", "job"})
    for schema in schemas:
        yield f'grant usage on schema "{schema}" to {APPLICATION_ROLE}'
        yield f'grant select, insert, update, delete on all tables in schema "{schema}" to {APPLICATION_ROLE}'
        yield f'grant usage, select on all sequences in schema "{schema}" to {APPLICATION_ROLE}'
    yield f"revoke update, delete on trust.ledger_entry from {APPLICATION_ROLE}"


def _list(columns: tuple[str, ...]) -> str:
    return ", ".join(f'"{c}"' for c in columns)


__all__ = ["APPLICATION_ROLE", "DESCRIPTOR_TABLE", "links_of", "render_district", "table_name"]
