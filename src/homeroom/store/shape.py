"""What a district's database looks like for a Model: tables, columns, constraints, indexes, views (pure).

`store.ddl` writes a new database from it, `store.migrate` compares two of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from homeroom.standard.model import Model
from homeroom.store.tables import (
    DESCRIPTOR_TABLE,
    RECORD_COLUMNS,
    SQL_TYPES,
    LinkTable,
    Table,
    compile_tables,
    shortened,
    target_location,
)

_DESCRIPTORS: Final = f'"edfi"."{DESCRIPTOR_TABLE}"'
_WITH_DELETED: Final = "_with_deleted"
_STAFF_ORGANIZATION: Final = ("staff_ref", "education_organization_id")
_REACH_SOURCES: Final = {
    "trust.student_reach": (
        ("StudentSchoolAssociation", "student_ref", "school_id", "entry_date", "exit_withdraw_date"),
    ),
    "trust.student_responsibility_reach": (
        (
            "StudentEducationOrganizationResponsibilityAssociation",
            "student_ref",
            "education_organization_id",
            "begin_date",
            "end_date",
        ),
    ),
    "trust.staff_reach": (
        ("StaffEducationOrganizationEmploymentAssociation", *_STAFF_ORGANIZATION, "hire_date", "end_date"),
        ("StaffEducationOrganizationAssignmentAssociation", *_STAFF_ORGANIZATION, "begin_date", "end_date"),
    ),
}
OPENED_FENCE: Final = "(select coalesce(current_setting('homeroom.scope', true), '')) <> ''"


@dataclass(frozen=True, slots=True)
class Index:
    """An index: `on` is everything after its name."""

    on: str
    is_unique: bool = False


@dataclass(frozen=True)
class TableShape:
    """One table. Names are quoted where SQL needs it only in `name`.

    columns: name -> type and rules. inline: rules of the whole table that come with it and never change.
    constraints: name -> rule. policy: which rows can be seen; None where the table has no row security.
    """

    name: str
    schema: str
    columns: Mapping[str, str]
    inline: tuple[str, ...]
    constraints: Mapping[str, str]
    indexes: Mapping[str, Index]
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class View:
    """A view; options as after its name."""

    select: str
    options: str = ""


@dataclass(frozen=True)
class Shape:
    """All that is generated from a Model. tables: by quoted name, in order of creation."""

    schemas: tuple[str, ...]
    tables: Mapping[str, TableShape]
    views: Mapping[str, View]


def shape_of(model: Model) -> Shape:
    """The shape of a district's database for the Model."""
    tables = compile_tables(model)
    found = [*_identities(model), _descriptor_table(tables), *_documents(tables), *_links(tables)]
    views = {"edfi.organization_edge": _organization_edges(model, tables), **dict(_reach(tables))}
    schemas = tuple(dict.fromkeys(t.schema for t in found))
    return Shape(schemas, {t.name: t for t in found}, views)


def links_of(table: Table) -> tuple[LinkTable, ...]:
    """Every link table of a resource."""
    return (*table.reference_links, *((table.descriptor_links,) if table.descriptor_links else ()))


def _identities(model: Model) -> Iterator[TableShape]:
    for name in model.abstracts:
        table, columns = target_location(model, name)
        types = [model.key_property(name, k.name) for k in model.abstracts[name].key]
        own = {c: f"{SQL_TYPES[t.kind]} not null" for c, t in zip(columns, types, strict=True)}
        fixed = {"id": "bigint primary key", "uuid": "uuid not null unique", "kind": "text not null"}
        yield TableShape(table, "edfi", {**fixed, **own}, (f"unique ({_list(columns)})",), {}, {})


def _descriptor_table(tables: Mapping[str, Table]) -> TableShape:
    table = next(t for t in tables.values() if t.kind)
    on = f"on {table.qualified}"
    return TableShape(
        name=table.qualified,
        schema=table.schema,
        columns={"kind": "text not null", **_columns(table)},
        inline=("primary key (id)", "unique (uuid)"),
        constraints={},
        indexes={
            "descriptor_key": Index(f"{on} (kind, lower(namespace), lower(code_value))", is_unique=True),
            "descriptor_version": Index(f"{on} (kind, change_version)"),
            "descriptor_page": Index(f"{on} (kind, id)"),
        },
    )


def _documents(tables: Mapping[str, Table]) -> Iterator[TableShape]:
    for table in tables.values():
        if not table.kind:
            yield TableShape(
                name=table.qualified,
                schema=table.schema,
                columns=_columns(table),
                inline=("primary key (id)", "unique (uuid)"),
                constraints=_foreign_keys(table),
                indexes=dict(_indexes(table)),
                policy=_policy(table),
            )


def _columns(table: Table) -> dict[str, str]:
    own = {c.name: c.sql_type + (" not null" if c.is_key else "") for c in table.columns}
    references = {r.name: "bigint" + (" not null" if r.is_required else "") for r in table.references}
    return {**RECORD_COLUMNS, **own, **references}


def _indexes(table: Table) -> Iterator[tuple[str, Index]]:
    base, on = table.name, f"on {table.qualified}"
    yield shortened(f"{base}_key"), Index(f"{on} ({_list(table.key)})", is_unique=True)
    yield shortened(f"{base}_version"), Index(f"{on} (change_version)")
    for reference in table.references:
        if reference.is_indexed:
            partial = "" if reference.is_required else f' where "{reference.name}" is not null'
            yield shortened(f"{base}_{reference.name}"), Index(f'{on} ("{reference.name}", id){partial}')
    column = table.organization_column
    if column and table.key != (column,):
        yield shortened(f"{base}_organization"), Index(f'{on} ("{column}", id)')


def _foreign_keys(table: Table) -> dict[str, str]:
    found = {
        shortened(f"ref {r.name}"): f'foreign key ("{r.name}") references {r.target_table} (id)'
        for r in table.references
    }
    for column in table.columns:
        if column.property.descriptor:
            rule = f'foreign key ("{column.name}") references {_DESCRIPTORS} (id)'
            found[shortened(f"descriptor {column.name}")] = rule
    if table.identity:
        found["identity"] = f"foreign key (id) references {table.identity.table} (id)"
    return found


def _policy(table: Table) -> str | None:
    if not table.is_personal:
        return None
    if not table.organization_column:
        return OPENED_FENCE
    return (
        "(select current_setting('homeroom.scope', true)) = '*'"
        f' or "{table.organization_column}" = any'
        "((select nullif(nullif(current_setting('homeroom.scope', true), ''), '*')::bigint[])::bigint[])"
    )


def _links(tables: Mapping[str, Table]) -> Iterator[TableShape]:
    for table in tables.values():
        for link in links_of(table):
            name = f'"{table.schema}"."{link.name}"'
            by_target = {shortened(f"{link.name}_target"): Index(f"on {name} (target)")}
            yield TableShape(
                name=name,
                schema=table.schema,
                columns={
                    "owner": "bigint not null",
                    "path": "smallint not null",
                    "target": "bigint not null",
                },
                inline=("primary key (owner, path, target)",),
                constraints={
                    "owner": f"foreign key (owner) references {table.qualified} (id) on delete cascade",
                    "target": f"foreign key (target) references {link.target_table} (id)",
                },
                indexes={} if link.target == "Descriptor" else by_target,
            )


def _organization_edges(model: Model, tables: Mapping[str, Table]) -> View:
    """(child, parent) as natural ids: an organisation's references to organisations are its parents."""
    kinds = model.abstracts["EducationOrganization"].concrete
    organizations = {*kinds, "EducationOrganization"}
    selects = [
        f'select "{tables[name].key[0]}" as child, "{reference.own_columns[0]}" as parent'
        f' from {tables[name].qualified} where "{reference.own_columns[0]}" is not null'
        for name in kinds
        for reference in tables[name].references
        if reference.target in organizations
    ]
    return View(" union ".join(selects))


def _reach(tables: Mapping[str, Table]) -> Iterator[tuple[str, View]]:
    """Views of (person, organisation, begin, end): whom an organisation reaches, and through what.

    Each has a twin that also counts what was deleted, so that a deletion stays visible in the change feed.
    """
    for name, sources in _REACH_SOURCES.items():
        living = " union all ".join(
            f'select "{person}" as person, "{organization}" as organization, "{begins}" as begins_on,'
            f' "{ends}" as ends_on from {tables[resource].qualified}'
            for resource, person, organization, begins, ends in sources
        )
        deleted = " union all ".join(_deleted_reach(r, p, o) for r, p, o, _, _ in sources)
        yield name, _invoked(living)
        yield name + _WITH_DELETED, _invoked(f"{living} union all {deleted}")
    for suffix in ("", _WITH_DELETED):
        yield (
            f"trust.contact_reach{suffix}",
            _invoked(
                "select c.contact_ref as person, s.organization, s.begins_on, s.ends_on"
                f" from {_contacts(suffix)} c join trust.student_reach{suffix} s on s.person = c.student_ref"
            ),
        )


def _invoked(select: str) -> View:
    return View(select, " with (security_invoker = true)")


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


def _list(columns: tuple[str, ...]) -> str:
    return ", ".join(f'"{c}"' for c in columns)
